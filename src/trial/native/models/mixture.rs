//! Gaussian mixtures, fitted by expectation-maximisation or by variational inference.

use ndarray::{Array1, Array2, ArrayD, Axis, Ix3};

use super::special::digamma;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::softmax;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "n_components",
    "tol",
    "reg_covar",
    "max_iter",
    "n_init",
    "init_params",
    "verbose_interval",
    "covariance_type",
    "weights_init",
    "means_init",
    "precisions_init",
    "weights_",
    "means_",
    "covariances_",
    "precisions_",
    "precisions_cholesky_",
    "converged_",
    "n_iter_",
    "lower_bound_",
    "lower_bounds_",
];
const VARIATIONAL: &[&str] = &[
    "weight_concentration_prior_type",
    "weight_concentration_prior",
    "weight_concentration_prior_",
    "weight_concentration_",
    "mean_precision_prior",
    "mean_precision_prior_",
    "mean_precision_",
    "mean_prior",
    "mean_prior_",
    "degrees_of_freedom_prior",
    "degrees_of_freedom_prior_",
    "degrees_of_freedom_",
    "covariance_prior",
    "covariance_prior_",
];

/// `GaussianMixture`.
pub fn gaussian(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let weights = estimator.vector("weights_")?.mapv(libm::log);
    let joint = log_gauss(context, estimator, frame)?;
    answers(estimator, joint, &weights)
}

/// `BayesianGaussianMixture`.
pub fn bayesian(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, VARIATIONAL])?;
    let freedom = estimator.floats("degrees_of_freedom_")?;
    let precision = estimator.vector("mean_precision_")?;
    let weights = weights(estimator)?;
    let joint = log_gauss(context, estimator, frame)?;
    let n = joint.ncols();
    // One number where all components share their covariance.
    let freedom: Array1<f64> = match freedom.ndim() {
        0 => Array1::from_elem(n, freedom.sum()),
        _ => freedom.into_iter().collect(),
    };
    if freedom.len() != n || precision.len() != n || weights.len() != n {
        return Err(misfit(estimator));
    }
    let width = frame.width();
    context.charge(n.saturating_mul(width).saturating_mul(20), &estimator.class)?;
    let features = width as f64;
    let shift: Array1<f64> = (0..n)
        .map(|k| {
            let gammas: f64 = (0..width)
                .map(|feature| digamma(0.5 * (freedom[k] - feature as f64)))
                .sum();
            let lambda = features * std::f64::consts::LN_2 + gammas;
            0.5 * (lambda - features / precision[k]) - 0.5 * features * libm::log(freedom[k])
        })
        .collect();
    answers(estimator, joint + &shift, &weights)
}

/// The expected logarithms of the weights.
fn weights(estimator: &Estimator) -> Result<Array1<f64>, Stop> {
    match estimator.text("weight_concentration_prior_type", "dirichlet_process")? {
        "dirichlet_process" => {
            let [a, b] = estimator.list("weight_concentration_")? else {
                return Err(estimator.strange("weight_concentration_"));
            };
            let a = estimator.matrix_at(*a, "weight_concentration_")?;
            let b = estimator.matrix_at(*b, "weight_concentration_")?;
            if a.nrows() != 1 || a.dim() != b.dim() {
                return Err(estimator.strange("weight_concentration_"));
            }
            let mut before = 0.0;
            let pairs = a.into_iter().zip(b);
            Ok(pairs
                .map(|(a, b)| {
                    let both = digamma(a + b);
                    let log = digamma(a) - both + before;
                    before += digamma(b) - both;
                    log
                })
                .collect())
        }
        "dirichlet_distribution" => {
            let counts = estimator.vector("weight_concentration_")?;
            let all = digamma(counts.sum());
            Ok(counts.mapv(|count| digamma(count) - all))
        }
        _ => Err(estimator.strange("weight_concentration_prior_type")),
    }
}

fn misfit(estimator: &Estimator) -> Stop {
    estimator.refused("its means, weights and precisions do not fit together")
}

/// The logarithm of each component's density: row × component.
fn log_gauss(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Array2<f64>, Stop> {
    let means = estimator.matrix("means_")?;
    let precisions = estimator.floats("precisions_cholesky_")?;
    let x = check::rows(context, estimator, frame, means.ncols())?;
    check::double(estimator, "means_")?;
    let (n, width) = means.dim();
    let kind = estimator.text("covariance_type", "full")?;
    let shape: &[usize] = match kind {
        "full" => &[n, width, width],
        "tied" => &[width, width],
        "diag" => &[n, width],
        "spherical" => &[n],
        _ => return Err(estimator.strange("covariance_type")),
    };
    if precisions.shape() != shape || n == 0 {
        return Err(misfit(estimator));
    }
    let factor = if shape.len() == 3 || kind == "tied" {
        width
    } else {
        1
    };
    context.charge(
        x.len().saturating_mul(n).saturating_mul(factor),
        &estimator.class,
    )?;
    let mut out = Array2::zeros((x.nrows(), n));
    for component in 0..n {
        let (squares, log_det) = component_of(kind, &precisions, &x, &means, component)
            .ok_or_else(|| misfit(estimator))?;
        let start = width as f64 * libm::log(std::f64::consts::TAU);
        out.column_mut(component)
            .assign(&squares.mapv(|s| -0.5 * (start + s) + log_det));
    }
    Ok(out)
}

/// Each row's squared distance from a component, and the logarithm of its precision's root.
fn component_of(
    kind: &str,
    precisions: &ArrayD<f64>,
    x: &Array2<f64>,
    means: &Array2<f64>,
    component: usize,
) -> Option<(Array1<f64>, f64)> {
    let centred = x - &means.row(component);
    let squares = |y: Array2<f64>| y.mapv(|y| y * y).sum_axis(Axis(1));
    let logs = |diagonal: &mut dyn Iterator<Item = f64>| diagonal.map(libm::log).sum::<f64>();
    let width = means.ncols() as f64;
    match kind {
        "full" | "tied" => {
            let full;
            let root = if kind == "full" {
                full = precisions.view().into_dimensionality::<Ix3>().ok()?;
                full.index_axis(Axis(0), component).to_owned()
            } else {
                precisions.view().into_dimensionality().ok()?.to_owned()
            };
            let log_det = logs(&mut root.diag().iter().copied());
            Some((squares(centred.dot(&root)), log_det))
        }
        "diag" => {
            let roots = precisions
                .view()
                .into_dimensionality::<ndarray::Ix2>()
                .ok()?;
            let root = roots.row(component);
            let log_det = logs(&mut root.iter().copied());
            Some((squares(centred * root), log_det))
        }
        _ => {
            let root = *precisions.get([component].as_slice())?;
            Some((squares(centred * root), width * libm::log(root)))
        }
    }
}

fn answers(
    estimator: &Estimator,
    mut joint: Array2<f64>,
    weights: &Array1<f64>,
) -> Result<Vec<Output>, Stop> {
    if weights.len() != joint.ncols() {
        return Err(misfit(estimator));
    }
    joint += weights;
    let components: Vec<Cell> = (0..weights.len()).map(|k| Cell::Int(k as i64)).collect();
    let scores = joint.rows().into_iter().map(|row| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().map(|x| libm::exp(x - largest)).sum();
        number_cell(largest + libm::log(sum))
    });
    Ok(vec![
        answer::likeliest(&components, &joint),
        answer::table("predict_proba", Vec::new(), &softmax(&joint)),
        answer::flat("score_samples", scores.collect()),
    ])
}
