//! Models that do not look at their input. Strategies that draw at random are refused.

use ndarray::Array2;

use super::tree::Targets;
use crate::pickle::Node;
use crate::trial::native::answer::{self, argmax};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, same, value_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const REGRESSOR: &[&str] = &[
    "strategy",
    "constant",
    "quantile",
    "constant_",
    "n_outputs_",
    "output_2d_",
];
const CLASSIFIER: &[&str] = &[
    "strategy",
    "_strategy",
    "constant",
    "classes_",
    "n_classes_",
    "class_prior_",
    "n_outputs_",
    "output_2d_",
    "sparse_output_",
];

/// `DummyRegressor`: a constant for each target.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[REGRESSOR])?;
    let constant = estimator.matrix("constant_")?;
    if constant.nrows() != 1 {
        return Err(estimator.strange("constant_"));
    }
    let flat = constant.ncols() == 1 && !estimator.flag("output_2d_", false)?;
    context.charge(
        frame.n_rows.saturating_mul(constant.len()),
        &estimator.class,
    )?;
    let line = constant.row(0);
    let all = line.broadcast((frame.n_rows, line.len()));
    let all = all
        .ok_or_else(|| estimator.strange("constant_"))?
        .to_owned();
    Ok(vec![answer::amounts("predict", &all, flat)])
}

/// `DummyClassifier`: the same class and the same probabilities for every row.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[CLASSIFIER])?;
    if estimator.flag("sparse_output_", false)? {
        return Err(estimator.refused("it answers with a sparse matrix"));
    }
    let targets = Targets::read(estimator)?;
    let node = estimator.need("classes_")?;
    let (classes, priors) = match estimator.graph.node(node) {
        Node::List(nodes) => (nodes.as_slice(), estimator.list("class_prior_")?.to_vec()),
        _ => (&[node][..], vec![estimator.need("class_prior_")?]),
    };
    if classes.len() != priors.len() || classes.len() == 1 && estimator.flag("output_2d_", false)? {
        return Err(estimator.refused("its classes and their shares do not fit together"));
    }
    let key = if estimator.has("_strategy") {
        "_strategy"
    } else {
        "strategy"
    };
    let strategy = estimator.text(key, "")?;
    let mut labels = Vec::new();
    let mut proba = Vec::new();
    for (place, (classes, prior)) in classes.iter().zip(priors).enumerate() {
        let classes = estimator.cells_at(*classes, "classes_")?;
        let prior = estimator.matrix_at(prior, "class_prior_")?;
        if prior.dim() != (1, classes.len()) || classes.is_empty() {
            return Err(estimator.strange("class_prior_"));
        }
        context.charge(frame.n_rows.saturating_mul(classes.len()), &estimator.class)?;
        let likeliest = argmax(prior.iter());
        let (label, shares) = match strategy {
            "prior" => (classes[likeliest].clone(), prior.row(0).to_vec()),
            "most_frequent" => (classes[likeliest].clone(), only(likeliest, classes.len())),
            "constant" => {
                let constant = constant(estimator, place)?;
                let at = classes.iter().position(|class| same(class, &constant));
                let at = at.ok_or_else(|| estimator.strange("constant"))?;
                (classes[at].clone(), only(at, classes.len()))
            }
            "uniform" | "stratified" | "warn" => {
                return Err(estimator.refused("it draws its answers at random"));
            }
            _ => return Err(estimator.strange(key)),
        };
        labels.push(label);
        let line = ndarray::ArrayView1::from(&shares);
        let all = line.broadcast((frame.n_rows, line.len()));
        let all: Array2<f64> = all.ok_or_else(|| estimator.strange("classes_"))?.to_owned();
        proba.push(all);
    }
    Ok(targets.outputs(vec![labels; frame.n_rows], &proba))
}

fn only(place: usize, width: usize) -> Vec<f64> {
    (0..width)
        .map(|other| f64::from(u8::from(other == place)))
        .collect()
}

/// The constant of one target: a plain value, or a member of a list or array.
fn constant(estimator: &Estimator, place: usize) -> Result<Cell, Stop> {
    let node = estimator.need("constant")?;
    if let Some(cell) = value_cell(&estimator.value("constant")) {
        return Ok(cell);
    }
    let cells = match estimator.graph.items(node) {
        Some(items) => items
            .iter()
            .map(|item| value_cell(&crate::pickle::value(estimator.graph, *item)))
            .collect::<Option<Vec<_>>>(),
        None => estimator.cells_at(node, "constant").ok(),
    };
    cells
        .and_then(|cells| cells.get(place).cloned())
        .ok_or_else(|| estimator.strange("constant"))
}
