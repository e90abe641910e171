//! Files near an artifact that belong to it: what prepares its input, lists its columns, shows an
//! example, or defines a name that it imports.
//!
//! Relations follow from names and counts, and say so. Nothing is imported or executed: Python
//! sources are searched as text.

use std::path::{Path, PathBuf};

use super::surroundings::{Content, Neighbourhood, SIZE, Surroundings, is_helper_name};
use super::{Manifest, Relation, Sibling};
use crate::artifact::Artifact;
use crate::source;

/// Sources that are searched for one name.
const SEARCHED: usize = 24;

/// How far above the artifact a defining source is searched.
const ABOVE: usize = 2;

/// Looks around `artifact` and adds what belongs to it.
pub fn relate(artifact: &Artifact, manifest: &mut Manifest, surroundings: &Surroundings) {
    let folder = match artifact.path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let near = surroundings.folder(&folder);
    definitions(&folder, &near, manifest, surroundings);
    let Some(count) = manifest.feature_count else {
        return;
    };
    if !is_helper_name(&artifact.path) {
        helpers(artifact, &near, count, manifest);
    }
    if artifact.path.is_dir() {
        examples(&surroundings.folder(&artifact.path), manifest);
    } else {
        examples(&near, manifest);
    }
}

/// Sources that define names which only the author's code can supply.
fn definitions(
    folder: &Path,
    near: &Neighbourhood,
    manifest: &mut Manifest,
    surroundings: &Surroundings,
) {
    let wanted: Vec<(String, String)> = manifest
        .names
        .iter()
        .filter(|n| {
            let top = n.module.split('.').next().unwrap_or_default();
            crate::package::distribution_of(top).is_none() && !crate::package::is_stdlib(top, None)
        })
        .map(|n| (n.module.clone(), n.name.clone()))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let mut sources: Vec<PathBuf> = near.sources().cloned().collect();
    let mut above = folder.canonicalize().ok();
    for _ in 0..ABOVE {
        above = above.as_deref().and_then(Path::parent).map(Path::to_owned);
        // The root is nobody's project.
        if let Some(above) = above.as_deref().filter(|a| a.parent().is_some()) {
            sources.extend(surroundings.folder(above).sources().cloned());
        }
    }
    for (module, name) in wanted {
        let found = module_file(folder, &module)
            .into_iter()
            .chain(sources.iter().cloned());
        let candidates = found.filter(|path| {
            matches!(module.as_str(), "__main__" | "__mp_main__")
                || path
                    .file_stem()
                    .is_some_and(|stem| Some(&*stem.to_string_lossy()) == module.rsplit('.').next())
        });
        for path in candidates.take(SEARCHED) {
            if let Some(line) = definition_line(&path, &name) {
                manifest.siblings.push(Sibling {
                    reason: format!("{} line {line} defines {name}", crate::text::path(&path)),
                    relation: Relation::Defines,
                    subject: format!("{module}.{name}"),
                    line: Some(line),
                    path,
                });
                break;
            }
        }
    }
}

/// `folder/a/b.py` or `folder/a/b/__init__.py` for the module `a.b`.
fn module_file(folder: &Path, module: &str) -> Vec<PathBuf> {
    let parts = module.split('.');
    if parts
        .clone()
        .any(|part| part.is_empty() || part.contains(['/', '\\']))
    {
        return Vec::new();
    }
    let base = parts.fold(folder.to_owned(), |path, part| path.join(part));
    let file = base.with_extension("py");
    [file, base.join("__init__.py")]
        .into_iter()
        .filter(|p| p.is_file())
        .collect()
}

/// The line, from 1, on which a source defines `name` at its top level. Notebooks count too: their
/// lines stand in JSON strings.
fn definition_line(path: &Path, name: &str) -> Option<u32> {
    let content = source::small(path, SIZE).ok()??;
    let text = String::from_utf8_lossy(&content);
    let name = name.split('.').next().unwrap_or(name);
    let defines = |line: &str| {
        let line = line.trim_start_matches([' ', '"']);
        ["def ", "async def ", "class "].iter().any(|keyword| {
            line.strip_prefix(keyword).is_some_and(|rest| {
                rest.strip_prefix(name).is_some_and(|rest| {
                    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })
            })
        }) || line.strip_prefix(name).is_some_and(|rest| {
            rest.trim_start().starts_with('=') && !rest.trim_start().starts_with("==")
        })
    };
    let notebook = path.extension().is_some_and(|ending| ending == "ipynb");
    let index = text
        .lines()
        .position(|line| (notebook || !line.starts_with([' ', '\t'])) && defines(line))?;
    u32::try_from(index + 1).ok()
}

/// Other pickles whose output or content fits the model's input.
fn helpers(artifact: &Artifact, near: &Neighbourhood, count: usize, manifest: &mut Manifest) {
    for helper in near.helpers() {
        if helper.path == artifact.path {
            continue;
        }
        let (relation, reason) = match &helper.content {
            Content::Columns(names) if names.len() == count => {
                let certainty = if manifest.feature_names == *names {
                    "the very names that it was fitted on"
                } else {
                    "as many names as it takes features"
                };
                (
                    Relation::Columns,
                    format!("lists {count} columns, {certainty}"),
                )
            }
            Content::Transformer(class, takes) if *takes == count => (
                Relation::Prepares,
                format!("{class} of {count} features, as many as the model takes"),
            ),
            _ => continue,
        };
        manifest
            .siblings
            .push(sibling(&helper.path, relation, &reason));
    }
}

/// Tables whose header holds every feature name, or that say that they are examples.
fn examples(near: &Neighbourhood, manifest: &mut Manifest) {
    for table in near.tables() {
        let names = &manifest.feature_names;
        let covers =
            !names.is_empty() && names.iter().all(|name| table.head.contains(name.as_str()));
        let reason = match table.example {
            Some(reason) => reason.to_owned(),
            None if covers => format!("has all {} columns", names.len()),
            None => continue,
        };
        manifest
            .siblings
            .push(sibling(&table.path, Relation::Example, &reason));
    }
}

fn sibling(path: &Path, relation: Relation, reason: &str) -> Sibling {
    Sibling {
        path: path.to_owned(),
        relation,
        subject: String::new(),
        line: None,
        reason: crate::text::short(reason, 200),
    }
}
