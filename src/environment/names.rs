//! Whether a name exists in a module after import: bindings, re-exports, star imports, parts of
//! packages, members of classes.

use std::path::{Path, PathBuf};

use super::dynamic::Effect;
use super::modules::Place;
use super::source_names::{Binding, ClassNames, SourceNames, Target};
use super::{Environment, ModuleKind, NameLookup, builtin};
use crate::text;

/// Longest chain of re-exports that is followed.
const MOST_STEPS: usize = 24;
/// Most modules that one question may visit (star imports branch).
const MOST_VISITS: usize = 400;

/// Attributes that every module has.
const OF_EVERY_MODULE: &[&str] = &[
    "__name__",
    "__doc__",
    "__dict__",
    "__file__",
    "__loader__",
    "__package__",
    "__spec__",
    "__builtins__",
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
enum Found {
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
struct Walk {
    visits: usize,
    /// `(module, name)` pairs on the way, so that imports in a circle end.
    path: Vec<(String, String)>,
}

impl Environment {
    /// Looks for a name in a module, as it would be there after `import module`. A dotted name goes
    /// into classes (`Outer.inner`) and parts of packages.
    pub fn name(&self, module: &str, qualname: &str) -> NameLookup {
        let mut walk = Walk {
            visits: 0,
            path: Vec::new(),
        };
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

    fn attribute(&self, module: &str, name: &str, walk: &mut Walk) -> Found {
        walk.visits += 1;
        let key = (module.to_owned(), name.to_owned());
        if walk.visits > MOST_VISITS || walk.path.len() > MOST_STEPS {
            return Found::Unknown("its imports lead too far".to_owned());
        }
        if walk.path.contains(&key) {
            return Found::Unknown("its imports go in a circle".to_owned());
        }
        walk.path.push(key);
        let found = match self.place(module) {
            Place::Missing { first, searched } => Found::ModuleMissing { first, searched },
            Place::Unknown(reason) => Found::Unknown(reason),
            Place::Builtin => self.in_builtin(module, name),
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

    fn in_builtin(&self, module: &str, name: &str) -> Found {
        match builtin::has_name(self, module, name) {
            Some(true) => Found::Value {
                file: None,
                line: None,
            },
            Some(false) => Found::Missing(None),
            None => Found::Unknown(format!(
                "{} is built into the interpreter, which cannot be read",
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
        if OF_EVERY_MODULE.contains(&name) || (package && name == "__path__") {
            return Found::Value {
                file: Some(file.to_path_buf()),
                line: None,
            };
        }
        if name == "__path__" {
            return Found::Missing(Some(file.to_path_buf()));
        }
        if kind == ModuleKind::Compiled {
            return self.in_binary(module, file, name);
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
                let first = other.split('.').next().unwrap_or(other);
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
    fn dotted_here(&self, module: &str, dotted: &str, walk: &mut Walk) -> Found {
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
                return match self.in_builtin(from, name) {
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

    /// What a module-level `__getattr__` would answer; `None` when there is none, or it would say no.
    fn on_demand(
        &self,
        module: &str,
        file: &Path,
        source: &SourceNames,
        name: &str,
        package: bool,
        walk: &mut Walk,
    ) -> Option<Found> {
        let getattr = source.getattr.as_ref()?;
        let here = || Found::Value {
            file: Some(file.to_path_buf()),
            line: None,
        };
        if getattr.by_all
            && let Some(all) = &source.all
        {
            if all.iter().any(|listed| listed == name) {
                return Some(here());
            }
            if !getattr.opaque && getattr.delegates.is_empty() {
                return None;
            }
        }
        let mut doubt = getattr.opaque;
        for delegate in &getattr.delegates {
            let (first, rest) = delegate.split_once('.').unwrap_or((delegate, ""));
            let target = match getattr.imports.get(first) {
                Some((from, inner)) => absolute(module, package, from).map(|from| match inner {
                    Some(inner) => self.attribute(&from, inner, walk),
                    None => Found::Module(from),
                }),
                None => Some(self.attribute(module, first, walk)),
            };
            let target =
                rest.split('.')
                    .filter(|part| !part.is_empty())
                    .fold(target, |target, part| match target {
                        Some(Found::Module(module)) => Some(self.attribute(&module, part, walk)),
                        other => other,
                    });
            match target {
                Some(Found::Module(target)) => match self.attribute(&target, name, walk) {
                    Found::Missing(_) => {}
                    Found::Unknown(_) | Found::ModuleMissing { .. } => doubt = true,
                    found => return Some(found),
                },
                _ => doubt = true,
            }
        }
        let literal = source.text.as_deref().is_some_and(|text| {
            text.contains(&format!("'{name}'")) || text.contains(&format!("\"{name}\""))
        });
        (doubt || literal).then(|| {
            Found::Unknown(format!(
                "{} makes its names on demand (__getattr__)",
                text::path(file)
            ))
        })
    }

    fn member(
        &self,
        module: &str,
        file: &Path,
        names: &ClassNames,
        member: &str,
        walk: &mut Walk,
    ) -> Found {
        if let Some((line, inner)) = names.members.get(member) {
            return match inner {
                Some(inner) => Found::Class {
                    module: module.to_owned(),
                    file: file.to_path_buf(),
                    line: *line,
                    names: inner.clone(),
                },
                None => Found::Value {
                    file: Some(file.to_path_buf()),
                    line: Some(*line),
                },
            };
        }
        let mut open = names.open;
        for base in names.bases.iter().take(32) {
            if base == "object" {
                continue;
            }
            walk.visits += 1;
            if walk.visits > MOST_VISITS || walk.path.len() > MOST_STEPS {
                open = true;
                break;
            }
            // Base classes may name each other in a circle in a source that could not run.
            walk.path
                .push((module.to_owned(), format!("{base}.{member}")));
            let found = match self.dotted_here(module, base, walk) {
                Found::Class {
                    module,
                    file,
                    names,
                    ..
                } => self.member(&module, &file, &names, member, walk),
                _ => Found::Unknown(String::new()),
            };
            walk.path.pop();
            match found {
                Found::Missing(_) => {}
                Found::Unknown(_) | Found::ModuleMissing { .. } => open = true,
                found => return found,
            }
        }
        // What `object` and `type` give every class.
        if member.starts_with("__") && member.ends_with("__") {
            open = true;
        }
        if open {
            Found::Unknown(format!(
                "a base class or a decorator may provide {}",
                text::short(member, 80)
            ))
        } else {
            Found::Missing(Some(file.to_path_buf()))
        }
    }

    /// An attribute of a value: a compiled class's members are words of the same file.
    fn of_value(&self, file: Option<PathBuf>, owner: &str, part: &str) -> Found {
        let compiled = file
            .as_deref()
            .filter(|file| file.extension().is_none_or(|extension| extension != "py"))
            .and_then(|file| self.state.binary(file));
        if compiled.is_some_and(|names| names.has(part) == Some(true)) {
            return Found::Value { file, line: None };
        }
        Found::Unknown(format!(
            "the attributes of {} are not known without running it",
            text::short(owner, 80)
        ))
    }

    fn in_binary(&self, module: &str, file: &Path, name: &str) -> Found {
        let Some(names) = self.state.binary(file) else {
            return Found::Unknown(format!(
                "{} cannot be read as a compiled module",
                text::path(file)
            ));
        };
        match names.has_in(module, name) {
            Some(true) => Found::Value {
                file: Some(file.to_path_buf()),
                line: None,
            },
            Some(false) => Found::Missing(Some(file.to_path_buf())),
            None => Found::Unknown(format!("{} does not show its names", text::path(file))),
        }
    }
}

/// The absolute name of a module that is written relative to another; `None` when the dots lead
/// out of the top.
fn absolute(module: &str, package: bool, written: &str) -> Option<String> {
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
