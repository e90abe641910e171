//! The keys, from the table of commands.

use crate::tui::cells;
use crate::tui::keymap;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::SheetLine;
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 76;
const KEYS: usize = 15;

/// How many lines show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(4).max(1)
}

/// The lines of the window.
pub fn window(picking: bool, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let keys = KEYS.min(width / 2);
    keymap::help(picking)
        .into_iter()
        .skip(scroll.top)
        .take(height)
        .map(|(names, words)| {
            SheetLine::of(Role::Key, cells::fit(&names, keys))
                .and(Role::Text, " ")
                .and(
                    Role::Text,
                    cells::cut(words, width.saturating_sub(keys + 1)),
                )
        })
        .collect()
}
