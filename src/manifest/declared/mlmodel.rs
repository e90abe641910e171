//! `MLflow`'s `MLmodel`: the versions that each flavor was saved with.

use super::entry::Entry;
use crate::artifact::yaml::{Document, Yaml};

/// What stands before `_version` where it is not the distribution's own name.
const SHORT: [(&str, &str); 7] = [
    ("sklearn", "scikit-learn"),
    ("xgb", "xgboost"),
    ("lgb", "lightgbm"),
    ("cb", "catboost"),
    ("pytorch", "torch"),
    ("pr", "prophet"),
    ("tf", "tensorflow"),
];

/// Fields that end in `_version` and name no distribution.
const OTHER: [&str; 4] = ["model", "format", "flavor", "schema"];

/// Every `*_version` of every flavor, and of the file itself.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let Some(document) = Document::parse(text) else {
        return Vec::new();
    };
    let Some(root) = document.root() else {
        return Vec::new();
    };
    let mut entries: Vec<Entry> = Vec::new();
    let flavors = root.get("flavors");
    for (_, flavor) in flavors.iter().flat_map(|flavors| flavors.pairs()) {
        versions(flavor, &mut entries);
    }
    versions(root, &mut entries);
    entries
}

fn versions(mapping: Yaml, entries: &mut Vec<Entry>) {
    for (key, value) in mapping.pairs() {
        let (Some(short), Some(version)) = (key.strip_suffix("_version"), value.text()) else {
            continue;
        };
        let dotted = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
        if !dotted || OTHER.contains(&short) {
            continue;
        }
        let name = SHORT
            .iter()
            .find(|(field, _)| *field == short)
            .map_or(short, |(_, name)| name);
        if let Some(mut entry) = Entry::exact(name, version, value.line())
            && !entries
                .iter()
                .any(|e| e.subject == entry.subject && e.wanted == entry.wanted)
        {
            entry.text = crate::text::short(&format!("{key}: {version}"), 160);
            entries.push(entry);
        }
    }
}
