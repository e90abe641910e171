//! The code of an environment's Python sources: functions, classes with their linearised bases,
//! what a name stands for. Parsed, never executed.
//!
//! It knows no library. What a class does with its attributes is asked elsewhere.

mod cache;
mod lineage;
mod lower;
mod lower_expression;
mod lower_statement;
mod resolve;
pub mod tree;

pub(super) use cache::Cache;
pub use cache::Source;
pub use lineage::{ClassRef, Lineage};
pub use resolve::Resolved;
