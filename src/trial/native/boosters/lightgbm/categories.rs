//! Columns of pandas categories: labels to the codes that training gave them.
//!
//! The model keeps the labels of each categorical column in column order, not which columns they
//! are; those are the features that it records as categories. Where the two do not match, words are
//! refused. A label that training did not see is a missing value.

use ndarray::Array2;

use super::text::{Model, WHAT};
use crate::trial::Cell;
use crate::trial::native::boosters::rows;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::{Column, Frame, same};
use crate::trial::native::stop::Stop;

/// The frame as numbers, labels as codes.
pub fn coded(context: &Context, model: &Model, frame: &Frame) -> Result<Array2<f64>, Stop> {
    if model.labels.is_empty() {
        let x = rows::numbers(context, WHAT, frame)?;
        return single(x);
    }
    let columns = columns(model).ok_or_else(|| {
        Stop::refused(
            WHAT,
            "it does not say which columns its categories belong to",
        )
    })?;
    let mut frame = frame.clone();
    for (place, labels) in columns {
        context.charge(frame.n_rows.saturating_mul(labels.len().max(1)), WHAT)?;
        let column = &frame.columns[place];
        let code = |row: usize| {
            let cell = column.cell(row);
            let code = labels.iter().position(|label| same(label, &cell));
            code.map_or(f64::NAN, |code| code as f64)
        };
        let codes = (0..frame.n_rows).map(code).collect();
        frame.columns[place] = Column::Numbers(codes);
    }
    rows::numbers(context, WHAT, &frame)
}

/// Each categorical column's place with its labels.
pub fn columns(model: &Model) -> Option<Vec<(usize, Vec<Cell>)>> {
    if model.categorical.len() != model.labels.len() {
        return None;
    }
    let cell = |label: &serde_json::Value| match label {
        serde_json::Value::String(text) => Some(Cell::Text(text.clone())),
        serde_json::Value::Bool(flag) => Some(Cell::Bool(*flag)),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Some(Cell::Int(number)),
            None => number.as_f64().map(Cell::Float),
        },
        _ => None,
    };
    let labels = model
        .labels
        .iter()
        .map(|labels| labels.iter().map(cell).collect());
    let labels: Option<Vec<Vec<Cell>>> = labels.collect();
    Some(model.categorical.iter().copied().zip(labels?).collect())
}

/// The library reads arrays of integers in 32 bits and tables of them in 64: where that makes a
/// difference nobody can tell which is meant.
fn single(x: Array2<f64>) -> Result<Array2<f64>, Stop> {
    let whole = x.iter().all(|x| x.fract() == 0.0);
    if whole && x.iter().any(|x| f64::from(*x as f32) != *x) {
        return Err(Stop::refused(
            WHAT,
            "the sample holds whole numbers that do not fit 32 bits",
        ));
    }
    Ok(x)
}
