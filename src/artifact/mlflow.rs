//! `MLflow` model directories: `MLmodel` says which file holds the model, how it was saved and what
//! it takes. The model file itself is read by its own format's reader.
//!
//! A path in `MLmodel` counts only when it stays inside the directory, links included.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::yaml::{Document, Yaml};
use super::{Facts, Inputs, OutlineLine, Stamp, Unreadable, UnreadableKind};
use crate::package;
use crate::source;
use crate::text;

/// The file that makes a directory a model.
pub(crate) const MLMODEL: &str = "MLmodel";

/// Bytes of an `MLmodel`; signatures of wide tables are the longest part.
const LONGEST: u64 = 4 << 20;
/// Files of a directory that are counted for its size.
const MOST_FILES: usize = 10_000;

/// Files that a model opens which are looked at.
const ARTIFACTS: usize = 8;

/// Where flavors put the model in a folder that they name: torch, Keras in its three layouts.
const IN_FOLDER: [&str; 5] = [
    "model.pth",
    "model.keras",
    "model.h5",
    "model/saved_model.pb",
    "saved_model.pb",
];

/// Fields that name the model's file, in a flavor of its own.
const FILE: &[&str] = &[
    "pickled_model",
    "data",
    "model_data",
    "model_binary",
    "saved_model_dir",
];
/// The same in the generic flavor.
const GENERIC: &[&str] = &["model_path", "python_model", "data"];

/// What stands before `_version` where it is not the distribution's own name.
const SHORT: [(&str, &str); 7] = [
    ("sklearn", "scikit-learn"),
    ("xgb", "xgboost"),
    ("lgb", "lightgbm"),
    ("cb", "catboost"),
    ("pytorch", "torch"),
    ("pr", "prophet"),
    ("tf", "tensorflow"),
];

/// Fields that end in `_version` and name no distribution.
const OTHER: [&str; 4] = ["model", "format", "flavor", "schema"];

/// What an `MLmodel` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MlflowModel {
    /// The file with the model, inside the directory; `None` when none is named or there.
    pub model_file: Option<PathBuf>,
    /// The model file as `MLmodel` names it, there or not.
    pub named: Option<String>,
    /// The flavors, `python_function` last.
    pub flavors: Vec<String>,
    /// A folder with modules that the model imports, inside the directory.
    pub code: Option<PathBuf>,
    /// The signature's inputs.
    pub inputs: Option<Inputs>,
    /// A file with example rows, inside the directory.
    pub input_example: Option<PathBuf>,
    /// The versions that it was saved with.
    pub stamps: Vec<Stamp>,
    /// What stands in the place of a model file and is not read: a folder of some library.
    pub unread: Option<String>,
    /// Files in the directory that the model opens when it is loaded, each with its name.
    pub artifacts: Vec<(String, PathBuf)>,
}

/// A `*_version` field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionField {
    /// Normalised distribution name, or `python`.
    pub subject: String,
    /// As written.
    pub version: String,
    /// The field's own name.
    pub field: String,
    /// The line, from 1.
    pub line: u32,
}

/// Reads the `MLmodel` of a directory.
pub fn model(directory: &Path) -> Result<MlflowModel, Unreadable> {
    let path = directory.join(MLMODEL);
    let bytes = source::small(&path, LONGEST).map_err(|error| Unreadable {
        kind: UnreadableKind::Io,
        reason: format!("MLmodel cannot be read: {error}"),
        repair: None,
    })?;
    let damaged = |reason: &str| Unreadable {
        kind: UnreadableKind::Damaged,
        reason: reason.into(),
        repair: Some("log the model again, or copy the directory again".into()),
    };
    let bytes = bytes.ok_or_else(|| damaged("MLmodel is longer than any model description"))?;
    let content = String::from_utf8_lossy(&bytes);
    let document = Document::parse(&content).ok_or_else(|| damaged("MLmodel is not YAML"))?;
    let root = document.root().ok_or_else(|| damaged("MLmodel is empty"))?;
    let flavors = root
        .get("flavors")
        .ok_or_else(|| damaged("MLmodel names no flavor"))?;

    let mut names: Vec<String> = flavors.pairs().map(|(name, _)| name.to_owned()).collect();
    names.sort_by_key(|name| name == "python_function");
    names.truncate(100);
    let named: Vec<&str> = names
        .iter()
        .flat_map(|name| {
            let generic = name == "python_function";
            let fields = if generic { GENERIC } else { FILE };
            let flavor = flavors.get(name);
            fields
                .iter()
                .filter_map(move |field| flavor?.get(field)?.text())
        })
        .collect();
    let stamps = version_fields(&content)
        .into_iter()
        .map(|found| Stamp {
            subject: found.subject,
            version: text::short(&found.version, 60),
            field: found.field,
            offset: None,
            file: Some((path.clone(), found.line)),
        })
        .collect();
    let example = root
        .get("saved_input_example_info")
        .and_then(|info| info.get("artifact_path"))
        .and_then(Yaml::text);
    let place = named.iter().find_map(|name| place(directory, name));
    let opened = flavors
        .get("python_function")
        .and_then(|generic| generic.get("artifacts"));
    let artifacts = opened.iter().flat_map(|opened| opened.pairs());
    Ok(MlflowModel {
        unread: match &place {
            Some(Place::Unread(what)) => Some(what.clone()),
            _ => None,
        },
        model_file: match place {
            Some(Place::Model(path)) => Some(path),
            _ => None,
        },
        artifacts: artifacts
            .take(ARTIFACTS)
            .filter_map(|(name, artifact)| {
                let file = inside(directory, artifact.get("path")?.text()?)?;
                Some((text::short(name, 60), file))
            })
            .collect(),
        named: named.first().map(|name| text::short(name, 120)),
        code: names.iter().find_map(|name| {
            let code = flavors.get(name)?.get("code")?.text()?;
            contained(directory, code).filter(|path| path.is_dir())
        }),
        flavors: names,
        inputs: root
            .get("signature")
            .and_then(|signature| signature.get("inputs"))
            .and_then(Yaml::text)
            .and_then(signature),
        input_example: example.and_then(|example| inside(directory, example)),
        stamps,
    })
}

/// The facts of a directory: the model file's own, with what `MLmodel` adds.
pub(super) fn facts(
    model: MlflowModel,
    inner: Option<Result<Facts, Unreadable>>,
) -> Result<Facts, Unreadable> {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        text::short(&name.to_string_lossy(), 80)
    };
    let mut facts = match (inner, &model.model_file) {
        (Some(Ok(facts)), _) => facts,
        (None, None) if model.unread.is_some() => Facts {
            executes: true,
            notes: model.unread.iter().cloned().collect(),
            ..Facts::default()
        },
        (Some(Err(trouble)), Some(file)) => {
            return Err(Unreadable {
                reason: format!("{} in the directory: {}", name(file), trouble.reason),
                ..trouble
            });
        }
        _ => {
            return Err(Unreadable {
                kind: UnreadableKind::Foreign,
                reason: match &model.named {
                    Some(named) => {
                        format!("MLmodel names {named}, and no such file is in the directory")
                    }
                    None => format!(
                        "MLmodel names no model file (flavors: {})",
                        text::short(&model.flavors.join(", "), 120)
                    ),
                },
                repair: Some("log or copy the whole directory again".into()),
            });
        }
    };
    facts.notes.extend(model.artifacts.iter().map(opened));
    facts.stamps.extend(model.stamps);
    if model.inputs.is_some() {
        facts.inputs = model.inputs;
    }
    // An object graph has a structure of its own to show.
    if facts.objects.is_none() {
        let flavors = model.flavors.iter().map(|flavor| OutlineLine {
            depth: 0,
            label: "flavor".into(),
            what: text::short(flavor, 80),
        });
        facts.outline.splice(0..0, flavors);
    }
    facts.inner = model.model_file;
    Ok(facts)
}

/// The bytes of the files in a directory, links not followed.
pub(super) fn size(directory: &Path) -> u64 {
    walkdir::WalkDir::new(directory)
        .max_depth(8)
        .into_iter()
        .take(MOST_FILES)
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .filter(fs::Metadata::is_file)
        .map(|metadata| metadata.len())
        .sum()
}

/// Every `*_version` of every flavor and of the file itself, each once.
pub(crate) fn version_fields(content: &str) -> Vec<VersionField> {
    let Some(document) = Document::parse(content) else {
        return Vec::new();
    };
    let Some(root) = document.root() else {
        return Vec::new();
    };
    let mut found: Vec<VersionField> = Vec::new();
    let flavors = root.get("flavors");
    let flavors = flavors.iter().flat_map(|flavors| flavors.pairs());
    for mapping in flavors.map(|(_, flavor)| flavor).chain([root]) {
        for (field, value) in mapping.pairs() {
            let (Some(short), Some(version)) = (field.strip_suffix("_version"), value.text())
            else {
                continue;
            };
            let known = SHORT.iter().find(|(field, _)| *field == short);
            let subject = known.map_or_else(|| package::normalize(short), |(_, n)| (*n).into());
            let usable = version.contains('.')
                && package::parse_version(version).is_some()
                && package::is_valid_name(&subject)
                && !OTHER.contains(&short);
            let again = |f: &VersionField| f.subject == subject && f.version == version;
            if usable && found.len() < 200 && !found.iter().any(again) {
                found.push(VersionField {
                    subject,
                    version: version.to_owned(),
                    field: text::short(field, 80),
                    line: value.line(),
                });
            }
        }
    }
    found
}

/// What a name in `MLmodel` leads to.
enum Place {
    /// A file, or a folder that is read as one model.
    Model(PathBuf),
    /// A folder in a layout that is not read.
    Unread(String),
}

fn place(directory: &Path, named: &str) -> Option<Place> {
    if let Some(file) = inside(directory, named) {
        return Some(Place::Model(file));
    }
    let folder = contained(directory, named).filter(|path| path.is_dir())?;
    let found = IN_FOLDER.iter().find_map(|name| {
        let file = inside(directory, &format!("{named}/{name}"))?;
        Some((*name, file))
    });
    let shown = text::short(named, 80);
    match found {
        Some((name, _)) if name.ends_with("saved_model.pb") => Some(Place::Unread(format!(
            "the model is a TensorFlow SavedModel in {shown}: its graph and its weights are not read"
        ))),
        Some((_, file)) => Some(Place::Model(file)),
        None if super::folder::describe(&folder).is_some() => Some(Place::Model(folder)),
        None => Some(Place::Unread(format!(
            "the model is the folder {shown}, in a layout that is not read"
        ))),
    }
}

/// A note on a file that the model opens: it may need more than the model itself.
fn opened((name, path): &(String, PathBuf)) -> String {
    let artifact = super::read(path, super::Keep::Identity);
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let file = text::short(&file, 80);
    let what = match &artifact.facts {
        Ok(Facts {
            objects: Some(objects),
            ..
        }) => match objects.graph.class(objects.root) {
            Some(class) => text::short(&class.to_string(), 120),
            None => "a pickle".into(),
        },
        Ok(_) => "a model file".into(),
        Err(trouble) => trouble.reason.clone(),
    };
    format!("loading opens {file} as `{name}` as well ({what}): look at that file too")
}

/// A file named by `MLmodel`, when it is there and really inside the directory.
fn inside(directory: &Path, named: &str) -> Option<PathBuf> {
    contained(directory, named).filter(|path| path.is_file())
}

/// A path that leads to something in the directory, links followed.
fn contained(directory: &Path, named: &str) -> Option<PathBuf> {
    let named = Path::new(named);
    let plain = named
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain {
        return None;
    }
    let path = directory.join(named);
    let real = fs::canonicalize(&path).ok()?;
    let directory = fs::canonicalize(directory).ok()?;
    (real.starts_with(&directory) && real != directory).then_some(path)
}

/// The JSON inside the YAML: columns, or tensors with a shape.
fn signature(written: &str) -> Option<Inputs> {
    let list: serde_json::Value = serde_json::from_str(written).ok()?;
    let list = list.as_array()?;
    let name = |item: &serde_json::Value| Some(text::short(item.get("name")?.as_str()?, 200));
    if let [only] = &list[..]
        && let Some(spec) = only.get("tensor-spec")
    {
        let shape = spec.get("shape")?.as_array()?;
        let columns = match &shape[..] {
            [_, columns] => columns.as_u64(),
            _ => None,
        };
        return Some(Inputs {
            count: columns.and_then(|columns| usize::try_from(columns).ok()),
            names: Vec::new(),
            types: spec
                .get("dtype")
                .and_then(serde_json::Value::as_str)
                .map(|dtype| vec![text::short(dtype, 40)])
                .unwrap_or_default(),
        });
    }
    let types = list.iter().map(|item| {
        let kind = item.get("type").and_then(serde_json::Value::as_str);
        text::short(kind.unwrap_or("unknown"), 40)
    });
    let names: Vec<String> = list.iter().filter_map(name).collect();
    Some(Inputs {
        count: Some(list.len()),
        types: types.collect(),
        names: if names.len() == list.len() {
            names
        } else {
            Vec::new()
        },
    })
}

#[cfg(test)]
#[path = "mlflow_tests.rs"]
mod tests;
