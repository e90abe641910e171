//! Distribution names, normalised as PEP 503 says.

/// The normalised form of a distribution's name: lower case, and every run of `-`, `_`, `.` is one
/// `-`. `Scikit_Learn` and `scikit.learn` are both `scikit-learn`.
pub fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut separator = false;
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            separator = true;
            continue;
        }
        if separator && !normal.is_empty() {
            normal.push('-');
        }
        separator = false;
        normal.extend(c.to_lowercase());
    }
    normal
}

/// Whether this may be a distribution's name: ASCII letters and digits, with `-`, `_`, `.` inside.
pub fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            first.is_ascii_alphanumeric()
                && last.is_ascii_alphanumeric()
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_separators_become_one_hyphen() {
        assert_eq!(normalize("Scikit_Learn"), "scikit-learn");
        assert_eq!(normalize("zope.interface"), "zope-interface");
        assert_eq!(normalize("a-_.b"), "a-b");
        assert_eq!(normalize(" PyYAML "), "pyyaml");
        assert_eq!(normalize("_private"), "private");
    }

    #[test]
    fn names_are_told_from_paths_and_options() {
        assert!(is_valid("zope.interface"));
        assert!(!is_valid("./local"));
        assert!(!is_valid("-e"));
        assert!(!is_valid(""));
    }
}
