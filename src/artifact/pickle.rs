//! Pickles and joblib streams: bytes to an object graph with its streams.

use std::path::Path;

use super::glance::Glance;
use super::joblib::JoblibHook;
use super::{Facts, Format, Keep, Objects, SoFar, Stream, Unreadable, UnreadableKind};
use crate::pickle::{Error, ErrorKind, Reader};
use crate::source::{Source, is_over_budget};

/// More pickles than this behind each other in one file are not looked at.
const FOLLOWERS: usize = 64;

/// Bytes behind a compressed pickle that are counted.
const TRAILING: u64 = 64 << 20;

/// Whether `head` can be the start of a pickle of any protocol.
///
/// Protocols 2 and up say so with their first byte. Older ones have no magic number: the first
/// byte must be an opcode that can start a value.
pub(super) fn sniff(head: &[u8]) -> bool {
    match head {
        [0x80, protocol, ..] => *protocol <= 5,
        [0x80] => true,
        [first, ..] => b"(]}lcISVLFNKMJGXUTd)".contains(first),
        [] => false,
    }
}

pub(super) fn read(
    path: &Path,
    source: Source,
    keep: Keep,
    so_far: SoFar<'_>,
) -> (Format, Result<Facts, Unreadable>) {
    let marked = source.first == Some(0x80) || source.compression.is_some();
    let limits = keep.limits(source.size);
    let (compressed, size) = (source.compression.is_some(), source.size);
    let mut hook = Glance::new(JoblibHook::new(path), compressed, size, so_far);
    let mut reader = Reader::new(source.stream, limits);
    let first = reader.pickle(&mut hook, false);
    let mut hook = hook.joblib;
    let format = hook.format();
    match first {
        Ok(root) => {
            let trailing = followers(&mut reader, &mut hook);
            let streams = reader.pickles.iter().map(|pickle| Stream {
                offset: pickle.offset,
                protocol: pickle.protocol,
                root: pickle.root,
                nested: pickle.nested,
            });
            let objects = Objects {
                streams: streams.collect(),
                graph: reader.graph,
                root,
            };
            let facts = Facts {
                objects: Some(objects),
                executes: true,
                notes: hook
                    .beside
                    .files
                    .notes()
                    .into_iter()
                    .chain(trailing)
                    .collect(),
                side_files: hook.beside.files,
                ..Facts::default()
            };
            (format, Ok(facts))
        }
        // A text file whose first letter happens to be an opcode.
        Err(error) if !marked && hook.arrays == 0 && !looks_pickled(&error, &reader) => {
            (Format::Other, Err(foreign()))
        }
        Err(error) => {
            let mut trouble = unreadable(&error);
            if matches!(error.kind, ErrorKind::CarriageReturns) {
                trouble.repair = Some(without_returns(path));
            }
            (format, Err(trouble))
        }
    }
}

/// Reads the pickles behind the first one; a note when other bytes stand there.
fn followers(reader: &mut Reader, hook: &mut JoblibHook) -> Option<String> {
    let marked = reader
        .pickles
        .last()
        .is_some_and(|first| first.protocol >= 2);
    for _ in 0..FOLLOWERS {
        let (place, nodes, ends) = (
            reader.stream.position(),
            reader.graph.len(),
            reader.pickles.len(),
        );
        let next = reader.stream.peek().unwrap_or_default();
        let starts = next.first() == Some(&0x80) || (!marked && sniff(next));
        if !starts {
            return trailing(reader, place);
        }
        let signed = next.first() == Some(&0x80);
        if reader.pickle(hook, false).is_err() {
            // Without a magic number it was text that only looked like a pickle.
            if !signed {
                reader.graph.truncate(nodes);
                reader.pickles.truncate(ends);
            }
            return trailing(reader, place);
        }
    }
    None
}

/// Counts the bytes from `place` to the end of the file.
fn trailing(reader: &mut Reader, place: u64) -> Option<String> {
    let mut end = reader.stream.position();
    if let Some(left) = reader.stream.remaining() {
        end += left;
    } else {
        while let Ok(left) = reader.stream.peek().map(<[u8]>::len)
            && left > 0
            && end - place < TRAILING
            && reader.stream.skip(left as u64).is_ok()
        {
            end = reader.stream.position();
        }
    }
    let count = end.saturating_sub(place);
    (count > 0).then(|| {
        let noun = if count == 1 {
            "byte stands"
        } else {
            "bytes stand"
        };
        format!(
            "{count} {noun} behind the end of the pickle, at byte {place}; loading ignores them"
        )
    })
}

/// The command that undoes what a text-mode transfer did.
fn without_returns(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = crate::text::short(&name, 200).replace('\'', "'\\''");
    format!(
        "sed -i 's/\\r$//' '{name}' turns CRLF back into LF; mark it as binary in .gitattributes"
    )
}

/// Whether a stream without a magic number got far enough to be called a damaged pickle.
fn looks_pickled(error: &Error, reader: &Reader) -> bool {
    matches!(error.kind, ErrorKind::CarriageReturns)
        || (reader.graph.len() >= 4
            && matches!(error.kind, ErrorKind::Truncated(_) | ErrorKind::Budget(_)))
}

fn foreign() -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Foreign,
        reason: "the content is neither a pickle nor another model format that is known".into(),
        repair: None,
    }
}

/// One sentence for a stop in the stream, with what to do.
pub(super) fn unreadable(error: &Error) -> Unreadable {
    let place = error.offset;
    let (kind, reason, repair) = match &error.kind {
        ErrorKind::Truncated(what) => (
            UnreadableKind::Truncated,
            format!("the file ends inside {what}, at byte {place}"),
            Some("copy or download it again and compare its size with the original".into()),
        ),
        ErrorKind::CarriageReturns => (
            UnreadableKind::Damaged,
            ErrorKind::CarriageReturns.to_string(),
            None,
        ),
        ErrorKind::Budget(_) => (
            UnreadableKind::Budget,
            format!("{error}, the reading budget"),
            None,
        ),
        ErrorKind::Io(inner) if is_over_budget(inner) => {
            (UnreadableKind::Budget, inner.to_string(), None)
        }
        ErrorKind::Io(inner) if inner.kind() == std::io::ErrorKind::InvalidData => (
            UnreadableKind::Damaged,
            format!("the compressed content is damaged near byte {place}: {inner}"),
            Some("copy or download it again".into()),
        ),
        ErrorKind::Io(inner) => (
            UnreadableKind::Io,
            format!("reading stopped at byte {place}: {inner}"),
            None,
        ),
        _ => (
            UnreadableKind::Damaged,
            format!("{error}, at byte {place}"),
            Some("copy or download it again; the bytes are not what was saved".into()),
        ),
    };
    Unreadable {
        kind,
        reason: crate::text::short(&reason, 300),
        repair,
    }
}
