//! Linear models in all their trainings: y = X·coef + intercept. Training differs; prediction does
//! not.

use ndarray::{Array1, Array2};

use crate::pickle::NodeId;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

/// Parameters and results of training; none of them takes part in a prediction.
const KNOWN: &[&str] = &[
    "coef_",
    "intercept_",
    "active_",
    "alpha_max",
    "breakdown_",
    "coef_path_",
    "criterion",
    "criterion_",
    "cv_alphas_",
    "estimate_noise_variance",
    "fit_path",
    "jitter",
    "l1_ratios",
    "max_subpopulation",
    "_max_subpopulation",
    "max_n_alphas",
    "method",
    "n_nonzero_coefs",
    "n_nonzero_coefs_",
    "n_subpopulation_",
    "n_subsamples",
    "noise_variance",
    "noise_variance_",
    "quantile",
    "solver_options",
    "threshold_lambda",
    "_rank",
    "tol_",
    "C",
    "Cs",
    "alpha",
    "alpha_",
    "alpha_1",
    "alpha_2",
    "alpha_init",
    "alpha_per_target",
    "alphas",
    "alphas_",
    "_alphas",
    "average",
    "average_coef_",
    "average_intercept_",
    "best_score_",
    "C_",
    "class_weight",
    "compute_score",
    "cv",
    "cv_results_",
    "cv_values_",
    "dual",
    "dual_gap_",
    "early_stopping",
    "eps",
    "eps_",
    "epsilon",
    "eta0",
    "fit_intercept",
    "gcv_mode",
    "intercept_scaling",
    "l1_ratio",
    "l1_ratio_",
    "lambda_",
    "lambda_1",
    "lambda_2",
    "lambda_init",
    "learning_rate",
    "loss",
    "loss_function",
    "loss_function_",
    "_loss_function_",
    "max_iter",
    "_max_iter",
    "_tol",
    "mse_path_",
    "multi_class",
    "n_alphas",
    "n_iter",
    "n_iter_",
    "n_iter_no_change",
    "normalize",
    // What 1.0 and 1.1 made of it. The coefficients are for rows as they come.
    "_normalize",
    "outliers_",
    "penalty",
    "positive",
    "power_t",
    "precompute",
    "rank_",
    "_residues",
    "scale_",
    "scores_",
    "scoring",
    "selection",
    "shuffle",
    "sigma_",
    "singular_",
    "solver",
    "solver_",
    "sparse_coef_",
    "standard_coef_",
    "standard_intercept_",
    "_average_coef",
    "_average_intercept",
    "_standard_coef",
    "_standard_intercept",
    "_expanded_class_weight",
    "store_cv_results",
    "_store_cv_results",
    "store_cv_values",
    "t_",
    "tol",
    "validation_fraction",
    "X_offset_",
    "X_scale_",
];
const RANSAC: &[&str] = &[
    "base_estimator",
    "estimator",
    "estimator_",
    "min_samples",
    "residual_threshold",
    "is_data_valid",
    "is_model_valid",
    "max_trials",
    "max_skips",
    "stop_n_inliers",
    "stop_score",
    "stop_probability",
    "loss",
    "n_trials_",
    "inlier_mask_",
    "n_skips_no_inliers_",
    "n_skips_invalid_data_",
    "n_skips_invalid_model_",
];
/// What classifiers have besides.
const CLASSES: &[&str] = &["classes_", "_label_binarizer"];

/// `LinearRegression`, `Ridge`, `Lasso`, `SGDRegressor` and the like.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let coef = estimator.floats("coef_")?;
    let one_target = coef.ndim() == 1;
    let scores = scores(context, estimator, frame)?;
    if one_target {
        let cells = scores.iter().map(|y| number_cell(*y)).collect();
        return Ok(vec![answer::flat("predict", cells)]);
    }
    Ok(vec![answer::table("predict", Vec::new(), &scores)])
}

/// `RANSACRegressor`: the model that was fitted to the rows that agree.
pub fn consensus(estimator: &Estimator) -> Result<NodeId, Stop> {
    estimator.only(&[RANSAC])?;
    estimator.need("estimator_")
}

/// `RidgeClassifier`, `LinearSVC`, `SGDClassifier` and the like: the class with the largest score.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, CLASSES])?;
    let (classes, several) = classes(context, estimator)?;
    let decision = scores(context, estimator, frame)?;
    if several {
        return flags(estimator, &classes, &decision);
    }
    let mut outputs = decided(estimator, &classes, &decision)?;
    // Of the losses of stochastic gradient descent two give probabilities.
    if estimator.name == "SGDClassifier" {
        match estimator.text("loss", "hinge")? {
            "log" | "log_loss" => {
                let uniform = estimator.since((1, 9));
                let proba = link::one_vs_rest(&decision, uniform);
                outputs.insert(1, answer::table("predict_proba", titles(&classes), &proba));
            }
            "modified_huber" => {
                let proba = modified_huber(&decision);
                outputs.insert(1, answer::table("predict_proba", titles(&classes), &proba));
            }
            _ => {}
        }
    }
    Ok(outputs)
}

/// Probabilities of the modified Huber loss: scores cut at ±1, halved, divided by their sum. A row
/// with no class at all counts as undecided.
fn modified_huber(decision: &Array2<f64>) -> Array2<f64> {
    // NaN stays NaN, as in numpy.
    let cut = decision.mapv(|d| f64::midpoint(d.clamp(-1.0, 1.0), 1.0));
    if cut.ncols() == 1 {
        return link::two_sided(&cut, |p| 1.0 - p);
    }
    let mut proba = cut;
    for mut row in proba.rows_mut() {
        let mut sum: f64 = row.sum();
        if sum == 0.0 {
            row.fill(1.0);
            sum = row.len() as f64;
        }
        row.mapv_inplace(|p| p / sum);
    }
    proba
}

/// `SGDOneClassSVM`: the signed distance from the plane, counted from `offset_`.
pub fn one_class(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, &["nu", "offset_"]])?;
    let offset = estimator.floats("offset_")?;
    let coef = estimator.matrix("coef_")?;
    let offset = match (offset.len(), offset.first(), coef.nrows()) {
        (1, Some(offset), 1) => *offset,
        _ => return Err(estimator.refused("`offset_` and `coef_` do not fit together")),
    };
    let x = check::rows(context, estimator, frame, coef.ncols())?;
    check::precise(estimator, "coef_", &x)?;
    context.charge(x.len(), &estimator.class)?;
    Ok(outliers(&(x.dot(&coef.row(0)) - offset), offset))
}

/// What outlier detectors answer: 1 inside and -1 outside, the distance from the border, and the
/// score that the border is a threshold of.
pub fn outliers(decision: &Array1<f64>, offset: f64) -> Vec<Output> {
    let inside = decision
        .iter()
        .map(|d| Cell::Int(if *d >= 0.0 { 1 } else { -1 }));
    let decisions = decision.iter().map(|d| number_cell(*d));
    let scores = decision.iter().map(|d| number_cell(d + offset));
    vec![
        answer::flat("predict", inside.collect()),
        answer::flat("decision_function", decisions.collect()),
        answer::flat("score_samples", scores.collect()),
    ]
}

/// `predict` and `decision_function` from scores: one column for two classes, else one a class.
pub fn decided(
    estimator: &Estimator,
    classes: &[Cell],
    decision: &Array2<f64>,
) -> Result<Vec<Output>, Stop> {
    let binary = decision.ncols() == 1;
    if classes.len() != if binary { 2 } else { decision.ncols() } {
        return Err(estimator.refused("`classes_` and `coef_` do not fit together"));
    }
    let label = |row: ndarray::ArrayView1<f64>| {
        let place = if binary {
            usize::from(row[0] > 0.0)
        } else {
            argmax(row.iter())
        };
        classes[place].clone()
    };
    let labels = decision.rows().into_iter().map(label).collect();
    let decisions = if binary {
        let cells = decision.iter().map(|d| number_cell(*d)).collect();
        answer::flat("decision_function", cells)
    } else {
        answer::table("decision_function", titles(classes), decision)
    };
    Ok(vec![answer::flat("predict", labels), decisions])
}

/// One truth value for each label, where rows have any number of labels.
fn flags(
    estimator: &Estimator,
    classes: &[Cell],
    decision: &Array2<f64>,
) -> Result<Vec<Output>, Stop> {
    // Before, one label was chosen all the same.
    if !estimator.since((1, 0)) || decision.ncols() != classes.len() {
        return Err(estimator.refused("its rows have any number of labels"));
    }
    let flag = |d: &f64| Cell::Int(i64::from(*d > 0.0));
    let rows = decision.rows().into_iter();
    let labels = rows.map(|row| row.iter().map(flag).collect());
    Ok(vec![
        answer::output("predict", titles(classes), labels.collect(), false),
        answer::table("decision_function", titles(classes), decision),
    ])
}

/// The class labels, and whether a row may have several; ridge classifiers kept them in their
/// binarizer until 1.8.
fn classes(context: &Context, estimator: &Estimator) -> Result<(Vec<Cell>, bool), Stop> {
    let Some(binarizer) = estimator.get("_label_binarizer") else {
        return Ok((estimator.cells("classes_")?, false));
    };
    let binarizer = Estimator::read(context, binarizer)
        .filter(|binarizer| binarizer.name == "LabelBinarizer")
        .ok_or_else(|| estimator.strange("_label_binarizer"))?;
    match binarizer.text("y_type_", "")? {
        "binary" | "multiclass" => Ok((binarizer.cells("classes_")?, false)),
        "multilabel-indicator" => Ok((binarizer.cells("classes_")?, true)),
        _ => Err(binarizer.strange("y_type_")),
    }
}

/// X·coefᵀ + intercept, one column a row of `coef_`.
pub fn scores(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Array2<f64>, Stop> {
    let coef = estimator.matrix("coef_")?;
    if estimator.since((1, 0)) {
        check::features(estimator, frame, None)?;
    }
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    if x.ncols() != coef.ncols() {
        return Err(Stop::value_error(format!(
            "X has {} features per sample; expecting {}",
            x.ncols(),
            coef.ncols()
        )));
    }
    let intercept = intercept(estimator, coef.nrows())?;
    context.charge(
        x.nrows().saturating_mul(coef.len()).saturating_mul(2),
        &estimator.class,
    )?;
    let scores = x.dot(&coef.t()) + &intercept;
    // A sum of 32 bits is good for six digits unless its terms cancel; a probability is not.
    if let Err(refusal) = check::precise(estimator, "coef_", &x) {
        let sizes = x.mapv(f64::abs).dot(&coef.mapv(f64::abs).t()) + intercept.mapv(f64::abs);
        let sums = scores.iter().zip(&sizes);
        if estimator.has("classes_") || sums.into_iter().any(|(y, size)| *size > 8.0 * y.abs()) {
            return Err(refusal);
        }
    }
    Ok(scores)
}

fn intercept(estimator: &Estimator, targets: usize) -> Result<Array1<f64>, Stop> {
    let values = estimator.floats("intercept_")?;
    match values.len() {
        1 => Ok(Array1::from_elem(targets, values.iter().sum())),
        n if n == targets => Ok(values.into_iter().collect()),
        _ => Err(estimator.refused("`intercept_` and `coef_` do not fit together")),
    }
}
