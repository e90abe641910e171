//! Partial least squares and canonical correlation: a projection that also predicts.

use ndarray::{Array1, Array2};

use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "n_components",
    "scale",
    "deflation_mode",
    "mode",
    "algorithm",
    "norm_y_weights",
    "_norm_y_weights",
    "max_iter",
    "tol",
    "x_mean_",
    "y_mean_",
    "x_std_",
    "y_std_",
    "_x_mean",
    "_y_mean",
    "_x_std",
    "_y_std",
    "x_weights_",
    "y_weights_",
    "x_loadings_",
    "y_loadings_",
    "x_scores_",
    "y_scores_",
    "_x_scores",
    "_y_scores",
    "x_rotations_",
    "y_rotations_",
    "coef_",
    "_coef_",
    "intercept_",
    "n_iter_",
    "_predict_1d",
    "_n_features_out",
];

/// `PLSRegression`, `PLSCanonical`, `CCA`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let (mut x, scale) = centred(context, estimator, frame)?;
    // Since 1.5 the coefficients hold the scales.
    if !estimator.since((1, 5)) {
        x /= &scale;
    }
    // A row a target since 1.3; 1.1 and 1.2 kept that form beside the old one.
    let coef = if estimator.since((1, 3)) {
        estimator.matrix("coef_")?
    } else if estimator.since((1, 1)) {
        estimator.matrix("_coef_")?
    } else {
        estimator.matrix("coef_")?.reversed_axes()
    };
    let shift = if estimator.since((1, 1)) {
        estimator.vector("intercept_")?
    } else {
        estimator.vector(key(estimator, "_y_mean", "y_mean_"))?
    };
    if coef.dim() != (shift.len(), x.ncols()) {
        return Err(estimator.refused("`coef_` and its means do not fit together"));
    }
    context.charge(x.nrows().saturating_mul(coef.len()), &estimator.class)?;
    let y = x.dot(&coef.t()) + &shift;
    let flat = estimator.flag("_predict_1d", false)?;
    let projected = projected(context, estimator, frame, "x_rotations_")?;
    Ok(vec![
        answer::amounts("predict", &y, flat),
        answer::table("transform", Vec::new(), &projected),
    ])
}

/// The same as transformers, and `PLSSVD`.
pub fn project(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let turn = if estimator.name == "PLSSVD" {
        "x_weights_"
    } else {
        "x_rotations_"
    };
    Ok(Frame::from_matrix(&projected(
        context, estimator, frame, turn,
    )?))
}

fn projected(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    turn: &str,
) -> Result<Array2<f64>, Stop> {
    let (mut x, scale) = centred(context, estimator, frame)?;
    x /= &scale;
    let turn = estimator.matrix(turn)?;
    if turn.nrows() != x.ncols() {
        return Err(estimator.refused("its rotations and means do not fit together"));
    }
    context.charge(x.nrows().saturating_mul(turn.len()), &estimator.class)?;
    Ok(x.dot(&turn))
}

/// The rows without the means of the training, and its scales.
fn centred(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<(Array2<f64>, Array1<f64>), Stop> {
    let mean = estimator.vector(key(estimator, "_x_mean", "x_mean_"))?;
    let scale = estimator.vector(key(estimator, "_x_std", "x_std_"))?;
    if mean.len() != scale.len() {
        return Err(estimator.refused("its means and scales do not fit together"));
    }
    let x = check::rows(context, estimator, frame, mean.len())?;
    check::precise(estimator, "x_rotations_", &x)?;
    Ok((x - &mean, scale))
}

/// Private names since 0.24.
fn key<'a>(estimator: &Estimator, new: &'a str, old: &'a str) -> &'a str {
    if estimator.has(new) { new } else { old }
}
