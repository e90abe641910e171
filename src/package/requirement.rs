//! One line of a requirements list (PEP 508), read as leniently as people write it.
//!
//! It reads single requirements. Files, includes and constraints belong to `manifest`.

use super::{marker, name, specifier};
use crate::package::MarkerTarget;

/// Longest line that is read.
const LONGEST: usize = 16 * 1024;

/// A requirement: a distribution and the versions of it that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Normalised name (PEP 503).
    pub name: String,
    /// Extras, as written.
    pub extras: Vec<String>,
    /// PEP 440 specifier without spaces; empty for any version.
    pub specifier: String,
    /// The environment marker after `;`, when there is one.
    pub marker: Option<String>,
    /// Where it is to be fetched from, when the line says a URL instead of versions.
    pub url: Option<String>,
}

impl Requirement {
    /// Reads one line. Comments, `--hash` options and line continuations are dropped; one `=`,
    /// quotes, conda channels and builds, `name @ url`, `git+…#egg=name` and wheel file names are
    /// understood. `None` for empty lines, options (`-r other.txt`) and paths without a name.
    pub fn parse(line: &str) -> Option<Self> {
        if line.len() > LONGEST {
            return None;
        }
        let line = without_comment(line.trim_start_matches('\u{feff}'));
        let line = line.trim().trim_end_matches('\\').trim_end();
        let line = match line.find(" --") {
            Some(at) => line[..at].trim_end(),
            None => line,
        };
        let line = line
            .strip_prefix("-e ")
            .or_else(|| line.strip_prefix("--editable "))
            .or_else(|| line.strip_prefix("--editable="))
            .unwrap_or(line)
            .trim();
        let line = unquoted(line);
        if line.is_empty() || line.starts_with('-') {
            return None;
        }
        if line.starts_with("git+") || (line.contains("://") && !line.contains('@')) {
            return from_url(line);
        }
        // conda: `conda-forge::numpy`.
        let line = line.rsplit_once("::").map_or(line, |(_, rest)| rest);
        let end = line
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
            .unwrap_or(line.len());
        let (written, rest) = line.split_at(end);
        if !name::is_valid(written) || rest.starts_with(['/', '\\', ':']) {
            return None;
        }
        let mut rest = rest.trim_start();
        let mut extras = Vec::new();
        if let Some(inner) = rest.strip_prefix('[') {
            let (list, after) = inner.split_once(']')?;
            extras = list
                .split(',')
                .map(|extra| extra.trim().to_owned())
                .filter(|extra| !extra.is_empty())
                .collect();
            rest = after.trim_start();
        }
        let named = name::normalize(written);
        if let Some(url) = rest.strip_prefix('@') {
            let (url, marker) = split_marker(url, " ;");
            return Some(Self {
                name: named,
                extras,
                specifier: String::new(),
                marker,
                url: Some(url.trim().to_owned()),
            });
        }
        let (versions, marker) = split_marker(rest, ";");
        Some(Self {
            name: named,
            extras,
            specifier: specifier::normalize(versions)?,
            marker,
            url: None,
        })
    }

    /// Whether the requirement applies to a target: its marker's answer, true without a marker,
    /// `None` when that cannot be told.
    pub fn applies(&self, target: &MarkerTarget) -> Option<bool> {
        match &self.marker {
            None => Some(true),
            Some(marker) => marker::evaluate(marker, target),
        }
    }

    /// The one version that the specifier allows (`==1.2.3`), when it allows only one.
    pub fn pinned(&self) -> Option<&str> {
        let version = self.specifier.strip_prefix("==")?;
        let version = version.strip_prefix('=').unwrap_or(version);
        (!version.contains([',', '*'])).then_some(version)
    }
}

/// The line without what stands after a `#` at its start or after a space.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

fn unquoted(line: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = line
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
            && !inner.contains(quote)
        {
            return inner.trim();
        }
    }
    line
}

fn split_marker<'a>(text: &'a str, separator: &str) -> (&'a str, Option<String>) {
    match text.split_once(separator) {
        Some((before, marker)) if !marker.trim().is_empty() => {
            (before, Some(marker.trim().to_owned()))
        }
        Some((before, _)) => (before, None),
        None => (text, None),
    }
}

/// `git+https://host/x.git#egg=name`, `https://host/name-1.2.3-py3-none-any.whl`.
fn from_url(line: &str) -> Option<Requirement> {
    let (url, fragment) = line.split_once('#').unwrap_or((line, ""));
    let egg = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))
        .map(|egg| egg.split('[').next().unwrap_or(egg));
    let file = url.rsplit('/').next().unwrap_or(url);
    let (written, version) = match (egg, file.strip_suffix(".whl")) {
        (Some(egg), _) => (egg, None),
        (None, Some(stem)) => {
            let mut parts = stem.split('-');
            (parts.next()?, parts.next())
        }
        (None, None) => {
            let repository = url.strip_prefix("git+")?;
            let repository = repository.split(".git").next().unwrap_or(repository);
            (repository.rsplit('/').next()?, None)
        }
    };
    if !name::is_valid(written) {
        return None;
    }
    Some(Requirement {
        name: name::normalize(written),
        extras: Vec::new(),
        specifier: version.and_then(specifier::normalize).unwrap_or_default(),
        marker: None,
        url: Some(url.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> (String, String) {
        let requirement = Requirement::parse(line).unwrap_or_else(|| panic!("{line}"));
        (requirement.name, requirement.specifier)
    }

    #[test]
    fn what_people_write_is_read() {
        let cases = [
            ("scikit-learn==1.2.1", "scikit-learn", "==1.2.1"),
            ("scikit-learn=1.0.2", "scikit-learn", "==1.0.2"),
            ("scikit-learn=\"1.0.2\"", "scikit-learn", "==1.0.2"),
            ("Scikit_Learn >= 1.0, <2  # why", "scikit-learn", ">=1.0,<2"),
            ("pandas", "pandas", ""),
            ("\u{feff}numpy (>=1.2)", "numpy", ">=1.2"),
            ("conda-forge::numpy=1.2.3=py37_0", "numpy", "==1.2.3"),
            ("joblib==1.1 --hash=sha256:00 \\", "joblib", "==1.1"),
            ("'xgboost==1.7.6'", "xgboost", "==1.7.6"),
            (
                "git+https://host/org/My_Lib.git@v1#egg=my-lib",
                "my-lib",
                "",
            ),
            ("git+https://host/org/My_Lib.git@v1", "my-lib", ""),
            ("-e git+https://host/x#egg=pkg[extra]", "pkg", ""),
            (
                "https://host/torch-2.0.0-cp39-none-any.whl",
                "torch",
                "==2.0.0",
            ),
        ];
        for (line, name, specifier) in cases {
            assert_eq!(
                parsed(line),
                (name.to_owned(), specifier.to_owned()),
                "{line}"
            );
        }
    }

    #[test]
    fn extras_markers_and_urls_are_kept() {
        let one = Requirement::parse("numpy[a, b]==2.2.6; python_full_version < \"3.11\"").unwrap();
        assert_eq!(one.extras, ["a", "b"]);
        assert_eq!(
            one.marker.as_deref(),
            Some("python_full_version < \"3.11\"")
        );
        assert_eq!(one.pinned(), Some("2.2.6"));
        let target = MarkerTarget {
            python: Some((3, 12, Some(1))),
            ..MarkerTarget::default()
        };
        assert_eq!(one.applies(&target), Some(false));
        let url = Requirement::parse("pkg @ https://host/p;v=1.zip ; os_name == 'nt'").unwrap();
        assert_eq!(url.url.as_deref(), Some("https://host/p;v=1.zip"));
        assert_eq!(url.marker.as_deref(), Some("os_name == 'nt'"));
    }

    #[test]
    fn what_is_no_requirement_is_none() {
        for line in [
            "",
            "   ",
            "# numpy",
            "-r other.txt",
            "--index-url https://host",
            "./local",
            "../x",
            "C:\\x",
            "numpy==banana",
            "e/f",
            "-e .",
        ] {
            assert_eq!(Requirement::parse(line), None, "{line}");
        }
    }
}
