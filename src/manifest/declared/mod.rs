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
    folders: Mutex<HashMap<PathBuf, Read>>,
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

    /// The folders that were looked into so far, by their real paths.
    pub fn folders(&self) -> Vec<PathBuf> {
        lock(&self.folders).keys().cloned().collect()
    }

    /// The files that were read in one of them.
    pub fn files(&self, folder: &Path) -> Vec<PathBuf> {
        let folders = lock(&self.folders);
        folders
            .get(folder)
            .map_or_else(Vec::new, |read| read.files.to_vec())
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
                let found = Read::from(file::folder(&folder));
                lock(&self.folders).insert(folder.real.clone(), found.clone());
                found
            });
            all.extend(found.declared.iter().cloned());
        }
        let all: Arc<[Declaration]> = all.into();
        lock(&self.near).insert(folder.to_owned(), Arc::clone(&all));
        all
    }
}

/// What was read of one folder.
#[derive(Clone, Debug)]
struct Read {
    declared: Arc<[Declaration]>,
    /// The files that say it, whatever they are called: a list may include others.
    files: Arc<[PathBuf]>,
}

impl From<(Vec<Declaration>, Vec<PathBuf>)> for Read {
    fn from((declared, files): (Vec<Declaration>, Vec<PathBuf>)) -> Read {
        Read {
            declared: declared.into(),
            files: files.into(),
        }
    }
}

/// The files of `folder` whose names say that they declare something.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let named = file::named(folder).into_iter();
    named.map(|(_, name)| folder.join(name)).collect()
}

fn lock<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every declaration near one artifact; see [`Finder::declared`].
pub fn declared(artifact: &Path, shelf_root: &Path) -> Vec<Declaration> {
    Finder::new(shelf_root)
        .declared(artifact, artifact.is_dir())
        .to_vec()
}
