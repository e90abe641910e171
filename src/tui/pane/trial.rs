//! The third face: rows of input, what each engine made of them, warnings and errors.

// Writing into a string cannot fail, so its results are dropped below.
use std::fmt::Write as _;
use std::path::PathBuf;

use super::against::RECORDED;
use super::first;
use crate::engine::chain;
use crate::text;
use crate::trial::{Cell, Engine, Outcome, Output, Prediction, Sample, TrialError, golden};
use crate::tui::app::{App, Trial};
use crate::tui::cells;
use crate::tui::keymap::Id;
use crate::tui::layout::inside;
use crate::tui::row::Reading;
use crate::tui::sheet::{SheetLine, labelled, paragraph};
use crate::tui::theme::Role;

/// Rows of input and output beyond this many are counted.
const ROWS: usize = 20;
/// Columns beyond this many are counted.
const COLUMNS: usize = 12;
/// The column of a method's name: as wide as `decision_function`.
const METHOD: usize = 18;
/// Lines of a traceback or of prints beyond this many are dropped from the front.
const PRINTED: usize = 40;
const GAP: usize = 9;
/// Fewer lines than these have no room for rows of input above an answer.
const SMALL: u16 = 14;
const SPINNER: [&str; 4] = ["|", "/", "–", "\\"];

/// The lines of the face.
pub fn lines(app: &App, reading: &Reading, width: usize) -> Vec<SheetLine> {
    if reading.card.unreadable.is_some() {
        return paragraph(Role::Dim, "an unreadable file cannot be tried", 0, width);
    }
    let blank = Trial::default();
    let trial = app.detailed_trial().unwrap_or(&blank);
    let answered = trial.native.is_some() || trial.python.is_some();
    let mut lines = Vec::new();
    // First, since it is what somebody waits for.
    if let Some(engine) = trial.running {
        let lasts = app.clock.saturating_sub(trial.since).as_secs();
        let words = format!("{} runs, {lasts} s, ctrl-c stops it", engine_words(engine));
        lines.extend(moving(app, &words, width));
    }
    match &trial.sample {
        None if trial.waiting.is_some() => {
            lines.extend(moving(app, "preparing rows of input", width));
        }
        None => {
            let words = "t predicts with our own arithmetic on rows made from the model's own numbers; nothing of the file runs";
            lines.extend(paragraph(Role::Text, words, 0, width));
            let words =
                "p loads it in the live environment, which runs what the file holds; it asks first";
            lines.extend(paragraph(Role::Dim, words, 0, width));
        }
        Some(Err(error)) => lines.extend(failure(error, width)),
        // On a small screen what came out is worth more than what went in.
        Some(Ok(sample)) if answered && height(app) < SMALL => {
            let words = format!("{} rows, {}", sample.rows.len(), sample.source);
            let words = labelled("input", Role::Text, &words, 7, width);
            lines.extend(words.into_iter().take(1));
        }
        Some(Ok(sample)) => input(sample, width, &mut lines),
    }
    way(app, trial, reading, width, &mut lines);
    stamp(trial, reading, width, &mut lines);
    let recorded = recorded(trial, reading);
    lines.extend(super::against::lines(
        &sides(trial, recorded.as_ref()),
        width,
    ));
    let mut results = [
        (Engine::Native, &trial.native),
        (Engine::Python, &trial.python),
    ];
    // There the one that was asked for with more keys comes first.
    if height(app) < SMALL {
        results.reverse();
    }
    for (engine, result) in results {
        match result {
            None => {}
            Some(Err(error)) => {
                lines.push(SheetLine::empty());
                lines.push(SheetLine::of(Role::Strong, engine_words(engine)));
                lines.extend(failure(error, width));
                let refused = matches!(error, TrialError::Refused { .. });
                let untried = trial.python.is_none() && trial.running.is_none();
                if engine == Engine::Native && refused && untried && trial.steps.is_empty() {
                    let words = "p tries it in the live environment, after a question";
                    lines.extend(paragraph(Role::Dim, words, 0, width));
                }
            }
            Some(Ok(prediction)) => outcome(prediction, &trial.steps, width, &mut lines),
        }
    }
    lines
}

/// How many lines of the face show at once.
fn height(app: &App) -> u16 {
    app.layout().detail.map_or(0, |area| inside(area).height)
}

/// What came out, side by side as far as it came to an end.
fn sides<'a>(
    trial: &'a Trial,
    recorded: Option<&'a Prediction>,
) -> Vec<(&'static str, &'a Prediction)> {
    fn ended(side: Option<&Result<Prediction, TrialError>>) -> Option<&Prediction> {
        side?.as_ref().ok()
    }
    let all = [
        (RECORDED, recorded),
        ("native", ended(trial.native.as_ref())),
        ("live", ended(trial.python.as_ref())),
    ];
    let ended = all.into_iter().filter_map(|(name, side)| {
        let side = side?;
        (!side.outputs.is_empty()).then_some((name, side))
    });
    ended.collect()
}

/// The answers that a stamp recorded for the rows of the trial.
fn recorded(trial: &Trial, reading: &Reading) -> Option<Prediction> {
    let sample = trial.sample.as_ref()?.as_ref().ok()?;
    let stamped = reading.manifest.stamp.as_ref()?;
    // Recorded rows are what the model itself takes.
    let alone = trial.steps.is_empty();
    alone.then(|| golden::answers(stamped, sample)).flatten()
}

/// The files that prepare the input: that rows pass through them, or that they could.
fn way(app: &App, trial: &Trial, reading: &Reading, width: usize, lines: &mut Vec<SheetLine>) {
    if !trial.steps.is_empty() {
        let names = first::names(trial.steps.iter().map(PathBuf::as_path), " → ");
        let words = format!("{names}, with our own arithmetic, then the model");
        lines.extend(labelled("through", Role::Key, &words, GAP, width));
        return;
    }
    let steps: Vec<_> = chain::proposed(&reading.manifest).collect();
    if steps.is_empty() {
        return;
    }
    let key = app.keys.key_of(Id::ChainTrial);
    let names = first::names(steps.iter().map(|step| &*step.path), " → ");
    let words = format!("{key} passes rows through {names} first");
    lines.extend(paragraph(Role::Key, &words, 0, width));
    // Once there is an answer, it is what the face is for.
    if trial.native.is_some() || trial.python.is_some() {
        return;
    }
    for step in steps {
        let name = first::names(std::iter::once(&*step.path), "");
        let words = format!("{name}: {}", first::why(step));
        lines.extend(paragraph(Role::Dim, &words, 2, width));
    }
}

/// A stamp that is not believed, as long as no run has said so.
fn stamp(trial: &Trial, reading: &Reading, width: usize, lines: &mut Vec<SheetLine>) {
    let stamped = reading.manifest.stamp.as_ref();
    let Some((path, Err(why))) = stamped.map(|stamped| (&stamped.path, &stamped.content)) else {
        return;
    };
    let ran = |side: &Option<Result<Prediction, TrialError>>| matches!(side, Some(Ok(_)));
    if !ran(&trial.native) && !ran(&trial.python) {
        let words = format!("{} is not used: {}", text::path(path), text::clean(why));
        lines.extend(paragraph(Role::Warning, &words, 0, width));
    }
}

fn engine_words(engine: Engine) -> &'static str {
    match engine {
        Engine::Native => "our own arithmetic",
        Engine::Python => "the live environment",
    }
}

fn moving(app: &App, words: &str, width: usize) -> Vec<SheetLine> {
    let picture = SPINNER[app.tick % SPINNER.len()];
    labelled(picture, Role::Text, words, 2, width)
}

fn failure(error: &TrialError, width: usize) -> Vec<SheetLine> {
    paragraph(Role::Warning, &error.to_string(), 0, width)
}

fn input(sample: &Sample, width: usize, lines: &mut Vec<SheetLine>) {
    lines.extend(labelled("input", Role::Text, &sample.source, 7, width));
    let titles = sample.columns.as_deref().unwrap_or_default();
    table(titles, &sample.rows, width, lines);
}

fn outcome(prediction: &Prediction, steps: &[PathBuf], width: usize, lines: &mut Vec<SheetLine>) {
    lines.push(SheetLine::empty());
    let head = SheetLine::of(Role::Strong, engine_words(prediction.engine));
    let (role, words) = match &prediction.outcome {
        Outcome::Finished => (
            Role::Good,
            format!("finished in {}", duration(prediction.seconds)),
        ),
        Outcome::Raised { stage, .. } => (Role::Bad, format!("raised at {stage}")),
        Outcome::Signal(name) => (Role::Bad, format!("killed by {name}")),
        Outcome::TimedOut(seconds) => (Role::Bad, format!("stopped after {seconds:.0} s")),
        Outcome::Cancelled => (Role::Warning, "stopped".to_owned()),
    };
    let taken = cells::width(engine_words(prediction.engine)) + 2;
    lines.push(
        head.and(Role::Text, "  ")
            .and(role, cells::cut(&words, width.saturating_sub(taken))),
    );
    if !steps.is_empty() {
        let names = first::names(steps.iter().map(PathBuf::as_path), ", ");
        lines.extend(paragraph(Role::Dim, &format!("through {names}"), 0, width));
    }
    for output in &prediction.outputs {
        shown(output, width, lines);
    }
    if let Outcome::Raised {
        exception,
        message,
        traceback,
        ..
    } = &prediction.outcome
    {
        lines.extend(paragraph(
            Role::Bad,
            &format!("{exception}: {message}"),
            0,
            width,
        ));
        tail(traceback, width, lines);
    }
    for warning in &prediction.warnings {
        lines.extend(labelled("warning", Role::Warning, warning, 9, width));
    }
    if !prediction.printed.trim().is_empty() {
        lines.push(SheetLine::of(Role::Dim, "it printed"));
        tail(&prediction.printed, width, lines);
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0} ms", (seconds * 1000.0).ceil())
    } else {
        format!("{seconds:.1} s")
    }
}

fn shown(output: &Output, width: usize, lines: &mut Vec<SheetLine>) {
    let method = cells::cut(&output.method, width);
    if output.flat {
        let first = output.rows.iter().take(ROWS).filter_map(|row| row.first());
        let mut words = first.map(cell).collect::<Vec<_>>().join("  ");
        if output.rows.len() > ROWS {
            let _ = write!(words, "  … {} more", output.rows.len() - ROWS);
        }
        lines.extend(labelled(&method, Role::Text, &words, METHOD, width));
        return;
    }
    lines.push(SheetLine::of(Role::Dim, method));
    table(&output.columns, &output.rows, width, lines);
}

/// Cells in columns as wide as their content, as many as fit.
fn table(titles: &[String], rows: &[Vec<Cell>], width: usize, lines: &mut Vec<SheetLine>) {
    let columns = rows
        .iter()
        .map(Vec::len)
        .max()
        .unwrap_or(0)
        .max(titles.len());
    let texts: Vec<Vec<String>> = rows
        .iter()
        .take(ROWS)
        .map(|row| row.iter().take(COLUMNS).map(cell).collect())
        .collect();
    let mut widths = Vec::new();
    let mut taken = 1;
    for column in 0..columns.min(COLUMNS) {
        let title = titles.get(column).map_or(0, |title| cells::width(title));
        let most = texts
            .iter()
            .filter_map(|row| row.get(column))
            .map(|text| cells::width(text));
        let wish = most.max().unwrap_or(0).max(title).clamp(1, 24);
        if taken + wish + 1 > width {
            // The first column is shown at any rate, however narrow.
            if widths.is_empty() && width > 2 {
                widths.push(width - 2);
            }
            break;
        }
        taken += wish + 1;
        widths.push(wish);
    }
    let line = |texts: &[String]| {
        let fitted = widths.iter().enumerate().map(|(column, width)| {
            let text = texts.get(column).map_or("", String::as_str);
            format!(" {}", cells::fit(text, *width))
        });
        fitted.collect::<String>().trim_end().to_owned()
    };
    if !titles.is_empty() {
        lines.push(SheetLine::of(Role::Dim, line(titles)));
    }
    lines.extend(texts.iter().map(|row| SheetLine::of(Role::Text, line(row))));
    let hidden = (
        rows.len().saturating_sub(ROWS),
        columns - widths.len().min(columns),
    );
    let words = match hidden {
        (0, 0) => return,
        (rows, 0) => format!(" … {rows} more rows"),
        (0, columns) => format!(" … {columns} more columns"),
        (rows, columns) => format!(" … {rows} more rows, {columns} more columns"),
    };
    lines.push(SheetLine::of(Role::Dim, cells::cut(&words, width)));
}

pub fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Missing => "–".to_owned(),
        Cell::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => float(*value),
        Cell::Text(value) => cells::cut(value, 60),
    }
}

/// Six significant digits, as numpy's users are used to; the JSON has them all.
pub fn float(value: f64) -> String {
    match &value {
        value if *value == 0.0 || (1e-4..1e7).contains(&value.abs()) => {
            let whole = value.abs().log10().floor().clamp(0.0, 6.0) as usize;
            let text = format!("{value:.*}", 6 - whole);
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
        value if value.is_finite() => format!("{value:.3e}"),
        value => value.to_string(),
    }
}

fn tail(text: &str, width: usize, lines: &mut Vec<SheetLine>) {
    let all: Vec<&str> = text.lines().collect();
    let skipped = all.len().saturating_sub(PRINTED);
    if skipped > 0 {
        lines.push(SheetLine::of(
            Role::Dim,
            cells::cut(&format!("  … {skipped} lines before"), width),
        ));
    }
    for line in &all[skipped..] {
        lines.push(SheetLine::of(
            Role::Dim,
            cells::cut(&format!("  {line}"), width),
        ));
    }
}
