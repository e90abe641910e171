//! Rows for a whole artifact: from a booster's own ranges and thresholds, else from the object graph.

use super::bundle::generate_part;
use super::generate::ROWS;
use super::hints;
use crate::artifact::{Artifact, Objects};
use crate::trial::native::bundle::{self, Choice};
use crate::trial::{Cell, Sample, TrialError, native};

/// The widest row that is made.
const MAX_COLUMNS: usize = 50_000;

/// Rows for the model of an artifact that was read with every number.
pub fn generate_for(artifact: &Artifact) -> Result<Sample, TrialError> {
    generate_for_part(artifact, &Choice::default())
}

/// The same for the part of a bundle that was chosen.
pub fn generate_for_part(artifact: &Artifact, choice: &Choice) -> Result<Sample, TrialError> {
    let bundled = |objects: &&Objects| bundle::is_bundle(&objects.graph, objects.root);
    let objects = artifact.facts.as_ref().ok();
    let objects = objects.and_then(|facts| facts.objects.as_ref());
    if let Some(objects) = objects.filter(bundled) {
        return generate_part(objects, choice);
    }
    if let Some(usual) = native::usual(artifact)
        && fits(&usual)
    {
        return Ok(rows(usual));
    }
    let facts = artifact.facts.as_ref();
    let facts = facts.map_err(|why| TrialError::Unusable(why.reason.clone()))?;
    match &facts.objects {
        Some(objects) => super::bundle::generate(objects),
        None => Err(TrialError::Refused {
            class: format!("{:?}", artifact.format).to_lowercase(),
            reason: "models of this format are not evaluated natively yet".into(),
        }),
    }
}

/// Whether rows so wide are made.
pub(super) fn fits(usual: &native::Usual) -> bool {
    (1..=MAX_COLUMNS).contains(&usual.cells.len())
}

/// Three rows of usual values; zero where a model says nothing of a feature.
pub(super) fn rows(usual: native::Usual) -> Sample {
    let known = usual.cells.iter().any(|cells| !cells.is_empty());
    let row = |row: usize| {
        let cell = |cells: &Vec<Cell>| match cells.get(row % cells.len().max(1)) {
            Some(Cell::Float(number)) => Cell::Float(hints::rounded(*number)),
            Some(cell) => cell.clone(),
            None => Cell::Float(0.0),
        };
        usual.cells.iter().map(cell).collect()
    };
    Sample {
        rows: (0..ROWS).map(row).collect(),
        columns: (usual.names.len() == usual.cells.len()).then_some(usual.names),
        source: if known {
            "generated from the booster's ranges, categories and thresholds".into()
        } else {
            "generated: zeros, as the file says nothing about usual values".into()
        },
        texts: false,
    }
}
