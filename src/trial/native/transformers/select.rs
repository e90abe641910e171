//! Selections of columns by a fitted score. Those by a model's weights are not here.

use crate::pickle::Value;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number, value_cell};
use crate::trial::native::stop::Stop;

const UNIVARIATE: &[&str] = &[
    "score_func",
    "scores_",
    "pvalues_",
    "k",
    "percentile",
    "alpha",
    "mode",
    "param",
];
const SEQUENTIAL: &[&str] = &[
    "estimator",
    "n_features_to_select",
    "n_features_to_select_",
    "direction",
    "scoring",
    "cv",
    "tol",
    "support_",
];

/// `SelectKBest`, `SelectPercentile`, `SelectFpr`, `SelectFdr`, `SelectFwe`,
/// `GenericUnivariateSelect`.
pub fn univariate(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[UNIVARIATE])?;
    let (mode, key) = match estimator.name {
        "SelectKBest" => ("k_best", "k"),
        "SelectPercentile" => ("percentile", "percentile"),
        "SelectFpr" => ("fpr", "alpha"),
        "SelectFdr" => ("fdr", "alpha"),
        "SelectFwe" => ("fwe", "alpha"),
        _ => (estimator.text("mode", "percentile")?, "param"),
    };
    let mask = match mode {
        "k_best" => best(context, estimator, key)?,
        "percentile" => percentile(context, estimator, key)?,
        "fpr" | "fdr" | "fwe" => significant(context, estimator, mode, key)?,
        _ => return Err(estimator.strange("mode")),
    };
    kept(context, estimator, frame, &mask, Allow::Finite)
}

/// `VarianceThreshold`.
pub fn variance(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&["threshold", "variances_"]])?;
    let threshold = parameter(estimator, "threshold")?;
    let variances = estimator.vector("variances_")?;
    let mask: Vec<bool> = variances.iter().map(|v| *v > threshold).collect();
    let allow = if estimator.since((0, 22)) {
        Allow::Nan
    } else {
        Allow::Finite
    };
    kept(context, estimator, frame, &mask, allow)
}

/// `SequentialFeatureSelector`.
pub fn sequential(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[SEQUENTIAL])?;
    let support = estimator
        .view("support_")?
        .to_i64()
        .map_err(|_| estimator.strange("support_"))?;
    let mask: Vec<bool> = support.iter().map(|flag| *flag != 0).collect();
    // Whether NaN may be is up to the estimator that chose; it is no error here only if it is there.
    kept(context, estimator, frame, &mask, Allow::Finite)
}

fn parameter(estimator: &Estimator, key: &str) -> Result<f64, Stop> {
    value_cell(&estimator.value(key))
        .and_then(|cell| number(&cell))
        .filter(|number| !number.is_nan())
        .ok_or_else(|| estimator.strange(key))
}

/// The columns where the mask says so.
fn kept(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    mask: &[bool],
    allow: Allow,
) -> Result<Frame, Stop> {
    if mask.len() != frame.width() {
        check::features(estimator, frame, None)?;
        return Err(Stop::value_error(
            "X has a different shape than during fitting.",
        ));
    }
    context.charge(
        mask.len().saturating_add(frame.stored()).saturating_mul(4),
        &estimator.class,
    )?;
    let places: Vec<usize> = (0..mask.len()).filter(|place| mask[*place]).collect();
    if let Some(csr) = frame.csr() {
        let odd = |x: &&f64| x.is_infinite() || x.is_nan() && allow == Allow::Finite;
        if let Some(odd) = csr.values.iter().find(odd) {
            return Err(check::not_finite(
                estimator,
                odd.is_nan(),
                allow,
                Width::Double,
            ));
        }
    } else {
        check::matrix(context, estimator, frame, allow, Width::Double)?;
    }
    let mut out = frame
        .select(&places)
        .ok_or_else(|| estimator.strange("scores_"))?;
    // Names stay only where `set_output` asks for a data frame.
    out.names = None;
    Ok(out)
}

/// Scores where NaN is the lowest.
fn scores(context: &Context, estimator: &Estimator) -> Result<Vec<f64>, Stop> {
    let scores = estimator.vector("scores_")?;
    context.charge(scores.len().saturating_mul(32), &estimator.class)?;
    let clean = |x: &f64| if x.is_nan() { f64::MIN } else { *x };
    Ok(scores.iter().map(clean).collect())
}

fn best(context: &Context, estimator: &Estimator, key: &str) -> Result<Vec<bool>, Stop> {
    let scores = scores(context, estimator)?;
    let k = match estimator.value(key) {
        Value::Text(word) if word == "all" => return Ok(vec![true; scores.len()]),
        Value::Int(k) => usize::try_from(k).map_err(|_| estimator.strange(key))?,
        _ => return Err(estimator.strange(key)),
    };
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // Stable, as a merge sort: of equal scores the later columns stay.
    order.sort_by(|a, b| {
        scores[*a]
            .partial_cmp(&scores[*b])
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut mask = vec![false; scores.len()];
    for place in order.into_iter().rev().take(k) {
        mask[place] = true;
    }
    Ok(mask)
}

fn percentile(context: &Context, estimator: &Estimator, key: &str) -> Result<Vec<bool>, Stop> {
    let scores = scores(context, estimator)?;
    let percentile = parameter(estimator, key)?;
    if !(0.0..=100.0).contains(&percentile) {
        return Err(estimator.strange(key));
    }
    let n = scores.len();
    if percentile == 100.0 || n == 0 {
        return Ok(vec![true; n]);
    }
    if percentile == 0.0 {
        return Ok(vec![false; n]);
    }
    let mut sorted = scores.clone();
    sorted.sort_by(f64::total_cmp);
    let place = (100.0 - percentile) / 100.0 * (n - 1) as f64;
    let below = (place.floor() as usize).min(n - 1);
    let above = (below + 1).min(n - 1);
    let (a, b, t) = (sorted[below], sorted[above], place - place.floor());
    // numpy wrote the mean of two neighbours in one way until 1.19 and in another since; the mask
    // must not hang on that.
    let newer = if t >= 0.5 {
        b - (b - a) * (1.0 - t)
    } else {
        a + (b - a) * t
    };
    let older = a * (1.0 - t) + b * t;
    let mask = above_threshold(&scores, newer, percentile);
    if t != 0.0 && mask != above_threshold(&scores, older, percentile) {
        return Err(estimator.refused("which scores it keeps depends on numpy's rounding"));
    }
    Ok(mask)
}

fn above_threshold(scores: &[f64], threshold: f64, percentile: f64) -> Vec<bool> {
    let mut mask: Vec<bool> = scores.iter().map(|score| *score > threshold).collect();
    let most = (scores.len() as f64 * percentile / 100.0) as usize;
    let taken = mask.iter().filter(|kept| **kept).count();
    let ties: Vec<usize> = (0..scores.len())
        .filter(|place| scores[*place] == threshold)
        .collect();
    // A slice to a negative end leaves out as many from the end.
    let count = if most >= taken {
        most - taken
    } else {
        ties.len().saturating_sub(taken - most)
    };
    for place in ties.into_iter().take(count) {
        mask[place] = true;
    }
    mask
}

fn significant(
    context: &Context,
    estimator: &Estimator,
    mode: &str,
    key: &str,
) -> Result<Vec<bool>, Stop> {
    let p = estimator.vector("pvalues_")?;
    context.charge(p.len().saturating_mul(32), &estimator.class)?;
    let alpha = parameter(estimator, key)?;
    let n = p.len() as f64;
    Ok(match mode {
        "fpr" => p.iter().map(|p| *p < alpha).collect(),
        "fwe" => p.iter().map(|p| *p < alpha / n).collect(),
        _ => {
            let mut sorted = p.to_vec();
            sorted.sort_by(f64::total_cmp);
            let fits = |(place, p): &(usize, &f64)| **p <= alpha / n * (*place + 1) as f64;
            let largest = sorted.iter().enumerate().filter(fits).map(|(_, p)| *p);
            match largest.reduce(f64::max) {
                Some(largest) => p.iter().map(|p| *p <= largest).collect(),
                None => vec![false; p.len()],
            }
        }
    })
}
