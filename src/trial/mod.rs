//! A prediction on sample input: by our own arithmetic, or in a killable child Python.

pub mod native;
pub mod python;
pub mod sample;
mod sandbox;
mod types;

pub use sandbox::Sandbox;
pub use types::{Cell, Engine, Outcome, Output, Prediction, Returned, Run, Sample, TrialError};
