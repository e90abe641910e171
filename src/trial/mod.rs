//! A prediction on sample input: by our own arithmetic, or in a killable child Python.

pub mod cells;
pub mod figures;
pub mod golden;
pub mod native;
pub mod python;
pub mod sample;
mod sandbox;
pub mod sides;
mod types;

pub use sandbox::Sandbox;
pub use types::{
    Cell, Engine, Outcome, Output, Prediction, Recorded, Returned, Run, Sample, TrialError,
};
