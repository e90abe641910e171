//! The code that restoring and asking objects of some classes can run in one release, and how it
//! differs from another release's.
//!
//! Too much rather than too little: every definition of a name in a lineage counts, attributes read
//! from something unknown are asked of every class that is alive, and a class that code names may be
//! made and used. What fits a model again is not asked of the file's own objects, but followed where
//! reached code calls it on itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Atlas;
use super::book::Shared;
use super::code::{Code, Kind, Thing};

/// Methods that restoring and predicting call. `tests/atlas/link.py` keeps the code behind these.
pub(super) const ENTRIES: &[&str] = &[
    "__setstate__",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "inverse_transform",
    "score_samples",
    "predict_quantile",
    "staged_predict",
    "kneighbors",
    "apply",
    "get_feature_names_out",
    "__call__",
];

/// What neither restoring nor asking calls. `tests/atlas/make.py` has the same list.
const UNASKED: &[&str] = &[
    "__init__",
    "__new__",
    "__repr__",
    "__str__",
    "__getstate__",
    "__reduce__",
    "__reduce_ex__",
    "__del__",
    "__dealloc__",
    "__cinit__",
    "__dir__",
    "__init_subclass__",
    "__sklearn_clone__",
];

/// What making an instance calls.
const MAKES: &[&str] = &["__init__", "__new__", "__cinit__", "__post_init__"];

/// What fits: not asked of a model that is fitted.
const FITS: &[&str] = &[
    "fit",
    "fit_transform",
    "partial_fit",
    "fit_predict",
    "score",
    "fit_resample",
];

/// Modules that check input and describe objects; they compute nothing that is predicted.
const CHECKS: &[&str] = &[
    "sklearn._config",
    "sklearn.externals",
    "sklearn.utils._available_if",
    "sklearn.utils._metadata_requests",
    "sklearn.utils._param_validation",
    "sklearn.utils._tags",
    "sklearn.utils.deprecation",
    "sklearn.utils.metadata_routing",
    "sklearn.utils.metaestimators",
    "sklearn.utils.parallel",
    "sklearn.utils.validation",
];

/// Builtin bases, which change with Python and not with the distribution.
const BUILTINS: &[&str] = &[
    "dict",
    "list",
    "tuple",
    "set",
    "str",
    "int",
    "float",
    "Exception",
    "ValueError",
    "AttributeError",
    "TypeError",
    "Warning",
    "UserWarning",
    "RuntimeWarning",
    "FutureWarning",
    "Mapping",
    "MutableMapping",
    "Sequence",
    "namedtuple",
    "NamedTuple",
    "TypedDict",
    "RuntimeError",
    "Counter",
    "UserDict",
    "AbstractContextManager",
    "Enum",
    "IntEnum",
    "type",
];

/// Most steps of one walk: a hundred times what a large pipeline takes.
const MOST: usize = 400_000;

/// The code that was reached.
#[derive(Debug, Default)]
pub struct Reached {
    /// Each piece of code by its digest.
    code: BTreeMap<u32, Thing>,
    /// The walk was too long: there is more.
    pub open: bool,
}

/// What differs between the code reached in two releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// How many functions, methods and values the newer release runs.
    pub of: usize,
    /// Those that are not the same in both, as `module.name`, sorted.
    pub changed: Vec<String>,
    /// Those that lay out records of compiled code, but for the nodes of trees, which every reader of
    /// a tree compares with its file.
    pub records: Vec<String>,
    /// All of them only check input or describe the object.
    pub checks_only: bool,
}

struct Walk<'a> {
    code: &'a Code,
    shared: &'a Shared,
    release: usize,
    /// Classes that are alive: whether instances are made, and the members of the lineage.
    alive: Vec<Alive>,
    seen: HashSet<(Thing, Option<usize>)>,
    open: Vec<(Thing, Option<usize>)>,
    asked: HashSet<u32>,
    lacks: bool,
}

struct Alive {
    class: Thing,
    made: bool,
    members: HashMap<u32, Vec<Thing>>,
}

impl Atlas {
    /// What objects of these classes run in a release when they are restored and asked.
    pub fn reach(&self, release: usize, classes: &[Thing]) -> Option<Reached> {
        let mut walk = Walk {
            code: self.code()?,
            shared: self.shared()?,
            release,
            alive: Vec::new(),
            seen: HashSet::new(),
            open: Vec::new(),
            asked: HashSet::new(),
            lacks: false,
        };
        for class in classes {
            walk.enter(self, *class, false);
        }
        while let Some((thing, context)) = walk.open.pop() {
            if walk.seen.len() > MOST {
                walk.lacks = true;
                break;
            }
            walk.step(self, thing, context);
        }
        let mut reached = Reached {
            code: BTreeMap::new(),
            open: walk.lacks,
        };
        for (thing, _) in &walk.seen {
            for digest in walk.code.arguments(*thing, Kind::Digest, release) {
                reached.code.insert(digest, *thing);
            }
        }
        Some(reached)
    }
}

impl Walk<'_> {
    fn push(&mut self, thing: Thing, context: Option<usize>) {
        if self.seen.insert((thing, context)) {
            self.open.push((thing, context));
        }
    }

    /// A class comes alive.
    fn enter(&mut self, atlas: &Atlas, class: Thing, made: bool) {
        let known = |alive: &Alive| alive.class == class && (alive.made || !made);
        if self.alive.iter().any(known) {
            return;
        }
        let lineage = atlas.lineage(self.release, class);
        let mut members: HashMap<u32, Vec<Thing>> = HashMap::new();
        // A base of another distribution may call what is defined here.
        let mut any = false;
        for ancestor in lineage {
            self.push(ancestor, None);
            let mut outside = self.code.arguments(ancestor, Kind::Outside, self.release);
            any |= outside.any(|base| {
                let base = self.shared.text(base);
                !BUILTINS.contains(&base.rsplit('.').next().unwrap_or(base))
            });
            for member in self.code.arguments(ancestor, Kind::Member, self.release) {
                members.entry(member).or_default().push(ancestor);
            }
        }
        let names: Vec<u32> = members.keys().copied().collect();
        let context = self.alive.len();
        self.alive.push(Alive {
            class,
            made,
            members,
        });
        for name in names {
            let text = self.shared.text(name);
            let unasked = UNASKED.contains(&text);
            let special = text.starts_with("__") && !unasked;
            if special || ENTRIES.contains(&text) || made && MAKES.contains(&text) {
                self.ask(context, name);
            } else if any && !unasked {
                self.ask_from_outside(context, name);
            }
        }
        let asked: Vec<u32> = self.asked.iter().copied().collect();
        for name in asked {
            self.ask_from_outside(context, name);
        }
    }

    /// Every definition of a name in the lineage of a class that is alive.
    fn ask(&mut self, context: usize, name: u32) {
        let Some(classes) = self.alive[context].members.get(&name).cloned() else {
            return;
        };
        for class in classes {
            if let Some(thing) = self.member(class, name) {
                self.push(thing, Some(context));
            }
        }
    }

    fn ask_from_outside(&mut self, context: usize, name: u32) {
        if self.alive[context].made || !FITS.contains(&self.shared.text(name)) {
            self.ask(context, name);
        }
    }

    fn member(&self, class: Thing, name: u32) -> Option<Thing> {
        let (module, class) = self.code.key(class)?;
        let name = self.shared.text(name);
        let qualified = format!("{}.{name}", self.shared.text(class));
        self.code
            .find(self.shared, self.shared.text(module), &qualified)
    }

    fn step(&mut self, atlas: &Atlas, thing: Thing, context: Option<usize>) {
        let code = self.code;
        for fact in code.facts(thing) {
            if !fact.releases.has(self.release) {
                continue;
            }
            match (fact.kind, context) {
                (Kind::Leads, _) => self.push(fact.argument, None),
                (Kind::Whole, _) => self.enter(atlas, fact.argument, true),
                (Kind::Sure | Kind::Perhaps | Kind::Guarded, Some(context)) => {
                    self.ask(context, fact.argument);
                }
                (Kind::Dynamic, Some(context)) => {
                    let names: Vec<u32> = self.alive[context].members.keys().copied().collect();
                    for name in names {
                        if !UNASKED.contains(&self.shared.text(name)) {
                            self.ask_from_outside(context, name);
                        }
                    }
                }
                (Kind::Asks, _) if self.asked.insert(fact.argument) => {
                    for context in 0..self.alive.len() {
                        self.ask_from_outside(context, fact.argument);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Reached {
    /// How many functions, methods and values there are.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Whether nothing was reached.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// What differs from another release; `self` is the one that would run.
    pub fn difference(&self, other: &Reached, atlas: &Atlas) -> Difference {
        let only = |of: &Reached, not: &Reached| -> Vec<Thing> {
            let code = of.code.iter();
            code.filter(|(digest, _)| !not.code.contains_key(digest))
                .map(|(_, thing)| *thing)
                .collect()
        };
        let mut things = only(self, other);
        things.extend(only(other, self));
        let mut checks_only = !things.is_empty();
        let mut changed = Vec::new();
        let mut records = Vec::new();
        for thing in things {
            let (module, name) = atlas.name_of(thing);
            checks_only &= is_check(module, name);
            let shown = if name.is_empty() {
                module.to_owned()
            } else {
                format!("{module}.{name}")
            };
            let in_tree = module.starts_with("sklearn.tree.");
            if !in_tree && !atlas.while_is(thing, Kind::Record).is_empty() {
                records.push(shown.clone());
            }
            changed.push(shown);
        }
        changed.sort();
        changed.dedup();
        Difference {
            of: self.len(),
            changed,
            records,
            checks_only,
        }
    }
}

/// Whether code only checks input or describes the object.
fn is_check(module: &str, name: &str) -> bool {
    let inside = |checks: &&str| {
        module
            .strip_prefix(*checks)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    CHECKS.iter().any(inside) || name.ends_with(".__sklearn_tags__")
}
