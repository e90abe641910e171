//! Three plausible rows from what a model's own fitted numbers say is usual.
//!
//! No estimator is known by name here, only what training leaves behind: means, medians, ranges,
//! categories, thresholds, stored examples. A row made this way shows that a model answers, not
//! that it answers well.

use std::collections::HashMap;

use super::unshaped;
use crate::artifact::inputs;
use crate::pickle::{Graph, Node, NodeId, Value, view};
use crate::trial::native::choice::{self, Table};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{number_cell, value_cell};
use crate::trial::native::transformers::category_encoders;
use crate::trial::{Cell, Sample, TrialError};

/// Rows to make.
pub(super) const ROWS: usize = 3;
/// Steps and transformers that are looked at.
const MAX_STEPS: usize = 256;
/// How deep they may be nested.
const MAX_DEPTH: usize = 16;
/// The widest row that is made.
const MAX_COLUMNS: usize = 50_000;
/// Trees of a forest whose thresholds are gathered.
const MAX_TREES: usize = 20;
/// Words in a made text.
const WORDS: usize = 8;

/// One usual value a row for an input column, and where it was found.
#[derive(Clone, Debug, PartialEq)]
struct Hint {
    cells: Vec<Cell>,
    from: Vec<&'static str>,
}

/// What encoders know.
const CATEGORIES: &str = "encoder categories";

/// Rows for the estimator at `root`.
pub(super) fn generate_at(graph: &Graph, root: NodeId) -> Result<Sample, TrialError> {
    let entrances = inputs::entrances(graph, root);
    if let Some(vectorizer) = entrances
        .last()
        .filter(|node| inputs::vectorizes_text(graph, **node))
    {
        return texts(graph, *vectorizer);
    }
    if let Some(sample) = entrances
        .last()
        .and_then(|node| unshaped::rows(graph, *node))
    {
        return Ok(sample);
    }
    let expected = inputs::expected(graph, root);
    let Some(count) = expected.count.filter(|n| (1..=MAX_COLUMNS).contains(n)) else {
        return Err(TrialError::Sample(
            "the file does not say what rows the model takes; give some with --input".into(),
        ));
    };
    let mut walk = Walk {
        context: Context::new(graph, None),
        steps: MAX_STEPS,
        each: ROWS,
    };
    let names = (!expected.names.is_empty()).then_some(expected.names);
    // The outermost entrance leads to all others.
    let hints = match entrances.first() {
        Some(node) => walk.hints(*node, names.as_deref(), count, 0),
        None => vec![None; count],
    };
    let mut sources: Vec<&str> = Vec::new();
    let mut columns = Vec::with_capacity(count);
    for hint in hints {
        let hint = hint.filter(|hint| !hint.cells.is_empty());
        let hint = hint.unwrap_or_else(|| Hint {
            cells: vec![Cell::Float(0.0)],
            from: vec!["zeros"],
        });
        for from in hint.from {
            if !sources.contains(&from) {
                sources.push(from);
            }
        }
        columns.push(hint.cells);
    }
    let source = if sources == ["zeros"] {
        "generated: zeros, as the file says nothing about usual values".to_owned()
    } else {
        format!("generated from {}", sources.join(", "))
    };
    let row = |row: usize| {
        let cell = |cells: &Vec<Cell>| cells[row % cells.len()].clone();
        columns.iter().map(cell).collect()
    };
    Ok(Sample {
        columns: names,
        rows: (0..ROWS).map(row).collect(),
        source,
        texts: false,
    })
}

/// Every category that the encoders know of each column that the estimator at `root` takes, see
/// [`super::categories_of`].
pub(super) fn categories_at(
    graph: &Graph,
    root: NodeId,
    each: usize,
) -> Vec<(Option<String>, Vec<Cell>)> {
    let entrances = inputs::entrances(graph, root);
    let expected = inputs::expected(graph, root);
    let count = expected.count.filter(|n| (1..=MAX_COLUMNS).contains(n));
    let (Some(count), Some(node)) = (count, entrances.first()) else {
        return Vec::new();
    };
    let mut walk = Walk {
        context: Context::new(graph, None),
        steps: MAX_STEPS,
        each,
    };
    let names = (!expected.names.is_empty()).then_some(expected.names);
    let hints = walk.hints(*node, names.as_deref(), count, 0);
    let column = |(at, hint): (usize, Option<Hint>)| {
        let name = names.as_ref().and_then(|names| names.get(at).cloned());
        let encoded = hint.filter(|hint| hint.from.contains(&CATEGORIES));
        (name, encoded.map_or_else(Vec::new, |hint| hint.cells))
    };
    hints.into_iter().enumerate().map(column).collect()
}

/// A line of a vectorizer's own words.
fn texts(graph: &Graph, vectorizer: NodeId) -> Result<Sample, TrialError> {
    let vocabulary = graph
        .attribute(vectorizer, "vocabulary_")
        .and_then(|words| graph.pairs(words))
        .unwrap_or_default();
    let words: Vec<&str> = vocabulary
        .iter()
        .filter_map(|(word, _)| graph.text(*word))
        .take(WORDS)
        .collect();
    if words.is_empty()
        && graph
            .class(vectorizer)
            .is_some_and(|class| &*class.name == "HashingVectorizer")
    {
        // It knows no words, and takes any.
        return Ok(Sample {
            columns: None,
            rows: vec![vec![Cell::Text("a few words of text".into())]],
            source: "generated: any text, as the file records no words".into(),
            texts: true,
        });
    }
    if words.is_empty() {
        return Err(TrialError::Sample(
            "the model takes text and the file records no words; give some with --input".into(),
        ));
    }
    Ok(Sample {
        columns: None,
        rows: vec![vec![Cell::Text(words.join(" "))]],
        source: "generated from the vocabulary".into(),
        texts: true,
    })
}

struct Walk<'g> {
    context: Context<'g>,
    steps: usize,
    /// How many categories of a column are wanted.
    each: usize,
}

type Hints = Vec<Option<Hint>>;

impl<'g> Walk<'g> {
    /// A hint for each of `count` columns that the estimator at `node` gets.
    fn hints(
        &mut self,
        node: NodeId,
        names: Option<&[String]>,
        count: usize,
        depth: usize,
    ) -> Hints {
        let nothing = vec![None; count];
        if depth > MAX_DEPTH || self.steps == 0 {
            return nothing;
        }
        self.steps -= 1;
        let Some(estimator) = Estimator::read(&self.context, node) else {
            return nothing;
        };
        if let Some(inner) = estimator.get("best_estimator_") {
            return self.hints(inner, names, count, depth + 1);
        }
        if estimator.has("steps") {
            return self.pipeline(&estimator, names, count, depth);
        }
        if estimator.has("transformers_") {
            return self.columns(&estimator, names, count, depth);
        }
        if estimator.has("transformer_list") {
            let members = estimator.list("transformer_list").unwrap_or_default();
            return self.first_known(&estimator, members, names, count, depth);
        }
        // Histogram boosting keeps what encodes its categories.
        if let Some(inner) = estimator.get("_preprocessor") {
            return self.hints(inner, names, count, depth + 1);
        }
        if let Some(hints) = self.encoded(&estimator, names, count) {
            return hints;
        }
        words(&estimator, node, count).unwrap_or_else(|| own(&estimator, count, self.each))
    }

    /// The categories of an encoder of `category_encoders`, which knows its columns by name.
    fn encoded(
        &self,
        estimator: &Estimator<'g>,
        names: Option<&[String]>,
        count: usize,
    ) -> Option<Hints> {
        let known = category_encoders::categories(&self.context, estimator, self.each);
        if known.is_empty() {
            return None;
        }
        let mut hints = vec![None; count];
        for (name, cells) in known {
            let place = names?.iter().position(|other| *other == name)?;
            *hints.get_mut(place)? = Some(Hint {
                cells,
                from: vec![CATEGORIES],
            });
        }
        Some(hints)
    }

    /// Steps in order, as long as each keeps the columns as they are.
    fn pipeline(
        &mut self,
        estimator: &Estimator<'g>,
        names: Option<&[String]>,
        count: usize,
        depth: usize,
    ) -> Hints {
        let mut hints: Hints = vec![None; count];
        for pair in estimator.list("steps").unwrap_or_default() {
            let Some([_, step]) = estimator.graph.items(*pair) else {
                break;
            };
            if estimator.graph.object(*step).is_none() {
                continue;
            }
            // A model's thresholds are of what the scaler before it left: only up to the first
            // step that changes values do fitted numbers tell of inputs.
            let found = self.hints(*step, names, count, depth + 1);
            extend(&mut hints, found, self.each);
            let keeps = estimator.graph.class(*step).is_some_and(|class| {
                class.name.ends_with("Imputer") || &*class.name == "FunctionTransformer"
            });
            if !keeps {
                break;
            }
        }
        hints
    }

    fn columns(
        &mut self,
        estimator: &Estimator<'g>,
        names: Option<&[String]>,
        count: usize,
        depth: usize,
    ) -> Hints {
        let mut hints: Hints = vec![None; count];
        let table = Table {
            names,
            width: count,
        };
        for triple in estimator.list("transformers_").unwrap_or_default() {
            let Some([_, step, chosen]) = estimator.graph.items(*triple) else {
                continue;
            };
            let Ok(places) = choice::places(estimator, &table, names, *chosen) else {
                continue;
            };
            if estimator.graph.object(*step).is_none() {
                continue;
            }
            let found = self.hints(*step, None, places.len(), depth + 1);
            for (place, hint) in places.into_iter().zip(found) {
                hints[place] = hints[place].take().or(hint);
            }
        }
        hints
    }

    fn first_known(
        &mut self,
        estimator: &Estimator<'g>,
        members: &[NodeId],
        names: Option<&[String]>,
        count: usize,
        depth: usize,
    ) -> Hints {
        let mut hints: Hints = vec![None; count];
        for pair in members {
            if let Some([_, step]) = estimator.graph.items(*pair) {
                let found = self.hints(*step, names, count, depth + 1);
                fill(&mut hints, found);
            }
        }
        hints
    }
}

/// [`fill`]; and a value that stands alone (an imputer's) is joined by the others that a later step
/// knows of the same column.
fn extend(hints: &mut Hints, found: Hints, each: usize) {
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

fn fill(hints: &mut Hints, found: Hints) {
    for (hint, found) in hints.iter_mut().zip(found) {
        *hint = hint.take().or(found);
    }
}

/// What one estimator's fitted attributes say about its own columns.
fn own(estimator: &Estimator, count: usize, each: usize) -> Hints {
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

/// The words of a vectorizer that gets one column.
fn words(estimator: &Estimator, node: NodeId, count: usize) -> Option<Hints> {
    if count != 1 || !inputs::vectorizes_text(estimator.graph, node) {
        return None;
    }
    let text = texts(estimator.graph, node).ok()?;
    Some(vec![Some(Hint {
        cells: text.rows.into_iter().flatten().collect(),
        from: vec!["the vocabulary"],
    })])
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
pub(super) fn rounded(x: f64) -> f64 {
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
