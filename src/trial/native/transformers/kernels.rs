//! Kernels against stored rows: `KernelPCA`, `Nystroem`; and features that stand for kernels.

use ndarray::{Array2, ArrayView1};

use super::bins;
use crate::pickle::{Value, value};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number, value_cell};
use crate::trial::native::stop::Stop;

/// Which kernel, with its parameters; one that is not given takes scikit-learn's default.
struct Kernel<'a> {
    name: &'a str,
    gamma: Option<f64>,
    degree: f64,
    coef0: f64,
}

impl Kernel<'_> {
    /// The kernel between each row of `x` and each of `y`.
    fn between(
        &self,
        context: &Context,
        estimator: &Estimator,
        x: &Array2<f64>,
        y: &Array2<f64>,
    ) -> Result<Array2<f64>, Stop> {
        let pairs = x.nrows().saturating_mul(y.nrows());
        let work = pairs.saturating_mul(x.ncols().saturating_mul(4).saturating_add(16));
        context.charge(work, &estimator.class)?;
        // One over the number of features, unless it is given.
        let gamma = self.gamma.unwrap_or(1.0 / x.ncols() as f64);
        let signs = matches!(self.name, "chi2" | "additive_chi2");
        if signs && (x.iter().any(|x| *x < 0.0) || y.iter().any(|y| *y < 0.0)) {
            return Err(Stop::value_error("X contains negative values."));
        }
        let sum = |a: ArrayView1<f64>, b: ArrayView1<f64>, term: fn(f64, f64) -> f64| -> f64 {
            a.iter().zip(b).map(|(a, b)| term(*a, *b)).sum()
        };
        let chi = |a: f64, b: f64| {
            if a + b == 0.0 {
                0.0
            } else {
                (a - b) * (a - b) / (a + b)
            }
        };
        let mut out = Array2::zeros((x.nrows(), y.nrows()));
        for (row, a) in x.rows().into_iter().enumerate() {
            for (place, b) in y.rows().into_iter().enumerate() {
                out[[row, place]] = match self.name {
                    "linear" => a.dot(&b),
                    "rbf" => libm::exp(-gamma * sum(a, b, |a, b| (a - b) * (a - b))),
                    "laplacian" => libm::exp(-gamma * sum(a, b, |a, b| (a - b).abs())),
                    "poly" | "polynomial" => libm::pow(gamma * a.dot(&b) + self.coef0, self.degree),
                    "sigmoid" => libm::tanh(gamma * a.dot(&b) + self.coef0),
                    "cosine" => {
                        let length = |row: ArrayView1<f64>| match row.dot(&row).sqrt() {
                            0.0 => 1.0,
                            length => length,
                        };
                        a.dot(&b) / length(a) / length(b)
                    }
                    "additive_chi2" => -sum(a, b, chi),
                    "chi2" => libm::exp(-gamma * sum(a, b, chi)),
                    _ => return Err(estimator.strange("kernel")),
                };
            }
        }
        Ok(out)
    }
}

/// Refuses state of 32 bits: rows of its kind are computed in 32 bits, and kernels magnify that.
fn in_double(estimator: &Estimator, key: &str) -> Result<(), Stop> {
    if estimator.view(key)?.dtype.itemsize < 8 {
        return Err(estimator.refused("it was fitted in 32 bits, which is not computed here"));
    }
    Ok(())
}

/// X·W for a kernel X; refused where the sum of its parts is so much smaller than they are that
/// the last digits of the kernel decide.
fn weighed(
    context: &Context,
    estimator: &Estimator,
    size: &[f64],
    kernel: &Array2<f64>,
    weights: &Array2<f64>,
) -> Result<Frame, Stop> {
    let work = kernel.nrows().saturating_mul(weights.len());
    context.charge(work.saturating_mul(2), &estimator.class)?;
    let out = kernel.dot(weights);
    let spread: Vec<f64> = weights
        .columns()
        .into_iter()
        .map(|column| column.iter().map(|w| w.abs()).sum())
        .collect();
    for ((row, place), x) in out.indexed_iter() {
        let lost = 4.0 * f64::EPSILON * size[row] * spread[place];
        if lost > 1e-10 + 5e-10 * x.abs() {
            return Err(estimator.refused("its answer hangs on the last digits of its kernel"));
        }
    }
    Ok(Frame::from_matrix(&out))
}

/// The largest kernel value of each row, without its sign.
fn sizes(kernel: &Array2<f64>) -> Vec<f64> {
    let largest = |row: ArrayView1<f64>| row.iter().fold(0.0, |most, x| x.abs().max(most));
    kernel.rows().into_iter().map(largest).collect()
}

fn optional(estimator: &Estimator, key: &str) -> Result<Option<f64>, Stop> {
    match estimator.value(key) {
        Value::None => Ok(None),
        found => value_cell(&found)
            .and_then(|cell| number(&cell))
            .map(Some)
            .ok_or_else(|| estimator.strange(key)),
    }
}

/// `KernelPCA`.
pub fn pca(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_components",
        "kernel",
        "kernel_params",
        "gamma",
        "gamma_",
        "degree",
        "coef0",
        "alpha",
        "fit_inverse_transform",
        "eigen_solver",
        "tol",
        "max_iter",
        "iterated_power",
        "remove_zero_eig",
        "X_fit_",
        "X_transformed_fit_",
        "dual_coef_",
        "_centerer",
        "eigenvalues_",
        "eigenvectors_",
        // Their names until 0.24.
        "lambdas_",
        "alphas_",
    ]])?;
    let gamma = match optional(estimator, "gamma_")? {
        None => optional(estimator, "gamma")?,
        gamma => gamma,
    };
    let kernel = Kernel {
        name: estimator.text("kernel", "linear")?,
        gamma,
        degree: optional(estimator, "degree")?.unwrap_or(3.0),
        coef0: optional(estimator, "coef0")?.unwrap_or(1.0),
    };
    let keys = if estimator.has("eigenvalues_") {
        ["eigenvalues_", "eigenvectors_"]
    } else {
        ["lambdas_", "alphas_"]
    };
    let values = estimator.vector(keys[0])?;
    let mut vectors = estimator.matrix(keys[1])?;
    in_double(estimator, "X_fit_")?;
    let fitted = estimator.matrix("X_fit_")?;
    if values.len() != vectors.ncols() || vectors.nrows() != fitted.nrows() {
        return Err(estimator.refused("its rows and eigenvectors do not fit together"));
    }
    check::features(estimator, frame, Some(fitted.ncols()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let between = match kernel.name {
        "precomputed" => x,
        _ => kernel.between(context, estimator, &x, &fitted)?,
    };
    let centerer = Estimator::read(context, estimator.need("_centerer")?)
        .filter(|centerer| centerer.name == "KernelCenterer")
        .ok_or_else(|| estimator.strange("_centerer"))?;
    check::features(&centerer, &Frame::from_matrix(&between), None)?;
    let size = sizes(&between);
    let centred = bins::centred(&centerer, between)?;
    for (mut column, value) in vectors.columns_mut().into_iter().zip(&values) {
        // Directions without variance are left out.
        let scale = if *value == 0.0 {
            if !estimator.since((0, 22)) {
                return Err(estimator.refused("an eigenvalue of it is zero"));
            }
            0.0
        } else {
            1.0 / value.sqrt()
        };
        column.mapv_inplace(|v| v * scale);
    }
    weighed(context, estimator, &size, &centred, &vectors)
}

/// `Nystroem`.
pub fn nystroem(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "kernel",
        "kernel_params",
        "gamma",
        "degree",
        "coef0",
        "n_components",
        "components_",
        "component_indices_",
        "normalization_",
        "_n_features_out",
    ]])?;
    let name = estimator.text("kernel", "rbf")?;
    let mut kernel = Kernel {
        name,
        gamma: optional(estimator, "gamma")?,
        degree: optional(estimator, "degree")?.unwrap_or(3.0),
        coef0: optional(estimator, "coef0")?.unwrap_or(1.0),
    };
    if name == "chi2" && kernel.gamma.is_none() {
        kernel.gamma = Some(1.0);
    }
    // Fitting writes the parameters above into a dict that was given.
    if let Some(node) = estimator.get("kernel_params") {
        let strange = || estimator.strange("kernel_params");
        for (key, node) in estimator.graph.pairs(node).ok_or_else(strange)? {
            let number = value_cell(&value(estimator.graph, *node)).and_then(|cell| number(&cell));
            let number = number.ok_or_else(strange)?;
            match estimator.graph.text(*key) {
                Some("gamma") if optional(estimator, "gamma")?.is_none() => {
                    kernel.gamma = Some(number);
                }
                Some("degree") if optional(estimator, "degree")?.is_none() => {
                    kernel.degree = number;
                }
                Some("coef0") if optional(estimator, "coef0")?.is_none() => kernel.coef0 = number,
                Some("gamma" | "degree" | "coef0") => {}
                _ => return Err(strange()),
            }
        }
    }
    in_double(estimator, "components_")?;
    let fitted = estimator.matrix("components_")?;
    let factors = estimator.matrix("normalization_")?;
    if factors.ncols() != fitted.nrows() {
        return Err(estimator.refused("`normalization_` and `components_` do not fit together"));
    }
    check::features(estimator, frame, Some(fitted.ncols()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let between = kernel.between(context, estimator, &x, &fitted)?;
    let size = sizes(&between);
    weighed(context, estimator, &size, &between, &factors.t().to_owned())
}

const SAMPLERS: &[&str] = &[
    "gamma",
    "_gamma",
    "skewedness",
    "n_components",
    "random_weights_",
    "random_offset_",
    "_n_features_out",
];

/// `RBFSampler`, `SkewedChi2Sampler`: cosines of random projections.
pub fn cosines(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[SAMPLERS])?;
    in_double(estimator, "random_weights_")?;
    let weights = estimator.matrix("random_weights_")?;
    let offset = estimator.vector("random_offset_")?;
    let n = estimator.count("n_components")?;
    if offset.len() != weights.ncols() || n != offset.len() {
        return Err(estimator.refused("its weights and offsets do not fit together"));
    }
    check::features(estimator, frame, Some(weights.nrows()))?;
    let mut x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    if estimator.name == "SkewedChi2Sampler" {
        if frame.sparse {
            return Err(estimator.refused("it takes no sparse matrix"));
        }
        let skew =
            optional(estimator, "skewedness")?.ok_or_else(|| estimator.strange("skewedness"))?;
        if x.iter().any(|x| *x <= -skew) {
            return Err(Stop::value_error(
                "X may not contain entries smaller than -skewedness.",
            ));
        }
        x.mapv_inplace(|x| libm::log(x + skew));
    }
    let work = weights
        .len()
        .saturating_add(offset.len().saturating_mul(16));
    context.charge(x.nrows().saturating_mul(work), &estimator.class)?;
    let scale = (2.0 / n as f64).sqrt();
    let out = (x.dot(&weights) + &offset).mapv(|x| libm::cos(x) * scale);
    Ok(Frame::from_matrix(&out))
}

/// `AdditiveChi2Sampler`.
pub fn additive_chi2(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "sample_steps",
        "sample_interval",
        "sample_interval_",
        "_sample_interval",
    ]])?;
    let steps = estimator.count("sample_steps")?;
    let interval = match optional(estimator, "sample_interval")? {
        Some(interval) => interval,
        None => match steps {
            1 => 0.8,
            2 => 0.5,
            3 => 0.4,
            _ => return Err(estimator.strange("sample_steps")),
        },
    };
    check::features(estimator, frame, None)?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    if x.iter().any(|x| *x < 0.0) {
        return Err(Stop::value_error(
            "Negative values in data passed to X in AdditiveChi2Sampler.transform",
        ));
    }
    let width = x.ncols();
    let blocks = steps.saturating_mul(2).saturating_sub(1);
    let cells = x.len().saturating_mul(blocks);
    context.charge(cells.saturating_mul(32), &estimator.class)?;
    let mut out = Array2::zeros((x.nrows(), width.saturating_mul(blocks)));
    for ((row, place), x) in x.indexed_iter() {
        if *x == 0.0 {
            continue;
        }
        out[[row, place]] = (x * interval).sqrt();
        for step in 1..steps {
            let turn = step as f64 * (interval * libm::log(*x));
            let high = libm::cosh(std::f64::consts::PI * step as f64 * interval);
            let factor = (2.0 * x * interval / high).sqrt();
            let first = (2 * step - 1) * width + place;
            out[[row, first]] = factor * libm::cos(turn);
            out[[row, first + width]] = factor * libm::sin(turn);
        }
    }
    let mut made = Frame::from_matrix(&out);
    made.sparse = frame.sparse;
    Ok(made)
}

/// `PolynomialCountSketch`: the sketches of all degrees, folded into each other in circles, which
/// is what their product after Fourier's transformation is.
pub fn count_sketch(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "gamma",
        "degree",
        "coef0",
        "n_components",
        "indexHash_",
        "bitHash_",
        "_n_features_out",
    ]])?;
    let n = estimator.count("n_components")?;
    let degree = estimator.count("degree")?;
    let plain = |key: &str| optional(estimator, key)?.ok_or_else(|| estimator.strange(key));
    let (gamma, coef0) = (plain("gamma")?, plain("coef0")?);
    let hash = |key: &str| {
        let array = estimator.view(key)?.to_i64();
        let array = array.map_err(|_| estimator.strange(key))?;
        array
            .into_dimensionality::<ndarray::Ix2>()
            .map_err(|_| estimator.strange(key))
    };
    let places = hash("indexHash_")?;
    let signs = estimator.matrix("bitHash_")?;
    let inside = |place: &i64| usize::try_from(*place).is_ok_and(|place| place < n);
    if places.dim() != signs.dim() || places.nrows() != degree || !places.iter().all(inside) {
        return Err(estimator.strange("indexHash_"));
    }
    check::features(estimator, frame, None)?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let constant = usize::from(coef0 != 0.0);
    if x.ncols() + constant != places.ncols() || degree == 0 {
        return Err(Stop::value_error(
            "Number of features of test samples does not match that of training samples.",
        ));
    }
    let work = n.saturating_mul(n).saturating_add(places.ncols());
    let work = work.saturating_mul(degree).saturating_mul(x.nrows());
    context.charge(work, &estimator.class)?;
    let mut out = Array2::zeros((x.nrows(), n));
    for (row, x) in x.rows().into_iter().enumerate() {
        let mut folded: Option<Vec<f64>> = None;
        for d in 0..degree {
            let mut sketch = vec![0.0; n];
            let scaled = x.iter().map(|x| gamma.sqrt() * x);
            let scaled = scaled.chain((constant == 1).then(|| coef0.sqrt()));
            for (j, x) in scaled.enumerate() {
                sketch[places[[d, j]] as usize] += signs[[d, j]] * x;
            }
            folded = Some(match folded {
                None => sketch,
                Some(before) => {
                    let mut next = vec![0.0; n];
                    for (a, x) in before.iter().enumerate() {
                        for (b, y) in sketch.iter().enumerate() {
                            next[(a + b) % n] += x * y;
                        }
                    }
                    next
                }
            });
        }
        for (cell, x) in out.row_mut(row).iter_mut().zip(folded.unwrap_or_default()) {
            *cell = x;
        }
    }
    Ok(Frame::from_matrix(&out))
}
