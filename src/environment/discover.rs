//! Finds the environment that a user means: what is said comes first, then what is active, then
//! what lies near, then what `python3` would start.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{self, Layout};
use super::{Environment, EnvironmentError, Origin, PythonVersion, pyenv};
use crate::text;

/// Most folders that are climbed in search of a `.venv`.
const MOST_PARENTS: usize = 64;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// `--env`: a folder, an interpreter, or the name of one on `PATH`.
    pub flag: Option<PathBuf>,
    /// The folder of models; a `.venv` in or above it comes before one at the working directory.
    pub shelf: Option<PathBuf>,
    /// The working directory.
    pub cwd: Option<PathBuf>,
    /// The process's variables that matter.
    pub variables: Variables,
}

/// Environment variables, as values: tests need no state of the process.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// `VIRTUAL_ENV`
    pub virtual_env: Option<PathBuf>,
    /// `CONDA_PREFIX`
    pub conda_prefix: Option<PathBuf>,
    /// `PATH`, split.
    pub path: Vec<PathBuf>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `PYENV_ROOT`
    pub pyenv_root: Option<PathBuf>,
    /// `PYENV_VERSION`
    pub pyenv_version: Option<String>,
    /// `WORKON_HOME`, where virtualenvwrapper keeps environments.
    pub workon_home: Option<PathBuf>,
    /// `UV_PYTHON_INSTALL_DIR`
    pub uv_python: Option<PathBuf>,
}

/// An environment that was found and is not opened yet.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The prefix folder.
    pub prefix: PathBuf,
    /// Its interpreter, when the files show one.
    pub interpreter: Option<PathBuf>,
    /// Its version, when the files say.
    pub python: Option<PythonVersion>,
    /// How it was found.
    pub origin: Origin,
    /// Whether it is a virtual environment.
    pub is_virtual: bool,
    layout: Layout,
    home: Option<PathBuf>,
}

/// What discovery came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The environment to use; `None` when there is no Python anywhere.
    pub candidate: Option<Candidate>,
    /// Places that were said or active and hold no environment, one sentence each.
    pub passed_over: Vec<String>,
}

impl Discovery {
    /// The process's own variables and working directory.
    pub fn from_process() -> Self {
        let folder = |name: &str| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let path = env::var_os("PATH")
            .map(|value| env::split_paths(&value).collect())
            .unwrap_or_default();
        Self {
            flag: None,
            shelf: None,
            cwd: env::current_dir().ok(),
            variables: Variables {
                virtual_env: folder("VIRTUAL_ENV"),
                conda_prefix: folder("CONDA_PREFIX"),
                path,
                home: env::home_dir(),
                pyenv_root: folder("PYENV_ROOT"),
                pyenv_version: env::var("PYENV_VERSION").ok().filter(|v| !v.is_empty()),
                workon_home: folder("WORKON_HOME"),
                uv_python: folder("UV_PYTHON_INSTALL_DIR"),
            },
        }
    }

    pub(super) fn candidate(&self, layout: Layout, origin: Origin) -> Candidate {
        Candidate {
            prefix: layout.prefix.clone(),
            interpreter: layout.interpreter.clone(),
            python: layout.version,
            origin,
            is_virtual: layout.config.is_some(),
            layout,
            home: self.variables.home.clone(),
        }
    }

    /// A command on `PATH`, through pyenv's shims: the interpreter's layout. The first match that is
    /// a Python counts.
    fn on_path(&self, command: &str) -> Option<Layout> {
        for folder in &self.variables.path {
            if folder.as_os_str().is_empty() {
                continue;
            }
            let mut file = folder.join(command);
            if cfg!(windows) && !file.is_file() {
                file.set_extension("exe");
            }
            if !file.is_file() {
                continue;
            }
            if pyenv::is_shim(&file) {
                let prefix = pyenv::root(&self.variables, Some(&file)).and_then(|root| {
                    pyenv::prefix(&self.variables, &root, self.cwd.as_deref(), command)
                });
                // `system`, or a version that is not installed: the rest of PATH answers.
                if let Some(prefix) = prefix
                    && let Some(layout) = layout::of_interpreter(&prefix.join("bin").join(command))
                {
                    return Some(layout);
                }
                continue;
            }
            if let Some(layout) = layout::of_interpreter(&file) {
                return Some(layout);
            }
        }
        None
    }

    fn flagged(&self, flag: &Path) -> Result<Layout, EnvironmentError> {
        let relative = self
            .cwd
            .as_deref()
            .map_or_else(|| flag.to_path_buf(), |cwd| cwd.join(flag));
        if relative.exists() {
            return layout::locate(&relative).map_err(|error| EnvironmentError {
                message: error
                    .message
                    .replacen(&text::path(&relative), &text::path(flag), 1),
            });
        }
        let command = flag.to_str().filter(|name| {
            !name.is_empty() && flag.components().count() == 1 && !name.starts_with('.')
        });
        if let Some(command) = command {
            if let Some(layout) = self.on_path(command) {
                return Ok(layout);
            }
            return Err(EnvironmentError {
                message: format!(
                    "there is no folder {0} here and no Python interpreter {0} on PATH; give the folder of a virtual environment, a conda prefix or a Python interpreter",
                    text::path(flag)
                ),
            });
        }
        layout::locate(flag)
    }
}

/// The environment to compare with, in the order of preference: `--env`, `VIRTUAL_ENV`,
/// `CONDA_PREFIX`, the nearest `.venv` or `venv` in or above the shelf and then the working
/// directory, `python3` and `python` on `PATH`. Only a wrong `--env` is an error.
pub fn discover(request: &Discovery) -> Result<Found, EnvironmentError> {
    let mut found = Found::default();
    if let Some(flag) = &request.flag {
        let layout = request.flagged(flag)?;
        found.candidate = Some(request.candidate(layout, Origin::Flag));
        return Ok(found);
    }
    let variables = &request.variables;
    for (name, folder, origin) in [
        ("VIRTUAL_ENV", &variables.virtual_env, Origin::VirtualEnv),
        ("CONDA_PREFIX", &variables.conda_prefix, Origin::Conda),
    ] {
        let Some(folder) = folder else {
            continue;
        };
        match layout::locate(folder) {
            Ok(layout) => {
                found.candidate = Some(request.candidate(layout, origin));
                return Ok(found);
            }
            Err(error) => found.passed_over.push(format!("{name}: {error}")),
        }
    }
    for start in [&request.shelf, &request.cwd].into_iter().flatten() {
        if let Some(layout) = nearby(start, variables.home.as_deref()) {
            found.candidate = Some(request.candidate(layout, Origin::Nearby));
            return Ok(found);
        }
    }
    found.candidate = ["python3", "python"]
        .iter()
        .find_map(|command| request.on_path(command))
        .map(|layout| request.candidate(layout, Origin::Path));
    Ok(found)
}

/// The nearest `.venv` or `venv` in or above a folder. The climb ends at the home folder: what lies
/// above it belongs to nobody's project.
fn nearby(start: &Path, home: Option<&Path>) -> Option<Layout> {
    let start = std::path::absolute(start).ok()?;
    let real = fs::canonicalize(&start).unwrap_or(start);
    for folder in real.ancestors().take(MOST_PARENTS) {
        for name in [".venv", "venv"] {
            let place = folder.join(name);
            if place.join("pyvenv.cfg").is_file()
                && let Some(layout) = layout::of_prefix(&place)
            {
                return Some(layout);
            }
        }
        if home == Some(folder) {
            break;
        }
    }
    None
}

impl Candidate {
    /// Reads what is installed.
    pub fn open(&self) -> Environment {
        Environment::of_layout(self.layout.clone(), self.origin, self.home.as_deref())
    }

    /// The folder's name, or that of the project around a `.venv`.
    pub fn label(&self) -> String {
        let name = |path: &Path| {
            path.file_name()
                .map(|name| text::short(&name.to_string_lossy(), 60))
        };
        let own = name(&self.prefix).unwrap_or_else(|| text::path(&self.prefix));
        if matches!(own.as_str(), ".venv" | "venv" | "env")
            && let Some(project) = self.prefix.parent().and_then(name)
        {
            return format!("{project}/{own}");
        }
        own
    }
}
