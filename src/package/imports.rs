//! Import names: which distribution provides one, and which are Python's own.
//!
//! Tables, for what no environment at hand can answer. Where there is an environment, its own
//! metadata is asked first (`environment` does that).

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Imports {
    imports: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Stdlib {
    always: Vec<String>,
    since: BTreeMap<String, String>,
    until: BTreeMap<String, String>,
}

/// The two versions between which a module is part of the standard library: `[since, until)`.
type Span = (Option<(u8, u8)>, Option<(u8, u8)>);

static IMPORTS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    // The table is part of the binary and a test reads it: an error here cannot reach a user.
    toml::from_str::<Imports>(include_str!("../../assets/knowledge/imports.toml"))
        .map(|table| table.imports)
        .unwrap_or_default()
});

static STDLIB: LazyLock<HashMap<String, Span>> = LazyLock::new(|| {
    let Ok(table) = toml::from_str::<Stdlib>(include_str!("../../assets/knowledge/stdlib.toml"))
    else {
        return HashMap::new();
    };
    let mut spans: HashMap<String, Span> = table
        .always
        .into_iter()
        .map(|name| (name, (None, None)))
        .collect();
    for (name, version) in table.since {
        spans.entry(name).or_default().0 = pair(&version);
    }
    for (name, version) in table.until {
        spans.entry(name).or_default().1 = pair(&version);
    }
    spans
});

/// The first part of a dotted name: the top module that it is imported from.
pub fn top_of(dotted: &str) -> &str {
    // Asked for each object of each file: of a few letters, bytes are looked at quicker than a searcher is made.
    let end = dotted.bytes().position(|byte| byte == b'.');
    end.map_or(dotted, |end| &dotted[..end])
}

/// Reads the tables, which the first question does otherwise.
pub fn prepare() {
    LazyLock::force(&IMPORTS);
    LazyLock::force(&STDLIB);
}

/// The distribution (normalised name) that provides a module, from its dotted name: the longest
/// known prefix decides. `None` for names the table does not hold; the distribution then usually
/// has the import name itself.
pub fn distribution_of(module: &str) -> Option<&'static str> {
    let mut prefix = module;
    loop {
        if let Some(distribution) = IMPORTS.get(prefix) {
            return Some(distribution);
        }
        prefix = prefix.rsplit_once('.')?.0;
    }
}

/// The import names that a distribution (normalised name) provides, as far as the table knows them,
/// sorted: `scikit-learn` gives `sklearn`.
pub fn import_names_of(distribution: &str) -> Vec<&'static str> {
    let mut names: Vec<&str> = IMPORTS
        .iter()
        .filter(|(_, provides)| provides.as_str() == distribution)
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names
}

/// Whether a top-level module belongs to the standard library of Python `(major, minor)`.
/// Without a version, whether it does in any version from 3.6 to 3.14.
pub fn is_stdlib(top_level: &str, python: Option<(u8, u8)>) -> bool {
    match (STDLIB.get(top_level), python) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some((since, until)), Some(version)) => {
            since.is_none_or(|since| version >= since) && until.is_none_or(|until| version < until)
        }
    }
}

fn pair(version: &str) -> Option<(u8, u8)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_readable_and_normal() {
        assert!(IMPORTS.len() > 120);
        for (name, distribution) in IMPORTS.iter() {
            assert_eq!(
                *distribution,
                crate::package::normalize(distribution),
                "{name}"
            );
        }
        assert!(STDLIB.len() > 250);
        let table: Stdlib =
            toml::from_str(include_str!("../../assets/knowledge/stdlib.toml")).unwrap();
        for version in table.since.values().chain(table.until.values()) {
            assert!(pair(version).is_some(), "{version}");
        }
    }

    #[test]
    fn import_names_lead_to_distributions() {
        assert_eq!(distribution_of("sklearn"), Some("scikit-learn"));
        assert_eq!(distribution_of("sklearn.tree._tree"), Some("scikit-learn"));
        assert_eq!(
            distribution_of("google.cloud.storage.blob"),
            Some("google-cloud-storage")
        );
        assert_eq!(distribution_of("PIL.Image"), Some("pillow"));
        assert_eq!(distribution_of("my_features"), None);
        assert_eq!(import_names_of("scikit-learn"), ["sklearn"]);
    }

    #[test]
    fn the_standard_library_changes_with_versions() {
        assert!(is_stdlib("collections", Some((3, 12))));
        assert!(is_stdlib("distutils", Some((3, 11))));
        assert!(!is_stdlib("distutils", Some((3, 12))));
        assert!(!is_stdlib("tomllib", Some((3, 10))));
        assert!(is_stdlib("tomllib", None));
        assert!(!is_stdlib("sklearn", None));
    }
}
