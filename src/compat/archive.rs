//! An archive around a model: nothing can be said before it is unpacked, whatever the environment.

use super::{Comparison, Fix, Verdict};
use crate::artifact::{Artifact, Format};

/// The outcome for an archive; `None` for everything else.
pub(super) fn comparison(artifact: &Artifact) -> Option<Comparison> {
    if artifact.format != Format::Archive || artifact.facts.is_err() {
        return None;
    }
    let name = crate::text::path(&artifact.path).replace('\'', "'\\''");
    Some(Comparison {
        verdict: Verdict::Unknown,
        summary: "an archive: unpack it first".into(),
        rows: Vec::new(),
        findings: Vec::new(),
        history: Vec::new(),
        shift: None,
        fix: Some(Fix {
            command: format!("mkdir -p unpacked && tar -xf '{name}' -C unpacked"),
            explanation: "unpack it into a folder of its own and look there".into(),
            ..Fix::default()
        }),
    })
}
