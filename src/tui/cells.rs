//! Text measured in terminal cells: cut, pad and wrap by display width, not by characters.
//!
//! Everything that leaves here is clean (see [`crate::text::clean`]) and never wider than asked.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text;

/// How many cells `text` takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` cleaned and cut at the end to at most `cells`, with `…` in the place of what was cut.
pub fn cut(text: &str, cells: usize) -> String {
    let text = text::clean(text);
    if width(&text) <= cells {
        return text.into_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut kept = head(&text, cells - 1).to_owned();
    kept.push('…');
    kept
}

/// `text` cleaned and cut at the start to at most `cells`: the end of a path tells more.
pub fn cut_start(text: &str, cells: usize) -> String {
    let text = text::clean(text);
    if width(&text) <= cells {
        return text.into_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut from = text.len();
    for (at, _) in text.char_indices().rev() {
        // A mark that combines with the character before it must not come first.
        if text[at..].chars().next().and_then(UnicodeWidthChar::width) == Some(0) {
            continue;
        }
        if width(&text[at..]) > cells - 1 {
            break;
        }
        from = at;
    }
    format!("…{}", &text[from..])
}

/// [`cut`], then padded with spaces to exactly `cells`.
pub fn fit(text: &str, cells: usize) -> String {
    pad(cut(text, cells), cells)
}

/// [`cut_start`], then padded with spaces to exactly `cells`.
pub fn fit_start(text: &str, cells: usize) -> String {
    pad(cut_start(text, cells), cells)
}

/// `text` cleaned and broken into lines of at most `cells`, at spaces where there are some.
/// At least one line; never an endless number: at most 200.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    const MOST: usize = 200;
    let text = text::clean(text);
    let mut lines = Vec::new();
    let mut rest = text.trim_end();
    while cells > 0 && width(rest) > cells && lines.len() < MOST {
        let fits = head(rest, cells);
        // One wide character in one cell: give it up, since nothing will ever fit.
        if fits.is_empty() {
            break;
        }
        let at = if rest[fits.len()..].starts_with(' ') {
            fits.len()
        } else {
            fits.rfind(' ').filter(|at| *at > 0).unwrap_or(fits.len())
        };
        lines.push(rest[..at].trim_end().to_owned());
        rest = rest[at..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(cut(rest, cells));
    }
    lines
}

/// The longest head of `text` that takes at most `cells`.
fn head(text: &str, cells: usize) -> &str {
    let mut end = 0;
    let mut sum = 0;
    for (at, c) in text.char_indices() {
        sum += c.width().unwrap_or(0);
        if sum > cells {
            break;
        }
        end = at + c.len_utf8();
    }
    // Sequences can be wider than the sum of their characters (a heart with an emoji selector).
    while width(&text[..end]) > cells {
        end = text[..end]
            .char_indices()
            .next_back()
            .map_or(0, |(at, _)| at);
    }
    &text[..end]
}

fn pad(mut text: String, cells: usize) -> String {
    let missing = cells.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// A bar of ten cells and the percentage, in at most 15 cells.
pub fn bar(done: u64, all: u64) -> String {
    let percent = (u128::from(done.min(all)) * 100 / u128::from(all.max(1))) as usize;
    let full = percent / 10;
    format!("{}{} {percent} %", "█".repeat(full), "░".repeat(10 - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_are_counted_in_cells() {
        assert_eq!(fit("模型模型", 5), "模型…");
        assert_eq!(fit("模型", 6), "模型  ");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cut_start("models/模型.pkl", 7), "….pkl".replace('.', "型."));
        assert_eq!(fit("a\x1b[31mb", 8), "a\u{fffd}[31mb ");
    }

    #[test]
    fn lines_break_at_spaces_and_never_run_over() {
        assert_eq!(wrap("no module named x", 9), ["no module", "named x"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
        for cells in 0..12 {
            for line in wrap("模型 is no ❤\u{fe0f} model, e\u{301}!", cells) {
                assert!(width(&line) <= cells, "{line:?} in {cells}");
            }
        }
    }
}
