//! Forests: the mean over trees, summed in the order of the trees as scikit-learn does.

use ndarray::{Array2, Array3, Axis};

use super::tree::{self, Targets, Tree};
use crate::trial::Output;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

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
    "_n_samples_bootstrap",
    "_sample_weight",
];

/// `RandomForestClassifier`, `ExtraTreesClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, tree::KNOWN])?;
    let targets = Targets::read(estimator)?;
    let mut sums: Vec<Array2<f64>> = Vec::new();
    let count = each_tree(context, estimator, frame, |single, tree, leaves| {
        targets.fit(single, tree)?;
        let proba = targets
            .split(&leaves)
            .into_iter()
            .map(|scores| tree::probabilities(single, scores));
        if sums.is_empty() {
            sums = proba.collect();
        } else {
            sums.iter_mut().zip(proba).for_each(|(sum, p)| *sum += &p);
        }
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
    let count = each_tree(context, estimator, frame, |single, _, leaves| {
        let amounts = leaves.index_axis(Axis(2), 0);
        match &mut sum {
            Some(sum) if sum.dim() == amounts.dim() => *sum += &amounts,
            Some(_) => return Err(single.refused("the trees of its forest differ in outputs")),
            None => sum = Some(amounts.to_owned()),
        }
        Ok(())
    })?;
    let mean = sum.unwrap_or_default() / count as f64;
    Ok(vec![tree::amounts(&mean)])
}

/// Runs `add` on the leaves of every tree; returns how many trees there are.
fn each_tree<'g>(
    context: &Context<'g>,
    estimator: &Estimator<'g>,
    frame: &Frame,
    mut add: impl FnMut(&Estimator<'g>, &Tree, Array3<f64>) -> Result<(), Stop>,
) -> Result<usize, Stop> {
    let nodes = estimator.list("estimators_")?;
    let mut x = None;
    for node in nodes {
        let single = Estimator::read(context, *node)
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
        single.only(&[tree::KNOWN])?;
        if x.is_none() {
            x = Some(tree::input(context, estimator, &single, frame)?);
        }
        let tree = Tree::read(context, &single)?;
        if let Some(x) = &x {
            add(&single, &tree, tree.leaves(context, &single, x)?)?;
        }
    }
    if nodes.is_empty() {
        return Err(estimator.refused("it has no trees"));
    }
    Ok(nodes.len())
}
