//! Rows through a transformer of another file, as a model's input: a scaler, an encoder, a vectorizer
//! that was saved beside the model.

use std::sync::atomic::AtomicBool;

use super::estimator::Context;
use super::frame::Frame;
use super::{MEMBERS, fitted, model, table};
use crate::artifact::{Objects, inputs};
use crate::trial::{Cell, Sample, TrialError};

/// Cells of prepared rows: a model gets them as plain cells.
const CELLS: usize = 20_000_000;

/// The rows that come out of the transformer of `objects`. A transformer that knows some of the
/// sample's columns by name, and gives as many, changes these and leaves the others as they are.
pub fn through(
    objects: &Objects,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Sample, TrialError> {
    let graph = &objects.graph;
    let (node, _) = model(graph, objects.root)?;
    let names = inputs::expected(graph, node).names;
    let part = part(sample, &names);
    let given = match &part {
        Some(places) => chosen(sample, &names, places),
        None => fitted(graph, objects.root, sample)?.0,
    };
    let context = Context::new(graph, None)
        .until(cancel)
        .for_rows(given.rows.len());
    let frame = Frame::from_sample(&given);
    let made =
        table::transform(&context, node, &frame, 0).map_err(|stop| match stop.into_error() {
            Ok(error) => error,
            Err((exception, message)) => TrialError::Sample(format!(
                "the rows do not pass through {}: {exception}: {message}",
                crate::text::clean(&sample_name(graph, node))
            )),
        })?;
    let source = sample.source.clone();
    if made.n_rows.saturating_mul(made.width()) > CELLS {
        return Err(TrialError::Sample(format!(
            "{} rows of {} columns are more than a trial prepares; give fewer rows",
            made.n_rows,
            made.width()
        )));
    }
    match part {
        Some(places) if made.width() == places.len() => {
            let mut whole = sample.clone();
            for (row, cells) in whole.rows.iter_mut().zip(made.rows()) {
                for (place, cell) in places.iter().zip(cells) {
                    if let Some(slot) = row.get_mut(*place) {
                        *slot = cell;
                    }
                }
            }
            Ok(whole)
        }
        _ => Ok(Sample {
            columns: made.names.clone(),
            rows: made.rows(),
            source,
            texts: false,
        }),
    }
}

fn sample_name(graph: &crate::pickle::Graph, node: crate::pickle::NodeId) -> String {
    graph.class(node).map_or_else(
        || "the transformer".to_owned(),
        |class| class.name.to_string(),
    )
}

/// Where the named columns stand in the sample, when they are some of its columns and not all.
fn part(sample: &Sample, names: &[String]) -> Option<Vec<usize>> {
    let columns = sample.columns.as_ref()?;
    if names.is_empty() || names.len() >= columns.len() || names.len() > MEMBERS * 64 {
        return None;
    }
    let place = |name: &String| columns.iter().position(|column| column == name);
    names.iter().map(place).collect()
}

fn chosen(sample: &Sample, names: &[String], places: &[usize]) -> Sample {
    let row = |row: &Vec<Cell>| {
        let cell = |place: &usize| row.get(*place).cloned().unwrap_or(Cell::Missing);
        places.iter().map(cell).collect()
    };
    Sample {
        columns: Some(names.to_vec()),
        rows: sample.rows.iter().map(row).collect(),
        source: sample.source.clone(),
        texts: false,
    }
}
