//! `ColumnTransformer`: each transformer gets its own columns.

use crate::pickle::{Node, Value, view};
use crate::trial::native::check;
use crate::trial::native::choice::{self, Table};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::pipeline::{beside, weighted};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const KNOWN: &[&str] = &[
    "transformers",
    "transformers_",
    "remainder",
    "_remainder",
    "sparse_threshold",
    "sparse_output_",
    "transformer_weights",
    "verbose_feature_names_out",
    "force_int_remainder_cols",
    "output_indices_",
    "_columns",
    "_transformer_to_input_indices",
    "_name_to_fitted_passthrough",
    "_feature_names_in",
    "_n_features",
    "_has_str_cols",
    "_df_columns",
    "_transformers_feature_names_out",
];

/// `ColumnTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let graph = estimator.graph;
    let fitted_names = names(estimator);
    // With names on both sides scikit-learn picks by name and does not mind more columns.
    let by_name = fitted_names.is_some() && frame.names.is_some();
    if !by_name {
        check::features(estimator, frame, None)?;
    }
    let choices = Table {
        names: frame.names.as_deref(),
        width: frame.width(),
    };
    let mut parts = Vec::new();
    for triple in estimator.list("transformers_")? {
        let Some([name, step, columns]) = graph.items(*triple) else {
            return Err(estimator.refused("`transformers_` is not a list of triples"));
        };
        if graph.text(*step) == Some("drop") || matches!(graph.node(*columns), Node::None) {
            continue;
        }
        let places = choice::places(estimator, &choices, fitted_names.as_deref(), *columns)?;
        if places.is_empty() {
            continue;
        }
        context.charge(places.len().saturating_mul(frame.n_rows), &estimator.class)?;
        let mut part = frame
            .select(&places)
            .ok_or_else(|| estimator.refused("it asks for columns that are not there"))?;
        part.flat = choice::is_sequence(graph, *columns);
        let part = if graph.text(*step) == Some("passthrough") {
            part.flat = false;
            part
        } else {
            table::transform(context, *step, &part, depth + 1)?
        };
        parts.push(weighted(estimator, *name, part)?);
    }
    let mut out = beside(context, estimator, parts, frame.n_rows)?;
    let sparse = estimator.flag("sparse_output_", false)?;
    if !sparse && out.csr().is_some() {
        let cells = frame.n_rows.saturating_add(8).saturating_mul(out.width());
        context.charge(cells.saturating_mul(4), &estimator.class)?;
        out = out.in_columns();
    }
    out.sparse = sparse;
    Ok(out)
}

/// The columns it was fitted on. Release 0.23 and 0.24 kept them under another name.
fn names(estimator: &Estimator) -> Option<Vec<String>> {
    estimator.feature_names().or_else(|| {
        let array = view(estimator.graph, estimator.get("_feature_names_in")?)?;
        let values = array.values(estimator.graph).ok()?;
        values
            .into_iter()
            .map(|name| match name {
                Value::Text(name) => Some(name),
                _ => None,
            })
            .collect()
    })
}
