//! Predictions by our own arithmetic on the parsed numbers. Nothing of the file is executed.
//!
//! An estimator is evaluated only when its class, its parameters and every attribute are known;
//! anything else is refused by name, never guessed. What scikit-learn would raise is an outcome in
//! its words. Results agree with scikit-learn to 1e-9 (`tests/native.rs`).

mod answer;
mod ask;
mod boosters;
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
mod transformers;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

pub use file::{Usual, predict_artifact, usual};
pub use through::through;

use crate::artifact::{Inputs, Objects, inputs};
use crate::pickle::{Graph, Node, NodeId};
use crate::text;
use crate::trial::{Engine, Outcome, Output, Prediction, Sample, TrialError, sample};

use estimator::{Context, Estimator, Release, release};
use frame::Frame;
use stop::Stop;
use table::Role;

/// How many members of a bundle are looked at.
const MEMBERS: usize = 256;
/// How many members of a bundle are named in a message.
const SHOWN: usize = 12;

/// Predicts with the model of an artifact: its root, or the only estimator in a bundle.
pub fn predict(objects: &Objects, sample: &Sample) -> Result<Prediction, TrialError> {
    predict_until(objects, sample, &AtomicBool::new(false))
}

/// The same, until `cancel` becomes true.
pub fn predict_until(
    objects: &Objects,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    predict_by(objects, None, sample, cancel)
}

/// [`predict_until`], with another release than the one that saved reading the state.
fn predict_by(
    objects: &Objects,
    reader: Option<Release>,
    sample: &Sample,
    cancel: &AtomicBool,
) -> Result<Prediction, TrialError> {
    let graph = &objects.graph;
    let (node, mut warnings) = model(graph, objects.root)?;
    let mut context = Context::new(graph, None).until(cancel);
    context.reader = reader;
    if node == objects.root {
        return run(context, node, sample);
    }
    // A bundle may hold the column names that its model lacks.
    let (sample, more) = fitted(graph, objects.root, sample)?;
    warnings.extend(more);
    let mut prediction = run(context, node, &sample)?;
    prediction.warnings.splice(0..0, warnings);
    Ok(prediction)
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
    if inputs::takes_text(graph, node) {
        return sample::align(sample, &Inputs::default(), true);
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
    sample::align(sample, &inputs::expected(graph, node), false)
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

/// The estimator to evaluate: the root itself, or the only one that a bundle holds.
fn model(graph: &Graph, root: NodeId) -> Result<(NodeId, Vec<String>), TrialError> {
    let members: Vec<(String, NodeId)> = match graph.node(root) {
        Node::Dict(pairs) => pairs
            .iter()
            .map(|(key, value)| {
                let name = graph.text(*key).map_or_else(
                    || "?".to_owned(),
                    |key| format!("'{}'", text::short(key, 60)),
                );
                (name, *value)
            })
            .collect(),
        Node::List(items) => numbered(items),
        Node::Tuple(items) => numbered(items),
        _ => return Ok((root, Vec::new())),
    };
    let context = Context::new(graph, None);
    let class = |node: NodeId| {
        let estimator = Estimator::read(&context, node)?;
        let model =
            graph.attribute(node, "_sklearn_version").is_some() || table::row(&estimator).is_some();
        model.then_some(estimator.class)
    };
    let found: Vec<(&str, String, NodeId)> = members
        .iter()
        .take(MEMBERS)
        .filter_map(|(name, node)| Some((name.as_str(), class(*node)?, *node)))
        .collect();
    if let [(name, class, node)] = &found[..] {
        let warning = format!("the file is a bundle; evaluated {class}, its member {name}");
        return Ok((*node, vec![warning]));
    }
    let kind = match graph.node(root) {
        Node::Dict(_) => "a dict",
        Node::List(_) => "a list",
        _ => "a tuple",
    };
    let reason = if found.is_empty() {
        "it holds no estimator".to_owned()
    } else {
        let names: Vec<String> = found
            .iter()
            .take(SHOWN)
            .map(|(name, class, _)| format!("{name} {class}"))
            .collect();
        format!("it holds {} estimators: {}", found.len(), names.join(", "))
    };
    Err(TrialError::Refused {
        class: kind.into(),
        reason,
    })
}

fn numbered(items: &[NodeId]) -> Vec<(String, NodeId)> {
    items
        .iter()
        .enumerate()
        .map(|(place, node)| (format!("[{place}]"), *node))
        .collect()
}
