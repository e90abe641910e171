//! Which Pythons are there, what is installed in them, which modules and names they define.
//! Reads files only; never starts a Python.

mod builtin;
mod checksums;
pub mod classes;
mod compat_pickle;
mod compiled_names;
mod discover;
mod dynamic;
mod expressions;
mod files;
mod hosts;
mod import_chain;
mod imports;
mod installed;
mod layout;
mod lzss;
mod members;
pub mod messages;
mod modules;
mod names;
mod numpy_abi;
mod open;
mod packed;
mod plain_names;
mod provided;
mod pth;
mod pyenv;
mod pyvenv;
mod source_names;
mod state;
mod supposed;
mod syntax;
mod types;

#[cfg(test)]
mod tests;

pub use checksums::Refusal;
pub use compat_pickle::fix_imports;
pub use discover::{Candidate, Discovery, Found, Variables, discover};
pub use hosts::list_all;
pub use import_chain::{ImportCause, ImportFailure, ImportStep};
pub use types::{
    Distribution, Environment, EnvironmentError, ModuleKind, ModuleLookup, NameLookup, Origin,
    PythonVersion,
};
