//! Whether the code that a model runs is the same in the release that saved it and in the one that
//! would load it. From the atlas alone: published releases, not the environment's files.
//!
//! It is evidence and no verdict: code that changed may do what it did.

use std::collections::BTreeSet;

use serde::Serialize;

use super::rule::Context;
use crate::atlas::{self, Atlas, Thing};
use crate::environment::fix_imports;
use crate::manifest::Basis;

/// Most names of changed code that are told.
const TOLD: usize = 12;

/// What became of the code of one distribution that a model runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// The distribution.
    pub distribution: &'static str,
    /// The release that saved.
    pub saved: String,
    /// The release that would load.
    pub live: String,
    /// What the comparison says.
    pub code: CodeStatus,
    /// How many functions, methods and values the live release would run, the lineages of the
    /// model's classes and the helpers of the same distribution included.
    pub functions: usize,
    /// How many of them differ between the releases.
    pub differing: usize,
    /// The first of them by name.
    pub changed: Vec<String>,
    /// Records of compiled code whose layout differs.
    #[serde(skip)]
    pub records: Vec<String>,
}

/// What the comparison of two releases says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeStatus {
    /// It is the same release.
    SameRelease,
    /// Nothing that the model runs there has changed.
    Unchanged,
    /// Only code that checks input or describes objects has changed.
    ChecksChanged,
    /// Something has changed: that the values stay the same is not proven.
    Changed,
}

/// The history of each distribution that the artifact says it was saved with, that is installed,
/// and whose two releases the atlas holds.
pub(super) fn of(context: &Context<'_>) -> Vec<History> {
    if context.objects().is_none() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for atlas in atlas::all() {
        let mut stamps: Vec<&str> = context
            .manifest
            .saved_with
            .iter()
            .filter(|r| r.subject == atlas.distribution && r.basis == Basis::Stamped)
            .filter_map(|r| r.wanted.strip_prefix("=="))
            .collect();
        stamps.sort_unstable();
        stamps.dedup();
        let Some(live) = context.live(atlas.distribution) else {
            continue;
        };
        for saved in stamps {
            found.extend(between(context, atlas, saved, live));
        }
    }
    found
}

fn between(context: &Context<'_>, atlas: &Atlas, saved: &str, live: &str) -> Option<History> {
    let (from, to) = (atlas.release(saved)?, atlas.release(live)?);
    let mut history = History {
        distribution: atlas.distribution,
        saved: saved.to_owned(),
        live: live.to_owned(),
        code: CodeStatus::SameRelease,
        functions: 0,
        differing: 0,
        changed: Vec::new(),
        records: Vec::new(),
    };
    if from == to {
        return Some(history);
    }
    let before = atlas.reach(from, &classes(context, atlas, from)?)?;
    let after = atlas.reach(to, &classes(context, atlas, to)?)?;
    if before.open || after.open {
        return None;
    }
    let difference = after.difference(&before, atlas);
    history.code = match (difference.changed.is_empty(), difference.checks_only) {
        (true, _) => CodeStatus::Unchanged,
        (false, true) => CodeStatus::ChecksChanged,
        (false, false) => CodeStatus::Changed,
    };
    history.functions = difference.of;
    history.differing = difference.changed.len();
    history.changed = difference.changed;
    history.records = difference.records;
    history.changed.truncate(TOLD);
    Some(history)
}

/// What the file imports from a distribution; `None` when the release lacks some of it.
fn classes(context: &Context<'_>, atlas: &Atlas, release: usize) -> Option<Vec<Thing>> {
    let mut names = BTreeSet::new();
    for needed in &context.manifest.names {
        let protocol = if needed.python2 { 2 } else { 4 };
        let (module, name) = fix_imports(&needed.module, &needed.name, protocol);
        if crate::package::top_of(&module) == atlas.import {
            names.insert((module.into_owned(), name.into_owned()));
        }
    }
    let things = names.iter();
    things
        .map(|(module, name)| {
            // What Cython makes to restore a class belongs to it.
            let restored = name.strip_prefix("__pyx_unpickle_");
            atlas.thing(release, module, restored.unwrap_or(name))
        })
        .collect()
}

impl History {
    /// Whether nothing that the model runs of the distribution has changed.
    pub fn is_proof(&self) -> bool {
        matches!(self.code, CodeStatus::SameRelease | CodeStatus::Unchanged)
    }

    /// One sentence for people.
    pub fn sentence(&self) -> String {
        let Self {
            distribution,
            saved,
            live,
            functions,
            differing,
            ..
        } = self;
        let some = || {
            let some: Vec<&str> = self.changed.iter().take(3).map(String::as_str).collect();
            let more = if *differing > some.len() { ", …" } else { "" };
            format!("{}{more}", some.join(", "))
        };
        match self.code {
            CodeStatus::SameRelease => {
                format!("{distribution} {live} is the release that saved it")
            }
            CodeStatus::Unchanged => format!(
                "none of the {functions} functions that it runs changed from {distribution} {saved} to {live}"
            ),
            CodeStatus::ChecksChanged => format!(
                "of the {functions} functions that it runs only {differing} that check input or describe \
                 objects changed from {distribution} {saved} to {live}: {}",
                some()
            ),
            CodeStatus::Changed => format!(
                "{differing} of the {functions} functions that it runs changed from {distribution} {saved} \
                 to {live}, so equal values are not proven: {}",
                some()
            ),
        }
    }
}
