//! `joblib-padding`: joblib pads arrays since 1.2, and an older joblib reads the padding as opcodes.
//!
//! The exception depends on the pad length and on what follows, so only its usual class is foretold.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::artifact::Format;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.artifact.format != Format::Joblib {
        return;
    }
    let padded = context
        .manifest
        .saved_with
        .iter()
        .find(|r| r.subject == "joblib" && r.wanted == ">=1.2");
    let Some(padded) = padded else { return };
    if context.live_in("joblib", "<1.2") != Some(true) {
        return;
    }
    let offset = padded.evidence.first().and_then(|e| e.offset).unwrap_or(0);
    let mut evidence = vec![in_file(offset, "numpy_array_alignment_bytes")];
    evidence.extend(context.live_evidence("joblib"));
    findings.push(Finding {
        rule: "joblib-padding",
        stage: Stage::Load,
        subject: "joblib".into(),
        distribution: Some("joblib".into()),
        wanted: ">=1.2".into(),
        found: context.live("joblib").unwrap_or_default().into(),
        exception: Some("KeyError".into()),
        message: "the padding before each array is read as pickle instructions".into(),
        certain: true,
        evidence,
        fix: Some("install joblib 1.2 or newer".into()),
    });
}
