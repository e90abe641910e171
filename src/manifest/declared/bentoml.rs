//! `BentoML`'s `model.yaml`: the versions in its context.

use super::entry::Entry;
use crate::artifact::yaml::Document;

/// The framework's versions, `BentoML`'s own and the interpreter's.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let Some(document) = Document::parse(text) else {
        return Vec::new();
    };
    let Some(context) = document.root().and_then(|root| root.get("context")) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    let frameworks = context.get("framework_versions");
    for (name, version) in frameworks.iter().flat_map(|versions| versions.pairs()) {
        if let Some(written) = version.text() {
            entries.extend(Entry::exact(name, written, version.line()));
        }
    }
    for (field, subject) in [("python_version", "python"), ("bentoml_version", "bentoml")] {
        if let Some(version) = context.get(field)
            && let Some(written) = version.text()
        {
            entries.extend(Entry::exact(subject, written, version.line()));
        }
    }
    entries
}
