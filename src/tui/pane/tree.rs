//! The second face: the structure, outermost first, with inputs and classes.

// Writing into a string cannot fail, so its results are dropped below.
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::row::{Reading, last_part};
use crate::tui::sheet::{Fold, SheetLine, labelled, paragraph};
use crate::tui::theme::Role;
use std::fmt::Write as _;

/// Elements beyond this many are not shown.
const MOST: usize = 2_000;
/// Deeper elements stand no further right.
const DEEPEST: usize = 12;
/// Names of inputs and classes beyond this many are counted.
const NAMES: usize = 40;

/// The lines of the face.
pub fn lines(app: &App, reading: &Reading, width: usize) -> Vec<SheetLine> {
    let manifest = &*reading.manifest;
    let mut lines = Vec::new();
    if let Some(root) = &manifest.root {
        lines.extend(labelled("root", Role::Strong, root, 9, width));
    }
    if let Some(inputs) = inputs(reading) {
        lines.extend(labelled("inputs", Role::Text, &inputs, 9, width));
    }
    if !manifest.classes.is_empty() {
        let classes = listed(&manifest.classes);
        lines.extend(labelled("classes", Role::Text, &classes, 9, width));
    }
    if manifest.steps.is_empty() {
        lines.push(SheetLine::empty());
        let words = match &reading.card.unreadable {
            Some(_) => "an unreadable file shows no structure",
            None => "no structure that is known",
        };
        lines.extend(paragraph(Role::Dim, words, 0, width));
        return lines;
    }
    lines.push(SheetLine::empty());
    for (number, step) in manifest.steps.iter().take(MOST).enumerate() {
        let fold = Fold::Step(number);
        let open = app.unfolded.contains(&fold);
        let margin = usize::from(step.depth).min(DEEPEST) * 2;
        let mark = match (step.details.is_empty(), open) {
            (true, _) => "  ",
            (false, false) => "▸ ",
            (false, true) => "▾ ",
        };
        let mut line = SheetLine::of(Role::Dim, format!("{}{mark}", " ".repeat(margin)));
        let mut rest = width.saturating_sub(margin + 2);
        if !step.label.is_empty() {
            let label = cells::cut(&step.label, rest / 2);
            rest = rest.saturating_sub(cells::width(&label) + 1);
            line = line.and(Role::Text, label).and(Role::Text, " ");
        }
        let class = cells::cut(last_part(&step.what), rest);
        rest = rest.saturating_sub(cells::width(&class) + 2);
        line = line.and(Role::Strong, class);
        if !open && rest > 8 {
            let all: Vec<String> = step
                .details
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect();
            line = line.and(Role::Dim, format!("  {}", cells::cut(&all.join(" "), rest)));
        }
        if !step.details.is_empty() {
            line = line.unfolding(fold);
        }
        lines.push(line);
        if open {
            let indent = margin + 4;
            lines.extend(paragraph(Role::Dim, &step.what, indent, width));
            for (name, value) in &step.details {
                lines.extend(paragraph(
                    Role::Text,
                    &format!("{name} = {value}"),
                    indent,
                    width,
                ));
            }
        }
    }
    let hidden = manifest.steps.len().saturating_sub(MOST);
    if hidden > 0 {
        lines.push(SheetLine::of(Role::Dim, format!("… {hidden} more")));
    }
    let figures = app.detailed.and_then(|row| app.figures.get(&row)?.as_ref());
    for figure in figures.into_iter().flatten() {
        lines.push(SheetLine::empty());
        lines.extend(super::figure::lines(figure, width));
    }
    lines
}

fn inputs(reading: &Reading) -> Option<String> {
    let manifest = &*reading.manifest;
    let names = &manifest.feature_names;
    match (manifest.feature_count, names.is_empty()) {
        (None, true) => None,
        (Some(count), true) => Some(format!("{count} features, names not recorded")),
        (count, false) => {
            let count = count.unwrap_or(names.len());
            Some(format!("{count} features: {}", listed(names)))
        }
    }
}

fn listed(names: &[String]) -> String {
    let mut words = names
        .iter()
        .take(NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMES {
        let _ = write!(words, " … {} more", names.len() - NAMES);
    }
    words
}
