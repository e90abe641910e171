//! `OrdinalEncoder` of `category_encoders`, which most others begin with: the number of each category.

use std::collections::HashMap;

use super::input::{self, Input, Lookup, Unknown, unknown};
use super::pandas;
use crate::pickle::NodeId;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &["mapping_supplied", "index_start"];
/// What an unknown category becomes, and a missing one that fitting did not meet.
const UNSEEN: f64 = -1.0;
const MISSING: f64 = -2.0;

/// `OrdinalEncoder`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let mut made = HashMap::new();
    for (name, place, codes) in codes(context, estimator, frame)? {
        made.insert(place, vec![(name, Column::Numbers(codes))]);
    }
    input::output(estimator, frame, made, None)
}

/// The name, the place and the code of each row of each column that `estimator`, an `OrdinalEncoder`,
/// encodes. NaN where it leaves a cell missing.
pub fn codes(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<(String, usize, Vec<f64>)>, Stop> {
    let input = Input::read(estimator, frame, KNOWN)?;
    let unseen = unknown(estimator)?;
    let missing_stays = input::missing_stays(estimator)?;
    let mut all = Vec::new();
    for (name, place) in input.names.iter().zip(&input.places) {
        let table = pandas::series(estimator.graph, mapped(estimator, "mapping", name)?)
            .ok_or_else(|| estimator.strange("mapping"))?;
        context.charge(table.index.len().saturating_mul(16), &estimator.class)?;
        let lookup = Lookup::of(estimator, &table)?;
        let rows = lookup.rows(context, estimator, frame, *place)?;
        let mut codes = Vec::with_capacity(rows.len());
        for row in rows {
            let code = match (row.map(|row| table.columns[0][row]), unseen) {
                (Some(code), _) => code,
                (None, Unknown::Value) => UNSEEN,
                (None, Unknown::Missing) => f64::NAN,
                (None, Unknown::Raises | Unknown::Indicator) => {
                    return Err(estimator.refused("it raises for categories that it does not know"));
                }
            };
            codes.push(if missing_stays && code == MISSING {
                f64::NAN
            } else {
                code
            });
        }
        all.push((name.clone(), *place, codes));
    }
    Ok(all)
}

/// The `mapping` of the column called `name` in a list of dicts with `col` and `mapping`.
pub fn mapped(estimator: &Estimator, key: &str, name: &str) -> Result<NodeId, Stop> {
    let graph = estimator.graph;
    let wanted = |node: &NodeId| {
        let same = input::is_column(graph, graph.get(*node, "col")?, name);
        same.then(|| graph.get(*node, "mapping"))?
    };
    let mut found = estimator.list(key)?.iter().filter_map(wanted);
    let first = found.next().ok_or_else(|| estimator.strange(key))?;
    match found.next() {
        None => Ok(first),
        Some(_) => Err(estimator.strange(key)),
    }
}

/// The codes that the `OrdinalEncoder` inside `estimator` gives; `-1` is refused where it raises.
pub fn inner(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<(String, usize, Vec<f64>)>, Stop> {
    let node = estimator.need("ordinal_encoder")?;
    let ordinal = Estimator::read(context, node)
        .filter(|inner| inner.class == "category_encoders.ordinal.OrdinalEncoder")
        .ok_or_else(|| estimator.strange("ordinal_encoder"))?;
    let codes = codes(context, &ordinal, frame)?;
    if unknown(estimator)? == Unknown::Raises
        && codes.iter().any(|(.., codes)| codes.contains(&UNSEEN))
    {
        return Err(estimator.refused("it raises for categories that it does not know"));
    }
    // How a release looks up a missing number is not the same everywhere.
    if codes
        .iter()
        .any(|(.., codes)| codes.iter().any(|code| code.is_nan()))
    {
        return Err(estimator.refused("a cell has no number to look its columns up by"));
    }
    Ok(codes)
}
