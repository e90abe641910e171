//! Moving the cursor of whatever has the keys.

use super::app::{App, Overlay};
use super::face::Half;
use super::keymap::Context;
use super::layout::inside;

/// Moves the cursor of whatever has the keys.
pub fn step(app: &mut App, lines: isize) {
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
pub fn page(app: &App) -> isize {
    let layout = app.layout();
    let area = match app.half {
        Half::List => layout.list,
        Half::Detail => layout.detail,
    };
    isize::from(area.map_or(2, |area| inside(area).height) as i16).max(2)
}
