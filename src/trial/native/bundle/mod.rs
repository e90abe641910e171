//! A file that holds a model together with what prepares its rows: a dict, a list or a tuple.
//!
//! `members` says what is in it, `plan` which members rows pass through on the way to which model,
//! `run` does it. A plan says what it rests on; what can be read in two ways is refused.

mod labels;
mod members;
mod order;
mod plan;
mod run;

pub use members::is_bundle;
pub use plan::{Plan, Step, plan};
pub use run::run;

/// Which part of a bundle is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Paths of members: one is the model; several are passed through in this order.
    pub parts: Vec<String>,
    /// Whether rows go to the part as they are.
    pub alone: bool,
}

impl Choice {
    /// Whether nothing was chosen.
    pub fn is_none(&self) -> bool {
        self.parts.is_empty() && !self.alone
    }
}
