//! Python code inside an artifact, as cloudpickle and dill put it there: functions, classes and
//! bytecode. Never run, only named and dated.

use std::fmt::Write as _;

use crate::pickle::{Graph, Node, NodeId, Object};
use crate::text;

/// Whether a call makes a code object: `types.CodeType(…)` directly, or through cloudpickle's
/// `_builtin_type("CodeType")` or dill's `_create_code` and `_load_type("CodeType")`.
pub fn makes_code(graph: &Graph, object: &Object) -> bool {
    let is_code_name = |id: NodeId| graph.is_text(id, "CodeType");
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

/// How many arguments dill's `_create_code` gets; `None` for what others call.
pub fn dill_arguments(graph: &Graph, object: &Object) -> Option<usize> {
    let global = graph.global(object.callable)?;
    let is_dill = global.module.starts_with("dill") && &*global.name == "_create_code";
    is_dill.then(|| graph.items(object.args).map(<[_]>::len))?
}

/// The fields of a code object, without the line table that newer dill puts in front.
fn fields<'g>(graph: &'g Graph, object: &Object) -> Option<&'g [NodeId]> {
    let args = graph.items(object.args)?;
    let extra = args
        .first()
        .is_some_and(|first| graph.int(*first).is_none());
    args.get(usize::from(extra)..)
}

/// The Pythons that write code objects with this many fields: 14 in Python 2, 15 up to 3.7, 16 up
/// to 3.10, 18 after.
pub fn python_range(graph: &Graph, object: &Object) -> Option<&'static str> {
    match fields(graph, object)?.len() {
        14 => Some("<3"),
        15 => Some("<3.8"),
        16 => Some(">=3.8,<3.11"),
        18 => Some(">=3.11"),
        _ => None,
    }
}

/// How many fields a code object is made of.
pub fn field_count(graph: &Graph, object: &Object) -> Option<usize> {
    Some(fields(graph, object)?.len())
}

/// The instructions of a code object: pairs of an opcode and its argument, inline caches between.
pub fn instructions<'g>(graph: &'g Graph, object: &Object) -> Option<&'g [u8]> {
    let fields = fields(graph, object)?;
    let at = match fields.len() {
        15 => 5,
        16 | 18 => 6,
        _ => return None,
    };
    match graph.node(fields[at]) {
        Node::Bytes(data) => data.bytes(),
        _ => None,
    }
}

/// `code of Python >=3.11 (function log_amount, features.py line 3)`; `None` for other calls.
pub fn code(graph: &Graph, object: &Object) -> Option<String> {
    if !makes_code(graph, object) {
        return None;
    }
    let fields = fields(graph, object)?;
    // Where the file name stands; the function's name follows it.
    let (file, line) = match fields.len() {
        14 => (8, 10),
        15 => (9, 11),
        16 => (10, 12),
        18 => (10, 13),
        _ => return Some("code of an unknown Python".into()),
    };
    let said = |at: usize| graph.text(fields[at]).map(|said| text::short(said, 60));
    let range = python_range(graph, object).unwrap_or_default();
    let name = said(file + 1).unwrap_or_else(|| "?".into());
    let mut words = format!("code of Python {range} (function {name}");
    if let Some(file) = said(file).filter(|file| !file.is_empty()) {
        let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
        words.push_str(", ");
        words.push_str(file);
        if let Some(line) = graph.int(fields[line]) {
            // Writing into a string cannot fail.
            let _ = write!(words, " line {line}");
        }
    }
    words.push(')');
    Some(words)
}

/// What a call of cloudpickle's or dill's own makers makes: `function log_amount, code of …`,
/// `class Cleaner, defined in the file`, or a code object. `None` for other calls.
pub fn made(graph: &Graph, id: NodeId) -> Option<String> {
    let object = graph.object(id)?;
    if let Some(code) = code(graph, object) {
        return Some(code);
    }
    if let Some(name) = class_name(graph, id) {
        return Some(format!("class {name}, defined in the file"));
    }
    let code = function(graph, id)?;
    let object = graph.object(code)?;
    let code = self::code(graph, object)?;
    // The name stands in the code object already.
    let (version, rest) = code.split_once(" (function ")?;
    let rest = rest.trim_end_matches(')');
    let (name, place) = rest.split_once(", ").unwrap_or((rest, ""));
    Some(match place {
        "" => format!("function {name} ({version})"),
        place => format!("function {name} ({version}, {place})"),
    })
}

/// The name of a class that the file itself holds, when `id` makes one.
pub fn class_name(graph: &Graph, id: NodeId) -> Option<String> {
    let mut id = id;
    // Old cloudpickle fills a skeleton: one call around the other. A file may put any number of
    // them around each other, or one into itself.
    for _ in 0..2 {
        let object = graph.object(id)?;
        let maker = graph.global(object.callable)?;
        if !is_library(&maker.module) {
            return None;
        }
        let args = graph.items(object.args)?;
        let at = match &*maker.name {
            // (metaclass, name, …), for enumerations (bases, name, …)
            "_make_skeleton_class"
            | "_make_skel_class"
            | "_create_type"
            | "_make_skeleton_enum" => 1,
            // (name, fields, …)
            "_create_namedtuple" => 0,
            "_rehydrate_skeleton_class" => {
                id = *args.first()?;
                continue;
            }
            _ => return None,
        };
        return Some(text::short(graph.text(*args.get(at)?)?, 80));
    }
    None
}

/// The code object of a function that the file itself holds, when `id` makes one.
fn function(graph: &Graph, id: NodeId) -> Option<NodeId> {
    let mut id = id;
    // Old cloudpickle fills a skeleton: one call around the other.
    for _ in 0..2 {
        let object = graph.object(id)?;
        let maker = graph.global(object.callable)?;
        if !is_library(&maker.module) {
            return None;
        }
        let first = *graph.items(object.args)?.first()?;
        match &*maker.name {
            "_make_function" | "_create_function" | "_make_skel_func" => return Some(first),
            "_fill_function" => id = first,
            _ => return None,
        }
    }
    None
}

fn is_library(module: &str) -> bool {
    let top = crate::package::top_of(module);
    top == "dill" || top == "cloudpickle" || module.contains("externals.cloudpickle")
}
