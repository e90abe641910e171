//! `bytecode-python`: cloudpickle and dill embed bytecode, which one Python minor version writes
//! and only that one runs. The constructor of code objects tells some mismatches at load; others
//! kill the interpreter at the first call.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::manifest::code;
use crate::package;
use crate::pickle::Node;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(objects), Some(python)) = (context.objects(), context.environment.python) else {
        return;
    };
    let graph = &objects.graph;
    let made = graph.iter().find_map(|(id, node)| match node {
        Node::Object(object) if code::makes_code(graph, object) => {
            Some((id, code::python_range(graph, object)))
        }
        _ => None,
    });
    let Some((id, range)) = made else { return };
    let live = format!("{}.{}", python.major, python.minor);
    let fits = range.and_then(|range| package::satisfies(&live, range));
    let arity = fits == Some(false);
    // The right number of fields does not name the minor version: then nobody can tell.
    findings.push(Finding {
        rule: "bytecode-python",
        stage: Stage::Load,
        subject: "python".into(),
        distribution: Some("python".into()),
        wanted: range.unwrap_or_default().into(),
        found: python.to_string(),
        exception: arity.then(|| "TypeError".into()),
        message: if arity {
            "the embedded bytecode has the shape of another Python".into()
        } else {
            "embedded bytecode runs only on the Python minor version that wrote it, \
             which the file does not name"
                .into()
        },
        certain: arity,
        evidence: vec![in_file(graph.offset(id), "CodeType(…)")],
        fix: Some(
            "load it with the Python that saved it, or move the function to a module and save again"
                .into(),
        ),
    });
}
