//! Gradient boosting: a start value, then the leaves of every stage times the learning rate.

use ndarray::{Array2, Axis};

use super::tree::{self, Tree};
use crate::pickle::Value;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::{sigmoid, softmax, two_sided};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "loss",
    "loss_",
    "_loss",
    "learning_rate",
    "n_estimators",
    "n_estimators_",
    "subsample",
    "init",
    "init_",
    "alpha",
    "validation_fraction",
    "n_iter_no_change",
    "tol",
    "_n_classes",
    "n_trees_per_iteration_",
    "estimators_",
    "train_score_",
    "oob_improvement_",
    "oob_scores_",
    "oob_score_",
    "_rng",
    "presort",
];

/// The largest probability that a start value is made from is one minus this.
const SINGLE_EPSILON: f64 = f32::EPSILON as f64;

/// `GradientBoostingRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    let start = match dummy(context, estimator, "DummyRegressor")? {
        None => 0.0,
        Some(dummy) => {
            let constant = dummy.floats("constant_")?;
            match (constant.len(), constant.first()) {
                (1, Some(constant)) => *constant,
                _ => return Err(dummy.strange("constant_")),
            }
        }
    };
    let raw = raw(context, estimator, frame, &[start])?;
    let cells = raw.iter().map(|y| number_cell(*y)).collect();
    Ok(vec![answer::flat("predict", cells)])
}

/// `GradientBoostingClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    let exponential = match estimator.text("loss", "")? {
        "exponential" => true,
        "deviance" | "log_loss" => false,
        _ => return Err(estimator.strange("loss")),
    };
    let classes = estimator.cells("classes_")?;
    let binary = classes.len() == 2;
    if classes.len() < 2 || exponential && !binary {
        return Err(estimator.strange("classes_"));
    }
    let start = start(context, estimator, classes.len(), exponential)?;
    let raw = raw(context, estimator, frame, &start)?;
    // A raw value of zero counted for the first class until 1.3.
    let at_zero = exponential || estimator.since((1, 4));
    let label = |row: ndarray::ArrayView1<f64>| -> Cell {
        let place = if binary {
            usize::from(row[0] > 0.0 || at_zero && row[0] == 0.0)
        } else {
            argmax(row.iter())
        };
        classes[place].clone()
    };
    let labels = raw.rows().into_iter().map(label).collect();
    let proba = if binary {
        let sharpness = if exponential { 2.0 } else { 1.0 };
        two_sided(&raw.mapv(|x| sigmoid(sharpness * x)), |p| 1.0 - p)
    } else {
        softmax(&raw)
    };
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

/// The start values, from the class shares in training.
fn start(
    context: &Context,
    estimator: &Estimator,
    classes: usize,
    exponential: bool,
) -> Result<Vec<f64>, Stop> {
    let width = if classes == 2 { 1 } else { classes };
    let Some(dummy) = dummy(context, estimator, "DummyClassifier")? else {
        return Ok(vec![0.0; width]);
    };
    let prior = dummy.vector("class_prior_")?;
    if prior.len() != classes || dummy.text("strategy", "")? != "prior" {
        return Err(dummy.strange("class_prior_"));
    }
    let epsilon = if estimator.since((1, 8)) {
        f64::EPSILON
    } else {
        SINGLE_EPSILON
    };
    let prior: Vec<f64> = prior
        .iter()
        .map(|p| p.clamp(epsilon, 1.0 - epsilon))
        .collect();
    if classes == 2 {
        let odds = libm::log(prior[1] / (1.0 - prior[1]));
        return Ok(vec![if exponential { odds / 2.0 } else { odds }]);
    }
    let logs: Vec<f64> = prior.iter().map(|p| libm::log(*p)).collect();
    // Since 1.4 the values of a row are centred.
    let centre = if estimator.since((1, 4)) {
        logs.iter().sum::<f64>() / logs.len() as f64
    } else {
        0.0
    };
    Ok(logs.into_iter().map(|log| log - centre).collect())
}

/// The estimator that makes the start value; `None` for a start at zero.
fn dummy<'g>(
    context: &Context<'g>,
    estimator: &Estimator<'g>,
    class: &str,
) -> Result<Option<Estimator<'g>>, Stop> {
    if let Value::Text(word) = estimator.value("init_") {
        return if word == "zero" {
            Ok(None)
        } else {
            Err(estimator.strange("init_"))
        };
    }
    Estimator::read(context, estimator.need("init_")?)
        .filter(|dummy| dummy.name == class && dummy.class.starts_with("sklearn.dummy."))
        .map(Some)
        .ok_or_else(|| estimator.refused("it starts from an estimator of its own (`init`)"))
}

/// The sums over all stages: row × output, starting from `start`.
fn raw(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    start: &[f64],
) -> Result<Array2<f64>, Stop> {
    let rate = match estimator.value("learning_rate") {
        Value::Float(rate) => rate,
        Value::Int(rate) => rate as f64,
        _ => return Err(estimator.strange("learning_rate")),
    };
    check::features(estimator, frame, None)?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Single)?;
    let stages = estimator.view("estimators_")?;
    let trees = stages
        .nodes()
        .filter(|_| stages.shape.len() == 2 && stages.shape[1] == start.len())
        .ok_or_else(|| estimator.refused("`estimators_` is not a table of trees"))?;
    let mut raw = Array2::zeros((x.nrows(), start.len()));
    for (mut column, start) in raw.axis_iter_mut(Axis(1)).zip(start) {
        column.fill(*start);
    }
    for (place, node) in trees.iter().enumerate() {
        let single = Estimator::read(context, *node)
            .filter(|single| {
                single.name == "DecisionTreeRegressor" && single.class.starts_with("sklearn.tree.")
            })
            .ok_or_else(|| estimator.refused("`estimators_` holds something else than trees"))?;
        single.only(&[tree::KNOWN])?;
        let leaves = Tree::read(context, &single)?.leaves(context, &single, &x)?;
        let mut column = raw.column_mut(place % start.len());
        for (sum, leaf) in column.iter_mut().zip(leaves.outer_iter()) {
            *sum += rate * leaf[[0, 0]];
        }
    }
    Ok(raw)
}
