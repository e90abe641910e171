//! JSON as tokens. `NaN` and `Infinity` are read too, because boosters write them.

use super::{DEPTH, Stop, TEXT, Token, Tokens};
use crate::source::Stream;

/// Longer numbers and words are no JSON.
const WORD: usize = 400;

/// A JSON document.
pub(crate) struct Json {
    stream: Stream,
    /// The objects (`false`) and arrays (`true`) that are open.
    open: Vec<bool>,
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Value,
    /// A value, or the end of an array that has none.
    FirstElement,
    /// A key, or the end of an object that has none.
    FirstKey,
    Key,
    CommaOrEnd,
    Nothing,
}

impl Json {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            open: Vec::new(),
            expected: Expected::Value,
        }
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = self.stream.byte()?;
        byte.ok_or_else(|| Stop::Io(std::io::ErrorKind::UnexpectedEof.into()))
    }

    /// The next byte that is not white space.
    fn visible(&mut self) -> Result<u8, Stop> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => {}
                byte => return Ok(byte),
            }
        }
    }

    fn open(&mut self, array: bool) -> Result<Option<Token>, Stop> {
        if self.open.len() >= DEPTH {
            return Err(Stop::Budget("nesting"));
        }
        self.open.push(array);
        self.expected = if array {
            Expected::FirstElement
        } else {
            Expected::FirstKey
        };
        Ok(Some(if array { Token::Array } else { Token::Object }))
    }

    fn close(&mut self, array: bool) -> Result<Option<Token>, Stop> {
        if self.open.pop() != Some(array) {
            return Err(Stop::Broken("a bracket"));
        }
        self.behind_a_value();
        Ok(Some(Token::Close))
    }

    fn behind_a_value(&mut self) {
        self.expected = if self.open.is_empty() {
            Expected::Nothing
        } else {
            Expected::CommaOrEnd
        };
    }

    /// A text behind its opening quote.
    fn text(&mut self) -> Result<String, Stop> {
        let mut raw = vec![b'"'];
        let mut complete = true;
        loop {
            let byte = self.byte()?;
            let escaped = match byte {
                b'"' => break,
                b'\\' => Some(self.byte()?),
                0..=0x1f => return Err(Stop::Broken("a character in a text")),
                _ => None,
            };
            if raw.len() < TEXT {
                raw.push(byte);
                raw.extend(escaped);
            } else {
                complete = false;
            }
        }
        raw.push(b'"');
        match serde_json::from_slice(&raw) {
            Ok(text) => Ok(text),
            // Half a character at the cut, or one that is no UTF-8.
            Err(_) if !complete || std::str::from_utf8(&raw).is_err() => {
                Ok(String::from_utf8_lossy(&raw[1..raw.len() - 1]).into_owned())
            }
            Err(_) => Err(Stop::Broken("an escape in a text")),
        }
    }

    /// A number or a name.
    fn word(&mut self, first: u8) -> Result<String, Stop> {
        let mut word = vec![first];
        loop {
            let next = self.stream.peek()?.first().copied();
            match next {
                Some(byte) if byte.is_ascii_alphanumeric() || b"+-.".contains(&byte) => {
                    word.push(byte);
                    self.stream.skip(1)?;
                }
                // A number at the very end of the bytes may have lost digits.
                None if !self.open.is_empty() => {
                    return Err(Stop::Io(std::io::ErrorKind::UnexpectedEof.into()));
                }
                _ => break,
            }
            if word.len() > WORD {
                return Err(Stop::Broken("a number"));
            }
        }
        let known: [&[u8]; 6] = [
            b"true",
            b"false",
            b"null",
            b"NaN",
            b"Infinity",
            b"-Infinity",
        ];
        let digits = word.iter().any(u8::is_ascii_digit)
            && (word[0] == b'-' || word[0].is_ascii_digit())
            && word[1..]
                .iter()
                .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte));
        if !digits && !known.contains(&&word[..]) {
            return Err(Stop::Broken("a value"));
        }
        Ok(String::from_utf8_lossy(&word).into_owned())
    }
}

impl Tokens for Json {
    fn next(&mut self) -> Result<Option<Token>, Stop> {
        if self.expected == Expected::Nothing {
            return Ok(None);
        }
        let mut byte = self.visible()?;
        if self.expected == Expected::CommaOrEnd {
            let array = self.open.last() == Some(&true);
            match byte {
                b',' if array => self.expected = Expected::Value,
                b',' => self.expected = Expected::Key,
                b']' => return self.close(true),
                b'}' => return self.close(false),
                _ => return Err(Stop::Broken("what stands behind a value")),
            }
            byte = self.visible()?;
        }
        match (self.expected, byte) {
            (Expected::FirstKey, b'}') => self.close(false),
            (Expected::FirstElement, b']') => self.close(true),
            (Expected::FirstKey | Expected::Key, b'"') => {
                let key = self.text()?;
                if self.visible()? != b':' {
                    return Err(Stop::Broken("what stands behind a key"));
                }
                self.expected = Expected::Value;
                Ok(Some(Token::Key(key)))
            }
            (Expected::FirstKey | Expected::Key, _) => Err(Stop::Broken("a key")),
            (_, b'{') => self.open(false),
            (_, b'[') => self.open(true),
            (_, b'"') => {
                let text = self.text()?;
                self.behind_a_value();
                Ok(Some(Token::Text(text)))
            }
            (_, first) => {
                let word = self.word(first)?;
                self.behind_a_value();
                Ok(Some(Token::Plain(word)))
            }
        }
    }

    fn position(&self) -> u64 {
        self.stream.position()
    }
}
