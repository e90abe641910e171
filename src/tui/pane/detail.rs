//! The detail of one artifact: its title and the chosen face.

use super::{file, needs, tree, trial};
use crate::manifest::Basis;
use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::face::Face;
use crate::tui::row::Row;
use crate::tui::sheet::{SheetLine, labelled, paragraph};
use crate::tui::theme::Role;

/// Lines beyond this many are cut: nobody scrolls there, and each is made for every frame.
const MOST: usize = 5_000;

/// The title: name and verdict.
pub fn title(app: &App) -> Vec<(Role, String)> {
    let Some(row) = app.detailed_row() else {
        return Vec::new();
    };
    let mut title = vec![(Role::Strong, row.name.to_string())];
    if let Some(verdict) = row.verdict() {
        title.push((Role::Dim, " · ".to_owned()));
        title.push((Role::of_verdict(verdict), verdict.phrase().to_owned()));
    }
    title
}

/// What a row shows while it is not read: a part of its identity, never a verdict.
fn unread(app: &App, row: &Row, width: usize) -> Vec<SheetLine> {
    let bytes = app.detailed.and_then(|number| app.bytes(number));
    let words = match bytes {
        Some((read, size)) => format!("{} of {}", cells::bar(read, size), text::bytes(size)),
        None if row.brief.is_some() => "reading its details again".to_owned(),
        None if app.stopped => "not read: the work is stopped, r goes on".to_owned(),
        None => "waiting to be read".to_owned(),
    };
    let mut lines = paragraph(Role::Dim, &words, 0, width);
    let Some(so_far) = &row.so_far else {
        return lines;
    };
    let words = "the part that was read so far says; no verdict before the end:";
    lines.extend(paragraph(Role::Warning, words, 0, width));
    if let Some(root) = &so_far.root {
        lines.extend(labelled("root", Role::Text, root, 9, width));
    }
    for stamp in so_far
        .saved_with
        .iter()
        .filter(|r| r.basis == Basis::Stamped)
    {
        let words = format!("{} {}", stamp.subject, stamp.wanted.trim_start_matches('='));
        lines.extend(labelled("saved by", Role::Text, &words, 9, width));
    }
    lines
}

/// The lines of the chosen face, each at most `width` cells.
pub fn sheet(app: &App, width: usize) -> Vec<SheetLine> {
    let Some(row) = app.detailed_row() else {
        return paragraph(Role::Dim, "nothing chosen", 0, width);
    };
    let Some(reading) = row.reading.as_deref() else {
        return unread(app, row, width);
    };
    let mut lines = match app.face {
        Face::Needs => needs::lines(app, reading, width),
        Face::Tree => tree::lines(app, reading, width),
        Face::Trial => trial::lines(app, reading, width),
        Face::File => file::lines(app, row, reading, width),
    };
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(SheetLine::of(Role::Dim, format!("… {more} more lines")));
    }
    lines
}
