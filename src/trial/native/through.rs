//! Rows through a transformer of another file, as a model's input: a scaler, an encoder, a vectorizer
//! that was saved beside the model.

use std::sync::atomic::AtomicBool;

use super::bundle::{self, Choice};
use super::estimator::Context;
use super::frame::Frame;
use super::{fitted, table};
use crate::artifact::{Inputs, Objects, inputs};
use crate::pickle::{Graph, NodeId};
use crate::text;
use crate::trial::{Cell, Sample, TrialError};

/// Cells of prepared rows: a model gets them as plain cells.
const CELLS: usize = 20_000_000;
/// Names of columns that are looked up in a sample.
const NAMES: usize = 16_384;
/// Names that a message spells out.
const SHOWN: usize = 8;

/// The rows that come out of the transformer of `objects`, for `next`, what takes them.
///
/// A transformer that knows some of the sample's columns by name, and gives as many, changes these
/// and leaves the others as they are. One that gives another number of them is refused, unless
/// `next` takes just what it gives: where new columns stand among the others is recorded nowhere.
pub fn through(
    objects: &Objects,
    sample: &Sample,
    next: &Inputs,
    cancel: &AtomicBool,
) -> Result<Sample, TrialError> {
    let graph = &objects.graph;
    let node = transformer(objects)?;
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
                name(graph, node)
            )),
        })?;
    if made.n_rows.saturating_mul(made.width()) > CELLS {
        return Err(TrialError::Sample(format!(
            "{} rows of {} columns are more than a trial prepares; give fewer rows",
            made.n_rows,
            made.width()
        )));
    }
    let mut source = sample.source.clone();
    if let Some(places) = part {
        let others = others(sample, &names);
        // A model without names takes just what it was fitted on.
        let wanted = others.iter().any(|other| next.names.contains(other));
        let alone = next.count == Some(made.width()) && !wanted;
        if made.width() == places.len() && !(alone && next.names.is_empty()) {
            return Ok(replaced(sample, &places, &made));
        }
        if !alone {
            return Err(TrialError::Sample(unplaced(
                &name(graph, node),
                &names,
                made.width(),
                &others,
                next,
            )));
        }
        source = format!("{source} without {}", listed(&others));
    }
    Ok(Sample {
        columns: made.names.clone(),
        rows: made.rows(),
        source,
        texts: false,
    })
}

/// The one estimator of the file.
fn transformer(objects: &Objects) -> Result<NodeId, TrialError> {
    if !bundle::is_bundle(&objects.graph, objects.root) {
        return Ok(objects.root);
    }
    let plan = bundle::plan(&objects.graph, objects.root, &Choice::default())?;
    if plan.steps.is_empty() {
        return Ok(plan.end.node);
    }
    Err(TrialError::Unusable(
        "the file holds a model with what prepares its rows, and no transformer".into(),
    ))
}

/// Why the columns that came out have no place.
fn unplaced(
    name: &str,
    names: &[String],
    given: usize,
    others: &[String],
    next: &Inputs,
) -> String {
    let takes = match next.count {
        Some(count) => format!("what comes next takes {count}"),
        None => "what comes next does not say how many it takes".to_owned(),
    };
    format!(
        "{name} knows only {} of the columns and makes {given} of them; {takes}, and where {} \
         {} among those is not recorded: give rows that are prepared already, or only the columns \
         that it knows",
        listed(names),
        listed(others),
        if others.len() == 1 { "stands" } else { "stand" }
    )
}

fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("'{}'", text::short(name, 60)))
        .collect();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

fn name(graph: &Graph, node: NodeId) -> String {
    graph.class(node).map_or_else(
        || "the transformer".to_owned(),
        |class| text::short(&class.name, 60),
    )
}

/// Where the named columns stand in the sample, when they are some of its columns and not all.
fn part(sample: &Sample, names: &[String]) -> Option<Vec<usize>> {
    let columns = sample.columns.as_ref()?;
    if names.is_empty() || names.len() >= columns.len() || names.len() > NAMES {
        return None;
    }
    let place = |name: &String| columns.iter().position(|column| column == name);
    names.iter().map(place).collect()
}

/// The columns of the sample that are not among `names`.
fn others(sample: &Sample, names: &[String]) -> Vec<String> {
    let columns = sample.columns.iter().flatten();
    let other = |column: &&String| !names.contains(column);
    columns.filter(other).cloned().collect()
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

/// The sample with the columns at `places` as they were made.
fn replaced(sample: &Sample, places: &[usize], made: &Frame) -> Sample {
    let mut whole = sample.clone();
    for (row, cells) in whole.rows.iter_mut().zip(made.rows()) {
        for (place, cell) in places.iter().zip(cells) {
            if let Some(slot) = row.get_mut(*place) {
                *slot = cell;
            }
        }
    }
    whole
}
