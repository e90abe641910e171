//! What is kept of an ONNX model's messages.

use std::collections::BTreeMap;

use crate::artifact::protobuf::{Field, Stop, Walker};

/// Bytes of a text that are kept.
const TEXT: u64 = 4096;
/// Inputs, outputs, properties, operator types and external files that are kept of each.
pub(super) const MOST: usize = 10_000;

/// What is kept of a `ModelProto`.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub ir_version: u64,
    pub producer: String,
    pub producer_version: String,
    pub opsets: Vec<(String, u64)>,
    pub properties: Vec<(String, String)>,
    pub graph: Option<Graph>,
}

/// What is kept of its `GraphProto`.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub operators: BTreeMap<String, u64>,
    pub initializers: u64,
    /// Names of initializers: early writers list them among the inputs too.
    pub initialized: Vec<String>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
    pub external: Vec<String>,
}

/// An input or output of the graph.
#[derive(Debug, Default)]
pub(super) struct Port {
    pub name: String,
    pub kind: String,
    /// `None` for a dimension without a fixed size.
    pub shape: Vec<Option<u64>>,
}

impl Port {
    /// `float[?, 3]`; a sequence or a map has no shape.
    pub(super) fn describe(&self) -> String {
        if matches!(self.kind.as_str(), "sequence" | "map" | "optional") {
            return self.kind.clone();
        }
        let sizes: Vec<String> = self
            .shape
            .iter()
            .map(|size| size.map_or_else(|| "?".into(), |size| size.to_string()))
            .collect();
        format!("{}[{}]", self.kind, sizes.join(", "))
    }
}

/// Walks a whole model.
pub(super) fn model(walker: &mut Walker) -> Result<Model, Stop> {
    let mut model = Model::default();
    while let Some(field) = walker.next(None)? {
        match field {
            Field::Number(1, value) => model.ir_version = value,
            Field::Range(2, end) => model.producer = walker.text(end, TEXT)?,
            Field::Range(3, end) => model.producer_version = walker.text(end, TEXT)?,
            Field::Range(7, end) => model.graph = Some(graph(walker, end)?),
            Field::Range(8, end) => {
                let (domain, version) = pair_of_text_and_number(walker, end)?;
                push(&mut model.opsets, (domain, version));
            }
            Field::Range(14, end) => {
                let pair = pair_of_texts(walker, end)?;
                push(&mut model.properties, pair);
            }
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(model)
}

fn graph(walker: &mut Walker, end: u64) -> Result<Graph, Stop> {
    let mut graph = Graph::default();
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(1, end) => {
                let operator = node(walker, end)?;
                if graph.operators.len() < MOST || graph.operators.contains_key(&operator) {
                    *graph.operators.entry(operator).or_default() += 1;
                }
            }
            Field::Range(5, end) => {
                graph.initializers += 1;
                let name = tensor(walker, end, &mut graph.external)?;
                push(&mut graph.initialized, name);
            }
            Field::Range(11, end) => {
                let port = port(walker, end)?;
                push(&mut graph.inputs, port);
            }
            Field::Range(12, end) => {
                let port = port(walker, end)?;
                push(&mut graph.outputs, port);
            }
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(graph)
}

/// The operator of a node, with its domain when that is not ONNX's own. Attributes, with subgraphs
/// in them, are passed over.
fn node(walker: &mut Walker, end: u64) -> Result<String, Stop> {
    let (mut operator, mut domain) = (String::new(), String::new());
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(4, end) => operator = walker.text(end, 200)?,
            Field::Range(7, end) => domain = walker.text(end, 200)?,
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(match domain.as_str() {
        "" | "ai.onnx" | "ai.onnx.ml" => operator,
        _ => format!("{domain}.{operator}"),
    })
}

/// The name of an initializer; notes the file that its data stands in.
fn tensor(walker: &mut Walker, end: u64, external: &mut Vec<String>) -> Result<String, Stop> {
    let mut name = String::new();
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(8, end) => name = walker.text(end, TEXT)?,
            Field::Range(13, end) => {
                let (key, value) = pair_of_texts(walker, end)?;
                if key == "location" && !external.contains(&value) && external.len() < 100 {
                    external.push(value);
                }
            }
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(name)
}

/// A `ValueInfoProto`: name, and the type inside `TypeProto`.
fn port(walker: &mut Walker, end: u64) -> Result<Port, Stop> {
    let mut port = Port::default();
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(1, end) => port.name = walker.text(end, TEXT)?,
            Field::Range(2, end) => {
                while let Some(kind) = walker.next(Some(end))? {
                    match kind {
                        Field::Range(1, end) => tensor_type(walker, end, &mut port)?,
                        Field::Range(number, end) => {
                            port.kind = match number {
                                4 => "sequence",
                                5 => "map",
                                9 => "optional",
                                8 => "sparse tensor",
                                _ => "unknown",
                            }
                            .into();
                            walker.skip(end)?;
                        }
                        Field::Number(..) => {}
                    }
                }
            }
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(port)
}

/// `TypeProto.Tensor`: element type and shape.
fn tensor_type(walker: &mut Walker, end: u64, port: &mut Port) -> Result<(), Stop> {
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Number(1, kind) => port.kind = element(kind).into(),
            Field::Range(2, end) => {
                while let Some(dimension) = walker.next(Some(end))? {
                    if let Field::Range(1, end) = dimension {
                        let mut size = None;
                        while let Some(part) = walker.next(Some(end))? {
                            match part {
                                Field::Number(1, value) => size = Some(value),
                                Field::Range(_, end) => walker.skip(end)?,
                                Field::Number(..) => {}
                            }
                        }
                        if port.shape.len() < 32 {
                            port.shape.push(size.filter(|size| *size != 0));
                        }
                    } else if let Field::Range(_, end) = dimension {
                        walker.skip(end)?;
                    }
                }
            }
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok(())
}

/// `OperatorSetIdProto`: domain and version.
fn pair_of_text_and_number(walker: &mut Walker, end: u64) -> Result<(String, u64), Stop> {
    let (mut words, mut number) = (String::new(), 0);
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(1, end) => words = walker.text(end, 200)?,
            Field::Number(2, value) => number = value,
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok((words, number))
}

/// `StringStringEntryProto`: key and value.
fn pair_of_texts(walker: &mut Walker, end: u64) -> Result<(String, String), Stop> {
    let (mut key, mut value) = (String::new(), String::new());
    while let Some(field) = walker.next(Some(end))? {
        match field {
            Field::Range(1, end) => key = walker.text(end, TEXT)?,
            Field::Range(2, end) => value = walker.text(end, TEXT)?,
            Field::Range(_, end) => walker.skip(end)?,
            Field::Number(..) => {}
        }
    }
    Ok((key, value))
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() < MOST {
        list.push(item);
    }
}

/// `TensorProto.DataType`.
fn element(kind: u64) -> &'static str {
    match kind {
        1 => "float",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "string",
        9 => "bool",
        10 => "float16",
        11 => "double",
        12 => "uint32",
        13 => "uint64",
        14 => "complex64",
        15 => "complex128",
        16 => "bfloat16",
        _ => "unknown",
    }
}
