//! `VotingClassifier`, `VotingRegressor`: the mean of what several estimators say, or their majority.

use ndarray::Array2;

use crate::pickle::{Node, Value, value};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::{Answers, ask};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "estimators",
    "voting",
    "weights",
    "flatten_transform",
    "le_",
    "classes_",
    "estimators_",
    "named_estimators_",
];

/// `VotingClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let answers = answers(context, estimator, frame, depth)?;
    let classes = estimator.cells("classes_")?;
    let weights = weights(estimator, answers.len())?;
    if !is_soft(estimator)? {
        let votes = votes(estimator, &answers, classes.len())?;
        let labels = majority(&votes, weights.as_deref(), classes.len())
            .map(|place| classes[place].clone())
            .collect();
        return Ok(vec![
            answer::flat("predict", labels),
            answer::table("transform", Vec::new(), &votes.mapv(|vote| vote as f64)),
        ]);
    }
    let probas = probas(estimator, &answers, classes.len())?;
    let proba = average(&probas, weights.as_deref());
    let labels = proba
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone())
        .collect();
    let mut outputs = vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &proba),
    ];
    // Without flattening the answer has three dimensions.
    if estimator.flag("flatten_transform", true)? {
        let all = frame_of(&probas, frame.n_rows);
        outputs.push(answer::transformed(&all));
    }
    Ok(outputs)
}

/// `VotingRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let answers = answers(context, estimator, frame, depth)?;
    let weights = weights(estimator, answers.len())?;
    let columns = amounts(&answers)?;
    let mean = average(&columns, weights.as_deref());
    let cells = mean.iter().map(|y| number_cell(*y)).collect();
    Ok(vec![
        answer::flat("predict", cells),
        answer::transformed(&frame_of(&columns, frame.n_rows)),
    ])
}

/// Either of them before another step: what each estimator says, side by side.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    let answers = answers(context, estimator, frame, depth)?;
    if estimator.name == "VotingRegressor" {
        return Ok(frame_of(&amounts(&answers)?, frame.n_rows));
    }
    let classes = estimator.cells("classes_")?.len();
    if !is_soft(estimator)? {
        let votes = votes(estimator, &answers, classes)?;
        return Ok(Frame::from_matrix(&votes.mapv(|vote| vote as f64)));
    }
    if !estimator.flag("flatten_transform", true)? {
        return Err(estimator.strange("flatten_transform"));
    }
    let probas = probas(estimator, &answers, classes)?;
    Ok(frame_of(&probas, frame.n_rows))
}

fn is_soft(estimator: &Estimator) -> Result<bool, Stop> {
    match estimator.text("voting", "hard")? {
        "soft" => Ok(true),
        "hard" => Ok(false),
        _ => Err(estimator.strange("voting")),
    }
}

fn answers(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Answers>, Stop> {
    estimator.only(&[KNOWN])?;
    let inner = estimator.list("estimators_")?;
    if inner.is_empty() {
        return Err(estimator.refused("`estimators_` is empty"));
    }
    inner
        .iter()
        .map(|node| ask(context, *node, frame, depth))
        .collect()
}

/// The weights of those estimators that were not dropped.
fn weights(estimator: &Estimator, count: usize) -> Result<Option<Vec<f64>>, Stop> {
    if estimator.get("weights").is_none() {
        return Ok(None);
    }
    let strange = || estimator.strange("weights");
    let graph = estimator.graph;
    let weights: Vec<f64> = if let Some(items) = graph.items(estimator.need("weights")?) {
        let number = |value: Value| match value {
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        };
        let numbers = items.iter().map(|item| number(value(graph, *item)));
        numbers.collect::<Option<_>>().ok_or_else(strange)?
    } else {
        estimator.vector("weights")?.to_vec()
    };
    let given = estimator.list("estimators")?;
    if given.len() != weights.len() {
        return Err(strange());
    }
    let kept: Vec<f64> = given
        .iter()
        .zip(weights)
        .filter(|(pair, _)| {
            let inner = graph.items(**pair).and_then(|pair| pair.get(1));
            inner.is_some_and(|inner| {
                !matches!(graph.node(*inner), Node::None) && !graph.is_text(*inner, "drop")
            })
        })
        .map(|(_, weight)| weight)
        .collect();
    if kept.len() != count || kept.iter().sum::<f64>() == 0.0 {
        return Err(strange());
    }
    Ok(Some(kept))
}

fn probas(
    estimator: &Estimator,
    answers: &[Answers],
    classes: usize,
) -> Result<Vec<Array2<f64>>, Stop> {
    let matrices: Vec<Array2<f64>> = answers
        .iter()
        .map(|inner| inner.matrix("predict_proba"))
        .collect::<Result<_, _>>()?;
    if matrices.iter().any(|proba| proba.ncols() != classes) {
        return Err(estimator.refused("its estimators know other classes than it does"));
    }
    Ok(matrices)
}

/// Each regressor's answer as a column.
fn amounts(answers: &[Answers]) -> Result<Vec<Array2<f64>>, Stop> {
    answers
        .iter()
        .map(|inner| {
            let column = inner.vector("predict")?;
            Ok(column.insert_axis(ndarray::Axis(1)))
        })
        .collect()
}

/// The mean in the order of the estimators, as `numpy.average` adds up.
fn average(parts: &[Array2<f64>], weights: Option<&[f64]>) -> Array2<f64> {
    let mut sum = Array2::zeros(parts[0].dim());
    for (place, part) in parts.iter().enumerate() {
        match weights {
            Some(weights) => sum += &(part * weights[place]),
            None => sum += part,
        }
    }
    sum / weights.map_or(parts.len() as f64, |weights| weights.iter().sum())
}

/// Row × estimator: which class each one votes for. Inner estimators know the classes by number.
fn votes(
    estimator: &Estimator,
    answers: &[Answers],
    classes: usize,
) -> Result<Array2<usize>, Stop> {
    let rows = answers[0].labels()?.len();
    let mut votes = Array2::zeros((rows, answers.len()));
    for (place, inner) in answers.iter().enumerate() {
        for (row, label) in inner.labels()?.into_iter().enumerate() {
            let vote = match label {
                Cell::Int(vote) => usize::try_from(vote).ok().filter(|vote| *vote < classes),
                _ => None,
            };
            votes[[row, place]] = vote.ok_or_else(|| {
                estimator.refused("its estimators know other classes than it does")
            })?;
        }
    }
    Ok(votes)
}

/// The first class with the most weight behind it.
fn majority<'a>(
    votes: &'a Array2<usize>,
    weights: Option<&'a [f64]>,
    classes: usize,
) -> impl Iterator<Item = usize> + 'a {
    votes.rows().into_iter().map(move |row| {
        let mut counts = vec![0.0; classes];
        for (place, vote) in row.iter().enumerate() {
            counts[*vote] += weights.map_or(1.0, |weights| weights[place]);
        }
        argmax(counts.iter())
    })
}

fn frame_of(parts: &[Array2<f64>], rows: usize) -> Frame {
    let columns = parts
        .iter()
        .flat_map(|part| Frame::from_matrix(part).columns)
        .collect();
    Frame::new(columns, rows)
}
