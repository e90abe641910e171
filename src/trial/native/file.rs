//! The entry for whole artifacts: object graphs to the estimators in them, model files to the
//! evaluator of their format.
//!
//! The readers in `artifact` keep what tells a model; the numbers of a model file are read here, a
//! second time and within a budget.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::bundle::{self, Choice};
use super::estimator::Context;
use super::frame::Frame;
use super::stop::Stop;
use super::{boosters, onnx, prediction};
use crate::artifact::{Artifact, Facts, Format, Objects, inputs};
use crate::pickle::{Graph, NodeId};
use crate::source;
use crate::text;
use crate::trial::{Cell, Output, Prediction, Sample, TrialError, sample};

/// The largest model file that is read for a trial.
const LARGEST: u64 = 512 << 20;

/// What a model file says about usual rows.
pub struct Usual {
    /// Names of the features; empty when it has none.
    pub names: Vec<String>,
    /// A few usual values of each feature; none where nothing is known.
    pub cells: Vec<Vec<Cell>>,
}

/// Predicts with the model of an artifact that was read with every number, until `cancel` becomes
/// true.
pub fn predict_artifact(
    artifact: &Artifact,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    predict_part(artifact, &Choice::default(), sample, cancel)
}

/// The same with the part of a bundle that was chosen.
pub fn predict_part(
    artifact: &Artifact,
    choice: &Choice,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    let facts = facts(artifact)?;
    let (sample, warnings) = aligned(artifact, facts, sample)?;
    let mut prediction = match &facts.objects {
        Some(objects) => super::predict_by(objects, None, choice, &sample, cancel)?,
        None if !choice.is_none() => {
            return Err(TrialError::Unusable(
                "the file holds one model, and no parts to choose from".into(),
            ));
        }
        None => by_format(artifact, facts, &sample, cancel)?,
    };
    prediction.warnings.splice(0..0, warnings);
    Ok(prediction)
}

/// Usual rows of a booster: the artifact itself, or the first that the rows meet in it.
pub fn usual(artifact: &Artifact) -> Option<Usual> {
    let facts = facts(artifact).ok()?;
    if let Some(objects) = &facts.objects {
        let context = Context::new(&objects.graph, None);
        let entrances = inputs::entrances(&objects.graph, objects.root);
        // Behind a wrapper of old releases stands its label encoder.
        let mut found = entrances.iter().rev();
        let mut usual = found.find_map(|node| boosters::usual_at(&context, *node))?;
        let recorded = inputs::expected(&objects.graph, objects.root);
        if recorded.names.len() == usual.cells.len() {
            usual.names = recorded.names;
        }
        return Some(usual);
    }
    let (path, format) = place(artifact, facts);
    let graph = Graph::with_capacity(0);
    let context = Context::new(&graph, None);
    boosters::usual(&context, format, &content(path).ok()?)
}

/// Usual rows of the booster at `node`.
pub fn usual_at(graph: &Graph, node: NodeId) -> Option<Usual> {
    boosters::usual_at(&Context::new(graph, None), node)
}

fn facts(artifact: &Artifact) -> Result<&Facts, TrialError> {
    let facts = artifact.facts.as_ref();
    facts.map_err(|why| TrialError::Unusable(why.reason.clone()))
}

/// The columns in the order that a booster recorded, where the object graph around it records none.
fn aligned(
    artifact: &Artifact,
    facts: &Facts,
    sample: &Sample,
) -> Result<(Sample, Vec<String>), TrialError> {
    // The members of a bundle know their own columns.
    let bundled = |objects: &Objects| bundle::is_bundle(&objects.graph, objects.root);
    if facts.objects.as_ref().is_some_and(bundled) {
        return Ok((sample.clone(), Vec::new()));
    }
    let named = facts.objects.as_ref().is_some_and(|objects| {
        inputs::takes_text(&objects.graph, objects.root)
            || !inputs::expected(&objects.graph, objects.root)
                .names
                .is_empty()
    });
    match &facts.inputs {
        // The inputs of a graph are not its columns; its evaluator knows them.
        _ if artifact.format == Format::Onnx => Ok((sample.clone(), Vec::new())),
        Some(inputs) if !named && !inputs.names.is_empty() => sample::align(sample, inputs, false),
        _ => Ok((sample.clone(), Vec::new())),
    }
}

/// The file that holds the model, and its format.
fn place<'a>(artifact: &'a Artifact, facts: &'a Facts) -> (&'a Path, Format) {
    match &facts.inner {
        None => (&artifact.path, artifact.format),
        Some(inner) => {
            let read = crate::artifact::read(inner, crate::artifact::Keep::Identity);
            (inner, read.format)
        }
    }
}

fn by_format(
    artifact: &Artifact,
    facts: &Facts,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    let start = Instant::now();
    sample.table()?;
    let (path, format) = place(artifact, facts);
    let graph = Graph::with_capacity(0);
    let context = Context::new(&graph, None)
        .until(cancel)
        .for_rows(sample.rows.len());
    let known = matches!(format, Format::Lightgbm | Format::Xgboost | Format::Onnx);
    if !known {
        return Err(TrialError::Refused {
            class: format!("{format:?}").to_lowercase(),
            reason: "models of this format are not evaluated natively yet".into(),
        });
    }
    let bytes = content(path)?;
    let made: Result<(Vec<Output>, Vec<String>), Stop> = if format == Format::Onnx {
        onnx::file(&context, &bytes, sample)
    } else {
        let frame = Frame::from_sample(sample);
        boosters::file(&context, format, &bytes, &frame).map(|outputs| (outputs, Vec::new()))
    };
    let (outputs, warnings) = match made {
        Ok((outputs, warnings)) => (Ok(outputs), warnings),
        Err(stop) => (Err(("predict", stop)), Vec::new()),
    };
    prediction(sample, warnings, outputs, start)
}

/// The content of a model file, decompressed.
fn content(path: &Path) -> Result<Vec<u8>, TrialError> {
    let unusable =
        |error: std::io::Error| TrialError::Unusable(format!("{}: {error}", text::path(path)));
    let source = source::open(path).map_err(unusable)?;
    let mut bytes = Vec::new();
    let mut stream = source.stream.take(LARGEST + 1);
    stream.read_to_end(&mut bytes).map_err(unusable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(TrialError::Refused {
            class: text::path(path),
            reason: format!("it is larger than {}", text::bytes(LARGEST)),
        });
    }
    Ok(bytes)
}
