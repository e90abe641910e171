//! What an artifact needs, and how we know: stamped in the bytes, declared near it, or inferred.

mod types;

pub use types::{
    Basis, Evidence, Manifest, NeededName, Relation, Requirement, Role, Sibling, Step,
};
