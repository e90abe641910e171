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
    let holds_skops = || {
        context
            .manifest
            .saved_with
            .iter()
            .any(|r| r.subject == "skops")
    };
    let module = match context.artifact.format {
        Format::Skops => "skops",
        Format::Onnx => "onnxruntime",
        Format::Xgboost => "xgboost",
        Format::Lightgbm => "lightgbm",
        Format::Catboost => "catboost",
        Format::Pmml => return findings.push(evaluator()),
        Format::Mlflow if holds_skops() => "skops",
        _ => return,
    };
    let ModuleLookup::Missing { first, searched } = context.environment.module(module) else {
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

/// A doubt: nothing in the environment would tell that a PMML document can be evaluated.
fn evaluator() -> Finding {
    Finding {
        rule: "loader-unknown",
        stage: Stage::Load,
        subject: "PMML".into(),
        distribution: None,
        wanted: String::new(),
        found: String::new(),
        exception: None,
        message: "PMML is evaluated by an engine that the file does not name".into(),
        certain: false,
        evidence: vec![in_file(0, "a PMML document")],
        fix: Some("evaluate it with the engine that it was exported for".into()),
    }
}
