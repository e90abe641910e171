//! Marks on artifacts: what is done is done to all of them.

use super::app::App;
use super::theme::Role;

/// Marks the row under the cursor and `count - 1` below it, or takes their marks away; goes down.
pub fn turn(app: &mut App, count: usize) {
    let first = app.list.cursor;
    let rows: Vec<usize> = app.order.iter().skip(first).take(count).copied().collect();
    let Some(row) = rows.first() else { return };
    let on = !app.marked.contains(row);
    for row in &rows {
        if on {
            app.marked.insert(*row);
        } else {
            app.marked.remove(row);
        }
    }
    app.list.cursor = (first + rows.len()).min(app.order.len().saturating_sub(1));
    app.moved = true;
    app.running = app.layout().detail.is_some();
    app.selected = app.order.get(app.list.cursor).copied();
}

/// Marks all that are listed; when they are, takes their marks away.
pub fn all(app: &mut App) {
    let whole = app.order.iter().all(|row| app.marked.contains(row));
    for row in &app.order {
        if whole {
            app.marked.remove(row);
        } else {
            app.marked.insert(*row);
        }
    }
    tell(app);
}

/// Takes all marks away.
pub fn none(app: &mut App) {
    app.marked.clear();
    tell(app);
}

/// To the next row that is marked, round the end of the list.
pub fn next(app: &mut App) {
    let count = app.order.len();
    let mut places = (1..=count).map(|distance| (app.list.cursor + distance) % count);
    match places.find(|at| app.marked.contains(&app.order[*at])) {
        Some(at) => {
            app.list.cursor = at;
            app.moved = true;
            app.selected = Some(app.order[at]);
        }
        None => app.say(Role::Text, "nothing that is listed is marked; space marks"),
    }
}

fn tell(app: &mut App) {
    let words = match app.marked.len() {
        0 => "nothing is marked".to_owned(),
        1 => "1 marked".to_owned(),
        count => format!("{count} marked"),
    };
    app.say(Role::Text, words);
}
