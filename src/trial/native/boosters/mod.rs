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
use super::estimator::{Context, Estimator};
use super::frame::Frame;
use super::stop::Stop;
use super::table::Role;
use crate::artifact::Format;
use crate::pickle::NodeId;
use crate::trial::Output;

/// Module, class name and what it does.
type Row = (&'static str, &'static str, Role);

/// Rows of the table of estimators.
#[rustfmt::skip]
const BOOSTERS: &[Row] = &[
    ("lightgbm.basic", "Booster", Role::Model(lightgbm::booster)),
    ("lightgbm.sklearn", "LGBMClassifier", Role::Model(lightgbm::classification)),
    ("lightgbm.sklearn", "LGBMRegressor", Role::Model(lightgbm::regression)),
    ("lightgbm.sklearn", "LGBMRanker", Role::Model(lightgbm::regression)),
    ("xgboost.core", "Booster", Role::Model(xgboost::booster)),
    ("xgboost.sklearn", "XGBClassifier", Role::Model(xgboost::classification)),
    ("xgboost.sklearn", "XGBRFClassifier", Role::Model(xgboost::classification)),
    ("xgboost.sklearn", "XGBRegressor", Role::Model(xgboost::regression)),
    ("xgboost.sklearn", "XGBRFRegressor", Role::Model(xgboost::regression)),
    ("xgboost.sklearn", "XGBRanker", Role::Model(xgboost::regression)),
];

/// What `estimator` does, when it is a booster that is evaluated.
pub(super) fn role(estimator: &Estimator) -> Option<Role> {
    let module = estimator.class.strip_suffix(estimator.name)?;
    let module = module.strip_suffix('.')?;
    BOOSTERS
        .iter()
        .find(|(home, name, _)| *home == module && *name == estimator.name)
        .map(|(_, _, role)| *role)
}

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
