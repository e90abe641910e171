//! Releases that an environment is supposed to have: what their modules and names are comes from
//! the atlas, everything else from the environment's own files.
//!
//! What neither tells stays unknown. A supposed release has names, and no code to walk.

use std::path::PathBuf;
use std::sync::Arc;

use super::modules::Place;
use super::names::{Found, OF_EVERY_MODULE};
use super::{Distribution, Environment, EnvironmentError, ModuleKind, ModuleLookup, Origin};
use crate::atlas::{self, Atlas, Kind, Releases};
use crate::package::{self, Requirement};
use crate::text;

/// Releases that are supposed to be installed.
#[derive(Debug, Default)]
pub(super) struct Supposed {
    releases: Vec<(&'static Atlas, usize)>,
    /// There is no environment around them.
    bare: bool,
}

impl Supposed {
    fn of(&self, module: &str) -> Option<(&'static Atlas, usize)> {
        let top = crate::package::top_of(module);
        let mut releases = self.releases.iter();
        releases.find(|(atlas, _)| atlas.import == top).copied()
    }
}

impl Environment {
    /// No environment: what is not supposed is not known.
    pub fn bare() -> Environment {
        let mut environment = Environment::new(
            PathBuf::new(),
            None,
            None,
            Origin::Flag,
            Vec::new(),
            Vec::new(),
        );
        if let Some(state) = Arc::get_mut(&mut environment.state) {
            state.supposed.bare = true;
        }
        environment
    }

    /// The environment as it would be with these releases (`scikit-learn==1.9.1`). It must not have
    /// been asked or cloned before.
    pub fn supposing(mut self, releases: &[String]) -> Result<Environment, EnvironmentError> {
        let fail = |message: String| Err(EnvironmentError { message });
        for written in releases {
            let shown = text::short(written, 80);
            let parsed = Requirement::parse(written);
            let Some((name, version)) = parsed
                .as_ref()
                .and_then(|r| Some((package::normalize(&r.name), r.pinned()?)))
            else {
                return fail(format!(
                    "{shown} names no release; write it as scikit-learn==1.9.1"
                ));
            };
            let Some(atlas) = atlas::of(&name) else {
                let held: Vec<&str> = atlas::all().map(|atlas| atlas.distribution).collect();
                return fail(format!(
                    "{shown} cannot be supposed: only {} are known without an environment; \
                     name one that has it with --env",
                    held.join(", ")
                ));
            };
            let Some(release) = atlas.release(version) else {
                return fail(format!(
                    "{shown} is not among the releases of {name} that are known: {}",
                    atlas.words(atlas.every())
                ));
            };
            let Some(state) = Arc::get_mut(&mut self.state) else {
                return fail("the environment is in use".into());
            };
            state
                .supposed
                .releases
                .retain(|(old, _)| old.import != atlas.import);
            state.supposed.releases.push((atlas, release));
            self.install(name, atlas.versions()[release]);
        }
        Ok(self)
    }

    fn install(&mut self, name: String, version: &str) {
        if let Some(distribution) = self.installed.iter_mut().find(|d| d.name == name) {
            version.clone_into(&mut distribution.version);
            return;
        }
        let place = self.installed.partition_point(|d| d.name < name);
        let distribution = Distribution {
            name,
            version: version.to_owned(),
            metadata: PathBuf::new(),
        };
        self.installed.insert(place, distribution);
    }

    /// The releases that it is supposed to have.
    pub fn supposed(&self) -> &[(&'static Atlas, usize)] {
        &self.state.supposed.releases
    }

    /// The same as requirements: `scikit-learn==1.9.1`.
    pub fn supposing_what(&self) -> Vec<String> {
        let supposed = self.supposed().iter();
        supposed
            .map(|(atlas, release)| {
                format!("{}=={}", atlas.distribution, atlas.versions()[*release])
            })
            .collect()
    }

    /// Whether nothing but what is supposed is known.
    pub fn is_bare(&self) -> bool {
        self.state.supposed.bare
    }

    /// Whether a module belongs to a release that is supposed.
    pub fn is_supposed(&self, module: &str) -> bool {
        self.state.supposed.of(module).is_some()
    }

    pub(super) fn supposed_module(&self, dotted: &str) -> Option<ModuleLookup> {
        let (atlas, release) = self.state.supposed.of(dotted)?;
        let Some(kind) = atlas.module(release, dotted) else {
            return Some(ModuleLookup::Missing {
                first: first_missing(atlas, release, dotted),
                searched: None,
            });
        };
        let kind = match kind {
            atlas::ModuleKind::Source => ModuleKind::Source,
            atlas::ModuleKind::Package => ModuleKind::Package,
            atlas::ModuleKind::Compiled => ModuleKind::Compiled,
        };
        let site = self
            .distribution(atlas.distribution)
            .and_then(|d| d.metadata.parent());
        let file = site.map(|site| {
            let below: PathBuf = dotted.split('.').collect();
            match kind {
                ModuleKind::Package => site.join(below).join("__init__.py"),
                _ => site.join(below).with_extension("py"),
            }
        });
        Some(ModuleLookup::Found { file, kind })
    }

    pub(super) fn supposed_place(&self, dotted: &str) -> Option<Place> {
        if let Some(lookup) = self.supposed_module(dotted) {
            return Some(match lookup {
                // It has no folder: its parts and names are asked here, too.
                ModuleLookup::Found { kind, .. } => Place::Package {
                    file: None,
                    kind,
                    path: Vec::new(),
                },
                ModuleLookup::Missing { first, searched } => Place::Missing { first, searched },
                ModuleLookup::Unknown { reason } => Place::Unknown(reason),
            });
        }
        if !self.is_bare() || is_standard(dotted) {
            return None;
        }
        Some(Place::Unknown(not_told(dotted)))
    }

    pub(super) fn supposed_name(&self, module: &str, name: &str) -> Option<Found> {
        let here = || Found::Value {
            file: None,
            line: None,
        };
        let Some((atlas, release)) = self.state.supposed.of(module) else {
            if !self.is_bare() {
                return None;
            }
            // Standard modules are taken to be as complete as Python's own are.
            let always = atlas::of_module(module)
                .is_some_and(|atlas| atlas.with_name(module, name) == atlas.every());
            return Some(if always || is_standard(module) {
                here()
            } else {
                Found::Unknown(not_told(module))
            });
        };
        if atlas.module(release, module).is_none() {
            return Some(Found::ModuleMissing {
                first: first_missing(atlas, release, module),
                searched: None,
            });
        }
        let part = format!("{module}.{name}");
        let has = |name: &str| atlas.with_name(module, name).has(release);
        // Cython makes these beside the classes that do not say themselves how they are restored.
        let restored = name.strip_prefix("__pyx_unpickle_");
        let restores = || {
            let class = restored?;
            let thing = atlas.class(release, module, class)?;
            let ancestors = atlas.ancestors(thing);
            let says = ["__reduce__", "__reduce_ex__", "__reduce_cython__"].iter();
            let says = says.map(|name| atlas.when_inherited(&ancestors, Kind::Member, name));
            Some(!says.fold(Releases::NONE, Releases::or).has(release))
        };
        Some(
            if OF_EVERY_MODULE.contains(&name) || has(name) || restores() == Some(true) {
                here()
            } else if atlas.module(release, &part).is_some() {
                Found::Module(part)
            } else if restored.is_some_and(|class| !atlas.has_code() && has(class)) {
                Found::Unknown(format!(
                    "whether {module} of {} {} restores it by itself is not known without its file",
                    atlas.distribution,
                    atlas.versions()[release]
                ))
            } else if atlas.lazy(module).has(release) {
                Found::Unknown(format!(
                    "{} {} makes names of {module} when they are asked for",
                    atlas.distribution,
                    atlas.versions()[release]
                ))
            } else {
                Found::Missing(None)
            },
        )
    }
}

fn first_missing(atlas: &Atlas, release: usize, dotted: &str) -> String {
    let ends = dotted.match_indices('.').map(|(at, _)| at);
    let mut prefixes = ends.map(|at| &dotted[..at]);
    prefixes
        .find(|prefix| atlas.module(release, prefix).is_none())
        .unwrap_or(dotted)
        .to_owned()
}

fn is_standard(module: &str) -> bool {
    let top = crate::package::top_of(module);
    package::is_stdlib(top, None) || matches!(top, "builtins" | "__builtin__" | "copy_reg")
}

fn not_told(module: &str) -> String {
    let top = crate::package::top_of(module);
    format!(
        "no environment says what {} there would be; name one with --env",
        text::short(top, 60)
    )
}
