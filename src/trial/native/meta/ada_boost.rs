//! `AdaBoostClassifier`, `AdaBoostRegressor`, `RUSBoostClassifier`: weighted votes and medians.

use ndarray::{Array1, Array2};

use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::{Answers, ask};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell, same};
use crate::trial::native::link::softmax;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "base_estimator",
    "base_estimator_",
    "estimator",
    "estimator_",
    "n_estimators",
    "estimator_params",
    "learning_rate",
    "algorithm",
    "loss",
    "estimators_",
    "estimator_weights_",
    "estimator_errors_",
    "classes_",
    "n_classes_",
    "n_features_",
    // What imbalanced-learn's keeps besides.
    "sampling_strategy",
    "sampling_strategy_",
    "replacement",
    "base_sampler_",
    "samplers_",
    "pipelines_",
];

/// `AdaBoostClassifier`, `RUSBoostClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let parts = parts(context, estimator, frame, depth)?;
    let classes = estimator.cells("classes_")?;
    if classes.len() < 2 {
        return Err(estimator.strange("classes_"));
    }
    let weights = estimator.vector("estimator_weights_")?;
    let real = match estimator.text("algorithm", "SAMME")? {
        "SAMME.R" => true,
        "SAMME" | "deprecated" => false,
        _ => return Err(estimator.strange("algorithm")),
    };
    let mut sum = Array2::zeros((frame.n_rows, classes.len()));
    for (part, weight) in parts.iter().zip(&weights) {
        sum += &if real {
            shares(estimator, part, classes.len())?
        } else {
            votes(estimator, part, &classes, *weight)?
        };
    }
    sum /= weights.sum();
    let binary = classes.len() == 2;
    let scores: Array2<f64> = if binary {
        let one = |row: ndarray::ArrayView1<f64>| -row[0] + row[1];
        let column: Array1<f64> = sum.rows().into_iter().map(one).collect();
        column.insert_axis(ndarray::Axis(1))
    } else {
        sum.clone()
    };
    let labels = scores
        .rows()
        .into_iter()
        .map(|row| {
            let place = if binary {
                usize::from(row[0] > 0.0)
            } else {
                argmax(row.iter())
            };
            classes[place].clone()
        })
        .collect();
    let mut outputs = vec![answer::flat("predict", labels)];
    if parts.iter().all(|part| part.has("predict_proba")) || estimator.since((0, 22)) {
        let proba = if estimator.since((0, 22)) {
            proba(&scores, classes.len())
        } else {
            old_proba(estimator, &parts, &sum, &weights, real)?
        };
        outputs.push(answer::table("predict_proba", titles(&classes), &proba));
    }
    outputs.push(if binary {
        let cells = scores.iter().map(|x| number_cell(*x)).collect();
        answer::flat("decision_function", cells)
    } else {
        answer::table("decision_function", titles(&classes), &scores)
    });
    Ok(outputs)
}

/// `AdaBoostRegressor`: the weighted median.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let parts = parts(context, estimator, frame, depth)?;
    let weights = estimator.vector("estimator_weights_")?;
    if weights.len() < parts.len() {
        return Err(estimator.strange("estimator_weights_"));
    }
    let amounts: Vec<Array1<f64>> = parts
        .iter()
        .map(|part| part.vector("predict"))
        .collect::<Result<_, _>>()?;
    context.charge(
        frame.n_rows.saturating_mul(parts.len()).saturating_mul(8),
        &estimator.class,
    )?;
    let mut cells = Vec::with_capacity(frame.n_rows);
    for row in 0..frame.n_rows {
        let mut order: Vec<usize> = (0..amounts.len()).collect();
        order.sort_by(|a, b| amounts[*a][row].total_cmp(&amounts[*b][row]));
        let mut sum = 0.0;
        let sums: Vec<f64> = order
            .iter()
            .map(|place| {
                sum += weights[*place];
                sum
            })
            .collect();
        let middle = sums
            .iter()
            .position(|so_far| *so_far >= 0.5 * sum)
            .unwrap_or(0);
        cells.push(number_cell(amounts[order[middle]][row]));
    }
    Ok(vec![answer::flat("predict", cells)])
}

fn parts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Answers>, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let inner = estimator.list("estimators_")?;
    if inner.is_empty() {
        return Err(estimator.refused("`estimators_` is empty"));
    }
    let mut bare = frame.clone();
    bare.names = None;
    inner
        .iter()
        .map(|node| ask(context, *node, &bare, depth))
        .collect()
}

/// One estimator's vote. Since 1.3 the other classes lose what the voted one gains.
fn votes(
    estimator: &Estimator,
    part: &Answers,
    classes: &[Cell],
    weight: f64,
) -> Result<Array2<f64>, Stop> {
    let labels = part.labels()?;
    let against = if estimator.since((1, 3)) {
        -1.0 / (classes.len() as f64 - 1.0) * weight
    } else {
        0.0
    };
    Ok(Array2::from_shape_fn(
        (labels.len(), classes.len()),
        |(row, class)| {
            if same(&labels[row], &classes[class]) {
                weight
            } else {
                against
            }
        },
    ))
}

/// One estimator's log-probabilities, centred.
fn shares(estimator: &Estimator, part: &Answers, classes: usize) -> Result<Array2<f64>, Stop> {
    let mut logs = part.matrix("predict_proba")?;
    if logs.ncols() != classes {
        return Err(estimator.refused("its estimators know other classes than it does"));
    }
    logs.mapv_inplace(|p| libm::log(p.max(f64::EPSILON)));
    let count = classes as f64;
    for mut row in logs.rows_mut() {
        let sum: f64 = row.sum();
        row.mapv_inplace(|log| (count - 1.0) * (log - (1.0 / count) * sum));
    }
    Ok(logs)
}

fn proba(scores: &Array2<f64>, classes: usize) -> Array2<f64> {
    if classes == 2 {
        let both = Array2::from_shape_fn((scores.nrows(), 2), |(row, class)| {
            let score = scores[[row, 0]];
            if class == 0 {
                -score / 2.0
            } else {
                score / 2.0
            }
        });
        return softmax(&both);
    }
    softmax(&(scores / (classes as f64 - 1.0)))
}

/// Until 0.21 the probabilities were made of those of the estimators.
fn old_proba(
    estimator: &Estimator,
    parts: &[Answers],
    sum: &Array2<f64>,
    weights: &Array1<f64>,
    real: bool,
) -> Result<Array2<f64>, Stop> {
    let mut shares = Array2::zeros(sum.dim());
    if real {
        shares.assign(sum);
    } else {
        for (part, weight) in parts.iter().zip(weights) {
            let proba = part.matrix("predict_proba")?;
            if proba.dim() != shares.dim() {
                return Err(estimator.refused("its estimators know other classes than it does"));
            }
            shares += &(proba * *weight);
        }
        shares /= weights.sum();
    }
    let scale = 1.0 / (shares.ncols() as f64 - 1.0);
    shares.mapv_inplace(|share: f64| libm::exp(scale * share));
    for mut row in shares.rows_mut() {
        let whole: f64 = row.sum();
        let whole = if whole == 0.0 { 1.0 } else { whole };
        row.mapv_inplace(|share| share / whole);
    }
    Ok(shares)
}
