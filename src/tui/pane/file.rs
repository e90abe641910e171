//! The fourth face: the file itself, what loading it would call, files that belong to it.

// Writing into a string cannot fail, so its results are dropped below.
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::manifest::{Relation, Role as Use};
use crate::text;
use crate::tui::app::App;
use crate::tui::row::{Reading, Row, compression_word, format_word, kind_word};
use crate::tui::sheet::{SheetLine, labelled, paragraph};
use crate::tui::theme::Role;

/// Names beyond this many are counted.
const NAMES: usize = 1_000;
const GAP: usize = 10;

/// The lines of the face.
pub fn lines(app: &App, row: &Row, reading: &Reading, width: usize) -> Vec<SheetLine> {
    let card = &reading.card;
    let manifest = &*reading.manifest;
    let mut lines = Vec::new();
    let mut fact = |label: &str, role: Role, value: &str| {
        lines.extend(labelled(label, role, value, GAP, width));
    };
    fact("path (c)", Role::Text, &text::path(&row.path));
    if let Some(inner) = &card.inner {
        fact("inside", Role::Text, &text::path(inner));
    }
    let mut format = format_word(card.format).to_owned();
    if let Some(compression) = card.compression {
        format.push_str(", compressed with ");
        format.push_str(compression_word(compression));
    }
    if let Some(protocol) = manifest.protocol {
        let _ = write!(format, ", pickle protocol {protocol}");
    }
    if card.streams > 1 {
        let _ = write!(format, ", {} streams", card.streams);
    }
    fact("format", Role::Text, &format);
    fact("size", Role::Text, &text::bytes(card.size));
    if let Some(modified) = card.modified.and_then(date) {
        fact("modified", Role::Text, &modified);
    }
    if let Some(unreadable) = &card.unreadable {
        fact("trouble", Role::Foreign, kind_word(unreadable.kind));
        fact("", Role::Text, &unreadable.reason);
    } else {
        let (role, words) = match (&reading.trust, card.executes) {
            (Some(trust), _) => (trust_role(&trust.word), trust_words(&trust.word)),
            (None, true) => (Role::Text, "loading it calls what it names".to_owned()),
            (None, false) => (Role::Good, "inert: the format cannot execute".to_owned()),
        };
        fact("trust", role, &words);
        if let Some(trust) = &reading.trust {
            for name in trust.names.iter().take(NAMES) {
                fact("", trust_role(&trust.word), name);
            }
        }
    }
    called(reading, width, &mut lines);
    siblings(app, reading, width, &mut lines);
    if !manifest.notes.is_empty() {
        lines.push(SheetLine::empty());
        for note in &manifest.notes {
            lines.extend(labelled("note", Role::Text, note, GAP, width));
        }
    }
    lines
}

/// What a trust word means, with the word.
pub fn trust_words(word: &str) -> String {
    let meaning = match word {
        "known" => "only names of listed libraries",
        "unlisted" => "names that are on no list",
        "dangerous" => "would run commands, open files or sockets",
        "inert" => "the format cannot execute",
        _ => return text::short(word, 40),
    };
    format!("{word}: {meaning}")
}

/// The role of a trust word.
pub fn trust_role(word: &str) -> Role {
    match word {
        "dangerous" => Role::Bad,
        "unlisted" => Role::Warning,
        "known" | "inert" => Role::Good,
        _ => Role::Text,
    }
}

/// What loading does with a name.
pub fn use_word(role: Use) -> &'static str {
    match role {
        Use::Call => "calls",
        Use::Construct => "makes",
        Use::Reference => "names",
    }
}

fn called(reading: &Reading, width: usize, lines: &mut Vec<SheetLine>) {
    let names = &reading.manifest.names;
    if names.is_empty() {
        return;
    }
    lines.push(SheetLine::empty());
    let noun = if names.len() == 1 { "name" } else { "names" };
    let heading = format!("loading imports {} {noun}", names.len());
    lines.extend(paragraph(Role::Dim, &heading, 0, width));
    for role in [Use::Call, Use::Construct, Use::Reference] {
        for name in names.iter().filter(|name| name.role == role).take(NAMES) {
            let words = format!("{}.{}", name.module, name.name);
            lines.extend(labelled(use_word(role), Role::Text, &words, GAP, width));
        }
    }
    if names.len() > NAMES {
        lines.push(SheetLine::of(Role::Dim, "… and more"));
    }
}

fn siblings(app: &App, reading: &Reading, width: usize, lines: &mut Vec<SheetLine>) {
    let siblings = &reading.manifest.siblings;
    if siblings.is_empty() {
        return;
    }
    lines.push(SheetLine::empty());
    lines.extend(paragraph(Role::Dim, "files that belong to it", 0, width));
    for sibling in siblings {
        let path = sibling
            .path
            .strip_prefix(&app.root)
            .unwrap_or(&sibling.path);
        let words = format!("{}: {}", text::path(path), sibling.reason);
        let label = match sibling.relation {
            Relation::Prepares => "prepares",
            Relation::Labels => "labels",
            Relation::Columns => "columns",
            Relation::Example => "example",
            Relation::Defines => "defines",
            Relation::Declares => "declares",
        };
        lines.extend(labelled(label, Role::Text, &words, GAP, width));
    }
}

/// `2024-03-01 14:05 UTC`; nothing for times before 1970.
fn date(time: SystemTime) -> Option<String> {
    let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date, in the proleptic Gregorian calendar whose years begin in March.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (rest / 3_600, rest % 3_600 / 60);
    Some(format!(
        "{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn seconds_become_dates() {
        let at = |seconds| date(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_709_301_900), "2024-03-01 14:05 UTC");
    }
}
