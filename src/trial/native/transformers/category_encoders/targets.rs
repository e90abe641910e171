//! Encoders that put what fitting knew of the target in the place of a category.

use std::collections::HashMap;

use super::input::{self, Input, Lookup, Unknown, unknown};
use super::{ordinal, pandas};
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

/// `TargetEncoder`.
pub fn target(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    if estimator.get("hierarchy").is_some() {
        return Err(estimator.strange("hierarchy"));
    }
    let known = [
        "ordinal_encoder",
        "min_samples_leaf",
        "smoothing",
        "_mean",
        "hierarchy",
        "hierarchy_depth",
        "cols_hier",
    ];
    valued(context, estimator, frame, &known)
}

/// `JamesSteinEncoder`; it draws at random only while a target is given.
pub fn james_stein(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let known = ["ordinal_encoder", "randomized", "sigma", "model"];
    valued(context, estimator, frame, &known)
}

/// `MEstimateEncoder`.
pub fn m_estimate(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let known = [
        "ordinal_encoder",
        "randomized",
        "sigma",
        "m",
        "_sum",
        "_count",
    ];
    valued(context, estimator, frame, &known)
}

/// `WOEEncoder`: the weight of evidence.
pub fn evidence(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let known = [
        "ordinal_encoder",
        "randomized",
        "sigma",
        "regularization",
        "_sum",
        "_count",
    ];
    valued(context, estimator, frame, &known)
}

/// The number of `mapping` for each category's number; missing where there is none.
fn valued(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    known: &[&str],
) -> Result<Frame, Stop> {
    Input::read(estimator, frame, known)?;
    let mut made = HashMap::new();
    for (name, place, codes) in ordinal::inner(context, estimator, frame)? {
        let table = input::by_column(estimator, "mapping", &name)
            .and_then(|node| pandas::series(estimator.graph, node))
            .ok_or_else(|| estimator.strange("mapping"))?;
        context.charge(table.index.len().saturating_mul(16), &estimator.class)?;
        let rows = Lookup::of(estimator, &table)?.coded(context, estimator, codes)?;
        let values = rows
            .iter()
            .map(|row| row.map_or(f64::NAN, |row| table.columns[0][row]));
        let values = Column::Numbers(values.collect());
        made.insert(place, vec![(name, values)]);
    }
    input::output(estimator, frame, made, None)
}

/// `LeaveOneOutEncoder`: for new rows the mean of the target in the category.
pub fn leave_one_out(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let input = Input::read(estimator, frame, &["_mean", "sigma"])?;
    let mean = estimator.number("_mean")?;
    summed(context, estimator, frame, &input, mean, &|sum, count| {
        sum / count
    })
}

/// `CatBoostEncoder`: the same, drawn towards the mean of all.
pub fn cat_boost(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let input = Input::read(estimator, frame, &["_mean", "sigma", "a"])?;
    let (mean, a) = (estimator.number("_mean")?, estimator.number("a")?);
    // Old releases have it and leave it out for new rows.
    if estimator.has("drop_cols") && a != 1.0 {
        return Err(estimator.strange("a"));
    }
    summed(context, estimator, frame, &input, mean, &|sum, count| {
        (sum + mean * a) / (count + a)
    })
}

/// A number from the sum and the count of the target in each category that was met more than once;
/// the mean of all for others.
fn summed(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    input: &Input,
    mean: f64,
    level: &dyn Fn(f64, f64) -> f64,
) -> Result<Frame, Stop> {
    let unseen = unknown(estimator)?;
    let missing_stays = input::missing_stays(estimator)?;
    let mut made = HashMap::new();
    for (name, place) in input.names.iter().zip(&input.places) {
        let strange = || estimator.strange("mapping");
        let table = input::by_column(estimator, "mapping", name)
            .and_then(|node| pandas::frame(estimator.graph, node))
            .ok_or_else(strange)?;
        context.charge(table.index.len().saturating_mul(16), &estimator.class)?;
        let (sums, counts) = (
            table.column("sum").ok_or_else(strange)?,
            table.column("count").ok_or_else(strange)?,
        );
        let rows = Lookup::of(estimator, &table)?.rows(context, estimator, frame, *place)?;
        let mut values = Vec::with_capacity(rows.len());
        for (at, row) in rows.into_iter().enumerate() {
            let missing = frame.columns[*place].cell(at) == Cell::Missing;
            values.push(match (row, unseen) {
                _ if missing && missing_stays => f64::NAN,
                (Some(row), _) if counts[row] > 1.0 => level(sums[row], counts[row]),
                (Some(_), _) | (None, Unknown::Value) => mean,
                (None, _) if missing => mean,
                (None, Unknown::Missing) => f64::NAN,
                (None, Unknown::Raises | Unknown::Indicator) => {
                    return Err(estimator.refused("it raises for categories that it does not know"));
                }
            });
        }
        made.insert(*place, vec![(name.clone(), Column::Numbers(values))]);
    }
    input::output(estimator, frame, made, None)
}
