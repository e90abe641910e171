//! ONNX models: producer, operator sets, inputs and outputs, operators. Tensors are passed over,
//! and files of external data are listed, never opened.
//!
//! Field numbers: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>

mod model;

#[cfg(test)]
mod tests;

use std::io;

use self::model::{Graph, MOST, Model, Port, model};
use super::protobuf::{Stop, Walker};
use super::{Facts, Format, Inputs, OutlineLine, Stamp, Unreadable, UnreadableKind};
use crate::package;
use crate::source::Source;
use crate::text;

/// Whether `head` can be the start of a model: an IR version, then a field of a model.
pub(super) fn sniff(head: &[u8]) -> bool {
    matches!(
        head,
        [
            0x08,
            1..=30,
            0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72,
            ..
        ]
    )
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut walker = Walker::new(source.stream);
    let model = match model(&mut walker) {
        Ok(model) => model,
        Err(stop) => return (Format::Onnx, Err(unreadable(&stop, walker.position()))),
    };
    let Some(graph) = &model.graph else {
        let reason = "an ONNX header without a graph".into();
        let repair = Some("copy or download it again".into());
        let kind = UnreadableKind::Truncated;
        return (
            Format::Onnx,
            Err(Unreadable {
                kind,
                reason,
                repair,
            }),
        );
    };
    let facts = Facts {
        stamps: stamps(&model),
        inputs: inputs(graph),
        outline: outline(&model, graph),
        executes: false,
        ..Facts::default()
    };
    (Format::Onnx, Ok(facts))
}

/// The writer's version, and versions that somebody put into the properties.
fn stamps(model: &Model) -> Vec<Stamp> {
    let stamp = |subject: String, version: &str, field: &str| Stamp {
        subject,
        version: text::short(version, 60),
        field: text::short(field, 80),
        offset: None,
        file: None,
    };
    let mut stamps = Vec::new();
    let writer = match model.producer.as_str() {
        "pytorch" => "torch".to_owned(),
        other => package::normalize(other),
    };
    if package::is_valid_name(&writer) && package::parse_version(&model.producer_version).is_some()
    {
        stamps.push(stamp(writer, &model.producer_version, "producer_version"));
    }
    for (key, value) in &model.properties {
        let subject = key
            .strip_suffix("_version")
            .or_else(|| key.strip_suffix(".version"))
            .unwrap_or(key);
        let subject = match package::distribution_of(subject) {
            Some(distribution) => distribution.to_owned(),
            None => package::normalize(subject),
        };
        let known = subject == "python" || !package::import_names_of(&subject).is_empty();
        if known && package::parse_version(value).is_some() {
            stamps.push(stamp(subject, value, &format!("metadata_props {key}")));
        }
    }
    stamps
}

/// The inputs that a caller must feed: not the initializers.
fn fed(graph: &Graph) -> impl Iterator<Item = &Port> {
    let initialized: std::collections::HashSet<&str> =
        graph.initialized.iter().map(String::as_str).collect();
    graph
        .inputs
        .iter()
        .filter(move |port| !initialized.contains(port.name.as_str()))
}

/// One matrix counts by its columns; several inputs are the columns themselves.
fn inputs(graph: &Graph) -> Option<Inputs> {
    let fed: Vec<&Port> = fed(graph).collect();
    let types = fed.iter().map(|port| port.describe()).collect();
    match fed[..] {
        [] => None,
        [only] => Some(Inputs {
            count: only
                .shape
                .get(1)
                .copied()
                .flatten()
                .and_then(|columns| usize::try_from(columns).ok())
                .filter(|_| only.shape.len() == 2),
            names: Vec::new(),
            types,
        }),
        _ => {
            let columns = fed
                .iter()
                .all(|port| matches!(port.shape[..], [_] | [_, Some(1)]));
            Some(Inputs {
                count: columns.then_some(fed.len()),
                names: fed
                    .iter()
                    .map(|port| text::short(&port.name, 200))
                    .collect(),
                types,
            })
        }
    }
}

fn outline(model: &Model, graph: &Graph) -> Vec<OutlineLine> {
    let mut lines = Vec::new();
    let mut add = |depth, label: &str, what: &str| {
        if lines.len() < MOST {
            lines.push(OutlineLine {
                depth,
                label: text::short(label, 120),
                what: text::short(what, 200),
            });
        }
    };
    add(0, "onnx", &format!("IR version {}", model.ir_version));
    if !model.producer.is_empty() {
        let writer = format!("{} {}", model.producer, model.producer_version);
        add(1, "producer", writer.trim_end());
    }
    for (domain, version) in &model.opsets {
        let domain = if domain.is_empty() { "ai.onnx" } else { domain };
        add(1, "opset", &format!("{domain} {version}"));
    }
    for port in fed(graph) {
        add(1, &format!("input {}", port.name), &port.describe());
    }
    for port in &graph.outputs {
        add(1, &format!("output {}", port.name), &port.describe());
    }
    for (operator, count) in &graph.operators {
        let what = match count {
            1 => format!("op {operator}"),
            _ => format!("op {operator} × {count}"),
        };
        add(1, "node", &what);
    }
    if graph.initializers > 0 {
        add(
            1,
            "initializers",
            &format!("{} tensors", graph.initializers),
        );
    }
    for location in &graph.external {
        add(1, "external data", location);
    }
    for (key, value) in &model.properties {
        add(1, &format!("metadata {key}"), value);
    }
    lines
}

fn unreadable(stop: &Stop, position: u64) -> Unreadable {
    let again = Some("copy or download it again and compare its size with the original".into());
    let (kind, reason, repair) = match stop {
        Stop::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => (
            UnreadableKind::Truncated,
            format!("the ONNX model ends early, at byte {position}"),
            again,
        ),
        Stop::Io(error) => (
            UnreadableKind::Io,
            format!("reading stopped at byte {position}: {error}"),
            None,
        ),
        Stop::Broken(what) => (
            UnreadableKind::Damaged,
            format!("the ONNX model is damaged: {what} at byte {position} cannot be right"),
            again,
        ),
        Stop::Budget => (
            UnreadableKind::Budget,
            "the ONNX model has more fields than the reading budget allows".into(),
            None,
        ),
    };
    Unreadable {
        kind,
        reason,
        repair,
    }
}
