//! The encoder of a classifier's targets in a bundle: what the numbers that it predicts mean.

use super::members::Member;
use crate::manifest::chain::{self, Helper, Link};
use crate::manifest::flow::Flow;
use crate::pickle::{Graph, NodeId, Value, view};
use crate::text;

/// Classes that are looked at, and that are told.
const CLASSES: usize = 20_000;
const SHOWN: usize = 12;

/// The classes of a classifier as texts.
pub fn classes(graph: &Graph, end: &Member) -> Vec<String> {
    let array = graph
        .attribute(end.node, "classes_")
        .and_then(|node| view(graph, node))
        .filter(|array| array.shape.len() == 1 && array.len() <= CLASSES);
    let values = array.and_then(|array| array.values(graph).ok());
    let text = |value: Value| match value {
        Value::Int(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        _ => None,
    };
    values
        .and_then(|values| values.into_iter().map(text).collect())
        .unwrap_or_default()
}

/// The encoder of the model's targets, with what its numbers mean.
pub fn named(
    graph: &Graph,
    classes: &[String],
    near: &dyn Fn(usize) -> usize,
    flows: &[Helper],
    helpers: &[(&Member, Flow)],
    links: &[Link],
) -> Option<(NodeId, String)> {
    let found = chain::labels(classes, near, flows)?;
    let taken = links.iter().any(|link| link.helper == found.helper);
    if taken || !found.rivals.is_empty() {
        return None;
    }
    let member = helpers[found.helper].0;
    let names = view(graph, graph.attribute(member.node, "classes_")?)?
        .values(graph)
        .ok()?;
    let named = names.iter().zip(classes).take(SHOWN).map(|(name, class)| {
        let name = match name {
            Value::Text(name) => text::short(name, 40),
            Value::Int(number) => number.to_string(),
            _ => "?".into(),
        };
        format!("{class} is {name}")
    });
    let named: Vec<String> = named.collect();
    let path = text::short(&member.path(), 60);
    let said = format!(
        "{path} ({}) names the classes: {}",
        member.class,
        named.join(", ")
    );
    Some((member.node, said))
}
