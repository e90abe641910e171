//! What a file would call when loaded, against lists of known and of dangerous names.
//!
//! A second word beside the verdict. It never says "safe": `known` means that only listed names
//! occur, `unlisted` that some are on no list. Packages that models are made of are listed as
//! wholes; their names were not looked at one by one, nor does it follow what the named code does.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::artifact::{Artifact, Format};
use crate::manifest::{Manifest, NeededName, Role};

/// What loading would run, in one word and with names.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Trust {
    /// `known`, `unlisted`, `dangerous` or `inert`.
    pub word: String,
    /// The names behind the word, the most telling first; empty for `known` and `inert`.
    pub names: Vec<String>,
}

#[derive(Deserialize)]
struct Lists {
    known_modules: HashSet<String>,
    known_names: Names,
    dangerous_modules: HashSet<String>,
    dangerous_names: Names,
}

/// Dotted names by their top module, so that a name is compared with few others.
#[derive(Deserialize)]
#[serde(from = "Vec<String>")]
struct Names(HashMap<String, Vec<String>>);

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Names {
        let mut by_top: HashMap<String, Vec<String>> = HashMap::new();
        for name in names {
            let top = top_of(&name).to_owned();
            by_top.entry(top).or_default().push(name);
        }
        Names(by_top)
    }
}

impl Names {
    fn list(&self, needed: &NeededName) -> bool {
        let near = self.0.get(top_of(&needed.module));
        near.is_some_and(|names| names.iter().any(|name| needed.is(name)))
    }
}

fn top_of(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}

static LISTS: LazyLock<Option<Lists>> =
    LazyLock::new(|| toml::from_str(include_str!("../../assets/knowledge/trust.toml")).ok());

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
    let mut last: Option<(&str, Below)> = None;
    let standings = manifest.names.iter().map(|needed| {
        let below = match &last {
            Some((module, below)) if *module == needed.module => *below,
            _ => lists.below(&needed.module),
        };
        last = Some((&needed.module, below));
        lists.standing(needed, below)
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

/// Whether a module is one of the listed ones, or below one.
#[derive(Clone, Copy)]
struct Below {
    known: bool,
    dangerous: bool,
}

impl Lists {
    fn below(&self, module: &str) -> Below {
        let below = |modules: &HashSet<String>| {
            let dots = module.match_indices('.').map(|(at, _)| at);
            dots.chain([module.len()])
                .any(|end| modules.contains(&module[..end]))
        };
        Below {
            known: below(&self.known_modules),
            dangerous: below(&self.dangerous_modules),
        }
    }

    fn standing(&self, needed: &NeededName, below: Below) -> Standing {
        // A dotted name walks attributes: `pathlib` + `os.system` reaches another module.
        let walks = needed.name.contains('.');
        if below.dangerous || self.dangerous_names.list(needed) {
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
        if (below.known && harmless && !walks) || self.known_names.list(needed) {
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
        lists.standing(&needed, lists.below(module))
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
