//! The smallest change that makes an artifact load and predict right in an environment.
//!
//! Pins the distributions that findings blame to what the artifact was saved with. Where the
//! environment's Python has no wheels of that release, it proposes a throw-away environment.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::rule::Context;
use super::{Finding, Fix};
use crate::manifest::Basis;
use crate::package;

/// The fix for the findings that are certain; `None` when there is nothing to fix or no remedy.
pub fn fix(context: &Context<'_>, findings: &[Finding]) -> Option<Fix> {
    let blamed: Vec<&Finding> = findings.iter().filter(|f| f.certain).collect();
    let first = blamed.first()?;
    let mut pins: Vec<(String, String)> = Vec::new();
    let mut python_blamed = false;
    for finding in &blamed {
        match finding.distribution.as_deref() {
            Some("python") => python_blamed = true,
            Some(distribution) if !pins.iter().any(|(name, _)| name == distribution) => {
                let specifier = wanted(context, distribution, finding);
                pins.push((distribution.to_owned(), specifier));
            }
            _ => {}
        }
    }
    // What no pin can bring: names of the author's own scripts and modules.
    let by_hand: Vec<&str> = blamed
        .iter()
        .filter(|f| f.distribution.is_none())
        .filter_map(|f| f.fix.as_deref())
        .collect();
    if pins.is_empty() && !python_blamed {
        return first.fix.as_ref().map(|remedy| Fix {
            pins: Vec::new(),
            command: String::new(),
            explanation: by_hand
                .first()
                .map_or(remedy.as_str(), |hand| hand)
                .to_owned(),
        });
    }
    limit_numpy(context, &mut pins);
    let specifiers: Vec<String> = pins
        .iter()
        .map(|(name, specifier)| format!("{name}{specifier}"))
        .collect();
    let other_python = other_python(context, &pins, python_blamed);
    let (command, mut explanation) = match &other_python {
        Some(python) => (
            throw_away(context, python, &specifiers),
            format!(
                "tries it in a throw-away environment with Python {python}; this Python cannot have these releases"
            ),
        ),
        None => (
            install(context, &specifiers),
            format!("installs {} into this environment", specifiers.join(", ")),
        ),
    };
    if let Some(hand) = by_hand.first() {
        explanation = format!("{explanation}; then {hand}");
    }
    Some(Fix {
        pins: specifiers,
        command,
        explanation,
    })
}

/// The specifier for a blamed distribution: what saved the file, else what the finding wants, else
/// what files near it declare.
fn wanted(context: &Context<'_>, distribution: &str, finding: &Finding) -> String {
    let manifest = context.manifest;
    let of = |basis: Basis| {
        manifest
            .saved_with
            .iter()
            .filter(move |r| r.subject == distribution && r.basis == basis)
            .map(|r| r.wanted.as_str())
    };
    if let Some(newest) = of(Basis::Stamped).max_by(|a, b| {
        let bare = |s: &str| s.trim_start_matches('=').to_owned();
        package::compare(&bare(a), &bare(b)).unwrap_or(std::cmp::Ordering::Equal)
    }) {
        return newest.to_owned();
    }
    let inferred = package::intersect(of(Basis::Inferred).chain([finding.wanted.as_str()]));
    if !inferred.is_empty() {
        return inferred;
    }
    let declared = manifest.declared.iter().find(|r| r.subject == distribution);
    declared.map_or_else(String::new, |r| r.wanted.clone())
}

/// Older scikit-learn releases need an older numpy than the environment may have.
fn limit_numpy(context: &Context<'_>, pins: &mut Vec<(String, String)>) {
    let Some(release) = pins
        .iter()
        .find(|(n, _)| n == "scikit-learn")
        .and_then(|(_, s)| release(s))
    else {
        return;
    };
    if release.numpy.is_empty() || pins.iter().any(|(name, _)| name == "numpy") {
        return;
    }
    if context.live_in("numpy", &release.numpy) != Some(true) {
        pins.push(("numpy".into(), release.numpy.clone()));
    }
}

/// The Python to use instead, when the environment's cannot have the pinned scikit-learn.
fn other_python(
    context: &Context<'_>,
    pins: &[(String, String)],
    python_blamed: bool,
) -> Option<String> {
    let live = context
        .environment
        .python
        .map(|p| format!("{}.{}", p.major, p.minor));
    let release = pins
        .iter()
        .find(|(n, _)| n == "scikit-learn")
        .and_then(|(_, s)| release(s));
    let by_release = release.map(|release| release.python.as_str());
    let saved = context
        .manifest
        .saved_with
        .iter()
        .filter(|r| r.subject == "python")
        .map(|r| r.wanted.as_str());
    let range = package::intersect(saved.chain(by_release));
    let fits = |python: &str| package::satisfies(python, &range) == Some(true);
    if !python_blamed && live.as_deref().is_none_or(fits) {
        return None;
    }
    (4..=14)
        .rev()
        .map(|minor| format!("3.{minor}"))
        .find(|python| fits(python))
}

fn install(context: &Context<'_>, specifiers: &[String]) -> String {
    let target = context
        .environment
        .interpreter
        .as_deref()
        .unwrap_or(&context.environment.prefix);
    let quoted: Vec<String> = specifiers.iter().map(|s| quote(s)).collect();
    format!(
        "uv pip install --python {} {}",
        quote_path(target),
        quoted.join(" ")
    )
}

fn throw_away(context: &Context<'_>, python: &str, specifiers: &[String]) -> String {
    let mut with: Vec<String> = specifiers
        .iter()
        .map(|s| format!("--with {}", quote(s)))
        .collect();
    for needed in ["joblib", "pandas"] {
        let used = context
            .manifest
            .names
            .iter()
            .any(|n| n.module.split('.').next() == Some(needed));
        if used && !specifiers.iter().any(|s| s.starts_with(needed)) {
            with.push(format!("--with {needed}"));
        }
    }
    format!(
        "uv run --no-project --python {python} {} python",
        with.join(" ")
    )
}

fn quote_path(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

/// A word for a POSIX shell.
fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.contains("==") {
        return word.to_owned();
    }
    format!("'{}'", crate::text::clean(word).replace('\'', "'\\''"))
}

#[derive(Deserialize)]
struct Releases {
    #[serde(rename = "scikit-learn")]
    scikit_learn: Vec<Release>,
}

/// What a scikit-learn minor release runs on.
#[derive(Deserialize)]
struct Release {
    #[serde(rename = "release")]
    minor: String,
    python: String,
    numpy: String,
}

static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let text = include_str!("../../assets/knowledge/releases.toml");
    // The file is part of the program; a test parses it.
    toml::from_str::<Releases>(text).map_or_else(|_| Vec::new(), |known| known.scikit_learn)
});

/// The Pythons that have wheels of a scikit-learn release; `None` when that is not known.
pub(super) fn python_of(version: &str) -> Option<&'static str> {
    release(&format!("=={version}")).map(|release| release.python.as_str())
}

/// The release line that an exact pin belongs to.
fn release(specifier: &str) -> Option<&'static Release> {
    let exact = specifier.strip_prefix("==")?;
    RELEASES
        .iter()
        .find(|release| package::same_minor(exact, &release.minor) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_parse_and_cover_a_pin() {
        assert!(RELEASES.len() >= 16);
        assert_eq!(
            release("==1.2.2").map(|r| r.python.as_str()),
            Some(">=3.8,<3.12")
        );
        assert!(release(">=1.2").is_none());
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quote("scikit-learn==1.2"), "'scikit-learn==1.2'");
        assert_eq!(quote("/a/b.c"), "/a/b.c");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("joblib>=1.2"), "'joblib>=1.2'");
    }
}
