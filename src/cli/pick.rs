//! `pick`: choose one artifact by keyboard and print its path.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use super::args::PickArgs;
use super::browse::{root, shelf, signal_code, title};
use super::{BAD, GOOD, LEFT};
use crate::tui::{self, Ended, Mode, Options};

/// Runs the picker and prints the path. Exit codes: 0 picked, 1 nothing matched, 130 left, 128 and
/// the signal's number.
pub(super) fn run(args: PickArgs) -> anyhow::Result<u8> {
    let work = shelf(&args.paths, args.environment.env.as_deref())?;
    let name = title(&args.paths);
    let ended = tui::browse(Options {
        title: name.clone(),
        root: root(&args.paths),
        mode: Mode::Pick {
            ready_only: args.ready,
        },
        query: Some(args.query).filter(|query| !query.is_empty()),
        environment: args.environment.env,
        colours: None,
        // A shell that captures stdout waits for the end and could not continue a stopped program.
        can_suspend: io::stdout().is_terminal(),
        work: Arc::new(work),
    })?;
    Ok(match ended {
        Ended::Picked(path) => {
            print(&path, args.print0)?;
            GOOD
        }
        Ended::NothingMatched => {
            let what = if args.ready {
                "ready here"
            } else {
                "a saved model"
            };
            writeln!(io::stderr(), "nothing below {name} is {what}")?;
            BAD
        }
        Ended::Terminated(signal) => signal_code(signal),
        Ended::Left | Ended::InputLost(_) => LEFT,
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
