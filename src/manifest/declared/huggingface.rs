//! A model repository's `config.json` as skops writes it: `sklearn.environment`.

use serde_json::Value;

use super::entry::{Entry, Places};
use crate::artifact::json;

/// Requirements of one file.
const MOST: usize = 20_000;

/// The list of requirements; spellings in use go from `pandas` to `scikit-learn="1.0.2"`.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let Ok(config) = json::document(text.as_bytes(), "the configuration") else {
        return Vec::new();
    };
    let Some(lines) = config
        .value
        .pointer("/sklearn/environment")
        .and_then(Value::as_array)
    else {
        return Vec::new();
    };
    let from = text.find("\"environment\"").unwrap_or(0);
    let mut places = Places::new(text, from);
    lines
        .iter()
        .filter_map(Value::as_str)
        .take(MOST)
        .filter_map(|written| {
            let line = places.line(&Value::from(written).to_string());
            Entry::requirement(written, line)
        })
        .collect()
}
