//! The walk through the environment's code with the file's objects in hand: its frames, its budget,
//! what it assumes when it cannot know.
//!
//! A test whose outcome is not known splits the walk; what both branches do is certain, what one
//! branch does is not. Nothing is executed and nothing is computed on data.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Callable, Names, Value};
use crate::environment::classes::{ClassRef, Lineage, Resolved, Source};
use crate::environment::{Environment, ModuleLookup};
use crate::pickle::{Graph, NodeId};

/// Most steps of one walk.
const STEPS: u32 = 600_000;
/// Most calls inside each other.
pub(super) const DEEPEST: u32 = 48;
/// Most nested expressions and statements over all calls: what the stack is sized for.
pub(super) const NESTED: u32 = 2_000;

/// An attribute that the code reads and the object does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The object in the file; for a constant, the object whose code reads it.
    pub object: NodeId,
    /// Its class as the environment defines it, without its module.
    pub class: Box<str>,
    /// The attribute.
    pub attribute: Box<str>,
    /// The source that reads it.
    pub file: std::path::PathBuf,
    /// The line that reads it, from 1.
    pub line: u32,
}

/// An exception on its way.
#[derive(Clone, Debug)]
pub(super) struct Raised {
    /// Its class and the bases of that.
    pub names: Vec<Box<str>>,
    /// The attribute whose absence raised it.
    pub missing: Option<Rc<Missing>>,
    /// Its message, where it is known.
    pub message: Option<Rc<str>>,
    /// The object whose code raised it.
    pub by: Option<NodeId>,
    /// The source and the line that raise it.
    pub place: Option<(PathBuf, u32)>,
}

/// Why a walk does not go on.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    Raised(Raised),
    /// The budget is used up.
    Budget,
}

/// How a statement ends.
pub(super) enum Flow {
    Next,
    Return(Value),
    Break,
    Continue,
}

/// What the walk knows about an attribute beyond what the file says.
#[derive(Clone)]
pub(super) enum Slot {
    Set(Value),
    Deleted,
    /// Perhaps there, perhaps not.
    Perhaps,
}

/// Something that has attributes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// An object of the file.
    File(NodeId),
    /// A dataclass instance that the walked code made, by its number.
    Made(u32),
}

/// Attributes that the walked code set or deleted.
pub(super) type Heap = HashMap<(Holder, Box<str>), Slot>;

/// One call.
pub(super) struct Frame {
    pub source: Arc<Source>,
    pub locals: Names,
    pub closure: Option<Rc<Names>>,
    /// The object whose method this is, and the position of its class in the lineage.
    pub owner: Option<(NodeId, usize)>,
    pub yields: Vec<Value>,
    /// Whether all that is yielded is in `yields`.
    pub yields_known: bool,
    /// A branch that may have been taken left the function.
    pub may_be_done: bool,
    /// A branch that may have been taken left the loop.
    pub may_have_left: bool,
    /// What is being handled, for a bare `raise`.
    pub handling: Option<Raised>,
}

/// The walk.
pub(super) struct Machine<'a> {
    pub graph: &'a Graph,
    pub environment: &'a Environment,
    /// Shared between branches until one of them writes.
    pub heap: Rc<Heap>,
    /// What `__setstate__` of an object sets beyond the state.
    pub given: Heap,
    /// Objects whose `__setstate__` was walked.
    pub prepared: HashSet<NodeId>,
    /// What `__setstate__` would raise.
    pub at_load: Vec<(NodeId, Raised)>,
    /// Objects that may have any attribute.
    pub open: HashSet<NodeId>,
    /// Reads of missing attributes on branches that may be taken.
    pub possible: Vec<Rc<Missing>>,
    /// Which functions were walked for which objects.
    pub used: HashSet<(NodeId, Box<str>)>,
    /// Objects that were not walked, and the one with the same class and attributes that was.
    pub alike: HashMap<NodeId, NodeId>,
    /// Why a method was not offered: what its check raised.
    pub refusal: Option<Raised>,
    /// Whether a method was not offered because a text or `None` does not offer it.
    pub hollow: bool,
    /// How many instances the walked code made.
    pub made: u32,
    /// What is asked is most likely given a dense table.
    pub dense: bool,
    pub steps: u32,
    pub depth: u32,
    pub nested: u32,
    /// Functions being walked, so that recursion ends.
    pub calls: Vec<(Box<str>, u32, Option<NodeId>)>,
    /// Where the standard library lies.
    standard: Option<PathBuf>,
    /// The packages that the file's classes and their bases come from.
    pub homes: HashSet<Box<str>>,
    lineages: HashMap<NodeId, Option<Arc<Lineage>>>,
    pub attributes: HashMap<NodeId, Rc<HashMap<Box<str>, NodeId>>>,
    names: HashMap<(Box<str>, Box<str>), Resolved>,
}

impl<'a> Machine<'a> {
    pub fn new(graph: &'a Graph, environment: &'a Environment) -> Self {
        Self {
            graph,
            environment,
            heap: Rc::new(Heap::new()),
            given: Heap::new(),
            prepared: HashSet::new(),
            at_load: Vec::new(),
            open: HashSet::new(),
            possible: Vec::new(),
            used: HashSet::new(),
            refusal: None,
            alike: HashMap::new(),
            hollow: false,
            made: 0,
            dense: false,
            steps: 0,
            depth: 0,
            nested: 0,
            calls: Vec::new(),
            standard: match environment.module("os") {
                ModuleLookup::Found { file, .. } => {
                    file.and_then(|file| file.parent().map(Path::to_path_buf))
                }
                _ => None,
            },
            homes: HashSet::new(),
            lineages: HashMap::new(),
            attributes: HashMap::new(),
            names: HashMap::new(),
        }
    }

    pub fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > STEPS || self.nested > NESTED {
            return Err(Stop::Budget);
        }
        Ok(())
    }

    /// The lineage of an object's class; `None` when it is no Python class of this environment.
    pub fn lineage(&mut self, object: NodeId) -> Option<Arc<Lineage>> {
        if let Some(known) = self.lineages.get(&object) {
            return known.clone();
        }
        let found = self
            .class_of(object)
            .map(|class| self.environment.lineage(&class));
        if let Some(lineage) = &found {
            let tops = lineage
                .classes
                .iter()
                .map(|class| crate::package::top_of(&class.source.name));
            self.homes.extend(tops.map(Box::from));
        }
        self.lineages.insert(object, found.clone());
        found
    }

    fn class_of(&self, object: NodeId) -> Option<ClassRef> {
        let named = self.graph.class(object)?;
        let (module, name) =
            crate::environment::fix_imports(&named.module, &named.name, super::PROTOCOL);
        match self.environment.resolve(&module, &name) {
            Resolved::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The attributes that the file gives an object.
    pub fn state(&mut self, object: NodeId) -> Rc<HashMap<Box<str>, NodeId>> {
        if let Some(known) = self.attributes.get(&object) {
            return known.clone();
        }
        let all = self.graph.attributes(object);
        let all: HashMap<Box<str>, NodeId> = all
            .into_iter()
            .map(|(name, id)| (name.into(), id))
            .collect();
        let all = Rc::new(all);
        self.attributes.insert(object, all.clone());
        all
    }

    pub fn resolve(&mut self, module: &str, name: &str) -> Resolved {
        let key = (module.into(), name.into());
        if let Some(known) = self.names.get(&key) {
            return known.clone();
        }
        let found = self.environment.resolve(module, name);
        self.names.insert(key, found.clone());
        found
    }

    /// Notes what a branch that may be taken would miss.
    pub fn doubt(&mut self, raised: &Raised) {
        if let Some(missing) = &raised.missing
            && !self.possible.contains(missing)
        {
            self.possible.push(missing.clone());
        }
    }

    /// Whether a source is part of Python itself, which knows nothing of models.
    pub fn is_standard(&self, source: &Source) -> bool {
        let Some(standard) = &self.standard else {
            return false;
        };
        source.file.strip_prefix(standard).is_ok_and(|below| {
            !below.components().any(|part| {
                matches!(
                    part.as_os_str().to_str(),
                    Some("site-packages" | "dist-packages")
                )
            })
        })
    }

    /// Writes an attribute.
    pub fn write(&mut self, holder: Holder, name: &str, slot: Slot) {
        Rc::make_mut(&mut self.heap).insert((holder, name.into()), slot);
    }

    /// What is true after a branch that may or may not have been taken.
    pub fn join(&mut self, other: &Rc<Heap>) {
        if Rc::ptr_eq(&self.heap, other) {
            return;
        }
        let mut joined = Heap::new();
        let mine = self.heap.clone();
        for (key, slot) in mine.iter() {
            let slot = match (slot, other.get(key)) {
                (Slot::Set(a), Some(Slot::Set(b))) => Slot::Set(a.join(b)),
                (Slot::Deleted, Some(Slot::Deleted)) => Slot::Deleted,
                // What one branch made is seen by nobody who came the other way.
                (slot, None) if matches!(key.0, Holder::Made(_)) => slot.clone(),
                (Slot::Set(_), None) if self.in_file(key) => Slot::Set(Value::Unknown),
                _ => Slot::Perhaps,
            };
            joined.insert(key.clone(), slot);
        }
        for (key, slot) in other.iter() {
            if !mine.contains_key(key) {
                let slot = match slot {
                    slot if matches!(key.0, Holder::Made(_)) => slot.clone(),
                    Slot::Set(_) if self.in_file(key) => Slot::Set(Value::Unknown),
                    _ => Slot::Perhaps,
                };
                joined.insert(key.clone(), slot);
            }
        }
        self.heap = Rc::new(joined);
    }

    fn in_file(&mut self, (holder, name): &(Holder, Box<str>)) -> bool {
        match holder {
            Holder::File(object) => self.state(*object).contains_key(name),
            Holder::Made(_) => false,
        }
    }
}

impl Frame {
    pub fn new(callable: &Callable, owner: Option<NodeId>) -> Self {
        Self {
            source: callable.source.clone(),
            locals: Names::new(),
            closure: callable.closure.clone(),
            owner: owner.map(|object| (object, callable.position)),
            yields: Vec::new(),
            yields_known: true,
            may_be_done: false,
            may_have_left: false,
            handling: None,
        }
    }

    /// Locals after a branch that may or may not have been taken.
    pub fn join(&mut self, other: &Names) {
        for (name, value) in &mut self.locals {
            *value = match other.get(name) {
                Some(there) => value.join(there),
                None => Value::Unknown,
            };
        }
        for name in other.keys() {
            if !self.locals.contains_key(name) {
                self.locals.insert(name.clone(), Value::Unknown);
            }
        }
    }
}

impl Missing {
    /// Python's own words.
    pub fn message(&self) -> String {
        format!(
            "'{}' object has no attribute '{}'",
            self.class, self.attribute
        )
    }
}

impl Raised {
    pub fn missing(missing: Missing) -> Self {
        Self {
            names: vec!["AttributeError".into()],
            message: Some(missing.message().into()),
            by: Some(missing.object),
            place: Some((missing.file.clone(), missing.line)),
            missing: Some(Rc::new(missing)),
        }
    }

    pub fn named(name: &str) -> Self {
        Self {
            names: vec![name.into()],
            missing: None,
            message: None,
            by: None,
            place: None,
        }
    }

    /// An exception of Python's own with its message.
    pub fn said(name: &str, message: String) -> Self {
        Self {
            message: Some(message.into()),
            ..Self::named(name)
        }
    }

    /// Whether `except name` catches it.
    pub fn is(&self, name: &str) -> bool {
        matches!(name, "Exception" | "BaseException")
            || self.names.iter().any(|own| {
                **own == *name
                    || match &**own {
                        "KeyError" | "IndexError" => name == "LookupError",
                        "ModuleNotFoundError" => name == "ImportError",
                        "NotImplementedError" | "RecursionError" => name == "RuntimeError",
                        _ => false,
                    }
            })
    }
}
