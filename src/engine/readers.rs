//! The readers: threads that take the next job of the state, read or compare one row, and tell it.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::event::Event;
use super::guard;
use super::state::{Job, Reading, State, Ticket};
use super::threads::{Shared, spawn};
use super::watch::Kind;
use crate::compat::{Comparison, Verdict, shelf};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::source::Meter;

impl Shared {
    /// One reader more.
    pub(super) fn hire(self: &Arc<Self>) -> io::Result<()> {
        let number = {
            let mut state = self.lock();
            state.readers += 1;
            state.readers
        };
        let shared = Arc::clone(self);
        let hired = spawn(&format!("reader-{number}"), move || shared.reader());
        if hired.is_err() {
            self.lock().readers -= 1;
        }
        hired
    }

    fn reader(&self) {
        loop {
            let ticket = {
                let mut state = self.lock();
                loop {
                    if state.quitting {
                        return;
                    }
                    // It hung in a file and another one took its place.
                    if state.readers > state.wanted_readers + state.hanging {
                        state.readers -= 1;
                        return;
                    }
                    if let Some(ticket) = state.next() {
                        break ticket;
                    }
                    state = self
                        .bell
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            };
            self.perform(ticket);
        }
    }

    fn perform(&self, ticket: Ticket) {
        let Ticket {
            walk,
            choice,
            survey,
            job,
        } = ticket;
        match job {
            Job::Read { row, path } => {
                let reading = self.read(walk, row, &path);
                let _ = self.tell(walk, |state| {
                    match reading {
                        Some(reading) => state.has_read(row, reading),
                        None => state.has_stopped(row),
                    }
                    None
                });
                self.bell.notify_one();
            }
            Job::Compare {
                row,
                path,
                reading,
                environment,
            } => {
                let kept = reading.is_some();
                let Some(reading) = reading.or_else(|| self.read(walk, row, &path)) else {
                    // Stopped, and so to be read again when the work goes on.
                    let _ = self.tell(walk, |state| {
                        state.has_stopped(row);
                        None
                    });
                    self.bell.notify_one();
                    return;
                };
                let Reading {
                    artifact,
                    manifest,
                    trust,
                } = reading.clone();
                let comparison = self.compare(&reading, environment.as_deref());
                let wishes = shelf::wishes(&manifest, &comparison);
                let comparison = Arc::new(comparison);
                let _ = self.tell(walk, |state| {
                    if !kept {
                        state.keep(row, reading);
                    }
                    // Another environment was chosen meanwhile, which queued this row again.
                    if state.choice != choice {
                        return None;
                    }
                    Some(if state.has_compared(row)? {
                        Event::Compared {
                            row,
                            comparison,
                            wishes,
                        }
                    } else {
                        Event::Read {
                            row,
                            artifact,
                            manifest,
                            comparison,
                            wishes,
                            trust,
                        }
                    })
                });
            }
            Job::Survey {
                row,
                path,
                reading,
                environments,
            } => {
                let kept = reading.is_some();
                let reading = reading.or_else(|| self.read(walk, row, &path));
                let wanted = |state: &State| state.walk == walk && state.survey == survey;
                let verdicts = reading.as_ref().and_then(|reading| {
                    let there = |environment| {
                        // The lock is let go first: a comparison takes long, and keys wait for it.
                        let still = wanted(&self.lock());
                        still.then(|| self.compare(reading, Some(environment)))
                    };
                    let each = environments.iter();
                    each.map(|environment| Some(there(environment)?.verdict))
                        .collect::<Option<Vec<Verdict>>>()
                });
                let _ = self.tell(walk, |state| {
                    match reading {
                        Some(reading) if !kept => state.keep(row, reading),
                        None if wanted(state) => state.survey_again(row),
                        _ => {}
                    }
                    let verdicts = verdicts.filter(|_| wanted(state))?;
                    Some(Event::Surveyed { row, verdicts })
                });
            }
        }
    }

    fn compare(&self, reading: &Reading, environment: Option<&Environment>) -> Comparison {
        let Reading {
            artifact, manifest, ..
        } = reading;
        guard::compare(&*self.work, artifact, manifest, environment)
    }

    /// Reads a row under a meter and tells what is known while it lasts; `None` when it was stopped.
    fn read(&self, walk: u64, row: usize, path: &Path) -> Option<Reading> {
        let meter = Arc::new(Meter::default());
        let reading = Some((row, Arc::clone(&meter)));
        let _under_way = self.watch.begin(Kind::File, path, reading);
        let mut so_far = |manifest: Manifest| {
            let manifest = Arc::new(manifest);
            let told = self.tell(walk, |_| Some(Event::SoFar { row, manifest }));
            if told.is_break() {
                meter.stop();
            }
        };
        let (artifact, manifest) =
            meter.during(|| guard::read_telling(&*self.work, path, &mut so_far));
        if meter.stopped() {
            return None;
        }
        let trust = guard::catch(|| self.work.trust(&artifact, &manifest));
        Some(Reading {
            artifact: Arc::new(artifact),
            manifest: Arc::new(manifest),
            trust: trust.ok().flatten().map(Arc::new),
        })
    }
}
