//! Rows as trees take them: 32-bit floats, row after row.

use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, repr};
use crate::trial::native::stop::Stop;

/// Row-major 32-bit floats.
pub struct Singles {
    /// The numbers.
    pub data: Vec<f32>,
    /// How many of them make a row.
    pub width: usize,
    /// How many rows there are.
    pub rows: usize,
}

/// The rows as `float32`, missing values allowed where this model takes them: `tree` is the
/// estimator whose parameters decide, the same one or the first of a forest.
pub fn input(
    context: &Context,
    estimator: &Estimator,
    tree: &Estimator,
    frame: &Frame,
) -> Result<Singles, Stop> {
    let allow = if takes_missing(estimator, tree)? {
        Allow::Nan
    } else {
        Allow::Finite
    };
    singles(context, estimator, frame, allow)
}

/// The rows as `float32`, checked as `check_array` does.
pub fn singles(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    allow: Allow,
) -> Result<Singles, Stop> {
    check::features(estimator, frame, None)?;
    let (rows, width) = (frame.n_rows, frame.width());
    context.charge(rows.saturating_mul(width), &estimator.class)?;
    let mut data = vec![0.0; rows.saturating_mul(width)];
    for (place, column) in frame.columns.iter().enumerate() {
        let numbers = column.numbers().map_err(|cell| {
            Stop::value_error(format!(
                "could not convert string to float: {}",
                repr(&cell)
            ))
        })?;
        for (row, number) in numbers.into_iter().enumerate().take(rows) {
            data[row * width + place] = number as f32;
        }
    }
    let nan = allow == Allow::Finite && data.iter().any(|x| x.is_nan());
    if nan || data.iter().any(|x| x.is_infinite()) {
        return Err(check::not_finite(estimator, nan, allow, Width::Single));
    }
    Ok(Singles { data, width, rows })
}

/// Trees learned to take missing values in 1.3, random forests in 1.4, extra trees in 1.6; until
/// 1.9 only with some criteria.
fn takes_missing(estimator: &Estimator, tree: &Estimator) -> Result<bool, Stop> {
    let forest = match estimator.name {
        "RandomForestClassifier" | "RandomForestRegressor" | "BalancedRandomForestClassifier" => {
            (1, 4)
        }
        name if name.starts_with("Extra") => (1, 6),
        _ => (1, 3),
    };
    // imbalanced-learn's forests do not record the release; their trees do.
    if !estimator.since(forest) || !tree.since(forest) {
        return Ok(false);
    }
    let random_only = tree.name.starts_with("Extra");
    let splitter = match tree.text("splitter", "best")? {
        "best" => !random_only,
        "random" => tree.since((1, 6)),
        _ => return Err(tree.strange("splitter")),
    };
    let criterion = matches!(
        tree.text("criterion", "")?,
        "gini" | "log_loss" | "entropy" | "squared_error" | "friedman_mse" | "poisson"
    );
    Ok(splitter && (criterion || tree.since((1, 9))))
}
