//! `predict --beside`: the same rows in the Pythons of other environments.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};

use super::predict::announce;
use crate::artifact::Artifact;
use crate::engine::{LiveWork, Work};
use crate::environment::Environment;
use crate::report::sides::Side;
use crate::text;
use crate::trial::{Engine, Sample};

/// What each environment answers, one after the other; the user agreed that the file is loaded.
pub(super) fn ask(
    work: &LiveWork,
    artifact: &Artifact,
    rows: &Sample,
    environments: &[PathBuf],
    cancel: &AtomicBool,
) -> Result<Vec<Side>> {
    let mut opened = Vec::new();
    // All of them are looked at before anything runs.
    for path in environments {
        match work.open_environment(Some(path))? {
            Some(environment) => opened.push(environment),
            None => bail!("{} is no Python environment", text::path(path)),
        }
    }
    let mut sides = Vec::new();
    for environment in &opened {
        announce(work, artifact, Some(environment))?;
        sides.push(Side {
            prefix: environment.prefix.to_string_lossy().into_owned(),
            releases: releases(environment),
            result: work.run(artifact, Engine::Python, rows, Some(environment), cancel),
        });
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
