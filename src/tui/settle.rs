//! What follows from the state and is made once before each frame, however many messages came: the
//! order of the list, the lines of the detail, windows around cursors.

use std::cmp::Reverse;

use super::app::{App, Mode, Overlay, Sort};
use super::effect::{Effect, Ended};
use super::filter::Query;
use super::keymap;
use super::layout::inside;
use super::pane;
use crate::compat::Verdict;
use crate::engine::Request;

/// Brings everything derived up to date.
pub fn settle(app: &mut App) -> Vec<Effect> {
    if std::mem::take(&mut app.stale) {
        order(app);
    }
    let layout = app.layout();
    match layout.list {
        Some(area) => {
            let height = usize::from(inside(area).height);
            app.list.settle(app.order.len(), height);
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
    let help = keymap::help(app.picking()).len();
    match &mut app.overlay {
        Some(Overlay::Help(scroll)) => {
            scroll.settle(help, pane::help::lines(rows));
        }
        Some(Overlay::Environments(scroll)) => {
            let count = app.environments.as_ref().map_or(0, Vec::len);
            scroll.settle(count, pane::environments::lines(rows));
        }
        Some(Overlay::Grid(scroll, column)) => {
            scroll.settle(app.order.len(), pane::grid::lines(rows));
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
        Some(Overlay::Confirm(_)) | None => {}
    }
    let mut effects = prefer(app);
    effects.extend(super::survey::wanted(app));
    effects.extend(recall(app));
    if app.picking() && app.walked && app.rows.is_empty() {
        effects.push(Effect::End(Ended::NothingMatched));
    }
    effects
}

/// Makes the order of the list and puts the cursor where it was: on its row, not on its line.
fn order(app: &mut App) {
    if appended(app) {
        return;
    }
    let mut query = Query::parse(app.filter.value());
    let ready_only = matches!(app.mode, Mode::Pick { ready_only: true });
    let mut shown: Vec<(u32, usize)> = Vec::with_capacity(app.rows.len());
    for (number, row) in app.rows.iter().enumerate() {
        if ready_only && row.verdict() != Some(Verdict::Ready) {
            continue;
        }
        if let Some(rank) = query.rank(row) {
            shown.push((rank, number));
        }
    }
    let rows = &app.rows;
    let brief = |number: usize| rows[number].brief.as_ref();
    match app.sort {
        Sort::Name => shown.sort_by(|a, b| rows[a.1].name.cmp(&rows[b.1].name)),
        Sort::Verdict => shown.sort_by_key(|(_, n)| {
            // What nobody has read stands last.
            Reverse(rows[*n].verdict().map_or(0, |verdict| verdict as usize + 1))
        }),
        Sort::Size => shown.sort_by_key(|(_, n)| Reverse(brief(*n).map_or(0, |brief| brief.size))),
        Sort::Modified => {
            shown.sort_by_key(|(_, n)| Reverse(brief(*n).and_then(|brief| brief.modified)));
        }
    }
    if query.ranks() && app.sort == Sort::Name {
        shown.sort_by_key(|(rank, _)| Reverse(*rank));
    }
    app.order = shown.into_iter().map(|(_, number)| number).collect();
    app.whole = !app.order_follows_readings();

    if let Some(wanted) = &app.wanted
        && let Some(number) = app.rows.iter().position(|row| row.path == *wanted)
    {
        app.selected = Some(number);
        app.moved = true;
        app.wanted = None;
    }
    if app.moved {
        let kept = app
            .selected
            .and_then(|row| app.order.iter().position(|n| *n == row));
        app.list.cursor = kept.unwrap_or(app.list.cursor);
    } else {
        app.list.cursor = 0;
    }
}

/// Adds rows that were found since, when they stand behind all others: a walk finds them in the
/// order of their names, and to sort a hundred thousand again for each frame takes too long.
fn appended(app: &mut App) -> bool {
    let rows = &app.rows;
    let fresh = app.order.len()..rows.len();
    let before = app.order.last().map(|number| &rows[*number].name);
    let names = before
        .into_iter()
        .chain(rows[fresh.clone()].iter().map(|row| &row.name));
    let fits =
        app.whole && app.wanted.is_none() && !app.order_follows_readings() && names.is_sorted();
    if fits {
        app.order.extend(fresh);
    }
    fits
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

/// Asks for the rows on screen first, when they changed.
fn prefer(app: &mut App) -> Vec<Effect> {
    let height = app
        .layout()
        .list
        .map_or(1, |area| usize::from(inside(area).height));
    let window = app.order.iter().skip(app.list.top).take(height);
    let rows: Vec<usize> = window.copied().collect();
    if rows == app.preferred {
        return Vec::new();
    }
    app.preferred.clone_from(&rows);
    vec![Effect::Ask(Request::Prefer(rows))]
}
