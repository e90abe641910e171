//! Values of an object graph in a few words, for people: parameters, shapes, sizes.

use crate::pickle::{Data, Dtype, Graph, Kind, Node, NodeId};
use crate::text;

/// Longest text of one value.
const WIDTH: usize = 60;

/// Members of a container that are spelled out.
const MEMBERS: usize = 4;

/// A value in a few words; nested containers only one level deep.
pub fn value(graph: &Graph, id: NodeId) -> String {
    text::short(&spell(graph, id, 2), WIDTH)
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
        Node::Object(object) => array(graph, id)
            .or_else(|| super::code::made(graph, id).map(|made| text::short(&made, 120)))
            .or_else(|| {
                graph
                    .class(id)
                    .map(|class| text::short(&class.to_string(), 120))
            })
            .or_else(|| {
                let class = super::code::class_name(graph, object.callable)?;
                Some(format!("{class} (its class is defined in the file)"))
            })
            .unwrap_or_else(|| match graph.node(object.callable) {
                Node::Object(_) => "result of a computed call".into(),
                _ => "object".into(),
            }),
    }
}

/// `float64 (3, 2)` for numpy arrays in any of their pickled forms.
pub fn array(graph: &Graph, id: NodeId) -> Option<String> {
    let view = crate::pickle::view(graph, id)?;
    let shape: Vec<String> = view.shape.iter().map(ToString::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    Some(format!(
        "{} ({}{comma})",
        dtype(&view.dtype),
        shape.join(", ")
    ))
}

fn spell(graph: &Graph, id: NodeId, depth: usize) -> String {
    match graph.node(id) {
        Node::None => "None".into(),
        Node::Bool(true) => "True".into(),
        Node::Bool(false) => "False".into(),
        Node::Int(value) => value.to_string(),
        Node::Long(bytes) => format!("int of {} bits", bytes.len() * 8),
        Node::Float(value) => float(*value),
        Node::Str(data) | Node::RawStr(data) => match data.text() {
            Some(text) => format!("'{}'", text::short(text, WIDTH)),
            None => match latin(data).filter(|_| matches!(graph.node(id), Node::RawStr(_))) {
                Some(text) => format!("'{}'", text::short(&text, WIDTH)),
                None => format!("str of {} bytes", data.len()),
            },
        },
        Node::List(items) => members(graph, items, '[', ']', depth),
        Node::Tuple(items) => members(graph, items, '(', ')', depth),
        Node::Set(items) => members(graph, items, '{', '}', depth),
        Node::Global(global) => global.name.to_string(),
        Node::Object(_) if scalar(graph, id).is_some() => scalar(graph, id).unwrap_or_default(),
        _ => kind(graph, id),
    }
}

/// An 8-bit string of Python 2 that is no UTF-8, read as Latin-1; `None` when it holds controls
/// and is data rather than text.
pub fn latin(data: &Data) -> Option<String> {
    let text: String = data.bytes()?.iter().map(|byte| char::from(*byte)).collect();
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
    text.chars().all(plain).then_some(text)
}

fn scalar(graph: &Graph, id: NodeId) -> Option<String> {
    let view = crate::pickle::view(graph, id)?;
    if !view.shape.is_empty() {
        return None;
    }
    view.to_f64().ok()?.first().map(|value| float(*value))
}

fn members(graph: &Graph, items: &[NodeId], open: char, close: char, depth: usize) -> String {
    if depth == 0 {
        return format!("{open}…{close} of {}", items.len());
    }
    let mut shown: Vec<String> = items
        .iter()
        .take(MEMBERS)
        .map(|item| spell(graph, *item, depth - 1))
        .collect();
    if items.len() > MEMBERS {
        shown.push(format!("… {} in all", items.len()));
    }
    format!("{open}{}{close}", shown.join(", "))
}

fn float(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e16 {
        format!("{value:.1}")
    } else {
        format!("{value}")
    }
}

fn dtype(dtype: &Dtype) -> String {
    let bits = dtype.itemsize * 8;
    match dtype.kind {
        Kind::Bool => "bool".into(),
        Kind::Int => format!("int{bits}"),
        Kind::Uint => format!("uint{bits}"),
        Kind::Float => format!("float{bits}"),
        Kind::Complex => format!("complex{bits}"),
        Kind::Datetime => "datetime64".into(),
        Kind::Timedelta => "timedelta64".into(),
        Kind::Bytes => format!("S{}", dtype.itemsize),
        Kind::Unicode => format!("U{}", dtype.itemsize / 4),
        Kind::Object => "object".into(),
        Kind::Void if dtype.fields.is_empty() => format!("V{}", dtype.itemsize),
        Kind::Void => format!("struct of {}", dtype.fields.len()),
    }
}
