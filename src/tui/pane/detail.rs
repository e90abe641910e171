//! The detail of one artifact: its title and the chosen face.

use super::{file, needs, tree, trial};
use crate::tui::app::{App, Face};
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// Lines beyond this many are cut: nobody scrolls there, and each is made for every frame.
const MOST: usize = 5_000;

/// The title: name and verdict.
pub fn title(app: &App) -> Vec<(Role, String)> {
    let Some(row) = app.detailed_row() else {
        return Vec::new();
    };
    let mut title = vec![(Role::Strong, row.name.clone())];
    if let Some(verdict) = row.verdict() {
        title.push((Role::Dim, " · ".to_owned()));
        title.push((Role::of_verdict(verdict), verdict.phrase().to_owned()));
    }
    title
}

/// The lines of the chosen face, each at most `width` cells.
pub fn sheet(app: &App, width: usize) -> Vec<SheetLine> {
    let Some(row) = app.detailed_row() else {
        return paragraph(Role::Dim, "nothing chosen", 0, width);
    };
    let Some(reading) = &row.reading else {
        return paragraph(Role::Dim, "waiting to be read", 0, width);
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
