//! The parsed sources of one environment, each made once and shared.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::lineage::Lineage;
use super::resolve::Resolved;
use super::tree::Module;
use crate::environment::state::locked;
use crate::environment::{Environment, ModuleKind, ModuleLookup, files, syntax};

/// Most sources that one environment keeps; a question that needs more stays unanswered.
const MOST: usize = 4_000;

/// One source file as a module.
#[derive(Debug)]
pub struct Source {
    /// Its dotted name.
    pub name: Box<str>,
    /// Whether it is a package's `__init__.py`.
    pub package: bool,
    /// Where it lies.
    pub file: PathBuf,
    /// What it says.
    pub code: Module,
}

/// Modules by dotted name; `None` for those without code.
type Sources = HashMap<Box<str>, Option<Arc<Source>>>;
/// What names stand for, by module.
type Names = HashMap<Box<str>, HashMap<Box<str>, Resolved>>;
/// Lineages by module and class.
type Lineages = HashMap<(Box<str>, u32), Arc<Lineage>>;

/// Everything that was asked so far.
#[derive(Debug, Default)]
pub(in crate::environment) struct Cache {
    sources: Mutex<Sources>,
    pub(super) names: Mutex<Names>,
    pub(super) lineages: Mutex<Lineages>,
}

impl Environment {
    /// The code of a module; `None` when it is compiled, missing or no Python.
    pub fn code(&self, module: &str) -> Option<Arc<Source>> {
        let cache = &self.state.code.sources;
        if let Some(known) = locked(cache).get(module) {
            return known.clone();
        }
        let source = self.read_code(module).map(Arc::new);
        let mut all = locked(cache);
        if all.len() >= MOST {
            return source;
        }
        all.entry(module.into()).or_insert(source).clone()
    }

    fn read_code(&self, module: &str) -> Option<Source> {
        if self.is_supposed(module) {
            return None;
        }
        let ModuleLookup::Found {
            file: Some(file),
            kind,
        } = self.module(module)
        else {
            return None;
        };
        let package = match kind {
            ModuleKind::Package => true,
            ModuleKind::Source => false,
            _ => return None,
        };
        if file.extension().is_none_or(|extension| extension != "py") {
            return None;
        }
        let bytes = files::bounded(&file, syntax::LARGEST + 1)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}');
        let code = syntax::with_module(text, |body| super::lower::module(text, body))?;
        Some(Source {
            name: module.into(),
            package,
            file,
            code,
        })
    }
}
