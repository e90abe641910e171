//! A whole JSON or UBJSON document in memory, numbers packed.
//!
//! UBJSON as in draft 12 (<https://ubjson.org>): big-endian numbers, arrays and objects with or
//! without a count and a common type.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The deepest nesting.
const DEPTH: usize = 64;

/// A value.
#[derive(Debug, PartialEq)]
pub enum Document {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// An array of nothing but numbers.
    Numbers(Vec<f64>),
    /// Any other array.
    List(Vec<Document>),
    /// An object, in its own order.
    Object(Vec<(String, Document)>),
}

impl Document {
    /// JSON or UBJSON, told by what stands behind the first bracket. `None` when it is neither.
    pub fn read(bytes: &[u8]) -> Option<Document> {
        let second = bytes
            .iter()
            .skip(1)
            .find(|byte| !byte.is_ascii_whitespace());
        if matches!(second, Some(b'"' | b'}')) {
            return serde_json::from_slice(bytes).ok();
        }
        let mut reader = Reader { bytes };
        let marker = reader.marker()?;
        reader.value(marker, 0)
    }

    /// The member at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Document> {
        path.iter().try_fold(self, |document, key| match document {
            Document::Object(members) => {
                let found = members.iter().find(|(name, _)| name == key);
                found.map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// The text at a path.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        match self.at(path)? {
            Document::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The count at a path: a number, or a text of one.
    pub fn count(&self, path: &[&str]) -> Option<usize> {
        match self.at(path)? {
            Document::Text(text) => text.parse().ok(),
            Document::Number(number) if *number >= 0.0 && number.fract() == 0.0 => {
                Some(*number as usize)
            }
            _ => None,
        }
    }

    /// The numbers of the array at a path.
    pub fn numbers(&self, path: &[&str]) -> Option<&[f64]> {
        match self.at(path)? {
            Document::Numbers(numbers) => Some(numbers),
            Document::List(items) if items.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The elements of the array at a path that is not one of numbers.
    pub fn list(&self, path: &[&str]) -> Option<&[Document]> {
        match self.at(path)? {
            Document::List(items) => Some(items),
            Document::Numbers(numbers) if numbers.is_empty() => Some(&[]),
            _ => None,
        }
    }
}

/// The elements of an array, packed as long as they are numbers.
fn push(array: &mut Document, value: Document) {
    match (array, value) {
        (Document::Numbers(numbers), Document::Number(number)) => numbers.push(number),
        (Document::List(items), value) => items.push(value),
        (array, value) => {
            let mut items = Vec::new();
            if let Document::Numbers(numbers) = array {
                items.extend(numbers.drain(..).map(Document::Number));
            }
            items.push(value);
            *array = Document::List(items);
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Json)
    }
}

struct Json;

impl<'de> Visitor<'de> for Json {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Document, E> {
        Ok(Document::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Document, E> {
        Ok(Document::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Document, E> {
        Ok(Document::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Document, E> {
        Ok(Document::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Document, E> {
        Ok(Document::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Document, A::Error> {
        let mut array = Document::Numbers(Vec::new());
        while let Some(value) = access.next_element()? {
            push(&mut array, value);
        }
        Ok(array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Document, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Document::Object(members))
    }
}

/// UBJSON, read forwards.
struct Reader<'b> {
    bytes: &'b [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    /// The next marker that is not a no-op.
    fn marker(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b'N' => {}
                marker => return Some(marker),
            }
        }
    }

    fn integer(&mut self, marker: u8) -> Option<i64> {
        Some(match marker {
            b'i' => i8::from_be_bytes(self.take()?).into(),
            b'U' => self.byte()?.into(),
            b'I' => i16::from_be_bytes(self.take()?).into(),
            b'l' => i32::from_be_bytes(self.take()?).into(),
            b'L' => i64::from_be_bytes(self.take()?),
            _ => return None,
        })
    }

    fn length(&mut self, marker: u8) -> Option<usize> {
        usize::try_from(self.integer(marker)?).ok()
    }

    fn text(&mut self, marker: u8) -> Option<String> {
        let length = self.length(marker)?;
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(String::from_utf8_lossy(taken).into_owned())
    }

    fn value(&mut self, marker: u8, depth: usize) -> Option<Document> {
        Some(match marker {
            b'Z' => Document::Null,
            b'T' => Document::Bool(true),
            b'F' => Document::Bool(false),
            b'd' => Document::Number(f32::from_be_bytes(self.take()?).into()),
            b'D' => Document::Number(f64::from_be_bytes(self.take()?)),
            b'C' => Document::Text(char::from(self.byte()?).to_string()),
            b'S' => {
                let marker = self.byte()?;
                Document::Text(self.text(marker)?)
            }
            b'[' if depth < DEPTH => self.array(depth)?,
            b'{' if depth < DEPTH => self.object(depth)?,
            _ => Document::Number(self.integer(marker)? as f64),
        })
    }

    /// The type and the count behind a bracket, where they are given.
    fn opening(&mut self) -> Option<(Option<u8>, Option<usize>)> {
        let mut kind = None;
        if self.bytes.first() == Some(&b'$') {
            self.byte()?;
            kind = Some(self.byte()?);
            if self.bytes.first() != Some(&b'#') {
                return None;
            }
        }
        let mut count = None;
        if self.bytes.first() == Some(&b'#') {
            self.byte()?;
            let marker = self.byte()?;
            count = Some(self.length(marker)?);
        }
        // Values of these kinds take no bytes: a count of them could be anything.
        let empty = kind.is_some_and(|kind| b"ZTFN".contains(&kind));
        (!empty).then_some((kind, count))
    }

    fn array(&mut self, depth: usize) -> Option<Document> {
        let (kind, count) = self.opening()?;
        let mut array = Document::Numbers(Vec::new());
        let mut read = 0;
        while count.is_none_or(|count| read < count) {
            let marker = match kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            if count.is_none() && marker == b']' {
                break;
            }
            let value = self.value(marker, depth + 1)?;
            push(&mut array, value);
            read += 1;
        }
        Some(array)
    }

    fn object(&mut self, depth: usize) -> Option<Document> {
        let (kind, count) = self.opening()?;
        let mut members = Vec::new();
        while count.is_none_or(|count| members.len() < count) {
            let mut marker = self.marker()?;
            if count.is_none() && marker == b'}' {
                break;
            }
            // The specification leaves out the marker of a key's text; some writers put it.
            if marker == b'S' {
                marker = self.byte()?;
            }
            let key = self.text(marker)?;
            let marker = match kind {
                Some(kind) => kind,
                None => self.marker()?,
            };
            members.push((key, self.value(marker, depth + 1)?));
        }
        Some(Document::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_give_the_same_document() {
        let json = Document::read(br#"{"a": [1, -2.5], "b": [[], "x", null], "c": {}}"#).unwrap();
        let mut bytes = b"{".to_vec();
        for (key, value) in [
            (
                b"a",
                &b"[$d#L\0\0\0\0\0\0\0\x02\x3f\x80\0\0\xc0\x20\0\0"[..],
            ),
            (b"b", b"[#U\x03[#U\0SU\x01xZ"),
            (b"c", b"{}"),
        ] {
            bytes.extend(b"L\0\0\0\0\0\0\0\x01");
            bytes.extend(key);
            bytes.extend(value);
        }
        bytes.push(b'}');
        assert_eq!(Document::read(&bytes).unwrap(), json);
        for length in 0..bytes.len() {
            assert_eq!(Document::read(&bytes[..length]), None, "{length}");
        }
    }

    #[test]
    fn nesting_and_counts_have_limits() {
        assert_eq!(Document::read(&b"[".repeat(100_000)), None);
        assert_eq!(
            Document::read(b"{U\x01a[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff}"),
            None
        );
    }
}
