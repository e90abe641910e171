//! Generalized linear models: a linear predictor through the inverse of a link.

use super::linear;
use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "alpha",
    "fit_intercept",
    "solver",
    "max_iter",
    "tol",
    "coef_",
    "intercept_",
    "n_iter_",
    "power",
    "link",
    "family",
    "_base_loss",
    "_family_instance",
    "_link_instance",
];

/// `PoissonRegressor`, `GammaRegressor`, `TweedieRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let logarithmic = logarithmic(context, estimator)?;
    let mut scores = linear::scores(context, estimator, frame)?;
    if logarithmic {
        check::double(estimator, "coef_")?;
        scores.mapv_inplace(libm::exp);
    }
    if scores.ncols() != 1 {
        return Err(estimator.strange("coef_"));
    }
    Ok(vec![answer::amounts("predict", &scores, true)])
}

/// Whether the link is the logarithm; the other one is the identity.
fn logarithmic(context: &Context, estimator: &Estimator) -> Result<bool, Stop> {
    // Until 1.0 the fitted link is an object of its own; later it follows from the parameters.
    if let Some(link) = estimator.get("_link_instance") {
        let link = Estimator::read(context, link);
        return match link.as_ref().map(|link| link.name) {
            Some("LogLink") => Ok(true),
            Some("IdentityLink") => Ok(false),
            _ => Err(estimator.strange("_link_instance")),
        };
    }
    if estimator.name != "TweedieRegressor" {
        return match estimator.text("link", "log")? {
            "log" => Ok(true),
            _ => Err(estimator.strange("link")),
        };
    }
    match estimator.text("link", "auto")? {
        "log" => Ok(true),
        "identity" => Ok(false),
        "auto" => Ok(estimator.number("power")? > 0.0),
        _ => Err(estimator.strange("link")),
    }
}
