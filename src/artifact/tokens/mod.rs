//! Documents of nested objects and arrays (JSON, UBJSON) as a stream of tokens, and a walk that
//! keeps the few values somebody wants.
//!
//! Boosters are documents of up to gigabytes in which a hundred values tell what the model is.
//! Nothing is built that is not wanted, and nesting costs a list entry, not a stack frame. What the
//! values mean is the caller's affair.

mod json;
mod ubjson;

pub(super) use json::Json;
pub(super) use ubjson::Ubjson;

use std::collections::HashMap;
use std::io;

use super::{Unreadable, UnreadableKind};

/// The deepest nesting.
const DEPTH: usize = 500;
/// Tokens of one document: some gigabytes of numbers.
const MOST_TOKENS: u64 = 1_000_000_000;
/// Bytes of one text that is kept; of longer ones this many.
const TEXT: usize = 256 * 1024;
/// Bytes of all values that are kept.
const KEPT: usize = 16 << 20;
/// Longer paths are nobody's wish.
const PATH: usize = 200;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An object begins.
    Object,
    /// An array begins.
    Array,
    /// The innermost object or array ends.
    Close,
    /// The key of the value that follows.
    Key(String),
    /// A text; only its first bytes when it is very long.
    Text(String),
    /// A number, `true`, `false` or `null`, as JSON spells it.
    Plain(String),
    /// So many elements of the innermost array were passed over.
    Passed(u64),
}

/// Why a document could not be read to its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// It ends early, or the operating system refused.
    Io(io::Error),
    /// The bytes are not the notation.
    Broken(&'static str),
    /// A budget is used up.
    Budget(&'static str),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A notation, read forwards.
pub(super) trait Tokens {
    /// The next token; `None` behind the outermost value.
    fn next(&mut self) -> Result<Option<Token>, Stop>;
    /// How far the reading is.
    fn position(&self) -> u64;
}

/// The values that were wanted, by path.
#[derive(Debug, Default)]
pub(super) struct Picked {
    values: Vec<(String, String)>,
    lengths: HashMap<String, u64>,
}

impl Picked {
    /// The first value at `path`.
    pub(super) fn get(&self, path: &str) -> Option<&str> {
        let found = self.values.iter().find(|(at, _)| at == path);
        found.map(|(_, value)| value.as_str())
    }

    /// Every value at `path`: the elements of an array.
    pub(super) fn all(&self, path: &str) -> Vec<&str> {
        let found = self.values.iter().filter(|(at, _)| at == path);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// How many elements the arrays at `path` have together.
    pub(super) fn length(&self, path: &str) -> Option<u64> {
        self.lengths.get(path).copied()
    }
}

struct Level {
    array: bool,
    /// Where the path of this level ends.
    path: usize,
    wanted: bool,
    elements: u64,
}

/// Reads a document to its end and keeps what `wanted` says yes to. A path is the keys joined by
/// `/`; elements of an array have the path of the array.
pub(super) fn pick(tokens: &mut dyn Tokens, wanted: &dyn Fn(&str) -> bool) -> Result<Picked, Stop> {
    let mut picked = Picked::default();
    let mut levels: Vec<Level> = Vec::new();
    let mut path = String::new();
    let mut kept = 0;
    let mut read = 0_u64;
    while let Some(token) = tokens.next()? {
        read += 1;
        if read > MOST_TOKENS {
            return Err(Stop::Budget("values"));
        }
        if let Some(level) = levels.last_mut().filter(|level| level.array) {
            match token {
                Token::Close => {}
                Token::Passed(count) => level.elements = level.elements.saturating_add(count),
                _ => level.elements = level.elements.saturating_add(1),
            }
        }
        match token {
            Token::Object | Token::Array => {
                let array = token == Token::Array;
                levels.push(Level {
                    array,
                    path: path.len(),
                    wanted: array && path.len() <= PATH && wanted(&path),
                    elements: 0,
                });
            }
            Token::Close => {
                if let Some(level) = levels.pop() {
                    path.truncate(level.path);
                    if level.wanted && picked.lengths.len() < 1000 {
                        let length = picked.lengths.entry(path.clone()).or_default();
                        *length = length.saturating_add(level.elements);
                    }
                }
                leave_member(&levels, &mut path);
            }
            Token::Key(key) => {
                if path.len() <= PATH {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(&key);
                }
            }
            Token::Text(value) | Token::Plain(value) => {
                let keep = match levels.last() {
                    Some(level) if level.array => level.wanted,
                    _ => path.len() <= PATH && wanted(&path),
                };
                if keep {
                    kept += value.len() + path.len() + 48;
                    if kept > KEPT {
                        return Err(Stop::Budget("names and parameters"));
                    }
                    picked.values.push((path.clone(), value));
                }
                leave_member(&levels, &mut path);
            }
            Token::Passed(_) => {}
        }
    }
    Ok(picked)
}

/// Behind the value of a member, the path is that of the object again.
fn leave_member(levels: &[Level], path: &mut String) {
    if let Some(level) = levels.last().filter(|level| !level.array) {
        path.truncate(level.path);
    }
}

/// One sentence for a stop in a document that is called `what` (`the XGBoost model`).
pub(super) fn unreadable(stop: &Stop, what: &str, position: u64) -> Unreadable {
    let again = Some("copy or download it again and compare its size with the original".into());
    let (kind, reason, repair) = match stop {
        Stop::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => (
            UnreadableKind::Truncated,
            format!("{what} ends early, at byte {position}"),
            again,
        ),
        Stop::Io(error) if crate::source::is_over_budget(error) => {
            (UnreadableKind::Budget, error.to_string(), None)
        }
        Stop::Io(error) if error.kind() == io::ErrorKind::InvalidData => (
            UnreadableKind::Damaged,
            format!("the compressed content is damaged near byte {position}: {error}"),
            again,
        ),
        Stop::Io(error) => (
            UnreadableKind::Io,
            format!("reading stopped at byte {position}: {error}"),
            None,
        ),
        Stop::Broken(part) => (
            UnreadableKind::Damaged,
            format!("{what} is damaged: {part} at byte {position} cannot be right"),
            again,
        ),
        Stop::Budget(part) => (
            UnreadableKind::Budget,
            format!("{what} has more {part} than the reading budget allows"),
            None,
        ),
    };
    Unreadable {
        kind,
        reason,
        repair,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Stream;

    fn json(text: &str) -> Result<Picked, Stop> {
        pick(&mut Json::new(Stream::bytes(text.into())), &|path| {
            matches!(path, "a/b" | "a/c" | "d")
        })
    }

    #[test]
    fn wanted_values_are_kept_by_path() {
        let picked = json(
            r#" {"a": {"x": [[1, {"b": 2}]], "b": "k\u00f6ln", "c": [1, -2.5e3, NaN]}, "d": null} "#,
        )
        .unwrap();
        assert_eq!(picked.get("a/b"), Some("köln"));
        assert_eq!(picked.all("a/c"), ["1", "-2.5e3", "NaN"]);
        assert_eq!(picked.length("a/c"), Some(3));
        assert_eq!(picked.get("d"), Some("null"));
        assert_eq!(picked.values.len(), 5);
    }

    #[test]
    fn what_is_no_json_stops_the_walk() {
        for text in [
            "{\"a\" 1}",
            "{1: 2}",
            "[1 2]",
            "[1,]",
            "{\"a\":1,}",
            "[1}",
            "tru",
            "{,}",
            "[\"\x01\"]",
        ] {
            assert!(json(text).is_err(), "{text}");
        }
        for text in ["{\"a\": [1, 2", "{\"a\": \"b", "{", ""] {
            assert!(matches!(json(text), Err(Stop::Io(_))), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(json(&deep), Err(Stop::Budget(_))));
    }

    #[test]
    fn both_ways_of_writing_arrays_are_read() {
        let number = |marker: u8, value: u64| [&[marker][..], &value.to_be_bytes()].concat();
        let mut bytes = b"{".to_vec();
        for (key, value) in [
            (
                b"d",
                [b"[$d#".to_vec(), number(b'L', 100), vec![0; 400]].concat(),
            ),
            (b"a", b"{U\x01cN[#U\x02SU\x01xi\xfe}".to_vec()),
            (b"e", b"{#i\x01i\x01qT".to_vec()),
            (b"f", b"[$U#U\x02\x07\x08".to_vec()),
            (b"g", b"[D\x3f\xf0\0\0\0\0\0\0CxZ]".to_vec()),
        ] {
            bytes.extend(number(b'L', 1));
            bytes.extend(key);
            bytes.extend(value);
        }
        bytes.push(b'}');
        let mut tokens = Ubjson::new(Stream::bytes(bytes.clone()));
        let picked = pick(&mut tokens, &|_| true).unwrap();
        assert_eq!(picked.length("d"), Some(100));
        assert_eq!(picked.all("a/c"), ["x", "-2"]);
        assert_eq!(picked.get("e/q"), Some("true"));
        assert_eq!(picked.all("f"), ["7", "8"]);
        assert_eq!(picked.all("g"), ["1", "x", "null"]);
        for len in 0..bytes.len() {
            let mut tokens = Ubjson::new(Stream::bytes(bytes[..len].to_vec()));
            assert!(pick(&mut tokens, &|_| true).is_err(), "{len}");
        }
    }

    #[test]
    fn declared_counts_cost_nothing() {
        let huge = [
            &b"[$Z#L"[..],
            &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]
        .concat();
        let mut tokens = Ubjson::new(Stream::bytes(huge.clone()));
        let picked = pick(&mut tokens, &|_| true).unwrap();
        assert!(picked.length("").is_some_and(|count| count > 1 << 60));
        // Arrays of arrays are counted together.
        let several = [b"[", &huge[..], &huge, &huge, b"]"].concat();
        let mut tokens = Ubjson::new(Stream::bytes(several));
        let picked = pick(&mut tokens, &|_| true).unwrap();
        assert_eq!(picked.length(""), Some(u64::MAX));
        for bytes in [
            &b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff"[..],
            b"SL\x7f\xff\xff\xff\xff\xff\xff\xff",
        ] {
            let mut tokens = Ubjson::new(Stream::bytes(bytes.to_vec()));
            assert!(pick(&mut tokens, &|_| true).is_err());
        }
        let mut tokens = Ubjson::new(Stream::bytes(
            b"[$[#L\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ));
        assert!(pick(&mut tokens, &|_| true).is_err());
    }
}
