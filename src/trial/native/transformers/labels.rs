//! `LabelEncoder`, `LabelBinarizer`, `MultiLabelBinarizer`: labels to numbers.

use std::collections::HashMap;

use crate::pickle::Value;
use crate::trial::Cell;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number, repr, same};
use crate::trial::native::stop::Stop;

/// The classes of an encoder, found by value.
struct Classes {
    cells: Vec<Cell>,
    texts: HashMap<String, usize>,
}

impl Classes {
    fn read(estimator: &Estimator) -> Result<Classes, Stop> {
        let cells = estimator.cells("classes_")?;
        let mut texts = HashMap::new();
        for (place, cell) in cells.iter().enumerate() {
            if let Cell::Text(text) = cell {
                texts.insert(text.clone(), place);
            }
        }
        Ok(Classes { cells, texts })
    }

    fn find(&self, cell: &Cell) -> Option<usize> {
        match cell {
            Cell::Text(text) => self.texts.get(text).copied(),
            _ => self.cells.iter().position(|known| same(known, cell)),
        }
    }

    /// Refuses labels of another kind than the classes: numpy would compare their texts.
    fn of_one_kind(&self, estimator: &Estimator, labels: &[Cell]) -> Result<(), Stop> {
        let text = |cell: &Cell| matches!(cell, Cell::Text(_));
        let textual = self.cells.iter().all(text);
        if labels.iter().any(|label| text(label) != textual) || labels.contains(&Cell::Missing) {
            let kind = if textual { "texts" } else { "numbers" };
            return Err(Stop::Sample(format!("{} knows {kind}", estimator.name)));
        }
        Ok(())
    }
}

/// The labels of a sample: one column, or one row that was written as a list.
fn labels(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Vec<Cell>, Stop> {
    context.charge(frame.stored().saturating_mul(8), &estimator.class)?;
    match &frame.columns[..] {
        [column] => Ok((0..frame.n_rows).map(|row| column.cell(row)).collect()),
        columns if frame.n_rows == 1 => Ok(columns.iter().map(|column| column.cell(0)).collect()),
        _ => Err(Stop::Sample(format!(
            "{} takes a list of labels, and it gets a table of {} columns",
            estimator.name,
            frame.width()
        ))),
    }
}

/// `LabelEncoder`: the place of each label among the classes.
pub fn encoder(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&["classes_"]])?;
    let classes = Classes::read(estimator)?;
    let labels = labels(context, estimator, frame)?;
    classes.of_one_kind(estimator, &labels)?;
    context.charge(
        labels.len().saturating_mul(classes.cells.len()),
        &estimator.class,
    )?;
    let mut codes = Vec::with_capacity(labels.len());
    let mut unseen: Vec<&Cell> = Vec::new();
    for label in &labels {
        match classes.find(label) {
            Some(code) => codes.push(Cell::Int(code as i64)),
            None if unseen.len() < 100 && !unseen.contains(&label) => unseen.push(label),
            None => {}
        }
    }
    if !unseen.is_empty() {
        let names: Vec<String> = unseen.into_iter().map(repr).collect();
        return Err(Stop::value_error(format!(
            "y contains previously unseen labels: [{}]",
            names.join(", ")
        )));
    }
    let n = codes.len();
    let mut out = Frame::new(vec![Column::Objects(codes)], n);
    out.flat = true;
    Ok(out)
}

/// `LabelBinarizer`: a column for each class; one alone for two.
pub fn binarizer(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "classes_",
        "neg_label",
        "pos_label",
        "sparse_output",
        "sparse_input_",
        "y_type_",
    ]])?;
    if !matches!(estimator.text("y_type_", "")?, "binary" | "multiclass") {
        return Err(estimator.strange("y_type_"));
    }
    let label = |key: &str| match estimator.value(key) {
        Value::Int(label) => Ok(label as f64),
        _ => Err(estimator.strange(key)),
    };
    let (low, high) = (label("neg_label")?, label("pos_label")?);
    let classes = Classes::read(estimator)?;
    let labels = labels(context, estimator, frame)?;
    classes.of_one_kind(estimator, &labels)?;
    let n = classes.cells.len();
    context.charge(
        labels.len().saturating_mul(n.saturating_add(8)),
        &estimator.class,
    )?;
    let whole = |cell: &Cell| number(cell).is_none_or(|x| x.fract() == 0.0);
    if !labels.iter().all(whole) {
        return Err(Stop::value_error(
            "continuous target data is not supported with label binarization",
        ));
    }
    let mut different: Vec<&Cell> = Vec::new();
    for label in &labels {
        if different.len() <= 2 && !different.iter().any(|other| same(other, label)) {
            different.push(label);
        }
    }
    // What counts as two classes is decided by the labels given, unless there are three to know.
    let binary = different.len() <= 2 && n <= 2;
    let width = if binary { 1 } else { n };
    let mut columns = vec![vec![low; labels.len()]; width];
    for (row, label) in labels.iter().enumerate() {
        let Some(code) = classes.find(label) else {
            continue;
        };
        if !binary {
            columns[code][row] = high;
        } else if code == 1 {
            columns[0][row] = high;
        }
    }
    let rows = labels.len();
    let mut out = Frame::new(columns.into_iter().map(Column::Numbers).collect(), rows);
    out.sparse = estimator.flag("sparse_output", false)?;
    Ok(out)
}

/// `MultiLabelBinarizer`: each row is a list of labels, missing cells at its end.
pub fn sets(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&["classes", "classes_", "sparse_output", "_cached_dict"]])?;
    let classes = Classes::read(estimator)?;
    let n = classes.cells.len();
    let cells = frame.stored().saturating_mul(n.saturating_add(8));
    context.charge(cells, &estimator.class)?;
    context.charge(frame.n_rows.saturating_mul(n), &estimator.class)?;
    let mut columns = vec![vec![0.0; frame.n_rows]; n];
    for column in &frame.columns {
        let codes = (0..frame.n_rows).map(|row| match column.cell(row) {
            Cell::Missing => None,
            cell => classes.find(&cell),
        });
        for (row, code) in codes.enumerate() {
            if let Some(code) = code {
                columns[code][row] = 1.0;
            }
        }
    }
    let columns = columns.into_iter().map(Column::Numbers).collect();
    let mut out = Frame::new(columns, frame.n_rows);
    out.sparse = estimator.flag("sparse_output", false)?;
    Ok(out)
}
