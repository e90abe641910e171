//! `FixedThresholdClassifier`, `TunedThresholdClassifierCV`: a binary classifier with another threshold.

use crate::pickle::Value;
use crate::trial::native::answer;
use crate::trial::native::ask::{self, Answers, ask};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, same, value_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

use super::inverse::number;

const KNOWN: &[&str] = &[
    "estimator",
    "estimator_",
    "response_method",
    "pos_label",
    "threshold",
    "scoring",
    "thresholds",
    "cv",
    "refit",
    "store_cv_results",
    "_curve_scorer",
    "best_score_",
    "best_threshold_",
    "cv_results_",
    "classes_",
];

/// Scores whose positive class is 1 unless they are told otherwise, and scores that know none.
const OF_ONE: &[&str] = &[
    "f1_score",
    "fbeta_score",
    "precision_score",
    "recall_score",
    "jaccard_score",
    "average_precision_score",
];
const OF_NONE: &[&str] = &[
    "balanced_accuracy_score",
    "accuracy_score",
    "matthews_corrcoef",
    "cohen_kappa_score",
    "roc_auc_score",
];

/// Either of them.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let fixed = estimator.name == "FixedThresholdClassifier";
    let node = match estimator.get("estimator_") {
        Some(node) => node,
        None if fixed => estimator.need("estimator")?,
        None => return Err(estimator.refused("it has no `estimator_`; was it fitted?")),
    };
    let answers = ask(context, node, frame, depth)?;
    let classes = ask::classes(context, node, depth + 1)?;
    if classes.len() != 2 {
        return Err(estimator.strange("classes_"));
    }
    let positive = if fixed {
        label(estimator, "pos_label")?
    } else {
        scored(context, estimator)?
    };
    let place = match positive {
        None => 1,
        Some(label) => classes
            .iter()
            .position(|class| same(class, &label))
            .ok_or_else(|| estimator.strange("pos_label"))?,
    };
    let method = method(estimator, &answers)?;
    let scores: Vec<f64> = if method == "predict_proba" {
        let proba = answers.matrix(method)?;
        if proba.ncols() != 2 {
            return Err(estimator.strange("response_method"));
        }
        proba.column(place).to_vec()
    } else {
        let sign = if place == 1 { 1.0 } else { -1.0 };
        answers
            .vector(method)?
            .iter()
            .map(|score| sign * score)
            .collect()
    };
    let threshold = if !fixed {
        number(estimator, "best_threshold_")?
    } else if estimator.value("threshold") == Value::Text("auto".into()) {
        if method == "predict_proba" { 0.5 } else { 0.0 }
    } else {
        number(estimator, "threshold")?
    };
    let cell = |score: &f64| {
        let chosen = if *score >= threshold {
            place
        } else {
            1 - place
        };
        classes[chosen].clone()
    };
    let labels = scores.iter().map(cell).collect();
    let mut outputs = vec![answer::flat("predict", labels)];
    for method in ["predict_proba", "decision_function"] {
        if answers.has(method) {
            outputs.push(answers.need(method)?.clone());
        }
    }
    Ok(outputs)
}

/// Which method the threshold is for.
fn method(estimator: &Estimator, answers: &Answers) -> Result<&'static str, Stop> {
    match estimator.text("response_method", "auto")? {
        "auto" if answers.has("predict_proba") => Ok("predict_proba"),
        "predict_proba" => Ok("predict_proba"),
        "auto" | "decision_function" => Ok("decision_function"),
        _ => Err(estimator.strange("response_method")),
    }
}

fn label(estimator: &Estimator, key: &str) -> Result<Option<Cell>, Stop> {
    match estimator.value(key) {
        Value::None => Ok(None),
        label => value_cell(&label)
            .map(Some)
            .ok_or_else(|| estimator.strange(key)),
    }
}

/// The positive class that the score was computed for; `None` for the second one.
fn scored(context: &Context, estimator: &Estimator) -> Result<Option<Cell>, Stop> {
    let unknown = || estimator.strange("_curve_scorer");
    let scorer = Estimator::read(context, estimator.need("_curve_scorer")?)
        .filter(|scorer| scorer.name == "_CurveScorer" && scorer.class.starts_with("sklearn."))
        .ok_or_else(unknown)?;
    if let Some(told) = scorer
        .get("_kwargs")
        .and_then(|given| estimator.graph.get(given, "pos_label"))
    {
        let told = crate::pickle::value(estimator.graph, told);
        return match told {
            Value::None => Ok(None),
            told => value_cell(&told).map(Some).ok_or_else(unknown),
        };
    }
    let function = scorer.need("_score_func")?;
    let name = estimator.graph.global(function).ok_or_else(unknown)?;
    if !name.module.starts_with("sklearn.metrics") {
        return Err(unknown());
    }
    if OF_ONE.contains(&&*name.name) {
        Ok(Some(Cell::Int(1)))
    } else if OF_NONE.contains(&&*name.name) {
        Ok(None)
    } else {
        Err(unknown())
    }
}
