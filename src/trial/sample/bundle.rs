//! Rows for the model in a bundle: made from what the first member knows that they meet, and where
//! that changes some columns only, from what the model knows of the others.

use super::generate::{self, categories_at, generate_at};
use super::whole;
use crate::artifact::Objects;
use crate::pickle::{Graph, NodeId};
use crate::trial::native::bundle::{self, Choice, Plan, Step};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::{Cell, Sample, TrialError, native};

/// Rows for the model of an object graph.
pub fn generate(objects: &Objects) -> Result<Sample, TrialError> {
    generate_part(objects, &Choice::default())
}

/// Rows for the model of an object graph, or for the part of it that was chosen.
pub fn generate_part(objects: &Objects, choice: &Choice) -> Result<Sample, TrialError> {
    let (graph, root) = (&objects.graph, objects.root);
    if !bundle::is_bundle(graph, root) {
        return generate_at(graph, root);
    }
    let plan = bundle::plan(graph, root, choice)?;
    let own = match native::usual_at(graph, plan.end.node) {
        Some(usual) if whole::fits(&usual) => Ok(whole::rows(usual)),
        _ => generate_at(graph, plan.end.node),
    };
    let steps = plan.steps.iter().rev().map(|step| of_step(graph, step));
    let sample = through(own.map(|own| named(own, &plan)), steps)?;
    Ok(named(sample, &plan))
}

/// Rows for the first of some steps, which are given last step first with the rows that each knows:
/// a step of some columns leaves the others as those behind it know them.
pub fn through(
    model: Result<Sample, TrialError>,
    steps: impl Iterator<Item = Result<Sample, TrialError>>,
) -> Result<Sample, TrialError> {
    let mut whole = model;
    for own in steps {
        let own = own?;
        whole = Ok(match whole {
            Ok(rest) if covers(&rest, &own) => overlaid(rest, &own),
            _ => own,
        });
    }
    whole
}

/// Every category that the encoders know of each column that the model takes, with the column's
/// name where it is recorded, up to `each` of them; none for a column that they do not encode.
pub fn categories_of(objects: &Objects, each: usize) -> Vec<(Option<String>, Vec<Cell>)> {
    let (graph, root) = (&objects.graph, objects.root);
    if !bundle::is_bundle(graph, root) {
        return categories_at(graph, root, each);
    }
    let Ok(plan) = bundle::plan(graph, root, &Choice::default()) else {
        return Vec::new();
    };
    match plan.steps.first() {
        Some(step) if step.columns.is_none() => categories_at(graph, step.node, each),
        Some(_) => Vec::new(),
        None => categories_at(graph, plan.end.node, each),
    }
}

fn named(mut sample: Sample, plan: &Plan) -> Sample {
    let width = sample.rows.first().map_or(0, Vec::len);
    if sample.columns.is_none() && !sample.texts && plan.names.len() == width {
        sample.columns = Some(plan.names.clone());
    }
    sample
}

/// What one member knows of usual rows, under the names of the columns that it changes.
fn of_step(graph: &Graph, step: &Step) -> Result<Sample, TrialError> {
    let made = match (&step.columns, labels(graph, step.node)) {
        (Some(_), Some(labels)) => labels,
        _ => generate_at(graph, step.node)?,
    };
    let width = made.rows.first().map_or(0, Vec::len);
    let columns = step.columns.clone().filter(|names| names.len() == width);
    Ok(Sample {
        columns: columns.or(made.columns),
        ..made
    })
}

/// Labels that an encoder knows, one a row.
fn labels(graph: &Graph, node: NodeId) -> Option<Sample> {
    let estimator = Estimator::read(&Context::new(graph, None), node)?;
    if estimator.name != "LabelEncoder" {
        return None;
    }
    let known = estimator.cells("classes_").ok()?;
    let rows: Vec<Vec<Cell>> = known
        .into_iter()
        .take(generate::ROWS)
        .map(|cell| vec![cell])
        .collect();
    (!rows.is_empty()).then(|| Sample {
        columns: None,
        rows,
        source: "generated from encoder categories".into(),
        texts: false,
    })
}

/// Whether `own` has some of the columns of `rest`, by name, and not all.
fn covers(rest: &Sample, own: &Sample) -> bool {
    match (&rest.columns, &own.columns) {
        (Some(all), Some(some)) => {
            some.len() < all.len() && some.iter().all(|name| all.contains(name))
        }
        _ => false,
    }
}

fn overlaid(mut rest: Sample, own: &Sample) -> Sample {
    let places: Vec<Option<usize>> = own
        .columns
        .iter()
        .flatten()
        .map(|name| {
            rest.columns
                .as_ref()?
                .iter()
                .position(|other| other == name)
        })
        .collect();
    for (row, cells) in rest.rows.iter_mut().zip(own.rows.iter().cycle()) {
        for (place, cell) in places.iter().zip(cells) {
            if let Some(slot) = place.and_then(|place| row.get_mut(place)) {
                *slot = cell.clone();
            }
        }
    }
    rest.source.clone_from(&own.source);
    rest
}
