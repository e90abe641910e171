//! A frame as rows of numbers, the way boosters take them: NaN is a missing value and no error.

use ndarray::Array2;

use crate::trial::Cell;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::{Frame, repr};
use crate::trial::native::stop::Stop;

/// The widest row that is made up.
pub const WIDEST: usize = 50_000;

/// The frame as a matrix; every cell is a number or missing.
pub fn numbers(context: &Context, class: &str, frame: &Frame) -> Result<Array2<f64>, Stop> {
    context.charge(frame.n_rows.saturating_mul(frame.width()), class)?;
    let mut matrix = Array2::zeros((frame.n_rows, frame.width()));
    for (place, column) in frame.columns.iter().enumerate() {
        let numbers = column.numbers().map_err(|cell| {
            Stop::value_error(format!(
                "could not convert string to float: {}",
                repr(&cell)
            ))
        })?;
        for (row, number) in numbers.into_iter().enumerate() {
            matrix[[row, place]] = number;
        }
    }
    Ok(matrix)
}

/// Refuses a row that is not as wide as the model wants.
pub fn width(found: usize, wanted: usize) -> Result<(), Stop> {
    if found == wanted {
        return Ok(());
    }
    Err(Stop::Sample(format!(
        "the model takes {wanted} values a row, and the sample gives {found}"
    )))
}

/// The middle of some thresholds, and those a quarter from either end.
pub fn quartiles(mut thresholds: Vec<f64>) -> Vec<Cell> {
    thresholds.retain(|threshold| threshold.is_finite());
    if thresholds.is_empty() {
        return Vec::new();
    }
    thresholds.sort_by(f64::total_cmp);
    let at = |share: usize| thresholds[(thresholds.len() - 1) * share / 4];
    [2, 1, 3].map(|share| Cell::Float(at(share))).to_vec()
}
