//! `KNNImputer`: missing cells become the mean of the nearest rows that have one.

use ndarray::ArrayView1;

use super::impute;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "missing_values",
    "n_neighbors",
    "weights",
    "metric",
    "add_indicator",
    "keep_empty_features",
    "indicator_",
    "_fit_X",
    "_mask_fit_X",
    "_valid_mask",
];

/// `KNNImputer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    if estimator.text("metric", "nan_euclidean")? != "nan_euclidean" {
        return Err(estimator.strange("metric"));
    }
    let by_distance = match estimator.text("weights", "uniform")? {
        "uniform" => false,
        "distance" => true,
        _ => return Err(estimator.strange("weights")),
    };
    let neighbours = estimator.count("n_neighbors")?;
    let missing = number(&impute::missing_marker(estimator)?)
        .ok_or_else(|| estimator.strange("missing_values"))?;
    let gone = |x: f64| x == missing || missing.is_nan() && x.is_nan();
    let mut fitted = estimator.matrix("_fit_X")?;
    let width = fitted.ncols();
    check::features(estimator, frame, Some(width))?;
    let allow = if missing.is_nan() {
        Allow::Nan
    } else {
        Allow::Finite
    };
    let mut x = check::matrix(context, estimator, frame, allow, Width::Double)?;
    // A cell that is missing is NaN from here on, whatever marked it.
    x.mapv_inplace(|x| if gone(x) { f64::NAN } else { x });
    fitted.mapv_inplace(|x| if gone(x) { f64::NAN } else { x });
    let masks: Vec<Vec<bool>> = x
        .columns()
        .into_iter()
        .map(|column| column.iter().map(|x| x.is_nan()).collect())
        .collect();
    let known: Vec<bool> = fitted
        .columns()
        .into_iter()
        .map(|column| column.iter().any(|x| !x.is_nan()))
        .collect();
    let given = x.clone();
    for row in 0..x.nrows() {
        let holes: Vec<usize> = (0..width)
            .filter(|at| masks[*at][row] && known[*at])
            .collect();
        if holes.is_empty() {
            continue;
        }
        context.charge(fitted.len().saturating_mul(4), &estimator.class)?;
        let distances: Vec<f64> = fitted
            .rows()
            .into_iter()
            .map(|other| distance(&given.row(row), &other))
            .collect();
        for hole in holes {
            let mut donors: Vec<(f64, f64)> = distances
                .iter()
                .zip(fitted.column(hole))
                .filter(|(distance, value)| !distance.is_nan() && !value.is_nan())
                .map(|(distance, value)| (*distance, *value))
                .collect();
            context.charge(fitted.nrows().saturating_mul(16), &estimator.class)?;
            if donors.is_empty() {
                // Nobody can be compared: the mean of all.
                let column = fitted.column(hole);
                let values = column.iter().filter(|value| !value.is_nan());
                let count = values.clone().count();
                x[[row, hole]] = values.sum::<f64>() / count as f64;
                continue;
            }
            donors.sort_by(|a, b| a.0.total_cmp(&b.0));
            let count = neighbours.min(donors.len());
            check_ties(estimator, &donors, count)?;
            x[[row, hole]] = mean(&donors[..count], by_distance);
        }
    }
    finished(context, estimator, &x, &masks, &known)
}

/// The imputed columns, without those that were empty in training, and the indicator.
fn finished(
    context: &Context,
    estimator: &Estimator,
    x: &ndarray::Array2<f64>,
    masks: &[Vec<bool>],
    known: &[bool],
) -> Result<Frame, Stop> {
    let keeps = estimator.flag("keep_empty_features", false)?;
    let mut columns = Vec::new();
    for (place, column) in x.columns().into_iter().enumerate() {
        if known[place] {
            columns.push(Column::Numbers(column.to_vec()));
        } else if keeps {
            columns.push(Column::Numbers(vec![0.0; x.nrows()]));
        }
    }
    columns.extend(impute::indicator(context, estimator, masks)?);
    Ok(Frame::new(columns, x.nrows()))
}

/// Euclidean over what both rows have, as if the rest were alike; NaN when they share nothing.
fn distance(a: &ArrayView1<f64>, b: &ArrayView1<f64>) -> f64 {
    let (mut sum, mut shared) = (0.0, 0_usize);
    for (a, b) in a.iter().zip(*b) {
        if !a.is_nan() && !b.is_nan() {
            sum += (a - b) * (a - b);
            shared += 1;
        }
    }
    if shared == 0 {
        return f64::NAN;
    }
    (sum / shared as f64 * a.len() as f64).sqrt()
}

/// Which of several rows at one distance are taken is up to numpy's partition; and nearly one
/// distance, as scikit-learn takes squares apart.
fn check_ties(estimator: &Estimator, donors: &[(f64, f64)], count: usize) -> Result<(), Stop> {
    if count >= donors.len() || count == 0 {
        return Ok(());
    }
    let last = donors[count - 1].0;
    let near = |distance: f64| (distance - last).abs() <= 1e-7 * last.abs().max(1.0);
    let mut tied = donors.iter().filter(|(distance, _)| near(*distance));
    let first = tied.next().map(|(_, value)| *value);
    if near(donors[count].0) && tied.any(|(_, value)| Some(*value) != first) {
        return Err(estimator.refused("several rows are equally near, and numpy chooses"));
    }
    Ok(())
}

fn mean(donors: &[(f64, f64)], by_distance: bool) -> f64 {
    // Rows at no distance count alone.
    let zero = by_distance && donors.iter().any(|(distance, _)| *distance == 0.0);
    let (mut sum, mut total) = (0.0, 0.0);
    for (distance, value) in donors {
        let weight = match (by_distance, zero) {
            (false, _) => 1.0,
            (true, true) => f64::from(u8::from(*distance == 0.0)),
            (true, false) => 1.0 / distance,
        };
        sum += weight * value;
        total += weight;
    }
    sum / total
}
