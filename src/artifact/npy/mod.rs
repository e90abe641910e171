//! numpy's own files: one array (`.npy`), or a zip of them (`.npz`).
//!
//! Numbers are passed over. Arrays of Python objects are pickles, and are read like pickles.

pub(crate) mod header;

#[cfg(test)]
mod tests;

use self::header::{Descr, Header};
use super::stack::Stack;
use super::tensors::{self, Tensor};
use super::{Facts, Format, Keep, Unreadable, trouble};
use crate::pickle::{Dtype, Kind, NodeId};
use crate::source::zip::{Member, Zip};
use crate::source::{Source, Stream};
use crate::text;

/// How every file starts.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Members of an archive whose headers are read.
const MEMBERS: usize = 10_000;
/// Bytes of one pickled member.
const PICKLED: u64 = 32 << 20;
/// Bytes of all pickled members of an archive.
const PICKLED_IN_ALL: u64 = 128 << 20;

const REFUSED: &str = "holds Python objects: numpy.load refuses them unless allow_pickle=True";

pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Whether every member of an archive is an array.
pub(super) fn is_archive(archive: &Zip) -> bool {
    let members = archive.members();
    !members.is_empty()
        && members
            .iter()
            .all(|member| member.name.strip_suffix(".npy").is_some())
}

pub(super) fn read(source: Source, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    (Format::Npy, single(source.stream, keep))
}

fn single(mut stream: Stream, keep: Keep) -> Result<Facts, Unreadable> {
    let written = written_header(&mut stream)?;
    let array = describe("array", &written)?;
    let bytes = array.bytes;
    let mut facts = Facts {
        outline: vec![
            tensors::line(
                0,
                "npy",
                &tensors::total(std::slice::from_ref(&array), bytes),
            ),
            tensors::line(1, &array.name, &array.describe()),
        ],
        ..Facts::default()
    };
    if written.descr.objects() {
        let mut stack = Stack::new(stream, keep);
        let root = stack.pickle("the pickled array", false)?;
        facts.objects = Some(stack.finish(root));
        facts.executes = true;
        facts.notes.push(REFUSED.into());
        return Ok(facts);
    }
    stream
        .skip(bytes)
        .map_err(|error| trouble::io(&error, &format!("the array of {}", text::bytes(bytes))))?;
    Ok(facts)
}

/// Takes the header off the front of a stream.
fn written_header(stream: &mut Stream) -> Result<Header, Unreadable> {
    let what = "the array header";
    let failed = |error| trouble::io(&error, what);
    let mut head = vec![0; 10];
    stream.fill(&mut head).map_err(failed)?;
    let longer = head[6] >= 2;
    let mut length = u64::from(u16::from_le_bytes([head[8], head[9]]));
    if longer {
        let mut high = [0; 2];
        stream.fill(&mut high).map_err(failed)?;
        head.extend(high);
        length |= u64::from(u16::from_le_bytes(high)) << 16;
    }
    if length > header::LONGEST {
        return Err(trouble::budget(format!(
            "the array header takes {}",
            text::bytes(length)
        )));
    }
    head.extend(stream.read_vec(length).map_err(failed)?);
    header::header(&head)
        .ok_or_else(|| trouble::damaged("the array header is not the one that numpy writes"))
}

/// An array as a line of structure.
fn describe(name: &str, header: &Header) -> Result<Tensor, Unreadable> {
    // Pickled elements have no size of their own.
    let size = if header.descr.objects() {
        Some(0)
    } else {
        header.descr.size()
    };
    let bytes = size.and_then(|size| tensors::count(&header.shape)?.checked_mul(size));
    let bytes = bytes.ok_or_else(|| {
        trouble::damaged(format!(
            "the element type or the shape of {} is not one that numpy writes",
            text::short(name, 80)
        ))
    })?;
    let order = if header.fortran && header.shape.len() > 1 {
        ", column-major"
    } else {
        ""
    };
    Ok(Tensor {
        name: name.to_owned(),
        dtype: format!("{}{order}", word(&header.descr)),
        shape: header.shape.clone(),
        bytes,
    })
}

/// `float64`, `big-endian int32`, `struct of 3 fields`.
fn word(descr: &Descr) -> String {
    let written = match descr {
        Descr::Fields(fields) => {
            let named = fields.iter().filter(|(name, _)| !name.is_empty()).count();
            return format!("struct of {named} fields");
        }
        Descr::Shaped(inner, _) => return format!("arrays of {}", word(inner)),
        Descr::Plain(written) => written,
    };
    let Some(dtype) = Dtype::parse(written) else {
        return text::short(written, 20);
    };
    let bits = dtype.itemsize * 8;
    let named = match dtype.kind {
        Kind::Bool => "bool".into(),
        Kind::Int => format!("int{bits}"),
        Kind::Uint => format!("uint{bits}"),
        Kind::Float => format!("float{bits}"),
        Kind::Complex => format!("complex{bits}"),
        Kind::Object => "object".into(),
        // Dates carry a unit, texts a length: numpy's own letters say both.
        Kind::Datetime | Kind::Timedelta | Kind::Bytes | Kind::Unicode | Kind::Void => {
            text::short(written.trim_start_matches(['<', '>', '|', '=']), 20)
        }
    };
    if dtype.big_endian && dtype.itemsize > 1 {
        format!("big-endian {named}")
    } else {
        named
    }
}

pub(super) fn read_archive(archive: &Zip, keep: Keep) -> (Format, Result<Facts, Unreadable>) {
    (Format::Npz, bundle(archive, keep))
}

fn bundle(archive: &Zip, keep: Keep) -> Result<Facts, Unreadable> {
    let members = archive.members();
    if members.len() > MEMBERS {
        return Err(trouble::budget(format!("{} arrays", members.len())));
    }
    let mut arrays = Vec::new();
    let mut pickles = Pickles {
        stack: Stack::new(Stream::bytes(Vec::new()), keep),
        root: None,
        bytes: 0,
    };
    for member in members {
        let name = member.name.strip_suffix(".npy").unwrap_or(&member.name);
        let what = format!("array {}", text::short(name, 80));
        let head = archive
            .head(member, header::LONGEST + 12)
            .map_err(|error| trouble::io(&error, &what))?;
        let mut stream = Stream::bytes(head);
        let header = written_header(&mut stream)?;
        let array = describe(name, &header)?;
        if header.descr.objects() {
            pickles.read(archive, member, &header, &what)?;
        } else if header.start.saturating_add(array.bytes) > member.size {
            return Err(trouble::truncated(format!(
                "{what} needs {}, its member has {}",
                text::bytes(array.bytes),
                text::bytes(member.size.saturating_sub(header.start))
            )));
        }
        arrays.push(array);
    }
    let bytes = arrays
        .iter()
        .fold(0_u64, |sum, array| sum.saturating_add(array.bytes));
    let mut outline = vec![tensors::line(0, "npz", &tensors::total(&arrays, bytes))];
    outline.extend(tensors::lines(&arrays, 1));
    let mut facts = Facts {
        outline,
        ..Facts::default()
    };
    if let Some(root) = pickles.root {
        facts.objects = Some(pickles.stack.finish(root));
        facts.executes = true;
        facts.notes.push(REFUSED.into());
    }
    Ok(facts)
}

/// The object arrays of an archive, in one graph.
struct Pickles {
    stack: Stack,
    root: Option<NodeId>,
    bytes: u64,
}

impl Pickles {
    fn read(
        &mut self,
        archive: &Zip,
        member: &Member,
        header: &Header,
        what: &str,
    ) -> Result<(), Unreadable> {
        let mut bytes = archive
            .read(member, PICKLED)
            .map_err(|error| trouble::io(&error, what))?;
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > PICKLED_IN_ALL {
            return Err(trouble::budget("the object arrays take many bytes"));
        }
        let start = usize::try_from(header.start)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        bytes.drain(..start);
        self.stack.turn_to(Stream::bytes(bytes));
        let root = self.stack.pickle(what, self.root.is_some())?;
        self.root = self.root.or(Some(root));
        Ok(())
    }
}
