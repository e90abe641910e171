//! `state-missing` and `state-unproven` for releases that are supposed and not installed: what the
//! atlas says their code reads, against what the pickled state holds.
//!
//! There is no code to walk. What every call reads and nothing gives is certain; what some calls
//! read is a doubt, so that nothing is called ready that was not looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::history::{self, History};
use super::rule::{Context, in_environment, in_file};
use super::{Finding, Fix, Stage};
use crate::atlas::{Atlas, Kind, Thing};
use crate::environment::classes::Resolved;
use crate::environment::fix_imports;
use crate::manifest::Basis;
use crate::pickle::{Graph, Node, NodeId};

/// What a user asks a model for first; the first one that the class has counts.
const ASKED: [&str; 6] = [
    "predict",
    "transform",
    "score_samples",
    "decision_function",
    "predict_proba",
    "kneighbors",
];

/// What checks ask on the way to an answer: a doubt, as not every answer comes to it.
const CHECKED: [&str; 1] = ["__sklearn_tags__"];

/// Attributes that every object has.
const ALWAYS: [&str; 4] = ["__dict__", "__class__", "__module__", "__doc__"];

/// Results of fitting that take the place of the parameters that they were made from.
const FITTED_PARTS: [&str; 8] = [
    "estimator_",
    "estimators_",
    "best_estimator_",
    "base_estimator_",
    "calibrated_classifiers_",
    "transformers_",
    "final_estimator_",
    "regressor_",
];

/// Most objects of one file that are looked at.
const MOST: usize = 20_000;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let environment = context.environment;
    let Some(objects) = context.objects() else {
        return;
    };
    if environment.supposed().is_empty() {
        return;
    }
    python(context, findings);
    let graph = &objects.graph;
    let used = used(graph, objects.root);
    built_on_it(context, graph, &used, findings);
    let known = history::of(context);
    for (atlas, release) in environment.supposed().iter().copied() {
        let of_it: Vec<&History> = known
            .iter()
            .filter(|history| history.distribution == atlas.distribution)
            .collect();
        // The same code reads the same state as where it was saved.
        if !of_it.is_empty() && of_it.iter().all(|history| history.is_proof()) {
            continue;
        }
        if !atlas.has_code() {
            names_alone(context, graph, &used, atlas, release, findings);
            continue;
        }
        if atlas.distribution == "scikit-learn" {
            findings.extend(texts_for_steps(graph, &used));
        }
        let mut looker = Looker {
            context,
            graph,
            atlas,
            release,
            reads: HashMap::new(),
        };
        looker.look(&used, findings);
        for history in &of_it {
            let record = history.records.first();
            findings.extend(record.map(|record| {
                let message = format!(
                    "the layout of the record {record}, which its compiled code reads, is not the same in {} {} \
                     and {}",
                    history.distribution, history.saved, history.live
                );
                doubt(graph, objects.root, &message)
            }));
        }
    }
}

/// In an environment that is only supposed there is nothing to install: the remedy is not to change
/// it.
pub(super) fn remedy(context: &Context<'_>, fix: Option<Fix>) -> Option<Fix> {
    if context.environment.supposed().is_empty() {
        return fix;
    }
    fix.map(|fix| Fix {
        command: String::new(),
        explanation: match fix.pins.join(", ") {
            none if none.is_empty() => fix.explanation,
            pins => format!("stay with {pins}, or train again and save with the new release"),
        },
        pins: fix.pins,
        throw_away: None,
        elsewhere: None,
        again: fix.again,
    })
}

/// A release that has no wheels for this Python cannot be installed beside it.
fn python(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(python) = context.environment.python else {
        return;
    };
    let Some(version) = context
        .live("scikit-learn")
        .filter(|_| context.is_supposed("scikit-learn"))
    else {
        return;
    };
    let Some(known) = super::fix::pythons("scikit-learn", &format!("=={version}")) else {
        return;
    };
    if python.major == 3 && known >> python.minor & 1 == 0 {
        let minor = format!("{}.{}", python.major, python.minor);
        findings.push(Finding {
            rule: "release-python",
            stage: Stage::Load,
            subject: "scikit-learn".into(),
            distribution: None,
            wanted: String::new(),
            found: minor.clone(),
            exception: None,
            message: format!("scikit-learn {version} has no wheels for Python {minor}"),
            certain: false,
            evidence: Vec::new(),
            fix: Some("suppose it in an environment with another Python".into()),
        });
    }
}

/// The objects that asking the file's objects can lead to: templates that were cloned for fitting
/// are left out.
fn used(graph: &Graph, root: NodeId) -> Vec<NodeId> {
    let mut seen = HashSet::from([root]);
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if found.len() >= MOST {
            break;
        }
        let Node::Object(_) = graph.node(id) else {
            open.extend(graph.children(id).into_iter().filter(|c| seen.insert(*c)));
            continue;
        };
        found.push(id);
        let attributes = graph.attributes(id);
        let names: HashSet<&str> = attributes.iter().map(|(name, _)| *name).collect();
        let is_fitted = FITTED_PARTS.iter().any(|part| names.contains(part));
        if attributes.is_empty() {
            open.extend(graph.children(id).into_iter().filter(|c| seen.insert(*c)));
        }
        for (name, value) in attributes {
            let inner = name.ends_with('_') || name.starts_with('_');
            let template = !inner && (is_fitted || names.contains(format!("{name}_").as_str()));
            if !template && seen.insert(value) {
                open.push(value);
            }
        }
    }
    found
}

/// Classes of other distributions whose bases are supposed: their code cannot be walked.
fn built_on_it(context: &Context<'_>, graph: &Graph, used: &[NodeId], findings: &mut Vec<Finding>) {
    let environment = context.environment;
    let mut told = BTreeSet::new();
    for id in used {
        let Some(class) = graph.class(*id) else {
            continue;
        };
        let (module, name) = fix_imports(&class.module, &class.name, 2);
        if environment.is_supposed(&module) || !told.insert((module.to_string(), name.to_string()))
        {
            continue;
        }
        let Resolved::Class(found) = environment.resolve(&module, &name) else {
            continue;
        };
        if environment.lineage(&found).opaque && crate::manifest::is_estimator(graph, *id) {
            findings.push(doubt(
                graph,
                *id,
                &format!("{class} builds on code that is not there to be read"),
            ));
        }
    }
}

/// A `ColumnTransformer` that holds `passthrough` where it was fitted: later releases keep an object
/// there, and ask the text to transform.
fn texts_for_steps(graph: &Graph, used: &[NodeId]) -> Option<Finding> {
    let columns = used.iter().find(|id| {
        let class = graph.class(**id);
        let steps = graph.attribute(**id, "transformers_");
        let is_text = |step: &NodeId| {
            let parts = graph.items(*step).unwrap_or_default();
            parts
                .get(1)
                .is_some_and(|part| graph.is_text(*part, "passthrough"))
        };
        class.is_some_and(|class| &*class.name == "ColumnTransformer")
            && steps
                .and_then(|steps| graph.items(steps))
                .is_some_and(|steps| steps.iter().any(is_text))
    })?;
    let message = "its fitted steps hold the text passthrough, and whether the code that runs takes it for a step \
                   is not known without its files";
    Some(doubt(graph, *columns, message))
}

/// Of a library of which only names are known, what restores its objects is not. The objects of
/// numpy that models hold (arrays, types, random states) have rules of their own.
fn names_alone(
    context: &Context<'_>,
    graph: &Graph,
    used: &[NodeId],
    atlas: &Atlas,
    release: usize,
    findings: &mut Vec<Finding>,
) {
    let version = atlas.versions()[release];
    if atlas.distribution == "numpy" || saved(context, atlas.distribution) == Some(version) {
        return;
    }
    let mut told = BTreeSet::new();
    for id in used {
        let stateful = graph
            .object(*id)
            .is_some_and(|object| !object.state.is_empty());
        let Some(class) = graph.class(*id).filter(|_| stateful) else {
            continue;
        };
        if crate::package::top_of(&class.module) == atlas.import && told.insert(class.to_string()) {
            let message = format!(
                "how {} {version} restores {} is not known without its files",
                atlas.distribution, class.name
            );
            findings.push(doubt(graph, *id, &message));
        }
    }
}

fn doubt(graph: &Graph, id: NodeId, message: &str) -> Finding {
    let subject = graph
        .class(id)
        .map_or_else(String::new, ToString::to_string);
    Finding {
        rule: "state-unproven",
        stage: Stage::Predict,
        subject: crate::text::short(&subject, 120),
        distribution: None,
        wanted: String::new(),
        found: String::new(),
        exception: None,
        message: crate::text::short(message, 300),
        certain: false,
        evidence: vec![in_file(graph.offset(id), subject)],
        fix: Some("make an environment with that release and check with --env".into()),
    }
}

/// What the methods of one class read from their own object.
#[derive(Default)]
struct Reads {
    /// Attribute → the method whose every call reads it, when there is one.
    attributes: BTreeMap<String, Option<String>>,
    /// What it sets on the way, perhaps after it reads it.
    given: HashSet<String>,
    /// What `__setstate__` sets, and what it can do without.
    restored: HashSet<String>,
    /// A base class is not known: it may give anything.
    open: bool,
    /// Fitting sets attributes beyond those that describe the input.
    learns: bool,
}

struct Looker<'a, 'c> {
    context: &'a Context<'c>,
    graph: &'a Graph,
    atlas: &'static Atlas,
    release: usize,
    reads: HashMap<(Thing, usize), Reads>,
}

impl Looker<'_, '_> {
    fn look(&mut self, used: &[NodeId], findings: &mut Vec<Finding>) {
        let mut told: BTreeSet<(Thing, String)> = BTreeSet::new();
        for id in used {
            let Some(named) = self.graph.class(*id) else {
                continue;
            };
            let (module, name) = fix_imports(&named.module, &named.name, 2);
            if crate::package::top_of(&module) != self.atlas.import {
                continue;
            }
            // A class that is not there is told by its name.
            let Some(class) = self.atlas.class(self.release, &module, &name) else {
                continue;
            };
            if self.atlas.while_is(class, Kind::Native).has(self.release) {
                if told.insert((class, String::new())) {
                    findings.extend(self.compiled(*id, class));
                }
                continue;
            }
            let before = saved(self.context, self.atlas.distribution)
                .and_then(|saved| self.atlas.release(saved))
                .and_then(|place| Some((place, self.atlas.class(place, &module, &name)?)));
            for (attribute, method) in self.lacks(*id, class, before) {
                if told.insert((class, attribute.clone())) {
                    findings.push(self.finding(*id, class, &attribute, method));
                }
            }
        }
    }

    /// Attributes that the class reads and the object lacks, with the method that surely does.
    fn lacks(
        &mut self,
        id: NodeId,
        class: Thing,
        before: Option<(usize, Thing)>,
    ) -> Vec<(String, Option<String>)> {
        let state: HashSet<&str> = self
            .graph
            .attributes(id)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        // Of an object that is not fitted nothing is asked, unless its class learns nothing.
        let fitted = state
            .iter()
            .any(|name| name.ends_with('_') && !name.starts_with('_'));
        let (atlas, release) = (self.atlas, self.release);
        let now = self
            .reads
            .entry((class, release))
            .or_insert_with(|| reads(atlas, release, class));
        if now.open || !fitted && now.learns {
            return Vec::new();
        }
        let lacking = now.attributes.iter().filter(|(name, method)| {
            // What it sets on the way it may read before: new code is doubted, and no other.
            let given = now.given.contains(*name) && method.is_none() && before.is_none();
            !state.contains(name.as_str()) && !given && !now.restored.contains(*name)
        });
        let mut lacking: Vec<(String, Option<String>)> = lacking
            .map(|(name, method)| {
                let method = method.clone().filter(|_| !now.given.contains(name));
                (name.clone(), method)
            })
            .collect();
        // What the release that saved it read and did not find, it could do without.
        if let Some((before, class)) = before.filter(|_| !lacking.is_empty()) {
            let then = self
                .reads
                .entry((class, before))
                .or_insert_with(|| reads(atlas, before, class));
            lacking.retain(|(name, _)| !then.attributes.contains_key(name));
        }
        lacking
    }

    fn finding(
        &self,
        id: NodeId,
        class: Thing,
        attribute: &str,
        method: Option<String>,
    ) -> Finding {
        let (module, name) = self.atlas.name_of(class);
        let (distribution, version) =
            (self.atlas.distribution, self.atlas.versions()[self.release]);
        let Some(method) = method else {
            return doubt(
                self.graph,
                id,
                &format!(
                    "the state of {name} has no {attribute}, which some of its code in {distribution} {version} \
                     reads; whether it comes to that is not known without its files"
                ),
            );
        };
        let saved = saved(self.context, distribution);
        Finding {
            rule: "state-missing",
            stage: if method == "__setstate__" {
                Stage::Load
            } else {
                Stage::Predict
            },
            subject: crate::text::short(&format!("{module}.{name}"), 120),
            distribution: Some(distribution.to_owned()),
            wanted: saved.map(|s| format!("=={s}")).unwrap_or_default(),
            found: version.to_owned(),
            exception: Some("AttributeError".into()),
            message: format!("'{name}' object has no attribute '{attribute}'"),
            certain: true,
            evidence: vec![
                in_file(
                    self.graph.offset(id),
                    format!("the state has no {attribute}"),
                ),
                in_environment(
                    None,
                    None,
                    format!("{name}.{method} of {distribution} {version} reads {attribute}"),
                ),
            ],
            fix: Some(match saved {
                Some(saved) => format!("stay with {distribution}=={saved}, or train again"),
                None => format!("stay with the {distribution} that saved it, or train again"),
            }),
        }
    }

    /// What restores a compiled class changed, as far as its sources tell.
    fn compiled(&self, id: NodeId, class: Thing) -> Option<Finding> {
        let (module, name) = self.atlas.name_of(class);
        // The layout of its nodes is compared by a rule of its own.
        if name == "Tree" {
            return None;
        }
        let saved = saved(self.context, self.atlas.distribution);
        let before = saved.and_then(|saved| self.atlas.release(saved));
        let same = before.is_some_and(|before| {
            ["__setstate__", "__cinit__", "__init__", "__reduce__"]
                .iter()
                .all(|method| {
                    let place = format!("{name}.{method}");
                    let digests = |release| self.atlas.digests(release, module, &place);
                    digests(before) == digests(self.release)
                })
        });
        (!same).then(|| {
            doubt(self.graph, id, &format!(
                    "how the compiled class {name} restores itself is not the same in {} {} as where it was \
                     saved, or not known",
                    self.atlas.distribution,
                    self.atlas.versions()[self.release]
                ),
            )
        })
    }
}

/// The release that the artifact says it was saved with.
fn saved<'a>(context: &Context<'a>, distribution: &str) -> Option<&'a str> {
    let stamps = context.manifest.saved_with.iter();
    stamps
        .filter(|r| r.subject == distribution && r.basis == Basis::Stamped)
        .find_map(|r| r.wanted.strip_prefix("=="))
}

/// What restoring and asking an object of a class reads from it.
fn reads(atlas: &Atlas, release: usize, class: Thing) -> Reads {
    let lineage = atlas.lineage(release, class);
    let mut members: HashMap<&str, Vec<Thing>> = HashMap::new();
    let mut made = Reads::default();
    for ancestor in &lineage {
        made.open |= atlas
            .texts(*ancestor, Kind::Outside, release)
            .next()
            .is_some();
        made.learns |= atlas
            .texts(*ancestor, Kind::Sets, release)
            .any(|name| name.ends_with('_') && !name.starts_with('_') && !name.ends_with("_in_"));
        for member in atlas.texts(*ancestor, Kind::Member, release) {
            members.entry(member).or_default().push(*ancestor);
        }
    }
    let first = ASKED.iter().find(|name| members.contains_key(*name));
    let mut open: Vec<(&str, Option<&str>)> = CHECKED.iter().map(|name| (*name, None)).collect();
    for entry in ASKED.iter().copied().chain(["__setstate__"]) {
        let sure = first == Some(&entry) || entry == "__setstate__";
        open.push((entry, sure.then_some(entry)));
    }
    let mut seen: HashSet<(&str, bool)> = HashSet::new();
    while let Some((name, method)) = open.pop() {
        let Some(definers) = members.get(name) else {
            continue;
        };
        if !seen.insert((name, method.is_some())) {
            continue;
        }
        for definer in definers {
            let (module, owner) = atlas.name_of(*definer);
            let Some(code) = atlas.thing(release, module, &format!("{owner}.{name}")) else {
                continue;
            };
            // Which of several definitions is called is not told.
            let sure = method.filter(|_| definers.len() == 1 || *definer == class);
            for (kind, sure) in [(Kind::Sure, sure), (Kind::Perhaps, None)] {
                for read in atlas.texts(code, kind, release) {
                    if members.contains_key(read) {
                        open.push((read, sure));
                    } else if !ALWAYS.contains(&read) {
                        let known = made.attributes.entry(read.to_owned()).or_default();
                        *known = known.take().or(sure.map(str::to_owned));
                    }
                }
            }
            for kind in [Kind::Guarded, Kind::Writes] {
                let given = atlas.texts(code, kind, release).map(str::to_owned);
                if kind == Kind::Guarded || name == "__setstate__" {
                    made.restored.extend(given);
                } else {
                    made.given.extend(given);
                }
            }
        }
    }
    made
}
