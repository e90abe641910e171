//! Whether a module can be found, as Python's own import would: folder by folder, part by part.

use std::path::{Path, PathBuf};

use super::dynamic::Effect;
use super::files::{Entry, Listing};
use super::state::locked;
use super::{Environment, ModuleKind, ModuleLookup, builtin};

/// Longest dotted name that is looked up; Python has no limit, files have.
const LONGEST: usize = 1024;
/// Most parts of a dotted name.
const MOST_PARTS: usize = 64;

/// Where one dotted name ends.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A module that is no package.
    Module { file: PathBuf, kind: ModuleKind },
    /// A package: where its parts are searched.
    Package {
        file: Option<PathBuf>,
        kind: ModuleKind,
        path: Vec<PathBuf>,
    },
    /// Compiled into the interpreter.
    Builtin,
    /// Nowhere. `first` is the first dotted prefix that fails.
    Missing {
        first: String,
        searched: Option<PathBuf>,
    },
    /// The files do not say.
    Unknown(String),
}

impl Environment {
    /// Looks for a module, given by its dotted name, without importing anything. A Cython module that
    /// registers itself under a bare name while its package is imported counts as found under that
    /// name; the file then lies inside the package.
    pub fn module(&self, dotted: &str) -> ModuleLookup {
        if let Some(lookup) = self.supposed_module(dotted) {
            return lookup;
        }
        match self.place(dotted) {
            Place::Module { file, kind } => ModuleLookup::Found {
                file: Some(file),
                kind,
            },
            Place::Package { file, kind, path } => ModuleLookup::Found {
                file: file.or_else(|| path.into_iter().next()),
                kind,
            },
            Place::Builtin => ModuleLookup::Found {
                file: None,
                kind: ModuleKind::Builtin,
            },
            Place::Missing { first, searched } => ModuleLookup::Missing { first, searched },
            Place::Unknown(reason) => ModuleLookup::Unknown { reason },
        }
    }

    /// The place of a dotted name; remembered with the places of its parents.
    pub(super) fn place(&self, dotted: &str) -> Place {
        if let Some(place) = self.supposed_place(dotted) {
            return place;
        }
        if let Some(place) = locked(&self.state.places).get(dotted) {
            return place.clone();
        }
        if dotted.len() > LONGEST || dotted.split('.').count() > MOST_PARTS {
            return Place::Unknown("the module's name is too long".to_owned());
        }
        let mut parent: Option<Place> = None;
        let mut end = 0;
        loop {
            let next = dotted[end..].find('.').map_or(dotted.len(), |at| end + at);
            let prefix = &dotted[..next];
            let part = &dotted[end..next];
            let known = locked(&self.state.places).get(prefix).cloned();
            let place = known.unwrap_or_else(|| {
                let place = match &parent {
                    None => self.top_level(part),
                    Some(parent) => self.child(parent, prefix, part),
                };
                locked(&self.state.places).insert(prefix.to_owned(), place.clone());
                place
            });
            if next == dotted.len() || matches!(place, Place::Missing { .. } | Place::Unknown(_)) {
                return place;
            }
            parent = Some(place);
            end = next + 1;
        }
    }

    fn top_level(&self, name: &str) -> Place {
        if matches!(name, "__main__" | "__mp_main__") {
            return Place::Unknown("the script that loads the file defines this module".to_owned());
        }
        if builtin::is_always(name) {
            return Place::Builtin;
        }
        if let Some(place) = self.in_folders(&self.search, name) {
            return place;
        }
        if let Some(place) = self.editable(name) {
            return place;
        }
        if builtin::may_be(name, self) {
            return Place::Builtin;
        }
        if let Some(file) = self.registered_under(name) {
            return Place::Module {
                file,
                kind: ModuleKind::Compiled,
            };
        }
        if let Some(archive) = self.search.iter().find(|entry| entry.is_file()) {
            return Place::Unknown(format!(
                "{} is an archive on the search path, and it is not read",
                crate::text::path(archive)
            ));
        }
        Place::Missing {
            first: name.to_owned(),
            searched: self.search.get(self.state.standard).cloned(),
        }
    }

    /// A part of a package.
    fn child(&self, parent: &Place, dotted: &str, name: &str) -> Place {
        let (file, searched) = match parent {
            Place::Package { file, path, .. } => {
                if let Some(place) = self.in_folders(path, name) {
                    return place;
                }
                let extended = self.extended(file.as_deref(), dotted, path);
                if !extended.is_empty()
                    && let Some(place) = self.in_folders(&extended, name)
                {
                    return place;
                }
                (file.clone(), path.first().cloned())
            }
            Place::Module { file, .. } => (Some(file.clone()), Some(file.clone())),
            Place::Builtin => (None, None),
            Place::Missing { .. } | Place::Unknown(_) => return parent.clone(),
        };
        // `os` picks its `path` among modules of its own level.
        if dotted == "os.path" {
            return self.place("posixpath");
        }
        if let Some(place) = self.editable(dotted) {
            return place;
        }
        if let Some(place) = self.registered_by(file.as_deref(), dotted) {
            return place;
        }
        Place::Missing {
            first: dotted.to_owned(),
            searched,
        }
    }

    /// The first of these folders that has the name; namespace packages collect all of them.
    pub(super) fn in_folders(&self, folders: &[PathBuf], name: &str) -> Option<Place> {
        if name.is_empty() {
            return None;
        }
        let mut portions = Vec::new();
        for folder in folders {
            let listing = self.state.listing(folder);
            let is_folder = listing.get(name) == Some(Entry::Folder);
            if is_folder {
                let inside = folder.join(name);
                let init = self.module_file(&self.state.listing(&inside), &inside, "__init__");
                if let Some((file, kind)) = init {
                    let kind = match kind {
                        ModuleKind::Compiled => ModuleKind::Compiled,
                        _ => ModuleKind::Package,
                    };
                    return Some(Place::Package {
                        file: Some(file),
                        kind,
                        path: vec![inside],
                    });
                }
            }
            if let Some((file, kind)) = self.module_file(&listing, folder, name) {
                return Some(Place::Module { file, kind });
            }
            if is_folder {
                portions.push(folder.join(name));
            }
        }
        if portions.is_empty() {
            return None;
        }
        Some(Place::Package {
            file: None,
            kind: ModuleKind::Namespace,
            path: portions,
        })
    }

    /// The file that this Python would load for a name in a folder: compiled first, then source,
    /// then bytecode without source.
    fn module_file(
        &self,
        listing: &Listing,
        folder: &Path,
        name: &str,
    ) -> Option<(PathBuf, ModuleKind)> {
        if let Some(file) = listing
            .compiled(name)
            .iter()
            .filter(|file| self.loads(&file[name.len()..]))
            .min_by_key(|file| std::cmp::Reverse(file.len()))
        {
            return Some((folder.join(file), ModuleKind::Compiled));
        }
        for suffix in [".py", ".pyc"] {
            let file = format!("{name}{suffix}");
            if listing.file(&file) {
                return Some((folder.join(file), ModuleKind::Source));
            }
        }
        None
    }

    /// Whether this Python loads compiled modules with this suffix: `.so`, `.abi3.so`,
    /// `.cpython-312-x86_64-linux-gnu.so`, `.cp312-win_amd64.pyd`.
    fn loads(&self, suffix: &str) -> bool {
        let middle = suffix
            .strip_suffix(".so")
            .or_else(|| suffix.strip_suffix(".pyd"))
            .unwrap_or(suffix);
        let Some(tag) = middle.strip_prefix('.') else {
            return middle.is_empty();
        };
        if tag == "abi3" || tag.starts_with("abi3-") {
            return !self.state.free_threaded;
        }
        let Some(python) = self.python else {
            return true;
        };
        let Some(rest) = tag
            .strip_prefix("cpython-")
            .or_else(|| tag.strip_prefix("cp"))
        else {
            return false;
        };
        let Some(rest) = rest.strip_prefix(&format!("{}{}", python.major, python.minor)) else {
            return false;
        };
        let flags = rest.split('-').next().unwrap_or(rest);
        if flags.starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        flags.contains('t') == self.state.free_threaded
    }

    /// Folders and files outside of the prefix and its base that imports come from: what `.pth`
    /// files add, and what editable installs map names to. Without the user's site folder.
    pub fn places_outside(&self) -> Vec<PathBuf> {
        let base = self.state.base.as_deref();
        let outside = |path: &Path| {
            // The user's own site folder is not searched by an isolated interpreter.
            !path.to_string_lossy().contains("/.local/lib/python")
                && !path.starts_with(&self.prefix)
                && base.is_none_or(|base| !path.starts_with(base))
        };
        let mut found: Vec<PathBuf> = Vec::new();
        let searched = self.search.iter().skip(self.state.standard).cloned();
        let mapped = self.state.additions.modules.values().map(|place| {
            let file = place.with_added_extension("py");
            if file.is_file() { file } else { place.clone() }
        });
        for path in searched.chain(mapped) {
            if outside(&path) && !found.contains(&path) {
                found.push(path);
            }
        }
        found
    }

    /// What an editable install maps this name to.
    fn editable(&self, dotted: &str) -> Option<Place> {
        let additions = &self.state.additions;
        if let Some(path) = additions.modules.get(dotted) {
            let folder = path.parent()?.to_path_buf();
            let name = path.file_name()?.to_str()?;
            return self.in_folders(&[folder], name);
        }
        let quoted = [format!("'{dotted}'"), format!("\"{dotted}\"")];
        additions
            .opaque
            .iter()
            .find(|(_, text)| quoted.iter().any(|name| text.contains(name.as_str())))
            .map(|(file, _)| {
                Place::Unknown(format!(
                    "an editable install provides it through {}, which would have to run",
                    crate::text::path(file)
                ))
            })
    }

    /// The further folders of a package whose `__init__` extends its `__path__` (the older kinds of
    /// namespace packages).
    fn extended(&self, init: Option<&Path>, dotted: &str, known: &[PathBuf]) -> Vec<PathBuf> {
        let extends = init
            .and_then(|file| self.state.source(file))
            .is_some_and(|source| source.does(Effect::ExtendsPath));
        if !extends {
            return Vec::new();
        }
        let package = dotted
            .rsplit_once('.')
            .map_or(dotted, |(package, _)| package);
        let relative: PathBuf = package.split('.').collect();
        self.search
            .iter()
            .map(|folder| folder.join(&relative))
            .filter(|folder| !known.contains(folder) && folder.is_dir())
            .collect()
    }

    /// What the parent's source puts into `sys.modules`, or an importer that it installs.
    fn registered_by(&self, parent: Option<&Path>, dotted: &str) -> Option<Place> {
        let file = parent?;
        let shown = || crate::text::path(file);
        if file.extension().is_none_or(|extension| extension != "py") {
            // Compiled code may make and register parts of its own; their names stand in it.
            let part = dotted.rsplit('.').next()?;
            let names = self.state.binary(file);
            let may = names.is_none_or(|names| names.has(part) != Some(false));
            return may
                .then(|| Place::Unknown(format!("{} may make it while it is imported", shown())));
        }
        let source = self.state.source(file)?;
        // A source may register modules below those it registers: `six` and its `.moves.urllib`.
        let below = |name: &str| {
            let own = dotted.strip_suffix(name)?;
            match self.place(own) {
                Place::Module { file: own, .. } => Some(own == file),
                Place::Package { file: own, .. } => Some(own.as_deref() == Some(file)),
                _ => None,
            }
        };
        let registered = source
            .registers
            .iter()
            .any(|name| name == dotted || name.starts_with('.') && below(name) == Some(true));
        if registered {
            return Some(Place::Module {
                file: file.to_path_buf(),
                kind: ModuleKind::Source,
            });
        }
        if source.does(Effect::RegistersAny) {
            return Some(Place::Unknown(format!(
                "{} registers modules while it is imported",
                shown()
            )));
        }
        if source.does(Effect::InstallsImporter) {
            return Some(Place::Unknown(format!(
                "{} installs an importer of its own",
                shown()
            )));
        }
        if source.does(Effect::ChangesPath) && !source.does(Effect::ExtendsPath) {
            return Some(Place::Unknown(format!(
                "{} changes where its parts are searched",
                shown()
            )));
        }
        None
    }

    /// The dotted name of a compiled module that was found under a bare one, by where it lies.
    pub(super) fn own_name(&self, module: &str, file: &Path) -> Option<String> {
        if module.contains('.') {
            return None;
        }
        let below = self
            .search
            .iter()
            .find_map(|folder| file.strip_prefix(folder).ok())?;
        let mut parts: Vec<&str> = Vec::new();
        for part in below.parent()?.components() {
            parts.push(part.as_os_str().to_str()?);
        }
        parts.push(module);
        (parts.len() > 1).then(|| parts.join("."))
    }

    /// The compiled module inside a package that registers itself in `sys.modules` under this bare
    /// name. Cython does that with the name a module had when it was translated; a build that
    /// translates `_loss.pyx` outside of its package leaves `_loss`.
    fn registered_under(&self, name: &str) -> Option<PathBuf> {
        let files = self.provided().compiled.get(name)?;
        files
            .iter()
            .filter(|file| {
                file.file_name()
                    .and_then(|file| file.to_str())
                    .is_some_and(|file| self.loads(&file[name.len()..]))
            })
            .find(|file| {
                self.state
                    .binary(file)
                    .is_some_and(|names| names.translated_as(name))
            })
            .cloned()
    }
}
