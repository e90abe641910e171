//! Sample input for a trial: read from a file, made from what the model knows, fitted to a model.

mod fit;
mod generate;
mod json;
mod npy;
mod parse;
mod whole;

pub use fit::{align, fit};
pub use generate::{categories_of, generate};
pub use parse::parse;
pub use whole::generate_for;
