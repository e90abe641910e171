//! The keys, from the table of commands, searched by what is typed; what the chosen one does stands
//! below where its line has no room for it.

use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 84;
const KEYS: usize = 15;
/// Lines that the chosen one takes at most when it is told below.
const WHOLE: usize = 3;
/// The line with what is typed.
pub const HEAD: usize = 1;

/// How many commands show at once on a screen of `rows` rows.
pub fn lines(rows: usize) -> usize {
    rows.saturating_sub(4 + HEAD + WHOLE).max(1)
}

/// How wide the column of keys is: the cursor's bar, of which every cell is sent for every key.
pub fn keys(width: usize) -> usize {
    KEYS.min(width / 2)
}

/// The lines of the window.
pub fn window(app: &App, scroll: Scroll, width: usize, height: usize) -> Vec<SheetLine> {
    let keys = keys(width);
    let typed = cells::cut_start(app.sought.value(), width.saturating_sub(3));
    let mut lines = vec![if typed.is_empty() {
        let words = "type to search, enter runs the chosen one, esc closes";
        SheetLine::of(Role::Key, "> ").and(Role::Dim, cells::cut(words, width.saturating_sub(2)))
    } else {
        SheetLine::of(Role::Key, "> ")
            .and(Role::Text, typed)
            .and(Role::Key, "▏")
    }];
    let found = app.keys.help(app.picking(), app.sought.value());
    if found.is_empty() {
        let words = "no command is told in these words; esc takes them back";
        lines.push(SheetLine::of(Role::Dim, cells::cut(words, width)));
    }
    let chosen = found.get(scroll.cursor).map_or("", |told| told.help);
    let listed = height.min(found.len());
    let shown = found.into_iter().skip(scroll.top).take(height);
    lines.extend(shown.map(|told| {
        SheetLine::of(Role::Key, cells::fit(&told.keys, keys))
            .and(Role::Text, " ")
            .and(
                Role::Text,
                cells::cut(told.help, width.saturating_sub(keys + 1)),
            )
    }));
    if cells::width(chosen) > width.saturating_sub(keys + 1) {
        let whole = paragraph(Role::Dim, chosen, 0, width);
        lines.extend(whole.into_iter().take(WHOLE));
    }
    // The box keeps its size while the cursor moves: another one would be drawn anew.
    lines.resize(lines.len().max(HEAD + listed + WHOLE), SheetLine::empty());
    lines
}
