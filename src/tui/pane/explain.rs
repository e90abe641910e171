//! The box for a traceback, and its answer: which artifact, which cause, which proof, which fix.

use crate::explain::{Candidate, Explanation, Standing};
use crate::report::explain::verdict;
use crate::report::json::evidence_line;
use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::explain::Explaining;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{Fold, SheetLine, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 110;
/// Candidates that are shown with their proof.
const SHOWN: usize = 8;
/// Lines of what was typed that are shown, the last ones.
const TYPED: usize = 8;

/// How many lines show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(4).max(1)
}

/// The lines of the window.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let explaining = &app.explaining;
    if explaining.answer.is_none() {
        return asking(app, explaining, width, height);
    }
    let shown = explaining.lines.iter().skip(scroll.top).take(height);
    shown.cloned().collect()
}

/// What is asked for, and what was typed so far.
fn asking(app: &App, explaining: &Explaining, width: usize, height: usize) -> Vec<SheetLine> {
    if explaining.running {
        let words = match app.rows.len() {
            1 => "looking at 1 artifact …".to_owned(),
            count => format!("looking at {count} artifacts …"),
        };
        return paragraph(Role::Dim, &words, 0, width);
    }
    let words = "paste a traceback, or type its last line (KeyError: 118) and press enter";
    let mut lines = paragraph(Role::Text, words, 0, width);
    let typed: Vec<&str> = explaining.text.split(['\n', '\r']).collect();
    let first = typed.len().saturating_sub(TYPED);
    for (number, line) in typed.iter().enumerate().skip(first) {
        let cursor = if number + 1 == typed.len() { "▏" } else { "" };
        let line = cells::cut_start(&text::clean(line), width.saturating_sub(3));
        lines.push(
            SheetLine::of(Role::Key, "> ")
                .and(Role::Text, line)
                .and(Role::Key, cursor),
        );
    }
    // The smallest screen keeps the line that is being typed.
    let over = lines.len().saturating_sub(height);
    lines.drain(..over);
    lines
}

/// The lines of an answer, each at most `width` cells.
pub fn answer(explanation: &Explanation, width: usize) -> Vec<SheetLine> {
    let headline = explanation.raised().map(crate::explain::Raised::headline);
    let headline = text::short(&headline.unwrap_or_default(), 300);
    let mut lines = paragraph(Role::Strong, &headline, 0, width);
    if let Some(cause) = &explanation.cause {
        lines.extend(paragraph(Role::Text, &text::clean(&cause.text), 0, width));
    }
    for note in &explanation.notes {
        lines.extend(paragraph(Role::Dim, &text::clean(note), 0, width));
    }
    for (number, candidate) in explanation.candidates.iter().enumerate().take(SHOWN) {
        lines.push(SheetLine::empty());
        let about = of_candidate(candidate, width).into_iter();
        lines.extend(about.map(|line| line.unfolding(Fold::Candidate(number))));
    }
    for (number, candidate) in explanation.candidates.iter().enumerate().skip(SHOWN) {
        lines.push(head(candidate, width).unfolding(Fold::Candidate(number)));
    }
    lines.push(SheetLine::empty());
    let explained = explanation.candidates.iter().any(|c| c.standing.explains());
    if let Some(cause) = explanation.cause.as_ref().filter(|_| !explained) {
        let look = format!("look at: {}", text::clean(&cause.look));
        lines.extend(paragraph(Role::Text, &look, 0, width));
        let fix = format!("fix: {}", text::clean(&cause.fix));
        lines.extend(paragraph(Role::Text, &fix, 0, width));
    }
    lines.extend(paragraph(Role::Dim, &verdict(explanation), 0, width));
    lines
}

fn head(candidate: &Candidate, width: usize) -> SheetLine {
    let phrase = candidate.standing.phrase();
    let rest = width.saturating_sub(cells::width(phrase) + 2);
    let path = cells::cut_start(&text::path(&candidate.path), rest);
    let role = match candidate.standing {
        Standing::Exact | Standing::Later | Standing::Kin => Role::Bad,
        Standing::Possible => Role::Warning,
        Standing::Unrelated | Standing::Excluded => Role::Dim,
    };
    SheetLine::of(role, cells::cut(phrase, width)).and(Role::Strong, format!("  {path}"))
}

fn of_candidate(candidate: &Candidate, width: usize) -> Vec<SheetLine> {
    let mut lines = vec![head(candidate, width)];
    let reason = text::short(&candidate.reason, 300);
    lines.extend(paragraph(Role::Text, &reason, 2, width));
    for evidence in &candidate.evidence {
        let words = text::short(&evidence_line(evidence), 300);
        lines.extend(paragraph(Role::Dim, &words, 4, width));
    }
    if candidate.standing.explains() {
        if let Some(fix) = &candidate.fix {
            let words = format!("fix: {}", text::short(fix, 300));
            lines.extend(paragraph(Role::Good, &words, 2, width));
        }
        if let Some(command) = &candidate.command {
            lines.extend(paragraph(
                Role::Command,
                &text::short(command, 400),
                4,
                width,
            ));
        }
    }
    lines
}
