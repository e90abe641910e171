//! The wire format of protocol buffers, walked forwards over a stream: tags, lengths, skips.
//!
//! A message is a range of positions; the caller opens the ones it knows and passes over the rest.
//! Nothing is kept, and how deep messages are opened is decided by code, not by the file.

use std::io;

use crate::source::Stream;

/// Fields of one file, in all messages that are opened.
const MOST_FIELDS: u64 = 20_000_000;

/// A walk over a stream.
pub(super) struct Walker {
    stream: Stream,
    fields: u64,
}

/// One field's number and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// A number.
    Number(u32, u64),
    /// Bytes, text or a message: the position where it ends. It has not been read.
    Range(u32, u64),
}

/// Why a walk stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The stream ended inside a message, or could not be read.
    Io(io::Error),
    /// The bytes are not the wire format.
    Broken(&'static str),
    /// Too many fields.
    Budget,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Walker {
    /// Starts at the stream's position.
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, fields: 0 }
    }

    /// Where the walk is.
    pub(super) fn position(&self) -> u64 {
        self.stream.position()
    }

    /// The next field of the message that ends at `end` (`None`: with the stream).
    ///
    /// A [`Field::Range`] must be read or passed over before the next call.
    pub(super) fn next(&mut self, end: Option<u64>) -> Result<Option<Field>, Stop> {
        if end.is_some_and(|end| self.position() >= end) {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return Err(Stop::Budget);
        }
        let Some(first) = self.stream.byte()? else {
            return match end {
                None => Ok(None),
                Some(_) => Err(Stop::Io(io::ErrorKind::UnexpectedEof.into())),
            };
        };
        let tag = self.varint(first)?;
        let number = u32::try_from(tag >> 3).map_err(|_| Stop::Broken("a field number"))?;
        if number == 0 {
            return Err(Stop::Broken("a field number"));
        }
        match tag & 7 {
            0 => {
                let first = self.byte()?;
                Ok(Some(Field::Number(number, self.varint(first)?)))
            }
            1 => {
                let mut bytes = [0; 8];
                self.stream.fill(&mut bytes)?;
                Ok(Some(Field::Number(number, u64::from_le_bytes(bytes))))
            }
            5 => {
                let mut bytes = [0; 4];
                self.stream.fill(&mut bytes)?;
                let value = u32::from_le_bytes(bytes);
                Ok(Some(Field::Number(number, value.into())))
            }
            2 => {
                let first = self.byte()?;
                let length = self.varint(first)?;
                let stop = self
                    .position()
                    .checked_add(length)
                    .ok_or(Stop::Broken("a length"))?;
                if end.is_some_and(|end| stop > end) {
                    return Err(Stop::Broken("a length"));
                }
                Ok(Some(Field::Range(number, stop)))
            }
            _ => Err(Stop::Broken("a field type")),
        }
    }

    /// Passes over what is left up to `end`.
    pub(super) fn skip(&mut self, end: u64) -> Result<(), Stop> {
        let left = end.saturating_sub(self.position());
        Ok(self.stream.skip(left)?)
    }

    /// Reads the bytes up to `end` as text; only the first `limit` bytes are kept.
    pub(super) fn text(&mut self, end: u64, limit: u64) -> Result<String, Stop> {
        let length = end.saturating_sub(self.position());
        let bytes = self.stream.read_vec(length.min(limit))?;
        self.skip(end)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        self.stream
            .byte()?
            .ok_or_else(|| Stop::Io(io::ErrorKind::UnexpectedEof.into()))
    }

    fn varint(&mut self, first: u8) -> Result<u64, Stop> {
        let mut value = u64::from(first & 0x7f);
        let mut byte = first;
        let mut shift = 7;
        while byte & 0x80 != 0 {
            if shift > 63 {
                return Err(Stop::Broken("a number"));
            }
            byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_walked_and_passed_over() {
        // 1: 300, 2: "ab", 3: {1: 1}
        let bytes = b"\x08\xac\x02\x12\x02ab\x1a\x02\x08\x01".to_vec();
        let mut walker = Walker::new(Stream::bytes(bytes));
        assert_eq!(walker.next(None).unwrap(), Some(Field::Number(1, 300)));
        assert_eq!(walker.next(None).unwrap(), Some(Field::Range(2, 7)));
        assert_eq!(walker.text(7, 1).unwrap(), "a");
        assert_eq!(walker.next(None).unwrap(), Some(Field::Range(3, 11)));
        assert_eq!(walker.next(Some(11)).unwrap(), Some(Field::Number(1, 1)));
        assert_eq!(walker.next(Some(11)).unwrap(), None);
        assert_eq!(walker.next(None).unwrap(), None);
    }

    #[test]
    fn lies_about_lengths_stop_the_walk() {
        let mut walker = Walker::new(Stream::bytes(b"\x12\xff\xff\xff\xff\x0f".to_vec()));
        let Ok(Some(Field::Range(2, end))) = walker.next(None) else {
            panic!("a range is announced")
        };
        assert!(matches!(walker.skip(end), Err(Stop::Io(_))));
        let mut walker = Walker::new(Stream::bytes(b"\x12\x05ab".to_vec()));
        assert!(matches!(walker.next(Some(3)), Err(Stop::Broken(_))));
        let mut walker = Walker::new(Stream::bytes(vec![0xff; 20]));
        assert!(matches!(walker.next(None), Err(Stop::Broken(_))));
    }
}
