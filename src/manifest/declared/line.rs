//! One requirement line to a name and a specifier: the only place here that knows how lines are
//! written.

use crate::package;

/// Name (normalised) and specifier of one line; `None` for comments, options and bare paths.
pub(super) fn parse_line(written: &str) -> Option<(String, String)> {
    let requirement = package::Requirement::parse(written)?;
    Some((requirement.name, requirement.specifier))
}

/// A specifier in its normal form; `None` when it cannot be one.
pub(super) fn specifier(written: &str) -> Option<String> {
    package::normalize_specifier(written)
}
