//! What an environment remembers: editable installs, and answers that were already found.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::compiled_names::CompiledNames;
use super::files::Listing;
use super::modules::Place;
use super::provided::Provided;
use super::pth::Additions;
use super::source_names::SourceNames;
use crate::package::Requirement;

/// Private side of an `Environment`. Every cache only grows by what was asked for.
#[derive(Default)]
pub(super) struct State {
    pub additions: Additions,
    /// How many of the search folders are the standard library's.
    pub standard: usize,
    pub free_threaded: bool,
    pub base: Option<PathBuf>,
    listings: Mutex<HashMap<PathBuf, Arc<Listing>>>,
    pub places: Mutex<HashMap<String, Place>>,
    sources: Mutex<HashMap<PathBuf, Option<Arc<SourceNames>>>>,
    binaries: Mutex<HashMap<PathBuf, Option<Arc<CompiledNames>>>>,
    pub interpreter_words: Mutex<HashMap<String, Option<bool>>>,
    pub provided: OnceLock<Provided>,
    /// Who asks for what: an installed distribution's name and one of its requirements.
    pub wishes: OnceLock<Vec<(String, Requirement)>>,
    pub code: super::classes::Cache,
    pub chains: super::import_chain::Cache,
    pub checksums: Mutex<HashMap<PathBuf, Arc<[super::checksums::Refusal]>>>,
}

impl State {
    pub fn new(additions: Additions, standard: usize, free_threaded: bool, base: PathBuf) -> Self {
        Self {
            additions,
            standard,
            free_threaded,
            base: Some(base),
            ..Self::default()
        }
    }

    /// The names in a folder.
    pub fn listing(&self, folder: &Path) -> Arc<Listing> {
        remembered(&self.listings, folder, || Arc::new(Listing::read(folder)))
    }

    /// The names that a source file defines; `None` when it cannot be read as Python.
    pub fn source(&self, file: &Path) -> Option<Arc<SourceNames>> {
        remembered(&self.sources, file, || {
            SourceNames::read(file).map(Arc::new)
        })
    }

    /// The words in a compiled module; `None` when it cannot be read.
    pub fn binary(&self, file: &Path) -> Option<Arc<CompiledNames>> {
        remembered(&self.binaries, file, || {
            CompiledNames::read(file).map(Arc::new)
        })
    }
}

/// The cached value, or a new one. It is made outside of the lock: two threads may make it at once,
/// and nobody waits for a slow disk.
fn remembered<T: Clone>(
    cache: &Mutex<HashMap<PathBuf, T>>,
    key: &Path,
    make: impl FnOnce() -> T,
) -> T {
    if let Some(value) = locked(cache).get(key) {
        return value.clone();
    }
    let value = make();
    locked(cache)
        .entry(key.to_path_buf())
        .or_insert(value)
        .clone()
}

/// A lock whose data is a cache: what a panicking thread left there is still whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("additions", &self.additions)
            .field("standard", &self.standard)
            .finish_non_exhaustive()
    }
}
