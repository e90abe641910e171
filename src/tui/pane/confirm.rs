//! The question before a file is loaded by Python, which runs what the file holds.

use super::file::{trust_role, trust_words, use_word};
use crate::manifest::Role as Use;
use crate::text;
use crate::tui::app::App;
use crate::tui::sheet::{SheetLine, labelled, paragraph};
use crate::tui::theme::Role;

/// How wide the box is at most, borders included.
pub const WIDTH: u16 = 84;
/// Names beyond this many are counted; the file face has them all.
const NAMES: usize = 8;
const GAP: usize = 12;

/// The lines of the box, the most telling first: the smallest screen cuts the rest.
pub fn lines(app: &App, number: usize, width: usize, height: usize) -> Vec<SheetLine> {
    let Some((row, reading)) = app
        .rows
        .get(number)
        .and_then(|r| Some((r, r.reading.as_deref()?)))
    else {
        return Vec::new();
    };
    let trial = app.trials.get(&number);
    let sandbox = trial.and_then(|trial| trial.sandbox.as_ref());
    let rights = match sandbox.map(|sandbox| sandbox.word()) {
        Some("sandboxed") => "in a sandbox",
        Some("partly sandboxed") => "partly sandboxed",
        _ => "with your rights",
    };
    let words = format!(
        "loading runs what the file holds, {rights}. run it? y runs it, any other key does not"
    );
    let mut lines = paragraph(Role::Warning, &words, 0, width);
    lines.extend(labelled(
        "file",
        Role::Strong,
        &text::path(&row.path),
        GAP,
        width,
    ));
    let interpreter = app
        .environment()
        .and_then(|live| live.interpreter.as_deref());
    let interpreter = interpreter.map_or_else(|| "none".to_owned(), text::path);
    lines.extend(labelled(
        "interpreter",
        Role::Text,
        &interpreter,
        GAP,
        width,
    ));
    if let Some(trust) = &reading.trust {
        let words = trust_words(&trust.word);
        lines.extend(labelled(
            "trust",
            trust_role(&trust.word),
            &words,
            GAP,
            width,
        ));
    }
    let mut terms = Vec::new();
    if let Some(sandbox) = sandbox {
        let whole = sandbox.word() == "sandboxed";
        let role = if whole { Role::Text } else { Role::Warning };
        terms = labelled("sandbox", role, &sandbox.sentence(), GAP, width);
    }
    let mut names: Vec<(&str, String)> = Vec::new();
    if let Some(trust) = &reading.trust {
        let listed = trust.names.iter();
        names.extend(listed.map(|name| (trust.word.as_str(), name.clone())));
    }
    for role in [Use::Call, Use::Construct] {
        let with_role = reading
            .manifest
            .names
            .iter()
            .filter(|name| name.role == role);
        for name in with_role {
            let dotted = format!("{}.{}", name.module, name.name);
            let known = reading.trust.as_ref();
            if !known.is_some_and(|trust| trust.names.contains(&dotted)) {
                names.push((use_word(role), dotted));
            }
        }
    }
    let count = names.len();
    // The last lines are for the count of the others, the terms and the digest.
    let taken = lines.len() + terms.len() + 2;
    let room = height.saturating_sub(taken).clamp(1, NAMES);
    for (label, name) in names.iter().take(room) {
        lines.extend(
            labelled(label, Role::Text, name, GAP, width)
                .into_iter()
                .take(1),
        );
    }
    if count > room {
        let words = format!("and {} more on the file face (4)", count - room);
        lines.extend(paragraph(Role::Dim, &words, GAP, width));
    }
    lines.extend(terms);
    if let Some(sha256) = trial.and_then(|trial| trial.sha256.as_deref()) {
        lines.extend(labelled("sha256", Role::Dim, sha256, GAP, width));
    }
    lines
}
