//! What can follow a key that waits for a second one.

use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::keymap::Key;
use crate::tui::sheet::SheetLine;
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 72;

/// The lines of the box.
pub fn lines(app: &App, prefix: Key, width: usize, height: usize) -> Vec<SheetLine> {
    let following = app.keys.after(app.place(), prefix);
    let shown = following.into_iter().take(height);
    shown
        .map(|(key, words)| {
            SheetLine::of(Role::Key, cells::fit(&key, 6.min(width)))
                .and(Role::Text, cells::cut(words, width.saturating_sub(6)))
        })
        .collect()
}
