//! Which module defines which name, release by release.

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
    /// In the order of their names.
    modules: Vec<Module>,
    facts: Vec<Fact>,
}

#[derive(Debug)]
struct Module {
    name: u32,
    first: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug)]
struct Fact {
    kind: u8,
    name: u32,
    releases: Releases,
}

const LAZY: u8 = 3;
const NAME: u8 = 4;

impl Modules {
    pub(super) fn read(bytes: &[u8], shared: &Shared) -> Option<Modules> {
        let mut bytes = Bytes::new(bytes);
        let mut made = Modules::default();
        for _ in 0..bytes.count()? {
            let name = bytes.number()?;
            let first = made.facts.len() as u32;
            for _ in 0..bytes.count()? {
                let kind = u8::try_from(bytes.number()?).ok()?;
                let mut argument = 0_u32;
                for _ in 0..bytes.count()? {
                    if kind == NAME {
                        argument = argument.checked_add(bytes.number()?)?;
                    }
                    made.facts.push(Fact {
                        kind,
                        name: argument,
                        releases: shared.releases(bytes.number()?)?,
                    });
                }
            }
            let end = made.facts.len() as u32;
            made.modules.push(Module { name, first, end });
        }
        bytes.is_empty().then_some(made)
    }

    fn facts(&self, shared: &Shared, module: &str) -> &[Fact] {
        let found = self
            .modules
            .binary_search_by(|held| shared.text(held.name).cmp(module));
        let Ok(place) = found else {
            return &[];
        };
        let Module { first, end, .. } = self.modules[place];
        self.facts
            .get(first as usize..end as usize)
            .unwrap_or_default()
    }
}

impl Atlas {
    /// What a module is made of in a release; `None` when it has no such module.
    pub fn module(&self, release: usize, module: &str) -> Option<ModuleKind> {
        let facts = self.modules()?.facts(self.shared()?, module);
        let is = |fact: &&Fact| fact.kind < LAZY && fact.releases.has(release);
        Some(match facts.iter().find(is)?.kind {
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
            fact.kind == NAME && shared.text(fact.name) == name
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
        let facts = modules.facts(shared, module).iter();
        facts
            .filter(|fact| is(shared, fact))
            .fold(Releases::NONE, |all, fact| all.or(fact.releases))
    }
}
