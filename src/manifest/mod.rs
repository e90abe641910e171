//! What an artifact needs, and how we know: stamped in the bytes, declared near it, or inferred.

mod build;
pub mod chain;
pub mod code;
pub mod declared;
pub mod describe;
pub mod fitted_on;
pub mod flow;
mod names;
mod siblings;
pub mod stamp;
mod steps;
mod surroundings;
mod types;
mod versions;
mod writer;

pub use siblings::relate;
pub use steps::is_estimator;
pub use surroundings::{Surroundings, is_helper_name};
pub use types::{
    Basis, Certainty, Evidence, Manifest, NeededName, Prepared, Relation, Requirement, Role,
    Sibling, Step,
};
pub use versions::{implied_by, prepare};
pub use writer::note_contradictions;
