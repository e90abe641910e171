//! `SimpleImputer`: missing cells become the column's statistic; and `MissingIndicator`.

use crate::pickle::Value;
use crate::trial::Cell;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number, same, value_cell};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "missing_values",
    "strategy",
    "fill_value",
    "add_indicator",
    "keep_empty_features",
    "indicator_",
    "statistics_",
    "_fit_dtype",
    "_fill_dtype",
];
const INDICATOR: &[&str] = &[
    "missing_values",
    "features",
    "sparse",
    "error_on_new",
    "_precomputed",
    "_n_features",
    "features_",
];

/// `SimpleImputer`.
pub fn simple(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    if frame.sparse {
        return Err(estimator.refused("it does not fill sparse matrices"));
    }
    let strategy = estimator.text("strategy", "mean")?;
    let numeric = match strategy {
        "mean" | "median" => true,
        "most_frequent" | "constant" => false,
        _ => return Err(estimator.strange("strategy")),
    };
    let missing = missing_marker(estimator)?;
    let statistics = estimator.cells("statistics_")?;
    check::features(estimator, frame, Some(statistics.len()))?;
    context.charge(frame.n_rows * frame.width(), &estimator.class)?;

    // Empty columns are dropped; with a constant there was always something to fill in, until 1.8
    // began to drop those too.
    let keeps_empty = estimator.flag("keep_empty_features", false)?
        || strategy == "constant" && !estimator.since((1, 8));
    let mut columns = Vec::new();
    let mut masks = Vec::new();
    for (column, statistic) in frame.columns.iter().zip(&statistics) {
        let mask = mask(estimator, column, &missing, frame.n_rows)?;
        if keeps_empty || *statistic != Cell::Missing {
            columns.push(filled(estimator, column, &mask, statistic, numeric)?);
        }
        masks.push(mask);
    }
    columns.extend(indicator(context, estimator, &masks)?);
    Ok(Frame::new(columns, frame.n_rows))
}

/// What an imputer's indicator adds: a column for each feature that missed cells in training.
pub fn indicator(
    context: &Context,
    estimator: &Estimator,
    masks: &[Vec<bool>],
) -> Result<Vec<Column>, Stop> {
    if !estimator.flag("add_indicator", false)? {
        return Ok(Vec::new());
    }
    let features = indicated(context, estimator)?;
    let column = |feature: usize| {
        let mask = masks
            .get(feature)
            .ok_or_else(|| estimator.refused("`indicator_` names a feature that is not there"))?;
        context.charge(mask.len(), &estimator.class)?;
        Ok(flags(mask))
    };
    features.into_iter().map(column).collect()
}

fn flags(mask: &[bool]) -> Column {
    Column::Numbers(mask.iter().map(|m| f64::from(u8::from(*m))).collect())
}

/// `MissingIndicator`.
pub fn missing_indicator(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[INDICATOR])?;
    if frame.sparse || estimator.flag("_precomputed", false)? {
        return Err(estimator.refused("it takes no sparse matrix and no mask"));
    }
    let sparse = match estimator.value("sparse") {
        Value::Bool(flag) => flag,
        Value::Text(word) if word == "auto" => false,
        _ => return Err(estimator.strange("sparse")),
    };
    let width = estimator.count("_n_features")?;
    check::features(estimator, frame, Some(width))?;
    let marker = missing_marker(estimator)?;
    context.charge(frame.stored().saturating_mul(4), &estimator.class)?;
    let masks = frame
        .columns
        .iter()
        .map(|column| {
            let infinite = (0..frame.n_rows).any(|row| match column.cell(row) {
                Cell::Float(x) => x.is_infinite(),
                _ => false,
            });
            if infinite {
                return Err(check::not_finite(
                    estimator,
                    false,
                    Allow::Nan,
                    Width::Double,
                ));
            }
            mask(estimator, column, &marker, frame.n_rows)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let features: Vec<usize> = match estimator.text("features", "missing-only")? {
        "all" => (0..width).collect(),
        "missing-only" => features(estimator)?,
        _ => return Err(estimator.strange("features")),
    };
    let missing_only = estimator.text("features", "missing-only")? != "all";
    if missing_only && estimator.flag("error_on_new", true)? {
        let new: Vec<String> = (0..width)
            .filter(|place| masks[*place].contains(&true) && !features.contains(place))
            .map(|place| place.to_string())
            .collect();
        if !new.is_empty() {
            return Err(Stop::value_error(format!(
                "The features [{}] have missing values in transform but have no missing values in fit.",
                new.join(" ")
            )));
        }
    }
    let columns = features.iter().map(|feature| {
        let mask = masks.get(*feature).map(|mask| flags(mask));
        mask.ok_or_else(|| estimator.strange("features_"))
    });
    let mut out = Frame::new(columns.collect::<Result<_, _>>()?, frame.n_rows);
    out.sparse = sparse;
    Ok(out)
}

/// The cell that stands for a missing one.
pub fn missing_marker(estimator: &Estimator) -> Result<Cell, Stop> {
    match estimator.value("missing_values") {
        Value::Other(_) => Err(estimator.strange("missing_values")),
        value => value_cell(&value).ok_or_else(|| estimator.strange("missing_values")),
    }
}

fn mask(
    estimator: &Estimator,
    column: &Column,
    missing: &Cell,
    n_rows: usize,
) -> Result<Vec<bool>, Stop> {
    let mut mask = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let cell = column.cell(row);
        // With another marker NaN is not a number that the imputer takes.
        if *missing != Cell::Missing && cell == Cell::Missing {
            return Err(check::not_finite(
                estimator,
                true,
                Allow::Finite,
                Width::Double,
            ));
        }
        mask.push(same(&cell, missing));
    }
    Ok(mask)
}

fn filled(
    estimator: &Estimator,
    column: &Column,
    mask: &[bool],
    statistic: &Cell,
    numeric: bool,
) -> Result<Column, Stop> {
    if numeric {
        let numbers = column.numbers().map_err(|cell| {
            Stop::value_error(format!(
                "Cannot use {} strategy with non-numeric data:\ncould not convert string to float: {}",
                estimator.text("strategy", "mean").unwrap_or("mean"),
                crate::trial::native::frame::repr(&cell)
            ))
        })?;
        if numbers.iter().any(|x| x.is_infinite()) {
            return Err(check::not_finite(
                estimator,
                false,
                Allow::Nan,
                Width::Double,
            ));
        }
        let fill = number(statistic).ok_or_else(|| estimator.strange("statistics_"))?;
        return Ok(Column::Numbers(fill_in(numbers, mask, &fill)));
    }
    if let (Column::Numbers(numbers), Some(fill)) = (column, number(statistic)) {
        return Ok(Column::Numbers(fill_in(numbers.clone(), mask, &fill)));
    }
    let all_missing = mask.iter().all(|m| *m);
    if let (Column::Numbers(_), Cell::Text(text), false) = (column, statistic, all_missing) {
        return Err(Stop::Sample(format!(
            "a column holds numbers where `{}` fills in text ('{}')",
            estimator.name,
            crate::text::short(text, 40)
        )));
    }
    let cells = (0..mask.len()).map(|row| column.cell(row)).collect();
    Ok(Column::Objects(fill_in(cells, mask, statistic)))
}

fn fill_in<T: Clone>(mut values: Vec<T>, mask: &[bool], fill: &T) -> Vec<T> {
    for (value, missing) in values.iter_mut().zip(mask) {
        if *missing {
            value.clone_from(fill);
        }
    }
    values
}

/// The features whose missing cells become columns of their own.
fn indicated(context: &Context, estimator: &Estimator) -> Result<Vec<usize>, Stop> {
    let indicator = Estimator::read(context, estimator.need("indicator_")?)
        .filter(|indicator| indicator.name == "MissingIndicator")
        .ok_or_else(|| estimator.strange("indicator_"))?;
    indicator.only(&[INDICATOR])?;
    if indicator.text("features", "missing-only")? != "missing-only" {
        return Err(indicator.strange("features"));
    }
    features(&indicator)
}

fn features(indicator: &Estimator) -> Result<Vec<usize>, Stop> {
    let features = indicator
        .view("features_")?
        .to_i64()
        .map_err(|_| indicator.strange("features_"))?;
    features
        .iter()
        .map(|n| usize::try_from(*n).map_err(|_| indicator.strange("features_")))
        .collect()
}
