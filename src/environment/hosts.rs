//! Every environment that can be found on this host, for switching between them.
//!
//! Only usual places are looked at, each with a budget: this is a list for a menu, not a search of
//! the disk.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::discover::{Candidate, Discovery, discover};
use super::files::{self, Entry, Listing};
use super::layout::{self, Layout};
use super::{Origin, pyenv};

/// Most folders that are tried in all.
const MOST_TRIED: usize = 4000;
/// Most entries of one folder that are tried.
const MOST_ENTRIES: usize = 500;
/// Most environments in the list.
const MOST_FOUND: usize = 300;

/// All environments: the one that [`discover`] prefers first (a wrong `--env` is left out), then
/// those near the shelf, then those in the host's usual places. Each prefix once.
pub fn list_all(request: &Discovery) -> Vec<Candidate> {
    let mut list = List {
        request,
        seen: HashSet::new(),
        found: Vec::new(),
        tried: 0,
    };
    if let Ok(found) = discover(request)
        && let Some(candidate) = found.candidate
    {
        list.push(candidate);
    }
    let unsaid = Discovery {
        flag: None,
        ..request.clone()
    };
    if let Ok(found) = discover(&unsaid)
        && let Some(candidate) = found.candidate
    {
        list.push(candidate);
    }
    list.near();
    list.host();
    list.found
}

struct List<'a> {
    request: &'a Discovery,
    seen: HashSet<PathBuf>,
    found: Vec<Candidate>,
    tried: usize,
}

impl List<'_> {
    fn push(&mut self, candidate: Candidate) {
        // One prefix can hold several versions (`/usr`): the version tells them apart.
        let real = fs::canonicalize(&candidate.prefix).unwrap_or_else(|_| candidate.prefix.clone());
        let key = match candidate.python {
            Some(python) => real.join(format!("{}.{}", python.major, python.minor)),
            None => real,
        };
        if self.found.len() < MOST_FOUND && self.seen.insert(key) {
            self.found.push(candidate);
        }
    }

    fn layout(&mut self, layout: Option<Layout>, origin: Origin) {
        if let Some(layout) = layout {
            let candidate = self.request.candidate(layout, origin);
            self.push(candidate);
        }
    }

    fn prefix(&mut self, prefix: &Path, origin: Origin) {
        if self.tried < MOST_TRIED {
            self.tried += 1;
            self.layout(layout::of_prefix(prefix), origin);
        }
    }

    /// Every folder in a folder.
    fn each(&mut self, folder: &Path, origin: Origin) {
        for name in folders(folder) {
            self.prefix(&folder.join(name), origin);
        }
    }

    /// Virtual environments in the shelf's folder, beside it, and one level further down.
    fn near(&mut self) {
        let starts: Vec<PathBuf> = [&self.request.shelf, &self.request.cwd]
            .into_iter()
            .flatten()
            .filter_map(|path| fs::canonicalize(path).ok())
            .collect();
        for start in starts {
            for top in [Some(start.as_path()), start.parent()]
                .into_iter()
                .flatten()
            {
                for name in folders(top) {
                    let folder = top.join(&name);
                    self.virtual_only(&folder);
                    for inner in folders(&folder) {
                        self.virtual_only(&folder.join(inner));
                    }
                }
            }
        }
    }

    fn virtual_only(&mut self, folder: &Path) {
        if self.tried < MOST_TRIED {
            self.tried += 1;
            if folder.join("pyvenv.cfg").is_file() {
                self.layout(layout::of_prefix(folder), Origin::Nearby);
            }
        }
    }

    fn host(&mut self) {
        let variables = &self.request.variables;
        let home = variables.home.clone();
        if let Some(root) = pyenv::root(variables, None) {
            self.each(&root.join("versions"), Origin::Host);
        }
        let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let collections: Vec<PathBuf> = [
            variables.workon_home.clone(),
            variables.uv_python.clone(),
            in_home(".virtualenvs"),
            in_home(".local/share/uv/python"),
            in_home(".local/share/virtualenvs"),
            in_home(".local/share/mise/installs/python"),
            in_home(".asdf/installs/python"),
            in_home(".cache/pypoetry/virtualenvs"),
            in_home("miniconda3/envs"),
            in_home("anaconda3/envs"),
            in_home("miniforge3/envs"),
            in_home("mambaforge/envs"),
            in_home("micromamba/envs"),
            in_home(".conda/envs"),
            Some(PathBuf::from("/opt")),
            Some(PathBuf::from("/opt/conda/envs")),
        ]
        .into_iter()
        .flatten()
        .collect();
        for folder in collections {
            self.each(&folder, Origin::Host);
        }
        for prefix in ["miniconda3", "anaconda3", "miniforge3", "mambaforge"] {
            if let Some(prefix) = in_home(prefix) {
                self.prefix(&prefix, Origin::Host);
            }
        }
        if let Some(text) =
            in_home(".conda/environments.txt").and_then(|file| files::small_text(&file))
        {
            for line in text.lines().take(MOST_ENTRIES) {
                let line = line.trim();
                if !line.is_empty() {
                    self.prefix(Path::new(line), Origin::Host);
                }
            }
        }
        self.on_path();
        for prefix in ["/usr", "/usr/local", "/opt/homebrew"] {
            self.prefix(Path::new(prefix), Origin::Host);
        }
    }

    /// Every `python3*` on `PATH`.
    fn on_path(&mut self) {
        for folder in self.request.variables.path.iter().take(200) {
            let listing = Listing::read(folder);
            let mut names: Vec<&str> = listing
                .names()
                .filter(|(name, kind)| {
                    *kind == Entry::File
                        && name.starts_with("python")
                        && layout::is_python(Path::new(name))
                })
                .map(|(name, _)| name)
                .collect();
            names.sort_unstable();
            for name in names {
                let file = folder.join(name);
                if self.tried < MOST_TRIED && !pyenv::is_shim(&file) {
                    self.tried += 1;
                    self.layout(layout::of_interpreter(&file), Origin::Host);
                }
            }
        }
    }
}

/// The folders in a folder, sorted, without the big ones that never are environments.
fn folders(folder: &Path) -> Vec<String> {
    let listing = Listing::read(folder);
    let mut names: Vec<String> = listing
        .names()
        .filter(|(name, kind)| {
            *kind == Entry::Folder && !matches!(*name, ".git" | "node_modules" | "__pycache__")
        })
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort_unstable();
    names.truncate(MOST_ENTRIES);
    names
}
