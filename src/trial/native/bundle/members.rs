//! The estimators that a dict, a list or a tuple holds, each with the path that leads to it.
//!
//! Looks at what they are, not at how they belong together.

use std::path::Path;

use crate::manifest::chain;
use crate::manifest::flow::{self, Flow};
use crate::pickle::{Graph, Node, NodeId};
use crate::text;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::{stage, table};

/// How many members are looked at, and how deep containers may be nested.
const MEMBERS: usize = 256;
const DEPTH: usize = 4;
/// Letters of one key in a path.
const LETTERS: usize = 120;

/// What a member does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// It predicts.
    Predicts,
    /// It prepares rows; what it takes and gives is known.
    Prepares(Flow),
    /// It prepares rows; how many columns it gives is not recorded.
    Transforms,
    /// It is fitted, and there is no evaluator for it.
    Unknown,
}

/// One estimator of a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The keys and places that lead to it, outermost first.
    pub keys: Vec<String>,
    /// The object.
    pub node: NodeId,
    /// Its class, without the module, harmless for showing.
    pub class: String,
    /// What it does.
    pub does: Does,
    /// The words in its path that may say to which model it belongs, each once.
    words: Vec<String>,
}

impl Member {
    fn of(keys: &[String], node: NodeId, (class, does): (String, Does)) -> Member {
        let name = keys.join("_");
        let name = name.replace(|c: char| !c.is_alphanumeric(), "_");
        let mut words = chain::words(Path::new(&name));
        words.sort_unstable();
        words.dedup();
        Member {
            keys: keys.to_vec(),
            node,
            class,
            does,
            words,
        }
    }

    /// How much its path has in common with that of `end`: containers first, then words.
    pub fn nearness(&self, end: &Member) -> usize {
        let around = |member: &Member| member.keys.len().saturating_sub(1);
        let depth = around(self).min(around(end));
        let same = (0..depth).take_while(|at| self.keys[*at] == end.keys[*at]);
        same.count() * 1_000 + chain::shared(&end.words, &self.words).min(999)
    }

    /// The path in the form that people type: `models/churn`, `folds/0`.
    pub fn path(&self) -> String {
        self.keys.join("/")
    }

    /// The path and the class.
    pub fn shown(&self) -> String {
        format!("'{}' {}", text::short(&self.path(), 60), self.class)
    }
}

/// Whether `root` is a container of several things and no object of its own.
pub fn is_bundle(graph: &Graph, root: NodeId) -> bool {
    children(graph, root).is_some()
}

/// The estimators in the container at `root`, in the order of the file. One that is there twice is
/// told once, by its first path.
pub fn members(graph: &Graph, root: NodeId) -> Vec<Member> {
    let mut found = Vec::new();
    let mut left = MEMBERS;
    gather(graph, root, &mut Vec::new(), &mut left, &mut found);
    found
}

/// What stands in a dict by key, in a list or tuple by place; `None` for everything else.
pub fn children(graph: &Graph, node: NodeId) -> Option<Vec<(String, NodeId)>> {
    let place = |items: &[NodeId]| {
        let items = items.iter().take(MEMBERS).enumerate();
        items.map(|(at, item)| (at.to_string(), *item)).collect()
    };
    let pairs = match graph.node(node) {
        Node::List(items) => return Some(place(items)),
        Node::Tuple(items) => return Some(place(items)),
        Node::Dict(pairs) => &pairs[..],
        Node::Object(_) => {
            let class = graph.class(node)?;
            let dict = &*class.module == "collections"
                && matches!(&*class.name, "OrderedDict" | "defaultdict");
            dict.then(|| graph.pairs(node).unwrap_or_default())?
        }
        _ => return None,
    };
    let key = |node: NodeId| match graph.text(node) {
        Some(key) => text::short(key, LETTERS),
        None => graph.int(node).map_or("?".into(), |key| key.to_string()),
    };
    let pairs = pairs.iter().take(MEMBERS);
    Some(pairs.map(|(name, value)| (key(*name), *value)).collect())
}

fn gather(
    graph: &Graph,
    node: NodeId,
    keys: &mut Vec<String>,
    left: &mut usize,
    found: &mut Vec<Member>,
) {
    for (key, child) in children(graph, node).unwrap_or_default() {
        let Some(rest) = left.checked_sub(1) else {
            return;
        };
        *left = rest;
        keys.push(key);
        if keys.len() < DEPTH && is_bundle(graph, child) {
            gather(graph, child, keys, left, found);
        } else if found.iter().all(|member: &Member| member.node != child)
            && let Some(told) = does(graph, child)
        {
            found.push(Member::of(keys, child, told));
        }
        keys.pop();
    }
}

/// What the object at `node` does; `None` for what is no estimator.
fn does(graph: &Graph, node: NodeId) -> Option<(String, Does)> {
    let context = Context::new(graph, None);
    let estimator = Estimator::read(&context, node)?;
    let class = text::short(estimator.name, 60);
    let does = if table::row(&estimator).is_some() {
        match flow::of(graph, node) {
            Some(flow) => Does::Prepares(flow),
            None if stage(&context, node) == "transform" => Does::Transforms,
            None => Does::Predicts,
        }
    } else {
        // Fitting leaves names behind that end so, whoever wrote the class.
        let fitted = |(key, _): &(&str, NodeId)| key.ends_with('_') && !key.starts_with('_');
        let known = graph.attribute(node, "_sklearn_version").is_some();
        (known || graph.attributes(node).iter().any(fitted)).then_some(Does::Unknown)?
    };
    Some((class, does))
}
