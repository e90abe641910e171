//! Which module defines which name, release by release.

use std::borrow::Cow;

use super::Atlas;
use super::book::Shared;
use super::bytes::Bytes;
use super::releases::Releases;

/// What a module is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// A `.py` file.
    Source,
    /// A package.
    Package,
    /// A compiled module.
    Compiled,
}

/// The modules of a distribution.
#[derive(Debug, Default)]
pub struct Modules {
    bytes: Cow<'static, [u8]>,
    /// In the order of their names.
    modules: Vec<Module>,
}

#[derive(Debug)]
struct Module {
    name: u32,
    /// Where its facts start.
    start: u32,
}

#[derive(Clone, Copy, Debug)]
struct Fact {
    kind: u8,
    name: u32,
    /// The number of the set of releases.
    releases: u32,
}

const LAZY: u8 = 3;
const NAME: u8 = 4;

impl Modules {
    /// Finds where the facts of each module are; few modules are ever asked for.
    pub(super) fn read(all: Cow<'static, [u8]>) -> Option<Modules> {
        let mut bytes = Bytes::new(&all);
        let mut modules = Vec::new();
        for _ in 0..bytes.count()? {
            let name = bytes.number()?;
            let start = (all.len() - bytes.len()) as u32;
            modules.push(Module { name, start });
            facts(&mut bytes, &mut |_| {})?;
        }
        if !bytes.is_empty() {
            return None;
        }
        Some(Modules {
            bytes: all,
            modules,
        })
    }

    /// Gives every fact of a module to `take`.
    fn facts(&self, shared: &Shared, module: &str, take: &mut impl FnMut(Fact)) {
        let found = self
            .modules
            .binary_search_by(|held| shared.raw(held.name).cmp(module.as_bytes()));
        let place = found.ok().map(|place| self.modules[place].start as usize);
        let rest = place.and_then(|start| self.bytes.get(start..));
        // They were read once from one end to the other.
        let _ = rest.and_then(|rest| facts(&mut Bytes::new(rest), take));
    }
}

/// Reads the facts of one module.
fn facts(bytes: &mut Bytes, take: &mut impl FnMut(Fact)) -> Option<()> {
    for _ in 0..bytes.count()? {
        let kind = u8::try_from(bytes.number()?).ok()?;
        let mut name = 0_u32;
        for _ in 0..bytes.count()? {
            if kind == NAME {
                name = name.checked_add(bytes.number()?)?;
            }
            let releases = bytes.number()?;
            take(Fact {
                kind,
                name,
                releases,
            });
        }
    }
    Some(())
}

impl Atlas {
    /// What a module is made of in a release; `None` when it has no such module.
    pub fn module(&self, release: usize, module: &str) -> Option<ModuleKind> {
        let (modules, shared) = (self.modules()?, self.shared()?);
        let mut found = None;
        modules.facts(shared, module, &mut |fact| {
            let releases = shared.releases(fact.releases);
            if fact.kind < LAZY && releases.is_some_and(|held| held.has(release)) {
                found = found.or(Some(fact.kind));
            }
        });
        Some(match found? {
            0 => ModuleKind::Source,
            1 => ModuleKind::Package,
            _ => ModuleKind::Compiled,
        })
    }

    /// The releases that have a module.
    pub fn with_module(&self, module: &str) -> Releases {
        self.collect(module, |_, fact| fact.kind < LAZY)
    }

    /// The releases whose module makes names when it is asked for them.
    pub fn lazy(&self, module: &str) -> Releases {
        self.collect(module, |_, fact| fact.kind == LAZY)
    }

    /// The releases in which a module defines or imports a name.
    pub fn with_name(&self, module: &str, name: &str) -> Releases {
        self.collect(module, |shared, fact| {
            fact.kind == NAME && shared.raw(fact.name) == name.as_bytes()
        })
    }

    /// The releases in which a name of a module may be found: those that have it, as a part or as a
    /// name, and those that may make it.
    pub fn may_have(&self, module: &str, name: &str) -> Releases {
        let part = self.with_module(&format!("{module}.{name}"));
        let named = self.with_name(module, name).or(self.lazy(module));
        named.or(part).and(self.with_module(module))
    }

    fn collect(&self, module: &str, is: impl Fn(&Shared, &Fact) -> bool) -> Releases {
        let (Some(modules), Some(shared)) = (self.modules(), self.shared()) else {
            return Releases::NONE;
        };
        let mut all = Releases::NONE;
        modules.facts(shared, module, &mut |fact| {
            if is(shared, &fact) {
                all = all.or(shared.releases(fact.releases).unwrap_or(Releases::NONE));
            }
        });
        all
    }
}
