//! `pandas-blocks`: what pandas' compiled code refuses while a frame, an index or a time is restored.
//! Its signatures cannot be read from the environment; each row here was measured.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::pickle::{Graph, Node, NodeId, Object};

/// Blocks as 1.3 writes them pass a slice where the compiled constructor wants its own type. Up to
/// 2.0 `new_block` converts it.
const PLACEMENT: &str = ">=2.1";
/// Before 1.5 a time had no unit to pass.
const UNITLESS: &str = "<1.5";
/// pandas 3 leaves an empty third part of an array's state out; since 1.4 the others insist on it.
const THREE_PARTS: &str = ">=1.4,<3.0.0.dev0";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if context.live("pandas").is_none() {
        return;
    }
    let graph = &objects.graph;
    let found = graph.iter().find_map(|(id, node)| {
        let Node::Object(object) = node else {
            return None;
        };
        let problem = placement(context, graph, object)
            .or_else(|| unit(context, graph, object))
            .or_else(|| parts(context, graph, object))?;
        Some((id, problem))
    });
    if let Some((id, problem)) = found {
        findings.push(problem.finding(context, graph.offset(id)));
    }
}

struct Problem {
    exception: &'static str,
    message: String,
    wanted: &'static str,
    what: &'static str,
}

/// Whether the object is what this function returns, called as it is or with some arguments bound
/// beforehand.
fn calls(graph: &Graph, object: &Object, module: &str, name: &str) -> bool {
    let bound = || {
        let partial = graph.object(object.callable)?;
        let outer = graph.global(partial.callable)?;
        let is = &*outer.module == "functools" && &*outer.name == "partial";
        is.then(|| graph.global(*arguments(graph, partial).first()?))?
    };
    graph
        .global(object.callable)
        .or_else(bound)
        .is_some_and(|global| &*global.module == module && &*global.name == name)
}

fn arguments<'g>(graph: &'g Graph, object: &Object) -> &'g [NodeId] {
    graph.items(object.args).unwrap_or_default()
}

fn placement(context: &Context<'_>, graph: &Graph, object: &Object) -> Option<Problem> {
    if !calls(graph, object, "pandas.core.internals.blocks", "new_block")
        || context.live_in("pandas", PLACEMENT) != Some(true)
    {
        return None;
    }
    let placement = graph.class(*arguments(graph, object).get(1)?)?;
    (&*placement.name == "slice").then(|| Problem {
        exception: "TypeError",
        message: "Argument 'placement' has incorrect type (expected \
            pandas._libs.internals.BlockPlacement, got slice)"
            .into(),
        wanted: ">=1.3,<2.1",
        what: "a block of pandas 1.3",
    })
}

fn unit(context: &Context<'_>, graph: &Graph, object: &Object) -> Option<Problem> {
    let module = "pandas._libs.tslibs.timestamps";
    let given = arguments(graph, object).len();
    (calls(graph, object, module, "_unpickle_timestamp")
        && given == 4
        && context.live_in("pandas", UNITLESS) == Some(true))
    .then(|| Problem {
        exception: "TypeError",
        message: "_unpickle_timestamp() takes exactly 3 positional arguments (4 given)".into(),
        wanted: ">=1.5",
        what: "a Timestamp with its unit",
    })
}

fn parts(context: &Context<'_>, graph: &Graph, object: &Object) -> Option<Problem> {
    let state = object.state.first()?;
    let Node::Tuple(parts) = graph.node(*state) else {
        return None;
    };
    (calls(
        graph,
        object,
        "pandas._libs.arrays",
        "__pyx_unpickle_NDArrayBacked",
    ) && parts.len() == 2
        && context.live_in("pandas", THREE_PARTS) == Some(true))
    .then(|| Problem {
        exception: "NotImplementedError",
        message:
            "the array's state has two parts, as pandas 3 writes it; this pandas restores only \
            three"
                .into(),
        wanted: ">=3.0",
        what: "an array of pandas 3",
    })
}

impl Problem {
    fn finding(self, context: &Context<'_>, offset: u64) -> Finding {
        let mut evidence = vec![in_file(offset, self.what)];
        evidence.extend(context.live_evidence("pandas"));
        Finding {
            rule: "pandas-blocks",
            stage: Stage::Load,
            subject: "pandas".into(),
            distribution: Some("pandas".into()),
            wanted: self.wanted.into(),
            found: context.live("pandas").unwrap_or_default().into(),
            exception: Some(self.exception.into()),
            message: self.message,
            certain: true,
            evidence,
            fix: Some(format!("install pandas{}", self.wanted)),
        }
    }
}
