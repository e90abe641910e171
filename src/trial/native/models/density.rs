//! Kernel density estimation: the logarithm of a sum over all training rows.

use ndarray::{Array1, Array2};

use super::distances::Metric;
use crate::pickle::{Value, value, view};
use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "bandwidth",
    "bandwidth_",
    "algorithm",
    "kernel",
    "metric",
    "atol",
    "rtol",
    "breadth_first",
    "leaf_size",
    "metric_params",
    "tree_",
];

/// `KernelDensity`.
pub fn log_density(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    if estimator.number("atol")? != 0.0 || estimator.number("rtol")? != 0.0 {
        return Err(estimator.refused("it stops adding up where its tolerance allows"));
    }
    let key = if estimator.has("bandwidth_") {
        "bandwidth_"
    } else {
        "bandwidth"
    };
    let width = estimator.number(key)?;
    let name = estimator.text("metric", "euclidean")?;
    let metric = Metric::read(estimator, name, estimator.get("metric_params"))?;
    let (data, weights) = rows(estimator)
        .filter(|(data, weights)| data.nrows() == weights.len())
        .ok_or_else(|| estimator.refused("its index tree cannot be read"))?;
    if matches!(
        metric,
        Metric::Precomputed | Metric::Standardized(_) | Metric::Mahalanobis(_)
    ) {
        return Err(estimator.strange("metric"));
    }
    let x = check::rows(context, estimator, frame, data.ncols())?;
    context.charge(x.nrows().saturating_mul(data.len()), &estimator.class)?;
    let kernel = estimator.text("kernel", "gaussian")?;
    let norm = norm(estimator, kernel, data.ncols(), width)?;
    let total = libm::log(weights.sum());
    let mut cells = Vec::with_capacity(x.nrows());
    for x in x.rows() {
        let logs: Vec<f64> = data
            .rows()
            .into_iter()
            .zip(&weights)
            .map(|(row, weight)| {
                let distance = metric.distance(metric.reduced(x, row));
                log_kernel(kernel, distance, width) + libm::log(*weight)
            })
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A density of zero: no training row is near enough for the kernel.
        if largest == f64::NEG_INFINITY {
            cells.push(number_cell(largest));
            continue;
        }
        let sum: f64 = logs.iter().map(|log| libm::exp(log - largest)).sum();
        cells.push(number_cell(largest + libm::log(sum) + norm - total));
    }
    Ok(vec![answer::flat("score_samples", cells)])
}

/// The training rows and their weights, from the tree.
fn rows(estimator: &Estimator) -> Option<(Array2<f64>, Array1<f64>)> {
    let graph = estimator.graph;
    let state = *graph.object(estimator.get("tree_")?)?.state.last()?;
    let parts = graph.items(state)?;
    let data = view(graph, *parts.first()?)?.to_f64().ok()?;
    let data: Array2<f64> = data.into_dimensionality().ok()?;
    let weights = match parts.get(12).map(|node| (value(graph, *node), *node)) {
        None | Some((Value::None, _)) => Array1::ones(data.nrows()),
        Some((_, node)) => {
            let weights = view(graph, node)?.to_f64().ok()?;
            weights.into_dimensionality().ok()?
        }
    };
    Some((data, weights))
}

fn log_kernel(kernel: &str, distance: f64, width: f64) -> f64 {
    let part = distance / width;
    let inside = |log: f64| {
        if distance < width {
            log
        } else {
            f64::NEG_INFINITY
        }
    };
    match kernel {
        "gaussian" => -0.5 * part * part,
        "exponential" => -part,
        "tophat" => inside(0.0),
        "epanechnikov" => inside(libm::log(1.0 - part * part)),
        "linear" => inside(libm::log(1.0 - part)),
        _ => inside(libm::log(libm::cos(0.5 * std::f64::consts::PI * part))),
    }
}

/// The logarithm of what makes the kernel's integral one.
fn norm(estimator: &Estimator, kernel: &str, features: usize, width: f64) -> Result<f64, Stop> {
    let n = features as f64;
    let ball = |n: f64| 0.5 * n * libm::log(std::f64::consts::PI) - libm::lgamma(0.5 * n + 1.0);
    let sphere = |n: f64| libm::log(std::f64::consts::TAU) + ball(n - 1.0);
    let factor = match kernel {
        "gaussian" => 0.5 * n * libm::log(std::f64::consts::TAU),
        "tophat" => ball(n),
        "epanechnikov" => ball(n) + libm::log(2.0 / (n + 2.0)),
        "exponential" => sphere(n - 1.0) + libm::lgamma(n),
        "linear" => ball(n) - libm::log(n + 1.0),
        "cosine" => {
            let mut sum = 0.0;
            let mut term = std::f64::consts::FRAC_2_PI;
            for k in (1..=features).step_by(2) {
                let k = k as f64;
                sum += term;
                term *= -(n - k) * (n - k - 1.0) * std::f64::consts::FRAC_2_PI.powi(2);
            }
            libm::log(sum) + sphere(n - 1.0)
        }
        _ => return Err(estimator.strange("kernel")),
    };
    Ok(-factor - n * libm::log(width))
}
