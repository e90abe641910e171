//! Keys and short sequences of keys, and how they are written.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub KeyModifiers, pub KeyCode);

/// What is pressed for a command: a key, or a key behind another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Keys {
    /// The key that comes before, when one does.
    pub prefix: Option<Key>,
    /// The last key.
    pub key: Key,
}

/// A character.
pub const fn c(key: char) -> Keys {
    one(Key(KeyModifiers::NONE, KeyCode::Char(key)))
}

/// A character with control.
pub const fn ctrl(key: char) -> Keys {
    one(Key(KeyModifiers::CONTROL, KeyCode::Char(key)))
}

/// A named key.
pub const fn k(code: KeyCode) -> Keys {
    one(Key(KeyModifiers::NONE, code))
}

/// Two characters, one behind the other.
pub const fn cc(prefix: char, key: char) -> Keys {
    Keys {
        prefix: Some(Key(KeyModifiers::NONE, KeyCode::Char(prefix))),
        key: Key(KeyModifiers::NONE, KeyCode::Char(key)),
    }
}

const fn one(key: Key) -> Keys {
    Keys { prefix: None, key }
}

/// Names of keys that are no character.
const NAMED: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("↑", KeyCode::Up),
    ("↓", KeyCode::Down),
    ("←", KeyCode::Left),
    ("→", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];
const NAMED_TOO: [(&str, KeyCode); 4] = [
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("insert", KeyCode::Insert),
    ("delete", KeyCode::Delete),
];

impl Key {
    /// The key of an event. Shift is part of a character, and terminals differ in saying so.
    pub fn of(event: KeyEvent) -> Key {
        let mut modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        if !matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers |= event.modifiers & KeyModifiers::SHIFT;
        }
        let code = match event.code {
            KeyCode::Char(key) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(key.to_ascii_lowercase())
            }
            code => code,
        };
        Key(modifiers, code)
    }

    /// The character, when it is one without modifiers.
    pub fn character(self) -> Option<char> {
        match self {
            Key(KeyModifiers::NONE, KeyCode::Char(key)) => Some(key),
            _ => None,
        }
    }

    /// How it is written: `j`, `ctrl-d`, `↓`, `F1`.
    pub fn name(self) -> String {
        let named = NAMED.iter().chain(&NAMED_TOO).find(|(_, c)| *c == self.1);
        let mut name = match (named, self.1) {
            (Some((name, _)), _) => (*name).to_owned(),
            (None, KeyCode::Char(key)) => key.to_string(),
            (None, KeyCode::F(number)) => format!("F{number}"),
            (None, code) => format!("{code:?}").to_lowercase(),
        };
        if self.0.contains(KeyModifiers::SHIFT) {
            name.insert_str(0, "shift-");
        }
        if self.0.contains(KeyModifiers::ALT) {
            name.insert_str(0, "alt-");
        }
        if self.0.contains(KeyModifiers::CONTROL) {
            name.insert_str(0, "ctrl-");
        }
        name
    }

    /// Reads what [`Key::name`] writes; the case of names does not matter, that of letters does.
    fn parse(written: &str) -> Option<Key> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = written;
        loop {
            let stripped = [
                ("ctrl-", KeyModifiers::CONTROL),
                ("alt-", KeyModifiers::ALT),
            ]
            .into_iter()
            .find_map(|(name, modifier)| {
                let head = rest.get(..name.len())?;
                let after = rest.get(name.len()..).filter(|after| !after.is_empty())?;
                head.eq_ignore_ascii_case(name).then_some((after, modifier))
            });
            let Some((after, modifier)) = stripped else {
                break;
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut letters = rest.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() && !letter.is_whitespace() => {
                let named = NAMED.iter().find(|(name, _)| *name == rest);
                named.map_or(KeyCode::Char(letter), |(_, code)| *code)
            }
            _ => {
                let all = NAMED.iter().chain(&NAMED_TOO);
                let named = all
                    .into_iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(rest));
                match named {
                    Some((_, code)) => *code,
                    None => KeyCode::F(
                        rest.strip_prefix(['F', 'f'])?
                            .parse()
                            .ok()
                            .filter(|number| (1..=24).contains(number))?,
                    ),
                }
            }
        };
        let code = match code {
            KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => {
                KeyCode::Char(letter.to_ascii_lowercase())
            }
            code => code,
        };
        Some(Key(modifiers, code))
    }
}

impl Keys {
    /// How they are written: `j`, `gg`, `ctrl-x s`.
    pub fn name(self) -> String {
        let Some(prefix) = self.prefix else {
            return self.key.name();
        };
        let gap = match (prefix.character(), self.key.character()) {
            (Some(_), Some(key)) if key != ' ' => "",
            _ => " ",
        };
        format!("{}{gap}{}", prefix.name(), self.key.name())
    }

    /// Reads a key, or two with a space between (`g g`, `ctrl-x s`).
    pub fn parse(written: &str) -> Option<Keys> {
        let mut words = written.split_whitespace();
        let first = Key::parse(words.next()?)?;
        let keys = match words.next() {
            None => one(first),
            Some(second) => Keys {
                prefix: Some(first),
                key: Key::parse(second)?,
            },
        };
        words.next().is_none().then_some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for keys in [
            c('j'),
            c('G'),
            c(' '),
            c('-'),
            ctrl('d'),
            k(KeyCode::Down),
            k(KeyCode::F(1)),
            k(KeyCode::BackTab),
            k(KeyCode::PageUp),
        ] {
            assert_eq!(Keys::parse(&keys.name()), Some(keys), "{}", keys.name());
        }
        assert_eq!(Keys::parse("g g"), Some(cc('g', 'g')));
        assert_eq!(cc('g', 'g').name(), "gg");
        assert_eq!(Keys::parse("Ctrl-D"), Some(ctrl('d')));
        for wrong in ["", "gg", "g g g", "ctrl-", "hyper-x", "F0", "F99"] {
            assert_eq!(Keys::parse(wrong), None, "{wrong:?}");
        }
    }
}
