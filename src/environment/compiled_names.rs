//! The words in a compiled module that can be names of it.
//!
//! A name that a compiled module defines stands in its data as a string of its own: in a method
//! table, as a type's `module.Name`, or among the strings that Cython prepares at import. Words
//! inside of longer texts (doc strings) do not count.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use object::read::ReadCache;
use object::{Architecture, Object, ObjectSection, RelocationTarget, SectionKind};

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
    /// Last words of longer texts. The linker may let a string begin inside of a longer one, so one
    /// of these is a string of its own if something points to it.
    ends: HashSet<Box<str>>,
    /// Strings that instructions point to; found when a question needs them.
    loaded: OnceLock<Option<HashSet<Box<str>>>>,
    path: PathBuf,
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
        let file = open(path)?;
        let cache = ReadCache::new(file);
        let object = object::File::parse(&cache).ok()?;
        let mut names = Self {
            path: path.to_path_buf(),
            ..Self::default()
        };
        let constants = constants(&object);
        for constant in &constants {
            names.whole(&constant.data);
        }
        for (_, relocation) in object.dynamic_relocations().into_iter().flatten() {
            if relocation.target() == RelocationTarget::Absolute
                && let Some(word) = pointed(&constants, relocation.addend() as u64)
            {
                names.keep(word);
            }
        }
        names.cython = names
            .words
            .iter()
            .any(|word| word.starts_with("__pyx_") || word.starts_with("_cython_"));
        if names.cython {
            for constant in &constants {
                match packed::strings(&constant.data) {
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
            .any(|constant| memchr::memmem::find(&constant.data, b"pyo3").is_some())
        {
            let all = constants.into_iter().flat_map(|constant| constant.data);
            names.unmarked = Some(all.collect());
        }
        Some(names)
    }

    /// Every NUL-terminated string that is one word, and the last words of the others.
    fn whole(&mut self, data: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(0, data) {
            let text = &data[start..end];
            start = end + 1;
            if !self.keep(text) {
                let tail = &text[text.len().saturating_sub(LONGEST)..];
                let from = tail
                    .iter()
                    .rposition(|b| !is_part(*b))
                    .map_or(0, |at| at + 1);
                let tail = &tail[from..];
                if tail.len() > 1
                    && self.ends.len() < MOST
                    && let Ok(word) = std::str::from_utf8(tail)
                    && !self.ends.contains(word)
                {
                    self.ends.insert(word.into());
                }
            }
        }
    }

    fn keep(&mut self, word: &[u8]) -> bool {
        if !is_word(word) || self.words.len() >= MOST {
            return false;
        }
        if let Ok(word) = std::str::from_utf8(word)
            && !self.words.contains(word)
        {
            self.words.insert(word.into());
        }
        true
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

    /// Whether the module defines a name; `None` when the file does not show it, and when only its
    /// instructions would and the answer is to be `quick`. `module` is the dotted name it is
    /// imported under.
    pub fn has_in(&self, module: &str, name: &str, quick: bool) -> Option<bool> {
        if self.words.contains(name) {
            return Some(true);
        }
        let top = crate::package::top_of(module);
        let mut inside = self.ends.iter().any(|end| end.ends_with(name));
        for word in &self.words {
            let Some(before) = word.strip_suffix(name) else {
                continue;
            };
            if let Some(owner) = before.strip_suffix('.') {
                // A type's `module.Name`; the module may have been translated under a shorter one.
                let own = owner == module
                    || module.ends_with(&format!(".{owner}"))
                    || crate::package::top_of(owner) == top;
                if own {
                    return Some(true);
                }
            }
            inside = true;
        }
        if inside && quick {
            return None;
        }
        if inside {
            let loaded = self.loaded.get_or_init(|| loaded(&self.path));
            match loaded {
                Some(loaded) if loaded.contains(name) => return Some(true),
                Some(_) => {}
                None => return None,
            }
        }
        self.has(name)
    }

    /// Whether the file holds a word, wherever it belongs; `None` when it is only the end of a longer
    /// string.
    pub fn holds(&self, name: &str) -> Option<bool> {
        if self.words.contains(name) {
            return Some(true);
        }
        let is_end = |word: &str| word.ends_with(name);
        if self.ends.iter().any(|end| is_end(end)) || self.words.iter().any(|word| is_end(word)) {
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

/// A data section: its address and bytes.
struct Constant {
    address: u64,
    data: Vec<u8>,
}

fn open(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    (metadata.is_file() && metadata.len() <= FILE).then_some(file)
}

fn constants<'d>(object: &impl Object<'d>) -> Vec<Constant> {
    object
        .sections()
        .filter(|section| {
            section.size() <= SECTION
                && section.name().is_ok_and(|name| {
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
                })
        })
        .filter_map(|section| {
            Some(Constant {
                address: section.address(),
                data: section.data().ok()?.to_vec(),
            })
        })
        .collect()
}

/// The string at an address.
fn pointed(constants: &[Constant], address: u64) -> Option<&[u8]> {
    constants.iter().find_map(|constant| {
        let offset = usize::try_from(address.checked_sub(constant.address)?).ok()?;
        let rest = constant.data.get(offset..)?;
        let rest = &rest[..rest.len().min(LONGEST + 1)];
        Some(&rest[..memchr::memchr(0, rest)?])
    })
}

/// The words that instructions point to: on x86-64 an address is the next instruction's plus a
/// 32-bit distance. `None` on other machines, where an address is spread over instructions.
fn loaded(path: &Path) -> Option<HashSet<Box<str>>> {
    let cache = ReadCache::new(open(path)?);
    let object = object::File::parse(&cache).ok()?;
    if object.architecture() != Architecture::X86_64 {
        return None;
    }
    let constants = constants(&object);
    let mut words = HashSet::new();
    for section in object.sections() {
        if section.kind() != SectionKind::Text || section.size() > SECTION {
            continue;
        }
        let Ok(code) = section.data() else {
            continue;
        };
        for (at, four) in code.windows(4).enumerate() {
            let distance = i32::from_le_bytes([four[0], four[1], four[2], four[3]]);
            let next = section.address().wrapping_add(at as u64 + 4);
            let address = next.wrapping_add_signed(i64::from(distance));
            let inside = constants.iter().any(|constant| {
                address
                    .checked_sub(constant.address)
                    .is_some_and(|offset| offset < constant.data.len() as u64)
            });
            if inside
                && let Some(word) = pointed(&constants, address)
                && is_word(word)
                && words.len() < MOST
                && let Ok(word) = std::str::from_utf8(word)
                && !words.contains(word)
            {
                words.insert(word.into());
            }
        }
    }
    Some(words)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_word(word: &[u8]) -> bool {
    word.len() <= LONGEST
        && word
            .first()
            .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && word.iter().all(|byte| is_part(*byte) || *byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of a data section that holds these texts, each with its end mark.
    fn names(texts: &[&str]) -> CompiledNames {
        let mut names = CompiledNames::default();
        for text in texts {
            names.whole(format!("{text}\0").as_bytes());
        }
        names.cython = true;
        names
    }

    #[test]
    fn words_of_doc_strings_do_not_count() {
        let metrics = names(&[
            "sklearn.metrics._dist_metrics.EuclideanDistance64",
            "The EuclideanDistance class: see EuclideanDistance",
            "newObj",
        ]);
        let module = "sklearn.metrics._dist_metrics";
        assert_eq!(
            metrics.has_in(module, "EuclideanDistance64", false),
            Some(true)
        );
        assert_eq!(metrics.has_in(module, "newObj", false), Some(true));
        assert_eq!(metrics.has_in(module, "class", false), Some(false));
        // It ends a longer text, and no file is there to see whether something points to it.
        assert_eq!(metrics.has_in(module, "EuclideanDistance", false), None);
        assert_eq!(metrics.has_in(module, "EuclideanDistance", true), None);
    }

    #[test]
    fn a_module_translated_outside_of_its_package_shows_its_bare_name() {
        let bare = names(&["_loss.CyHuberLoss.__reduce__", "numpy.ndarray"]);
        assert!(bare.translated_as("_loss"));
        assert!(!bare.translated_as("_tree"));
        let whole = names(&["sklearn._loss._loss.CyHuberLoss", "_loss.x"]);
        assert!(!whole.translated_as("_loss"));
    }
}
