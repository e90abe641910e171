//! `loader-missing`: the format needs a library of its own to be opened, and it is not there.
//!
//! A PMML document names no loader at all: whether an engine is there cannot be said.
//! Pickles and joblib streams name what they import; archives and graphs do not.

use super::rule::{Context, in_environment, in_file};
use super::{Finding, Stage};
use crate::artifact::Format;
use crate::environment::{ModuleLookup, messages};
use crate::package;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    match context.artifact.format {
        Format::Gguf => {
            let message = "a runtime such as llama.cpp opens it, not a library of this Python";
            return findings.push(outside("GGUF", message));
        }
        Format::Pmml => {
            let message = "PMML is evaluated by an engine that the file does not name";
            return findings.push(outside("PMML", message));
        }
        _ => {}
    }
    for module in modules(context) {
        missing(context, module, findings);
    }
}

/// The modules that open the format.
fn modules(context: &Context<'_>) -> &'static [&'static str] {
    let holds = |subject: &str| {
        let mut saved = context.manifest.saved_with.iter();
        saved.any(|requirement| requirement.subject == subject)
    };
    match context.artifact.format {
        Format::Skops => &["skops"],
        Format::Onnx => &["onnxruntime"],
        Format::Mlflow | Format::Bentoml | Format::Huggingface if holds("skops") => &["skops"],
        Format::Huggingface if holds("transformers") => &["transformers"],
        Format::Spacy => &["spacy"],
        Format::Xgboost => &["xgboost"],
        Format::Lightgbm => &["lightgbm"],
        Format::Catboost => &["catboost"],
        // The names in its pickles tell a missing torch already.
        Format::Torch if imports_torch(context) => &[],
        Format::Torch => &["torch"],
        Format::Safetensors => &["safetensors"],
        Format::Keras => &["keras", "h5py"],
        Format::Hdf5 if holds("keras") => &["keras", "h5py"],
        Format::Hdf5 => &["h5py"],
        Format::Npy | Format::Npz => &["numpy"],
        _ => &[],
    }
}

fn imports_torch(context: &Context<'_>) -> bool {
    let mut names = context.manifest.names.iter();
    names.any(|name| crate::package::top_of(&name.module) == "torch")
}

/// A format whose readers are programs of their own: no environment of Python decides.
fn outside(format: &str, message: &str) -> Finding {
    Finding {
        rule: "loader-outside",
        stage: Stage::Load,
        subject: format.into(),
        distribution: None,
        wanted: String::new(),
        found: String::new(),
        exception: None,
        message: message.into(),
        certain: false,
        evidence: vec![in_file(0, format!("the content is {format}"))],
        fix: None,
    }
}

fn missing(context: &Context<'_>, module: &str, findings: &mut Vec<Finding>) {
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
