//! Directories that are one artifact, by the file that marks them.
//!
//! A marker alone claims nothing: what it describes must be there (see [`artifact::folder`]), and
//! only that belongs to the claim. Other models in the same directory stay rows of their own.

use std::path::Path;

use crate::artifact;

/// What belongs to a claimed directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Everything below it.
    Whole,
    /// The files and folders of these names in it.
    Parts(Vec<String>),
}

/// The file that makes a directory one `MLflow` model, with all that is in it.
const MLMODEL: &str = "MLmodel";

/// The claim on a directory in which `has` tells what is there by name, without asking the disk.
pub(super) fn claim(directory: &Path, has: &dyn Fn(&str) -> bool) -> Option<Claim> {
    if has(MLMODEL) && directory.join(MLMODEL).is_file() {
        return Some(Claim::Whole);
    }
    if !artifact::folder::markers().any(has) {
        return None;
    }
    artifact::folder::describe(directory).map(|described| Claim::Parts(described.parts))
}
