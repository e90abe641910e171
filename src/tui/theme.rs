//! Colours by role: sixteen ANSI colours, colours of our own, or none.
//!
//! Words carry the meaning, colour only repeats it. Without colour the theme calls for none at all:
//! a terminal library that "resets" colours it must not set would wipe reverse video as well, and
//! the cursor's line would vanish.

use std::borrow::Cow;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use unicode_width::UnicodeWidthChar;

use crate::compat::{RowStatus, Verdict};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Less important text: labels, borders, columns that explain.
    Dim,
    /// Headings and the class of a model.
    Strong,
    /// Good news.
    Good,
    /// News to look at: numbers may differ, something is not sure.
    Warning,
    /// Bad news.
    Bad,
    /// Not a model, or not known.
    Foreign,
    /// A key in a hint.
    Key,
    /// A command to copy.
    Command,
}

/// What colours are taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// The terminal's own sixteen, on a dark ground.
    #[default]
    Dark,
    /// The terminal's own sixteen, on a light ground: no yellow, which hardly shows there.
    Light,
    /// Colours of our own, on a dark ground, for terminals with 24-bit colour.
    TrueDark,
    /// Colours of our own, on a light ground.
    TrueLight,
    /// None: bold, dim and reverse video only.
    Mono,
}

/// Styles by role, and the characters that lines are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Where colours come from.
    pub palette: Palette,
    /// Whether only ASCII is sent.
    pub ascii: bool,
}

impl Theme {
    /// The sixteen colours of the terminal's own palette.
    #[cfg(test)]
    pub const COLOURED: Theme = Theme {
        palette: Palette::Dark,
        ascii: false,
    };
    /// No colours; bold, dim and reverse video only.
    #[cfg(test)]
    pub const MONO: Theme = Theme {
        palette: Palette::Mono,
        ascii: false,
    };

    /// Whether it calls for any colour.
    pub fn is_coloured(self) -> bool {
        self.palette != Palette::Mono
    }

    /// The style of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = match role {
            Role::Strong | Role::Bad | Role::Key => Style::new().add_modifier(Modifier::BOLD),
            Role::Dim if !self.is_coloured() => Style::new().add_modifier(Modifier::DIM),
            _ => Style::new(),
        };
        let colour = match self.palette {
            Palette::Mono => None,
            Palette::Dark => ansi(role, Color::Yellow, Color::Magenta, Color::Cyan),
            Palette::Light => ansi(role, Color::Magenta, Color::Cyan, Color::Blue),
            Palette::TrueDark => rgb(
                role,
                [
                    0x7f_849c, 0xa6_e3a1, 0xf9_e2af, 0xf3_8ba8, 0xcb_a6f7, 0x89_dceb,
                ],
            ),
            Palette::TrueLight => rgb(
                role,
                [
                    0x6c_6f85, 0x2f_7d20, 0x9a_5b00, 0xb8_0f2f, 0x7a_2fd0, 0x04_6a8a,
                ],
            ),
        };
        colour.map_or(plain, |colour| plain.fg(colour))
    }

    /// What borders are drawn with.
    pub fn border(self) -> border::Set<'static> {
        if self.ascii { ASCII } else { border::PLAIN }
    }

    /// `text` as it is sent: as it is, or cell by cell in ASCII.
    pub fn written(self, text: &str) -> Cow<'_, str> {
        if !self.ascii || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut written = String::with_capacity(text.len());
        for letter in text.chars() {
            if letter.is_ascii() {
                written.push(letter);
            } else {
                let width = letter.width().unwrap_or(0);
                written.extend(std::iter::repeat_n(ascii(letter), width));
            }
        }
        Cow::Owned(written)
    }

    /// The line that the cursor is on, in the part of the screen that has the keys …
    pub fn selected() -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// … and in the part that has not.
    pub fn remembered() -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }
}

/// Borders in ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// What stands for a character of the program's own words; any other one is a question mark.
fn ascii(letter: char) -> char {
    match letter {
        '…' => '~',
        '·' | '░' => '.',
        '▸' | '→' => '>',
        '▾' | '↓' => 'v',
        '↑' => '^',
        '←' => '<',
        '×' => 'x',
        '–' | '─' => '-',
        '“' | '”' => '"',
        '’' => '\'',
        '▏' | '│' => '|',
        '█' | '▉' | '▊' | '▋' | '▌' => '#',
        '▍' | '▎' => '=',
        '±' => '+',
        _ => '?',
    }
}

fn ansi(role: Role, warning: Color, foreign: Color, key: Color) -> Option<Color> {
    match role {
        Role::Text | Role::Strong => None,
        Role::Dim => Some(Color::DarkGray),
        Role::Good => Some(Color::Green),
        Role::Warning => Some(warning),
        Role::Bad => Some(Color::Red),
        Role::Foreign => Some(foreign),
        Role::Key | Role::Command => Some(key),
    }
}

fn rgb(role: Role, [dim, good, warning, bad, foreign, key]: [u32; 6]) -> Option<Color> {
    let colour = match role {
        Role::Text | Role::Strong => return None,
        Role::Dim => dim,
        Role::Good => good,
        Role::Warning => warning,
        Role::Bad => bad,
        Role::Foreign => foreign,
        Role::Key | Role::Command => key,
    };
    Some(Color::from_u32(colour))
}

impl Role {
    /// The role of a verdict.
    pub fn of_verdict(verdict: Verdict) -> Role {
        match verdict {
            Verdict::Ready => Role::Good,
            Verdict::Unknown => Role::Dim,
            Verdict::Differs => Role::Warning,
            Verdict::FailsPredict | Verdict::FailsLoad => Role::Bad,
            Verdict::Unreadable => Role::Foreign,
        }
    }

    /// The role of a diff row's status.
    pub fn of_status(status: RowStatus) -> Role {
        match status {
            RowStatus::Breaks | RowStatus::Missing => Role::Bad,
            RowStatus::Differs => Role::Warning,
            RowStatus::Newer | RowStatus::Older => Role::Text,
            RowStatus::Unknown => Role::Dim,
            RowStatus::Same => Role::Good,
        }
    }
}

/// The word of a diff row's status. What stops the model stands in capitals.
pub fn status_word(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Breaks => "BREAKS",
        RowStatus::Missing => "MISSING",
        RowStatus::Differs => "differs",
        RowStatus::Newer => "newer",
        RowStatus::Older => "older",
        RowStatus::Unknown => "unknown",
        RowStatus::Same => "same",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_ascii_every_cell_stays_a_cell() {
        let theme = Theme {
            ascii: true,
            ..Theme::COLOURED
        };
        assert_eq!(theme.written("▸ price · 12…"), "> price . 12~");
        assert_eq!(theme.written("模型.pkl"), "????.pkl");
        assert_eq!(theme.written("e\u{301}"), "e");
        assert_eq!(Theme::COLOURED.written("·"), "·");
    }

    #[test]
    fn the_mono_theme_calls_for_no_colour() {
        use Role::*;
        for role in [Text, Dim, Strong, Good, Warning, Bad, Foreign, Key, Command] {
            let style = Theme::MONO.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }
}
