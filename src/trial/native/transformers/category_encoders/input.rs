//! What all encoders of `category_encoders` share: which columns are encoded, where they stand, and the
//! table that comes out.

use std::collections::HashMap;

use super::pandas::Table;
use crate::pickle::{Graph, NodeId, Value, value, view};
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, same};
use crate::trial::native::stop::Stop;

/// State of every encoder that changes no number once it is fitted, or is checked here.
const COMMON: &[&str] = &[
    "return_df",
    "drop_invariant",
    "drop_cols",
    "invariant_cols",
    "verbose",
    "use_default_cols",
    "use_all_cols",
    "cols",
    "mapping",
    "handle_unknown",
    "handle_missing",
    "_dim",
    "feature_names",
    "feature_names_out_",
    "feature_dtypes_in_",
    "lab_encoder_",
    "min_group_size",
    "min_group_name",
    "combine_min_nan_groups",
    "min_group_lumping_",
    "composite_cols",
    "composite_members_",
    "keep_components",
];

/// The columns to encode.
pub struct Input {
    /// Their names as texts (places, where an array was given at fit).
    pub names: Vec<String>,
    /// Where they stand in the frame.
    pub places: Vec<usize>,
}

impl Input {
    /// Checks the encoder and its frame. `known` are attributes that this encoder has beside those
    /// that all have.
    pub fn read(estimator: &Estimator, frame: &Frame, known: &[&str]) -> Result<Input, Stop> {
        estimator.only(&[COMMON, known])?;
        if estimator.flag("drop_invariant", false)? {
            return Err(estimator.refused("it drops columns that did not vary"));
        }
        for key in ["min_group_size", "composite_cols"] {
            // Counting encoders check their own groups.
            if estimator.get(key).is_some() && estimator.name != "CountEncoder" {
                return Err(estimator.strange(key));
            }
        }
        for key in ["min_group_lumping_", "composite_members_"] {
            let node = estimator.get(key);
            if node.is_some_and(|node| estimator.graph.pairs(node).is_none_or(|p| !p.is_empty())) {
                return Err(estimator.strange(key));
            }
        }
        if frame.sparse {
            return Err(estimator.refused("it gets a sparse matrix"));
        }
        if estimator.count("_dim")? != frame.width() {
            return Err(estimator.refused(format!(
                "it was fitted on {} columns, and it gets {}",
                estimator.count("_dim")?,
                frame.width()
            )));
        }
        let mut input = Input {
            names: Vec::new(),
            places: Vec::new(),
        };
        let columns = columns(estimator)?;
        if columns.len() > frame.width() {
            return Err(estimator.strange("cols"));
        }
        for column in columns {
            let place = match (&column, &frame.names) {
                (Value::Text(name), Some(names)) => names.iter().position(|other| other == name),
                (Value::Int(place), None) => {
                    usize::try_from(*place).ok().filter(|p| *p < frame.width())
                }
                _ => None,
            };
            let name = match column {
                Value::Text(name) => name,
                Value::Int(place) => place.to_string(),
                _ => return Err(estimator.strange("cols")),
            };
            let place = place.ok_or_else(|| {
                estimator.refused(format!(
                    "its input has no column '{}'",
                    crate::text::short(&name, 60)
                ))
            })?;
            input.names.push(name);
            input.places.push(place);
        }
        let missing = |place: &usize| {
            let column = &frame.columns[*place];
            (0..frame.n_rows).any(|row| column.cell(row) == Cell::Missing)
        };
        if matches!(estimator.value("handle_missing"), Value::Text(word) if word == "error")
            && input.places.iter().any(missing)
        {
            return Err(estimator.refused("it raises for missing cells"));
        }
        Ok(input)
    }
}

/// The table with new columns in the places of those that were encoded; each comes with its name.
pub fn output(
    estimator: &Estimator,
    frame: &Frame,
    mut made: HashMap<usize, Vec<(String, Column)>>,
    first: Option<(String, Column)>,
) -> Result<Frame, Stop> {
    let (mut names, mut columns): (Vec<String>, Vec<Column>) = first.into_iter().unzip();
    for (place, column) in frame.columns.iter().enumerate() {
        if let Some(new) = made.remove(&place) {
            let (new_names, new): (Vec<_>, Vec<_>) = new.into_iter().unzip();
            names.extend(new_names);
            columns.extend(new);
        } else {
            let own = frame
                .names
                .as_ref()
                .and_then(|names| names.get(place).cloned());
            names.push(own.unwrap_or_else(|| place.to_string()));
            columns.push(column.clone());
        }
    }
    // Counting keeps the columns; 2.2 recorded none.
    let silent = estimator.name == "CountEncoder" && !estimator.has("feature_names");
    let silent = silent && !estimator.has("feature_names_out_");
    if !silent && recorded(estimator)? != names {
        return Err(estimator.refused("its columns are not called as it recorded"));
    }
    let mut out = Frame::new(columns, frame.n_rows);
    out.names = estimator.flag("return_df", true)?.then_some(names);
    Ok(out)
}

/// What was chosen at fit: names, or places in an array.
fn columns(estimator: &Estimator) -> Result<Vec<Value>, Stop> {
    let node = estimator.need("cols")?;
    members(estimator, node).ok_or_else(|| estimator.strange("cols"))
}

fn members(estimator: &Estimator, node: NodeId) -> Option<Vec<Value>> {
    let graph = estimator.graph;
    if graph.object(node).is_none()
        && let Some(items) = graph.items(node)
    {
        return Some(items.iter().map(|item| value(graph, *item)).collect());
    }
    view(graph, node)?.values(graph).ok()
}

/// Whether `key` names the column called `name`: as text, or by its place.
pub fn is_column(graph: &Graph, key: NodeId, name: &str) -> bool {
    match graph.text(key) {
        Some(text) => text == name,
        None => graph.int(key).is_some_and(|key| key.to_string() == name),
    }
}

/// What `attribute`, a dict by column, holds for the column called `name`.
pub fn by_column(estimator: &Estimator, attribute: &str, name: &str) -> Option<NodeId> {
    let graph = estimator.graph;
    let pairs = graph.pairs(estimator.get(attribute)?)?;
    let mut pairs = pairs.iter().rev();
    let found = pairs.find(|(key, _)| is_column(graph, *key, name))?;
    Some(found.1)
}

/// The names of the columns that come out.
pub fn recorded(estimator: &Estimator) -> Result<Vec<String>, Stop> {
    let key = if estimator.has("feature_names_out_") {
        "feature_names_out_"
    } else {
        "feature_names"
    };
    let names = members(estimator, estimator.need(key)?).ok_or_else(|| estimator.strange(key))?;
    let name = |name: Value| match name {
        Value::Text(name) => Ok(name),
        Value::Int(place) => Ok(place.to_string()),
        _ => Err(estimator.strange(key)),
    };
    names.into_iter().map(name).collect()
}

/// Cells found by value among the labels of a fitted table.
pub struct Lookup<'t> {
    index: &'t [Cell],
    texts: HashMap<&'t str, usize>,
}

impl<'t> Lookup<'t> {
    /// Refuses labels of several kinds, and flags.
    pub fn of(estimator: &Estimator, table: &'t Table) -> Result<Lookup<'t>, Stop> {
        let mut texts = HashMap::new();
        let mut numbers = 0;
        for (place, cell) in table.index.iter().enumerate() {
            match cell {
                Cell::Text(text) => {
                    if texts.insert(text.as_str(), place).is_some() {
                        return Err(estimator.refused("a category is there twice"));
                    }
                }
                Cell::Int(_) | Cell::Float(_) => numbers += 1,
                Cell::Missing => {}
                Cell::Bool(_) => return Err(estimator.refused("its categories are flags")),
            }
        }
        if numbers > 0 && !texts.is_empty() {
            return Err(estimator.refused("its categories are texts and numbers"));
        }
        Ok(Lookup {
            index: &table.index,
            texts,
        })
    }

    /// The row of each code.
    pub fn coded(
        &self,
        context: &Context,
        estimator: &Estimator,
        codes: Vec<f64>,
    ) -> Result<Vec<Option<usize>>, Stop> {
        let count = codes.len();
        let codes = Frame::new(vec![Column::Numbers(codes)], count);
        self.rows(context, estimator, &codes, 0)
    }

    /// The row of each cell of a column; `None` for those that were not there.
    pub fn rows(
        &self,
        context: &Context,
        estimator: &Estimator,
        frame: &Frame,
        place: usize,
    ) -> Result<Vec<Option<usize>>, Stop> {
        let column = &frame.columns[place];
        let mut rows = Vec::with_capacity(frame.n_rows);
        for row in 0..frame.n_rows {
            let cell = column.cell(row);
            let kind = match &cell {
                Cell::Text(_) => !self.texts.is_empty(),
                Cell::Missing => true,
                Cell::Bool(_) => false,
                Cell::Int(_) | Cell::Float(_) => self.texts.is_empty(),
            };
            if !kind {
                let known = if self.texts.is_empty() {
                    "numbers"
                } else {
                    "texts"
                };
                return Err(Stop::Sample(format!(
                    "column {place} holds {}, but {} knows {known} there",
                    crate::text::short(&crate::trial::native::frame::repr(&cell), 40),
                    estimator.name
                )));
            }
            rows.push(match &cell {
                Cell::Text(text) => self.texts.get(text.as_str()).copied(),
                cell => {
                    context.charge(self.index.len() + 1, &estimator.class)?;
                    self.index.iter().position(|known| same(known, cell))
                }
            });
        }
        Ok(rows)
    }
}

/// Whether missing cells stay missing.
pub fn missing_stays(estimator: &Estimator) -> Result<bool, Stop> {
    match estimator.text("handle_missing", "value")? {
        "value" | "error" => Ok(false),
        "return_nan" => Ok(true),
        _ => Err(estimator.strange("handle_missing")),
    }
}

/// Whether unknown categories get a number, stay missing, or are refused here because they raise.
pub fn unknown(estimator: &Estimator) -> Result<Unknown, Stop> {
    match estimator.text("handle_unknown", "value")? {
        "value" => Ok(Unknown::Value),
        "return_nan" => Ok(Unknown::Missing),
        "error" => Ok(Unknown::Raises),
        "indicator" => Ok(Unknown::Indicator),
        _ => Err(estimator.strange("handle_unknown")),
    }
}

/// See [`unknown`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    Value,
    Missing,
    Raises,
    Indicator,
}
