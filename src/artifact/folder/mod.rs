//! Directories that are one model besides `MLflow`'s: a description, and beside it the file that it
//! describes, which its own format's reader reads.
//!
//! A description counts only when what it describes is there, under a plain name in the same
//! directory. What else lies there is not part of the model.

mod bentoml;
mod huggingface;
mod spacy;

pub use huggingface::{Widget, widget};

use std::path::{Path, PathBuf};

use super::mlflow;
use super::{
    Artifact, Facts, Format, Inputs, Keep, OutlineLine, Stamp, Unreadable, UnreadableKind,
};
use crate::source;
use crate::text;

/// Bytes of a description.
const LONGEST: u64 = 4 << 20;

/// What a description says.
#[derive(Clone, Debug)]
pub struct Described {
    /// The kind of directory.
    pub format: Format,
    /// The file with the model, when there is a single one.
    pub model_file: Option<PathBuf>,
    /// Names in the directory that belong to the model: files and folders.
    pub parts: Vec<String>,
    /// Versions that it was saved with.
    pub(super) stamps: Vec<Stamp>,
    /// Declared inputs.
    pub(super) inputs: Option<Inputs>,
    /// Structure, shown where the model file has none.
    pub(super) outline: Vec<OutlineLine>,
    /// Whether loading can run code, where the model file does not tell.
    pub(super) executes: bool,
}

/// Looks at a directory whose marker is there.
type Describe = fn(&Path) -> Option<Described>;

/// The kinds of directories, each by the file that marks it.
const KINDS: [(&str, Describe); 4] = [
    (bentoml::MARKER, bentoml::describe),
    (spacy::MARKER, spacy::describe),
    (huggingface::MARKER, huggingface::describe),
    (huggingface::CARD, huggingface::card),
];

/// The names of the files that mark a directory.
pub fn markers() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(marker, _)| *marker)
}

/// What the description of a directory says; `None` for ordinary directories.
pub fn describe(directory: &Path) -> Option<Described> {
    KINDS.iter().find_map(|(marker, describe)| {
        let marked = directory.join(marker).is_file();
        marked.then(|| describe(directory)).flatten()
    })
}

/// Reads a directory that is one model; `None` for ordinary directories.
pub(super) fn read(directory: &Path, keep: Keep) -> Option<Artifact> {
    let described = describe(directory)?;
    let file = described.model_file.clone();
    let inner = file.as_deref().map(|file| super::read(file, keep));
    let compression = inner.as_ref().and_then(|inner| inner.compression);
    let modified = match &inner {
        Some(inner) => inner.modified,
        None => std::fs::metadata(directory)
            .and_then(|found| found.modified())
            .ok(),
    };
    Some(Artifact {
        path: directory.to_owned(),
        format: described.format,
        compression,
        size: mlflow::size(directory),
        modified,
        facts: facts(described, inner.map(|inner| inner.facts)),
    })
}

fn facts(
    described: Described,
    inner: Option<Result<Facts, Unreadable>>,
) -> Result<Facts, Unreadable> {
    let mut facts = match inner {
        Some(Ok(facts)) => facts,
        Some(Err(trouble)) if trouble.kind != UnreadableKind::Foreign => {
            let file = described.model_file.as_deref().and_then(Path::file_name);
            let name = text::short(&file.unwrap_or_default().to_string_lossy(), 80);
            return Err(Unreadable {
                reason: format!("{name} in the directory: {}", trouble.reason),
                ..trouble
            });
        }
        // The description is all that can be read.
        _ => Facts {
            executes: described.executes,
            ..Facts::default()
        },
    };
    facts.stamps.extend(described.stamps);
    if described.inputs.is_some() {
        facts.inputs = described.inputs;
    }
    if facts.objects.is_none() {
        facts.outline.splice(0..0, described.outline);
    }
    facts.inner = described.model_file;
    Ok(facts)
}

/// The text of a description; `None` when it is too long or cannot be read.
fn description(path: &Path) -> Option<String> {
    let bytes = source::small(path, LONGEST).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A file of the directory by a plain name.
fn beside(directory: &Path, name: &str) -> Option<PathBuf> {
    let plain =
        !name.is_empty() && !matches!(name, "." | "..") && !name.contains(['/', '\\', ':', '\0']);
    let path = directory.join(name);
    (plain && path.is_file()).then_some(path)
}

/// A version with its place; `None` when it is no version.
fn stamp(subject: &str, version: &str, field: &str, place: (&Path, u32)) -> Option<Stamp> {
    let subject = crate::package::normalize(subject);
    let usable =
        crate::package::is_valid_name(&subject) && crate::package::parse_version(version).is_some();
    usable.then(|| Stamp {
        subject,
        version: text::short(version, 60),
        field: text::short(field, 80),
        offset: None,
        file: Some((place.0.to_owned(), place.1)),
    })
}

/// A requirement as people write it, `scikit-learn=1.0.2` among them, with its place.
fn wish(written: &str, field: &str, place: (&Path, u32)) -> Option<Stamp> {
    let requirement = crate::package::Requirement::parse(written)?;
    let version = requirement.specifier.strip_prefix("==");
    let exact = version.filter(|version| !version.contains(['*', ',']));
    if let Some(version) = exact {
        return stamp(&requirement.name, version, field, place);
    }
    (!requirement.specifier.is_empty()).then(|| Stamp {
        subject: requirement.name,
        version: text::short(&requirement.specifier, 60),
        field: text::short(field, 80),
        offset: None,
        file: Some((place.0.to_owned(), place.1)),
    })
}

/// The line, from 1, where `needle` first stands from byte `from` on.
fn line_of(content: &str, needle: &str, from: usize) -> u32 {
    let found = content.get(from..).and_then(|rest| rest.find(needle));
    let end = found.map_or(0, |at| from + at);
    1 + memchr::memchr_iter(b'\n', &content.as_bytes()[..end]).count() as u32
}

fn line(label: &str, what: &str) -> OutlineLine {
    OutlineLine {
        depth: 0,
        label: label.to_owned(),
        what: text::short(what, 120),
    }
}
