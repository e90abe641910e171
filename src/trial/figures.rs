//! Numbers of a fitted model that say more as a picture: coefficients, importances, class priors,
//! depths of trees. Read off the parsed file; nothing runs. What cannot be read is left out: a
//! figure is for looking, no verdict follows from it.

use std::collections::BTreeMap;

use crate::artifact::Objects;
use crate::pickle::{Graph, Node, NodeId, Value, view};
use crate::text;

/// Bars of one figure; the smaller ones are counted.
const BARS: usize = 12;
/// Figures of one artifact.
const FIGURES: usize = 12;
/// Tree nodes that are looked at altogether.
const TREE_NODES: usize = 4_000_000;
/// Members of one ensemble.
const MEMBERS: usize = 10_000;
/// Objects of the graph that are looked at.
const OBJECTS: usize = 200_000;

/// One picture: bars with names.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What the numbers are.
    pub title: String,
    /// The class of the object that they belong to, without its modules.
    pub of: String,
    /// Names and numbers, all finite, in the order to show them.
    pub bars: Vec<(String, f64)>,
    /// How many smaller ones are left out.
    pub hidden: usize,
}

/// The figures of an artifact, in the order of its objects.
pub fn figures(objects: &Objects, names: &[String]) -> Vec<Figure> {
    let graph = &objects.graph;
    let mut found = Vec::new();
    let mut budget = TREE_NODES;
    // Members of an ensemble are shown together, not one by one.
    let mut members = vec![false; graph.len()];
    for (id, node) in graph.iter().take(OBJECTS) {
        if !matches!(node, Node::Object(_)) || !graph.has_attributes(id) {
            continue;
        }
        for member in ensemble(graph, id) {
            members[member.index()] = true;
        }
    }
    for (id, node) in graph.iter().take(OBJECTS) {
        if found.len() >= FIGURES {
            break;
        }
        if !matches!(node, Node::Object(_)) || members[id.index()] {
            continue;
        }
        of_object(graph, id, names, &mut budget, &mut found);
    }
    found.truncate(FIGURES);
    found
}

fn of_object(
    graph: &Graph,
    id: NodeId,
    names: &[String],
    budget: &mut usize,
    found: &mut Vec<Figure>,
) {
    let Some(class) = graph.class(id) else { return };
    let of = text::short(&class.name, 60);
    let own = labels(graph, graph.attribute(id, "feature_names_in_"));
    let named = |count: usize| -> Vec<String> {
        let known = [own.as_slice(), names];
        let known = known.into_iter().find(|names| names.len() == count);
        known.map_or_else(
            || (0..count).map(|at| format!("x{at}")).collect(),
            <[String]>::to_vec,
        )
    };
    let mut add = |title: &str, bars: Bars| {
        if let Some((bars, hidden)) = bars {
            found.push(Figure {
                title: title.to_owned(),
                of: of.clone(),
                bars,
                hidden,
            });
        }
    };
    if let Some((rows, coefficients)) = matrix(graph, graph.attribute(id, "coef_")) {
        let title = if rows.len() > 1 {
            "coefficients, the largest over the classes or targets"
        } else {
            "coefficients"
        };
        add(title, largest(named(coefficients.len()), &coefficients));
    }
    let classes = labels(graph, graph.attribute(id, "classes_"));
    for (name, logarithm) in [
        ("class_prior_", false),
        ("priors_", false),
        ("class_log_prior_", true),
    ] {
        let Some(mut priors) = vector(graph, graph.attribute(id, name)) else {
            continue;
        };
        if logarithm {
            for prior in &mut priors {
                *prior = prior.exp();
            }
        }
        let names = if classes.len() == priors.len() {
            classes.clone()
        } else {
            (0..priors.len()).map(|at| at.to_string()).collect()
        };
        add("how often each class was", in_order(names, &priors));
        break;
    }
    let trees: Vec<NodeId> = match graph.attribute(id, "tree_") {
        Some(tree) => vec![tree],
        None => ensemble(graph, id)
            .into_iter()
            .filter_map(|member| graph.attribute(member, "tree_"))
            .collect(),
    };
    if trees.is_empty() {
        return;
    }
    // The last features may split nothing, and still have names.
    let count = graph
        .attribute(id, "n_features_in_")
        .and_then(|n| graph.int(n));
    let count = count.and_then(|count| usize::try_from(count).ok());
    let mut sums: Vec<f64> = vec![0.0; count.unwrap_or(names.len()).min(1 << 20)];
    let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
    for tree in &trees {
        let Some(tree) = Tree::read(graph, *tree, budget) else {
            // Half of an ensemble would be another ensemble's picture.
            return;
        };
        *depths.entry(tree.depth()).or_default() += 1;
        let importances = tree.importances();
        if importances.len() > sums.len() {
            sums.resize(importances.len(), 0.0);
        }
        for (sum, importance) in sums.iter_mut().zip(importances) {
            *sum += importance;
        }
    }
    let whole: f64 = sums.iter().sum();
    if whole > 0.0 && !class.name.contains("Isolation") {
        for sum in &mut sums {
            *sum /= whole;
        }
        add(
            "importances (decrease of impurity)",
            largest(named(sums.len()), &sums),
        );
    }
    if trees.len() > 1 {
        let (names, counts): (Vec<String>, Vec<f64>) = depths
            .iter()
            .map(|(depth, count)| (format!("depth {depth}"), *count as f64))
            .unzip();
        add("trees of each depth", in_order(names, &counts));
    }
}

/// The estimators that an ensemble holds: a list, or an array of objects.
fn ensemble(graph: &Graph, id: NodeId) -> Vec<NodeId> {
    let Some(all) = graph.attribute(id, "estimators_") else {
        return Vec::new();
    };
    if let Some(items) = graph.items(all) {
        return items.iter().copied().take(MEMBERS).collect();
    }
    let values = view(graph, all).and_then(|array| array.values(graph).ok());
    let objects = values
        .into_iter()
        .flatten()
        .filter_map(|value| match value {
            Value::Other(node) => Some(node),
            _ => None,
        });
    objects.take(MEMBERS).collect()
}

fn labels(graph: &Graph, node: Option<NodeId>) -> Vec<String> {
    let values = node
        .and_then(|node| view(graph, node))
        .and_then(|array| array.values(graph).ok());
    let shown = |value: Value| match value {
        Value::Text(text) => text::short(&text, 40),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        _ => "?".to_owned(),
    };
    values.into_iter().flatten().map(shown).collect()
}

fn vector(graph: &Graph, node: Option<NodeId>) -> Option<Vec<f64>> {
    let array = view(graph, node?)?.to_f64().ok()?;
    (array.ndim() == 1 && !array.is_empty()).then(|| array.into_iter().collect())
}

/// The rows, and for each column the number that is farthest from 0.
fn matrix(graph: &Graph, node: Option<NodeId>) -> Option<(Vec<usize>, Vec<f64>)> {
    let array = view(graph, node?)?.to_f64().ok()?;
    let shape = array.shape().to_vec();
    let (rows, columns) = match *shape.as_slice() {
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        _ => return None,
    };
    if rows == 0 || columns == 0 {
        return None;
    }
    let mut far = vec![0.0_f64; columns];
    for (at, number) in array.iter().enumerate() {
        let place = &mut far[at % columns];
        if number.abs() > place.abs() {
            *place = *number;
        }
    }
    Some(((0..rows).collect(), far))
}

type Bars = Option<(Vec<(String, f64)>, usize)>;

/// The numbers farthest from 0, the farthest first.
fn largest(names: Vec<String>, numbers: &[f64]) -> Bars {
    let mut bars: Vec<(String, f64)> = names.into_iter().zip(numbers.iter().copied()).collect();
    if bars.is_empty() || bars.iter().any(|(_, number)| !number.is_finite()) {
        return None;
    }
    bars.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let hidden = bars.len().saturating_sub(BARS);
    bars.truncate(BARS);
    Some((bars, hidden))
}

fn in_order(names: Vec<String>, numbers: &[f64]) -> Bars {
    let mut bars: Vec<(String, f64)> = names.into_iter().zip(numbers.iter().copied()).collect();
    if bars.is_empty() || bars.iter().any(|(_, number)| !number.is_finite()) {
        return None;
    }
    let hidden = bars.len().saturating_sub(BARS * 2);
    bars.truncate(BARS * 2);
    Some((bars, hidden))
}

/// One tree: its columns as far as pictures need them.
struct Tree {
    left: Vec<i64>,
    right: Vec<i64>,
    feature: Vec<i64>,
    impurity: Vec<f64>,
    weight: Vec<f64>,
}

impl Tree {
    fn read(graph: &Graph, id: NodeId, budget: &mut usize) -> Option<Tree> {
        let nodes = view(graph, graph.attribute(id, "nodes")?)?;
        *budget = budget.checked_sub(nodes.len())?;
        let ints = |name: &str| -> Option<Vec<i64>> {
            Some(nodes.field(name)?.to_i64().ok()?.into_iter().collect())
        };
        let floats = |name: &str| -> Option<Vec<f64>> {
            Some(nodes.field(name)?.to_f64().ok()?.into_iter().collect())
        };
        let tree = Tree {
            left: ints("left_child")?,
            right: ints("right_child")?,
            feature: ints("feature")?,
            impurity: floats("impurity")?,
            weight: floats("weighted_n_node_samples")?,
        };
        tree.is_sound().then_some(tree)
    }

    /// A file can hold any index. Children stand behind their parent, so there is no cycle.
    fn is_sound(&self) -> bool {
        let count = self.left.len();
        let behind = |child: i64, at: usize| {
            usize::try_from(child).is_ok_and(|child| child > at && child < count)
        };
        let whole = [
            self.right.len(),
            self.feature.len(),
            self.impurity.len(),
            self.weight.len(),
        ];
        let split = |at: usize| {
            behind(self.left[at], at)
                && behind(self.right[at], at)
                && (0..1 << 20).contains(&self.feature[at])
        };
        count > 0
            && whole.iter().all(|length| *length == count)
            && (0..count).all(|at| self.left[at] == -1 || split(at))
    }

    fn depth(&self) -> usize {
        let mut depths = vec![0; self.left.len()];
        let mut most = 0;
        for (at, (left, right)) in self.left.iter().zip(&self.right).enumerate() {
            if *left == -1 {
                most = most.max(depths[at]);
                continue;
            }
            for child in [left, right] {
                depths[*child as usize] = depths[at] + 1;
            }
        }
        most
    }

    /// How much each feature lowers the impurity, over all splits; the sum is 1 (or 0 for a leaf).
    fn importances(&self) -> Vec<f64> {
        let splits = (0..self.left.len()).filter(|at| self.left[*at] != -1);
        let width = splits.clone().map(|at| self.feature[at] as usize + 1).max();
        let mut sums = vec![0.0; width.unwrap_or(0)];
        let weighed = |at: usize| self.weight[at] * self.impurity[at];
        for at in splits {
            let (left, right) = (self.left[at] as usize, self.right[at] as usize);
            sums[self.feature[at] as usize] += weighed(at) - weighed(left) - weighed(right);
        }
        let whole: f64 = sums.iter().sum();
        if whole > 0.0 {
            for sum in &mut sums {
                *sum /= whole;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::artifact::{self, Keep};

    fn of(path: &str) -> Vec<Figure> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("assets/demo")
            .join(path);
        let artifact = artifact::read(&path, Keep::Everything);
        figures(artifact.facts.unwrap().objects.as_ref().unwrap(), &[])
    }

    /// The numbers are what scikit-learn itself says of these files (the release that saved them).
    fn same(figure: &Figure, expected: &[(&str, f64)]) {
        assert_eq!(figure.bars.len(), expected.len(), "{figure:?}");
        for ((name, number), (other, wanted)) in figure.bars.iter().zip(expected) {
            assert_eq!(name, other);
            assert!((number - wanted).abs() < 1e-8, "{figure:?}");
        }
    }

    #[test]
    fn coefficients_have_names_and_stand_by_size() {
        let figures = of("churn/churn_logreg.joblib");
        assert_eq!(figures[0].title, "coefficients");
        assert_eq!(figures[0].of, "LogisticRegression");
        same(
            &figures[0],
            &[
                ("monthly_fee", 0.204_496_89),
                ("tenure_months", -0.136_342_59),
                ("support_calls", 0.017_793_64),
            ],
        );
    }

    #[test]
    fn importances_of_a_forest_are_the_mean_over_its_trees() {
        let figures = of("iris/iris_forest_2022.pkl");
        same(
            &figures[0],
            &[
                ("petal_width", 0.547_710_952_019_373_7),
                ("petal_length", 0.311_686_714_776_051_64),
                ("sepal_length", 0.119_076_632_422_262_49),
                ("sepal_width", 0.021_525_700_782_312_123),
            ],
        );
        assert_eq!(figures[1].title, "trees of each depth");
        same(&figures[1], &[("depth 4", 8.0)]);
        assert_eq!(figures.len(), 2, "single trees are not shown again");
        let figures = of("iris/iris_tree.joblib");
        same(
            &figures[0],
            &[
                ("petal_width", 0.946_063_668_800_661),
                ("petal_length", 0.053_936_331_199_339_015),
                ("sepal_length", 0.0),
                ("sepal_width", 0.0),
            ],
        );
    }

    #[test]
    fn a_tree_with_children_anywhere_is_no_picture() {
        let tree = |left: Vec<i64>, right: Vec<i64>| Tree {
            feature: vec![0; left.len()],
            impurity: vec![0.5; left.len()],
            weight: vec![1.0; left.len()],
            left,
            right,
        };
        assert!(tree(vec![1, -1, -1], vec![2, -1, -1]).is_sound());
        assert!(!tree(vec![0, -1, -1], vec![2, -1, -1]).is_sound());
        assert!(!tree(vec![1, -1], vec![9, -1]).is_sound());
        assert!(!tree(vec![1, 0, -1], vec![2, 0, -1]).is_sound());
        assert!(!tree(vec![], vec![]).is_sound());
    }
}
