//! Two answers to the same rows held against each other: how far numbers are apart, and which rows
//! get another class. What is shown of it, and where, is decided elsewhere.

use super::{Cell, Output, Prediction};
use crate::text;

/// Numbers that are this near to each other, relative to the larger one, are the same: sums in
/// another order end in other last digits.
pub const NEAR: f64 = 1e-9;
/// How near recorded answers must be: within the rounding of single precision, as everywhere.
pub const SINGLE: f64 = 1e-6;

/// How two answers to one row differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Apart {
    /// The largest difference of two numbers.
    pub most: f64,
    /// Whether some numbers are not as near as rounding explains.
    pub differs: bool,
    /// Whether `predict` gave another answer that is no number on a scale: another class.
    pub flips: bool,
}

/// How two predictions differ.
#[derive(Debug, Default)]
pub struct Compared {
    /// Row by row, over every method that both ran.
    pub rows: Vec<Apart>,
    /// The method with the largest difference of two numbers, and the row, from 0.
    pub place: Option<(String, usize)>,
}

impl Apart {
    /// The one word for it.
    pub fn word(self) -> &'static str {
        match (self.flips, self.differs) {
            (true, _) => "FLIPS",
            (_, true) => "differs",
            _ => "same",
        }
    }

    /// Of several sides the one that is farthest counts.
    fn add(&mut self, other: Apart) {
        self.most = self.most.max(other.most);
        self.differs |= other.differs;
        self.flips |= other.flips;
    }
}

impl Compared {
    /// The largest difference of two numbers.
    pub fn most(&self) -> f64 {
        self.rows.iter().map(|apart| apart.most).fold(0.0, f64::max)
    }

    /// How many rows are not the same.
    pub fn differ(&self) -> usize {
        self.rows.iter().filter(|apart| apart.differs).count()
    }

    /// How many rows get another class.
    pub fn flips(&self) -> usize {
        self.rows.iter().filter(|apart| apart.flips).count()
    }

    /// One sentence about the sides `one` and `other`; numbers are written as `number` does.
    pub fn words(&self, one: &str, other: &str, number: impl Fn(f64) -> String) -> String {
        let place = self.place.as_ref().map_or(String::new(), |(method, row)| {
            format!(" ({}, row {})", text::clean(method), row + 1)
        });
        let largest = format!("the largest difference is {}{place}", number(self.most()));
        let (all, flips, differ) = (self.rows.len(), self.flips(), self.differ());
        if flips > 0 {
            return format!(
                "{flips} of {all} rows flip class between {one} and {other}; {largest}"
            );
        }
        if differ > 0 {
            return format!("{differ} of {all} rows differ between {one} and {other}; {largest}");
        }
        format!("{one} and {other} say the same; {largest}")
    }
}

/// Adds what one side differs by to what others did, row by row.
pub fn join(all: &mut Vec<Apart>, more: &[Apart]) {
    all.resize(all.len().max(more.len()), Apart::default());
    for (all, one) in all.iter_mut().zip(more) {
        all.add(*one);
    }
}

/// The places of rows, those that differ most first.
pub fn order(rows: &[Apart]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (rows[*a], rows[*b]);
        let most = b.most.total_cmp(&a.most);
        (b.flips, b.differs).cmp(&(a.flips, a.differs)).then(most)
    });
    order
}

/// The output that stands for a prediction in a table: `predict`, else the first.
pub fn answer(prediction: &Prediction) -> Option<&Output> {
    let predict = prediction.outputs.iter().find(|o| o.method == "predict");
    predict.or(prediction.outputs.first())
}

/// How two predictions differ; numbers within `near` of the larger one are the same.
pub fn compare(one: &Prediction, other: &Prediction, near: f64) -> Result<Compared, String> {
    let mut found = Compared::default();
    let mut most = 0.0;
    let mut shared = 0;
    for output in &one.outputs {
        let Some(twin) = other.outputs.iter().find(|o| o.method == output.method) else {
            continue;
        };
        shared += 1;
        if output.rows.len() != twin.rows.len() {
            return Err(format!(
                "{} gave {} rows and {} rows",
                output.method,
                output.rows.len(),
                twin.rows.len()
            ));
        }
        let rows = &mut found.rows;
        rows.resize(rows.len().max(output.rows.len()), Apart::default());
        let class = output.method == "predict" && is_class(one, output, twin);
        for (row, (a, b)) in output.rows.iter().zip(&twin.rows).enumerate() {
            if a.len() != b.len() {
                return Err(format!(
                    "{} gave {} columns and {} columns",
                    output.method,
                    a.len(),
                    b.len()
                ));
            }
            let mut apart = Apart::default();
            for (a, b) in a.iter().zip(b) {
                tell_apart(a, b, class, near, &mut apart);
            }
            if apart.most > most {
                most = apart.most;
                found.place = Some((output.method.clone(), row));
            }
            rows[row].add(apart);
        }
    }
    if shared == 0 {
        return Err("no method ran on both sides".to_owned());
    }
    Ok(found)
}

/// Whether `predict` answers with classes: labels that are no fractions, or there are
/// probabilities of classes beside it.
fn is_class(prediction: &Prediction, one: &Output, other: &Output) -> bool {
    let fraction = |cell: &Cell| matches!(cell, Cell::Float(value) if value.fract() != 0.0);
    let probable = prediction
        .outputs
        .iter()
        .any(|o| o.method == "predict_proba");
    let labels = || one.rows.iter().chain(&other.rows).flatten();
    let whole = labels().all(|cell| !matches!(cell, Cell::Float(_)));
    probable || (whole && !labels().any(fraction))
}

fn tell_apart(a: &Cell, b: &Cell, class: bool, near: f64, apart: &mut Apart) {
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        let other = shown(a) != shown(b);
        apart.differs |= other;
        apart.flips |= other && class;
        return;
    };
    if x == y || (x.is_nan() && y.is_nan()) {
        return;
    }
    let difference = (x - y).abs();
    let far = !difference.is_finite() || difference > near * x.abs().max(y.abs());
    apart.differs |= far;
    apart.flips |= far && class;
    // One that is not a number is farther than any.
    let difference = if difference.is_nan() {
        f64::INFINITY
    } else {
        difference
    };
    if !class {
        apart.most = apart.most.max(difference);
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Bool(value) => Some(f64::from(*value)),
        Cell::Missing | Cell::Text(_) => None,
    }
}

/// A label as text, whole numbers without a point: one side may say 1 where the other says 1.0.
fn shown(label: &Cell) -> String {
    match label {
        Cell::Missing => String::new(),
        Cell::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Text(text) => text.clone(),
    }
}
