//! Versions as PEP 440 orders them, read leniently from what people write.

use std::cmp::Ordering;
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

pub use pep440_rs::Version;

use super::specifier;

/// Longest text that is tried as a version.
const LONGEST: usize = 256;

/// A version from what a file says: quotes and a leading `v` are dropped, and text after the release
/// that no version may hold (`1.2.3-ubuntu4`) is ignored. `None` when it does not start as a version.
pub fn parse(text: &str) -> Option<Version> {
    let text = text
        .trim()
        .trim_matches(|c| matches!(c, '"' | '\'' | '`'))
        .trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if let Ok(version) = Version::from_str(text) {
        return Some(version);
    }
    let bare = text.trim_start_matches(['v', 'V']);
    let end = bare
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(bare.len());
    let release = bare[..end].trim_end_matches('.');
    // One stray digit ("3 apples") is no version.
    if end < bare.len() && !release.contains('.') {
        return None;
    }
    Version::from_str(release).ok()
}

/// How two versions order; `None` when one of them is not a version.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

/// Whether a version lies within a specifier such as `>=1.2,<2`. `None` when either cannot be read.
/// The empty specifier allows everything; pre-releases count as what they are.
pub fn satisfies(version: &str, specifier: &str) -> Option<bool> {
    satisfies_version(&parse(version)?, specifier)
}

/// [`satisfies`] for a version that is already read.
pub fn satisfies_version(version: &Version, specifier: &str) -> Option<bool> {
    let normal = specifier::normalize(specifier)?;
    if normal.is_empty() {
        return Some(true);
    }
    let specifiers = VersionSpecifiers::from_str(&normal).ok()?;
    Some(specifiers.contains(version))
}

/// Whether versions lie within a specifier that is read once; `None` when it cannot be read.
pub fn selector(specifier: &str) -> Option<impl Fn(&Version) -> bool> {
    let normal = specifier::normalize(specifier)?;
    let specifiers = VersionSpecifiers::from_str(&normal);
    let all = normal.is_empty();
    let specifiers = specifiers
        .ok()
        .or_else(|| all.then(VersionSpecifiers::empty))?;
    Some(move |version: &Version| all || specifiers.contains(version))
}

/// The first two numbers of the release: `1.7.2` → `(1, 7)`; a missing second number is 0.
pub fn minor_of(version: &Version) -> (u64, u64) {
    let release = version.release();
    (
        release.first().copied().unwrap_or(0),
        release.get(1).copied().unwrap_or(0),
    )
}

/// Whether two versions share major and minor number; `None` when one of them is not a version.
pub fn same_minor(left: &str, right: &str) -> Option<bool> {
    let (left, right) = (parse(left)?, parse(right)?);
    Some(left.epoch() == right.epoch() && minor_of(&left) == minor_of(&right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_follows_pep_440() {
        assert_eq!(compare("1.10", "1.9"), Some(Ordering::Greater));
        assert_eq!(compare("0.22.2.post1", "0.22.2"), Some(Ordering::Greater));
        assert_eq!(compare("2.0rc1", "2.0"), Some(Ordering::Less));
        assert_eq!(compare("1.0", "1.0.0"), Some(Ordering::Equal));
        assert_eq!(compare("one", "1"), None);
    }

    #[test]
    fn written_versions_are_read_leniently() {
        assert_eq!(parse("v1.2.3").map(|v| v.to_string()), Some("1.2.3".into()));
        assert_eq!(
            parse("\"1.0.2\"").map(|v| v.to_string()),
            Some("1.0.2".into())
        );
        assert_eq!(
            parse("1.2.3-ubuntu4").map(|v| v.to_string()),
            Some("1.2.3".into())
        );
        assert_eq!(parse("3 apples"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse(&"9".repeat(5000)), None);
    }

    #[test]
    fn specifiers_are_checked() {
        assert_eq!(satisfies("1.7.2", ">=1.2,<2"), Some(true));
        assert_eq!(satisfies("1.7.2", "==1.7.*"), Some(true));
        assert_eq!(satisfies("1.7.2", "~=1.6.0"), Some(false));
        assert_eq!(satisfies("1.7.2", ""), Some(true));
        assert_eq!(satisfies("2.0.0+cpu", "==2.0.0"), Some(true));
        assert_eq!(satisfies("1.7.2", "newest"), None);
        assert_eq!(satisfies("?", ">=1"), None);
    }

    #[test]
    fn minors_are_compared() {
        assert_eq!(same_minor("1.7.2", "1.7"), Some(true));
        assert_eq!(same_minor("1.7.2", "1.70"), Some(false));
        assert_eq!(same_minor("1", "1.0.3"), Some(true));
    }
}
