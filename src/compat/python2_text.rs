//! `python2-text`: an 8-bit string of Python 2 that is not ASCII, which Python 3 refuses to decode
//! unless the loader names an encoding.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::artifact::Format;
use crate::pickle::Node;

/// What joblib says in the place of Python's own error.
const JOBLIB: &str = "You may be trying to read with python 3 a joblib pickle generated with \
                      python 2. This feature is not supported by joblib.";

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    if context
        .environment
        .python
        .is_none_or(|python| python.major < 3)
    {
        return;
    }
    let odd = objects.graph.iter().find_map(|(id, node)| {
        let Node::RawStr(data) = node else {
            return None;
        };
        let bytes = data.bytes()?;
        let at = bytes.iter().position(|byte| !byte.is_ascii())?;
        Some((objects.graph.offset(id), at, bytes[at]))
    });
    let Some((offset, at, byte)) = odd else {
        return;
    };
    let by_joblib =
        context.artifact.format == Format::Joblib || context.artifact.compression.is_some();
    let (exception, message) = if by_joblib {
        ("ValueError", JOBLIB.to_owned())
    } else {
        let message = format!(
            "'ascii' codec can't decode byte 0x{byte:02x} in position {at}: \
             ordinal not in range(128)"
        );
        ("UnicodeDecodeError", message)
    };
    findings.push(Finding {
        rule: "python2-text",
        stage: Stage::Load,
        subject: "python".into(),
        distribution: None,
        wanted: "<3".into(),
        found: context
            .environment
            .python
            .map(|python| python.to_string())
            .unwrap_or_default(),
        exception: Some(exception.into()),
        message,
        certain: true,
        evidence: vec![in_file(offset, "8-bit string of Python 2")],
        fix: Some(
            "open it once with pickle.load(file, encoding='latin1') and save it again".into(),
        ),
    });
}
