//! `pick`: choose one artifact by keyboard and print its path.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::browse::{signal_code, title};
use crate::engine::Work;
use crate::tui::{self, Ended, Mode, Options};

/// What the command was called with.
pub struct Pick {
    /// The shelf.
    pub root: PathBuf,
    /// The environment to compare with; found by the usual order when there is none.
    pub environment: Option<PathBuf>,
    /// A filter to begin with.
    pub query: Option<String>,
    /// Whether only artifacts that are ready are offered.
    pub ready_only: bool,
    /// Whether a NUL byte follows the path, for names with line breaks.
    pub null: bool,
    /// Whether to use colours; `NO_COLOR` decides when nothing is said.
    pub colours: Option<bool>,
}

/// Runs the picker and prints the path. Exit codes: 0 picked, 1 nothing matched, 130 left, 128 and
/// the signal's number.
pub fn run(command: Pick, work: Arc<dyn Work>) -> anyhow::Result<u8> {
    let null = command.null;
    let name = title(&command.root);
    let ended = tui::browse(Options {
        title: name.clone(),
        root: command.root,
        mode: Mode::Pick {
            ready_only: command.ready_only,
        },
        query: command.query,
        environment: command.environment,
        colours: command.colours,
        // A shell that captures stdout waits for the end and could not continue a stopped program.
        can_suspend: io::stdout().is_terminal(),
        work,
    })?;
    Ok(match ended {
        Ended::Picked(path) => {
            print(&path, null)?;
            0
        }
        Ended::NothingMatched => {
            let what = if command.ready_only {
                "ready here"
            } else {
                "a saved model"
            };
            writeln!(io::stderr(), "nothing below {name} is {what}")?;
            1
        }
        Ended::Terminated(signal) => signal_code(signal),
        Ended::Left | Ended::InputLost(_) => 130,
    })
}

/// The path byte for byte: whoever captures it wants to open it.
fn print(path: &Path, null: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        out.write_all(path.as_os_str().as_bytes())?;
    }
    #[cfg(not(unix))]
    out.write_all(path.to_string_lossy().as_bytes())?;
    out.write_all(if null { b"\0" } else { b"\n" })?;
    out.flush()
}
