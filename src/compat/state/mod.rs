//! `state-missing`: the live release's code reads an attribute that the pickled state lacks.
//!
//! The environment's own Python source is walked from the methods that a user calls
//! (`predict`, `transform`, …) with the file's objects in hand. It knows no class by name: what is
//! missing follows from the code and the state. What compiled code reads is not seen.

mod attribute;
mod builtin;
mod call;
mod container;
mod exception;
mod expression;
mod fault;
mod has;
mod logic;
mod machine;
mod method;
mod restore;
mod statement;
mod value;

use std::cell::{Cell, OnceCell};

use super::rule::Context;
use super::{Finding, Stage};
use crate::pickle::{Graph, Node, NodeId};
use call::Arguments;
use fault::{Fault, finding};
use machine::{Machine, Raised, Stop};
use value::Value;

/// The protocol that decides whether Python 2 names are mapped; older streams are mapped before.
const PROTOCOL: u8 = 2;
/// Stack of the walking thread, in bytes: for `machine::NESTED` expressions inside each other.
const STACK: usize = 64 << 20;
/// Most top-level objects of one file that are walked.
const ROOTS: usize = 64;
/// Most steps of all walks of one file: forty times what a large pipeline takes.
const ALL_STEPS: u32 = 3_000_000;
/// Most columns of a table that is hardly ever sparse.
const NARROW: i64 = 500;
/// What a user asks a model for first.
const PREDICTS: [&str; 4] = [
    "predict",
    "predict_proba",
    "decision_function",
    "score_samples",
];

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if !objects
        .graph
        .iter()
        .any(|(_, node)| matches!(node, Node::Object(_)))
    {
        return;
    }
    let faults = std::thread::scope(|scope| {
        let walk = std::thread::Builder::new()
            .name("state".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || walk(context, &objects.graph, objects.root));
        walk.ok()
            .and_then(|walk| walk.join().ok())
            .unwrap_or_default()
    });
    findings.extend(faults.into_iter().map(|fault| finding(context, fault)));
}

fn walk(context: &Context<'_>, graph: &Graph, root: NodeId) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    let asker = Asker {
        context,
        graph,
        widest: OnceCell::new(),
        steps: Cell::new(0),
    };
    for object in roots(graph, root) {
        if asker.steps.get() > ALL_STEPS {
            break;
        }
        for fault in asked(&asker, object) {
            if !found.iter().any(|known| known.message == fault.message) {
                found.push(fault);
            }
        }
    }
    found
}

/// The objects that a user would ask: the root, or the members of the containers it is made of.
fn roots(graph: &Graph, root: NodeId) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((id, depth)) = open.pop() {
        if crate::manifest::is_estimator(graph, id) {
            found.push(id);
        } else if depth < 3 {
            match graph.node(id) {
                Node::List(_) | Node::Tuple(_) => {
                    let items = graph.items(id).unwrap_or_default();
                    open.extend(items.iter().take(ROOTS).map(|item| (*item, depth + 1)));
                }
                Node::Dict(pairs) => {
                    open.extend(
                        pairs
                            .iter()
                            .take(ROOTS)
                            .map(|(_, value)| (*value, depth + 1)),
                    );
                }
                _ => {}
            }
        }
        if found.len() >= ROOTS {
            break;
        }
    }
    found
}

/// What the first predictions of one object would raise.
fn asked(asker: &Asker<'_, '_>, object: NodeId) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut predicts = false;
    for method in PREDICTS {
        let answer = ask(asker, object, method);
        predicts |= answer.offered;
        found.extend(answer.faults);
    }
    if !predicts {
        found.extend(ask(asker, object, "transform").faults);
    }
    found
}

/// What came of asking for one method.
#[derive(Default)]
struct Answer {
    /// The object has the method.
    offered: bool,
    faults: Vec<Fault>,
}

fn ask(asker: &Asker<'_, '_>, object: NodeId, method: &str) -> Answer {
    let graph = asker.graph;
    let mut machine = Machine::new(graph, asker.context.environment);
    let mut answer = Answer::default();
    let Some(lineage) = machine.lineage(object) else {
        return answer;
    };
    let Some(first) = lineage.classes.first() else {
        return answer;
    };
    if lineage.member(method, 0).is_none() {
        return answer;
    }
    let bound = machine.attribute(&first.source, &Value::Node(object), method, 0);
    answer.offered = bound.is_ok();
    if let Ok(bound @ Value::Bound(..)) = bound {
        machine.dense = asker.is_narrow(object);
        let arguments = Arguments {
            positional: vec![Value::Unknown],
            ..Arguments::default()
        };
        let outcome = machine.call(&bound, arguments, 0);
        asker.steps.set(asker.steps.get() + machine.steps);
        if let Err(Stop::Raised(raised)) = outcome {
            answer.faults.extend(match &raised.missing {
                // Special names are looked up in ways of their own.
                Some(missing) if missing.attribute.starts_with("__") => None,
                Some(missing) => Some(Fault::missing(missing, Stage::Predict)),
                None => unfitted(graph, object, &raised),
            });
        }
    }
    let at_load = machine.at_load.iter();
    answer
        .faults
        .extend(at_load.map(|missing| Fault::missing(missing, Stage::Load)));
    answer
}

/// The live code calls an object not fitted although the one that is asked was: an attribute by
/// which it tells has another name now.
fn unfitted(graph: &Graph, asked: NodeId, raised: &Raised) -> Option<Fault> {
    let message = raised.message.as_deref()?;
    if !raised.names.iter().any(|name| **name == *"NotFittedError") || !is_fitted(graph, asked) {
        return None;
    }
    Some(Fault {
        object: raised.by.unwrap_or(asked),
        stage: Stage::Predict,
        exception: "NotFittedError",
        message: message.to_owned(),
        lack: "the state has none of the attributes by which it is known as fitted".into(),
        reads: String::new(),
        file: None,
        line: 0,
    })
}

/// Whether an object's own state shows that it was fitted.
fn is_fitted(graph: &Graph, object: NodeId) -> bool {
    graph
        .attributes(object)
        .iter()
        .any(|(name, _)| name.ends_with('_') && !name.starts_with('_'))
}

/// What all questions to the objects of one file share.
struct Asker<'a, 'c> {
    context: &'a Context<'c>,
    graph: &'a Graph,
    /// The most columns that any object was fitted on; found when it is first needed.
    widest: OnceCell<Option<i64>>,
    /// What the questions took so far.
    steps: Cell<u32>,
}

impl Asker<'_, '_> {
    /// Whether the input is most likely a dense table: few columns, or columns with names. An
    /// object that does not say (a search, a stack) has inner ones that do.
    fn is_narrow(&self, object: NodeId) -> bool {
        let graph = self.graph;
        if graph.attribute(object, "feature_names_in_").is_some() {
            return true;
        }
        if let Some(width) = width(graph, object) {
            return width <= NARROW;
        }
        let widest = || graph.iter().filter_map(|(id, _)| width(graph, id)).max();
        let widest = self.widest.get_or_init(widest);
        widest.is_some_and(|width| width <= NARROW)
    }
}

/// How many columns an object was fitted on.
fn width(graph: &Graph, object: NodeId) -> Option<i64> {
    let names = ["n_features_in_", "n_features_", "n_features"];
    let mut values = names
        .iter()
        .filter_map(|name| graph.attribute(object, name));
    values.find_map(|value| graph.int(value))
}
