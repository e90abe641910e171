//! A traceback against a whole shelf: the environment that it comes from, every artifact weighed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::event::Event;
use super::threads::{Shared, lock};
use super::{Work, batch, guard};
use crate::environment::Environment;
use crate::explain::{self, Case, Explanation, Trace};
use crate::text;

/// How long a file may give nothing while the screen asks.
const PATIENCE: Duration = Duration::from_secs(30);

/// A question to the thread that explains.
pub(super) struct Question {
    pub number: u64,
    pub text: String,
    pub stop: Arc<AtomicBool>,
}

/// How the explanation that runs now is stopped.
#[derive(Default)]
pub(super) struct Explaining {
    running: Mutex<Arc<AtomicBool>>,
}

impl Explaining {
    /// Stops what runs; the flag of what comes next.
    pub(super) fn begin(&self) -> Arc<AtomicBool> {
        let mut running = lock(&self.running);
        running.store(true, Ordering::Relaxed);
        *running = Arc::default();
        Arc::clone(&running)
    }

    pub(super) fn stop(&self) {
        lock(&self.running).store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// Answers questions, one at a time, until the engine is gone.
    pub(super) fn explain(&self, queue: &Receiver<Question>) {
        while let Ok(Question { number, text, stop }) = queue.recv() {
            if stop.load(Ordering::Relaxed) {
                continue;
            }
            let (paths, environment) = {
                let state = self.lock();
                (state.paths(), state.environment.environment())
            };
            let place = Place {
                environment,
                named: false,
                stop: Arc::clone(&stop),
                patience: PATIENCE,
            };
            let answer = guard::catch(|| explain(&self.work, paths, explain::parse(&text), &place));
            let answer = answer.unwrap_or_else(|panic| {
                let words = format!("explaining gave up: {panic}");
                explain::conclude(Trace::default(), Vec::new(), None, vec![words])
            });
            if !stop.load(Ordering::Relaxed) {
                let answer = Arc::new(answer);
                (self.sink)(Event::Explained { number, answer });
            }
        }
    }
}

/// Where a traceback is weighed.
pub struct Place {
    /// The environment to compare with when the traceback's own is not on this host.
    pub environment: Option<Arc<Environment>>,
    /// Whether the user named that one, so that the traceback's own is not looked for.
    pub named: bool,
    /// Set to stop early; what was weighed until then counts.
    pub stop: Arc<AtomicBool>,
    /// How long a file may give nothing before it is left out.
    pub patience: Duration,
}

/// Weighs the artifacts at `paths` against `trace`.
pub fn explain(
    work: &Arc<dyn Work>,
    paths: Vec<PathBuf>,
    trace: Trace,
    place: &Place,
) -> Explanation {
    let mut notes = Vec::new();
    let own = if place.named {
        None
    } else {
        own_environment(&**work, &trace, &mut notes)
    };
    if own.is_none() {
        notes.extend(differences(&trace, place.environment.as_deref()));
    }
    let environment = own.map(Arc::new).or_else(|| place.environment.clone());
    if environment.is_none() && !paths.is_empty() {
        notes.push("no environment to compare with: only what the files themselves say".into());
    }
    if trace.cut {
        let words = format!(
            "only the last {} were read",
            text::bytes(explain::LONGEST as u64)
        );
        notes.push(words);
    }
    let (mut candidates, total) = (Vec::new(), paths.len());
    let trace = Arc::new(trace);
    let weigh = {
        let (work, trace) = (Arc::clone(work), Arc::clone(&trace));
        let (environment, stop) = (environment.clone(), Arc::clone(&place.stop));
        move |path: &PathBuf| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let (artifact, manifest) = guard::read(&*work, path);
            let comparison = guard::compare(&*work, &artifact, &manifest, environment.as_deref());
            let case = Case {
                artifact: &artifact,
                manifest: &manifest,
                comparison: &comparison,
                environment: environment.as_deref(),
            };
            guard::catch(|| explain::weigh(&trace, &case)).ok()
        }
    };
    let mut unanswered = Vec::new();
    let stopped = batch::in_order(paths, place.patience, weigh, |path, told| {
        match told {
            Some(candidate) => candidates.extend(candidate),
            None => unanswered.push(format!("{} did not answer", shown(path))),
        }
        if place.stop.load(Ordering::Relaxed) {
            Err(())
        } else {
            Ok(())
        }
    });
    notes.extend(unanswered);
    if stopped.is_err() {
        notes.push(format!(
            "stopped after {} of {} artifacts",
            candidates.len(),
            total
        ));
    }
    let prefix = environment.map(|environment| environment.prefix.clone());
    let trace = Arc::unwrap_or_clone(trace);
    explain::conclude(trace, candidates, prefix, notes)
}

/// The environment that the frames come from, when it is on this host.
fn own_environment(work: &dyn Work, trace: &Trace, notes: &mut Vec<String>) -> Option<Environment> {
    let origin = trace.origin.as_ref()?;
    let prefix = origin.prefix.as_deref()?;
    let opened = explain::on_this_host(origin)
        .and_then(|path| guard::catch(|| work.open_environment(Some(&path))).ok());
    if let Some(Ok(Some(environment))) = opened {
        let words = format!(
            "the traceback comes from {}, which is on this host",
            shown(prefix)
        );
        notes.push(words);
        return Some(environment);
    }
    let words = format!(
        "the traceback comes from {}, which is not on this host",
        shown(prefix)
    );
    notes.push(words);
    None
}

/// How the environment differs from the traceback's, as far as its paths say.
fn differences(trace: &Trace, environment: Option<&Environment>) -> Option<String> {
    let (major, minor) = trace.origin.as_ref()?.python?;
    let live = environment?.python?;
    let words = format!(
        "the traceback comes from Python {major}.{minor}, the environment is {}.{}",
        live.major, live.minor
    );
    ((live.major, live.minor) != (major, minor)).then_some(words)
}

fn shown(path: &Path) -> String {
    text::shorten(text::path(path), 200)
}
