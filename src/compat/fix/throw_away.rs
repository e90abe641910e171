//! The environment that is made for one artifact and thrown away: everything that it was saved
//! with, as far as that is known, on a Python that has wheels of all of it.

use std::path::Path;

use super::command::{self, Opener, opener};
use super::pins::Pins;
use super::releases::PYTHONS;
use super::saved;
use crate::artifact::Format;
use crate::compat::rule::Context;
use crate::compat::{Finding, Stage};
use crate::manifest::Relation;
use crate::package;
use crate::source::Compression;

/// Distributions beyond this many make no line that anybody would run.
const MOST: usize = 40;

/// A line to run, and what it was made of.
pub struct Line {
    /// The Python that it asks for: `3.9`.
    pub python: String,
    /// The whole line.
    pub command: String,
    /// The line with another program for Python, before the path.
    pub packages: Vec<String>,
}

/// The line that opens the artifact; `None` when a line cannot: its format needs more than one, a
/// name is its author's own and nowhere near, or no Python has all of it.
pub fn line(context: &Context<'_>, blamed: &[&Finding], pins: &Pins) -> Option<Line> {
    let python2_text = blamed.iter().any(|finding| finding.rule == "python2-text");
    let opener = opener(context.artifact, python2_text)?;
    let mut import_from = None;
    for finding in blamed {
        if finding.distribution.is_some() || finding.stage != Stage::Load {
            continue;
        }
        match finding.rule {
            "python2-text" if context.artifact.format == Format::Pickle => {}
            "local-module" => import_from = Some(folder_of(context, &finding.subject)?),
            _ => return None,
        }
    }
    let packages = packages(context, blamed, pins, &opener);
    let minor = python(context, blamed, &packages)?;
    let python = format!("3.{minor}");
    let specifiers = packages.specifiers();
    let path = context.artifact.path.as_path();
    let command = command::throw_away(&python, &specifiers, import_from, &opener, path)?;
    Some(Line {
        python,
        command,
        packages: specifiers,
    })
}

/// The folder near the artifact that has the author's own module.
fn folder_of<'c>(context: &Context<'c>, module: &str) -> Option<&'c Path> {
    let top = crate::package::top_of(module);
    let mut near = context.manifest.siblings.iter();
    let sibling = near.find(|sibling| {
        sibling.relation == Relation::Defines && crate::package::top_of(&sibling.subject) == top
    })?;
    let folder = sibling.path.parent()?;
    Some(if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    })
}

/// Everything that loading takes.
fn packages(context: &Context<'_>, blamed: &[&Finding], pins: &Pins, opener: &Opener) -> Pins {
    let manifest = context.manifest;
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !name.is_empty() && name != "python" && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for requirement in &manifest.saved_with {
        add(&requirement.subject);
    }
    for needed in &manifest.names {
        let top = crate::package::top_of(&needed.module);
        // A booster's wrapper, which not every booster asks to be installed with: lightgbm.sklearn.
        if needed.module.ends_with(".sklearn") {
            add("scikit-learn");
        }
        // Only what is known to be a distribution: a guess could name a stranger's.
        if !package::is_stdlib(top, None) {
            let there = || context.environment.distribution_of_module(top);
            match package::distribution_of(&needed.module) {
                Some(known) => add(known),
                None => add(there().map_or("", |found| found.name.as_str())),
            }
        }
    }
    for finding in blamed {
        add(finding.distribution.as_deref().unwrap_or_default());
    }
    if !manifest.feature_names.is_empty() {
        add("pandas");
    }
    if context.artifact.compression == Some(Compression::Lz4) {
        add("lz4");
    }
    add(opener.library.unwrap_or_default());
    names.truncate(MOST);
    let mut packages = Pins::default();
    for name in &names {
        let saved = saved(context, name);
        packages.want(
            name,
            if saved.is_empty() {
                pins.get(name).unwrap_or_default()
            } else {
                &saved
            },
        );
    }
    packages.limit(|_, _| None);
    packages.drop_brought();
    packages
}

/// The Python to open it with, of those that have wheels of all and could have saved the file: the
/// environment's own, else the nearest; the newest when that is not known.
fn python(context: &Context<'_>, blamed: &[&Finding], packages: &Pins) -> Option<u8> {
    let from_saved = context.manifest.saved_with.iter();
    let saved = from_saved
        .filter(|r| r.subject == "python")
        .map(|r| r.wanted.as_str());
    let blaming = || {
        let by_python = blamed.iter();
        by_python.filter(|f| f.distribution.as_deref() == Some("python"))
    };
    let range = package::intersect(saved.chain(blaming().map(|f| f.wanted.as_str())));
    let wheels = packages.pythons();
    let fits = |minor: &u8| {
        wheels & (1 << minor) != 0
            && package::satisfies(&format!("3.{minor}"), &range) == Some(true)
    };
    let live = context.environment.python.map(|python| python.minor);
    let distance = |minor: &u8| live.map_or(u8::MAX - minor, |live| live.abs_diff(*minor));
    PYTHONS.filter(fits).min_by_key(distance)
}
