//! Walk a tree, claim directories, tell what may be a model by its name.

mod walk;

pub use walk::{WalkItem, has_model_name, is_claimed, walk};
