//! The versions that an artifact was saved with, as far as its own bytes say or imply.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Basis, Evidence, NeededName, Requirement};
use crate::artifact::{Facts, Objects};
use crate::package::top_of;
use crate::pickle::{Construction, Node};

/// At most this many places are kept as evidence for one claim.
const PLACES: usize = 3;

/// Claims that are kept: more different versions in one file are a trick.
const CLAIMS: usize = 200;

/// Versions named or implied by the bytes; see [`super::Manifest::saved_with`].
pub fn saved_with(facts: &Facts, names: &[NeededName]) -> Vec<Requirement> {
    let mut found = Found::default();
    for stamp in &facts.stamps {
        let evidence = Evidence {
            kind: "stamped",
            file: stamp.file.as_ref().map(|(file, _)| file.clone()),
            line: stamp.file.as_ref().map(|(_, line)| *line),
            offset: stamp.offset,
            text: stamp.field.clone(),
        };
        let wanted = if stamp.version.starts_with(['<', '>', '=', '!', '~']) {
            stamp.version.clone()
        } else {
            format!("=={}", stamp.version)
        };
        found.add(&stamp.subject, wanted, Basis::Stamped, evidence);
    }
    if let Some(objects) = &facts.objects {
        stamped(objects, &mut found);
        protocols(objects, &mut found);
        arrays(objects, &mut found);
        bytecode(objects, &mut found);
    }
    for name in names {
        for mark in marks(name).filter(|mark| mark.fits(name)) {
            let text = format!("name {}.{}", name.module, name.name);
            let evidence = at(name.offset, "inferred", text);
            found.add(
                &mark.subject,
                mark.wanted.clone(),
                Basis::Inferred,
                evidence,
            );
        }
    }
    found.requirements
}

/// The distribution that a name betrays, and its releases that have it: where a module is found
/// under a name of its own, this tells whose it is.
pub fn implied_by(needed: &NeededName) -> Option<(&'static str, &'static str)> {
    let mark = marks(needed).find(|mark| mark.fits(needed))?;
    Some((&mark.subject, &mark.wanted))
}

/// Reads the fingerprints, which the first question does otherwise.
pub fn prepare() {
    LazyLock::force(&FINGERPRINTS);
}

#[derive(Default)]
struct Found {
    requirements: Vec<Requirement>,
}

impl Found {
    fn add(&mut self, subject: &str, wanted: String, basis: Basis, evidence: Evidence) {
        let full = self.requirements.len() >= CLAIMS;
        let known = self
            .requirements
            .iter_mut()
            .find(|r| r.subject == subject && r.wanted == wanted && r.basis == basis);
        match known {
            Some(requirement) => {
                if requirement.evidence.len() < PLACES {
                    requirement.evidence.push(evidence);
                }
            }
            None if full => {}
            None => self.requirements.push(Requirement {
                subject: subject.to_owned(),
                wanted,
                basis,
                evidence: vec![evidence],
            }),
        }
    }
}

fn at(offset: u64, kind: &'static str, text: impl Into<String>) -> Evidence {
    Evidence {
        kind,
        file: None,
        line: None,
        offset: Some(offset),
        text: crate::text::short(&text.into(), 160),
    }
}

/// `_sklearn_version` in the state of every estimator.
fn stamped(objects: &Objects, found: &mut Found) {
    let graph = &objects.graph;
    // The trees of a forest all say the same.
    let mut last = ("", 0);
    for (_, node) in graph.iter() {
        let Node::Dict(pairs) = node else { continue };
        for (key, value) in pairs {
            if !graph.is_text(*key, "_sklearn_version") {
                continue;
            }
            if let Some(version) = graph.short_text(*value, 40) {
                last = (version, if last.0 == version { last.1 + 1 } else { 1 });
                if last.1 > PLACES {
                    continue;
                }
                let evidence = at(graph.offset(*value), "stamped", "_sklearn_version");
                let wanted = format!("=={}", crate::text::clean(version));
                found.add("scikit-learn", wanted, Basis::Stamped, evidence);
            }
        }
    }
}

fn protocols(objects: &Objects, found: &mut Found) {
    let graph = &objects.graph;
    let highest = objects.streams.iter().max_by_key(|stream| stream.protocol);
    if let Some(stream) = highest {
        let oldest = match stream.protocol {
            5 => Some(">=3.8"),
            4 => Some(">=3.4"),
            3 => Some(">=3.0"),
            _ => None,
        };
        if let Some(oldest) = oldest {
            let text = format!("pickle protocol {}", stream.protocol);
            let evidence = at(stream.offset, "inferred", text);
            found.add("python", oldest.into(), Basis::Inferred, evidence);
        }
    }
    // Only Python 2 writes 8-bit strings; below protocol 3, Python 3 writes Python 2's names too.
    let python2 = graph
        .iter()
        .find(|(_, node)| matches!(node, Node::RawStr(_)));
    if let Some((id, _)) = python2 {
        let evidence = at(graph.offset(id), "inferred", "8-bit string of Python 2");
        found.add("python", "<3".into(), Basis::Inferred, evidence);
    }
}

/// What joblib's arrays say about the joblib that wrote them.
fn arrays(objects: &Objects, found: &mut Found) {
    let graph = &objects.graph;
    // The wrapper got its name in 0.10; since 1.2 each one says how its array is padded.
    let alignment = "numpy_array_alignment_bytes";
    let wrapped = graph.iter().find_map(|(id, node)| match node {
        Node::Array(array) => {
            let class = graph.class(array.wrapper)?;
            let current =
                (&*class.module, &*class.name) == ("joblib.numpy_pickle", "NumpyArrayWrapper");
            current.then(|| (id, graph.attribute(array.wrapper, alignment)))
        }
        _ => None,
    });
    if let Some((id, stated)) = wrapped {
        let (range, text) = match stated {
            Some(_) => (">=1.2", format!("{alignment} is stated: arrays are padded")),
            None => (">=0.10,<1.2", format!("its arrays lack {alignment}")),
        };
        let evidence = at(graph.offset(id), "inferred", text);
        found.add("joblib", range.into(), Basis::Inferred, evidence);
    }
    let outer = objects
        .streams
        .iter()
        .filter(|s| !s.nested)
        .map(|s| s.protocol)
        .max();
    let nested = objects.streams.iter().find(|s| s.nested && s.protocol == 5);
    if let (Some(stream), Some(0..=4)) = (nested, outer) {
        let text = "object array in protocol 5 inside an older protocol";
        let evidence = at(stream.offset, "inferred", text);
        found.add("joblib", ">=1.4".into(), Basis::Inferred, evidence);
    }
}

/// Bytecode that cloudpickle and dill embed: the arity of `CodeType` changed with Python.
fn bytecode(objects: &Objects, found: &mut Found) {
    let graph = &objects.graph;
    for (id, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        if object.how != Construction::Reduce || !super::code::makes_code(graph, object) {
            continue;
        }
        let Some(range) = super::code::python_range(graph, object) else {
            continue;
        };
        let evidence = at(graph.offset(id), "inferred", "embedded bytecode (CodeType)");
        found.add("python", range.into(), Basis::Inferred, evidence);
    }
}

#[derive(Deserialize)]
struct Knowledge {
    fingerprint: Vec<Fingerprint>,
}

#[derive(Deserialize)]
struct Fingerprint {
    name: String,
    subject: String,
    wanted: String,
}

impl Fingerprint {
    fn fits(&self, needed: &NeededName) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => needed.starts_with(prefix),
            None => needed.is(&self.name),
        }
    }
}

/// The fingerprints by the top module of their names: nearly all names are of libraries that
/// have few.
static FINGERPRINTS: LazyLock<HashMap<String, Vec<Fingerprint>>> = LazyLock::new(|| {
    let text = include_str!("../../assets/knowledge/fingerprints.toml");
    // The file is part of the program; a test parses it.
    let known = toml::from_str::<Knowledge>(text).map_or_else(|_| Vec::new(), |k| k.fingerprint);
    let mut by_top: HashMap<String, Vec<Fingerprint>> = HashMap::new();
    for mark in known {
        let top = top_of(&mark.name).to_owned();
        by_top.entry(top).or_default().push(mark);
    }
    by_top
});

/// The fingerprints that can fit a name.
fn marks(needed: &NeededName) -> impl Iterator<Item = &'static Fingerprint> {
    FINGERPRINTS
        .get(top_of(&needed.module))
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprints_parse_and_their_ranges_are_specifiers() {
        let all: Vec<_> = FINGERPRINTS.values().flatten().collect();
        assert!(all.len() > 20);
        for mark in all {
            // A prefix that ends within the top module would not be found by it.
            assert!(mark.name.contains('.'), "{}", mark.name);
            assert!(
                mark.wanted.parse::<pep440_rs::VersionSpecifiers>().is_ok(),
                "{}",
                mark.name
            );
        }
    }
}
