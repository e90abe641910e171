//! Tidy lines to exceptions and frames: tracebacks of Python and of notebooks, chains, groups,
//! printed warnings, the interpreter's last words, and bare messages.

use super::mention;
use super::place;
use super::tidy::{HEAD, tidy};
use super::types::{Frame, Link, Raised, Trace};

/// The most exceptions that are kept, the last ones.
const RAISED: usize = 64;
/// The most frames of one exception that are kept, the last ones.
const FRAMES: usize = 200;
/// The most lines of one message.
const MESSAGE: usize = 40;

const DURING: &str = "During handling of the above exception, another exception occurred:";
const FROM: &str = "The above exception was the direct cause of the following exception:";
const FATAL: &str = "Fatal Python error: ";

/// What an exception's class is called when a message stands alone.
const ENDINGS: [&str; 9] = [
    "Error",
    "Exception",
    "Warning",
    "Interrupt",
    "Exit",
    "ExceptionGroup",
    "Iteration",
    "Found",
    "Timeout",
];

/// Reads a text: a traceback with whatever stands around it, or a bare message.
pub fn parse(text: &str) -> Trace {
    let (lines, cut) = tidy(text);
    let mut raised = tracebacks(&lines);
    if raised.is_empty() {
        raised.extend(bare(&lines));
    }
    raised.drain(..raised.len().saturating_sub(RAISED));
    let paths = raised.iter().flat_map(|raised| {
        let files = raised.frames.iter().map(|frame| frame.file.as_str());
        files.chain(mention::quoted(&raised.message))
    });
    let noted = lines.iter().filter_map(|line| noted_file(line));
    let origin = place::origin(paths.chain(noted));
    Trace {
        files: mention::files(
            lines
                .iter()
                .map(String::as_str)
                .filter(|l| frame(l).is_none()),
        ),
        raised,
        origin,
        cut,
    }
}

/// Whether a text is a traceback beyond doubt, so that nobody needs to say what it is.
pub fn reads_like_one(text: &str) -> bool {
    text.contains(HEAD)
}

/// Every exception that stands below a traceback, and every printed warning.
fn tracebacks(lines: &[String]) -> Vec<Raised> {
    let mut found: Vec<Raised> = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    let mut open = false;
    let mut link = Link::None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        match line.trim() {
            DURING => (link, open) = (Link::During, false),
            FROM => (link, open) = (Link::From, false),
            "+-" => {
                if open || !found.is_empty() {
                    link = Link::Member;
                }
                frames.clear();
                open = false;
            }
            trimmed if trimmed.contains(HEAD) => {
                frames.clear();
                open = true;
            }
            trimmed => {
                if let Some(frame) = frame(line) {
                    frames.push(frame);
                    if frames.len() > 2 * FRAMES {
                        frames.drain(..FRAMES);
                    }
                    open = true;
                } else if let Some(words) = trimmed.strip_prefix(FATAL) {
                    found.push(Raised {
                        exception: FATAL.trim_end_matches([':', ' ']).into(),
                        message: words.into(),
                        ..Raised::default()
                    });
                } else if let Some((file, line, class, message)) = warning(trimmed) {
                    found.push(Raised {
                        exception: class.into(),
                        message: message.into(),
                        frames: vec![Frame {
                            file: file.into(),
                            line: Some(line),
                            function: String::new(),
                        }],
                        link: Link::None,
                        warning: true,
                    });
                } else if open && let Some((class, first)) = exception(line) {
                    let (message, next) = message(first, lines, at);
                    at = next;
                    frames.drain(..frames.len().saturating_sub(FRAMES));
                    found.push(Raised {
                        exception: class.into(),
                        message,
                        frames: std::mem::take(&mut frames),
                        link: std::mem::take(&mut link),
                        warning: false,
                    });
                    open = false;
                }
            }
        }
        if found.len() > 4 * RAISED {
            found.drain(..RAISED);
        }
    }
    found
}

/// The message that begins with `first`, and the line behind it.
fn message(first: &str, lines: &[String], mut at: usize) -> (String, usize) {
    let mut message = first.to_owned();
    for line in lines.iter().skip(at).take(MESSAGE) {
        let ends = line.trim().is_empty()
            || line.trim() == "+-"
            || line.contains(HEAD)
            || matches!(line.trim(), DURING | FROM)
            || is_log(line)
            || frame(line).is_some()
            || warning(line.trim()).is_some();
        if ends {
            break;
        }
        message.push('\n');
        message.push_str(line);
        at += 1;
    }
    (message, at)
}

/// A bare message: the last line that begins with an exception's class, wherever in it, with the
/// lines behind it; else all that there is.
fn bare(lines: &[String]) -> Option<Raised> {
    let mut found = None;
    for (number, line) in lines.iter().enumerate() {
        let inside = starts(line).find_map(|start| {
            let (class, message) = exception(&line[start..])?;
            let named = ENDINGS.iter().any(|ending| class.ends_with(ending));
            named.then_some((class, message))
        });
        if let Some(inside) = inside {
            found = Some((number, inside));
        }
    }
    if let Some((number, (class, first))) = found {
        let (message, _) = message(first, lines, number + 1);
        return Some(Raised {
            exception: class.into(),
            message,
            warning: class.ends_with("Warning"),
            ..Raised::default()
        });
    }
    let words: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let first = words.iter().position(|line| !line.is_empty())?;
    let kept: Vec<&str> = words[first..].iter().take(MESSAGE).copied().collect();
    Some(Raised {
        message: kept.join("\n").trim_end().to_owned(),
        ..Raised::default()
    })
}

/// Where words of a line begin.
fn starts(line: &str) -> impl Iterator<Item = usize> {
    let blanks = line.match_indices(' ').map(|(at, _)| at + 1);
    std::iter::once(0).chain(blanks).take(64)
}

/// `Class: message` or `Class`, at the very start.
fn exception(line: &str) -> Option<(&str, &str)> {
    let end = line
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '<' | '>')))
        .unwrap_or(line.len());
    let class = &line[..end];
    let begins = class.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if !begins || class.ends_with('.') || class.contains("..") {
        return None;
    }
    match &line[end..] {
        "" => Some((class, "")),
        rest => Some((class, rest.strip_prefix(':')?.trim_start())),
    }
}

/// `/…/base.py:376: InconsistentVersionWarning: Trying …`
fn warning(line: &str) -> Option<(&str, u32, &str, &str)> {
    let (at, _) = line.match_indices(": ").find(|(at, _)| {
        let number = line[..*at].rsplit(':').next().unwrap_or_default();
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    })?;
    let (file, number) = line[..at].rsplit_once(':')?;
    let (class, message) = exception(&line[at + 2..])?;
    let told = class.ends_with("Warning") && !file.is_empty();
    told.then_some((file, number.parse().ok()?, class, message))
}

/// A frame, in any of the ways in which Python, its crash handler and notebooks write them.
fn frame(line: &str) -> Option<Frame> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("File \"") {
        let (file, rest) = rest.split_once('"')?;
        let rest = rest.strip_prefix(", line ")?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let function = rest[digits..]
            .split_once("in ")
            .map_or("", |(_, name)| name);
        return Some(made(file, rest[..digits].parse().ok(), function));
    }
    if let Some(rest) = line.strip_prefix("File ") {
        let (place, function) = rest.split_once(", in ")?;
        let (file, number) = place.rsplit_once(':')?;
        return Some(made(file, Some(number.parse().ok()?), function));
    }
    if let Some(rest) = line
        .strip_prefix("Cell In")
        .or_else(|| line.strip_prefix("Input In"))
    {
        let (cell, rest) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
        let line = rest.strip_prefix(", line ").and_then(|n| n.parse().ok());
        return Some(made(&format!("In[{cell}]"), line, ""));
    }
    // `/…/numpy_pickle.py in load(filename)`, `/…/numpy_pickle.py:658 in load`
    let (place, function) = line.split_once(" in ")?;
    if place.contains(' ') {
        return None;
    }
    let (file, number) = match place.rsplit_once(':') {
        Some((file, number)) if number.parse::<u32>().is_ok() => (file, number.parse().ok()),
        _ => (place, None),
    };
    let ending = std::path::Path::new(file).extension();
    let is_file = ending.is_some_and(|ending| ending == "py") || file.starts_with("<ipython-input");
    is_file.then(|| made(file, number, function))
}

fn made(file: &str, line: Option<u32>, function: &str) -> Frame {
    let end = function.find('(').unwrap_or(function.len());
    Frame {
        file: file.to_owned(),
        line,
        function: function[..end].trim().to_owned(),
    }
}

/// The file of a frame or of a warning, whatever becomes of the exception that it belongs to.
fn noted_file(line: &str) -> Option<&str> {
    let trimmed = line.trim();
    if let Some(rest) = trimmed.strip_prefix("File \"") {
        return rest.split('"').next();
    }
    warning(trimmed).map(|(file, ..)| file)
}

/// Whether a line is another record of a log, or a shell's prompt.
fn is_log(line: &str) -> bool {
    const LEVELS: [&str; 7] = [
        "INFO", "ERROR", "WARNING", "WARN", "DEBUG", "CRITICAL", "FATAL",
    ];
    let line = line.strip_prefix('[').unwrap_or(line);
    let bytes = line.as_bytes();
    let digits = |from: usize, count: usize| {
        let part = bytes.get(from..from + count);
        part.is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let dated = digits(0, 4) && bytes.get(4) == Some(&b'-') && digits(5, 2);
    let timed = digits(0, 2) && bytes.get(2) == Some(&b':') && digits(3, 2);
    let level = LEVELS.iter().any(|level| {
        let rest = line.strip_prefix(level);
        rest.is_some_and(|rest| rest.starts_with([':', ' ', ']']))
    });
    let prompt = line.starts_with(">>> ") || line.starts_with("$ ");
    dated || timed || level || prompt
}
