//! JSON to rows: every shape in which people and servers send a table.
//!
//! Lists of rows, of records, of texts; `columns` with `data`; a dict of columns; one record; and
//! the envelopes of serving protocols (`dataframe_split`, `inputs`, `instances`, …) around them.

use serde_json::{Map, Value};

use crate::text;
use crate::trial::{Cell, Sample};

/// Keys that wrap the actual table.
const ENVELOPES: &[&str] = &[
    "dataframe_split",
    "dataframe_records",
    "inputs",
    "instances",
    "data",
    "rows",
];
/// How many envelopes may be inside each other.
const MAX_ENVELOPES: usize = 4;

/// Reads JSON text.
pub fn read(text: &str) -> Result<Sample, String> {
    let parsed: Value = serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line").next().unwrap_or_default();
        format!(
            "line {} is not JSON: {}",
            error.line(),
            text::short(what, 80)
        )
    })?;
    // The description of a model repository, as skops writes it, holds example columns.
    let mut value = parsed.pointer("/sklearn/example_input").unwrap_or(&parsed);
    for _ in 0..MAX_ENVELOPES {
        let Value::Object(map) = value else { break };
        if map.contains_key("columns") && map.contains_key("data") {
            return split(map);
        }
        let inner = ENVELOPES.iter().find_map(|key| map.get(*key));
        // A table may well have a column called `data`: an envelope holds a table itself.
        match inner {
            Some(inner) if map.len() <= 3 && holds_table(inner) => value = inner,
            _ => break,
        }
    }
    match value {
        Value::Array(items) => list(items),
        Value::Object(map) => columns(map),
        _ => Err("it is neither a list nor a dict".into()),
    }
}

fn holds_table(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items
            .iter()
            .all(|item| matches!(item, Value::Array(_) | Value::Object(_) | Value::String(_))),
        _ => false,
    }
}

fn sample(columns: Option<Vec<String>>, rows: Vec<Vec<Cell>>) -> Sample {
    Sample {
        columns,
        rows,
        source: String::new(),
        texts: false,
    }
}

/// `{"columns": […], "data": [[…], …]}`, as pandas' `to_json(orient="split")`.
fn split(map: &Map<String, Value>) -> Result<Sample, String> {
    let names = map["columns"].as_array().ok_or("`columns` is not a list")?;
    let names = names
        .iter()
        .map(|name| match name {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
        .collect();
    let data = map["data"].as_array().ok_or("`data` is not a list")?;
    Ok(sample(Some(names), rows(data)?))
}

fn list(items: &[Value]) -> Result<Sample, String> {
    match items.first() {
        None => Err("the list is empty".into()),
        Some(Value::String(_)) => {
            let text = |(place, item): (usize, &Value)| match item {
                Value::String(text) => Ok(vec![Cell::Text(text.clone())]),
                _ => Err(format!("item {} is not a text like the first", place + 1)),
            };
            let rows = items
                .iter()
                .enumerate()
                .map(text)
                .collect::<Result<_, _>>()?;
            Ok(Sample {
                texts: true,
                ..sample(None, rows)
            })
        }
        Some(Value::Array(_)) => Ok(sample(None, rows(items)?)),
        Some(Value::Object(_)) => records(items),
        // One row, written without the outer list.
        Some(_) => Ok(sample(None, vec![row(0, items)?])),
    }
}

fn rows(items: &[Value]) -> Result<Vec<Vec<Cell>>, String> {
    items
        .iter()
        .enumerate()
        .map(|(place, item)| match item {
            Value::Array(cells) => row(place, cells),
            _ => Err(format!("row {} is not a list", place + 1)),
        })
        .collect()
}

fn row(place: usize, cells: &[Value]) -> Result<Vec<Cell>, String> {
    cells.iter().map(|value| cell(place, value)).collect()
}

fn records(items: &[Value]) -> Result<Sample, String> {
    let mut names: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    let mut records = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let Value::Object(record) = item else {
            return Err(format!("row {} is not a dict like the first", place + 1));
        };
        for name in record.keys() {
            if known.insert(name) {
                names.push(name.clone());
            }
        }
        records.push(record);
    }
    // Keys that differ in every record would make the table grow with the square of the file.
    if names.len().saturating_mul(records.len()) > 5_000_000 {
        return Err("the records have too many different keys".into());
    }
    let rows = records.iter().enumerate().map(|(place, record)| {
        let cells = names.iter().map(|name| match record.get(name) {
            Some(value) => cell(place, value),
            None => Ok(Cell::Missing),
        });
        cells.collect::<Result<Vec<_>, String>>()
    });
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(sample(Some(names), rows))
}

/// A dict of columns (lists, or pandas' dicts by row label), or one record.
fn columns(map: &Map<String, Value>) -> Result<Sample, String> {
    if map.is_empty() {
        return Err("the dict is empty".into());
    }
    let mut all: Vec<Vec<&Value>> = Vec::new();
    for (name, value) in map {
        let column: Vec<&Value> = match value {
            Value::Array(cells) => cells.iter().collect(),
            Value::Object(cells) => cells.values().collect(),
            _ => vec![value],
        };
        if let Some(first) = all.first()
            && first.len() != column.len()
        {
            return Err(format!(
                "column '{}' has {} cells, the first column {}",
                text::short(name, 60),
                column.len(),
                first.len()
            ));
        }
        all.push(column);
    }
    let rows = (0..all[0].len())
        .map(|place| {
            all.iter()
                .map(|column| cell(place, column[place]))
                .collect()
        })
        .collect::<Result<_, String>>()?;
    Ok(sample(Some(map.keys().cloned().collect()), rows))
}

fn cell(place: usize, value: &Value) -> Result<Cell, String> {
    match value {
        Value::Null => Ok(Cell::Missing),
        Value::Bool(flag) => Ok(Cell::Bool(*flag)),
        Value::Number(number) => Ok(match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Cell::Int(integer),
            (None, Some(float)) => Cell::Float(float),
            (None, None) => Cell::Missing,
        }),
        Value::String(text) => Ok(Cell::Text(text.clone())),
        Value::Array(_) | Value::Object(_) => Err(format!(
            "row {} holds a list or a dict as a cell",
            place + 1
        )),
    }
}
