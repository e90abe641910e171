//! `OrdinalEncoder`: the number of each category.

use super::categories::{self, Categories};
use crate::pickle::Value;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "unknown_value",
    "encoded_missing_value",
    "_missing_indices",
    "_categories",
];

/// `OrdinalEncoder`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[categories::KNOWN, KNOWN])?;
    let unknown = match estimator.text("handle_unknown", "error")? {
        "error" => None,
        "use_encoded_value" => Some(code(estimator, "unknown_value")?),
        _ => return Err(estimator.strange("handle_unknown")),
    };
    // Since 1.1; before, a missing category kept its number.
    let missing = if estimator.has("encoded_missing_value") {
        Some(code(estimator, "encoded_missing_value")?)
    } else if estimator.since((1, 0)) {
        Some(f64::NAN)
    } else {
        None
    };
    let categories = Categories::read(estimator)?;
    let codes = categories.codes(context, estimator, frame, unknown.is_none())?;
    let mut columns = Vec::with_capacity(codes.len());
    for (feature, codes) in codes.iter().enumerate() {
        let missing_category = categories.missing(feature);
        let numbers = codes
            .iter()
            .map(|code| match (code, missing) {
                (Some(code), Some(missing)) if Some(*code) == missing_category => missing,
                (Some(code), _) => categories.fold(feature, *code) as f64,
                (None, _) => unknown.unwrap_or(f64::NAN),
            })
            .collect();
        columns.push(Column::Numbers(numbers));
    }
    Ok(Frame::new(columns, frame.n_rows))
}

fn code(estimator: &Estimator, key: &str) -> Result<f64, Stop> {
    match estimator.value(key) {
        Value::Int(number) => Ok(number as f64),
        Value::Float(number) => Ok(number),
        _ => Err(estimator.strange(key)),
    }
}
