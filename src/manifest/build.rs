//! Puts a manifest together from an artifact's facts. Files near the artifact are added by
//! [`super::Manifest::declared`] and [`super::Manifest::siblings`], not here.

use super::{Manifest, describe, names, steps, versions, writer};
use crate::artifact::{self, Artifact, Facts, Objects, UnreadableKind};
use crate::pickle::{self, Graph, Node, NodeId};
use crate::text;

/// Class labels that are spelled out.
const CLASSES: usize = 32;

impl Manifest {
    /// What the artifact's own bytes say it needs. Unreadable artifacts need nothing.
    pub fn of(artifact: &Artifact) -> Manifest {
        match &artifact.facts {
            Ok(facts) => from_facts(facts),
            Err(unreadable) => Manifest {
                notes: match unreadable.kind {
                    UnreadableKind::Pointer => vec!["the model itself is not here".into()],
                    _ => Vec::new(),
                },
                ..Manifest::default()
            },
        }
    }
}

fn from_facts(facts: &Facts) -> Manifest {
    let mut manifest = Manifest::default();
    if let Some(objects) = &facts.objects {
        from_objects(objects, &mut manifest);
    }
    names::add(&facts.calls, &mut manifest.names);
    manifest.saved_with = versions::saved_with(facts, &manifest.names);
    if let Some(objects) = &facts.objects {
        writer::add(&objects.graph, &mut manifest);
        writer::add_named(&mut manifest);
    }
    if let Some(inputs) = &facts.inputs {
        manifest.feature_count = inputs.count.or(manifest.feature_count);
        if !inputs.names.is_empty() {
            manifest.feature_names.clone_from(&inputs.names);
        }
    }
    if manifest.classes.is_empty() {
        manifest.classes = facts.classes.iter().take(CLASSES).cloned().collect();
    }
    manifest.notes.extend(facts.notes.iter().cloned());
    for line in &facts.outline {
        manifest.steps.push(super::Step {
            depth: line.depth,
            label: text::short(&line.label, 40),
            what: text::short(&line.what, 120),
            details: Vec::new(),
        });
    }
    manifest
}

fn from_objects(objects: &Objects, manifest: &mut Manifest) {
    let graph = &objects.graph;
    graph.effort().renew();
    manifest.root = Some(describe::kind(graph, objects.root));
    manifest.names = names::needed(objects);
    manifest.steps = steps::structure(graph, objects.root);
    manifest.protocol = objects.streams.iter().map(|stream| stream.protocol).max();
    manifest.classes = classes(graph, objects.root);
    let inputs = artifact::inputs::expected(graph, objects.root);
    manifest.feature_count = inputs.count;
    manifest.feature_names = inputs.names;
    let outer: Vec<_> = objects.streams.iter().filter(|s| !s.nested).collect();
    if outer.len() > 1 {
        for (number, stream) in outer.iter().enumerate().skip(1) {
            steps::another(graph, stream.root, number + 1, &mut manifest.steps);
        }
        manifest.notes.push(format!(
            "{} pickles stand behind each other; loading reads the first",
            outer.len()
        ));
    }
    if graph.effort().is_spent() {
        let note = "its objects refer to each other so often that not all were looked at";
        manifest.notes.push(note.into());
    }
    let code = graph.iter().any(|(_, node)| match node {
        Node::Object(object) => super::code::makes_code(graph, object),
        _ => false,
    });
    if code {
        let note = "holds Python bytecode (cloudpickle or dill), tied to one Python minor version";
        manifest.notes.push(note.into());
    }
    let mut persistent = graph.iter().filter_map(|(_, node)| match node {
        Node::Persistent(id) => Some(*id),
        _ => None,
    });
    if let Some(first) = persistent.next() {
        let count = 1 + persistent.count();
        manifest.notes.push(format!(
            "refers to {count} persistent {} that only the saving library can supply, first {}",
            if count == 1 { "object" } else { "objects" },
            describe::value(graph, first)
        ));
    }
}

/// The labels of a classifier: `classes_` of the outermost object, or of the last step inside it.
fn classes(graph: &Graph, root: NodeId) -> Vec<String> {
    let mut open = vec![root];
    for _ in 0..16 {
        let Some(id) = open.pop() else { break };
        if let Some(labels) = graph.attribute(id, "classes_") {
            return labels_of(graph, labels);
        }
        let inner = ["best_estimator_", "estimator", "steps"];
        for name in inner {
            let Some(value) = graph.attribute(id, name) else {
                continue;
            };
            match graph.items(value).and_then(<[NodeId]>::last) {
                Some(step) => open.extend(graph.items(*step).and_then(<[NodeId]>::last)),
                None => open.push(value),
            }
        }
    }
    Vec::new()
}

fn labels_of(graph: &Graph, labels: NodeId) -> Vec<String> {
    let view = pickle::view(graph, labels);
    let values = view.and_then(|view| view.first_values(graph, CLASSES).ok());
    let values = values.unwrap_or_default();
    values
        .iter()
        .take(CLASSES)
        .map(|value| match value {
            pickle::Value::None => "?".into(),
            pickle::Value::Other(id) => match graph.node(*id) {
                Node::RawStr(data) => describe::latin(data)
                    .map_or_else(|| "?".into(), |label| text::short(&label, 40)),
                _ => "?".into(),
            },
            pickle::Value::Bool(flag) => flag.to_string(),
            pickle::Value::Int(number) => number.to_string(),
            pickle::Value::Float(number) => number.to_string(),
            pickle::Value::Text(label) => text::short(label, 40),
        })
        .collect()
}
