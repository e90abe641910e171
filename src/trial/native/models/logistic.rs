//! Logistic regression. What `multi_class` means is decided by the release that saved the model.

use super::linear;
use crate::trial::Output;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::estimator::{Context, Estimator, Release};
use crate::trial::native::frame::Frame;
use crate::trial::native::link::{one_vs_rest, softmax, two_sided};
use crate::trial::native::stop::Stop;

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
    // What the cross-validated one keeps.
    "Cs",
    "Cs_",
    "C_",
    "cv",
    "scoring",
    "refit",
    "l1_ratios",
    "l1_ratio_",
    "l1_ratios_",
    "scores_",
    "coefs_paths_",
    "use_legacy_attributes",
];

/// How decisions become probabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Link {
    /// A sigmoid for each class, then divided by their sum.
    OneVsRest,
    /// One softmax over all classes.
    Softmax,
}

/// `LogisticRegression`, `LogisticRegressionCV`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let classes = estimator.cells("classes_")?;
    let link = link(estimator, classes.len())?;
    let decision = linear::scores(context, estimator, frame)?;
    let mut outputs = linear::decided(estimator, &classes, &decision)?;
    let proba = match link {
        Link::Softmax if decision.ncols() == 1 => softmax(&two_sided(&decision, |d| -d)),
        Link::Softmax => softmax(&decision),
        Link::OneVsRest => one_vs_rest(&decision, estimator.read_since((1, 9))),
    };
    outputs.insert(1, answer::table("predict_proba", titles(&classes), &proba));
    Ok(outputs)
}

/// Before 0.22 the default was one-vs-rest (`warn` where it was not set), then `auto`; 1.5 renamed
/// the default to `deprecated`, 1.8 removed the choice. `newton-cholesky` (1.2) knew only
/// one-vs-rest until 1.6.
fn link(estimator: &Estimator, classes: usize) -> Result<Link, Stop> {
    if let Some(reader) = estimator.reader {
        return link_of(estimator, classes, reader);
    }
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

/// What a release makes of the state of another: 1.8 and later do not look at `multi_class`, and
/// before 1.5 a word that is not known means softmax.
fn link_of(estimator: &Estimator, classes: usize, reader: Release) -> Result<Link, Stop> {
    let by_count = if classes <= 2 {
        Link::OneVsRest
    } else {
        Link::Softmax
    };
    if reader >= (1, 8) {
        return Ok(by_count);
    }
    if reader < (0, 22) || !estimator.has("multi_class") {
        return Err(estimator.refused("how that release reads it is not modelled"));
    }
    let default = match estimator.text("multi_class", "")? {
        "ovr" | "warn" => return Ok(Link::OneVsRest),
        "auto" => true,
        word => word == "deprecated" && reader >= (1, 5),
    };
    if !default {
        return Ok(Link::Softmax);
    }
    Ok(match estimator.text("solver", "")? {
        "liblinear" => Link::OneVsRest,
        "newton-cholesky" if reader < (1, 6) => Link::OneVsRest,
        _ => by_count,
    })
}
