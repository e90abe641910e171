//! The worker's replies and the way it ended, told as a prediction.

use super::process::{Ended, How};
use super::protocol::{self, Reply};
use super::{LiveTrial, launcher};
use crate::text;
use crate::trial::{
    Engine, Outcome, Output, Prediction, Returned, Run, Sandbox, TrialError, cells,
};

/// A trial that was stopped before its child was started.
pub(super) fn cancelled(trial: &LiveTrial, sandbox: Sandbox) -> Prediction {
    Prediction {
        outcome: Outcome::Cancelled,
        ..empty(trial, sandbox)
    }
}

fn empty(trial: &LiveTrial, sandbox: Sandbox) -> Prediction {
    // The layers that are on are told with the trial; what is missing is worth a warning.
    let warnings = if sandbox.word() == "sandboxed" {
        Vec::new()
    } else {
        vec![sandbox.sentence()]
    };
    Prediction {
        engine: Engine::Python,
        input_source: trial.sample.source.clone(),
        outputs: Vec::new(),
        warnings,
        outcome: Outcome::Finished,
        printed: String::new(),
        seconds: 0.0,
        run: Some(Box::new(Run {
            interpreter: text::path(&trial.interpreter),
            python: String::new(),
            sha256: None,
            sandbox,
            peak_memory: None,
            returned: Vec::new(),
        })),
        recorded: None,
    }
}

/// What the child's replies and its end amount to.
pub(super) fn prediction(
    trial: &LiveTrial,
    ended: &Ended,
    sandbox: Sandbox,
) -> Result<Prediction, TrialError> {
    let mut found = Prediction {
        printed: lines(&String::from_utf8_lossy(&ended.printed)),
        seconds: ended.time.as_secs_f64(),
        ..empty(trial, sandbox)
    };
    let (mut python, mut peak_memory, mut returned) = (None, ended.peak_memory, Vec::new());
    let (mut ready, mut started, mut finished) = (false, false, false);
    let mut stage = String::from("load");
    let mut raised = None;
    for reply in protocol::replies(&ended.replies) {
        match reply {
            Reply::Ready {} => ready = true,
            Reply::Hello { python: version } => {
                started = true;
                python.get_or_insert_with(|| text::short(&version, 60));
            }
            Reply::Stage { stage: now } => stage = text::short(&now, 60),
            Reply::Warning { text } => found.warnings.push(text::clean(&text).into_owned()),
            Reply::Output {
                method,
                columns,
                rows,
                flat,
                class,
                dtype,
                shape,
                seconds,
            } => {
                returned.push(Returned {
                    method: text::short(&method, 100),
                    class: text::short(&class, 200),
                    dtype: dtype.map(|dtype| text::short(&dtype, 200)),
                    shape,
                    seconds,
                });
                found.outputs.push(Output {
                    method: text::short(&method, 100),
                    columns: columns
                        .iter()
                        .map(|c| text::clean(c).into_owned())
                        .collect(),
                    rows: rows
                        .iter()
                        .map(|row| row.iter().map(cells::decode).collect())
                        .collect(),
                    flat,
                });
            }
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
            Reply::End {
                peak_memory: reported,
            } => {
                finished = true;
                peak_memory = peak_memory.max(reported);
            }
        }
    }
    if let Some(run) = &mut found.run {
        run.python = python.unwrap_or_default();
        run.peak_memory = peak_memory;
        run.returned = returned;
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
        (how, false) => return Err(not_started(trial, how, ready, &found.printed)),
    };
    if let Some(words) = refused(&found) {
        found.warnings.push(words);
    }
    Ok(found)
}

/// The sandbox may be what an exception speaks of.
fn refused(found: &Prediction) -> Option<String> {
    let Outcome::Raised {
        exception, message, ..
    } = &found.outcome
    else {
        return None;
    };
    let sandbox = &found.run.as_ref()?.sandbox;
    let words = ["Permission denied", "Operation not permitted"];
    let speaks = exception == "PermissionError" || words.iter().any(|word| message.contains(word));
    (speaks && sandbox.word() != "not sandboxed").then(|| {
        format!(
            "the sandbox may have refused it, for a trial {}; --no-sandbox runs it with your own rights",
            sandbox.may()
        )
    })
}

/// The interpreter did not get as far as the worker's first reply.
fn not_started(trial: &LiveTrial, how: &How, ready: bool, printed: &str) -> TrialError {
    let last = printed.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| text::short(line, 300));
    let interpreter = text::path(&trial.interpreter);
    if let (How::Exit(launcher::FAILED), Some(last)) = (how, &last) {
        // Its own words; also after it was ready, when the interpreter cannot be executed.
        let reason = last.strip_prefix("shelflife launcher: ").unwrap_or(last);
        return TrialError::Unusable(format!("no trial took place: {reason}"));
    }
    let end = match how {
        How::Signal(name) => format!("was ended by {name}"),
        How::Exit(status) => format!("ended with status {status}"),
        How::TimedOut | How::Cancelled => "was stopped".into(),
    };
    if !ready {
        return TrialError::Unusable(format!("no trial took place: the launcher {end}"));
    }
    let said = last.map_or_else(String::new, |line| format!(" ({line})"));
    TrialError::Unusable(format!(
        "{interpreter} {end} before the trial began{said}; check that it is a Python of 3.6 or newer"
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
