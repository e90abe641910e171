//! Strings from strangers' files, made harmless before anyone shows them.
//!
//! A class name, a column name or a path can hold an escape sequence that moves the cursor or sets
//! the window title. Everything shown passes through [`clean`]. This module shortens and escapes;
//! it does not translate or lay out.

use std::borrow::Cow;
use std::path::Path;

/// `text` without characters that could steer a terminal: controls, line breaks, bidirectional
/// overrides and the other invisible format characters become `�`. Borrowed when nothing changes.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    if text.chars().any(steers) {
        Cow::Owned(
            text.chars()
                .map(|c| if steers(c) { '\u{fffd}' } else { c })
                .collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

/// [`clean`], cut to at most `limit` characters with `…` in the place of what was cut.
pub fn short(text: &str, limit: usize) -> String {
    shortened(text, limit).into_owned()
}

/// [`short`] of a text that is not needed any more.
pub fn shorten(text: String, limit: usize) -> String {
    match shortened(&text, limit) {
        Cow::Borrowed(_) => text,
        Cow::Owned(cut) => cut,
    }
}

/// [`short`], borrowed when nothing changes.
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.len() <= limit || cleaned.chars().count() <= limit {
        return cleaned;
    }
    let mut cut: String = cleaned.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    Cow::Owned(cut)
}

/// A path for display: not-UTF-8 bytes become `�`, controls too.
pub fn path(path: &Path) -> String {
    clean(&path.to_string_lossy()).into_owned()
}

/// A byte count for people, powers of 1024: `812 B`, `47.1 KiB`, `1.2 GiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Whether there is nothing but printable ASCII, as in nearly every name: bytes are quicker to look
/// at than characters.
fn is_plain(text: &str) -> bool {
    // Not stopped at the first that is not: so many are compared at once.
    let other = |found, byte: u8| found | !byte.is_ascii() | byte.is_ascii_control();
    !text.bytes().fold(false, other)
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(clean("a\x1b]0;owned\x07b"), "a\u{fffd}]0;owned\u{fffd}b");
        assert_eq!(clean("evil\u{202e}txt"), "evil\u{fffd}txt");
        assert!(matches!(clean("Café 模型"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(short("abcd", 4), "abcd");
        assert_eq!(bytes(48213), "47.1 KiB");
        assert_eq!(bytes(12), "12 B");
    }
}
