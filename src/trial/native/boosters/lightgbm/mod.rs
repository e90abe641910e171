//! `LightGBM`: models as text, the boosters that pickles hold, and the wrappers in scikit-learn's
//! manner. Arithmetic in 64 bits, as the library does it.

mod categories;
mod objective;
mod text;
mod tree;

use ndarray::Array2;

use self::text::{Model, WHAT};
use super::{payload, rows};
use crate::pickle::{Node, NodeId, Value, value};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::two_sided;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

/// Parameters of a wrapper that go to the prediction and change what it answers.
const STEERING: &[&str] = &[
    "pred_early_stop",
    "predict_raw_score",
    "raw_score",
    "is_predict_raw_score",
    "predict_rawscore",
    "predict_leaf_index",
    "predict_contrib",
    "start_iteration_predict",
    "num_iteration_predict",
];

/// What the trees say before the objective converts it.
pub struct Raw {
    /// Row × output: sums over the iterations.
    sums: Array2<f64>,
    /// How many iterations took part.
    iterations: usize,
}

/// A model file of its own.
pub fn file(context: &Context, bytes: &[u8], frame: &Frame) -> Result<Vec<Output>, Stop> {
    let model = text::read(context, bytes)?;
    let raw = model.sums(context, frame, None)?;
    Ok(vec![answers(&model.converted(raw))])
}

/// A pickled `Booster`.
pub fn booster(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let (raw, model) = evaluate(context, estimator, frame)?;
    Ok(vec![answers(&model.converted(raw))])
}

/// `LGBMRegressor`, `LGBMRanker`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let (raw, model) = wrapped(context, estimator, frame)?;
    Ok(vec![answers(&model.converted(raw))])
}

/// `LGBMClassifier`: labels by the largest probability.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let (raw, model) = wrapped(context, estimator, frame)?;
    if model.custom {
        return Err(estimator.refused("its objective is a function of the user's own"));
    }
    // Since 4.7, which began to write this attribute.
    let decides = estimator.has("_fitted_with_feature_names");
    let decision = decides.then(|| raw.sums.clone());
    let scores = model.converted(raw);
    let encoder = estimator.need("_le")?;
    let classes = estimator
        .graph
        .attribute(encoder, "classes_")
        .ok_or_else(|| estimator.refused("its label encoder has no classes"))?;
    let classes = estimator.cells_at(classes, "_le")?;
    let proba = if scores.ncols() == 1 {
        two_sided(&scores, |p| 1.0 - p)
    } else {
        scores
    };
    if proba.ncols() != classes.len() {
        return Err(estimator.refused(format!(
            "the booster has {} outputs for {} classes",
            proba.ncols(),
            classes.len()
        )));
    }
    let labels = proba
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone());
    let mut outputs = vec![
        answer::flat("predict", labels.collect()),
        answer::table("predict_proba", titles(&classes), &proba),
    ];
    outputs.extend(decision.map(|sums| Output {
        method: "decision_function".into(),
        ..answers(&sums)
    }));
    Ok(outputs)
}

/// `predict`: one number a row, or one for each class.
fn answers(scores: &Array2<f64>) -> Output {
    if scores.ncols() == 1 {
        let cells = scores.iter().map(|x| number_cell(*x)).collect();
        answer::flat("predict", cells)
    } else {
        answer::table("predict", Vec::new(), scores)
    }
}

/// The sums of the booster of a wrapper, and the booster.
fn wrapped(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<(Raw, Model), Stop> {
    for key in ["objective", "_objective"] {
        let own = estimator.get(key).is_some_and(|node| {
            !matches!(value(estimator.graph, node), Value::Text(_) | Value::None)
        });
        if own {
            return Err(estimator.refused("its objective is a function of the user's own"));
        }
    }
    let more = estimator
        .get("_other_params")
        .and_then(|node| estimator.graph.pairs(node));
    for (key, _) in more.unwrap_or_default() {
        let key = estimator.graph.text(*key).unwrap_or_default();
        if STEERING.contains(&key) {
            return Err(
                estimator.refused(format!("its parameter `{key}` changes what it predicts"))
            );
        }
    }
    let node = estimator.need("_Booster")?;
    let booster = Estimator::read(context, node)
        .filter(|booster| booster.class == "lightgbm.basic.Booster")
        .ok_or_else(|| estimator.refused("`_Booster` is no booster"))?;
    evaluate(context, &booster, frame)
}

/// The sums of a pickled booster up to its best iteration, and the booster.
fn evaluate(context: &Context, booster: &Estimator, frame: &Frame) -> Result<(Raw, Model), Stop> {
    let graph = booster.graph;
    // Renamed in 4.0.
    let handle = ["_handle", "handle"]
        .iter()
        .find_map(|key| booster.get(key));
    let handle = handle.ok_or_else(|| booster.refused("it holds no model"))?;
    let bytes = payload::bytes(graph, handle)
        .ok_or_else(|| booster.refused("its model is no text that was kept"))?;
    let model = text::read(context, &bytes)?;
    if model.labels.is_empty() && labelled(booster, "pandas_categorical") {
        return Err(booster.refused("its categories stand apart from its model"));
    }
    let best = match booster.value("best_iteration") {
        Value::Int(best) if best > 0 => usize::try_from(best).ok(),
        Value::Int(_) | Value::None => None,
        _ => return Err(booster.strange("best_iteration")),
    };
    let raw = model.sums(context, frame, best)?;
    Ok((raw, model))
}

/// Whether the attribute is a list with something in it.
fn labelled(booster: &Estimator, key: &str) -> bool {
    let node: Option<NodeId> = booster.get(key);
    node.is_some_and(|node| match booster.graph.node(node) {
        Node::List(items) => !items.is_empty(),
        _ => true,
    })
}

impl Model {
    /// Row × output: what the first `best` iterations or all say together.
    pub fn sums(&self, context: &Context, frame: &Frame, best: Option<usize>) -> Result<Raw, Stop> {
        rows::width(frame.width(), self.features)?;
        let x = categories::coded(context, self, frame)?;
        let iterations = self.iterations(best);
        context.charge(x.nrows().saturating_mul(self.groups), WHAT)?;
        let mut out = Array2::zeros((x.nrows(), self.groups));
        for (row, mut sums) in x.rows().into_iter().zip(out.rows_mut()) {
            let row = row.as_slice().unwrap_or_default();
            let sums = sums.as_slice_mut().unwrap_or_default();
            for (place, tree) in self.trees[..iterations * self.groups].iter().enumerate() {
                sums[place % self.groups] += tree.predict(context, row)?;
            }
        }
        Ok(Raw {
            sums: out,
            iterations,
        })
    }

    /// How many iterations a prediction uses.
    fn iterations(&self, best: Option<usize>) -> usize {
        let all = self.trees.len() / self.groups;
        best.map_or(all, |best| best.min(all))
    }

    /// Sums as what `predict` answers. Raw scores of random forests are sums too.
    pub fn converted(&self, raw: Raw) -> Array2<f64> {
        let mut sums = raw.sums;
        if self.average && raw.iterations > 0 {
            sums.mapv_inplace(|sum| sum / raw.iterations as f64);
        }
        for mut row in sums.rows_mut() {
            if let Some(row) = row.as_slice_mut() {
                self.objective.convert(row);
            }
        }
        sums
    }
}

/// Shares of the range seen in training that made-up rows use.
const SHARES: [f64; 3] = [0.5, 0.25, 0.75];

/// Usual values of each feature: from its range in training, or of its categories.
pub fn usual(context: &Context, bytes: &[u8]) -> Option<(Vec<String>, Vec<Vec<Cell>>)> {
    let model = text::read(context, bytes).ok()?;
    if model.features > rows::WIDEST {
        return None;
    }
    let labels = categories::columns(&model).unwrap_or_default();
    let mut cells: Vec<Vec<Cell>> = Vec::new();
    for place in 0..model.features {
        let range = model.ranges.get(place).copied().flatten();
        let known = labels.iter().find(|(at, _)| *at == place);
        cells.push(match (range, known) {
            (_, Some((_, labels))) => labels.iter().take(3).cloned().collect(),
            (Some((low, high)), None) => SHARES
                .iter()
                .map(|share| Cell::Float(low + (high - low) * share))
                .collect(),
            (None, None) => Vec::new(),
        });
    }
    Some((model.names, cells))
}
