//! The worker's command line and the artifact as it is handed over.
//!
//! Knows how the child is started, not what is said to it.

use std::ffi::OsString;
use std::io;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use super::LiveTrial;
use super::guard::{Places, places};
use super::handover::Handover;
use super::launcher::{self, Orders};
use super::reach::{self, absolute};
use super::scratch::Scratch;
use crate::artifact::Format;
use crate::text;
use crate::trial::{Sandbox, TrialError};

/// What the child gets on its standard input.
pub(super) enum Hands {
    /// Nothing: a folder has to be read by its path.
    Folder,
    /// The open file.
    File(Box<Handover>),
    /// The user stopped it.
    Cancelled,
}

/// Whether a Python trial can load the artifact at all.
pub(super) fn loadable(trial: &LiveTrial) -> Result<(), TrialError> {
    if trial.artifact.is_dir() && trial.sha256.is_some() {
        return Err(TrialError::Unusable(format!(
            "{} is a directory that only mlflow can load, and has no single hash; run it without one",
            text::path(&trial.artifact)
        )));
    }
    if !matches!(
        trial.format,
        Format::Pickle | Format::Joblib | Format::Skops | Format::Onnx | Format::Mlflow
    ) {
        return Err(TrialError::Unusable(format!(
            "{} is not in a format that a Python trial can load",
            text::path(&trial.artifact)
        )));
    }
    Ok(())
}

/// Opens the artifact and holds its hash against the one that was agreed to.
pub(super) fn hand_over(trial: &LiveTrial, cancel: &AtomicBool) -> Result<Hands, TrialError> {
    if trial.artifact.is_dir() {
        return Ok(Hands::Folder);
    }
    let opened = Handover::open(&trial.artifact, cancel).map_err(|error| {
        TrialError::Unusable(format!(
            "{} cannot be read: {error}",
            text::path(&trial.artifact)
        ))
    })?;
    let Some(handover) = opened else {
        return Ok(Hands::Cancelled);
    };
    match &trial.sha256 {
        Some(wanted) if !wanted.eq_ignore_ascii_case(&handover.sha256) => {
            Err(TrialError::Unusable(format!(
                "{} changed after it was read: its SHA-256 is now {}…; look at it again before you run it",
                text::path(&trial.artifact),
                &handover.sha256[..12]
            )))
        }
        _ => Ok(Hands::File(Box::new(handover))),
    }
}

/// The open file could not be given to the child.
pub(super) fn no_input(error: &io::Error) -> TrialError {
    TrialError::Unusable(format!("the open file could not be handed over: {error}"))
}

/// The command of the child, without its standard streams.
pub(super) fn command(
    trial: &LiveTrial,
    scratch: &Scratch,
    sandbox: &Sandbox,
) -> Result<Command, TrialError> {
    let interpreter = absolute(&trial.interpreter);
    if !interpreter.exists() {
        return Err(TrialError::Unusable(format!(
            "{} could not be started: there is no such file; check that it is a Python interpreter",
            text::path(&interpreter)
        )));
    }
    let orders = Orders {
        parent: std::process::id(),
        time: trial.time_limit,
        memory: sandbox.memory,
        landlock: sandbox.landlock.is_some(),
        seccomp: sandbox.seccomp,
        places: if sandbox.landlock.is_some() {
            places::of(&interpreter, &reach::readable(trial), scratch.folder())
        } else {
            Places::default()
        },
    };
    let mut arguments: Vec<OsString> = vec!["-I".into(), "-B".into()];
    arguments.push(scratch.worker().into());
    arguments.push(scratch.request().into());
    arguments.push(absolute(&trial.artifact).into());
    arguments.extend(trial.paths.iter().map(|path| absolute(path).into()));
    let launched = launcher::command(&orders, &interpreter, &arguments);
    let mut command = launched.ok_or_else(|| {
        TrialError::Unusable("this program cannot launch trials: it named no launcher".into())
    })?;

    command.current_dir(scratch.folder()).env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    for (name, value) in [
        ("LANG", "C.UTF-8"),
        ("PYTHONNOUSERSITE", "1"),
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("NUMEXPR_NUM_THREADS", "1"),
        // `n_jobs=-1` saved with a model must not start a pool of processes.
        ("JOBLIB_MULTIPROCESSING", "0"),
        ("LOKY_MAX_CPU_COUNT", "1"),
        ("MPLBACKEND", "Agg"),
        // Libraries ask for the user's name when they are imported; the list of users stays closed.
        ("USER", "shelflife"),
        ("LOGNAME", "shelflife"),
    ] {
        command.env(name, value);
    }
    for name in ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        command.env(name, scratch.folder());
    }
    Ok(command)
}
