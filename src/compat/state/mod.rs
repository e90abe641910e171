//! `state-missing`: the live release's code reads an attribute that the pickled state lacks.
//!
//! The environment's own Python source is walked from the methods that a user calls
//! (`predict`, `transform`, …) with the file's objects in hand. It knows no class by name: what is
//! missing follows from the code and the state. What compiled code reads is not seen.

mod attribute;
mod builtin;
mod call;
mod comprehension;
mod container;
mod dense;
mod exception;
mod expression;
mod fault;
mod has;
mod logic;
mod machine;
mod method;
mod parameters;
mod restore;
mod statement;
mod value;

use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::rule::Context;
use super::{Finding, Stage};
use crate::environment::classes::tree::Member;
use crate::pickle::{Global, Graph, Node, NodeId};
use call::Arguments;
use fault::{Fault, finding};
use machine::{Machine, Raised, Stop};
use method::{Method, kind};
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
/// Most classes of one file of which an object is restored though nothing asked comes to it.
const CLASSES: usize = 64;
/// Packages of plain data.
const DATA: [&str; 4] = ["numpy", "pandas", "joblib", "builtins"];
/// What a user asks for: of the first group that an object has any of, all it has.
const ASKED: [&[&str]; 3] = [
    &["predict", "predict_proba", "decision_function"],
    &["transform"],
    &["score_samples"],
];

/// What the walks of one file tell.
#[derive(Default)]
pub(super) struct Walked {
    faults: Vec<Fault>,
    used: HashSet<(NodeId, Box<str>)>,
    alike: HashMap<NodeId, NodeId>,
    /// What was asked, with its class.
    roots: Vec<(NodeId, Box<str>)>,
    /// Methods that the live class of what was asked offers only at times, and not now.
    gone: HashSet<(NodeId, &'static str)>,
    /// Methods that the live class of what was asked does not have.
    never: HashSet<(NodeId, &'static str)>,
    /// Whether every walk came to its end.
    complete: bool,
}

impl Walked {
    /// Whether asking the file's objects walks through one of these methods of `object`; through any
    /// when there are none. `None` when that is not known.
    pub(super) fn uses(&self, object: NodeId, methods: &[String]) -> Option<bool> {
        let object = *self.alike.get(&object).unwrap_or(&object);
        let mut own = self.used.iter().filter(|(user, _)| *user == object);
        let found =
            own.any(|(_, name)| methods.is_empty() || methods.iter().any(|m| **m == **name));
        (found || self.complete).then_some(found)
    }

    /// The class of something asked that no longer offers `method` because of `object`: it is this
    /// object, or it hands the method down.
    pub(super) fn lost(&self, object: NodeId, method: &str) -> Option<&str> {
        let mut roots = self.roots.iter();
        let among = |all: &HashSet<(NodeId, &'static str)>, root: NodeId| {
            all.iter()
                .any(|(asked, name)| *asked == root && *name == method)
        };
        let (_, class) = roots.find(|(root, _)| {
            let itself = *root == object && among(&self.never, *root);
            itself || among(&self.gone, *root) && self.uses(object, &[]) == Some(true)
        })?;
        Some(class)
    }

    /// Whether something was asked itself.
    pub(super) fn is_root(&self, object: NodeId) -> bool {
        self.roots.iter().any(|(root, _)| *root == object)
    }
}

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
    let walked = std::thread::scope(|scope| {
        let walk = std::thread::Builder::new()
            .name("state".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || walk(context, &objects.graph, objects.root));
        walk.ok()
            .and_then(|walk| walk.join().ok())
            .unwrap_or_default()
    });
    super::values::check(context, &walked, findings);
    super::containers::check(context, &walked, findings);
    findings.extend(
        walked
            .faults
            .into_iter()
            .map(|fault| finding(context, fault)),
    );
}

fn walk(context: &Context<'_>, graph: &Graph, root: NodeId) -> Walked {
    let mut found = Walked {
        // Releases that are only supposed have no code to walk.
        complete: context.environment.supposed().is_empty(),
        ..Walked::default()
    };
    let asker = Asker {
        context,
        graph,
        widest: OnceCell::new(),
        steps: Cell::new(0),
    };
    for object in roots(graph, root) {
        if asker.steps.get() > ALL_STEPS {
            found.complete = false;
            break;
        }
        asked(&asker, object, &mut found);
    }
    restored(context, graph, &mut found);
    found
}

/// What restoring objects would raise that nothing asked came to: one of each class. Tables and
/// arrays are left out, whose long sources say nothing that other rules do not, and so are states
/// that are no dict: what Python raises for those on the way (and code catches) is not known here.
fn restored(context: &Context<'_>, graph: &Graph, found: &mut Walked) {
    let mut machine = Machine::new(graph, context.environment);
    let mut seen: HashSet<&Global> = HashSet::new();
    for (object, node) in graph.iter() {
        let Node::Object(made) = node else { continue };
        let [state] = made.state.as_slice() else {
            continue;
        };
        if !matches!(graph.node(*state), Node::Dict(_)) {
            continue;
        }
        let Some(class) = graph.class(object) else {
            continue;
        };
        if DATA.contains(&crate::package::top_of(&class.module)) || !seen.insert(class) {
            continue;
        }
        if seen.len() > CLASSES {
            break;
        }
        if let Some(lineage) = machine.lineage(object)
            && machine.prepare(object, &lineage).is_err()
        {
            break;
        }
    }
    for fault in at_load(&machine.at_load) {
        if !found
            .faults
            .iter()
            .any(|known| known.message == fault.message)
        {
            found.faults.push(fault);
        }
    }
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
fn asked(asker: &Asker<'_, '_>, object: NodeId, found: &mut Walked) {
    let mut hollow = Vec::new();
    for group in ASKED {
        let mut any = false;
        for method in group {
            any |= ask(asker, object, method, found, &mut hollow);
        }
        if any {
            return;
        }
    }
    found.faults.extend(hollow.into_iter().next());
}

/// Asks for one method; whether the object has it. `hollow` gets what a user hears who asks for a
/// method that is not there because a text stands where the live class looks for an estimator: that
/// counts when the object has nothing else to ask either.
fn ask(
    asker: &Asker<'_, '_>,
    object: NodeId,
    method: &'static str,
    found: &mut Walked,
    hollow: &mut Vec<Fault>,
) -> bool {
    let graph = asker.graph;
    let mut machine = Machine::new(graph, asker.context.environment);
    let Some(lineage) = machine.lineage(object) else {
        found.complete = false;
        return false;
    };
    let Some(first) = lineage.classes.first() else {
        return false;
    };
    if !found.is_root(object) {
        found.roots.push((object, first.class().name.clone()));
    }
    if lineage.member(method, 0).is_none() {
        found.complete &= !lineage.opaque;
        if !lineage.opaque && lineage.member("__getattr__", 0).is_none() {
            found.never.insert((object, method));
        }
        return false;
    }
    let bound = machine.attribute(&first.source, &Value::Node(object), method, 0);
    let offered = bound.is_ok();
    if !offered {
        found.gone.insert((object, method));
        if machine.hollow
            && let Some((_, class, Member::Function(id))) = lineage.member(method, 0)
            && matches!(kind(&class.source, id), Method::Available(_))
        {
            let name = &first.class().name;
            hollow.push(not_offered(object, name, method, &class.source.file, 0));
        }
    }
    let refusal = machine.refusal.take().filter(|_| !offered);
    let mut faults = Vec::new();
    if let Ok(bound @ Value::Bound(..)) = bound {
        machine.dense = asker.is_narrow(object);
        let arguments = Arguments {
            positional: vec![Value::Unknown],
            ..Arguments::default()
        };
        let outcome = machine.call(&bound, arguments, 0);
        asker.steps.set(asker.steps.get() + machine.steps);
        match outcome {
            Err(Stop::Raised(raised)) => faults.extend(match &raised.missing {
                // Special names are looked up in ways of their own.
                Some(missing) if missing.attribute.starts_with("__") => None,
                // Whether the method is delegated at all was not known.
                Some(missing) if *missing.attribute == *method && missing.object != object => None,
                Some(missing) => Some(Fault::missing(missing, Stage::Predict)),
                None => refused(graph, object, &raised),
            }),
            Err(Stop::Budget) => found.complete = false,
            Ok(_) => {}
        }
    } else if offered {
        found.complete = false;
    }
    faults.extend(refusal.and_then(|refusal| unoffered(&mut machine, object, method, &refusal)));
    faults.extend(at_load(&machine.at_load));
    for fault in faults {
        let mut known = found.faults.iter();
        if !known.any(|known| known.message == fault.message) {
            found.faults.push(fault);
        }
    }
    found.used.extend(machine.used);
    found.alike.extend(machine.alike);
    offered
}

/// The check whether a method is offered comes to an end of its own: it looks for a parameter that the
/// state does not have, or finds nothing to ask.
fn unoffered(
    machine: &mut Machine<'_>,
    object: NodeId,
    method: &str,
    refusal: &Raised,
) -> Option<Fault> {
    let (file, line) = refusal.place.clone()?;
    match &refusal.missing {
        Some(missing) => {
            let Value::Sequence(names) = machine.parameters(object) else {
                return None;
            };
            let mut names = names.iter();
            let is_one =
                names.any(|name| matches!(name, Value::Str(name) if **name == *missing.attribute));
            if missing.object != object || !is_one {
                return None;
            }
        }
        None if refusal.is("AttributeError") => return None,
        None => {}
    }
    let lineage = machine.lineage(object)?;
    let class = lineage.classes.first()?.class().name.clone();
    Some(not_offered(object, &class, method, &file, line))
}

/// What Python says of a method that a check does not offer.
fn not_offered(object: NodeId, class: &str, method: &str, file: &Path, line: u32) -> Fault {
    Fault {
        object,
        stage: Stage::Predict,
        exception: "AttributeError".into(),
        message: format!("This '{class}' has no attribute '{method}'"),
        lack: "the state has nothing by which the method is offered".into(),
        reads: "checks whether the method is offered".into(),
        file: Some(file.to_path_buf()),
        line,
    }
}

/// The live code reaches a `raise`. That a model is not fitted counts only when it was: then an
/// attribute by which the code tells has another name now.
fn refused(graph: &Graph, asked: NodeId, raised: &Raised) -> Option<Fault> {
    let message = raised.message.as_deref()?;
    let exception = raised.names.first()?;
    let (file, line) = raised.place.clone()?;
    let unfitted = raised.is("NotFittedError");
    if unfitted {
        let mut all = graph.iter().map(|(id, _)| id);
        if !is_fitted(graph, asked) && !all.any(|id| is_fitted(graph, id)) {
            return None;
        }
    }
    let lack = if unfitted {
        "the state has none of the attributes by which it is known as fitted"
    } else {
        "its state leads there"
    };
    Some(Fault {
        object: raised.by.unwrap_or(asked),
        stage: Stage::Predict,
        exception: exception.to_string(),
        message: message.to_owned(),
        lack: lack.into(),
        reads: format!("raises {exception}"),
        file: Some(file),
        line,
    })
}

/// What restoring the objects would raise.
fn at_load(raised: &[(NodeId, Raised)]) -> impl Iterator<Item = Fault> {
    raised.iter().filter_map(|(object, raised)| {
        if let Some(missing) = &raised.missing {
            return Some(Fault::missing(missing, Stage::Load));
        }
        let (file, line) = raised.place.clone()?;
        let exception = raised.names.first()?;
        Some(Fault {
            object: *object,
            stage: Stage::Load,
            exception: exception.to_string(),
            message: raised.message.as_deref()?.to_owned(),
            lack: "its state leads there".into(),
            reads: format!("raises {exception}"),
            file: Some(file),
            line,
        })
    })
}

/// Whether an object's own state shows that it was fitted: by a name as `coef_`, or by something in a
/// private attribute that is no constant.
fn is_fitted(graph: &Graph, object: NodeId) -> bool {
    graph.attributes(object).iter().any(|(name, value)| {
        name.ends_with('_') && !name.starts_with('_')
            || name.starts_with('_') && matches!(graph.node(*value), Node::Object(_))
    })
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
    let names = [
        "n_features_in_",
        "n_features_",
        "n_features",
        "n_input_features_",
    ];
    let mut values = names
        .iter()
        .filter_map(|name| graph.attribute(object, name));
    values.find_map(|value| graph.int(value))
}
