//! What files near an artifact declare: requirement lists, lock files, model descriptions,
//! container recipes.
//!
//! The search starts in the artifact's own folder, climbs to the shelf's root and, inside a
//! repository, on to the repository's root. The nearest file comes first. Declarations are read as
//! written; which of them applies to an environment is not decided here.

mod bentoml;
mod climb;
mod conda;
mod dockerfile;
mod entry;
mod file;
mod huggingface;
mod line;
mod lock;
mod mlmodel;
mod pyproject;
mod python_version;
mod requirements;
mod toml;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Requirement;

/// One declared version wish, and the line that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Subject, specifier and evidence.
    pub requirement: Requirement,
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u32,
}

/// Finds declarations for the artifacts of one shelf; reads each folder once.
#[derive(Debug)]
pub struct Finder {
    root: PathBuf,
    /// What the files of one folder declare, by its real path.
    folders: Mutex<HashMap<PathBuf, Arc<[Declaration]>>>,
    /// What is declared near the files of one folder, by its path as given: finding the folders
    /// above asks the disk dozens of times, and models stand in folders by the hundred.
    near: Mutex<HashMap<PathBuf, Arc<[Declaration]>>>,
}

impl Finder {
    /// For the artifacts below `root`, the folder (or single file) that the user named.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            folders: Mutex::default(),
            near: Mutex::default(),
        }
    }

    /// Forgets what was read, so that changed files are read again.
    pub fn forget(&self) {
        lock(&self.folders).clear();
        lock(&self.near).clear();
    }

    /// Every declaration near `artifact`, the nearest file first. The first entry of a subject is
    /// the one that counts; several entries from one file are alternatives.
    pub fn declared(&self, artifact: &Path, is_folder: bool) -> Arc<[Declaration]> {
        let folder = match artifact.parent() {
            Some(parent) if !is_folder => parent,
            _ => artifact,
        };
        if let Some(known) = lock(&self.near).get(folder) {
            return Arc::clone(known);
        }
        let mut all = Vec::new();
        for folder in climb::folders(artifact, &self.root) {
            let known = lock(&self.folders).get(&folder.real).cloned();
            let found = known.unwrap_or_else(|| {
                let found: Arc<[Declaration]> = file::folder(&folder).into();
                lock(&self.folders).insert(folder.real.clone(), Arc::clone(&found));
                found
            });
            all.extend(found.iter().cloned());
        }
        let all: Arc<[Declaration]> = all.into();
        lock(&self.near).insert(folder.to_owned(), Arc::clone(&all));
        all
    }
}

type Known = HashMap<PathBuf, Arc<[Declaration]>>;

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every declaration near one artifact; see [`Finder::declared`].
pub fn declared(artifact: &Path, shelf_root: &Path) -> Vec<Declaration> {
    Finder::new(shelf_root)
        .declared(artifact, artifact.is_dir())
        .to_vec()
}
