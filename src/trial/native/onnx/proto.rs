//! The messages of an ONNX file with all their numbers
//! (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>). Sparse tensors and data in other files are
//! refused.

use super::tensor::{Data, Tensor};
use super::{MOST_NODES, WHAT};
use crate::trial::native::stop::Stop;

/// How deep graphs may stand in each other.
const MOST_DEPTH: usize = 4;

/// What is read of a model.
#[derive(Default)]
pub struct Model {
    /// Domain and version of each operator set.
    pub opsets: Vec<(String, i64)>,
    pub graph: Graph,
}

/// A graph: that of the model, or one that an operator runs.
#[derive(Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub initializers: Vec<(String, Tensor)>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<String>,
}

/// An operator with its attributes.
#[derive(Default)]
pub struct Node {
    pub operator: String,
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<(String, Attribute)>,
}

/// The value of an attribute.
pub enum Attribute {
    Float(f32),
    Int(i64),
    Text(String),
    Tensor(Tensor),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    Texts(Vec<String>),
    Graph(Graph),
}

/// An input of the graph.
#[derive(Default)]
pub struct Port {
    pub name: String,
    /// `TensorProto.DataType`; 0 for what is no tensor.
    pub kind: i64,
    /// How many dimensions, and the size of the last where it is fixed.
    pub dimensions: usize,
    pub width: Option<usize>,
}

/// One field of a message.
enum Field<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

fn broken(what: &str) -> Stop {
    Stop::refused(WHAT, format!("its {what} cannot be used"))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The next field of a message and its number; `None` at the end and for what is no message.
fn next<'b>(bytes: &mut &'b [u8]) -> Option<(u64, Field<'b>)> {
    let tag = varint(bytes)?;
    let length = match tag & 7 {
        0 => return Some((tag >> 3, Field::Number(varint(bytes)?))),
        1 => 8,
        5 => 4,
        2 => usize::try_from(varint(bytes)?).ok()?,
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    let field = match (tag & 7, content) {
        (5, [a, b, c, d]) => Field::Number(u32::from_le_bytes([*a, *b, *c, *d]).into()),
        (1, content) => Field::Number(
            content
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        ),
        _ => Field::Bytes(content),
    };
    Some((tag >> 3, field))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every field of a message; an error when it ends inside one.
fn fields<'b>(
    mut bytes: &'b [u8],
    mut each: impl FnMut(u64, Field<'b>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    while !bytes.is_empty() {
        let (number, field) = next(&mut bytes).ok_or_else(|| broken("messages"))?;
        each(number, field)?;
    }
    Ok(())
}

/// Reads a `ModelProto`.
pub fn model(bytes: &[u8]) -> Result<Model, Stop> {
    let mut model = Model::default();
    fields(bytes, |number, field| {
        match (number, field) {
            (7, Field::Bytes(content)) => graph(content, &mut model.graph, 0)?,
            (8, Field::Bytes(set)) => {
                let (mut domain, mut version) = (String::new(), 0);
                fields(set, |number, field| {
                    match (number, field) {
                        (1, Field::Bytes(name)) => domain = text(name),
                        (2, Field::Number(number)) => version = number as i64,
                        _ => {}
                    }
                    Ok(())
                })?;
                model.opsets.push((domain, version));
            }
            (25, Field::Bytes(_)) => {
                return Err(Stop::refused(
                    WHAT,
                    "functions of its own are not evaluated",
                ));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(model)
}

/// Reads a `GraphProto`; `depth` counts the graphs around it.
fn graph(bytes: &[u8], graph: &mut Graph, depth: usize) -> Result<(), Stop> {
    if depth > MOST_DEPTH {
        return Err(Stop::refused(
            WHAT,
            "its graphs stand too deep in each other",
        ));
    }
    fields(bytes, |number, field| {
        let Field::Bytes(content) = field else {
            return Ok(());
        };
        match number {
            1 if graph.nodes.len() < MOST_NODES => graph.nodes.push(node(content, depth)?),
            5 if graph.initializers.len() < MOST_NODES => {
                graph.initializers.push(tensor(content)?);
            }
            1 | 5 => return Err(Stop::refused(WHAT, "it has too many operators")),
            11 => graph.inputs.push(port(content)?),
            12 => graph.outputs.push(port(content)?.name),
            15 => return Err(Stop::refused(WHAT, "sparse tensors are not evaluated")),
            _ => {}
        }
        Ok(())
    })
}

fn node(bytes: &[u8], depth: usize) -> Result<Node, Stop> {
    let mut node = Node::default();
    fields(bytes, |number, field| {
        let Field::Bytes(content) = field else {
            return Ok(());
        };
        match number {
            1 => node.inputs.push(text(content)),
            2 => node.outputs.push(text(content)),
            4 => node.operator = text(content),
            5 => node.attributes.push(attribute(content, depth)?),
            7 => node.domain = text(content),
            _ => {}
        }
        Ok(())
    })?;
    Ok(node)
}

fn attribute(bytes: &[u8], depth: usize) -> Result<(String, Attribute), Stop> {
    let (mut name, mut kind) = (String::new(), 0);
    let (mut float, mut int, mut word, mut held) = (0.0, 0, String::new(), None);
    let (mut floats, mut ints, mut words) = (Vec::new(), Vec::new(), Vec::new());
    let mut inner = Graph::default();
    fields(bytes, |number, field| {
        match (number, field) {
            (1, Field::Bytes(content)) => name = text(content),
            (2, Field::Number(bits)) => float = f32::from_bits(bits as u32),
            (3, Field::Number(number)) => int = number as i64,
            (4, Field::Bytes(content)) => word = text(content),
            (5, Field::Bytes(content)) => held = Some(tensor(content)?.1),
            (6, Field::Bytes(content)) => graph(content, &mut inner, depth + 1)?,
            (7, Field::Number(bits)) => floats.push(f32::from_bits(bits as u32)),
            (7, Field::Bytes(packed)) => floats.extend(singles(packed)),
            (8, Field::Number(number)) => ints.push(number as i64),
            (8, Field::Bytes(packed)) => ints.extend(packed_ints(packed)?),
            (9, Field::Bytes(content)) => words.push(text(content)),
            (20, Field::Number(number)) => kind = number,
            _ => {}
        }
        Ok(())
    })?;
    let value = match (kind, held) {
        (1, _) => Attribute::Float(float),
        (2, _) => Attribute::Int(int),
        (3, _) => Attribute::Text(word),
        (4, Some(tensor)) => Attribute::Tensor(tensor),
        (5, _) => Attribute::Graph(inner),
        (6, _) => Attribute::Floats(floats),
        (7, _) => Attribute::Ints(ints),
        (8, _) => Attribute::Texts(words),
        _ => {
            return Err(Stop::refused(
                WHAT,
                "lists of graphs and of tensors are not evaluated",
            ));
        }
    };
    Ok((name, value))
}

fn singles(packed: &[u8]) -> Vec<f32> {
    let words = packed.chunks_exact(4);
    words
        .map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect()
}

fn eights(packed: &[u8]) -> impl Iterator<Item = [u8; 8]> {
    packed
        .chunks_exact(8)
        .filter_map(|word| word.try_into().ok())
}

fn packed_ints(mut packed: &[u8]) -> Result<Vec<i64>, Stop> {
    let mut ints = Vec::new();
    while !packed.is_empty() {
        ints.push(varint(&mut packed).ok_or_else(|| broken("messages"))? as i64);
    }
    Ok(ints)
}

/// A `TensorProto` with its name.
fn tensor(bytes: &[u8]) -> Result<(String, Tensor), Stop> {
    let (mut name, mut kind, mut shape, mut raw) = (String::new(), 0, Vec::new(), None);
    let (mut floats, mut ints, mut doubles, mut words) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    fields(bytes, |number, field| {
        match (number, field) {
            (1, Field::Number(size)) => shape.push(size as i64),
            (1, Field::Bytes(packed)) => shape.extend(packed_ints(packed)?),
            (2, Field::Number(number)) => kind = number,
            (4, Field::Number(bits)) => floats.push(f32::from_bits(bits as u32)),
            (4, Field::Bytes(packed)) => floats.extend(singles(packed)),
            (5 | 7, Field::Number(number)) => ints.push(number as i64),
            (5 | 7, Field::Bytes(packed)) => ints.extend(packed_ints(packed)?),
            (6, Field::Bytes(content)) => words.push(text(content)),
            (8, Field::Bytes(content)) => name = text(content),
            (9, Field::Bytes(content)) => raw = Some(content),
            (10, Field::Number(bits)) => doubles.push(f64::from_bits(bits)),
            (10, Field::Bytes(packed)) => doubles.extend(eights(packed).map(f64::from_le_bytes)),
            (13, _) | (14, Field::Number(1)) => {
                return Err(Stop::refused(WHAT, "its numbers stand in another file"));
            }
            _ => {}
        }
        Ok(())
    })?;
    let shape: Option<Vec<usize>> = shape
        .iter()
        .map(|size| usize::try_from(*size).ok())
        .collect();
    let shape = shape.ok_or_else(|| broken("tensors"))?;
    let data = match (kind, raw) {
        (1, None) => Data::F32(floats),
        (1, Some(raw)) => Data::F32(singles(raw)),
        (6, None) => Data::I32(ints.iter().map(|x| *x as i32).collect()),
        (6, Some(raw)) => Data::I32(singles(raw).iter().map(|x| x.to_bits() as i32).collect()),
        (7, None) => Data::I64(ints),
        (7, Some(raw)) => Data::I64(eights(raw).map(i64::from_le_bytes).collect()),
        (8, None) => Data::Text(words),
        (9, None) => Data::Bool(ints.iter().map(|x| *x != 0).collect()),
        (9, Some(raw)) => Data::Bool(raw.iter().map(|x| *x != 0).collect()),
        (11, None) => Data::F64(doubles),
        (11, Some(raw)) => Data::F64(eights(raw).map(f64::from_le_bytes).collect()),
        _ => {
            return Err(Stop::refused(
                WHAT,
                format!("tensors of type {kind} are not evaluated"),
            ));
        }
    };
    let tensor = Tensor::new(shape, data).ok_or_else(|| broken("tensors"))?;
    Ok((name, tensor))
}

/// A `ValueInfoProto`.
fn port(bytes: &[u8]) -> Result<Port, Stop> {
    let mut port = Port::default();
    fields(bytes, |number, field| {
        match (number, field) {
            (1, Field::Bytes(name)) => port.name = text(name),
            (2, Field::Bytes(kind)) => fields(kind, |number, field| match (number, field) {
                (1, Field::Bytes(tensor)) => tensor_type(tensor, &mut port),
                _ => Ok(()),
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(port)
}

fn tensor_type(bytes: &[u8], port: &mut Port) -> Result<(), Stop> {
    fields(bytes, |number, field| match (number, field) {
        (1, Field::Number(kind)) => {
            port.kind = kind as i64;
            Ok(())
        }
        (2, Field::Bytes(shape)) => fields(shape, |number, field| {
            if let (1, Field::Bytes(dimension)) = (number, field) {
                port.dimensions += 1;
                port.width = None;
                fields(dimension, |number, field| {
                    if let (1, Field::Number(size)) = (number, field) {
                        port.width = usize::try_from(size).ok().filter(|size| *size > 0);
                    }
                    Ok(())
                })?;
            }
            Ok(())
        }),
        _ => Ok(()),
    })
}
