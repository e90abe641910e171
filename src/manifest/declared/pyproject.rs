//! `pyproject.toml` (standard and Poetry tables) and `Pipfile`: what a project asks for.
//!
//! Optional and development groups are left out: they are not what a service installs.

use super::entry::Entry;
use super::line;
use super::toml::{Toml, Value, items, member, pairs, text};

/// `project.dependencies`, `project.requires-python`, `tool.poetry.dependencies`.
pub(super) fn project(source: &str) -> Vec<Entry> {
    let Some(toml) = Toml::parse(source) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    if let Some(value) = toml.get(&["project", "requires-python"])
        && let Some(python) = text(value)
    {
        let said = format!("requires-python = \"{python}\"");
        entries.extend(Entry::python(python, toml.line(value), &said));
    }
    for value in items(toml.get(&["project", "dependencies"])) {
        if let Some(written) = text(value) {
            entries.extend(Entry::requirement(written, toml.line(value)));
        }
    }
    for (name, value) in pairs(toml.get(&["tool", "poetry", "dependencies"])) {
        entries.extend(named(&toml, name, value));
    }
    // Tables come sorted by key.
    entries.sort_by_key(|entry| entry.line);
    entries
}

/// `[packages]` and `[requires]`.
pub(super) fn pipfile(source: &str) -> Vec<Entry> {
    let Some(toml) = Toml::parse(source) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for field in ["python_full_version", "python_version"] {
        if let Some(value) = toml.get(&["requires", field])
            && let Some(python) = text(value)
        {
            let said = format!("{field} = \"{python}\"");
            entries.extend(Entry::python(python, toml.line(value), &said));
        }
    }
    for (name, value) in pairs(toml.get(&["packages"])) {
        entries.extend(named(&toml, name, value));
    }
    // Tables come sorted by key.
    entries.sort_by_key(|entry| entry.line);
    entries
}

/// `name = "^1.2"`, `name = {version = "^1.2", …}`, or several of the latter as alternatives.
fn named(toml: &Toml, name: &str, value: &Value) -> Vec<Entry> {
    let line = toml.line(value);
    if value.get_ref().as_array().is_some() {
        return items(Some(value))
            .take(16)
            .filter_map(|one| wish(name, member(one, "version").and_then(text)?, toml.line(one)))
            .collect();
    }
    let optional = member(value, "optional").and_then(|v| v.get_ref().as_bool());
    if optional == Some(true) {
        return Vec::new();
    }
    let written = text(value).or_else(|| member(value, "version").and_then(text));
    // From a path or a repository: the name counts, the version is unknown.
    wish(name, written.unwrap_or("*"), line)
        .into_iter()
        .collect()
}

fn wish(name: &str, written: &str, at: u32) -> Option<Entry> {
    let (subject, _) = line::parse_line(name)?;
    let said = format!("{name} = \"{written}\"");
    Some(Entry::new(&subject, constraint(written)?, at, &said))
}

/// Poetry's constraints as PEP 440. Alternatives (`||`) have no such form and read as "any version".
pub(super) fn constraint(written: &str) -> Option<String> {
    if written.contains("||") {
        return Some(String::new());
    }
    line::specifier(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poetry_constraints_become_specifiers() {
        for (written, wanted) in [
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.24.1", ">=0.24.1,<0.25"),
            ("^0", ">=0,<1"),
            ("~1.2", ">=1.2,<1.3"),
            ("~1", ">=1,<2"),
            ("1.2.2", "==1.2.2"),
            (">=3.9,<3.13", ">=3.9,<3.13"),
            ("*", ""),
            ("1.2.*", "==1.2.*"),
            ("^3.8 || ^4", ""),
        ] {
            assert_eq!(constraint(written).as_deref(), Some(wanted), "{written}");
        }
        assert_eq!(constraint("^x"), None);
    }
}
