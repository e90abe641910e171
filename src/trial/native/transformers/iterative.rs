//! `IterativeImputer`: the estimators of all rounds, asked in the order in which they were fitted.

use ndarray::{Array1, Axis};

use super::impute;
use crate::pickle::view;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const KNOWN: &[&str] = &[
    "estimator",
    "_estimator",
    "missing_values",
    "sample_posterior",
    "max_iter",
    "tol",
    "n_nearest_features",
    "initial_strategy",
    "fill_value",
    "imputation_order",
    "skip_complete",
    "min_value",
    "max_value",
    "_min_value",
    "_max_value",
    "add_indicator",
    "keep_empty_features",
    "initial_imputer_",
    "imputation_sequence_",
    "n_iter_",
    "n_features_with_missing_",
    "random_state_",
    "indicator_",
    "_is_empty_feature",
];

/// `IterativeImputer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    // Imported with other bounds and another way of filling.
    if !estimator.since((0, 22)) {
        return Err(estimator.refused("before release 0.22 it is not evaluated"));
    }
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let missing = number(&impute::missing_marker(estimator)?)
        .ok_or_else(|| estimator.strange("missing_values"))?;
    let gone = |x: f64| x == missing || missing.is_nan() && x.is_nan();
    let allow = if missing.is_nan() {
        Allow::Nan
    } else {
        Allow::Finite
    };
    check::features(estimator, frame, None)?;
    let given = check::matrix(context, estimator, frame, allow, Width::Double)?;
    let all_masks: Vec<Vec<bool>> = given
        .columns()
        .into_iter()
        .map(|column| column.iter().map(|x| gone(*x)).collect())
        .collect();
    let initial = Estimator::read(context, estimator.need("initial_imputer_")?)
        .filter(|initial| initial.name == "SimpleImputer")
        .ok_or_else(|| estimator.strange("initial_imputer_"))?;
    let plain = Frame::from_matrix(&given);
    let filled = impute::simple(context, &initial, &plain, depth + 1)?;
    let mut x = check::matrix(context, estimator, &filled, Allow::Nan, Width::Double)?;
    // Columns that were empty in training are gone now.
    let statistics = initial.cells("statistics_")?;
    let empty = |place: &usize| statistics[*place] == crate::trial::Cell::Missing;
    let masks: Vec<&Vec<bool>> = if x.ncols() == all_masks.len() {
        // Kept with a constant: how they are masked then changed over the releases.
        if (0..statistics.len()).any(|place| empty(&place))
            || estimator.flag("keep_empty_features", false)?
            || initial.text("strategy", "mean")? == "constant"
        {
            no_empty(estimator)?;
        }
        all_masks.iter().collect()
    } else {
        let kept = (0..all_masks.len()).filter(|place| !empty(place));
        kept.map(|place| &all_masks[place]).collect()
    };
    if masks.len() != x.ncols() {
        return Err(estimator.strange("initial_imputer_"));
    }
    let rounds = estimator.count("n_iter_")?;
    let holes = masks.iter().any(|mask| mask.contains(&true));
    let nothing_known = masks.iter().all(|mask| mask.iter().all(|m| *m));
    if rounds > 0 && holes {
        if nothing_known {
            return Err(estimator.refused("no cell of the sample is known"));
        }
        if estimator.flag("sample_posterior", false)? {
            return Err(estimator.refused("it draws random numbers"));
        }
        rounds_of(context, estimator, &masks, &mut x, depth)?;
    }
    let columns = x.columns().into_iter().map(|c| Column::Numbers(c.to_vec()));
    let mut columns: Vec<Column> = columns.collect();
    columns.extend(impute::indicator(context, estimator, &all_masks)?);
    Ok(Frame::new(columns, x.nrows()))
}

/// Refuses when a feature was empty in training.
fn no_empty(estimator: &Estimator) -> Result<(), Stop> {
    let unsure = || estimator.refused("whether a feature was empty in training is not recorded");
    let mask = estimator.get("_is_empty_feature").ok_or_else(unsure)?;
    let mask = view(estimator.graph, mask).ok_or_else(unsure)?;
    let flags = mask.to_i64().map_err(|_| unsure())?;
    if flags.iter().any(|flag| *flag != 0) {
        return Err(estimator.refused("a feature was empty in training, and is kept"));
    }
    Ok(())
}

fn rounds_of(
    context: &Context,
    estimator: &Estimator,
    masks: &[&Vec<bool>],
    x: &mut ndarray::Array2<f64>,
    depth: usize,
) -> Result<(), Stop> {
    let graph = estimator.graph;
    let bounds = |key: &str| match estimator.vector(key) {
        Ok(bounds) if bounds.len() == x.ncols() => Ok(bounds),
        // One for all columns, in the first releases.
        Err(_) => Ok(Array1::from_elem(x.ncols(), estimator.number(key)?)),
        _ => Err(estimator.strange(key)),
    };
    let (low, high) = (bounds("_min_value")?, bounds("_max_value")?);
    let strange = || estimator.strange("imputation_sequence_");
    for step in estimator.list("imputation_sequence_")? {
        // A named tuple: feature, its neighbours, the estimator.
        let fields = graph.items(*step).or_else(|| {
            let object = graph.object(*step)?;
            graph.items(object.args)
        });
        let Some([feature, others, inner]) = fields else {
            return Err(strange());
        };
        let place = |n: i64| usize::try_from(n).ok().filter(|n| *n < masks.len());
        let feature = match crate::pickle::value(graph, *feature) {
            crate::pickle::Value::Int(n) => place(n).ok_or_else(strange)?,
            _ => return Err(strange()),
        };
        let others = view(graph, *others).ok_or_else(strange)?;
        let others = others.to_i64().map_err(|_| strange())?;
        let others: Option<Vec<usize>> = others.iter().map(|n| place(*n)).collect();
        let others = others.ok_or_else(strange)?;
        let rows: Vec<usize> = (0..x.nrows()).filter(|row| masks[feature][*row]).collect();
        if rows.is_empty() {
            continue;
        }
        let cells = rows.len().saturating_mul(others.len().saturating_add(4));
        context.charge(cells.saturating_mul(4), &estimator.class)?;
        let asked = x.select(Axis(0), &rows).select(Axis(1), &others);
        let outputs = table::predict(context, *inner, &Frame::from_matrix(&asked), depth + 1)?;
        let predicted = outputs
            .iter()
            .find(|output| output.method == "predict")
            .ok_or_else(|| estimator.refused("an estimator inside it predicts nothing"))?;
        for (row, cells) in rows.iter().zip(&predicted.rows) {
            let [cell] = &cells[..] else {
                return Err(strange());
            };
            let value = number(cell).ok_or_else(strange)?;
            // Not `clamp`: it panics on reversed bounds.
            x[[*row, feature]] = value.max(low[feature]).min(high[feature]);
        }
    }
    Ok(())
}
