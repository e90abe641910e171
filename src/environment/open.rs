//! Opens an environment: the folders that `import` searches, and what is installed in them.
//!
//! The folders are those of an interpreter started with `-I`: standard library, site folders, what
//! `.pth` files add. `PYTHONPATH` and the working directory are not among them.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{self, Layout};
use super::pth::{self, Additions};
use super::pyvenv::PyVenv;
use super::state::State;
use super::{Environment, EnvironmentError, Origin, PythonVersion, installed};

/// A virtual environment's base may itself be one, but not for ever.
const MOST_BASES: usize = 4;

impl Environment {
    /// Opens the environment at a path: a virtual environment, a prefix, an interpreter, or a folder
    /// that holds a `.venv`. Reads names of files and a few small files; starts nothing.
    pub fn open(path: &Path, origin: Origin) -> Result<Self, EnvironmentError> {
        Self::open_with_home(path, origin, std::env::home_dir().as_deref())
    }

    /// [`Environment::open`], with the home folder whose user packages a plain installation sees.
    pub fn open_with_home(
        path: &Path,
        origin: Origin,
        home: Option<&Path>,
    ) -> Result<Self, EnvironmentError> {
        Ok(Self::of_layout(layout::locate(path)?, origin, home))
    }

    pub(super) fn of_layout(layout: Layout, origin: Origin, home: Option<&Path>) -> Self {
        let mut search = Search::default();
        let base = base_of(&layout);
        search.standard_library(&base, layout.version, layout.free_threaded);
        let standard = search.folders.len();
        match &layout.config {
            Some(config) => {
                for folder in site_folders(&layout.prefix, layout.version, layout.free_threaded) {
                    search.site(&folder);
                }
                if config.system_site {
                    search.base_sites(&base, layout.version, layout.free_threaded, home);
                }
            }
            None => {
                search.base_sites(&layout.prefix, layout.version, layout.free_threaded, home);
            }
        }
        let Search {
            folders, additions, ..
        } = search;
        let installed = installed::read(&folders[standard..]);
        let state = State::new(additions, standard, layout.free_threaded, base);
        Self::with_state(
            layout.prefix,
            layout.interpreter,
            layout.version,
            origin,
            folders,
            installed,
            state,
        )
    }
}

/// The installation whose standard library is used.
fn base_of(layout: &Layout) -> PathBuf {
    let mut prefix = layout.prefix.clone();
    let mut config = layout.config.clone();
    for _ in 0..MOST_BASES {
        let Some(current) = config else {
            break;
        };
        let Some(next) = base_prefix(&current, layout.version) else {
            break;
        };
        config = PyVenv::read(&next);
        prefix = next;
    }
    prefix
}

fn base_prefix(config: &PyVenv, version: Option<PythonVersion>) -> Option<PathBuf> {
    let has_library = |prefix: &Path| {
        prefix.join("Lib").join("os.py").is_file()
            || layout::libraries(prefix).iter().any(|library| {
                version.is_none_or(|version| layout::same_minor(version, library.version))
                    && library.folder.join("os.py").is_file()
            })
    };
    let home = config.home.as_deref();
    let mut candidates: Vec<PathBuf> = Vec::new();
    if let Some(home) = home {
        candidates.extend(home.parent().map(Path::to_path_buf));
        candidates.push(home.to_path_buf());
        // A folder of links (`/usr/local/bin`): the installation is where its interpreter is.
        let mut names = vec!["python3".to_owned(), "python".to_owned()];
        if let Some(version) = version {
            names.insert(0, format!("python{}.{}", version.major, version.minor));
        }
        for name in names {
            if let Ok(real) = fs::canonicalize(home.join(name)) {
                candidates.extend(real.parent().and_then(Path::parent).map(Path::to_path_buf));
            }
        }
    }
    candidates.extend(config.base_prefix.clone());
    candidates.into_iter().find(|prefix| has_library(prefix))
}

/// `site-packages` of a prefix, on all layouts.
fn site_folders(
    prefix: &Path,
    version: Option<PythonVersion>,
    free_threaded: bool,
) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(name) = library_name(version, free_threaded) {
        for lib in ["lib", "lib64"] {
            folders.push(prefix.join(lib).join(&name).join("site-packages"));
        }
    }
    folders.push(prefix.join("Lib").join("site-packages"));
    folders
}

fn library_name(version: Option<PythonVersion>, free_threaded: bool) -> Option<String> {
    let version = version?;
    let suffix = if free_threaded { "t" } else { "" };
    Some(format!("python{}.{}{suffix}", version.major, version.minor))
}

/// The search path while it grows.
#[derive(Default)]
struct Search {
    folders: Vec<PathBuf>,
    known: HashSet<PathBuf>,
    additions: Additions,
}

impl Search {
    /// Adds a folder that exists and is not there yet (`lib64` is often a link to `lib`).
    fn add(&mut self, folder: PathBuf) -> bool {
        let Ok(real) = fs::canonicalize(&folder) else {
            return false;
        };
        if !self.known.insert(real) {
            return false;
        }
        self.folders.push(folder);
        true
    }

    fn standard_library(
        &mut self,
        base: &Path,
        version: Option<PythonVersion>,
        free_threaded: bool,
    ) {
        if let Some(name) = library_name(version, free_threaded) {
            for lib in ["lib", "lib64"] {
                let folder = base.join(lib).join(&name);
                let modules = folder.join("lib-dynload");
                if folder.join("os.py").is_file() {
                    self.add(folder);
                }
                if modules.is_dir() {
                    self.add(modules);
                }
            }
        }
        if base.join("Lib").join("os.py").is_file() {
            self.add(base.join("Lib"));
            self.add(base.join("DLLs"));
        }
    }

    /// Adds a site folder, then what its `.pth` files add.
    fn site(&mut self, folder: &Path) {
        if !folder.is_dir() || !self.add(folder.to_path_buf()) {
            return;
        }
        for addition in pth::read(folder, &mut self.additions) {
            self.add(addition);
        }
    }

    /// The site folders of an installation: the user's, its own, Debian's.
    fn base_sites(
        &mut self,
        prefix: &Path,
        version: Option<PythonVersion>,
        free_threaded: bool,
        home: Option<&Path>,
    ) {
        if let (Some(home), Some(name)) = (home, library_name(version, free_threaded)) {
            self.site(&home.join(".local/lib").join(name).join("site-packages"));
        }
        if let Some(name) = library_name(version, free_threaded) {
            self.site(&prefix.join("local/lib").join(name).join("dist-packages"));
        }
        for folder in site_folders(prefix, version, free_threaded) {
            self.site(&folder);
        }
        self.site(&prefix.join("lib/python3/dist-packages"));
    }
}
