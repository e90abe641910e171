//! Encoders that put several columns in the place of one: digits, ones, contrasts. Fitting wrote down
//! the row of each category's number.

use std::collections::HashMap;

use super::input::{self, Input, Lookup};
use super::{ordinal, pandas};
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

/// `BaseNEncoder`.
pub fn base_n(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    coded(
        context,
        estimator,
        frame,
        &["ordinal_encoder", "base", "_encoded_columns"],
    )
}

/// `BinaryEncoder`: digits of base 2; before 2.3 it held a `BaseNEncoder`.
pub fn binary(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    let Some(node) = estimator.get("base_n_encoder") else {
        return base_n(context, estimator, frame, depth);
    };
    estimator.only(&[&[
        "verbose",
        "base_n_encoder",
        "cols",
        "mapping",
        "drop_invariant",
        "return_df",
        "handle_unknown",
        "handle_missing",
    ]])?;
    let inner = Estimator::read(context, node)
        .filter(|inner| inner.class == "category_encoders.basen.BaseNEncoder")
        .ok_or_else(|| estimator.strange("base_n_encoder"))?;
    base_n(context, &inner, frame, depth)
}

/// `OneHotEncoder`.
pub fn one_hot(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    coded(
        context,
        estimator,
        frame,
        &["ordinal_encoder", "use_cat_names"],
    )
}

/// `HelmertEncoder`, `SumEncoder`, `PolynomialEncoder`, `BackwardDifferenceEncoder`.
pub fn contrasts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    coded(context, estimator, frame, &["ordinal_encoder"])
}

/// The row of `mapping` for each category's number; missing where there is none.
fn coded(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    known: &[&str],
) -> Result<Frame, Stop> {
    Input::read(estimator, frame, known)?;
    let mut made = HashMap::new();
    for (name, place, codes) in ordinal::inner(context, estimator, frame)? {
        let strange = || estimator.strange("mapping");
        let node = ordinal::mapped(estimator, "mapping", &name)?;
        let table = pandas::frame(estimator.graph, node).ok_or_else(strange)?;
        let cost = table.index.len().saturating_add(frame.n_rows);
        let width = table.columns.len().saturating_add(16);
        context.charge(cost.saturating_mul(width), &estimator.class)?;
        let rows = Lookup::of(estimator, &table)?.coded(context, estimator, codes)?;
        let mut columns = Vec::with_capacity(table.columns.len());
        for (title, values) in table.names.iter().zip(&table.columns) {
            let Cell::Text(title) = title else {
                return Err(strange());
            };
            let cells = rows
                .iter()
                .map(|row| row.map_or(f64::NAN, |row| values[row]));
            columns.push((title.clone(), Column::Numbers(cells.collect())));
        }
        made.insert(place, columns);
    }
    // Up to 2.6 a contrast came with a column of ones in front.
    let own = frame.names.iter().flatten().next();
    let ones = input::recorded(estimator)?
        .first()
        .is_some_and(|first| first == "intercept" && own != Some(first));
    let first = ones.then(|| {
        (
            "intercept".to_owned(),
            Column::Numbers(vec![1.0; frame.n_rows]),
        )
    });
    input::output(estimator, frame, made, first)
}
