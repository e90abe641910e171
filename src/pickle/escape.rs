//! The text encodings of protocol 0: Python 2 string literals and raw-unicode-escape.

/// The bytes of a Python string literal as `STRING` holds it; `None` when the quotes do not match.
pub fn literal(line: &[u8]) -> Option<Vec<u8>> {
    let quote = *line.first()?;
    if line.len() < 2 || !matches!(quote, b'\'' | b'"') || *line.last()? != quote {
        return None;
    }
    let body = &line[1..line.len() - 1];
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next()? {
            b'\n' => {}
            b'a' => bytes.push(7),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'v' => bytes.push(11),
            b'x' => {
                let high = hex(rest.next()?)?;
                let low = hex(rest.next()?)?;
                bytes.push((high << 4 | low) as u8);
            }
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    match rest.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value << 3 | u32::from(digit - b'0');
                            rest.next();
                        }
                        _ => break,
                    }
                }
                bytes.push(value as u8);
            }
            quoted @ (b'\\' | b'\'' | b'"') => bytes.push(quoted),
            other => bytes.extend([b'\\', other]),
        }
    }
    Some(bytes)
}

/// The text of a raw-unicode-escape line as `UNICODE` holds it, in UTF-8 where half a surrogate pair
/// that stands alone keeps its three bytes, as the binary opcodes write it. Both halves side by side
/// are one character: the narrow builds of Python 2 wrote characters beyond U+FFFF like that.
pub fn raw_unicode(line: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(line.len());
    let mut high: Option<u32> = None;
    let mut at = 0;
    while at < line.len() {
        let (mut unit, len) = unit(&line[at..])?;
        at += len;
        if let Some(first) = high.take() {
            if (0xdc00..0xe000).contains(&unit) {
                unit = 0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00);
            } else {
                push(&mut text, first);
            }
        }
        if (0xd800..0xdc00).contains(&unit) {
            high = Some(unit);
            continue;
        }
        push(&mut text, unit);
        // A backslash that starts no escape hides a following one: \\u is not an escape.
        if line[at - len..at] == *b"\\" && line.get(at) == Some(&b'\\') {
            text.push(b'\\');
            at += 1;
        }
    }
    if let Some(first) = high {
        push(&mut text, first);
    }
    Some(text)
}

/// The code point that `rest` starts with, and how many bytes spell it; `None` for half an escape
/// and for numbers beyond Unicode.
fn unit(rest: &[u8]) -> Option<(u32, usize)> {
    let digits = match rest {
        [b'\\', b'u', ..] => 4,
        [b'\\', b'U', ..] => 8,
        _ => return Some((u32::from(*rest.first()?), 1)),
    };
    let mut value = 0;
    for digit in rest.get(2..2 + digits)? {
        value = value << 4 | hex(*digit)?;
    }
    (value <= 0x10_ffff).then_some((value, 2 + digits))
}

/// Appends a code point in UTF-8; surrogates in the three bytes that the scheme gives them.
fn push(text: &mut Vec<u8>, unit: u32) {
    match char::from_u32(unit) {
        Some(c) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.extend([
            0xe0 | (unit >> 12) as u8,
            0x80 | (unit >> 6 & 0x3f) as u8,
            0x80 | (unit & 0x3f) as u8,
        ]),
    }
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_2_literals() {
        assert_eq!(literal(br"'a\x00\n\'\101z'").unwrap(), b"a\0\n'Az");
        assert_eq!(literal(b"'open"), None);
        assert_eq!(literal(b"'"), None);
    }

    #[test]
    fn raw_unicode_escapes() {
        let cases: [(&[u8], &[u8]); 7] = [
            (br"caf\u00e9 \U0001f40d", "café 🐍".as_bytes()),
            (b"caf\xe9", "café".as_bytes()),
            (br"\ud83d\udc0d", "🐍".as_bytes()),
            (br"lone \ud800", b"lone \xed\xa0\x80"),
            (br"\udc00\ud800x", b"\xed\xb0\x80\xed\xa0\x80x"),
            (br"a\\u0041", br"a\\u0041"),
            (br"end\", br"end\"),
        ];
        for (line, wanted) in cases {
            assert_eq!(raw_unicode(line).unwrap(), wanted, "{line:?}");
        }
        assert_eq!(raw_unicode(br"\u12"), None);
        assert_eq!(raw_unicode(br"\U00110000"), None);
    }
}
