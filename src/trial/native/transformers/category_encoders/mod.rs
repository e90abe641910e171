//! The encoders of `category_encoders`: categories to numbers, in the columns that were chosen at fit.
//!
//! What fitting left is looked up; nothing is learned anew. The package does not record its release,
//! so an attribute that no measured release (2.2.2 to 2.11.2) leaves is refused, so is a table whose
//! columns are not called as the encoder recorded, and whatever releases that look alike do differently.

mod contrast;
mod counts;
mod input;
mod ordinal;
mod pandas;
mod targets;

use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::table::{Entry, Role, entry};

/// How many columns are looked at for the categories that they have.
const COLUMNS: usize = 1_000;

/// The categories that an encoder knows of each column that it encodes, by the column's name, up to
/// `each` of them; empty for estimators of other packages.
pub fn categories(
    context: &Context,
    estimator: &Estimator,
    each: usize,
) -> Vec<(String, Vec<Cell>)> {
    let graph = estimator.graph;
    if !estimator.class.starts_with("category_encoders.") {
        return Vec::new();
    }
    let mut inner = None;
    for key in ["base_n_encoder", "ordinal_encoder"] {
        let held = inner.as_ref().unwrap_or(estimator).get(key);
        inner = held
            .and_then(|node| Estimator::read(context, node))
            .or(inner);
    }
    let holder = inner.as_ref().unwrap_or(estimator);
    let Some(mapping) = holder.get("mapping") else {
        return Vec::new();
    };
    let entries = graph.items(mapping).unwrap_or_default().iter();
    let pair = |entry| Some((graph.get(entry, "col")?, graph.get(entry, "mapping")?));
    let listed = || entries.filter_map(|entry| pair(*entry)).collect();
    let pairs = graph.pairs(mapping).map_or_else(listed, <[_]>::to_vec);
    let column = |(name, table): (_, _)| {
        let name = graph.text(name)?.to_owned();
        let table = pandas::series(graph, table).or_else(|| pandas::frame(graph, table))?;
        let known = table
            .index
            .into_iter()
            .filter(|cell| *cell != Cell::Missing);
        Some((name, known.take(each).collect()))
    };
    let pairs = pairs.into_iter().take(COLUMNS);
    pairs.filter_map(column).collect()
}

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const ENCODERS: &[Entry] = &[
    entry("OrdinalEncoder", "category_encoders.ordinal", Role::Transformer(ordinal::transform)),
    entry("BinaryEncoder", "category_encoders.binary", Role::Transformer(contrast::binary)),
    entry("BaseNEncoder", "category_encoders.basen", Role::Transformer(contrast::base_n)),
    entry("OneHotEncoder", "category_encoders.one_hot", Role::Transformer(contrast::one_hot)),
    entry("HelmertEncoder", "category_encoders.helmert", Role::Transformer(contrast::contrasts)),
    entry("SumEncoder", "category_encoders.sum_coding", Role::Transformer(contrast::contrasts)),
    entry("PolynomialEncoder", "category_encoders.polynomial", Role::Transformer(contrast::contrasts)),
    entry("BackwardDifferenceEncoder", "category_encoders.backward_difference", Role::Transformer(contrast::contrasts)),
    entry("TargetEncoder", "category_encoders.target_encoder", Role::Transformer(targets::target)),
    entry("JamesSteinEncoder", "category_encoders.james_stein", Role::Transformer(targets::james_stein)),
    entry("MEstimateEncoder", "category_encoders.m_estimate", Role::Transformer(targets::m_estimate)),
    entry("WOEEncoder", "category_encoders.woe", Role::Transformer(targets::evidence)),
    entry("LeaveOneOutEncoder", "category_encoders.leave_one_out", Role::Transformer(targets::leave_one_out)),
    entry("CatBoostEncoder", "category_encoders.cat_boost", Role::Transformer(targets::cat_boost)),
    entry("CountEncoder", "category_encoders.count", Role::Transformer(counts::transform)),
];
