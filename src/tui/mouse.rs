//! The mouse, for those who turn it on: the wheel scrolls what is under it, a click chooses.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::app::App;
use super::effect::Effect;
use super::face::{Face, Half};
use super::keymap::Id;
use super::layout::inside;
use super::movement;
use super::order::{self, Line};
use super::update;

/// Lines that one step of the wheel moves.
const WHEEL: isize = 3;

/// Takes one event.
pub fn mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollDown => wheel(app, at, WHEEL),
        MouseEventKind::ScrollUp => wheel(app, at, -WHEEL),
        MouseEventKind::Down(MouseButton::Left) => return click(app, at),
        _ => {}
    }
    Vec::new()
}

fn wheel(app: &mut App, at: Position, lines: isize) {
    if app.overlay.is_none() {
        let layout = app.layout();
        let over = |area: Option<Rect>| area.is_some_and(|area| area.contains(at));
        let half = if over(layout.detail) {
            Half::Detail
        } else {
            Half::List
        };
        // The keys stay where they are.
        let before = std::mem::replace(&mut app.half, half);
        movement::step(app, lines);
        app.half = before;
        return;
    }
    movement::step(app, lines);
}

fn click(app: &mut App, at: Position) -> Vec<Effect> {
    if app.overlay.is_some() {
        return Vec::new();
    }
    app.fresh = false;
    app.status = None;
    let layout = app.layout();
    if let Some(area) = layout.list.map(inside).filter(|area| area.contains(at)) {
        let line = app.list.top + usize::from(at.y - area.y);
        if line < app.order.len() + app.groups.len()
            && let Line::Artifact(place) = order::at_line(&app.groups, line)
        {
            app.half = Half::List;
            app.list.cursor = place;
            app.moved = true;
            app.selected = app.order.get(place).copied();
        }
    }
    let Some(area) = layout.detail.filter(|area| area.contains(at)) else {
        return Vec::new();
    };
    if at.y + 1 == area.bottom() {
        if let Some(face) = face_at(app, at.x.saturating_sub(area.x)) {
            app.face = face;
        }
        return Vec::new();
    }
    let area = inside(area);
    let line = app.detail.top + usize::from(at.y.saturating_sub(area.y));
    if area.contains(at) && line < app.sheet.len() {
        app.half = Half::Detail;
        app.detail.cursor = line;
        return update::command(app, Id::Fold, None);
    }
    Vec::new()
}

/// The face whose word stands `x` cells from the left of the lower border.
fn face_at(app: &App, x: u16) -> Option<Face> {
    // A corner and a space come first, a dot between spaces between two.
    let mut from = 2;
    for face in Face::ALL {
        let brackets = if face == app.face { 2 } else { 0 };
        let width = u16::try_from(face.word().len()).unwrap_or(0) + brackets;
        if (from..from + width).contains(&x) {
            return Some(face);
        }
        from += width + 3;
    }
    None
}
