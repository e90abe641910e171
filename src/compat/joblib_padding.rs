//! `joblib-padding`: joblib pads arrays since 1.2. An older joblib takes the pad length for the
//! first byte of the array, and so reads the array's last bytes as pickle instructions.
//!
//! Which exception that gives follows from the first of those bytes, when it is no instruction.
//! Object arrays are pickled, not padded, and open everywhere.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::pickle::{Array, Elements, Graph, Node, is_opcode};

/// joblib aligns the first byte of an array to this.
const ALIGNMENT: u64 = 16;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if context.live_in("joblib", "<1.2") != Some(true) {
        return;
    }
    let Some((offset, met)) = first_byte_behind_padding(&objects.graph) else {
        return;
    };
    let met = met.filter(|byte| !is_opcode(*byte));
    let mut evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    evidence.extend(context.live_evidence("joblib"));
    findings.push(Finding {
        rule: "joblib-padding",
        stage: Stage::Load,
        subject: "joblib".into(),
        distribution: Some("joblib".into()),
        wanted: ">=1.2".into(),
        found: context.live("joblib").unwrap_or_default().into(),
        exception: met.map(|_| "KeyError".into()),
        message: met.map_or_else(
            || "the padding before an array shifts everything behind it".into(),
            |byte| byte.to_string(),
        ),
        certain: true,
        evidence,
        fix: Some("install joblib 1.2 or newer".into()),
    });
}

/// Where the first padded array of a stream stands, and the byte that a joblib older than 1.2 takes
/// for the instruction behind it, when that byte is known.
pub fn first_byte_behind_padding(graph: &Graph) -> Option<(u64, Option<u8>)> {
    let padded = graph.iter().find_map(|(id, node)| match node {
        Node::Array(array) if is_padded(graph, array) => Some((graph.offset(id), array)),
        _ => None,
    });
    let (offset, array) = padded?;
    Some((offset, first_byte(array, offset)))
}

fn is_padded(graph: &Graph, array: &Array) -> bool {
    let alignment = graph.attribute(array.wrapper, "numpy_array_alignment_bytes");
    matches!(array.elements, Elements::Raw(_))
        && alignment.is_some_and(|value| graph.int(value).is_some())
}

/// The byte that an older joblib meets right behind what it takes for the array.
fn first_byte(array: &Array, offset: u64) -> Option<u8> {
    let Elements::Raw(data) = &array.elements else {
        return None;
    };
    let pad = ALIGNMENT - (offset + 1) % ALIGNMENT;
    let shift = 1 + pad;
    match data.len().checked_sub(shift) {
        Some(at) => data.bytes()?.get(usize::try_from(at).ok()?).copied(),
        // A short array: the byte stands in the padding, or is the pad length itself.
        None if data.is_empty() => u8::try_from(pad).ok(),
        None => Some(0xff),
    }
}
