//! Which Pythons are there, what is installed in them, which modules and names they define.
//! Reads files only; never starts a Python.

mod types;

pub use types::{
    Distribution, Environment, EnvironmentError, ModuleKind, ModuleLookup, NameLookup, Origin,
    PythonVersion,
};
