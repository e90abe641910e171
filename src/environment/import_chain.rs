//! What importing a module would raise, because of what it imports in turn: a module that is not
//! installed, a name that another distribution's release does not have, a compiled module built for
//! another numpy.
//!
//! It follows the imports that always run (see `imports`) through the environment's own sources, depth
//! first as Python does. What may run or not is not followed, and what cannot be told raises nothing
//! here. The standard library is taken as whole; only what is asked from it is looked at.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::imports::{Import, Imports};
use super::modules::Place;
use super::names::{self, Found, absolute};
use super::numpy_abi::{self, Built};
use super::state::locked;
use super::{Environment, ModuleKind, NameLookup, files, messages, syntax};
use crate::package::top_of;

/// Most modules that one walk visits.
const MOST_MODULES: usize = 8_000;
/// Most modules that import each other in a row.
const DEEPEST: usize = 600;
/// Most sources whose import statements are remembered.
const MOST_KEPT: usize = 20_000;

/// An import that would fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFailure {
    /// The class of the exception.
    pub exception: &'static str,
    /// Its message.
    pub message: String,
    /// The module that is missing, that lacks a name, or that is built for another numpy.
    pub subject: String,
    /// What went wrong.
    pub cause: ImportCause,
    /// The import statements on the way, from the module that was asked for to the one that fails.
    pub chain: Vec<ImportStep>,
    /// The file that lacks something.
    pub file: Option<PathBuf>,
}

/// Why an import would fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportCause {
    /// A module is not there.
    Module,
    /// A module lacks a name.
    Name,
    /// A compiled module was built for another numpy.
    Numpy,
}

/// One import statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStep {
    /// The module whose source it is.
    pub module: String,
    /// The source.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Cache {
    sources: Mutex<HashMap<PathBuf, Arc<Imports>>>,
    /// Modules whose whole chain is without a failure.
    sound: Mutex<HashSet<String>>,
    /// `module name` of names that are there.
    plain: Mutex<HashSet<String>>,
    failing: Mutex<HashMap<String, Option<Arc<ImportFailure>>>>,
}

/// A source whose imports are being followed.
struct Frame {
    module: String,
    file: PathBuf,
    package: bool,
    imports: Arc<Imports>,
    /// The statement after the one that is being followed.
    next: usize,
    /// What is left of it.
    steps: VecDeque<Step>,
    line: u32,
    /// A name was taken as a module; the package may bind the name to something else.
    guessed: Option<(String, String)>,
}

enum Step {
    Enter(String),
    /// One whose absence is handled by asking it for an attribute.
    Handled(String),
    /// From a module, a name.
    Name(String, String),
}

// Independent facts about one walk.
#[allow(clippy::struct_excessive_bools)]
struct Walk<'e> {
    environment: &'e Environment,
    visited: HashSet<String>,
    frames: Vec<Frame>,
    changes_search: bool,
    /// Sources that put modules into `sys.modules`.
    registrars: Vec<PathBuf>,
    /// numpy 2 is installed.
    numpy2: bool,
    /// Top-level packages whose compiled modules are known to be built for numpy 2.
    for_numpy2: HashSet<String>,
    /// Modules that an earlier walk found sound are passed over.
    trusting: bool,
    /// Some were.
    passed_over: bool,
}

impl Environment {
    /// What importing `module` would raise because of the imports in it; `None` when nothing is known
    /// to. That the module itself is not there is not told here.
    pub fn import_failure(&self, module: &str) -> Option<Arc<ImportFailure>> {
        let cache = &self.state.chains;
        if locked(&cache.sound).contains(module) {
            return None;
        }
        if let Some(known) = locked(&cache.failing).get(module) {
            return known.clone();
        }
        let mut walk = Walk::new(self, true);
        let mut failure = walk.run(module);
        if failure.is_some() && walk.passed_over {
            // What was passed over may have changed the search path or registered what is missed.
            failure = Walk::new(self, false).run(module);
        }
        let failure = failure.map(Arc::new);
        if failure.is_none() && walk.visited.len() < MOST_MODULES {
            locked(&cache.sound).extend(walk.visited);
        }
        locked(&cache.failing).insert(module.to_owned(), failure.clone());
        failure
    }

    pub(super) fn imports_of(&self, file: &Path) -> Arc<Imports> {
        if let Some(known) = locked(&self.state.chains.sources).get(file) {
            return known.clone();
        }
        let bytes = files::bounded(file, syntax::LARGEST).unwrap_or_default();
        let imports = Arc::new(Imports::scan(&bytes));
        let mut sources = locked(&self.state.chains.sources);
        if sources.len() < MOST_KEPT {
            sources.insert(file.to_path_buf(), imports.clone());
        }
        imports
    }

    /// Whether a file belongs to the standard library.
    fn is_standard(&self, file: &Path) -> bool {
        let standard = &self.search[..self.state.standard.min(self.search.len())];
        let below = |folder: &PathBuf| {
            file.strip_prefix(folder).is_ok_and(|rest| {
                !rest.components().any(|part| {
                    matches!(
                        part.as_os_str().to_str(),
                        Some("site-packages" | "dist-packages")
                    )
                })
            })
        };
        standard.iter().any(below)
    }
}

impl<'e> Walk<'e> {
    fn new(environment: &'e Environment, trusting: bool) -> Self {
        let numpy = environment.distribution("numpy");
        Self {
            environment,
            visited: HashSet::new(),
            frames: Vec::new(),
            changes_search: false,
            registrars: Vec::new(),
            numpy2: numpy.is_some_and(|numpy| {
                crate::package::satisfies(&numpy.version, ">=2.0") == Some(true)
            }),
            for_numpy2: HashSet::new(),
            trusting,
            passed_over: false,
        }
    }

    fn run(&mut self, module: &str) -> Option<ImportFailure> {
        for prefix in prefixes(module) {
            if let Some(failure) = self.enter(&prefix) {
                return Some(failure);
            }
            while let Some(frame) = self.frames.last_mut() {
                let Some(step) = frame.steps.pop_front() else {
                    if !self.next_statement() {
                        self.frames.pop();
                    }
                    continue;
                };
                let failure = match step {
                    Step::Enter(module) => self.enter(&module),
                    Step::Handled(module) => self.handled(&module),
                    Step::Name(from, name) => self.name(&from, &name),
                };
                if let Some(failure) = failure
                    && !self.guessed_wrong()
                {
                    return Some(failure);
                }
            }
        }
        None
    }

    /// Takes up the next import statement of the innermost source; whether there is one.
    fn next_statement(&mut self) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        let imports = frame.imports.clone();
        let Some(import) = imports.statements.get(frame.next) else {
            return false;
        };
        frame.next += 1;
        frame.line = import.line;
        frame.guessed = None;
        frame.steps = steps(&frame.module, frame.package, import);
        true
    }

    /// Imports one module whose parents are imported.
    fn enter(&mut self, module: &str) -> Option<ImportFailure> {
        if self.visited.len() >= MOST_MODULES
            || self.frames.len() >= DEEPEST
            || !self.visited.insert(module.to_owned())
        {
            return None;
        }
        if self.trusting && locked(&self.environment.state.chains.sound).contains(module) {
            self.passed_over = true;
            return None;
        }
        let (file, kind, package) = match self.environment.place(module) {
            Place::Module { file, kind } => (file, kind, false),
            Place::Package {
                file: Some(file),
                kind,
                ..
            } => (file, kind, true),
            Place::Missing { first, searched } => {
                let failure = self.missing(&first, searched);
                self.skip_statement();
                return failure;
            }
            Place::Unknown(_) => {
                self.skip_statement();
                return None;
            }
            Place::Builtin | Place::Package { file: None, .. } => return None,
        };
        if kind == ModuleKind::Compiled {
            return self.compiled(module, file);
        }
        if self.environment.is_standard(&file)
            || file.extension().is_none_or(|extension| extension != "py")
        {
            return None;
        }
        let imports = self.environment.imports_of(&file);
        self.changes_search |= imports.changes_search;
        if imports.registers {
            self.registrars.push(file.clone());
        }
        self.frames.push(Frame {
            module: module.to_owned(),
            file,
            package,
            imports,
            next: 0,
            steps: VecDeque::new(),
            line: 0,
            guessed: None,
        });
        None
    }

    fn handled(&mut self, module: &str) -> Option<ImportFailure> {
        let Place::Missing { first, searched } = self.environment.place(module) else {
            return None;
        };
        let failure = self.missing(&first, searched)?;
        Some(ImportFailure {
            exception: "NameError",
            message: format!("name '{module}' is not defined"),
            ..failure
        })
    }

    /// What is left of a statement cannot be told.
    fn skip_statement(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.steps.clear();
        }
    }

    fn missing(&self, first: &str, searched: Option<PathBuf>) -> Option<ImportFailure> {
        // Without a frame it is the module that was asked for.
        let importer = self.frames.last()?;
        let top = top_of(first);
        let known = crate::package::is_stdlib(top, None);
        let hooked = matches!(top, "distutils" | "_distutils")
            && self.environment.distribution("setuptools").is_some();
        let registered = self.registrars.iter().any(|file| {
            let last = first.rsplit('.').next().unwrap_or(first);
            files::bounded(file, syntax::LARGEST)
                .is_some_and(|text| memchr::memmem::find(&text, last.as_bytes()).is_some())
        });
        // A standard library that is not at hand says nothing about its modules.
        let blind = known && self.environment.state.standard == 0;
        if self.changes_search || hooked || registered || blind || importer.line == 0 {
            return None;
        }
        Some(self.failure(
            "ModuleNotFoundError",
            messages::no_module(self.environment, first),
            first,
            ImportCause::Module,
            searched,
        ))
    }

    /// A name from a module that is imported: a part of a package, or a binding.
    fn name(&mut self, from: &str, name: &str) -> Option<ImportFailure> {
        let part = format!("{from}.{name}");
        // Whether it is a part that something registers is not asked: such a part raises nothing.
        let there = match self.environment.place(from) {
            Place::Package { path, .. } => self.environment.in_folders(&path, name).is_some(),
            _ => false,
        };
        let importer = self.frames.last_mut()?;
        if there {
            importer.guessed = Some((from.to_owned(), name.to_owned()));
            return self.enter(&part);
        }
        // One distribution's parts fit each other.
        if top_of(&importer.module) == top_of(from) || self.frames.iter().any(|f| f.module == from)
        {
            return None;
        }
        let asked = format!("{from} {name}");
        let plain = &self.environment.state.chains.plain;
        if locked(plain).contains(&asked) {
            return None;
        }
        if self.environment.plainly_has(from, name, 0) {
            locked(plain).insert(asked);
            return None;
        }
        let NameLookup::Missing { file: Some(file) } = self.environment.name_quickly(from, name)
        else {
            return None;
        };
        if self.changes_search && self.registrars.contains(&file) {
            return None;
        }
        let old = self
            .environment
            .python
            .is_some_and(|python| (python.major, python.minor) < (3, 7));
        let message = if old {
            format!("cannot import name '{name}'")
        } else {
            format!(
                "cannot import name '{name}' from '{from}' ({})",
                file.display()
            )
        };
        Some(self.failure("ImportError", message, from, ImportCause::Name, Some(file)))
    }

    fn compiled(&mut self, module: &str, file: PathBuf) -> Option<ImportFailure> {
        let package = top_of(module);
        if !self.numpy2 || package == "numpy" || self.for_numpy2.contains(package) {
            return None;
        }
        let built = numpy_abi::built(&file);
        if built == Built::ForNumpy2 {
            // A wheel is built with one numpy.
            self.for_numpy2.insert(package.to_owned());
        }
        let (exception, message) = built.refusal()?;
        let cause = ImportCause::Numpy;
        Some(self.failure(exception, message.to_owned(), module, cause, Some(file)))
    }

    fn failure(
        &self,
        exception: &'static str,
        message: String,
        subject: &str,
        cause: ImportCause,
        file: Option<PathBuf>,
    ) -> ImportFailure {
        let step = |frame: &Frame| ImportStep {
            module: frame.module.clone(),
            file: frame.file.clone(),
            line: frame.line,
        };
        ImportFailure {
            exception,
            message,
            subject: subject.to_owned(),
            cause,
            chain: self.frames.iter().map(step).collect(),
            file,
        }
    }

    /// Whether the way to here leads over a name that was taken as a part of a package and is bound to
    /// something else there. Then the way was wrong, and it is left.
    fn guessed_wrong(&mut self) -> bool {
        let wrong = self.frames.iter().position(|frame| {
            frame.guessed.as_ref().is_some_and(|(from, name)| {
                let mut lookup = names::Walk::default();
                match self.environment.attribute(from, name, &mut lookup) {
                    Found::Module(part) => part != format!("{from}.{name}"),
                    Found::Missing(_) => false,
                    _ => true,
                }
            })
        });
        if let Some(wrong) = wrong {
            self.frames.truncate(wrong + 1);
        }
        wrong.is_some()
    }
}

/// A statement as a list of what Python does for it.
fn steps(module: &str, package: bool, import: &Import) -> VecDeque<Step> {
    let mut steps = VecDeque::new();
    if import.handled {
        steps.push_back(Step::Handled(import.module.clone()));
        return steps;
    }
    let Some(target) = absolute(module, package, &import.module) else {
        return steps;
    };
    steps.extend(prefixes(&target).map(Step::Enter));
    for name in import.names.iter().flatten().filter(|name| *name != "*") {
        steps.push_back(Step::Name(target.clone(), name.clone()));
    }
    steps
}

/// `a`, `a.b`, `a.b.c`.
fn prefixes(module: &str) -> impl Iterator<Item = String> + '_ {
    let ends = memchr::memchr_iter(b'.', module.as_bytes()).chain([module.len()]);
    ends.take(64).map(|end| module[..end].to_owned())
}
