//! numpy arrays and scalars as views over graph nodes, whichever way the file spells them.
//!
//! Plain pickles call `_reconstruct` and set a state, protocol 5 calls `_frombuffer`, scalars call
//! `scalar`, joblib puts elements between the opcodes ([`Node::Array`]). [`view`] reads them all and
//! checks that the bytes are as many as shape and dtype say. It does not read other libraries'
//! array types, nor subclasses of `ndarray`.

use std::borrow::Cow;

use ::ndarray::{ArrayD, IxDyn, ShapeBuilder};

use super::dtype::{Dtype, Kind};
use super::{Data, Elements, Graph, Node, NodeId};

/// How many elements an array may have when each takes no bytes (`U0`): nothing else bounds them.
const MAX_EMPTY_ELEMENTS: usize = 1 << 16;
/// How many wrappers may stand around one array (joblib: one, with a nested pickle inside).
const MAX_WRAPPERS: usize = 4;

/// An array in a graph.
#[derive(Clone, Debug)]
pub struct ArrayView<'g> {
    /// The element type.
    pub dtype: Dtype,
    /// The shape; empty for a scalar.
    pub shape: Vec<usize>,
    /// Whether the raw elements stand in column-major order.
    pub fortran: bool,
    /// The elements.
    pub data: ArrayData<'g>,
}

/// Where the elements of an array are.
#[derive(Clone, Debug)]
pub enum ArrayData<'g> {
    /// Raw bytes, as many as shape and dtype say.
    Raw(Cow<'g, [u8]>),
    /// One node an element (object arrays), in row-major order.
    Nodes(Cow<'g, [NodeId]>),
    /// Not kept by the reader, or outside the file.
    Skipped,
}

/// Elements that are given as plain values, and bytes of their texts: many references to one long
/// text would make a copy each.
const VALUES: usize = 4_000_000;
const TEXTS: usize = 64 << 20;

/// Why elements cannot be had in the form asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArrayError {
    /// The reader passed over the bytes.
    #[error("its elements were not read")]
    Skipped,
    /// The elements have no such form.
    #[error("its elements are of another type")]
    Type,
    /// There are more than anyone asks for, or their texts are too long.
    #[error("its elements are more than the reading budget")]
    Budget,
}

/// One element, or one plain Python value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`.
    None,
    /// A truth value.
    Bool(bool),
    /// An integer of at most 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// Something else.
    Other(NodeId),
}

/// The array or numpy scalar at `node`; `None` when it is neither, or contradicts itself.
pub fn view(graph: &Graph, node: NodeId) -> Option<ArrayView<'_>> {
    let mut node = node;
    for _ in 0..MAX_WRAPPERS {
        let array = match graph.node(node) {
            Node::Array(array) => array,
            Node::Object(_) => return called(graph, node),
            _ => return None,
        };
        if let Some(class) = graph.attribute(array.wrapper, "subclass") {
            let class = graph.global(class)?;
            if &*class.module != "numpy" || !matches!(&*class.name, "ndarray" | "memmap") {
                return None;
            }
        }
        match &array.elements {
            // A list right here is the elements themselves, in row-major order.
            Elements::Pickled(root) if matches!(graph.node(*root), Node::List(_)) => {
                let shape = array
                    .shape
                    .iter()
                    .map(|n| usize::try_from(*n).ok())
                    .collect::<Option<Vec<_>>>()?;
                let dtype = Dtype::read(graph, array.dtype)?;
                return checked(dtype, shape, false, buffer(graph, *root)?);
            }
            Elements::Pickled(root) => node = *root,
            Elements::Raw(data) => {
                let shape = array
                    .shape
                    .iter()
                    .map(|n| usize::try_from(*n).ok())
                    .collect::<Option<Vec<_>>>()?;
                let dtype = Dtype::read(graph, array.dtype)?;
                return checked(dtype, shape, array.fortran, raw(data));
            }
        }
    }
    None
}

/// The plain value at `node`: a Python number, text or `None`, or a numpy scalar.
pub fn value(graph: &Graph, node: NodeId) -> Value {
    match graph.node(node) {
        Node::None => Value::None,
        Node::Bool(flag) => Value::Bool(*flag),
        Node::Int(number) => Value::Int(*number),
        Node::Float(number) => Value::Float(*number),
        Node::Str(data) | Node::RawStr(data) => match data.text() {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Other(node),
        },
        Node::Object(_) => match view(graph, node) {
            Some(array) if array.shape.is_empty() => array
                .values(graph)
                .ok()
                .and_then(|values| values.into_iter().next())
                .unwrap_or(Value::Other(node)),
            _ => Value::Other(node),
        },
        _ => Value::Other(node),
    }
}

impl<'g> ArrayView<'g> {
    /// An array over raw bytes; `None` when shape and dtype want another number of bytes.
    pub fn of_bytes(
        dtype: Dtype,
        shape: Vec<usize>,
        fortran: bool,
        bytes: Cow<'g, [u8]>,
    ) -> Option<ArrayView<'g>> {
        checked(dtype, shape, fortran, ArrayData::Raw(bytes))
    }
}

impl ArrayView<'_> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements as floats: from floats of 2, 4 and 8 bytes, integers and booleans.
    pub fn to_f64(&self) -> Result<ArrayD<f64>, ArrayError> {
        let bytes = self.bytes()?;
        let size = self.dtype.itemsize;
        let big = self.dtype.big_endian;
        let read: fn(&[u8], bool) -> f64 = match (self.dtype.kind, size) {
            (Kind::Float, 8) => |b, big| f64::from_bits(word(b, big)),
            (Kind::Float, 4) => |b, big| f64::from(f32::from_bits(word(b, big) as u32)),
            (Kind::Float, 2) => |b, big| half(word(b, big) as u16),
            (Kind::Int, _) => |b, big| signed(b, big) as f64,
            (Kind::Uint, _) => |b, big| word(b, big) as f64,
            (Kind::Bool, _) => |b, _| f64::from(u8::from(b[0] != 0)),
            _ => return Err(ArrayError::Type),
        };
        self.shaped(bytes.chunks_exact(size).map(|b| read(b, big)).collect())
    }

    /// The elements as integers: from integers that fit and booleans.
    pub fn to_i64(&self) -> Result<ArrayD<i64>, ArrayError> {
        let bytes = self.bytes()?;
        let big = self.dtype.big_endian;
        let read = |b: &[u8]| match self.dtype.kind {
            Kind::Int => Ok(signed(b, big)),
            Kind::Uint => i64::try_from(word(b, big)).map_err(|_| ArrayError::Type),
            Kind::Bool => Ok(i64::from(b[0] != 0)),
            _ => Err(ArrayError::Type),
        };
        let numbers = bytes.chunks_exact(self.dtype.itemsize.max(1)).map(read);
        self.shaped(numbers.collect::<Result<_, _>>()?)
    }

    /// Every element in row-major order, whatever simple type it has.
    pub fn values(&self, graph: &Graph) -> Result<Vec<Value>, ArrayError> {
        self.first_values(graph, VALUES + 1)
            .and_then(|values| match values.len() {
                0..=VALUES => Ok(values),
                _ => Err(ArrayError::Budget),
            })
    }

    /// At most `most` of [`ArrayView::values`], the first ones.
    pub fn first_values(&self, graph: &Graph, most: usize) -> Result<Vec<Value>, ArrayError> {
        if let ArrayData::Nodes(nodes) = &self.data {
            let mut texts = 0;
            let mut values = Vec::with_capacity(nodes.len().min(most));
            for node in nodes.iter().take(most) {
                let value = element(graph, *node);
                if let Value::Text(text) = &value {
                    texts += text.len();
                }
                if texts > TEXTS {
                    return Err(ArrayError::Budget);
                }
                values.push(value);
            }
            return Ok(values);
        }
        if self.len() > VALUES {
            return Err(ArrayError::Budget);
        }
        let mut values = self.plain_values()?;
        values.truncate(most);
        Ok(values)
    }

    fn plain_values(&self) -> Result<Vec<Value>, ArrayError> {
        match self.dtype.kind {
            Kind::Bool => Ok(self
                .to_i64()?
                .iter()
                .map(|n| Value::Bool(*n != 0))
                .collect()),
            Kind::Int | Kind::Uint => Ok(self.to_i64()?.iter().map(|n| Value::Int(*n)).collect()),
            Kind::Float => Ok(self.to_f64()?.iter().map(|n| Value::Float(*n)).collect()),
            Kind::Unicode => {
                let texts = self.chunks()?.map(|b| unicode(b, self.dtype.big_endian));
                let texts = texts.collect::<Option<Vec<_>>>().ok_or(ArrayError::Type)?;
                Ok(self.shaped(texts)?.into_iter().map(Value::Text).collect())
            }
            _ => Err(ArrayError::Type),
        }
    }

    /// Zero-padded bytes as text, in row-major order. Python keeps these apart from text.
    pub fn byte_texts(&self) -> Result<Vec<Value>, ArrayError> {
        if self.dtype.kind != Kind::Bytes {
            return Err(ArrayError::Type);
        }
        let text = |bytes: &[u8]| {
            let end = bytes.iter().rposition(|byte| *byte != 0);
            let used = &bytes[..end.map_or(0, |last| last + 1)];
            String::from_utf8(used.to_vec()).map_err(|_| ArrayError::Type)
        };
        let texts = self.chunks()?.map(text).collect::<Result<Vec<_>, _>>()?;
        Ok(self.shaped(texts)?.into_iter().map(Value::Text).collect())
    }

    /// The elements of a one-dimensional object array or list-like, as nodes.
    pub fn nodes(&self) -> Option<&[NodeId]> {
        match &self.data {
            ArrayData::Nodes(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// One field of a structured array, as an array of the same shape.
    pub fn field(&self, name: &str) -> Option<ArrayView<'static>> {
        let field = self.dtype.field(name)?;
        let size = field.dtype.itemsize;
        let mut bytes = Vec::with_capacity(self.len().checked_mul(size)?);
        for element in self.chunks().ok()? {
            bytes.extend_from_slice(element.get(field.offset..field.offset + size)?);
        }
        Some(ArrayView {
            dtype: field.dtype.clone(),
            shape: self.shape.clone(),
            fortran: self.fortran,
            data: ArrayData::Raw(Cow::Owned(bytes)),
        })
    }

    fn bytes(&self) -> Result<&[u8], ArrayError> {
        match &self.data {
            ArrayData::Raw(bytes) => Ok(bytes),
            ArrayData::Nodes(_) => Err(ArrayError::Type),
            ArrayData::Skipped => Err(ArrayError::Skipped),
        }
    }

    /// The bytes of each element in stored order; `len()` empty slices for elements without bytes.
    fn chunks(&self) -> Result<Box<dyn Iterator<Item = &[u8]> + '_>, ArrayError> {
        let bytes = self.bytes()?;
        Ok(if self.dtype.itemsize == 0 {
            Box::new((0..self.len()).map(|_| &[] as &[u8]))
        } else {
            Box::new(bytes.chunks_exact(self.dtype.itemsize))
        })
    }

    fn shaped<T>(&self, stored: Vec<T>) -> Result<ArrayD<T>, ArrayError> {
        let shape = IxDyn(&self.shape).set_f(self.fortran);
        ArrayD::from_shape_vec(shape, stored).map_err(|_| ArrayError::Type)
    }
}

/// An element of an object array. One level only: an array inside an array stays a node.
fn element(graph: &Graph, node: NodeId) -> Value {
    match graph.node(node) {
        Node::Object(object) => {
            let scalar = graph
                .global(object.callable)
                .is_some_and(|callable| &*callable.name == "scalar");
            let nested = |array: &ArrayView| array.nodes().is_some();
            match called(graph, node) {
                Some(array) if scalar && !nested(&array) => array
                    .values(graph)
                    .ok()
                    .and_then(|values| values.into_iter().next())
                    .unwrap_or(Value::Other(node)),
                _ => Value::Other(node),
            }
        }
        Node::Array(_) => Value::Other(node),
        _ => value(graph, node),
    }
}

/// An array or scalar that a call of one of numpy's own functions makes.
fn called(graph: &Graph, node: NodeId) -> Option<ArrayView<'_>> {
    let object = graph.object(node)?;
    let callable = graph.global(object.callable)?;
    let args = graph.items(object.args)?;
    match (&*callable.module, &*callable.name) {
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            let class = graph.global(*args.first()?)?;
            if &*class.module != "numpy" || &*class.name != "ndarray" {
                return None;
            }
            stated(graph, *object.state.last()?)
        }
        // dill's way to spell the same: (function, its arguments, state, attributes of its own).
        ("dill._dill" | "dill.dill" | "dill", "_create_array") => {
            let [function, made, state, ..] = *args else {
                return None;
            };
            let function = graph.global(function)?;
            let class = graph.global(*graph.items(made)?.first()?)?;
            let plain = matches!(
                &*function.module,
                "numpy.core.multiarray" | "numpy._core.multiarray"
            ) && &*function.name == "_reconstruct"
                && &*class.module == "numpy"
                && &*class.name == "ndarray"
                && args
                    .get(3)
                    .is_none_or(|own| matches!(graph.node(*own), Node::None));
            if plain { stated(graph, state) } else { None }
        }
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => {
            let [elements, dtype, shape, order] = *args else {
                return None;
            };
            let dtype = Dtype::read(graph, dtype)?;
            let fortran = graph.text(order)? == "F";
            checked(
                dtype,
                dimensions(graph, shape)?,
                fortran,
                buffer(graph, elements)?,
            )
        }
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => {
            let dtype = Dtype::read(graph, *args.first()?)?;
            let elements = *args.get(1)?;
            if dtype.kind == Kind::Object {
                return checked(
                    dtype,
                    Vec::new(),
                    false,
                    ArrayData::Nodes(Cow::Owned(vec![elements])),
                );
            }
            checked(dtype, Vec::new(), false, buffer(graph, elements)?)
        }
        _ => None,
    }
}

/// An array from the state that numpy gives: version, shape, dtype, whether it is in
/// Fortran's order, bytes or list.
fn stated(graph: &Graph, state: NodeId) -> Option<ArrayView<'_>> {
    let [_, shape, dtype, fortran, elements] = *graph.items(state)? else {
        return None;
    };
    let dtype = Dtype::read(graph, dtype)?;
    let fortran = graph.int(fortran)? != 0;
    checked(
        dtype,
        dimensions(graph, shape)?,
        fortran,
        buffer(graph, elements)?,
    )
}

fn dimensions(graph: &Graph, shape: NodeId) -> Option<Vec<usize>> {
    let one = |node: NodeId| usize::try_from(graph.int(node)?).ok();
    match graph.items(shape) {
        Some(dimensions) => dimensions.iter().map(|n| one(*n)).collect(),
        None => Some(vec![one(shape)?]),
    }
}

fn raw(data: &Data) -> ArrayData<'_> {
    match data.bytes() {
        Some(bytes) => ArrayData::Raw(Cow::Borrowed(bytes)),
        None => ArrayData::Skipped,
    }
}

/// The elements at `node`: bytes however they are spelled, or a list of objects.
fn buffer(graph: &Graph, node: NodeId) -> Option<ArrayData<'_>> {
    match graph.node(node) {
        Node::Bytes(data) | Node::ByteArray(data) | Node::RawStr(data) => Some(raw(data)),
        Node::Buffer(_) => Some(ArrayData::Skipped),
        Node::List(items) => Some(ArrayData::Nodes(Cow::Borrowed(items))),
        Node::Object(object) => {
            let callable = graph.global(object.callable)?;
            let args = graph.items(object.args)?;
            match (&*callable.module, &*callable.name) {
                // Protocols 0 to 2 have no opcode for bytes: text that maps to them one by one.
                ("_codecs", "encode") if graph.text(*args.get(1)?)? == "latin1" => {
                    let Node::Str(data) = graph.node(*args.first()?) else {
                        return None;
                    };
                    // Decoding takes the whole length, and many arrays may share one text.
                    let whole = data.bytes().map_or(0, <[u8]>::len);
                    if data.bytes().is_none() || !graph.effort().spend(whole / 4) {
                        return Some(ArrayData::Skipped);
                    }
                    let bytes = data
                        .text()?
                        .chars()
                        .map(|c| u8::try_from(u32::from(c)).ok());
                    Some(ArrayData::Raw(Cow::Owned(bytes.collect::<Option<_>>()?)))
                }
                // The same protocols call `bytes()` and `bytearray(...)` for these.
                ("__builtin__" | "builtins", "bytes" | "bytearray") if args.is_empty() => {
                    Some(ArrayData::Raw(Cow::Borrowed(&[])))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The view, when elements, shape and dtype agree.
fn checked(
    dtype: Dtype,
    shape: Vec<usize>,
    fortran: bool,
    data: ArrayData<'_>,
) -> Option<ArrayView<'_>> {
    let count = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d))?;
    // ndarray refuses shapes whose non-zero lengths multiply beyond an isize.
    shape
        .iter()
        .filter(|d| **d != 0)
        .try_fold(1_isize, |n, d| n.checked_mul(isize::try_from(*d).ok()?))?;
    let fits = match &data {
        ArrayData::Raw(_) if dtype.kind == Kind::Object => false,
        ArrayData::Raw(_) if dtype.itemsize == 0 && count > MAX_EMPTY_ELEMENTS => false,
        ArrayData::Raw(bytes) => bytes.len() == count.checked_mul(dtype.itemsize)?,
        ArrayData::Nodes(nodes) => nodes.len() == count,
        ArrayData::Skipped => true,
    };
    fits.then_some(ArrayView {
        dtype,
        shape,
        fortran,
        data,
    })
}

/// Up to eight bytes as an unsigned number.
fn word(bytes: &[u8], big_endian: bool) -> u64 {
    let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if big_endian {
        bytes.iter().fold(0, push)
    } else {
        bytes.iter().rev().fold(0, push)
    }
}

fn signed(bytes: &[u8], big_endian: bool) -> i64 {
    let unused = 64 - 8 * (bytes.len() as u32).clamp(1, 8);
    ((word(bytes, big_endian) << unused) as i64) >> unused
}

/// A 16-bit IEEE float.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f64::from(bits & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

fn unicode(bytes: &[u8], big_endian: bool) -> Option<String> {
    let mut text: Vec<char> = bytes
        .chunks_exact(4)
        .map(|b| char::from_u32(word(b, big_endian) as u32))
        .collect::<Option<_>>()?;
    while text.last() == Some(&'\0') {
        text.pop();
    }
    Some(text.into_iter().collect())
}

#[cfg(test)]
#[path = "ndarray_tests.rs"]
mod tests;
