//! Which columns a step of a `ColumnTransformer` gets: names, positions, a mask or a slice.

use std::collections::HashSet;

use super::estimator::Estimator;
use super::frame::repr;
use super::stop::Stop;
use crate::pickle::{Graph, Node, NodeId, Value, value, view};
use crate::trial::Cell;

/// One column choice as written in the file.
enum Choice {
    Names(Vec<String>),
    Places(Vec<i64>),
    Mask(Vec<bool>),
    Slice(Vec<Value>),
}

/// The columns to choose from.
pub struct Table<'a> {
    /// Their names, where there are names.
    pub names: Option<&'a [String]>,
    /// How many there are.
    pub width: usize,
}

/// Where in the table the columns are that `node` chooses.
pub fn places(
    estimator: &Estimator,
    table: &Table,
    fitted: Option<&[String]>,
    node: NodeId,
) -> Result<Vec<usize>, Stop> {
    let choice = choice(estimator, node)?;
    // Positions count the columns of the fit, even when the table has more or in another order.
    let width = fitted.map_or(table.width, <[String]>::len);
    let places = match choice {
        Choice::Names(wanted) => {
            let Some(names) = table.names else {
                return by_fitted_name(estimator, table, fitted, &wanted);
            };
            return find(&wanted, names);
        }
        Choice::Places(places) => places
            .into_iter()
            .map(|place| {
                let place = if place < 0 {
                    place + width as i64
                } else {
                    place
                };
                usize::try_from(place).ok().filter(|place| *place < width)
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| estimator.refused("it asks for columns that are not there"))?,
        Choice::Mask(mask) => {
            if mask.len() != width {
                return Err(estimator.refused("a column mask has another length than its input"));
            }
            (0..width).filter(|place| mask[*place]).collect()
        }
        Choice::Slice(bounds) => sliced(estimator, table, fitted, width, &bounds)?,
    };
    match (fitted, table.names) {
        (Some(fitted), Some(names)) => {
            let wanted: Vec<String> = places.iter().map(|p| fitted[*p].clone()).collect();
            find(&wanted, names)
        }
        _ => Ok(places),
    }
}

/// Whether `node` chooses one column as a plain sequence, by name or position, and not as a table.
pub fn is_sequence(graph: &Graph, node: NodeId) -> bool {
    matches!(graph.node(node), Node::Str(_) | Node::Int(_))
}

/// Names chosen, no names given: possible only when the rows are the fitted columns in order,
/// which is how a sample without a header is understood; scikit-learn itself insists on names.
fn by_fitted_name(
    estimator: &Estimator,
    table: &Table,
    fitted: Option<&[String]>,
    wanted: &[String],
) -> Result<Vec<usize>, Stop> {
    match fitted {
        Some(fitted) if fitted.len() == table.width => find(wanted, fitted),
        _ => Err(estimator.refused("it chooses columns by name, and its input has no names")),
    }
}

fn find(wanted: &[String], names: &[String]) -> Result<Vec<usize>, Stop> {
    let mut places = Vec::with_capacity(wanted.len());
    let mut missing: Vec<&str> = Vec::new();
    for name in wanted {
        match names.iter().position(|other| other == name) {
            Some(place) => places.push(place),
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        return Ok(places);
    }
    let mut seen = HashSet::new();
    let list: Vec<String> = missing
        .into_iter()
        .filter(|name| seen.insert(*name))
        .map(|name| repr(&Cell::Text(name.to_owned())))
        .collect();
    Err(Stop::value_error(format!(
        "columns are missing: {{{}}}",
        list.join(", ")
    )))
}

fn choice(estimator: &Estimator, node: NodeId) -> Result<Choice, Stop> {
    let graph = estimator.graph;
    let unclear = || estimator.refused("a choice of columns is of a kind it does not know");
    let values: Vec<Value> = match graph.node(node) {
        Node::List(items) => items.iter().map(|item| value(graph, *item)).collect(),
        Node::Tuple(items) => items.iter().map(|item| value(graph, *item)).collect(),
        // One column, as a plain sequence.
        Node::Str(_) | Node::Int(_) => vec![value(graph, node)],
        Node::Object(object) => {
            let class = graph.class(node).ok_or_else(unclear)?;
            match &*class.name {
                // 1.5 and 1.6 wrap the remainder's positions.
                "_RemainderColsList" if class.module.starts_with("sklearn.compose") => {
                    let data = graph.attribute(node, "data").ok_or_else(unclear)?;
                    let items = graph.items(data).ok_or_else(unclear)?;
                    items.iter().map(|item| value(graph, *item)).collect()
                }
                "slice" => {
                    let bounds = graph.items(object.args).ok_or_else(unclear)?;
                    let bounds = bounds.iter().map(|bound| value(graph, *bound)).collect();
                    return Ok(Choice::Slice(bounds));
                }
                _ => view(graph, node)
                    .and_then(|array| array.values(graph).ok())
                    .ok_or_else(unclear)?,
            }
        }
        Node::Array(_) => view(graph, node)
            .and_then(|array| array.values(graph).ok())
            .ok_or_else(unclear)?,
        Node::Global(global) => {
            return Err(estimator.refused(format!("`{global}` chooses its columns")));
        }
        _ => return Err(unclear()),
    };
    uniform(&values).ok_or_else(unclear)
}

/// A list of one kind: names, positions or flags.
fn uniform(values: &[Value]) -> Option<Choice> {
    match values.first() {
        None => Some(Choice::Places(Vec::new())),
        Some(Value::Text(_)) => {
            let names = values.iter().map(|value| match value {
                Value::Text(name) => Some(name.clone()),
                _ => None,
            });
            Some(Choice::Names(names.collect::<Option<_>>()?))
        }
        Some(Value::Bool(_)) => {
            let flags = values.iter().map(|value| match value {
                Value::Bool(flag) => Some(*flag),
                _ => None,
            });
            Some(Choice::Mask(flags.collect::<Option<_>>()?))
        }
        Some(Value::Int(_)) => {
            let places = values.iter().map(|value| match value {
                Value::Int(place) => Some(*place),
                _ => None,
            });
            Some(Choice::Places(places.collect::<Option<_>>()?))
        }
        Some(_) => None,
    }
}

/// A slice by position (the end excluded) or by name (the end included, as pandas has it).
fn sliced(
    estimator: &Estimator,
    table: &Table,
    fitted: Option<&[String]>,
    width: usize,
    bounds: &[Value],
) -> Result<Vec<usize>, Stop> {
    let unclear = || estimator.refused("a slice of columns is of a kind it does not know");
    let [start, stop, step] = bounds else {
        return Err(unclear());
    };
    let step = match step {
        Value::None => 1,
        Value::Int(step) => usize::try_from(*step)
            .ok()
            .filter(|step| *step > 0)
            .ok_or_else(unclear)?,
        _ => return Err(unclear()),
    };
    let names = fitted.or(table.names);
    let named = |name: &String| {
        names
            .and_then(|names| names.iter().position(|other| other == name))
            .ok_or_else(unclear)
    };
    let counted = |place: i64| {
        let place = if place < 0 {
            place + width as i64
        } else {
            place
        };
        place.clamp(0, width as i64) as usize
    };
    let from = match start {
        Value::None => 0,
        Value::Int(place) => counted(*place),
        Value::Text(name) => named(name)?,
        _ => return Err(unclear()),
    };
    let to = match stop {
        Value::None => width,
        Value::Int(place) => counted(*place),
        Value::Text(name) => named(name)? + 1,
        _ => return Err(unclear()),
    };
    Ok((from..to).step_by(step).collect())
}
