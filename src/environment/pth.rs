//! `.pth` files and the finders of editable installs.
//!
//! A line that is a path adds a folder. A line that starts with `import` would run code: it is never
//! run; what it would do is read from the files it names as far as they say it literally.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ruff_python_ast::{Expr, Stmt};

use super::files::{self, Entry, Listing};
use super::syntax;

/// Most `.pth` files of one folder that are read.
const MOST_FILES: usize = 1000;
/// Most lines of one file.
const MOST_LINES: usize = 10_000;

/// What `.pth` files add besides folders.
#[derive(Clone, Debug, Default)]
pub(super) struct Additions {
    /// Dotted module name → its folder or file (without suffix), from editable installs.
    pub modules: BTreeMap<String, PathBuf>,
    /// Finders whose mapping is not literal: file and text. A module whose name stands in quotes in
    /// such a text may come from it.
    pub opaque: Vec<(PathBuf, String)>,
    /// Files with `import` lines, for the doctor's page.
    pub hooks: Vec<PathBuf>,
}

/// The folders that the `.pth` files of a site folder add, in order; the rest goes to `additions`.
pub(super) fn read(site: &Path, additions: &mut Additions) -> Vec<PathBuf> {
    let listing = Listing::read(site);
    let mut names: Vec<&str> = listing
        .names()
        .filter(|(name, kind)| {
            *kind == Entry::File && Path::new(name).extension().is_some_and(|e| e == "pth")
        })
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort_unstable();
    let mut folders = Vec::new();
    for name in names.into_iter().take(MOST_FILES) {
        let file = site.join(name);
        let Some(text) = files::small_text(&file) else {
            continue;
        };
        let text = text.trim_start_matches('\u{feff}');
        for line in text.lines().take(MOST_LINES) {
            let line = line.trim_end();
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(code) = line
                .strip_prefix("import ")
                .or_else(|| line.strip_prefix("import\t"))
            {
                if !additions.hooks.contains(&file) {
                    additions.hooks.push(file.clone());
                }
                hook(site, code, additions);
            } else {
                let folder = site.join(line);
                if folder.exists() {
                    folders.push(folder);
                }
            }
        }
    }
    folders
}

/// What an `import` line would add, when its module says it literally.
fn hook(site: &Path, code: &str, additions: &mut Additions) {
    // setuptools stands in for the standard library's `distutils` since Python 3.12.
    if code.contains("_distutils_hack") {
        let folder = site.join("setuptools").join("_distutils");
        if folder.join("__init__.py").is_file() {
            additions
                .modules
                .entry("distutils".to_owned())
                .or_insert(folder);
        }
        return;
    }
    let end = code
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(code.len());
    let module = &code[..end];
    if !module.contains("editable") {
        return;
    }
    let file = site.join(format!("{module}.py"));
    let Some(text) = files::small_text(&file) else {
        return;
    };
    let mapping = syntax::with_module(&text, mapping).unwrap_or_default();
    if mapping.is_empty() {
        additions.opaque.push((file, text));
    } else {
        for (name, path) in mapping {
            additions.modules.entry(name).or_insert_with(|| path.into());
        }
    }
}

/// The literal `MAPPING = {"module": "/path/to/it", …}` of a setuptools finder.
fn mapping(body: &[Stmt]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for statement in body {
        let (target, value) = match statement {
            Stmt::Assign(assign) => match assign.targets.as_slice() {
                [target] => (target, Some(&*assign.value)),
                _ => continue,
            },
            Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()),
            _ => continue,
        };
        let (Expr::Name(name), Some(Expr::Dict(dict))) = (target, value) else {
            continue;
        };
        if name.id.as_str() != "MAPPING" {
            continue;
        }
        for item in &dict.items {
            if let (Some(Expr::StringLiteral(key)), Expr::StringLiteral(path)) =
                (&item.key, &item.value)
            {
                found.push((
                    key.value.to_str().to_owned(),
                    path.value.to_str().to_owned(),
                ));
            }
        }
    }
    found
}
