//! Bars for numbers where looking beats reading. The number stands beside each bar.

use super::trial::float;
use crate::trial::figures::Figure;
use crate::tui::cells;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// The column of a number.
const NUMBER: usize = 10;
/// Names are not wider than this.
const NAME: usize = 28;
/// No bar is longer than this.
const BAR: usize = 40;

/// The lines of one figure.
pub fn lines(figure: &Figure, width: usize) -> Vec<SheetLine> {
    let heading = format!("{} of {}", figure.title, figure.of);
    let mut lines = paragraph(Role::Dim, &heading, 0, width);
    let longest = figure.bars.iter().map(|(name, _)| cells::width(name)).max();
    let name = longest.unwrap_or(0).min(NAME).min(width / 3);
    let room = width.saturating_sub(name + NUMBER + 3).min(BAR);
    let far = figure
        .bars
        .iter()
        .map(|(_, number)| number.abs())
        .fold(0.0, f64::max);
    for (label, number) in &figure.bars {
        let share = if far > 0.0 { number.abs() / far } else { 0.0 };
        lines.push(
            SheetLine::of(Role::Text, format!(" {} ", cells::fit(label, name)))
                .and(Role::Text, format!("{:>NUMBER$} ", float(*number)))
                .and(Role::Key, bar(share, room)),
        );
    }
    if figure.hidden > 0 {
        let words = format!(" … {} smaller ones", figure.hidden);
        lines.push(SheetLine::of(Role::Dim, cells::cut(&words, width)));
    }
    lines
}

/// A bar of eighths of cells; what is not nothing shows at least one.
fn bar(share: f64, room: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * room as f64 * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(share > 0.0 && room > 0));
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(1e-9, 4), "▏");
        assert_eq!(bar(0.0, 4), "");
        assert_eq!(bar(1.0, 0), "");
    }
}
