//! A traceback pasted or typed into a box, and the way from its answer to an artifact.

use std::sync::Arc;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Overlay};
use super::effect::Effect;
use super::face::Half;
use super::scroll::Scroll;
use super::sheet::SheetLine;
use super::theme::Role;
use crate::engine::Request;
use crate::explain::{self, Explanation};

/// The most bytes that are taken from the keyboard and from pastes together.
const LONGEST: usize = 1 << 20;

/// What the box knows.
#[derive(Clone, Debug, Default)]
pub struct Explaining {
    /// What was pasted and typed so far.
    pub text: String,
    /// Whether the engine is at it.
    pub running: bool,
    /// How often the engine was asked; answers to earlier questions are dropped.
    pub asked: u64,
    /// The answer.
    pub answer: Option<Arc<Explanation>>,
    /// The lines of the answer, as wide as the box.
    pub lines: Vec<SheetLine>,
}

/// Opens an empty box.
pub fn open(app: &mut App) {
    app.typing = false;
    let asked = app.explaining.asked;
    app.explaining = Explaining {
        asked,
        ..Explaining::default()
    };
    app.overlay = Some(Overlay::Explain(Scroll::default()));
}

/// Takes a paste: a whole traceback is asked about at once.
pub fn pasted(app: &mut App, text: &str) -> Vec<Effect> {
    if app.explaining.running || app.explaining.answer.is_some() {
        open(app);
    }
    add(app, text);
    ask(app)
}

/// Takes a key that means nothing else.
pub fn typed(app: &mut App, key: KeyEvent) {
    let plain = !key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if app.explaining.running {
        return;
    }
    match key.code {
        KeyCode::Char(letter) if plain => add(app, letter.encode_utf8(&mut [0; 4])),
        KeyCode::Tab => add(app, "    "),
        KeyCode::Backspace => drop(app.explaining.text.pop()),
        _ => {}
    }
}

/// Enter: asks, unless a terminal that does not mark pastes is in the middle of a traceback.
pub fn entered(app: &mut App) -> Vec<Effect> {
    let text = &app.explaining.text;
    let last = text.lines().next_back().unwrap_or_default();
    let open = explain::reads_like_one(text) && !text.ends_with('\n');
    if open && (last.starts_with(' ') || last.trim_end().ends_with(':') || !ends_it(text)) {
        add(app, "\n");
        return Vec::new();
    }
    ask(app)
}

/// Whether the last line of a text is an exception.
fn ends_it(text: &str) -> bool {
    let trace = explain::parse(text);
    let last = text.lines().next_back().unwrap_or_default();
    trace
        .raised
        .last()
        .is_some_and(|raised| raised.headline() == last.trim_end())
}

fn add(app: &mut App, text: &str) {
    let room = LONGEST.saturating_sub(app.explaining.text.len());
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    app.explaining.text.push_str(&text[..end]);
}

fn ask(app: &mut App) -> Vec<Effect> {
    if app.explaining.running || app.explaining.text.trim().is_empty() {
        return Vec::new();
    }
    app.explaining.running = true;
    app.explaining.asked += 1;
    let text = std::mem::take(&mut app.explaining.text);
    vec![Effect::Ask(Request::Explain {
        number: app.explaining.asked,
        text,
    })]
}

/// The engine's answer to question `number`.
pub fn answered(app: &mut App, number: u64, answer: Arc<Explanation>) {
    let open = matches!(app.overlay, Some(Overlay::Explain(_)));
    if !open || number != app.explaining.asked {
        return;
    }
    app.explaining.running = false;
    app.explaining.answer = Some(answer);
    app.overlay = Some(Overlay::Explain(Scroll::default()));
}

/// To the artifact of the line under the cursor, else to the first one.
pub fn jump(app: &mut App) {
    let Some(Overlay::Explain(scroll)) = app.overlay else {
        return;
    };
    let Some(answer) = &app.explaining.answer else {
        return;
    };
    let chosen = app.explaining.lines.get(scroll.cursor);
    let chosen = match chosen.and_then(|line| line.fold) {
        Some(super::sheet::Fold::Candidate(number)) => number,
        _ => 0,
    };
    let Some(path) = answer.candidates.get(chosen).map(|c| c.path.clone()) else {
        return;
    };
    if !app.rows.iter().any(|row| row.path == path) {
        app.say(Role::Warning, "this artifact is not in the list any more");
        return;
    }
    let hidden = !app
        .order
        .iter()
        .any(|number| app.rows[*number].path == path);
    if hidden {
        app.filter.reset();
    }
    app.overlay = None;
    app.wanted = Some(path);
    app.face = super::face::Face::Needs;
    if !app.wide() {
        app.half = Half::Detail;
    }
}
