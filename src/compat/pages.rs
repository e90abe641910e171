//! The page of each rule: what it checks, why that matters, an example, what fixes it. The words
//! are in `assets/knowledge/rules.toml`; the rules themselves know nothing of them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// The rule that stands for an artifact that cannot be read.
pub const UNREADABLE: &str = "unreadable";
/// The rule that stands for a verdict that nobody can give.
pub const UNDECIDED: &str = "undecided";

/// What is written about one rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Its stable id: `name-missing`.
    pub id: String,
    /// How grave its findings are at most.
    pub level: Level,
    /// What is wrong when it speaks, one clause.
    pub title: String,
    /// What it looks at.
    pub checks: String,
    /// What would happen.
    pub matters: String,
    /// What Python would say, or what the finding says.
    pub example: String,
    /// What helps.
    pub fix: String,
}

/// How grave a finding is, in the words of SARIF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nobody can tell.
    Note,
    /// The numbers may differ.
    Warning,
    /// Loading or predicting fails.
    Error,
}

#[derive(Deserialize)]
struct Book {
    rule: Vec<Page>,
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    let text = include_str!("../../assets/knowledge/rules.toml");
    // The file is part of the program; a test parses it.
    toml::from_str::<Book>(text).map_or_else(|_| Vec::new(), |book| book.rule)
});

/// Every page, by id.
pub fn pages() -> &'static [Page] {
    &PAGES
}

/// The page of one rule and its number among all.
pub fn page(id: &str) -> Option<(usize, &'static Page)> {
    PAGES.iter().enumerate().find(|(_, page)| page.id == id)
}

impl Level {
    /// The word of SARIF.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every id that the source of the rules gives to a finding.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                for before in ["rule: \"", "RULE: &str = \"", "blank(\""] {
                    let ids = code.split(before).skip(1);
                    found.extend(ids.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
    }

    #[test]
    fn every_rule_has_a_page_and_every_page_a_rule() {
        let mut ids = BTreeSet::from([UNREADABLE.to_owned(), UNDECIDED.to_owned()]);
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/compat");
        used(&source, &mut ids);
        let written: Vec<&str> = pages().iter().map(|page| page.id.as_str()).collect();
        assert!(written.len() >= 20, "{written:?}");
        assert_eq!(written, ids.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn pages_are_whole() {
        for page in pages() {
            let texts = [
                &page.title,
                &page.checks,
                &page.matters,
                &page.example,
                &page.fix,
            ];
            assert!(texts.iter().all(|text| text.len() > 10), "{}", page.id);
            assert!(!page.title.ends_with('.'), "{}", page.id);
        }
        assert_eq!(page("tree-nodes").unwrap().1.level, Level::Error);
        assert_eq!(page("nobody"), None);
    }
}
