//! `predict --beside`: the same rows in the Pythons of other environments.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};

use super::predict::announce;
use crate::artifact::Artifact;
use crate::engine::{LiveWork, Work};
use crate::environment::Environment;
use crate::report::sides::Side;
use crate::text;
use crate::trial::{Engine, Prediction, Sample};

/// The environments at these paths; all of them are looked at before anything runs.
pub(super) fn open(work: &LiveWork, paths: &[PathBuf]) -> Result<Vec<Environment>> {
    let mut opened = Vec::new();
    for path in paths {
        match work.open_environment(Some(path))? {
            Some(environment) => opened.push(environment),
            None => bail!("{} is no Python environment", text::path(path)),
        }
    }
    Ok(opened)
}

/// What each environment answers, one after the other, against `first`; the user agreed that the
/// file is loaded. Once stopped, no other begins.
pub(super) fn ask(
    work: &LiveWork,
    artifact: &Artifact,
    rows: &Sample,
    first: &Prediction,
    environments: &[Environment],
    cancel: &AtomicBool,
) -> Result<Vec<Side>> {
    let mut sides = Vec::new();
    for environment in environments {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        announce(work, artifact, Some(environment))?;
        let prefix = environment.prefix.to_string_lossy().into_owned();
        let result = work.run(artifact, Engine::Python, rows, Some(environment), cancel);
        sides.push(Side::of(first, prefix, releases(environment), result));
    }
    Ok(sides)
}

fn releases(environment: &Environment) -> String {
    let python = environment.python.map(|python| format!("Python {python}"));
    let learn = environment
        .distribution("scikit-learn")
        .map(|found| format!("scikit-learn {}", text::clean(&found.version)));
    let known: Vec<String> = python.into_iter().chain(learn).collect();
    known.join(", ")
}
