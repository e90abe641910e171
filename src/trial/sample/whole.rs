//! Rows for a whole artifact: from a booster's own ranges and thresholds, else from the object graph.

use super::generate::{self, ROWS};
use crate::artifact::Artifact;
use crate::trial::{Cell, Sample, TrialError, native};

/// The widest row that is made.
const MAX_COLUMNS: usize = 50_000;

/// Rows for the model of an artifact that was read with every number.
pub fn generate_for(artifact: &Artifact) -> Result<Sample, TrialError> {
    if let Some(usual) = native::usual(artifact)
        && (1..=MAX_COLUMNS).contains(&usual.cells.len())
    {
        return Ok(rows(usual));
    }
    let facts = artifact.facts.as_ref();
    let facts = facts.map_err(|why| TrialError::Unusable(why.reason.clone()))?;
    match &facts.objects {
        Some(objects) => generate::generate(objects),
        None => Err(TrialError::Refused {
            class: format!("{:?}", artifact.format).to_lowercase(),
            reason: "models of this format are not evaluated natively yet".into(),
        }),
    }
}

/// Three rows of usual values; zero where a model says nothing of a feature.
fn rows(usual: native::Usual) -> Sample {
    let known = usual.cells.iter().any(|cells| !cells.is_empty());
    let row = |row: usize| {
        let cell = |cells: &Vec<Cell>| match cells.get(row % cells.len().max(1)) {
            Some(Cell::Float(number)) => Cell::Float(generate::rounded(*number)),
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
