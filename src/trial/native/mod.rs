//! Predictions by our own arithmetic on the parsed numbers. Nothing of the file is executed.
//!
//! An estimator is evaluated only when its class, its parameters and every attribute are known;
//! anything else is refused by name, never guessed. What scikit-learn would raise is an outcome in
//! its words. Results agree with scikit-learn to 1e-9 (`tests/native.rs`).

mod answer;
mod ask;
mod boosters;
pub(in crate::trial) mod bundle;
mod check;
pub(in crate::trial) mod choice;
mod compressed_rows;
pub(in crate::trial) mod estimator;
mod file;
pub(in crate::trial) mod frame;
mod link;
mod meta;
mod models;
mod onnx;
mod pipeline;
pub mod reading;
mod sparse;
pub(in crate::trial) mod stop;
mod table;
mod through;
pub(in crate::trial) mod transformers;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

pub use bundle::Choice;
pub use file::{Usual, predict_artifact, predict_part, usual, usual_at};
pub use through::through;

use crate::artifact::{Inputs, Objects, inputs};
use crate::pickle::{Graph, NodeId};
use crate::trial::{Engine, Outcome, Output, Prediction, Sample, TrialError, sample};

use estimator::{Context, Release, release};
use frame::Frame;
use stop::Stop;
use table::Role;

/// Predicts with the model of an artifact: its root, or the one in a bundle, whose rows pass through
/// the members that prepare them.
pub fn predict(objects: &Objects, sample: &Sample) -> Result<Prediction, TrialError> {
    predict_until(objects, sample, &AtomicBool::new(false))
}

/// The same, until `cancel` becomes true.
pub fn predict_until(
    objects: &Objects,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    predict_by(objects, None, &Choice::default(), sample, cancel)
}

/// [`predict_until`] with the part of a bundle that was chosen, and with another release than the
/// one that saved reading the state.
fn predict_by(
    objects: &Objects,
    reader: Option<Release>,
    choice: &Choice,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    let graph = &objects.graph;
    let mut context = Context::new(graph, None).until(cancel);
    context.reader = reader;
    if bundle::is_bundle(graph, objects.root) {
        let plan = bundle::plan(graph, objects.root, choice)?;
        return bundle::run(context, &plan, sample);
    }
    if !choice.is_none() {
        return Err(TrialError::Unusable(
            "the file holds one model, and no parts to choose from".into(),
        ));
    }
    run(context, objects.root, sample)
}

/// Predicts with the estimator at `node`. `saved_release` stands in for estimators that do not
/// record the release that saved them.
pub fn predict_at(
    graph: &Graph,
    node: NodeId,
    saved_release: Option<&str>,
    sample: &Sample,
) -> Result<Prediction, TrialError> {
    let context = Context::new(graph, saved_release.and_then(release));
    run(context, node, sample)
}

fn run(context: Context, node: NodeId, sample: &Sample) -> Result<Prediction, TrialError> {
    let start = Instant::now();
    let (sample, warnings) = fitted(context.graph, node, sample)?;
    let context = context.for_rows(sample.rows.len());
    let frame = Frame::from_sample(&sample);
    let outputs = evaluate(&context, node, &frame);
    prediction(&sample, warnings, outputs, start)
}

/// What a trial since `start` came to: outputs, or the stage that it stopped in.
fn prediction(
    sample: &Sample,
    warnings: Vec<String>,
    outputs: Result<Vec<Output>, (&'static str, Stop)>,
    start: Instant,
) -> Result<Prediction, TrialError> {
    let (outputs, outcome) = match outputs {
        Ok(outputs) => (outputs, Outcome::Finished),
        Err((_, Stop::Cancelled)) => (Vec::new(), Outcome::Cancelled),
        Err((stage, stop)) => {
            let (exception, message) = match stop.into_error() {
                Ok(error) => return Err(error),
                Err(raised) => raised,
            };
            let outcome = Outcome::Raised {
                stage: stage.into(),
                exception: exception.into(),
                message,
                traceback: String::new(),
            };
            (Vec::new(), outcome)
        }
    };
    Ok(Prediction {
        engine: Engine::Native,
        input_source: sample.source.clone(),
        outputs,
        warnings,
        outcome,
        printed: String::new(),
        seconds: start.elapsed().as_secs_f64(),
        run: None,
        recorded: None,
    })
}

/// The sample with its columns in the model's order, or as texts where the model takes these.
fn fitted(
    graph: &Graph,
    node: NodeId,
    sample: &Sample,
) -> Result<(Sample, Vec<String>), TrialError> {
    fitted_to(graph, node, &inputs::expected(graph, node), sample)
}

/// The same, with the columns that somebody else knows.
fn fitted_to(
    graph: &Graph,
    node: NodeId,
    expected: &Inputs,
    sample: &Sample,
) -> Result<(Sample, Vec<String>), TrialError> {
    if inputs::takes_text(graph, node) {
        return sample::align(sample, &Inputs::default(), true);
    }
    if takes_lists(graph, node) {
        sample::no_texts(sample)?;
        return Ok((sample.clone(), Vec::new()));
    }
    // A list of labels is what these take.
    let labels = ["LabelEncoder", "LabelBinarizer"];
    if sample.texts
        && graph
            .class(node)
            .is_some_and(|class| labels.contains(&&*class.name))
    {
        return Ok((sample.clone(), Vec::new()));
    }
    sample::align(sample, expected, false)
}

/// Whether each row is a list of any length: of labels, or of words to hash.
fn takes_lists(graph: &Graph, node: NodeId) -> bool {
    let entrances = inputs::entrances(graph, node);
    let Some(last) = entrances.last() else {
        return false;
    };
    let words = || {
        graph
            .attribute(*last, "input_type")
            .and_then(|kind| graph.text(kind))
    };
    graph.class(*last).is_some_and(|class| match &*class.name {
        "MultiLabelBinarizer" => true,
        "FeatureHasher" => words() == Some("string"),
        _ => false,
    })
}

/// What the model at `node` answers, or which stage it stopped in.
fn evaluate(
    context: &Context,
    node: NodeId,
    frame: &Frame,
) -> Result<Vec<Output>, (&'static str, Stop)> {
    table::predict(context, node, frame, 0).map_err(|stop| (stage(context, node), stop))
}

/// The method that would be called first: `transform` where the last step transforms.
fn stage(context: &Context, node: NodeId) -> &'static str {
    let mut node = node;
    for depth in 0..=estimator::MAX_DEPTH {
        let Ok((estimator, entry)) = table::known(context, node, depth) else {
            break;
        };
        match entry.role {
            Role::Model(_) | Role::Meta(_) | Role::Both(..) | Role::MetaBoth(..) => break,
            Role::Transformer(_) => return "transform",
            Role::Wrapper(inner) => match inner(&estimator) {
                Ok(inner) => node = inner,
                Err(_) => break,
            },
            Role::Pipeline(_) => match pipeline::steps(&estimator) {
                Ok(steps) if !steps.is_empty() => node = steps[steps.len() - 1],
                _ => return "transform",
            },
        }
    }
    "predict"
}
