//! The words of Python's own errors when a module or a name is not there.
//!
//! Compared with what Python 3.6, 3.8, 3.9, 3.11, 3.12 and 3.13 really say.

use std::path::Path;

use super::{Environment, ModuleKind, ModuleLookup, NameLookup, PythonVersion};

/// Who reads the pickle: the two unpicklers word some errors differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpickler {
    /// `pickle.load`, `pickle.loads`: written in C.
    C,
    /// `joblib.load` and other subclasses of `pickle._Unpickler`: written in Python.
    Python,
}

/// `ModuleNotFoundError`'s text for a missing module: `first` is the dotted prefix that fails, as
/// [`ModuleLookup::Missing`] has it. A parent that is no package is named.
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

/// `AttributeError`'s text when a module that is there lacks a name that a pickle asks for:
/// `qualname` is the name as the file holds it, with its dots, `protocol` the one the pickle states.
pub fn no_attribute(
    environment: &Environment,
    module: &str,
    qualname: &str,
    protocol: u8,
    unpickler: Unpickler,
) -> String {
    let before_3_13 = environment
        .python
        .is_some_and(|python| (python.major, python.minor) < (3, 13));
    if protocol < 4 && unpickler == Unpickler::Python {
        // The Python code uses plain `getattr` there, and dots are part of the name.
        return format!("module '{module}' has no attribute '{qualname}'");
    }
    let of_module = shown_module(environment, module);
    if protocol >= 4 && qualname.split('.').any(|part| part == "<locals>") {
        let verb = if before_3_13 && unpickler == Unpickler::C {
            "pickle"
        } else {
            "get"
        };
        return format!("Can't {verb} local attribute '{qualname}' on {of_module}");
    }
    if before_3_13
        && unpickler == Unpickler::Python
        && let Some(class) = reached(environment, module, qualname)
    {
        return format!("Can't get attribute '{qualname}' on <class '{module}.{class}'>");
    }
    format!("Can't get attribute '{qualname}' on {of_module}")
}

/// The longest part of a dotted name that is there.
fn reached<'q>(environment: &Environment, module: &str, qualname: &'q str) -> Option<&'q str> {
    let mut prefix = qualname.rsplit_once('.')?.0;
    loop {
        if matches!(environment.name(module, prefix), NameLookup::Defined { .. }) {
            return Some(prefix);
        }
        prefix = prefix.rsplit_once('.')?.0;
    }
}

/// A module's `repr`: `<module 'm' from '/path/m.py'>`, `<module 'sys' (built-in)>`.
pub fn shown_module(environment: &Environment, module: &str) -> String {
    match environment.module(module) {
        ModuleLookup::Found {
            file: Some(file),
            kind: ModuleKind::Namespace,
        } => shown_namespace(environment.python, module, &file),
        ModuleLookup::Found {
            file: Some(file),
            kind,
        } => {
            // Found under a bare name, it still calls itself what it is called where it lies.
            let own = (kind == ModuleKind::Compiled)
                .then(|| environment.own_name(module, &file))
                .flatten();
            let module = own.as_deref().unwrap_or(module);
            format!("<module '{module}' from '{}'>", file.display())
        }
        ModuleLookup::Found { file: None, .. } => format!("<module '{module}' (built-in)>"),
        _ => format!("<module '{module}'>"),
    }
}

/// 3.12 shows the first folders of a namespace package; 3.11 shows its loader's address, which
/// nobody can know.
fn shown_namespace(python: Option<PythonVersion>, module: &str, folder: &Path) -> String {
    if python.is_some_and(|python| (python.major, python.minor) >= (3, 12)) {
        format!(
            "<module '{module}' (namespace) from ['{}']>",
            folder.display()
        )
    } else {
        format!("<module '{module}' (namespace)>")
    }
}
