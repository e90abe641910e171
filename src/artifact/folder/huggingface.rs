//! Model repositories of the Hugging Face hub: `config.json` as skops or transformers write it, or
//! a model card whose front matter names the model file.
//! Card: <https://huggingface.co/docs/hub/model-cards#model-card-metadata>.

use std::path::Path;

use serde_json::Value;

use super::{Described, beside, description, line, line_of, stamp, wish};
use crate::artifact::yaml::{Document, Yaml};
use crate::artifact::{Format, Inputs, OutlineLine, json};
use crate::text;

pub(super) const MARKER: &str = "config.json";
pub(super) const CARD: &str = "README.md";

/// The names under which transformers saves weights, with whether they can hold code.
const WEIGHTS: [(&str, bool); 6] = [
    ("model.safetensors", false),
    ("model.safetensors.index.json", false),
    ("pytorch_model.bin", true),
    ("pytorch_model.bin.index.json", true),
    ("tf_model.h5", true),
    ("flax_model.msgpack", false),
];

/// What its trainer leaves beside the weights.
const TRAINER: [&str; 5] = [
    "training_args.bin",
    "optimizer.pt",
    "optimizer.bin",
    "scheduler.pt",
    "rng_state.pth",
];

/// Fields of a card that get a line.
const SAID: [(&str, &str); 6] = [
    ("library_name", "library"),
    ("pipeline_tag", "task"),
    ("license", "license"),
    ("base_model", "base model"),
    ("datasets", "data sets"),
    ("language", "language"),
];

/// Widgets of a card, and rows of one, that are looked at.
const WIDGETS: usize = 100;
const ROWS: usize = 1000;

pub(super) fn describe(directory: &Path) -> Option<Described> {
    let path = directory.join(MARKER);
    let content = description(&path)?;
    let document = json::document(content.as_bytes(), MARKER).ok()?;
    let config = &document.value;
    match config.get("sklearn") {
        Some(sklearn) => skops(directory, &path, &content, sklearn),
        None => transformers(directory, &path, &content, config),
    }
}

/// `{"sklearn": {"model": {"file": …}, "environment": […], "columns": […]}}`.
fn skops(directory: &Path, path: &Path, content: &str, sklearn: &Value) -> Option<Described> {
    let name = sklearn.pointer("/model/file")?.as_str()?;
    let file = beside(directory, name)?;
    let from = content.find("\"environment\"").unwrap_or(0);
    let environment = sklearn.get("environment").and_then(Value::as_array);
    let stamps = environment
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(200)
        .filter_map(|written| {
            let line = line_of(content, &Value::from(written).to_string(), from);
            wish(written, "sklearn.environment", (path, line))
        });
    let columns = sklearn.get("columns").and_then(Value::as_array);
    let inputs = columns
        .filter(|columns| !columns.is_empty())
        .map(|columns| Inputs {
            count: Some(columns.len()),
            names: columns
                .iter()
                .map(|name| text::short(name.as_str().unwrap_or("?"), 200))
                .collect(),
            types: Vec::new(),
        });
    let task = sklearn.get("task").and_then(Value::as_str);
    Some(Described {
        format: Format::Huggingface,
        model_file: Some(file),
        parts: vec![name.to_owned()],
        stamps: stamps.collect(),
        inputs,
        outline: {
            let mut lines = about(directory);
            lines.retain(|said| task.is_none() || said.label != "task");
            lines.extend(task.map(|task| line("task", task)));
            lines
        },
        executes: true,
    })
}

/// `model_type` or `architectures`, with weights under one of the names that transformers uses.
fn transformers(directory: &Path, path: &Path, content: &str, config: &Value) -> Option<Described> {
    let kind = config.get("model_type").and_then(Value::as_str);
    let classes: Vec<&str> = config
        .get("architectures")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .take(20)
        .collect();
    if kind.is_none() && classes.is_empty() {
        return None;
    }
    let (name, executes, file) = WEIGHTS
        .iter()
        .find_map(|(name, executes)| Some((*name, *executes, beside(directory, name)?)))?;
    let sharded = name.strip_suffix(".index.json").is_some();
    let version = config.get("transformers_version").and_then(Value::as_str);
    let place = (path, line_of(content, "\"transformers_version\"", 0));
    let stamps =
        version.and_then(|version| stamp("transformers", version, "transformers_version", place));
    let mut parts: Vec<String> = TRAINER.iter().map(|part| (*part).to_owned()).collect();
    parts.extend(WEIGHTS.iter().map(|(name, _)| (*name).to_owned()));
    if sharded {
        parts.extend(shards(&file));
    }
    let mut outline: Vec<_> = kind
        .map(|kind| line("model type", kind))
        .into_iter()
        .collect();
    outline.extend(classes.iter().map(|class| line("architecture", class)));
    outline.push(line("weights", name));
    outline.extend(about(directory));
    Some(Described {
        format: Format::Huggingface,
        model_file: (!sharded).then_some(file),
        parts,
        stamps: stamps.into_iter().collect(),
        inputs: None,
        outline,
        executes,
    })
}

/// The files that an index of weights names.
fn shards(index: &Path) -> Vec<String> {
    let parsed: Option<Value> =
        description(index).and_then(|content| serde_json::from_str(&content).ok());
    let mut names: Vec<String> = parsed
        .as_ref()
        .and_then(|index| index.get("weight_map")?.as_object())
        .into_iter()
        .flatten()
        .filter_map(|(_, file)| file.as_str().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A model card that names the model file.
pub(super) fn card(directory: &Path) -> Option<Described> {
    let content = description(&directory.join(CARD))?;
    let document = front_matter(&content)?;
    let root = document.root()?;
    let name = root.get("model_file").and_then(Yaml::text)?;
    let file = beside(directory, name)?;
    Some(Described {
        format: Format::Huggingface,
        model_file: Some(file),
        parts: vec![name.to_owned()],
        stamps: Vec::new(),
        inputs: None,
        outline: about(directory),
        executes: true,
    })
}

/// What the card says of the model, one line a field.
fn about(directory: &Path) -> Vec<OutlineLine> {
    let content = description(&directory.join(CARD)).unwrap_or_default();
    let document = front_matter(&content);
    let Some(root) = document.as_ref().and_then(Document::root) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (field, label) in SAID {
        let Some(value) = root.get(field) else {
            continue;
        };
        let words: Vec<&str> = match value.text() {
            Some(word) => vec![word],
            None => value.items().take(8).filter_map(Yaml::text).collect(),
        };
        if !words.is_empty() {
            lines.push(line(label, &words.join(", ")));
        }
    }
    lines
}

/// The YAML between two lines of three dashes at the start of a card.
fn front_matter(content: &str) -> Option<Document> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    let rest = content
        .strip_prefix("---\n")
        .or_else(|| content.strip_prefix("---\r\n"))?;
    let end = rest.find("\n---")?;
    // With the opening line, so that lines count as they stand in the file.
    Document::parse(&content[..=content.len() - rest.len() + end])
}

/// Example input of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widget {
    /// Columns with their cells as written.
    Columns(Vec<(String, Vec<String>)>),
    /// One text a row.
    Texts(Vec<String>),
}

/// The example input that the widgets of a card show; `None` when `content` is no such card.
pub fn widget(content: &str) -> Option<Widget> {
    let document = front_matter(content)?;
    let widgets = document.root()?.get("widget")?;
    let mut texts = Vec::new();
    for shown in widgets.items().take(WIDGETS) {
        let data = shown
            .get("structuredData")
            .or_else(|| shown.get("structured_data"));
        if let Some(data) = data {
            let cells = |column: Yaml| -> Vec<String> {
                match column.text() {
                    Some(cell) => vec![cell.to_owned()],
                    None => column
                        .items()
                        .take(ROWS)
                        .map(|cell| cell.text().unwrap_or_default().to_owned())
                        .collect(),
                }
            };
            let columns: Vec<(String, Vec<String>)> = data
                .pairs()
                .map(|(name, column)| (name.to_owned(), cells(column)))
                .collect();
            let rows = columns.first().map_or(0, |(_, cells)| cells.len());
            if rows > 0 && columns.iter().all(|(_, cells)| cells.len() == rows) {
                return Some(Widget::Columns(columns));
            }
        }
        texts.extend(shown.get("text").and_then(Yaml::text).map(str::to_owned));
    }
    (!texts.is_empty()).then_some(Widget::Texts(texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widgets_are_tables_or_texts() {
        let card = "---\nwidget:\n- structuredData:\n    a b: [1, 2.5]\n    c:\n    - x\n    - ''\n---\n# A card\n";
        let wanted = vec![
            ("a b".to_owned(), vec!["1".to_owned(), "2.5".to_owned()]),
            ("c".to_owned(), vec!["x".to_owned(), String::new()]),
        ];
        assert_eq!(widget(card), Some(Widget::Columns(wanted)));
        let texts = "---\r\nwidget:\r\n- text: one\r\n- text: two\r\n---\r\n";
        let wanted = vec!["one".to_owned(), "two".to_owned()];
        assert_eq!(widget(texts), Some(Widget::Texts(wanted)));
        for other in [
            "",
            "# no card",
            "---\nwidget: 3\n---\n",
            "---\nwidget:\n- structuredData: {a: [1], b: [1, 2]}\n---\n",
        ] {
            assert_eq!(widget(other), None, "{other}");
        }
    }
}
