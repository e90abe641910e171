//! `OneHotEncoder`: a column for each category.

use super::categories::{self, Categories};
use crate::pickle::{Value, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "sparse",
    "sparse_output",
    "drop",
    "drop_idx_",
    "_drop_idx_after_grouping",
    "_n_features_outs",
    "feature_name_combiner",
    // Release 0.20 to 0.22.
    "_legacy_mode",
    "_categories",
    "n_values",
    "_n_values",
    "_categorical_features",
    "categorical_features",
    "_deprecated_n_values",
];

/// `OneHotEncoder`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[categories::KNOWN, KNOWN])?;
    let (error, unknown_is_rare) = match estimator.text("handle_unknown", "error")? {
        "error" => (true, false),
        "ignore" => (false, false),
        "infrequent_if_exist" | "warn" => (false, true),
        _ => return Err(estimator.strange("handle_unknown")),
    };
    let sparse_key = if estimator.has("sparse_output") {
        "sparse_output"
    } else {
        "sparse"
    };
    let sparse = estimator.flag(sparse_key, true)?;
    let categories = Categories::read(estimator)?;
    let dropped = dropped(estimator, categories.len())?;
    let codes = categories.codes(context, estimator, frame, error)?;

    let mut columns: Vec<Column> = Vec::new();
    for (feature, codes) in codes.iter().enumerate() {
        let width = categories.count_folded(feature);
        context.charge(width.saturating_mul(frame.n_rows.max(1)), &estimator.class)?;
        let drop = dropped[feature];
        if drop.is_some_and(|drop| drop >= width) {
            return Err(estimator.strange("drop_idx_"));
        }
        let first = columns.len();
        let kept = width - usize::from(drop.is_some());
        columns.extend((0..kept).map(|_| Column::Numbers(vec![0.0; frame.n_rows])));
        for (row, code) in codes.iter().enumerate() {
            let code = match code {
                Some(code) => Some(categories.fold(feature, *code)),
                None if unknown_is_rare => categories.rare(feature),
                None => None,
            };
            let Some(code) = code.filter(|code| Some(*code) != drop) else {
                continue;
            };
            let place = code - usize::from(drop.is_some_and(|drop| code > drop));
            if let Some(Column::Numbers(ones)) = columns.get_mut(first + place) {
                ones[row] = 1.0;
            }
        }
    }
    let mut out = Frame::new(columns, frame.n_rows);
    out.sparse = sparse;
    Ok(out)
}

/// For each feature the category that has no column, counted after rare ones were folded.
fn dropped(estimator: &Estimator, features: usize) -> Result<Vec<Option<usize>>, Stop> {
    let drop = match estimator.value("drop") {
        Value::None => return Ok(vec![None; features]),
        Value::Text(word) if matches!(&*word, "first" | "if_binary") => Some(word),
        Value::Text(_) => return Err(estimator.strange("drop")),
        // An explicit list; the indices below say what came of it.
        _ => None,
    };
    let key = if estimator.has("_drop_idx_after_grouping") {
        "_drop_idx_after_grouping"
    } else {
        "drop_idx_"
    };
    let Some(node) = estimator.get(key) else {
        return Err(estimator.refused("`drop` is set, and what was dropped is not recorded"));
    };
    // Releases 0.21 and 0.22 recorded the values, not their places.
    if drop.as_deref() == Some("first") && !estimator.since((0, 23)) {
        return Ok(vec![Some(0); features]);
    }
    let array = view(estimator.graph, node).ok_or_else(|| estimator.strange(key))?;
    let values = array
        .values(estimator.graph)
        .map_err(|_| estimator.strange(key))?;
    if values.len() != features {
        return Err(estimator.strange(key));
    }
    values
        .iter()
        .map(|value| match value {
            Value::None => Ok(None),
            Value::Int(place) => usize::try_from(*place)
                .map(Some)
                .map_err(|_| estimator.strange(key)),
            _ => Err(estimator.strange(key)),
        })
        .collect()
}
