//! What one method of an estimator answers.

use ndarray::Array2;

use super::frame::{Frame, number_cell};
use crate::text;
use crate::trial::{Cell, Output};

/// The output of one method.
pub fn output(method: &str, columns: Vec<String>, rows: Vec<Vec<Cell>>, flat: bool) -> Output {
    Output {
        method: method.into(),
        columns,
        rows,
        flat,
    }
}

/// One cell a row.
pub fn flat(method: &str, cells: Vec<Cell>) -> Output {
    let rows = cells.into_iter().map(|cell| vec![cell]).collect();
    output(method, Vec::new(), rows, true)
}

/// A matrix with a title for each column, or none.
pub fn table(method: &str, columns: Vec<String>, matrix: &Array2<f64>) -> Output {
    let rows = matrix
        .rows()
        .into_iter()
        .map(|row| row.iter().map(|x| number_cell(*x)).collect())
        .collect();
    output(method, columns, rows, false)
}

/// What a transformer makes.
pub fn transformed(frame: &Frame) -> Output {
    let names = frame.names.clone().unwrap_or_default();
    output("transform", names, frame.rows(), frame.flat)
}

/// Class labels as column titles.
pub fn titles(classes: &[Cell]) -> Vec<String> {
    classes
        .iter()
        .map(|class| match class {
            Cell::Text(name) => text::clean(name).into_owned(),
            Cell::Int(number) => number.to_string(),
            other => super::frame::repr(other),
        })
        .collect()
}

/// The place of the largest number; of the first NaN when there is one, as numpy's `argmax`.
pub fn argmax<'a>(numbers: impl Iterator<Item = &'a f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, number) in numbers.enumerate() {
        if number.is_nan() {
            return place;
        }
        if *number > best.1 {
            best = (place, *number);
        }
    }
    best.0
}

/// `predict` of a classifier: the class with the largest score of each row.
pub fn likeliest(classes: &[Cell], scores: &Array2<f64>) -> Output {
    let label = |row: ndarray::ArrayView1<f64>| classes[argmax(row.iter())].clone();
    flat("predict", scores.rows().into_iter().map(label).collect())
}

/// A matrix for several targets, one number a row for one.
pub fn amounts(method: &str, matrix: &Array2<f64>, one_target: bool) -> Output {
    if one_target {
        return flat(method, matrix.iter().map(|x| number_cell(*x)).collect());
    }
    table(method, Vec::new(), matrix)
}
