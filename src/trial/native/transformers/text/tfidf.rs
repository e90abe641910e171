//! `TfidfTransformer`: counts weighted by how rare a word is, and each row of length one.

use std::rc::Rc;

use crate::pickle::Value;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::compressed_rows;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, repr};
use crate::trial::native::sparse::Csr;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "norm",
    "use_idf",
    "smooth_idf",
    "sublinear_tf",
    // An array since 1.5; before, the diagonal of a sparse matrix.
    "idf_",
    "_idf_diag",
];

/// `TfidfTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    context.charge(frame.stored(), &estimator.class)?;
    let counts = frame.to_csr().map_err(|cell| {
        Stop::value_error(format!(
            "could not convert string to float: {}",
            repr(&cell)
        ))
    })?;
    if let Some(odd) = counts.values.iter().find(|x| !x.is_finite()) {
        let nan = odd.is_nan();
        return Err(check::not_finite(
            estimator,
            nan,
            Allow::Finite,
            Width::Double,
        ));
    }
    let counts = Rc::unwrap_or_clone(counts);
    weighted(context, estimator, counts, false).map(Frame::from_csr)
}

/// What the transformer makes of counts, which are floats of 32 bits where `single`.
pub fn weighted(
    context: &Context,
    estimator: &Estimator,
    mut counts: Csr,
    single: bool,
) -> Result<Csr, Stop> {
    estimator.only(&[KNOWN])?;
    context.charge(counts.stored().saturating_mul(8), &estimator.class)?;
    let rounded = |x: f64| if single { f64::from(x as f32) } else { x };
    if estimator.flag("sublinear_tf", false)? {
        counts.change(|_, x| rounded(rounded(libm::log(x)) + 1.0));
    }
    if let Some(idf) = idf(context, estimator)? {
        if idf.len() != counts.width {
            return Err(Stop::value_error(format!(
                "X has {} features, but TfidfTransformer is expecting {} features as input.",
                counts.width,
                idf.len()
            )));
        }
        counts.change(|place, x| rounded(x * idf[place]));
    }
    let norm = match estimator.value("norm") {
        Value::None => return Ok(counts),
        Value::Text(norm) => norm,
        _ => return Err(estimator.strange("norm")),
    };
    normalised(estimator, &norm, single, &mut counts)?;
    Ok(counts)
}

/// Divides each row by its length. Sums are taken in 64 bits of squares in the matrix' own.
pub fn normalised(
    estimator: &Estimator,
    norm: &str,
    single: bool,
    csr: &mut Csr,
) -> Result<(), Stop> {
    let rounded = |x: f64| if single { f64::from(x as f32) } else { x };
    for row in 0..csr.n_rows() {
        let row = csr.row_mut(row);
        let length = match norm {
            "l1" => row.iter().map(|x| x.abs()).sum(),
            "l2" => row.iter().map(|x| rounded(x * x)).sum::<f64>().sqrt(),
            // Signs counted until 0.23.
            "max" if estimator.since((0, 24)) => {
                row.iter().fold(0.0_f64, |max, x| x.abs().max(max))
            }
            _ => return Err(estimator.strange("norm")),
        };
        if length != 0.0 {
            for x in row {
                *x = rounded(*x / length);
            }
        }
    }
    Ok(())
}

fn idf(context: &Context, estimator: &Estimator) -> Result<Option<Vec<f64>>, Stop> {
    // Since 1.5 it is the weights being there that counts.
    if estimator.get("idf_").is_some() {
        return Ok(Some(estimator.vector("idf_")?.to_vec()));
    }
    if !estimator.flag("use_idf", true)? {
        return Ok(None);
    }
    let strange = || estimator.strange("_idf_diag");
    let node = estimator.need("_idf_diag")?;
    let matrix = compressed_rows::read(estimator.graph, node).ok_or_else(strange)?;
    context.charge(matrix.stored(), &estimator.class)?;
    // A full diagonal, and nothing else.
    let n = matrix.stored();
    let square = matrix.n_rows() == n && matrix.width == n;
    if !square || !(0..n).all(|row| matrix.row(row).map(|(place, _)| place).eq([row])) {
        return Err(strange());
    }
    Ok(Some(matrix.values))
}
