//! An environment and the answers it gives.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::state::State;

/// A Python environment on disk.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The prefix folder: a virtual environment, a conda prefix, or an installation's root.
    pub prefix: PathBuf,
    /// The interpreter, when the files show one.
    pub interpreter: Option<PathBuf>,
    /// Its version, when the files say.
    pub python: Option<PythonVersion>,
    /// How it was found.
    pub origin: Origin,
    /// The folders that `import` would search, in order: standard library first, then site folders,
    /// what `.pth` files add, and the base installation's when it is visible.
    pub search: Vec<PathBuf>,
    /// What is installed, sorted by normalised name; the one that `import` would find comes first.
    pub installed: Vec<Distribution>,
    /// What only this module needs: editable installs, answers already found.
    pub(super) state: Arc<State>,
}

/// A Python version as far as files say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// 3
    pub major: u8,
    /// 12
    pub minor: u8,
    /// 4, when known.
    pub patch: Option<u8>,
}

/// How an environment was found, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// `--env`.
    Flag,
    /// `VIRTUAL_ENV`.
    VirtualEnv,
    /// `CONDA_PREFIX`.
    Conda,
    /// A `.venv` (or `venv`) folder in or above the shelf or the working directory.
    Nearby,
    /// `python3` (or `python`) on `PATH`.
    Path,
    /// Found on the host in a usual place (pyenv, uv, conda, `/usr`).
    Host,
}

/// An installed distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Normalised name (PEP 503): `scikit-learn`.
    pub name: String,
    /// The version as its metadata folder writes it.
    pub version: String,
    /// The `*.dist-info` or `*.egg-info` that says so.
    pub metadata: PathBuf,
}

/// Why a path is not an environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EnvironmentError {
    /// One sentence that names the path and what was looked for.
    pub message: String,
}

/// What a module is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModuleKind {
    /// A `.py` file.
    Source,
    /// A package with an `__init__.py`.
    Package,
    /// A folder without `__init__.py` (PEP 420).
    Namespace,
    /// A compiled module (`.so`, `.pyd`).
    Compiled,
    /// Built into the interpreter, or part of its frozen standard library.
    Builtin,
}

/// Whether a dotted module can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleLookup {
    /// It is there.
    Found {
        /// The file (or folder, for a namespace package); `None` for built-in modules.
        file: Option<PathBuf>,
        /// What it is made of.
        kind: ModuleKind,
    },
    /// It is not; `No module named '…'` would name `first`.
    Missing {
        /// The first dotted prefix that cannot be found.
        first: String,
        /// The folder or file where the search ended, for the evidence.
        searched: Option<PathBuf>,
    },
    /// The files do not say (an import hook, a module made at run time).
    Unknown {
        /// Why not, one clause.
        reason: String,
    },
}

/// Whether a name exists in a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameLookup {
    /// It is defined, imported or exported there.
    Defined {
        /// The file that defines or exports it, when one does.
        file: Option<PathBuf>,
        /// The line of the definition, from 1, in a source file.
        line: Option<u32>,
    },
    /// The module is there and does not have it.
    Missing {
        /// The file that was read.
        file: Option<PathBuf>,
    },
    /// The module itself is not there.
    ModuleMissing {
        /// The first dotted prefix that cannot be found.
        first: String,
        /// The folder or file where the search ended, for the evidence.
        searched: Option<PathBuf>,
    },
    /// The files do not say.
    Unknown {
        /// Why not, one clause.
        reason: String,
    },
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if let Some(patch) = self.patch {
            write!(f, ".{patch}")?;
        }
        Ok(())
    }
}

impl Environment {
    /// An environment from its parts, for callers that do not open one from disk.
    pub fn new(
        prefix: PathBuf,
        interpreter: Option<PathBuf>,
        python: Option<PythonVersion>,
        origin: Origin,
        search: Vec<PathBuf>,
        installed: Vec<Distribution>,
    ) -> Self {
        let state = State::default();
        Self::with_state(
            prefix,
            interpreter,
            python,
            origin,
            search,
            installed,
            state,
        )
    }

    pub(super) fn with_state(
        prefix: PathBuf,
        interpreter: Option<PathBuf>,
        python: Option<PythonVersion>,
        origin: Origin,
        search: Vec<PathBuf>,
        installed: Vec<Distribution>,
        state: State,
    ) -> Self {
        Self {
            prefix,
            interpreter,
            python,
            origin,
            search,
            installed,
            state: Arc::new(state),
        }
    }

    /// The installation whose standard library is used; the prefix itself outside of virtual
    /// environments.
    pub fn base(&self) -> &Path {
        self.state.base.as_deref().unwrap_or(&self.prefix)
    }

    /// `.pth` files with `import` lines: code that runs at every start of this Python, and that this
    /// program does not run.
    pub fn start_hooks(&self) -> &[PathBuf] {
        &self.state.additions.hooks
    }

    /// The installed distribution with this normalised name.
    pub fn distribution(&self, name: &str) -> Option<&Distribution> {
        self.installed.iter().find(|d| d.name == name)
    }
}
