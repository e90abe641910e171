//! The structure of an artifact: estimators inside estimators, with their parameters.
//!
//! Walks attributes that hold estimators, whatever they are called, so that wrappers nobody
//! listed unfold too. Shared and cyclic references are shown once.

use std::collections::HashSet;

use compact_str::CompactString;

use super::{Step, describe};
use crate::pickle::{Graph, Node, NodeId};
use crate::text;

/// The most lines of structure.
const LINES: usize = 400;

/// The deepest nesting that is shown.
const DEPTH: u16 = 16;

/// More estimators of one class in one list are folded into one line.
const SAME: usize = 3;

/// Estimators of one step that wait to be shown, from where on no more are looked for.
const WAITING: usize = 4 * LINES;

/// Attributes per step that are spelled out.
const DETAILS: usize = 40;

/// The structure below `root`, outermost first.
pub fn structure(graph: &Graph, root: NodeId) -> Vec<Step> {
    let mut steps = Vec::new();
    unfold(graph, root, String::new(), &mut steps);
    steps
}

/// Adds the structure of a pickle that stands behind the first one.
pub fn another(graph: &Graph, root: NodeId, number: usize, steps: &mut Vec<Step>) {
    unfold(graph, root, format!("pickle {number}"), steps);
}

fn unfold(graph: &Graph, root: NodeId, label: String, steps: &mut Vec<Step>) {
    let mut seen = vec![false; graph.len()];
    let mut open = vec![Inner {
        id: root,
        label,
        attribute: String::new(),
        depth: 0,
    }];
    while let Some(Inner {
        id, label, depth, ..
    }) = open.pop()
    {
        if steps.len() >= LINES || depth > DEPTH || std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        let mut inner = Vec::new();
        let mut details = if let Node::Object(_) = graph.node(id) {
            attributes(graph, id, depth, &mut inner)
        } else {
            members(graph, id, "", depth, &mut inner);
            Vec::new()
        };
        if inner.is_empty() && graph.object(id).is_none() && depth <= 1 {
            // A column list, a threshold, a label: the value itself says what it is.
            details.push(("value".into(), describe::value(graph, id)));
        }
        steps.push(Step {
            depth,
            label: text::short(&label, 40),
            what: describe::kind(graph, id),
            details,
        });
        // The stack gives the last one first.
        open.extend(inner.into_iter().rev());
    }
}

/// Whether a node is an instance whose state is named attributes and which is no plain data.
pub fn is_estimator(graph: &Graph, id: NodeId) -> bool {
    let Some(class) = graph.class(id) else {
        // An instance of a class that the file itself holds.
        return graph
            .object(id)
            .is_some_and(|object| super::code::class_name(graph, object.callable).is_some())
            && graph.has_attributes(id);
    };
    let top = crate::package::top_of(&class.module);
    let data = matches!(
        top,
        "numpy"
            | "scipy"
            | "pandas"
            | "builtins"
            | "collections"
            | "joblib"
            | "_codecs"
            | "copyreg"
            | "cloudpickle"
            | "dill"
    );
    !data && graph.has_attributes(id)
}

/// A node that waits to be shown.
struct Inner {
    id: NodeId,
    label: String,
    /// The attribute that holds it, or the container with it; empty below a bare container.
    attribute: String,
    depth: u16,
}

type Open = Vec<Inner>;

/// Names and values of attributes.
type Details = Vec<(CompactString, CompactString)>;

fn attributes(graph: &Graph, id: NodeId, depth: u16, inner: &mut Open) -> Details {
    let all = graph.attributes(id);
    let mut details = Vec::with_capacity(all.len().min(DETAILS));
    for (name, value) in all {
        let before = inner.len();
        if before >= WAITING {
            break;
        }
        if is_estimator(graph, value) {
            inner.push(Inner {
                id: value,
                label: name.to_owned(),
                attribute: name.to_owned(),
                depth: depth + 1,
            });
        } else {
            members(graph, value, name, depth, inner);
        }
        if inner.len() == before && details.len() < DETAILS && name != "_sklearn_version" {
            let name = CompactString::from(text::shortened(name, 40));
            details.push((name, describe::value(graph, value)));
        }
    }
    drop_fitted_twins(graph, inner);
    details
}

/// A fitted list (`transformers_`) repeats the given one (`transformers`): show the fitted one,
/// under the names of the given one where both are as long.
fn drop_fitted_twins(graph: &Graph, inner: &mut Open) {
    let fitted: HashSet<String> = inner
        .iter()
        .filter_map(|open| open.attribute.strip_suffix('_'))
        .map(str::to_owned)
        .collect();
    for base in &fitted {
        let given: Vec<String> = labels(inner, base);
        let twin = format!("{base}_");
        let same = given.len() == labels(inner, &twin).len();
        let named = given.iter().all(|label| !label.starts_with(base.as_str()));
        if same && named {
            let twins = inner.iter_mut().filter(|open| open.attribute == twin);
            for (open, label) in twins.zip(given) {
                open.label = label;
            }
        }
    }
    inner.retain(|open| !(fitted.contains(&open.attribute) && graph.object(open.id).is_some()));
}

fn labels(inner: &Open, attribute: &str) -> Vec<String> {
    let of = inner.iter().filter(|open| open.attribute == attribute);
    of.map(|open| open.label.clone()).collect()
}

/// Estimators in a container, one or two levels down: `steps[0]` is `('scale', StandardScaler())`.
fn members(graph: &Graph, container: NodeId, name: &str, depth: u16, inner: &mut Open) {
    let mut add = |id: NodeId, label: String| {
        inner.push(Inner {
            id,
            label,
            attribute: name.to_owned(),
            depth: depth + 1,
        });
    };
    if let Some(pairs) = graph.pairs(container) {
        for (key, value) in pairs.iter().take(LINES) {
            if name.is_empty() || is_estimator(graph, *value) {
                let key = graph
                    .text(*key)
                    .map_or_else(|| describe::value(graph, *key).into(), str::to_owned);
                let label = if name.is_empty() {
                    key
                } else {
                    format!("{name}.{key}")
                };
                add(*value, label);
            }
        }
        return;
    }
    let Some(items) = graph.items(container) else {
        return;
    };
    let mut shown_of_class = 0;
    let mut last_class = None;
    for (index, item) in items.iter().take(10 * LINES).enumerate() {
        let pair = graph
            .items(*item)
            .filter(|_| matches!(graph.node(*item), Node::Tuple(_)));
        let (key, estimator) = match pair {
            Some([key, value, ..]) if graph.text(*key).is_some() => (graph.text(*key), *value),
            _ => (None, *item),
        };
        let label = || key.map_or_else(|| format!("{name}[{index}]"), str::to_owned);
        if !is_estimator(graph, estimator) {
            if name.is_empty() && depth == 0 && items.len() <= 20 {
                add(estimator, label());
            }
            continue;
        }
        let class = graph.class(estimator);
        shown_of_class = if class == last_class {
            shown_of_class + 1
        } else {
            1
        };
        last_class = class;
        if shown_of_class == SAME && items.len() > SAME {
            // The rest of an ensemble is told by its length.
            add(estimator, format!("{} … {} in all", label(), items.len()));
            break;
        }
        add(estimator, label());
    }
}
