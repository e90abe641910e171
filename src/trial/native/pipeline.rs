//! `Pipeline`, `FeatureUnion` and searches: estimators after each other, beside each other, inside
//! each other.

use super::estimator::{Context, Estimator, MAX_DEPTH};
use super::frame::{Column, Frame};
use super::stop::Stop;
use super::table;
use crate::pickle::{Node, NodeId, Value, value};

const PIPELINE: &[&str] = &["steps", "memory", "transform_input"];
const UNION: &[&str] = &[
    "transformer_list",
    "transformer_weights",
    "verbose_feature_names_out",
];
const SEARCH: &[&str] = &[
    "estimator",
    "best_estimator_",
    "best_index_",
    "best_score_",
    "best_params_",
    "param_grid",
    "param_distributions",
    "n_iter",
    "scoring",
    "scorer_",
    "multimetric_",
    "iid",
    "refit",
    "refit_time_",
    "cv",
    "cv_results_",
    "n_splits_",
    "_checked_cv_orig",
    "pre_dispatch",
    "error_score",
    "return_train_score",
    "fit_params",
    // What successive halving keeps.
    "resource",
    "factor",
    "min_resources",
    "max_resources",
    "aggressive_elimination",
    "n_candidates",
    "n_iterations_",
    "n_resources_",
    "n_required_iterations_",
    "n_possible_iterations_",
    "n_remaining_candidates_",
    "n_candidates_",
    "min_resources_",
    "max_resources_",
];
const FUNCTION: &[&str] = &[
    "func",
    "inverse_func",
    "validate",
    "accept_sparse",
    "check_inverse",
    "feature_names_out",
    "kw_args",
    "inv_kw_args",
    "pass_y",
];

/// The steps of a pipeline that do something, in order.
pub fn steps(estimator: &Estimator) -> Result<Vec<NodeId>, Stop> {
    estimator.only(&[PIPELINE])?;
    let mut steps = Vec::new();
    for pair in estimator.list("steps")? {
        let step = estimator
            .graph
            .items(*pair)
            .and_then(|pair| pair.get(1))
            .ok_or_else(|| estimator.refused("`steps` is not a list of names and steps"))?;
        if !skips(estimator, *step) {
            steps.push(*step);
        }
    }
    Ok(steps)
}

/// Whether a step is `None` or `"passthrough"`.
pub fn skips(estimator: &Estimator, step: NodeId) -> bool {
    matches!(estimator.graph.node(step), Node::None)
        || estimator.graph.text(step) == Some("passthrough")
}

/// `Pipeline` used as a transformer: every step transforms.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    let mut frame = frame.clone();
    for step in steps(estimator)? {
        frame = table::transform(context, step, &frame, depth + 1)?;
    }
    Ok(frame)
}

/// `GridSearchCV`, `RandomizedSearchCV`: what the best estimator does.
pub fn best(estimator: &Estimator) -> Result<NodeId, Stop> {
    estimator.only(&[SEARCH])?;
    estimator
        .get("best_estimator_")
        .ok_or_else(|| estimator.refused("it has no `best_estimator_`; was it refitted?"))
}

/// `FrozenEstimator`: what the estimator inside it does.
pub fn frozen(estimator: &Estimator) -> Result<NodeId, Stop> {
    estimator.only(&[&["estimator"]])?;
    estimator.need("estimator")
}

/// `FeatureUnion`: the outputs of all transformers beside each other.
pub fn union(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[UNION])?;
    let mut parts = Vec::new();
    for pair in estimator.list("transformer_list")? {
        let Some([name, step]) = estimator.graph.items(*pair) else {
            return Err(estimator.refused("`transformer_list` is not a list of pairs"));
        };
        if estimator.graph.text(*step) == Some("drop")
            || matches!(estimator.graph.node(*step), Node::None)
        {
            continue;
        }
        context.charge(frame.n_rows.saturating_mul(frame.width()), &estimator.class)?;
        let part = if skips(estimator, *step) {
            frame.clone()
        } else {
            table::transform(context, *step, frame, depth + 1)?
        };
        parts.push(weighted(estimator, *name, part)?);
    }
    Ok(beside(parts, frame.n_rows))
}

/// `FunctionTransformer` without a function: what stands for `passthrough` since 1.2.
pub fn function(
    _context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[FUNCTION])?;
    if let Some(function) = estimator.get("func") {
        let name = match estimator.graph.global(function) {
            Some(global) => format!("it calls `{global}`"),
            None => "it calls a function of its own".to_owned(),
        };
        return Err(estimator.refused(name));
    }
    if estimator.flag("validate", false)? {
        return Err(estimator.strange("validate"));
    }
    Ok(frame.clone())
}

/// `part` times the weight that `transformer_weights` has for `name`.
pub fn weighted(estimator: &Estimator, name: NodeId, mut part: Frame) -> Result<Frame, Stop> {
    let Some(weights) = estimator.get("transformer_weights") else {
        return Ok(part);
    };
    let graph = estimator.graph;
    let weight = match graph.text(name).and_then(|name| graph.get(weights, name)) {
        None => return Ok(part),
        Some(weight) => match value(graph, weight) {
            Value::None => return Ok(part),
            Value::Int(number) => number as f64,
            Value::Float(number) => number,
            _ => return Err(estimator.strange("transformer_weights")),
        },
    };
    for column in &mut part.columns {
        let numbers = column
            .numbers()
            .map_err(|_| estimator.refused("a weight cannot be applied to text"))?;
        *column = Column::Numbers(numbers.into_iter().map(|x| x * weight).collect());
    }
    Ok(part)
}

/// All columns of all parts.
pub fn beside(parts: Vec<Frame>, n_rows: usize) -> Frame {
    let sparse = parts.iter().any(|part| part.sparse);
    let columns = parts.into_iter().flat_map(|part| part.columns).collect();
    let mut frame = Frame::new(columns, n_rows);
    frame.sparse = sparse;
    frame
}

/// Refuses estimators nested deeper than anyone means.
pub fn check_depth(depth: usize, class: &str) -> Result<(), Stop> {
    if depth > MAX_DEPTH {
        return Err(Stop::refused(class, "estimators are nested too deep"));
    }
    Ok(())
}
