//! A prediction on sample input: by our own arithmetic, or in a killable child Python.

pub mod figures;
pub mod native;
pub mod python;
pub mod sample;
mod types;

pub use types::{Cell, Engine, Outcome, Output, Prediction, Sample, TrialError};
