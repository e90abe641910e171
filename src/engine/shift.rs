//! How far the numbers of a model move when another release reads its state: a comparison says that
//! they do, the evaluators compute both sides. Only where every change that the comparison found is
//! one that they model.

use crate::artifact::Objects;
use crate::compat::{Comparison, Finding, Moved, Shift, Stage, Verdict, change_of, short};
use crate::trial::native::{self, reading};
use crate::trial::{Cell, Outcome, Output, Prediction, Sample};

/// Distances below are rounding.
const NOTHING: f64 = 1e-9;

/// The release that would read the state, when all that is known to change can be computed.
pub(super) fn reader(comparison: &Comparison) -> Option<&str> {
    if comparison.verdict != Verdict::Differs {
        return None;
    }
    let changes = comparison
        .findings
        .iter()
        .filter(|finding| finding.stage == Stage::Values);
    let modelled = |finding: &&Finding| {
        finding.distribution.as_deref() == Some("scikit-learn")
            && change_of(finding).is_some_and(|change| reading::MODELLED.contains(&change))
    };
    let mut reader = None;
    for change in changes {
        reader = Some(modelled(&change).then_some(change.found.as_str())?);
    }
    reader
}

/// Asks a model both ways; `None` where one of them is refused.
pub(super) fn shift(objects: &Objects, reader: &str, sample: &Sample) -> Option<Shift> {
    let saved = native::predict(objects, sample).ok()?;
    let live = reading::predict_as(objects, reader, sample).ok()?;
    let finished = |prediction: &Prediction| prediction.outcome == Outcome::Finished;
    if !finished(&saved) || !finished(&live) || saved.outputs.len() != live.outputs.len() {
        return None;
    }
    let mut shift = Shift {
        input_source: saved.input_source,
        rows: sample.rows.len(),
        moved: Vec::new(),
        unmoved: Vec::new(),
    };
    for (before, after) in saved.outputs.iter().zip(&live.outputs) {
        if before.method != after.method || before.rows.len() != after.rows.len() {
            return None;
        }
        match moved(before, after) {
            Some(moved) => shift.moved.push(moved),
            None => shift.unmoved.push(before.method.clone()),
        }
    }
    Some(shift)
}

fn moved(before: &Output, after: &Output) -> Option<Moved> {
    let mut rows = 0;
    let mut worst: Option<(f64, &Cell, &Cell)> = None;
    for (before, after) in before.rows.iter().zip(&after.rows) {
        let mut any = false;
        for (before, after) in before.iter().zip(after) {
            let distance = distance(before, after);
            any |= distance > NOTHING;
            if distance > worst.map_or(NOTHING, |(distance, ..)| distance) {
                worst = Some((distance, before, after));
            }
        }
        rows += usize::from(any);
    }
    let (largest, before_it, after_it) = worst?;
    Some(Moved {
        method: before.method.clone(),
        rows,
        largest: largest.is_finite().then_some(largest),
        saved: word(before_it),
        live: word(after_it),
    })
}

/// Between two numbers; labels that differ are infinitely far from each other.
fn distance(before: &Cell, after: &Cell) -> f64 {
    match (before, after) {
        (Cell::Float(before), Cell::Float(after)) if before.is_finite() && after.is_finite() => {
            (before - after).abs()
        }
        (Cell::Float(before), Cell::Float(after)) if before.is_nan() && after.is_nan() => 0.0,
        (before, after) if before == after => 0.0,
        _ => f64::INFINITY,
    }
}

fn word(cell: &Cell) -> String {
    match cell {
        Cell::Missing => "nothing".into(),
        Cell::Bool(value) => value.to_string(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => short(*value),
        Cell::Text(value) => crate::text::short(value, 40),
    }
}
