//! The question before a file is loaded by Python, which runs what the file holds.
//!
//! The question stays; what the answer rests on scrolls below it where the screen is small. Nothing
//! of that is left out: the names are the whole list, as far as it is sensible to read one.

use super::file::{trust_role, trust_words, use_word};
use crate::manifest::Role as Use;
use crate::text;
use crate::tui::app::App;
use crate::tui::keymap::Id;
use crate::tui::row::{Reading, Row};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{SheetLine, labelled, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 84;
/// Names beyond this many are counted; the file face has them all.
const NAMES: usize = 100;
const GAP: usize = 12;
/// Lines of the screen beside the box's own: its borders, the header and the footer.
const AROUND: usize = 4;

/// How many lines the terms have, and how many of them show at once.
pub fn room(app: &App, number: usize) -> (usize, usize) {
    let width = usize::from(WIDTH.min(app.size.0).saturating_sub(2));
    let terms = terms(app, number, width).len();
    let height = height(app, number, terms, width, usize::from(app.size.1));
    (terms, height)
}

/// The lines of the box on a screen of `rows` rows: the question, and a window on the terms.
pub fn window(
    app: &App,
    number: usize,
    scroll: Scroll,
    width: usize,
    rows: usize,
) -> Vec<SheetLine> {
    let mut lines = question(app, number, width);
    let terms = terms(app, number, width);
    let height = height(app, number, terms.len(), width, rows);
    let count = terms.len();
    lines.extend(terms.into_iter().skip(scroll.top).take(height));
    if height < count {
        let last = (scroll.top + height).min(count);
        let keys = format!("{}/{}", app.keys.key_of(Id::Down), app.keys.key_of(Id::Up));
        let words = format!("{}-{last} of {count} lines, {keys} moves", scroll.top + 1);
        lines.extend(paragraph(Role::Key, &words, 0, width).into_iter().take(1));
    }
    lines
}

/// How many lines of `count` show: all, or what is left beside the question and the line that says
/// that there are more.
fn height(app: &App, number: usize, count: usize, width: usize, rows: usize) -> usize {
    let taken = AROUND + question(app, number, width).len();
    let room = rows.saturating_sub(taken).max(1);
    if count <= room {
        count
    } else {
        room.saturating_sub(1).max(1)
    }
}

fn of(app: &App, number: usize) -> Option<(&Row, &Reading)> {
    let row = app.rows.get(number)?;
    Some((row, row.reading.as_deref()?))
}

fn question(app: &App, number: usize, width: usize) -> Vec<SheetLine> {
    if of(app, number).is_none() {
        return Vec::new();
    }
    let trial = app.trials.get(&number);
    let sandbox = trial.and_then(|trial| trial.sandbox.as_ref());
    let rights = match sandbox.map(|sandbox| sandbox.word()) {
        Some("sandboxed") => "in a sandbox",
        Some("partly sandboxed") => "partly sandboxed",
        _ => "with your rights",
    };
    let words = format!("loading runs what the file holds, {rights}. run it? y runs it");
    paragraph(Role::Warning, &words, 0, width)
}

/// What the answer rests on, the most telling first.
fn terms(app: &App, number: usize, width: usize) -> Vec<SheetLine> {
    let Some((row, reading)) = of(app, number) else {
        return Vec::new();
    };
    let trial = app.trials.get(&number);
    let told = |label, role, words: &str| labelled(label, role, words, GAP, width);
    let mut lines = told("file", Role::Strong, &text::path(&row.path));
    let interpreter = app
        .environment()
        .and_then(|live| live.interpreter.as_deref());
    let interpreter = interpreter.map_or_else(|| "none".to_owned(), text::path);
    lines.extend(told("interpreter", Role::Text, &interpreter));
    if let Some(trust) = &reading.trust {
        let words = trust_words(&trust.word);
        lines.extend(told("trust", trust_role(&trust.word), &words));
    }
    let (doubtful, others) = names(reading);
    lines.extend(listed(&doubtful, width));
    if let Some(sha256) = trial.and_then(|trial| trial.sha256.as_deref()) {
        lines.extend(told("sha256", Role::Text, sha256));
    }
    if let Some(sandbox) = trial.and_then(|trial| trial.sandbox.as_ref()) {
        let whole = sandbox.word() == "sandboxed";
        let role = if whole { Role::Text } else { Role::Warning };
        lines.extend(told("sandbox", role, &sandbox.sentence()));
    }
    lines.extend(listed(&others, width));
    lines
}

/// What a name is for, and the name.
type Named<'a> = (&'a str, String);

/// What loading would call and make: what nobody knows or what is feared, and the rest.
fn names(reading: &Reading) -> (Vec<Named<'_>>, Vec<Named<'_>>) {
    let mut doubtful: Vec<Named<'_>> = Vec::new();
    if let Some(trust) = &reading.trust {
        let listed = trust.names.iter();
        doubtful.extend(listed.map(|name| (trust.word.as_str(), name.clone())));
    }
    let mut others: Vec<Named<'_>> = Vec::new();
    for role in [Use::Call, Use::Construct] {
        let names = reading.manifest.names.iter();
        for name in names.filter(|name| name.role == role) {
            let dotted = format!("{}.{}", name.module, name.name);
            let known = reading.trust.as_ref();
            if !known.is_some_and(|trust| trust.names.contains(&dotted)) {
                others.push((use_word(role), dotted));
            }
        }
    }
    (doubtful, others)
}

fn listed(names: &[Named<'_>], width: usize) -> Vec<SheetLine> {
    let mut lines = Vec::new();
    for (label, name) in names.iter().take(NAMES) {
        lines.extend(labelled(label, Role::Text, name, GAP, width));
    }
    if names.len() > NAMES {
        let words = format!("and {} more on the file face (4)", names.len() - NAMES);
        lines.extend(paragraph(Role::Dim, &words, GAP, width));
    }
    lines
}
