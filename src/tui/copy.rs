//! What can be copied of an artifact.

// Writing into a string cannot fail, so its results are dropped below.
use std::fmt::Write as _;

use super::app::App;
use super::effect::Effect;
use super::sheet::Fold;
use super::theme::Role;
use crate::compat::{Finding, Fix, Stage};
use crate::text;

/// The command that fixes it, else the path.
pub fn best(app: &mut App) -> Vec<Effect> {
    match command(app, |fix| Some(fix.command.clone())) {
        Some(command) if app.marked.is_empty() => copy(app, "command", command),
        _ => paths(app),
    }
}

/// The command that fixes it.
pub fn fix(app: &mut App) -> Vec<Effect> {
    match command(app, |fix| Some(fix.command.clone())) {
        Some(command) => copy(app, "command", command),
        None => nothing(app, "there is no command that fixes it; yp copies the path"),
    }
}

/// The line that opens it in an environment made for it.
pub fn throw_away(app: &mut App) -> Vec<Effect> {
    match command(app, |fix| fix.throw_away.clone()) {
        Some(command) => copy(app, "command", command),
        None => nothing(
            app,
            "no environment can be made for it that is known to open it",
        ),
    }
}

/// The path, or those of all that are marked, a line each.
pub fn paths(app: &mut App) -> Vec<Effect> {
    let rows = app.meant().into_iter();
    let paths = rows.filter_map(|row| app.rows.get(row));
    let paths: Vec<String> = paths
        .map(|row| row.path.to_string_lossy().into_owned())
        .collect();
    match paths.len() {
        0 => Vec::new(),
        1 => copy(app, "path", paths.concat()),
        count => {
            let what = format!("{count} paths");
            copy(app, &what, paths.join("\n"))
        }
    }
}

/// What was found out: the finding under the cursor, else all of them with the summary.
pub fn finding(app: &mut App) -> Vec<Effect> {
    let Some(row) = app.current() else {
        return Vec::new();
    };
    let Some(reading) = &row.reading else {
        return nothing(app, "this one is not read yet");
    };
    let comparison = &reading.comparison;
    let under = app.sheet.get(app.detail.cursor).and_then(|line| line.fold);
    let chosen = match under {
        Some(Fold::Finding(number)) if app.half == super::face::Half::Detail => {
            comparison.findings.get(number)
        }
        _ => None,
    };
    let mut words = format!("{}: ", text::path(&row.path));
    if let Some(finding) = chosen {
        words.push_str(&told(finding));
    } else {
        words.push_str(&comparison.summary);
        for finding in &comparison.findings {
            let _ = write!(words, "\n- {}", told(finding));
        }
        if let Some(fix) = comparison.fix.as_ref().filter(|f| !f.command.is_empty()) {
            let _ = write!(words, "\nfix: {}", fix.command);
        }
    }
    let words = words
        .lines()
        .map(text::clean)
        .collect::<Vec<_>>()
        .join("\n");
    copy(app, "finding", words)
}

fn told(finding: &Finding) -> String {
    let stage = match finding.stage {
        Stage::Load => "at load",
        Stage::Predict => "at predict",
        Stage::Values => "in the values",
        Stage::Trust => "in what runs",
    };
    let perhaps = if finding.certain { "" } else { "perhaps " };
    let mut words = format!("{perhaps}{stage}: ");
    if let Some(exception) = &finding.exception {
        let _ = write!(words, "{exception}: ");
    }
    words.push_str(&finding.message);
    if let Some(fix) = &finding.fix {
        let _ = write!(words, " (fix: {fix})");
    }
    let _ = write!(words, " [{}]", finding.rule);
    words
}

fn command(app: &App, part: fn(&Fix) -> Option<String>) -> Option<String> {
    let reading = app.current()?.reading.as_ref()?;
    let command = part(reading.comparison.fix.as_ref()?)?;
    Some(command).filter(|command| !command.is_empty())
}

fn nothing(app: &mut App, words: &str) -> Vec<Effect> {
    app.say(Role::Warning, words);
    Vec::new()
}

fn copy(app: &mut App, what: &str, copied: String) -> Vec<Effect> {
    // Whether the terminal took it, nobody tells: say what was done and no more.
    let shown = copied.replace('\n', " ");
    let words = format!("{what} {}: {shown}", app.clipboard.words());
    app.say(Role::Good, words);
    vec![Effect::Copy(copied)]
}
