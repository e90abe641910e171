//! `loader-missing`: the format needs a library of its own to be opened, and it is not there.
//!
//! Pickles and joblib streams name what they import; archives and graphs do not.

use super::rule::{Context, in_environment, in_file};
use super::{Finding, Stage};
use crate::artifact::Format;
use crate::environment::{ModuleLookup, messages};
use crate::package;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let holds = |subject: &str| {
        let mut known = context.manifest.saved_with.iter();
        known.any(|r| r.subject == subject)
    };
    let module = match context.artifact.format {
        Format::Skops => "skops",
        Format::Onnx => "onnxruntime",
        Format::Mlflow | Format::Bentoml | Format::Huggingface if holds("skops") => "skops",
        Format::Huggingface if holds("transformers") => "transformers",
        Format::Spacy => "spacy",
        _ => return,
    };
    let ModuleLookup::Missing { first, searched } = context.environment.module(module) else {
        if context.artifact.format == Format::Spacy {
            release(context, findings);
        }
        return;
    };
    let distribution = package::distribution_of(module).unwrap_or(module);
    findings.push(Finding {
        rule: "loader-missing",
        stage: Stage::Load,
        subject: distribution.into(),
        distribution: Some(distribution.into()),
        wanted: String::new(),
        found: String::new(),
        exception: Some("ModuleNotFoundError".into()),
        message: messages::no_module(context.environment, &first),
        certain: true,
        evidence: vec![
            in_file(0, format!("{module} opens this format")),
            in_environment(searched.as_deref(), None, format!("no {first} here")),
        ],
        fix: Some(format!("install {distribution}")),
    });
}

/// spaCy warns, and often raises later, when a pipeline was trained for another release.
fn release(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut known = context.manifest.saved_with.iter();
    let Some(wanted) = known.find(|r| r.subject == "spacy") else {
        return;
    };
    if context.live_in("spacy", &wanted.wanted) != Some(false) {
        return;
    }
    let live = context.live("spacy").unwrap_or_default();
    findings.push(Finding {
        rule: "pipeline-release",
        stage: Stage::Values,
        subject: "spacy".into(),
        distribution: Some("spacy".into()),
        wanted: wanted.wanted.clone(),
        found: live.to_owned(),
        exception: None,
        message: format!(
            "the pipeline wants spaCy {} and {live} is installed; it may not work or answer differently",
            wanted.wanted
        ),
        certain: false,
        evidence: wanted.evidence.clone(),
        fix: Some(format!("install spacy{}", wanted.wanted)),
    });
}
