//! Which releases exist, on which Pythons they can be installed, and what they need beyond what
//! their own metadata says. Facts only, from `assets/knowledge/releases.toml`; no environment.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::package::{self, Version};

/// Minor versions of Python 3 that the table was measured for, newest first.
pub const PYTHONS: std::ops::RangeInclusive<u8> = 6..=14;

#[derive(Deserialize)]
struct Table {
    library: Vec<Library>,
    limit: Vec<Limit>,
}

#[derive(Deserialize)]
struct Library {
    name: String,
    rows: Vec<Row>,
}

/// Neighbouring releases that run on the same Pythons.
#[derive(Deserialize)]
struct Row {
    python: String,
    releases: Vec<String>,
}

/// What some releases of a library need of others, which installers do not know.
#[derive(Deserialize)]
struct Limit {
    name: String,
    releases: String,
    needs: BTreeMap<String, String>,
}

/// One release and the Python minor versions that have wheels of it, as a set of bits.
struct Release {
    version: Version,
    pythons: u32,
}

struct Known {
    /// Releases by library, the oldest first.
    releases: BTreeMap<String, Vec<Release>>,
    limits: Vec<Limit>,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let text = include_str!("../../../assets/knowledge/releases.toml");
    // The file is part of the program; a test parses it.
    let table = toml::from_str::<Table>(text).unwrap_or(Table {
        library: Vec::new(),
        limit: Vec::new(),
    });
    let libraries = table.library.into_iter().map(|library| {
        let rows = library.rows.iter().flat_map(|row| {
            let pythons = bits(&row.python);
            let versions = row
                .releases
                .iter()
                .filter_map(|r| package::parse_version(r));
            versions.map(move |version| Release { version, pythons })
        });
        (library.name, rows.collect())
    });
    Known {
        releases: libraries.collect(),
        limits: table.limit,
    }
});

fn bits(python: &str) -> u32 {
    let fits = |minor: &u8| package::satisfies(&format!("3.{minor}"), python) == Some(true);
    PYTHONS.filter(fits).map(|minor| 1 << minor).sum()
}

/// The Python minor versions, as bits, on which some release of `library` within `specifier` can be
/// installed; `None` when the table does not know the library or no such release.
pub fn pythons(library: &str, specifier: &str) -> Option<u32> {
    let releases = KNOWN.releases.get(library)?;
    let fits = package::selector(specifier)?;
    let fitting = releases.iter().filter(|release| fits(&release.version));
    let all = fitting.fold(0, |all, release| all | release.pythons);
    (all != 0).then_some(all)
}

/// Whether some release of `library` lies within both specifiers; by the table's releases, and by
/// exact versions where it has none. `None` when that does not tell.
pub fn meet(library: &str, one: &str, other: &str) -> Option<bool> {
    let exact = |specifier: &str| Some(specifier.strip_prefix("==")?.to_owned());
    for (pin, range) in [(one, other), (other, one)] {
        if let Some(version) = exact(pin).filter(|v| !v.contains(['*', ','])) {
            return package::satisfies(&version, range);
        }
    }
    let (one, other) = (package::selector(one)?, package::selector(other)?);
    let releases = KNOWN.releases.get(library)?;
    let mut both = releases.iter().map(|r| &r.version);
    Some(both.any(|version| one(version) && other(version)))
}

/// The newest release of the same minor version as `exact` that Python 3.`minor` can have.
pub fn neighbour(library: &str, exact: &str, minor: u8) -> Option<String> {
    let wanted = package::minor_of(&package::parse_version(exact)?);
    let releases = KNOWN.releases.get(library)?.iter().rev();
    let mut there = releases.filter(|release| release.pythons & (1 << minor) != 0);
    let same = there.find(|release| package::minor_of(&release.version) == wanted)?;
    Some(same.version.to_string())
}

/// What every release of `library` within `specifier` needs of other libraries, beyond what its
/// metadata says: name and specifier.
pub fn limits(library: &str, specifier: &str) -> Vec<(&'static str, &'static str)> {
    let about = KNOWN.limits.iter().filter(|limit| limit.name == library);
    about
        .filter(|limit| all_within(library, specifier, &limit.releases))
        .flat_map(|limit| limit.needs.iter().map(|(n, r)| (n.as_str(), r.as_str())))
        .collect()
}

fn all_within(library: &str, specifier: &str, range: &str) -> bool {
    if let Some(exact) = specifier.strip_prefix("==") {
        return package::satisfies(exact, range) == Some(true);
    }
    let (Some(fits), Some(limited)) = (package::selector(specifier), package::selector(range))
    else {
        return false;
    };
    let releases = KNOWN.releases.get(library).into_iter().flatten();
    let mut fitting = releases.filter(|r| fits(&r.version)).peekable();
    fitting.peek().is_some() && fitting.all(|release| limited(&release.version))
}

/// Libraries whose installed release has a limit on `other`: name and limit.
pub fn limited_by(other: &str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    KNOWN.limits.iter().filter_map(move |limit| {
        let needed = limit.needs.iter().find(|(name, _)| *name == other)?;
        Some((
            limit.name.as_str(),
            limit.releases.as_str(),
            needed.1.as_str(),
        ))
    })
}

/// The first release of `library` above those of `range`: `>=1.4.2` for `<1.4.2`.
pub fn above(library: &str, range: &str) -> Option<String> {
    let within = package::selector(range)?;
    let releases = KNOWN.releases.get(library)?.iter().rev();
    let free = releases.take_while(|release| !within(&release.version));
    free.last().map(|release| format!(">={}", release.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minors(bits: u32) -> Vec<u8> {
        PYTHONS.filter(|minor| bits & (1 << minor) != 0).collect()
    }

    #[test]
    fn the_table_parses_and_knows_patch_releases_apart() {
        assert!(KNOWN.releases.len() >= 10 && KNOWN.limits.len() >= 8);
        let of = |pin: &str| minors(pythons("scikit-learn", pin).unwrap());
        assert_eq!(of("==1.3.0"), [8, 9, 10, 11]);
        assert_eq!(of("==1.3.2"), [8, 9, 10, 11, 12]);
        assert_eq!(of(">=1.8"), [11, 12, 13, 14]);
        assert_eq!(pythons("scikit-learn", "==7.7"), None);
        assert_eq!(pythons("nobody-knows", ""), None);
        for limit in &KNOWN.limits {
            assert!(KNOWN.releases.contains_key(&limit.name), "{}", limit.name);
            assert!(package::selector(&limit.releases).is_some());
        }
    }

    #[test]
    fn limits_hold_for_a_range_only_when_all_of_it_has_them() {
        assert_eq!(limits("scikit-learn", "==1.2.2"), [("numpy", "<2")]);
        assert_eq!(limits("scikit-learn", "<1.3,>=1.1"), [("numpy", "<2")]);
        assert_eq!(limits("scikit-learn", ">=1.2"), []);
        assert_eq!(
            above("scikit-learn", ">=1.0,<1.4.2").as_deref(),
            Some(">=1.4.2")
        );
        assert_eq!(
            neighbour("scikit-learn", "1.3.0", 12).as_deref(),
            Some("1.3.2")
        );
        assert_eq!(neighbour("scikit-learn", "1.3.0", 13), None);
    }

    #[test]
    fn ranges_meet_where_a_release_lies_in_both() {
        assert_eq!(meet("numpy", "<2", ">=1.20"), Some(true));
        assert_eq!(meet("numpy", "<2", ">=2"), Some(false));
        assert_eq!(meet("anything", "==1.0", ">=2"), Some(false));
        assert_eq!(meet("anything", ">=1", ">=2"), None);
    }
}
