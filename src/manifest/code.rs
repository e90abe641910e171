//! Python bytecode inside an artifact, as cloudpickle and dill put it there. Never run, only dated.

use crate::pickle::{Graph, Node, NodeId, Object};

/// Whether a call makes a code object: `types.CodeType(…)` directly, or through cloudpickle's
/// `_builtin_type("CodeType")` or dill's `_create_code` and `_load_type("CodeType")`.
pub fn makes_code(graph: &Graph, object: &Object) -> bool {
    let is_code_name = |id: NodeId| matches!(graph.text(id), Some("CodeType"));
    match graph.node(object.callable) {
        Node::Global(global) => {
            (&*global.module == "types" && &*global.name == "CodeType")
                || (global.module.starts_with("dill") && &*global.name == "_create_code")
        }
        Node::Object(maker) => {
            let named = graph
                .global(maker.callable)
                .is_some_and(|global| matches!(&*global.name, "_builtin_type" | "_load_type"));
            let args = graph.items(maker.args).unwrap_or_default();
            named && args.first().is_some_and(|arg| is_code_name(*arg))
        }
        _ => false,
    }
}

/// The Pythons that write code objects with this many fields: 15 up to 3.7, 16 up to 3.10, 18 after.
pub fn python_range(graph: &Graph, object: &Object) -> Option<&'static str> {
    let args = graph.items(object.args)?;
    // Newer dill puts the line table of the saving Python in front.
    let extra = args
        .first()
        .is_some_and(|first| graph.int(*first).is_none());
    match args.len() - usize::from(extra) {
        15 => Some("<3.8"),
        16 => Some(">=3.8,<3.11"),
        18 => Some(">=3.11"),
        _ => None,
    }
}
