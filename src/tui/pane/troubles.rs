//! What could not be looked at.

use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::SheetLine;
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 110;

/// How many lines show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(4).max(1)
}

/// The lines of the window.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let shown = app.troubles.iter().skip(scroll.top).take(height);
    shown
        .map(|words| SheetLine::of(Role::Warning, cells::cut(words, width)))
        .collect()
}
