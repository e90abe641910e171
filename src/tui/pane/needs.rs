//! The first face: what will happen, the fix, the comparison in three columns, the findings.

// Writing into a string cannot fail, so its results are dropped below.
use crate::compat::{Comparison, Finding, Row, RowStatus, Stage};
use crate::manifest::Evidence;
use crate::text;
use crate::tui::app::App;
use crate::tui::cells;
use crate::tui::face::Half;
use crate::tui::keymap::Id;
use crate::tui::live::Live;
use crate::tui::row::Reading;
use crate::tui::sheet::{Fold, SheetLine, labelled, paragraph};
use crate::tui::theme::{Role, status_word};
use std::fmt::Write as _;

/// The status column: the longest word.
const STATUS: usize = 7;
/// Below this width the declared column gives its place to the others.
const ROOMY: usize = 52;

/// The lines of the face.
pub fn lines(app: &App, reading: &Reading, width: usize) -> Vec<SheetLine> {
    let comparison = &*reading.comparison;
    let role = Role::of_verdict(comparison.verdict);
    let role = if role == Role::Dim { Role::Text } else { role };
    let mut lines = paragraph(role, &comparison.summary, 0, width);
    if let Some(unreadable) = &reading.card.unreadable {
        if !comparison.summary.contains(&unreadable.reason) {
            lines.extend(paragraph(Role::Text, &unreadable.reason, 0, width));
        }
        // The comparison's fix of an unreadable file is its repair: one of them is enough.
        if let Some(repair) = unreadable
            .repair
            .as_ref()
            .filter(|_| comparison.fix.is_none())
        {
            lines.extend(labelled("repair", Role::Command, repair, 8, width));
        }
    }
    if let Some(fix) = &comparison.fix {
        if !fix.command.is_empty() {
            lines.extend(command(app, &fix.command, width));
        }
        if !fix.explanation.is_empty() {
            let label = if fix.command.is_empty() { "fix" } else { "" };
            lines.extend(labelled(label, Role::Text, &fix.explanation, 8, width));
        }
        if fix
            .throw_away
            .as_ref()
            .is_some_and(|line| *line != fix.command)
        {
            let words = "opens it in a throw-away environment; runs what the file holds";
            lines.extend(labelled("or (Y)", Role::Text, words, 8, width));
        }
        if let Some(count) = app.survey.endangered() {
            let words = format!(
                "the fix leaves {count} that are ready now without a release known to serve them"
            );
            lines.extend(labelled("but", Role::Warning, &words, 8, width));
        }
        if let Some(again) = &fix.again {
            lines.extend(labelled("or", Role::Text, again, 8, width));
        }
    }
    if let Some(words) = app.detailed.and_then(|row| app.survey.ready_in(app, row)) {
        lines.extend(labelled("or (m)", Role::Text, &words, 8, width));
    }
    lines.extend(super::first::lines(&reading.manifest, width));
    if matches!(app.live, Live::Nowhere) {
        let words = "e chooses an environment, or start with --env PATH";
        lines.extend(paragraph(Role::Warning, words, 0, width));
    }
    table(app, comparison, width, &mut lines);
    findings(app, comparison, width, &mut lines);
    lines
}

/// The command that fixes it. A long one is folded: what follows is worth more than its end.
fn command(app: &App, command: &str, width: usize) -> Vec<SheetLine> {
    /// Lines of a folded command.
    const FOLDED: usize = 2;

    let mut lines = labelled("fix (y)", Role::Command, command, 8, width);
    let more = lines.len().saturating_sub(FOLDED);
    // One line less is not worth a line that says so.
    if more < 2 {
        return lines;
    }
    let (unfold, copy) = (app.keys.key_of(Id::Fold), app.keys.key_of(Id::CopyBest));
    if !app.unfolded.contains(&Fold::Command) {
        lines.truncate(FOLDED);
        let words = if app.half == Half::Detail {
            format!("… {more} more lines: {unfold} shows them, {copy} copies all")
        } else {
            format!("… {more} more lines: {copy} copies all")
        };
        lines.extend(
            labelled("", Role::Dim, &words, 8, width)
                .into_iter()
                .take(1),
        );
    }
    let lines = lines.into_iter();
    lines.map(|line| line.unfolding(Fold::Command)).collect()
}

fn table(app: &App, comparison: &Comparison, width: usize, lines: &mut Vec<SheetLine>) {
    if comparison.rows.is_empty() {
        return;
    }
    let columns = Columns::of(&comparison.rows, width);
    lines.push(SheetLine::empty());
    lines.push(columns.heading());
    for (number, row) in comparison.rows.iter().enumerate() {
        let fold = Fold::Row(number);
        lines.push(columns.line(row).unfolding(fold));
        if app.unfolded.contains(&fold) {
            if !row.consequence.is_empty() {
                lines.extend(paragraph(Role::Text, &row.consequence, 2, width));
            }
            evidence(&row.evidence, width, lines);
        }
    }
}

fn findings(app: &App, comparison: &Comparison, width: usize, lines: &mut Vec<SheetLine>) {
    if comparison.findings.is_empty() {
        return;
    }
    lines.push(SheetLine::empty());
    let count = comparison.findings.len();
    let noun = if count == 1 { "finding" } else { "findings" };
    let heading = SheetLine::of(Role::Dim, format!("{count} {noun}"));
    lines.push(heading.and(Role::Dim, ", space unfolds"));
    for (number, finding) in comparison.findings.iter().enumerate() {
        let fold = Fold::Finding(number);
        let open = app.unfolded.contains(&fold);
        lines.extend(
            headline(finding, open, width)
                .into_iter()
                .map(|l| l.unfolding(fold)),
        );
        if open {
            let mut fact = |label: &str, value: &str| {
                if !value.is_empty() {
                    let rest = width.saturating_sub(2);
                    for line in labelled(label, Role::Text, value, 9, rest) {
                        let mut indented = SheetLine::of(Role::Text, "  ");
                        indented.spans.extend(line.spans);
                        lines.push(indented);
                    }
                }
            };
            fact("about", &finding.subject);
            fact("wanted", &finding.wanted);
            fact("found", &finding.found);
            fact("fix", finding.fix.as_deref().unwrap_or_default());
            fact("rule", finding.rule);
            evidence(&finding.evidence, width, lines);
        }
    }
}

fn headline(finding: &Finding, open: bool, width: usize) -> Vec<SheetLine> {
    let role = match (finding.certain, finding.stage) {
        (false, _) => Role::Text,
        (true, Stage::Load | Stage::Predict) => Role::Bad,
        (true, Stage::Values | Stage::Trust) => Role::Warning,
    };
    let mut words = String::new();
    if !finding.certain {
        words.push_str("perhaps ");
    }
    words.push_str(match finding.stage {
        Stage::Load => "at load: ",
        Stage::Predict => "at predict: ",
        Stage::Values => "in the values: ",
        Stage::Trust => "in what runs: ",
    });
    if let Some(exception) = &finding.exception {
        words.push_str(exception);
        words.push_str(": ");
    }
    words.push_str(&finding.message);
    let mark = if open { "▾ " } else { "▸ " };
    cells::wrap(&words, width.saturating_sub(2))
        .into_iter()
        .enumerate()
        .map(|(number, line)| {
            let mark = if number == 0 { mark } else { "  " };
            SheetLine::of(Role::Dim, mark).and(role, line)
        })
        .collect()
}

fn evidence(evidence: &[Evidence], width: usize, lines: &mut Vec<SheetLine>) {
    for piece in evidence {
        let mut words = piece.kind.to_owned();
        if let Some(file) = &piece.file {
            words.push_str(" in ");
            words.push_str(&text::path(file));
        }
        if let Some(line) = piece.line {
            let _ = write!(words, " line {line}");
        }
        if let Some(offset) = piece.offset {
            let _ = write!(words, " at byte {offset}");
        }
        words.push_str(": ");
        words.push_str(&piece.text);
        lines.extend(paragraph(Role::Dim, &words, 4, width));
    }
}

/// Widths of the comparison's columns.
struct Columns {
    subject: usize,
    saved: usize,
    declared: usize,
    live: usize,
}

impl Columns {
    fn of(rows: &[Row], width: usize) -> Columns {
        let longest = |part: fn(&Row) -> &str, heading: &str| {
            let parts = rows.iter().map(|row| cells::width(part(row)));
            parts.max().unwrap_or(0).max(cells::width(heading))
        };
        let roomy = width >= ROOMY && rows.iter().any(|row| !row.declared.is_empty());
        let gaps = if roomy { 4 } else { 3 };
        let mut left = width.saturating_sub(STATUS + gaps);
        let share = |wish: usize, left: &mut usize, part: usize| {
            let given = wish.min(*left / part);
            *left -= given;
            given
        };
        // The narrow columns take what they need; the subject, a dotted name at times, the rest.
        let others = if roomy { 5 } else { 4 };
        let live = share(longest(|r| &r.live, "live"), &mut left, others);
        let saved = share(longest(|r| &r.saved, "saved with"), &mut left, others - 1);
        let declared = if roomy {
            share(longest(|r| &r.declared, "declared"), &mut left, 3)
        } else {
            0
        };
        let subject = longest(|r| &r.subject, "").min(left);
        Columns {
            subject,
            saved,
            declared,
            live,
        }
    }

    fn heading(&self) -> SheetLine {
        let saved = if self.saved < 10 {
            "saved"
        } else {
            "saved with"
        };
        let words = self.join("", saved, "declared", "live");
        SheetLine::of(Role::Dim, words.trim_end().to_owned())
    }

    fn line(&self, row: &Row) -> SheetLine {
        let or_dash = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.to_owned()
            }
        };
        let saved = or_dash(&row.saved);
        let declared = or_dash(&row.declared);
        let live = or_dash(&row.live);
        let role = match row.status {
            RowStatus::Breaks | RowStatus::Missing => Role::Strong,
            _ => Role::Text,
        };
        SheetLine::of(role, cells::fit_start(&row.subject, self.subject))
            .and(Role::Text, self.join_rest(&saved, &declared, &live))
            .and(Role::Text, " ")
            .and(
                Role::of_status(row.status),
                cells::fit(status_word(row.status), STATUS),
            )
    }

    fn join(&self, subject: &str, saved: &str, declared: &str, live: &str) -> String {
        cells::fit(subject, self.subject) + &self.join_rest(saved, declared, live)
    }

    fn join_rest(&self, saved: &str, declared: &str, live: &str) -> String {
        let mut line = format!(" {}", cells::fit(saved, self.saved));
        if self.declared > 0 {
            line.push(' ');
            line.push_str(&cells::fit(declared, self.declared));
        }
        line.push(' ');
        line.push_str(&cells::fit(live, self.live));
        line
    }
}
