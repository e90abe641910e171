//! Checks that look at what a file holds: names, classes, features, versions.

use super::{Asked, Fit};
use crate::compat::rule::in_file;
use crate::explain::named::{self, objects_of};
use crate::explain::types::Standing;
use crate::manifest::code;
use crate::pickle::Node;
use crate::text;

/// From this size on a model may be too large for a small machine.
const LARGE: u64 = 256 << 20;

pub(super) fn names(asked: &Asked<'_>) -> Option<Fit> {
    named::look(&named::named(&asked.raised.message)?, asked.case)
}

/// Whether the file holds an object of a class.
pub(super) fn holds(asked: &Asked<'_>, class: &str) -> Option<Fit> {
    let graph = asked.case.graph()?;
    Some(match objects_of(graph, class).next() {
        Some(id) => {
            let evidence = vec![in_file(graph.offset(id), format!("{class} stands here"))];
            Fit::new(Standing::Possible, format!("holds {class}"), evidence)
        }
        None => Fit::no(format!("holds no {class}")),
    })
}

/// Whether the file imports from a package.
pub(super) fn imports(asked: &Asked<'_>, package: &str) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let within = |module: &str| {
        let rest = module.strip_prefix(package);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '_']))
    };
    let found = case
        .manifest
        .names
        .iter()
        .find(|needed| within(&needed.module));
    Some(match found {
        Some(needed) => {
            let words = format!("imports {}.{}", needed.module, needed.name);
            Fit::new(
                Standing::Possible,
                &words,
                vec![in_file(needed.offset, &words)],
            )
        }
        None => Fit::no(format!("imports nothing of {package}")),
    })
}

pub(super) fn bytecode(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let made = graph.iter().find_map(|(id, node)| match node {
        Node::Object(object) if code::makes_code(graph, object) => {
            Some((id, code::python_range(graph, object)))
        }
        _ => None,
    });
    Some(match made {
        Some((id, range)) => {
            let of = range.map_or_else(String::new, |range| format!(" of Python {range}"));
            let evidence = vec![in_file(graph.offset(id), format!("bytecode{of}"))];
            Fit::new(Standing::Possible, format!("holds bytecode{of}"), evidence)
        }
        None => Fit::no("holds no bytecode"),
    })
}

pub(super) fn features(asked: &Asked<'_>) -> Option<Fit> {
    let class = asked.known.get("class")?;
    let expected: i64 = asked.known.get("expected")?.parse().ok()?;
    let graph = asked.case.graph()?;
    let mut widths = Vec::new();
    for id in objects_of(graph, class) {
        let width = graph
            .attribute(id, "n_features_in_")
            .and_then(|value| graph.int(value));
        if width == Some(expected) {
            let evidence = vec![in_file(
                graph.offset(id),
                format!("{class}: n_features_in_ = {expected}"),
            )];
            let reason = format!("its {class} was fitted on {expected} features");
            return Some(Fit::new(Standing::Exact, reason, evidence));
        }
        widths.extend(width);
    }
    Some(match widths.first() {
        Some(width) => Fit::no(format!("its {class} was fitted on {width} features")),
        None if objects_of(graph, class).next().is_some() => return None,
        None => Fit::no(format!("holds no {class}")),
    })
}

pub(super) fn feature_names(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let known = &case.manifest.feature_names;
    if known.is_empty() {
        return Some(Fit::no("knows no names of features"));
    }
    let mut lines = asked.raised.message.lines();
    let listed: Vec<&str> = lines
        .by_ref()
        .skip_while(|line| !line.contains("now missing"))
        .skip(1)
        .filter_map(|line| line.trim().strip_prefix("- "))
        .filter(|name| *name != "...")
        .collect();
    let missing = listed
        .iter()
        .find(|name| !known.iter().any(|k| k == **name));
    Some(match (missing, listed.first()) {
        (Some(name), _) => Fit::no(format!("was not fitted on a column {name}")),
        (None, Some(name)) => {
            let evidence = vec![in_file(0, format!("feature_names_in_ has {name}"))];
            Fit::new(
                Standing::Exact,
                format!("was fitted on {}", listed.join(", ")),
                evidence,
            )
        }
        (None, None) => {
            let reason = format!("was fitted on {} named columns", known.len());
            Fit::new(Standing::Possible, reason, Vec::new())
        }
    })
}

/// A global of the file that the message names.
pub(super) fn named_global(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let message = &asked.raised.message;
    let found = case
        .manifest
        .names
        .iter()
        .find(|needed| message.contains(&format!("{}.{}", needed.module, needed.name)));
    Some(match found {
        Some(needed) => {
            let words = format!("names {}.{}", needed.module, needed.name);
            Fit::new(
                Standing::Exact,
                &words,
                vec![in_file(needed.offset, &words)],
            )
        }
        None if message.contains("GLOBAL ") => Fit::no("does not name that class"),
        None => return None,
    })
}

pub(super) fn cuda(asked: &Asked<'_>) -> Option<Fit> {
    let graph = asked.case.graph()?;
    let found = graph
        .iter()
        .find(|(id, _)| graph.text(*id).is_some_and(|t| t.starts_with("cuda")));
    Some(match found {
        Some((id, _)) => {
            let device = text::short(graph.text(id).unwrap_or_default(), 20);
            let evidence = vec![in_file(graph.offset(id), &device)];
            Fit::new(
                Standing::Exact,
                format!("holds tensors of the device {device}"),
                evidence,
            )
        }
        None => Fit::no("holds no tensors of a GPU"),
    })
}

pub(super) fn saved_with(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let saved = asked.known.get("saved")?;
    let wanted = format!("=={saved}");
    let mut stamps = case.manifest.saved_with.iter();
    let Some(stamp) = stamps.find(|r| r.subject == "scikit-learn" && r.wanted == wanted) else {
        return Some(Fit::no(format!("was not saved with scikit-learn {saved}")));
    };
    let class = asked.known.get("class")?;
    let graph = case.graph()?;
    if objects_of(graph, class).next().is_none() {
        return Some(Fit::no(format!("holds no {class}")));
    }
    let reason = format!("holds a {class} of scikit-learn {saved}");
    Some(Fit::new(Standing::Exact, reason, stamp.evidence.clone()))
}

pub(super) fn format(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    case.artifact.facts.as_ref().ok()?;
    let reason = format!("is {}", super::bytes::what(case));
    Some(Fit::new(Standing::Possible, reason, Vec::new()))
}

pub(super) fn large(asked: &Asked<'_>) -> Option<Fit> {
    let size = asked.case.artifact.size;
    let reason = format!("has {}", text::bytes(size));
    (size >= LARGE).then(|| Fit::new(Standing::Possible, reason, Vec::new()))
}
