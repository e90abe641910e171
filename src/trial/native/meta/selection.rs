//! `RFE`, `RFECV`, `SelectFromModel`: columns chosen with the help of an estimator; and
//! `SelfTrainingClassifier`, which leaves its answers to the one inside it.

use ndarray::{Array1, ArrayD, Axis, Ix2};

use super::importance;
use crate::pickle::{Kind, Value};
use crate::trial::Output;
use crate::trial::native::answer;
use crate::trial::native::ask::ask;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const ELIMINATION: &[&str] = &[
    "estimator",
    "estimator_",
    "n_features_to_select",
    "step",
    "importance_getter",
    "n_features_",
    "support_",
    "ranking_",
    "cv",
    "scoring",
    "min_features_to_select",
    "grid_scores_",
    "cv_results_",
];
const FROM_MODEL: &[&str] = &[
    "estimator",
    "estimator_",
    "threshold",
    "prefit",
    "importance_getter",
    "norm_order",
    "max_features",
    "max_features_",
];
const SELF_TRAINING: &[&str] = &[
    "base_estimator",
    "base_estimator_",
    "estimator",
    "estimator_",
    "threshold",
    "criterion",
    "k_best",
    "max_iter",
    "transduction_",
    "labeled_iter_",
    "n_iter_",
    "termination_condition_",
    "classes_",
];

/// `RFE`, `RFECV`: what the estimator says about the chosen columns.
pub fn elimination(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let chosen = eliminated(context, estimator, frame, depth)?;
    let answers = ask(context, estimator.need("estimator_")?, &chosen, depth)?;
    let mut outputs = vec![answers.need("predict")?.clone()];
    for method in ["predict_proba", "decision_function"] {
        if answers.has(method) {
            outputs.push(answers.need(method)?.clone());
        }
    }
    outputs.push(answer::transformed(&chosen));
    Ok(outputs)
}

/// `RFE`, `RFECV` before another step.
pub fn eliminated(
    _context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[ELIMINATION])?;
    let support = estimator.view("support_")?;
    if support.dtype.kind != Kind::Bool {
        return Err(estimator.strange("support_"));
    }
    let mask = support
        .to_i64()
        .map_err(|_| estimator.strange("support_"))?;
    let mask: Vec<bool> = mask.into_iter().map(|flag| flag != 0).collect();
    chosen(estimator, frame, &mask)
}

/// `SelectFromModel`.
pub fn from_model(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[FROM_MODEL])?;
    let node = match estimator.get("estimator_") {
        Some(node) => node,
        None if estimator.flag("prefit", false)? => estimator.need("estimator")?,
        None => return Err(estimator.refused("it has no `estimator_`; was it fitted?")),
    };
    let (inner, _) = table::known(context, node, depth + 1)?;
    let importances = match estimator.text("importance_getter", "auto")? {
        "auto" if inner.get("coef_").is_some() => inner.floats("coef_")?,
        "coef_" => inner.floats("coef_")?,
        "auto" | "feature_importances_" => importance::of(context, &inner)?.into_dyn(),
        _ => return Err(estimator.strange("importance_getter")),
    };
    let scores = norms(estimator, importances)?;
    let threshold = threshold(estimator, &inner, &scores)?;
    // NaN is below nothing, and so stays.
    let stays = |score: &f64| score.is_nan() || threshold.is_nan() || *score >= threshold;
    let mut mask: Vec<bool> = scores.iter().map(stays).collect();
    if estimator.get("max_features").is_some() {
        let key = if estimator.has("max_features_") {
            "max_features_"
        } else {
            "max_features"
        };
        let most = estimator.count(key)?;
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        for place in order.into_iter().skip(most) {
            mask[place] = false;
        }
    }
    chosen(estimator, frame, &mask)
}

/// `SelfTrainingClassifier`.
pub fn self_training(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[SELF_TRAINING])?;
    check::features(estimator, frame, None)?;
    let key = if estimator.has("estimator_") {
        "estimator_"
    } else {
        "base_estimator_"
    };
    let answers = ask(context, estimator.need(key)?, frame, depth)?;
    let mut outputs = Vec::new();
    for method in ["predict", "predict_proba", "decision_function"] {
        if answers.has(method) {
            outputs.push(answers.need(method)?.clone());
        }
    }
    Ok(outputs)
}

/// The columns of the mask. Missing values are left to Python: whether they are let through
/// depends on what each release knew of the estimator inside.
fn chosen(estimator: &Estimator, frame: &Frame, mask: &[bool]) -> Result<Frame, Stop> {
    check::features(estimator, frame, Some(mask.len()))?;
    let finite = frame.columns.iter().all(|column| match column {
        Column::Numbers(numbers) => numbers.iter().all(|x| x.is_finite()),
        Column::Objects(_) => false,
    });
    if !finite {
        let reason = "it chooses among columns that hold something else than finite numbers";
        return Err(estimator.refused(reason));
    }
    let places: Vec<usize> = (0..mask.len()).filter(|place| mask[*place]).collect();
    let mut chosen = frame
        .select(&places)
        .ok_or_else(|| estimator.strange("support_"))?;
    // Without `set_output` the result has no names.
    chosen.names = None;
    Ok(chosen)
}

/// One number a column: of several rows of coefficients their norm.
fn norms(estimator: &Estimator, importances: ArrayD<f64>) -> Result<Array1<f64>, Stop> {
    if importances.ndim() == 1 {
        let flat = importances.iter().map(|x| x.abs()).collect();
        return Ok(flat);
    }
    let table = importances
        .into_dimensionality::<Ix2>()
        .map_err(|_| estimator.refused("the importances in it are no matrix"))?;
    let order = match estimator.value("norm_order") {
        Value::Int(order) => order as f64,
        Value::Float(order) => order,
        _ if !estimator.has("norm_order") => 1.0,
        _ => return Err(estimator.strange("norm_order")),
    };
    let columns = table.axis_iter(Axis(1)).map(|column| {
        if order == 1.0 {
            Some(column.iter().map(|x| x.abs()).sum())
        } else if order == 2.0 {
            Some(column.iter().map(|x| x * x).sum::<f64>().sqrt())
        } else if order == f64::INFINITY {
            Some(column.iter().map(|x| x.abs()).fold(0.0, f64::max))
        } else {
            None
        }
    });
    let columns: Option<Vec<f64>> = columns.collect();
    columns
        .map(Array1::from)
        .ok_or_else(|| estimator.strange("norm_order"))
}

fn threshold(estimator: &Estimator, inner: &Estimator, scores: &Array1<f64>) -> Result<f64, Stop> {
    let named = |word: &str| match word.trim() {
        "mean" => Ok(scores.mean().unwrap_or(f64::NAN)),
        "median" => Ok(median(scores)),
        _ => Err(estimator.strange("threshold")),
    };
    match estimator.value("threshold") {
        Value::Float(threshold) => Ok(threshold),
        Value::Int(threshold) => Ok(threshold as f64),
        Value::Text(text) => match text.split_once('*') {
            Some((scale, word)) => {
                let scale: f64 = scale
                    .trim()
                    .parse()
                    .map_err(|_| estimator.strange("threshold"))?;
                Ok(scale * named(word)?)
            }
            None => named(&text),
        },
        Value::None if sparse(estimator, inner)? => Ok(1e-5),
        Value::None => named("mean"),
        _ => Err(estimator.strange("threshold")),
    }
}

/// Whether the estimator inside makes coefficients zero, which changes the default threshold.
fn sparse(estimator: &Estimator, inner: &Estimator) -> Result<bool, Stop> {
    if inner.value("penalty") == Value::Text("l1".into()) || inner.name.contains("Lasso") {
        return Ok(true);
    }
    // What else counts changed with the releases.
    let whole = ["l1_ratio", "l1_ratio_"].iter().any(|key| {
        matches!(inner.value(key), Value::Float(ratio) if (ratio - 1.0).abs() < 1e-5)
            || matches!(inner.value(key), Value::Int(1))
    });
    if whole || inner.name == "LogisticRegressionCV" && inner.get("l1_ratio_").is_some() {
        return Err(estimator.refused("its estimator has an `l1_ratio` of one, and no `threshold`"));
    }
    Ok(false)
}

fn median(scores: &Array1<f64>) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.is_empty() {
        f64::NAN
    } else if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}
