//! Decompositions and projections that are one product with a fitted matrix: principal components,
//! singular values, independent components, factors, random projections, random features.

use ndarray::{Array1, Array2, Axis};

use super::solve;
use crate::pickle::Value;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::compressed_rows;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

/// What the fits leave behind; parameters of training change no projection.
const PCA: &[&str] = &[
    "n_components",
    "n_components_",
    "whiten",
    "svd_solver",
    "_fit_svd_solver",
    "tol",
    "iterated_power",
    "n_oversamples",
    "power_iteration_normalizer",
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
    "mean_",
    "var_",
    "noise_variance_",
    "n_features_",
    "n_samples_",
    "n_samples_seen_",
    "batch_size",
    "batch_size_",
];
const SPARSE_PCA: &[&str] = &[
    "n_components",
    "n_components_",
    "alpha",
    "ridge_alpha",
    "max_iter",
    "max_no_improvement",
    "n_iter",
    "n_iter_",
    "tol",
    "method",
    "U_init",
    "V_init",
    "callback",
    "batch_size",
    "shuffle",
    "components_",
    "error_",
    "mean_",
    "normalize_components",
];
const SVD: &[&str] = &[
    "algorithm",
    "n_components",
    "n_iter",
    "n_oversamples",
    "power_iteration_normalizer",
    "tol",
    "components_",
    "explained_variance_",
    "explained_variance_ratio_",
    "singular_values_",
];
const ICA: &[&str] = &[
    "n_components",
    "algorithm",
    "whiten",
    "_whiten",
    "whiten_solver",
    "fun",
    "fun_args",
    "max_iter",
    "tol",
    "w_init",
    "components_",
    "mixing_",
    "mean_",
    "n_iter_",
    "whitening_",
    "_unmixing",
    "_FastICA__sources",
];
const FACTORS: &[&str] = &[
    "n_components",
    "tol",
    "max_iter",
    "noise_variance_init",
    "svd_method",
    "iterated_power",
    "rotation",
    "components_",
    "loglike_",
    "noise_variance_",
    "n_iter_",
    "mean_",
];
const RANDOM: &[&str] = &[
    "n_components",
    "n_components_",
    "eps",
    "density",
    "density_",
    "dense_output",
    "compute_inverse_components",
    "inverse_components_",
    "components_",
    "_n_features_out",
];

/// X·Wᵀ of a frame of as many columns.
fn product(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    weights: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    check::features(estimator, frame, Some(weights.ncols()))?;
    check::product(context, estimator, frame, weights)
}

/// X less its mean.
fn centred(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    mean: &Array1<f64>,
) -> Result<Array2<f64>, Stop> {
    check::features(estimator, frame, Some(mean.len()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    Ok(x - mean)
}

/// (X - mean)·Wᵀ; the release decides which product is taken first.
fn projected(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    mean: &Array1<f64>,
    weights: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    if mean.len() != weights.ncols() {
        return Err(estimator.refused("`mean_` and `components_` do not fit together"));
    }
    let x = centred(context, estimator, frame, mean)?;
    context.charge(x.nrows().saturating_mul(weights.len()), &estimator.class)?;
    Ok(x.dot(&weights.t()))
}

/// `PCA`, `IncrementalPCA`.
pub fn pca(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[PCA])?;
    if frame.sparse && !(estimator.since((1, 5)) || estimator.name == "IncrementalPCA") {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let weights = estimator.matrix("components_")?;
    let mean = estimator.vector("mean_")?;
    let mut out = if estimator.since((1, 5)) {
        let x = product(context, estimator, frame, &weights)?;
        if mean.len() != weights.ncols() {
            return Err(estimator.refused("`mean_` and `components_` do not fit together"));
        }
        x - weights.dot(&mean)
    } else {
        projected(context, estimator, frame, &mean, &weights)?
    };
    if estimator.flag("whiten", false)? {
        let variance = estimator.vector("explained_variance_")?;
        if variance.len() != out.ncols() {
            return Err(estimator.strange("explained_variance_"));
        }
        // Bounded below since 1.5.
        let least = if estimator.since((1, 5)) {
            f64::EPSILON
        } else {
            0.0
        };
        out /= &variance.mapv(|v| v.sqrt().max(least));
    }
    Ok(Frame::from_matrix(&out))
}

/// `TruncatedSVD`.
pub fn svd(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[SVD])?;
    let weights = estimator.matrix("components_")?;
    product(context, estimator, frame, &weights).map(|x| Frame::from_matrix(&x))
}

/// `NeighborhoodComponentsAnalysis`.
pub fn neighborhood(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_components",
        "init",
        "max_iter",
        "tol",
        "callback",
        "components_",
        "n_iter_",
        "random_state_",
        "_n_features_out",
    ]])?;
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let weights = estimator.matrix("components_")?;
    product(context, estimator, frame, &weights).map(|x| Frame::from_matrix(&x))
}

/// `SparsePCA`, `MiniBatchSparsePCA`: the codes of a ridge regression on the components.
pub fn sparse_pca(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[SPARSE_PCA])?;
    // Until 0.21 there was another way of scaling, and it was the default.
    match estimator.value("normalize_components") {
        Value::None if estimator.since((0, 24)) => {}
        Value::Text(word) if word == "deprecated" => {}
        Value::Bool(true) => {}
        _ => return Err(estimator.strange("normalize_components")),
    }
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let weights = estimator.matrix("components_")?;
    let alpha = estimator.floats("ridge_alpha")?.sum();
    let mean = estimator.vector("mean_")?;
    let x = projected(context, estimator, frame, &mean, &weights)?;
    context.charge(
        weights.len().saturating_mul(weights.nrows()),
        &estimator.class,
    )?;
    let mut gram = weights.dot(&weights.t());
    gram.diag_mut().mapv_inplace(|g| g + alpha);
    let codes = solve::columns(context, estimator, gram, x.t().to_owned())?;
    Ok(Frame::from_matrix(&codes.t().to_owned()))
}

/// `FastICA`.
pub fn ica(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[ICA])?;
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let weights = estimator.matrix("components_")?;
    let whiten = match estimator.value("whiten") {
        Value::Bool(flag) => flag,
        Value::Text(_) => true,
        _ => return Err(estimator.strange("whiten")),
    };
    if whiten {
        let mean = estimator.vector("mean_")?;
        return projected(context, estimator, frame, &mean, &weights)
            .map(|x| Frame::from_matrix(&x));
    }
    product(context, estimator, frame, &weights).map(|x| Frame::from_matrix(&x))
}

/// `FactorAnalysis`: the expected factors.
pub fn factors(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[FACTORS])?;
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let weights = estimator.matrix("components_")?;
    let noise = estimator.vector("noise_variance_")?;
    let mean = estimator.vector("mean_")?;
    if noise.len() != weights.ncols() {
        return Err(estimator.refused("`noise_variance_` and `components_` do not fit together"));
    }
    let scaled = &weights / &noise;
    let x = projected(context, estimator, frame, &mean, &scaled)?;
    context.charge(
        weights.len().saturating_mul(weights.nrows()),
        &estimator.class,
    )?;
    let mut covariance = scaled.dot(&weights.t());
    covariance.diag_mut().mapv_inplace(|c| c + 1.0);
    // X·C⁻¹ with a symmetric C.
    let out = solve::columns(context, estimator, covariance, x.t().to_owned())?;
    Ok(Frame::from_matrix(&out.t().to_owned()))
}

/// `GaussianRandomProjection`, `SparseRandomProjection`.
pub fn random(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[RANDOM])?;
    let weights = if estimator.name == "SparseRandomProjection" {
        sparse_weights(context, estimator)?
    } else {
        estimator.matrix("components_")?
    };
    let out = product(context, estimator, frame, &weights)?;
    let mut made = Frame::from_matrix(&out);
    made.sparse = frame.sparse
        && estimator.name == "SparseRandomProjection"
        && !estimator.flag("dense_output", false)?;
    Ok(made)
}

/// A sparse matrix of scipy by rows, all of it.
fn sparse_weights(context: &Context, estimator: &Estimator) -> Result<Array2<f64>, Stop> {
    let strange = || estimator.strange("components_");
    let node = estimator.need("components_")?;
    let csr = compressed_rows::read(estimator.graph, node).ok_or_else(strange)?;
    let cells = csr.n_rows().saturating_mul(csr.width);
    context.charge(cells.saturating_mul(4), &estimator.class)?;
    Ok(csr.dense())
}

/// `FeatureAgglomeration`: the mean of each group of columns, or their largest or smallest.
pub fn agglomeration(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_clusters",
        "n_clusters_",
        "metric",
        "_metric",
        "affinity",
        "memory",
        "connectivity",
        "compute_full_tree",
        "linkage",
        "pooling_func",
        "distance_threshold",
        "compute_distances",
        "children_",
        "distances_",
        "labels_",
        "n_components_",
        "n_connected_components_",
        "n_leaves_",
        "_n_features_out",
    ]])?;
    if frame.sparse {
        return Err(estimator.refused("it does not pool sparse matrices"));
    }
    let pool: fn(&[f64]) -> f64 = match estimator
        .get("pooling_func")
        .and_then(|node| estimator.graph.global(node))
        .filter(|global| global.module.starts_with("numpy"))
        .map(|global| &*global.name)
    {
        Some("mean") => |cells| cells.iter().sum::<f64>() / cells.len() as f64,
        Some("max" | "amax") => |cells| cells.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Some("min" | "amin") => |cells| cells.iter().copied().fold(f64::INFINITY, f64::min),
        Some("sum") => |cells| cells.iter().sum(),
        Some("median") => median,
        _ => return Err(estimator.strange("pooling_func")),
    };
    let labels = estimator
        .view("labels_")?
        .to_i64()
        .map_err(|_| estimator.strange("labels_"))?;
    check::features(estimator, frame, Some(labels.len()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    context.charge(
        x.len().saturating_mul(16).saturating_add(labels.len()),
        &estimator.class,
    )?;
    let mut groups: std::collections::BTreeMap<i64, Vec<usize>> = std::collections::BTreeMap::new();
    for (place, label) in labels.iter().enumerate() {
        groups.entry(*label).or_default().push(place);
    }
    let mut out = Array2::zeros((x.nrows(), groups.len()));
    for (group, places) in groups.values().enumerate() {
        for (row, cells) in x.select(Axis(1), places).rows().into_iter().enumerate() {
            out[[row, group]] = pool(&cells.to_vec());
        }
    }
    Ok(Frame::from_matrix(&out))
}

fn median(cells: &[f64]) -> f64 {
    let mut sorted = cells.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// `BernoulliRBM`: how probable each hidden unit is.
pub fn boltzmann(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_components",
        "learning_rate",
        "batch_size",
        "n_iter",
        "components_",
        "intercept_hidden_",
        "intercept_visible_",
        "h_samples_",
        "_n_features_out",
    ]])?;
    let weights = estimator.matrix("components_")?;
    let intercept = estimator.vector("intercept_hidden_")?;
    if intercept.len() != weights.nrows() {
        return Err(estimator.strange("intercept_hidden_"));
    }
    let x = product(context, estimator, frame, &weights)? + &intercept;
    let out = x.mapv(crate::trial::native::link::sigmoid);
    Ok(Frame::from_matrix(&out))
}
