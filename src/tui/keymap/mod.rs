//! The keys: which commands there are (one table), what is pressed for them (the table's keys, or
//! those of a configuration file), and what is shown of them. Dispatch, the footer, the help
//! screen, the hints behind a prefix and the manual's key table all come from the table.

// Writing into a string cannot fail, so its results are dropped below.
use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::crossterm::event::KeyEvent;

mod id;
mod key;
mod table;

pub use id::{Context, Id};
pub use key::{Key, Keys};
use table::{Entry, TABLE, When};

/// What the table is asked with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What has the keys.
    pub context: Context,
    /// Whether list and detail stand side by side.
    pub wide: bool,
    /// Whether an artifact is to be picked.
    pub picking: bool,
    /// Whether several can be chosen.
    pub marking: bool,
    /// Whether the trial face is the chosen one.
    pub trial: bool,
}

/// What a key turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A command.
    Command(Id),
    /// The first of two keys.
    Prefix(Key),
    /// Nothing.
    Nothing,
}

/// One command as the help screen lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it does.
    pub id: Id,
    /// What is pressed for it.
    pub keys: String,
    /// What that does.
    pub help: &'static str,
    /// What must have the keys.
    pub contexts: &'static [Context],
}

/// The commands with the keys of this session.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// For each line of the table, what is pressed.
    keys: Vec<Vec<Keys>>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        Keymap {
            keys: TABLE.iter().map(|entry| entry.keys.to_vec()).collect(),
        }
    }
}

impl When {
    fn holds(self, place: Place) -> bool {
        match self {
            When::Always => true,
            When::Wide => place.wide,
            When::Narrow => !place.wide,
            When::Browsing => !place.picking,
            When::Picking => place.picking,
            When::Marking => place.marking,
            When::TrialShown => place.trial,
        }
    }
}

impl Entry {
    fn holds(&self, place: Place) -> bool {
        self.contexts.contains(&place.context) && self.when.holds(place)
    }
}

impl Keymap {
    /// The table with the keys of some commands replaced. The error is one clause.
    pub fn with(changes: &BTreeMap<String, Vec<String>>) -> Result<Keymap, String> {
        let mut keymap = Keymap::default();
        for (name, written) in changes {
            let at = TABLE.iter().position(|entry| entry.name == name);
            let Some(at) = at.filter(|_| !name.is_empty()) else {
                let likely = nearest(name);
                return Err(format!("there is no action {name}{likely}"));
            };
            keymap.keys[at] = written
                .iter()
                .map(|keys| {
                    Keys::parse(keys).ok_or_else(|| {
                        format!("{name}: {keys:?} is no key; write j, G, ctrl-d, space, enter, F2 or two with a space between (g g)")
                    })
                })
                .collect::<Result<_, _>>()?;
        }
        match keymap.conflict() {
            Some(words) => Err(words),
            None => Ok(keymap),
        }
    }

    fn lines(&self) -> impl Iterator<Item = (&'static Entry, &[Keys])> {
        let keys = self.keys.iter().map(Vec::as_slice);
        TABLE.iter().zip(keys)
    }

    /// Two commands that the same key would mean, as one clause.
    fn conflict(&self) -> Option<String> {
        for place in places() {
            let mut seen: Vec<(Keys, &Entry)> = Vec::new();
            for (entry, keys) in self.lines().filter(|(entry, _)| entry.holds(place)) {
                for keys in keys {
                    let clash = seen.iter().find(|(taken, _)| {
                        taken == keys
                            || (taken.prefix == Some(keys.key) && keys.prefix.is_none())
                            || (keys.prefix == Some(taken.key) && taken.prefix.is_none())
                    });
                    if let Some((taken, other)) = clash {
                        // Of a key and the beginning of two, the key.
                        let clashing = if taken.prefix.is_none() { taken } else { keys };
                        return Some(format!(
                            "{} would mean both “{}” and “{}” {}",
                            clashing.name(),
                            described(other),
                            described(entry),
                            place.context.word()
                        ));
                    }
                    seen.push((*keys, entry));
                }
            }
        }
        None
    }

    /// What `event` means at `place`, behind `prefix` when one was pressed.
    pub fn find(&self, place: Place, prefix: Option<Key>, event: KeyEvent) -> Found {
        let key = Key::of(event);
        let here = || self.lines().filter(|(entry, _)| entry.holds(place));
        let keys = Keys { prefix, key };
        if let Some((entry, _)) = here().find(|(_, all)| all.contains(&keys)) {
            return Found::Command(entry.id);
        }
        let begins = |(_, all): (&Entry, &[Keys])| all.iter().any(|keys| keys.prefix == Some(key));
        if prefix.is_none() && here().any(begins) {
            return Found::Prefix(key);
        }
        Found::Nothing
    }

    /// What can follow `prefix` at `place`: keys and clause.
    pub fn after(&self, place: Place, prefix: Key) -> Vec<(String, &'static str)> {
        let here = self.lines().filter(|(entry, _)| entry.holds(place));
        here.filter_map(|(entry, all)| {
            let keys = all.iter().find(|keys| keys.prefix == Some(prefix))?;
            Some((keys.key.name(), entry.help))
        })
        .collect()
    }

    /// Whether `id` can be asked for at `place`.
    pub fn holds(&self, place: Place, id: Id) -> bool {
        TABLE
            .iter()
            .any(|entry| entry.id == id && entry.holds(place))
    }

    /// The name of the first key of a command, for words that speak of it.
    pub fn key_of(&self, id: Id) -> String {
        let found = self
            .lines()
            .find(|(entry, keys)| entry.id == id && !entry.name.is_empty() && !keys.is_empty());
        found.map_or_else(|| "?".to_owned(), |(_, keys)| keys[0].name())
    }

    /// The hints of the footer at `place`, the most useful first: keys and word.
    pub fn hints(&self, place: Place) -> Vec<(String, &'static str)> {
        let mut hints: Vec<(String, &'static str)> = Vec::new();
        let told = |entry: &Entry| entry.holds(place) && !entry.hint.is_empty();
        for (entry, keys) in self.lines().filter(|(entry, _)| told(entry)) {
            let Some(keys) = keys.first() else {
                continue;
            };
            // Behind a prefix more is told when it is pressed.
            let name = keys.prefix.unwrap_or(keys.key).name();
            match hints.last_mut() {
                Some((keys, word)) if *word == entry.hint => {
                    keys.push('/');
                    keys.push_str(&name);
                }
                _ => hints.push((name, entry.hint)),
            }
        }
        match place.context {
            Context::Confirm => hints.push(("any other key".to_owned(), "no")),
            Context::Help => hints.push(("esc".to_owned(), "close")),
            Context::Value => hints.push(("esc".to_owned(), "leave it")),
            _ => {}
        }
        hints
    }

    /// The lines of the help screen of a browser or a picker that hold every word of `query`.
    pub fn help(&self, picking: bool, query: &str) -> Vec<Told> {
        let elsewhere = if picking {
            When::Browsing
        } else {
            When::Picking
        };
        let told = |entry: &Entry| !entry.help.is_empty() && entry.when != elsewhere;
        let query = query.to_lowercase();
        self.lines()
            .filter(|(entry, _)| told(entry))
            .map(|(entry, keys)| Told {
                id: entry.id,
                keys: names(keys),
                help: entry.help,
                contexts: entry.contexts,
            })
            .filter(|told| {
                let words = format!("{} {}", told.keys, told.help).to_lowercase();
                query.split_whitespace().all(|word| words.contains(word))
            })
            .collect()
    }
}

fn names(keys: &[Keys]) -> String {
    let names: Vec<String> = keys.iter().map(|keys| keys.name()).collect();
    names.join(" ")
}

fn described(entry: &Entry) -> &'static str {
    if entry.name.is_empty() {
        entry.help
    } else {
        entry.name
    }
}

/// The action that a wrong name may have meant.
fn nearest(name: &str) -> String {
    let head: String = name.chars().take(3).collect();
    let all = TABLE.iter().map(|entry| entry.name);
    let likely: Vec<&str> = all
        .filter(|other| !other.is_empty() && !head.is_empty() && other.contains(&head))
        .take(3)
        .collect();
    if likely.is_empty() {
        return "; `shelflife --help` says where they are listed".to_owned();
    }
    format!("; there is {}", likely.join(", "))
}

/// Every place that there is.
fn places() -> impl Iterator<Item = Place> {
    Context::ALL.into_iter().flat_map(|context| {
        (0..16).map(move |bits| Place {
            context,
            wide: bits & 1 != 0,
            picking: bits & 2 != 0,
            trial: bits & 4 != 0,
            marking: bits & 8 != 0,
        })
    })
}

/// The words of hints that the footer shows however narrow it is: the way out and the way on.
pub const ALWAYS: [&str; 4] = ["keys", "quit", "close", "clear"];

/// The actions that a configuration file can give other keys, with the keys they have.
pub fn actions() -> Vec<(&'static str, String, &'static str)> {
    let named = TABLE.iter().filter(|entry| !entry.name.is_empty());
    named
        .map(|entry| (entry.name, names(entry.keys), entry.help))
        .collect()
}

/// The key table of the manual, in Markdown.
pub fn markdown() -> String {
    let mut table = String::from("| keys | what they do |\n|---|---|\n");
    for entry in TABLE.iter().filter(|entry| !entry.help.is_empty()) {
        let keys: Vec<String> = entry
            .keys
            .iter()
            .map(|keys| format!("`{}`", keys.name()))
            .collect();
        let place = if entry.when == When::Picking {
            " (in `pick`)"
        } else {
            ""
        };
        let _ = writeln!(table, "| {} | {}{place} |", keys.join(" "), entry.help);
    }
    table
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    fn changed(changes: &[(&str, &[&str])]) -> Result<Keymap, String> {
        let owned = changes.iter().map(|(name, keys)| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            ((*name).to_owned(), keys)
        });
        Keymap::with(&owned.collect())
    }

    #[test]
    fn no_key_means_two_things_at_one_place() {
        assert_eq!(Keymap::default().conflict(), None);
    }

    #[test]
    fn no_two_actions_have_one_name() {
        let names: Vec<&str> = actions().into_iter().map(|(name, ..)| name).collect();
        let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len(), "{names:?}");
    }

    #[test]
    fn there_is_always_a_way_out() {
        let keymap = Keymap::default();
        for place in places() {
            let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            let found = keymap.find(place, None, ctrl_c);
            assert_eq!(found, Found::Command(Id::Interrupt), "{place:?}");
            assert!(!keymap.hints(place).is_empty(), "{place:?}");
        }
    }

    #[test]
    fn shift_is_part_of_the_character() {
        let place = places().next().unwrap();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let event = KeyEvent::new(KeyCode::Char('G'), modifiers);
            let found = Keymap::default().find(place, None, event);
            assert_eq!(found, Found::Command(Id::Bottom));
        }
    }

    #[test]
    fn a_prefix_waits_for_its_second_key() {
        let (keymap, place) = (Keymap::default(), places().next().unwrap());
        let g = key(KeyCode::Char('g'));
        let Found::Prefix(prefix) = keymap.find(place, None, g) else {
            panic!("g is no prefix");
        };
        assert_eq!(keymap.find(place, Some(prefix), g), Found::Command(Id::Top));
        assert!(keymap.after(place, prefix).len() > 2);
        let x = key(KeyCode::Char('x'));
        assert_eq!(keymap.find(place, Some(prefix), x), Found::Nothing);
    }

    #[test]
    fn keys_can_be_changed_and_conflicts_are_told() {
        let keymap = changed(&[
            ("sort", &["S", "ctrl-s"]),
            ("copy-path", &["Y"]),
            ("copy-throw-away", &["y t"]),
        ])
        .unwrap();
        let place = places().next().unwrap();
        let found = keymap.find(place, None, key(KeyCode::Char('S')));
        assert_eq!(found, Found::Command(Id::Sort));
        let old = keymap.find(place, None, key(KeyCode::Char('s')));
        assert_eq!(old, Found::Nothing);
        let words = changed(&[("sort", &["j"])]).unwrap_err();
        assert_eq!(words, "j would mean both “down” and “sort” in the list");
        let words = changed(&[("sort", &["g"])]).unwrap_err();
        assert!(words.starts_with("g would mean both"), "{words}");
        let words = changed(&[("srot", &["z"])]).unwrap_err();
        assert!(words.starts_with("there is no action srot"), "{words}");
        let words = changed(&[("sort", &["hyper-z"])]).unwrap_err();
        assert!(words.contains("is no key"), "{words}");
        assert!(changed(&[("", &["z"])]).is_err());
    }

    #[test]
    fn the_manual_names_every_key_that_is_told() {
        let table = markdown();
        assert!(table.contains("| `j` `↓` | one line down"), "{table}");
        assert!(table.contains("| `gg` `home` |"), "{table}");
        assert!(table.contains("`ctrl-z`"), "{table}");
    }

    /// The places that one key leads to from the list, and how many keys that takes.
    fn near(wide: bool, picking: bool) -> [(Place, usize); 4] {
        let at = |context, trial| Place {
            context,
            wide,
            picking,
            marking: !picking,
            trial,
        };
        [
            (at(Context::List, false), 0),
            // Enter, or → where enter picks.
            (at(Context::Detail, false), 1),
            // 3, which shows the trial face; on a narrow screen it goes to the detail.
            (at(Context::List, wide), 1),
            (at(Context::Detail, true), if wide { 2 } else { 1 }),
        ]
    }

    #[test]
    fn every_command_is_two_keys_from_the_list_at_most() {
        for (wide, picking) in [(true, false), (false, false), (true, true), (false, true)] {
            let here = |entry: &&Entry| {
                let mode = |place: &Place| place.wide == wide && place.picking == picking;
                let marking = |place: &Place| place.marking != picking;
                places().any(|place| mode(&place) && marking(&place) && entry.holds(place))
            };
            for entry in TABLE.iter().filter(|e| !e.name.is_empty()).filter(here) {
                let keys = entry.keys.iter();
                let pressed = keys
                    .map(|keys| 1 + usize::from(keys.prefix.is_some()))
                    .min();
                let cost = near(wide, picking)
                    .into_iter()
                    .filter(|(place, _)| entry.holds(*place))
                    .filter_map(|(_, cost)| Some(cost + pressed?))
                    .min();
                let within = cost.is_some_and(|cost| cost <= 2);
                assert!(
                    within,
                    "{} takes {cost:?} keys, wide {wide}, pick {picking}",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn every_command_is_told_by_the_list_of_keys() {
        let keymap = Keymap::default();
        for picking in [false, true] {
            let told: Vec<Id> = keymap.help(picking, "").into_iter().map(|t| t.id).collect();
            // A picker has no box for tracebacks.
            let explains =
                |place: &Place| [Context::Paste, Context::Explained].contains(&place.context);
            let here = |place: &Place| place.picking == picking && !(picking && explains(place));
            for place in places().filter(here) {
                for entry in TABLE.iter().filter(|entry| entry.holds(place)) {
                    assert!(told.contains(&entry.id), "{:?} is not told", entry.id);
                }
            }
        }
    }

    #[test]
    fn the_keys_are_searched_by_word() {
        let keymap = Keymap::default();
        let found = keymap.help(false, "copy finding");
        assert!(found.is_empty(), "{found:?}");
        let found = keymap.help(false, "FOUND out");
        assert_eq!(found[0].id, Id::CopyFinding);
        assert!(keymap.help(false, "").len() > 40);
    }
}
