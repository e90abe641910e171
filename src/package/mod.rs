//! The vocabulary of Python packaging: names, versions, requirements, import names.
//!
//! Pure functions on text. It knows no environment and reads no files but its own tables.

mod imports;
mod marker;
mod name;
mod range;
mod requirement;
mod specifier;
mod version;

pub use imports::{distribution_of, import_names_of, is_stdlib, prepare, top_of};
pub use marker::{MarkerTarget, evaluate as evaluate_marker};
pub use name::{is_valid as is_valid_name, normalize};
pub use range::{intersect, is_above};
pub use requirement::Requirement;
pub use specifier::normalize as normalize_specifier;
pub use version::{
    Version, compare, minor_of, parse as parse_version, same_minor, satisfies, satisfies_version,
    selector,
};
