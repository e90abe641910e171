//! The trial thread: samples and runs, one at a time, and how a run is stopped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::event::Event;
use super::guard;
use super::threads::{Shared, lock};
use crate::artifact::Artifact;
use crate::manifest::Manifest;
use crate::text;
use crate::trial::{self, Outcome, Prediction, Sample, Sandbox, TrialError};

/// What the trial thread and those who cancel share.
#[derive(Default)]
pub(super) struct TrialDesk {
    /// The flag of the trial that runs now.
    running: Mutex<Option<Arc<AtomicBool>>>,
    /// Rung when a trial has ended.
    ended: Condvar,
}

/// A wish for the trial thread.
pub(super) enum Trial {
    Sample {
        walk: u64,
        row: usize,
        steps: Vec<PathBuf>,
    },
    Known {
        walk: u64,
        row: usize,
        steps: Vec<PathBuf>,
    },
    Figures {
        walk: u64,
        row: usize,
    },
    Digest {
        walk: u64,
        row: usize,
    },
    Run {
        walk: u64,
        row: usize,
        engine: trial::Engine,
        sample: Sample,
        steps: Vec<PathBuf>,
        environment: Option<PathBuf>,
        sha256: Option<String>,
        cancel: Arc<AtomicBool>,
    },
    Quit,
}

impl TrialDesk {
    /// A flag for a trial that is about to be queued; it counts as running from now on.
    pub(super) fn begin(&self) -> Arc<AtomicBool> {
        let flag = Arc::new(AtomicBool::new(false));
        *lock(&self.running) = Some(Arc::clone(&flag));
        flag
    }

    pub(super) fn cancel(&self) {
        if let Some(flag) = lock(&self.running).as_ref() {
            flag.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn end(&self, flag: &Arc<AtomicBool>) {
        let mut running = lock(&self.running);
        if running
            .as_ref()
            .is_some_and(|newest| Arc::ptr_eq(newest, flag))
        {
            *running = None;
        }
        self.ended.notify_all();
    }

    pub(super) fn wait(&self, limit: Duration) {
        let running = lock(&self.running);
        // Whether it ended in time changes nothing: the program ends now.
        drop(
            self.ended
                .wait_timeout_while(running, limit, |r| r.is_some()),
        );
    }
}

impl Shared {
    pub(super) fn trials(&self, queue: &Receiver<Trial>) {
        while let Ok(wish) = queue.recv() {
            match wish {
                Trial::Quit => return,
                Trial::Sample { walk, row, steps } => {
                    let sample = self.load(walk, row).and_then(|(artifact, manifest)| {
                        let make = || match steps.as_slice() {
                            [] => self.work.sample(&artifact, &manifest),
                            steps => self.work.sample_through(&artifact, &manifest, steps),
                        };
                        guard::catch(make).unwrap_or_else(|panic| Err(gave_up("sample", &panic)))
                    });
                    let _ = self.tell(walk, |_| Some(Event::Sample { row, steps, sample }));
                }
                Trial::Known { walk, row, steps } => {
                    let known = self.load(walk, row).map(|(artifact, _)| {
                        guard::catch(|| self.work.categories(&artifact, &steps)).unwrap_or_default()
                    });
                    let known = known.unwrap_or_default();
                    let _ = self.tell(walk, |_| Some(Event::Known { row, steps, known }));
                }
                Trial::Figures { walk, row } => {
                    let figures = self.load(walk, row).map(|(artifact, manifest)| {
                        guard::catch(|| self.work.figures(&artifact, &manifest)).unwrap_or_default()
                    });
                    let figures = figures.unwrap_or_default();
                    let _ = self.tell(walk, |_| Some(Event::Figures { row, figures }));
                }
                Trial::Digest { walk, row } => {
                    let known = self.lock().row(row);
                    let path = known.map(|(path, ..)| path);
                    let sha256 = path
                        .and_then(|path| guard::catch(|| self.work.digest(&path)).ok().flatten());
                    let sandbox = self.terms(walk, row).map(Box::new);
                    let _ = self.tell(walk, |_| {
                        Some(Event::Digest {
                            row,
                            sha256,
                            sandbox,
                        })
                    });
                }
                Trial::Run {
                    walk,
                    row,
                    engine,
                    sample,
                    steps,
                    environment: allowed,
                    sha256,
                    cancel,
                } => {
                    let environment = self.lock().environment.environment();
                    let prefix = environment.as_ref().map(|live| &live.prefix);
                    let moved = engine == trial::Engine::Python && prefix != allowed.as_ref();
                    let result = if cancel.load(Ordering::Relaxed) {
                        Ok(cancelled(engine, &sample))
                    } else if moved {
                        let words =
                            "the environment changed after the trial was allowed; ask again";
                        Err(TrialError::NotAllowed(words.into()))
                    } else {
                        self.load(walk, row).and_then(|(artifact, manifest)| {
                            self.unchanged(&artifact.path, sha256.as_deref())?;
                            let environment = environment.as_deref();
                            let work = &*self.work;
                            let run = || {
                                let rows = match steps.as_slice() {
                                    [] => sample,
                                    steps => {
                                        work.pass_through(&manifest, steps, &sample, &cancel)?
                                    }
                                };
                                match &sha256 {
                                    Some(sha256) => work.run_agreed(
                                        sha256,
                                        &artifact,
                                        engine,
                                        &rows,
                                        environment,
                                        &cancel,
                                    ),
                                    None => {
                                        work.run(&artifact, engine, &rows, environment, &cancel)
                                    }
                                }
                            };
                            guard::catch(run).unwrap_or_else(|panic| Err(gave_up("trial", &panic)))
                        })
                    };
                    self.trial.end(&cancel);
                    let _ = self.tell(walk, |_| {
                        Some(Event::Trial {
                            row,
                            engine,
                            steps,
                            result,
                        })
                    });
                }
            }
        }
    }

    /// What a Python trial of a row may do.
    fn terms(&self, walk: u64, row: usize) -> Option<Sandbox> {
        let (artifact, _) = self.load(walk, row).ok()?;
        let environment = self.lock().environment.environment();
        guard::catch(|| self.work.terms(&artifact, environment.as_deref()))
            .ok()
            .flatten()
    }

    /// Whether the file is still the one that the consent named.
    fn unchanged(&self, path: &Path, sha256: Option<&str>) -> Result<(), TrialError> {
        let Some(allowed) = sha256 else { return Ok(()) };
        let now = guard::catch(|| self.work.digest(path)).ok().flatten();
        if now.as_deref() == Some(allowed) {
            return Ok(());
        }
        let path = text::path(path);
        let words = format!("{path} changed after the trial was allowed; look again with r");
        Err(TrialError::NotAllowed(words))
    }

    /// The artifact of a row, from memory or read again.
    fn load(&self, walk: u64, row: usize) -> Result<(Arc<Artifact>, Arc<Manifest>), TrialError> {
        let known = {
            let state = self.lock();
            if state.walk == walk {
                state.row(row)
            } else {
                None
            }
        };
        let Some((path, reading)) = known else {
            return Err(TrialError::Unusable(
                "the folder is being read again".into(),
            ));
        };
        if let Some(reading) = reading {
            return Ok((reading.artifact, reading.manifest));
        }
        let (mut artifact, manifest) = guard::read(&*self.work, &path);
        // A trial reads the file again; a large graph must not keep others waiting meanwhile.
        if let Ok(facts) = &mut artifact.facts
            && facts.objects.as_ref().is_some_and(|o| o.graph.is_large())
        {
            facts.objects = None;
        }
        Ok((Arc::new(artifact), Arc::new(manifest)))
    }
}

/// What came out of a trial that was stopped before it began.
fn cancelled(engine: trial::Engine, sample: &Sample) -> Prediction {
    Prediction {
        engine,
        input_source: sample.source.clone(),
        outputs: Vec::new(),
        warnings: Vec::new(),
        outcome: Outcome::Cancelled,
        printed: String::new(),
        seconds: 0.0,
        run: None,
        recorded: None,
    }
}

fn gave_up(what: &str, panic: &str) -> TrialError {
    TrialError::Unusable(format!("the {what} gave up: {panic}"))
}
