//! The threads: a walker, readers, one for errands about environments, one for trials.
//!
//! Events are sent while the lock on the state is held and only when their walk is still the
//! current one. So the front end sees [`Event::Started`] before anything of the new walk and
//! nothing of the old one after it. Threads are detached: the end of the program does not wait for
//! a slow disk, only (briefly) for a trial, whose child process must be stopped.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::event::{Event, Request};
use super::guard;
use super::state::{Choice, Job, State, Telling, Ticket};
use super::trials::{Trial, TrialDesk};
use super::work::{WalkItem, Work};
use crate::artifact::Artifact;
use crate::environment::Environment;
use crate::manifest::Manifest;

/// How every thread of the engine is called; a panic hook can tell them from the front end's.
pub const THREAD_PREFIX: &str = "engine-";

/// Rows are announced in batches of this many …
const BATCH: usize = 256;
/// … or as soon as the oldest of a batch has waited this long.
const PATIENCE: Duration = Duration::from_millis(16);
/// Parsers recurse a little over bounded depths; twice the default leaves room.
const STACK: usize = 8 << 20;
/// How long the end waits for a trial to stop its child.
const FAREWELL: Duration = Duration::from_secs(2);

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The environment to compare with; found by the usual order when there is none.
    pub environment: Option<PathBuf>,
    /// How many readers; as many as the machine has processors when there is no number.
    pub readers: Option<usize>,
}

/// The running engine. Dropping it stops it.
pub struct Engine {
    shared: Arc<Shared>,
    errands: Sender<Errand>,
    trials: Sender<Trial>,
}

pub(super) struct Shared {
    pub(super) work: Arc<dyn Work>,
    state: Mutex<State>,
    /// Rung when there may be a job for a reader, and at the end.
    bell: Condvar,
    sink: Box<dyn Fn(Event) + Send + Sync>,
    pub(super) trial: TrialDesk,
}

enum Errand {
    Open { path: Option<PathBuf>, wish: u64 },
    List,
    Quit,
}

impl Engine {
    /// Starts the threads and the first walk. `sink` takes the events, on the engine's threads; it
    /// must not block (an unbounded channel does not).
    pub fn start(
        work: Arc<dyn Work>,
        options: Options,
        sink: impl Fn(Event) + Send + Sync + 'static,
    ) -> io::Result<Engine> {
        let shared = Arc::new(Shared {
            work,
            state: Mutex::default(),
            bell: Condvar::new(),
            sink: Box::new(sink),
            trial: TrialDesk::default(),
        });
        let (errands, errand_queue) = channel();
        let (trials, trial_queue) = channel();
        let engine = Engine {
            shared: Arc::clone(&shared),
            errands,
            trials,
        };
        let wanted = options
            .readers
            .or_else(|| thread::available_parallelism().ok().map(Into::into));
        for number in 0..wanted.unwrap_or(1).max(1) {
            let shared = Arc::clone(&shared);
            spawn(&format!("reader-{number}"), move || shared.reader())?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("environments", move || shared.errands(&errand_queue))?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("trials", move || shared.trials(&trial_queue))?;
        }
        shared.rescan()?;
        // A failed send below means that the thread is gone, which only happens at the end.
        let _ = engine.errands.send(Errand::Open {
            path: options.environment,
            wish: 0,
        });
        Ok(engine)
    }

    /// Asks for something. Never blocks on work; answers come as events.
    pub fn send(&self, request: Request) {
        let shared = &self.shared;
        match request {
            Request::Prefer(rows) => {
                shared.lock().prefer(rows);
            }
            Request::UseEnvironment(path) => {
                // The newest wish wins: an opening that ends after a later wish is dropped.
                let wish = {
                    let mut state = shared.lock();
                    state.wishes += 1;
                    state.wishes
                };
                let path = Some(path);
                let _ = self.errands.send(Errand::Open { path, wish });
            }
            Request::Survey(rows) => {
                shared.lock().survey(rows);
                shared.bell.notify_all();
            }
            Request::ListEnvironments => {
                let _ = self.errands.send(Errand::List);
            }
            Request::MakeSample(row) => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Sample { walk, row });
            }
            Request::Digest(row) => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Digest { walk, row });
            }
            Request::Run {
                row,
                engine,
                sample,
                environment,
                sha256,
            } => {
                let walk = shared.lock().walk;
                shared.trial.cancel();
                let cancel = shared.trial.begin();
                let _ = self.trials.send(Trial::Run {
                    walk,
                    row,
                    engine,
                    sample,
                    environment,
                    sha256,
                    cancel,
                });
            }
            Request::CancelTrial => shared.trial.cancel(),
            Request::Rescan => {
                shared.trial.cancel();
                if let Err(error) = shared.rescan() {
                    (shared.sink)(Event::Trouble(format!(
                        "the folder cannot be walked again: {error}"
                    )));
                }
            }
            Request::Quit => self.stop(),
        }
    }

    fn stop(&self) {
        {
            let mut state = self.shared.lock();
            if state.quitting {
                return;
            }
            state.quitting = true;
            state.restart();
        }
        self.shared.bell.notify_all();
        let _ = self.errands.send(Errand::Quit);
        let _ = self.trials.send(Trial::Quit);
        self.shared.trial.cancel();
        self.shared.trial.wait(FAREWELL);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Sends events of walk `walk`, unless a later one has begun.
    pub(super) fn tell(
        &self,
        walk: u64,
        event: impl FnOnce(&mut State) -> Option<Event>,
    ) -> ControlFlow<()> {
        let mut state = self.lock();
        if state.walk != walk || state.quitting {
            return ControlFlow::Break(());
        }
        if let Some(event) = event(&mut state) {
            (self.sink)(event);
        }
        ControlFlow::Continue(())
    }

    fn rescan(self: &Arc<Self>) -> io::Result<()> {
        let walk = {
            let mut state = self.lock();
            let walk = state.restart();
            (self.sink)(Event::Started);
            walk
        };
        let shared = Arc::clone(self);
        spawn("walker", move || shared.walk(walk))
    }

    fn walk(&self, walk: u64) {
        let mut batch = Vec::new();
        let mut oldest = Instant::now();
        let announce = |batch: &mut Vec<PathBuf>| {
            let paths = std::mem::take(batch);
            if paths.is_empty() {
                return ControlFlow::Continue(());
            }
            let told = self.tell(walk, |state| {
                let first = state.add(&paths);
                Some(Event::Found { first, paths })
            });
            self.bell.notify_all();
            told
        };
        let mut first = true;
        let outcome = guard::catch(|| {
            self.work.walk(&mut |item| {
                match item {
                    WalkItem::Candidate(path) => {
                        if batch.is_empty() {
                            oldest = Instant::now();
                        }
                        batch.push(path);
                    }
                    WalkItem::Trouble(words) => self.tell(walk, |_| Some(Event::Trouble(words)))?,
                }
                // The very first row goes out alone: somebody is looking at an empty screen.
                if first || batch.len() >= BATCH || oldest.elapsed() >= PATIENCE {
                    first = false;
                    return announce(&mut batch);
                }
                self.tell(walk, |_| None)
            });
        });
        if let Err(panic) = outcome {
            let words = format!("the walk gave up: {panic}");
            let _ = self.tell(walk, |_| Some(Event::Trouble(words)));
        }
        let _ = announce(&mut batch);
        let _ = self.tell(walk, |state| {
            Some(Event::Walked {
                total: state.total(),
            })
        });
    }

    fn reader(&self) {
        loop {
            let ticket = {
                let mut state = self.lock();
                loop {
                    if state.quitting {
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
                let (artifact, manifest) = guard::read(&*self.work, &path);
                let trust = guard::catch(|| self.work.trust(&artifact, &manifest));
                let trust = trust.ok().flatten().map(Arc::new);
                let _ = self.tell(walk, |state| {
                    state.has_read(row, Arc::new(artifact), Arc::new(manifest), trust);
                    None
                });
                self.bell.notify_one();
            }
            Job::Compare {
                row,
                path,
                artifact,
                manifest,
                environment,
            } => {
                let artifact =
                    artifact.unwrap_or_else(|| Arc::new(guard::read(&*self.work, &path).0));
                let comparison =
                    guard::compare(&*self.work, &artifact, &manifest, environment.as_deref());
                let comparison = Arc::new(comparison);
                let _ = self.tell(walk, |state| {
                    // Another environment was chosen meanwhile, which queued this row again.
                    if state.choice != choice {
                        return None;
                    }
                    Some(match state.has_compared(row)? {
                        Telling::First(manifest, trust) => Event::Read {
                            row,
                            artifact,
                            manifest,
                            comparison,
                            trust,
                        },
                        Telling::Again => Event::Compared { row, comparison },
                    })
                });
            }
            Job::Survey {
                row,
                path,
                artifact,
                manifest,
                environments,
            } => {
                let artifact =
                    artifact.unwrap_or_else(|| Arc::new(guard::read(&*self.work, &path).0));
                self.survey((walk, survey, row), &artifact, &manifest, &environments);
            }
        }
    }

    /// Compares one row with every environment of the host; stops when nobody wants to know.
    fn survey(
        &self,
        (walk, survey, row): (u64, u64, usize),
        artifact: &Artifact,
        manifest: &Manifest,
        environments: &[Arc<Environment>],
    ) {
        let wanted = |state: &State| state.walk == walk && state.survey == survey;
        let mut verdicts = Vec::with_capacity(environments.len());
        for environment in environments {
            if !wanted(&self.lock()) {
                return;
            }
            let there = guard::compare(&*self.work, artifact, manifest, Some(environment));
            verdicts.push(there.verdict);
        }
        let _ = self.tell(walk, |state| {
            wanted(state).then_some(Event::Surveyed { row, verdicts })
        });
    }

    fn errands(&self, queue: &Receiver<Errand>) {
        while let Ok(errand) = queue.recv() {
            match errand {
                Errand::Open { path, wish } => self.open(path.as_deref(), wish),
                Errand::List => {
                    let found = guard::catch(|| self.work.list_environments()).unwrap_or_default();
                    let mut state = self.lock();
                    let all = state.list(found);
                    (self.sink)(Event::Environments(all));
                    drop(state);
                    self.bell.notify_all();
                }
                Errand::Quit => return,
            }
        }
    }

    fn open(&self, path: Option<&Path>, wish: u64) {
        let opened = guard::catch(|| self.work.open_environment(path));
        let mut state = self.lock();
        if state.quitting || state.wishes != wish {
            return;
        }
        let failed = match opened {
            Ok(Ok(environment)) => {
                let environment = environment.map(Arc::new);
                state.choose(environment.clone());
                (self.sink)(Event::Environment(environment));
                None
            }
            Ok(Err(error)) => Some(error.message),
            Err(panic) => Some(format!("the environment cannot be read: {panic}")),
        };
        if let Some(words) = failed {
            if matches!(state.environment, Choice::Pending) {
                // The first opening failed: go on with none, so that readers do not wait forever.
                state.choose(None);
                (self.sink)(Event::Environment(None));
            }
            (self.sink)(Event::EnvironmentFailed(words));
        }
        drop(state);
        self.bell.notify_all();
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Panics in the layers below are caught before they reach a lock, and every change under a lock
    // is complete when it could panic: the value behind a poisoned lock is sound.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(format!("{THREAD_PREFIX}{name}"))
        .stack_size(STACK)
        .spawn(body)
        .map(drop)
}
