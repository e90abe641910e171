//! `BentoML`'s model store: `model.yaml` beside `saved_model.*`, or beside the one file that somebody
//! put there.
//! Layout: <https://docs.bentoml.com/en/latest/build-with-bentoml/model-loading-and-management.html>.

use std::path::Path;

use super::{Described, beside, description, line, stamp};
use crate::artifact::Format;
use crate::artifact::yaml::{Document, Yaml};

pub(super) const MARKER: &str = "model.yaml";

/// What its framework modules call the model, before an ending of their own.
const STEM: &str = "saved_model.";

/// Names that are never the model.
const OTHERS: [&str; 3] = [MARKER, CUSTOM, "latest"];

const CUSTOM: &str = "custom_objects.pkl";

/// Entries of a directory that are looked at.
const ENTRIES: usize = 1000;

pub(super) fn describe(directory: &Path) -> Option<Described> {
    let path = directory.join(MARKER);
    let content = description(&path)?;
    let document = Document::parse(&content)?;
    let root = document.root()?;
    // Empty where somebody filled the directory without a framework's module.
    let module = root.get("module")?.text()?;
    let context = root.get("context")?;
    context.get("bentoml_version")?;
    let names = names(directory);
    let model = names.iter().find(|name| name.starts_with(STEM));
    let model = model.or(match &names[..] {
        [only] => Some(only),
        _ => None,
    });
    let file = model.and_then(|name| beside(directory, name));
    // Its parts are models of their own where no single one is the model.
    if file.is_none() && names.len() > 1 {
        return None;
    }

    let mut stamps = Vec::new();
    let frameworks = context.get("framework_versions");
    for (framework, version) in frameworks.iter().flat_map(|f| f.pairs()).take(100) {
        let place = (path.as_path(), version.line());
        let field = format!("framework_versions.{framework}");
        stamps.extend(stamp(
            framework,
            version.text().unwrap_or_default(),
            &field,
            place,
        ));
    }
    for (field, subject) in [("python_version", "python"), ("bentoml_version", "bentoml")] {
        if let Some(version) = context.get(field) {
            let place = (path.as_path(), version.line());
            stamps.extend(stamp(
                subject,
                version.text().unwrap_or_default(),
                field,
                place,
            ));
        }
    }
    let mut outline = Vec::new();
    if !module.is_empty() {
        outline.push(line("module", module));
    }
    let named = root.get("name").and_then(Yaml::text);
    outline.extend(named.map(|name| line("model", name)));
    Some(Described {
        format: Format::Bentoml,
        model_file: file,
        parts: names.into_iter().chain([CUSTOM.to_owned()]).collect(),
        stamps,
        inputs: None,
        outline,
        executes: true,
    })
}

/// The names of what stands in the directory besides its description.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<String> = entries
        .take(ENTRIES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !OTHERS.contains(&name.as_str()) && !name.starts_with('.'))
        .collect();
    names.sort();
    names
}
