//! A sample as the inputs of a graph, and its outputs as answers.
//!
//! One input takes the whole table; several take a column each, by name or else in order. Outputs of
//! the names that converters of scikit-learn use answer `predict` and `predict_proba`; others keep
//! their own.

use super::proto::Port;
use super::tensor::{Data, Tensor};
use super::{Value, WHAT};
use crate::text;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::{number, repr};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output, Sample};

/// Each input with its tensor.
pub fn inputs(
    context: &Context,
    wanted: &[&Port],
    sample: &Sample,
) -> Result<Vec<(String, Tensor)>, Stop> {
    let width = sample.rows.first().map_or(0, Vec::len);
    context.charge(width.saturating_mul(sample.rows.len()), WHAT)?;
    if let [only] = wanted {
        if let Some(expected) = only.width.filter(|_| only.dimensions == 2)
            && expected != width
        {
            return Err(Stop::Sample(format!(
                "the model takes {expected} values a row, and the sample gives {width}"
            )));
        }
        let columns: Vec<usize> = match only.dimensions {
            0 | 2 => (0..width).collect(),
            1 if width == 1 => vec![0],
            _ => return Err(Stop::refused(WHAT, "its input is no table")),
        };
        let mut tensor = column(only, sample, &columns)?;
        if only.dimensions == 1 {
            tensor.shape.pop();
        }
        return Ok(vec![(only.name.clone(), tensor)]);
    }
    if width != wanted.len() {
        return Err(Stop::Sample(format!(
            "the model has {} inputs, and the sample has {width} columns",
            wanted.len()
        )));
    }
    let names = sample.columns.as_deref().unwrap_or_default();
    let mut fed = Vec::new();
    for (place, port) in wanted.iter().enumerate() {
        if port.dimensions != 2 || port.width.is_some_and(|width| width != 1) {
            return Err(Stop::refused(WHAT, "one of its inputs is no column"));
        }
        let place = names
            .iter()
            .position(|name| *name == port.name)
            .unwrap_or(place);
        fed.push((port.name.clone(), column(port, sample, &[place])?));
    }
    Ok(fed)
}

/// Some columns of the sample in the type of an input.
fn column(port: &Port, sample: &Sample, places: &[usize]) -> Result<Tensor, Stop> {
    let cells = sample.rows.iter().flat_map(|row| {
        places
            .iter()
            .map(|place| row.get(*place).unwrap_or(&Cell::Missing))
    });
    let float = |cell: &Cell| {
        number(cell).ok_or_else(|| {
            Stop::Sample(format!(
                "the input '{}' takes numbers, not {}",
                text::short(&port.name, 60),
                repr(cell)
            ))
        })
    };
    let data = match port.kind {
        1 => Data::F32(
            cells
                .map(|cell| float(cell).map(|x| x as f32))
                .collect::<Result<_, _>>()?,
        ),
        11 => Data::F64(cells.map(float).collect::<Result<_, _>>()?),
        7 => Data::I64(
            cells
                .map(|cell| whole(port, cell))
                .collect::<Result<_, _>>()?,
        ),
        8 => Data::Text(
            cells
                .map(|cell| word(port, cell))
                .collect::<Result<_, _>>()?,
        ),
        9 => Data::Bool(
            cells
                .map(|cell| match cell {
                    Cell::Bool(flag) => Ok(*flag),
                    _ => Ok(whole(port, cell)? != 0),
                })
                .collect::<Result<_, Stop>>()?,
        ),
        kind => {
            return Err(Stop::refused(
                WHAT,
                format!("inputs of type {kind} are not fed"),
            ));
        }
    };
    let shape = vec![sample.rows.len(), places.len()];
    Tensor::new(shape, data).ok_or_else(|| Stop::refused(WHAT, "its input is no table"))
}

fn whole(port: &Port, cell: &Cell) -> Result<i64, Stop> {
    match cell {
        Cell::Int(number) => Ok(*number),
        Cell::Bool(flag) => Ok(i64::from(*flag)),
        Cell::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(*number as i64),
        _ => Err(Stop::Sample(format!(
            "the input '{}' takes whole numbers, not {}",
            text::short(&port.name, 60),
            repr(cell)
        ))),
    }
}

fn word(port: &Port, cell: &Cell) -> Result<String, Stop> {
    match cell {
        Cell::Text(word) => Ok(word.clone()),
        Cell::Missing => Ok(String::new()),
        _ => Err(Stop::Sample(format!(
            "the input '{}' takes text, not {}",
            text::short(&port.name, 60),
            repr(cell)
        ))),
    }
}

/// An output of the graph as an answer.
pub fn output(name: &str, value: Option<&Value>) -> Result<Output, Stop> {
    let method = match name {
        "output_label" | "label" | "variable" => "predict",
        "output_probability" | "probabilities" => "predict_proba",
        other => other,
    };
    let (columns, tensor) = match value {
        None => return Err(Stop::refused(WHAT, "nothing makes one of its outputs")),
        Some(Value::Tensor(tensor)) => (Vec::new(), tensor),
        Some(Value::Maps(titles, tensor)) => (titles.clone(), tensor),
    };
    let (rows, width) = match tensor.shape[..] {
        [] => (1, 1),
        [rows] => (rows, 1),
        [rows, width] => (rows, width),
        _ => return Err(Stop::refused(WHAT, "one of its outputs is no table")),
    };
    if tensor.len() == 0 {
        return Err(Stop::refused(WHAT, "one of its outputs is empty"));
    }
    let row = |row: usize| {
        (0..width)
            .map(|place| tensor.data.cell(row * width + place))
            .collect()
    };
    Ok(Output {
        method: text::short(method, 100),
        columns,
        rows: (0..rows).map(row).collect(),
        flat: width == 1,
    })
}
