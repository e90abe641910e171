//! What a model answers when another release than the one that saved it reads its state. Only for
//! changes of meaning that the evaluators model on both sides; everything else is left as it was
//! saved, so it is asked only where nothing else is known to change.

use std::sync::atomic::AtomicBool;

use super::bundle::Choice;
use super::estimator::release;
use crate::artifact::Objects;
use crate::trial::{Prediction, Sample, TrialError};

/// The changes of `assets/knowledge/values.toml` that the evaluators model: they ask
/// [`super::estimator::Estimator::read_since`] or look at the reader themselves.
pub const MODELLED: &[&str] = &["tree-counts", "logistic-multi-class"];

/// Predicts like [`super::predict`], as the release `version` of scikit-learn reads the state.
pub fn predict_as(
    objects: &Objects,
    version: &str,
    sample: &Sample,
) -> Result<Prediction, TrialError> {
    let Some(reader) = release(version) else {
        return Err(TrialError::Unusable(
            "the release that would read it has no number that can be used".into(),
        ));
    };
    let never = AtomicBool::new(false);
    super::predict_by(objects, Some(reader), &Choice::default(), sample, &never)
}
