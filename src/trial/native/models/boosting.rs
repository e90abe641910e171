//! Gradient boosting: a start value, then the leaves of every stage times the learning rate.

use ndarray::Array2;

use super::tree::{self, Singles, Tree};
use crate::pickle::{Kind, NodeId, Value};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::ask;
use crate::trial::native::check::Allow;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number_cell};
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
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    if !matches!(
        estimator.text("loss", "")?,
        "squared_error" | "ls" | "absolute_error" | "lad" | "huber" | "quantile"
    ) {
        return Err(estimator.strange("loss"));
    }
    let start = Start::read(context, estimator, "DummyRegressor")?;
    let raw = raw(context, estimator, frame, 1, |x| match start {
        Start::Constant(values) => constant(estimator, x.rows, &values, 1),
        Start::Asked(node) => {
            let answers = ask(context, node, &frame_of(x), depth)?;
            Ok(answers.vector("predict")?.insert_axis(ndarray::Axis(1)))
        }
        Start::Prior(_) => Err(estimator.strange("init_")),
    })?;
    let cells = raw.iter().map(|y| number_cell(*y)).collect();
    Ok(vec![answer::flat("predict", cells)])
}

/// `GradientBoostingClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
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
    let width = if binary { 1 } else { classes.len() };
    let start = Start::read(context, estimator, "DummyClassifier")?;
    let raw = raw(context, estimator, frame, width, |x| match start {
        Start::Constant(values) => constant(estimator, x.rows, &values, width),
        Start::Prior(prior) => {
            let prior = constant(estimator, 1, &prior, classes.len())?;
            let values = linked(estimator, &prior, exponential);
            constant(estimator, x.rows, &values.row(0).to_vec(), width)
        }
        Start::Asked(node) => {
            let proba = ask(context, node, &frame_of(x), depth)?.matrix("predict_proba")?;
            if proba.ncols() != classes.len() {
                return Err(estimator.strange("init_"));
            }
            Ok(linked(estimator, &proba, exponential))
        }
    })?;
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

/// Where the sums of each row begin.
enum Start {
    /// At the same values for each row.
    Constant(Vec<f64>),
    /// At what the link makes of the class shares in training.
    Prior(Vec<f64>),
    /// At what this estimator answers.
    Asked(NodeId),
}

impl Start {
    /// Reads `init_`; `dummy` is what stands there when nobody chose.
    fn read(context: &Context, estimator: &Estimator, dummy: &str) -> Result<Start, Stop> {
        if let Value::Text(word) = estimator.value("init_") {
            return if word == "zero" {
                Ok(Start::Constant(Vec::new()))
            } else {
                Err(estimator.strange("init_"))
            };
        }
        let node = estimator.need("init_")?;
        let unknown = || estimator.strange("init_");
        let init = Estimator::read(context, node).ok_or_else(unknown)?;
        let module = init.class.rsplit_once('.').map_or("", |(module, _)| module);
        if module.starts_with("sklearn.dummy") && init.name == dummy {
            if dummy == "DummyClassifier" {
                if init.text("strategy", "")? != "prior" {
                    return Err(init.strange("strategy"));
                }
                return Ok(Start::Prior(init.vector("class_prior_")?.to_vec()));
            }
            let constant = init.floats("constant_")?;
            return Ok(Start::Constant(constant.iter().copied().collect()));
        }
        // Before 0.21 the start values came from classes that have no other use.
        if module == "sklearn.ensemble.gradient_boosting" {
            let key = match init.name {
                "MeanEstimator" => "mean",
                "QuantileEstimator" => "quantile",
                "LogOddsEstimator" | "ScaledLogOddsEstimator" => "prior",
                "PriorProbabilityEstimator" => "priors",
                "ZeroEstimator" => return Ok(Start::Constant(Vec::new())),
                _ => return Err(unknown()),
            };
            return Ok(Start::Constant(init.floats(key)?.iter().copied().collect()));
        }
        if !estimator.since((0, 21)) || !takes_single(module, &init) {
            let reason = format!(
                "it starts from a {} (`init`), which computes in 32 bits",
                init.name
            );
            return Err(estimator.refused(reason));
        }
        Ok(Start::Asked(node))
    }
}

/// Whether rows of 32 bits, which is what it gets, change nothing but the rows themselves: trees
/// compare, linear models calculate with coefficients that are in 64 bits or not.
fn takes_single(module: &str, init: &Estimator) -> bool {
    let trees = module.starts_with("sklearn.tree")
        || module.starts_with("sklearn.ensemble")
            && [
                "RandomForest",
                "ExtraTrees",
                "GradientBoosting",
                "HistGradientBoosting",
            ]
            .iter()
            .any(|name| init.name.starts_with(name));
    let wide = |key: &str| {
        init.view(key)
            .is_ok_and(|array| array.dtype.kind == Kind::Float && array.dtype.itemsize == 8)
    };
    let linear = module.starts_with("sklearn.linear_model") && wide("coef_");
    trees || linear || module.starts_with("sklearn.dummy")
}

/// The same values in each row; none of them means zero.
fn constant(
    estimator: &Estimator,
    rows: usize,
    values: &[f64],
    width: usize,
) -> Result<Array2<f64>, Stop> {
    let mut out = Array2::zeros((rows, width));
    if values.is_empty() {
        return Ok(out);
    }
    if values.len() != width {
        return Err(estimator.strange("init_"));
    }
    for mut row in out.rows_mut() {
        row.iter_mut()
            .zip(values)
            .for_each(|(to, from)| *to = *from);
    }
    Ok(out)
}

/// What the link makes of class shares.
fn linked(estimator: &Estimator, proba: &Array2<f64>, exponential: bool) -> Array2<f64> {
    let epsilon = if estimator.since((1, 8)) {
        f64::EPSILON
    } else {
        SINGLE_EPSILON
    };
    let proba = proba.mapv(|p| p.clamp(epsilon, 1.0 - epsilon));
    if proba.ncols() == 2 {
        let scale = if exponential { 0.5 } else { 1.0 };
        let positive = proba.column(1);
        let odds = positive.mapv(|p| scale * libm::log(p / (1.0 - p)));
        return odds.insert_axis(ndarray::Axis(1));
    }
    let mut logs = proba.mapv(libm::log);
    // Since 1.4 the values of a row are centred.
    if estimator.since((1, 4)) {
        for mut row in logs.rows_mut() {
            let centre = row.sum() / row.len() as f64;
            row.mapv_inplace(|log| log - centre);
        }
    }
    logs
}

/// The rows as the start estimator gets them.
fn frame_of(x: &Singles) -> Frame {
    let column = |place: usize| {
        let numbers = (0..x.rows).map(|row| f64::from(x.data[row * x.width + place]));
        Column::Numbers(numbers.collect())
    };
    Frame::new((0..x.width).map(column).collect(), x.rows)
}

/// The sums over all stages: row × output, starting from `start`.
fn raw(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    outputs: usize,
    start: impl FnOnce(&Singles) -> Result<Array2<f64>, Stop>,
) -> Result<Array2<f64>, Stop> {
    let rate = match estimator.value("learning_rate") {
        Value::Float(rate) => rate,
        Value::Int(rate) => rate as f64,
        _ => return Err(estimator.strange("learning_rate")),
    };
    let x = tree::singles(context, estimator, frame, Allow::Finite)?;
    let stages = estimator.view("estimators_")?;
    let trees = stages
        .nodes()
        .filter(|_| stages.shape.len() == 2 && stages.shape[1] == outputs)
        .ok_or_else(|| estimator.refused("`estimators_` is not a table of trees"))?;
    let mut raw = start(&x)?;
    if raw.dim() != (x.rows, outputs) {
        return Err(estimator.strange("init_"));
    }
    for (place, node) in trees.iter().enumerate() {
        let single = tree::single(context, estimator, *node)?;
        if single.name != "DecisionTreeRegressor" {
            return Err(estimator.refused("`estimators_` holds something else than trees"));
        }
        let tree = Tree::read(context, &single)?;
        let leaves = tree.leaves(context, &single, &x)?;
        let mut column = raw.column_mut(place % outputs);
        for (sum, leaf) in column.iter_mut().zip(leaves) {
            *sum += rate * tree.value(leaf, 0, 0);
        }
    }
    Ok(raw)
}
