//! Naive Bayes on counts, on truth values and on categories.

use ndarray::{Array1, Array2, Axis};

use crate::pickle::Value;
use crate::trial::Output;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::link::softmax;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "alpha",
    "force_alpha",
    "fit_prior",
    "class_prior",
    "classes_",
    "class_count_",
    "class_log_prior_",
    "feature_count_",
    "feature_log_prob_",
    // Until 1.1; counted again by `feature_log_prob_`.
    "n_features_",
];
const COMPLEMENT: &[&str] = &["norm", "feature_all_"];
const BERNOULLI: &[&str] = &["binarize"];
const CATEGORICAL: &[&str] = &["category_count_", "min_categories", "n_categories_"];

/// `MultinomialNB`.
pub fn multinomial(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let weights = estimator.matrix("feature_log_prob_")?;
    let prior = prior(estimator, weights.nrows())?;
    let x = check::rows(context, estimator, frame, weights.ncols())?;
    context.charge(x.nrows().saturating_mul(weights.len()), &estimator.class)?;
    let unsure = unsure(&x, &weights);
    answers(estimator, &(x.dot(&weights.t()) + &prior), &unsure)
}

/// `ComplementNB`: no prior, unless there is only one class.
pub fn complement(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, COMPLEMENT])?;
    let weights = estimator.matrix("feature_log_prob_")?;
    let x = check::rows(context, estimator, frame, weights.ncols())?;
    context.charge(x.nrows().saturating_mul(weights.len()), &estimator.class)?;
    let mut joint = x.dot(&weights.t());
    if weights.nrows() == 1 {
        joint += &prior(estimator, 1)?;
    }
    answers(estimator, &joint, &unsure(&x, &weights))
}

/// `BernoulliNB`: a feature that is absent counts as well.
pub fn bernoulli(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, BERNOULLI])?;
    let mut weights = estimator.matrix("feature_log_prob_")?;
    let prior = prior(estimator, weights.nrows())?;
    let mut x = check::rows(context, estimator, frame, weights.ncols())?;
    context.charge(
        x.nrows().saturating_add(1).saturating_mul(weights.len()),
        &estimator.class,
    )?;
    match estimator.value("binarize") {
        Value::None => {}
        Value::Float(threshold) => binarize(&mut x, threshold),
        Value::Int(threshold) => binarize(&mut x, threshold as f64),
        _ => return Err(estimator.strange("binarize")),
    }
    let absent = weights.mapv(|w| libm::log(1.0 - libm::exp(w)));
    weights -= &absent;
    let start: Array1<f64> = prior + absent.sum_axis(Axis(1));
    let unsure = unsure(&x, &weights);
    answers(estimator, &(x.dot(&weights.t()) + &start), &unsure)
}

fn binarize(x: &mut Array2<f64>, threshold: f64) {
    x.mapv_inplace(|x| f64::from(u8::from(x > threshold)));
}

/// `CategoricalNB`: the category numbers choose the terms of a sum.
pub fn categorical(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, CATEGORICAL])?;
    let classes = estimator.cells("classes_")?.len();
    let prior = prior(estimator, classes)?;
    let tables = estimator.list("feature_log_prob_")?;
    let x = check::rows(context, estimator, frame, tables.len())?;
    let mut joint = Array2::zeros((x.nrows(), classes));
    for (feature, node) in tables.iter().enumerate() {
        let table = estimator.matrix_at(*node, "feature_log_prob_")?;
        context.charge(
            table
                .len()
                .saturating_add(x.nrows().saturating_mul(classes)),
            &estimator.class,
        )?;
        if table.nrows() != classes {
            return Err(estimator.strange("feature_log_prob_"));
        }
        for (row, number) in x.column(feature).iter().enumerate() {
            // scikit-learn cuts fractions off, and numpy raises for what is out of range.
            if *number <= -1.0 {
                return Err(Stop::value_error(
                    "Negative values in data passed to CategoricalNB (input X)",
                ));
            }
            let category = number.trunc() as usize;
            if category >= table.ncols() {
                return Err(Stop::Raised {
                    exception: "IndexError",
                    message: format!(
                        "index {category} is out of bounds for axis 1 with size {}",
                        table.ncols()
                    ),
                });
            }
            for class in 0..classes {
                joint[[row, class]] += table[[class, category]];
            }
        }
    }
    // Added up in the order of scikit-learn: nothing is unsure.
    joint += &prior;
    let sure = vec![0.0; joint.nrows()];
    answers(estimator, &joint, &sure)
}

/// How far the sums of each row may be from scikit-learn's, which adds up in another order.
fn unsure(x: &Array2<f64>, weights: &Array2<f64>) -> Vec<f64> {
    let sizes = x.mapv(f64::abs).dot(&weights.mapv(f64::abs).t());
    let largest = |row: ndarray::ArrayView1<f64>| row.iter().copied().fold(0.0, f64::max);
    let rows = sizes.rows().into_iter();
    rows.map(|row| 8.0 * f64::EPSILON * largest(row)).collect()
}

fn prior(estimator: &Estimator, classes: usize) -> Result<Array1<f64>, Stop> {
    let prior = estimator.vector("class_log_prior_")?;
    if prior.len() == classes {
        Ok(prior)
    } else {
        Err(estimator.refused("`class_log_prior_` and `feature_log_prob_` do not fit together"))
    }
}

fn answers(
    estimator: &Estimator,
    joint: &Array2<f64>,
    unsure: &[f64],
) -> Result<Vec<Output>, Stop> {
    let classes = estimator.cells("classes_")?;
    if classes.len() != joint.ncols() || classes.is_empty() {
        return Err(estimator.refused("`classes_` and `feature_log_prob_` do not fit together"));
    }
    for (row, unsure) in joint.rows().into_iter().zip(unsure) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let near = row.iter().filter(|x| largest - **x <= *unsure).count();
        if *unsure > 0.0 && near > 1 {
            return Err(estimator.refused("two classes are equally likely but for rounding"));
        }
    }
    Ok(vec![
        answer::likeliest(&classes, joint),
        answer::table("predict_proba", titles(&classes), &softmax(joint)),
    ])
}
