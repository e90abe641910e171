//! Scalers: a shift and a factor for each column.

use ndarray::{Array1, ArrayView1};

use super::text::tfidf::normalised;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

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

const ROBUST: &[&str] = &[
    "with_centering",
    "with_scaling",
    "quantile_range",
    "unit_variance",
    "center_",
    "scale_",
];
const MAX_ABS: &[&str] = &["n_samples_seen_", "max_abs_", "scale_", "clip"];

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
    centred(context, estimator, frame, shift, scale)
}

/// `RobustScaler`.
pub fn robust(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[ROBUST])?;
    let with_centering = estimator.flag("with_centering", true)?;
    let with_scaling = estimator.flag("with_scaling", true)?;
    let shift = with_centering
        .then(|| estimator.vector("center_"))
        .transpose()?;
    let scale = with_scaling
        .then(|| estimator.vector("scale_"))
        .transpose()?;
    if frame.sparse && with_centering {
        return Err(Stop::value_error(
            "Cannot center sparse matrices: use `with_centering=False` instead. See docstring for \
             motivation and alternatives.",
        ));
    }
    centred(context, estimator, frame, shift, scale)
}

/// `MaxAbsScaler`.
pub fn max_abs(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[MAX_ABS])?;
    let clip = estimator.flag("clip", false)?;
    let scale = Some(estimator.vector("scale_")?);
    if let (Some(csr), Some(scale)) = (frame.csr(), &scale) {
        check::features(estimator, frame, Some(scale.len()))?;
        let mut csr = csr.clone();
        // scipy multiplies by the reciprocal.
        csr.change(|place, x| x * (1.0 / scale[place]));
        if clip {
            csr.change(|_, x| x.clamp(-1.0, 1.0));
        }
        return Ok(Frame::from_csr(csr));
    }
    let mut out = centred(context, estimator, frame, None, scale)?;
    if clip {
        for column in &mut out.columns {
            if let Column::Numbers(numbers) = column {
                // NaN stays NaN here, as it does in numpy.
                for x in numbers {
                    *x = x.clamp(-1.0, 1.0);
                }
            }
        }
    }
    Ok(out)
}

/// `Normalizer`: each row divided by its length.
pub fn normalizer(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&["norm"]])?;
    let length: fn(ArrayView1<f64>) -> f64 = match estimator.text("norm", "l2")? {
        "l1" => |row| row.iter().map(|x| x.abs()).sum(),
        "l2" => |row| row.iter().map(|x| x * x).sum::<f64>().sqrt(),
        // Signs counted until 0.23.
        "max" if estimator.since((0, 24)) => |row| row.iter().fold(0.0, |max, x| x.abs().max(max)),
        _ => return Err(estimator.strange("norm")),
    };
    check::features(estimator, frame, None)?;
    if let Some(csr) = frame.csr() {
        let mut csr = csr.clone();
        if let Some(odd) = csr.values.iter().find(|x| !x.is_finite()) {
            let nan = odd.is_nan();
            return Err(check::not_finite(
                estimator,
                nan,
                Allow::Finite,
                Width::Double,
            ));
        }
        normalised(estimator, estimator.text("norm", "l2")?, false, &mut csr)?;
        return Ok(Frame::from_csr(csr));
    }
    let mut x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    // Rows of zeros stay as they are; since 1.0 rows of next to nothing too.
    let least = if estimator.since((1, 0)) {
        10.0 * f64::EPSILON
    } else {
        f64::MIN_POSITIVE
    };
    for mut row in x.rows_mut() {
        let length = length(row.view());
        if length >= least {
            row.mapv_inplace(|x| x / length);
        }
    }
    let mut out = Frame::from_matrix(&x);
    out.sparse = frame.sparse;
    Ok(out)
}

/// (X - shift) / scale.
fn centred(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    shift: Option<Array1<f64>>,
    scale: Option<Array1<f64>>,
) -> Result<Frame, Stop> {
    let mut x = numbers(context, estimator, frame, &[&shift, &scale])?;
    if let Some(shift) = shift {
        x -= &shift;
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
