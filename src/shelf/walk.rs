//! Walks folders one after the other, depth first. The engine's own walk lists several at once.
//!
//! Folders are never followed through links. Ignore files are not obeyed: models are usually
//! ignored by git.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::listing::{self, Entry, WalkItem};

/// Deeper folders are not looked at.
pub const DEPTH: usize = 64;

/// Walks `roots` in order. A root that is a file is a candidate whatever its name. Stops when
/// `found` breaks.
pub fn walk(roots: &[PathBuf], found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
    let first = |path: &PathBuf| (listing::root(path), 0);
    let mut open: Vec<(Entry, usize)> = roots.iter().rev().map(first).collect();
    while let Some((entry, depth)) = open.pop() {
        match entry {
            Entry::Item(item) => {
                if found(item).is_break() {
                    return;
                }
            }
            Entry::Folder(folder) if depth < DEPTH => {
                let entries = listing::list(&folder, depth == 0).into_iter().rev();
                open.extend(entries.map(|entry| (entry, depth + 1)));
            }
            Entry::Folder(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

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
