//! The engine on a shelf in memory.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use super::*;
use crate::artifact::{Artifact, Facts, Format};
use crate::compat::{Comparison, Verdict};
use crate::environment::{Environment, EnvironmentError, Origin};
use crate::manifest::Manifest;
use crate::trial::{self, Outcome, Prediction, Sample, TrialError};

/// A shelf of `count` models called `0`, `1`, …; `7` makes its reader panic.
struct Shelf {
    count: usize,
    readings: AtomicUsize,
    walks: AtomicUsize,
    /// Readers wait here once before their first file, so that a test can ask first.
    gate: Option<Barrier>,
    /// The first this many models hang while the lock is held by the test.
    hanging: usize,
    hang: Mutex<()>,
}

impl Shelf {
    fn of(count: usize) -> Shelf {
        Shelf {
            count,
            readings: AtomicUsize::new(0),
            walks: AtomicUsize::new(0),
            gate: None,
            hanging: 0,
            hang: Mutex::new(()),
        }
    }
}

fn environment(prefix: &str) -> Environment {
    Environment::new(
        prefix.into(),
        None,
        None,
        Origin::Flag,
        Vec::new(),
        Vec::new(),
    )
}

impl Work for Shelf {
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
        self.walks.fetch_add(1, Ordering::Relaxed);
        for number in 0..self.count {
            if found(WalkItem::Candidate(number.to_string().into())).is_break() {
                return;
            }
        }
    }

    fn read(&self, path: &Path) -> (Artifact, Manifest) {
        if self.readings.fetch_add(1, Ordering::Relaxed) == 0
            && let Some(gate) = &self.gate
        {
            gate.wait();
            gate.wait();
        }
        let number = path.to_str().and_then(|name| name.parse().ok());
        if number.is_some_and(|number: usize| number < self.hanging) {
            drop(self.hang.lock().unwrap());
        }
        assert_ne!(path, Path::new("7"), "seven is not for reading");
        let artifact = Artifact {
            path: path.to_path_buf(),
            format: Format::Pickle,
            compression: None,
            size: 1,
            modified: None,
            facts: Ok(Facts::default()),
        };
        (artifact, Manifest::default())
    }

    fn compare(&self, artifact: &Artifact, _: &Manifest, env: Option<&Environment>) -> Comparison {
        let verdict = match (&artifact.facts, env) {
            (Err(_), _) => Verdict::Unreadable,
            (_, None) => Verdict::Unknown,
            (_, Some(_)) => Verdict::Ready,
        };
        let summary = env.map_or_else(String::new, |e| e.prefix.display().to_string());
        Comparison {
            verdict,
            summary,
            rows: Vec::new(),
            findings: Vec::new(),
            history: Vec::new(),
            shift: None,
            fix: None,
        }
    }

    fn digest(&self, path: &Path) -> Option<String> {
        Some(format!("digest of {}", path.display()))
    }

    fn open_environment(
        &self,
        path: Option<&Path>,
    ) -> Result<Option<Environment>, EnvironmentError> {
        match path.and_then(Path::to_str) {
            None => Ok(Some(environment("found"))),
            Some("broken") => Err(EnvironmentError {
                message: "broken is not an environment".into(),
            }),
            Some(path) => Ok(Some(environment(path))),
        }
    }

    fn list_environments(&self) -> Vec<Environment> {
        vec![environment("found"), environment("other")]
    }

    fn sample(&self, artifact: &Artifact, _: &Manifest) -> Result<Sample, TrialError> {
        Ok(Sample {
            source: artifact.path.display().to_string(),
            ..Sample::default()
        })
    }

    fn run(
        &self,
        _: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        _: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        assert!(engine != trial::Engine::Native, "arithmetic is hard");
        let until = Instant::now() + Duration::from_secs(10);
        while !cancel.load(Ordering::Relaxed) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Prediction {
            engine,
            input_source: sample.source.clone(),
            outputs: Vec::new(),
            warnings: Vec::new(),
            outcome: if cancel.load(Ordering::Relaxed) {
                Outcome::Cancelled
            } else {
                Outcome::Finished
            },
            printed: String::new(),
            seconds: 0.0,
            run: None,
            recorded: None,
        })
    }
}

fn start(shelf: &Arc<Shelf>, options: Options) -> (Engine, Receiver<Event>) {
    let (sender, events) = channel();
    let work: Arc<dyn Work> = Arc::clone(shelf) as Arc<dyn Work>;
    let engine = Engine::start(work, options, move |event| drop(sender.send(event))).unwrap();
    (engine, events)
}

/// Events until `last` says that this was the last one.
fn until(events: &Receiver<Event>, mut last: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let event = events
            .recv_timeout(Duration::from_secs(10))
            .unwrap_or_else(|_| panic!("no further event after {seen:?}"));
        let done = last(&event);
        seen.push(event);
        if done {
            return seen;
        }
    }
}

fn all_read(events: &Receiver<Event>, count: usize) -> Vec<Event> {
    let mut read = 0;
    until(events, |event| {
        read += usize::from(matches!(event, Event::Read { .. }));
        read == count
    })
}

#[test]
fn every_row_is_found_in_order_and_read_once() {
    let shelf = Arc::new(Shelf::of(1000));
    let (_engine, events) = start(&shelf, Options::default());
    let seen = all_read(&events, 1000);
    assert!(matches!(seen[0], Event::Started));
    let mut next = 0;
    let mut rows = BTreeSet::new();
    for event in &seen {
        match event {
            Event::Found { first, paths } => {
                assert_eq!(*first, next);
                next += paths.len();
            }
            Event::Read { row, artifact, .. } => {
                assert!(*row < next, "row {row} was read before it was announced");
                assert_eq!(artifact.path, PathBuf::from(row.to_string()));
                assert!(rows.insert(*row));
            }
            _ => {}
        }
    }
    assert_eq!(rows.len(), 1000);
    assert_eq!(shelf.readings.load(Ordering::Relaxed), 1000);
}

#[test]
fn a_panicking_reader_becomes_an_unreadable_row() {
    let (_engine, events) = start(&Arc::new(Shelf::of(9)), Options::default());
    let seen = all_read(&events, 9);
    let seven = seen.iter().find_map(|event| match event {
        Event::Read {
            row: 7,
            artifact,
            comparison,
            ..
        } => Some((artifact, comparison)),
        _ => None,
    });
    let (artifact, comparison) = seven.unwrap();
    assert_eq!(comparison.verdict, Verdict::Unreadable);
    let reason = &artifact.facts.as_ref().unwrap_err().reason;
    assert!(reason.contains("seven is not for reading"), "{reason}");
}

#[test]
fn rows_on_screen_are_read_first() {
    let mut shelf = Shelf::of(200);
    shelf.gate = Some(Barrier::new(2));
    let shelf = Arc::new(shelf);
    let options = Options {
        readers: Some(1),
        ..Options::default()
    };
    let (engine, events) = start(&shelf, options);
    shelf.gate.as_ref().unwrap().wait();
    until(&events, |event| {
        matches!(event, Event::Walked { total: 200 })
    });
    engine.send(Request::Prefer(vec![150, 151]));
    shelf.gate.as_ref().unwrap().wait();
    let seen = all_read(&events, 4);
    let order: Vec<usize> = seen
        .iter()
        .filter_map(|event| match event {
            Event::Read { row, .. } => Some(*row),
            _ => None,
        })
        .collect();
    // Row 0 was in the reader's hands when the wish came.
    assert!(
        order[..3].contains(&150) && order[..3].contains(&151),
        "{order:?}"
    );
}

#[test]
fn another_environment_compares_every_row_again_and_reads_none() {
    let shelf = Arc::new(Shelf::of(20));
    let (engine, events) = start(&shelf, Options::default());
    all_read(&events, 20);
    engine.send(Request::UseEnvironment("other".into()));
    let mut again = BTreeSet::new();
    until(&events, |event| {
        if let Event::Compared {
            row, comparison, ..
        } = event
        {
            assert_eq!(comparison.summary, "other");
            again.insert(*row);
        }
        again.len() == 20
    });
    assert_eq!(shelf.readings.load(Ordering::Relaxed), 20);
}

#[test]
fn a_broken_environment_is_told_and_changes_nothing() {
    let shelf = Arc::new(Shelf::of(3));
    let options = Options {
        environment: Some("broken".into()),
        ..Options::default()
    };
    let (_engine, events) = start(&shelf, options);
    let mut failed = false;
    let mut read = 0;
    until(&events, |event| {
        match event {
            Event::EnvironmentFailed(words) => failed = words.contains("broken"),
            Event::Read { comparison, .. } => {
                assert_eq!(comparison.verdict, Verdict::Unknown);
                read += 1;
            }
            _ => {}
        }
        failed && read == 3
    });
}

#[test]
fn after_a_rescan_nothing_of_the_old_walk_is_told() {
    let shelf = Arc::new(Shelf::of(500));
    let (engine, events) = start(&shelf, Options::default());
    until(&events, |event| matches!(event, Event::Found { .. }));
    engine.send(Request::Rescan);
    until(&events, |event| matches!(event, Event::Started));
    let mut next = 0;
    let mut read = 0;
    until(&events, |event| {
        match event {
            Event::Found { first, paths } => {
                assert_eq!(*first, next);
                next += paths.len();
            }
            Event::Read { row, .. } => {
                assert!(*row < next);
                read += 1;
            }
            _ => {}
        }
        read == 500
    });
    assert_eq!(shelf.walks.load(Ordering::Relaxed), 2);
}

#[test]
fn a_trial_is_cancelled_and_a_panicking_one_is_an_error() {
    let (engine, events) = start(&Arc::new(Shelf::of(2)), Options::default());
    all_read(&events, 2);
    engine.send(Request::MakeSample {
        row: 1,
        steps: Vec::new(),
    });
    let seen = until(&events, |event| matches!(event, Event::Sample { .. }));
    let Some(Event::Sample {
        row: 1,
        sample: Ok(sample),
        ..
    }) = seen.last()
    else {
        panic!("{seen:?}");
    };
    let run = |engine| Request::Run {
        row: 1,
        engine,
        sample: sample.clone(),
        steps: Vec::new(),
        environment: Some("found".into()),
        sha256: None,
    };
    engine.send(run(trial::Engine::Python));
    engine.send(Request::CancelTrial);
    let seen = until(&events, |event| matches!(event, Event::Trial { .. }));
    let Some(Event::Trial {
        result: Ok(prediction),
        ..
    }) = seen.last()
    else {
        panic!("{seen:?}");
    };
    assert_eq!(prediction.outcome, Outcome::Cancelled);

    engine.send(run(trial::Engine::Native));
    let seen = until(&events, |event| matches!(event, Event::Trial { .. }));
    let Some(Event::Trial {
        result: Err(TrialError::Unusable(words)),
        ..
    }) = seen.last()
    else {
        panic!("{seen:?}");
    };
    assert!(words.contains("arithmetic is hard"), "{words}");
}

#[test]
fn dropping_the_engine_stops_a_running_trial() {
    let (engine, events) = start(&Arc::new(Shelf::of(1)), Options::default());
    all_read(&events, 1);
    engine.send(Request::Run {
        row: 0,
        engine: trial::Engine::Python,
        sample: Sample::default(),
        steps: Vec::new(),
        environment: Some("found".into()),
        sha256: None,
    });
    let before = Instant::now();
    drop(engine);
    assert!(before.elapsed() < Duration::from_secs(2));
    // The closure with the sender goes with the last thread.
    let end = Instant::now() + Duration::from_secs(5);
    while !matches!(
        events.recv_timeout(Duration::from_millis(50)),
        Err(RecvTimeoutError::Disconnected)
    ) {
        assert!(Instant::now() < end, "some thread lives on");
    }
}

#[test]
fn a_python_trial_runs_only_what_was_allowed_and_where() {
    let (engine, events) = start(&Arc::new(Shelf::of(1)), Options::default());
    all_read(&events, 1);
    engine.send(Request::Digest(0));
    let seen = until(&events, |event| matches!(event, Event::Digest { .. }));
    let Some(Event::Digest { sha256, .. }) = seen.last() else {
        panic!("{seen:?}");
    };
    assert_eq!(sha256.as_deref(), Some("digest of 0"));
    for (environment, sha256) in [("another", "digest of 0"), ("found", "digest of 1")] {
        engine.send(Request::Run {
            row: 0,
            engine: trial::Engine::Python,
            sample: Sample::default(),
            steps: Vec::new(),
            environment: Some(environment.into()),
            sha256: Some(sha256.into()),
        });
        let seen = until(&events, |event| matches!(event, Event::Trial { .. }));
        let Some(Event::Trial { result, .. }) = seen.last() else {
            panic!("{seen:?}");
        };
        let refused = matches!(result, Err(TrialError::NotAllowed(_)));
        assert!(refused, "{environment} {sha256}: {result:?}");
    }
}

#[test]
fn a_survey_compares_rows_with_every_environment_of_the_host_and_can_be_stopped() {
    let shelf = Arc::new(Shelf::of(20));
    let (engine, events) = start(&shelf, Options::default());
    all_read(&events, 20);
    engine.send(Request::Survey(vec![3]));
    engine.send(Request::ListEnvironments);
    until(&events, |event| matches!(event, Event::Environments(_)));
    let mut rows = vec![5, 7, 6];
    engine.send(Request::Survey(rows.clone()));
    until(&events, |event| {
        if let Event::Surveyed { row, verdicts } = event {
            assert!(rows.contains(row), "row {row} was not asked for any more");
            let expected = if *row == 7 {
                Verdict::Unreadable
            } else {
                Verdict::Ready
            };
            assert_eq!(*verdicts, [expected; 2]);
            rows.retain(|known| known != row);
        }
        rows.is_empty()
    });
    // A second list of the same environments keeps them, and what they remember.
    let listed = |events: &Receiver<Event>| {
        let seen = until(events, |event| matches!(event, Event::Environments(_)));
        match seen.last() {
            Some(Event::Environments(all)) => all.clone(),
            _ => Vec::new(),
        }
    };
    engine.send(Request::ListEnvironments);
    let first = listed(&events);
    engine.send(Request::ListEnvironments);
    let second = listed(&events);
    assert_eq!(first.len(), 2);
    assert!(first.iter().zip(&second).all(|(a, b)| Arc::ptr_eq(a, b)));
    // So many that no machine is through with them before it hears that nobody wants them.
    engine.send(Request::Survey((0..20).cycle().take(20_000).collect()));
    engine.send(Request::Survey(Vec::new()));
    engine.send(Request::Digest(0));
    let mut late = until(&events, |event| matches!(event, Event::Digest { .. }));
    late.retain(|event| matches!(event, Event::Surveyed { .. }));
    assert!(late.len() < 20_000, "the survey went on");
}

#[test]
fn files_that_hang_stop_nothing_and_are_named() {
    let mut shelf = Shelf::of(60);
    shelf.hanging = 10;
    let shelf = Arc::new(shelf);
    let held = shelf.hang.lock().unwrap();
    let two = Options {
        readers: Some(2),
        ..Options::default()
    };
    let (engine, events) = start(&shelf, two);
    let seen = all_read(&events, 50);
    let read = seen.iter().filter_map(|event| match event {
        Event::Read { row, .. } => Some(*row),
        _ => None,
    });
    assert_eq!(read.collect::<BTreeSet<_>>(), (10..60).collect());
    until(&events, |event| match event {
        Event::Pulse(pulse) => pulse.slow.iter().any(|slow| slow.path == Path::new("0")),
        _ => false,
    });
    // The end does not wait for them.
    let begun = Instant::now();
    drop(engine);
    assert!(begun.elapsed() < Duration::from_secs(2));
    drop(held);
}

#[test]
fn stopped_work_reads_nothing_more_and_goes_on_where_it_was() {
    let mut shelf = Shelf::of(300);
    shelf.hanging = 1;
    let shelf = Arc::new(shelf);
    let held = shelf.hang.lock().unwrap();
    let one = Options {
        readers: Some(1),
        ..Options::default()
    };
    let (engine, events) = start(&shelf, one);
    until(&events, |event| matches!(event, Event::Walked { .. }));
    engine.send(Request::Stop);
    until(&events, |event| matches!(event, Event::Stopped(true)));
    drop(held);
    // The one under way is given back; nothing else begins.
    let quiet = events.recv_timeout(Duration::from_millis(700));
    assert!(
        !matches!(quiet, Ok(Event::Read { .. })),
        "read after the stop: {quiet:?}"
    );
    assert!(shelf.readings.load(Ordering::Relaxed) <= 2);
    engine.send(Request::Resume);
    let seen = all_read(&events, 300);
    assert!(seen.iter().all(|event| !matches!(event, Event::Started)));
}

#[test]
fn details_that_were_let_go_are_told_again() {
    let (engine, events) = start(&Arc::new(Shelf::of(9)), Options::default());
    all_read(&events, 9);
    engine.send(Request::Detail(4));
    until(&events, |event| matches!(event, Event::Read { row: 4, .. }));
}
