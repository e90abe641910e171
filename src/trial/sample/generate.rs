//! Three plausible rows from what a model's own fitted numbers say is usual.
//!
//! No estimator is known by name here, only what training leaves behind: means, medians, ranges,
//! categories, thresholds, stored examples. A row made this way shows that a model answers, not
//! that it answers well.

use super::hints::{CATEGORIES, Hint, Hints, extend, fill, own};
use super::unshaped;
use crate::artifact::inputs;
use crate::pickle::{Graph, NodeId};
use crate::trial::native::choice::{self, Table};
use crate::trial::native::estimator::{Context, Estimator};
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
/// Words in a made text.
const WORDS: usize = 8;

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
