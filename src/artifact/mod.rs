//! A file to its facts. One file per format; adding one is that file and one line in the table.
//!
//! [`read`] never executes, imports or follows what a file says. It always answers: a file that
//! cannot be read is an artifact whose facts are the reason.

mod facts;
mod joblib;
mod pickle;

pub use facts::{
    Artifact, Facts, Format, Inputs, Objects, OutlineLine, Stamp, Stream, Unreadable,
    UnreadableKind,
};

use std::io;
use std::path::Path;

use crate::source;

/// How much of an artifact to keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Enough for a manifest: large arrays stay on disk.
    Identity,
    /// Every number, for a trial.
    Everything,
}

/// Reads the artifact at `path`, a file or a claimed directory.
pub fn read(path: &Path, keep: Keep) -> Artifact {
    let source = match source::open(path) {
        Ok(source) => source,
        Err(error) => return unopened(path, &error),
    };
    let (size, modified, compression) = (source.size, source.modified, source.compression);
    let (format, facts) = read_source(source, keep);
    Artifact {
        path: path.to_owned(),
        format,
        compression,
        size,
        modified,
        facts,
    }
}

fn read_source(mut source: source::Source, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    if source.size == 0 {
        return (Format::Other, Err(empty()));
    }
    let head = match source.stream.peek() {
        Ok(head) => head[..head.len().min(source::PROBE)].to_vec(),
        Err(error) => return (Format::Other, Err(io_trouble(&error))),
    };
    if head.is_empty() {
        return (Format::Other, Err(empty()));
    }
    if pickle::sniff(&head) {
        return pickle::read(source, keep);
    }
    (
        Format::Other,
        Err(Unreadable {
            kind: UnreadableKind::Foreign,
            reason: "the content is not a model format that is known".into(),
            repair: None,
        }),
    )
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
