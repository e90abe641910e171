//! What would be raised, as a finding with its proof.

use std::path::PathBuf;

use super::machine::Missing;
use crate::compat::rule::{Context, in_environment, in_file};
use crate::compat::{Finding, Stage};
use crate::pickle::NodeId;

/// What would be raised, and where that comes from.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The object in the file.
    pub object: NodeId,
    pub stage: Stage,
    pub exception: String,
    pub message: String,
    /// What the state is and what reads it, for people.
    pub lack: String,
    pub reads: String,
    pub file: Option<PathBuf>,
    pub line: u32,
}

impl Fault {
    /// An attribute is missing.
    pub fn missing(missing: &Missing, stage: Stage) -> Self {
        Self {
            object: missing.object,
            stage,
            exception: "AttributeError".into(),
            message: missing.message(),
            lack: format!("the state has no {}", missing.attribute),
            reads: format!("reads {}", missing.attribute),
            file: Some(missing.file.clone()),
            line: missing.line,
        }
    }
}

pub(super) fn finding(context: &Context<'_>, fault: Fault) -> Finding {
    let graph = context.objects().map(|objects| &objects.graph);
    let class = graph.and_then(|graph| graph.class(fault.object));
    let subject = class.map_or_else(String::new, ToString::to_string);
    let top = crate::package::top_of(&subject);
    let distribution = match context.environment.distribution_of_module(top) {
        Some(owner) => Some(owner.name.clone()),
        None => crate::package::distribution_of(top).map(str::to_owned),
    };
    let wanted = distribution.as_deref().and_then(|name| {
        let mut stamps = context.manifest.saved_with.iter();
        let stamp = stamps.find(|r| r.subject == name && r.wanted.starts_with("=="));
        stamp.map(|r| r.wanted.clone())
    });
    let mut evidence = Vec::new();
    if let Some(graph) = graph {
        evidence.push(in_file(graph.offset(fault.object), fault.lack));
    }
    if let Some(file) = &fault.file {
        let line = (fault.line > 0).then_some(fault.line);
        evidence.push(in_environment(Some(file), line, fault.reads));
    }
    let fix = match (&distribution, &wanted) {
        (Some(name), Some(wanted)) => Some(format!("install {name}{wanted}")),
        (Some(name), None) => Some(format!("install the {name} that saved it")),
        _ => None,
    };
    let live = distribution.as_deref().and_then(|name| context.live(name));
    Finding {
        rule: "state-missing",
        stage: fault.stage,
        subject: crate::text::short(&subject, 120),
        found: live.unwrap_or_default().to_owned(),
        wanted: wanted.unwrap_or_default(),
        distribution,
        exception: Some(fault.exception),
        message: crate::text::short(&fault.message, 300),
        certain: true,
        evidence,
        fix,
    }
}
