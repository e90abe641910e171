//! `protocol-too-new`: the pickle protocol of a stream is newer than the environment's Python reads.
//!
//! Nested streams count: joblib writes object arrays in protocol 5 inside a protocol-4 file.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::environment::PythonVersion;

/// The first Python that reads each protocol: <https://docs.python.org/3/library/pickle.html>
fn first_python(protocol: u8) -> Option<(u8, u8)> {
    match protocol {
        5 => Some((3, 8)),
        4 => Some((3, 4)),
        3 => Some((3, 0)),
        _ => None,
    }
}

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let (Some(objects), Some(python)) = (context.objects(), context.environment.python) else {
        return;
    };
    let PythonVersion { major, minor, .. } = python;
    let Some(stream) = objects
        .streams
        .iter()
        .find(|stream| first_python(stream.protocol).is_some_and(|first| (major, minor) < first))
    else {
        return;
    };
    let (first_major, first_minor) = first_python(stream.protocol).unwrap_or((3, 8));
    let protocol = stream.protocol;
    findings.push(Finding {
        rule: "protocol-too-new",
        stage: Stage::Load,
        subject: "python".into(),
        distribution: Some("python".into()),
        wanted: format!(">={first_major}.{first_minor}"),
        found: python.to_string(),
        exception: Some("ValueError".into()),
        message: format!("unsupported pickle protocol: {protocol}"),
        certain: true,
        evidence: vec![in_file(
            stream.offset,
            format!("pickle protocol {protocol}"),
        )],
        fix: Some(format!(
            "use Python {first_major}.{first_minor} or newer, or save again with protocol={}",
            protocol - 1
        )),
    });
}
