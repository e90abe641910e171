//! Data types and shapes.

use super::bytes::{Block, Stop};

/// The most sides of a data set.
const SIDES: u8 = 32;

/// What an element is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// An integer: signed or not.
    Int(bool),
    Float,
    /// Text of a fixed number of bytes.
    Text,
    /// Text in the global heap.
    LongText,
    /// Something else, by its class.
    Other(&'static str),
}

/// A data type.
#[derive(Clone, Debug)]
pub(super) struct Datatype {
    pub kind: Kind,
    /// Bytes of an element where it stands.
    pub size: u64,
    pub big_endian: bool,
}

impl Datatype {
    pub(super) fn read(block: &mut Block) -> Result<Self, Stop> {
        let class = block.byte()?;
        let bits = block.number(3)?;
        let size = block.number(4)?;
        let kind = match class & 15 {
            0 => Kind::Int(bits & 8 != 0),
            1 => Kind::Float,
            3 => Kind::Text,
            9 if bits & 15 == 1 => Kind::LongText,
            9 => Kind::Other("sequence"),
            2 => Kind::Other("time"),
            4 => Kind::Other("bit field"),
            5 => Kind::Other("opaque"),
            6 => Kind::Other("compound"),
            7 => Kind::Other("reference"),
            8 => Kind::Other("enumeration"),
            10 => Kind::Other("array"),
            11 => Kind::Other("complex"),
            _ => return Stop::broken("a data type of no known class"),
        };
        Ok(Self {
            kind,
            size,
            big_endian: bits & 1 != 0,
        })
    }

    /// `float32`, `text of 12 bytes`.
    pub(super) fn word(&self) -> String {
        let bits = self.size.saturating_mul(8);
        let named = match self.kind {
            Kind::Int(true) => format!("int{bits}"),
            Kind::Int(false) => format!("uint{bits}"),
            Kind::Float => format!("float{bits}"),
            Kind::Text => return format!("text of {} bytes", self.size),
            Kind::LongText => return "text".into(),
            Kind::Other(class) => return class.into(),
        };
        if self.big_endian && self.size > 1 {
            format!("big-endian {named}")
        } else {
            named
        }
    }
}

/// The sides of a shape: none for a single value; `None` for "no value at all".
pub(super) fn shape(block: &mut Block) -> Result<Option<Vec<u64>>, Stop> {
    let version = block.byte()?;
    let rank = block.byte()?;
    block.skip(1)?;
    match version {
        1 => block.skip(5)?,
        2 => {
            if block.byte()? == 2 {
                return Ok(None);
            }
        }
        other => return Err(Stop::Unknown(format!("shapes of version {other}"))),
    }
    if rank > SIDES {
        return Stop::broken(format!("a shape of {rank} sides"));
    }
    let mut sides = Vec::new();
    for _ in 0..rank {
        sides.push(block.length()?);
    }
    Ok(Some(sides))
}
