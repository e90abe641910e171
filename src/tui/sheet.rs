//! Lines of text with roles: what panes make and the view shows. Panes know no styles, so their
//! lines can be read in tests as they are.

use super::cells;
use super::theme::Role;

/// What can be unfolded in the detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fold {
    /// The command of the fix.
    Command,
    /// A line of the comparison, by its place.
    Row(usize),
    /// A finding, by its place.
    Finding(usize),
    /// An element of the structure, by its place.
    Step(usize),
    /// An artifact in the answer to a traceback, by its place: nothing unfolds, it is gone to.
    Candidate(usize),
}

/// One line of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetLine {
    /// Pieces of text with their roles, left to right.
    pub spans: Vec<(Role, String)>,
    /// What the line unfolds.
    pub fold: Option<Fold>,
}

impl SheetLine {
    /// A line of one role.
    pub fn of(role: Role, text: impl Into<String>) -> SheetLine {
        SheetLine {
            spans: vec![(role, text.into())],
            fold: None,
        }
    }

    /// An empty line.
    pub fn empty() -> SheetLine {
        SheetLine::default()
    }

    /// With one more piece.
    #[must_use]
    pub fn and(mut self, role: Role, text: impl Into<String>) -> SheetLine {
        self.spans.push((role, text.into()));
        self
    }

    /// As the line that unfolds `fold`.
    #[must_use]
    pub fn unfolding(mut self, fold: Fold) -> SheetLine {
        self.fold = Some(fold);
        self
    }
}

/// `text` as lines of `role`, wrapped to `width` cells and indented by `indent`.
pub fn paragraph(role: Role, text: &str, indent: usize, width: usize) -> Vec<SheetLine> {
    let margin = " ".repeat(indent);
    cells::wrap(text, width.saturating_sub(indent))
        .into_iter()
        .map(|line| SheetLine::of(role, format!("{margin}{line}")))
        .collect()
}

/// A label, padded to `gap` cells, and a value wrapped beside it.
pub fn labelled(label: &str, role: Role, value: &str, gap: usize, width: usize) -> Vec<SheetLine> {
    cells::wrap(value, width.saturating_sub(gap))
        .into_iter()
        .enumerate()
        .map(|(number, line)| {
            let label = if number == 0 { label } else { "" };
            SheetLine::of(Role::Dim, cells::fit(label, gap.min(width))).and(role, line)
        })
        .collect()
}
