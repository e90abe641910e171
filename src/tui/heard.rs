//! What the engine tells, taken into the state.

use std::sync::Arc;

use super::app::{App, Overlay};
use super::effect::Effect;
use super::explain;
use super::form;
use super::live::Live;
use super::order::Sorting;
use super::row::{Brief, Reading, Row};
use super::scroll::Scroll;
use super::theme::Role;
use super::trials;
use crate::engine::{Event, Request};
use crate::trial::Engine;

/// Troubles beyond this many are counted, not kept.
const KEPT_TROUBLES: usize = 200;

/// Rows whose details are kept; those of others are asked for again when somebody looks.
const KEPT: usize = 1_000;

/// Takes one event.
pub fn heard(app: &mut App, event: Event) -> Vec<Effect> {
    // After a rescan was asked for, events of the walk before are still on their way.
    let about_rows = !matches!(
        event,
        Event::Started
            | Event::Environment(_)
            | Event::EnvironmentFailed(_)
            | Event::Environments(_)
            | Event::Explained { .. }
    );
    if about_rows && !app.started {
        return Vec::new();
    }
    match event {
        Event::Started => {
            forget(app);
            app.started = true;
        }
        Event::Found { first, paths } => {
            if first == app.rows.len() {
                for path in paths {
                    if app.remembered.remove(&path) {
                        app.marked.insert(app.rows.len());
                    }
                    app.rows.push(Row::found(path, &app.root));
                }
                app.sorting.grew();
            }
        }
        Event::Trouble(words) => {
            if app.troubles.len() < KEPT_TROUBLES {
                app.troubles.push(words);
            }
        }
        Event::Walked { .. } => app.walked = true,
        Event::Read {
            row,
            artifact,
            manifest,
            comparison,
            wishes,
            trust,
        } => {
            let reading = Reading::new(&artifact, manifest, comparison, trust);
            let brief = reading.brief(app.survey.wishes(wishes));
            read(app, row, reading, brief);
        }
        Event::Compared {
            row,
            comparison,
            wishes,
        } => {
            let wishes = app.survey.wishes(wishes);
            app.sorting.heard(row);
            if let Some(row) = app.rows.get_mut(row) {
                if let Some(brief) = &mut row.brief {
                    brief.verdict = comparison.verdict;
                    brief.wishes = wishes;
                }
                if let Some(reading) = &mut row.reading {
                    reading.comparison = comparison;
                }
            }
        }
        Event::Pulse(pulse) => app.pulse = pulse,
        Event::SoFar { row, manifest } => {
            if let Some(row) = app.rows.get_mut(row).filter(|row| row.brief.is_none()) {
                row.so_far = Some(manifest);
            }
        }
        Event::Stopped(stopped) => app.stopped = stopped,
        Event::Environment(environment) => live(app, environment),
        Event::EnvironmentFailed(words) => app.say(Role::Bad, words),
        Event::Environments(all) => {
            app.survey.listed(app.environments.as_deref(), &all);
            app.environments = Some(all);
            if app.filter.value().contains("env:") {
                app.sorting.spoil();
            }
        }
        Event::Surveyed { row, verdicts } => {
            app.survey.heard(row, verdicts);
            app.sorting.heard(row);
        }
        Event::Changed { rows, folders } => return changed(app, rows, folders),
        Event::Explained { number, answer } => explain::answered(app, number, answer),
        Event::Known { row, steps, known } => form::known(app, row, &steps, &known),
        Event::Figures { row, figures } => drop(app.figures.insert(row, Some(figures))),
        Event::Sample { row, steps, sample } => return trials::sampled(app, row, &steps, sample),
        Event::Digest {
            row,
            sha256,
            sandbox,
        } => {
            let trial = app.trials.entry(row).or_default();
            (trial.sha256, trial.sandbox) = (sha256, sandbox);
        }
        Event::Trial {
            row,
            engine,
            steps,
            result,
        } => return trials::ended(app, row, engine, &steps, result),
    }
    Vec::new()
}

/// Takes what reading a row brought, and lets the details of others go when there are many.
fn read(app: &mut App, number: usize, reading: Reading, brief: Brief) {
    app.sorting.heard(number);
    let Some(row) = app.rows.get_mut(number) else {
        return;
    };
    let first = row.brief.is_none();
    app.read += usize::from(first);
    row.so_far = None;
    row.brief = Some(brief);
    if row.reading.is_none() {
        app.kept.push_back(number);
    }
    row.reading = Some(Box::new(reading));
    if app.recalled == Some(number) {
        app.recalled = None;
    }
    while app.kept.len() > KEPT {
        let Some(oldest) = app.kept.pop_front() else {
            return;
        };
        if Some(oldest) == app.detailed || Some(oldest) == app.selected {
            app.kept.push_back(oldest);
        } else if let Some(row) = app.rows.get_mut(oldest) {
            row.reading = None;
        }
    }
}

/// Forgets every row: a walk is about to begin.
pub fn forget(app: &mut App) {
    // A rescan keeps the cursor on its file, wherever that will stand.
    if app.wanted.is_none() && app.moved {
        app.wanted = app.current().map(|row| row.path.clone());
    }
    let marked = std::mem::take(&mut app.marked);
    let paths = marked.into_iter().filter_map(|row| app.rows.get(row));
    let paths: Vec<_> = paths.map(|row| row.path.clone()).collect();
    app.remembered.extend(paths);
    app.rows.clear();
    app.order.clear();
    app.groups.clear();
    app.sorting = Sorting::default();
    app.trials.clear();
    app.figures.clear();
    trials::stop(app);
    app.prefix = None;
    app.count = None;
    app.survey.forget();
    app.troubles.clear();
    app.preferred.clear();
    app.kept.clear();
    app.recalled = None;
    app.stopped = false;
    app.pulse = crate::engine::Pulse::default();
    app.read = 0;
    app.started = false;
    app.walked = false;
    app.selected = None;
    app.detailed = None;
    app.running = false;
    app.doubted = None;
    app.shown = None;
    app.overlay = None;
    app.list = Scroll::default();
}

/// The watched tree is not as it was: what changed is read again, and the tree walked again when
/// something came or went.
fn changed(app: &mut App, rows: Vec<usize>, folders: bool) -> Vec<Effect> {
    if !app.watching {
        return Vec::new();
    }
    if folders {
        app.wanted = app.current().map(|row| row.path.clone());
        forget(app);
        app.say(Role::Text, "the tree changed, so it is read again");
        return vec![Effect::Ask(Request::Rescan)];
    }
    let words = match rows.as_slice() {
        [row] => app
            .rows
            .get(*row)
            .map(|row| format!("{} changed", row.name)),
        rows => Some(format!("{} artifacts changed", rows.len())),
    };
    if let Some(words) = words {
        app.say(Role::Text, format!("{words}, so it is read again"));
    }
    again(app, rows)
}

/// Has rows read again: what is known of them is void.
pub fn again(app: &mut App, mut rows: Vec<usize>) -> Vec<Effect> {
    rows.retain(|number| *number < app.rows.len());
    for number in &rows {
        let Some(row) = app.rows.get_mut(*number) else {
            continue;
        };
        app.read = app.read.saturating_sub(usize::from(row.brief.is_some()));
        row.brief = None;
        row.so_far = None;
        if row.reading.take().is_some() {
            app.kept.retain(|kept| kept != number);
        }
        app.trials.remove(number);
        app.figures.remove(number);
        app.survey.forget_row(*number);
        app.sorting.heard(*number);
    }
    vec![Effect::Ask(Request::Again(rows))]
}

fn live(app: &mut App, environment: Option<Arc<crate::environment::Environment>>) {
    app.live = environment.map_or(Live::Nowhere, Live::Chosen);
    // The question named the environment before: it must be asked again.
    if matches!(app.overlay, Some(Overlay::Confirm(..))) {
        app.overlay = None;
        app.say(
            Role::Warning,
            "the environment changed, so the trial was not run",
        );
    }
    // What another environment said is not what this one would say.
    for trial in app.trials.values_mut() {
        trial.python = None;
        if trial.waiting == Some(Engine::Python) {
            trial.waiting = None;
        }
    }
}
