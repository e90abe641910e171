//! Whether a name exists in a module after import: bindings, re-exports, star imports, parts of
//! packages, members of classes.

use std::path::{Path, PathBuf};

use super::dynamic::Effect;
use super::modules::Place;
use super::source_names::{Binding, ClassNames, SourceNames, Target};
use super::{Environment, ModuleKind, NameLookup, builtin};
use crate::text;

/// Longest chain of re-exports that is followed.
pub(super) const MOST_STEPS: usize = 24;
/// Most modules that one question may visit (star imports branch).
pub(super) const MOST_VISITS: usize = 400;

/// Attributes that every module has.
pub(super) const OF_EVERY_MODULE: &[&str] = &[
    "__name__",
    "__doc__",
    "__dict__",
    "__file__",
    "__loader__",
    "__package__",
    "__spec__",
    "__builtins__",
    "__annotations__",
    "__cached__",
    "__class__",
    "__delattr__",
    "__dir__",
    "__eq__",
    "__format__",
    "__ge__",
    "__getattribute__",
    "__gt__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__le__",
    "__lt__",
    "__ne__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__sizeof__",
    "__str__",
    "__subclasshook__",
];

/// numpy makes its scalar types' names in a loop over a table that its compiled part fills.
const NUMPY_SCALARS: &str = "bool_ byte bytes_ cdouble character clongdouble complex128 complex64 \
    complexfloating csingle datetime64 double flexible float16 float32 float64 floating generic half \
    inexact int16 int32 int64 int8 int_ intc integer intp longdouble longlong number object_ short \
    signedinteger single str_ timedelta64 ubyte uint16 uint32 uint64 uint8 uintc uintp ulonglong \
    unsignedinteger ushort void";

/// What a name turned out to be.
pub(super) enum Found {
    /// A function or value: nothing is known about its attributes.
    Value {
        file: Option<PathBuf>,
        line: Option<u32>,
    },
    Class {
        module: String,
        file: PathBuf,
        line: u32,
        names: ClassNames,
    },
    Module(String),
    Missing(Option<PathBuf>),
    ModuleMissing {
        first: String,
        searched: Option<PathBuf>,
    },
    Unknown(String),
}

/// The budget of one question.
#[derive(Default)]
pub(super) struct Walk {
    pub visits: usize,
    /// What takes reading the instructions of a compiled module or the whole interpreter is not told.
    pub quick: bool,
    /// `(module, name)` pairs on the way, so that imports in a circle end.
    pub path: Vec<(String, String)>,
}

impl Environment {
    /// Looks for a name in a module, as it would be there after `import module`. A dotted name goes
    /// into classes (`Outer.inner`) and parts of packages.
    pub fn name(&self, module: &str, qualname: &str) -> NameLookup {
        self.looked_up(module, qualname, Walk::default())
    }

    /// The same, but that what would take long to prove is unknown.
    pub(super) fn name_quickly(&self, module: &str, qualname: &str) -> NameLookup {
        let walk = Walk {
            quick: true,
            ..Walk::default()
        };
        self.looked_up(module, qualname, walk)
    }

    fn looked_up(&self, module: &str, qualname: &str, mut walk: Walk) -> NameLookup {
        let mut parts = qualname.split('.').take(64);
        let first = parts.next().unwrap_or_default();
        let mut found = self.attribute(module, first, &mut walk);
        let mut seen = first.to_owned();
        for part in parts {
            found = match found {
                Found::Module(module) => {
                    walk.path.clear();
                    self.attribute(&module, part, &mut walk)
                }
                Found::Class {
                    module,
                    file,
                    names,
                    ..
                } => self.member(&module, &file, &names, part, &mut walk),
                Found::Value { file, .. } => self.of_value(file, &seen, part),
                other => other,
            };
            seen.push('.');
            seen.push_str(part);
        }
        match found {
            Found::Value { file, line } => NameLookup::Defined { file, line },
            Found::Class { file, line, .. } => NameLookup::Defined {
                file: Some(file),
                line: Some(line),
            },
            Found::Module(module) => NameLookup::Defined {
                file: match self.place(&module) {
                    Place::Module { file, .. } => Some(file),
                    Place::Package { file, path, .. } => file.or_else(|| path.into_iter().next()),
                    _ => None,
                },
                line: None,
            },
            Found::Missing(file) => NameLookup::Missing { file },
            Found::ModuleMissing { first, searched } => {
                NameLookup::ModuleMissing { first, searched }
            }
            Found::Unknown(reason) => NameLookup::Unknown { reason },
        }
    }

    pub(super) fn attribute(&self, module: &str, name: &str, walk: &mut Walk) -> Found {
        walk.visits += 1;
        let key = (module.to_owned(), name.to_owned());
        if walk.visits > MOST_VISITS || walk.path.len() > MOST_STEPS {
            return Found::Unknown("its imports lead too far".to_owned());
        }
        if walk.path.contains(&key) {
            return Found::Unknown("its imports go in a circle".to_owned());
        }
        if let Some(found) = self.supposed_name(module, name) {
            return found;
        }
        walk.path.push(key);
        let found = match self.place(module) {
            Place::Module { file, .. } if OF_EVERY_MODULE.contains(&name) => Found::Value {
                file: Some(file),
                line: None,
            },
            Place::Package { file, .. }
                if OF_EVERY_MODULE.contains(&name) || name == "__path__" =>
            {
                Found::Value { file, line: None }
            }
            Place::Module { file, .. } if name == "__path__" => Found::Missing(Some(file)),
            Place::Missing { first, searched } => Found::ModuleMissing { first, searched },
            Place::Unknown(reason) => Found::Unknown(reason),
            Place::Builtin => self.in_builtin(module, name, walk.quick),
            Place::Module { file, kind } => self.in_file(module, &file, kind, name, false, walk),
            Place::Package {
                file: Some(file),
                kind,
                ..
            } => self.in_file(module, &file, kind, name, true, walk),
            Place::Package {
                file: None, path, ..
            } => self
                .part(module, name)
                .unwrap_or(Found::Missing(path.into_iter().next())),
        };
        walk.path.pop();
        found
    }

    fn in_builtin(&self, module: &str, name: &str, quick: bool) -> Found {
        let there = || builtin::has_name(self, module, name);
        match (!quick).then(there).flatten() {
            Some(true) => Found::Value {
                file: None,
                line: None,
            },
            Some(false) => Found::Missing(None),
            None => Found::Unknown(format!(
                "{} is built into the interpreter, which does not show its names",
                text::clean(module)
            )),
        }
    }

    /// A part of a package with this name.
    fn part(&self, package: &str, name: &str) -> Option<Found> {
        let dotted = format!("{package}.{name}");
        match self.place(&dotted) {
            Place::Missing { .. } => None,
            Place::Unknown(reason) => Some(Found::Unknown(reason)),
            _ => Some(Found::Module(dotted)),
        }
    }

    fn in_file(
        &self,
        module: &str,
        file: &Path,
        kind: ModuleKind,
        name: &str,
        package: bool,
        walk: &mut Walk,
    ) -> Found {
        if kind == ModuleKind::Compiled {
            return self.in_binary(module, file, name, walk.quick);
        }
        if file.extension().is_some_and(|extension| extension == "pyc") {
            return Found::Unknown(format!("{} is bytecode without source", text::path(file)));
        }
        let Some(source) = self.state.source(file) else {
            return Found::Unknown(format!("{} cannot be read as Python", text::path(file)));
        };
        if let Some(found) = self.bound(module, file, &source, name, package, walk) {
            return found;
        }
        let mut doubt = None;
        for star in &source.stars {
            let Some(from) = absolute(module, package, star) else {
                continue;
            };
            match self.through_star(&from, name, walk) {
                Some(Found::Unknown(reason)) => doubt = Some(reason),
                Some(found) => return found,
                None => {}
            }
        }
        for mirror in &source.mirrors {
            if let Found::Module(of) = self.dotted_here(module, mirror, walk) {
                match self.attribute(&of, name, walk) {
                    Found::Missing(_) if source.mirrors.len() == 1 => {
                        return Found::Missing(Some(file.to_path_buf()));
                    }
                    Found::Missing(_) | Found::ModuleMissing { .. } | Found::Unknown(_) => {}
                    found => return found,
                }
            }
        }
        if package && let Some(part) = self.part(module, name) {
            return part;
        }
        if let Some(found) = self.on_demand(module, file, &source, name, package, walk) {
            return found;
        }
        if source.does(Effect::ReplacesItself) {
            return Found::Unknown(format!(
                "{} puts another object in its own place while it is imported",
                text::path(file)
            ));
        }
        if matches!(
            module,
            "numpy" | "numpy.core.numerictypes" | "numpy._core.numerictypes"
        ) && NUMPY_SCALARS.split(' ').any(|scalar| scalar == name)
        {
            return Found::Value {
                file: Some(file.to_path_buf()),
                line: None,
            };
        }
        if source.does(Effect::MakesNames) {
            return Found::Unknown(format!(
                "{} makes names while it is imported",
                text::path(file)
            ));
        }
        match doubt {
            Some(reason) => Found::Unknown(reason),
            None => Found::Missing(Some(file.to_path_buf())),
        }
    }

    /// What the bindings of a source say about a name; `None` when it is not bound there.
    fn bound(
        &self,
        module: &str,
        file: &Path,
        source: &SourceNames,
        name: &str,
        package: bool,
        walk: &mut Walk,
    ) -> Option<Found> {
        let bindings = source.names.get(name)?;
        let mut missing = None;
        // The last binding is the one that stays; what is guarded may not happen.
        let order = bindings
            .iter()
            .rev()
            .filter(|binding| !binding.guarded)
            .chain(bindings.iter().rev().filter(|binding| binding.guarded));
        for binding in order {
            match self.follow(module, file, binding, name, package, walk) {
                Found::Missing(_) | Found::ModuleMissing { .. } if binding.guarded => {
                    missing = Some(Found::Missing(Some(file.to_path_buf())));
                }
                // The module itself could not be imported then: that is said of the module.
                Found::Missing(_) | Found::ModuleMissing { .. } | Found::Unknown(_) => {
                    return Some(Found::Value {
                        file: Some(file.to_path_buf()),
                        line: Some(binding.line),
                    });
                }
                found => return Some(found),
            }
        }
        missing
    }

    fn follow(
        &self,
        module: &str,
        file: &Path,
        binding: &Binding,
        name: &str,
        package: bool,
        walk: &mut Walk,
    ) -> Found {
        let here = || Found::Value {
            file: Some(file.to_path_buf()),
            line: Some(binding.line),
        };
        match &binding.target {
            Target::Here => here(),
            Target::Class(names) => Found::Class {
                module: module.to_owned(),
                file: file.to_path_buf(),
                line: binding.line,
                names: names.clone(),
            },
            Target::Module(target) => match self.place(target) {
                Place::Missing { first, searched } => Found::ModuleMissing { first, searched },
                Place::Unknown(_) => here(),
                _ => Found::Module(target.clone()),
            },
            // `from . import part` in a package asks for the part, not for itself.
            Target::From { module: from, name }
                if absolute(module, package, from).as_deref() == Some(module) =>
            {
                self.part(module, name).unwrap_or_else(here)
            }
            Target::From { module: from, name } => match absolute(module, package, from) {
                Some(from) => match self.attribute(&from, name, walk) {
                    Found::Missing(at) => self.part(&from, name).unwrap_or(Found::Missing(at)),
                    found => found,
                },
                None => here(),
            },
            Target::Same(other) => {
                let first = crate::package::top_of(other);
                if first == name || !other.contains('.') && other == name {
                    return here();
                }
                match self.dotted_here(module, other, walk) {
                    Found::Missing(_) | Found::ModuleMissing { .. } | Found::Unknown(_) => here(),
                    found => found,
                }
            }
        }
    }

    /// `a.b.c` as an expression at the top level of a module.
    pub(super) fn dotted_here(&self, module: &str, dotted: &str, walk: &mut Walk) -> Found {
        let mut parts = dotted.split('.');
        let mut found = self.attribute(module, parts.next().unwrap_or_default(), walk);
        for part in parts {
            found = match found {
                Found::Module(module) => self.attribute(&module, part, walk),
                Found::Class {
                    module,
                    file,
                    names,
                    ..
                } => self.member(&module, &file, &names, part, walk),
                Found::Value { .. } => Found::Unknown("it is a value's attribute".to_owned()),
                other => other,
            };
        }
        found
    }

    /// A name through `from module import *`; `None` when it does not come that way.
    fn through_star(&self, from: &str, name: &str, walk: &mut Walk) -> Option<Found> {
        let file = match self.place(from) {
            Place::Module { file, .. }
            | Place::Package {
                file: Some(file), ..
            } => file,
            Place::Builtin if !name.starts_with('_') => {
                return match self.in_builtin(from, name, walk.quick) {
                    Found::Missing(_) => None,
                    found => Some(found),
                };
            }
            Place::Unknown(reason) => return Some(Found::Unknown(reason)),
            _ => return None,
        };
        let is_source = file.extension().is_some_and(|extension| extension == "py");
        let all = is_source
            .then(|| self.state.source(&file))
            .flatten()
            .and_then(|source| source.all.clone());
        let exported = match &all {
            Some(all) => all.iter().any(|exported| exported == name),
            None => !name.starts_with('_') || is_source,
        };
        if !exported {
            return None;
        }
        match self.attribute(from, name, walk) {
            Found::Missing(_) | Found::ModuleMissing { .. } => None,
            // Without a literal `__all__` an underscore name passes only if `__all__` lists it.
            _ if all.is_none() && name.starts_with('_') => self.open_all(&file).then(|| {
                Found::Unknown(format!(
                    "{} decides while it is imported what it exports",
                    text::path(&file)
                ))
            }),
            found => Some(found),
        }
    }

    /// Whether a source has an `__all__` that is not literal.
    fn open_all(&self, file: &Path) -> bool {
        self.state
            .source(file)
            .is_some_and(|source| source.all.is_none() && source.names.contains_key("__all__"))
    }
}

/// The absolute name of a module that is written relative to another; `None` when the dots lead
/// out of the top.
pub(super) fn absolute(module: &str, package: bool, written: &str) -> Option<String> {
    let name = written.trim_start_matches('.');
    let dots = written.len() - name.len();
    if dots == 0 {
        return Some(name.to_owned());
    }
    let mut base = module;
    let up = if package { dots - 1 } else { dots };
    for _ in 0..up {
        base = base.rsplit_once('.')?.0;
    }
    if name.is_empty() {
        Some(base.to_owned())
    } else {
        Some(format!("{base}.{name}"))
    }
}
