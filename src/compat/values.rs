//! `changed-meaning`: state that the live release reads differently from the one that saved it,
//! mostly without any error. The changes are dated rows in `assets/knowledge/values.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::rule::{Context, in_file};
use super::state::Walked;
use super::{Evidence, Finding, Stage};
use crate::package;
use crate::pickle::{self, Dtype, Graph, Node, NodeId};

/// How far a row of tree values may be from 1 and still be fractions.
const NEARLY: f64 = 1e-6;

/// What the evidence that names a change starts with.
const CHANGE: &str = "change ";

/// Findings of one change for one artifact; a forest repeats its trees.
const TOLD: usize = 1;

pub(super) fn check(context: &Context<'_>, walked: &Walked, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    let graph = &objects.graph;
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
            let Some(live) = context.live(&change.distribution) else {
                continue;
            };
            let own = graph
                .attribute(id, "_sklearn_version")
                .and_then(|v| graph.text(v))
                .filter(|_| change.distribution == SCIKIT_LEARN);
            let saved = own.or_else(|| stamped(context, &change.distribution));
            let fits = match saved {
                Some(saved) => package::satisfies(saved, &change.saved) == Some(true),
                // Then the state must tell.
                None => change.saved == ANY,
            };
            if !fits
                || package::satisfies(live, &change.live) != Some(true)
                || !change.holds(graph, id)
                || !change.matters(walked, graph, id)
            {
                continue;
            }
            let count = told.entry(&change.id).or_default();
            if *count < TOLD {
                *count += 1;
                let asker = change.lost.as_ref().and_then(|m| walked.lost(id, m));
                let place = Place {
                    id,
                    class: &class.to_string(),
                    saved,
                    live,
                    asker,
                };
                findings.push(change.finding(context, graph, &place));
            }
        }
    }
}

/// The id of the change in `values.toml` that a finding is about.
pub fn change_of(finding: &Finding) -> Option<&str> {
    let mut evidence = finding.evidence.iter();
    let change = evidence.find_map(|evidence| evidence.text.strip_prefix(CHANGE));
    let told = change.filter(|_| finding.rule == "changed-meaning")?;
    told.split_once(": ").map(|(id, _)| id)
}

/// The distribution of a change that names none.
const SCIKIT_LEARN: &str = "scikit-learn";

/// The range of every release: what saved is known by the state alone.
const ANY: &str = ">=0";

/// Where a change was found.
struct Place<'a> {
    id: NodeId,
    class: &'a str,
    saved: Option<&'a str>,
    live: &'a str,
    /// The class of what was asked for a method that is gone.
    asker: Option<&'a str>,
}

fn stamped<'a>(context: &Context<'a>, distribution: &str) -> Option<&'a str> {
    let stamps = context.manifest.saved_with.iter();
    stamps
        .filter(|r| r.subject == distribution)
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
    #[serde(default = "scikit_learn")]
    distribution: String,
    saved: String,
    live: String,
    /// Methods of the object; asking must walk through one of them.
    #[serde(default)]
    through: Vec<String>,
    stage: Option<String>,
    exception: Option<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Vec<String>>,
    /// Attributes that must be there and be neither None nor false.
    #[serde(default)]
    set: Vec<String>,
    /// A diagonal of weights that must change something.
    weights: Option<String>,
    /// Attributes that must be lists of which one member is not None.
    #[serde(default)]
    some: Vec<String>,
    /// Attributes that must be arrays of so many dimensions.
    #[serde(default)]
    rank: BTreeMap<String, usize>,
    /// Matrices that must not be as wide as they are high.
    #[serde(default)]
    oblong: Vec<String>,
    /// Attributes that must be arrays or dtypes of such elements, as numpy spells them: `O`, `f8`.
    #[serde(default)]
    cells: BTreeMap<String, String>,
    /// Attributes that must be these numbers.
    #[serde(default)]
    numbers: BTreeMap<String, f64>,
    /// A method that what was asked must have lost.
    lost: Option<String>,
    /// Methods through which members of `estimators_` must be asked.
    #[serde(default)]
    members_through: Vec<String>,
    /// Whether it is about an object of compiled code, whose use is not seen.
    #[serde(default)]
    anywhere: bool,
    /// Whether it matters only inside of something else.
    #[serde(default)]
    inner: bool,
    labels: Option<String>,
    tree_values: Option<String>,
    effect: String,
    source: String,
}

fn scikit_learn() -> String {
    SCIKIT_LEARN.to_owned()
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
        let parameter = |(path, values): (&String, &Vec<String>)| {
            let value = path
                .split('.')
                .try_fold(id, |holder, name| graph.attribute(holder, name))
                .and_then(|value| graph.text(value));
            value.is_some_and(|value| values.iter().any(|wanted| wanted == value))
        };
        let set = |name: &String| {
            graph
                .attribute(id, name)
                .is_some_and(|value| !matches!(graph.node(value), Node::None | Node::Bool(false)))
        };
        let rank = |(name, wanted): (&String, &usize)| {
            shape(graph, id, name).is_some_and(|shape| shape.len() == *wanted)
        };
        let oblong = |name: &String| {
            shape(graph, id, name)
                .is_some_and(|shape| matches!(shape[..], [high, wide] if high != wide))
        };
        let cell = |(name, wanted): (&String, &String)| {
            let dtype = graph.attribute(id, name).and_then(|value| {
                let array = pickle::view(graph, value).map(|view| view.dtype);
                array.or_else(|| Dtype::read(graph, value))
            });
            dtype.is_some_and(|dtype| Dtype::parse(wanted).is_some_and(|w| w.kind == dtype.kind))
        };
        let number = |(name, wanted): (&String, &f64)| {
            graph
                .attribute(id, name)
                .is_some_and(|value| match graph.node(value) {
                    Node::Int(value) => (*value as f64 - wanted).abs() < NEARLY,
                    Node::Float(value) => (value - wanted).abs() < NEARLY,
                    _ => false,
                })
        };
        let some = |name: &String| {
            let members = graph.attribute(id, name).and_then(|list| graph.items(list));
            members.is_some_and(|members| {
                members
                    .iter()
                    .any(|member| !matches!(graph.node(*member), Node::None))
            })
        };
        let weights = |name: &String| weigh(graph, id, name) != Some(false);
        self.set.iter().all(set)
            && self.weights.iter().all(weights)
            && self.some.iter().all(some)
            && self.rank.iter().all(rank)
            && self.oblong.iter().all(oblong)
            && self.cells.iter().all(cell)
            && self.numbers.iter().all(number)
            && self.has.iter().all(has)
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

    /// Whether what a user asks for comes to the place that changed.
    fn matters(&self, walked: &Walked, graph: &Graph, id: NodeId) -> bool {
        if self.inner && walked.is_root(id) {
            return false;
        }
        if let Some(method) = &self.lost {
            return walked.lost(id, method).is_some();
        }
        if !self.members_through.is_empty() {
            let members = graph.attribute(id, "estimators_");
            let members = members
                .and_then(|list| graph.items(list))
                .unwrap_or_default();
            let asked = |member: &NodeId| walked.uses(*member, &self.members_through) == Some(true);
            if !members.iter().any(asked) {
                return false;
            }
        }
        self.anywhere || walked.uses(id, &self.through) != Some(false)
    }

    /// The effect, with what only this object tells.
    fn said(&self, graph: &Graph, place: &Place<'_>) -> String {
        let said = self
            .effect
            .replace("{asker}", place.asker.unwrap_or_default());
        self.oblong.iter().fold(said, |said, name| {
            match shape(graph, place.id, name).as_deref() {
                Some([high, wide]) => said
                    .replace(&format!("{{{name} high}}"), &high.to_string())
                    .replace(&format!("{{{name} wide}}"), &wide.to_string()),
                _ => said,
            }
        })
    }

    fn finding(&self, context: &Context<'_>, graph: &Graph, place: &Place<'_>) -> Finding {
        let Place {
            id, class, live, ..
        } = *place;
        let saved = place.saved.unwrap_or("another release");
        let mut evidence = vec![in_file(
            graph.offset(id),
            format!("{class} saved by {saved}"),
        )];
        evidence.extend(context.live_evidence(&self.distribution));
        evidence.push(Evidence {
            kind: "inferred",
            file: None,
            line: None,
            offset: None,
            text: format!("{CHANGE}{}: {}", self.id, self.source),
        });
        Finding {
            rule: "changed-meaning",
            stage: if self.stage.as_deref() == Some("predict") {
                Stage::Predict
            } else {
                Stage::Values
            },
            subject: crate::text::short(class, 120),
            distribution: Some(self.distribution.clone()),
            wanted: self.saved.clone(),
            found: live.into(),
            exception: self.exception.clone(),
            message: self.said(graph, place),
            certain: true,
            evidence,
            fix: Some(match place.saved {
                Some(saved) => format!("install {}=={saved}, or fit it again", self.distribution),
                None => format!(
                    "install another {} than {live}, or fit it again",
                    self.distribution
                ),
            }),
        }
    }
}

/// The shape of an attribute that is an array.
fn shape(graph: &Graph, id: NodeId, name: &str) -> Option<Vec<usize>> {
    let view = pickle::view(graph, graph.attribute(id, name)?)?;
    Some(view.shape.clone())
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

/// Whether multiplying with a diagonal changes rows, which are brought to length 1 where the object
/// has a `norm`. `None` when its values cannot be read.
fn weigh(graph: &Graph, id: NodeId, name: &str) -> Option<bool> {
    let diagonal = graph.attribute(id, name)?;
    let data = graph.attribute(diagonal, "data").unwrap_or(diagonal);
    let values = pickle::view(graph, data)?.to_f64().ok()?;
    let mut values = values.iter().filter(|value| **value != 0.0);
    let first = values.next()?;
    let scaled = graph
        .attribute(id, "norm")
        .is_some_and(|norm| graph.text(norm).is_some());
    let alike = values.all(|value| (value - first).abs() < NEARLY);
    Some(!alike || !scaled && (first - 1.0).abs() > NEARLY)
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
