//! TOML with places: the few accessors that lock files and project files need.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::entry::line_of;

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
    pub(super) fn parse(text: &'a str) -> Option<Self> {
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
