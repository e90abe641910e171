//! Messages compared, and patterns with captures.

/// How a given message compares with a foretold one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// They say different things.
    Different,
    /// The same words around other numbers.
    Values,
    /// The same; paths, addresses and added lines aside.
    Same,
}

/// The most characters of a line that are compared.
const COMPARED: usize = 2000;

/// Compares a foretold message with one that was given. Lines that the given one has beyond the
/// foretold are notes; a foretold line that was cut compares as far as it goes.
pub(super) fn compare(foretold: &str, given: &str) -> Likeness {
    let mut likeness = Likeness::Same;
    let mut given = given.lines();
    if foretold.is_empty() {
        return match given.next() {
            None | Some("") => Likeness::Same,
            Some(_) => Likeness::Different,
        };
    }
    for line in foretold.lines() {
        let Some(other) = given.next() else {
            return Likeness::Different;
        };
        let (line, other) = (normal(line), normal(without_hint(other)));
        let same = match line.strip_suffix('…') {
            Some(start) => other.starts_with(start),
            None => line == other,
        };
        if same {
            continue;
        }
        if unnumbered(&line) != unnumbered(&other) {
            return Likeness::Different;
        }
        likeness = Likeness::Values;
    }
    likeness
}

/// A line without what Python adds for people when nobody catches the exception.
pub(super) fn without_hint(line: &str) -> &str {
    let hints = [". Did you mean: ", ". Did you forget to import "];
    let at = hints.iter().find_map(|hint| line.rfind(hint));
    at.map_or(line, |at| &line[..at])
}

/// One blank between words, no paths of modules, no addresses.
fn normal(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut line: String = words.join(" ").chars().take(COMPARED).collect();
    if let Some(at) = line.find(" from '")
        && let Some(end) = line[at + 7..].find('\'')
    {
        line.replace_range(at..at + 8 + end, "");
    }
    if let Some(at) = line.find(" (built-in)>") {
        line.replace_range(at..at + 11, "");
    }
    while let Some(at) = line.find(" at 0x") {
        let digits = line[at + 6..].bytes().take_while(u8::is_ascii_hexdigit);
        let end = at + 6 + digits.count();
        line.replace_range(at..end, "");
    }
    line
}

/// Every number outside of quotes as `0`: a name with another digit is another name.
fn unnumbered(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut quoted = false;
    let mut number = false;
    for c in line.chars() {
        quoted ^= c == '\'';
        let digit = c.is_ascii_digit() && !quoted;
        if digit && !number {
            out.push('0');
        } else if !digit {
            out.push(c);
        }
        number = digit;
    }
    out
}

/// What a pattern's `{names}` stand for in `text`, where the pattern's literal parts occur in their
/// order. The first part may stand anywhere; a name at the end takes the rest of the line.
pub(super) fn capture<'t>(pattern: &str, text: &'t str) -> Option<Vec<(String, &'t str)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut name: Option<&str> = None;
    for (number, part) in pattern.split('{').enumerate() {
        let (next, literal) = match part.split_once('}') {
            Some((name, literal)) if number > 0 => (Some(name), literal),
            _ => (None, part),
        };
        if let Some(next) = next {
            name = Some(next);
        }
        if literal.is_empty() {
            continue;
        }
        let at = rest.find(literal)?;
        if let Some(name) = name.take() {
            found.push((name.to_owned(), &rest[..at]));
        }
        rest = &rest[at + literal.len()..];
    }
    if let Some(name) = name {
        let line = rest.lines().next().unwrap_or_default();
        found.push((name.to_owned(), line.trim_end()));
    }
    Some(found)
}

/// `text` with every `{name}` in place.
pub(super) fn filled(text: &str, captures: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in captures {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_hints_and_notes_make_no_difference() {
        let foretold = "Can't get attribute 'Log' on <module 'a.b' from '/x/b.so'>";
        let given =
            "Can't get attribute 'Log' on <module 'a.b' from '/other/b.cpython-312.so'>\na note";
        assert_eq!(compare(foretold, given), Likeness::Same);
        let hinted = "'A' object has no attribute '_b'. Did you mean: '_a'?";
        assert_eq!(
            compare("'A' object has no attribute '_b'", hinted),
            Likeness::Same
        );
        assert_eq!(compare("118", "118"), Likeness::Same);
        assert_eq!(compare("118", "0"), Likeness::Values);
        assert_eq!(
            compare("No module named 'a1'", "No module named 'a2'"),
            Likeness::Different
        );
        assert_eq!(compare("two\nlines", "two"), Likeness::Different);
        assert_eq!(compare("", "x"), Likeness::Different);
    }

    #[test]
    fn a_pattern_captures_what_stands_between() {
        let text = "foo: '\\x1f'. bar";
        let found = capture("foo: '{byte}'", text).unwrap();
        assert_eq!(found, [("byte".to_owned(), "\\x1f")]);
        let found = capture(
            "X has {given} features, but {class} is expecting {n} features",
            "X has 5 features, but Ridge is expecting 4 features as input",
        )
        .unwrap();
        assert_eq!(found[2], ("n".to_owned(), "4"));
        assert_eq!(
            capture("{number}", "118").unwrap(),
            [("number".to_owned(), "118")]
        );
        assert!(capture("foo {a} bar", "foo bar").is_none());
    }
}
