//! NPY files to rows. Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::borrow::Cow;

use crate::artifact::npy::header::{self, Descr};
use crate::pickle::{ArrayView, Dtype, Graph, Kind, Value};
use crate::text;
use crate::trial::{Cell, Sample};

/// How every NPY file starts.
pub(crate) use crate::artifact::npy::MAGIC;

/// Reads an array of one dimension (one row, or texts) or two.
pub fn read(bytes: &[u8]) -> Result<Sample, String> {
    let header = header::header(bytes).ok_or("its header is damaged")?;
    let Descr::Plain(descr) = &header.descr else {
        return Err("its elements have fields; save a plain table".into());
    };
    let dtype = Dtype::parse(descr)
        .ok_or_else(|| format!("its element type '{}' is not known", text::short(descr, 20)))?;
    let shape: Option<Vec<usize>> = header
        .shape
        .iter()
        .map(|side| usize::try_from(*side).ok())
        .collect();
    let shape = shape.ok_or("its header is damaged")?;
    if dtype.kind == Kind::Object {
        return Err(
            "it holds Python objects, which only Python can read; save numbers or text".into(),
        );
    }
    let data = usize::try_from(header.start)
        .ok()
        .and_then(|start| bytes.get(start..))
        .ok_or("its header is damaged")?;
    let padded_text = dtype.kind == Kind::Bytes;
    let array = ArrayView::of_bytes(dtype, shape.clone(), header.fortran, Cow::Borrowed(data))
        .ok_or("its data is not as long as its header says")?;
    let values = if padded_text {
        array.byte_texts()
    } else {
        array.values(&Graph::default())
    };
    let values = values.map_err(|_| "its elements are neither numbers nor text")?;
    let texts = values.first().is_some_and(|v| matches!(v, Value::Text(_)));
    let mut cells = values.into_iter().map(|value| match value {
        Value::Bool(flag) => Cell::Bool(flag),
        Value::Int(number) => Cell::Int(number),
        Value::Float(number) if number.is_nan() => Cell::Missing,
        Value::Float(number) => Cell::Float(number),
        Value::Text(text) => Cell::Text(text),
        Value::None | Value::Other(_) => Cell::Missing,
    });
    let (rows, width, texts) = match shape[..] {
        [count] if texts => (count, 1, true),
        [count] => (1, count, false),
        [rows, width] => (rows, width, false),
        _ => return Err(format!("it has {} dimensions, not one or two", shape.len())),
    };
    if width == 0 || rows > super::parse::MAX_ROWS {
        return Err(format!(
            "{rows} rows of {width} columns are no sample for a trial"
        ));
    }
    let rows = (0..rows).map(|_| cells.by_ref().take(width).collect());
    Ok(Sample {
        columns: None,
        rows: rows.collect(),
        source: String::new(),
        texts,
    })
}
