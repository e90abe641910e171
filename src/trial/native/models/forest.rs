//! Forests: the mean over trees, summed in the order of the trees as scikit-learn does.

use ndarray::Array2;

use super::tree::{self, Targets, Tree};
use crate::trial::Output;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const KNOWN: &[&str] = &[
    "estimator",
    "estimator_",
    "base_estimator",
    "base_estimator_",
    "estimator_params",
    "estimators_",
    "n_estimators",
    "bootstrap",
    "oob_score",
    "oob_score_",
    "oob_decision_function_",
    "oob_prediction_",
    "max_samples",
    "_n_samples",
    "_n_features",
    "_n_samples_bootstrap",
    "_sample_weight",
];
/// What imbalanced-learn's forest keeps besides.
const BALANCED: &[&str] = &[
    "sampling_strategy",
    "sampling_strategy_",
    "_sampling_strategy",
    "replacement",
    // The values that training used while their defaults changed.
    "_replacement",
    "_bootstrap",
    "base_sampler_",
    "samplers_",
    "pipelines_",
];
const EMBEDDING: &[&str] = &["sparse_output", "one_hot_encoder_", "_n_features_out"];

/// `RandomForestClassifier`, `ExtraTreesClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN, BALANCED])?;
    let targets = Targets::read(estimator)?;
    let mut sums = targets.zeros(context, estimator, frame.n_rows)?;
    let work: usize = sums.iter().map(Array2::len).sum();
    let count = each_tree(context, estimator, frame, |single, tree, leaves| {
        targets.fit(single, tree)?;
        context.charge(work, &single.class)?;
        Targets::add(tree, leaves, tree::holds_counts(single), &mut sums);
        Ok(())
    })?;
    for sum in &mut sums {
        *sum /= count as f64;
    }
    let labels = targets.labels(&sums);
    Ok(targets.outputs(labels, &sums))
}

/// `RandomForestRegressor`, `ExtraTreesRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    let mut sum: Option<Array2<f64>> = None;
    let count = each_tree(context, estimator, frame, |single, tree, leaves| {
        let outputs = tree.shape().0;
        context.charge(leaves.len().saturating_mul(outputs), &single.class)?;
        let sum = sum.get_or_insert_with(|| Array2::zeros((leaves.len(), outputs)));
        if sum.ncols() != outputs {
            return Err(single.refused("the trees of its forest differ in outputs"));
        }
        tree::add_amounts(tree, leaves, sum);
        Ok(())
    })?;
    let mean = sum.unwrap_or_default() / count as f64;
    Ok(vec![tree::amounts(&mean)])
}

/// `RandomTreesEmbedding`: which leaf of each tree a row ends in, one column a leaf.
pub fn embedding(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN, EMBEDDING])?;
    let mut found = Vec::new();
    each_tree(context, estimator, frame, |_, _, leaves| {
        let numbers = leaves.iter().map(|leaf| f64::from(*leaf)).collect();
        found.push(Column::Numbers(numbers));
        Ok(())
    })?;
    let node = estimator.need("one_hot_encoder_")?;
    let leaves = Frame::new(found, frame.n_rows);
    table::transform(context, node, &leaves, depth + 1)
}

/// Runs `add` on the leaves of every tree; returns how many trees there are.
fn each_tree<'g>(
    context: &Context<'g>,
    estimator: &Estimator<'g>,
    frame: &Frame,
    mut add: impl FnMut(&Estimator<'g>, &Tree<'g>, &[u32]) -> Result<(), Stop>,
) -> Result<usize, Stop> {
    let nodes = estimator.list("estimators_")?;
    let mut x = None;
    for node in nodes {
        let single = tree::single(context, estimator, *node)?;
        if x.is_none() {
            x = Some(tree::input(context, estimator, &single, frame)?);
        }
        let tree = Tree::read(context, &single)?;
        if let Some(x) = &x {
            add(&single, &tree, &tree.leaves(context, &single, x)?)?;
        }
    }
    if nodes.is_empty() {
        return Err(estimator.refused("it has no trees"));
    }
    Ok(nodes.len())
}
