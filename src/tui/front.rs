//! What stands in front of list and detail: boxes, and the hints behind a first key.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::app::{App, Overlay};
use super::cells;
use super::layout::{inside, middle};
use super::pane;
use super::theme::Role;
use super::view::{Painter, cursor_style};

/// What can follow the key that was pressed, above the footer.
pub fn which(app: &App, painter: Painter, frame: &mut Frame, screen: Rect) {
    let Some(prefix) = app.prefix else { return };
    let width = pane::which::WIDTH.min(screen.width);
    let height = screen.height.saturating_sub(4);
    let lines = pane::which::lines(
        app,
        prefix,
        usize::from(width.saturating_sub(2)),
        usize::from(height),
    );
    let height = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    let area = Rect {
        x: 0,
        y: screen.height.saturating_sub(height.saturating_add(1)),
        width,
        height: height.min(screen.height),
    };
    frame.render_widget(Clear, area);
    let title = painter.spans(&[(Role::Key, format!(" {} … ", prefix.name()))]);
    frame.render_widget(painter.frame(true).title_top(title), area);
    painter.lines(frame, inside(area), &lines, None);
}

/// The box in front, when there is one.
pub fn overlay(app: &App, painter: Painter, frame: &mut Frame, screen: Rect) {
    let Some(overlay) = &app.overlay else { return };
    let inner_width = |most: u16| usize::from(most.min(screen.width).saturating_sub(2));
    let rows = usize::from(screen.height);
    let mut cell = None;
    let mut titled = None;
    let (title, most, lines, cursor): (&str, u16, _, _) = match overlay {
        Overlay::Help(scroll) => {
            let lines = pane::help::window(
                app,
                *scroll,
                inner_width(pane::help::WIDTH),
                pane::help::lines(rows),
            );
            let at = pane::help::HEAD + scroll.cursor.saturating_sub(scroll.top);
            let bar = pane::help::keys(inner_width(pane::help::WIDTH));
            cell = Some((at, u16::try_from(bar).unwrap_or(u16::MAX)));
            (" keys ", pane::help::WIDTH, lines, None)
        }
        Overlay::Troubles(scroll) => {
            let width = inner_width(pane::troubles::WIDTH);
            let lines = pane::troubles::window(app, *scroll, width, pane::troubles::lines(rows));
            (
                " could not be looked at ",
                pane::troubles::WIDTH,
                lines,
                Some(scroll),
            )
        }
        Overlay::Environments(scroll) => {
            let width = inner_width(pane::environments::WIDTH);
            let height = pane::environments::lines(rows);
            let lines = pane::environments::window(app, *scroll, width, height);
            let some = app.environments.as_ref().is_some_and(|all| !all.is_empty());
            (
                " environments ",
                pane::environments::WIDTH,
                lines,
                some.then_some(scroll),
            )
        }
        Overlay::Grid(scroll, column) => {
            let width = inner_width(u16::MAX);
            let lines = pane::grid::window(app, *scroll, *column, width, rows);
            let at = pane::grid::HEAD + scroll.cursor - scroll.top.min(scroll.cursor);
            cell = Some((
                at,
                u16::try_from(pane::grid::names(width)).unwrap_or(u16::MAX),
            ));
            (" artifacts × environments ", u16::MAX, lines, None)
        }
        Overlay::Explain(scroll) => {
            let width = inner_width(pane::explain::WIDTH);
            let height = pane::explain::lines(rows);
            let lines = pane::explain::window(app, *scroll, width, height);
            let answered = app.explaining.answer.is_some();
            (
                " explain ",
                pane::explain::WIDTH,
                lines,
                answered.then_some(scroll),
            )
        }
        Overlay::Form(scroll) => {
            let width = inner_width(pane::form::WIDTH);
            let lines = pane::form::window(app, *scroll, width, pane::form::lines(rows));
            (
                &*titled.insert(pane::form::title(app)),
                pane::form::WIDTH,
                lines,
                Some(scroll),
            )
        }
        Overlay::Confirm(row, scroll) => {
            let width = inner_width(pane::confirm::WIDTH);
            let lines = pane::confirm::window(app, *row, *scroll, width, rows);
            (
                " trial in the live environment ",
                pane::confirm::WIDTH,
                lines,
                None,
            )
        }
    };
    let area = middle(
        screen,
        most,
        u16::try_from(lines.len())
            .unwrap_or(u16::MAX)
            .saturating_add(2),
    );
    frame.render_widget(Clear, area);
    let title = cells::cut(title, usize::from(area.width).saturating_sub(2));
    let title = painter.theme.written(&title).into_owned();
    frame.render_widget(painter.frame(true).title_top(title), area);
    let cursor = cursor.map(|s| (s.cursor.saturating_sub(s.top), cursor_style(true), u16::MAX));
    let cursor = cursor.or(cell.map(|(at, cells)| (at, cursor_style(true), cells)));
    painter.lines(frame, inside(area), &lines, cursor);
}
