//! One artifact as the screen needs it. The object graph stays with the engine: a shelf of large
//! forests would not fit into memory twice.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::artifact::{Artifact, Format, Unreadable, UnreadableKind};
use crate::compat::shelf::Wish;
use crate::compat::{Comparison, Verdict};
use crate::engine::Trust;
use crate::manifest::{Basis, Manifest};
use crate::source::Compression;
use crate::text;

/// One artifact.
#[derive(Clone, Debug)]
pub struct Row {
    /// The path as the engine names it.
    pub path: PathBuf,
    /// The path below the shelf, clean, for the list.
    pub name: Box<str>,
    /// How many bytes of the name are its folder.
    folder: u32,
    /// What is known while its reading goes on.
    pub so_far: Option<Arc<Manifest>>,
    /// What the list shows of it; `None` until it is read.
    pub brief: Option<Brief>,
    /// What reading it brought, as long as it is kept: of many rows only the latest are.
    pub reading: Option<Box<Reading>>,
}

/// What list, order and filter need of a row that was read: small, since a shelf may have very many.
#[derive(Clone, Debug)]
pub struct Brief {
    /// How it compares with the environment of the moment.
    pub verdict: Verdict,
    /// Its format.
    pub format: Format,
    /// Bytes on disk.
    pub size: u64,
    /// Last modification.
    pub modified: Option<SystemTime>,
    /// Whether it cannot be read.
    pub unreadable: bool,
    /// The class of the top-level object without its modules, or what it is.
    pub class: Box<str>,
    /// The short word at the end of the list's line: the version it was saved with, or what is
    /// wrong with the file.
    pub tag: Box<str>,
    /// The trust word; empty when nobody looked.
    pub trust: &'static str,
    /// What it wants of distributions; rows that want the same share it.
    pub wishes: Arc<[Wish]>,
}

/// What reading an artifact brought.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The file itself.
    pub card: Card,
    /// What it needs.
    pub manifest: Arc<Manifest>,
    /// How that compares with the environment of the moment.
    pub comparison: Arc<Comparison>,
    /// What loading it would run, when somebody looked.
    pub trust: Option<Arc<Trust>>,
}

/// What is worth knowing of a file without its content.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its format.
    pub format: Format,
    /// The compression around it.
    pub compression: Option<Compression>,
    /// Bytes on disk.
    pub size: u64,
    /// Last modification.
    pub modified: Option<SystemTime>,
    /// Why it cannot be read, when it cannot.
    pub unreadable: Option<Unreadable>,
    /// Whether loading the format can run code of the file's choosing.
    pub executes: bool,
    /// For a directory: the file inside that holds the model.
    pub inner: Option<PathBuf>,
    /// How many pickle streams it holds.
    pub streams: usize,
}

impl Row {
    /// Whether the file at `path` belongs to this artifact, as far as its details are kept.
    pub fn belongs_to(&self, path: &Path) -> bool {
        let reading = self.reading.as_ref();
        reading.is_some_and(|reading| {
            let mut siblings = reading.manifest.siblings.iter();
            siblings.any(|sibling| sibling.path == path)
        })
    }

    /// A row that nobody has read, on the shelf at `root`.
    pub fn found(path: PathBuf, root: &Path) -> Row {
        let below = path.strip_prefix(root).unwrap_or(&path);
        let name = if below.as_os_str().is_empty() {
            let name = path.file_name().unwrap_or(path.as_os_str());
            text::path(Path::new(name))
        } else {
            text::path(below)
        };
        let folder = name.rfind('/').unwrap_or(0);
        Row {
            path,
            folder: u32::try_from(folder).unwrap_or(0),
            name: name.into(),
            so_far: None,
            brief: None,
            reading: None,
        }
    }

    /// The folder below the shelf; empty when it stands in the shelf itself.
    pub fn folder(&self) -> &str {
        &self.name[..self.folder as usize]
    }

    /// The name within the folder.
    pub fn file(&self) -> &str {
        let name = &self.name[self.folder as usize..];
        name.strip_prefix('/').unwrap_or(name)
    }

    /// The order of names: as a walk meets them, or (`grouped`) what shares a folder together.
    pub fn by_name(&self, other: &Row, grouped: bool) -> Ordering {
        if !grouped {
            return by_path(&self.name, &other.name);
        }
        by_path(self.folder(), other.folder()).then_with(|| self.file().cmp(other.file()))
    }

    /// The verdict, once it is read.
    pub fn verdict(&self) -> Option<Verdict> {
        self.brief.as_ref().map(|brief| brief.verdict)
    }

    /// Whether there is something to look at.
    pub fn is_problem(&self) -> bool {
        self.verdict()
            .is_some_and(|verdict| verdict >= Verdict::Differs)
    }
}

impl Reading {
    /// What `artifact` and its manifest bring to the screen.
    pub fn new(
        artifact: &Artifact,
        manifest: Arc<Manifest>,
        comparison: Arc<Comparison>,
        trust: Option<Arc<Trust>>,
    ) -> Reading {
        let facts = artifact.facts.as_ref().ok();
        let objects = facts.and_then(|facts| facts.objects.as_ref());
        let card = Card {
            format: artifact.format,
            compression: artifact.compression,
            size: artifact.size,
            modified: artifact.modified,
            unreadable: artifact.facts.as_ref().err().cloned(),
            executes: facts.is_some_and(|facts| facts.executes),
            inner: facts.and_then(|facts| facts.inner.clone()),
            streams: objects.map_or(0, |objects| objects.streams.len()),
        };
        Reading {
            card,
            manifest,
            comparison,
            trust,
        }
    }

    /// What stays when the rest is let go.
    pub fn brief(&self, wishes: Arc<[Wish]>) -> Brief {
        Brief {
            verdict: self.comparison.verdict,
            format: self.card.format,
            size: self.card.size,
            modified: self.card.modified,
            unreadable: self.card.unreadable.is_some(),
            class: class(&self.manifest).into(),
            tag: tag(&self.card, &self.manifest).into(),
            trust: self.trust.as_deref().map_or("", trust_word),
            wishes,
        }
    }
}

/// The order of paths part by part: a slash stands before every letter.
fn by_path(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let part = |byte: u8| if byte == b'/' { 0 } else { byte };
    match one.iter().zip(other).find(|(a, b)| a != b) {
        Some((a, b)) => part(*a).cmp(&part(*b)),
        None => one.len().cmp(&other.len()),
    }
}

/// The first three numbers of a release, when the tag of a row is one.
pub fn release(tag: &str) -> Option<[u32; 3]> {
    let mut numbers = [0; 3];
    for (at, part) in tag.split('.').take(3).enumerate() {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match part[..digits].parse() {
            Ok(number) => numbers[at] = number,
            Err(_) if at == 0 => return None,
            Err(_) => break,
        }
    }
    Some(numbers)
}

/// The trust word as the list keeps it.
fn trust_word(trust: &Trust) -> &'static str {
    let all = ["known", "unlisted", "dangerous", "inert"];
    let known = all.into_iter().find(|word| *word == trust.word);
    known.unwrap_or_default()
}

/// The class of the top-level object without its modules, or what it is.
pub fn class(manifest: &Manifest) -> &str {
    last_part(manifest.root.as_deref().unwrap_or_default())
}

/// The name behind the last dot.
pub fn last_part(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

fn tag(card: &Card, manifest: &Manifest) -> String {
    if let Some(unreadable) = &card.unreadable {
        return kind_word(unreadable.kind).to_owned();
    }
    let root = manifest.root.as_deref().unwrap_or_default();
    let module = crate::package::top_of(root);
    let stamped = || {
        let all = manifest.saved_with.iter();
        all.filter(|r| r.basis == Basis::Stamped && r.subject != "python")
    };
    // sklearn → scikit-learn: the import name is a part of the distribution's.
    let own = stamped().find(|r| !module.is_empty() && module.contains(last_word(&r.subject)));
    let chosen = own
        .or_else(|| stamped().find(|r| r.subject == "scikit-learn"))
        .or_else(|| stamped().next());
    chosen.map_or_else(
        || format_word(card.format).to_owned(),
        |r| text::short(r.wanted.trim_start_matches(['=', 'v']), 12),
    )
}

fn last_word(subject: &str) -> &str {
    subject.rsplit('-').next().unwrap_or(subject)
}

/// The word of a format.
pub fn format_word(format: Format) -> &'static str {
    match format {
        Format::Pickle => "pickle",
        Format::Joblib => "joblib",
        Format::Skops => "skops",
        Format::Onnx => "onnx",
        Format::Xgboost => "xgboost",
        Format::Lightgbm => "lightgbm",
        Format::Catboost => "catboost",
        Format::Pmml => "pmml",
        Format::Mlflow => "mlflow",
        Format::Bentoml => "bentoml",
        Format::Huggingface => "hugging face",
        Format::Spacy => "spacy",
        Format::Archive => "archive",
        Format::Pointer => "pointer",
        Format::Torch => "torch",
        Format::Safetensors => "safetensors",
        Format::Keras => "keras",
        Format::Hdf5 => "hdf5",
        Format::Gguf => "gguf",
        Format::Npy => "npy",
        Format::Npz => "npz",
        Format::Other => "other",
    }
}

/// The word of a kind of trouble.
pub fn kind_word(kind: UnreadableKind) -> &'static str {
    match kind {
        UnreadableKind::Empty => "empty",
        UnreadableKind::Truncated => "truncated",
        UnreadableKind::Damaged => "damaged",
        UnreadableKind::Pointer => "pointer",
        UnreadableKind::Foreign => "no model",
        UnreadableKind::Budget => "too large",
        UnreadableKind::Io => "no access",
    }
}

/// The word of a compression.
pub fn compression_word(compression: Compression) -> &'static str {
    match compression {
        Compression::Zlib => "zlib",
        Compression::Gzip => "gzip",
        Compression::Bz2 => "bzip2",
        Compression::Xz => "xz",
        Compression::Lzma => "lzma",
        Compression::Lz4 => "lz4",
    }
}
