//! `BaggingClassifier`, `BaggingRegressor` and what imbalanced-learn makes of them: the mean of
//! estimators that know some of the columns each.

use ndarray::Array2;

use crate::pickle::{NodeId, Value, view};
use crate::trial::Output;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::{self, Answers, ask};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;

use super::class_numbers;

const KNOWN: &[&str] = &[
    "base_estimator",
    "base_estimator_",
    "estimator",
    "estimator_",
    "n_estimators",
    "estimator_params",
    "max_samples",
    "max_features",
    "bootstrap",
    "bootstrap_features",
    "oob_score",
    "oob_score_",
    "oob_decision_function_",
    "oob_prediction_",
    "n_features_",
    "_n_samples",
    "_max_samples",
    "_max_features",
    "_sample_weight",
    "_seeds",
    "classes_",
    "n_classes_",
    "estimators_",
    "estimators_features_",
];

/// What imbalanced-learn's estimators keep besides.
const BALANCED: &[&str] = &[
    "sampling_strategy",
    "sampling_strategy_",
    "_sampling_strategy",
    "replacement",
    "sampler",
    "sampler_",
];

/// `BaggingClassifier`, `BalancedBaggingClassifier`, `EasyEnsembleClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let parts = parts(context, estimator, frame, depth)?;
    let classes = estimator.cells("classes_")?;
    let count = parts.len() as f64;
    let rows = frame.n_rows;
    let mut proba: Array2<f64> = Array2::zeros((rows, classes.len()));
    let mut decision: Option<Array2<f64>> = None;
    let decides = parts.iter().all(|(_, part)| part.has("decision_function"));
    for (node, part) in &parts {
        if part.has("predict_proba") {
            let shares = part.matrix("predict_proba")?;
            if shares.ncols() == classes.len() {
                proba += &shares;
            } else {
                let known = ask::classes(context, *node, depth + 1)?;
                let known = class_numbers(estimator, &known, classes.len())?;
                if known.len() != shares.ncols() {
                    return Err(estimator.strange("classes_"));
                }
                for (column, class) in known.into_iter().enumerate() {
                    let mut sum = proba.column_mut(class);
                    sum += &shares.column(column);
                }
            }
        } else {
            let votes = class_numbers(estimator, &part.labels()?, classes.len())?;
            for (row, vote) in votes.into_iter().enumerate() {
                proba[[row, vote]] += 1.0;
            }
        }
        if decides {
            let scores = part.matrix("decision_function")?;
            match &mut decision {
                None => decision = Some(scores),
                Some(sum) if sum.dim() == scores.dim() => *sum += &scores,
                Some(_) => return Err(estimator.refused("its estimators know different classes")),
            }
        }
    }
    proba /= count;
    let labels = proba
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone())
        .collect();
    let mut outputs = vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &proba),
    ];
    if let Some(sum) = decision {
        let mean = sum / count;
        outputs.push(if parts[0].1.is_flat("decision_function")? {
            let cells = mean.iter().map(|x| number_cell(*x)).collect();
            answer::flat("decision_function", cells)
        } else {
            answer::table("decision_function", Vec::new(), &mean)
        });
    }
    Ok(outputs)
}

/// `BaggingRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let parts = parts(context, estimator, frame, depth)?;
    let flat = parts[0].1.is_flat("predict")?;
    let mut sum: Array2<f64> = parts[0].1.matrix("predict")?;
    for (_, part) in &parts[1..] {
        let amounts = part.matrix("predict")?;
        if amounts.dim() != sum.dim() {
            return Err(estimator.refused("its estimators answer in different shapes"));
        }
        sum += &amounts;
    }
    let mean = sum / parts.len() as f64;
    Ok(vec![if flat {
        let cells = mean.iter().map(|y| number_cell(*y)).collect();
        answer::flat("predict", cells)
    } else {
        answer::table("predict", Vec::new(), &mean)
    }])
}

/// What each estimator says about its columns.
fn parts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<(NodeId, Answers)>, Stop> {
    estimator.only(&[KNOWN, BALANCED])?;
    let derived = match estimator.value("n_features_") {
        Value::Int(count) => usize::try_from(count).ok(),
        _ => None,
    };
    check::features(estimator, frame, derived)?;
    let inner = estimator.list("estimators_")?;
    let choices = estimator.list("estimators_features_")?;
    // The sum is divided by how many were asked for.
    if inner.is_empty()
        || inner.len() != choices.len()
        || estimator.count("n_estimators")? != inner.len()
    {
        return Err(estimator.strange("n_estimators"));
    }
    // scikit-learn makes a plain array of a data frame.
    let mut bare = frame.clone();
    bare.names = None;
    let mut parts = Vec::with_capacity(inner.len());
    for (node, choice) in inner.iter().zip(choices) {
        let places = view(estimator.graph, *choice).and_then(|array| array.to_i64().ok());
        let places: Option<Vec<usize>> = places
            .into_iter()
            .flatten()
            .map(|place| usize::try_from(place).ok())
            .collect();
        let unknown = || estimator.strange("estimators_features_");
        let places = places
            .filter(|places| !places.is_empty())
            .ok_or_else(unknown)?;
        let all = places.len() == bare.width()
            && places.iter().enumerate().all(|(at, place)| at == *place);
        let answers = if all {
            ask(context, *node, &bare, depth)?
        } else {
            context.charge(bare.n_rows.saturating_mul(places.len()), &estimator.class)?;
            let part = bare.select(&places).ok_or_else(unknown)?;
            ask(context, *node, &part, depth)?
        };
        parts.push((*node, answers));
    }
    Ok(parts)
}
