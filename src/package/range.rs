//! Ranges of versions out of several PEP 440 specifiers: what they leave together, and on which
//! side of them a version lies. Only `>=`, `>`, `<`, `<=` and `==` bound a range; other clauses
//! are carried along unchanged.

use std::cmp::Ordering;

use super::compare;

/// All `specifiers` together, without bounds that others make redundant: `>=1.2`, `>=1.24` and
/// `<2` leave `>=1.24,<2`. Empty specifiers are ignored.
pub fn intersect<'a>(specifiers: impl Iterator<Item = &'a str>) -> String {
    let mut lower: Option<(&str, &str)> = None;
    let mut upper: Option<(&str, &str)> = None;
    let mut rest: Vec<&str> = Vec::new();
    for clause in specifiers.flat_map(|s| s.split(',')).map(str::trim) {
        match split(clause) {
            Some((operator @ (">=" | ">"), version)) => {
                lower = Some(tighter(lower, (operator, version), Ordering::Greater));
            }
            Some((operator @ ("<" | "<="), version)) => {
                upper = Some(tighter(upper, (operator, version), Ordering::Less));
            }
            Some(_) if !rest.contains(&clause) => rest.push(clause),
            _ => {}
        }
    }
    let bounds = lower.into_iter().chain(upper);
    let bounds = bounds.map(|(operator, version)| format!("{operator}{version}"));
    rest.into_iter()
        .map(str::to_owned)
        .chain(bounds)
        .collect::<Vec<_>>()
        .join(",")
}

type Bound<'a> = (&'a str, &'a str);

/// The new bound when it lies in the direction `order` of the known one.
fn tighter<'a>(known: Option<Bound<'a>>, new: Bound<'a>, order: Ordering) -> Bound<'a> {
    match known {
        Some(known) if compare(new.1, known.1) != Some(order) => known,
        _ => new,
    }
}

/// Whether `version` lies above every version that `specifier` allows, as far as its bounds tell.
pub fn is_above(version: &str, specifier: &str) -> bool {
    specifier
        .split(',')
        .map(str::trim)
        .filter_map(split)
        .any(|(operator, bound)| {
            let order = compare(version, bound);
            match operator {
                "<" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                "<=" | "==" => order == Some(Ordering::Greater),
                _ => false,
            }
        })
}

fn split(clause: &str) -> Option<(&str, &str)> {
    ["===", "==", ">=", "<=", "!=", "~=", ">", "<"]
        .into_iter()
        .find_map(|operator| Some((operator, clause.strip_prefix(operator)?.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_joined_and_redundant_ones_dropped() {
        let all = [">=3.4", ">=3.8", "<4", "", "<3.12"];
        assert_eq!(intersect(all.into_iter()), ">=3.8,<3.12");
        assert_eq!(intersect([">=1.9", ">=1.10"].into_iter()), ">=1.10");
        assert_eq!(intersect(["!=1.3", "!=1.3"].into_iter()), "!=1.3");
    }

    #[test]
    fn above_is_told_from_below() {
        assert!(is_above("2.1", "<2"));
        assert!(is_above("1.10", "==1.9"));
        assert!(!is_above("1.8", ">=1.9"));
        assert!(!is_above("1.5", "<2"));
    }
}
