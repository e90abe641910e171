//! What a name of a module stands for: through imports, re-exports and star imports to where it is
//! defined.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::cache::Source;
use super::lineage::ClassRef;
use super::tree::{Expr, ExprId, FunctionId, Stmt, What};
use crate::environment::state::locked;
use crate::environment::{Environment, ModuleLookup};

/// Longest chain of imports that is followed.
const MOST_STEPS: u32 = 24;

/// Modules and names that one question has led to, and in how many steps.
type Asked = HashMap<(Box<str>, Box<str>), u32>;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// A function.
    Function(Arc<Source>, FunctionId),
    /// A class.
    Class(ClassRef),
    /// The value of an expression at the top level of a module.
    Value(Arc<Source>, ExprId),
    /// A module, by its dotted name.
    Module(Box<str>),
    /// The module binds no such name: it may be a builtin.
    Unbound,
    /// It cannot be told.
    Unknown,
}

impl Environment {
    /// What `name` stands for in `module` after import.
    pub fn resolve(&self, module: &str, name: &str) -> Resolved {
        self.resolve_within(module, name, 0, &mut Asked::new())
    }

    fn resolve_within(&self, module: &str, name: &str, steps: u32, asked: &mut Asked) -> Resolved {
        if steps > MOST_STEPS {
            return Resolved::Unknown;
        }
        let cache = &self.state.code.names;
        if let Some(known) = locked(cache).get(module).and_then(|names| names.get(name)) {
            return known.clone();
        }
        // Alternatives that lead back into each other would be walked again and again. Only a shorter
        // way can tell more than the first.
        match asked.entry((module.into(), name.into())) {
            Entry::Occupied(before) if *before.get() <= steps => return Resolved::Unknown,
            entry => *entry.or_insert(steps) = steps,
        }
        let found = self.look(module, name, steps, asked);
        // What a circle of imports cut short is not an answer for the next question.
        if steps == 0 || !matches!(found, Resolved::Unknown) {
            let mut all = locked(cache);
            let names = all.entry(module.into()).or_default();
            names.insert(name.into(), found.clone());
        }
        found
    }

    fn look(&self, module: &str, name: &str, steps: u32, asked: &mut Asked) -> Resolved {
        let Some(source) = self.code(module) else {
            return Resolved::Unknown;
        };
        if let Some(bound) = source.code.globals.get(name) {
            let sure: Vec<&What> = bound
                .iter()
                .filter(|b| !b.guarded)
                .map(|b| &b.what)
                .collect();
            if let Some(last) = sure.last() {
                return self.stands_for(&source, last, steps, asked);
            }
            if let [only] = bound.as_slice() {
                return self.stands_for(&source, &only.what, steps, asked);
            }
            // Alternatives: the first import that works is the one that counts in `try`/`except`.
            let imports = bound.iter().map(|b| &b.what);
            if imports
                .clone()
                .all(|what| matches!(what, What::Import(_) | What::From(..)))
            {
                for what in imports {
                    match self.stands_for(&source, what, steps, asked) {
                        Resolved::Unknown | Resolved::Unbound => {}
                        found => return found,
                    }
                }
            }
            // An import in a `try`, with something else where it fails.
            if let what @ What::From(..) = &bound[0].what
                && let found @ Resolved::Class(_) = self.stands_for(&source, what, steps, asked)
            {
                return found;
            }
            // `Base = Imported` in a `try`, with something else where the import fails.
            if let What::Value(value) = &bound[0].what
                && let Expr::Name(imported) = &source.code.exprs[*value as usize]
                && let Some(origins) = source.code.globals.get(imported)
                && origins.iter().any(|b| matches!(b.what, What::From(..)))
                && let found @ Resolved::Class(_) =
                    self.resolve_within(module, imported, steps + 1, asked)
            {
                return found;
            }
            return Resolved::Unknown;
        }
        for star in &source.code.stars {
            let Some(from) = absolute(&source, star) else {
                continue;
            };
            match self.resolve_within(&from, name, steps + 1, asked) {
                Resolved::Unbound | Resolved::Unknown => {}
                found => return found,
            }
        }
        if source.package {
            let part = format!("{module}.{name}");
            if matches!(self.module(&part), ModuleLookup::Found { .. }) {
                return Resolved::Module(part.into());
            }
        }
        if let Some(from) = forwards(&source) {
            return self.imported_from_part(&source, &from, name, steps, asked);
        }
        if source.code.stars.is_empty() && !source.code.globals.contains_key("__getattr__") {
            return Resolved::Unbound;
        }
        Resolved::Unknown
    }

    fn stands_for(
        &self,
        source: &Arc<Source>,
        what: &What,
        steps: u32,
        asked: &mut Asked,
    ) -> Resolved {
        match what {
            What::Function(id) => Resolved::Function(source.clone(), *id),
            What::Class(id) => Resolved::Class(ClassRef {
                source: source.clone(),
                id: *id,
            }),
            What::Value(value) => match &source.code.exprs[*value as usize] {
                Expr::Name(other) => {
                    match self.resolve_within(&source.name, other, steps + 1, asked) {
                        Resolved::Unknown | Resolved::Unbound => {
                            Resolved::Value(source.clone(), *value)
                        }
                        found => found,
                    }
                }
                _ => Resolved::Value(source.clone(), *value),
            },
            What::Import(module) => Resolved::Module(module.clone()),
            What::From(module, name) => self.imported(source, module, name, steps, asked),
            What::Other => Resolved::Unknown,
        }
    }

    /// A name that a module asks another module for.
    fn imported_from_part(
        &self,
        source: &Arc<Source>,
        held: &str,
        name: &str,
        steps: u32,
        asked: &mut Asked,
    ) -> Resolved {
        if name == held || name.starts_with("__") {
            return Resolved::Unknown;
        }
        match self.resolve_within(&source.name, held, steps + 1, asked) {
            Resolved::Module(module) => self.resolve_within(&module, name, steps + 1, asked),
            _ => Resolved::Unknown,
        }
    }

    /// What `from module import name` binds, as written in `source`.
    pub fn import_from(&self, source: &Source, module: &str, name: &str) -> Resolved {
        self.imported(source, module, name, 0, &mut Asked::new())
    }

    fn imported(
        &self,
        source: &Source,
        module: &str,
        name: &str,
        steps: u32,
        asked: &mut Asked,
    ) -> Resolved {
        let Some(from) = absolute(source, module) else {
            return Resolved::Unknown;
        };
        let found = self.resolve_within(&from, name, steps + 1, asked);
        match found {
            // A part of a package takes the place of what its `__init__.py` binds to the name.
            Resolved::Unknown | Resolved::Unbound | Resolved::Value(..) => {
                let part = format!("{from}.{name}");
                match (self.module(&part), found) {
                    (ModuleLookup::Found { .. }, _) => Resolved::Module(part.into()),
                    (_, value @ Resolved::Value(..)) => value,
                    _ => Resolved::Unknown,
                }
            }
            found => found,
        }
    }
}

/// The name of the module that `def __getattr__(name): return getattr(module, name)` forwards to.
fn forwards(source: &Source) -> Option<Box<str>> {
    let [bound] = source.code.globals.get("__getattr__")?.as_slice() else {
        return None;
    };
    let What::Function(id) = bound.what else {
        return None;
    };
    let function = &source.code.functions[id as usize];
    let ([parameter], Some(Stmt::Return(Some(value)))) =
        (function.args.as_slice(), function.body.last())
    else {
        return None;
    };
    if function.size != 1 {
        return None;
    }
    let exprs = &source.code.exprs;
    let name = |id: &ExprId| match &exprs[*id as usize] {
        Expr::Name(name) => Some(name.clone()),
        _ => None,
    };
    match &exprs[*value as usize] {
        Expr::Call { callee, args, .. } if name(callee).as_deref() == Some("getattr") => {
            match args.as_slice() {
                [(false, held), (false, asked)] if name(asked)? == parameter.name => name(held),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A module name as an import statement in `source` means it.
fn absolute(source: &Source, module: &str) -> Option<String> {
    let rest = module.trim_start_matches('.');
    let dots = module.len() - rest.len();
    if dots == 0 {
        return Some(rest.to_owned());
    }
    let mut parts: Vec<&str> = source.name.split('.').collect();
    let up = if source.package { dots - 1 } else { dots };
    if up >= parts.len() {
        return None;
    }
    parts.truncate(parts.len() - up);
    if !rest.is_empty() {
        parts.push(rest);
    }
    Some(parts.join("."))
}
