//! Small bounded reads and listings: everything this module touches on disk is somebody else's.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::Path;

/// Largest text that is read for its few lines (`pyvenv.cfg`, `.pth`, `METADATA`, shims).
const SMALL: u64 = 1 << 20;
/// Most entries of one folder that are listed.
const MOST_ENTRIES: usize = 200_000;

/// A text file of at most 1 MiB (the rest is cut); `None` when it cannot be read. Bytes that are
/// not UTF-8 become `�`.
pub(super) fn small_text(path: &Path) -> Option<String> {
    bounded(path, SMALL).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// At most `limit` bytes of a regular file; `None` when it is none or cannot be read.
pub(super) fn bounded(path: &Path, limit: u64) -> Option<Vec<u8>> {
    // A pipe or a device in the place of a file would block or never end.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .ok()?
        .take(limit)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// Whether a file's name is one of a compiled module.
pub(super) fn is_compiled(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "so" | "pyd")))
}

/// What a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    File,
    Folder,
}

/// The names in a folder, with what they are; symbolic links are followed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: HashMap<String, Entry>,
    /// Compiled modules by the part before the first dot.
    compiled: HashMap<String, Vec<String>>,
}

impl Listing {
    /// Lists a folder; empty when it cannot be read.
    pub fn read(folder: &Path) -> Self {
        let mut names = HashMap::new();
        let mut compiled: HashMap<String, Vec<String>> = HashMap::new();
        let Ok(entries) = fs::read_dir(folder) else {
            return Self::default();
        };
        for entry in entries.take(MOST_ENTRIES).flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let folder = if kind.is_symlink() {
                match fs::metadata(entry.path()) {
                    Ok(target) => target.is_dir(),
                    Err(_) => continue,
                }
            } else {
                kind.is_dir()
            };
            // A module's name is an identifier: names that are not UTF-8 cannot be one.
            if let Ok(name) = entry.file_name().into_string() {
                if !folder
                    && is_compiled(&name)
                    && let Some((stem, _)) = name.split_once('.')
                {
                    compiled
                        .entry(stem.to_owned())
                        .or_default()
                        .push(name.clone());
                }
                names.insert(name, if folder { Entry::Folder } else { Entry::File });
            }
        }
        Self { names, compiled }
    }

    /// What this name is here.
    pub fn get(&self, name: &str) -> Option<Entry> {
        self.names.get(name).copied()
    }

    /// Whether a file of this name is here.
    pub fn file(&self, name: &str) -> bool {
        self.get(name) == Some(Entry::File)
    }

    /// The compiled modules whose name is this, whatever Python they are for.
    pub fn compiled(&self, stem: &str) -> &[String] {
        self.compiled.get(stem).map_or(&[], Vec::as_slice)
    }

    /// All names, in no order.
    pub fn names(&self) -> impl Iterator<Item = (&str, Entry)> {
        self.names.iter().map(|(name, kind)| (name.as_str(), *kind))
    }
}
