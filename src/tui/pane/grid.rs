//! The grid: a line an artifact, a column an environment, a word or a letter the verdict. Only what
//! is on the screen is made.

use std::sync::Arc;

use crate::compat::Verdict;
use crate::environment::Environment;
use crate::report::grid;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// Lines above the artifacts: the chosen environment, what it opens, the columns' numbers.
pub const HEAD: usize = 3;
/// What stands below: what the letters mean.
const LETTERS: &str = "R ready ? unknown D differs P predict L load U unreadable · not yet";
/// The column of a verdict as a word, with brackets around the chosen one …
const WORD: usize = 11;
/// … and as a letter.
const LETTER: usize = 4;

/// How many artifacts show at once on a screen of `rows` rows, in lines of `width` cells.
pub fn lines(rows: usize, width: usize) -> usize {
    let foot = cells::wrap(LETTERS, width).len();
    // The smallest screens give the header and the footer to artifacts, others keep the keys in sight.
    let around = if rows < 16 { 2 } else { 4 };
    rows.saturating_sub(around + HEAD + foot).max(1)
}

/// How wide the column of names is.
pub fn names(width: usize) -> usize {
    (width * 2 / 5).clamp(10, 48).min(width)
}

/// The lines of the box on a screen of `rows` rows, `column` being the chosen environment.
pub fn window(
    app: &App,
    scroll: Scroll,
    column: usize,
    width: usize,
    rows: usize,
) -> Vec<SheetLine> {
    let Some(all) = app.environments.as_deref() else {
        let words = cells::cut("looking for environments …", width);
        return vec![SheetLine::of(Role::Dim, words)];
    };
    let Some(chosen) = all.get(column) else {
        let words = "no Python environment found on this host; start with --env PATH to name one";
        return paragraph(Role::Warning, words, 0, width);
    };
    let names = names(width);
    let room = width.saturating_sub(names);
    let wide = room / WORD >= all.len();
    let cell = if wide { WORD } else { LETTER };
    let count = (room / cell).clamp(1, all.len());
    // The window of columns moves by halves, as that of lines does.
    let mut columns = Scroll {
        cursor: column,
        top: 0,
    };
    columns.settle(all.len(), count);
    let shown = columns.top..columns.top + count;
    let mut lines = head(app, chosen, column, width);
    let mut numbers = cells::fit("", names);
    for number in shown.clone() {
        numbers.push_str(&cells::fit(
            &bracketed(&(number + 1).to_string(), number == column),
            cell,
        ));
    }
    lines.push(SheetLine::of(
        Role::Dim,
        cells::cut(numbers.trim_end(), width),
    ));
    let height = self::lines(rows, width);
    for row in app.gridded().iter().skip(scroll.top).take(height) {
        let name = app.rows.get(*row).map_or("", |row| &*row.name);
        let mut line = SheetLine::of(Role::Text, cells::fit_start(name, names.saturating_sub(1)))
            .and(Role::Text, " ");
        for number in shown.clone() {
            let verdict = app.survey.verdict(*row, number);
            let word = match verdict {
                Some(verdict) if wide => grid::word(verdict),
                Some(verdict) => letter(verdict),
                None => "·",
            };
            let role = verdict.map_or(Role::Dim, Role::of_verdict);
            let word = bracketed(word, number == column);
            line = line.and(role, cells::fit(&word, cell.min(width)));
        }
        lines.push(line);
    }
    if app.order.is_empty() {
        lines.push(SheetLine::of(
            Role::Dim,
            cells::cut("no artifact in the list", width),
        ));
    }
    let legend = if wide {
        "· not compared yet · enter compares with the chosen environment"
    } else {
        LETTERS
    };
    lines.extend(paragraph(Role::Dim, legend, 0, width));
    lines
}

/// The chosen environment and what it opens.
fn head(app: &App, chosen: &Arc<Environment>, column: usize, width: usize) -> Vec<SheetLine> {
    let number = format!("{} ", column + 1);
    let room = width.saturating_sub(cells::width(&number));
    let name = grid::name(Some(chosen));
    vec![
        SheetLine::of(Role::Key, number).and(Role::Strong, cells::cut_start(&name, room)),
        opens(app, column, width),
    ]
}

/// What it opens, and what stands against one environment for all.
fn opens(app: &App, column: usize, width: usize) -> SheetLine {
    let opens = app.survey.opens(column, app.rows.len());
    let conflicts = app.survey.conflicts();
    if conflicts.is_empty() {
        return SheetLine::of(Role::Text, cells::cut(&opens, width));
    }
    let words = format!(" · no one release serves all of {conflicts}");
    let room = width.saturating_sub(cells::width(&opens));
    SheetLine::of(Role::Text, opens).and(Role::Warning, cells::cut(&words, room))
}

/// The chosen one stands out without colour.
fn bracketed(word: &str, chosen: bool) -> String {
    if chosen {
        format!("[{word}]")
    } else {
        format!(" {word} ")
    }
}

fn letter(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "R",
        Verdict::Unknown => "?",
        Verdict::Differs => "D",
        Verdict::FailsPredict => "P",
        Verdict::FailsLoad => "L",
        Verdict::Unreadable => "U",
    }
}
