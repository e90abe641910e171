//! Whether what a step makes of a dense table is dense.

use super::machine::Machine;
use crate::pickle::{Node, NodeId};

/// Steps whose output is or may be sparse whatever their state says.
const SPARSE: [&str; 8] = [
    "CountVectorizer",
    "TfidfVectorizer",
    "TfidfTransformer",
    "HashingVectorizer",
    "FeatureHasher",
    "KNeighborsTransformer",
    "RadiusNeighborsTransformer",
    "FunctionTransformer",
];

/// Steps that do what others do to the table.
const OTHERS: [&str; 3] = ["Pipeline", "FeatureUnion", "ColumnTransformer"];

impl Machine<'_> {
    /// Whether `transform` of a step makes a dense table of a dense one; `None` when its inner steps
    /// tell.
    pub(super) fn makes_dense(&mut self, step: NodeId) -> Option<bool> {
        let graph = self.graph;
        let Some(class) = graph.class(step) else {
            return Some(false);
        };
        let is_false = |value: NodeId| matches!(graph.node(value), Node::Bool(false));
        if let Some(said) = graph.attribute(step, "sparse_output_") {
            return Some(is_false(said));
        }
        if OTHERS.contains(&&*class.name) {
            return None;
        }
        let known = ["sklearn.", "imblearn.", "category_encoders."];
        if !known
            .iter()
            .any(|package| class.module.starts_with(package))
            || SPARSE.contains(&&*class.name)
        {
            return Some(false);
        }
        let encodes = graph.attribute(step, "encode");
        if encodes.and_then(|value| graph.text(value)) == Some("onehot") {
            return Some(false);
        }
        let state = self.state(step);
        let mut names = state.iter().filter(|(name, _)| name.contains("sparse"));
        Some(names.all(|(_, value)| is_false(*value)))
    }
}
