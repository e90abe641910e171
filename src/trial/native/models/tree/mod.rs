//! Decision trees as models: what their leaves say about rows.

mod input;
mod nodes;

use ndarray::Array2;

use crate::pickle::{Node, NodeId};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

pub use input::{Singles, input, singles};
pub use nodes::Tree;

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

/// What the targets of a classifier are called.
pub struct Targets {
    /// The class labels of each output.
    pub classes: Vec<Vec<Cell>>,
    /// Whether there is only one output, and answers have one dimension less.
    pub single: bool,
}

/// The single tree at `node`, when it is one of scikit-learn's.
pub fn single<'g>(
    context: &Context<'g>,
    estimator: &Estimator<'g>,
    node: NodeId,
) -> Result<Estimator<'g>, Stop> {
    let single = Estimator::read(context, node)
        .filter(|single| {
            matches!(
                single.name,
                "DecisionTreeClassifier"
                    | "DecisionTreeRegressor"
                    | "ExtraTreeClassifier"
                    | "ExtraTreeRegressor"
            ) && single.class.starts_with("sklearn.tree.")
        })
        .ok_or_else(|| estimator.refused("`estimators_` holds something else than trees"))?;
    single.only(&[KNOWN])?;
    Ok(single)
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
    let mut raw = targets.zeros(context, estimator, x.rows)?;
    Targets::add(&tree, &leaves, false, &mut raw);
    let labels = targets.labels(&raw);
    let mut proba = targets.zeros(context, estimator, x.rows)?;
    Targets::add(&tree, &leaves, holds_counts(estimator), &mut proba);
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
    let mut values = Array2::zeros((x.rows, tree.shape().0));
    context.charge(values.len(), &estimator.class)?;
    add_amounts(&tree, &leaves, &mut values);
    Ok(vec![amounts(&values)])
}

/// Adds each row's leaf to its sum: row × output.
pub fn add_amounts(tree: &Tree, leaves: &[u32], sums: &mut Array2<f64>) {
    for (mut row, leaf) in sums.rows_mut().into_iter().zip(leaves) {
        for (output, sum) in row.iter_mut().enumerate() {
            *sum += tree.value(*leaf, output, 0);
        }
    }
}

/// Until 1.3 the leaves hold counts and what reads them divides; later they hold fractions and
/// nobody does.
pub fn holds_counts(estimator: &Estimator) -> bool {
    !estimator.read_since((1, 4))
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

    /// Row × class for each output, all zero.
    pub fn zeros(
        &self,
        context: &Context,
        estimator: &Estimator,
        rows: usize,
    ) -> Result<Vec<Array2<f64>>, Stop> {
        let width: usize = self.classes.iter().map(Vec::len).sum();
        context.charge(rows.saturating_mul(width), &estimator.class)?;
        let zeros = |classes: &Vec<Cell>| Array2::zeros((rows, classes.len()));
        Ok(self.classes.iter().map(zeros).collect())
    }

    /// Adds what each row's leaf says; `divide` makes shares of it first.
    pub fn add(tree: &Tree, leaves: &[u32], divide: bool, sums: &mut [Array2<f64>]) {
        for (output, sums) in sums.iter_mut().enumerate() {
            for (mut row, leaf) in sums.rows_mut().into_iter().zip(leaves) {
                let mut whole = 1.0;
                if divide {
                    let sum = (0..row.len())
                        .map(|class| tree.value(*leaf, output, class))
                        .sum();
                    whole = if sum == 0.0 { 1.0 } else { sum };
                }
                for (class, sum) in row.iter_mut().enumerate() {
                    *sum += tree.value(*leaf, output, class) / whole;
                }
            }
        }
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
