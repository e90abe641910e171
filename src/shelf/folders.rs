//! The folders of a shelf, for somebody who watches it. Follows no links, enters no claimed folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::DEPTH;
use super::listing::{PRUNED, PYVENV};

/// Folders beyond this many are left out.
const MOST: usize = 20_000;

/// The folders below `roots`, the roots included where they are folders. Blocks as long as the file
/// system takes.
pub fn folders(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<(PathBuf, usize)> = roots
        .iter()
        .filter(|root| root.is_dir())
        .map(|root| (root.clone(), 0))
        .collect();
    while let Some((folder, depth)) = open.pop() {
        if found.len() >= MOST {
            break;
        }
        if depth < DEPTH {
            open.extend(below(&folder).into_iter().map(|path| (path, depth + 1)));
        }
        found.push(folder);
    }
    found
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries
        .filter_map(Result::ok)
        .filter(is_folder)
        .filter(|entry| !PRUNED.iter().any(|pruned| entry.file_name() == *pruned))
        .map(|entry| entry.path())
        .filter(|path| !path.join(PYVENV).exists())
        .collect()
}
