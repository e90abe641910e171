//! Walks folders for candidates: files whose names models have, and directories that are one model.
//!
//! Names decide what is worth opening, because opening every file of a large tree costs seconds;
//! whether a candidate really is a model is decided by its content, later. Folders are never
//! followed through links. Ignore files are not obeyed: models are usually ignored by git.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// What a walk meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkItem {
    /// A file or a directory that may be a model.
    Candidate(PathBuf),
    /// Something that could not be looked at; one sentence.
    Trouble(String),
}

/// Folders that hold no models of the user's own.
const PRUNED: [&str; 8] = [
    ".git",
    "node_modules",
    "site-packages",
    "dist-packages",
    "__pycache__",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".tox",
];

/// Endings that saved models have.
const ENDINGS: [&str; 34] = [
    "pkl",
    "pickle",
    "p",
    "pk",
    "pck",
    "pcl",
    "joblib",
    "jl",
    "jbl",
    "sav",
    "save",
    "model",
    "mdl",
    "bin",
    "dill",
    "cloudpickle",
    "skops",
    "onnx",
    "pt",
    "pth",
    "ckpt",
    "safetensors",
    "keras",
    "h5",
    "hdf5",
    "gguf",
    "cbm",
    "ubj",
    "xgb",
    "lgb",
    "npy",
    "npz",
    "pmml",
    "dvc",
];

/// Endings of compressed files; what stands before them decides.
const COMPRESSED: [&str; 7] = ["gz", "z", "xz", "bz2", "lzma", "lz4", "compressed"];

/// The file that makes a directory one model.
const MLMODEL: &str = "MLmodel";

/// Deeper folders are not looked at.
const DEPTH: usize = 64;

/// Walks `roots` in order. A root that is a file is a candidate whatever its name. Stops when
/// `found` breaks.
pub fn walk(roots: &[PathBuf], found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
    for root in roots {
        if walk_root(root, found).is_break() {
            return;
        }
    }
}

fn walk_root(root: &Path, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) -> ControlFlow<()> {
    if !root.is_dir() || is_claimed(root) {
        return found(WalkItem::Candidate(root.to_owned()));
    }
    let mut walker = WalkDir::new(root)
        .max_depth(DEPTH)
        .sort_by_file_name()
        .into_iter();
    loop {
        let entry = match walker.next() {
            None => return ControlFlow::Continue(()),
            Some(Ok(entry)) => entry,
            Some(Err(error)) => {
                found(WalkItem::Trouble(trouble(root, &error)))?;
                continue;
            }
        };
        if entry.depth() == 0 {
            continue;
        }
        if entry.file_type().is_dir() {
            if is_pruned(&entry) {
                walker.skip_current_dir();
            } else if is_claimed(entry.path()) {
                walker.skip_current_dir();
                found(WalkItem::Candidate(entry.into_path()))?;
            }
        } else if has_model_name(entry.path()) {
            found(WalkItem::Candidate(entry.into_path()))?;
        }
    }
}

/// Whether a directory is one artifact.
pub fn is_claimed(directory: &Path) -> bool {
    directory.join(MLMODEL).is_file()
}

fn is_pruned(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    PRUNED.contains(&&*name) || entry.path().join("pyvenv.cfg").is_file()
}

/// Whether a file is called like a saved model.
pub fn has_model_name(path: &Path) -> bool {
    let Some(ending) = path.extension() else {
        return is_bare_model(path);
    };
    let ending = ending.to_string_lossy().to_ascii_lowercase();
    if ENDINGS.contains(&&*ending) {
        return true;
    }
    // `model.joblib.gz` and `model.gz`, not `data.csv.gz`.
    let stem = path.file_stem().map(Path::new);
    COMPRESSED.contains(&&*ending)
        && stem.is_some_and(|stem| stem.extension().is_none() || has_model_name(stem))
}

/// Files without an ending: few in a models folder, and some libraries save so. Their first bytes
/// tell a pickle of protocol 2 or newer, or a compressed file.
fn is_bare_model(path: &Path) -> bool {
    use std::io::Read;
    let Ok((file, _)) = crate::source::regular(path) else {
        return false;
    };
    let mut head = Vec::new();
    if file.take(16).read_to_end(&mut head).is_err() {
        return false;
    }
    let pickled = matches!(head.as_slice(), [0x80, 2..=5, ..]);
    pickled || crate::source::Compression::sniff(&head).is_some()
}

fn trouble(root: &Path, error: &walkdir::Error) -> String {
    let place = error.path().unwrap_or(root);
    match error.io_error() {
        Some(inner) => format!(
            "{} cannot be looked into: {inner}",
            crate::text::path(place)
        ),
        None => format!("{} is a link back to itself", crate::text::path(place)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(root: &Path) -> Vec<String> {
        let mut seen = Vec::new();
        walk(&[root.to_owned()], &mut |item| {
            if let WalkItem::Candidate(path) = item {
                let below = path.strip_prefix(root).unwrap_or(&path);
                seen.push(below.to_string_lossy().into_owned());
            }
            ControlFlow::Continue(())
        });
        seen
    }

    #[test]
    fn models_are_found_by_name_and_directories_claimed() {
        let root = tempfile::tempdir().unwrap();
        let make = |name: &str, content: &[u8]| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        make("a.joblib", b"x");
        make("notes.txt", b"x");
        make("table.csv.gz", b"x");
        make("old/b.pkl.gz", b"x");
        make("bare", b"\x80\x04.");
        make("README", b"hello");
        make("flow/MLmodel", b"flavors: {}");
        make("flow/model.pkl", b"x");
        make("env/pyvenv.cfg", b"home = /usr/bin");
        make("env/lib/c.pkl", b"x");
        make(".git/d.pkl", b"x");
        assert_eq!(
            names(root.path()),
            ["a.joblib", "bare", "flow", "old/b.pkl.gz"]
        );
    }

    #[test]
    fn a_walk_stops_when_told_to() {
        let root = tempfile::tempdir().unwrap();
        for index in 0..10 {
            fs::write(root.path().join(format!("{index}.pkl")), b"x").unwrap();
        }
        let mut count = 0;
        walk(&[root.path().to_owned()], &mut |_| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!(count, 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_loop_ends() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("loop")).unwrap();
        fs::write(root.path().join("a.pkl"), b"x").unwrap();
        assert_eq!(names(root.path()), ["a.pkl"]);
    }
}
