//! The same findings as text for people: one line an artifact, and a page for a single one.

use std::fmt::Write;

use super::json::evidence_line;
use crate::artifact::Artifact;
use crate::compat::{Comparison, Row, RowStatus};
use crate::environment::Environment;
use crate::manifest::{Basis, Manifest, Prepared};
use crate::text;
use crate::trial::{Cell, Outcome, Prediction, Returned};
use crate::trust::Trust;

/// Cells of one output row that are printed.
const CELLS: usize = 12;

/// Rows of an output that are printed.
const ROWS: usize = 50;

/// `environment .venv (Python 3.12.4)`, or that there is none.
pub fn environment_line(environment: Option<&Environment>) -> String {
    match environment {
        Some(environment) => {
            let python = environment
                .python
                .map_or_else(|| "Python ?".into(), |p| format!("Python {p}"));
            let line = if environment.is_bare() {
                "no environment".to_owned()
            } else {
                format!("environment {} ({python})", text::path(&environment.prefix))
            };
            match environment.supposing_what().join(", ") {
                none if none.is_empty() => line,
                supposed => format!("{line}, supposed to have {supposed}"),
            }
        }
        None => "no environment found; name one with --env".into(),
    }
}

/// One line of `check`.
pub fn check_line(artifact: &Artifact, manifest: &Manifest, comparison: &Comparison) -> String {
    format!(
        "{:<16}  {}  {}\n                  {}",
        comparison.verdict.phrase(),
        text::path(&artifact.path),
        saved_with(manifest),
        text::short(&comparison.summary, 160),
    )
}

/// One line of `check` for one artifact in one of several environments.
pub fn environment_verdict(environment: Option<&Environment>, comparison: &Comparison) -> String {
    format!(
        "{:<16}  {}\n                  {}\n",
        comparison.verdict.phrase(),
        super::grid::name(environment),
        text::short(&comparison.summary, 160),
    )
}

/// The page of `check` for one artifact: rows, findings with evidence, fix.
pub fn check_page(comparison: &Comparison) -> String {
    let mut page = String::new();
    if !comparison.rows.is_empty() {
        page.push_str(&rows(&comparison.rows));
    }
    for finding in &comparison.findings {
        let sure = if finding.certain {
            ""
        } else {
            " (not certain)"
        };
        let message = lines(&finding.message, "\n    ");
        let exception = finding
            .exception
            .as_ref()
            .map_or_else(String::new, |e| format!("{e}: "));
        let _ = writeln!(
            page,
            "\n  {} [{}]{sure}\n    {exception}{message}",
            text::clean(&finding.subject),
            finding.rule
        );
        for evidence in &finding.evidence {
            let _ = writeln!(page, "    · {}", text::clean(&evidence_line(evidence)));
        }
    }
    if let Some(shift) = &comparison.shift {
        let _ = writeln!(page, "\n  numbers: {}", text::clean(&shift.sentence()));
    }
    for history in &comparison.history {
        let _ = writeln!(page, "\n  code: {}", text::clean(&history.sentence()));
    }
    if let Some(fix) = &comparison.fix {
        let _ = writeln!(page, "\n  fix: {}", text::clean(&fix.explanation));
        if !fix.command.is_empty() {
            let _ = writeln!(page, "    {}", text::clean(&fix.command));
        }
        if let Some(line) = fix.throw_away.as_ref().filter(|line| **line != fix.command) {
            let _ = writeln!(
                page,
                "  without any change, in an environment made for it (runs what the file holds):\n    {}",
                text::clean(line)
            );
        }
        if let Some(elsewhere) = &fix.elsewhere {
            let _ = writeln!(page, "  {}", text::clean(&elsewhere.words()));
        }
        if let Some(again) = &fix.again {
            let _ = writeln!(page, "  or {}", text::clean(again));
        }
    }
    page
}

/// A message of several lines, each harmless, joined by `between`.
fn lines(message: &str, between: &str) -> String {
    let lines: Vec<_> = message.lines().map(text::clean).collect();
    lines.join(between)
}

fn rows(rows: &[Row]) -> String {
    let titles = ["", "saved with", "declared", "live"];
    let width = |column: fn(&Row) -> &str, title: &str| {
        let cells = rows.iter().map(|row| column(row).chars().count());
        cells.chain([title.len()]).max().unwrap_or(0).min(40)
    };
    let widths = [
        width(|r| &r.subject, titles[0]),
        width(|r| &r.saved, titles[1]),
        width(|r| &r.declared, titles[2]),
        width(|r| &r.live, titles[3]),
    ];
    let mut table = String::new();
    let mut line = |cells: [&str; 4], end: &str| {
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| {
                let cell = text::short(if cell.is_empty() { "–" } else { cell }, width.max(1));
                format!("{cell:<width$}")
            })
            .collect();
        let _ = writeln!(table, "  {}  {end}", padded.join("  "));
    };
    line([" ", titles[1], titles[2], titles[3]], "");
    for row in rows {
        let end = match row.consequence.as_str() {
            "" => status(row.status).to_owned(),
            why => format!("{}: {}", status(row.status), text::short(why, 90)),
        };
        line([&row.subject, &row.saved, &row.declared, &row.live], &end);
    }
    table
}

/// The word of a row, loud where something breaks.
pub fn status(status: RowStatus) -> &'static str {
    match status {
        RowStatus::Breaks => "BREAKS",
        RowStatus::Missing => "MISSING",
        RowStatus::Differs => "DIFFERS",
        RowStatus::Newer => "newer",
        RowStatus::Older => "older",
        RowStatus::Unknown => "unknown",
        RowStatus::Same => "fine",
    }
}

/// The page of `show`.
pub fn show_page(artifact: &Artifact, manifest: &Manifest, trust: Option<&Trust>) -> String {
    let mut page = String::new();
    let format = format!("{:?}", artifact.format).to_lowercase();
    let compression = artifact
        .compression
        .map_or_else(String::new, |c| format!(", {}", c.word()));
    let _ = writeln!(
        page,
        "{}\n  {format}{compression}, {}",
        text::path(&artifact.path),
        text::bytes(artifact.size)
    );
    if let Err(why) = &artifact.facts {
        let _ = writeln!(page, "  unreadable: {}", text::clean(&why.reason));
        if let Some(repair) = &why.repair {
            let _ = writeln!(page, "  repair: {}", text::clean(repair));
        }
        return page;
    }
    if let Some(root) = &manifest.root {
        let _ = writeln!(page, "  {root}");
    }
    if let Some(trust) = trust {
        let _ = writeln!(page, "  trust: {}", trust.word);
        for name in trust.names.iter().take(20) {
            let _ = writeln!(page, "    {name}");
        }
    }
    for (title, list) in [
        ("saved with", &manifest.saved_with),
        ("declared", &manifest.declared),
    ] {
        for requirement in list {
            let evidence = requirement
                .evidence
                .first()
                .map(evidence_line)
                .unwrap_or_default();
            let _ = writeln!(
                page,
                "  {title}: {} {}  ({})",
                requirement.subject,
                if requirement.wanted.is_empty() {
                    "any"
                } else {
                    &requirement.wanted
                },
                text::clean(&evidence)
            );
        }
    }
    if let Some(count) = manifest.feature_count {
        let names = text::short(&manifest.feature_names.join(", "), 120);
        let _ = writeln!(page, "  inputs: {count} features  {names}");
    }
    if !manifest.classes.is_empty() {
        let _ = writeln!(page, "  classes: {}", manifest.classes.join(", "));
    }
    for step in manifest.steps.iter().take(60) {
        let indent = "  ".repeat(usize::from(step.depth) + 2);
        let label = if step.label.is_empty() {
            String::new()
        } else {
            format!("{}: ", step.label)
        };
        let _ = writeln!(page, "{indent}{label}{}", step.what);
    }
    for sibling in &manifest.siblings {
        let _ = writeln!(
            page,
            "  near it: {} ({})",
            text::path(&sibling.path),
            text::clean(&sibling.reason)
        );
    }
    if let Some(prepared) = &manifest.prepared {
        let _ = writeln!(page, "  fitted on: {}", prepared_words(prepared));
    }
    for note in &manifest.notes {
        let _ = writeln!(page, "  note: {}", text::clean(note));
    }
    page
}

/// `standardised columns (why); scaler.pkl does that`.
pub fn prepared_words(prepared: &Prepared) -> String {
    let seem = if prepared.proven { "" } else { "it seems, " };
    let by = match &prepared.by {
        Some(path) => format!("{} stands before it", text::path(path)),
        None => "nothing near it does that to new rows".to_owned(),
    };
    format!("{seem}columns {} ({}); {by}", prepared.how, prepared.reason)
}

/// What is known about the versions that saved it, in a few words: `scikit-learn 1.2.2`.
pub fn saved_with(manifest: &Manifest) -> String {
    let stamped: Vec<&str> = manifest
        .saved_with
        .iter()
        .filter(|r| r.subject == "scikit-learn" && r.basis == Basis::Stamped)
        .map(|r| r.wanted.trim_start_matches("=="))
        .collect();
    if stamped.is_empty() {
        String::new()
    } else {
        format!("scikit-learn {}", stamped.join(" and "))
    }
}

/// The page of `predict`.
pub fn prediction(prediction: &Prediction) -> String {
    let mut page = String::new();
    let engine = format!("{:?}", prediction.engine).to_lowercase();
    let _ = writeln!(
        page,
        "engine {engine}, input: {}, {:.3} s",
        text::clean(&prediction.input_source),
        prediction.seconds
    );
    let run = prediction.run.as_deref();
    if let Some(run) = run {
        let peak = run.peak_memory.map(text::bytes);
        let peak = peak.map_or_else(String::new, |peak| format!(", {peak} at most"));
        let _ = writeln!(page, "{} {}{peak}", run.interpreter, run.python);
        let _ = writeln!(page, "{}", run.sandbox.sentence());
        if let Some(sha256) = &run.sha256 {
            let _ = writeln!(page, "sha256 {sha256}");
        }
    }
    for output in &prediction.outputs {
        let columns = if output.columns.is_empty() {
            String::new()
        } else {
            format!("  [{}]", text::short(&output.columns.join(", "), 120))
        };
        let returned = run.and_then(|run| run.returned.iter().find(|r| r.method == output.method));
        let kind = returned.map_or_else(String::new, returned_words);
        let _ = writeln!(page, "{}{kind}{columns}", output.method);
        for row in output.rows.iter().take(ROWS) {
            let cells: Vec<String> = row.iter().take(CELLS).map(cell).collect();
            let more = if row.len() > CELLS {
                format!("  … {} in all", row.len())
            } else {
                String::new()
            };
            let _ = writeln!(page, "  {}{more}", cells.join("  "));
        }
        if output.rows.len() > ROWS {
            let _ = writeln!(page, "  … {} rows in all", output.rows.len());
        }
    }
    if let Some(recorded) = &prediction.recorded
        && recorded.agrees
    {
        let _ = writeln!(page, "{}", recorded.words);
    }
    for warning in &prediction.warnings {
        let _ = writeln!(page, "warning: {}", text::clean(warning));
    }
    if !prediction.printed.is_empty() {
        let _ = writeln!(page, "printed: {}", text::short(&prediction.printed, 500));
    }
    match &prediction.outcome {
        Outcome::Finished => {}
        Outcome::Raised {
            stage,
            exception,
            message,
            traceback,
        } => {
            for line in traceback.lines() {
                let _ = writeln!(page, "  {}", text::clean(line));
            }
            let message = lines(message, "\n  ");
            let _ = writeln!(page, "raised at {stage}: {exception}: {message}");
        }
        outcome => {
            let _ = writeln!(page, "{}", outcome.failure().unwrap_or_default());
        }
    }
    page
}

/// A cell for people: floats at full precision.
pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Missing => "–".into(),
        Cell::Bool(value) => if *value { "True" } else { "False" }.into(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) if *value == value.trunc() && value.abs() < 1e16 => {
            format!("{value:.1}")
        }
        Cell::Float(value) => value.to_string(),
        Cell::Text(value) => text::short(value, 60),
    }
}

/// `  numpy.ndarray float64 (3, 2)`.
fn returned_words(returned: &Returned) -> String {
    let mut words = format!("  {}", returned.class);
    if let Some(dtype) = &returned.dtype {
        let _ = write!(words, " {dtype}");
    }
    if let Some(shape) = &returned.shape {
        let sides: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let _ = write!(words, " ({})", sides.join(", "));
    }
    words
}
