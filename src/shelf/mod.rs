//! Walk a tree, claim directories, tell what may be a model by its name.

mod claim;
mod folders;
pub mod listing;
mod name;
mod walk;

pub use folders::folders;
pub use listing::WalkItem;
pub use name::has_model_name;
pub use walk::{DEPTH, walk};
