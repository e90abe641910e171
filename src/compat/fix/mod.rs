//! The smallest change that makes an artifact load and predict right in an environment.
//!
//! Pins the distributions that findings blame to what the artifact was saved with, and what has to
//! move with them. Where the environment's Python has no wheels of these releases it says which
//! Python has, and it gives a line that opens the artifact in an environment made for it. It knows
//! releases from a table and runs nothing: whether a set resolves, `tests/matrix/resolve.py` asks.

mod again;
mod command;
mod on_host;
mod pins;
mod releases;
mod throw_away;

use std::cmp::Ordering;

use super::rule::Context;
use super::{Finding, Fix};
use crate::manifest::Basis;
use crate::package;
use pins::Pins;
pub(super) use releases::meet;

/// The fix for the findings that are certain; `None` when there is nothing to fix or no remedy.
pub fn fix(context: &Context<'_>, findings: &[Finding]) -> Option<Fix> {
    let blamed: Vec<&Finding> = findings.iter().filter(|f| f.certain).collect();
    let first = *blamed.first()?;
    let mut pins = Pins::default();
    let mut python_blamed = false;
    // Installed, blamed, and nothing says which release it should be: to install it is no change.
    let mut guilty: Vec<&str> = Vec::new();
    for finding in &blamed {
        match finding.distribution.as_deref() {
            Some("python") => python_blamed = true,
            Some(distribution) if pins.get(distribution).is_none() => {
                let specifier = wanted(context, distribution, finding);
                if !specifier.is_empty() || context.live(distribution).is_none() {
                    pins.want(distribution, &specifier);
                } else if !guilty.contains(&distribution) {
                    guilty.push(distribution);
                }
            }
            _ => {}
        }
    }
    guilty.retain(|distribution| pins.get(distribution).is_none());
    let guilty = guilty.first().map(|distribution| {
        let live = context.live(distribution).unwrap_or_default();
        format!("another release of {distribution} than {live} is needed, and the file does not say which")
    });
    // What no pin can bring: names of the author's own scripts and modules, missing files.
    let by_hand: Vec<&Finding> = blamed
        .iter()
        .copied()
        .filter(|finding| finding.distribution.is_none())
        .collect();
    let hand = by_hand.iter().find_map(|finding| finding.fix.as_deref());
    let line = match guilty {
        Some(_) => None,
        None => throw_away::line(context, &blamed, &pins),
    };
    let again = again::again(context, &blamed, line.as_ref());
    if pins.is_empty() && !python_blamed {
        let remedy = guilty.as_deref().or(hand).or(first.fix.as_deref())?;
        return Some(Fix {
            explanation: remedy.to_owned(),
            throw_away: line.map(|line| line.command),
            again,
            ..Fix::default()
        });
    }
    if wants_table(context) && context.live("pandas").is_none() {
        pins.want("pandas", "");
    }
    pins.drop_brought();
    let own = pins.specifiers().len();
    let minor = context.environment.python.map(|python| python.minor);
    let minor = minor.filter(|_| !python_blamed);
    if let Some(minor) = minor {
        pins.neighbours(minor);
    }
    pins.limit(|name, range| context.live_in(name, range));
    pins.dependents(context);
    let lacking = minor.map_or_else(Vec::new, |minor| pins.not_on(minor));
    let specifiers = pins.specifiers();
    let in_place = !python_blamed && lacking.is_empty();
    let (command, mut explanation) = if in_place {
        (
            command::install(context.environment, &specifiers),
            installs(&specifiers, own),
        )
    } else {
        let why = if python_blamed {
            "another Python saved it".to_owned()
        } else {
            let live = context.environment.python.map(|p| p.to_string());
            format!(
                "Python {} has no wheels of {}",
                live.unwrap_or_default(),
                lacking.join(", ")
            )
        };
        match &line {
            Some(line) => (
                line.command.clone(),
                format!(
                    "{why}: opens it in a throw-away environment with Python {}, which runs what the file holds",
                    line.python
                ),
            ),
            None => (String::new(), why),
        }
    };
    for more in [guilty.as_deref(), hand].into_iter().flatten() {
        explanation = format!("{explanation}; then {more}");
    }
    Some(Fix {
        pins: specifiers,
        command,
        explanation,
        throw_away: line.map(|line| line.command),
        again,
        elsewhere: None,
    })
}

/// What the command does; what has to move with the first `own` specifiers is named apart.
fn installs(specifiers: &[String], own: usize) -> String {
    let (own, along) = specifiers.split_at(own.min(specifiers.len()));
    let own = own.join(", ");
    if along.is_empty() {
        return format!("installs {own} into this environment");
    }
    format!(
        "installs {own} into this environment, and what has to move with it: {}",
        along.join(", ")
    )
}

/// Whether the model picks columns of its input by name, which only a table has.
fn wants_table(context: &Context<'_>) -> bool {
    let picks = |module: &str| module.starts_with("sklearn.compose");
    let mut names = context.manifest.names.iter();
    !context.manifest.feature_names.is_empty() && names.any(|needed| picks(&needed.module))
}

/// The specifier for a blamed distribution: what saved the file, else what the finding wants, else
/// what files near it declare.
fn wanted(context: &Context<'_>, distribution: &str, finding: &Finding) -> String {
    let saved = saved(context, distribution);
    if saved.starts_with("==") {
        return saved;
    }
    // A finding knows more of its own case than an inference about the whole file.
    if releases::meet(distribution, &saved, &finding.wanted) == Some(false) {
        return finding.wanted.clone();
    }
    let joined = package::intersect([saved.as_str(), finding.wanted.as_str()].into_iter());
    if !joined.is_empty() {
        return joined;
    }
    let declared = context.manifest.declared.iter();
    let mut declared = declared.filter(|r| r.subject == distribution);
    declared
        .next()
        .map_or_else(String::new, |r| r.wanted.clone())
}

/// What saved the file, of one distribution: the newest version that it names, else the range that
/// it implies; empty when it tells neither.
fn saved(context: &Context<'_>, distribution: &str) -> String {
    let of = |basis: Basis| {
        let all = context.manifest.saved_with.iter();
        all.filter(move |r| r.subject == distribution && r.basis == basis)
            .map(|r| r.wanted.as_str())
    };
    let bare = |specifier: &str| specifier.trim_start_matches('=').to_owned();
    let newest =
        |a: &&str, b: &&str| package::compare(&bare(a), &bare(b)).unwrap_or(Ordering::Equal);
    match of(Basis::Stamped).max_by(newest) {
        Some(newest) => newest.to_owned(),
        None => package::intersect(of(Basis::Inferred)),
    }
}
