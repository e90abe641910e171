//! `joblib-padding`: joblib pads arrays since 1.2. An older joblib takes the pad length for the
//! first byte of the array, and so reads the array's last bytes as pickle instructions.
//!
//! Which exception that gives follows from those bytes, as far as they can be followed (see
//! [`shifted`]). Object arrays are pickled, not padded, and open everywhere.

mod around;
mod shifted;

use super::compare::place;
use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::pickle::{Array, Elements, Graph, Node};

const RULE: &str = "joblib-padding";

/// joblib aligns the first byte of an array to this.
const ALIGNMENT: u64 = 16;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if context.live_in("joblib", "<1.2") != Some(true) {
        return;
    }
    let Some((offset, array)) = padded(&objects.graph) else {
        return;
    };
    let met = shifted::outcome(&objects.graph, array, offset, context.environment.python);
    let mut evidence = vec![in_file(offset, "numpy_array_alignment_bytes: padded array")];
    evidence.extend(context.live_evidence("joblib"));
    let (stage, exception, message) = match met {
        Some(Met::Raises(exception, message)) => (Stage::Load, Some(exception), message),
        Some(Met::Returns(class)) => (
            Stage::Predict,
            Some("AttributeError"),
            format!("'{class}' object has no attribute 'predict'"),
        ),
        None => (
            Stage::Load,
            None,
            "the padding before an array shifts everything behind it".into(),
        ),
    };
    findings.push(Finding {
        rule: RULE,
        stage,
        subject: "joblib".into(),
        distribution: Some("joblib".into()),
        wanted: ">=1.2".into(),
        found: context.live("joblib").unwrap_or_default().into(),
        exception: exception.map(Into::into),
        message,
        certain: true,
        evidence,
        fix: Some("install joblib 1.2 or newer".into()),
    });
}

/// Where an older joblib gives back something else in the middle of the file, what stands behind is
/// not read, and nobody asks what was saved.
pub(super) fn cut(findings: &mut Vec<Finding>) {
    let mut all = findings.iter();
    let Some(end) = all.find_map(|finding| {
        (finding.rule == RULE && finding.stage == Stage::Predict).then(|| place(finding))
    }) else {
        return;
    };
    findings.retain(|finding| {
        finding.rule == RULE || finding.stage == Stage::Load && place(finding) < end
    });
}

/// What an older joblib meets behind the first padded array.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    /// An exception with its message.
    Raises(&'static str, String),
    /// The end of the pickle: it gives back an object of this class, whatever was saved.
    Returns(&'static str),
}

fn padded(graph: &Graph) -> Option<(u64, &Array)> {
    graph.iter().find_map(|(id, node)| match node {
        Node::Array(array) if is_padded(graph, array) => Some((graph.offset(id), &**array)),
        _ => None,
    })
}

/// Where the first padded array of a stream stands, and the byte that a joblib older than 1.2 takes
/// for the instruction behind it, when that byte is known.
pub fn first_byte_behind_padding(graph: &Graph) -> Option<(u64, Option<u8>)> {
    let (offset, array) = padded(graph)?;
    Some((offset, first_byte(array, offset)))
}

fn is_padded(graph: &Graph, array: &Array) -> bool {
    let alignment = graph.attribute(array.wrapper, "numpy_array_alignment_bytes");
    matches!(array.elements, Elements::Raw(_))
        && alignment.is_some_and(|value| graph.int(value).is_some())
}

/// The byte that an older joblib meets right behind what it takes for the array.
fn first_byte(array: &Array, offset: u64) -> Option<u8> {
    shifted::tail(array, offset)?.first().copied()
}

/// Bytes of padding of an array whose wrapper ends at `offset`.
fn pad(offset: u64) -> u64 {
    ALIGNMENT - (offset + 1) % ALIGNMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &'static str, stage: Stage, offset: u64) -> Finding {
        Finding {
            rule,
            stage,
            subject: String::new(),
            distribution: None,
            wanted: String::new(),
            found: String::new(),
            exception: None,
            message: String::new(),
            certain: true,
            evidence: vec![in_file(offset, "there")],
            fix: None,
        }
    }

    #[test]
    fn what_is_not_read_is_not_told() {
        let all = |ends: Stage| {
            let mut all = vec![
                finding("module-missing", Stage::Load, 10),
                finding("module-missing", Stage::Load, 90),
                finding("state-missing", Stage::Predict, 10),
                finding(RULE, ends, 50),
            ];
            cut(&mut all);
            all.iter().map(place).collect::<Vec<u64>>()
        };
        assert_eq!(all(Stage::Predict), [10, 50]);
        assert_eq!(all(Stage::Load), [10, 90, 10, 50]);
    }
}
