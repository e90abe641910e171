//! What Python calls a letter, a digit and a space: `str.isalnum`, `str.isspace`, and with them
//! `\w`, `\d` and `\s` of its `re`.
//!
//! Characters that Unicode got after a Python's release are told as today's Unicode has them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// The zeros of all decimal digits (category Nd of Unicode 15.1, where ten always stand together).
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80,
    0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50,
    0xabf0, 0xff10, 0x1_04a0, 0x1_0d30, 0x1_1066, 0x1_10f0, 0x1_1136, 0x1_11d0, 0x1_12f0,
    0x1_1450, 0x1_14d0, 0x1_1650, 0x1_16c0, 0x1_1730, 0x1_18e0, 0x1_1950, 0x1_1c50, 0x1_1d50,
    0x1_1da0, 0x1_1f50, 0x1_6a60, 0x1_6ac0, 0x1_6b50, 0x1_d7ce, 0x1_d7d8, 0x1_d7e2, 0x1_d7ec,
    0x1_d7f6, 0x1_e140, 0x1_e2f0, 0x1_e4f0, 0x1_e950, 0x1_fbf0,
];

/// `\w`: letters and numbers of any script, and the underscore. Marks are none, so that words of
/// Indic scripts fall apart at their vowel signs, in Python as here.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    // Circled and squared letters count as letters in Rust and as symbols in Python.
    let circled = matches!(
        u32::from(c),
        0x24b6..=0x24e9 | 0x1_f130..=0x1_f149 | 0x1_f150..=0x1_f169 | 0x1_f170..=0x1_f189
    );
    c.is_alphanumeric() && !circled && !is_combining_mark(c)
}

/// `\d`: decimal digits of any script.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_digit();
    }
    let code = u32::from(c);
    let next = ZEROS.partition_point(|zero| *zero <= code);
    next > 0 && code - ZEROS[next - 1] < 10
}

/// `\s`: spaces, which are separators of information too (0x1c to 0x1f).
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Decomposed by compatibility, without what combines.
pub fn without_accents(text: &str) -> String {
    text.nfkd()
        .filter(|c| canonical_combining_class(*c) == 0)
        .collect()
}

/// Decomposed by compatibility, ASCII alone.
pub fn ascii_alone(text: &str) -> String {
    text.nfkd().filter(char::is_ascii).collect()
}

/// Decomposed by compatibility.
pub fn decomposed(text: &str) -> String {
    text.nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_python() {
        // What `re.findall(r"\w", …)`, `\d` and `\s` of Python 3.13 find.
        let text = "aé_9²Ⅷ中ノ〇٣\u{301}\u{93f}Ⓐ🄰😀-\u{a0}\u{1d}\u{200b}\u{85}";
        let found = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).collect::<String>();
        assert_eq!(found(is_word), "aé_9²Ⅷ中ノ〇٣");
        assert_eq!(found(is_digit), "9٣");
        assert_eq!(found(is_space), "\u{a0}\u{1d}\u{85}");
        assert_eq!(without_accents("Ünïcode ﬁn Å"), "Unicode fin A");
        assert_eq!(ascii_alone("Ünïcode ﬁn 中 Å"), "Unicode fin  A");
    }
}
