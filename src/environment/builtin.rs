//! Modules that are compiled into the interpreter, and the words its files hold.

use std::path::PathBuf;

use super::Environment;
use super::files;
use super::state::locked;
use crate::package;

/// Largest interpreter or shared library that is searched.
const LARGEST: u64 = 64 << 20;

/// Built into every Python from 3.6 on.
const ALWAYS: &[&str] = &[
    "_ast",
    "_codecs",
    "_collections",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_functools",
    "_imp",
    "_io",
    "_locale",
    "_operator",
    "_signal",
    "_sre",
    "_stat",
    "_string",
    "_symtable",
    "_thread",
    "_tracemalloc",
    "_warnings",
    "_weakref",
    "atexit",
    "builtins",
    "errno",
    "faulthandler",
    "gc",
    "itertools",
    "marshal",
    "posix",
    "pwd",
    "sys",
    "time",
];

/// What pickles commonly take from built-in modules; the rest is looked for in the interpreter.
const COMMON: &[(&str, &[&str])] = &[
    (
        "builtins",
        &[
            "bool",
            "bytearray",
            "bytes",
            "complex",
            "dict",
            "Ellipsis",
            "eval",
            "exec",
            "float",
            "frozenset",
            "getattr",
            "int",
            "list",
            "map",
            "NotImplemented",
            "object",
            "print",
            "range",
            "set",
            "slice",
            "str",
            "tuple",
            "type",
            "zip",
        ],
    ),
    ("_codecs", &["encode", "decode"]),
    ("posix", &["system"]),
];

/// Whether every Python has this module built in.
pub(super) fn is_always(name: &str) -> bool {
    ALWAYS.contains(&name)
}

/// Whether a module of the standard library that has no file is compiled into this interpreter.
/// Without a standard library at hand (a virtual environment whose base is gone) the table answers.
pub(super) fn may_be(name: &str, environment: &Environment) -> bool {
    let python = environment
        .python
        .map(|python| (python.major, python.minor));
    if !package::is_stdlib(name, python) {
        return false;
    }
    if environment.state.standard == 0 {
        return true;
    }
    holds(environment, &format!("PyInit_{name}")) == Some(true)
}

/// Whether a built-in module has a name; `None` when the interpreter cannot be read.
pub(super) fn has_name(environment: &Environment, module: &str, name: &str) -> Option<bool> {
    if COMMON
        .iter()
        .any(|(of, names)| *of == module && names.contains(&name))
    {
        return Some(true);
    }
    holds(environment, name)
}

/// Whether the interpreter (or its shared library) holds a word that ends a C string; `None` when
/// neither can be read.
fn holds(environment: &Environment, word: &str) -> Option<bool> {
    if let Some(answer) = locked(&environment.state.interpreter_words).get(word) {
        return *answer;
    }
    let mut answer = None;
    for file in interpreter_files(environment) {
        if let Some(bytes) = files::bounded(&file, LARGEST) {
            if has_word(&bytes, word) {
                answer = Some(true);
                break;
            }
            answer = Some(false);
        }
    }
    locked(&environment.state.interpreter_words).insert(word.to_owned(), answer);
    answer
}

fn has_word(bytes: &[u8], word: &str) -> bool {
    let part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    memchr::memmem::find_iter(bytes, word.as_bytes()).any(|at| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        let after = bytes.get(at + word.len());
        before.is_none_or(|b| !part(*b)) && after == Some(&0)
    })
}

/// The shared library first: where there is one, the interpreter is a small shell around it.
fn interpreter_files(environment: &Environment) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let lib = environment.base().join("lib");
    if let Some(python) = environment.python {
        let stem = format!("libpython{}.{}", python.major, python.minor);
        let listing = environment.state.listing(&lib);
        let mut names: Vec<&str> = listing
            .names()
            .map(|(name, _)| name)
            .filter(|name| {
                name.starts_with(&stem) && (name.contains(".so") || name.contains(".dylib"))
            })
            .collect();
        names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
        files.extend(names.first().map(|name| lib.join(name)));
    }
    files.extend(environment.interpreter.clone());
    files
}
