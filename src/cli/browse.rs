//! The default command: the full-screen browser.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::Work;
use crate::tui::{self, Ended, Mode, Options};

/// What the command was called with.
pub struct Browse {
    /// The shelf.
    pub root: PathBuf,
    /// The environment to compare with; found by the usual order when there is none.
    pub environment: Option<PathBuf>,
    /// Whether to use colours; `NO_COLOR` decides when nothing is said.
    pub colours: Option<bool>,
}

/// Runs the browser; returns the exit code: 0, or 128 and the signal's number.
pub fn run(command: Browse, work: Arc<dyn Work>) -> anyhow::Result<u8> {
    let ended = tui::browse(Options {
        title: title(&command.root),
        root: command.root,
        mode: Mode::Browse,
        query: None,
        environment: command.environment,
        colours: command.colours,
        can_suspend: true,
        work,
    })?;
    Ok(match ended {
        Ended::Terminated(signal) => signal_code(signal),
        _ => 0,
    })
}

/// The shelf's name in the header: as given, with a slash to tell a folder from a program.
pub(super) fn title(root: &std::path::Path) -> String {
    let mut title = crate::text::path(root);
    if root.is_dir() && !title.ends_with('/') {
        title.push('/');
    }
    title
}

/// The exit code that shells give to a program that a signal ended.
pub(super) fn signal_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
