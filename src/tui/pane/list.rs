//! The list: verdict, name, and the version it was saved with. Only lines in the window are made.

use std::borrow::Cow;

use crate::tui::app::{App, Live};
use crate::tui::cells;
use crate::tui::row::{Row, class};
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// The verdict's column, the widest phrase.
const VERDICT: usize = 16;
/// The last column, where there is room …
const TAG: usize = 12;
/// … and where there is little.
const SHORT_TAG: usize = 9;
/// Below this width the last column gives its place to the name.
const ROOMY: usize = 42;

/// The lines of the window: `height` from the top of the list, `width` cells each.
pub fn lines(app: &App, width: usize, height: usize) -> Vec<SheetLine> {
    if app.order.is_empty() {
        return empty(app, width);
    }
    let window = app.order.iter().skip(app.list.top).take(height);
    window
        .filter_map(|n| Some((app.rows.get(*n)?, app.bytes(*n))))
        .map(|(row, bytes)| line(row, bytes, width))
        .collect()
}

fn line(row: &Row, bytes: Option<(u64, u64)>, width: usize) -> SheetLine {
    let (role, words, tag) = match (&row.brief, bytes) {
        (Some(brief), _) => {
            let verdict = brief.verdict;
            (
                Role::of_verdict(verdict),
                verdict.phrase().into(),
                &*brief.tag,
            )
        }
        (None, Some((read, size))) => {
            let class = row.so_far.as_deref().map_or("", class);
            (Role::Dim, Cow::Owned(cells::bar(read, size)), class)
        }
        (None, None) => (Role::Dim, Cow::Borrowed("…"), ""),
    };
    let verdict = VERDICT.min(width / 2);
    let tagged = match width {
        ..ROOMY => 0,
        ROOMY..60 => SHORT_TAG,
        60.. => TAG,
    };
    let name = width.saturating_sub(verdict + 1 + tagged + usize::from(tagged > 0));
    let line = SheetLine::of(role, cells::fit(&words, verdict))
        .and(Role::Text, " ")
        .and(Role::Text, cells::fit_start(&row.name, name));
    if tagged == 0 {
        return line;
    }
    line.and(Role::Dim, format!(" {}", cells::fit(tag, tagged)))
}

/// What an empty list says: what is the case and which key helps.
fn empty(app: &App, width: usize) -> Vec<SheetLine> {
    let (what, help) = if !app.rows.is_empty() && !app.filter.value().is_empty() {
        (
            format!(
                "nothing matches “{}” among {} found",
                app.filter.value(),
                app.rows.len()
            ),
            "esc clears the filter",
        )
    } else if !app.rows.is_empty() {
        match (app.unread(), &app.live) {
            (0, Live::Nowhere) => (
                "nothing can be ready without an environment".to_owned(),
                "e chooses an environment, q leaves",
            ),
            (0, _) => (
                format!("none of {} found is ready here", app.rows.len()),
                "e chooses another environment, q leaves",
            ),
            (unread, _) => (
                format!("{unread} to read, none is ready so far"),
                "e chooses another environment",
            ),
        }
    } else if app.walked {
        (
            format!("no saved models below {}", app.title),
            "files are found by name (.pkl .joblib .skops .onnx …) and by MLmodel folders; r looks again, q leaves",
        )
    } else {
        (format!("looking for saved models below {}", app.title), "")
    };
    let mut lines = vec![SheetLine::empty()];
    lines.extend(paragraph(Role::Strong, &what, 1, width));
    if !help.is_empty() {
        lines.push(SheetLine::empty());
        lines.extend(paragraph(Role::Dim, help, 1, width));
    }
    lines
}
