//! Checks that look at a file's bytes: how it begins, where it ends, what a wrong loader meets.

use std::path::Path;

use super::{Asked, Fit};
use crate::artifact::{Format, UnreadableKind};
use crate::compat::first_byte_behind_padding;
use crate::compat::rule::in_file;
use crate::explain::types::Standing;
use crate::explain::weigh::Case;
use crate::package;
use crate::pickle::{Array, Elements, Node, is_opcode};
use crate::source::{self, Compression};
use crate::text;

/// joblib aligns the first byte of an array to this.
const ALIGNMENT: u64 = 16;

/// The first byte of the model file on disk; none of an empty one.
pub(super) fn head(case: &Case<'_>) -> Option<Vec<u8>> {
    let inner = case.artifact.facts.as_ref().ok();
    let inner = inner.and_then(|facts| facts.inner.as_deref());
    let path: &Path = inner.unwrap_or(&case.artifact.path);
    source::head(path, 1).ok()
}

/// What the file is, in a few words.
pub(super) fn what(case: &Case<'_>) -> String {
    if let Err(why) = &case.artifact.facts {
        return why.reason.clone();
    }
    let format = format!("{:?}", case.artifact.format).to_lowercase();
    match case.artifact.compression {
        Some(compression) => format!("a {format} file compressed with {}", compression.word()),
        None => format!("a {format} file"),
    }
}

pub(super) fn begins(case: &Case<'_>, byte: u8) -> Fit {
    let evidence = vec![in_file(
        0,
        format!("the file begins with byte {byte} ({})", shown(byte)),
    )];
    Fit::new(
        Standing::Exact,
        format!("begins with this byte: {}", what(case)),
        evidence,
    )
}

pub(super) fn shown(byte: u8) -> String {
    match byte {
        b' '..=b'~' => format!("'{}'", char::from(byte)),
        _ => format!("0x{byte:02x}"),
    }
}

/// `\x1f`, or the character itself.
pub(super) fn byte_of(written: &str) -> Option<u8> {
    if let Some(hex) = written.strip_prefix("\\x") {
        return u8::from_str_radix(hex, 16).ok();
    }
    let mut letters = written.chars();
    let byte = u8::try_from(u32::from(letters.next()?)).ok()?;
    letters.next().is_none().then_some(byte)
}

/// The first array of a joblib stream, with its place, when its elements stand between the opcodes:
/// those of an object array are a pickle of their own, which a plain unpickler takes for the whole.
pub(super) fn first_array<'c>(case: &'c Case<'_>) -> Option<(u64, &'c Array)> {
    let graph = case.graph()?;
    let first = graph.iter().find_map(|(id, node)| match node {
        Node::Array(array) => Some((graph.offset(id), &**array)),
        _ => None,
    });
    first.filter(|(_, array)| matches!(array.elements, Elements::Raw(_)))
}

/// The byte that a plain unpickler meets where joblib puts an array.
pub(super) fn met_by_pickle(case: &Case<'_>) -> Option<(u64, Option<u8>)> {
    let (offset, array) = first_array(case)?;
    let padded = case
        .graph()?
        .attribute(array.wrapper, "numpy_array_alignment_bytes");
    let byte = if padded.is_some() {
        u8::try_from(ALIGNMENT - (offset + 1) % ALIGNMENT).ok()
    } else {
        match &array.elements {
            Elements::Raw(data) => data.bytes().and_then(|bytes| bytes.first().copied()),
            Elements::Pickled(_) => None,
        }
    };
    Some((offset, byte))
}

pub(super) fn first_byte(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    let byte = byte_of(asked.known.get("byte")?)?;
    let Some(first) = head(case)?.first().copied() else {
        return Some(Fit::no("is empty, which gives EOFError"));
    };
    let plain =
        is_pickle(case) && case.artifact.compression.is_none() && case.artifact.facts.is_ok();
    if first == byte && !(plain && is_opcode(byte)) {
        return Some(begins(case, byte));
    }
    if plain && let Some((offset, met)) = met_by_pickle(case) {
        let evidence = vec![in_file(
            offset,
            "an array of joblib, between the instructions",
        )];
        return Some(match met {
            Some(met) if met == byte => {
                let reason = "pickle.load meets this byte at the first array of this joblib file: joblib.load opens it";
                Fit::new(Standing::Exact, reason, evidence)
            }
            Some(met) if !is_opcode(met) => Fit::no(format!(
                "pickle.load would meet {} at its first array",
                shown(met)
            )),
            _ => {
                let reason = "a joblib file: pickle.load loses its place at the first array";
                Fit::new(Standing::Possible, reason, evidence)
            }
        });
    }
    if is_scrambled(case) {
        return broken(case, Standing::Possible);
    }
    Some(Fit::no(format!(
        "begins with {}: {}",
        shown(first),
        what(case)
    )))
}

pub(super) fn opcode_key(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    let byte: u8 = asked.known.get("number")?.parse().ok()?;
    let Some(first) = head(case)?.first().copied() else {
        return Some(Fit::no("is empty, which gives EOFError"));
    };
    if first == byte && !is_opcode(byte) {
        return Some(begins(case, byte));
    }
    if let Some(fit) = padding(case, byte) {
        return Some(fit);
    }
    if let Some((offset, Some(met))) = met_by_pickle(case)
        && met == byte
    {
        let evidence = vec![in_file(
            offset,
            format!("the array begins with byte {byte}"),
        )];
        let reason = "a joblib that does not know the wrapper of its arrays meets this byte at the first one";
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    if is_scrambled(case) {
        return broken(case, Standing::Possible);
    }
    Some(Fit::no(format!(
        "no reader meets byte {byte} in it as an instruction: {}",
        what(case)
    )))
}

/// What a joblib older than 1.2 meets behind the first padded array.
pub(super) fn padding(case: &Case<'_>, byte: u8) -> Option<Fit> {
    let (offset, met) = first_byte_behind_padding(case.graph()?)?;
    let evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    let live = case
        .environment
        .and_then(|environment| environment.distribution("joblib"));
    let here = live.map_or_else(String::new, |d| format!("; here is joblib {}", d.version));
    Some(match met {
        Some(met) if met == byte => Fit::new(
            Standing::Possible,
            format!("joblib older than 1.2 meets exactly this byte in it{here}"),
            evidence,
        ),
        Some(met) if !is_opcode(met) => {
            Fit::no(format!("joblib older than 1.2 meets byte {met} in it"))
        }
        // What it meets later, nobody knows; where joblib is newer it does not come to that.
        _ if live.is_some_and(|d| package::satisfies(&d.version, ">=1.2") == Some(true)) => {
            return None;
        }
        _ => Fit::new(
            Standing::Possible,
            format!("joblib older than 1.2 loses its place in it{here}"),
            evidence,
        ),
    })
}

pub(super) fn padded(asked: &Asked<'_>) -> Option<Fit> {
    let (offset, _) = first_byte_behind_padding(asked.case.graph()?)?;
    let evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    let reason = "joblib older than 1.2 loses its place in it";
    Some(Fit::new(Standing::Possible, reason, evidence))
}

pub(super) fn is_broken(case: &Case<'_>) -> bool {
    let Err(why) = &case.artifact.facts else {
        return false;
    };
    !matches!(why.kind, UnreadableKind::Io | UnreadableKind::Budget)
}

/// Whether an unpickler may meet any byte in the file: one that is only cut ends instead.
pub(super) fn is_scrambled(case: &Case<'_>) -> bool {
    let kind = case.artifact.facts.as_ref().err().map(|why| why.kind);
    kind == Some(UnreadableKind::Damaged)
}

/// A file that cannot be read, with its reason.
pub(super) fn broken(case: &Case<'_>, standing: Standing) -> Option<Fit> {
    // The reason names the place.
    let why = case.artifact.facts.as_ref().err()?;
    Some(Fit::new(standing, &why.reason, Vec::new()))
}

pub(super) fn whole(case: &Case<'_>) -> Fit {
    let size = text::bytes(case.artifact.size);
    Fit::no(format!("reads as a whole: {}, {size}", what(case)))
}

/// Formats that are zip archives.
pub(super) fn is_zip(case: &Case<'_>) -> bool {
    let format = case.artifact.format;
    matches!(format, Format::Skops | Format::Keras | Format::Npz)
        || (format == Format::Torch && head(case).is_some_and(|head| head == b"P"))
}

/// Formats that pickle itself opens.
pub(super) fn is_pickle(case: &Case<'_>) -> bool {
    let facts = case.artifact.facts.as_ref();
    let directory = facts.is_ok_and(|facts| facts.inner.is_some());
    directory || matches!(case.artifact.format, Format::Pickle | Format::Joblib)
}

pub(super) fn empty(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    match &case.artifact.facts {
        Err(why) if why.kind == UnreadableKind::Empty => broken(case, Standing::Exact),
        Err(why) if why.kind == UnreadableKind::Truncated => broken(case, Standing::Possible),
        _ if is_broken(case) => broken(case, Standing::Possible),
        Err(_) => None,
        Ok(_) => Some(whole(case)),
    }
}

pub(super) fn short(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    match &case.artifact.facts {
        Err(why) if why.kind == UnreadableKind::Truncated => broken(case, Standing::Exact),
        Err(why) if why.kind == UnreadableKind::Empty => {
            Some(Fit::no("is empty, which gives EOFError"))
        }
        _ => other_format(case)
            .or_else(|| padded(asked))
            .or_else(|| Some(whole(case))),
    }
}

pub(super) fn damaged(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    other_format(case)
        .or_else(|| padded(asked))
        .or_else(|| Some(whole(case)))
}

/// A file that is no pickle, or a broken one.
pub(super) fn other_format(case: &Case<'_>) -> Option<Fit> {
    if is_broken(case) {
        return broken(case, Standing::Possible);
    }
    if case.artifact.facts.is_ok() && !is_pickle(case) {
        let archive = if is_zip(case) { ", a zip archive" } else { "" };
        let reason = format!("{}{archive}: not a pickle", what(case));
        let evidence = vec![in_file(0, what(case))];
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    None
}

pub(super) fn persistent(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    if case.artifact.format == Format::Torch {
        let evidence = vec![in_file(0, "torch.save wrote it")];
        return Some(Fit::new(
            Standing::Exact,
            "torch.save wrote it: pickle alone cannot open it",
            evidence,
        ));
    }
    if is_zip(case) {
        let reason = format!(
            "{}, a zip archive: its first letter P is pickle's instruction for persistent ids",
            what(case)
        );
        let evidence = vec![in_file(0, "the file begins with PK")];
        return Some(Fit::new(Standing::Possible, reason, evidence));
    }
    let graph = case.graph()?;
    let found = graph
        .iter()
        .find(|(_, node)| matches!(node, Node::Persistent(_)));
    Some(match found {
        Some((id, _)) => {
            let evidence = vec![in_file(graph.offset(id), "a persistent id")];
            Fit::new(
                Standing::Exact,
                "refers to an object outside of the pickle",
                evidence,
            )
        }
        None => Fit::no("refers to nothing outside of itself"),
    })
}

#[allow(clippy::unnecessary_wraps)] // Every check answers an option.
pub(super) fn lz4(asked: &Asked<'_>) -> Option<Fit> {
    Some(
        if asked.case.artifact.compression == Some(Compression::Lz4) {
            let evidence = vec![in_file(0, "lz4")];
            Fit::new(Standing::Possible, "is compressed with lz4", evidence)
        } else {
            Fit::no("is not compressed with lz4")
        },
    )
}

pub(super) fn protocol(asked: &Asked<'_>) -> Option<Fit> {
    let wanted: u8 = asked.known.get("number")?.parse().ok()?;
    let case = asked.case;
    let objects = case.artifact.facts.as_ref().ok()?.objects.as_ref()?;
    let found = objects
        .streams
        .iter()
        .find(|stream| stream.protocol == wanted);
    Some(match found {
        Some(stream) => {
            let evidence = vec![in_file(stream.offset, format!("PROTO {wanted}"))];
            Fit::new(
                Standing::Possible,
                format!("holds a stream of protocol {wanted}"),
                evidence,
            )
        }
        None => Fit::no(format!("holds no stream of protocol {wanted}")),
    })
}

pub(super) fn python2(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let beyond = graph.iter().find(|(_, node)| {
        let Node::RawStr(data) = node else {
            return false;
        };
        data.bytes().is_some_and(|bytes| !bytes.is_ascii())
    });
    Some(match beyond {
        Some((id, _)) => {
            let evidence = vec![in_file(graph.offset(id), "an 8-bit string beyond ASCII")];
            Fit::new(Standing::Exact, "holds 8-bit strings of Python 2", evidence)
        }
        None => Fit::no("holds no 8-bit strings beyond ASCII"),
    })
}
