//! Sentences for artifacts that stop short, shared by the readers of binary formats.

use std::io;

use super::{Unreadable, UnreadableKind};
use crate::source;
use crate::text;

/// The content breaks its format's rules.
pub(super) fn damaged(reason: impl AsRef<str>) -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Damaged,
        reason: text::short(reason.as_ref(), 300),
        repair: Some("copy or download it again; the bytes are not what was saved".into()),
    }
}

/// The file ends before its content does.
pub(super) fn truncated(reason: impl AsRef<str>) -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Truncated,
        reason: text::short(reason.as_ref(), 300),
        repair: Some("copy or download it again and compare its size with the original".into()),
    }
}

/// A budget is used up; `what` is too much of something.
pub(super) fn budget(what: impl AsRef<str>) -> Unreadable {
    Unreadable {
        kind: UnreadableKind::Budget,
        reason: text::short(
            &format!("{}, more than the reading budget allows", what.as_ref()),
            300,
        ),
        repair: None,
    }
}

/// A failed read inside `what`.
pub(super) fn io(error: &io::Error, what: &str) -> Unreadable {
    match error.kind() {
        _ if source::is_over_budget(error) => budget("it decompresses to many bytes"),
        io::ErrorKind::UnexpectedEof => truncated(format!("the file ends inside {what}")),
        io::ErrorKind::FileTooLarge => budget(format!("{what} is too long")),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            damaged(format!("{what} is damaged: {error}"))
        }
        io::ErrorKind::Unsupported => Unreadable {
            kind: UnreadableKind::Foreign,
            reason: text::short(&format!("{what} cannot be read: {error}"), 300),
            repair: None,
        },
        _ => Unreadable {
            kind: UnreadableKind::Io,
            reason: text::short(&format!("{what} cannot be read: {error}"), 300),
            repair: None,
        },
    }
}
