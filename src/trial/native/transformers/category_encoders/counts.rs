//! `CountEncoder`: how often each category was met.

use std::collections::HashMap;

use super::input::{self, Input, Lookup};
use super::pandas;
use crate::pickle::{Value, value};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "ordinal_encoder",
    "normalize",
    "_normalize",
    "_min_group_size",
    "_min_group_name",
    "_min_group_categories",
    "_combine_min_nan_groups",
    "_handle_unknown",
    "_handle_missing",
    "_check_set_create_attrs",
];

/// `CountEncoder`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let input = Input::read(estimator, frame, KNOWN)?;
    let groups = estimator.get("_min_group_categories");
    if groups.is_some_and(|node| estimator.graph.pairs(node).is_none_or(|p| !p.is_empty())) {
        return Err(estimator.refused("it puts rare categories together"));
    }
    let old = estimator.has("drop_cols");
    let mut made = HashMap::new();
    for (name, place) in input.names.iter().zip(&input.places) {
        let table = input::by_column(estimator, "mapping", name)
            .and_then(|node| pandas::series(estimator.graph, node))
            .ok_or_else(|| estimator.strange("mapping"))?;
        context.charge(table.index.len().saturating_mul(16), &estimator.class)?;
        let rows = Lookup::of(estimator, &table)?.rows(context, estimator, frame, *place)?;
        let missing_stays = match of_column(estimator, "_handle_missing", name)? {
            Value::Text(word) if word == "return_nan" => true,
            Value::Text(word) if matches!(&*word, "value" | "error") => false,
            _ => return Err(estimator.strange("_handle_missing")),
        };
        let unseen = match of_column(estimator, "_handle_unknown", name)? {
            Value::Int(number) => Some(number as f64),
            // Releases up to 2.4 that look alike put nothing or a zero there.
            Value::Text(word) if word == "value" && old => None,
            Value::Text(word) if word == "value" && !missing_stays => Some(0.0),
            Value::Text(word) if matches!(&*word, "value" | "return_nan") => Some(f64::NAN),
            _ => return Err(estimator.strange("_handle_unknown")),
        };
        let mut counts = Vec::with_capacity(rows.len());
        for row in rows {
            let known = row.map(|row| table.columns[0][row]);
            let count = known.filter(|count| !count.is_nan()).or(unseen);
            counts.push(count.ok_or_else(|| {
                estimator
                    .refused("what it puts for a category that it does not know is not certain")
            })?);
        }
        let counts = Column::Numbers(counts);
        made.insert(*place, vec![(name.clone(), counts)]);
    }
    input::output(estimator, frame, made, None)
}

/// The setting of one column.
fn of_column(estimator: &Estimator, key: &str, name: &str) -> Result<Value, Stop> {
    let node = input::by_column(estimator, key, name).ok_or_else(|| estimator.strange(key))?;
    Ok(value(estimator.graph, node))
}
