//! The names that a message is about (a module, a name in it, an attribute of a class), looked up
//! in the names and objects of a file.

use super::look::Fit;
use super::types::Standing;
use super::weigh::Case;
use super::words::{capture, without_hint};
use crate::compat::rule::{in_environment, in_file};
use crate::environment::{ModuleLookup, NameLookup, fix_imports};
use crate::manifest::NeededName;
use crate::pickle::{Graph, Node, NodeId};

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A module that is not there.
    Module(String),
    /// A name that a module lacks.
    Attribute { module: String, name: String },
    /// An attribute that an object of a class lacks.
    Member { class: String, name: String },
}

/// The patterns of Python's own messages; the captures say what they are about.
const PATTERNS: [&str; 8] = [
    "No module named '{module}'",
    "Can't get attribute '{name}' on <module '{module}'",
    "Can't get local attribute '{name}' on <module '{module}'",
    "Can't pickle local attribute '{name}' on <module '{module}'",
    "Can't get attribute '{name}' on <class '{class}'",
    "cannot import name '{name}' from '{module}'",
    "'{class}' object has no attribute '{name}'",
    "module '{module}' has no attribute '{name}'",
];

/// What the first line of a message is about.
pub(super) fn named(message: &str) -> Option<Named> {
    let line = without_hint(message.lines().next()?);
    PATTERNS.iter().find_map(|pattern| {
        let captures = capture(pattern, line)?;
        let get = |name: &str| {
            let found = captures.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Some(match (get("module"), get("class"), get("name")) {
            (Some(module), _, Some(name)) => Named::Attribute { module, name },
            (Some(module), _, None) => Named::Module(module),
            (_, Some(class), Some(name)) => Named::Member { class, name },
            _ => return None,
        })
    })
}

/// Looks a message's names up in a file.
pub(super) fn look(named: &Named, case: &Case<'_>) -> Option<Fit> {
    match named {
        Named::Module(module) => imported(case, module, None),
        Named::Attribute { module, name } => imported(case, module, Some(name)),
        Named::Member { class, name } => member(case, class, name),
    }
}

/// The file's name that asks for a module, or for a name in it.
fn imported(case: &Case<'_>, module: &str, name: Option<&str>) -> Option<Fit> {
    let fits = |needed: &&NeededName| {
        let protocol = if needed.python2 { 2 } else { 4 };
        let (from, found) = fix_imports(&needed.module, &needed.name, protocol);
        let within = |whole: &str, part: &str| {
            let rest = whole.strip_prefix(part);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        match name {
            None => within(&from, module),
            Some(name) => from == module && within(&found, name),
        }
    };
    case.artifact.facts.as_ref().ok()?;
    let what = name.map_or_else(|| module.to_owned(), |name| format!("{module}.{name}"));
    let Some(needed) = case.manifest.names.iter().find(fits) else {
        let reason = format!("imports nothing called {what}");
        return Some(Fit::new(Standing::Unrelated, reason, Vec::new()));
    };
    let dotted = format!("{}.{}", needed.module, needed.name);
    let mut evidence = vec![in_file(needed.offset, format!("imports {dotted}"))];
    let mut reason = format!("imports {dotted}");
    if let Some(environment) = case.environment {
        let there = match name {
            None => match environment.module(module) {
                ModuleLookup::Found { file, .. } => Some(file),
                _ => None,
            },
            Some(name) => match environment.name(module, name) {
                NameLookup::Defined { file, .. } => Some(file),
                _ => None,
            },
        };
        if let Some(file) = there {
            evidence.push(in_environment(
                file.as_deref(),
                None,
                format!("{what} is here"),
            ));
            reason.push_str(", which this environment has: the failing one is another");
        }
    }
    Some(Fit::new(Standing::Possible, reason, evidence))
}

/// An object of a class whose state lacks an attribute.
fn member(case: &Case<'_>, class: &str, name: &str) -> Option<Fit> {
    let graph = case.graph()?;
    let mut objects = objects_of(graph, class).peekable();
    if objects.peek().is_none() {
        // Objects of the language itself, and those that only come to be while code runs.
        let reason = format!("holds no {class}");
        return Some(Fit::new(Standing::Unrelated, reason, Vec::new()));
    }
    let lacking = objects.find(|id| !graph.attributes(*id).iter().any(|(key, _)| *key == name));
    Some(match lacking {
        Some(id) => {
            let words = format!("the state of this {class} has no {name}");
            let evidence = vec![in_file(graph.offset(id), &words)];
            Fit::new(Standing::Possible, words, evidence)
        }
        None => Fit::new(
            Standing::Excluded,
            format!("every {class} in it has {name}"),
            Vec::new(),
        ),
    })
}

/// The objects of a class, by its name with or without the module.
pub(super) fn objects_of<'g>(graph: &'g Graph, class: &str) -> impl Iterator<Item = NodeId> + 'g {
    let class = class.rsplit('.').next().unwrap_or(class).to_owned();
    graph.iter().filter_map(move |(id, node)| {
        let is = matches!(node, Node::Object(_))
            && graph.class(id).is_some_and(|found| {
                let name: &str = &found.name;
                name.rsplit('.').next() == Some(&*class)
            });
        is.then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_they_are_about() {
        let module = |m: &str| Some(Named::Module(m.into()));
        assert_eq!(
            named("No module named 'numpy._core'"),
            module("numpy._core")
        );
        assert_eq!(
            named("No module named 'a.b'; 'a' is not a package"),
            module("a.b")
        );
        let about = named("Can't get attribute 'X' on <module 'Y' from '/z.py'>");
        let same = named("module 'Y' has no attribute 'X'");
        assert_eq!(about, same);
        assert!(matches!(about, Some(Named::Attribute { .. })));
        let member = named("'SVC' object has no attribute '_probA'. Did you mean: 'probA_'?");
        assert_eq!(
            member,
            Some(Named::Member {
                class: "SVC".into(),
                name: "_probA".into()
            })
        );
        assert_eq!(named("something else"), None);
    }
}
