//! Known causes, from `assets/knowledge/explain.toml`: a pattern, what is behind it, what to look
//! at in a file, what to do.

use std::sync::LazyLock;

use serde::Deserialize;

use super::types::{Cause, Raised};
use super::words::{capture, filled, without_hint};
use crate::artifact::Format;
use crate::package;
use crate::text;

/// The least length of a pattern's literal text that may tell a message without a class.
const TELLING: usize = 6;
/// The most characters of a capture in words for people.
const SHOWN: usize = 120;

#[derive(Deserialize)]
struct Knowledge {
    cause: Vec<Entry>,
}

/// One known cause.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub id: String,
    #[serde(default)]
    exceptions: Vec<String>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    numbers: Vec<String>,
    /// Rules that foretell it.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What to verify in a file.
    #[serde(default)]
    pub looks: Vec<String>,
    /// Formats that can give it; empty for any.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Whether files have no part in it.
    #[serde(default)]
    pub innocent: bool,
    text: String,
    #[serde(default)]
    look: String,
    fix: String,
}

/// A known cause with what its pattern captured.
pub(super) struct Known {
    pub entry: &'static Entry,
    pub captures: Vec<(String, String)>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let text = include_str!("../../assets/knowledge/explain.toml");
    // The file is part of the program; a test parses it.
    toml::from_str::<Knowledge>(text).map_or_else(|_| Vec::new(), |known| known.cause)
});

/// The known cause of an exception.
pub(super) fn known(raised: &Raised) -> Option<Known> {
    ENTRIES.iter().find_map(|entry| entry.fits(raised))
}

impl Entry {
    fn fits(&'static self, raised: &Raised) -> Option<Known> {
        let class = raised.class();
        let classed = self.exceptions.is_empty() || self.exceptions.iter().any(|e| e == class);
        let bare = raised.exception.is_empty() && self.literal() >= TELLING;
        if !(classed || bare) {
            return None;
        }
        let message = without_hint(&raised.message);
        let mut captures: Vec<(String, String)> = capture(&self.message, message)?
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        let number = |name: &String| {
            let value = captures.iter().find(|(known, _)| known == name);
            value.is_some_and(|(_, value)| value.parse::<u8>().is_ok())
        };
        if !self.numbers.iter().all(number) {
            return None;
        }
        if let Some((_, module)) = captures.iter().find(|(name, _)| name == "module") {
            captures.push(("distribution".into(), owner(module)));
        }
        Some(Known {
            entry: self,
            captures,
        })
    }

    /// How many characters of the pattern are literal.
    fn literal(&self) -> usize {
        let parts = self.message.split('{');
        let literals = parts.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest).len());
        literals.sum()
    }

    /// Whether files of a format can give it.
    pub fn admits(&self, format: Format) -> bool {
        let word = format!("{format:?}").to_lowercase();
        self.formats.is_empty() || self.formats.contains(&word)
    }
}

impl Known {
    /// The value of a capture.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.captures.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The words for people.
    pub fn cause(&self, raised: usize) -> Cause {
        let shown: Vec<(String, String)> = self
            .captures
            .iter()
            .map(|(name, value)| (name.clone(), text::short(value, SHOWN)))
            .collect();
        Cause {
            id: self.entry.id.clone(),
            raised,
            text: filled(&self.entry.text, &shown),
            look: filled(&self.entry.look, &shown),
            fix: filled(&self.entry.fix, &shown),
            innocent: self.entry.innocent,
        }
    }
}

/// The distribution that a module belongs to, when that is known.
fn owner(module: &str) -> String {
    let top = crate::package::top_of(module);
    package::distribution_of(module).map_or_else(|| format!("the package of {top}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_readable_and_can_be_met() {
        assert!(ENTRIES.len() > 50);
        let text = include_str!("../../assets/knowledge/explain.toml");
        assert_eq!(
            toml::from_str::<Knowledge>(text)
                .map(|k| k.cause.len())
                .ok(),
            Some(ENTRIES.len())
        );
        for entry in ENTRIES.iter() {
            let telling = entry.literal() > 0 || !entry.exceptions.is_empty();
            assert!(telling, "{} fits everything", entry.id);
            let unknown = entry
                .looks
                .iter()
                .find(|look| !super::super::look::is_known(look));
            assert_eq!(unknown, None, "{} looks at what nobody can", entry.id);
            let same = ENTRIES.iter().filter(|other| other.id == entry.id).count();
            assert_eq!(same, 1, "{} stands twice", entry.id);
            assert!(
                entry.innocent || !entry.looks.is_empty(),
                "{} looks at nothing",
                entry.id
            );
            let holes = [&entry.text, &entry.look, &entry.fix];
            for hole in holes.iter().flat_map(|text| text.split('{').skip(1)) {
                let Some((name, _)) = hole.split_once('}') else {
                    continue;
                };
                let given =
                    name == "distribution" || entry.message.contains(&format!("{{{name}}}"));
                assert!(
                    given || name.starts_with('\''),
                    "{} does not capture {name}",
                    entry.id
                );
            }
        }
    }
}
