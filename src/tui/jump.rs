//! To another artifact: the next with a problem, one that belongs together with this one.

use super::app::App;
use super::row::Row;
use super::theme::Role;

/// To a row, wherever it stands; a filter that hides it is taken away.
pub fn go(app: &mut App, row: usize) {
    if let Some(at) = app.order.iter().position(|number| *number == row) {
        app.list.cursor = at;
    } else {
        app.filter.reset();
        app.wanted = app.rows.get(row).map(|row| row.path.clone());
    }
    app.moved = true;
    app.selected = Some(row);
}

/// To the next artifact that belongs together with the one under the cursor.
pub fn related(app: &mut App) {
    let Some(row) = app.current() else { return };
    let Some(reading) = &row.reading else {
        return app.say(Role::Warning, "this one is not read yet");
    };
    let siblings = reading.manifest.siblings.iter();
    let paths: Vec<_> = siblings.map(|sibling| sibling.path.clone()).collect();
    let found = paths.iter().find_map(|path| {
        let is_it = |row: &Row| row.path == *path;
        Some((
            app.rows.iter().position(is_it)?,
            app.rows.iter().find(|r| is_it(r))?.name.clone(),
        ))
    });
    match found {
        Some((row, name)) => {
            go(app, row);
            app.say(Role::Text, format!("{name} belongs together with it"));
        }
        None => match used_by(app) {
            Some((row, name)) => {
                go(app, row);
                app.say(Role::Text, format!("it belongs together with {name}"));
            }
            None => app.say(
                Role::Text,
                "no other artifact here belongs together with it",
            ),
        },
    }
}

/// The first artifact that names the one under the cursor, as far as details are kept.
fn used_by(app: &App) -> Option<(usize, String)> {
    let path = &app.current()?.path;
    let row = app.rows.iter().position(|row| row.belongs_to(path))?;
    Some((row, app.rows[row].name.to_string()))
}

/// To the next row with a problem, round the end of the list.
pub fn problem(app: &mut App, direction: isize) {
    let count = app.order.len();
    let found = (1..=count).find_map(|distance| {
        let at = if direction > 0 {
            (app.list.cursor + distance) % count
        } else {
            (app.list.cursor + count - distance) % count
        };
        app.rows[app.order[at]].is_problem().then_some(at)
    });
    match found {
        Some(at) => {
            app.list.cursor = at;
            app.moved = true;
            app.selected = Some(app.order[at]);
        }
        None => app.say(Role::Good, "no problem in the list"),
    }
}
