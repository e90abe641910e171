//! What follows from the state and is made once before each frame, however many messages came: the
//! order of the list, the lines of the detail, windows around cursors.

use super::app::{App, Overlay};
use super::effect::{Effect, Ended};
use super::face::Face;
use super::layout::inside;
use super::order;
use super::pane;
use crate::engine::Request;

/// Brings everything derived up to date.
pub fn settle(app: &mut App) -> Vec<Effect> {
    order::settle(app);
    let layout = app.layout();
    match layout.list {
        Some(area) => {
            let height = usize::from(inside(area).height);
            order::scroll(app, height);
        }
        // Not on the screen now: the window stays where it is.
        None => app.list.by(0, app.order.len()),
    }
    app.selected = app.order.get(app.list.cursor).copied();
    if !app.running {
        app.detailed = app.selected;
        super::survey::weigh(app);
    }
    detail(app);
    let rows = usize::from(app.size.1);
    let help = match app.overlay {
        Some(Overlay::Help(_)) => app.keys.help(app.picking(), app.sought.value()).len(),
        _ => 0,
    };
    let asked = match app.overlay {
        Some(Overlay::Confirm(row, _)) => Some(pane::confirm::room(app, row)),
        _ => None,
    };
    if let (Some((count, height)), Some(Overlay::Confirm(_, scroll))) = (asked, &mut app.overlay) {
        // What is read has no cursor: the window is what moves.
        scroll.cursor = scroll.cursor.min(count.saturating_sub(height));
        scroll.top = scroll.cursor;
    }
    let gridded = match app.overlay {
        Some(Overlay::Grid(..)) => app.gridded().len(),
        _ => 0,
    };
    match &mut app.overlay {
        Some(Overlay::Help(scroll)) => {
            scroll.turn(help, pane::help::lines(rows));
        }
        Some(Overlay::Troubles(scroll)) => {
            scroll.settle(app.troubles.len(), pane::troubles::lines(rows));
        }
        Some(Overlay::Environments(scroll)) => {
            let count = app.environments.as_ref().map_or(0, Vec::len);
            scroll.settle(count, pane::environments::lines(rows));
        }
        Some(Overlay::Grid(scroll, column)) => {
            scroll.settle(
                gridded,
                pane::grid::lines(rows, usize::from(app.size.0.saturating_sub(2))),
            );
            let count = app.environments.as_ref().map_or(0, Vec::len);
            *column = (*column).min(count.saturating_sub(1));
        }
        Some(Overlay::Explain(scroll)) => {
            let width = usize::from(pane::explain::WIDTH.min(app.size.0).saturating_sub(2));
            let answer = app.explaining.answer.as_deref();
            let lines = answer.map(|answer| pane::explain::answer(answer, width));
            app.explaining.lines = lines.unwrap_or_default();
            scroll.settle(app.explaining.lines.len(), pane::explain::lines(rows));
        }
        Some(Overlay::Form(scroll)) => {
            scroll.settle(app.form.entries.len(), pane::form::lines(rows));
        }
        Some(Overlay::Confirm(..)) | None => {}
    }
    let mut effects = prefer(app);
    effects.extend(super::survey::wanted(app));
    effects.extend(recall(app));
    effects.extend(picture(app));
    if app.picking() && app.walked && app.rows.is_empty() {
        effects.push(Effect::End(Ended::NothingMatched));
    }
    effects
}

fn detail(app: &mut App) {
    let shown = app.detailed.map(|row| (row, app.face));
    if shown != app.shown {
        app.shown = shown;
        app.detail = super::scroll::Scroll::default();
        app.unfolded.clear();
    }
    let Some(area) = app.layout().detail else {
        app.sheet.clear();
        return;
    };
    let area = inside(area);
    app.sheet = pane::detail::sheet(app, usize::from(area.width));
    app.detail.settle(app.sheet.len(), usize::from(area.height));
}

/// Asks for the details of the row that is looked at, when they were let go.
fn recall(app: &mut App) -> Option<Effect> {
    let number = app.detailed?;
    let row = app.rows.get(number)?;
    if row.brief.is_none() || row.reading.is_some() || app.recalled == Some(number) {
        return None;
    }
    app.recalled = Some(number);
    Some(Effect::Ask(Request::Detail(number)))
}

/// Asks for the numbers worth a picture of the row whose structure is looked at.
fn picture(app: &mut App) -> Option<Effect> {
    /// Rows whose pictures are kept.
    const KEPT: usize = 500;

    let number = app.detailed.filter(|_| !app.running)?;
    let reading = app.rows.get(number)?.reading.as_ref()?;
    let looked_at = app.face == Face::Tree && app.layout().detail.is_some();
    let readable = reading.card.unreadable.is_none() && !reading.manifest.steps.is_empty();
    if !looked_at || !readable || app.figures.contains_key(&number) {
        return None;
    }
    if app.figures.len() >= KEPT {
        app.figures.clear();
    }
    app.figures.insert(number, None);
    Some(Effect::Ask(Request::Figures(number)))
}

/// Asks for the rows on screen first, when they changed.
fn prefer(app: &mut App) -> Vec<Effect> {
    let height = app
        .layout()
        .list
        .map_or(1, |area| usize::from(inside(area).height));
    let window = order::window(app, height).filter_map(|line| match line {
        order::Line::Artifact(at) => app.order.get(at).copied(),
        order::Line::Folder(_) => None,
    });
    let rows: Vec<usize> = window.collect();
    if rows == app.preferred {
        return Vec::new();
    }
    app.preferred.clone_from(&rows);
    vec![Effect::Ask(Request::Prefer(rows))]
}
