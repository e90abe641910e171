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

use super::batch::WORKERS;
use super::changes::Changes;
use super::event::{Event, Request};
use super::explain::{Explaining, Question};
use super::guard;
use super::state::State;
use super::trials::{Trial, TrialDesk};
use super::watch::{Kind, Watch};
use super::work::{WalkItem, Work};
use crate::text;

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
    questions: Sender<Question>,
}

pub(super) struct Shared {
    pub(super) work: Arc<dyn Work>,
    state: Mutex<State>,
    /// Rung when there may be a job for a reader, when stopped work goes on, and at the end.
    pub(super) bell: Condvar,
    /// The calls under way.
    pub(super) watch: Arc<Watch>,
    pub(super) sink: Box<dyn Fn(Event) + Send + Sync>,
    pub(super) trial: TrialDesk,
    pub(super) explaining: Explaining,
    pub(super) changes: Changes,
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
            watch: work.watch(),
            work,
            state: Mutex::default(),
            bell: Condvar::new(),
            sink: Box::new(sink),
            trial: TrialDesk::default(),
            explaining: Explaining::default(),
            changes: Changes::default(),
        });
        let (errands, errand_queue) = channel();
        let (trials, trial_queue) = channel();
        let (questions, question_queue) = channel();
        let engine = Engine {
            shared: Arc::clone(&shared),
            errands,
            trials,
            questions,
        };
        let wanted = options
            .readers
            .or_else(|| thread::available_parallelism().ok().map(Into::into));
        let wanted = wanted.unwrap_or(1).clamp(1, WORKERS);
        shared.lock().wanted_readers = wanted;
        for _ in 0..wanted {
            shared.hire()?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("watcher", move || shared.watcher())?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("changes", move || shared.changes())?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("environments", move || shared.errands(&errand_queue))?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("trials", move || shared.trials(&trial_queue))?;
        }
        {
            let shared = Arc::clone(&shared);
            spawn("explain", move || shared.explain(&question_queue))?;
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
            Request::Detail(row) => {
                shared.lock().want(row);
                shared.bell.notify_one();
            }
            Request::Again(rows) => {
                self.shared.work.forget();
                shared.lock().again(&rows);
                shared.bell.notify_all();
            }
            Request::Watch(on) => shared.changes.turn(on),
            Request::Stop => {
                let mut state = shared.lock();
                if !state.stopped {
                    state.stopped = true;
                    (shared.sink)(Event::Stopped(true));
                }
                drop(state);
                shared.watch.stop_readings();
            }
            Request::Resume => {
                let mut state = shared.lock();
                if state.stopped {
                    state.stopped = false;
                    (shared.sink)(Event::Stopped(false));
                }
                drop(state);
                shared.bell.notify_all();
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
            Request::MakeSample { row, steps } => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Sample { walk, row, steps });
            }
            Request::Known { row, steps } => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Known { walk, row, steps });
            }
            Request::Figures(row) => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Figures { walk, row });
            }
            Request::Digest(row) => {
                let walk = shared.lock().walk;
                let _ = self.trials.send(Trial::Digest { walk, row });
            }
            Request::Run {
                row,
                engine,
                sample,
                steps,
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
                    steps,
                    environment,
                    sha256,
                    cancel,
                });
            }
            Request::Explain { number, text } => {
                let stop = shared.explaining.begin();
                let _ = self.questions.send(Question { number, text, stop });
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
        self.shared.watch.stop_readings();
        self.shared.watch.close();
        self.shared.changes.close();
        let _ = self.errands.send(Errand::Quit);
        let _ = self.trials.send(Trial::Quit);
        // Its thread ends with the channel, which goes with the engine.
        self.shared.explaining.stop();
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
        // What is read for the walk before is for nobody; a walk that was stopped ends.
        self.watch.stop_readings();
        self.bell.notify_all();
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
                self.held(walk);
                match item {
                    WalkItem::Candidate(path) => {
                        if batch.is_empty() {
                            oldest = Instant::now();
                        }
                        batch.push(path);
                    }
                    WalkItem::Trouble(words) => self.tell(walk, |_| Some(Event::Trouble(words)))?,
                    WalkItem::Waiting => {
                        self.tell(walk, |_| None)?;
                        return announce(&mut batch);
                    }
                    WalkItem::Unanswered(folder) => {
                        let words = format!("{} does not answer", text::path(&folder));
                        self.tell(walk, |_| Some(Event::Trouble(words)))?;
                    }
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

    /// Holds the walk up while the user has stopped the work.
    fn held(&self, walk: u64) {
        let mut state = self.lock();
        while state.stopped && state.walk == walk && !state.quitting {
            let rung = self.bell.wait(state);
            state = rung.unwrap_or_else(PoisonError::into_inner);
        }
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
        let opened = {
            let place = path.unwrap_or(Path::new("the environment"));
            let _under_way = self.watch.begin(Kind::Environment, place, None);
            guard::catch(|| self.work.open_environment(path))
        };
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
            if wish == 0 {
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

pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(format!("{THREAD_PREFIX}{name}"))
        .stack_size(STACK)
        .spawn(body)
        .map(drop)
}
