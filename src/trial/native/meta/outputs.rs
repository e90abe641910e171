//! `MultiOutputClassifier`, `MultiOutputRegressor`, `ClassifierChain`, `RegressorChain`: an estimator for
//! each target.

use std::mem::discriminant;

use ndarray::{Array1, Array2};

use crate::pickle::{NodeId, Value, value, view};
use crate::trial::native::answer;
use crate::trial::native::ask::{Answers, ask};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &["estimator", "estimators_", "classes_"];
const CHAIN: &[&str] = &[
    "base_estimator",
    "estimator",
    "order",
    "order_",
    "cv",
    "chain_method",
    "chain_method_",
    "estimators_",
    "classes_",
];

/// `MultiOutputClassifier`, `MultiOutputRegressor`.
pub fn several(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    let parts: Vec<Answers> = inner(estimator)?
        .iter()
        .map(|node| ask(context, *node, frame, depth))
        .collect::<Result<_, _>>()?;
    let columns: Vec<Vec<Cell>> = parts
        .iter()
        .map(Answers::labels)
        .collect::<Result<_, _>>()?;
    // One array has one type for all its columns.
    let kinds = || columns.iter().flatten().map(discriminant);
    if kinds().any(|kind| Some(kind) != kinds().next()) {
        return Err(estimator.refused("its targets are of different types"));
    }
    let rows = (0..frame.n_rows)
        .map(|row| columns.iter().map(|column| column[row].clone()).collect())
        .collect();
    let mut outputs = vec![answer::output("predict", Vec::new(), rows, false)];
    let classifies = estimator.name == "MultiOutputClassifier";
    if classifies && parts.iter().all(|part| part.has("predict_proba")) {
        for (place, part) in parts.iter().enumerate() {
            let mut proba = part.need("predict_proba")?.clone();
            proba.method = format!("predict_proba[{place}]");
            outputs.push(proba);
        }
    }
    Ok(outputs)
}

/// `ClassifierChain`, `RegressorChain`: each estimator also gets what those before it said.
pub fn chain(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[CHAIN])?;
    check::features(estimator, frame, None)?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let nodes = inner(estimator)?;
    let order = order(estimator, nodes.len())?;
    // Since 1.5 a chain may hand on something else than labels.
    let handed = estimator.text("chain_method_", "predict")?;
    let mut frame = Frame::from_matrix(&x);
    let mut labels = Vec::new();
    let mut others: [(&str, Option<Vec<Array1<f64>>>); 2] = [
        ("predict_proba", Some(Vec::new())),
        ("decision_function", Some(Vec::new())),
    ];
    let classifies = estimator.name == "ClassifierChain";
    for node in nodes {
        context.charge(frame.n_rows.saturating_mul(frame.width()), &estimator.class)?;
        let answers = ask(context, *node, &frame, depth)?;
        labels.push(answers.vector("predict")?);
        for (method, columns) in &mut others {
            let has = classifies && answers.has(method);
            *columns = match columns.take() {
                Some(mut columns) if has => {
                    columns.push(second(&answers, method)?);
                    Some(columns)
                }
                _ => None,
            };
        }
        let next = match handed {
            "predict" => answers.vector("predict")?,
            "predict_proba" | "decision_function" => second(&answers, handed)?,
            _ => return Err(estimator.strange("chain_method_")),
        };
        frame.columns.push(Column::Numbers(next.to_vec()));
    }
    let mut outputs = vec![ordered(
        estimator,
        "predict",
        &labels,
        &order,
        frame.n_rows,
    )?];
    for (method, columns) in &others {
        if let Some(columns) = columns {
            outputs.push(ordered(estimator, method, columns, &order, frame.n_rows)?);
        }
    }
    Ok(outputs)
}

/// A score of one dimension, or the second of two probabilities.
fn second(answers: &Answers, method: &str) -> Result<Array1<f64>, Stop> {
    let scores: Array2<f64> = answers.matrix(method)?;
    let column = match (method, scores.ncols()) {
        ("predict_proba", 2) => 1,
        ("decision_function", 1) => 0,
        _ => return Err(Stop::refused(&answers.class, "it is no binary classifier")),
    };
    Ok(scores.column(column).to_owned())
}

/// The columns in the order of the targets.
fn ordered(
    estimator: &Estimator,
    method: &str,
    columns: &[Array1<f64>],
    order: &[usize],
    rows: usize,
) -> Result<Output, Stop> {
    let places: Option<Vec<usize>> = (0..order.len())
        .map(|target| order.iter().position(|place| *place == target))
        .collect();
    let places = places.ok_or_else(|| estimator.strange("order_"))?;
    let row = |row: usize| -> Vec<Cell> {
        let cells = places.iter().map(|place| columns[*place][row]);
        cells.map(number_cell).collect()
    };
    let table = (0..rows).map(row).collect();
    Ok(answer::output(method, Vec::new(), table, false))
}

fn order(estimator: &Estimator, count: usize) -> Result<Vec<usize>, Stop> {
    let graph = estimator.graph;
    let node = estimator.need("order_")?;
    let numbers: Option<Vec<i64>> = if let Some(items) = graph.items(node) {
        let number = |item: &NodeId| match value(graph, *item) {
            Value::Int(number) => Some(number),
            _ => None,
        };
        items.iter().map(number).collect()
    } else {
        view(graph, node)
            .and_then(|array| array.to_i64().ok())
            .map(|numbers| numbers.into_iter().collect())
    };
    let places: Option<Vec<usize>> = numbers
        .into_iter()
        .flatten()
        .map(|place| usize::try_from(place).ok())
        .collect();
    places
        .filter(|places| places.len() == count)
        .ok_or_else(|| estimator.strange("order_"))
}

fn inner<'g>(estimator: &Estimator<'g>) -> Result<&'g [NodeId], Stop> {
    let nodes = estimator.list("estimators_")?;
    if nodes.is_empty() {
        return Err(estimator.refused("`estimators_` is empty"));
    }
    Ok(nodes)
}
