//! Scalers: a shift and a factor for each column.

use ndarray::Array1;

use super::check::{self, Allow, Width};
use super::estimator::{Context, Estimator};
use super::frame::Frame;
use super::stop::Stop;

const STANDARD: &[&str] = &[
    "with_mean",
    "with_std",
    "n_samples_seen_",
    "mean_",
    "var_",
    "scale_",
];
const MIN_MAX: &[&str] = &[
    "feature_range",
    "clip",
    "n_samples_seen_",
    "scale_",
    "min_",
    "data_min_",
    "data_max_",
    "data_range_",
];

/// `StandardScaler`.
pub fn standard(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[STANDARD])?;
    let with_mean = estimator.flag("with_mean", true)?;
    let with_std = estimator.flag("with_std", true)?;
    let shift = with_mean.then(|| estimator.vector("mean_")).transpose()?;
    let scale = with_std.then(|| estimator.vector("scale_")).transpose()?;
    if frame.sparse && with_mean {
        return Err(Stop::value_error(
            "Cannot center sparse matrices: pass `with_mean=False` instead. See docstring for \
             motivation and alternatives.",
        ));
    }
    let mut x = numbers(context, estimator, frame, &[&shift, &scale])?;
    if let Some(mean) = shift {
        x -= &mean;
    }
    if let Some(scale) = scale {
        x /= &scale;
    }
    let mut out = Frame::from_matrix(&x);
    out.sparse = frame.sparse;
    Ok(out)
}

/// `MinMaxScaler`.
pub fn min_max(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[MIN_MAX])?;
    if frame.sparse {
        return Err(estimator.refused("it does not scale sparse matrices"));
    }
    let factor = Some(estimator.vector("scale_")?);
    let shift = Some(estimator.vector("min_")?);
    let mut x = numbers(context, estimator, frame, &[&factor, &shift])?;
    if let (Some(factor), Some(shift)) = (&factor, &shift) {
        x *= factor;
        x += shift;
    }
    if estimator.flag("clip", false)? {
        let range = estimator.list("feature_range")?;
        let bound = |place: usize| match range
            .get(place)
            .map(|node| crate::pickle::value(estimator.graph, *node))
        {
            Some(crate::pickle::Value::Int(n)) => Ok(n as f64),
            Some(crate::pickle::Value::Float(n)) => Ok(n),
            _ => Err(estimator.strange("feature_range")),
        };
        let (low, high) = (bound(0)?, bound(1)?);
        // Not `clamp`: it panics on reversed bounds, and NaN must stay NaN.
        x.mapv_inplace(|x| {
            if x < low {
                low
            } else if x > high {
                high
            } else {
                x
            }
        });
    }
    Ok(Frame::from_matrix(&x))
}

/// The frame as numbers (NaN allowed), as wide as each of the fitted vectors.
fn numbers(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    fitted: &[&Option<Array1<f64>>],
) -> Result<ndarray::Array2<f64>, Stop> {
    let widths: Vec<usize> = fitted.iter().copied().flatten().map(Array1::len).collect();
    check::features(estimator, frame, None)?;
    if let Some(other) = widths.iter().find(|width| **width != frame.width()) {
        return Err(Stop::value_error(format!(
            "operands could not be broadcast together with shapes ({},{}) ({other},) ",
            frame.n_rows,
            frame.width()
        )));
    }
    check::matrix(context, estimator, frame, Allow::Nan, Width::Double)
}
