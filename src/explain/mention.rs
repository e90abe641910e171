//! File names that occur in a text, and whether one of them is an artifact's.

use std::path::Path;

use crate::shelf;

/// The most names that are kept.
const NAMES: usize = 256;
/// The most characters of a name.
const LONG: usize = 400;
/// Endings of what stands in tracebacks and is no model.
const CODE: [&str; 6] = ["py", "so", "pyx", "pyd", "ipynb", "pxd"];

/// What may be the names of models in some lines, once each.
pub(super) fn files<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in lines {
        for word in words(line) {
            let word = word.replace('\\', "/");
            if is_model(&word) && !found.contains(&word) {
                found.push(word);
            }
            if found.len() == NAMES {
                return found;
            }
        }
    }
    found
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let quote = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '(' | ')' | '[' | ']' | ',' | '=' | '<' | '>' | ';' | '|' | '`'
            )
    };
    line.split(quote)
        .map(|word| word.trim_end_matches([':', '.', '!', '?']))
        .filter(|word| word.len() > 2 && word.len() < LONG)
}

fn is_model(word: &str) -> bool {
    if word.contains("://") && !word.starts_with("file://") {
        return false;
    }
    let path = Path::new(word);
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    let code = ending.is_some_and(|ending| CODE.contains(&&*ending));
    let inside = word.contains("/site-packages/") || word.contains("/lib/python");
    // A call such as `pickle.load` or a module such as `joblib.pkl` is told from a file by nothing
    // but its ending.
    !code
        && !inside
        && (shelf::has_model_name(path) || (word.contains('/') && !word.ends_with('/')))
}

/// How many of the last components of `path` stand in one of `files`, one after the other. A single
/// one counts only when it has the ending of a model: many folders are called `model`.
pub(super) fn named(path: &Path, files: &[String]) -> usize {
    let counts = files.iter().map(|file| {
        let file = Path::new(file);
        // The traceback may name a file inside of a model folder.
        common(path, file).max(file.parent().map_or(0, |folder| common(path, folder)))
    });
    let most = counts.max().unwrap_or(0);
    if most == 1 && !shelf::has_model_name(path) {
        0
    } else {
        most
    }
}

fn common(path: &Path, file: &Path) -> usize {
    let pairs = path.components().rev().zip(file.components().rev());
    pairs.take_while(|(a, b)| a == b).count()
}

/// Paths in quotes inside a message: `<module 'm' from '/…/m.py'>`.
pub(super) fn quoted(message: &str) -> impl Iterator<Item = &str> {
    let quoted = message.split(['\'', '"']).take(512);
    quoted.filter(|word| word.contains(['/', '\\']) && word.len() < LONG)
}
