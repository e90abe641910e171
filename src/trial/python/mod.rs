//! A trial in the live environment's own Python: the artifact is loaded and fed the sample rows by
//! a child process that can be killed.
//!
//! Loading a pickle runs whatever the pickle holds, so that a call needs a [`Consent`]. The child
//! has a process group of its own, a cleared environment, an empty home folder and limits on time,
//! processor time and memory. It is not a sandbox: it runs with the rights of the user, and every
//! prediction says so in a warning. Nothing else in the program starts a process.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::artifact::Format;
use crate::trial::{Prediction, Sample, TrialError};

#[cfg(unix)]
mod inner;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod protocol;
#[cfg(unix)]
mod result;
#[cfg(unix)]
mod worker;

#[cfg(all(test, unix))]
mod tests;

/// How long a trial may take unless the caller says otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What every prediction of this engine says about its own limits.
pub const NOT_SANDBOXED: &str = "not sandboxed: the trial ran with your own rights on files and network, limited in time and memory only";

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
    /// The hash of the bytes that the user agreed to, in hexadecimal; of a directory, its model
    /// file's.
    pub sha256: Option<String>,
}

impl Consent {
    /// The user was shown the file, its hash and the names that it would call, and said yes.
    pub fn given_by_user() -> Self {
        Self(())
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
    let scratch = worker::Scratch::new()?;
    let command = worker::command(trial, &scratch)?;
    let request = protocol::request(trial)?;
    let ended = process::run(command, request, trial.time_limit, cancel).map_err(|error| {
        TrialError::Unusable(format!(
            "{} could not be started: {error}; check that it is a Python interpreter",
            crate::text::path(&trial.interpreter)
        ))
    })?;
    result::prediction(trial, &ended)
}

/// Elsewhere there are no process groups to kill, and nothing is run.
#[cfg(not(unix))]
pub fn predict(_trial: &LiveTrial, _cancel: &AtomicBool) -> Result<Prediction, TrialError> {
    Err(TrialError::Unusable(
        "a trial in Python needs process groups, which this system does not have".into(),
    ))
}
