//! Values of an object graph in a few words, for people: parameters, shapes, sizes.

use std::borrow::Cow;
use std::fmt::Write as _;

use compact_str::{CompactString, ToCompactString};

use crate::pickle::{ArrayView, Data, Dtype, Graph, Kind, Node, NodeId};
use crate::text;

/// Longest text of one value.
const WIDTH: usize = 60;

/// Members of a container that are spelled out.
const MEMBERS: usize = 4;

/// A value in a few words; nested containers only one level deep.
pub fn value(graph: &Graph, id: NodeId) -> CompactString {
    let mut words = CompactString::default();
    spell(graph, id, 2, &mut words);
    match text::shortened(&words, WIDTH) {
        Cow::Borrowed(_) => words,
        Cow::Owned(cut) => cut.into(),
    }
}

/// The class, function or kind of a node: `sklearn.svm._classes.SVC`, `dict of 3`, `float64 (3, 2)`.
pub fn kind(graph: &Graph, id: NodeId) -> String {
    match graph.node(id) {
        Node::None => "None".into(),
        Node::Bool(_) => "bool".into(),
        Node::Int(_) | Node::Long(_) => "int".into(),
        Node::Float(_) => "float".into(),
        Node::Str(_) | Node::RawStr(_) => "str".into(),
        Node::Bytes(_) => "bytes".into(),
        Node::ByteArray(_) => "bytearray".into(),
        Node::Buffer(_) => "out-of-band buffer".into(),
        Node::List(items) | Node::Set(items) => {
            let word = if matches!(graph.node(id), Node::Set(_)) {
                "set"
            } else {
                "list"
            };
            format!("{word} of {}", items.len())
        }
        Node::Tuple(items) => format!("tuple of {}", items.len()),
        Node::FrozenSet(items) => format!("frozenset of {}", items.len()),
        Node::Dict(pairs) => format!("dict of {}", pairs.len()),
        Node::Global(global) => text::short(&global.to_string(), 120),
        Node::Persistent(_) => "persistent object".into(),
        Node::Extension(code) => format!("extension code {code}"),
        Node::Array(_) => array(graph, id).unwrap_or_else(|| "numpy array".into()),
        Node::Object(_) => array(graph, id).unwrap_or_else(|| class(graph, id)),
    }
}

/// What an object that is no array is an instance of.
fn class(graph: &Graph, id: NodeId) -> String {
    let Some(object) = graph.object(id) else {
        return "object".into();
    };
    super::code::made(graph, id)
        .map(|made| text::short(&made, 120))
        .or_else(|| {
            let class = graph.class(id)?;
            Some(text::short(&class.to_string(), 120))
        })
        .or_else(|| {
            let class = super::code::class_name(graph, object.callable)?;
            Some(format!("{class} (its class is defined in the file)"))
        })
        .unwrap_or_else(|| match graph.node(object.callable) {
            Node::Object(_) => "result of a computed call".into(),
            _ => "object".into(),
        })
}

/// `float64 (3, 2)` for numpy arrays in any of their pickled forms.
pub fn array(graph: &Graph, id: NodeId) -> Option<String> {
    let mut words = CompactString::default();
    spell_array(graph, id, &mut words).then(|| words.into())
}

/// Writes [`array`] into `words`, and whether it is one.
fn spell_array(graph: &Graph, id: NodeId, words: &mut CompactString) -> bool {
    let view = crate::pickle::view(graph, id);
    if let Some(view) = &view {
        spell_view(view, words);
    }
    view.is_some()
}

fn spell_view(view: &ArrayView, words: &mut CompactString) {
    dtype(&view.dtype, words);
    words.push_str(" (");
    for (index, side) in view.shape.iter().enumerate() {
        if index > 0 {
            words.push_str(", ");
        }
        words.push_str(&side.to_compact_string());
    }
    words.push_str(if view.shape.len() == 1 { ",)" } else { ")" });
}

/// Writes a value into `words`. Writing into a string cannot fail.
fn spell(graph: &Graph, id: NodeId, depth: usize, words: &mut CompactString) {
    match graph.node(id) {
        Node::None => words.push_str("None"),
        Node::Bool(true) => words.push_str("True"),
        Node::Bool(false) => words.push_str("False"),
        Node::Int(value) => words.push_str(&value.to_compact_string()),
        Node::Long(bytes) => drop(write!(words, "int of {} bits", bytes.len() * 8)),
        Node::Float(value) => float(*value, words),
        Node::Str(data) | Node::RawStr(data) => match data.text() {
            Some(text) => quoted(text, words),
            None => match latin(data).filter(|_| matches!(graph.node(id), Node::RawStr(_))) {
                Some(text) => quoted(&text, words),
                None => drop(write!(words, "str of {} bytes", data.len())),
            },
        },
        Node::List(items) => members(graph, items, '[', ']', depth, words),
        Node::Tuple(items) => members(graph, items, '(', ')', depth, words),
        Node::Set(items) => members(graph, items, '{', '}', depth, words),
        Node::Global(global) => words.push_str(&global.name),
        Node::Object(_) => match crate::pickle::view(graph, id) {
            Some(array) => match scalar(&array) {
                Some(value) => float(value, words),
                None => spell_view(&array, words),
            },
            None => words.push_str(&class(graph, id)),
        },
        Node::Array(_) if spell_array(graph, id, words) => {}
        _ => words.push_str(&kind(graph, id)),
    }
}

fn quoted(text: &str, words: &mut CompactString) {
    words.push('\'');
    words.push_str(&text::shortened(text, WIDTH));
    words.push('\'');
}

/// An 8-bit string of Python 2 that is no UTF-8, read as Latin-1; `None` when it holds controls
/// and is data rather than text.
pub fn latin(data: &Data) -> Option<String> {
    let text: String = data.bytes()?.iter().map(|byte| char::from(*byte)).collect();
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    text.chars().all(plain).then_some(text)
}

fn scalar(view: &ArrayView) -> Option<f64> {
    if !view.shape.is_empty() {
        return None;
    }
    view.to_f64().ok()?.first().copied()
}

fn members(
    graph: &Graph,
    items: &[NodeId],
    open: char,
    close: char,
    depth: usize,
    words: &mut CompactString,
) {
    words.push(open);
    if depth == 0 {
        let _ = write!(words, "…{close} of {}", items.len());
        return;
    }
    for (index, item) in items.iter().take(MEMBERS).enumerate() {
        if index > 0 {
            words.push_str(", ");
        }
        spell(graph, *item, depth - 1, words);
    }
    if items.len() > MEMBERS {
        let _ = write!(words, ", … {} in all", items.len());
    }
    words.push(close);
}

fn float(value: f64, words: &mut CompactString) {
    let whole = value == value.trunc() && value.abs() < 1e16;
    let _ = if whole {
        write!(words, "{value:.1}")
    } else {
        write!(words, "{value}")
    };
}

fn dtype(dtype: &Dtype, words: &mut CompactString) {
    let bits = dtype.itemsize * 8;
    let _ = match dtype.kind {
        Kind::Bool => write!(words, "bool"),
        Kind::Int => write!(words, "int{bits}"),
        Kind::Uint => write!(words, "uint{bits}"),
        Kind::Float => write!(words, "float{bits}"),
        Kind::Complex => write!(words, "complex{bits}"),
        Kind::Datetime => write!(words, "datetime64"),
        Kind::Timedelta => write!(words, "timedelta64"),
        Kind::Bytes => write!(words, "S{}", dtype.itemsize),
        Kind::Unicode => write!(words, "U{}", dtype.itemsize / 4),
        Kind::Object => write!(words, "object"),
        Kind::Void if dtype.fields.is_empty() => write!(words, "V{}", dtype.itemsize),
        Kind::Void => write!(words, "struct of {}", dtype.fields.len()),
    };
}
