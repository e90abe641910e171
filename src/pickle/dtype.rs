//! numpy dtypes as views over graph nodes.
//!
//! A dtype is pickled as a call of `numpy.dtype` with a type string, followed by a state tuple that
//! adds byte order and fields. This module reads both; it does not read elements.

use super::{Graph, Node, NodeId};

/// How deep structured dtypes may be nested, and how many fields one may have in all: far above
/// anything that numpy writes for models, low enough that shared nodes cannot multiply.
const MAX_DEPTH: usize = 4;
const MAX_FIELDS: usize = 4096;

/// What one element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte, zero or not.
    Bool,
    /// A signed integer.
    Int,
    /// An unsigned integer.
    Uint,
    /// An IEEE float of 2, 4 or 8 bytes, or a platform's long double.
    Float,
    /// Two floats.
    Complex,
    /// A count of some unit since 1970.
    Datetime,
    /// A count of some unit.
    Timedelta,
    /// Zero-padded bytes.
    Bytes,
    /// Zero-padded UCS-4 text.
    Unicode,
    /// A reference to a Python object.
    Object,
    /// Raw bytes, or a structure when there are fields.
    Void,
}

/// The type of the elements of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dtype {
    /// What an element is.
    pub kind: Kind,
    /// Bytes an element takes.
    pub itemsize: usize,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// The fields of a structure, in the order of the file.
    pub fields: Vec<Field>,
}

/// One field of a structured dtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub dtype: Dtype,
    /// Where it starts in the element, in bytes.
    pub offset: usize,
}

impl Dtype {
    /// A dtype without fields from numpy's type string, with or without byte order: `<f8`, `U6`,
    /// `bool`, `float64`. `None` for strings that name no fixed-size type.
    pub fn parse(text: &str) -> Option<Dtype> {
        let (big_endian, text) = match text.as_bytes().first()? {
            b'<' | b'|' | b'=' => (false, &text[1..]),
            b'>' => (true, &text[1..]),
            _ => (false, text),
        };
        let text = match text {
            "bool" | "?" => "b1",
            "int8" => "i1",
            "int16" => "i2",
            "int32" => "i4",
            "int64" => "i8",
            "uint8" => "u1",
            "uint16" => "u2",
            "uint32" => "u4",
            "uint64" => "u8",
            "float16" => "f2",
            "float32" => "f4",
            "float64" => "f8",
            "object" | "O" => "O8",
            other => other,
        };
        let letter = text.chars().next()?;
        // Datetimes carry their unit behind the size: `M8[ns]`.
        let digits = text.get(1..)?.split('[').next()?;
        let count: usize = if digits.is_empty() {
            0
        } else {
            digits.parse().ok()?
        };
        let (kind, itemsize) = match letter {
            'b' => (Kind::Bool, 1),
            'i' => (Kind::Int, count),
            'u' => (Kind::Uint, count),
            'f' => (Kind::Float, count),
            'c' => (Kind::Complex, count),
            'M' => (Kind::Datetime, 8),
            'm' => (Kind::Timedelta, 8),
            'S' | 'a' => (Kind::Bytes, count),
            'U' => (Kind::Unicode, count.checked_mul(4)?),
            'O' => (Kind::Object, 8),
            'V' => (Kind::Void, count),
            _ => return None,
        };
        let sized = match kind {
            Kind::Int | Kind::Uint => matches!(itemsize, 1 | 2 | 4 | 8),
            Kind::Float => matches!(itemsize, 2 | 4 | 8 | 10 | 12 | 16),
            Kind::Complex => matches!(itemsize, 8 | 16 | 20 | 24 | 32),
            _ => true,
        };
        sized.then_some(Dtype {
            kind,
            itemsize,
            big_endian,
            fields: Vec::new(),
        })
    }

    /// The dtype at `node`; `None` when it is not one, is a sub-array type, or breaks its own sizes.
    pub fn read(graph: &Graph, node: NodeId) -> Option<Dtype> {
        read(graph, node, 0, &mut 0)
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn read(graph: &Graph, node: NodeId, depth: usize, fields_seen: &mut usize) -> Option<Dtype> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let object = graph.object(node)?;
    let callable = graph.global(object.callable)?;
    if &*callable.module != "numpy" || &*callable.name != "dtype" {
        return None;
    }
    let first = *graph.items(object.args)?.first()?;
    let mut dtype = match graph.node(first) {
        // `numpy.dtype(numpy.float64)` style; the class name is the type's name.
        Node::Global(class) if &*class.module == "numpy" => Dtype::parse(&class.name)?,
        _ => Dtype::parse(graph.text(first)?)?,
    };
    let Some(state) = object.state.last() else {
        return Some(dtype);
    };
    // (version, byte order, subdtype, names, fields, itemsize, alignment, flags[, metadata])
    let state = graph.items(*state)?;
    if state.len() < 5 {
        return None;
    }
    if let Some(order) = graph.text(state[1]) {
        dtype.big_endian = order == ">";
    }
    if !matches!(graph.node(state[2]), Node::None) {
        return None;
    }
    if let Some(size) = state.get(5).and_then(|size| graph.int(*size))
        && size >= 0
    {
        match dtype.kind {
            Kind::Void | Kind::Bytes | Kind::Unicode => {
                dtype.itemsize = usize::try_from(size).ok()?;
            }
            _ => {}
        }
    }
    let names = match graph.node(state[3]) {
        Node::None => return Some(dtype),
        _ => graph.items(state[3])?,
    };
    // Each name is looked up among all of them.
    if graph.pairs(state[4])?.len() > MAX_FIELDS {
        return None;
    }
    for name in names {
        *fields_seen += 1;
        if *fields_seen > MAX_FIELDS {
            return None;
        }
        let name = graph.text(*name)?;
        let place = graph.items(graph.get(state[4], name)?)?;
        let inner = read(graph, *place.first()?, depth + 1, fields_seen)?;
        let offset = usize::try_from(graph.int(*place.get(1)?)?).ok()?;
        if offset.checked_add(inner.itemsize)? > dtype.itemsize {
            return None;
        }
        dtype.fields.push(Field {
            name: name.to_owned(),
            dtype: inner,
            offset,
        });
    }
    Some(dtype)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_strings_name_kind_and_size() {
        let cases = [
            ("<f8", Kind::Float, 8, false),
            (">i4", Kind::Int, 4, true),
            ("U6", Kind::Unicode, 24, false),
            ("|S3", Kind::Bytes, 3, false),
            ("O", Kind::Object, 8, false),
            ("bool", Kind::Bool, 1, false),
            ("M8[ns]", Kind::Datetime, 8, false),
            ("V64", Kind::Void, 64, false),
        ];
        for (text, kind, itemsize, big_endian) in cases {
            let dtype = Dtype::parse(text).unwrap();
            assert_eq!(
                (dtype.kind, dtype.itemsize, dtype.big_endian),
                (kind, itemsize, big_endian),
                "{text}"
            );
        }
        for text in ["", "<", "q", "f3", "i16", "U99999999999999999999", "é8"] {
            assert_eq!(Dtype::parse(text), None, "{text}");
        }
    }
}
