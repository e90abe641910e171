//! What scikit-learn checks before it computes, in its own words.

use ndarray::Array2;

use super::estimator::{Context, Estimator};
use super::frame::{Frame, repr};
use super::sparse::Csr;
use super::stop::Stop;

/// What an input may hold besides finite numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Allow {
    /// Finite numbers only.
    Finite,
    /// NaN as well.
    Nan,
}

/// Which floats scikit-learn converts to before it looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// `float32`, as trees do.
    Single,
    /// `float64`.
    Double,
}

/// Checks the number of features: by `n_features_in_` where recorded, else by `derived`.
pub fn features(estimator: &Estimator, frame: &Frame, derived: Option<usize>) -> Result<(), Stop> {
    let found = frame.width();
    if estimator.get("n_features_in_").is_some() {
        let expected = estimator.count("n_features_in_")?;
        if found != expected {
            return Err(Stop::value_error(format!(
                "X has {found} features, but {} is expecting {expected} features as input.",
                estimator.name
            )));
        }
    }
    match derived {
        Some(expected) if expected != found => Err(Stop::value_error(format!(
            "X has {found} features per sample; expecting {expected}"
        ))),
        _ => Ok(()),
    }
}

/// The frame as a matrix of numbers, checked like `check_array` does.
pub fn matrix(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    allow: Allow,
    width: Width,
) -> Result<Array2<f64>, Stop> {
    if let Some(csr) = frame.csr() {
        let mut matrix = dense(context, estimator, csr)?;
        if width == Width::Single {
            matrix.mapv_inplace(|x| f64::from(x as f32));
        }
        return finite(estimator, matrix, allow, width);
    }
    context.charge(frame.n_rows * frame.width(), &estimator.class)?;
    let mut matrix = Array2::zeros((frame.n_rows, frame.width()));
    for (place, column) in frame.columns.iter().enumerate() {
        let numbers = column.numbers().map_err(|cell| {
            Stop::value_error(format!(
                "could not convert string to float: {}",
                repr(&cell)
            ))
        })?;
        for (row, number) in numbers.into_iter().enumerate() {
            matrix[[row, place]] = match width {
                Width::Single => f64::from(number as f32),
                Width::Double => number,
            };
        }
    }
    finite(estimator, matrix, allow, width)
}

fn finite(
    estimator: &Estimator,
    matrix: Array2<f64>,
    allow: Allow,
    width: Width,
) -> Result<Array2<f64>, Stop> {
    let nan = allow == Allow::Finite && matrix.iter().any(|x| x.is_nan());
    let infinite = matrix.iter().any(|x| x.is_infinite());
    if nan || infinite {
        return Err(not_finite(estimator, nan, allow, width));
    }
    Ok(matrix)
}

/// The error for numbers that are not finite: NaN, or else infinity.
pub fn not_finite(estimator: &Estimator, nan: bool, allow: Allow, width: Width) -> Stop {
    let dtype = match width {
        Width::Single => "dtype('float32')",
        Width::Double => "dtype('float64')",
    };
    // Reworded in 1.1.
    if !estimator.since((1, 1)) {
        let kinds = match allow {
            Allow::Finite => "NaN, infinity",
            Allow::Nan => "infinity",
        };
        return Stop::value_error(format!(
            "Input contains {kinds} or a value too large for {dtype}."
        ));
    }
    if !nan {
        return Stop::value_error(format!(
            "Input X contains infinity or a value too large for {dtype}."
        ));
    }
    let name = estimator.name;
    let page = "https://scikit-learn.org/stable/modules/impute.html";
    Stop::value_error(format!(
        "Input X contains NaN.\n{name} does not accept missing values encoded as NaN natively. \
         For supervised learning, you might want to consider \
         sklearn.ensemble.HistGradientBoostingClassifier and Regressor which accept missing values \
         encoded as NaNs natively. Alternatively, it is possible to preprocess the data, for \
         instance by using an imputer transformer in a pipeline or drop samples with missing \
         values. See {page} You can find a list of all estimators that handle NaN values at the \
         following page: {page}#estimators-that-handle-nan-values"
    ))
}

/// Refuses a model whose `key` was fitted in 32 bits, for rows that may be 32 bits wide as well:
/// scikit-learn then computes in 32 bits, and its rounding shows. Wider rows make it use 64.
pub fn precise(estimator: &Estimator, key: &str, x: &Array2<f64>) -> Result<(), Stop> {
    if estimator.is_single(key) && x.iter().all(|x| f64::from(*x as f32) == *x) {
        return Err(estimator.refused(format!(
            "`{key}` is float32, and for rows of float32 its rounding would show"
        )));
    }
    Ok(())
}

/// Refuses a model whose `key` is float32 where scikit-learn computes with it in 32 bits whatever
/// the rows are.
pub fn double(estimator: &Estimator, key: &str) -> Result<(), Stop> {
    if estimator.is_single(key) {
        return Err(estimator.refused(format!("`{key}` is float32, and its rounding would show")));
    }
    Ok(())
}

/// The frame as a matrix of `width` finite numbers a row, checked as most models do.
pub fn rows(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    width: usize,
) -> Result<Array2<f64>, Stop> {
    features(estimator, frame, Some(width))?;
    matrix(context, estimator, frame, Allow::Finite, Width::Double)
}

/// All elements of a sparse matrix. Memory is what it takes: eight bytes an element.
fn dense(context: &Context, estimator: &Estimator, csr: &Csr) -> Result<Array2<f64>, Stop> {
    let cells = csr.n_rows().saturating_mul(csr.width);
    context.charge(cells.saturating_mul(4), &estimator.class)?;
    Ok(csr.dense())
}

/// X·Wᵀ, one column a row of `weights`, for finite X; costs what the stored elements of X cost.
pub fn product(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    weights: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    let narrow = |width: usize| {
        Stop::value_error(format!(
            "X has {width} features per sample; expecting {}",
            weights.ncols()
        ))
    };
    let Some(csr) = frame.csr() else {
        let x = matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
        if x.ncols() != weights.ncols() {
            return Err(narrow(x.ncols()));
        }
        context.charge(x.nrows().saturating_mul(weights.len()), &estimator.class)?;
        return Ok(x.dot(&weights.t()));
    };
    if let Some(odd) = csr.values.iter().find(|x| !x.is_finite()) {
        return Err(not_finite(
            estimator,
            odd.is_nan(),
            Allow::Finite,
            Width::Double,
        ));
    }
    if csr.width != weights.ncols() {
        return Err(narrow(csr.width));
    }
    let sums = csr.n_rows().saturating_add(csr.stored());
    context.charge(sums.saturating_mul(weights.nrows()), &estimator.class)?;
    let mut out = Array2::zeros((csr.n_rows(), weights.nrows()));
    for (target, weights) in weights.rows().into_iter().enumerate() {
        for row in 0..csr.n_rows() {
            out[[row, target]] = csr.row(row).map(|(place, x)| x * weights[place]).sum();
        }
    }
    Ok(out)
}
