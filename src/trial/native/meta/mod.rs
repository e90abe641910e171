//! Meta-estimators: what they make of the answers of estimators inside them. Adding one is a file
//! and a line here. Which inner estimators there may be is not decided here (`super::ask`).

mod ada_boost;
mod bagging;
mod calibrated;
mod importance;
mod inverse;
mod multiclass;
mod outputs;
mod selection;
mod stacking;
mod target;
mod threshold;
mod voting;

use super::estimator::Estimator;
use super::frame::number;
use super::stop::Stop;
use super::table::{Entry, Role, entry};
use crate::trial::Cell;

const BAGGED: Role = Role::Meta(bagging::classification);
const VOTED: Role = Role::Meta(ada_boost::classification);
const ELIMINATION: Role = Role::MetaBoth(selection::elimination, selection::eliminated);

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const META: &[Entry] = &[
    entry("VotingClassifier", "ensemble", Role::MetaBoth(voting::classification, voting::transform)),
    entry("VotingRegressor", "ensemble", Role::MetaBoth(voting::regression, voting::transform)),
    entry("StackingClassifier", "ensemble", Role::MetaBoth(stacking::classification, stacking::transform)),
    entry("StackingRegressor", "ensemble", Role::MetaBoth(stacking::regression, stacking::transform)),
    entry("BaggingClassifier", "ensemble", BAGGED),
    entry("BaggingRegressor", "ensemble", Role::Meta(bagging::regression)),
    entry("BalancedBaggingClassifier", "imblearn.ensemble", BAGGED),
    entry("EasyEnsembleClassifier", "imblearn.ensemble", BAGGED),
    entry("AdaBoostClassifier", "ensemble", VOTED),
    entry("AdaBoostRegressor", "ensemble", Role::Meta(ada_boost::regression)),
    entry("RUSBoostClassifier", "imblearn.ensemble", VOTED),
    entry("CalibratedClassifierCV", "calibration", Role::Meta(calibrated::classification)),
    entry("OneVsRestClassifier", "multiclass", Role::Meta(multiclass::one_vs_rest)),
    entry("OneVsOneClassifier", "multiclass", Role::Meta(multiclass::one_vs_one)),
    entry("OutputCodeClassifier", "multiclass", Role::Meta(multiclass::output_code)),
    entry("MultiOutputClassifier", "multioutput", Role::Meta(outputs::several)),
    entry("MultiOutputRegressor", "multioutput", Role::Meta(outputs::several)),
    entry("ClassifierChain", "multioutput", Role::Meta(outputs::chain)),
    entry("RegressorChain", "multioutput", Role::Meta(outputs::chain)),
    entry("TransformedTargetRegressor", "compose", Role::Meta(target::regression)),
    entry("FixedThresholdClassifier", "model_selection", Role::Meta(threshold::classification)),
    entry("TunedThresholdClassifierCV", "model_selection", Role::Meta(threshold::classification)),
    entry("SelfTrainingClassifier", "semi_supervised", Role::Meta(selection::self_training)),
    entry("RFE", "feature_selection", ELIMINATION),
    entry("RFECV", "feature_selection", ELIMINATION),
    entry("SelectFromModel", "feature_selection", Role::Transformer(selection::from_model)),
];

/// Which of so many classes each label names, where inner estimators know them by number.
fn class_numbers(
    estimator: &Estimator,
    labels: &[Cell],
    classes: usize,
) -> Result<Vec<usize>, Stop> {
    labels
        .iter()
        .map(|label| {
            number(label)
                .filter(|place| place.fract() == 0.0 && (0.0..classes as f64).contains(place))
                .map(|place| place as usize)
                .ok_or_else(|| estimator.refused("its estimators know other classes than it does"))
        })
        .collect()
}

/// The line between the two places around `x`; outside, the value at the end. As `numpy.interp`.
fn interpolated(places: &[f64], values: &[f64], x: f64) -> f64 {
    let last = places.len() - 1;
    if x.is_nan() {
        return x;
    }
    if x >= places[last] {
        return values[last];
    }
    if x < places[0] {
        return values[0];
    }
    let above = places
        .partition_point(|place| *place <= x)
        .clamp(1, last.max(1));
    let below = above - 1;
    let slope = (values[above] - values[below]) / (places[above] - places[below]);
    slope * (x - places[below]) + values[below]
}
