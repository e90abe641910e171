//! `table-missing`: what a model does with tables where no library for tables is installed.
//!
//! Columns that are chosen by name need a table; an output that is set to be a table needs its library.

use super::rule::{Context, in_file};
use super::state::Walked;
use super::{Finding, Stage};
use crate::pickle::{Graph, Node, NodeId};

/// Libraries whose tables have columns with names.
const TABLES: [&str; 4] = ["pandas", "polars", "pyarrow", "modin"];

pub(super) fn check(context: &Context<'_>, walked: &Walked, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if context.live("scikit-learn").is_none() {
        return;
    }
    let none = TABLES.iter().all(|name| !has(context, name));
    let graph = &objects.graph;
    for (id, node) in graph.iter() {
        if !matches!(node, Node::Object(_)) {
            continue;
        }
        let Some(class) = graph.class(id) else {
            continue;
        };
        if !class.module.starts_with("sklearn.") {
            continue;
        }
        let used = || walked.uses(id, &["transform".to_owned()]) == Some(true);
        let by_name = none && &*class.name == "ColumnTransformer" && chooses_by_name(graph, id);
        let trouble = match output(graph, id) {
            _ if by_name && used() => Some((
                "ValueError",
                if context.live_in("scikit-learn", ">=1.4") == Some(true) {
                    "Specifying the columns using strings is only supported for dataframes.".into()
                } else {
                    "Specifying the columns using strings is only supported for pandas DataFrames"
                        .into()
                },
                "pandas",
                "chooses columns by name",
            )),
            Some(library)
                if context.live_in("scikit-learn", ">=1.2") == Some(true)
                    && !has(context, library)
                    && used() =>
            {
                Some((
                    "ImportError",
                    format!(
                        "Setting output container to '{library}' requires {library} to be installed"
                    ),
                    library,
                    "its output is set to be a table",
                ))
            }
            _ => None,
        };
        if let Some((exception, message, library, evidence)) = trouble {
            findings.push(Finding {
                rule: "table-missing",
                stage: Stage::Predict,
                subject: crate::text::short(&class.to_string(), 120),
                distribution: Some(library.into()),
                wanted: String::new(),
                found: String::new(),
                exception: Some(exception.into()),
                message,
                certain: true,
                evidence: vec![in_file(graph.offset(id), evidence)],
                fix: Some(format!("install {library}")),
            });
            return;
        }
    }
}

fn has(context: &Context<'_>, library: &str) -> bool {
    context.environment.distribution(library).is_some()
}

/// Whether one of the parts of a fitted `ColumnTransformer` gets its columns by name.
fn chooses_by_name(graph: &Graph, id: NodeId) -> bool {
    let parts = graph.attribute(id, "transformers_");
    let parts = parts
        .and_then(|parts| graph.items(parts))
        .unwrap_or_default();
    parts.iter().any(|part| {
        let Some([_, transformer, columns]) = graph.items(*part) else {
            return false;
        };
        let named = match graph.items(*columns) {
            Some(names) => names
                .first()
                .is_some_and(|name| graph.text(*name).is_some()),
            None => graph.text(*columns).is_some(),
        };
        named && graph.text(*transformer) != Some("drop")
    })
}

/// The library that `set_output` names.
fn output(graph: &Graph, id: NodeId) -> Option<&'static str> {
    let config = graph.attribute(id, "_sklearn_output_config")?;
    let named = graph.text(graph.get(config, "transform")?)?;
    TABLES.into_iter().take(2).find(|library| *library == named)
}
