//! Models that compare rows with training rows by a pairwise kernel: kernel ridge regression, label
//! propagation and label spreading.

use ndarray::{Array2, Axis};

use super::distances::products;
use super::neighbors::Index;
use crate::pickle::Value;
use crate::trial::Output;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const RIDGE: &[&str] = &[
    "alpha",
    "kernel",
    "gamma",
    "degree",
    "coef0",
    "kernel_params",
    "dual_coef_",
    "X_fit_",
];
const LABELS: &[&str] = &[
    "kernel",
    "gamma",
    "n_neighbors",
    "max_iter",
    "tol",
    "alpha",
    "X_",
    "classes_",
    "label_distributions_",
    "transduction_",
    "n_iter_",
    "nn_fit",
    "_variant",
];

/// `KernelRidge`.
pub fn ridge(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Vec<Output>, Stop> {
    estimator.only(&[RIDGE])?;
    let name = estimator.text("kernel", "linear")?;
    let fitted = estimator.matrix("X_fit_")?;
    let coef = estimator.floats("dual_coef_")?;
    let flat = coef.ndim() == 1;
    let coef = if flat {
        coef.insert_axis(Axis(1))
    } else {
        coef
    };
    let coef: Array2<f64> = coef
        .into_dimensionality()
        .map_err(|_| estimator.strange("dual_coef_"))?;
    let width = if name == "precomputed" {
        fitted.nrows()
    } else {
        fitted.ncols()
    };
    if coef.nrows() != fitted.nrows() {
        return Err(estimator.refused("`dual_coef_` and `X_fit_` do not fit together"));
    }
    let x = check::rows(context, estimator, frame, width)?;
    check::precise(estimator, "X_fit_", &x)?;
    let kernel = kernel(context, estimator, name, &x, &fitted)?;
    context.charge(kernel.nrows().saturating_mul(coef.len()), &estimator.class)?;
    let y = kernel.dot(&coef);
    // Large weights that cancel leave nothing but rounding.
    let sizes = kernel.mapv(f64::abs).dot(&coef.mapv(f64::abs));
    if y.iter()
        .zip(&sizes)
        .any(|(y, size)| 2.0 * f64::EPSILON * size > 1e-9 * y.abs())
    {
        return Err(estimator.refused("its weights cancel out to a number that is mostly rounding"));
    }
    Ok(vec![answer::amounts("predict", &y, flat)])
}

/// `LabelPropagation`, `LabelSpreading`.
pub fn labels(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[LABELS])?;
    let classes = estimator.cells("classes_")?;
    let shares = estimator.matrix("label_distributions_")?;
    if shares.ncols() != classes.len() || classes.is_empty() {
        return Err(estimator.refused("its classes and their shares do not fit together"));
    }
    let mut proba = match estimator.text("kernel", "rbf")? {
        "rbf" => {
            let fitted = estimator.matrix("X_")?;
            if fitted.nrows() != shares.nrows() {
                return Err(estimator.strange("X_"));
            }
            let x = check::rows(context, estimator, frame, fitted.ncols())?;
            check::precise(estimator, "X_", &x)?;
            let kernel = kernel(context, estimator, "rbf", &x, &fitted)?;
            context.charge(
                kernel.nrows().saturating_mul(shares.len()),
                &estimator.class,
            )?;
            kernel.dot(&shares)
        }
        "knn" => {
            let inner = Estimator::read(context, estimator.need("nn_fit")?)
                .filter(|inner| inner.name == "NearestNeighbors")
                .ok_or_else(|| estimator.strange("nn_fit"))?;
            inner.only(&[super::neighbors::KNOWN])?;
            let k = inner.count("n_neighbors")?;
            let index = Index::read(context, &inner, frame)?;
            if index.fitted.nrows() != shares.nrows() {
                return Err(estimator.strange("nn_fit"));
            }
            let mut sums = Array2::zeros((index.x.nrows(), classes.len()));
            for row in 0..index.x.nrows() {
                let alike = |a: &(usize, f64), b: &(usize, f64)| shares.row(a.0) == shares.row(b.0);
                let near = index.settled(row, k, alike)?;
                context.charge(near.len().saturating_mul(classes.len()), &estimator.class)?;
                for (place, _) in near {
                    let mut sum = sums.row_mut(row);
                    sum += &shares.row(place);
                }
            }
            sums
        }
        _ => return Err(estimator.strange("kernel")),
    };
    for mut row in proba.rows_mut() {
        let sum: f64 = row.sum();
        row /= sum;
    }
    Ok(vec![
        answer::likeliest(&classes, &proba),
        answer::table("predict_proba", titles(&classes), &proba),
    ])
}

/// The kernel of each row with each training row.
fn kernel(
    context: &Context,
    estimator: &Estimator,
    name: &str,
    x: &Array2<f64>,
    fitted: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    let work = x.nrows().saturating_mul(fitted.len().max(fitted.nrows()));
    context.charge(work.saturating_mul(4), &estimator.class)?;
    let gamma = || match estimator.value("gamma") {
        Value::None => Ok(1.0 / fitted.ncols().max(1) as f64),
        _ => estimator.number("gamma"),
    };
    Ok(match name {
        "linear" => x.dot(&fitted.t()),
        "precomputed" => x.clone(),
        "rbf" => {
            let gamma = gamma()?;
            let squares = products(context, estimator, x, fitted)?;
            for (row, line) in squares.squares.rows().into_iter().enumerate() {
                // Beyond 745 the exponential is zero either way.
                let shows = |square: &f64| gamma * (square - squares.slack(row)) < 745.0;
                if gamma * squares.error(row) > 1e-10 && line.iter().any(shows) {
                    return Err(estimator.refused(
                        "its rows are so far from zero that rounding shows in their distances",
                    ));
                }
            }
            squares.squares.mapv(|square| libm::exp(-gamma * square))
        }
        "poly" | "polynomial" => {
            let (gamma, coef0, degree) = (
                gamma()?,
                estimator.number("coef0")?,
                estimator.number("degree")?,
            );
            x.dot(&fitted.t())
                .mapv(|dot| libm::pow(gamma * dot + coef0, degree))
        }
        "sigmoid" => {
            let (gamma, coef0) = (gamma()?, estimator.number("coef0")?);
            x.dot(&fitted.t())
                .mapv(|dot| libm::tanh(gamma * dot + coef0))
        }
        "laplacian" => {
            let gamma = gamma()?;
            Array2::from_shape_fn((x.nrows(), fitted.nrows()), |(row, place)| {
                let pairs = x.row(row).into_iter().zip(fitted.row(place));
                let sum: f64 = pairs.map(|(a, b)| (a - b).abs()).sum();
                libm::exp(-gamma * sum)
            })
        }
        "cosine" => {
            let unit = |rows: &Array2<f64>| {
                let mut rows = rows.clone();
                for mut row in rows.rows_mut() {
                    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                    if length > 0.0 {
                        row /= length;
                    }
                }
                rows
            };
            unit(x).dot(&unit(fitted).t())
        }
        _ => return Err(estimator.strange("kernel")),
    })
}
