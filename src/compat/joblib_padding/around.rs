//! What stands on the unpickler's stack when an array is read: the container that holds it, as the
//! pickler writes containers.

use crate::pickle::{Array, Graph, Node, NodeId};

/// Pairs or items that the pickler writes between two marks.
const BATCH: usize = 1000;

/// Something on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Array,
    Text,
    Dict,
    List,
    Set,
    Other,
}

/// The stack since a mark; with what is known of the part below it.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub items: Vec<Item>,
    /// The items are all that stand on it: a mark is below.
    pub marked: bool,
}

/// The stack below the array: of the container that holds it, as the pickler writes containers.
pub(super) fn around(graph: &Graph, array: &Array) -> Vec<Level> {
    let unknown = || Level {
        items: Vec::new(),
        marked: false,
    };
    let holds =
        |node: &Node| matches!(node, Node::Array(other) if std::ptr::eq(&raw const **other, array));
    let Some((own, _)) = graph.iter().find(|(_, node)| holds(node)) else {
        return vec![unknown()];
    };
    // What is open while the array is read was begun before it; the innermost was begun last. A tuple
    // is made when its items are there.
    let mut found: Option<Inside> = None;
    for (id, node) in graph.iter() {
        let here = match node {
            Node::Dict(pairs) if id < own => in_dict(pairs, own),
            Node::List(items) if id < own => in_list(items, own),
            Node::Tuple(items) => {
                let here = in_tuple(items, own);
                if here.is_some() && found.is_some() {
                    return vec![unknown()];
                }
                here
            }
            _ => None,
        };
        found = here.or(found);
    }
    let Some((container, before, marked)) = found else {
        return vec![unknown()];
    };
    let items = before.iter().map(|id| kind(graph.node(*id)));
    let mut below = unknown();
    below.items.extend(container);
    if marked {
        let items = items.collect();
        return vec![below, Level { items, marked }];
    }
    below.items.extend(items);
    vec![below]
}

/// The container, what stands before the array in its batch, and whether a mark is below that.
type Inside = (Option<Item>, Vec<NodeId>, bool);

fn in_dict(pairs: &[(NodeId, NodeId)], own: NodeId) -> Option<Inside> {
    let at = pairs.iter().position(|(_, value)| *value == own)?;
    let start = at - at % BATCH;
    let before = pairs[start..at]
        .iter()
        .flat_map(|(key, value)| [*key, *value])
        .chain([pairs[at].0]);
    let marked = (pairs.len() - start).min(BATCH) > 1;
    Some((Some(Item::Dict), before.collect(), marked))
}

fn in_list(items: &[NodeId], own: NodeId) -> Option<Inside> {
    let at = items.iter().position(|item| *item == own)?;
    let start = at - at % BATCH;
    let marked = (items.len() - start).min(BATCH) > 1;
    Some((Some(Item::List), items[start..at].to_vec(), marked))
}

fn in_tuple(items: &[NodeId], own: NodeId) -> Option<Inside> {
    let at = items.iter().position(|item| *item == own)?;
    Some((None, items[..at].to_vec(), items.len() > 3))
}

fn kind(node: &Node) -> Item {
    match node {
        Node::Str(_) => Item::Text,
        Node::Dict(_) => Item::Dict,
        Node::List(_) => Item::List,
        Node::Set(_) => Item::Set,
        Node::Array(_) => Item::Array,
        _ => Item::Other,
    }
}
