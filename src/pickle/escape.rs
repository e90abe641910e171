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

/// The UTF-8 text of a raw-unicode-escape line as `UNICODE` holds it; surrogates that stand alone
/// become U+FFFD.
pub fn raw_unicode(line: &[u8]) -> Option<String> {
    let mut units: Vec<u32> = Vec::with_capacity(line.len());
    let mut at = 0;
    while at < line.len() {
        let digits = match line[at..] {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => 0,
        };
        if digits == 0 {
            units.push(u32::from(line[at]));
            at += 1;
            // A backslash that starts no escape hides a following one: \\u is not an escape.
            if line[at - 1] == b'\\' && line.get(at) == Some(&b'\\') {
                units.push(u32::from(b'\\'));
                at += 1;
            }
            continue;
        }
        let text = line.get(at + 2..at + 2 + digits)?;
        let mut value = 0;
        for digit in text {
            value = value << 4 | hex(*digit)?;
        }
        units.push(value);
        at += 2 + digits;
    }
    Some(join_surrogates(&units))
}

fn join_surrogates(units: &[u32]) -> String {
    let mut text = String::with_capacity(units.len());
    let mut rest = units.iter().copied().peekable();
    while let Some(unit) = rest.next() {
        let low = rest.peek().copied().unwrap_or(0);
        if (0xd800..0xdc00).contains(&unit) && (0xdc00..0xe000).contains(&low) {
            rest.next();
            let joined = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            text.push(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
        } else {
            text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    text
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
        assert_eq!(raw_unicode(br"caf\u00e9 \U0001f40d").unwrap(), "café 🐍");
        assert_eq!(raw_unicode(b"caf\xe9").unwrap(), "café");
        assert_eq!(raw_unicode(br"\u12"), None);
    }
}
