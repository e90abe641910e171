//! A file to its facts. One file per format; adding one is that file and one line in the table.
//!
//! [`read`] never executes, imports or follows what a file says. It always answers: a file that
//! cannot be read is an artifact whose facts are the reason.

mod catboost;
mod embedded;
mod facts;
pub mod folder;
mod foreign;
mod gguf;
mod glance;
mod hdf5;
pub mod inputs;
mod joblib;
pub(crate) mod json;
mod keras;
mod lightgbm;
pub mod mlflow;
pub(crate) mod npy;
mod onnx;
mod pickle;
mod pmml;
mod pointer;
mod protobuf;
mod safetensors;
mod side_files;
mod skops;
mod stack;
mod tar;
mod tensors;
mod tokens;
mod torch;
mod trouble;
mod xgboost;
pub(crate) mod yaml;

pub use facts::{
    Artifact, Facts, Format, Inputs, Notation, Objects, OutlineLine, Stamp, Stream, Unreadable,
    UnreadableKind,
};

pub use side_files::SideFiles;

use std::io;
use std::path::Path;

use crate::pickle::Limits;
use crate::source::{self, Compression, zip::Zip};

/// Bytes of the shortest LZ4 frame: its mark, three bytes of description and the mark of its end.
const LZ4_EMPTY: u64 = 11;

/// Formats that their first bytes tell from every other: whether they are, and their reader.
const MARKED: &[(Sniff, Read)] = &[
    (xgboost::sniff, xgboost::read),
    (lightgbm::sniff, lightgbm::read),
    (catboost::sniff, catboost::read),
    (pmml::sniff, pmml::read),
];

/// Whether the first bytes are those of a format.
type Sniff = fn(&[u8]) -> bool;
/// What a reader finds in the content.
type Read = fn(source::Source) -> (Format, Result<Facts, Unreadable>);
/// Who wants to know what is known so far; it gives the facts back.
type SoFar<'a> = &'a mut dyn FnMut(Format, Facts) -> Facts;

/// Whether a file that starts with `head` is a booster or a PMML document: these are saved under
/// endings that nearly every file has (`model.txt`, `model.json`).
pub fn is_marked(head: &[u8]) -> bool {
    MARKED.iter().any(|(sniff, _)| sniff(head))
}

/// How much of an artifact to keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// As for a manifest, of a small file only; larger ones are not read to the end.
    Glance,
    /// Enough for a manifest: large arrays stay on disk.
    Identity,
    /// Every number, for a trial.
    Everything,
}

impl Keep {
    /// The budgets for a file of `size` bytes on disk.
    fn limits(self, size: u64) -> Limits {
        match self {
            Keep::Glance => Limits::GLANCE,
            Keep::Identity => Limits::IDENTITY,
            Keep::Everything => Limits::everything(size),
        }
    }
}

/// Reads the artifact at `path`, a file or a claimed directory.
pub fn read(path: &Path, keep: Keep) -> Artifact {
    read_telling(path, keep, &mut |_| {})
}

/// Like [`read`], for a file whose reading may take long: `so_far` gets the artifact as far as it
/// is known, at growing intervals while the rest streams. What it gets is a part: requirements may
/// be missing, and damage further on is not seen.
pub fn read_telling(path: &Path, keep: Keep, so_far: &mut dyn FnMut(&Artifact)) -> Artifact {
    let source = match source::open(path) {
        Ok(source) => source,
        Err(_) if path.is_dir() => return directory(path, keep),
        Err(error) => return unopened(path, &error),
    };
    let (size, modified, compression) = (source.size, source.modified, source.compression);
    let mut part = |format, facts| {
        let part = Artifact {
            path: path.to_owned(),
            format,
            compression,
            size,
            modified,
            facts: Ok(facts),
        };
        so_far(&part);
        part.facts.unwrap_or_default()
    };
    let (format, facts) = read_source(path, source, keep, &mut part);
    Artifact {
        path: path.to_owned(),
        format,
        compression,
        size: size + facts.as_ref().map_or(0, |facts| facts.side_files.bytes),
        modified,
        facts,
    }
}

/// A directory that is one model.
fn directory(path: &Path, keep: Keep) -> Artifact {
    let description = path.join(mlflow::MLMODEL);
    if !description.is_file()
        && let Some(found) = folder::read(path, keep)
    {
        return found;
    }
    let modified = std::fs::metadata(&description).and_then(|found| found.modified());
    let (mut format, mut compression) = (Format::Mlflow, None);
    let facts = if description.is_file() {
        mlflow::model(path).and_then(|model| {
            let inner = model.model_file.as_deref().map(|file| read(file, keep));
            compression = inner.as_ref().and_then(|inner| inner.compression);
            mlflow::facts(model, inner.map(|inner| inner.facts))
        })
    } else {
        format = Format::Other;
        Err(Unreadable {
            kind: UnreadableKind::Foreign,
            reason: "a directory that no file in it describes as a model".into(),
            repair: None,
        })
    };
    Artifact {
        path: path.to_owned(),
        format,
        compression,
        size: mlflow::size(path),
        modified: modified.ok(),
        facts,
    }
}

/// Asks each format in turn. Signatures that no pickle starts with come first; plain pickles of
/// the first protocols have none and come last.
fn read_source(
    path: &Path,
    mut source: source::Source,
    keep: Keep,
    so_far: SoFar<'_>,
) -> (Format, Result<Facts, Unreadable>) {
    if source.size == 0 {
        return (Format::Other, Err(empty()));
    }
    // On the stack: a block of this size makes the allocator tidy up, for each small file.
    let mut space = [0; source::PROBE];
    let head = match source.stream.peek() {
        Ok(found) => {
            let len = found.len().min(space.len());
            space[..len].copy_from_slice(&found[..len]);
            &space[..len]
        }
        Err(error) => return (Format::Other, Err(io_trouble(&error))),
    };
    if head.is_empty() {
        // The decoder takes a frame without its end for one without content.
        let cut = source.compression == Some(Compression::Lz4) && source.size < LZ4_EMPTY;
        let trouble = if cut {
            io_trouble(&io::ErrorKind::UnexpectedEof.into())
        } else {
            empty()
        };
        return (Format::Other, Err(trouble));
    }
    if source.compression.is_none() && Zip::sniff(head) {
        return archive(path, keep);
    }
    if let Some(pointer) = pointer::identify(path, head, source.size) {
        return (Format::Pointer, Err(pointer));
    }
    if tar::sniff(head) {
        if let Some(parts) = torch::parts(path) {
            return torch::read_tar(path, &parts, keep);
        }
        return (Format::Archive, tar::read(source));
    }
    if gguf::sniff(head) {
        return gguf::read(source);
    }
    if npy::sniff(head) {
        return npy::read(source, keep);
    }
    if hdf5::sniff(head) {
        return hdf5::read(path, source);
    }
    if safetensors::sniff(head) {
        return safetensors::read(path, source);
    }
    if torch::sniff_stacked(head) {
        return torch::read_stacked(source, keep);
    }
    if let Some(index) = safetensors::index(path, head) {
        return (Format::Safetensors, Err(index));
    }
    if let Some((_, read)) = MARKED.iter().find(|(sniff, _)| sniff(head)) {
        return read(source);
    }
    if let Some(identity) = foreign::identify(head) {
        return (Format::Other, Err(identity));
    }
    if onnx::sniff(head) {
        return onnx::read(source);
    }
    if pickle::sniff(head) {
        let (format, mut facts) = pickle::read(path, source, keep, so_far);
        if let Ok(facts) = &mut facts {
            embedded::describe(path, facts);
        }
        let unknown = format == Format::Other
            && matches!(&facts, Err(trouble) if trouble.kind == UnreadableKind::Foreign);
        return match foreign::leftover(head).filter(|_| unknown) {
            Some(identity) => (format, Err(identity)),
            None => (format, facts),
        };
    }
    let identity = foreign::leftover(head);
    (
        Format::Other,
        Err(identity.unwrap_or_else(|| Unreadable {
            kind: UnreadableKind::Foreign,
            reason: "the content is not a model format that is known".into(),
            repair: None,
        })),
    )
}

/// A zip archive: what it is, by the names of its members.
fn archive(path: &Path, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    let archive = match source::regular(path).and_then(|(file, _)| Zip::open(file)) {
        Ok(archive) => archive,
        // Archives end with their table of members: a part of one has none.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let trouble = Unreadable {
                kind: UnreadableKind::Truncated,
                reason: "a zip archive without its end".into(),
                repair: Some(
                    "copy or download it again and compare its size with the original".into(),
                ),
            };
            return (Format::Other, Err(trouble));
        }
        Err(error) => return (Format::Other, Err(io_trouble(&error))),
    };
    if archive.member(skops::SCHEMA).is_some() {
        return skops::read(&archive, keep);
    }
    if torch::is_archive(&archive) {
        return torch::read_archive(&archive, keep);
    }
    if keras::is_archive(&archive) {
        return keras::read(&archive);
    }
    if npy::is_archive(&archive) {
        return npy::read_archive(&archive, keep);
    }
    let names = archive.members().iter().map(|member| member.name.as_str());
    let names: Vec<&str> = names.collect();
    (Format::Other, Err(foreign::archive(&names)))
}

fn empty() -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Empty,
        reason: "the content is empty".into(),
        repair: Some("save the model again; the disk may have been full".into()),
    }
}

fn io_trouble(error: &io::Error) -> Unreadable {
    let (kind, reason) = match error.kind() {
        _ if source::is_over_budget(error) => (UnreadableKind::Budget, error.to_string()),
        io::ErrorKind::UnexpectedEof => (
            UnreadableKind::Truncated,
            "the compressed content ends early".to_owned(),
        ),
        io::ErrorKind::InvalidData => (
            UnreadableKind::Damaged,
            format!("the compressed content is damaged: {error}"),
        ),
        _ => (UnreadableKind::Io, format!("it cannot be read: {error}")),
    };
    Unreadable {
        kind,
        reason,
        repair: None,
    }
}

fn unopened(path: &Path, error: &io::Error) -> Artifact {
    Artifact {
        path: path.to_owned(),
        format: Format::Other,
        compression: None,
        size: 0,
        modified: None,
        facts: Err(io_trouble(error)),
    }
}
