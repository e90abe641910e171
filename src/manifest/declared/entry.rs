//! One declared wish inside a file, before it is told where the file is.

use super::line;
use crate::text;

/// A subject with a specifier and its place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Normalised distribution name, or `python`.
    pub subject: String,
    /// PEP 440 specifier, empty for any version.
    pub wanted: String,
    /// Line, from 1.
    pub line: u32,
    /// What stands there, cleaned and short.
    pub text: String,
}

impl Entry {
    /// A subject and a specifier that are known already.
    pub(super) fn new(subject: &str, wanted: impl Into<String>, line: u32, text: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            wanted: wanted.into(),
            line,
            text: text::short(text.trim(), 160),
        }
    }

    /// An exact version of a distribution; `None` when the name or the version cannot be one.
    pub(super) fn exact(name: &str, version: &str, line: u32) -> Option<Self> {
        let (subject, wanted) = line::parse_line(&format!("{name}=={version}"))?;
        Some(Self::new(
            &subject,
            wanted,
            line,
            &format!("{name} {version}"),
        ))
    }

    /// A requirement as pip reads it; `None` for options and paths.
    pub(super) fn requirement(written: &str, line: u32) -> Option<Self> {
        let (subject, wanted) = line::parse_line(written)?;
        Some(Self::new(&subject, wanted, line, written))
    }

    /// A Python version as people write it: `3.9` is any patch release, `3.9.7` is that one,
    /// `>=3.9` is a specifier.
    pub(super) fn python(written: &str, line: u32, text: &str) -> Option<Self> {
        let version = written.trim().trim_matches(['"', '\'']);
        let wanted = if version.starts_with(|c: char| c.is_ascii_digit()) {
            prefix(version)?
        } else {
            line::specifier(version)?
        };
        Some(Self::new("python", wanted, line, text))
    }
}

/// `==3.9.*` for a version of one or two numbers, `==3.9.7` for a longer one: how conda and the
/// tags of container images mean it.
pub(super) fn prefix(version: &str) -> Option<String> {
    let version = version.trim_end_matches(".*");
    let parts = version.split('.').count();
    let specifier = if parts < 3 && version.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        format!("=={version}.*")
    } else {
        format!("=={version}")
    };
    line::specifier(&specifier)
}

/// The line, from 1, of a byte position.
pub(super) fn line_of(text: &str, at: usize) -> u32 {
    let before = &text.as_bytes()[..at.min(text.len())];
    1 + memchr::memchr_iter(b'\n', before).count() as u32
}

/// Finds one text after the other in a document, each behind the last: together they take one pass.
pub(super) struct Places<'t> {
    text: &'t str,
    /// Where the last one was found, and its line.
    at: usize,
    line: u32,
}

impl<'t> Places<'t> {
    /// Begins at the byte `from`, which is the start of a character.
    pub(super) fn new(text: &'t str, from: usize) -> Places<'t> {
        Places {
            text,
            at: from,
            line: line_of(text, from),
        }
    }

    /// The line of the next `wanted`; the last line told when there is none.
    pub(super) fn line(&mut self, wanted: &str) -> u32 {
        // A missing one must not be looked for to the end each time.
        const FAR: usize = 64 << 10;
        let rest = &self.text.as_bytes()[self.at..];
        let near = &rest[..rest.len().min(FAR + wanted.len())];
        if let Some(found) = memchr::memmem::find(near, wanted.as_bytes()) {
            self.line += memchr::memchr_iter(b'\n', &near[..found]).count() as u32;
            self.at += found;
        }
        self.line
    }
}
