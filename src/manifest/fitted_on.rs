//! What the rows looked like that a model was fitted on: what it remembers of them shows whether
//! they were standardised or brought into a range before.
//!
//! Some models keep their rows, or means and variances of them: those prove it. Others keep values
//! that lie among the rows, such as the thresholds of trees and support vectors: those only hint.
//! Models that remember nothing of the kind (linear ones, networks) are not judged.

use ndarray::ArrayD;

use crate::artifact::inputs;
use crate::pickle::{ArrayView, Graph, Node, NodeId, view};

/// Columns that are judged, and values that are looked at in all.
const COLUMNS: usize = 5_000;
const VALUES: usize = 200_000;
/// Trees whose thresholds are gathered.
const TREES: usize = 8;
/// How far a mean may be from 0, and a deviation from 1, of rows that were standardised: what adding
/// up in another order changes, and what some models add to variances.
const EXACT: f64 = 1e-3;
/// Fewer columns than this, or values in a column, hint at nothing.
const FEW_COLUMNS: usize = 3;
const FEW_VALUES: usize = 4;

/// What the columns that a model was fitted on have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Mean 0 and deviation 1.
    Standardised,
    /// From 0 to 1.
    Unit,
}

/// What a model remembers of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// One entry a column.
    pub columns: Vec<Column>,
    /// Whether these are numbers of all rows, not of some places among them.
    pub whole: bool,
    /// Where they stand, for people: `_fit_X`, `thresholds of its trees`.
    pub from: &'static str,
}

/// What is remembered of one column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// The mean of what is remembered.
    pub mean: f64,
    /// Its standard deviation (of the population); NaN when only the mean is remembered.
    pub deviation: f64,
    /// The smallest and the largest; NaN when not remembered.
    pub least: f64,
    /// See `least`.
    pub most: f64,
    /// How many values.
    pub count: usize,
}

/// What the model at `root` remembers of the rows that it was fitted on. `None` for pipelines (what
/// their first step takes are raw rows) and for models that remember nothing.
pub fn of(graph: &Graph, root: NodeId) -> Option<Memory> {
    let entrances = inputs::entrances(graph, root);
    let prepares = |node: &NodeId| {
        ["steps", "transformer_list", "transformers_"]
            .iter()
            .any(|key| graph.attribute(*node, key).is_some())
            || super::flow::of(graph, *node).is_some()
    };
    if entrances.is_empty() || entrances.iter().any(prepares) {
        return None;
    }
    // Searches and wrappers remember nothing; a forest does, and the tree that it copied does not.
    let remembered = |node: &NodeId| {
        rows(graph, *node)
            .or_else(|| moments(graph, *node))
            .or_else(|| places(graph, *node))
            .or_else(|| thresholds(graph, *node))
    };
    let memory = entrances.iter().find_map(remembered)?;
    (memory.columns.len() <= COLUMNS).then_some(memory)
}

/// What a step that prepares rows remembers of those that it was fitted on: a middle of each column.
pub fn of_step(graph: &Graph, node: NodeId) -> Option<Memory> {
    let (from, middles) = ["mean_", "center_", "statistics_"]
        .into_iter()
        .find_map(|key| Some((key, numbers(graph, node, key)?)))?;
    let columns = middles.iter().map(|mean| Column {
        mean: *mean,
        deviation: f64::NAN,
        least: f64::NAN,
        most: f64::NAN,
        count: 1,
    });
    let columns: Vec<Column> = columns.collect();
    (columns.len() <= COLUMNS).then_some(Memory {
        columns,
        whole: true,
        from,
    })
}

impl Memory {
    /// What was done to the columns before, as far as it shows; with whether that is proven.
    pub fn shape(&self) -> Option<(Shape, bool)> {
        if self.whole {
            let standard = |c: &Column| {
                c.mean.abs() < EXACT
                    && (c.deviation.is_nan()
                        || (c.deviation - 1.0).abs() < EXACT
                        || c.deviation == 0.0)
            };
            // One column with such numbers may be so by chance; a constant column stays one.
            let moving = self.columns.iter().filter(|c| c.deviation != 0.0).count();
            if moving >= 2 && self.columns.iter().all(standard) {
                let proven = self.columns.iter().any(|c| c.deviation > 0.0);
                return Some((Shape::Standardised, proven));
            }
            let unit = |c: &Column| {
                (c.least.abs() < EXACT && (c.most - 1.0).abs() < EXACT) || c.deviation == 0.0
            };
            // Columns of zeros and ones are so by nature.
            let graded = self
                .columns
                .iter()
                .filter(|c| c.deviation > 0.0 && !two_valued(c))
                .count();
            return (graded >= FEW_COLUMNS && self.columns.iter().all(unit))
                .then_some((Shape::Unit, true));
        }
        let judged: Vec<&Column> = self
            .columns
            .iter()
            .filter(|c| c.count >= FEW_VALUES)
            .collect();
        if judged.len() < FEW_COLUMNS {
            return None;
        }
        let around = |c: &&&Column| {
            c.least < 0.0
                && c.most > 0.0
                && c.least > -10.0
                && c.most < 10.0
                && c.mean.abs() < 1.5
                && (0.1..3.0).contains(&c.deviation)
        };
        if judged.iter().filter(around).count() == judged.len() {
            return Some((Shape::Standardised, false));
        }
        let within = |c: &&&Column| c.least >= 0.0 && c.most <= 1.0 && c.deviation > 0.02;
        (judged.iter().filter(within).count() == judged.len()).then_some((Shape::Unit, false))
    }

    /// Whether the columns look like what comes out of a step that takes columns of these usual
    /// values (centre and spread) and makes them `after`; `None` when both or neither fit.
    pub fn follows(&self, usual: &[(f64, f64)], after: Shape) -> Option<bool> {
        if usual.len() != self.columns.len() {
            return None;
        }
        // Columns that lie only where the step finds them, and only where it puts them.
        let (mut before, mut behind, mut judged) = (0, 0, 0);
        for (column, (centre, spread)) in self.columns.iter().zip(usual) {
            if column.count == 0 || !spread.is_finite() || *spread <= 0.0 {
                continue;
            }
            judged += 1;
            // A mean near the centre says little where the spread is wide: the values must spread, too.
            let near = |centre: f64, spread: f64| {
                (column.mean - centre).abs() <= 4.0 * spread
                    && (column.count < FEW_VALUES
                        || column.deviation.is_nan()
                        || column.deviation >= spread / 20.0)
            };
            let (zero, one) = match after {
                Shape::Standardised => (0.0, 1.0),
                Shape::Unit => (0.5, 0.5),
            };
            match (near(*centre, *spread), near(zero, one)) {
                (true, false) => before += 1,
                (false, true) => behind += 1,
                _ => {}
            }
        }
        let many = |count: usize| count > 0 && count * 5 >= judged;
        match (before, behind) {
            (0, behind) if many(behind) => Some(true),
            (before, 0) if many(before) => Some(false),
            _ => None,
        }
    }
}

/// Whether a column's spread is that of zeros and ones alone.
fn two_valued(column: &Column) -> bool {
    column.least == 0.0
        && column.most == 1.0
        && (column.deviation * column.deviation - column.mean * (1.0 - column.mean)).abs() < 1e-9
}

fn column(values: impl Iterator<Item = f64> + Clone) -> Column {
    let count = values.clone().count();
    let mean = values.clone().sum::<f64>() / count as f64;
    let square = values.clone().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count as f64;
    Column {
        mean,
        deviation: square.sqrt(),
        least: values.clone().fold(f64::NAN, f64::min),
        most: values.fold(f64::NAN, f64::max),
        count,
    }
}

fn numbers(graph: &Graph, node: NodeId, key: &str) -> Option<ArrayD<f64>> {
    let array = view(graph, graph.attribute(node, key)?)?;
    (array.len() <= VALUES).then(|| array.to_f64().ok())?
}

/// Models that keep all their rows: neighbours, Gaussian processes.
fn rows(graph: &Graph, node: NodeId) -> Option<Memory> {
    let (from, kept) = ["_fit_X", "X_train_"]
        .into_iter()
        .find_map(|key| Some((key, numbers(graph, node, key)?)))?;
    let kept = kept.into_dimensionality::<ndarray::Ix2>().ok()?;
    if kept.nrows() < FEW_VALUES {
        return None;
    }
    let columns = kept
        .columns()
        .into_iter()
        .map(|c| column(c.into_iter().copied()))
        .collect();
    Some(Memory {
        columns,
        whole: true,
        from,
    })
}

/// Models that keep means and variances of their rows by class: Gaussian naive Bayes, and the mean
/// alone: discriminant analysis.
fn moments(graph: &Graph, node: NodeId) -> Option<Memory> {
    if let Some(mean) = numbers(graph, node, "xbar_") {
        let columns = mean.iter().map(|mean| Column {
            mean: *mean,
            deviation: f64::NAN,
            least: f64::NAN,
            most: f64::NAN,
            count: 1,
        });
        let columns = columns.collect();
        return Some(Memory {
            columns,
            whole: true,
            from: "xbar_",
        });
    }
    let two = |key: &str| {
        numbers(graph, node, key)?
            .into_dimensionality::<ndarray::Ix2>()
            .ok()
    };
    let means = two("theta_")?;
    let variances = two("var_").or_else(|| two("sigma_"))?;
    // Priors can be given; counts are of the rows.
    let counts = numbers(graph, node, "class_count_")?;
    if means.dim() != variances.dim() || counts.len() != means.nrows() {
        return None;
    }
    let total: f64 = counts.sum();
    let columns = (0..means.ncols()).map(|at| {
        let share = |row: usize| counts.as_slice().map_or(f64::NAN, |c| c[row]) / total;
        let mean: f64 = (0..means.nrows())
            .map(|row| share(row) * means[[row, at]])
            .sum();
        let square: f64 = (0..means.nrows())
            .map(|row| share(row) * (variances[[row, at]] + means[[row, at]] * means[[row, at]]))
            .sum();
        Column {
            mean,
            deviation: (square - mean * mean).max(0.0).sqrt(),
            least: f64::NAN,
            most: f64::NAN,
            count: total.min(1e9) as usize,
        }
    });
    let columns = columns.collect();
    Some(Memory {
        columns,
        whole: true,
        from: "its class means and variances",
    })
}

/// Models that keep some of their rows: support vectors.
fn places(graph: &Graph, node: NodeId) -> Option<Memory> {
    let kept = numbers(graph, node, "support_vectors_")?
        .into_dimensionality::<ndarray::Ix2>()
        .ok()?;
    if kept.nrows() < FEW_VALUES {
        return None;
    }
    let columns = kept
        .columns()
        .into_iter()
        .map(|c| column(c.into_iter().copied()))
        .collect();
    Some(Memory {
        columns,
        whole: false,
        from: "its support vectors",
    })
}

/// The thresholds of trees lie between values of the rows.
fn thresholds(graph: &Graph, node: NodeId) -> Option<Memory> {
    // Each gets some of the columns, and counts them anew.
    if graph.attribute(node, "estimators_features_").is_some() {
        return None;
    }
    let mut trees = Vec::new();
    if let Some(tree) = graph.attribute(node, "tree_") {
        trees.push(tree);
    }
    if let Some(list) = graph.attribute(node, "estimators_") {
        let mut open = vec![list];
        while let Some(next) = open.pop() {
            if trees.len() >= TREES {
                break;
            }
            if let Some(tree) = graph.attribute(next, "tree_") {
                trees.push(tree);
            } else if let Some(items) = members(graph, next) {
                open.extend(items.iter().take(TREES));
            }
        }
    }
    let count = inputs::expected(graph, node)
        .count
        .filter(|n| *n <= COLUMNS)?;
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); count];
    let mut seen = 0;
    for tree in trees {
        let Some(nodes) = graph
            .attribute(tree, "nodes")
            .and_then(|id| view(graph, id))
        else {
            continue;
        };
        seen += nodes.len();
        if seen > VALUES {
            break;
        }
        let (Some(features), Some(splits)) =
            (integers(&nodes, "feature"), floats(&nodes, "threshold"))
        else {
            continue;
        };
        for (feature, split) in features.iter().zip(splits.iter()) {
            if let Some(column) = usize::try_from(*feature)
                .ok()
                .and_then(|at| found.get_mut(at))
            {
                column.push(*split);
            }
        }
    }
    if found.iter().all(Vec::is_empty) {
        return None;
    }
    let columns = found
        .iter()
        .map(|values| column(values.iter().copied()))
        .collect();
    Some(Memory {
        columns,
        whole: false,
        from: "the thresholds of its trees",
    })
}

/// The members of a list, or of an array of objects.
fn members(graph: &Graph, node: NodeId) -> Option<Vec<NodeId>> {
    match graph.node(node) {
        Node::List(items) => Some(items.clone()),
        _ => view(graph, node)?.nodes().map(<[NodeId]>::to_vec),
    }
}

fn integers(nodes: &ArrayView, field: &str) -> Option<ArrayD<i64>> {
    nodes.field(field)?.to_i64().ok()
}

fn floats(nodes: &ArrayView, field: &str) -> Option<ArrayD<f64>> {
    nodes.field(field)?.to_f64().ok()
}
