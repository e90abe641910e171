//! Linear models in all their trainings: y = X·coef + intercept. Training differs; prediction does
//! not.

use ndarray::{Array1, Array2};

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

/// `RidgeClassifier`, `LinearSVC`, `SGDClassifier` and the like: the class with the largest score.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, CLASSES])?;
    let classes = classes(context, estimator)?;
    let decision = scores(context, estimator, frame)?;
    let mut outputs = decided(estimator, &classes, &decision)?;
    // Of the losses of stochastic gradient descent two give probabilities.
    if estimator.name == "SGDClassifier" {
        match estimator.text("loss", "hinge")? {
            "log" | "log_loss" => {
                let uniform = estimator.since((1, 9));
                let proba = link::one_vs_rest(&decision, uniform);
                outputs.insert(1, answer::table("predict_proba", titles(&classes), &proba));
            }
            "modified_huber" => return Err(estimator.strange("loss")),
            _ => {}
        }
    }
    Ok(outputs)
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

/// The class labels; ridge classifiers kept them in their binarizer until 1.8.
fn classes(context: &Context, estimator: &Estimator) -> Result<Vec<Cell>, Stop> {
    let Some(binarizer) = estimator.get("_label_binarizer") else {
        return estimator.cells("classes_");
    };
    let binarizer = Estimator::read(context, binarizer)
        .filter(|binarizer| binarizer.name == "LabelBinarizer")
        .ok_or_else(|| estimator.strange("_label_binarizer"))?;
    match binarizer.text("y_type_", "")? {
        "binary" | "multiclass" => binarizer.cells("classes_"),
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
    context.charge(x.nrows() * coef.len(), &estimator.class)?;
    Ok(x.dot(&coef.t()) + &intercept)
}

fn intercept(estimator: &Estimator, targets: usize) -> Result<Array1<f64>, Stop> {
    let values = estimator.floats("intercept_")?;
    match values.len() {
        1 => Ok(Array1::from_elem(targets, values.iter().sum())),
        n if n == targets => Ok(values.into_iter().collect()),
        _ => Err(estimator.refused("`intercept_` and `coef_` do not fit together")),
    }
}
