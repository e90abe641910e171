//! joblib's part of a stream: arrays whose bytes stand between the opcodes.
//!
//! A `NumpyArrayWrapper` gets its state, and right behind that `BUILD` follow the array's bytes
//! (with a pad length and padding since joblib 1.2), or, for object arrays, a complete pickle of
//! its own. Format: <https://github.com/joblib/joblib/blob/main/joblib/numpy_pickle.py>

use std::path::Path;

use super::Format;
use super::side_files::{self, Beside};
use crate::pickle::{
    Array, Elements, Error, ErrorKind, Graph, Hook, Node, NodeId, PlainPickle, Reader,
};

/// The most dimensions of an array: numpy allows 64 since 2.0, 32 before.
const DIMENSIONS: usize = 64;

/// The most attributes of a wrapper (joblib writes seven) and bytes of a type string.
const SMALL: usize = 64;

/// The hook that reads joblib's arrays.
#[derive(Debug)]
pub struct JoblibHook {
    /// How many arrays were met, whole or not.
    pub arrays: u64,
    /// Whether any array was padded, which joblib does since 1.2.
    pub padded: bool,
    /// The files beside it that hold arrays.
    pub beside: Beside,
}

impl JoblibHook {
    /// For the file at `path`.
    pub fn new(path: &Path) -> JoblibHook {
        JoblibHook {
            arrays: 0,
            padded: false,
            beside: Beside::of(path),
        }
    }

    /// The format, as far as it was read.
    pub fn format(&self) -> Format {
        if self.arrays > 0 {
            Format::Joblib
        } else {
            Format::Pickle
        }
    }
}

/// Whether a class is a wrapper around bytes that follow in the stream.
pub fn is_wrapper(module: &str, name: &str) -> bool {
    name == "NumpyArrayWrapper"
        && matches!(
            module,
            "joblib.numpy_pickle" | "sklearn.externals.joblib.numpy_pickle"
        )
}

impl Hook for JoblibHook {
    fn built(&mut self, reader: &mut Reader, object: NodeId) -> Result<Option<NodeId>, Error> {
        let Some(class) = reader.graph.class(object) else {
            return Ok(None);
        };
        if !is_wrapper(&class.module, &class.name) {
            let Some(kind) = side_files::kind(&class.module, &class.name) else {
                return Ok(None);
            };
            self.arrays += 1;
            return self.beside.array(reader, object, kind);
        }
        self.arrays += 1;
        let header = header(reader, object)?;
        let number = self.arrays;
        let what = format_args!("array {number} of the stream");
        let offset = reader.stream.position();
        let elements = if header.objects {
            Elements::Pickled(reader.pickle(&mut PlainPickle, true)?)
        } else {
            if header.padded {
                self.padded = true;
                let mut pad = [0];
                let read = reader.stream.fill(&mut pad);
                read.map_err(|error| reader.io(error, what))?;
                reader.skip(pad[0].into(), what)?;
            }
            Elements::Raw(reader.data(header.len, what)?)
        };
        let array = Node::Array(Box::new(Array {
            dtype: header.dtype,
            shape: header.shape,
            fortran: header.fortran,
            elements,
            wrapper: object,
        }));
        reader.push(array, offset).map(Some)
    }
}

struct Header {
    dtype: NodeId,
    shape: Vec<u64>,
    fortran: bool,
    padded: bool,
    objects: bool,
    /// Bytes of all elements.
    len: u64,
}

fn header(reader: &Reader, wrapper: NodeId) -> Result<Header, Error> {
    let graph = &reader.graph;
    let broken = |what: &str| {
        reader.error(ErrorKind::Payload(format!(
            "a joblib array header has no usable {what}"
        )))
    };
    // Only the state that was just set counts, and only a small one: a file can set many.
    let state = graph
        .object(wrapper)
        .and_then(|object| object.state.last().copied())
        .filter(|state| graph.pairs(*state).is_some_and(|p| p.len() <= SMALL))
        .ok_or_else(|| broken("state"))?;
    let dtype = graph.get(state, "dtype").ok_or_else(|| broken("dtype"))?;
    let (itemsize, objects) = layout(graph, dtype).ok_or_else(|| broken("dtype"))?;
    let shape: Option<Vec<u64>> = graph
        .get(state, "shape")
        .and_then(|shape| graph.items(shape))
        .filter(|items| items.len() <= DIMENSIONS)
        .and_then(|items| {
            let lengths = items
                .iter()
                .map(|item| u64::try_from(graph.int(*item)?).ok());
            lengths.collect()
        });
    let shape = shape.ok_or_else(|| broken("shape"))?;
    let len = if shape.contains(&0) {
        Some(0)
    } else {
        shape
            .iter()
            .try_fold(itemsize, |product, side| product.checked_mul(*side))
    };
    let len = len.ok_or_else(|| broken("shape"))?;
    let order = graph.get(state, "order").and_then(|o| graph.text(o));
    let alignment = graph.get(state, "numpy_array_alignment_bytes");
    Ok(Header {
        dtype,
        shape,
        fortran: order == Some("F"),
        padded: alignment.is_some_and(|value| !matches!(graph.node(value), Node::None)),
        objects,
        len,
    })
}

/// Bytes per element of a pickled dtype, and whether the elements are Python objects.
pub(super) fn layout(graph: &Graph, dtype: NodeId) -> Option<(u64, bool)> {
    let object = graph.object(dtype)?;
    if &*graph.global(object.callable)?.name == "_convert_to_stringdtype_kwargs" {
        // numpy's text of any length; joblib pickles it like objects.
        return Some((0, true));
    }
    let state = object.state.last().and_then(|state| graph.items(*state));
    let field = |index: usize| state.and_then(|s| s.get(index)).and_then(|f| graph.int(*f));
    // The state ends with itemsize, alignment, flags; the lowest flag says "holds references".
    let stated = field(5).and_then(|size| u64::try_from(size).ok());
    let references = field(7).is_some_and(|flags| flags & 1 != 0);
    let first = *graph.items(object.args)?.first()?;
    if graph.global(first).is_some() {
        // A type that another library adds is named by its class; its state always has a size.
        return Some((stated?, references));
    }
    let text = graph.text(first)?;
    if text.len() > SMALL {
        return None;
    }
    let text = text.trim_start_matches(['<', '>', '=', '|']);
    let kind = text.chars().next()?;
    let digits = &text[kind.len_utf8()..];
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let declared: u64 = digits.parse().unwrap_or(0);
    let itemsize = match (kind, stated) {
        ('V' | 'S' | 'U', Some(size)) => size,
        ('U', _) => declared.checked_mul(4)?,
        _ => declared,
    };
    Some((itemsize, kind == 'O' || references))
}
