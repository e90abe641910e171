//! The form of a trial's rows, one at a time: name, type and value of each input.

use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::form::{Entry, Form, written};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::SheetLine;
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 90;
const KIND: usize = 7;

/// How many inputs show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(6).max(1)
}

/// Which row is shown, and of how many.
pub fn title(app: &App) -> String {
    let form = &app.form;
    let (at, count) = (form.at + 1, form.count());
    match form.beyond {
        0 => format!(" row {at} of {count} of input "),
        beyond => format!(" row {at} of the first {count} of input, {beyond} follow "),
    }
}

/// The lines of the window, and one that says what is wrong or what can be done.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let form = &app.form;
    let longest = form.entries.iter().skip(scroll.top).take(height);
    let longest = longest.map(|entry| cells::width(&entry.name)).max();
    let name = longest.unwrap_or(0).min(width / 3);
    let shown = form
        .entries
        .iter()
        .enumerate()
        .skip(scroll.top)
        .take(height);
    let mut lines: Vec<SheetLine> = shown
        .map(|(at, entry)| line(form, entry, at == scroll.cursor, name, width))
        .collect();
    let (role, words) = match (&form.wrong, form.entries.get(scroll.cursor)) {
        (Some(wrong), _) => (Role::Warning, wrong.clone()),
        (None, Some(entry)) if form.typed.is_none() && entry.known.len() > 1 => {
            let words = format!("{} values known, ← → turn them", entry.known.len());
            (Role::Dim, words)
        }
        _ => (Role::Dim, "an empty value is a missing one".to_owned()),
    };
    lines.push(SheetLine::of(role, cells::cut(&words, width)));
    lines
}

fn line(form: &Form, entry: &Entry, chosen: bool, name: usize, width: usize) -> SheetLine {
    let room = width.saturating_sub(name + KIND + 2);
    let line = SheetLine::of(Role::Text, cells::fit(&entry.name, name)).and(
        Role::Dim,
        format!(" {}", cells::fit(entry.kind.word(), KIND)),
    );
    let Some(typed) = form.typed.as_ref().filter(|_| chosen) else {
        let value = written(&entry.cell);
        let value = if value.is_empty() { "–" } else { &value };
        let value = cells::cut(&text::clean(value), room);
        return line.and(Role::Text, format!(" {value}"));
    };
    // The end that is typed at stays in sight.
    let before: String = typed.value().chars().take(typed.cursor()).collect();
    let after: String = typed.value().chars().skip(typed.cursor()).collect();
    let before = cells::cut_start(&text::clean(&before), room.saturating_sub(1));
    let rest = room.saturating_sub(cells::width(&before) + 1);
    line.and(Role::Strong, format!(" {before}"))
        .and(Role::Key, "▏")
        .and(Role::Strong, cells::cut(&text::clean(&after), rest))
}
