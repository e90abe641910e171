//! What rows a saved model takes: how many features, what they are called.
//!
//! Reads what training recorded (`feature_names_in_`, `n_features_in_`) on whichever estimator the
//! rows meet first, and falls back on the sizes of fitted arrays. It does not know what values are
//! usual.

use super::Inputs;
use crate::pickle::{Graph, Node, NodeId, Value, value, view};

/// How many estimators may stand around the one that the rows meet first.
const MAX_DEPTH: usize = 64;

/// Where estimators keep the one inside them that gets their rows, or several that get the same.
const INNER: [&str; 7] = [
    "best_estimator_",
    "steps",
    "transformer_list",
    "estimator_",
    "regressor_",
    "calibrated_classifiers_",
    "estimators_",
];

/// How many members of a bundle, or attributes of a wrapper, are looked at.
const MAX_MEMBERS: usize = 256;

/// Names of features that are kept, and bytes of all of them: a list may name one long text a
/// million times.
const NAMES: usize = 1_000_000;
const LETTERS: usize = 16 << 20;

/// Fitted vectors with an element for each feature.
const VECTORS: &[&str] = &[
    "mean_",
    "scale_",
    "center_",
    "min_",
    "statistics_",
    "theta_",
    // The parts that a sparse coder is given.
    "dictionary",
];

/// The inputs of the model at `root`: an estimator, a pipeline, or a bundle with one of them.
pub fn expected(graph: &Graph, root: NodeId) -> Inputs {
    let mut inputs = Inputs::default();
    for node in entrances(graph, root) {
        if inputs.names.is_empty() {
            inputs.names = names(graph, node);
        }
        inputs.count = inputs.count.or_else(|| count(graph, node));
    }
    if inputs.names.is_empty() && !matches!(graph.node(root), Node::Object(_)) {
        inputs.names = listed_names(graph, root, inputs.count);
    }
    if !inputs.names.is_empty() {
        inputs.count = Some(inputs.names.len());
    }
    inputs
}

/// Whether each row is one plain text: the rows meet a text vectorizer first.
pub fn takes_text(graph: &Graph, root: NodeId) -> bool {
    let entrances = entrances(graph, root);
    entrances
        .last()
        .is_some_and(|node| vectorizes_text(graph, *node))
}

/// Whether `node` is an estimator that turns texts into numbers.
pub fn vectorizes_text(graph: &Graph, node: NodeId) -> bool {
    graph.class(node).is_some_and(|class| {
        matches!(
            &*class.name,
            "CountVectorizer" | "TfidfVectorizer" | "HashingVectorizer"
        )
    })
}

/// The estimators that the rows meet, outermost first: pipelines and searches, then the step or
/// the model inside them. Empty for bundles that leave open which one is meant.
pub fn entrances(graph: &Graph, root: NodeId) -> Vec<NodeId> {
    let mut met = Vec::new();
    let mut node = root;
    if !matches!(graph.node(root), Node::Object(_)) {
        match only_estimator(graph, root) {
            Some(only) => node = only,
            None => return met,
        }
    }
    for _ in 0..MAX_DEPTH {
        if graph.object(node).is_none() || met.contains(&node) {
            break;
        }
        met.push(node);
        let next = INNER.iter().find_map(|name| {
            let value = graph.attribute(node, name)?;
            match graph.items(value) {
                Some(steps) => steps.iter().take(MAX_MEMBERS).find_map(|step| {
                    let step = match graph.items(*step) {
                        Some(pair) => *pair.get(1)?,
                        None => *step,
                    };
                    graph.object(step).map(|_| step)
                }),
                None => graph.object(value).map(|_| value),
            }
        });
        match next.or_else(|| wrapped(graph, node)) {
            Some(next) => node = next,
            None => break,
        }
    }
    met
}

/// The one fitted estimator that a class of somebody else's wraps.
fn wrapped(graph: &Graph, node: NodeId) -> Option<NodeId> {
    if graph.class(node)?.module.starts_with("sklearn.") {
        return None;
    }
    let mut inside = graph
        .attributes(node)
        .into_iter()
        .map(|(_, value)| value)
        .take(MAX_MEMBERS)
        .filter(|value| graph.attribute(*value, "_sklearn_version").is_some());
    let first = inside.next()?;
    inside.next().is_none().then_some(first)
}

/// The one estimator in a dict, list or tuple.
fn only_estimator(graph: &Graph, root: NodeId) -> Option<NodeId> {
    let members: Vec<NodeId> = match graph.node(root) {
        Node::Dict(pairs) => pairs.iter().map(|(_, value)| *value).collect(),
        Node::List(items) => items.iter().take(MAX_MEMBERS).copied().collect(),
        Node::Tuple(items) => items.iter().take(MAX_MEMBERS).copied().collect(),
        _ => return None,
    };
    let mut estimators = members.into_iter().take(MAX_MEMBERS).filter(|member| {
        graph.object(*member).is_some() && graph.attribute(*member, "_sklearn_version").is_some()
    });
    let first = estimators.next()?;
    estimators.next().is_none().then_some(first)
}

fn names(graph: &Graph, node: NodeId) -> Vec<String> {
    // Column transformers of 0.23 and 0.24 used the second name; boosters of LightGBM the third.
    ["feature_names_in_", "_feature_names_in", "feature_name_"]
        .iter()
        .find_map(|key| texts(graph, graph.attribute(node, key)?))
        .unwrap_or_default()
}

/// A bundle's own list of column names, when it is as long as the model wants.
fn listed_names(graph: &Graph, root: NodeId, count: Option<usize>) -> Vec<String> {
    let pairs = graph.pairs(root).unwrap_or_default();
    let mut lists = pairs.iter().filter_map(|(key, value)| {
        let key = graph.text(*key)?.to_lowercase();
        let meant = ["feature", "column"].iter().any(|word| key.contains(word));
        let names = texts(graph, *value).filter(|_| meant)?;
        count
            .is_none_or(|count| count == names.len())
            .then_some(names)
    });
    lists.next().unwrap_or_default()
}

/// A non-empty list or array of texts.
fn texts(graph: &Graph, node: NodeId) -> Option<Vec<String>> {
    let items: &[NodeId] = match graph.node(node) {
        Node::List(items) => items,
        Node::Tuple(items) => items,
        _ => {
            let values = view(graph, node)?.values(graph).ok()?;
            let names = values.into_iter().map(|value| match value {
                Value::Text(name) => Some(name),
                _ => None,
            });
            return short_enough(names);
        }
    };
    short_enough(items.iter().map(|item| match value(graph, *item) {
        Value::Text(name) => Some(name),
        _ => None,
    }))
}

/// All names, when there are any, none is missing, and they fit the budget.
fn short_enough(names: impl Iterator<Item = Option<String>>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut letters = 0;
    for name in names {
        let name = name?;
        letters += name.len();
        if all.len() >= NAMES || letters > LETTERS {
            return None;
        }
        all.push(name);
    }
    (!all.is_empty()).then_some(all)
}

fn count(graph: &Graph, node: NodeId) -> Option<usize> {
    let recorded = ["n_features_in_", "n_features_", "_n_features"]
        .iter()
        .find_map(|key| match value(graph, graph.attribute(node, key)?) {
            Value::Int(count) => usize::try_from(count).ok(),
            _ => None,
        });
    recorded.or_else(|| sized(graph, node))
}

/// The count that fitted arrays show.
fn sized(graph: &Graph, node: NodeId) -> Option<usize> {
    if vectorizes_text(graph, node) {
        return None;
    }
    if let Some(categories) = graph.attribute(node, "categories_") {
        return graph.items(categories).map(<[NodeId]>::len);
    }
    // An isotonic regression has one column.
    if graph.attribute(node, "X_min_").is_some() {
        return Some(1);
    }
    if let Some(coef) = graph.attribute(node, "coef_").and_then(|c| view(graph, c)) {
        return coef.shape.last().copied();
    }
    VECTORS.iter().find_map(|key| {
        let array = view(graph, graph.attribute(node, key)?)?;
        array.shape.last().copied()
    })
}
