//! `IsolationForest`: how few splits it takes to set a row apart.

use super::tree::{self, Singles, Tree};
use crate::pickle::{Value, view};
use crate::trial::native::answer;
use crate::trial::native::check::Allow;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "base_estimator",
    "base_estimator_",
    "estimator",
    "estimator_",
    "n_estimators",
    "estimator_params",
    "max_samples",
    "max_samples_",
    "bootstrap",
    "bootstrap_features",
    "oob_score",
    "behaviour",
    "contamination",
    "_contamination",
    "_max_samples",
    "_max_features",
    "_n_samples",
    "_sample_weight",
    "_seeds",
    "estimators_",
    "estimators_features_",
    "_average_path_length_per_tree",
    "_decision_path_lengths",
    "offset_",
    "_threshold_",
];

/// Euler's constant with the digits that releases before 0.22 wrote down are the same double.
const EULER: f64 = 0.577_215_664_901_532_9;

/// `predict`, `decision_function`, `score_samples`.
pub fn forest(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    // Missing values are let through since 1.6.
    let allow = if estimator.since((1, 6)) {
        Allow::Nan
    } else {
        Allow::Finite
    };
    let x = tree::singles(context, estimator, frame, allow)?;
    let nodes = estimator.list("estimators_")?;
    let choices = estimator.list("estimators_features_")?;
    if nodes.len() != choices.len() || nodes.is_empty() {
        return Err(estimator.strange("estimators_features_"));
    }
    let mut depths = vec![0.0; x.rows];
    for (node, choice) in nodes.iter().zip(choices) {
        let single = tree::single(context, estimator, *node)?;
        let features = view(estimator.graph, *choice).and_then(|array| array.to_i64().ok());
        let features = features.ok_or_else(|| estimator.strange("estimators_features_"))?;
        let part = select(context, estimator, &x, features.iter().copied())?;
        let tree = Tree::read(context, &single)?;
        let leaves = tree.leaves(context, &single, part.as_ref().unwrap_or(&x))?;
        let counts = tree.column(context, &single, "n_node_samples")?;
        let levels = tree.depths(context, &single)?;
        for (depth, leaf) in depths.iter_mut().zip(leaves) {
            let leaf = leaf as usize;
            // In the order of scikit-learn, whose first node counts as a step that is taken off.
            *depth +=
                f64::from(levels[leaf].saturating_add(1)) + path(estimator, counts[leaf]) - 1.0;
        }
    }
    let samples = match (
        estimator.value("_max_samples"),
        estimator.value("max_samples_"),
    ) {
        (Value::Int(count), _) | (_, Value::Int(count)) => count as f64,
        _ => return Err(estimator.strange("_max_samples")),
    };
    let whole = nodes.len() as f64 * path(estimator, samples);
    let offset = match estimator.value("offset_") {
        Value::Float(offset) => offset,
        Value::Int(offset) => offset as f64,
        _ => return Err(estimator.strange("offset_")),
    };
    let scores: Vec<f64> = depths
        .into_iter()
        .map(|depth| if whole == 0.0 { 1.0 } else { depth / whole })
        .map(|share| -libm::exp2(-share))
        .collect();
    let threshold = threshold(estimator)?;
    let decisions: Vec<f64> = scores.iter().map(|score| apart(*score, offset)).collect();
    let label = |decision: &f64| {
        Cell::Int(if apart(*decision, threshold) < 0.0 {
            -1
        } else {
            1
        })
    };
    let labels = decisions.iter().map(label).collect();
    let decisions = decisions.iter().map(|decision| number_cell(*decision));
    Ok(vec![
        answer::flat("predict", labels),
        answer::flat("decision_function", decisions.collect()),
        answer::flat(
            "score_samples",
            scores.iter().map(|score| number_cell(*score)).collect(),
        ),
    ])
}

/// `a - b`; nothing where they are the same but for rounding. A contamination puts the offset on
/// the score of a row of the training, which is met again in predictions.
fn apart(a: f64, b: f64) -> f64 {
    let apart = a - b;
    if apart.abs() <= 16.0 * f64::EPSILON * b.abs() {
        0.0
    } else {
        apart
    }
}

/// Until 0.21 there was an older meaning of the decision.
fn threshold(estimator: &Estimator) -> Result<f64, Stop> {
    match estimator.text("behaviour", "new")? {
        "old" if !estimator.since((0, 22)) => match estimator.value("_threshold_") {
            Value::Float(threshold) => Ok(threshold),
            _ => Err(estimator.strange("_threshold_")),
        },
        "old" | "new" | "deprecated" => Ok(0.0),
        _ => Err(estimator.strange("behaviour")),
    }
}

/// The mean path length of a search among so many rows.
fn path(estimator: &Estimator, rows: f64) -> f64 {
    let fixed = estimator.since((0, 21));
    if rows <= 1.0 {
        return if fixed { 0.0 } else { 1.0 };
    }
    if rows == 2.0 && fixed {
        return 1.0;
    }
    2.0 * (libm::log(rows - 1.0) + EULER) - 2.0 * (rows - 1.0) / rows
}

/// The columns at `places`; `None` when they are all of them in order.
fn select(
    context: &Context,
    estimator: &Estimator,
    x: &Singles,
    places: impl Iterator<Item = i64>,
) -> Result<Option<Singles>, Stop> {
    let places: Option<Vec<usize>> = places
        .map(|place| usize::try_from(place).ok().filter(|place| *place < x.width))
        .collect();
    let places = places.ok_or_else(|| estimator.strange("estimators_features_"))?;
    if places.len() == x.width && places.iter().enumerate().all(|(at, place)| at == *place) {
        return Ok(None);
    }
    context.charge(x.rows.saturating_mul(places.len()), &estimator.class)?;
    let mut data = Vec::with_capacity(x.rows * places.len());
    for row in x.data.chunks_exact(x.width) {
        data.extend(places.iter().map(|place| row[*place]));
    }
    Ok(Some(Singles {
        data,
        width: places.len(),
        rows: x.rows,
    }))
}
