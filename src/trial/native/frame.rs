//! The table that flows through a pipeline: columns of numbers, or of anything.
//!
//! scikit-learn has arrays, sparse matrices and data frames; a frame stands for all three. It
//! remembers whether scikit-learn would have a sparse matrix here, because some steps then behave
//! differently, and names only where scikit-learn would have a data frame.

use std::rc::Rc;

use ndarray::Array2;

use super::sparse::Csr;
use crate::pickle::Value;
use crate::trial::{Cell, Sample};

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Floats; a missing value is NaN.
    Numbers(Vec<f64>),
    /// Anything, cell by cell.
    Objects(Vec<Cell>),
}

/// A table of equally long columns.
///
/// A wide sparse matrix is kept by rows; then there are no `columns`. `table` hands such a frame
/// only to evaluators that are listed there as reading it, and a dense copy to all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Column names, where scikit-learn would see a data frame.
    pub names: Option<Vec<String>>,
    /// The columns.
    pub columns: Vec<Column>,
    /// How many rows, also when there is no column.
    pub n_rows: usize,
    /// Whether scikit-learn would hold a sparse matrix.
    pub sparse: bool,
    /// Whether it is one plain sequence, of texts or labels, and not a table.
    pub flat: bool,
    by_rows: Option<Rc<Csr>>,
}

impl Column {
    /// The cell in `row`; NaN is [`Cell::Missing`].
    pub fn cell(&self, row: usize) -> Cell {
        match self {
            Column::Numbers(numbers) => number_cell(numbers[row]),
            Column::Objects(cells) => cells[row].clone(),
        }
    }

    /// The column as numbers, if every cell is one; `Err` holds the first cell that is none.
    pub fn numbers(&self) -> Result<Vec<f64>, Cell> {
        match self {
            Column::Numbers(numbers) => Ok(numbers.clone()),
            Column::Objects(cells) => cells
                .iter()
                .map(|cell| number(cell).ok_or_else(|| cell.clone()))
                .collect(),
        }
    }
}

impl Frame {
    /// The rows of a sample, shorter ones with missing cells at their end. A column whose cells are all numbers or missing becomes numbers.
    pub fn from_sample(sample: &Sample) -> Frame {
        let width = sample.rows.iter().map(Vec::len).max().unwrap_or_default();
        let column = |index: usize| {
            let cells: Vec<Cell> = sample
                .rows
                .iter()
                .map(|row| row.get(index).cloned().unwrap_or(Cell::Missing))
                .collect();
            let plain = |cell: &Cell| !matches!(cell, Cell::Text(_));
            if cells.iter().all(plain) {
                Column::Numbers(cells.iter().filter_map(number).collect())
            } else {
                Column::Objects(cells)
            }
        };
        Frame {
            names: sample.columns.clone().filter(|names| names.len() == width),
            flat: sample.texts,
            ..Frame::new((0..width).map(column).collect(), sample.rows.len())
        }
    }

    /// A frame without names.
    pub fn new(columns: Vec<Column>, n_rows: usize) -> Frame {
        Frame {
            names: None,
            columns,
            n_rows,
            sparse: false,
            flat: false,
            by_rows: None,
        }
    }

    /// A sparse matrix.
    pub fn from_csr(csr: Csr) -> Frame {
        Frame {
            sparse: true,
            n_rows: csr.n_rows(),
            by_rows: Some(Rc::new(csr)),
            ..Frame::new(Vec::new(), 0)
        }
    }

    /// The sparse matrix, where it is kept by rows.
    pub fn csr(&self) -> Option<&Csr> {
        self.by_rows.as_deref()
    }

    /// How many cells are kept.
    pub fn stored(&self) -> usize {
        match self.csr() {
            Some(csr) => csr.stored().saturating_add(csr.n_rows()),
            None => self.n_rows.saturating_mul(self.columns.len()),
        }
    }

    /// The same with all its columns.
    pub fn in_columns(&self) -> Frame {
        match self.csr() {
            None => self.clone(),
            Some(csr) => {
                let mut columns = vec![vec![0.0; csr.n_rows()]; csr.width];
                let rows = (0..csr.n_rows()).map(|row| csr.row(row));
                for (row, elements) in rows.enumerate() {
                    for (place, value) in elements {
                        columns[place][row] = value;
                    }
                }
                Frame {
                    names: self.names.clone(),
                    columns: columns.into_iter().map(Column::Numbers).collect(),
                    sparse: self.sparse,
                    ..Frame::new(Vec::new(), self.n_rows)
                }
            }
        }
    }

    /// The elements that are not zero, by rows; `Err` holds the first cell that is no number.
    pub fn to_csr(&self) -> Result<Rc<Csr>, Cell> {
        if let Some(csr) = &self.by_rows {
            return Ok(Rc::clone(csr));
        }
        let mut dense = Array2::zeros((self.n_rows, self.columns.len()));
        for (place, column) in self.columns.iter().enumerate() {
            for (row, number) in column.numbers()?.into_iter().enumerate() {
                dense[[row, place]] = number;
            }
        }
        Ok(Rc::new(Csr::of_dense(&dense)))
    }

    /// A frame of the columns of a matrix.
    pub fn from_matrix(matrix: &Array2<f64>) -> Frame {
        let columns = matrix
            .columns()
            .into_iter()
            .map(|column| Column::Numbers(column.to_vec()))
            .collect();
        Frame::new(columns, matrix.nrows())
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.csr().map_or(self.columns.len(), |csr| csr.width)
    }

    /// The columns at `places`, in that order, with their names.
    pub fn select(&self, places: &[usize]) -> Option<Frame> {
        if let Some(csr) = self.csr() {
            let fits = places.iter().all(|place| *place < csr.width);
            return fits.then(|| Frame::from_csr(csr.select(places)));
        }
        let columns = places
            .iter()
            .map(|place| self.columns.get(*place).cloned())
            .collect::<Option<Vec<_>>>()?;
        let names = match &self.names {
            Some(names) => Some(
                places
                    .iter()
                    .map(|place| names.get(*place).cloned())
                    .collect::<Option<Vec<_>>>()?,
            ),
            None => None,
        };
        Some(Frame {
            names,
            sparse: self.sparse,
            ..Frame::new(columns, self.n_rows)
        })
    }

    /// The rows as cells.
    pub fn rows(&self) -> Vec<Vec<Cell>> {
        if let Some(csr) = self.csr() {
            let row = |row: usize| {
                let mut cells = vec![Cell::Float(0.0); csr.width];
                for (place, value) in csr.row(row) {
                    cells[place] = number_cell(value);
                }
                cells
            };
            return (0..csr.n_rows()).map(row).collect();
        }
        (0..self.n_rows)
            .map(|row| self.columns.iter().map(|column| column.cell(row)).collect())
            .collect()
    }
}

/// A float as a cell; NaN is missing.
pub fn number_cell(number: f64) -> Cell {
    if number.is_nan() {
        Cell::Missing
    } else {
        Cell::Float(number)
    }
}

/// A cell as a number: missing is NaN, text is none.
pub fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Missing => Some(f64::NAN),
        Cell::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Cell::Int(number) => Some(*number as f64),
        Cell::Float(number) => Some(*number),
        Cell::Text(_) => None,
    }
}

/// A value of the file as a cell; NaN and `None` are missing, other objects have no cell.
pub fn value_cell(value: &Value) -> Option<Cell> {
    match value {
        Value::None => Some(Cell::Missing),
        Value::Bool(flag) => Some(Cell::Bool(*flag)),
        Value::Int(number) => Some(Cell::Int(*number)),
        Value::Float(number) => Some(number_cell(*number)),
        Value::Text(text) => Some(Cell::Text(text.clone())),
        Value::Other(_) => None,
    }
}

/// Whether Python's `==` (with missing equal to missing) says that two cells are the same.
pub fn same(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Missing, Cell::Missing) => true,
        (Cell::Text(a), Cell::Text(b)) => a == b,
        (Cell::Int(a), Cell::Int(b)) => a == b,
        (Cell::Text(_) | Cell::Missing, _) | (_, Cell::Text(_) | Cell::Missing) => false,
        _ => number(a) == number(b),
    }
}

/// A cell the way Python's `repr` writes it inside a list.
pub fn repr(cell: &Cell) -> String {
    match cell {
        Cell::Missing => "nan".into(),
        Cell::Bool(true) => "True".into(),
        Cell::Bool(false) => "False".into(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) if number.fract() == 0.0 && number.abs() < 1e16 => {
            format!("{number:.1}")
        }
        Cell::Float(number) => format!("{number}"),
        Cell::Text(text) => {
            let quote = if text.contains('\'') && !text.contains('"') {
                '"'
            } else {
                '\''
            };
            let mut out = String::from(quote);
            for c in text.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    '\t' => out.push_str("\\t"),
                    c if c == quote => {
                        out.push('\\');
                        out.push(c);
                    }
                    c => out.push(c),
                }
            }
            out.push(quote);
            out
        }
    }
}
