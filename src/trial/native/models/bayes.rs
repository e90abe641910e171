//! Gaussian naive Bayes.

use ndarray::Array2;

use crate::trial::Output;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::link::softmax;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "priors",
    "var_smoothing",
    "epsilon_",
    "classes_",
    "class_count_",
    "class_prior_",
    "theta_",
    "var_",
    "sigma_",
];

/// `GaussianNB`.
pub fn gaussian(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let classes = estimator.cells("classes_")?;
    check::double(estimator, "theta_")?;
    let means = estimator.matrix("theta_")?;
    // Renamed in 1.0.
    let key = if estimator.has("var_") {
        "var_"
    } else {
        "sigma_"
    };
    let variances = estimator.matrix(key)?;
    let priors = estimator.vector("class_prior_")?;
    let fits = means.dim() == variances.dim()
        && means.nrows() == classes.len()
        && priors.len() == classes.len()
        && !classes.is_empty();
    if !fits {
        return Err(estimator.refused("its means, variances and classes do not fit together"));
    }
    check::features(estimator, frame, Some(means.ncols()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    context.charge(x.nrows().saturating_mul(means.len()), &estimator.class)?;
    let mut joint = Array2::zeros((x.nrows(), classes.len()));
    for (class, (means, variances)) in means.rows().into_iter().zip(variances.rows()).enumerate() {
        let logs = variances
            .iter()
            .map(|v| libm::log(std::f64::consts::TAU * v));
        let spread: f64 = -0.5 * logs.sum::<f64>();
        let prior = libm::log(priors[class]);
        for (row, x) in x.rows().into_iter().enumerate() {
            let distance: f64 = x
                .iter()
                .zip(means)
                .zip(variances)
                .map(|((x, mean), variance)| (x - mean) * (x - mean) / variance)
                .sum();
            joint[[row, class]] = prior + (spread - 0.5 * distance);
        }
    }
    let labels = joint
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone());
    Ok(vec![
        answer::flat("predict", labels.collect()),
        answer::table("predict_proba", titles(&classes), &softmax(&joint)),
    ])
}
