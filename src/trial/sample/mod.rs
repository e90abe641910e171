//! Sample input for a trial: read from a file, made from what the model knows, fitted to a model.

mod bundle;
mod fit;
mod generate;
mod hints;
mod json;
mod npy;
mod parse;
mod unshaped;
mod whole;

pub use bundle::{categories_of, generate, generate_part, through};
pub use fit::{align, fit, no_texts};
pub use parse::parse;
pub use whole::{generate_for, generate_for_part};
