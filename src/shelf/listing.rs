//! One directory of a shelf: its candidates and the folders below it, in the order of their names.
//!
//! One reading of the directory answers everything; files are asked one by one only where a name
//! says nothing. Listing never follows a link to a folder.

use std::collections::HashSet;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::claim::{Claim, claim};
use super::name::{
    has_model_name, has_shared_ending, is_bare, is_booster_by_content, speaks_of_models,
    starts_like_a_model,
};
use crate::text;

/// What a walk meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkItem {
    /// A file or a directory that may be a model.
    Candidate(PathBuf),
    /// Something that could not be looked at; one sentence.
    Trouble(String),
    /// The walk waits for a folder: what was told so far should not wait with it.
    Waiting,
    /// A folder whose listing never came; a walk with patience gives it up.
    Unanswered(PathBuf),
}

/// What stands in a directory, in the order of the names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// For the front end.
    Item(WalkItem),
    /// A folder to list.
    Folder(PathBuf),
}

/// Folders that hold no models of the user's own.
pub(super) const PRUNED: [&str; 8] = [
    ".git",
    "node_modules",
    "site-packages",
    "dist-packages",
    "__pycache__",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".tox",
];

/// In a folder with more texts than this only those that are called like models are opened: opening
/// each of a large data set's would take longer than all the rest.
const FEW: usize = 32;

/// The file that makes a directory a virtual environment.
pub(super) const PYVENV: &str = "pyvenv.cfg";

/// What a root is: a folder to list, or a candidate whatever its name.
pub fn root(path: &Path) -> Entry {
    if path.is_dir() {
        Entry::Folder(path.to_owned())
    } else {
        Entry::Item(WalkItem::Candidate(path.to_owned()))
    }
}

/// Lists one folder. Blocks as long as the file system takes.
pub fn list(folder: &Path, is_root: bool) -> Vec<Entry> {
    let trouble = |error: &std::io::Error| {
        let place = text::path(folder);
        let words = format!("{place} cannot be looked into: {error}");
        Entry::Item(WalkItem::Trouble(words))
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // It went away between being listed and being looked into.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_root => {
            return Vec::new();
        }
        Err(error) => return vec![trouble(&error)],
    };
    let mut found = Vec::new();
    let mut troubles = Vec::new();
    for entry in entries {
        match entry {
            // The type stands in the directory itself on every usual file system.
            Ok(entry) => match entry.file_type() {
                Ok(kind) => found.push((entry.file_name(), kind)),
                Err(error) => troubles.push(trouble(&error)),
            },
            Err(error) => {
                troubles.push(trouble(&error));
                break;
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let has = |name: &str| {
        let at = found.binary_search_by(|(other, _)| other.as_os_str().cmp(name.as_ref()));
        at.is_ok()
    };
    if has(PYVENV) && !is_root {
        return Vec::new();
    }
    let mut listed = Vec::new();
    let mut parts: HashSet<String> = HashSet::new();
    match claim(folder, &has) {
        Some(Claim::Whole) => {
            return vec![Entry::Item(WalkItem::Candidate(folder.to_owned()))];
        }
        Some(Claim::Parts(named)) => {
            listed.push(Entry::Item(WalkItem::Candidate(folder.to_owned())));
            parts.extend(named);
        }
        None => {}
    }
    let shared = found.iter().filter(|(name, _)| has_shared_ending(name));
    let few = shared.take(FEW + 1).count() <= FEW;
    for (name, kind) in &found {
        let shown = name.to_string_lossy();
        if parts.contains(&*shown) || is_beside(&shown, &has) {
            continue;
        }
        listed.extend(entry(folder.join(name), &shown, *kind, few));
    }
    listed.extend(troubles);
    listed
}

/// `few`: whether there are few files here with endings that much else than models has.
fn entry(path: PathBuf, name: &str, kind: FileType, few: bool) -> Option<Entry> {
    if kind.is_dir() {
        return (!PRUNED.contains(&name)).then_some(Entry::Folder(path));
    }
    let named = has_model_name(&path);
    if kind.is_file() || kind.is_symlink() {
        let candidate = named
            || (is_bare(&path) && starts_like_a_model(&path))
            || ((few || speaks_of_models(name)) && is_booster_by_content(&path));
        // A link to a folder is not followed: it leads elsewhere, or back.
        let candidate = candidate && (kind.is_file() || !path.is_dir());
        return candidate.then_some(Entry::Item(WalkItem::Candidate(path)));
    }
    // FIFOs, sockets and devices; only one that is called like a model is worth a word.
    named.then(|| {
        let words = format!("{} is skipped: it is {}", text::path(&path), special(kind));
        Entry::Item(WalkItem::Trouble(words))
    })
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "no regular file"
}

/// Whether a name is that of an array file beside a dump of joblib up to 0.9: `x.pkl_01.npy` or
/// `x.pkl_01.npy.z`, when `x.pkl` is there.
fn is_beside(name: &str, has: &dyn Fn(&str) -> bool) -> bool {
    let Some(stem) = name.strip_suffix(".z").unwrap_or(name).strip_suffix(".npy") else {
        return false;
    };
    let Some((dump, number)) = stem.rsplit_once('_') else {
        return false;
    };
    number.len() >= 2 && number.bytes().all(|byte| byte.is_ascii_digit()) && has(dump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boosters_among_texts_are_found_and_large_data_sets_are_not_opened() {
        let booster = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\n";
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| fs::write(folder.path().join(name), booster).unwrap();
        let names = || {
            let listed = list(folder.path(), true).into_iter();
            let named = listed.filter_map(|entry| match entry {
                Entry::Item(WalkItem::Candidate(path)) => {
                    Some(path.file_name()?.to_string_lossy().into_owned())
                }
                _ => None,
            });
            named.collect::<Vec<_>>()
        };
        make("a.txt");
        fs::write(folder.path().join("notes.txt"), "trees").unwrap();
        assert_eq!(names(), ["a.txt"]);
        for number in 0..FEW {
            make(&format!("row-{number}.txt"));
        }
        make("churn-model.txt");
        assert_eq!(names(), ["churn-model.txt"]);
    }

    #[test]
    fn array_files_beside_a_dump_belong_to_it() {
        let has = |name: &str| name == "x.pkl";
        assert!(is_beside("x.pkl_01.npy", &has));
        assert!(is_beside("x.pkl_117.npy.z", &has));
        for name in [
            "y.pkl_01.npy",
            "x.pkl_1.npy",
            "x.pkl_ab.npy",
            "x.pkl",
            "01.npy",
        ] {
            assert!(!is_beside(name, &has), "{name}");
        }
    }
}
