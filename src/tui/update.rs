//! From what happened to the next state and what is to be done. Pure: no threads, clock, files or
//! terminal. `settle` comes after it, once before each frame.

use ratatui::crossterm::event::KeyEventKind;
use tui_input::InputRequest;

use super::app::{App, Overlay};
use super::copy;
use super::effect::{Effect, Ended, Outside};
use super::explain;
use super::face::{Face, Half};
use super::form;
use super::heard;
use super::jump;
use super::keymap::{Context, Id};
use super::leave;
use super::marks;
use super::message::Message;
use super::mouse;
use super::movement::{page, step};
use super::press;
use super::scroll::Scroll;
use super::theme::Role;
use super::trials;
use crate::engine::Request;

/// The most problems that one key passes.
const MOST_STEPS: isize = 100;

/// Takes one message.
pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    match message {
        Message::Key(event) if event.kind == KeyEventKind::Release => Vec::new(),
        Message::Key(event) => press::key(app, event),
        Message::Paste(text) => {
            let boxed = matches!(app.overlay, Some(Overlay::Explain(_)));
            let offered = app.overlay.is_none() && !app.picking() && !app.typing;
            if boxed || (offered && crate::explain::reads_like_one(&text)) {
                if !boxed {
                    explain::open(app);
                }
                return explain::pasted(app, &text);
            }
            if matches!(app.overlay, Some(Overlay::Form(_))) {
                form::pasted(app, &text);
                return Vec::new();
            }
            if app.typing {
                for letter in text.chars().filter(|c| !c.is_control()) {
                    app.filter.handle(InputRequest::InsertChar(letter));
                }
            }
            if let Some(Overlay::Help(scroll)) = &mut app.overlay {
                for letter in text.chars().filter(|c| !c.is_control()) {
                    app.sought.handle(InputRequest::InsertChar(letter));
                }
                *scroll = super::scroll::Scroll::default();
            }
            Vec::new()
        }
        Message::Mouse(event) => mouse::mouse(app, event),
        Message::Failed(words) => {
            app.say(Role::Warning, words);
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

/// Does what a command says.
pub(super) fn command(app: &mut App, id: Id, doubted: Option<usize>) -> Vec<Effect> {
    let counted = app.count.take();
    let times = counted.unwrap_or(1).max(1) as isize;
    match id {
        Id::Down => step(app, times),
        Id::Up => step(app, -times),
        Id::HalfDown => step(app, page(app) / 2 * times),
        Id::HalfUp => step(app, -(page(app) / 2 * times)),
        Id::PageDown => step(app, page(app) * times),
        Id::PageUp => step(app, -page(app) * times),
        Id::Top | Id::Bottom if counted.is_some() => {
            step(app, isize::MIN);
            step(app, times - 1);
        }
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
        Id::NextProblem => (0..times.min(MOST_STEPS)).for_each(|_| jump::problem(app, 1)),
        Id::PreviousProblem => (0..times.min(MOST_STEPS)).for_each(|_| jump::problem(app, -1)),
        Id::NextMarked => marks::next(app),
        Id::NextRelated => jump::related(app),
        Id::Mark => marks::turn(app, times as usize),
        Id::MarkAll => marks::all(app),
        Id::Unmark => marks::none(app),
        Id::Group => {
            app.grouped = !app.grouped;
            let words = if app.grouped {
                "by folder"
            } else {
                "one flat list"
            };
            app.say(Role::Text, words);
        }
        Id::Sort => {
            app.sort = app.sort.next();
            app.say(Role::Text, format!("sorted by {}", app.sort.word()));
        }
        Id::Environments => {
            app.overlay = Some(Overlay::Environments(Scroll::default()));
            return vec![Effect::Ask(Request::ListEnvironments)];
        }
        Id::Grid => {
            let at = {
                let gridded = app.gridded();
                gridded.iter().position(|row| Some(*row) == app.selected)
            };
            let at = at.unwrap_or(0);
            let scroll = Scroll {
                cursor: at,
                top: at.min(app.list.top),
            };
            let column = super::survey::column_of_live(app);
            super::survey::find_conflicts(app);
            app.overlay = Some(Overlay::Grid(scroll, column));
            return vec![Effect::Ask(Request::ListEnvironments)];
        }
        Id::Before | Id::Next if app.context() == Context::Form => {
            form::turn(app, id == Id::Next);
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
        Id::Form => return form::open(app),
        Id::NextRow => form::move_row(app, times),
        Id::PreviousRow => form::move_row(app, -times),
        Id::AddRow => form::add_row(app),
        Id::RemoveRow => form::remove_row(app),
        Id::Trial | Id::PythonTrial if app.context() == Context::Form => return form::run(app, id),
        Id::Trial if !app.marked.is_empty() => return trials::of_marked(app),
        Id::Trial => return trials::native(app),
        Id::ChainTrial => return trials::through_others(app),
        Id::PythonTrial => return trials::ask(app),
        Id::Allow => return trials::allowed(app),
        Id::Explain => explain::open(app),
        Id::CopyBest => return copy::best(app),
        Id::CopyFix => return copy::fix(app),
        Id::CopyThrowAway => return copy::throw_away(app),
        Id::CopyPath => return copy::paths(app),
        Id::CopyFinding => return copy::finding(app),
        Id::Outside => return outside(app),
        Id::Again => {
            let rows = app.meant();
            let words = match rows.len() {
                0 => return Vec::new(),
                1 => "reading it again".to_owned(),
                count => format!("reading {count} artifacts again"),
            };
            app.say(Role::Text, words);
            return heard::again(app, rows);
        }
        Id::Watch => {
            app.watching = !app.watching;
            let words = if app.watching {
                "watching the tree: what changes is read again"
            } else {
                "not watching the tree any more"
            };
            app.say(Role::Text, words);
            return vec![Effect::Ask(Request::Watch(app.watching))];
        }
        Id::Troubles if app.troubles.is_empty() => {
            app.say(Role::Good, "everything could be looked at");
        }
        Id::Troubles => app.overlay = Some(Overlay::Troubles(Scroll::default())),
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
            app.sought.reset();
            app.overlay = Some(Overlay::Help(Scroll::default()));
        }
        Id::Repaint => return vec![Effect::Repaint],
        Id::Suspend if app.can_suspend => return vec![Effect::Suspend],
        Id::Suspend => app.say(
            Role::Warning,
            "the shell waits for a pick and cannot continue it later",
        ),
        Id::Back => return leave::back(app),
        Id::Pick => return leave::pick(app, doubted),
        Id::Quit => return leave::leave(app),
        Id::Interrupt if app.trial_runs() || app.several => {
            trials::stop(app);
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
        Context::Form | Context::Value => {
            form::entered(app);
            return Vec::new();
        }
        Context::Help => return run_chosen(app),
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
        let chosen = app.gridded().get(scroll.cursor).copied();
        app.overlay = None;
        if let Some(row) = chosen {
            jump::go(app, row);
        }
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

/// Runs the command that is chosen in the list of keys, where it can be run.
fn run_chosen(app: &mut App) -> Vec<Effect> {
    let Some(Overlay::Help(scroll)) = app.overlay else {
        return Vec::new();
    };
    let told = app.keys.help(app.picking(), app.sought.value());
    let Some(told) = told.into_iter().nth(scroll.cursor) else {
        return Vec::new();
    };
    app.overlay = None;
    let other = match app.half {
        Half::List => Half::Detail,
        Half::Detail => Half::List,
    };
    for half in [app.half, other] {
        let before = std::mem::replace(&mut app.half, half);
        if app.keys.holds(app.place(), told.id) && told.contexts.contains(&app.context()) {
            return command(app, told.id, None);
        }
        app.half = before;
    }
    let place = told
        .contexts
        .first()
        .map_or("elsewhere", |place| place.word());
    app.say(Role::Warning, format!("{} works {place}", told.keys));
    Vec::new()
}

/// Opens the manifest beside the artifact, else its folder.
fn outside(app: &mut App) -> Vec<Effect> {
    let Some(row) = app.current() else {
        return Vec::new();
    };
    let declared = row.reading.as_ref().and_then(|reading| {
        let declared = reading.manifest.declared.iter();
        let mut files = declared.flat_map(|wish| wish.evidence.iter());
        files.find_map(|evidence| evidence.file.clone())
    });
    let outside = declared.map_or_else(
        || {
            let folder = row.path.parent().unwrap_or(&row.path);
            let folder = if folder.as_os_str().is_empty() {
                std::path::Path::new(".")
            } else {
                folder
            };
            Outside::Folder(folder.to_owned())
        },
        Outside::Text,
    );
    vec![Effect::Outside(outside)]
}
