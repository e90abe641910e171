//! `feature_importances_` of trees, forests and gradient boosting: how much impurity the splits by
//! each column took away.

use ndarray::Array1;

use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::models::tree::{self, Tree};
use crate::trial::native::stop::Stop;

/// The importances of a fitted estimator.
pub fn of(context: &Context, own: &Estimator) -> Result<Array1<f64>, Stop> {
    let sklearn = own.class.starts_with("sklearn.");
    match own.name {
        "DecisionTreeClassifier"
        | "DecisionTreeRegressor"
        | "ExtraTreeClassifier"
        | "ExtraTreeRegressor"
            if sklearn =>
        {
            Tree::read(context, own)?.importances(context, own, true)
        }
        "RandomForestClassifier"
        | "RandomForestRegressor"
        | "ExtraTreesClassifier"
        | "ExtraTreesRegressor"
            if sklearn =>
        {
            mean(context, own, own.list("estimators_")?, true)
        }
        "GradientBoostingClassifier" | "GradientBoostingRegressor" if sklearn => {
            let stages = own.view("estimators_")?;
            let nodes = stages.nodes().ok_or_else(|| own.strange("estimators_"))?;
            // Until 0.20 each stage had its own share.
            if !own.since((0, 21)) {
                return Err(own.refused("its importances of before 0.21 are not known here"));
            }
            mean(context, own, nodes, false)
        }
        _ => Err(own.refused("its importances are not known here")),
    }
}

/// The mean over the trees that have a split, as shares.
fn mean(
    context: &Context,
    own: &Estimator,
    nodes: &[crate::pickle::NodeId],
    shares: bool,
) -> Result<Array1<f64>, Stop> {
    let mut sum: Option<Array1<f64>> = None;
    let mut count = 0;
    for node in nodes {
        let single = tree::single(context, own, *node)?;
        let tree = Tree::read(context, &single)?;
        if tree.len() < 2 {
            continue;
        }
        let one = tree.importances(context, &single, shares)?;
        count += 1;
        sum = Some(match sum {
            None => one,
            Some(sum) if sum.len() == one.len() => sum + one,
            Some(_) => return Err(own.strange("estimators_")),
        });
    }
    let Some(sum) = sum else {
        return Err(own.refused("none of its trees has a split"));
    };
    let mean = sum / f64::from(count);
    let whole = mean.sum();
    Ok(mean / whole)
}
