//! The header of numpy's own file format: element type, order, shape.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. The header is
//! a Python literal; only the few shapes of literal that numpy writes are read.

use crate::pickle::{Construction, Data, Dtype, Global, Node, NodeId, Object};

/// Longest header; numpy itself refuses longer ones by default.
pub(crate) const LONGEST: u64 = 10_000;

/// A parsed header.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Header {
    /// The element type.
    pub descr: Descr,
    /// Column-major.
    pub fortran: bool,
    /// The shape.
    pub shape: Vec<u64>,
    /// Where the elements begin.
    pub start: u64,
}

/// An element type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Descr {
    /// `<f8`.
    Plain(String),
    /// Fields with their names; an empty name is padding.
    Fields(Vec<(String, Descr)>),
    /// A field that is itself an array of this type and shape.
    Shaped(Box<Descr>, Vec<u64>),
}

/// A Python literal as far as headers use it.
#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Text(String),
    Number(u64),
    Flag(bool),
    Sequence(Vec<Literal>),
    Dict(Vec<(String, Literal)>),
}

impl Descr {
    /// Bytes per element; `None` for types without a fixed size.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Descr::Plain(text) => Some(Dtype::parse(text)?.itemsize as u64),
            Descr::Fields(fields) => fields
                .iter()
                .try_fold(0_u64, |sum, (_, field)| sum.checked_add(field.size()?)),
            Descr::Shaped(inner, shape) => shape
                .iter()
                .try_fold(inner.size()?, |size, side| size.checked_mul(*side)),
        }
    }

    /// Whether elements are Python objects.
    pub(crate) fn objects(&self) -> bool {
        match self {
            Descr::Plain(text) => text.contains('O'),
            Descr::Fields(fields) => fields.iter().any(|(_, field)| field.objects()),
            Descr::Shaped(inner, _) => inner.objects(),
        }
    }

    /// The nodes of a dtype as pickle writes it: called with a type string, then given byte order
    /// and fields.
    ///
    /// It recurses along the header's literal, whose depth its parser has bounded.
    pub(crate) fn nodes<E>(
        &self,
        push: &mut dyn FnMut(Node) -> Result<NodeId, E>,
    ) -> Result<NodeId, E> {
        let text = |text: &str| Node::Str(Data::Kept(text.as_bytes().into()));
        let (order, kind, fields) = match self {
            Descr::Plain(text) => {
                let kind = text.trim_start_matches(['<', '>', '|', '=']);
                let order = if text.starts_with('>') {
                    ">"
                } else if kind.starts_with(['b', 'S', 'V', 'O']) || kind.ends_with("i1") {
                    "|"
                } else {
                    "<"
                };
                (order, kind.to_owned(), None)
            }
            Descr::Fields(fields) => {
                let size = self.size().unwrap_or(0);
                ("|", format!("V{size}"), Some((fields, size)))
            }
            // A field with a shape of its own is passed on as bytes of that size.
            Descr::Shaped(..) => ("|", format!("V{}", self.size().unwrap_or(0)), None),
        };
        let args = vec![
            push(text(kind.split('[').next().unwrap_or_default()))?,
            push(Node::Bool(false))?,
            push(Node::Bool(true))?,
        ];
        let args = push(Node::Tuple(args.into()))?;
        let version = push(Node::Int(3))?;
        let order = push(text(order))?;
        let none = push(Node::None)?;
        let unset = push(Node::Int(-1))?;
        let zero = push(Node::Int(0))?;
        // Dates carry their unit in a ninth member: `M8[25s]` counts 25 seconds.
        let unit = kind
            .strip_suffix(']')
            .and_then(|kind| kind.split_once('['))
            .filter(|_| matches!(self, Descr::Plain(_)));
        let unit = unit.map(|(_, unit)| {
            unit.split_at(unit.len() - unit.trim_start_matches(|c: char| c.is_ascii_digit()).len())
        });
        let (mut names, mut places, mut size) = (none, none, unset);
        if let Some((fields, bytes)) = fields {
            let (mut known, mut pairs, mut offset) = (Vec::new(), Vec::new(), 0_u64);
            for (name, field) in fields {
                let len = field.size().unwrap_or(0);
                // Padding has no name.
                if !name.is_empty() {
                    let name = push(text(name))?;
                    let inner = field.nodes(push)?;
                    let at = push(Node::Int(i64::try_from(offset).unwrap_or(i64::MAX)))?;
                    known.push(name);
                    pairs.push((name, push(Node::Tuple([inner, at].as_slice().into()))?));
                }
                offset = offset.saturating_add(len);
            }
            names = push(Node::Tuple(known.into()))?;
            places = push(Node::Dict(pairs))?;
            size = push(Node::Int(i64::try_from(bytes).unwrap_or(i64::MAX)))?;
        }
        let mut state = vec![version, order, none, names, places, size, unset, zero];
        if let Some((count, unit)) = unit {
            let unit = push(Node::Bytes(Data::Kept(unit.as_bytes().into())))?;
            let count = push(Node::Int(count.parse().unwrap_or(1)))?;
            let one = push(Node::Int(1))?;
            let unit = push(Node::Tuple([unit, count, one, one].into()))?;
            let nothing = push(Node::Dict(Vec::new()))?;
            state.push(push(Node::Tuple([nothing, unit].as_slice().into()))?);
        }
        let state = push(Node::Tuple(state.into()))?;
        let callable = push(Node::Global(Box::new(Global {
            module: "numpy".into(),
            name: "dtype".into(),
        })))?;
        push(Node::Object(Box::new(Object {
            how: Construction::Reduce,
            callable,
            args,
            kwargs: None,
            state: [state].as_slice().into(),
            items: Vec::new(),
            pairs: Vec::new(),
        })))
    }
}

/// Reads the header at the start of `bytes`.
pub(crate) fn header(bytes: &[u8]) -> Option<Header> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (start, length) = match rest {
        [1, _, low, high, ..] => (10, u64::from(u16::from_le_bytes([*low, *high]))),
        [2 | 3, _, a, b, c, d, ..] => (12, u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
        _ => return None,
    };
    let end = usize::try_from(start + length).ok()?;
    let written = bytes.get(start as usize..end)?;
    // Field names are Latin-1 before version 3, which is UTF-8.
    let written = match rest[0] {
        3 => std::str::from_utf8(written).ok()?.to_owned(),
        _ => written.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut rest = written.as_str();
    let Literal::Dict(fields) = literal(&mut rest, 0)? else {
        return None;
    };
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    };
    let shape = sides(field("shape")?)?;
    Some(Header {
        descr: descr(field("descr")?)?,
        fortran: *field("fortran_order")? == Literal::Flag(true),
        shape,
        start: start + length,
    })
}

fn sides(literal: &Literal) -> Option<Vec<u64>> {
    let Literal::Sequence(sides) = literal else {
        return None;
    };
    let number = |side: &Literal| match side {
        Literal::Number(side) => Some(*side),
        _ => None,
    };
    sides.iter().map(number).collect()
}

/// A field is `(name, type)` or `(name, type, shape)`; a name may be `(title, name)`.
fn field(literal: &Literal) -> Option<(String, Descr)> {
    let Literal::Sequence(parts) = literal else {
        return None;
    };
    let (name, kind, shape) = match &parts[..] {
        [name, kind] => (name, kind, None),
        [name, kind, shape] => (name, kind, Some(sides(shape)?)),
        _ => return None,
    };
    let name = match name {
        Literal::Text(name) => name,
        Literal::Sequence(pair) => match &pair[..] {
            [Literal::Text(_), Literal::Text(name)] => name,
            _ => return None,
        },
        _ => return None,
    };
    let kind = descr(kind)?;
    let kind = match shape {
        Some(shape) => Descr::Shaped(Box::new(kind), shape),
        None => kind,
    };
    Some((name.clone(), kind))
}

fn descr(literal: &Literal) -> Option<Descr> {
    match literal {
        Literal::Text(text) => Some(Descr::Plain(text.clone())),
        Literal::Sequence(fields) => fields
            .iter()
            .map(field)
            .collect::<Option<Vec<_>>>()
            .map(Descr::Fields),
        _ => None,
    }
}

/// Takes one literal off the front of `rest`.
fn literal(rest: &mut &str, depth: usize) -> Option<Literal> {
    if depth > 8 {
        return None;
    }
    *rest = rest.trim_start();
    let first = rest.chars().next()?;
    match first {
        '\'' | '"' => {
            let (text, after) = rest[1..].split_once(first)?;
            if text.contains('\\') {
                return None;
            }
            *rest = after;
            Some(Literal::Text(text.to_owned()))
        }
        '0'..='9' => {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let number = rest[..end].parse().ok()?;
            // Python 2 wrote `3L`.
            *rest = rest[end..].trim_start_matches('L');
            Some(Literal::Number(number))
        }
        'T' | 'F' => {
            let (flag, word) = if first == 'T' {
                (true, "True")
            } else {
                (false, "False")
            };
            *rest = rest.strip_prefix(word)?;
            Some(Literal::Flag(flag))
        }
        '(' | '[' => {
            let close = if first == '(' { ')' } else { ']' };
            *rest = &rest[1..];
            let mut items = Vec::new();
            loop {
                *rest = rest.trim_start().trim_start_matches(',').trim_start();
                if let Some(after) = rest.strip_prefix(close) {
                    *rest = after;
                    return Some(Literal::Sequence(items));
                }
                items.push(literal(rest, depth + 1)?);
            }
        }
        '{' => {
            *rest = &rest[1..];
            let mut pairs = Vec::new();
            loop {
                *rest = rest.trim_start().trim_start_matches(',').trim_start();
                if let Some(after) = rest.strip_prefix('}') {
                    *rest = after;
                    return Some(Literal::Dict(pairs));
                }
                let Literal::Text(key) = literal(rest, depth + 1)? else {
                    return None;
                };
                *rest = rest.trim_start().strip_prefix(':')?;
                pairs.push((key, literal(rest, depth + 1)?));
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes
    }

    #[test]
    fn plain_and_structured_headers_are_read() {
        let plain = header(&file(
            "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n",
        ))
        .unwrap();
        assert_eq!(plain.shape, [2, 3]);
        assert!(plain.fortran);
        assert_eq!(plain.descr.size(), Some(8));
        let structured = header(&file(
            "{'descr': [('a', '<i8'), ('b', '|u1'), ('', '|V7')], 'fortran_order': False, 'shape': (5L,), }",
        ))
        .unwrap();
        assert_eq!(structured.descr.size(), Some(16));
        assert_eq!(structured.shape, [5]);
        let scalar = header(&file(
            "{'descr': '|b1', 'fortran_order': False, 'shape': (), }",
        ))
        .unwrap();
        assert!(scalar.shape.is_empty());
    }

    #[test]
    fn other_literals_are_refused() {
        assert_eq!(header(b"\x93NUMPY\x01\x00\xff\xff{"), None);
        assert_eq!(header(&file("__import__('os')")), None);
        assert_eq!(header(&file(&"[".repeat(5000))), None);
        assert_eq!(header(&file("{'descr': '<f8', 'shape': (3,)}")), None);
        // No character is cut in two.
        assert_eq!(header(&file("\u{e9}{'\u{e9}")), None);
    }
}
