//! Environments built in temporary folders.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A tree of files for one test.
struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn root(&self) -> PathBuf {
        // The temporary folder can be behind a link.
        fs::canonicalize(self.0.path()).unwrap()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A base installation of Python 3.11.7 at `base` with an empty `site-packages`.
    fn base(&self) -> &Self {
        self.file("base/bin/python3.11", "\x7fELF")
            .file("base/lib/python3.11/os.py", "from posix import *\n")
            .file("base/lib/python3.11/posixpath.py", "def join(a, b): pass\n")
            .file(
                "base/lib/python3.11/json/__init__.py",
                "def loads(s): pass\n",
            )
            .file(
                "base/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so",
                "",
            )
            .file("base/lib/python3.11/site-packages/onlybase.py", "x = 1\n")
            .file(
                "base/include/python3.11/patchlevel.h",
                "#define PY_MAJOR_VERSION 3\n#define PY_VERSION              \"3.11.7\"\n",
            )
    }

    /// A virtual environment at `venv` on that base.
    fn venv(&self, more: &str) -> &Self {
        let home = self.at("base/bin");
        self.base()
            .file("venv/bin/python", "\x7fELF")
            .file(
                "venv/pyvenv.cfg",
                &format!("home = {}\nversion = 3.11.7\n{more}", home.display()),
            )
            .file("venv/lib/python3.11/site-packages/here.py", "y = 2\n")
    }

    fn site(&self, path: &str, text: &str) -> &Self {
        self.file(&format!("venv/lib/python3.11/site-packages/{path}"), text)
    }

    fn open(&self, path: &str) -> Environment {
        Environment::open_with_home(&self.at(path), Origin::Flag, None).unwrap()
    }
}

fn is_found(environment: &Environment, module: &str) -> bool {
    matches!(environment.module(module), ModuleLookup::Found { .. })
}

fn kind(environment: &Environment, module: &str) -> Option<ModuleKind> {
    match environment.module(module) {
        ModuleLookup::Found { kind, .. } => Some(kind),
        _ => None,
    }
}

fn missing(environment: &Environment, module: &str) -> String {
    match environment.module(module) {
        ModuleLookup::Missing { first, .. } => first,
        other => panic!("{module}: {other:?}"),
    }
}

mod opening;
mod searching;
mod wording;
