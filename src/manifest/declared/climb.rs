//! Which folders around an artifact may hold declarations, the nearest first.

use std::fs;
use std::path::{Path, PathBuf};

/// How far above the shelf's root a repository's root may be.
const ABOVE_ROOT: usize = 5;
/// How many folders are looked at between an artifact and the shelf's root.
const BELOW_ROOT: usize = 32;

/// A folder to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// Its real path.
    pub real: PathBuf,
    /// The path to show: below the shelf's root as the user named it.
    pub shown: PathBuf,
}

/// The folders, from the artifact's own (or itself, when it is one) upwards. The home folder and
/// the root of the file system are never among them.
pub(super) fn folders(artifact: &Path, root: &Path) -> Vec<Folder> {
    let (Some(nearest), Some(top)) = (folder_of(artifact), folder_of(root)) else {
        return Vec::new();
    };
    let home = std::env::home_dir().and_then(|home| fs::canonicalize(home).ok());
    let here = std::env::current_dir()
        .ok()
        .and_then(|here| fs::canonicalize(here).ok());
    let allowed = |folder: &Path| folder.parent().is_some() && home.as_deref() != Some(folder);
    let inside = nearest.starts_with(&top);
    let shown_top = if root.is_dir() {
        root
    } else {
        root.parent().unwrap_or(root)
    };

    let mut found: Vec<Folder> = Vec::new();
    let within = nearest
        .ancestors()
        .take_while(|folder| folder.starts_with(&top) || *folder == nearest)
        .take(BELOW_ROOT);
    for folder in within.filter(|folder| allowed(folder)) {
        let shown = match folder.strip_prefix(&top) {
            Ok(below) if inside => shown_top.join(below),
            _ => folder.to_owned(),
        };
        found.push(Folder {
            real: folder.to_owned(),
            shown,
        });
    }

    // Beyond the shelf only inside a repository, and only as far as its root.
    let start = if inside { &top } else { &nearest };
    if start.join(".git").exists() {
        return found;
    }
    let above: Vec<&Path> = start
        .ancestors()
        .skip(1)
        .take(ABOVE_ROOT)
        .take_while(|folder| allowed(folder))
        .collect();
    if let Some(repository) = above.iter().position(|folder| folder.join(".git").exists()) {
        for folder in &above[..=repository] {
            let below = here
                .as_deref()
                .and_then(|here| folder.strip_prefix(here).ok());
            found.push(Folder {
                real: (*folder).to_owned(),
                shown: match below {
                    Some(below) if root.is_relative() => below.to_owned(),
                    _ => (*folder).to_owned(),
                },
            });
        }
    }
    found
}

/// The real path of a folder, or of the folder that a file stands in. A file's own link is not
/// followed: its neighbours are where its name is.
fn folder_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return fs::canonicalize(path).ok();
    }
    let parent = match path.parent()? {
        parent if parent.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    fs::canonicalize(parent).ok()
}
