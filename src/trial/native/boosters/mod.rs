//! Boosters of other libraries: in files of their own, and inside pickles of their Python wrappers.
//!
//! The readers in `artifact` pass over the trees; here the same bytes are read again with every
//! node. Two library releases may use the same numbers differently, so each evaluator says which
//! release it goes by.

mod lightgbm;
mod payload;
mod rows;
mod xgboost;

use super::Usual;
use super::estimator::Context;
use super::frame::Frame;
use super::stop::Stop;
use super::table::{Entry, Role, entry};
use crate::artifact::Format;
use crate::pickle::NodeId;
use crate::trial::Output;

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const BOOSTERS: &[Entry] = &[
    entry("Booster", "lightgbm.basic", Role::Model(lightgbm::booster)),
    entry("LGBMClassifier", "lightgbm.sklearn", Role::Model(lightgbm::classification)),
    entry("LGBMRegressor", "lightgbm.sklearn", Role::Model(lightgbm::regression)),
    entry("LGBMRanker", "lightgbm.sklearn", Role::Model(lightgbm::regression)),
    entry("Booster", "xgboost.core", Role::Model(xgboost::booster)),
    entry("XGBClassifier", "xgboost.sklearn", Role::Model(xgboost::classification)),
    entry("XGBRFClassifier", "xgboost.sklearn", Role::Model(xgboost::classification)),
    entry("XGBRegressor", "xgboost.sklearn", Role::Model(xgboost::regression)),
    entry("XGBRFRegressor", "xgboost.sklearn", Role::Model(xgboost::regression)),
    entry("XGBRanker", "xgboost.sklearn", Role::Model(xgboost::regression)),
];

/// Evaluates a model file of `format`.
pub(super) fn file(
    context: &Context,
    format: Format,
    bytes: &[u8],
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    match format {
        Format::Lightgbm => lightgbm::file(context, bytes, frame),
        Format::Xgboost => xgboost::file(context, bytes, frame),
        _ => Err(Stop::refused("this file", "it is no booster")),
    }
}

/// Names and usual values of the features of a model file.
pub(super) fn usual(context: &Context, format: Format, bytes: &[u8]) -> Option<Usual> {
    let (names, cells) = match format {
        Format::Lightgbm => lightgbm::usual(context, bytes)?,
        Format::Xgboost => xgboost::usual(context, bytes)?,
        _ => return None,
    };
    Some(Usual { names, cells })
}

/// Names and usual values of the features of the booster in a pickle: `node` itself, or what its
/// wrapper holds.
pub(super) fn usual_at(context: &Context, node: NodeId) -> Option<Usual> {
    let graph = context.graph;
    let node = graph.attribute(node, "_Booster").unwrap_or(node);
    let format = match &*graph.class(node)?.module {
        "lightgbm.basic" => Format::Lightgbm,
        "xgboost.core" => Format::Xgboost,
        _ => return None,
    };
    let handle = ["_handle", "handle"]
        .iter()
        .find_map(|key| graph.attribute(node, key))?;
    usual(context, format, &payload::bytes(graph, handle)?)
}
