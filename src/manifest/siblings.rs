//! Files near an artifact that belong to it: what prepares its input, lists its columns, shows an
//! example, or defines a name that it imports.
//!
//! Relations follow from names and counts, and say so. Nothing is imported or executed: Python
//! sources are searched as text.

use std::path::{Path, PathBuf};

use super::{Manifest, Relation, Sibling};
use crate::artifact::{self, Artifact, Keep};
use crate::pickle::{Graph, NodeId};
use crate::source;

/// Directory entries that are looked at.
const ENTRIES: usize = 400;

/// Files that are opened for one artifact.
const OPENED: usize = 24;

/// Longer sources, tables and siblings are not opened.
const SIZE: u64 = 4 << 20;

/// Bytes of a table's first line.
const HEADER: u64 = 64 * 1024;

/// How far above the artifact a defining source is searched.
const ABOVE: usize = 2;

/// Words in the names of files that prepare input or list columns.
const HELPERS: [&str; 14] = [
    "scaler",
    "encoder",
    "vectorizer",
    "vectoriser",
    "imputer",
    "preprocess",
    "transform",
    "tfidf",
    "columns",
    "features",
    "feature_names",
    "pca",
    "selector",
    "labels",
];

/// Looks around `artifact` and adds what belongs to it.
pub fn relate(artifact: &Artifact, manifest: &mut Manifest) {
    let folder = match artifact.path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let entries = list(&folder);
    definitions(&folder, &entries, manifest);
    let model = estimator(artifact, manifest);
    if model {
        helpers(artifact, &entries, manifest);
    }
    if model || manifest.feature_count.is_some() {
        examples(artifact, &entries, manifest);
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .take(ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}

/// Whether the artifact is a model that takes features (not itself a scaler or a column list).
fn estimator(artifact: &Artifact, manifest: &Manifest) -> bool {
    let is_helper = HELPERS
        .iter()
        .any(|word| file_name(&artifact.path).contains(word));
    !is_helper && manifest.feature_count.is_some()
}

/// Sources that define names which only the author's code can supply.
fn definitions(folder: &Path, entries: &[PathBuf], manifest: &mut Manifest) {
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
    let mut sources: Vec<PathBuf> = Vec::new();
    let is_source = |path: &PathBuf| {
        path.extension()
            .is_some_and(|ending| ending == "py" || ending == "ipynb")
    };
    sources.extend(entries.iter().filter(|p| is_source(p)).cloned());
    let mut above = folder.canonicalize().ok();
    for _ in 0..ABOVE {
        above = above.as_deref().and_then(Path::parent).map(Path::to_owned);
        // The root and the home folder are nobody's project.
        if let Some(above) = above.as_deref().filter(|a| a.parent().is_some()) {
            sources.extend(list(above).into_iter().filter(is_source));
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
        for path in candidates.take(OPENED) {
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
fn helpers(artifact: &Artifact, entries: &[PathBuf], manifest: &mut Manifest) {
    let Some(count) = manifest.feature_count else {
        return;
    };
    let near = entries.iter().filter(|path| {
        **path != artifact.path
            && (crate::shelf::has_model_name(path) || path.extension().is_none())
            && HELPERS.iter().any(|word| file_name(path).contains(word))
            && std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= SIZE)
    });
    for path in near.take(OPENED) {
        let other = artifact::read(path, Keep::Identity);
        let Ok(facts) = &other.facts else { continue };
        let Some(objects) = &facts.objects else {
            continue;
        };
        let relation = relation(&objects.graph, objects.root, count, manifest);
        if let Some((relation, reason)) = relation {
            manifest.siblings.push(Sibling {
                path: path.clone(),
                relation,
                subject: String::new(),
                line: None,
                reason,
            });
        }
    }
}

fn relation(
    graph: &Graph,
    root: NodeId,
    count: usize,
    manifest: &Manifest,
) -> Option<(Relation, String)> {
    if let Some(items) = graph.items(root)
        && graph.object(root).is_none()
    {
        let names: Vec<&str> = items.iter().filter_map(|item| graph.text(*item)).collect();
        if names.len() != items.len() || names.len() != count {
            return None;
        }
        let same = manifest.feature_names == names;
        let certainty = if same {
            "the very names that it was fitted on"
        } else {
            "as many names as it takes features"
        };
        return Some((
            Relation::Columns,
            format!("lists {count} columns, {certainty}"),
        ));
    }
    let class = graph.class(root)?;
    if !super::is_estimator(graph, root) {
        return None;
    }
    let prepares = [
        "Scaler",
        "Encoder",
        "Imputer",
        "Transformer",
        "Normalizer",
        "Vectorizer",
        "Discretizer",
        "Binarizer",
    ]
    .iter()
    .any(|word| class.name.contains(word));
    let inputs = artifact::inputs::expected(graph, root);
    if !prepares || inputs.count != Some(count) {
        return None;
    }
    Some((
        Relation::Prepares,
        format!(
            "{} of {count} features, as many as the model takes",
            class.name
        ),
    ))
}

/// Tables near the artifact whose header holds every feature name, or that are named as examples.
fn examples(artifact: &Artifact, entries: &[PathBuf], manifest: &mut Manifest) {
    let inside: Vec<PathBuf>;
    let entries = if artifact.path.is_dir() {
        inside = list(&artifact.path);
        &inside
    } else {
        entries
    };
    let tables = entries.iter().filter(|path| {
        path.extension()
            .is_some_and(|ending| ending == "csv" || ending == "json")
            && std::fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= SIZE)
    });
    for path in tables.take(OPENED) {
        let table = path.extension().is_some_and(|ending| ending == "csv");
        let content = if table {
            source::head(path, HEADER).ok()
        } else {
            source::small(path, SIZE).ok().flatten()
        };
        let Some(content) = content else { continue };
        let text = String::from_utf8_lossy(&content);
        // skops writes example columns into the description itself.
        let described = file_name(path) == "config.json" && text.contains("\"example_input\"");
        let named = file_name(path) == "input_example.json" || described;
        let head = if table {
            text.lines().next().unwrap_or_default()
        } else {
            &text
        };
        let names = &manifest.feature_names;
        let covers = !names.is_empty() && names.iter().all(|name| head.contains(name.as_str()));
        if named || covers {
            let reason = if described {
                "its example_input is an example of its input".to_owned()
            } else if covers {
                format!("has all {} columns", names.len())
            } else {
                "is an example of its input".to_owned()
            };
            manifest.siblings.push(Sibling {
                path: path.clone(),
                relation: Relation::Example,
                subject: String::new(),
                line: None,
                reason,
            });
        }
    }
}
