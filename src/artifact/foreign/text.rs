//! Texts in the place of a model: web pages, error messages, pickles that were turned into text.

use super::{AGAIN, DOWNLOAD, foreign};
use crate::artifact::Unreadable;
use crate::source::PROBE;
use crate::text;

/// Characters of a message that a reason repeats.
const MESSAGE: usize = 80;

/// Fields of a JSON error body that hold its message.
const MESSAGES: [&str; 9] = [
    "message",
    "error",
    "detail",
    "errors",
    "error_code",
    "errorCode",
    "errorMessage",
    "error_message",
    "exception",
];

/// Words of stores and proxies that answer with one line in place of the file.
const REFUSALS: [&str; 10] = [
    "not found",
    "access denied",
    "forbidden",
    "unauthorized",
    "invalid username",
    "invalid credentials",
    "rate limit",
    "expired",
    "bad gateway",
    "internal server error",
];

/// Binary pickles that somebody read or wrote as text.
pub(super) fn mangled(head: &[u8]) -> Option<Unreadable> {
    match head {
        // The first byte, 0x80, as a character of its own.
        [0xc2, 0x80, 2..=5, ..] => Some(foreign(
            "a pickle whose bytes were turned into UTF-8, as a file opened as text is",
            Some("iconv -f UTF-8 -t LATIN1 turns it back; it was written or copied as text"),
        )),
        // What stands for a byte that is no character: which one it was is lost.
        [0xef, 0xbf, 0xbd, 2..=5, ..] => Some(foreign(
            "a pickle that was copied as text: bytes that are no characters were replaced, and cannot be restored",
            Some("copy or download it again in binary mode"),
        )),
        _ => None,
    }
}

/// HTML and XML.
pub(super) fn markup(head: &[u8]) -> Option<Unreadable> {
    let narrow = narrowed(head);
    let trimmed = trim(&narrow);
    if !trimmed.starts_with(b"<") {
        return None;
    }
    let lower = trimmed.to_ascii_lowercase();
    // `<head` also begins `<header>`, which is no page.
    let has = |word: &[u8]| {
        memchr::memmem::find_iter(&lower, word).any(|at| {
            let next = lower.get(at + word.len());
            next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
        })
    };
    let within = |open: &str, close: &str| {
        let from = memchr::memmem::find(&lower, open.as_bytes())? + open.len();
        let len = memchr::memmem::find(lower.get(from..)?, close.as_bytes())?;
        let words = String::from_utf8_lossy(trimmed.get(from..from + len)?).into_owned();
        let words: Vec<&str> = words.split_whitespace().collect();
        (!words.is_empty()).then(|| text::short(&words.join(" "), MESSAGE))
    };
    let is_page = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<script",
        "<title",
    ];
    if is_page.iter().any(|word| has(word.as_bytes())) {
        let title = within("<title>", "</title>").map(|title| format!(", titled `{title}`"));
        return Some(foreign(
            format!(
                "an HTML page{} (a login or error page saved in place of the model)",
                title.unwrap_or_default()
            ),
            Some(DOWNLOAD),
        ));
    }
    if has(b"<error") || has(b"accessdenied") || has(b"nosuchkey") {
        let code = within("<code>", "</code>").map(|code| format!(", {code},"));
        return Some(foreign(
            format!(
                "an XML error message{} of a storage service in place of the model",
                code.unwrap_or_default()
            ),
            Some(DOWNLOAD),
        ));
    }
    lower
        .starts_with(b"<?xml")
        .then(|| foreign("an XML document", None))
}

/// JSON that is no model.
pub(super) fn json(head: &[u8]) -> Option<Unreadable> {
    let trimmed = trim(head);
    let next = trim(trimmed.get(1..)?);
    let has = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    match trimmed[0] {
        b'{' if matches!(next.first(), Some(b'"' | b'}')) => {}
        b'[' if matches!(
            next.first(),
            Some(b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9')
        ) => {}
        _ => return None,
    }
    if has("\"tree_info\"") {
        return Some(foreign(
            "a LightGBM dump (JSON), which cannot be loaded back",
            Some("save the model with booster.save_model"),
        ));
    }
    if has("\"nbformat\"") || has("\"cells\"") {
        return Some(foreign("a Jupyter notebook", None));
    }
    if head.len() < PROBE
        && let Some(message) = message(trimmed)
    {
        return Some(foreign(
            format!("JSON, by its fields an error message in place of the model{message}"),
            Some(DOWNLOAD),
        ));
    }
    Some(foreign("JSON data", None))
}

/// What an error body says; its fields are those of an error although its words may be nowhere.
fn message(body: &[u8]) -> Option<String> {
    let parsed: serde_json::Value = serde_json::from_slice(body).ok()?;
    let found = MESSAGES
        .iter()
        .find_map(|field| Some((field, parsed.get(field)?)))?;
    // `detail` and the like occur in ordinary data: an error body is a handful of words.
    let short = parsed.as_object().is_some_and(|fields| fields.len() <= 8);
    let mut value = found.1;
    for _ in 0..3 {
        value = match value {
            serde_json::Value::Array(items) => items.first()?,
            serde_json::Value::Object(fields) => {
                match MESSAGES.iter().find_map(|field| fields.get(*field)) {
                    Some(inner) => inner,
                    None => break,
                }
            }
            _ => break,
        };
    }
    short.then(|| match value.as_str() {
        Some(words) => format!(": `{}`", text::short(words, MESSAGE)),
        None => String::new(),
    })
}

/// Pickles written as text: base64, or the `repr` of Python bytes.
pub(super) fn encoded(head: &[u8]) -> Option<Unreadable> {
    let start = trim(head);
    let quoted = start
        .strip_prefix(b"b'")
        .or_else(|| start.strip_prefix(b"b\""));
    if quoted.is_some_and(|rest| rest.starts_with(b"\\x80\\x0")) {
        return Some(foreign(
            "a pickle printed as Python bytes (b'\\x80…')",
            Some("turn it back with ast.literal_eval and write the bytes in mode 'wb'"),
        ));
    }
    // 0x80 and a protocol number of 2 to 5; a gzip file.
    let pickled = [&b"gAJ"[..], b"gAN", b"gAS", b"gAW", b"H4sI"];
    let line = start.get(..60).unwrap_or(start);
    let digits = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\n-_".contains(byte);
    if pickled.iter().any(|begin| start.starts_with(begin))
        && line.len() >= 8
        && line.iter().all(digits)
    {
        return Some(foreign(
            "a pickle as base64 text",
            Some("base64 -d FILE > model.pkl turns it back"),
        ));
    }
    None
}

/// Text that is nothing else.
pub(super) fn plain(head: &[u8]) -> Option<Unreadable> {
    let head = narrowed(head);
    let text = match std::str::from_utf8(&head) {
        Ok(text) => text,
        // A character may be cut at the end of the probe.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}');
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    let first = text.trim_start().lines().next().unwrap_or_default();
    if first.is_empty() {
        return Some(foreign("blanks and line ends only", Some(AGAIN)));
    }
    if ["import ", "from ", "def ", "class "]
        .iter()
        .any(|word| first.starts_with(word))
    {
        return Some(foreign("Python source code", None));
    }
    let lower = text.trim().to_lowercase();
    if lower.len() <= 400 && REFUSALS.iter().any(|word| lower.contains(word)) {
        return Some(foreign(
            format!(
                "an error message in place of the model: `{}`",
                text::short(first, MESSAGE)
            ),
            Some(DOWNLOAD),
        ));
    }
    if first.contains(',') && text.lines().take(3).all(|line| line.contains(',')) {
        return Some(foreign("a table as text (CSV)", None));
    }
    Some(foreign(
        format!("plain text: `{}`", text::short(first, MESSAGE)),
        None,
    ))
}

/// Text of two bytes a character, as Windows writes it, as one of single bytes; other bytes stay.
fn narrowed(head: &[u8]) -> Vec<u8> {
    let low = match head {
        [0xff, 0xfe, ..] => 0,
        [0xfe, 0xff, ..] => 1,
        _ => return head.to_vec(),
    };
    head[2..]
        .chunks_exact(2)
        .map(|pair| if pair[1 - low] == 0 { pair[low] } else { b'?' })
        .collect()
}

fn trim(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use super::super::identify;
    use super::*;

    #[test]
    fn pages_and_messages_are_told_with_their_words() {
        let cases: &[(&[u8], &str)] = &[
            (b"<!DOCTYPE html><html>", "an HTML page (a login"),
            (b"\n  <html lang=en>", "an HTML page (a login"),
            (
                b"\xef\xbb\xbf<!-- saved -->\n<head><title>Sign in\n to x</title>",
                "an HTML page, titled `Sign in to x` (a login",
            ),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "an HTML page"),
            (
                b"<?xml version='1.0'?><a><header>1</header></a>",
                "an XML document",
            ),
            (
                b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>",
                "an XML error message, AccessDenied, of a storage",
            ),
            (b"[1, 2]", "JSON data"),
            (b"{ \"cells\": []}", "a Jupyter notebook"),
            (
                b"{\"detail\":\"Not Found\"}",
                "JSON, by its fields an error message in place of the model: `Not Found`",
            ),
            (
                b"{\"error\":{\"code\":404,\"message\":\"no such key\"}}",
                "JSON, by its fields an error message in place of the model: `no such key`",
            ),
            (b"gASVHwAAAAAAAAB9lIwBYZRLAXMu", "a pickle as base64"),
            (b"b'\\x80\\x04\\x95'", "a pickle printed as Python bytes"),
            (b"\xc2\x80\x04\xc2\x95", "a pickle whose bytes were turned"),
            (
                b"\xef\xbf\xbd\x04\xef\xbf\xbd",
                "a pickle that was copied as text",
            ),
        ];
        for (head, what) in cases {
            let found = identify(head).expect(what).reason;
            assert!(found.starts_with(what), "{found} is not {what}");
        }
    }

    #[test]
    fn what_is_left_is_text() {
        let what = |head: &[u8]| plain(head).unwrap().reason;
        assert_eq!(what(b"hello\n"), "plain text: `hello`");
        assert_eq!(what(b"a,b\n1,2\n3,4\n"), "a table as text (CSV)");
        assert_eq!(what(&"caf\u{e9}".as_bytes()[..4]), "plain text: `caf`");
        assert_eq!(
            what(b"404: Not Found"),
            "an error message in place of the model: `404: Not Found`"
        );
        assert_eq!(what(b" \n\n"), "blanks and line ends only");
        assert_eq!(plain(b"\x01\x02"), None);
    }
}
