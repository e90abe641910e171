//! TOML with places: the few accessors that lock files and project files need.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::entry::line_of;
use crate::source::room::{FREE, Room};

/// Bytes of memory that a parsed document may take; a lock of a thousand packages takes 10 MB.
const MEMORY: usize = 96 << 20;

/// What a table takes, and what a value takes, at least.
const TABLE: usize = 1000;
const VALUE: usize = 250;

/// A parsed document with the text that its places refer to.
pub(super) struct Toml<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
    /// Where lines begin, for fast look-up.
    lines: Vec<usize>,
}

/// A value and where it stands.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

impl<'a> Toml<'a> {
    /// Parses; `None` when it is not TOML.
    ///
    /// A table takes a hundred times the bytes that spell it, so that what a document would take is
    /// estimated first; one that would take more than the budget is not parsed.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let memory = weight(text);
        if memory > MEMORY {
            return None;
        }
        let _room = (memory as u64 > FREE).then(Room::take);
        let table = DeTable::parse(text).ok()?;
        let lines = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
            .collect();
        Some(Self { text, table, lines })
    }

    /// The value under a path of keys.
    pub(super) fn get(&self, path: &[&str]) -> Option<&Value<'a>> {
        let (first, rest) = path.split_first()?;
        let mut value = self.table.get_ref().get(*first)?;
        for key in rest {
            value = member(value, key)?;
        }
        Some(value)
    }

    /// The line of a value, from 1.
    pub(super) fn line(&self, value: &Value) -> u32 {
        let at = value.span().start;
        match self.lines.partition_point(|start| *start <= at) {
            0 => line_of(self.text, at),
            line => line as u32,
        }
    }
}

/// An estimate of the memory of the parsed document, from above.
fn weight(text: &str) -> usize {
    let mut weight = 0;
    for line in text.lines() {
        let mut quoted = false;
        for byte in line.bytes() {
            match byte {
                b'"' | b'\'' => quoted = !quoted,
                b'[' | b'{' | b'.' if !quoted => weight += TABLE,
                b'=' | b',' if !quoted => weight += VALUE,
                _ => {}
            }
        }
    }
    weight
}

/// A key of a table value.
pub(super) fn member<'v, 'a>(value: &'v Value<'a>, key: &str) -> Option<&'v Value<'a>> {
    value.get_ref().as_table()?.get(key)
}

/// A string value.
pub(super) fn text<'v>(value: &'v Value) -> Option<&'v str> {
    value.get_ref().as_str()
}

/// The members of an array value; none for anything else.
pub(super) fn items<'v, 'a>(value: Option<&'v Value<'a>>) -> impl Iterator<Item = &'v Value<'a>> {
    value
        .and_then(|value| value.get_ref().as_array())
        .into_iter()
        .flat_map(|array| array.iter())
}

/// The pairs of a table value; none for anything else.
pub(super) fn pairs<'v, 'a>(
    value: Option<&'v Value<'a>>,
) -> impl Iterator<Item = (&'v str, &'v Value<'a>)> {
    value
        .and_then(|value| value.get_ref().as_table())
        .into_iter()
        .flat_map(|table| {
            table
                .iter()
                .map(|(key, value)| (key.get_ref().as_ref(), value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_would_take_too_much_is_not_parsed() {
        let bomb = "[a.b.c]\n".repeat(80_000);
        assert!(weight(&bomb) > MEMORY && Toml::parse(&bomb).is_none());
        let lock = "[[package]]\nname = \"p\"\nversion = \"1.2.3\"\n".repeat(3_000);
        assert!(weight(&lock) < MEMORY / 10 && Toml::parse(&lock).is_some());
    }
}
