//! `bit-generator`: random states of numpy 2 name a class where numpy 1 wants a string, and those
//! of numpy 1.24 and newer pass an argument that older constructors do not take.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::pickle::{Node, NodeId};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    let graph = &objects.graph;
    let called = |id: NodeId, name: &str| {
        graph.global(id).is_some_and(|global| {
            &*global.module == "numpy.random._pickle" && &*global.name == name
        })
    };
    for (id, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        let args = graph.items(object.args).unwrap_or_default();
        let offset = graph.offset(id);
        if called(object.callable, "__bit_generator_ctor")
            && let Some(class) = args.first().and_then(|arg| graph.global(*arg))
            && context.live_in("numpy", "<2.0") == Some(true)
        {
            let message = format!(
                "<class '{}.{}'> is not a known BitGenerator module.",
                class.module, class.name
            );
            findings.push(finding(context, "ValueError", &message, ">=2.0", offset));
            return;
        }
        for constructor in ["__randomstate_ctor", "__generator_ctor"] {
            if called(object.callable, constructor)
                && args.len() == 2
                && context.live_in("numpy", "<1.24") == Some(true)
            {
                let message = format!(
                    "{constructor}() takes from 0 to 1 positional arguments but 2 were given"
                );
                findings.push(finding(context, "TypeError", &message, ">=1.24", offset));
                return;
            }
        }
    }
}

fn finding(
    context: &Context<'_>,
    exception: &str,
    message: &str,
    wanted: &str,
    offset: u64,
) -> Finding {
    let mut evidence = vec![in_file(offset, "numpy.random._pickle")];
    evidence.extend(context.live_evidence("numpy"));
    Finding {
        rule: "bit-generator",
        stage: Stage::Load,
        subject: "numpy.random".into(),
        distribution: Some("numpy".into()),
        wanted: wanted.into(),
        found: context.live("numpy").unwrap_or_default().into(),
        exception: Some(exception.into()),
        message: crate::text::short(message, 300),
        certain: true,
        evidence,
        fix: Some(format!(
            "install numpy{wanted}, or save again with random_state=None"
        )),
    }
}
