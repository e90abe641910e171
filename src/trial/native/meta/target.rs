//! `TransformedTargetRegressor`: a regressor of other amounts than it was given.

use super::inverse::inverse;
use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::ask::ask;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "regressor",
    "transformer",
    "func",
    "inverse_func",
    "check_inverse",
    "_training_dim",
    "transformer_",
    "regressor_",
];

/// `predict`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let answers = ask(context, estimator.need("regressor_")?, frame, depth)?;
    let inner = answers.matrix("predict")?;
    let y = inverse(context, estimator.need("transformer_")?, inner)?;
    if estimator.count("_training_dim")? == 1 && y.ncols() == 1 {
        let cells = y.iter().map(|y| number_cell(*y)).collect();
        return Ok(vec![answer::flat("predict", cells)]);
    }
    Ok(vec![answer::table("predict", Vec::new(), &y)])
}
