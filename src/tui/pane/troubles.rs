//! What could not be looked at: one sentence each, the one under the cursor whole.

use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 110;
/// Lines that the whole sentence under the cursor takes at most.
const WHOLE: usize = 4;

/// How many sentences show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(4 + WHOLE).max(1)
}

/// The lines of the window, and below them what is cut in the one under the cursor.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let shown = app.troubles.iter().skip(scroll.top).take(height);
    let mut lines: Vec<SheetLine> = shown
        .map(|words| SheetLine::of(Role::Warning, cells::cut(words, width)))
        .collect();
    let chosen = app.troubles.get(scroll.cursor);
    if let Some(words) = chosen.filter(|words| cells::width(words) > width) {
        let whole = paragraph(Role::Text, words, 0, width);
        lines.extend(whole.into_iter().take(WHOLE));
    }
    lines
}
