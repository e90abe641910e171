//! Trials as the screen asks for them: the sample first, then the run; Python only after a yes.

use std::path::PathBuf;

use super::app::{App, Overlay};
use super::effect::Effect;
use super::face::{Face, Half};
use super::form;
use super::scroll::Scroll;
use super::theme::Role;
use crate::engine::{Request, chain};
use crate::trial::{Engine, Outcome, Prediction, Sample, TrialError};

/// Starts a native trial of the row under the cursor.
pub fn native(app: &mut App) -> Vec<Effect> {
    stop(app);
    show(app);
    match ready(app) {
        Some(row) => {
            through(app, row, Vec::new());
            start(app, row, Engine::Native)
        }
        None => Vec::new(),
    }
}

/// Starts a native trial of the row under the cursor whose rows first pass through the files near
/// it that prepare its input.
pub fn through_others(app: &mut App) -> Vec<Effect> {
    stop(app);
    show(app);
    let Some(row) = ready(app) else {
        return Vec::new();
    };
    let Some(reading) = app.rows[row].reading.as_ref() else {
        app.say(Role::Warning, "its details are being read again; once more");
        return Vec::new();
    };
    let steps: Vec<PathBuf> = chain::proposed(&reading.manifest)
        .map(|step| step.path.clone())
        .collect();
    if steps.is_empty() {
        app.say(
            Role::Warning,
            "no file near it is known to prepare its input",
        );
        return Vec::new();
    }
    through(app, row, steps);
    start(app, row, Engine::Native)
}

/// From now on the rows of `row` pass through `steps`: what was made for others is void.
fn through(app: &mut App, row: usize, steps: Vec<PathBuf>) {
    let trial = app.trials.entry(row).or_default();
    if trial.steps != steps {
        (trial.sample, trial.native, trial.python) = (None, None, None);
        trial.steps = steps;
    }
}

/// Starts native trials of all that are marked, one after the other.
pub fn of_marked(app: &mut App) -> Vec<Effect> {
    let rows = app.meant().into_iter();
    app.queue = rows
        .filter(|row| {
            let brief = app.rows.get(*row).and_then(|row| row.brief.as_ref());
            brief.is_some_and(|brief| !brief.unreadable)
        })
        .collect();
    if app.queue.is_empty() {
        app.say(Role::Warning, "none of the marked ones can be tried");
        return Vec::new();
    }
    app.face = Face::Trial;
    app.several = true;
    next(app)
}

/// Starts the next trial that waits; when there is none, tells how they ended.
fn next(app: &mut App) -> Vec<Effect> {
    while let Some(row) = app.queue.pop_front() {
        let left = app.queue.len();
        let name = app.rows.get(row).map_or("", |row| &row.name);
        let words = format!("trying {name}, {left} left; ctrl-c stops it");
        app.say(Role::Text, words);
        through(app, row, Vec::new());
        let effects = start(app, row, Engine::Native);
        if !effects.is_empty() {
            return effects;
        }
    }
    app.several = false;
    let tried = app.marked.iter().filter_map(|row| app.trials.get(row));
    let (mut finished, mut other) = (0, 0);
    for trial in tried {
        match (&trial.native, &trial.sample) {
            (Some(Ok(run)), _) if run.outcome == Outcome::Finished => finished += 1,
            (None, Some(Ok(_)) | None) => {}
            _ => other += 1,
        }
    }
    let words = format!(
        "tried all that are marked: {finished} finished, {other} did not (gm goes to each)"
    );
    let role = if other == 0 {
        Role::Good
    } else {
        Role::Warning
    };
    app.say(role, words);
    Vec::new()
}

/// Asks whether the row under the cursor may be loaded by the live environment.
pub fn ask(app: &mut App) -> Vec<Effect> {
    let Some(row) = ready(app) else {
        return Vec::new();
    };
    match app.environment() {
        None => app.say(Role::Warning, "no environment to run it in: e chooses one"),
        Some(live) if live.interpreter.is_none() => {
            app.say(
                Role::Warning,
                "this environment shows no interpreter: e chooses another",
            );
        }
        Some(_) => {
            app.overlay = Some(Overlay::Confirm(row, Scroll::default()));
            // The file may have changed since it was asked about before.
            app.trials.entry(row).or_default().sha256 = None;
            return vec![Effect::Ask(Request::Digest(row))];
        }
    }
    Vec::new()
}

/// The answer was yes.
pub fn allowed(app: &mut App) -> Vec<Effect> {
    match app.overlay.take() {
        Some(Overlay::Confirm(row, _)) => start(app, row, Engine::Python),
        other => {
            app.overlay = other;
            Vec::new()
        }
    }
}

/// The sample of `row` came: run what waits for it.
pub fn sampled(
    app: &mut App,
    row: usize,
    steps: &[PathBuf],
    sample: Result<Sample, TrialError>,
) -> Vec<Effect> {
    let trial = app.trials.entry(row).or_default();
    // Asked for before the user wanted another way for the rows.
    if trial.steps != steps {
        return Vec::new();
    }
    let waiting = trial.waiting.take();
    trial.sample = Some(sample);
    let failed = trial.sample.as_ref().is_some_and(Result::is_err);
    let mut effects = form::arrived(app, row);
    effects.extend(match waiting {
        Some(_) if failed && several(app) => next(app),
        Some(engine) => start(app, row, engine),
        None => Vec::new(),
    });
    effects
}

/// Whether trials of several rows are under way.
fn several(app: &App) -> bool {
    app.several
}

/// A trial of `row` ended.
pub fn ended(
    app: &mut App,
    row: usize,
    engine: Engine,
    steps: &[PathBuf],
    result: Result<Prediction, TrialError>,
) -> Vec<Effect> {
    let trial = app.trials.entry(row).or_default();
    if trial.steps != steps {
        return Vec::new();
    }
    if trial.running == Some(engine) {
        trial.running = None;
    }
    match engine {
        Engine::Native => trial.native = Some(result),
        Engine::Python => trial.python = Some(result),
    }
    if several(app) && engine == Engine::Native {
        return next(app);
    }
    Vec::new()
}

/// The user wants no more of them.
pub fn stop(app: &mut App) {
    app.queue.clear();
    app.several = false;
}

pub(super) fn show(app: &mut App) {
    app.face = Face::Trial;
    if !app.wide() {
        app.half = Half::Detail;
    }
}

/// The row under the cursor, when it can be tried at all.
pub(super) fn ready(app: &mut App) -> Option<usize> {
    let row = app.selected?;
    let words = match app.rows.get(row)?.brief.as_ref() {
        None => "this one is not read yet",
        Some(brief) if brief.unreadable => "an unreadable file cannot be tried",
        Some(_) => return Some(row),
    };
    app.say(Role::Warning, words);
    None
}

pub(super) fn start(app: &mut App, row: usize, engine: Engine) -> Vec<Effect> {
    let environment = app.environment().map(|live| live.prefix.clone());
    // The engine runs one trial at a time and stops the one before.
    for trial in app.trials.values_mut() {
        trial.waiting = None;
    }
    let since = app.clock;
    let trial = app.trials.entry(row).or_default();
    match &trial.sample {
        Some(Ok(sample)) => {
            trial.running = Some(engine);
            trial.since = since;
            let (sample, steps) = (sample.clone(), trial.steps.clone());
            let sha256 = trial.sha256.clone().filter(|_| engine == Engine::Python);
            vec![Effect::Ask(Request::Run {
                row,
                engine,
                sample,
                steps,
                environment,
                sha256,
            })]
        }
        Some(Err(_)) => Vec::new(),
        None => {
            trial.waiting = Some(engine);
            let steps = trial.steps.clone();
            vec![Effect::Ask(Request::MakeSample { row, steps })]
        }
    }
}
