//! Meta-estimators: what they make of the answers of estimators inside them. Adding one is a file
//! and a line here. Which inner estimators there may be is not decided here (`super::ask`).

mod stacking;
mod voting;

use super::table::{Entry, Role};

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const META: &[Entry] = &[
    ("VotingClassifier", "ensemble", Role::MetaBoth(voting::classification, voting::transform)),
    ("VotingRegressor", "ensemble", Role::MetaBoth(voting::regression, voting::transform)),
    ("StackingClassifier", "ensemble", Role::MetaBoth(stacking::classification, stacking::transform)),
    ("StackingRegressor", "ensemble", Role::MetaBoth(stacking::regression, stacking::transform)),
];
