//! Which distribution brings which module, from the distributions' own lists of files.
//!
//! Read once, when the first question comes: the lists are long (a record of 10,000 files is common).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::files;
use super::{Distribution, Environment};

/// Largest `RECORD` that is read.
const RECORD: u64 = 16 << 20;
/// Most compiled modules that are remembered.
const MOST_COMPILED: usize = 100_000;

/// Top-level modules and compiled modules of everything installed.
#[derive(Debug, Default)]
pub(super) struct Provided {
    /// Top-level module → index into `Environment::installed`.
    modules: HashMap<String, usize>,
    /// Stem of a compiled module inside a package (`_loss`) → its files.
    pub compiled: HashMap<String, Vec<PathBuf>>,
}

impl Environment {
    /// The installed distribution whose files provide a module (dotted names are asked by their
    /// first part; for namespace packages the first distribution found answers).
    pub fn distribution_of_module(&self, module: &str) -> Option<&Distribution> {
        let top = crate::package::top_of(module);
        let index = self.provided().modules.get(top)?;
        self.installed.get(*index)
    }

    pub(super) fn provided(&self) -> &Provided {
        self.state
            .provided
            .get_or_init(|| Provided::read(&self.installed))
    }
}

impl Provided {
    fn read(installed: &[Distribution]) -> Self {
        let mut provided = Self::default();
        for (index, distribution) in installed.iter().enumerate() {
            provided.add(index, &distribution.metadata);
        }
        provided
    }

    fn add(&mut self, index: usize, metadata: &Path) {
        let Some(site) = metadata.parent() else {
            return;
        };
        if let Some(text) = files::small_text(&metadata.join("top_level.txt")) {
            for line in text.lines() {
                self.provides(line.trim(), index);
            }
        }
        let record = files::bounded(&metadata.join("RECORD"), RECORD)
            .or_else(|| files::bounded(&metadata.join("installed-files.txt"), RECORD));
        let Some(record) = record else {
            return;
        };
        for line in String::from_utf8_lossy(&record).lines() {
            let path = line.trim_start_matches('"');
            let path = path.split([',', '"']).next().unwrap_or(path);
            // `installed-files.txt` is relative to the metadata folder.
            let path = path.strip_prefix("../").unwrap_or(path);
            if path.starts_with("..") || path.starts_with('/') {
                continue;
            }
            self.file(path, site, index);
        }
    }

    fn file(&mut self, path: &str, site: &Path, index: usize) {
        match path.split_once('/') {
            Some((folder, rest)) => {
                let python = [".py", ".so", ".pyd"]
                    .iter()
                    .any(|suffix| rest.ends_with(suffix));
                if python && !folder.contains(['.', '-']) && folder != "__pycache__" {
                    self.provides(folder, index);
                }
                if files::is_compiled(rest) {
                    let name = rest.rsplit('/').next().unwrap_or(rest);
                    let stem = name.split('.').next().unwrap_or(name);
                    if self.compiled.len() < MOST_COMPILED {
                        self.compiled
                            .entry(stem.to_owned())
                            .or_default()
                            .push(site.join(path));
                    }
                }
            }
            None => {
                if let Some((stem, suffix)) = path.split_once('.')
                    && ["py", "so", "pyd"]
                        .iter()
                        .any(|end| suffix.rsplit('.').next() == Some(end))
                {
                    self.provides(stem, index);
                }
            }
        }
    }

    fn provides(&mut self, module: &str, index: usize) {
        if !module.is_empty() && !self.modules.contains_key(module) {
            self.modules.insert(module.to_owned(), index);
        }
    }
}
