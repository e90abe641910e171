//! Linear regression in all its trainings: y = X·coef + intercept.

use ndarray::{Array1, Array2};

use super::answer;
use super::check::{self, Allow, Width};
use super::estimator::{Context, Estimator};
use super::frame::{Frame, number_cell};
use super::stop::Stop;
use crate::trial::Output;

/// Parameters and results of training; none of them takes part in a prediction.
const KNOWN: &[&str] = &[
    "coef_",
    "intercept_",
    "fit_intercept",
    "normalize",
    "positive",
    "tol",
    "rank_",
    "singular_",
    "_residues",
    "alpha",
    "l1_ratio",
    "max_iter",
    "solver",
    "solver_",
    "n_iter_",
    "precompute",
    "selection",
    "dual_gap_",
    "sparse_coef_",
];

/// `LinearRegression`, `Ridge`, `Lasso`, `ElasticNet`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let coef = estimator.floats("coef_")?;
    let one_target = coef.ndim() == 1;
    let scores = scores(context, estimator, frame)?;
    if one_target {
        let cells = scores.iter().map(|y| number_cell(*y)).collect();
        return Ok(vec![answer::flat("predict", cells)]);
    }
    Ok(vec![answer::table("predict", Vec::new(), &scores)])
}

/// X·coefᵀ + intercept, one column a row of `coef_`.
pub fn scores(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Array2<f64>, Stop> {
    let coef = estimator.matrix("coef_")?;
    if estimator.since((1, 0)) {
        check::features(estimator, frame, None)?;
    }
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    if x.ncols() != coef.ncols() {
        return Err(Stop::value_error(format!(
            "X has {} features per sample; expecting {}",
            x.ncols(),
            coef.ncols()
        )));
    }
    let intercept = intercept(estimator, coef.nrows())?;
    context.charge(x.nrows() * coef.len(), &estimator.class)?;
    Ok(x.dot(&coef.t()) + &intercept)
}

fn intercept(estimator: &Estimator, targets: usize) -> Result<Array1<f64>, Stop> {
    let values = estimator.floats("intercept_")?;
    match values.len() {
        1 => Ok(Array1::from_elem(targets, values.iter().sum())),
        n if n == targets => Ok(values.into_iter().collect()),
        _ => Err(estimator.refused("`intercept_` and `coef_` do not fit together")),
    }
}
