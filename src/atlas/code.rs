//! Classes, functions and values with what is known of them, release by release.

use super::Atlas;
use super::book::Shared;
use super::bytes::Bytes;
use super::releases::Releases;

/// A class, a function, a method or a value: its place in the list.
pub type Thing = u32;

/// What a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is a class.
    Class,
    /// It is compiled.
    Native,
    /// It reads attributes by names that are made at run time.
    Dynamic,
    /// It lays out a record that compiled code reads.
    Record,
    /// Its code, as a number.
    Digest,
    /// It stands for another class.
    Same,
    /// A base class.
    Base,
    /// Code that it uses.
    Leads,
    /// A class that it uses: it may make instances.
    Whole,
    /// A base class that is not in this distribution, as the code names it.
    Outside,
    /// A name in the class body.
    Member,
    /// A parameter of `__init__`.
    Parameter,
    /// An attribute that some method sets.
    Sets,
    /// An attribute of its own object that every call reads.
    Sure,
    /// An attribute of its own object that some calls read.
    Perhaps,
    /// An attribute of its own object that it reads and can do without.
    Guarded,
    /// An attribute of its own object that it sets.
    Writes,
    /// An attribute that it reads from something else.
    Asks,
}

const KINDS: [Kind; 18] = [
    Kind::Class,
    Kind::Native,
    Kind::Dynamic,
    Kind::Record,
    Kind::Digest,
    Kind::Same,
    Kind::Base,
    Kind::Leads,
    Kind::Whole,
    Kind::Outside,
    Kind::Member,
    Kind::Parameter,
    Kind::Sets,
    Kind::Sure,
    Kind::Perhaps,
    Kind::Guarded,
    Kind::Writes,
    Kind::Asks,
];

/// The code of a distribution.
#[derive(Debug, Default)]
pub struct Code {
    /// In the order of `module:name`.
    things: Vec<Head>,
    facts: Vec<Fact>,
}

#[derive(Debug)]
struct Head {
    module: u32,
    name: u32,
    first: u32,
    end: u32,
}

/// One fact with the releases in which it holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    pub kind: Kind,
    /// A thing, a digest or a text, as the kind says.
    pub argument: u32,
    pub releases: Releases,
}

impl Code {
    pub(super) fn read(bytes: &[u8], shared: &Shared) -> Option<Code> {
        let mut bytes = Bytes::new(bytes);
        let mut made = Code::default();
        let things = bytes.count()?;
        for _ in 0..things {
            let (module, name) = (bytes.number()?, bytes.number()?);
            let first = made.facts.len() as u32;
            for _ in 0..bytes.count()? {
                let kind = *KINDS.get(bytes.number()? as usize)?;
                let mut argument = 0_u32;
                for _ in 0..bytes.count()? {
                    if kind >= Kind::Digest {
                        argument = argument.checked_add(bytes.number()?)?;
                    }
                    let fits = match kind {
                        Kind::Same | Kind::Base | Kind::Leads | Kind::Whole => {
                            (argument as usize) < things
                        }
                        kind if kind >= Kind::Outside => (argument as usize) < shared.texts(),
                        _ => true,
                    };
                    if !fits {
                        return None;
                    }
                    let releases = shared.releases(bytes.number()?)?;
                    made.facts.push(Fact {
                        kind,
                        argument,
                        releases,
                    });
                }
            }
            let end = made.facts.len() as u32;
            made.things.push(Head {
                module,
                name,
                first,
                end,
            });
        }
        bytes.is_empty().then_some(made)
    }

    pub(super) fn facts(&self, thing: Thing) -> &[Fact] {
        let Some(head) = self.things.get(thing as usize) else {
            return &[];
        };
        self.facts
            .get(head.first as usize..head.end as usize)
            .unwrap_or_default()
    }

    /// The arguments of the facts of one kind that hold in a release.
    pub(super) fn arguments(
        &self,
        thing: Thing,
        kind: Kind,
        release: usize,
    ) -> impl Iterator<Item = u32> {
        let facts = self.facts(thing).iter();
        facts
            .filter(move |fact| fact.kind == kind && fact.releases.has(release))
            .map(|fact| fact.argument)
    }

    pub(super) fn is(&self, thing: Thing, kind: Kind, release: usize) -> bool {
        self.arguments(thing, kind, release).next().is_some()
    }

    /// The numbers of a thing's module and name.
    pub(super) fn key(&self, thing: Thing) -> Option<(u32, u32)> {
        let head = self.things.get(thing as usize)?;
        Some((head.module, head.name))
    }

    pub(super) fn find(&self, shared: &Shared, module: &str, name: &str) -> Option<Thing> {
        let wanted = || module.bytes().chain([b':']).chain(name.bytes());
        let found = self.things.binary_search_by(|held| {
            let (module, name) = (shared.raw(held.module), shared.raw(held.name));
            let key = module.iter().chain(b":").chain(name).copied();
            key.cmp(wanted())
        });
        found.ok().map(|place| place as Thing)
    }
}

impl Atlas {
    /// The class that a module's name stands for in a release, through re-exports.
    pub fn class(&self, release: usize, module: &str, name: &str) -> Option<Thing> {
        let (code, shared) = (self.code()?, self.shared()?);
        let mut thing = code.find(shared, module, name)?;
        for _ in 0..8 {
            if code.is(thing, Kind::Class, release) {
                return Some(thing);
            }
            thing = code.arguments(thing, Kind::Same, release).next()?;
        }
        None
    }

    /// What a module's name stands for in a release: a class as [`Atlas::class`] finds it, or code.
    pub fn thing(&self, release: usize, module: &str, name: &str) -> Option<Thing> {
        let (code, shared) = (self.code()?, self.shared()?);
        let there = || code.find(shared, module, name);
        self.class(release, module, name)
            .or_else(|| there().filter(|thing| code.is(*thing, Kind::Digest, release)))
    }

    /// The digests of a piece of code in a release; none when it is not there.
    pub fn digests(&self, release: usize, module: &str, name: &str) -> Vec<u32> {
        let found = self
            .code()
            .zip(self.shared())
            .and_then(|(code, shared)| Some((code, code.find(shared, module, name)?)));
        found.map_or_else(Vec::new, |(code, thing)| {
            code.arguments(thing, Kind::Digest, release).collect()
        })
    }

    /// The class's own module and name.
    pub fn name_of(&self, thing: Thing) -> (&str, &str) {
        let found = self
            .code()
            .zip(self.shared())
            .and_then(|(code, shared)| Some((code.things.get(thing as usize)?, shared)));
        found.map_or(("", ""), |(head, shared)| {
            (shared.text(head.module), shared.text(head.name))
        })
    }

    /// A class and its bases in this distribution, itself first.
    pub fn lineage(&self, release: usize, class: Thing) -> Vec<Thing> {
        let Some(code) = self.code() else {
            return Vec::new();
        };
        let mut lineage = vec![class];
        let mut next = 0;
        while let Some(thing) = lineage.get(next).copied() {
            next += 1;
            for base in code.arguments(thing, Kind::Base, release) {
                if !lineage.contains(&base) {
                    lineage.push(base);
                }
            }
        }
        lineage
    }

    /// The class or code that some release defines under this name, without re-exports.
    pub fn defined(&self, module: &str, name: &str) -> Option<Thing> {
        let (code, shared) = (self.code()?, self.shared()?);
        let thing = code.find(shared, module, name)?;
        let is_class = |fact: &Fact| fact.kind == Kind::Class;
        code.facts(thing).iter().any(is_class).then_some(thing)
    }

    /// A class and all that was ever among its bases, with the releases in which it was.
    pub fn ancestors(&self, class: Thing) -> Vec<(Thing, Releases)> {
        let Some(code) = self.code() else {
            return Vec::new();
        };
        let mut found: Vec<(Thing, Releases)> = Vec::new();
        let mut open = vec![(class, self.while_is(class, Kind::Class))];
        while let Some((thing, releases)) = open.pop() {
            match found.iter_mut().find(|(known, _)| *known == thing) {
                // The sets only grow, so that a circle of bases ends.
                Some((_, known)) if known.or(releases) == *known => continue,
                Some((_, known)) => *known = known.or(releases),
                None => found.push((thing, releases)),
            }
            let bases = code.facts(thing).iter();
            let bases = bases.filter(|fact| fact.kind == Kind::Base);
            open.extend(bases.map(|fact| (fact.argument, fact.releases.and(releases))));
        }
        found
    }

    /// Whether none of these classes has a base in another distribution.
    pub fn is_whole(&self, ancestors: &[(Thing, Releases)]) -> bool {
        let outside = |ancestor: Thing| {
            let when = self.while_is(ancestor, Kind::Outside);
            !when.is_empty()
        };
        !ancestors.iter().any(|(ancestor, _)| outside(*ancestor))
    }

    /// The releases in which a class or one of its bases has a fact with this text.
    pub fn when_inherited(
        &self,
        ancestors: &[(Thing, Releases)],
        kind: Kind,
        text: &str,
    ) -> Releases {
        ancestors
            .iter()
            .fold(Releases::NONE, |all, (ancestor, releases)| {
                all.or(self.when(*ancestor, kind, text).and(*releases))
            })
    }

    /// The parameters of a class's own constructor, with the releases that have them.
    pub fn parameters(&self, class: Thing) -> Vec<(&str, Releases)> {
        let Some((code, shared)) = self.code().zip(self.shared()) else {
            return Vec::new();
        };
        let facts = code.facts(class).iter();
        facts
            .filter(|fact| fact.kind == Kind::Parameter)
            .map(|fact| (shared.text(fact.argument), fact.releases))
            .collect()
    }

    /// The texts of the facts of one kind about a thing: names of members, parameters, attributes.
    pub fn texts(
        &self,
        thing: Thing,
        kind: Kind,
        release: usize,
    ) -> impl Iterator<Item = &str> + use<'_> {
        let both = self.code().zip(self.shared());
        both.into_iter().flat_map(move |(code, shared)| {
            let numbers = code.arguments(thing, kind, release);
            numbers.map(|number| shared.text(number))
        })
    }

    /// The releases in which a fact of one kind with this text holds.
    pub fn when(&self, thing: Thing, kind: Kind, text: &str) -> Releases {
        let Some((code, shared)) = self.code().zip(self.shared()) else {
            return Releases::NONE;
        };
        let facts = code.facts(thing).iter();
        facts
            .filter(|fact| fact.kind == kind && shared.raw(fact.argument) == text.as_bytes())
            .fold(Releases::NONE, |all, fact| all.or(fact.releases))
    }

    /// The releases in which a fact without an argument holds: that it is a class, or compiled.
    pub fn while_is(&self, thing: Thing, kind: Kind) -> Releases {
        let facts = self
            .code()
            .map(|code| code.facts(thing))
            .unwrap_or_default();
        facts
            .iter()
            .filter(|fact| fact.kind == kind)
            .fold(Releases::NONE, |all, fact| all.or(fact.releases))
    }
}
