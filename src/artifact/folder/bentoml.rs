//! `BentoML`'s model store: `model.yaml` beside `saved_model.*`.
//! Layout: <https://docs.bentoml.com/en/latest/build-with-bentoml/model-loading-and-management.html>.

use std::path::Path;

use super::{Described, beside, description, line, stamp};
use crate::artifact::Format;
use crate::artifact::yaml::{Document, Yaml};

pub(super) const MARKER: &str = "model.yaml";

/// The names under which its framework modules save, one a framework.
const FILES: [&str; 9] = [
    "saved_model.pkl",
    "saved_model.joblib",
    "saved_model.ubj",
    "saved_model.json",
    "saved_model.txt",
    "saved_model.onnx",
    "saved_model.cbm",
    "saved_model.pt",
    "saved_model.h5",
];

pub(super) fn describe(directory: &Path) -> Option<Described> {
    let path = directory.join(MARKER);
    let content = description(&path)?;
    let document = Document::parse(&content)?;
    let root = document.root()?;
    let module = root.get("module")?.text()?;
    module.strip_prefix("bentoml.")?;
    let context = root.get("context")?;
    let (name, file) = FILES
        .iter()
        .find_map(|name| Some((*name, beside(directory, name)?)))?;

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
    let mut outline = vec![line("module", module)];
    let named = root.get("name").and_then(Yaml::text);
    outline.extend(named.map(|name| line("model", name)));
    Some(Described {
        format: Format::Bentoml,
        model_file: Some(file),
        parts: vec![name.to_owned(), "custom_objects.pkl".to_owned()],
        stamps,
        inputs: None,
        outline,
        executes: true,
    })
}
