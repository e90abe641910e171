//! The header of numpy's own file format: element type, order, shape.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. The header is
//! a Python literal; only the few shapes of literal that numpy writes are read.

use crate::pickle::Dtype;

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
