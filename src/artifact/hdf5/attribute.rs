//! Attributes: a name, a type, a shape and the value itself, or its place in the global heap.

use super::bytes::{Block, Bytes, Stop};
use super::datatype::{self, Datatype, Kind};
use super::object::Object;
use crate::artifact::tensors;
use crate::text;

/// Elements of a value that are kept.
const ELEMENTS: u64 = 1000;
/// Bytes of one text.
const TEXT: u64 = 16 << 20;
/// Bytes of a collection of the global heap.
const COLLECTION: u64 = 32 << 20;

/// An attribute of a group.
#[derive(Debug)]
pub(super) struct Attribute {
    pub name: String,
    pub value: Value,
}

/// Its value.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Texts(Vec<String>),
    Int(i64),
    Float(f64),
    /// Something that is only described.
    Other(String),
}

impl Value {
    /// The value for people.
    pub(super) fn shown(&self) -> String {
        match self {
            Value::Text(written) => text::short(written, 200),
            Value::Texts(all) => {
                let shown: Vec<String> =
                    all.iter().take(8).map(|one| text::short(one, 40)).collect();
                let more = if all.len() > 8 { ", …" } else { "" };
                format!("{}{more}", shown.join(", "))
            }
            Value::Int(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Other(what) => what.clone(),
        }
    }
}

/// Reads the message of an attribute.
pub(super) fn read(bytes: &mut Bytes, data: &mut Block) -> Result<Attribute, Stop> {
    let version = data.byte()?;
    let flags = data.byte()?;
    if !(1..=3).contains(&version) {
        return Err(Stop::Unknown(format!("an attribute of version {version}")));
    }
    let sizes = [data.short()?, data.short()?, data.short()?];
    // The encoding of the name.
    data.skip(usize::from(version == 3))?;
    // The first version fills each part up to eight bytes.
    let padded = |size: usize| {
        if version == 1 {
            size.next_multiple_of(8)
        } else {
            size
        }
    };
    let mut parts = Vec::new();
    for size in sizes {
        parts.push(data.part(padded(size))?);
    }
    let [name, datatype, shape] = &mut parts[..] else {
        return Stop::broken("an attribute without parts");
    };
    let name = until_zero(&name.bytes);
    if version > 1 && flags & 2 != 0 {
        return Err(Stop::Unknown(format!(
            "the attribute {} of a shared shape",
            text::short(&name, 40)
        )));
    }
    let datatype = if version > 1 && flags & 1 != 0 {
        Object::shared_type(bytes, datatype)?
    } else {
        Datatype::read(datatype)?
    };
    let shape = datatype::shape(shape)?;
    let value = match shape {
        None => Value::Other("empty".into()),
        Some(shape) => value(bytes, &datatype, &shape, data)?,
    };
    Ok(Attribute { name, value })
}

fn value(
    bytes: &mut Bytes,
    datatype: &Datatype,
    shape: &[u64],
    data: &mut Block,
) -> Result<Value, Stop> {
    let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let described = || Value::Other(format!("{} [{}]", datatype.word(), sides.join(", ")));
    let count = match tensors::count(shape) {
        Some(count) if count <= ELEMENTS => count,
        _ => return Ok(described()),
    };
    let single = shape.is_empty();
    Ok(match datatype.kind {
        Kind::Text | Kind::LongText => {
            let mut texts = Vec::new();
            for _ in 0..count {
                texts.push(match datatype.kind {
                    Kind::Text => {
                        let size = usize::try_from(datatype.size).unwrap_or(usize::MAX);
                        until_zero(data.take(size)?)
                    }
                    _ => long_text(bytes, data)?,
                });
            }
            match texts.pop() {
                Some(only) if single => Value::Text(only),
                last => {
                    texts.extend(last);
                    Value::Texts(texts)
                }
            }
        }
        Kind::Int(signed) if single && matches!(datatype.size, 1 | 2 | 4 | 8) => {
            let raw = word(datatype, data)?;
            let unused = 64 - 8 * datatype.size as u32;
            let number = if signed {
                (raw << unused).cast_signed() >> unused
            } else {
                raw.cast_signed()
            };
            Value::Int(number)
        }
        Kind::Float if single && datatype.size == 8 => {
            Value::Float(f64::from_bits(word(datatype, data)?))
        }
        Kind::Float if single && datatype.size == 4 => {
            Value::Float(f32::from_bits(word(datatype, data)? as u32).into())
        }
        _ => described(),
    })
}

/// A number of up to eight bytes in its byte order.
fn word(datatype: &Datatype, data: &mut Block) -> Result<u64, Stop> {
    let size = datatype.size.min(8) as usize;
    if datatype.big_endian {
        let bytes = data.take(size)?;
        return Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)));
    }
    data.number(size)
}

/// A text in the global heap: its length, and the collection and number of its object.
fn long_text(bytes: &mut Bytes, data: &mut Block) -> Result<String, Stop> {
    let length = data.number(4)?;
    let place = data.address()?;
    let wanted = data.number(4)?;
    let Some(place) = place.filter(|place| *place != 0 && length != 0) else {
        return Ok(String::new());
    };
    if length > TEXT {
        return Err(Stop::Budget);
    }
    let header = 8 + bytes.lengths as u64;
    let mut head = bytes.at(place, header)?;
    head.expect(*b"GCOL")?;
    head.skip(4)?;
    let size = head.length()?;
    if size > COLLECTION {
        return Err(Stop::Budget);
    }
    let Some(size) = size.checked_sub(header) else {
        return Stop::broken("a heap of texts is shorter than its own header");
    };
    let mut block = bytes.at(place.saturating_add(header), size)?;
    loop {
        if block.left() < header as usize {
            return Stop::broken("a text is not in the heap that it should be in");
        }
        let number = block.number(2)?;
        block.skip(6)?;
        let size = block.length()?;
        if number == 0 {
            return Stop::broken("a text is not in the heap that it should be in");
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if number == wanted {
            let kept = size.min(length as usize);
            return Ok(until_zero(block.take(kept)?));
        }
        block.skip(size.saturating_add(7) / 8 * 8)?;
    }
}

fn until_zero(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let bytes = &bytes[..end.unwrap_or(bytes.len())];
    // Texts may be filled up with spaces; none of those that matter here ends with one.
    String::from_utf8_lossy(bytes)
        .trim_end_matches(' ')
        .to_owned()
}
