//! Gaussian processes: a mean over training rows, weighted by a kernel.

use ndarray::{Array1, Array2, Axis};

use super::gaussian_kernels::{between, diagonal};
use crate::pickle::NodeId;
use crate::trial::Output;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const REGRESSOR: &[&str] = &[
    "kernel",
    "kernel_",
    "alpha",
    "optimizer",
    "n_restarts_optimizer",
    "normalize_y",
    "copy_X_train",
    "n_targets",
    "X_train_",
    "y_train_",
    "L_",
    "_K_inv",
    "alpha_",
    "log_marginal_likelihood_value_",
    "_y_train_mean",
    "_y_train_std",
    "y_train_mean",
    "_rng",
    "rng",
    "noise",
];
const CLASSIFIER: &[&str] = &[
    "kernel",
    "kernel_",
    "optimizer",
    "n_restarts_optimizer",
    "max_iter_predict",
    "copy_X_train",
    "multi_class",
    "base_estimator_",
    "classes_",
    "n_classes_",
    "log_marginal_likelihood_value_",
    // The ones for two classes.
    "X_train_",
    "y_train_",
    "pi_",
    "W_sr_",
    "L_",
    "f_cached",
    "rng",
];
const ONE_VS_REST: &[&str] = &[
    "estimator",
    "estimators_",
    "label_binarizer_",
    "classes_",
    "n_classes_",
];

/// The error function is approximated by a sum of these, as in Williams and Barber, "Bayesian
/// Classification with Gaussian Processes" (1998), appendix A: widths and weights.
const WIDTHS: [f64; 5] = [0.41, 0.4, 0.37, 0.44, 0.39];
const WEIGHTS: [f64; 5] = [
    -1_854.821_415_1,
    3_516.898_936_46,
    221.293_467_12,
    128.123_238_05,
    -2_010.494_226_54,
];

/// `GaussianProcessRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[REGRESSOR])?;
    let train = estimator.matrix("X_train_")?;
    let alpha = estimator.floats("alpha_")?;
    let mut flat = alpha.ndim() == 1;
    let alpha = if flat {
        alpha.insert_axis(Axis(1))
    } else {
        alpha
    };
    let alpha: Array2<f64> = alpha
        .into_dimensionality()
        .map_err(|_| estimator.strange("alpha_"))?;
    if alpha.nrows() != train.nrows() {
        return Err(estimator.refused("`alpha_` and `X_train_` do not fit together"));
    }
    // One column of targets was a table until 1.0.
    flat |= alpha.ncols() == 1 && estimator.since((1, 1));
    let x = check::rows(context, estimator, frame, train.ncols())?;
    check::precise(estimator, "X_train_", &x)?;
    let kernel = between(context, estimator.need("kernel_")?, &x, &train, 0)?;
    context.charge(kernel.nrows().saturating_mul(alpha.len()), &estimator.class)?;
    let mut y = kernel.dot(&alpha);
    let mut sizes = kernel.mapv(f64::abs).dot(&alpha.mapv(f64::abs));
    let spread = |key: &str, default: f64| {
        if estimator.has(key) {
            let values = estimator.floats(key)?;
            match values.len() {
                1 => return Ok(Array1::from_elem(alpha.ncols(), values.sum())),
                n if n == alpha.ncols() => return Ok(values.into_iter().collect()),
                _ => return Err(estimator.strange(key)),
            }
        }
        Ok(Array1::from_elem(alpha.ncols(), default))
    };
    // Targets are scaled since 0.23.
    let scale = spread("_y_train_std", 1.0)?;
    let mean = spread("_y_train_mean", 0.0)?;
    y *= &scale;
    sizes *= &scale;
    y += &mean;
    let lost = |(y, size): (&f64, &f64)| 2.0 * f64::EPSILON * size > 1e-9 * y.abs();
    if y.iter().zip(&sizes).any(lost) {
        return Err(estimator.refused("its weights cancel out to a number that is mostly rounding"));
    }
    Ok(vec![answer::amounts("predict", &y, flat)])
}

/// `GaussianProcessClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[CLASSIFIER])?;
    let classes = estimator.cells("classes_")?;
    if classes.len() < 2 {
        return Err(estimator.strange("classes_"));
    }
    let base = Estimator::read(context, estimator.need("base_estimator_")?)
        .ok_or_else(|| estimator.strange("base_estimator_"))?;
    let nodes = match base.name {
        "_BinaryGaussianProcessClassifierLaplace" if classes.len() == 2 => {
            vec![estimator.need("base_estimator_")?]
        }
        "OneVsRestClassifier" if base.class.starts_with("sklearn.multiclass.") => {
            base.only(&[ONE_VS_REST])?;
            base.list("estimators_")?.to_vec()
        }
        _ => return Err(estimator.refused("its classes are not told one against the rest")),
    };
    let wanted = if classes.len() == 2 { 1 } else { classes.len() };
    if nodes.len() != wanted {
        return Err(estimator.refused("its classes and estimators do not fit together"));
    }
    let mut proba = Array2::zeros((frame.n_rows, classes.len()));
    let mut labels = None;
    for (class, node) in nodes.into_iter().enumerate() {
        let (latent, column) = binary(context, estimator, node, frame)?;
        if classes.len() == 2 {
            proba.column_mut(1).assign(&column);
            proba.column_mut(0).assign(&column.mapv(|p| 1.0 - p));
            let label = |f: &f64| classes[usize::from(*f > 0.0)].clone();
            labels = Some(answer::flat("predict", latent.iter().map(label).collect()));
        } else {
            proba.column_mut(class).assign(&column);
        }
    }
    if classes.len() > 2 {
        // Of equal ones the last wins here.
        let label = |row: ndarray::ArrayView1<f64>| {
            let mut best = 0;
            for (place, p) in row.iter().enumerate() {
                if *p >= row[best] {
                    best = place;
                }
            }
            classes[best].clone()
        };
        labels = Some(answer::flat(
            "predict",
            proba.rows().into_iter().map(label).collect(),
        ));
        for mut row in proba.rows_mut() {
            let sum: f64 = row.sum();
            row /= sum;
        }
    }
    let labels = labels.ok_or_else(|| estimator.strange("classes_"))?;
    Ok(vec![
        labels,
        answer::table("predict_proba", titles(&classes), &proba),
    ])
}

/// The latent mean and the probability of the second class, for each row.
fn binary(
    context: &Context,
    outer: &Estimator,
    node: NodeId,
    frame: &Frame,
) -> Result<(Array1<f64>, Array1<f64>), Stop> {
    let model = Estimator::read(context, node)
        .filter(|model| {
            model.name == "_BinaryGaussianProcessClassifierLaplace"
                && model.class.starts_with("sklearn.gaussian_process.")
        })
        .ok_or_else(|| outer.refused("it holds something else than Gaussian processes"))?;
    model.only(&[CLASSIFIER])?;
    let train = model.matrix("X_train_")?;
    let residual = model.vector("y_train_")?
        - &{
            let pi = model.vector("pi_")?;
            if pi.len() != train.nrows() || model.view("y_train_")?.len() != pi.len() {
                return Err(model.refused("its training rows do not fit together"));
            }
            pi
        };
    let (weights, lower) = (model.vector("W_sr_")?, model.matrix("L_")?);
    let n = train.nrows();
    if weights.len() != n || lower.dim() != (n, n) {
        return Err(model.refused("its training rows do not fit together"));
    }
    let x = check::rows(context, outer, frame, train.ncols())?;
    let kernel = model.need("kernel_")?;
    let star = between(context, kernel, &x, &train, 0)?;
    let own = diagonal(context, kernel, &x, 0)?;
    let work = x.nrows().saturating_mul(n).saturating_mul(n);
    context.charge(work, &model.class)?;
    let latent = star.dot(&residual);
    let mut proba = Array1::zeros(x.nrows());
    for (row, star) in star.rows().into_iter().enumerate() {
        let mut v = Array1::<f64>::zeros(n);
        for i in 0..n {
            let before: f64 = (0..i).map(|j| lower[[i, j]] * v[j]).sum();
            v[i] = (weights[i] * star[i] - before) / lower[[i, i]];
        }
        let variance = own[row] - v.dot(&v);
        // What is left of the prior variance after a difference of nearly equal numbers.
        if variance.is_nan() || variance.abs() < 1e-6 * own[row].abs() {
            return Err(model.refused("its variance at a row is mostly rounding"));
        }
        proba[row] = averaged(latent[row], variance);
    }
    Ok((latent, proba))
}

/// The sigmoid averaged over a normal distribution.
fn averaged(mean: f64, variance: f64) -> f64 {
    let alpha = 1.0 / (2.0 * variance);
    let terms = WIDTHS.iter().zip(WEIGHTS).map(|(width, weight)| {
        let inner = width * mean * (alpha / (alpha + width * width)).sqrt();
        let scale = (std::f64::consts::PI / alpha).sqrt();
        let integral = scale * libm::erf(inner) / (2.0 * (variance * std::f64::consts::TAU).sqrt());
        weight * integral
    });
    terms.sum::<f64>() + 0.5 * WEIGHTS.iter().sum::<f64>()
}
