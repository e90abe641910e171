//! The words of Python's own errors when a module or a name is not there.

use std::path::Path;

use super::{Environment, ModuleKind, ModuleLookup, PythonVersion};

/// Who reads the pickle: the two unpicklers word some errors differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpickler {
    /// `pickle.load`, `pickle.loads`: written in C.
    C,
    /// `joblib.load` and other subclasses of `pickle._Unpickler`: written in Python.
    Python,
}

/// `ModuleNotFoundError`'s text for a missing module: `first` is the dotted prefix that fails.
/// A prefix whose parent is no package gets the parent named.
pub fn no_module(environment: &Environment, first: &str) -> String {
    if let Some((parent, _)) = first.rsplit_once('.')
        && let ModuleLookup::Found { kind, file } = environment.module(parent)
        && !is_package(kind, file.as_deref())
    {
        return format!("No module named '{first}'; '{parent}' is not a package");
    }
    format!("No module named '{first}'")
}

fn is_package(kind: ModuleKind, file: Option<&Path>) -> bool {
    match kind {
        ModuleKind::Package | ModuleKind::Namespace => true,
        ModuleKind::Source | ModuleKind::Builtin => false,
        ModuleKind::Compiled => file
            .and_then(Path::file_name)
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("__init__.")),
    }
}

/// `AttributeError`'s text when a module that is there lacks a name that a pickle asks for.
/// `qualname` is the name as the file holds it, with its dots.
pub fn no_attribute(
    environment: &Environment,
    module: &str,
    qualname: &str,
    protocol: u8,
    unpickler: Unpickler,
) -> String {
    let shown = shown_module(environment, module);
    let python = environment.python;
    // Names are only looked up part by part since protocol 4.
    if protocol < 4 || !qualname.contains('.') {
        return plain(module, qualname, &shown, protocol, unpickler, python);
    }
    format!("Can't get attribute '{qualname}' on {shown}")
}

fn plain(
    _module: &str,
    name: &str,
    shown: &str,
    _protocol: u8,
    _unpickler: Unpickler,
    _python: Option<PythonVersion>,
) -> String {
    format!("Can't get attribute '{name}' on {shown}")
}

/// A module's `repr`: `<module 'm' from '/path/m.py'>`, `<module 'sys' (built-in)>`.
pub fn shown_module(environment: &Environment, module: &str) -> String {
    match environment.module(module) {
        ModuleLookup::Found {
            file: Some(file), ..
        } => format!("<module '{module}' from '{}'>", file.display()),
        ModuleLookup::Found { file: None, .. } => format!("<module '{module}' (built-in)>"),
        _ => format!("<module '{module}'>"),
    }
}
