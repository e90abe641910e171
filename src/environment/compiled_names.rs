//! The words in a compiled module that can be names of it.
//!
//! A name that a compiled module defines stands in its data as a string of its own: in a method
//! table, as a type's `module.Name`, or among the strings that Cython prepares at import. Words
//! inside of longer texts (doc strings) do not count.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use object::read::ReadCache;
use object::{Object, ObjectSection, RelocationTarget};

use super::packed;

/// Largest section that is read.
const SECTION: u64 = 48 << 20;
/// Largest file that is opened.
const FILE: u64 = 1 << 30;
/// Longest word that is kept.
const LONGEST: usize = 200;
/// Most words that are kept.
const MOST: usize = 1_000_000;

/// The words of one compiled module.
#[derive(Debug, Default)]
pub(super) struct CompiledNames {
    words: HashSet<Box<str>>,
    /// Translated by Cython.
    cython: bool,
    /// Strings that are packed in a way that could not be opened.
    sealed: bool,
    /// Written in Rust: its strings have no end marks.
    unmarked: Option<Vec<u8>>,
}

impl CompiledNames {
    /// Reads the data sections of an ELF, Mach-O or PE file; `None` when it is none of them.
    pub fn read(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > FILE {
            return None;
        }
        let cache = ReadCache::new(BufReader::new(file));
        let object = object::File::parse(&cache).ok()?;
        let mut names = Self::default();
        let mut constants: Vec<(u64, Vec<u8>)> = Vec::new();
        for section in object.sections() {
            let wanted = section.name().is_ok_and(|name| {
                matches!(
                    name,
                    ".rodata"
                        | ".data"
                        | ".data.rel.ro"
                        | ".rdata"
                        | "__cstring"
                        | "__const"
                        | "__data"
                ) || name.starts_with(".rodata.")
            });
            if !wanted || section.size() > SECTION {
                continue;
            }
            if let Ok(data) = section.data() {
                constants.push((section.address(), data.to_vec()));
            }
        }
        for (_, data) in &constants {
            names.whole(data);
        }
        // The linker lets a string end inside of a longer one; a pointer to it shows where it starts.
        for relocation in object.dynamic_relocations().into_iter().flatten() {
            let (_, relocation) = relocation;
            if relocation.target() != RelocationTarget::Absolute {
                continue;
            }
            let address = relocation.addend() as u64;
            names.pointed(&constants, address);
        }
        names.cython = names
            .words
            .iter()
            .any(|word| word.starts_with("__pyx_") || word.starts_with("_cython_"));
        if names.cython {
            for (_, data) in &constants {
                match packed::strings(data) {
                    packed::Packed::No => {}
                    packed::Packed::Opened(strings) => {
                        for string in strings {
                            names.keep(&string);
                        }
                    }
                    packed::Packed::Sealed => names.sealed = true,
                }
            }
        }
        if constants
            .iter()
            .any(|(_, data)| memchr::memmem::find(data, b"pyo3").is_some())
        {
            names.unmarked = Some(constants.into_iter().flat_map(|(_, data)| data).collect());
        }
        Some(names)
    }

    /// Every NUL-terminated string that is one word.
    fn whole(&mut self, data: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(0, data) {
            self.keep(&data[start..end]);
            start = end + 1;
        }
    }

    fn pointed(&mut self, constants: &[(u64, Vec<u8>)], address: u64) {
        for (base, data) in constants {
            let Some(offset) = address.checked_sub(*base) else {
                continue;
            };
            if let Some(rest) = usize::try_from(offset).ok().and_then(|at| data.get(at..)) {
                let rest = &rest[..rest.len().min(LONGEST + 1)];
                if let Some(end) = memchr::memchr(0, rest) {
                    self.keep(&rest[..end]);
                }
                return;
            }
        }
    }

    fn keep(&mut self, word: &[u8]) {
        if word.is_empty() || word.len() > LONGEST || self.words.len() >= MOST {
            return;
        }
        let starts = word[0].is_ascii_alphabetic() || word[0] == b'_';
        if starts
            && word
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
            && let Ok(word) = std::str::from_utf8(word)
            && !self.words.contains(word)
        {
            self.words.insert(word.into());
        }
    }

    /// Whether the file has this string as a whole; `None` when it may have it and not show it.
    pub fn has(&self, word: &str) -> Option<bool> {
        if self.words.contains(word) {
            return Some(true);
        }
        if let Some(bytes) = &self.unmarked
            && memchr::memmem::find(bytes, word.as_bytes()).is_some()
        {
            return None;
        }
        (!self.sealed).then_some(false)
    }

    /// Whether the module defines a name; `None` when the file does not show it. `module` is the
    /// dotted name it is imported under.
    pub fn has_in(&self, module: &str, name: &str) -> Option<bool> {
        if self.words.contains(name) {
            return Some(true);
        }
        let top = module.split('.').next().unwrap_or(module);
        let mut inside = false;
        for word in &self.words {
            let Some(before) = word.strip_suffix(name) else {
                continue;
            };
            if let Some(owner) = before.strip_suffix('.') {
                // A type's `module.Name`; the module may have been translated under a shorter one.
                let own = owner == module
                    || module.ends_with(&format!(".{owner}"))
                    || owner.split('.').next() == Some(top);
                if own {
                    return Some(true);
                }
            }
            // The end of a longer string may also be a string of its own.
            inside = true;
        }
        if inside && !self.cython {
            return None;
        }
        self.has(name)
    }

    /// Whether Cython translated this module under exactly this name: its type and function names
    /// start with it, and none of them has it further inside.
    pub fn translated_as(&self, name: &str) -> bool {
        if !self.cython {
            return false;
        }
        let start = format!("{name}.");
        let inside = format!(".{name}.");
        let mut bare = false;
        for word in &self.words {
            if word.contains(&inside) {
                return false;
            }
            bare |= word.starts_with(&start);
        }
        bare
    }
}
