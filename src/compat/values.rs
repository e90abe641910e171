//! `changed-meaning`: state that the live release reads differently from the one that saved it,
//! mostly without any error. The changes are dated rows in `assets/knowledge/values.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::rule::{Context, in_file};
use super::{Evidence, Finding, Stage};
use crate::package;
use crate::pickle::{self, Graph, Node, NodeId};

/// How far a row of tree values may be from 1 and still be fractions.
const NEARLY: f64 = 1e-6;

/// Findings of one change for one artifact; a forest repeats its trees.
const TOLD: usize = 1;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(objects), Some(live)) = (context.objects(), context.live("scikit-learn")) else {
        return;
    };
    let graph = &objects.graph;
    let outer = stamped(context);
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, node) in graph.iter() {
        if !matches!(node, Node::Object(_)) {
            continue;
        }
        let Some(class) = graph.class(id) else {
            continue;
        };
        let changes = CHANGES
            .iter()
            .filter(|change| change.is_about(&class.module, &class.name));
        for change in changes {
            let own = graph
                .attribute(id, "_sklearn_version")
                .and_then(|v| graph.text(v));
            let Some(saved) = own.or(outer) else { continue };
            let applies = package::satisfies(saved, &change.saved) == Some(true)
                && package::satisfies(live, &change.live) == Some(true)
                && change.holds(graph, id);
            let count = told.entry(&change.id).or_default();
            if applies && *count < TOLD {
                *count += 1;
                findings.push(change.finding(context, &class.to_string(), saved, live, id, graph));
            }
        }
    }
}

fn stamped<'a>(context: &Context<'a>) -> Option<&'a str> {
    let stamps = context.manifest.saved_with.iter();
    stamps
        .filter(|r| r.subject == "scikit-learn")
        .find_map(|r| r.wanted.strip_prefix("=="))
}

#[derive(Deserialize)]
struct Knowledge {
    change: Vec<Change>,
}

/// One dated change of meaning.
#[derive(Deserialize)]
struct Change {
    id: String,
    classes: Vec<String>,
    saved: String,
    live: String,
    stage: Option<String>,
    exception: Option<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Vec<String>>,
    labels: Option<String>,
    tree_values: Option<String>,
    effect: String,
    source: String,
}

static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let text = include_str!("../../assets/knowledge/values.toml");
    // The file is part of the program; a test parses it.
    toml::from_str::<Knowledge>(text).map_or_else(|_| Vec::new(), |known| known.change)
});

impl Change {
    fn is_about(&self, module: &str, name: &str) -> bool {
        self.classes.iter().any(|class| {
            class.split_once(' ').is_some_and(|(package, class)| {
                class == name
                    && module
                        .strip_prefix(package)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    }

    fn holds(&self, graph: &Graph, id: NodeId) -> bool {
        let has = |name: &String| graph.attribute(id, name).is_some();
        let parameter = |(name, values): (&String, &Vec<String>)| {
            let value = graph
                .attribute(id, name)
                .and_then(|value| graph.text(value));
            value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
        };
        self.has.iter().all(has)
            && !self.lacks.iter().any(has)
            && self.parameters.iter().all(parameter)
            && self
                .labels
                .as_deref()
                .is_none_or(|wanted| labels(graph, id) == Some(wanted))
            && self
                .tree_values
                .as_deref()
                .is_none_or(|_| holds_counts(graph, id))
    }

    fn finding(
        &self,
        context: &Context<'_>,
        class: &str,
        saved: &str,
        live: &str,
        id: NodeId,
        graph: &Graph,
    ) -> Finding {
        let mut evidence = vec![in_file(
            graph.offset(id),
            format!("{class} saved by {saved}"),
        )];
        evidence.extend(context.live_evidence("scikit-learn"));
        evidence.push(Evidence {
            kind: "inferred",
            file: None,
            line: None,
            offset: None,
            text: format!("change {}: {}", self.id, self.source),
        });
        Finding {
            rule: "changed-meaning",
            stage: if self.stage.as_deref() == Some("predict") {
                Stage::Predict
            } else {
                Stage::Values
            },
            subject: crate::text::short(class, 120),
            distribution: Some("scikit-learn".into()),
            wanted: self.saved.clone(),
            found: live.into(),
            exception: self.exception.clone(),
            message: self.effect.clone(),
            certain: true,
            evidence,
            fix: Some(format!("install scikit-learn=={saved}, or fit it again")),
        }
    }
}

/// How many classes an estimator knows: `two` or `many`.
fn labels(graph: &Graph, id: NodeId) -> Option<&'static str> {
    let view = pickle::view(graph, graph.attribute(id, "classes_")?)?;
    match view.shape.as_slice() {
        [2] => Some("two"),
        [count] if *count > 2 => Some("many"),
        _ => None,
    }
}

/// Whether the tree of an estimator keeps counts: values of shape (nodes, outputs, classes), whose
/// rows sum to 1 where they are fractions. Skipped arrays tell nothing.
fn holds_counts(graph: &Graph, id: NodeId) -> bool {
    let root_row = || {
        let tree = graph.attribute(id, "tree_")?;
        let view = pickle::view(graph, graph.attribute(tree, "values")?)?;
        let &[_, _, classes] = view.shape.as_slice() else {
            return None;
        };
        let values = view.to_f64().ok()?;
        Some(values.iter().take(classes).sum::<f64>())
    };
    root_row().is_some_and(|sum| (sum - 1.0).abs() > NEARLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_parse_and_their_ranges_are_specifiers() {
        assert!(CHANGES.len() >= 10);
        for change in CHANGES.iter() {
            for range in [&change.saved, &change.live] {
                assert!(
                    package::satisfies("1.0", range).is_some(),
                    "{}: {range}",
                    change.id
                );
            }
            assert!(
                change.classes.iter().all(|class| class.contains(' ')),
                "{}",
                change.id
            );
        }
    }

    #[test]
    fn a_class_is_known_under_its_old_and_new_module() {
        let change = CHANGES.iter().find(|c| c.id == "tree-counts").unwrap();
        assert!(change.is_about("sklearn.tree._classes", "DecisionTreeClassifier"));
        assert!(change.is_about("sklearn.tree.tree", "DecisionTreeClassifier"));
        assert!(!change.is_about("sklearn.treehouse", "DecisionTreeClassifier"));
        assert!(!change.is_about("sklearn.tree._classes", "DecisionTreeRegressor"));
    }
}
