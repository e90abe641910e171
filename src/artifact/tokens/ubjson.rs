//! Universal Binary JSON (<https://ubjson.org>, draft 12) as tokens: big-endian numbers, arrays and
//! objects with or without a count and a common type. Long arrays of numbers are passed over.

use super::{DEPTH, Stop, TEXT, Token, Tokens};
use crate::source::Stream;

/// Arrays of one numeric type up to this length are given element by element.
const SHORT: u64 = 64;

/// A UBJSON document.
pub(crate) struct Ubjson {
    stream: Stream,
    open: Vec<Level>,
    done: bool,
}

struct Level {
    array: bool,
    /// Elements or members still to come; `None` until an end marker.
    left: Option<u64>,
    /// The marker that all values share.
    kind: Option<u8>,
    /// Whether the key of the next value has been given.
    keyed: bool,
}

impl Ubjson {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            open: Vec::new(),
            done: false,
        }
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = self.stream.byte()?;
        byte.ok_or_else(|| Stop::Io(std::io::ErrorKind::UnexpectedEof.into()))
    }

    /// The next marker that is not a no-op.
    fn marker(&mut self) -> Result<u8, Stop> {
        loop {
            match self.byte()? {
                b'N' => {}
                marker => return Ok(marker),
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.stream.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// An integer of the type that `marker` names.
    fn integer(&mut self, marker: u8) -> Result<i64, Stop> {
        Ok(match marker {
            b'i' => i8::from_be_bytes(self.bytes()?).into(),
            b'U' => self.byte()?.into(),
            b'I' => i16::from_be_bytes(self.bytes()?).into(),
            b'l' => i32::from_be_bytes(self.bytes()?).into(),
            b'L' => i64::from_be_bytes(self.bytes()?),
            _ => return Err(Stop::Broken("the marker of a length")),
        })
    }

    fn length(&mut self) -> Result<u64, Stop> {
        let marker = self.byte()?;
        let length = self.integer(marker)?;
        u64::try_from(length).map_err(|_| Stop::Broken("a length"))
    }

    fn text(&mut self, length: u64) -> Result<String, Stop> {
        let kept = length.min(TEXT as u64);
        let bytes = self.stream.read_vec(kept)?;
        self.stream.skip(length - kept)?;
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The value that `marker` announces.
    fn value(&mut self, marker: u8) -> Result<Option<Token>, Stop> {
        let token = match marker {
            b'Z' => Token::Plain("null".into()),
            b'T' => Token::Plain("true".into()),
            b'F' => Token::Plain("false".into()),
            b'd' => Token::Plain(f32::from_be_bytes(self.bytes()?).to_string()),
            b'D' => Token::Plain(f64::from_be_bytes(self.bytes()?).to_string()),
            b'C' => Token::Text(char::from(self.byte()?).to_string()),
            b'S' => {
                let length = self.length()?;
                Token::Text(self.text(length)?)
            }
            b'H' => {
                let length = self.length()?;
                Token::Plain(self.text(length)?)
            }
            b'[' | b'{' => return self.begin(marker == b'['),
            _ => match self.integer(marker) {
                Ok(number) => Token::Plain(number.to_string()),
                Err(Stop::Broken(_)) => return Err(Stop::Broken("a marker")),
                Err(stop) => return Err(stop),
            },
        };
        if self.open.is_empty() {
            self.done = true;
        }
        Ok(Some(token))
    }

    /// An array or object behind its bracket: an optional type, an optional count.
    fn begin(&mut self, array: bool) -> Result<Option<Token>, Stop> {
        if self.open.len() >= DEPTH {
            return Err(Stop::Budget("nesting"));
        }
        let mut level = Level {
            array,
            left: None,
            kind: None,
            keyed: false,
        };
        let mut next = self.stream.peek()?.first().copied();
        if next == Some(b'$') {
            self.stream.skip(1)?;
            level.kind = Some(self.byte()?);
            next = self.stream.peek()?.first().copied();
            if next.is_some_and(|next| next != b'#') {
                return Err(Stop::Broken("a type without a count"));
            }
        }
        if next == Some(b'#') {
            self.stream.skip(1)?;
            level.left = Some(self.length()?);
        }
        if next.is_none() {
            return Err(Stop::Io(std::io::ErrorKind::UnexpectedEof.into()));
        }
        self.open.push(level);
        Ok(Some(if array { Token::Array } else { Token::Object }))
    }

    fn close(&mut self) -> Token {
        self.open.pop();
        self.done = self.open.is_empty();
        Token::Close
    }

    /// Passes over what is left of an array of fixed-size values, when that is worth it.
    fn pass(&mut self, left: u64, kind: u8) -> Result<Option<Token>, Stop> {
        let size = match kind {
            b'Z' | b'T' | b'F' | b'N' => 0,
            b'i' | b'U' | b'C' => 1,
            b'I' => 2,
            b'l' | b'd' => 4,
            b'L' | b'D' => 8,
            _ => return Ok(None),
        };
        if left <= SHORT && kind != b'N' {
            return Ok(None);
        }
        let bytes = left.checked_mul(size).ok_or(Stop::Broken("a length"))?;
        self.stream.skip(bytes)?;
        Ok(Some(Token::Passed(left)))
    }
}

impl Tokens for Ubjson {
    fn next(&mut self) -> Result<Option<Token>, Stop> {
        if self.done {
            return Ok(None);
        }
        let Some(level) = self.open.last_mut() else {
            let marker = self.marker()?;
            return self.value(marker);
        };
        if level.array {
            match (level.left, level.kind) {
                (Some(0), _) => return Ok(Some(self.close())),
                (Some(left), Some(kind)) => {
                    level.left = Some(0);
                    if let Some(passed) = self.pass(left, kind)? {
                        return Ok(Some(passed));
                    }
                    if let Some(level) = self.open.last_mut() {
                        level.left = Some(left - 1);
                    }
                    return self.value(kind);
                }
                (Some(left), None) => {
                    level.left = Some(left - 1);
                    let marker = self.marker()?;
                    return self.value(marker);
                }
                (None, _) => {
                    return match self.marker()? {
                        b']' => Ok(Some(self.close())),
                        marker => self.value(marker),
                    };
                }
            }
        }
        if level.keyed {
            level.keyed = false;
            let marker = match level.kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            return self.value(marker);
        }
        match &mut level.left {
            Some(0) => return Ok(Some(self.close())),
            Some(left) => *left -= 1,
            None => {}
        }
        let counted = level.left.is_some();
        level.keyed = true;
        let marker = self.marker()?;
        if marker == b'}' && !counted {
            return Ok(Some(self.close()));
        }
        // The specification leaves out the marker of a key's text; some writers put it.
        let length = if marker == b'S' {
            self.length()?
        } else {
            let length = self.integer(marker)?;
            u64::try_from(length).map_err(|_| Stop::Broken("the length of a key"))?
        };
        if length > TEXT as u64 {
            return Err(Stop::Broken("the length of a key"));
        }
        Ok(Some(Token::Key(self.text(length)?)))
    }

    fn position(&self) -> u64 {
        self.stream.position()
    }
}
