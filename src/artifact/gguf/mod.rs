//! GGUF language models: the key/value header and the list of tensors. Numbers are not read.
//!
//! Format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. A chat template is a small
//! program in the template language Jinja; it is told, not judged.

mod types;

#[cfg(test)]
mod tests;

use std::io;

use self::types::{block, file_type, size};
use super::tensors::{self, Tensor};
use super::{Facts, Format, OutlineLine, Unreadable, UnreadableKind, trouble};
use crate::source::{Source, Stream};
use crate::text;

/// Bytes of a text that are kept; longer ones (vocabularies are arrays) are passed over.
const KEPT: u64 = 200;
/// The longest key or tensor name; the format allows 65,535 bytes.
const NAME: u64 = 65_535;
/// Keys, tensors, and texts inside arrays.
const KEYS: u64 = 100_000;
const TENSORS: u64 = 1_000_000;
const ELEMENTS: u64 = 20_000_000;
/// The most sides of a tensor.
const SIDES: u32 = 8;
/// Keys that get a line of their own.
const LINES: usize = 60;

pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(b"GGUF")
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut walker = Walker {
        stream: source.stream,
        big: false,
        elements: 0,
        what: String::new(),
    };
    let facts = walker.model().map_err(|stop| match stop {
        Stop::Io(error) => trouble::io(&error, &walker.what),
        Stop::Told(trouble) => trouble,
    });
    (Format::Gguf, facts)
}

enum Stop {
    Io(io::Error),
    Told(Unreadable),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Io(error)
    }
}

impl From<Unreadable> for Stop {
    fn from(trouble: Unreadable) -> Self {
        Stop::Told(trouble)
    }
}

struct Walker {
    stream: Stream,
    /// Whether the file is big-endian, as some converters write for old mainframes.
    big: bool,
    /// Elements of arrays that were met.
    elements: u64,
    /// What is read at the moment, for an error.
    what: String,
}

/// A value of the header.
enum Value {
    Number(u64),
    Other(String),
    /// A text, cut, with its whole length.
    Text(String, u64),
    Array(u32, u64),
}

impl Walker {
    fn model(&mut self) -> Result<Facts, Stop> {
        self.what = "the header".into();
        self.stream.skip(4)?;
        let mut version = [0; 4];
        self.stream.fill(&mut version)?;
        // The version is small: where its bytes stand tells the byte order.
        self.big = u32::from_le_bytes(version) > 0xffff;
        let version = self.ordered(version.map(u64::from));
        if !(2..=3).contains(&version) {
            return Err(Unreadable {
                kind: UnreadableKind::Foreign,
                reason: format!("a GGUF model of version {version}, which is not read"),
                repair: Some("open it with a runtime of that age".into()),
            }
            .into());
        }
        let tensors = self.long()?;
        let keys = self.long()?;
        // A tensor takes at least 24 bytes, a key at least 13: larger counts are made up.
        self.plausible(tensors, 24, TENSORS, "tensors")?;
        self.plausible(keys, 13, KEYS, "keys")?;

        let mut found = Vec::new();
        let mut alignment = 32;
        for number in 0..keys {
            self.what = format!("key {} of {keys}", number + 1);
            let key = self.text(400, NAME)?.0;
            let kind = self.int()?;
            let value = self.value(kind)?;
            if let ("general.alignment", Value::Number(wanted)) = (key.as_str(), &value) {
                alignment = *wanted;
            }
            found.push((key, value));
        }
        let listed = self.tensors(tensors, alignment)?;
        Ok(facts(version, &found, &listed))
    }

    /// The tensor list, and whether the file is long enough for what it lists.
    fn tensors(&mut self, count: u64, alignment: u64) -> Result<Vec<Tensor>, Stop> {
        let mut listed = Vec::new();
        let mut end = 0_u64;
        let mut whole = true;
        for number in 0..count {
            self.what = format!("the entry of tensor {} of {count}", number + 1);
            let name = self.text(400, NAME)?.0;
            let sides = self.int()?;
            if sides > SIDES {
                return Err(trouble::damaged(format!(
                    "tensor {} has {sides} dimensions",
                    text::short(&name, 80)
                ))
                .into());
            }
            let mut shape = Vec::new();
            for _ in 0..sides {
                shape.push(self.long()?);
            }
            let kind = self.int()?;
            let offset = self.long()?;
            let bytes = block(kind).and_then(|(_, elements, bytes)| {
                tensors::count(&shape)?
                    .div_ceil(elements)
                    .checked_mul(bytes)
            });
            match bytes.and_then(|bytes| offset.checked_add(bytes)) {
                Some(last) => end = end.max(last),
                None if block(kind).is_some() => {
                    return Err(trouble::damaged(format!(
                        "tensor {} is larger than any file",
                        text::short(&name, 80)
                    ))
                    .into());
                }
                None => whole = false,
            }
            listed.push(Tensor {
                name,
                dtype: block(kind).map_or_else(|| format!("type {kind}"), |(word, ..)| word.into()),
                shape,
                bytes: bytes.unwrap_or(0),
            });
        }
        if whole && count > 0 && (1..=1 << 20).contains(&alignment) {
            self.what = format!("the tensors, which take {}", text::bytes(end));
            let at = self.stream.position();
            let padding = at.next_multiple_of(alignment) - at;
            self.stream.skip(padding.saturating_add(end))?;
        }
        Ok(listed)
    }

    fn plausible(&self, count: u64, least: u64, most: u64, what: &str) -> Result<(), Stop> {
        let left = self.stream.remaining();
        if left.is_some_and(|left| count > left / least) {
            return Err(trouble::truncated(format!(
                "the header announces {count} {what}, more than the file can hold"
            ))
            .into());
        }
        if count > most {
            return Err(trouble::budget(format!("{count} {what}")).into());
        }
        Ok(())
    }

    /// Reads or passes over one value. An array of arrays is walked, not recursed into.
    fn value(&mut self, kind: u32) -> Result<Value, Stop> {
        Ok(match kind {
            8 => {
                let (text, length) = self.text(KEPT, u64::MAX)?;
                Value::Text(text, length)
            }
            9 => {
                let inner = self.int()?;
                let count = self.long()?;
                self.array(inner, count)?;
                Value::Array(inner, count)
            }
            6 => Value::Other(f32::from_bits(self.int()?).to_string()),
            12 => Value::Other(f64::from_bits(self.long()?).to_string()),
            7 => {
                let value = self.number(1)?;
                Value::Other(if value == 0 { "false" } else { "true" }.into())
            }
            1 => Value::Other((self.number(1)? as i8).to_string()),
            3 => Value::Other((self.number(2)? as i16).to_string()),
            5 => signed(i64::from(self.int()? as i32)),
            11 => signed(self.long()? as i64),
            _ => match size(kind) {
                Some(size) => Value::Number(self.number(size)?),
                None => return Err(unknown(kind)),
            },
        })
    }

    fn array(&mut self, kind: u32, count: u64) -> Result<(), Stop> {
        // What is still to be passed over, the innermost last.
        let mut open = vec![(kind, count)];
        while let Some((kind, count)) = open.pop() {
            if let Some(size) = size(kind) {
                let bytes = count.saturating_mul(size);
                self.stream.skip(bytes)?;
                continue;
            }
            let Some(left) = count.checked_sub(1) else {
                continue;
            };
            self.elements += 1;
            if self.elements > ELEMENTS || open.len() > 16 {
                return Err(trouble::budget("its arrays hold many texts").into());
            }
            open.push((kind, left));
            match kind {
                8 => {
                    let length = self.long()?;
                    self.stream.skip(length)?;
                }
                9 => {
                    let inner = self.int()?;
                    let count = self.long()?;
                    open.push((inner, count));
                }
                _ => return Err(unknown(kind)),
            }
        }
        Ok(())
    }

    /// A text, of which at most `keep` bytes are kept, and its length, at most `most`.
    fn text(&mut self, keep: u64, most: u64) -> Result<(String, u64), Stop> {
        let length = self.long()?;
        if length > most {
            return Err(trouble::damaged(format!(
                "a name of {} in {}",
                text::bytes(length),
                self.what
            ))
            .into());
        }
        let kept = length.min(keep);
        if self.stream.remaining().is_some_and(|left| left < length) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let bytes = self.stream.read_vec(kept)?;
        self.stream.skip(length - kept)?;
        Ok((String::from_utf8_lossy(&bytes).into_owned(), length))
    }

    fn int(&mut self) -> Result<u32, Stop> {
        Ok(self.number(4)? as u32)
    }

    fn long(&mut self) -> Result<u64, Stop> {
        self.number(8)
    }

    fn number(&mut self, size: u64) -> Result<u64, Stop> {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..size as usize];
        self.stream.fill(bytes)?;
        if self.big {
            bytes.reverse();
        }
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn ordered(&self, bytes: [u64; 4]) -> u64 {
        let push = |n: u64, byte: &u64| n << 8 | byte;
        if self.big {
            bytes.iter().fold(0, push)
        } else {
            bytes.iter().rev().fold(0, push)
        }
    }
}

fn signed(value: i64) -> Value {
    match u64::try_from(value) {
        Ok(value) => Value::Number(value),
        Err(_) => Value::Other(value.to_string()),
    }
}

fn unknown(kind: u32) -> Stop {
    trouble::damaged(format!(
        "a value of type {kind}, which the format does not know"
    ))
    .into()
}

fn facts(version: u64, found: &[(String, Value)], listed: &[Tensor]) -> Facts {
    let bytes = listed
        .iter()
        .fold(0_u64, |sum, tensor| sum.saturating_add(tensor.bytes));
    let mut outline = vec![
        tensors::line(0, "gguf", &format!("version {version}")),
        tensors::line(1, "tensors", &tensors::total(listed, bytes)),
    ];
    let mut notes = Vec::new();
    for (key, value) in found.iter().take(LINES) {
        outline.push(shown(key, value));
    }
    if found.len() > LINES {
        let hidden = format!("{} more keys", found.len() - LINES);
        outline.push(tensors::line(1, "…", &hidden));
    }
    for (key, value) in found {
        if let Value::Text(_, length) = value
            && key.starts_with("tokenizer.chat_template")
        {
            notes.push(format!(
                "holds a chat template of {}: a Jinja program that the runtime runs at each \
                 conversation",
                text::bytes(*length)
            ));
            break;
        }
    }
    outline.extend(tensors::lines(listed, 1));
    Facts {
        outline,
        notes,
        ..Facts::default()
    }
}

fn shown(key: &str, value: &Value) -> OutlineLine {
    let what = match value {
        Value::Number(number) if key == "general.file_type" => file_type(*number)
            .map_or_else(|| number.to_string(), |word| format!("{word} ({number})")),
        Value::Number(number) => number.to_string(),
        Value::Other(written) => written.clone(),
        Value::Text(_, length) if key.starts_with("tokenizer.chat_template") => {
            format!("Jinja template of {}", text::bytes(*length))
        }
        Value::Text(text, _) => text.clone(),
        Value::Array(kind, count) => {
            let of = match kind {
                8 => "texts",
                9 => "lists",
                7 => "flags",
                _ => "numbers",
            };
            format!("{count} {of}")
        }
    };
    tensors::line(1, key, &what)
}
