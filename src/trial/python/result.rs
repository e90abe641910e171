//! The worker's replies and the way it ended, told as a prediction.

use super::process::{Ended, How};
use super::protocol::{self, Reply};
use super::{LiveTrial, NOT_SANDBOXED};
use crate::text;
use crate::trial::{Engine, Outcome, Output, Prediction, TrialError};

/// What the child's replies and its end amount to.
pub(super) fn prediction(trial: &LiveTrial, ended: &Ended) -> Result<Prediction, TrialError> {
    let printed = lines(&String::from_utf8_lossy(&ended.printed));
    let mut found = Prediction {
        engine: Engine::Python,
        input_source: trial.sample.source.clone(),
        outputs: Vec::new(),
        warnings: vec![NOT_SANDBOXED.into()],
        outcome: Outcome::Finished,
        printed,
        seconds: ended.time.as_secs_f64(),
    };
    let (mut started, mut finished) = (false, false);
    let mut stage = String::from("load");
    let mut raised = None;
    for reply in protocol::replies(&ended.replies) {
        match reply {
            Reply::Hello {} => started = true,
            Reply::Stage { stage: now } => stage = text::short(&now, 60),
            Reply::Warning { text } => found.warnings.push(text::clean(&text).into_owned()),
            Reply::Output {
                method,
                columns,
                rows,
                flat,
            } => found.outputs.push(Output {
                method: text::short(&method, 100),
                columns: columns
                    .iter()
                    .map(|c| text::clean(c).into_owned())
                    .collect(),
                rows: rows
                    .iter()
                    .map(|row| row.iter().map(protocol::decode).collect())
                    .collect(),
                flat,
            }),
            Reply::Raised {
                stage,
                exception,
                message,
                traceback,
            } => {
                let outcome = Outcome::Raised {
                    stage: text::short(&stage, 60),
                    exception: text::short(&exception, 200),
                    message: lines(&message),
                    traceback: lines(&traceback),
                };
                if raised.is_none() {
                    raised = Some(outcome);
                } else {
                    found.warnings.push(text::short(
                        &format!("{stage}: {exception}: {message}"),
                        600,
                    ));
                }
            }
            Reply::Changed { found } => {
                return Err(TrialError::Unusable(format!(
                    "{} changed after it was read: its SHA-256 is now {}…; look at it again before you run it",
                    text::path(&trial.artifact),
                    text::short(&found, 13).trim_end_matches('…')
                )));
            }
            Reply::End {} => finished = true,
        }
    }
    if ended.printed_dropped > 0 {
        found.warnings.push(format!(
            "the model printed {} more that was not kept",
            text::bytes(ended.printed_dropped)
        ));
    }

    found.outcome = match (&ended.how, finished) {
        (How::Cancelled, _) => Outcome::Cancelled,
        (How::TimedOut, _) => Outcome::TimedOut(trial.time_limit.as_secs_f64()),
        (_, true) => raised.unwrap_or(Outcome::Finished),
        (How::Signal(name), false) if started => {
            found.warnings.push(format!("{name} came during {stage}"));
            Outcome::Signal(name.clone())
        }
        (How::Exit(status), false) if started => Outcome::Raised {
            message: format!("the process ended itself with status {status} during {stage}"),
            stage,
            exception: String::new(),
            traceback: String::new(),
        },
        (how, false) => return Err(not_started(trial, how, &found.printed)),
    };
    Ok(found)
}

/// The interpreter did not get as far as the worker's first reply.
fn not_started(trial: &LiveTrial, how: &How, printed: &str) -> TrialError {
    let end = match how {
        How::Signal(name) => format!("was ended by {name}"),
        How::Exit(status) => format!("ended with status {status}"),
        How::TimedOut | How::Cancelled => "was stopped".into(),
    };
    let last = printed.lines().rev().find(|line| !line.trim().is_empty());
    let said = last.map_or_else(String::new, |line| format!(" ({})", text::short(line, 300)));
    TrialError::Unusable(format!(
        "{} {end} before the trial began{said}; check that it is a Python of 3.6 or newer",
        text::path(&trial.interpreter)
    ))
}

/// [`text::clean`] that keeps line breaks.
fn lines(raw: &str) -> String {
    let cleaned: Vec<String> = raw
        .lines()
        .map(|line| text::clean(&line.replace('\t', "    ")).into_owned())
        .collect();
    cleaned.join("\n")
}
