//! spaCy pipelines: `meta.json`, since version 3 with `config.cfg`, beside a folder for each component.
//! Layout: <https://spacy.io/api/data-formats#meta>.

use std::path::Path;

use serde_json::Value;

use super::{Described, beside, description, line, line_of, wish};
use crate::artifact::Format;

pub(super) const MARKER: &str = "meta.json";

pub(super) fn describe(directory: &Path) -> Option<Described> {
    let path = directory.join(MARKER);
    // Version 2 had no configuration; both have a folder of words.
    if beside(directory, "config.cfg").is_none() && !directory.join("vocab").is_dir() {
        return None;
    }
    let content = description(&path)?;
    let meta: Value = serde_json::from_str(&content).ok()?;
    let said = |key: &str| meta.get(key).and_then(Value::as_str);
    let language = said("lang")?;
    let version = said("spacy_version")?;
    let pipeline: Vec<&str> = meta
        .get("pipeline")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .take(200)
        .collect();

    let at = |needle: &str| line_of(&content, needle, 0);
    let place = (path.as_path(), at("\"spacy_version\""));
    let mut stamps = Vec::new();
    stamps.extend(wish(&format!("spacy{version}"), "spacy_version", place));
    let others = meta.get("requirements").and_then(Value::as_array);
    for written in others
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(100)
    {
        let place = (path.as_path(), at(&Value::from(written).to_string()));
        stamps.extend(wish(written, "requirements", place));
    }
    let name = format!(
        "{language}_{} {}",
        said("name").unwrap_or("pipeline"),
        said("version").unwrap_or_default()
    );
    let mut outline = vec![line("pipeline", name.trim_end())];
    outline.extend(pipeline.iter().map(|part| line("component", part)));
    let mut parts: Vec<String> = pipeline.iter().map(|part| (*part).to_owned()).collect();
    parts.extend(["vocab".to_owned(), "tokenizer".to_owned()]);
    Some(Described {
        format: Format::Spacy,
        model_file: None,
        parts,
        stamps,
        inputs: None,
        outline,
        // Components are made by functions that are registered under a name, not by the files.
        executes: false,
    })
}
