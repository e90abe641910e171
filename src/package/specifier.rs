//! Version specifiers in the many dialects people write, brought to PEP 440.

use std::fmt::Write;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

/// Longest text that is tried as a specifier.
const LONGEST: usize = 1024;

/// The PEP 440 form of a specifier, without spaces: `= 1.0.2` (conda and model cards), a bare
/// `1.0.2`, quotes, parentheses, `^1.2` and `~1.2` (Poetry), `>=1.9.*` (old setuptools) are all
/// understood. Empty for "any version"; `None` when it cannot be read.
pub fn normalize(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let text = text
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(text);
    let mut normal = String::new();
    for clause in text.split(',') {
        let clause: String = clause
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`'))
            .collect();
        if clause.is_empty() || clause == "*" || clause.eq_ignore_ascii_case("any") {
            continue;
        }
        if !normal.is_empty() {
            normal.push(',');
        }
        one(&clause, &mut normal)?;
    }
    if normal.is_empty() {
        return Some(normal);
    }
    VersionSpecifiers::from_str(&normal).ok().map(|_| normal)
}

/// Appends one clause, in PEP 440's words.
fn one(clause: &str, normal: &mut String) -> Option<()> {
    let start = clause
        .find(|c| !matches!(c, '=' | '<' | '>' | '!' | '~' | '^'))
        .unwrap_or(clause.len());
    let (operator, version) = clause.split_at(start);
    match operator {
        "" | "=" | "==" => {
            // A conda pin carries its build: `1.2.3=py37_0`.
            let version = version.split('=').next().unwrap_or(version);
            write!(normal, "=={version}").ok()
        }
        "^" | "~" => {
            let low = Version::from_str(version).ok()?;
            let high = ceiling(low.release(), operator == "^")?;
            write!(normal, ">={version},<{high}").ok()
        }
        "<=" | ">=" | "<" | ">" => {
            let version = version.strip_suffix(".*").unwrap_or(version);
            write!(normal, "{operator}{version}").ok()
        }
        "!=" | "~=" | "===" => write!(normal, "{operator}{version}").ok(),
        "=>" => write!(normal, ">={version}").ok(),
        "=<" => write!(normal, "<={version}").ok(),
        _ => None,
    }
}

/// The first release that a caret (or tilde) clause excludes.
fn ceiling(release: &[u64], caret: bool) -> Option<String> {
    let at = if caret {
        release
            .iter()
            .position(|&n| n != 0)
            .unwrap_or(release.len().saturating_sub(1))
    } else {
        usize::from(release.len() > 1)
    };
    let mut high: Vec<String> = release.iter().take(at).map(u64::to_string).collect();
    high.push(release.get(at)?.checked_add(1)?.to_string());
    Some(high.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_become_pep_440() {
        let cases = [
            ("", ""),
            ("*", ""),
            ("=1.0.2", "==1.0.2"),
            ("=\"1.0.2\"", "==1.0.2"),
            ("1.0.2", "==1.0.2"),
            ("== 1.4.1.post1", "==1.4.1.post1"),
            ("=1.2.3=py37_0", "==1.2.3"),
            (">= 1.2 , < 2", ">=1.2,<2"),
            ("(>=1.2)", ">=1.2"),
            (">=1.9.*", ">=1.9"),
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("~1.2", ">=1.2,<1.3"),
            ("~=1.2.0", "~=1.2.0"),
            ("==1.2.*", "==1.2.*"),
        ];
        for (written, normal) in cases {
            assert_eq!(normalize(written).as_deref(), Some(normal), "{written}");
        }
    }

    #[test]
    fn nonsense_is_none() {
        for text in ["latest", "<>1", ">=", "^", "==1..2"] {
            assert_eq!(normalize(text), None, "{text}");
        }
        assert_eq!(normalize(&">=1,".repeat(1000)), None);
        assert_eq!(
            normalize(&format!("^{}", u64::MAX)),
            None,
            "no overflow at the ceiling"
        );
    }
}
