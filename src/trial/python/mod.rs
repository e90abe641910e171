//! A trial in the live environment's own Python: the artifact is loaded and fed the sample rows by
//! a child process that can be killed.
//!
//! Loading a pickle runs whatever the pickle holds, so that a call needs a [`Consent`]. The child
//! is this program again, which puts limits and a sandbox on itself and becomes the interpreter
//! ([`launcher`]); what the system cannot enforce is said before ([`terms`]) and in the result
//! ([`Run`](crate::trial::Run)). Nothing else in the program starts a process.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::artifact::Format;
use crate::trial::{Prediction, Sample, Sandbox, TrialError};

#[cfg(unix)]
mod guard;
#[cfg(unix)]
mod handover;
#[cfg(unix)]
mod inner;
#[cfg(unix)]
pub mod launcher;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod protocol;
#[cfg(unix)]
mod reach;
#[cfg(unix)]
mod result;
#[cfg(unix)]
mod scratch;
#[cfg(unix)]
mod worker;

/// Elsewhere nothing is launched.
#[cfg(not(unix))]
pub mod launcher {
    /// Nothing to take over.
    pub fn take_over() -> Option<u8> {
        None
    }
}

/// How long a trial may take unless the caller says otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The user's agreement that the artifact may run its code.
///
/// There is one way to make it, so that each place in the program that runs a stranger's code can
/// be found by its name.
#[derive(Clone, Copy, Debug)]
pub struct Consent(());

/// One trial: what to load, where, and with which rows.
#[derive(Clone, Debug)]
pub struct LiveTrial<'a> {
    /// The file; for `MLflow` the directory. A directory whose model file has a format of its own
    /// is loaded through that file and needs no `mlflow` in the environment.
    pub artifact: PathBuf,
    /// The format that its content has.
    pub format: Format,
    /// The interpreter of the environment, not resolved: a virtual environment's is a link.
    pub interpreter: PathBuf,
    /// The rows.
    pub sample: &'a Sample,
    /// The user's agreement.
    pub consent: Consent,
    /// How long it may take; see [`TIME_LIMIT`].
    pub time_limit: Duration,
    /// Folders to import from, after the environment's own. The artifact's folder is not among
    /// them unless the user asked for it.
    pub paths: Vec<PathBuf>,
    /// Folders outside of the environment that it imports from by itself: editable installs.
    pub reach: Vec<PathBuf>,
    /// The hash of the bytes that the user agreed to, in hexadecimal; of a directory, its model
    /// file's.
    pub sha256: Option<String>,
    /// Which layers of the sandbox are wanted; what the system lacks is said.
    pub layers: Wanted,
}

/// Which layers of the sandbox are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Every layer that the system has.
    All,
    /// Files only: how a system without a filter of system calls would run it.
    Files,
    /// System calls only: how a system without Landlock would run it.
    Calls,
    /// None: the user said so.
    Nothing,
}

impl Consent {
    /// The user was shown the file, its hash and the names that it would call, and said yes.
    pub fn given_by_user() -> Self {
        Self(())
    }
}

/// What the trial may do and what holds it back, to be shown before it is allowed. Asks the kernel
/// and follows links; starts nothing.
#[cfg(unix)]
pub fn terms(trial: &LiveTrial) -> Sandbox {
    let inner = inner::model_file(trial);
    reach::terms(inner.as_ref().unwrap_or(trial))
}

/// Elsewhere nothing is run.
#[cfg(not(unix))]
pub fn terms(trial: &LiveTrial) -> Sandbox {
    Sandbox {
        landlock: None,
        seccomp: false,
        missing: vec!["a trial in Python needs a Unix system".into()],
        reads: Vec::new(),
        sealed: false,
        seconds: trial.time_limit.as_secs(),
        memory: 0,
    }
}

/// Runs the trial and waits for it; `cancel` ends it within a few milliseconds.
///
/// What Python raises, a crash and a passed time limit are outcomes of a prediction. An error means
/// that no trial took place.
#[cfg(unix)]
pub fn predict(trial: &LiveTrial, cancel: &AtomicBool) -> Result<Prediction, TrialError> {
    let Consent(()) = trial.consent;
    let inner = inner::model_file(trial);
    let trial = inner.as_ref().unwrap_or(trial);
    worker::loadable(trial)?;
    let request = protocol::request(trial)?;
    let mut sandbox = reach::terms(trial);
    let handover = match worker::hand_over(trial, cancel)? {
        worker::Hands::Cancelled => return Ok(result::cancelled(trial, sandbox)),
        worker::Hands::Folder => None,
        worker::Hands::File(handover) => Some(handover),
    };
    sandbox.sealed = handover
        .as_ref()
        .is_some_and(|handover| handover.is_sealed());
    let scratch = scratch::Scratch::new(&request)?;
    let command = worker::command(trial, &scratch, &sandbox)?;
    let input = match &handover {
        Some(handover) => handover.stdin().map_err(|error| worker::no_input(&error))?,
        None => std::process::Stdio::null(),
    };
    let ended = process::run(command, input, trial.time_limit, cancel).map_err(|error| {
        TrialError::Unusable(format!("the trial could not be launched: {error}"))
    })?;
    let mut found = result::prediction(trial, &ended, sandbox)?;
    if let (Some(handover), Some(run)) = (&handover, &mut found.run) {
        run.sha256 = Some(handover.sha256.clone());
        if handover.changed() {
            found
                .warnings
                .push("the file was written to while the trial ran".into());
        }
    }
    Ok(found)
}

/// Elsewhere there are no process groups to kill, and nothing is run.
#[cfg(not(unix))]
pub fn predict(_trial: &LiveTrial, _cancel: &AtomicBool) -> Result<Prediction, TrialError> {
    Err(TrialError::Unusable(
        "a trial in Python needs process groups, which this system does not have".into(),
    ))
}
