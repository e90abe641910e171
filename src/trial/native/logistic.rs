//! Logistic regression. What `multi_class` means is decided by the release that saved the model.

use ndarray::{Array2, Axis};

use super::answer::{self, argmax, titles};
use super::estimator::{Context, Estimator};
use super::frame::{Frame, number_cell};
use super::linear;
use super::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "coef_",
    "intercept_",
    "classes_",
    "n_iter_",
    "penalty",
    "dual",
    "tol",
    "C",
    "fit_intercept",
    "intercept_scaling",
    "class_weight",
    "solver",
    "max_iter",
    "multi_class",
    "l1_ratio",
];

/// How decisions become probabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Link {
    /// A sigmoid for each class, then divided by their sum.
    OneVsRest,
    /// One softmax over all classes.
    Softmax,
}

/// `LogisticRegression`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let classes = estimator.cells("classes_")?;
    let link = link(estimator, classes.len())?;
    let decision = linear::scores(context, estimator, frame)?;
    let binary = decision.ncols() == 1;
    if classes.len() != if binary { 2 } else { decision.ncols() } {
        return Err(estimator.refused("`classes_` and `coef_` do not fit together"));
    }
    let labels: Vec<Cell> = decision
        .rows()
        .into_iter()
        .map(|row| {
            let place = if binary {
                usize::from(row[0] > 0.0)
            } else {
                argmax(row.iter())
            };
            classes[place].clone()
        })
        .collect();
    let proba = match link {
        Link::Softmax if binary => softmax(&two_sided(&decision, |d| -d)),
        Link::Softmax => softmax(&decision),
        Link::OneVsRest if binary => {
            let positive = decision.mapv(sigmoid);
            two_sided(&positive, |p| 1.0 - p)
        }
        Link::OneVsRest => normalised(decision.mapv(sigmoid), estimator.since((1, 9))),
    };
    let decisions = if binary {
        let cells = decision.iter().map(|d| number_cell(*d)).collect();
        answer::flat("decision_function", cells)
    } else {
        answer::table("decision_function", titles(&classes), &decision)
    };
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &proba),
        decisions,
    ])
}

/// Before 0.22 the default was one-vs-rest (`warn` where it was not set), then `auto`; 1.5 renamed
/// the default to `deprecated`, 1.8 removed the choice. `newton-cholesky` (1.2) knew only
/// one-vs-rest until 1.6.
fn link(estimator: &Estimator, classes: usize) -> Result<Link, Stop> {
    if !estimator.has("multi_class") {
        if !estimator.since((1, 8)) {
            return Err(estimator.refused("it has no `multi_class`"));
        }
        return Ok(if classes <= 2 {
            Link::OneVsRest
        } else {
            Link::Softmax
        });
    }
    match estimator.text("multi_class", "")? {
        "ovr" | "warn" => Ok(Link::OneVsRest),
        "multinomial" => Ok(Link::Softmax),
        "auto" | "deprecated" => {
            let one_vs_rest = match estimator.text("solver", "")? {
                "liblinear" => true,
                "newton-cholesky" => !estimator.since((1, 6)),
                "lbfgs" | "newton-cg" | "sag" | "saga" => false,
                _ => return Err(estimator.strange("solver")),
            };
            Ok(if classes <= 2 || one_vs_rest {
                Link::OneVsRest
            } else {
                Link::Softmax
            })
        }
        _ => Err(estimator.strange("multi_class")),
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// A column and its other side before it.
fn two_sided(column: &Array2<f64>, other: fn(f64) -> f64) -> Array2<f64> {
    let mut both = Array2::zeros((column.nrows(), 2));
    for (row, x) in column.iter().enumerate() {
        both[[row, 0]] = other(*x);
        both[[row, 1]] = *x;
    }
    both
}

fn softmax(scores: &Array2<f64>) -> Array2<f64> {
    let mut out = scores.clone();
    for mut row in out.axis_iter_mut(Axis(0)) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.mapv_inplace(|x| libm::exp(x - largest));
        let sum: f64 = row.sum();
        row.mapv_inplace(|x| x / sum);
    }
    out
}

/// Rows divided by their sums. Rows of zeros become NaN, since 1.9 uniform instead.
fn normalised(mut proba: Array2<f64>, uniform: bool) -> Array2<f64> {
    for mut row in proba.axis_iter_mut(Axis(0)) {
        let mut sum: f64 = row.sum();
        if uniform && sum == 0.0 {
            row.fill(1.0);
            sum = row.len() as f64;
        }
        row.mapv_inplace(|x| x / sum);
    }
    proba
}
