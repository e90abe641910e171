//! From what happened to the next state and what is to be done. Pure: no threads, clock, files or
//! terminal. `settle` comes after it, once before each frame.

use ratatui::crossterm::event::{Event as TerminalEvent, KeyEvent, KeyEventKind};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{InputRequest, StateChanged};

use super::app::{App, Face, Half, Mode, Overlay};
use super::effect::{Effect, Ended};
use super::explain;
use super::heard;
use super::keymap::{self, Context, Id};
use super::layout::inside;
use super::message::Message;
use super::theme::Role;
use super::trials;
use crate::compat::{Fix, Verdict};
use crate::engine::Request;

/// Takes one message.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(event) if event.kind == KeyEventKind::Release => Vec::new(),
        Message::Key(event) => key(app, event),
        Message::Paste(text) => {
            let boxed = matches!(app.overlay, Some(Overlay::Explain(_)));
            let offered = app.overlay.is_none() && !app.picking() && !app.typing;
            if boxed || (offered && crate::explain::reads_like_one(&text)) {
                if !boxed {
                    explain::open(app);
                }
                return explain::pasted(app, &text);
            }
            if app.typing {
                for letter in text.chars().filter(|c| !c.is_control()) {
                    app.filter.handle(InputRequest::InsertChar(letter));
                }
                app.stale = true;
            }
            Vec::new()
        }
        Message::Resize(width, height) => {
            app.size = (width, height);
            Vec::new()
        }
        Message::Engine(event) => heard::heard(app, event),
        Message::Tick => {
            app.tick = app.tick.wrapping_add(1);
            Vec::new()
        }
        Message::Quiet => {
            app.running = false;
            Vec::new()
        }
        Message::Continued => vec![Effect::Repaint],
        Message::Terminate(signal) => vec![Effect::End(Ended::Terminated(signal))],
        Message::InputLost(words) => vec![Effect::End(Ended::InputLost(words))],
    }
}

fn key(app: &mut App, event: KeyEvent) -> Vec<Effect> {
    app.status = None;
    app.running = false;
    let doubted = app.doubted.take();
    let place = app.place();
    if let Some(id) = keymap::find(place, event) {
        return command(app, id, doubted);
    }
    match place.context {
        Context::Filter => {
            let change = app.filter.handle_event(&TerminalEvent::Key(event));
            if change.is_some_and(|StateChanged { value, .. }| value) {
                app.stale = true;
                app.moved = false;
            }
        }
        Context::Paste => explain::typed(app, event),
        // Running a stranger's file is only for those who said yes with the one key for it.
        Context::Confirm => {
            app.overlay = None;
            app.say(Role::Text, "not run");
        }
        _ => {}
    }
    Vec::new()
}

fn command(app: &mut App, id: Id, doubted: Option<usize>) -> Vec<Effect> {
    match id {
        Id::Down => step(app, 1),
        Id::Up => step(app, -1),
        Id::HalfDown => step(app, page(app) / 2),
        Id::HalfUp => step(app, -(page(app) / 2)),
        Id::PageDown => step(app, page(app)),
        Id::PageUp => step(app, -page(app)),
        Id::Top => step(app, isize::MIN),
        Id::Bottom => step(app, isize::MAX),
        Id::Open => app.half = Half::Detail,
        Id::Swap => {
            app.half = match app.half {
                Half::List => Half::Detail,
                Half::Detail => Half::List,
            }
        }
        Id::Fold => fold(app),
        Id::Face(number) => {
            app.face = Face::ALL[number % Face::ALL.len()];
            app.half = if app.wide() { app.half } else { Half::Detail };
        }
        Id::NextFace => app.face = app.face.turned(1),
        Id::PreviousFace => app.face = app.face.turned(Face::ALL.len() - 1),
        Id::Filter => {
            app.typing = true;
            app.half = Half::List;
        }
        Id::Accept => return accept(app),
        Id::NextProblem => problem(app, 1),
        Id::PreviousProblem => problem(app, -1),
        Id::Sort => {
            app.sort = app.sort.next();
            app.stale = true;
            app.say(Role::Text, format!("sorted by {}", app.sort.word()));
        }
        Id::Environments => {
            app.overlay = Some(Overlay::Environments(super::scroll::Scroll::default()));
            return vec![Effect::Ask(Request::ListEnvironments)];
        }
        Id::Grid => {
            let scroll = super::scroll::Scroll {
                cursor: app.list.cursor,
                top: app.list.top,
            };
            let column = super::survey::column_of_live(app);
            super::survey::find_conflicts(app);
            app.overlay = Some(Overlay::Grid(scroll, column));
            return vec![Effect::Ask(Request::ListEnvironments)];
        }
        Id::Before | Id::Next => {
            let count = app.environments.as_ref().map_or(0, Vec::len);
            if let Some(Overlay::Grid(_, column)) = &mut app.overlay {
                let step = if id == Id::Next { 1 } else { -1 };
                *column = column
                    .saturating_add_signed(step)
                    .min(count.saturating_sub(1));
            }
        }
        Id::Trial => return trials::native(app),
        Id::PythonTrial => return trials::ask(app),
        Id::Allow => return trials::allowed(app),
        Id::Explain => explain::open(app),
        Id::CopyFix => return copy(app, |fix| Some(fix.command.clone())),
        Id::CopyThrowAway => return copy(app, |fix| fix.throw_away.clone()),
        Id::CopyPath => return copy(app, |_| None),
        Id::Rescan if app.stopped => {
            app.say(Role::Text, "going on");
            return vec![Effect::Ask(Request::Resume)];
        }
        Id::Rescan => {
            app.wanted = app.current().map(|row| row.path.clone());
            heard::forget(app);
            return vec![Effect::Ask(Request::Rescan)];
        }
        Id::Help => {
            app.typing = false;
            app.overlay = Some(Overlay::Help(super::scroll::Scroll::default()));
        }
        Id::Repaint => return vec![Effect::Repaint],
        Id::Suspend if app.can_suspend => return vec![Effect::Suspend],
        Id::Suspend => app.say(
            Role::Warning,
            "the shell waits for a pick and cannot continue it later",
        ),
        Id::Back => return back(app),
        Id::Pick => return pick(app, doubted),
        Id::Quit => return leave(app),
        Id::Interrupt if app.trial_runs() => {
            app.say(Role::Text, "stopping the trial");
            return vec![Effect::Ask(Request::CancelTrial)];
        }
        Id::Interrupt if app.works() => {
            app.stopped = true;
            app.say(Role::Text, "stopped: r goes on, ctrl-c again leaves");
            return vec![Effect::Ask(Request::Stop)];
        }
        Id::Interrupt => return vec![Effect::End(Ended::Left)],
    }
    Vec::new()
}

/// Moves the cursor of whatever has the keys.
fn step(app: &mut App, lines: isize) {
    match app.context() {
        Context::Detail => {
            let count = app.sheet.len();
            app.detail.by(lines, count);
        }
        Context::Help => {
            let count = keymap::help(app.picking()).len();
            if let Some(Overlay::Help(scroll)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::Environments => {
            let count = app.environments.as_ref().map_or(0, Vec::len);
            if let Some(Overlay::Environments(scroll)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::Grid => {
            let count = app.order.len();
            if let Some(Overlay::Grid(scroll, _)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::Explained => {
            let count = app.explaining.lines.len();
            if let Some(Overlay::Explain(scroll)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::List | Context::Filter | Context::Confirm | Context::Paste => {
            let count = app.order.len();
            app.list.by(lines, count);
            app.moved = true;
            app.running = app.layout().detail.is_some();
            app.selected = app.order.get(app.list.cursor).copied();
        }
    }
}

/// How many lines the part that has the keys shows.
fn page(app: &App) -> isize {
    let layout = app.layout();
    let area = match app.half {
        Half::List => layout.list,
        Half::Detail => layout.detail,
    };
    isize::from(area.map_or(2, |area| inside(area).height) as i16).max(2)
}

fn fold(app: &mut App) {
    let line = app.sheet.get(app.detail.cursor);
    if let Some(fold) = line.and_then(|line| line.fold)
        && !app.unfolded.remove(&fold)
    {
        app.unfolded.insert(fold);
    }
}

fn accept(app: &mut App) -> Vec<Effect> {
    match app.context() {
        Context::Paste => return explain::entered(app),
        Context::Explained => {
            explain::jump(app);
            return Vec::new();
        }
        _ => {}
    }
    if let Some(Overlay::Grid(scroll, column)) = app.overlay {
        let all = app.environments.as_deref().unwrap_or_default();
        let Some(prefix) = all.get(column).map(|e| e.prefix.clone()) else {
            return Vec::new();
        };
        app.overlay = None;
        app.list.cursor = scroll.cursor;
        app.moved = true;
        app.selected = app.order.get(scroll.cursor).copied();
        return vec![Effect::Ask(Request::UseEnvironment(prefix))];
    }
    if let Some(Overlay::Environments(scroll)) = app.overlay {
        let all = app.environments.as_deref().unwrap_or_default();
        let Some(prefix) = all.get(scroll.cursor).map(|e| e.prefix.clone()) else {
            return Vec::new();
        };
        app.overlay = None;
        return vec![Effect::Ask(Request::UseEnvironment(prefix))];
    }
    app.typing = false;
    Vec::new()
}

fn back(app: &mut App) -> Vec<Effect> {
    if app.overlay.take().is_some() {
        return Vec::new();
    }
    if app.half == Half::Detail && !app.typing {
        app.half = Half::List;
        return Vec::new();
    }
    if app.typing || !app.filter.value().is_empty() {
        app.typing = false;
        app.filter.reset();
        app.stale = true;
        return Vec::new();
    }
    if app.picking() {
        return leave(app);
    }
    app.say(Role::Text, "q leaves");
    Vec::new()
}

/// Leaving a pick that had nothing to offer is another outcome than not wanting any of it.
fn leave(app: &App) -> Vec<Effect> {
    let offered = !app.order.is_empty() || !app.filter.value().is_empty();
    let known = app.walked && app.unread() == 0;
    vec![Effect::End(if app.picking() && known && !offered {
        Ended::NothingMatched
    } else {
        Ended::Left
    })]
}

fn pick(app: &mut App, doubted: Option<usize>) -> Vec<Effect> {
    let (Some(number), Some(row)) = (app.selected, app.current()) else {
        return Vec::new();
    };
    let doubt = match row.verdict() {
        Some(Verdict::Ready) => None,
        Some(verdict) => Some(verdict.phrase().to_owned()),
        None => Some("not read yet".to_owned()),
    };
    match doubt {
        Some(words) if doubted != Some(number) && matches!(app.mode, Mode::Pick { .. }) => {
            let words = format!("{}: {words}. enter again picks it anyway", row.name);
            app.doubted = Some(number);
            app.say(Role::Warning, words);
            Vec::new()
        }
        _ => vec![Effect::End(Ended::Picked(row.path.clone()))],
    }
}

/// To the next row with a problem, round the end of the list.
fn problem(app: &mut App, direction: isize) {
    let count = app.order.len();
    let found = (1..=count).find_map(|distance| {
        let at = if direction > 0 {
            (app.list.cursor + distance) % count
        } else {
            (app.list.cursor + count - distance) % count
        };
        app.rows[app.order[at]].is_problem().then_some(at)
    });
    match found {
        Some(at) => {
            app.list.cursor = at;
            app.moved = true;
            app.selected = Some(app.order[at]);
        }
        None => app.say(Role::Good, "no problem in the list"),
    }
}

fn copy(app: &mut App, part: fn(&Fix) -> Option<String>) -> Vec<Effect> {
    let Some(row) = app.current() else {
        return Vec::new();
    };
    let fix = row.reading.as_ref().and_then(|r| r.comparison.fix.as_ref());
    let command = fix.and_then(part).filter(|command| !command.is_empty());
    let what = if command.is_some() { "command" } else { "path" };
    let text = command.unwrap_or_else(|| row.path.to_string_lossy().into_owned());
    // Whether the terminal took it, nobody tells: say what was done and no more.
    let words = format!("{what} sent to the terminal's clipboard: {text}");
    app.say(Role::Good, words);
    vec![Effect::Copy(text)]
}
