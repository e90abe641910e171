//! Bytes and texts of a pickle, kept or remembered by place. Knows no encoding beyond UTF-8.
//!
//! Nearly every text of a model is an attribute's name: short ones stand in the node itself, which
//! saves a small model a fifth of its allocations.

use std::fmt;
use std::ops::Deref;

/// Bytes that fit beside a length and the tag in the space that three words take.
const SHORT: usize = 22;

/// Bytes or text of a pickle: kept, or remembered by place when longer than the reader's budget.
#[derive(Clone, PartialEq, Eq)]
pub enum Data {
    /// The bytes themselves.
    Kept(Kept),
    /// Passed over by seeking.
    Skipped {
        /// Where the bytes start, counted in the decompressed stream.
        offset: u64,
        /// How many there are.
        len: u64,
    },
}

/// Bytes that were kept.
#[derive(Clone)]
pub struct Kept(Repr);

#[derive(Clone)]
enum Repr {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

impl Data {
    /// The length in bytes, kept or not.
    pub fn len(&self) -> u64 {
        match self {
            Data::Kept(bytes) => bytes.len() as u64,
            Data::Skipped { len, .. } => *len,
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, when they were kept.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Data::Kept(bytes) => Some(bytes),
            Data::Skipped { .. } => None,
        }
    }

    /// The bytes as UTF-8, when they were kept and are.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

impl Kept {
    /// Whether `len` bytes need no space of their own.
    pub(super) fn is_short(len: u64) -> bool {
        len <= SHORT as u64
    }

    /// The first `len` of some bytes: a copy of a length known here is three moves. What stands
    /// behind them is never shown.
    pub(super) fn short(len: usize, bytes: [u8; SHORT]) -> Kept {
        Kept(Repr::Short(len.min(SHORT) as u8, bytes))
    }

    /// Up to as many bytes as are short, from what fills a slice of that length.
    pub(super) fn filled<E>(
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Kept, E> {
        let len = len.min(SHORT);
        let mut bytes = [0; SHORT];
        fill(&mut bytes[..len])?;
        Ok(Kept(Repr::Short(len as u8, bytes)))
    }

    /// Bytes of memory beyond the node's own.
    pub(super) fn memory(&self) -> u64 {
        match &self.0 {
            Repr::Short(..) => 0,
            Repr::Long(bytes) => bytes.len() as u64,
        }
    }
}

impl Deref for Kept {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Short(len, bytes) => &bytes[..usize::from(*len)],
            Repr::Long(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Kept {
    fn from(bytes: &[u8]) -> Kept {
        if bytes.len() > SHORT {
            return Kept(Repr::Long(bytes.into()));
        }
        let mut short = [0; SHORT];
        short[..bytes.len()].copy_from_slice(bytes);
        Kept(Repr::Short(bytes.len() as u8, short))
    }
}

impl From<Vec<u8>> for Kept {
    fn from(bytes: Vec<u8>) -> Kept {
        if bytes.len() > SHORT {
            return Kept(Repr::Long(bytes.into_boxed_slice()));
        }
        bytes.as_slice().into()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        **self == **other
    }
}

impl Eq for Kept {}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Kept(bytes) => bytes.fmt(f),
            Data::Skipped { offset, len } => write!(f, "<{len} bytes at {offset}>"),
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.len() <= 64 {
            write!(f, "{:?}", String::from_utf8_lossy(self))
        } else {
            write!(f, "<{} bytes>", self.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_bytes_are_the_same_however_they_came() {
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 300] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let kept = Kept::from(bytes.as_slice());
            assert_eq!(*kept, *bytes);
            assert_eq!(kept, Kept::from(bytes.clone()));
            assert_eq!(Kept::is_short(len as u64), kept.memory() == 0);
            if Kept::is_short(len as u64) {
                let fill = |target: &mut [u8]| {
                    target.copy_from_slice(&bytes);
                    Ok::<(), ()>(())
                };
                assert_eq!(Kept::filled(len, fill), Ok(kept.clone()));
                // What stands behind the text in the stream is no part of it.
                let mut ahead = [0xff; SHORT];
                ahead[..len].copy_from_slice(&bytes);
                assert_eq!(Kept::short(len, ahead), kept);
            }
        }
        assert_eq!(size_of::<Data>(), 24);
    }
}
