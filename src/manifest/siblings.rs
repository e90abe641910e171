//! Files near an artifact that belong to it: what prepares its input, lists its columns, shows an
//! example, or defines a name that it imports.
//!
//! Relations follow from names and counts, and say so. Nothing is imported or executed: Python
//! sources are searched as text.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::fitted_on::{self, Shape};
use super::flow::Flow;
use super::surroundings::{Content, Neighbourhood, SIZE, Surroundings};
use super::{Certainty, Manifest, Prepared, Relation, Sibling, chain};
use crate::artifact::Artifact;
use crate::source;

/// Sources that are searched for one name.
const SEARCHED: usize = 24;

/// Names that are looked for in sources, and bytes of all sources that are searched.
const WANTED: usize = 200;
const READ: usize = 16 << 20;

/// Bytes of tables that are searched for the names of features, each time they are.
const SCANNED: usize = 1 << 30;

/// How far above the artifact a defining source is searched.
const ABOVE: usize = 2;

/// Looks around `artifact` and adds what belongs to it. Only a `thorough` look says how the rows of
/// a model were prepared that has no scaler near it: that costs a look at its arrays.
pub fn relate(
    artifact: &Artifact,
    manifest: &mut Manifest,
    surroundings: &Surroundings,
    thorough: bool,
) {
    let folder = match artifact.path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let near = surroundings.folder(&folder);
    definitions(&folder, &near, manifest, surroundings);
    let Some(count) = manifest.feature_count else {
        return;
    };
    if !prepares(artifact) {
        helpers(artifact, &near, count, manifest, thorough);
    }
    if artifact.is_folder() {
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
    // Nearly all names of a model are of one library, one behind the other.
    let mut last = ("", false);
    let wanted = manifest
        .names
        .iter()
        .filter(|n| {
            let top = crate::package::top_of(&n.module);
            if last.0 != top {
                let listed = crate::package::distribution_of(top).is_some();
                last = (top, listed || crate::package::is_stdlib(top, None));
            }
            !last.1
        })
        .map(|n| (n.module.clone(), n.name.clone()));
    // Each is a look at the disk.
    let wanted: Vec<(String, String)> = wanted.take(WANTED).collect();
    if wanted.is_empty() {
        return;
    }
    let mut searched = Sources::default();
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
            if let Some(line) = searched.line(&path, &name) {
                manifest.siblings.push(Sibling {
                    reason: format!("{} line {line} defines {name}", crate::text::path(&path)),
                    relation: Relation::Defines,
                    subject: format!("{module}.{name}"),
                    certainty: None,
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

/// Sources that were searched: many names are looked for in the same ones.
#[derive(Default)]
struct Sources {
    /// The names that each defines at its top level, with the first line, from 1.
    known: HashMap<PathBuf, HashMap<String, u32>>,
    read: usize,
}

impl Sources {
    /// The line on which a source defines `name` at its top level.
    fn line(&mut self, path: &Path, name: &str) -> Option<u32> {
        if !self.known.contains_key(path) {
            let content = if self.read < READ {
                source::small(path, SIZE).ok().flatten().unwrap_or_default()
            } else {
                Vec::new()
            };
            self.read += content.len();
            let notebook = path.extension().is_some_and(|ending| ending == "ipynb");
            let defined = defined(&String::from_utf8_lossy(&content), notebook);
            self.known.insert(path.to_owned(), defined);
        }
        let name = crate::package::top_of(name);
        self.known.get(path)?.get(name).copied()
    }
}

/// What a source defines at its top level. Notebooks count too: their lines stand in JSON strings.
fn defined(text: &str, notebook: bool) -> HashMap<String, u32> {
    let mut found = HashMap::new();
    for (line, number) in text.lines().zip(1_u32..) {
        if !notebook && line.starts_with([' ', '\t']) {
            continue;
        }
        let line = line.trim_start_matches([' ', '"']);
        let keyword = ["def ", "async def ", "class "]
            .iter()
            .find_map(|keyword| line.strip_prefix(keyword));
        let rest = keyword.unwrap_or(line);
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let assigned = || {
            let rest = rest.trim_start();
            rest.starts_with('=') && !rest.starts_with("==")
        };
        if !name.is_empty() && (keyword.is_some() || assigned()) && !found.contains_key(name) {
            found.insert(name.to_owned(), number);
        }
    }
    found
}

/// Whether the artifact itself is something that rows pass through.
fn prepares(artifact: &Artifact) -> bool {
    let facts = artifact.facts.as_ref().ok();
    facts
        .and_then(|facts| facts.objects.as_ref())
        .is_some_and(|objects| super::flow::of(&objects.graph, objects.root).is_some())
}

/// Other pickles whose output or content fits the model's input.
fn helpers(
    artifact: &Artifact,
    near: &Neighbourhood,
    count: usize,
    manifest: &mut Manifest,
    thorough: bool,
) {
    let objects = artifact.facts.as_ref().ok();
    let objects = objects.and_then(|facts| facts.objects.as_ref());
    // What the model remembers is looked up once, and only when something depends on it.
    let looked = OnceCell::new();
    let memory = || {
        let found = looked.get_or_init(|| {
            objects.and_then(|objects| fitted_on::of(&objects.graph, objects.root))
        });
        found.as_ref()
    };
    let mut transformers = Vec::new();
    let mut places = Vec::new();
    let mut words: Vec<&[String]> = Vec::new();
    for helper in near.helpers(&artifact.path) {
        if helper.path.as_os_str() == artifact.path.as_os_str() {
            continue;
        }
        match &helper.content {
            Content::Columns(names) if names.len() == count => {
                let (certainty, words) = if manifest.feature_names == *names {
                    (Certainty::Names, "the very names that it was fitted on")
                } else {
                    (Certainty::Count, "as many names as it takes features")
                };
                let reason = format!("lists {count} columns, {words}");
                let mut found = sibling(&helper.path, Relation::Columns, &reason);
                found.certainty = Some(certainty);
                manifest.siblings.push(found);
            }
            Content::Columns(_) => {}
            Content::Transformer(flow) => {
                places.push(&helper.path);
                words.push(&helper.words);
                transformers.push(chain::Helper { flow });
            }
        }
    }
    let own = OnceCell::new();
    let near = |at: usize| {
        let own = own.get_or_init(|| chain::words(&artifact.path));
        chain::shared(own, words[at])
    };
    let model = chain::Model {
        near: &near,
        count,
        names: &manifest.feature_names,
        memory: &memory,
    };
    let steps = chain::chain(&model, &transformers);
    let mut found = Vec::new();
    let mut before = Vec::new();
    for (relation, link) in steps
        .into_iter()
        .map(|link| (Relation::Prepares, link))
        .chain(
            chain::labels(&manifest.classes, &near, &transformers)
                .map(|link| (Relation::Labels, link)),
        )
    {
        let helper = &transformers[link.helper];
        if relation == Relation::Prepares {
            before.push((helper.flow, places[link.helper]));
        }
        let mut step = sibling(places[link.helper], relation, &link.reason);
        step.certainty = Some(link.certainty);
        found.push(step);
    }
    manifest.siblings.extend(found);
    if thorough || before.iter().any(|(flow, _)| chain::makes(flow).is_some()) {
        manifest.prepared = memory().and_then(|memory| prepared(memory, &before));
    }
}

/// What the model's memory of its rows says about how they were prepared, and the last of the steps
/// `before` it that can have done so.
fn prepared(memory: &fitted_on::Memory, before: &[(&Flow, &PathBuf)]) -> Option<Prepared> {
    let (shape, proven) = memory.shape()?;
    let by = before
        .iter()
        .rev()
        .find(|(flow, _)| chain::can_make(flow, shape))
        .map(|(_, path)| (*path).clone());
    let how = match shape {
        Shape::Standardised => "standardised",
        Shape::Unit => "scaled to 0…1",
    };
    let from = memory.from;
    let reason = match (shape, proven) {
        (Shape::Standardised, true) => {
            format!("by {from} every column has mean 0 and deviation 1")
        }
        (Shape::Standardised, false) => format!("{from} lie around 0 in every column"),
        (Shape::Unit, true) => format!("by {from} every column goes from 0 to 1"),
        (Shape::Unit, false) => format!("{from} lie between 0 and 1 in every column"),
    };
    Some(Prepared {
        how,
        proven,
        reason,
        by,
    })
}

/// Tables whose header holds every feature name, or that say that they are examples.
fn examples(near: &Neighbourhood, manifest: &mut Manifest) {
    let mut searched = 0;
    for table in near.tables() {
        let names = &manifest.feature_names;
        let covers = !names.is_empty()
            && names.iter().all(|name| {
                // Long tables and many names multiply.
                searched += table.head.len();
                searched <= SCANNED && table.head.contains(name.as_str())
            });
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
        certainty: None,
        reason: crate::text::short(reason, 200),
    }
}
