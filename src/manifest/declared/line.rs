//! One requirement line to a name and a specifier: the only place here that knows PEP 508.

/// Name (normalised) and specifier of one line; `None` for comments, options and bare paths.
pub(super) fn parse_line(written: &str) -> Option<(String, String)> {
    let line = written.trim().trim_start_matches('\u{feff}');
    let line = match line.find(" #") {
        Some(at) => &line[..at],
        None => line,
    };
    let line = line
        .split(" --")
        .next()?
        .trim()
        .trim_end_matches('\\')
        .trim();
    if line.len() > 1000 || line.starts_with(['#', '-', '.', '/']) {
        return None;
    }
    let line = line.split(';').next()?.trim();
    let end = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || rest.starts_with([':', '/', '\\', '+']) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']')?.1.trim_start(),
        None => rest,
    };
    if rest.starts_with('@') {
        return Some((normal(name), String::new()));
    }
    Some((normal(name), specifier(rest)?))
}

/// A specifier without spaces, quotes and parentheses; one `=` means `==`. `None` when it cannot be
/// one.
pub(super) fn specifier(written: &str) -> Option<String> {
    let written: String = written
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '\''))
        .collect();
    let mut parts = Vec::new();
    for part in written
        .split(',')
        .filter(|part| !part.is_empty() && *part != "*")
    {
        let end = part
            .find(|c: char| !matches!(c, '=' | '<' | '>' | '!' | '~'))
            .unwrap_or(part.len());
        let (operator, version) = part.split_at(end);
        let operator = match operator {
            "=" => "==",
            "==" | "===" | ">=" | "<=" | ">" | "<" | "!=" | "~=" => operator,
            _ => return None,
        };
        let version = version.trim_start_matches(['v', 'V']);
        if !version.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        parts.push(format!("{operator}{version}"));
    }
    let joined = parts.join(",");
    let exact = joined.replace("===", "==");
    (exact.is_empty() || exact.parse::<pep440_rs::VersionSpecifiers>().is_ok()).then_some(joined)
}

fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_lowercase()
}
