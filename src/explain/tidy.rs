//! What stands around a traceback and is not of it: colours, log prefixes, boxes, escapes of JSON.
//! Text in, lines out; what the lines mean is the parser's business.

use std::borrow::Cow;

use crate::text;

/// The most bytes of a text that are read. The exception stands at the end, so the end is kept.
pub const LONGEST: usize = 4 << 20;
/// The most lines, again the last ones.
const LINES: usize = 20_000;
/// The most characters of a line.
const WIDTH: usize = 4096;
/// The most borders before a line: of groups, and of a container's log.
const BORDERS: usize = 4;

/// What every traceback of Python begins with.
pub(super) const HEAD: &str = "Traceback (most recent call last)";

/// The lines of a text without what stands around them, and whether its beginning was left out.
pub(super) fn tidy(text: &str) -> (Vec<String>, bool) {
    let mut start = text.len().saturating_sub(LONGEST);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let mut lines: Vec<String> = Vec::new();
    for line in text[start..].split(['\n', '\r']) {
        if is_escaped(line) {
            let once = unescape(line);
            let twice = if is_escaped(&once) {
                unescape(&once)
            } else {
                once
            };
            lines.extend(twice.split(['\n', '\r']).map(plain));
        } else {
            lines.push(plain(line));
        }
    }
    let cut = start > 0 || lines.len() > LINES;
    lines.drain(..lines.len().saturating_sub(LINES));
    (without_prefixes(lines), cut)
}

/// Whether a line holds several, with their breaks written as escapes.
fn is_escaped(line: &str) -> bool {
    line.contains("\\n  File ")
        || line.contains("\\u001b[")
        || line.contains("\\x1b[")
        || (line.contains(HEAD) && line.contains("\\n"))
}

/// Undoes one level of escapes. In JSON a bare quote ends the text; in a Python literal with single
/// quotes the file names of frames stand in bare quotes.
fn unescape(line: &str) -> String {
    let quotes_end = !line.contains("File \"");
    let mut out = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c == '"' && quotes_end {
            out.push('\n');
            continue;
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') | None => {}
            Some(c @ ('"' | '\'' | '\\' | '/')) => out.push(c),
            Some(kind @ ('u' | 'x')) => {
                let digits = if kind == 'u' { 4 } else { 2 };
                let hex: String = rest.clone().take(digits).collect();
                let code = u32::from_str_radix(&hex, 16).ok();
                let letter = code
                    .filter(|_| hex.len() == digits)
                    .and_then(char::from_u32);
                // `'\x1f'` of a message is text; only the escape character steers colours.
                if let Some(letter) = letter.filter(|l| kind == 'u' || *l == '\x1b') {
                    out.push(letter);
                    rest.nth(digits - 1);
                } else {
                    out.push('\\');
                    out.push(kind);
                }
            }
            Some(c) => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out
}

/// A line without colours, controls and the borders of boxes.
fn plain(line: &str) -> String {
    let line = without_colours(line);
    let line = line.replace('\t', "    ");
    let line = text::clean(line.trim_end());
    let short = match line.char_indices().nth(WIDTH) {
        Some((at, _)) => &line[..at],
        None => &line,
    };
    let boxed = short.trim_start().starts_with(['│', '╭', '╰', '┃']);
    if boxed {
        let inner = short
            .trim_matches(|c: char| matches!(c, '│' | '╭' | '╰' | '╮' | '╯' | '─' | '┃' | ' '));
        return format!("  {inner}");
    }
    short.to_owned()
}

/// Without escape sequences, and without those that lost their escape character on the way.
fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains(['\x1b', '[']) {
        return Cow::Borrowed(line);
    }
    let bytes = line.as_bytes();
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    let mut kept = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            0x1b => escape_length(&bytes[at..]),
            b'[' => colour_length(&bytes[at..]),
            _ => 0,
        };
        if length == 0 {
            at += 1;
            continue;
        }
        out.push_str(&line[kept..at]);
        at += length;
        // A sequence is ASCII as far as it was recognised.
        while !line.is_char_boundary(at) {
            at += 1;
        }
        kept = at;
    }
    out.push_str(&line[kept..]);
    Cow::Owned(out)
}

/// The length of an escape sequence that starts here.
fn escape_length(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => {
            let end = bytes[2..].iter().position(|b| (0x40..=0x7e).contains(b));
            end.map_or(2, |end| end + 3)
        }
        Some(b']') => {
            let end = bytes.iter().position(|b| *b == 0x07);
            end.map_or(2, |end| end + 1)
        }
        Some(_) => 2,
        None => 1,
    }
}

/// The length of `[0;31m` without its escape character; 0 when it is something else.
fn colour_length(bytes: &[u8]) -> usize {
    let digits = bytes[1..].iter().take(16);
    let inner = digits
        .take_while(|b| b.is_ascii_digit() || **b == b';')
        .count();
    if inner > 0 && bytes.get(inner + 1) == Some(&b'm') {
        inner + 2
    } else {
        0
    }
}

/// What a log writes before every line of a traceback, taken away; the borders of exception groups
/// too.
fn without_prefixes(lines: Vec<String>) -> Vec<String> {
    let mut prefix: Option<String> = None;
    let mut tidied = Vec::with_capacity(lines.len());
    for line in lines {
        if let Some(at) = line.find(HEAD) {
            prefix = prefix_of(&line[..at]);
        }
        let rest = prefix.as_deref().and_then(|prefix| behind(prefix, &line));
        tidied.push(ungrouped(rest.unwrap_or(&line)));
    }
    tidied
}

/// The log's part of what stands before the head of a traceback.
fn prefix_of(before: &str) -> Option<String> {
    let before = before.strip_suffix("Exception Group ").unwrap_or(before);
    let bordered = before.trim_end().ends_with(['|', '+']);
    let before = if bordered {
        before.trim_end_matches(['|', '+', ' '])
    } else {
        before
    };
    // `KeyError            Traceback (most recent call last)` is a notebook's head.
    let headed = before.ends_with("   ") && !before.trim_end().contains([' ', ':', ']']);
    (!before.trim().is_empty() && !headed).then(|| before.to_owned())
}

/// What follows `prefix`, where every run of digits may be another one: logs count and tell time.
fn behind<'l>(prefix: &str, line: &'l str) -> Option<&'l str> {
    let mut rest = line;
    let mut wanted = prefix.chars().peekable();
    while let Some(c) = wanted.next() {
        if c.is_ascii_digit() {
            while wanted.next_if(char::is_ascii_digit).is_some() {}
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            if after.len() == rest.len() {
                return None;
            }
            rest = after;
        } else {
            // An empty line of the log lost the blank behind its prefix.
            if rest.is_empty() && c == ' ' {
                continue;
            }
            rest = rest.strip_prefix(c)?;
        }
    }
    Some(rest)
}

/// A line without the border of an exception group, and of the log around it that looks like one;
/// lines between members become `+-`.
fn ungrouped(line: &str) -> String {
    let mut rest = line;
    for _ in 0..BORDERS {
        let trimmed = rest.trim_start();
        if trimmed.starts_with("+-") {
            return "+-".to_owned();
        }
        let headed = trimmed.strip_prefix("+ ");
        if let Some(head) = headed.filter(|rest| rest.contains(HEAD)) {
            return head.to_owned();
        }
        match trimmed.strip_prefix('|') {
            Some(inner) => rest = inner.strip_prefix(' ').unwrap_or(inner),
            None => break,
        }
    }
    rest.to_owned()
}
