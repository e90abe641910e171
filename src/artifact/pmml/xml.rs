//! The tags of an XML document, read forwards. Text between tags is passed over, declared entities
//! are not expanded, and nothing outside the document is fetched.

use std::io;

use super::super::tokens::Stop;
use crate::source::Stream;

/// Bytes of one tag with its attributes.
const TAG: usize = 256 * 1024;

/// One tag.
#[derive(Debug, PartialEq)]
pub(super) enum Tag {
    /// `<name …>`; with `true` when it is empty (`<name …/>`).
    Open(String, Vec<(String, String)>, bool),
    /// `</name>`.
    Close(String),
}

/// A document.
pub(super) struct Xml {
    pub stream: Stream,
}

impl Xml {
    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = self.stream.byte()?;
        byte.ok_or_else(|| Stop::Io(io::ErrorKind::UnexpectedEof.into()))
    }

    /// The next tag; `None` at the end of the bytes.
    pub(super) fn next(&mut self) -> Result<Option<Tag>, Stop> {
        loop {
            // Text between tags is passed over in whole buffers.
            let window = self.stream.peek()?;
            if window.is_empty() {
                return Ok(None);
            }
            let Some(start) = memchr::memchr(b'<', window) else {
                let count = window.len() as u64;
                self.stream.skip(count)?;
                continue;
            };
            self.stream.skip(start as u64 + 1)?;
            match self.byte()? {
                b'?' => self.until(b"?>")?,
                b'!' => self.declaration()?,
                first => return self.tag(first).map(Some),
            }
        }
    }

    /// Passes over everything up to the end of `mark`.
    fn until(&mut self, mark: &[u8]) -> Result<(), Stop> {
        let mut last = vec![0; mark.len()];
        loop {
            last.remove(0);
            last.push(self.byte()?);
            if last == mark {
                return Ok(());
            }
        }
    }

    /// A comment, a CDATA section, or a declaration with brackets inside.
    fn declaration(&mut self) -> Result<(), Stop> {
        let mut start = [self.byte()?, 0];
        if start[0] == b'>' {
            return Ok(());
        }
        start[1] = self.byte()?;
        match &start {
            b"--" => return self.until(b"-->"),
            b"[C" => return self.until(b"]]>"),
            _ => {}
        }
        let mut depth = i32::from(start[1] != b'>');
        while depth > 0 {
            match self.byte()? {
                b'<' => depth += 1,
                b'>' => depth -= 1,
                _ => {}
            }
            if depth > 100 {
                return Err(Stop::Broken("a declaration"));
            }
        }
        Ok(())
    }

    fn tag(&mut self, first: u8) -> Result<Tag, Stop> {
        let mut raw = vec![first];
        let mut quote = None;
        loop {
            let byte = self.byte()?;
            match quote {
                None if byte == b'>' => break,
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                Some(open) if byte == open => quote = None,
                None if byte == b'<' => return Err(Stop::Broken("a tag")),
                _ => {}
            }
            raw.push(byte);
            if raw.len() > TAG {
                return Err(Stop::Budget("bytes in one tag"));
            }
        }
        let text = String::from_utf8_lossy(&raw);
        if let Some(name) = text.strip_prefix('/') {
            return Ok(Tag::Close(local(name.trim()).to_owned()));
        }
        let empty = text.ends_with('/');
        let text = text.trim_end_matches('/');
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        let plain = |c: char| c.is_alphanumeric() || "_-.:".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(Stop::Broken("the name of a tag"));
        }
        let mut attributes = Vec::new();
        while let Some((key, behind)) = rest.split_once('=') {
            let behind = behind.trim_start();
            let Some(quote) = behind.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                return Err(Stop::Broken("an attribute"));
            };
            let Some((value, next)) = behind[1..].split_once(quote) else {
                return Err(Stop::Broken("an attribute"));
            };
            attributes.push((key.trim().to_owned(), unescape(value)));
            rest = next;
        }
        Ok(Tag::Open(local(name).to_owned(), attributes, empty))
    }
}

/// A name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// The five entities of XML itself and characters by number; others stay as they are.
fn unescape(value: &str) -> String {
    let mut parts = value.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').unwrap_or(("", part));
        let character = match entity {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => entity.strip_prefix('#').and_then(|number| {
                let number = match number.strip_prefix('x') {
                    Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                    None => number.parse(),
                };
                char::from_u32(number.ok()?)
            }),
        };
        if let Some(character) = character {
            plain.push(character);
            plain.push_str(rest);
        } else {
            plain.push('&');
            plain.push_str(part);
        }
    }
    plain
}
