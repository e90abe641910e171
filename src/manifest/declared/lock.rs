//! Lock files: `uv.lock`, `pylock.toml`, `poetry.lock`, `Pipfile.lock`. Exact versions; several
//! versions of one name, kept apart by markers, stay alternatives.

use serde_json::Value;

use super::entry::{Entry, Places, line_of};
use super::toml::{Toml, items, member, text};
use crate::artifact::json;

/// Locked packages of one file.
const MOST: usize = 20_000;

/// The TOML locks: an array of tables with `name` and `version`.
pub(super) fn toml(source: &str) -> Vec<Entry> {
    let Some(toml) = Toml::parse(source) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for path in [
        &["requires-python"][..],
        &["metadata", "python-versions"][..],
    ] {
        if let Some(value) = toml.get(path)
            && let Some(python) = text(value)
        {
            let said = format!("{} = \"{python}\"", path.last().unwrap_or(&"python"));
            let wanted = super::pyproject::constraint(python).unwrap_or_default();
            entries.push(Entry::new("python", wanted, toml.line(value), &said));
        }
    }
    // `package` in uv's and Poetry's files, `packages` in the standard one.
    for array in ["package", "packages"] {
        for package in items(toml.get(&[array])).take(MOST) {
            let own = member(package, "source").is_some_and(|source| {
                member(source, "virtual").is_some() || member(source, "editable").is_some()
            });
            if own {
                continue;
            }
            if let Some(name) = member(package, "name").and_then(text)
                && let Some(version) = member(package, "version")
                && let Some(written) = text(version)
            {
                entries.extend(Entry::exact(name, written, toml.line(version)));
            }
        }
    }
    entries
}

/// Pipenv's lock: JSON with specifiers under `default`.
pub(super) fn pipfile(source: &str) -> Vec<Entry> {
    let Ok(lock) = json::document(source.as_bytes(), "the lock") else {
        return Vec::new();
    };
    let lock = &lock.value;
    let mut entries = Vec::new();
    let line = |key: &str| {
        let quoted = format!("{}:", Value::from(key));
        line_of(source, source.find(&quoted).unwrap_or(0))
    };
    for field in ["python_full_version", "python_version"] {
        if let Some(python) = lock
            .pointer(&format!("/_meta/requires/{field}"))
            .and_then(Value::as_str)
        {
            let said = format!("{field}: {python}");
            entries.extend(Entry::python(python, line(field), &said));
        }
    }
    let packages = lock.get("default").and_then(Value::as_object);
    let mut places = Places::new(source, source.find("\"default\"").unwrap_or(0));
    for (name, package) in packages.into_iter().flatten().take(MOST) {
        if let Some(version) = package.get("version").and_then(Value::as_str) {
            let line = places.line(&format!("{}:", Value::from(name.as_str())));
            entries.extend(Entry::requirement(&format!("{name}{version}"), line));
        }
    }
    entries
}
