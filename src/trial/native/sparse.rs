//! A sparse matrix by rows, for what would be mostly zeros: texts have a few of 100,000 words.
//!
//! Zeros that are stored stay stored, as in scipy: some transformers change every stored element.

use ndarray::Array2;

/// A matrix that stores some elements of each row, the columns in rising order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Csr {
    /// How many columns.
    pub width: usize,
    /// Where each row ends in `places` and `values`.
    ends: Vec<usize>,
    /// The columns of the stored elements, row by row.
    pub places: Vec<usize>,
    /// The stored elements.
    pub values: Vec<f64>,
}

impl Csr {
    /// A matrix without rows.
    pub fn new(width: usize) -> Csr {
        Csr {
            width,
            ..Csr::default()
        }
    }

    /// Appends a row. Elements of one column are added up; elements outside the width are dropped.
    pub fn push(&mut self, mut row: Vec<(usize, f64)>) {
        let start = self.places.len();
        // Stable: sums of one column are taken in the order given.
        row.sort_by_key(|(place, _)| *place);
        for (place, value) in row {
            if place >= self.width {
                continue;
            }
            if self.places.len() > start && self.places.last() == Some(&place) {
                if let Some(last) = self.values.last_mut() {
                    *last += value;
                }
            } else {
                self.places.push(place);
                self.values.push(value);
            }
        }
        self.ends.push(self.places.len());
    }

    /// How many rows.
    pub fn n_rows(&self) -> usize {
        self.ends.len()
    }

    /// How many stored elements.
    pub fn stored(&self) -> usize {
        self.values.len()
    }

    fn span(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        start..self.ends[row]
    }

    /// The stored elements of a row with their columns.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let span = self.span(row);
        self.places[span.clone()]
            .iter()
            .copied()
            .zip(self.values[span].iter().copied())
    }

    /// The stored elements of a row, to change.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        let span = self.span(row);
        &mut self.values[span]
    }

    /// Changes every stored element; its column is the first argument.
    pub fn change(&mut self, mut to: impl FnMut(usize, f64) -> f64) {
        for (place, value) in self.places.iter().zip(&mut self.values) {
            *value = to(*place, *value);
        }
    }

    /// All elements.
    pub fn dense(&self) -> Array2<f64> {
        let mut dense = Array2::zeros((self.n_rows(), self.width));
        for row in 0..self.n_rows() {
            for (place, value) in self.row(row) {
                dense[[row, place]] = value;
            }
        }
        dense
    }

    /// The elements of a matrix that are not zero.
    pub fn of_dense(dense: &Array2<f64>) -> Csr {
        let mut csr = Csr::new(dense.ncols());
        for row in dense.rows() {
            for (place, value) in row.iter().enumerate() {
                if *value != 0.0 {
                    csr.places.push(place);
                    csr.values.push(*value);
                }
            }
            csr.ends.push(csr.places.len());
        }
        csr
    }

    /// The columns at `places`, in that order.
    pub fn select(&self, places: &[usize]) -> Csr {
        let mut target: Vec<Vec<usize>> = vec![Vec::new(); self.width];
        for (new, old) in places.iter().enumerate() {
            if let Some(news) = target.get_mut(*old) {
                news.push(new);
            }
        }
        let mut out = Csr::new(places.len());
        for row in 0..self.n_rows() {
            let elements = self.row(row);
            let moved =
                elements.flat_map(|(old, value)| target[old].iter().map(move |new| (*new, value)));
            out.push(moved.collect());
        }
        out
    }

    /// Matrices of as many rows beside each other.
    pub fn beside(parts: &[&Csr], n_rows: usize) -> Csr {
        let mut out = Csr::new(parts.iter().map(|part| part.width).sum());
        for row in 0..n_rows {
            let mut first = 0;
            for part in parts {
                if row < part.n_rows() {
                    for (place, value) in part.row(row) {
                        out.places.push(first + place);
                        out.values.push(value);
                    }
                }
                first += part.width;
            }
            out.ends.push(out.places.len());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_repeated_columns_added() {
        let mut csr = Csr::new(3);
        csr.push(vec![(2, 1.0), (0, 2.0), (2, -1.0), (9, 5.0)]);
        csr.push(Vec::new());
        assert_eq!(csr.row(0).collect::<Vec<_>>(), [(0, 2.0), (2, 0.0)]);
        assert_eq!(csr.dense(), ndarray::array![[2.0, 0.0, 0.0], [0.0; 3]]);
        let twice = Csr::beside(&[&csr, &csr.select(&[2, 0, 0])], 2);
        assert_eq!(
            twice.row(0).collect::<Vec<_>>(),
            [(0, 2.0), (2, 0.0), (3, 0.0), (4, 2.0), (5, 2.0)]
        );
    }
}
