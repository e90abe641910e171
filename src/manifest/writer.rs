//! Which releases can have written a file's objects, from what their classes set: no attribute may
//! be older than its first release, and the parameters of the constructor must be there. Where only
//! the names of a library are known, these tell: who wrote a name had it. From the atlas, for the
//! libraries that it holds.
//!
//! That a class no longer sets an attribute tells nothing: a helper may do it in its place.

use std::collections::HashSet;

use super::{Basis, Evidence, Manifest, NeededName, Requirement};
use crate::artifact::Artifact;
use crate::atlas::{self, Atlas, Kind, Releases, Thing};
use crate::pickle::{Graph, Node, NodeId};
use crate::text;

/// Most kinds of objects that are compared with the atlas.
const MOST: usize = 400;

/// The releases of one distribution that can have written a file.
pub(super) struct Writers {
    pub atlas: &'static Atlas,
    /// Never empty.
    pub releases: Releases,
    /// The object that narrows them most, and why.
    pub object: NodeId,
    pub reason: String,
}

/// The releases of each distribution that can have written the objects of a graph. What
/// contradicts itself, or says nothing, is left out, and so are distributions that are not `asked`.
pub(super) fn writers(graph: &Graph, asked: &dyn Fn(&str) -> bool) -> Vec<Writers> {
    let mut found: Vec<Writers> = Vec::new();
    let mut kinds: HashSet<(Thing, Vec<&str>)> = HashSet::new();
    for (id, node) in graph.iter() {
        if !matches!(node, Node::Object(_)) || kinds.len() > MOST {
            continue;
        }
        let Some(class) = graph.class(id) else {
            continue;
        };
        // An atlas is unpacked when it is asked the first time, so what needs no answer asks none.
        if !atlas::holds(&class.module).is_some_and(asked) {
            continue;
        }
        let Some(atlas) = atlas::of_module(&class.module) else {
            continue;
        };
        if !atlas.has_code() {
            continue;
        }
        let Some(thing) = atlas.defined(&class.module, &class.name) else {
            continue;
        };
        let mut keys: Vec<&str> = graph.attributes(id).iter().map(|(name, _)| *name).collect();
        keys.sort_unstable();
        keys.dedup();
        if !kinds.insert((thing, keys.clone())) {
            continue;
        }
        let (releases, reason) = of_object(atlas, thing, &keys);
        match found.iter_mut().find(|w| w.atlas.import == atlas.import) {
            Some(known) => {
                let both = known.releases.and(releases);
                if both.len() < known.releases.len() {
                    known.object = id;
                    known.reason = reason;
                }
                known.releases = both;
            }
            None => found.push(Writers {
                atlas,
                releases,
                object: id,
                reason,
            }),
        }
    }
    found.retain(|w| !w.releases.is_empty() && !w.specifier().is_empty());
    found
}

/// The releases in which a class can have these attributes, and what narrows them most.
fn of_object(atlas: &Atlas, class: Thing, keys: &[&str]) -> (Releases, String) {
    let (_, name) = atlas.name_of(class);
    let there = atlas.while_is(class, Kind::Class);
    let mut left = there;
    let mut reason = format!("{name} is defined there");
    let ancestors = atlas.ancestors(class);
    let set = |attribute: &str| {
        let mut when = Releases::NONE;
        for (ancestor, releases) in &ancestors {
            let sets = atlas.when(*ancestor, Kind::Sets, attribute);
            let takes = atlas.when(*ancestor, Kind::Parameter, attribute);
            when = when.or(sets.or(takes).and(*releases));
        }
        when
    };
    let narrow = |to: Releases, why: String, left: &mut Releases, reason: &mut String| {
        let both = left.and(to);
        if both.len() < left.len() {
            *reason = why;
        }
        *left = both;
    };
    // Bases of other distributions set attributes that the atlas does not know.
    if !atlas.is_whole(&ancestors) {
        return (left, reason);
    }
    for key in keys {
        let when = atlas.since(set(key));
        if !when.is_empty() {
            narrow(when, format!("{name} has {key}"), &mut left, &mut reason);
        }
    }
    // Estimators keep every parameter of their constructor under its own name.
    if keys.is_empty()
        || atlas
            .when_inherited(&ancestors, Kind::Member, "get_params")
            .is_empty()
    {
        return (left, reason);
    }
    for (parameter, releases) in atlas.parameters(class) {
        if !keys.contains(&parameter) {
            let when = releases.and(set(parameter));
            let why = format!("{name} lacks {parameter}");
            narrow(there.without(when), why, &mut left, &mut reason);
        }
    }
    (left, reason)
}

/// Adds the range of releases that have every name, of libraries of which only names are known and
/// whose release is neither recorded nor told by a single name.
pub(super) fn add_named(manifest: &mut Manifest) {
    let mut found: Vec<(&'static Atlas, Releases, &NeededName)> = Vec::new();
    for needed in &manifest.names {
        let told = |distribution: &str| {
            let mut said = manifest.saved_with.iter();
            said.any(|r| r.subject == distribution)
        };
        if atlas::holds(&needed.module).is_none_or(told) {
            continue;
        }
        let Some(atlas) = atlas::of_module(&needed.module).filter(|atlas| !atlas.has_code()) else {
            continue;
        };
        // Of a dotted name the class is looked for.
        let name = crate::package::top_of(&needed.name);
        let have = atlas.may_have(&needed.module, name);
        match found
            .iter_mut()
            .find(|(known, ..)| known.import == atlas.import)
        {
            Some((_, releases, narrowest)) => {
                let both = releases.and(have);
                if both.len() < releases.len() {
                    *narrowest = needed;
                }
                *releases = both;
            }
            None => found.push((atlas, have, needed)),
        }
    }
    let named = found.into_iter().filter_map(|(atlas, releases, needed)| {
        let wanted = specifier(atlas, releases);
        let (subject, words) = (atlas.distribution, atlas.words(releases));
        let text = format!(
            "name {}.{}, as in {subject} {words}",
            needed.module, needed.name
        );
        (!wanted.is_empty()).then(|| Requirement {
            subject: subject.to_owned(),
            wanted,
            basis: Basis::Inferred,
            evidence: vec![Evidence {
                kind: "inferred",
                file: None,
                line: None,
                offset: Some(needed.offset),
                text: text::short(&text, 160),
            }],
        })
    });
    let named: Vec<Requirement> = named.collect();
    manifest.saved_with.extend(named);
}

/// Adds the range of releases that the objects allow, of libraries whose release is not recorded.
pub(super) fn add(graph: &Graph, manifest: &mut Manifest) {
    let unsaid = |distribution: &str| {
        let mut said = manifest.saved_with.iter();
        !said.any(|r| r.subject == distribution)
    };
    for writers in writers(graph, &unsaid) {
        let subject = writers.atlas.distribution;
        let words = writers.atlas.words(writers.releases);
        manifest.saved_with.push(Requirement {
            subject: subject.to_owned(),
            wanted: writers.specifier(),
            basis: Basis::Inferred,
            evidence: vec![Evidence {
                kind: "inferred",
                file: None,
                line: None,
                offset: Some(graph.offset(writers.object)),
                text: text::short(&format!("{}, as in {subject} {words}", writers.reason), 160),
            }],
        });
    }
}

/// Notes where the state of an artifact contradicts the release that it records. It takes the
/// atlas, which costs more than reading a small artifact: not for lists of manifests.
pub fn note_contradictions(artifact: &Artifact, manifest: &mut Manifest) {
    let Some(objects) = artifact
        .facts
        .as_ref()
        .ok()
        .and_then(|f| f.objects.as_ref())
    else {
        return;
    };
    for writers in writers(&objects.graph, &|_| true) {
        let subject = writers.atlas.distribution;
        let recorded: Vec<&str> = manifest
            .saved_with
            .iter()
            .filter(|r| r.subject == subject && r.basis == Basis::Stamped)
            .filter_map(|r| r.wanted.strip_prefix("=="))
            .collect();
        let contradicts = |release: &&str| writers.contradicts(release) == Some(true);
        if recorded.is_empty() || !recorded.iter().all(contradicts) {
            continue;
        }
        let words = writers.atlas.words(writers.releases);
        let recorded = recorded.join(" and ");
        manifest.notes.push(text::short(
            &format!(
                "its state is that of {subject} {words} ({}), not of the recorded {recorded}: it was most \
                 likely saved again after it was loaded in another release",
                writers.reason
            ),
            300,
        ));
    }
}

impl Writers {
    /// The releases as a specifier from the oldest to the newest of them: `>=0.24,<1.2`.
    pub fn specifier(&self) -> String {
        specifier(self.atlas, self.releases)
    }

    /// Whether a recorded release contradicts the state: `None` when the atlas does not hold it.
    pub fn contradicts(&self, recorded: &str) -> Option<bool> {
        let place = self.atlas.release(recorded)?;
        Some(!self.releases.has(place))
    }
}

/// Releases as a specifier from the oldest to the newest of them; empty for none and for all.
fn specifier(atlas: &Atlas, releases: Releases) -> String {
    let versions = atlas.versions();
    let Some(first) = releases.places().next() else {
        return String::new();
    };
    let last = releases.places().last().unwrap_or(first);
    let mut parts = Vec::new();
    if first > 0 {
        parts.push(format!(">={}", versions[first]));
    }
    if let Some(next) = versions.get(last + 1) {
        parts.push(format!("<{next}"));
    }
    parts.join(",")
}
