//! An object graph in the JSON form of `tests/fixtures/README.md`: what Python gets from the file.
//!
//! Objects that are met more than once are written once and named afterwards, like there. The walk
//! recurses, so it is for fixtures of ordinary depth.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shelflife::pickle::{
    self, ArrayData, ArrayView, Construction, Data, Dtype, Graph, Kind, Node, NodeId, Object, view,
};

/// An array with more elements than this is described by a digest and its ends.
const LONG_ARRAY: usize = 64;

/// The canonical form of the value at `root`, or what stands in its way.
pub fn describe(graph: &Graph, root: NodeId) -> Result<Value, String> {
    let mut describer = Describer {
        graph,
        times: HashMap::new(),
        numbers: HashMap::new(),
    };
    describer.count(root)?;
    describer.one(root)
}

struct Describer<'g> {
    graph: &'g Graph,
    times: HashMap<NodeId, usize>,
    numbers: HashMap<NodeId, usize>,
}

/// A node in Python's terms: the calls that old protocols spell values with are resolved.
enum Part {
    Atom(Value),
    Sequence(&'static str, Vec<NodeId>),
    Set(&'static str, Vec<NodeId>),
    Dict(Vec<(NodeId, NodeId)>),
    Persistent(NodeId),
    Array(Map<String, Value>, Vec<NodeId>),
    Object(String, Box<Object>),
}

impl Describer<'_> {
    fn count(&mut self, id: NodeId) -> Result<(), String> {
        let part = part(self.graph, id)?;
        if matches!(part, Part::Atom(_)) {
            return Ok(());
        }
        let times = self.times.entry(id).or_default();
        *times += 1;
        if *times > 1 {
            return Ok(());
        }
        let inner = match part {
            Part::Atom(_) => Vec::new(),
            Part::Sequence(_, items) | Part::Set(_, items) | Part::Array(_, items) => items,
            Part::Dict(pairs) => flat(&pairs),
            Part::Persistent(inner) => vec![inner],
            Part::Object(_, object) => {
                let mut inner = self.args(&object)?;
                inner.extend(object.state.iter().chain(&object.items));
                inner.extend(flat(&object.pairs));
                if let Some(kwargs) = object.kwargs {
                    inner.extend(
                        self.graph
                            .pairs(kwargs)
                            .unwrap_or_default()
                            .iter()
                            .map(|p| p.1),
                    );
                }
                inner
            }
        };
        inner.into_iter().try_for_each(|id| self.count(id))
    }

    fn one(&mut self, id: NodeId) -> Result<Value, String> {
        let part = part(self.graph, id)?;
        if let Part::Atom(value) = part {
            return Ok(value);
        }
        if self.times[&id] == 1 {
            return self.compound(part);
        }
        if let Some(number) = self.numbers.get(&id) {
            return Ok(json!(["ref", number]));
        }
        let number = self.numbers.len();
        self.numbers.insert(id, number);
        Ok(json!(["let", number, self.compound(part)?]))
    }

    fn compound(&mut self, part: Part) -> Result<Value, String> {
        Ok(match part {
            Part::Atom(value) => value,
            Part::Sequence(word, items) => json!([word, self.all(&items)?]),
            Part::Set(word, items) => {
                let mut items = self.all(&items)?;
                items.sort_by_key(Value::to_string);
                json!([word, items])
            }
            Part::Dict(pairs) => json!(["dict", self.pairs(&pairs)?]),
            Part::Persistent(inner) => json!(["persistent", self.one(inner)?]),
            Part::Array(mut described, nodes) => {
                if !described.contains_key("values") && !described.contains_key("sha256") {
                    described.insert("values".into(), self.all(&nodes)?.into());
                }
                json!(["array", described])
            }
            Part::Object(callable, object) => self.object(&callable, &object)?,
        })
    }

    fn object(&mut self, callable: &str, object: &Object) -> Result<Value, String> {
        let by = match object.how {
            Construction::Reduce => "reduce",
            Construction::NewObj => "newobj",
            Construction::NewObjEx => "newobj_ex",
            Construction::Inst => "inst",
        };
        let args = self.args(object)?;
        let mut described = json!({"by": by, "callable": callable, "args": self.all(&args)?});
        if let Some(kwargs) = object.kwargs {
            let mut named = Map::new();
            for (key, value) in self.graph.pairs(kwargs).unwrap_or_default() {
                let key = self.graph.text(*key).ok_or("a keyword that is no text")?;
                named.insert(key.to_owned(), self.one(*value)?);
            }
            described["kwargs"] = named.into();
        }
        match object.state[..] {
            [] => {}
            [state] => described["state"] = self.one(state)?,
            _ => return Err("several states".into()),
        }
        if !object.items.is_empty() {
            described["items"] = self.all(&object.items)?.into();
        }
        if !object.pairs.is_empty() {
            described["pairs"] = self.pairs(&object.pairs)?.into();
        }
        Ok(json!(["object", described]))
    }

    fn args(&self, object: &Object) -> Result<Vec<NodeId>, String> {
        let args = self.graph.items(object.args);
        Ok(args.ok_or("arguments that are no tuple")?.to_vec())
    }

    fn all(&mut self, items: &[NodeId]) -> Result<Vec<Value>, String> {
        items.iter().map(|id| self.one(*id)).collect()
    }

    fn pairs(&mut self, pairs: &[(NodeId, NodeId)]) -> Result<Vec<Value>, String> {
        let pair =
            |(key, value): &(NodeId, NodeId)| Ok(json!([self.one(*key)?, self.one(*value)?]));
        pairs.iter().map(pair).collect()
    }
}

fn flat(pairs: &[(NodeId, NodeId)]) -> Vec<NodeId> {
    pairs
        .iter()
        .flat_map(|(key, value)| [*key, *value])
        .collect()
}

fn part(graph: &Graph, id: NodeId) -> Result<Part, String> {
    let atom = match graph.node(id) {
        Node::None => json!(["none"]),
        Node::Bool(flag) => json!(["bool", flag]),
        Node::Int(number) => json!(["int", number.to_string()]),
        Node::Long(bytes) => json!(["int", decimal(bytes)]),
        Node::Float(number) => json!(["float", repr(*number)]),
        Node::Str(data) => match data.text() {
            Some(text) => json!(["str", text]),
            None => json!(["surrogates", hex(kept(data)?)]),
        },
        Node::RawStr(data) => json!(["str8", hex(kept(data)?)]),
        Node::Bytes(data) => json!(["bytes", hex(kept(data)?)]),
        Node::ByteArray(data) => json!(["bytearray", hex(kept(data)?)]),
        Node::Buffer(index) => json!(["buffer", index]),
        Node::Extension(code) => json!(["extension", code]),
        Node::Global(_) => json!(["global", name(graph, id)?]),
        Node::Tuple(items) if items.is_empty() => json!(["tuple", []]),
        Node::Tuple(items) => return Ok(Part::Sequence("tuple", items.to_vec())),
        Node::List(items) => return Ok(Part::Sequence("list", items.clone())),
        Node::Set(items) => return Ok(Part::Set("set", items.clone())),
        Node::FrozenSet(items) => return Ok(Part::Set("frozenset", items.to_vec())),
        Node::Dict(pairs) => return Ok(Part::Dict(pairs.clone())),
        Node::Persistent(inner) => return Ok(Part::Persistent(*inner)),
        Node::Array(_) => return array(graph, id),
        Node::Object(object) => return call(graph, id, object),
    };
    Ok(Part::Atom(atom))
}

/// An object, or the value that a call of a built-in function spells.
fn call(graph: &Graph, id: NodeId, object: &Object) -> Result<Part, String> {
    let callable = name(graph, object.callable)?;
    let args = graph.items(object.args).unwrap_or_default();
    let atom = match (callable.as_str(), args) {
        ("_codecs.encode" | "builtins.bytes", _) => json!(["bytes", hex(&bytes(graph, id)?)]),
        ("builtins.bytearray", []) => json!(["bytearray", ""]),
        ("builtins.bytearray", [content, ..]) => {
            json!(["bytearray", hex(&bytes(graph, *content)?)])
        }
        ("builtins.complex", [real, imaginary]) => {
            let float = |id: &NodeId| match graph.node(*id) {
                Node::Float(number) => Ok(repr(*number)),
                other => Err(format!("a complex number of {other:?}")),
            };
            json!(["complex", float(real)?, float(imaginary)?])
        }
        ("builtins.set", [items]) => {
            let items = graph.items(*items).ok_or("a set of no list")?;
            return Ok(Part::Set("set", items.to_vec()));
        }
        ("builtins.frozenset", [items]) => {
            let items = graph.items(*items).ok_or("a set of no list")?;
            return Ok(Part::Set("frozenset", items.to_vec()));
        }
        ("numpy.dtype", _) => {
            let dtype = Dtype::read(graph, id).ok_or("no dtype")?;
            json!(["dtype", dtype_text(graph, id, &dtype, false)])
        }
        (callable, _) if callable.ends_with(".multiarray.scalar") => {
            let view = view(graph, id).ok_or("no scalar")?;
            let dtype = dtype_text(graph, args[0], &view.dtype, true);
            json!(["scalar", {"dtype": dtype, "value": elements(graph, &view)?[0]}])
        }
        (callable, _)
            if callable.ends_with(".multiarray._reconstruct")
                || callable.ends_with(".numeric._frombuffer") =>
        {
            return array(graph, id);
        }
        _ => return Ok(Part::Object(callable, Box::new(object.clone()))),
    };
    Ok(Part::Atom(atom))
}

fn array(graph: &Graph, id: NodeId) -> Result<Part, String> {
    let view = view(graph, id).ok_or_else(|| format!("no array: {:?}", graph.node(id)))?;
    let (dtype, native) = match graph.node(id) {
        Node::Array(array) => (array.dtype, false),
        // numpy turns elements into the machine's byte order when it sets an array's state.
        Node::Object(object) => match object.state.last().and_then(|s| graph.items(*s)) {
            Some(state) => (state[2], true),
            None => (graph.items(object.args).ok_or("no arguments")?[1], false),
        },
        other => return Err(format!("no array: {other:?}")),
    };
    let column_major = view.fortran && view.shape.iter().filter(|side| **side != 1).count() > 1;
    let mut described = Map::new();
    described.insert(
        "dtype".into(),
        dtype_text(graph, dtype, &view.dtype, native),
    );
    described.insert("shape".into(), json!(view.shape));
    described.insert("order".into(), json!(if column_major { "F" } else { "C" }));
    if let ArrayData::Nodes(nodes) = &view.data {
        return Ok(Part::Array(described, nodes.to_vec()));
    }
    let flat = elements(graph, &view)?;
    if flat.len() > LONG_ARRAY {
        let ArrayData::Raw(bytes) = &view.data else {
            return Err("a long array without bytes".into());
        };
        if column_major {
            return Err("a long array in column-major order".into());
        }
        described.insert("sha256".into(), json!(hex(&Sha256::digest(bytes))));
        described.insert("first".into(), json!(flat[..4]));
        described.insert("last".into(), json!(flat[flat.len() - 4..]));
    } else {
        described.insert("values".into(), flat.into());
    }
    Ok(Part::Array(described, Vec::new()))
}

/// The elements in row-major order.
fn elements(graph: &Graph, view: &ArrayView) -> Result<Vec<Value>, String> {
    if !view.dtype.fields.is_empty() {
        let mut columns = Vec::new();
        for field in &view.dtype.fields {
            let column = view.field(&field.name).ok_or("a field out of reach")?;
            columns.push(elements(graph, &column)?);
        }
        let row = |at: usize| columns.iter().map(|column| column[at].clone()).collect();
        return Ok((0..view.len()).map(row).collect());
    }
    let size = view.dtype.itemsize;
    let raw = || match &view.data {
        ArrayData::Raw(bytes) if !view.fortran || view.shape.len() < 2 => {
            Ok(bytes.chunks_exact(size))
        }
        _ => Err("elements in an order that the test does not undo".to_owned()),
    };
    let float = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
    Ok(match view.dtype.kind {
        Kind::Complex if size == 16 => raw()?
            .map(|b| json!([repr(float(&b[..8])), repr(float(&b[8..]))]))
            .collect(),
        Kind::Datetime | Kind::Timedelta => raw()?
            .map(|b| json!(i64::from_le_bytes(b.try_into().unwrap()).to_string()))
            .collect(),
        Kind::Bytes => raw()?
            .map(|b| json!(hex(b).trim_end_matches("00")))
            .collect(),
        _ => {
            let values = view.values(graph).map_err(|error| error.to_string())?;
            values.iter().map(element).collect()
        }
    })
}

fn element(value: &pickle::Value) -> Value {
    match value {
        pickle::Value::Bool(flag) => json!(flag),
        pickle::Value::Int(number) => json!(number.to_string()),
        pickle::Value::Float(number) => json!(repr(*number)),
        pickle::Value::Text(text) => json!(text),
        other => json!(format!("{other:?}")),
    }
}

/// numpy's `dtype.str`, or name, type and offset of each field.
fn dtype_text(graph: &Graph, node: NodeId, dtype: &Dtype, native: bool) -> Value {
    if !dtype.fields.is_empty() {
        let field = |field: &pickle::Field| {
            let inner = dtype_text(graph, node, &field.dtype, native);
            json!([field.name, inner, field.offset])
        };
        return dtype.fields.iter().map(field).collect();
    }
    let (letter, count) = match dtype.kind {
        Kind::Object => return json!("|O"),
        Kind::Bool => ('b', 1),
        Kind::Int => ('i', dtype.itemsize),
        Kind::Uint => ('u', dtype.itemsize),
        Kind::Float => ('f', dtype.itemsize),
        Kind::Complex => ('c', dtype.itemsize),
        Kind::Datetime => ('M', 8),
        Kind::Timedelta => ('m', 8),
        Kind::Bytes => ('S', dtype.itemsize),
        Kind::Unicode => ('U', dtype.itemsize / 4),
        Kind::Void => ('V', dtype.itemsize),
    };
    let order = match dtype.kind {
        Kind::Bool | Kind::Bytes | Kind::Void => '|',
        Kind::Int | Kind::Uint if count == 1 => '|',
        _ if dtype.big_endian && !native => '>',
        _ => '<',
    };
    let unit = unit(graph, node).map_or_else(String::new, |unit| format!("[{unit}]"));
    json!(format!("{order}{letter}{count}{unit}"))
}

/// The unit of a date type: the last member of its state is `(metadata, (unit, 1, 1, 1))`.
fn unit(graph: &Graph, dtype: NodeId) -> Option<String> {
    let state = graph.items(*graph.object(dtype)?.state.last()?)?;
    let scale = graph.items(*graph.items(*state.get(8)?)?.get(1)?)?;
    String::from_utf8(bytes(graph, scale[0]).ok()?).ok()
}

/// A byte string in any of its spellings.
fn bytes(graph: &Graph, id: NodeId) -> Result<Vec<u8>, String> {
    match graph.node(id) {
        Node::Bytes(data) | Node::RawStr(data) => Ok(kept(data)?.to_vec()),
        Node::Str(data) => {
            let text = data.text().ok_or("no text")?;
            let byte = |c: char| u8::try_from(u32::from(c)).map_err(|e| e.to_string());
            text.chars().map(byte).collect()
        }
        Node::Object(object) => match graph.items(object.args) {
            Some([]) | None => Ok(Vec::new()),
            Some([content, ..]) => bytes(graph, *content),
        },
        other => Err(format!("{other:?} is no byte string")),
    }
}

fn kept(data: &Data) -> Result<&[u8], String> {
    data.bytes()
        .ok_or_else(|| "bytes that were not kept".into())
}

/// The Python 3 name of a global.
fn name(graph: &Graph, id: NodeId) -> Result<String, String> {
    let global = graph.global(id).ok_or("a callable without a name")?;
    let module = match &*global.module {
        "__builtin__" => "builtins",
        "copy_reg" => "copyreg",
        other => other,
    };
    Ok(format!("{module}.{}", global.name))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap();
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// Little-endian two's complement as decimal text, by repeated division.
pub fn decimal(bytes: &[u8]) -> String {
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut rest = bytes.to_vec();
    if negative {
        let mut carry = 1;
        for byte in &mut rest {
            let sum = u16::from(!*byte) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
    }
    let mut digits = Vec::new();
    while rest.iter().any(|byte| *byte != 0) {
        let mut carry = 0_u16;
        for byte in rest.iter_mut().rev() {
            let value = carry << 8 | u16::from(*byte);
            *byte = (value / 10) as u8;
            carry = value % 10;
        }
        digits.push(b'0' + carry as u8);
    }
    if digits.is_empty() {
        return "0".into();
    }
    digits.extend(negative.then_some(b'-'));
    digits.reverse();
    String::from_utf8(digits).unwrap()
}

/// Python's `repr` of a float: the shortest digits that read back, in fixed notation from 1e-4 up to
/// below 1e16.
fn repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    if number == 0.0 || (-4..16).contains(&exponent) {
        let fixed = format!("{number}");
        return if fixed.contains('.') {
            fixed
        } else {
            fixed + ".0"
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
