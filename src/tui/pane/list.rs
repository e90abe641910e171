//! The list: verdict, name, and the version it was saved with. Only lines in the window are made.

use std::borrow::Cow;

use crate::compat::Verdict;
use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::keymap::Id;
use crate::tui::live::Live;
use crate::tui::order::{self, Group, Line};
use crate::tui::row::{Row, class, format_word};
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
/// From this width on the size has a column, too …
const SIZED: usize = 64;
const SIZE: usize = 8;
/// … and from this on the format.
const FORMATTED: usize = 76;
const FORMAT: usize = 8;
/// Artifacts of a folder whose verdicts are counted: for each frame, and only those on screen.
const COUNTED: usize = 500;

/// The lines of the window: `height` from the top of the list, `width` cells each.
pub fn lines(app: &App, width: usize, height: usize) -> Vec<SheetLine> {
    if app.order.is_empty() {
        return empty(app, width);
    }
    let siblings = related(app);
    let shown = app.detailed_row().map(|row| &*row.path);
    let line = |line| match line {
        Line::Folder(at) => folder(app, app.groups[at], width),
        Line::Artifact(place) => {
            let number = app.order[place];
            let row = &app.rows[number];
            // The group of a place begins at it or before it.
            let before = app.groups.partition_point(|group| group.first <= place);
            let group = before.checked_sub(1).map(|at| app.groups[at]);
            let inside = group.is_some_and(|group| place < group.first + group.count);
            let mark = if app.marked.contains(&number) {
                Mark::Marked
            } else if siblings.contains(&&*row.path) || shown.is_some_and(|it| row.belongs_to(it)) {
                Mark::Related
            } else {
                Mark::None
            };
            artifact(row, app.bytes(number), mark, inside, width)
        }
    };
    order::window(app, height).map(line).collect()
}

/// What stands in front of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Marked,
    /// It belongs together with the artifact under the cursor.
    Related,
}

/// The paths that belong together with the artifact that the detail shows.
fn related(app: &App) -> Vec<&std::path::Path> {
    let reading = app.detailed_row().and_then(|row| row.reading.as_ref());
    let siblings = reading.map_or(&[][..], |reading| &reading.manifest.siblings);
    siblings.iter().map(|sibling| &*sibling.path).collect()
}

fn folder(app: &App, group: Group, width: usize) -> SheetLine {
    let rows = &app.order[group.first..group.first + group.count];
    let name = app.rows[rows[0]].folder();
    let words = if group.count <= COUNTED {
        let verdict = |row: &usize| app.rows[*row].verdict();
        // A row that is not read yet is not one that is not ready.
        let unread = rows.iter().filter(|row| verdict(row).is_none()).count();
        let ready = rows
            .iter()
            .filter(|row| verdict(row) == Some(Verdict::Ready));
        match unread {
            0 => format!("{} of {} ready", ready.count(), group.count),
            unread => format!("{unread} of {} to read", group.count),
        }
    } else {
        format!("{} artifacts", group.count)
    };
    let room = width.saturating_sub(cells::width(&words) + 3);
    let name = cells::cut_start(name, room);
    let gap = width.saturating_sub(cells::width(&name) + 1 + cells::width(&words));
    SheetLine::of(Role::Strong, name)
        .and(Role::Dim, "/")
        .and(Role::Dim, format!("{}{words}", " ".repeat(gap)))
}

fn artifact(
    row: &Row,
    bytes: Option<(u64, u64)>,
    mark: Mark,
    inside: bool,
    width: usize,
) -> SheetLine {
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
        ROOMY..60 => SHORT_TAG + 1,
        60.. => TAG + 1,
    };
    let more = match width {
        ..SIZED => 0,
        SIZED..FORMATTED => SIZE + 1,
        FORMATTED.. => SIZE + FORMAT + 2,
    };
    let name = width.saturating_sub(verdict + 1 + tagged + more);
    let (mark_role, mark) = match mark {
        Mark::None => (Role::Text, " "),
        Mark::Marked => (Role::Key, "*"),
        Mark::Related => (Role::Key, "+"),
    };
    let shown = if inside {
        format!(" {}", row.file())
    } else {
        row.name.to_string()
    };
    let mut line = SheetLine::of(role, cells::fit(&words, verdict))
        .and(mark_role, mark)
        .and(Role::Text, cells::fit_start(&shown, name));
    if tagged > 0 {
        line = line.and(Role::Dim, format!(" {}", cells::fit(tag, tagged - 1)));
    }
    if more > 0 {
        let (size, format) = row.brief.as_ref().map_or_else(Default::default, |brief| {
            (text::bytes(brief.size), format_word(brief.format))
        });
        let mut words = format!(" {size:>SIZE$}");
        if more > SIZE + 1 {
            words.push(' ');
            words.push_str(&cells::fit(format, FORMAT));
        }
        line = line.and(Role::Dim, words);
    }
    line
}

/// What an empty list says: what is the case and which key helps.
fn empty(app: &App, width: usize) -> Vec<SheetLine> {
    let keys = &app.keys;
    let key = |id| keys.key_of(id);
    let found = app.rows.len();
    let (what, help) = if found > 0 && !app.filter.value().is_empty() {
        let unread = app.unread();
        let what = if unread > 0 {
            format!(
                "nothing matches “{}” so far; {unread} of {found} are not read yet",
                app.filter.value()
            )
        } else {
            format!(
                "nothing matches “{}” among {found} found",
                app.filter.value()
            )
        };
        (what, "esc clears the filter".to_owned())
    } else if found > 0 {
        let chooses = format!("{} chooses", key(Id::Environments));
        match (app.unread(), &app.live) {
            (0, Live::Nowhere) => (
                "nothing can be ready without an environment".to_owned(),
                format!("{chooses} an environment, {} leaves", key(Id::Quit)),
            ),
            (0, _) => (
                format!("none of {found} found is ready here"),
                format!("{chooses} another environment, {} leaves", key(Id::Quit)),
            ),
            (unread, _) => (
                format!("{unread} to read, none is ready so far"),
                format!("{chooses} another environment"),
            ),
        }
    } else if app.walked {
        let again = format!("{} looks again, {} leaves", key(Id::Rescan), key(Id::Quit));
        match app.troubles.as_slice() {
            [] => (
                format!("no saved models below {}", app.title),
                format!(
                    "files are found by name (.pkl .joblib .skops .onnx …) and by MLmodel folders; {again}"
                ),
            ),
            [first] => (first.clone(), again),
            [first, rest @ ..] => (
                format!("{first}, and {} more places cannot either", rest.len()),
                format!("{} lists them, {again}", key(Id::Troubles)),
            ),
        }
    } else {
        (
            format!("looking for saved models below {}", app.title),
            String::new(),
        )
    };
    let mut lines = vec![SheetLine::empty()];
    lines.extend(paragraph(Role::Strong, &what, 1, width));
    if !help.is_empty() {
        lines.push(SheetLine::empty());
        lines.extend(paragraph(Role::Dim, &help, 1, width));
    }
    lines
}
