//! NPY files to rows. Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>

use std::borrow::Cow;

use crate::pickle::{ArrayView, Dtype, Graph, Kind, Value};
use crate::text;
use crate::trial::{Cell, Sample};

/// How every NPY file starts.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads an array of one dimension (one row, or texts) or two.
pub fn read(bytes: &[u8]) -> Result<Sample, String> {
    let broken = || "its header is damaged".to_owned();
    let length_bytes = match bytes.get(6).ok_or_else(broken)? {
        1 => 2,
        2 | 3 => 4,
        version => return Err(format!("NPY version {version} is not known")),
    };
    let length = bytes.get(8..8 + length_bytes).ok_or_else(broken)?;
    let length = length
        .iter()
        .rev()
        .fold(0_usize, |n, byte| n << 8 | usize::from(*byte));
    let start = 8 + length_bytes;
    let end = start.checked_add(length).ok_or_else(broken)?;
    let header = bytes.get(start..end).ok_or_else(broken)?;
    let header = std::str::from_utf8(header).map_err(|_| broken())?;

    let descr = entry(header, "descr").ok_or_else(broken)?;
    let descr = descr
        .strip_prefix('\'')
        .and_then(|rest| rest.split('\'').next())
        .ok_or("its elements have fields; save a plain table")?;
    let dtype = Dtype::parse(descr)
        .ok_or_else(|| format!("its element type '{}' is not known", text::short(descr, 20)))?;
    let fortran = entry(header, "fortran_order")
        .ok_or_else(broken)?
        .starts_with("True");
    let shape = entry(header, "shape")
        .and_then(|rest| rest.strip_prefix('(')?.split(')').next())
        .ok_or_else(broken)?;
    let shape: Vec<usize> = shape
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(|side| side.trim_end_matches('L').parse().map_err(|_| broken()))
        .collect::<Result<_, _>>()?;
    if dtype.kind == Kind::Object {
        return Err(
            "it holds Python objects, which only Python can read; save numbers or text".into(),
        );
    }
    let padded_text = dtype.kind == Kind::Bytes;
    let array = ArrayView::of_bytes(dtype, shape.clone(), fortran, Cow::Borrowed(&bytes[end..]))
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

/// What stands behind `'key':` in the header's dict literal.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}'"))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}
