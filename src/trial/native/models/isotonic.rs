//! Isotonic regression: straight lines between the steps of a monotone function of one column.

use ndarray::Array1;

use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "y_min",
    "y_max",
    "increasing",
    "increasing_",
    "out_of_bounds",
    "X_min_",
    "X_max_",
    "X_thresholds_",
    "y_thresholds_",
    "_necessary_X_",
    "_necessary_y_",
    "f_",
    "_X_",
    "_y_",
];

/// `IsotonicRegression`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    // Public names since 0.24.
    let (xs, ys) = if estimator.has("X_thresholds_") {
        ("X_thresholds_", "y_thresholds_")
    } else {
        ("_necessary_X_", "_necessary_y_")
    };
    check::double(estimator, xs)?;
    let (xs, ys) = (estimator.vector(xs)?, estimator.vector(ys)?);
    let rises = xs.iter().zip(xs.iter().skip(1)).all(|(a, b)| a <= b);
    if xs.len() != ys.len() || xs.is_empty() || !rises {
        return Err(estimator.refused("its thresholds do not fit together"));
    }
    let x = check::rows(context, estimator, frame, 1)?;
    context.charge(x.nrows().saturating_mul(xs.len()), &estimator.class)?;
    let bounds = (estimator.number("X_min_")?, estimator.number("X_max_")?);
    let outside = estimator.text("out_of_bounds", "nan")?;
    let mut cells = Vec::with_capacity(x.nrows());
    for x in &x {
        let x = match outside {
            "clip" => x.max(bounds.0).min(bounds.1),
            "nan" => *x,
            "raise" if *x >= xs[0] && *x <= xs[xs.len() - 1] => *x,
            "raise" => {
                return Err(estimator.refused("a value is out of the range it was fitted on"));
            }
            _ => return Err(estimator.strange("out_of_bounds")),
        };
        cells.push(number_cell(between(x, &xs, &ys)));
    }
    Ok(vec![
        answer::flat("predict", cells.clone()),
        answer::flat("transform", cells),
    ])
}

/// The line through the two thresholds around `x`; NaN outside all of them. One threshold alone is
/// a constant.
fn between(x: f64, xs: &Array1<f64>, ys: &Array1<f64>) -> f64 {
    let last = xs.len() - 1;
    if last == 0 {
        return ys[0];
    }
    if x.is_nan() || x < xs[0] || x > xs[last] {
        return f64::NAN;
    }
    let above = xs.iter().position(|other| *other > x);
    let Some(above) = above.filter(|above| *above > 0) else {
        return ys[last];
    };
    let below = above - 1;
    let slope = (ys[above] - ys[below]) / (xs[above] - xs[below]);
    slope * (x - xs[below]) + ys[below]
}
