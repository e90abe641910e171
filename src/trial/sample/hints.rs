//! What one estimator's fitted numbers say is usual for its own columns: means, medians, ranges,
//! categories, thresholds, stored examples. Which estimator meets which columns is decided by
//! [`super::generate`].

use std::collections::HashMap;

use super::generate::ROWS;
use crate::pickle::{Node, NodeId, Value, view};
use crate::trial::Cell;
use crate::trial::native::estimator::Estimator;
use crate::trial::native::frame::{number_cell, value_cell};

/// Trees of a forest whose thresholds are gathered.
const MAX_TREES: usize = 20;
/// One usual value a row for an input column, and where it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// The values.
    pub cells: Vec<Cell>,
    /// Where they were found.
    pub from: Vec<&'static str>,
}

/// What encoders know.
pub const CATEGORIES: &str = "encoder categories";

/// A hint for each column, where there is one.
pub type Hints = Vec<Option<Hint>>;

/// [`fill`]; and a value that stands alone (an imputer's) is joined by the others that a later step
/// knows of the same column.
pub fn extend(hints: &mut Hints, found: Hints, each: usize) {
    for (hint, found) in hints.iter_mut().zip(found) {
        match (hint.as_mut(), found) {
            (None, found) => *hint = found,
            (Some(hint), Some(found)) if hint.cells.len() == 1 => {
                let first = hint.cells[0].clone();
                let others = found.cells.into_iter().filter(|cell| *cell != first);
                hint.cells.extend(others.take(each.saturating_sub(1)));
                if hint.cells.len() > 1 {
                    hint.from.extend(found.from);
                }
            }
            _ => {}
        }
    }
}

/// What is found for columns of which nothing was known.
pub fn fill(hints: &mut Hints, found: Hints) {
    for (hint, found) in hints.iter_mut().zip(found) {
        *hint = hint.take().or(found);
    }
}

/// What one estimator's fitted attributes say about its own columns.
pub fn own(estimator: &Estimator, count: usize, each: usize) -> Hints {
    let found = categories(estimator, count, each)
        .or_else(|| spread(estimator, "mean_", Some("scale_"), count, "scaler means"))
        .or_else(|| range(estimator, count))
        .or_else(|| {
            spread(
                estimator,
                "center_",
                Some("scale_"),
                count,
                "scaler medians",
            )
        })
        .or_else(|| statistics(estimator, count))
        .or_else(|| examples(estimator, count))
        .or_else(|| isotonic(estimator, count))
        .or_else(|| positive(estimator, count))
        .or_else(|| thresholds(estimator, count));
    found.unwrap_or_else(|| vec![None; count])
}

/// The first `each` categories of each column.
fn categories(estimator: &Estimator, count: usize, each: usize) -> Option<Hints> {
    let graph = estimator.graph;
    let arrays = graph.items(estimator.get("categories_")?)?;
    if arrays.len() != count {
        return None;
    }
    let hint = |array: &NodeId| {
        let values = view(graph, *array)?.values(graph).ok()?;
        let cells: Vec<Cell> = values
            .iter()
            .filter_map(value_cell)
            .filter(|cell| *cell != Cell::Missing)
            .take(each)
            .collect();
        Some(Hint {
            cells,
            from: vec![CATEGORIES],
        })
    };
    Some(arrays.iter().map(hint).collect())
}

/// The middle of each column, then one unit of `width` below and above it.
fn spread(
    estimator: &Estimator,
    middle: &str,
    width: Option<&str>,
    count: usize,
    from: &'static str,
) -> Option<Hints> {
    let middles = estimator.vector(middle).ok().filter(|m| m.len() == count)?;
    let widths = width
        .and_then(|key| estimator.vector(key).ok())
        .filter(|w| w.len() == count);
    let hint = |place: usize| {
        let middle = middles[place];
        let width = widths.as_ref().map_or(0.0, |widths| widths[place]);
        let cells = [middle, middle - width, middle + width];
        Some(Hint {
            cells: cells.map(|x| number_cell(rounded(x))).to_vec(),
            from: vec![from],
        })
    };
    Some((0..count).map(hint).collect())
}

/// The middle of the range seen in training, and a quarter of it to either side.
fn range(estimator: &Estimator, count: usize) -> Option<Hints> {
    let low = estimator
        .vector("data_min_")
        .ok()
        .filter(|v| v.len() == count)?;
    let high = estimator
        .vector("data_max_")
        .ok()
        .filter(|v| v.len() == count)?;
    let hint = |place: usize| {
        let at = |share: f64| rounded(low[place] + (high[place] - low[place]) * share);
        Some(Hint {
            cells: [0.5, 0.25, 0.75]
                .map(|share| number_cell(at(share)))
                .to_vec(),
            from: vec!["scaler ranges"],
        })
    };
    Some((0..count).map(hint).collect())
}

/// What an imputer fills in.
fn statistics(estimator: &Estimator, count: usize) -> Option<Hints> {
    let array = view(estimator.graph, estimator.get("statistics_")?)?;
    let values = array.values(estimator.graph).ok()?;
    if values.len() != count {
        return None;
    }
    let hint = |value: &Value| {
        let cell = value_cell(value).filter(|cell| *cell != Cell::Missing)?;
        Some(Hint {
            cells: vec![cell],
            from: vec!["imputer statistics"],
        })
    };
    Some(values.iter().map(hint).collect())
}

/// Rows that the model itself keeps: training rows, support vectors, cluster centres, class means.
fn examples(estimator: &Estimator, count: usize) -> Option<Hints> {
    const KEPT: &[(&str, &str)] = &[
        ("_fit_X", "places between stored training rows"),
        ("support_vectors_", "support vectors"),
        ("cluster_centers_", "cluster centres"),
        ("theta_", "class means"),
        ("means_", "component means"),
    ];
    KEPT.iter().find_map(|(key, from)| {
        let rows = estimator.matrix(key).ok()?;
        if rows.ncols() != count || rows.nrows() == 0 {
            return None;
        }
        let step = (rows.nrows() / ROWS).max(1);
        // A training row itself is infinitely near to itself, which says nothing about others.
        let beside = usize::from(*key == "_fit_X" && rows.nrows() > 1);
        let hint = |place: usize| {
            let column = rows.column(place);
            let chosen = (0..rows.nrows()).step_by(step).take(ROWS);
            let cells = chosen.map(|row| {
                let next = (row + beside) % rows.nrows();
                number_cell(f64::midpoint(column[row], column[next]))
            });
            Some(Hint {
                cells: cells.collect(),
                from: vec![*from],
            })
        };
        Some((0..count).map(hint).collect())
    })
}

/// The range of the one column of an isotonic regression.
fn isotonic(estimator: &Estimator, count: usize) -> Option<Hints> {
    let bound = |key: &str| match estimator.value(key) {
        Value::Float(number) => Some(number),
        Value::Int(number) => Some(number as f64),
        _ => None,
    };
    let (low, high) = (bound("X_min_")?, bound("X_max_")?);
    let at = |share: f64| number_cell(rounded(low + (high - low) * share));
    (count == 1).then(|| {
        vec![Some(Hint {
            cells: [0.5, 0.25, 0.75].map(at).to_vec(),
            from: vec!["the fitted range"],
        })]
    })
}

/// What a logarithm takes: any positive number.
fn positive(estimator: &Estimator, count: usize) -> Option<Hints> {
    let wanted = estimator.text("method", "").ok()? == "box-cox";
    let hint = Hint {
        cells: [1.0, 2.0, 3.0].map(Cell::Float).to_vec(),
        from: vec!["positive numbers"],
    };
    (wanted && estimator.has("lambdas_")).then(|| vec![Some(hint); count])
}

/// The middle threshold of each feature over a tree or a forest, and the quartiles beside it.
fn thresholds(estimator: &Estimator, count: usize) -> Option<Hints> {
    let graph = estimator.graph;
    let mut trees: Vec<NodeId> = estimator.get("tree_").into_iter().collect();
    if let Some(list) = estimator.get("estimators_") {
        let members: Vec<NodeId> = match graph.node(list) {
            Node::List(items) => items.clone(),
            // Gradient boosting keeps an object array: a row a stage, a column a class.
            _ => view(graph, list)?.nodes()?.to_vec(),
        };
        let tree = |member: &NodeId| graph.attribute(*member, "tree_");
        trees.extend(members.iter().take(MAX_TREES).filter_map(tree));
    }
    let mut by_feature: HashMap<usize, Vec<f64>> = HashMap::new();
    for tree in trees {
        let nodes = view(graph, graph.attribute(tree, "nodes")?)?;
        let features = nodes.field("feature")?.to_i64().ok()?;
        let thresholds = nodes.field("threshold")?.to_f64().ok()?;
        for (feature, threshold) in features.iter().zip(&thresholds) {
            // A split between missing and present has an infinite threshold.
            if let Ok(feature) = usize::try_from(*feature)
                && threshold.is_finite()
            {
                by_feature.entry(feature).or_default().push(*threshold);
            }
        }
    }
    if by_feature.is_empty() {
        return None;
    }
    let mut hint = |feature: usize| {
        let sorted = by_feature.get_mut(&feature)?;
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted[(sorted.len() - 1) * share / 4];
        Some(Hint {
            cells: [2, 1, 3]
                .map(|share| number_cell(rounded(at(share))))
                .to_vec(),
            from: vec!["tree thresholds"],
        })
    };
    Some((0..count).map(&mut hint).collect())
}

/// Four significant digits: what people would type, and far from any threshold's last bit.
pub fn rounded(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits() {
        assert_eq!(rounded(1234.567), 1235.0);
        assert_eq!(rounded(-0.000_123_456), -0.000_123_5);
        assert_eq!(rounded(0.0), 0.0);
        assert!(rounded(f64::NAN).is_nan());
    }
}
