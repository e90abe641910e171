//! Conda environment files (`conda.yaml`, `environment.yml`) and `MLflow`'s `python_env.yaml`.

use super::entry::{self, Entry};
use super::line;
use crate::artifact::yaml::Document;

/// Conda's names where they differ from the distribution's.
const NAMES: [(&str, &str); 7] = [
    ("pytorch", "torch"),
    ("pytorch-cpu", "torch"),
    ("py-xgboost", "xgboost"),
    ("py-xgboost-cpu", "xgboost"),
    ("matplotlib-base", "matplotlib"),
    ("opencv", "opencv-python"),
    ("py-opencv", "opencv-python"),
];

/// The conda part and the pip part.
pub(super) fn environment(text: &str) -> Vec<Entry> {
    let Some(document) = Document::parse(text) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    let dependencies = document.root().and_then(|root| root.get("dependencies"));
    for dependency in dependencies.iter().flat_map(|list| list.items()) {
        if let Some(written) = dependency.text() {
            entries.extend(conda(written, dependency.line()));
        }
        let pip = dependency.get("pip");
        for line in pip.iter().flat_map(|list| list.items()) {
            if let Some(written) = line.text() {
                entries.extend(Entry::requirement(written, line.line()));
            }
        }
    }
    entries
}

/// `python_env.yaml`: the interpreter and a list of pip lines.
pub(super) fn python_env(text: &str) -> Vec<Entry> {
    let Some(document) = Document::parse(text) else {
        return Vec::new();
    };
    let Some(root) = document.root() else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    if let Some(python) = root.get("python")
        && let Some(version) = python.text()
    {
        entries.extend(Entry::python(
            version,
            python.line(),
            &format!("python: {version}"),
        ));
    }
    let dependencies = root.get("dependencies");
    for line in dependencies.iter().flat_map(|list| list.items()) {
        if let Some(written) = line.text() {
            entries.extend(Entry::requirement(written, line.line()));
        }
    }
    entries
}

/// A conda match specification: `channel::name`, `name=1.2=build`, `name>=1.2`, `name 1.2.*`.
fn conda(written: &str, at: u32) -> Option<Entry> {
    let spec = written.split('#').next()?.trim();
    let spec = spec.rsplit("::").next()?.trim();
    let end = spec
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(spec.len());
    let (name, rest) = spec.split_at(end);
    // Libraries of the system that conda brings, and its own virtual packages.
    if name.starts_with('_') || name.starts_with("lib") && name != "libclang" {
        return None;
    }
    let rest = rest.trim();
    let wanted = match rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
        // `=1.2` and `=1.2=build` mean any 1.2.x, `==1.2` means 1.2.
        Some(version) => {
            let version = version.split('=').next()?.trim();
            if rest.starts_with("==") || !version.starts_with(|c: char| c.is_ascii_digit()) {
                line::specifier(&format!("=={version}"))?
            } else {
                entry::prefix(version)?
            }
        }
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            entry::prefix(rest.split_whitespace().next()?)?
        }
        None if rest.contains('|') => String::new(),
        None => line::specifier(rest)?,
    };
    let (name, _) = line::parse_line(name)?;
    let subject = NAMES
        .iter()
        .find(|(conda, _)| *conda == name)
        .map_or(name.as_str(), |(_, pip)| pip);
    Some(Entry::new(subject, wanted, at, written))
}
