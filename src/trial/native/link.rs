//! From scores to probabilities: sigmoid, softmax, and one class against the rest.

use ndarray::{Array2, Axis};

/// A sigmoid for each class, divided by their sum; for two classes the sigmoid and the rest. Rows
/// of zeros become NaN, or uniform (since 1.9).
pub fn one_vs_rest(decision: &Array2<f64>, uniform: bool) -> Array2<f64> {
    let sigmoids = decision.mapv(sigmoid);
    if decision.ncols() == 1 {
        two_sided(&sigmoids, |p| 1.0 - p)
    } else {
        normalised(sigmoids, uniform)
    }
}

/// 1 / (1 + e⁻ˣ).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// A column and its other side before it.
pub fn two_sided(column: &Array2<f64>, other: fn(f64) -> f64) -> Array2<f64> {
    let mut both = Array2::zeros((column.nrows(), 2));
    for (row, x) in column.iter().enumerate() {
        both[[row, 0]] = other(*x);
        both[[row, 1]] = *x;
    }
    both
}

/// Each row's exponentials, divided by their sum.
pub fn softmax(scores: &Array2<f64>) -> Array2<f64> {
    let mut out = scores.clone();
    for mut row in out.axis_iter_mut(Axis(0)) {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.mapv_inplace(|x| libm::exp(x - largest));
        let sum: f64 = row.sum();
        row.mapv_inplace(|x| x / sum);
    }
    out
}

/// Rows divided by their sums.
fn normalised(mut proba: Array2<f64>, uniform: bool) -> Array2<f64> {
    for mut row in proba.axis_iter_mut(Axis(0)) {
        let mut sum: f64 = row.sum();
        if uniform && sum == 0.0 {
            row.fill(1.0);
            sum = row.len() as f64;
        }
        row.mapv_inplace(|x| x / sum);
    }
    proba
}
