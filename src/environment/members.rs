//! The names that no binding of a module shows: made on demand, members of classes, words of
//! compiled modules.

use std::path::{Path, PathBuf};

use super::Environment;
use super::builtin;
use super::names::{Found, MOST_STEPS, MOST_VISITS, Walk, absolute};
use super::source_names::{ClassNames, SourceNames};
use crate::text;

impl Environment {
    /// What a module-level `__getattr__` would answer; `None` when there is none, or it would say no.
    pub(super) fn on_demand(
        &self,
        module: &str,
        file: &Path,
        source: &SourceNames,
        name: &str,
        package: bool,
        walk: &mut Walk,
    ) -> Option<Found> {
        let getattr = source.getattr.as_ref()?;
        let here = || Found::Value {
            file: Some(file.to_path_buf()),
            line: None,
        };
        if getattr.by_all
            && let Some(all) = &source.all
        {
            if all.iter().any(|listed| listed == name) {
                // A module kept for its old name hands on what its package offers.
                let class = module
                    .rsplit_once('.')
                    .filter(|_| !package)
                    .map(|(parent, _)| self.attribute(parent, name, walk))
                    .filter(|found| matches!(found, Found::Class { .. }));
                return Some(class.unwrap_or_else(here));
            }
            if !getattr.opaque && getattr.delegates.is_empty() {
                return None;
            }
        }
        let mut doubt = getattr.opaque;
        for delegate in &getattr.delegates {
            let (first, rest) = delegate.split_once('.').unwrap_or((delegate, ""));
            let target = match getattr.imports.get(first) {
                Some((from, inner)) => absolute(module, package, from).map(|from| match inner {
                    Some(inner) => self.attribute(&from, inner, walk),
                    None => Found::Module(from),
                }),
                None => Some(self.attribute(module, first, walk)),
            };
            let target =
                rest.split('.')
                    .filter(|part| !part.is_empty())
                    .fold(target, |target, part| match target {
                        Some(Found::Module(module)) => Some(self.attribute(&module, part, walk)),
                        other => other,
                    });
            match target {
                Some(Found::Module(target)) => match self.attribute(&target, name, walk) {
                    Found::Missing(_) => {}
                    Found::Unknown(_) | Found::ModuleMissing { .. } => doubt = true,
                    found => return Some(found),
                },
                _ => doubt = true,
            }
        }
        let literal = source.text.as_deref().is_some_and(|text| {
            text.contains(&format!("'{name}'")) || text.contains(&format!("\"{name}\""))
        });
        (doubt || literal).then(|| {
            Found::Unknown(format!(
                "{} makes its names on demand (__getattr__)",
                text::path(file)
            ))
        })
    }

    pub(super) fn member(
        &self,
        module: &str,
        file: &Path,
        names: &ClassNames,
        member: &str,
        walk: &mut Walk,
    ) -> Found {
        if let Some((line, inner)) = names.members.get(member) {
            return match inner {
                Some(inner) => Found::Class {
                    module: module.to_owned(),
                    file: file.to_path_buf(),
                    line: *line,
                    names: inner.clone(),
                },
                None => Found::Value {
                    file: Some(file.to_path_buf()),
                    line: Some(*line),
                },
            };
        }
        let mut open = names.open;
        for base in names.bases.iter().take(32) {
            if base == "object" {
                continue;
            }
            walk.visits += 1;
            if walk.visits > MOST_VISITS || walk.path.len() > MOST_STEPS {
                open = true;
                break;
            }
            // Base classes may name each other in a circle in a source that could not run.
            walk.path
                .push((module.to_owned(), format!("{base}.{member}")));
            let found = match self.dotted_here(module, base, walk) {
                Found::Class {
                    module,
                    file,
                    names,
                    ..
                } => self.member(&module, &file, &names, member, walk),
                _ => Found::Unknown(String::new()),
            };
            walk.path.pop();
            match found {
                Found::Missing(_) => {}
                Found::Unknown(_) | Found::ModuleMissing { .. } => open = true,
                found => return found,
            }
        }
        // What `object` and `type` give every class.
        if member.starts_with("__") && member.ends_with("__") {
            open = true;
        }
        if open {
            Found::Unknown(format!(
                "a base class or a decorator may provide {}",
                text::short(member, 80)
            ))
        } else {
            Found::Missing(Some(file.to_path_buf()))
        }
    }

    /// An attribute of a value: a compiled class's members are words of the same file.
    pub(super) fn of_value(&self, file: Option<PathBuf>, owner: &str, part: &str) -> Found {
        let compiled = file
            .as_deref()
            .filter(|file| file.extension().is_none_or(|extension| extension != "py"))
            .and_then(|file| self.state.binary(file));
        if compiled.is_some_and(|names| names.has(part) == Some(true)) {
            return Found::Value { file, line: None };
        }
        Found::Unknown(format!(
            "the attributes of {} are not known without running it",
            text::short(owner, 80)
        ))
    }

    /// `quick`: without looking at instructions or at the interpreter.
    pub(super) fn in_binary(&self, module: &str, file: &Path, name: &str, quick: bool) -> Found {
        let Some(names) = self.state.binary(file) else {
            return Found::Unknown(format!(
                "{} cannot be read as a compiled module",
                text::path(file)
            ));
        };
        match names.has_in(module, name, quick) {
            Some(true) => Found::Value {
                file: Some(file.to_path_buf()),
                line: None,
            },
            // The interpreter itself may have the type that a part of its library hands on.
            Some(false)
                if self.search[..self.state.standard.min(self.search.len())]
                    .iter()
                    .any(|folder| file.starts_with(folder))
                    && !file
                        .components()
                        .any(|part| part.as_os_str() == "site-packages")
                    && (quick || builtin::has_name(self, module, name) != Some(false)) =>
            {
                Found::Unknown(format!(
                    "{} may take it from the interpreter",
                    text::path(file)
                ))
            }
            Some(false) => Found::Missing(Some(file.to_path_buf())),
            None => Found::Unknown(format!("{} does not show its names", text::path(file))),
        }
    }
}
