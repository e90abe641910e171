//! From what happened to the next state and what is to be done. Pure: no threads, clock, files or
//! terminal. `settle` comes after it, once before each frame.

use ratatui::crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent, KeyEventKind};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{InputRequest, StateChanged};

use super::app::{App, Face, Half, Mode, Overlay};
use super::copy;
use super::effect::{Effect, Ended, Outside};
use super::explain;
use super::form;
use super::heard;
use super::jump;
use super::keymap::{Context, Found, Id, Key, Keys};
use super::layout::inside;
use super::marks;
use super::message::Message;
use super::mouse;
use super::scroll::Scroll;
use super::theme::Role;
use super::trials;
use crate::compat::Verdict;
use crate::engine::Request;
use crate::text;

/// The largest count: more than any list has.
const MOST_COUNTED: usize = 9_999_999;
/// The most problems that one key passes.
const MOST_STEPS: isize = 100;

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

fn key(app: &mut App, event: KeyEvent) -> Vec<Effect> {
    app.status = None;
    app.running = false;
    app.fresh = false;
    let doubted = app.doubted.take();
    let place = app.place();
    let prefix = app.prefix.take();
    if prefix.is_none() && counts(app, Key::of(event)) {
        return Vec::new();
    }
    let keys = std::sync::Arc::clone(&app.keys);
    match keys.find(place, prefix, event) {
        Found::Command(id) => return command(app, id, doubted),
        Found::Prefix(key) => {
            app.prefix = Some(key);
            return Vec::new();
        }
        Found::Nothing => app.count = None,
    }
    if let Some(prefix) = prefix {
        if event.code != KeyCode::Esc {
            let keys = Keys {
                prefix: Some(prefix),
                key: Key::of(event),
            };
            let words = format!("{} means nothing here", text::clean(&keys.name()));
            app.say(Role::Dim, words);
        }
        return Vec::new();
    }
    match place.context {
        Context::Filter => {
            let change = app.filter.handle_event(&TerminalEvent::Key(event));
            if change.is_some_and(|StateChanged { value, .. }| value) {
                app.moved = false;
            }
        }
        Context::Help => {
            let change = app.sought.handle_event(&TerminalEvent::Key(event));
            if change.is_some_and(|StateChanged { value, .. }| value) {
                app.overlay = Some(Overlay::Help(Scroll::default()));
            }
        }
        Context::Paste => explain::typed(app, event),
        Context::Value => form::typed(app, event),
        // Running a stranger's file is only for those who said yes with the one key for it.
        Context::Confirm => {
            app.overlay = None;
            app.say(Role::Text, "not run");
        }
        _ => {}
    }
    Vec::new()
}

/// Takes a digit of a count. Where 1 to 4 are the faces a count begins with another digit (0 does,
/// too: 012j); what follows is a digit of it whatever it is.
fn counts(app: &mut App, key: Key) -> bool {
    let context = app.context();
    let letters_are_text = matches!(
        context,
        Context::Filter | Context::Help | Context::Paste | Context::Confirm | Context::Value
    );
    let digit = key.character().and_then(|letter| letter.to_digit(10));
    let Some(digit) = digit.filter(|_| !letters_are_text) else {
        return false;
    };
    let faces = matches!(context, Context::List | Context::Detail);
    if app.count.is_none() && faces && (1..=4).contains(&digit) {
        return false;
    }
    let before = app.count.unwrap_or(0);
    app.count = Some((before * 10 + digit as usize).min(MOST_COUNTED));
    true
}

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
        Id::Back => return back(app),
        Id::Pick => return pick(app, doubted),
        Id::Quit => return leave(app),
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

/// Moves the cursor of whatever has the keys.
pub(super) fn step(app: &mut App, lines: isize) {
    match app.context() {
        Context::Detail => {
            let count = app.sheet.len();
            app.detail.by(lines, count);
        }
        Context::Troubles => {
            let count = app.troubles.len();
            if let Some(Overlay::Troubles(scroll)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::Help => {
            let count = app.keys.help(app.picking(), app.sought.value()).len();
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
            let count = app.gridded().len();
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
        Context::Form => {
            let count = app.form.entries.len();
            app.form.wrong = None;
            if let Some(Overlay::Form(scroll)) = &mut app.overlay {
                scroll.by(lines, count);
            }
        }
        Context::Confirm => {
            if let Some(Overlay::Confirm(_, scroll)) = &mut app.overlay {
                scroll.by(lines, usize::MAX);
            }
        }
        // Nothing moves away from a value that is typed.
        Context::Value => {}
        Context::List | Context::Filter | Context::Paste => {
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

fn back(app: &mut App) -> Vec<Effect> {
    if app.context() == Context::Value {
        form::leave(app);
        return Vec::new();
    }
    if matches!(app.overlay, Some(Overlay::Help(_))) && !app.sought.value().is_empty() {
        app.sought.reset();
        app.overlay = Some(Overlay::Help(Scroll::default()));
        return Vec::new();
    }
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
        return Vec::new();
    }
    if !app.marked.is_empty() {
        marks::none(app);
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
    if !app.marked.is_empty() {
        let rows = app.meant().into_iter();
        let paths = rows.filter_map(|row| Some(app.rows.get(row)?.path.clone()));
        return vec![Effect::End(Ended::Picked(paths.collect()))];
    }
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
        _ => vec![Effect::End(Ended::Picked(vec![row.path.clone()]))],
    }
}
