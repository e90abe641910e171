//! `HistGradientBoostingClassifier`, `HistGradientBoostingRegressor`: sums of trees that take missing
//! values and categories.

mod nodes;

use ndarray::Array2;

use crate::pickle::{Kind, NodeId, Value, view};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell, repr};
use crate::trial::native::link::{sigmoid, softmax, two_sided};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;
use crate::trial::{Cell, Output};

use nodes::{Rows, Seen, Tree};

const KNOWN: &[&str] = &[
    "loss",
    "loss_",
    "_loss",
    "quantile",
    "learning_rate",
    "max_iter",
    "max_leaf_nodes",
    "max_depth",
    "min_samples_leaf",
    "l2_regularization",
    "max_features",
    "max_bins",
    "monotonic_cst",
    "interaction_cst",
    "categorical_features",
    "early_stopping",
    "scoring",
    "validation_fraction",
    "n_iter_no_change",
    "tol",
    "class_weight",
    "is_categorical_",
    "_preprocessor",
    "_is_categorical_remapped",
    "_label_encoder",
    "classes_",
    "n_features_",
    "_n_features",
    "n_trees_per_iteration_",
    "_random_seed",
    "_feature_subsample_rng",
    "do_early_stopping_",
    "_use_validation_data",
    "_bin_mapper",
    "bin_mapper_",
    "_in_fit",
    "_baseline_prediction",
    "_predictors",
    "_scorer",
    "scorer_",
    "train_score_",
    "validation_score_",
];

/// `HistGradientBoostingRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let exponential = match estimator.text("loss", "")? {
        "poisson" | "gamma" => true,
        "squared_error"
        | "least_squares"
        | "absolute_error"
        | "least_absolute_deviation"
        | "quantile" => false,
        _ => return Err(estimator.strange("loss")),
    };
    let raw = raw(context, estimator, frame, depth, 1)?;
    let cells = raw
        .iter()
        .map(|y| number_cell(if exponential { libm::exp(*y) } else { *y }))
        .collect();
    Ok(vec![answer::flat("predict", cells)])
}

/// `HistGradientBoostingClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let classes = estimator.cells("classes_")?;
    let binary = match estimator.text("loss", "")? {
        "auto" | "log_loss" => classes.len() == 2,
        "binary_crossentropy" => true,
        "categorical_crossentropy" => false,
        _ => return Err(estimator.strange("loss")),
    };
    if classes.len() < 2 || binary && classes.len() != 2 {
        return Err(estimator.strange("classes_"));
    }
    let width = if binary { 1 } else { classes.len() };
    let raw = raw(context, estimator, frame, depth, width)?;
    let proba = if binary {
        two_sided(&raw.mapv(sigmoid), |p| 1.0 - p)
    } else {
        softmax(&raw)
    };
    // Until 1.4 the largest probability decided.
    let labels = (0..raw.nrows()).map(|row| {
        let place = match (estimator.since((1, 5)), binary) {
            (true, true) => usize::from(raw[[row, 0]] > 0.0),
            (true, false) => argmax(raw.row(row).iter()),
            (false, _) => argmax(proba.row(row).iter()),
        };
        classes[place].clone()
    });
    let labels: Vec<Cell> = labels.collect();
    let decision = if binary {
        let cells = raw.iter().map(|x| number_cell(*x)).collect();
        answer::flat("decision_function", cells)
    } else {
        answer::table("decision_function", titles(&classes), &raw)
    };
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &proba),
        decision,
    ])
}

/// The sums over all iterations: row × output.
fn raw(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
    outputs: usize,
) -> Result<Array2<f64>, Stop> {
    let derived = match estimator.value("n_features_") {
        Value::Int(count) => usize::try_from(count).ok(),
        _ => None,
    };
    check::features(estimator, frame, derived)?;
    let (frame, categorical) = prepared(context, estimator, frame, depth)?;
    let rows = Rows {
        data: numbers(context, estimator, &frame)?,
        width: frame.width(),
        seen: seen(context, estimator, &categorical)?,
    };
    let base = doubles(estimator, "_baseline_prediction")?;
    if base.len() != outputs {
        return Err(estimator.strange("_baseline_prediction"));
    }
    context.charge(frame.n_rows.saturating_mul(outputs), &estimator.class)?;
    let mut raw = Array2::zeros((frame.n_rows, outputs));
    for (mut column, base) in raw.columns_mut().into_iter().zip(&base) {
        column.fill(*base);
    }
    for iteration in estimator.list("_predictors")? {
        let trees = estimator
            .graph
            .items(*iteration)
            .filter(|trees| trees.len() == outputs)
            .ok_or_else(|| estimator.strange("_predictors"))?;
        for (place, node) in trees.iter().enumerate() {
            let tree = Tree::read(context, estimator, *node)?;
            tree.add(context, estimator, &rows, raw.column_mut(place))?;
        }
    }
    Ok(raw)
}

/// Since 1.4 categories are numbered first, and their columns moved to the front. Returns which
/// columns hold categories afterwards.
fn prepared(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<(Frame, Vec<usize>), Stop> {
    let mask = match estimator.get("is_categorical_") {
        None => return Ok((frame.clone(), Vec::new())),
        Some(mask) => mask_of(estimator, mask).filter(|mask| mask.len() == frame.width()),
    };
    let mask = mask.ok_or_else(|| estimator.strange("is_categorical_"))?;
    let places = |wanted: bool| -> Vec<usize> {
        let all = mask.iter().enumerate();
        all.filter(|(_, is)| **is == wanted)
            .map(|(place, _)| place)
            .collect()
    };
    let (categories, others) = (places(true), places(false));
    let Some(preprocessor) = estimator.get("_preprocessor") else {
        return Ok((frame.clone(), categories));
    };
    let unknown = || estimator.strange("_preprocessor");
    let graph = estimator.graph;
    let encoder = graph
        .attribute(preprocessor, "transformers_")
        .and_then(|steps| graph.items(steps))
        .into_iter()
        .flatten()
        .find_map(|step| match graph.items(*step) {
            Some([name, encoder, _]) if graph.is_text(*name, "encoder") => Some(*encoder),
            _ => None,
        })
        .ok_or_else(unknown)?;
    let select = |places: &[usize]| frame.select(places).ok_or_else(unknown);
    let mut columns = if categories.is_empty() {
        Vec::new()
    } else {
        table::transform(context, encoder, &select(&categories)?, depth + 1)?.columns
    };
    if columns.len() != categories.len() {
        return Err(unknown());
    }
    columns.extend(select(&others)?.columns);
    let count = categories.len();
    Ok((Frame::new(columns, frame.n_rows), (0..count).collect()))
}

/// The known categories: those that were bins in training.
fn seen(context: &Context, estimator: &Estimator, categorical: &[usize]) -> Result<Seen, Stop> {
    let mut seen = Seen::new();
    if categorical.is_empty() {
        return Ok(seen);
    }
    let unknown = || estimator.strange("_bin_mapper");
    let graph = estimator.graph;
    let mapper = Estimator::read(context, estimator.need("_bin_mapper")?)
        .filter(|mapper| mapper.name == "_BinMapper")
        .ok_or_else(unknown)?;
    let thresholds = mapper.list("bin_thresholds_")?;
    for place in categorical {
        let bins = thresholds.get(*place).and_then(|bins| view(graph, *bins));
        let bins = bins
            .and_then(|bins| bins.to_f64().ok())
            .ok_or_else(unknown)?;
        context.charge(bins.len(), &estimator.class)?;
        let bits = nodes::set(bins.iter().copied()).ok_or_else(unknown)?;
        seen.insert(*place, bits);
    }
    Ok(seen)
}

fn mask_of(estimator: &Estimator, node: NodeId) -> Option<Vec<bool>> {
    let array = view(estimator.graph, node).filter(|array| array.dtype.kind == Kind::Bool)?;
    let flags = array.to_i64().ok()?;
    Some(flags.into_iter().map(|flag| flag != 0).collect())
}

/// Doubles of any shape; a start value in 32 bits would be summed in 32 bits.
fn doubles(estimator: &Estimator, key: &str) -> Result<Vec<f64>, Stop> {
    if let Some(array) = view(estimator.graph, estimator.need(key)?)
        && array.dtype.itemsize != 8
    {
        return Err(estimator.refused(format!("`{key}` is not in double precision")));
    }
    Ok(estimator.floats(key)?.iter().copied().collect())
}

/// Row-major doubles: missing values and infinities are let through.
fn numbers(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Vec<f64>, Stop> {
    let (rows, width) = (frame.n_rows, frame.width());
    context.charge(rows.saturating_mul(width), &estimator.class)?;
    let mut out = vec![0.0; rows.saturating_mul(width)];
    for (place, column) in frame.columns.iter().enumerate() {
        let numbers = column.numbers().map_err(|cell| {
            Stop::value_error(format!(
                "could not convert string to float: {}",
                repr(&cell)
            ))
        })?;
        for (row, number) in numbers.into_iter().enumerate().take(rows) {
            out[row * width + place] = number;
        }
    }
    Ok(out)
}
