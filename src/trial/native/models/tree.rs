//! Decision trees: one tree's nodes, checked once, then walked row by row.
//!
//! A file can hold any child index. Children are checked against the node count when a tree is
//! read, and a walk takes at most as many steps as there are nodes, so that a cycle ends.

use ndarray::{Array2, ArrayD, Axis, Ix3, Slice};

use crate::pickle::{Node, NodeId, Value, value, view};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

/// State of single trees.
pub const KNOWN: &[&str] = &[
    "criterion",
    "splitter",
    "max_depth",
    "min_samples_split",
    "min_samples_leaf",
    "min_weight_fraction_leaf",
    "max_features",
    "max_features_",
    "max_leaf_nodes",
    "min_impurity_decrease",
    "min_impurity_split",
    "class_weight",
    "ccp_alpha",
    "monotonic_cst",
    "presort",
    "n_features_",
    "n_outputs_",
    "classes_",
    "n_classes_",
    "tree_",
];

/// The nodes of one tree.
pub struct Tree {
    left: Vec<i64>,
    right: Vec<i64>,
    feature: Vec<i64>,
    threshold: Vec<f64>,
    /// Whether missing values go left; recorded since 1.3.
    missing_left: Option<Vec<bool>>,
    /// Node × output × class (one class for regression).
    values: ndarray::Array3<f64>,
    n_features: usize,
}

/// What the targets of a classifier are called.
pub struct Targets {
    /// The class labels of each output.
    pub classes: Vec<Vec<Cell>>,
    /// Whether there is only one output, and answers have one dimension less.
    pub single: bool,
}

impl Tree {
    /// Reads and checks the tree under `tree_`.
    pub fn read(context: &Context, estimator: &Estimator) -> Result<Tree, Stop> {
        let graph = estimator.graph;
        let node = estimator.need("tree_")?;
        let broken = |what: &str| estimator.refused(format!("the tree's {what} cannot be used"));
        let class = graph.class(node).ok_or_else(|| broken("object"))?;
        if &*class.name != "Tree" || !class.module.starts_with("sklearn.tree.") {
            return Err(broken("class"));
        }
        let args = graph
            .object(node)
            .and_then(|object| graph.items(object.args))
            .ok_or_else(|| broken("arguments"))?;
        let n_features = args
            .first()
            .and_then(|n| match value(graph, *n) {
                Value::Int(n) => usize::try_from(n).ok(),
                _ => None,
            })
            .ok_or_else(|| broken("number of features"))?;
        let nodes = graph
            .attribute(node, "nodes")
            .and_then(|nodes| view(graph, nodes))
            .ok_or_else(|| broken("node array"))?;
        let count = nodes.len();
        // Each node is read once for each of five columns, and its values once.
        context.charge(count.saturating_mul(6), &estimator.class)?;
        let ints = |name: &str| -> Result<Vec<i64>, Stop> {
            let column = nodes.field(name).and_then(|column| column.to_i64().ok());
            Ok(column.ok_or_else(|| broken(name))?.into_iter().collect())
        };
        let threshold = nodes
            .field("threshold")
            .and_then(|column| column.to_f64().ok())
            .ok_or_else(|| broken("thresholds"))?;
        let missing_left = if nodes.dtype.field("missing_go_to_left").is_some() {
            let flags = ints("missing_go_to_left")?;
            Some(flags.into_iter().map(|flag| flag != 0).collect())
        } else {
            None
        };
        let values = graph
            .attribute(node, "values")
            .and_then(|values| view(graph, values))
            .and_then(|values| values.to_f64().ok())
            .and_then(|values: ArrayD<f64>| values.into_dimensionality::<Ix3>().ok())
            .filter(|values| values.len_of(Axis(0)) >= count && !values.is_empty())
            .ok_or_else(|| broken("values"))?;
        context.charge(values.len(), &estimator.class)?;
        let tree = Tree {
            left: ints("left_child")?,
            right: ints("right_child")?,
            feature: ints("feature")?,
            threshold: threshold.into_iter().collect(),
            missing_left,
            values,
            n_features,
        };
        tree.check().ok_or_else(|| broken("node indices"))?;
        Ok(tree)
    }

    fn check(&self) -> Option<()> {
        let count = self.left.len() as i64;
        for node in 0..self.left.len() {
            if self.left[node] == -1 {
                continue;
            }
            let child = |child: i64| (0..count).contains(&child).then_some(());
            child(self.left[node])?;
            child(self.right[node])?;
            (0..self.n_features as i64)
                .contains(&self.feature[node])
                .then_some(())?;
        }
        (count > 0).then_some(())
    }

    /// The leaf that `row` ends in.
    fn leaf(&self, context: &Context, estimator: &Estimator, row: &[f64]) -> Result<usize, Stop> {
        let mut node = 0;
        for step in 0..self.left.len() {
            if self.left[node] == -1 {
                context.charge(step + 1, &estimator.class)?;
                return Ok(node);
            }
            let x = row[self.feature[node] as usize];
            let left = if x.is_nan() {
                self.missing_left.as_ref().is_some_and(|left| left[node])
            } else {
                x <= self.threshold[node]
            };
            node = if left {
                self.left[node]
            } else {
                self.right[node]
            } as usize;
        }
        Err(estimator.refused("the tree's nodes form a cycle"))
    }

    /// The values of each row's leaf: row × output × class.
    pub fn leaves(
        &self,
        context: &Context,
        estimator: &Estimator,
        x: &Array2<f64>,
    ) -> Result<ndarray::Array3<f64>, Stop> {
        if x.ncols() != self.n_features {
            return Err(estimator.refused(format!(
                "its tree counts {} features, its input {}",
                self.n_features,
                x.ncols()
            )));
        }
        let (_, outputs, classes) = self.values.dim();
        context.charge(
            x.nrows().saturating_mul(outputs).saturating_mul(classes),
            &estimator.class,
        )?;
        let mut out = ndarray::Array3::zeros((x.nrows(), outputs, classes));
        for (row, mut place) in x.rows().into_iter().zip(out.outer_iter_mut()) {
            let leaf = self.leaf(context, estimator, &row.to_vec())?;
            place.assign(&self.values.index_axis(Axis(0), leaf));
        }
        Ok(out)
    }

    /// How many outputs the tree has, and how many classes at most.
    pub fn shape(&self) -> (usize, usize) {
        let (_, outputs, classes) = self.values.dim();
        (outputs, classes)
    }
}

/// `DecisionTreeClassifier`, `ExtraTreeClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let tree = Tree::read(context, estimator)?;
    let targets = Targets::read(estimator)?;
    targets.fit(estimator, &tree)?;
    let x = input(context, estimator, estimator, frame)?;
    let leaves = tree.leaves(context, estimator, &x)?;
    // Labels come from the values as stored: dividing a row by its sum keeps the largest.
    let raw: Vec<Array2<f64>> = targets.split(&leaves);
    let labels = targets.labels(&raw);
    let proba: Vec<Array2<f64>> = raw
        .into_iter()
        .map(|scores| probabilities(estimator, scores))
        .collect();
    Ok(targets.outputs(labels, &proba))
}

/// `DecisionTreeRegressor`, `ExtraTreeRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let tree = Tree::read(context, estimator)?;
    let x = input(context, estimator, estimator, frame)?;
    let leaves = tree.leaves(context, estimator, &x)?;
    Ok(vec![amounts(&leaves.index_axis(Axis(2), 0).to_owned())])
}

/// The rows as `float32`, missing values allowed where this model takes them: `tree` is the
/// estimator whose parameters decide, the same one or the first of a forest.
pub fn input(
    context: &Context,
    estimator: &Estimator,
    tree: &Estimator,
    frame: &Frame,
) -> Result<Array2<f64>, Stop> {
    check::features(estimator, frame, None)?;
    let allow = if takes_missing(estimator, tree)? {
        Allow::Nan
    } else {
        Allow::Finite
    };
    check::matrix(context, estimator, frame, allow, Width::Single)
}

/// Trees learned to take missing values in 1.3, random forests in 1.4, extra trees in 1.6; until
/// 1.9 only with some criteria.
fn takes_missing(estimator: &Estimator, tree: &Estimator) -> Result<bool, Stop> {
    let forest = match estimator.name {
        "RandomForestClassifier" | "RandomForestRegressor" => (1, 4),
        name if name.starts_with("Extra") => (1, 6),
        _ => (1, 3),
    };
    if !estimator.since(forest) {
        return Ok(false);
    }
    let random_only = tree.name.starts_with("Extra");
    let splitter = match tree.text("splitter", "best")? {
        "best" => !random_only,
        "random" => tree.since((1, 6)),
        _ => return Err(tree.strange("splitter")),
    };
    let criterion = matches!(
        tree.text("criterion", "")?,
        "gini" | "log_loss" | "entropy" | "squared_error" | "friedman_mse" | "poisson"
    );
    Ok(splitter && (criterion || tree.since((1, 9))))
}

/// Until 1.3 the leaves hold counts and what reads them divides, later fractions and nobody does.
pub fn probabilities(estimator: &Estimator, mut scores: Array2<f64>) -> Array2<f64> {
    if estimator.read_since((1, 4)) {
        return scores;
    }
    for mut row in scores.axis_iter_mut(Axis(0)) {
        let sum: f64 = row.sum();
        if sum != 0.0 {
            row.mapv_inplace(|x| x / sum);
        }
    }
    scores
}

/// `predict` of a regressor: row × output.
pub fn amounts(values: &Array2<f64>) -> Output {
    if values.ncols() == 1 {
        let cells = values.iter().map(|y| number_cell(*y)).collect();
        answer::flat("predict", cells)
    } else {
        answer::table("predict", Vec::new(), values)
    }
}

impl Targets {
    /// Reads `classes_` of one output or of several.
    pub fn read(estimator: &Estimator) -> Result<Targets, Stop> {
        let node = estimator.need("classes_")?;
        if let Node::List(arrays) = estimator.graph.node(node) {
            let classes = |array: &NodeId| estimator.cells_at(*array, "classes_");
            return Ok(Targets {
                classes: arrays.iter().map(classes).collect::<Result<_, _>>()?,
                single: false,
            });
        }
        Ok(Targets {
            classes: vec![estimator.cells("classes_")?],
            single: true,
        })
    }

    /// Refuses targets that `tree` has no values for.
    pub fn fit(&self, estimator: &Estimator, tree: &Tree) -> Result<(), Stop> {
        let (outputs, classes) = tree.shape();
        let fits = self.classes.len() == outputs
            && self
                .classes
                .iter()
                .all(|c| !c.is_empty() && c.len() <= classes);
        if fits {
            Ok(())
        } else {
            Err(estimator.refused("`classes_` and the tree do not fit together"))
        }
    }

    /// Row × class for each output.
    pub fn split(&self, leaves: &ndarray::Array3<f64>) -> Vec<Array2<f64>> {
        self.classes
            .iter()
            .enumerate()
            .map(|(output, classes)| {
                leaves
                    .index_axis(Axis(1), output)
                    .slice_axis(Axis(1), Slice::from(..classes.len()))
                    .to_owned()
            })
            .collect()
    }

    /// The likeliest class: row × output.
    pub fn labels(&self, scores: &[Array2<f64>]) -> Vec<Vec<Cell>> {
        let rows = scores.first().map_or(0, Array2::nrows);
        (0..rows)
            .map(|row| {
                self.classes
                    .iter()
                    .zip(scores)
                    .map(|(classes, scores)| classes[argmax(scores.row(row).iter())].clone())
                    .collect()
            })
            .collect()
    }

    /// `predict` and `predict_proba`; with several outputs a table for each.
    pub fn outputs(&self, labels: Vec<Vec<Cell>>, proba: &[Array2<f64>]) -> Vec<Output> {
        let mut outputs = vec![answer::output("predict", Vec::new(), labels, self.single)];
        for (place, (classes, proba)) in self.classes.iter().zip(proba).enumerate() {
            let method = if self.single {
                "predict_proba".to_owned()
            } else {
                format!("predict_proba[{place}]")
            };
            outputs.push(answer::table(&method, titles(classes), proba));
        }
        outputs
    }
}
