//! What a file would call when loaded, against lists of known and of dangerous names.
//!
//! A second word beside the verdict. It never says "safe": `known` means that only listed names
//! occur, `unlisted` that some are on no list. Packages that models are made of are listed as
//! wholes; their names were not looked at one by one, nor does it follow what the named code does.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::artifact::{Artifact, Format};
use crate::manifest::{Manifest, NeededName, Role};
use crate::package::top_of;

/// What loading would run, in one word and with names.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trust {
    /// `known`, `unlisted`, `dangerous` or `inert`.
    pub word: String,
    /// The names behind the word, the most telling first; empty for `known` and `inert`.
    pub names: Vec<String>,
}

#[derive(Deserialize)]
struct Written {
    known_modules: Vec<String>,
    known_names: Vec<String>,
    dangerous_modules: Vec<String>,
    dangerous_names: Vec<String>,
}

/// The lists by top module, so that a name is compared with few others.
#[derive(Default)]
struct Lists(HashMap<String, Listed>);

/// What the lists say below one top module.
#[derive(Default)]
struct Listed {
    known_modules: Vec<String>,
    known_names: Vec<String>,
    dangerous_modules: Vec<String>,
    dangerous_names: Vec<String>,
}

impl From<Written> for Lists {
    fn from(written: Written) -> Lists {
        let mut lists = Lists::default();
        let mut add = |names: Vec<String>, into: fn(&mut Listed) -> &mut Vec<String>| {
            for name in names {
                let top = top_of(&name).to_owned();
                into(lists.0.entry(top).or_default()).push(name);
            }
        };
        add(written.known_modules, |listed| &mut listed.known_modules);
        add(written.known_names, |listed| &mut listed.known_names);
        add(written.dangerous_modules, |l| &mut l.dangerous_modules);
        add(written.dangerous_names, |l| &mut l.dangerous_names);
        lists
    }
}

static LISTS: LazyLock<Option<Lists>> = LazyLock::new(|| {
    let written: Option<Written> =
        toml::from_str(include_str!("../../assets/knowledge/trust.toml")).ok();
    written.map(Lists::from)
});

/// Reads the lists, which the first question does otherwise.
pub fn prepare() {
    LazyLock::force(&LISTS);
}

/// The trust word of an artifact; `None` when it could not be read, and for archives.
pub fn of(artifact: &Artifact, manifest: &Manifest) -> Option<Trust> {
    let facts = artifact.facts.as_ref().ok()?;
    // What its members would call is known only when they are unpacked.
    if artifact.format == Format::Archive {
        return None;
    }
    if !facts.executes {
        return Some(word("inert", Vec::new()));
    }
    // Without the lists nothing is known, which is the cautious answer.
    let Some(lists) = LISTS.as_ref() else {
        return Some(word("unlisted", Vec::new()));
    };
    // The names of a model come module by module, and there are few modules.
    let mut last: Option<(&str, Near)> = None;
    let standings = manifest.names.iter().map(|needed| {
        let near = match last {
            Some((module, near)) if module == needed.module => near,
            _ => lists.near(&needed.module),
        };
        last = Some((&needed.module, near));
        near.standing(needed)
    });
    let standings: Vec<Standing> = standings.collect();
    let names = |wanted: Standing| {
        let all = manifest.names.iter().zip(&standings);
        all.filter(|(_, standing)| **standing == wanted)
            .map(|(n, _)| crate::text::short(&format!("{}.{}", n.module, n.name), 160))
            .collect::<Vec<_>>()
    };
    let dangerous = names(Standing::Dangerous);
    if !dangerous.is_empty() {
        return Some(word("dangerous", dangerous));
    }
    let unlisted = names(Standing::Unlisted);
    if unlisted.is_empty() {
        Some(word("known", unlisted))
    } else {
        Some(word("unlisted", unlisted))
    }
}

fn word(word: &str, names: Vec<String>) -> Trust {
    Trust {
        word: word.to_owned(),
        names,
    }
}

#[derive(PartialEq, Eq)]
enum Standing {
    Known,
    Unlisted,
    Dangerous,
}

/// What the lists say about one module.
#[derive(Clone, Copy)]
struct Near<'l> {
    /// Whether it is one of the known modules, or below one.
    known: bool,
    dangerous: bool,
    known_names: &'l [String],
    dangerous_names: &'l [String],
}

impl Lists {
    fn near(&self, module: &str) -> Near<'_> {
        let listed = self.0.get(top_of(module));
        let is_below = |modules: fn(&Listed) -> &[String]| {
            listed.is_some_and(|listed| {
                modules(listed).iter().any(|listed| {
                    let rest = module.strip_prefix(listed.as_str());
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            })
        };
        Near {
            known: is_below(|listed| &listed.known_modules),
            dangerous: is_below(|listed| &listed.dangerous_modules),
            known_names: listed.map_or(&[], |listed| &listed.known_names),
            dangerous_names: listed.map_or(&[], |listed| &listed.dangerous_names),
        }
    }
}

impl Near<'_> {
    fn standing(&self, needed: &NeededName) -> Standing {
        let is_one_of = |names: &[String]| names.iter().any(|name| needed.is(name));
        // A dotted name walks attributes: `pathlib` + `os.system` reaches another module.
        let walks = needed.name.contains('.');
        if self.dangerous || is_one_of(self.dangerous_names) {
            return Standing::Dangerous;
        }
        // Classes are made without a call; functions of these libraries are called only by their
        // own classes, whose private helpers all start with an underscore.
        let class_like = needed
            .name
            .starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let harmless = match needed.role {
            Role::Construct => true,
            Role::Call | Role::Reference => class_like || needed.role == Role::Reference,
        };
        if (self.known && harmless && !walks) || is_one_of(self.known_names) {
            Standing::Known
        } else {
            Standing::Unlisted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(module: &str, name: &str, role: Role) -> Standing {
        let needed = NeededName {
            module: module.into(),
            name: name.into(),
            role,
            offset: 0,
            python2: false,
        };
        let lists = LISTS.as_ref().unwrap();
        lists.near(module).standing(&needed)
    }

    #[test]
    fn names_fall_into_three_groups() {
        use Role::{Call, Construct, Reference};
        assert!(standing("sklearn.svm._classes", "SVC", Construct) == Standing::Known);
        assert!(standing("posix", "system", Call) == Standing::Dangerous);
        assert!(standing("os.path", "join", Reference) == Standing::Dangerous);
        assert!(standing("builtins", "eval", Call) == Standing::Dangerous);
        assert!(standing("pathlib", "os.system", Call) == Standing::Dangerous);
        assert!(standing("sklearn", "os.system", Call) == Standing::Unlisted);
        assert!(standing("sklearn.datasets", "fetch_openml", Call) == Standing::Unlisted);
        assert!(standing("my_features", "log_amount", Reference) == Standing::Unlisted);
        assert!(standing("sklearnx", "SVC", Construct) == Standing::Unlisted);
    }
}
