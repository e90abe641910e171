//! `bytecode-python`: cloudpickle and dill embed bytecode, which one Python minor version writes
//! and only that one is sure to run. The constructor of code objects tells some mismatches at load;
//! others kill the interpreter at the first call.
//!
//! The file does not name the version. What the instructions themselves show is looked up in
//! [`instructions`]; where they do not show enough it stays a doubt.

mod instructions;

use instructions::Fit;

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::environment::PythonVersion;
use crate::manifest::code;
use crate::package;
use crate::pickle::{Graph, Node, Object};

const FIX: &str =
    "load it with the Python that saved it, or move the function to a module and save again";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(objects), Some(python)) = (context.objects(), context.environment.python) else {
        return;
    };
    let graph = &objects.graph;
    let mut worst: Option<(Told, u64, &'static str)> = None;
    for (id, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        if !code::makes_code(graph, object) {
            continue;
        }
        let told = told(context, graph, object, python);
        let better = worst
            .as_ref()
            .is_none_or(|(known, ..)| told.rank() > known.rank());
        if better && told.rank() > 0 {
            let range = code::python_range(graph, object).unwrap_or_default();
            worst = Some((told, graph.offset(id), range));
        }
    }
    let Some((told, offset, range)) = worst else {
        return;
    };
    let (stage, exception, message, certain) = match told {
        Told::Runs => return,
        Told::Doubt => {
            let message = "embedded bytecode runs only on the Python minor version that wrote it, \
                which the file does not name";
            (Stage::Load, None, message.to_owned(), false)
        }
        Told::Breaks(fault) => (
            Stage::Predict,
            fault.exception,
            fault.message.to_owned(),
            true,
        ),
        Told::Refused(message) => (Stage::Load, Some("TypeError"), message, true),
    };
    findings.push(Finding {
        rule: "bytecode-python",
        stage,
        subject: "python".into(),
        distribution: Some("python".into()),
        wanted: range.into(),
        found: python.to_string(),
        exception: exception.map(Into::into),
        message,
        certain,
        evidence: vec![in_file(offset, "CodeType(…)")],
        fix: Some(FIX.into()),
    });
}

/// What becomes of one code object.
enum Told {
    Runs,
    Doubt,
    Breaks(instructions::Fault),
    /// The constructor raises this `TypeError`.
    Refused(String),
}

impl Told {
    fn rank(&self) -> u8 {
        match self {
            Told::Runs => 0,
            Told::Doubt => 1,
            Told::Breaks(_) => 2,
            Told::Refused(_) => 3,
        }
    }
}

/// The most arguments that dill's `_create_code` understood before 0.3.6, except for 20; it put two
/// more into what it did not know. Since then it makes code objects of the shape that the Python at
/// hand wants. <https://github.com/uqfoundation/dill/blob/dill-0.3.6/dill/_dill.py>
const DILL_BEFORE: usize = 16;

fn told(context: &Context<'_>, graph: &Graph, object: &Object, python: PythonVersion) -> Told {
    let live = format!("{}.{}", python.major, python.minor);
    let range = code::python_range(graph, object);
    let foreign = range.and_then(|range| package::satisfies(&live, range)) == Some(false);
    if let Some(given) = code::dill_arguments(graph, object) {
        if given > DILL_BEFORE && given != 20 && context.live_in("dill", "<0.3.6") == Some(true) {
            return Told::Refused(refusal(given + 2, python));
        }
        // It loads, whatever Python wrote it.
        if foreign && (range == Some(">=3.11") || (python.major, python.minor) >= (3, 11)) {
            return Told::Breaks(instructions::FOREIGN);
        }
    } else if foreign {
        let given = code::field_count(graph, object).unwrap_or_default();
        return Told::Refused(refusal(given, python));
    }
    let Some(code) = code::instructions(graph, object) else {
        return Told::Doubt;
    };
    // What 3.6 and 3.7 wrote of these instructions means the same in 3.8 to 3.10.
    let range = match range {
        Some("<3.8") if foreign => ">=3.8,<3.11",
        range => range.unwrap_or_default(),
    };
    match instructions::fit(code, range, python) {
        Fit::Runs => Told::Runs,
        Fit::Unsure => Told::Doubt,
        Fit::Breaks(fault) => Told::Breaks(fault),
    }
}

/// What the constructor of code objects says about another version's number of fields. Each was
/// raised by a Python of that version.
fn refusal(given: usize, python: PythonVersion) -> String {
    let minor = if python.major == 3 { python.minor } else { 0 };
    match (given, minor) {
        (15, 8 | 9) => "an integer is required (got type bytes)".into(),
        (15, 10) => "'bytes' object cannot be interpreted as an integer".into(),
        (15, 11..) => "code expected at least 16 arguments, got 15".into(),
        (16, 11..) => "code() argument 13 must be str, not int".into(),
        (16 | 18, 3..=7) => format!("code() takes at most 15 arguments ({given} given)"),
        (18.., 8 | 9) => format!("code() takes at most 16 arguments ({given} given)"),
        (18, 10) => "code expected at most 16 arguments, got 18".into(),
        _ => "the embedded bytecode has the shape of another Python".into(),
    }
}
