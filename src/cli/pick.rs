//! `pick`: choose artifacts by keyboard, or by a filter alone, and print their paths.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::args::PickArgs;
use super::browse::{root, shelf, signal_code, title};
use super::config;
use super::envs::open;
use super::show::{candidates, patient, unanswered};
use super::{BAD, GOOD, LEFT, TROUBLE};
use crate::engine::{LiveWork, Work, batch, guard};
use crate::tui::{self, Ended, Mode, Options, Read, Selection};

/// Runs the picker and prints the paths. Exit codes: 0 picked, 1 nothing matched, 2 trouble,
/// 130 left, 128 and the signal's number.
pub(super) fn run(args: &PickArgs) -> anyhow::Result<u8> {
    let name = title(&args.paths);
    if let Some(filter) = &args.filter {
        let found = matching(args, filter)?;
        for path in &found.paths {
            print(path, args.print0)?;
        }
        return Ok(match (found.paths.is_empty(), found.incomplete) {
            (_, true) => TROUBLE,
            (true, _) => nothing(args, &name)?,
            (false, _) => GOOD,
        });
    }
    if args.select_1 {
        let found = matching(args, &args.query)?;
        match found.paths.as_slice() {
            [] if !found.incomplete => return Ok(nothing(args, &name)?),
            [only] if !found.incomplete => {
                print(only, args.print0)?;
                return Ok(GOOD);
            }
            // Several, or one that did not answer may match as well: somebody has to look.
            _ => {}
        }
    }
    let work = shelf(&args.paths, args.environment.env.as_deref())?;
    let ended = tui::browse(Options {
        title: name.clone(),
        root: root(&args.paths),
        mode: Mode::Pick {
            ready_only: args.ready,
            multi: args.multi,
        },
        query: Some(args.query.clone()).filter(|query| !query.is_empty()),
        environment: args.environment.env.clone(),
        settings: config::settings(&args.look)?,
        // A shell that captures stdout waits for the end and could not continue a stopped program.
        can_suspend: io::stdout().is_terminal(),
        work: Arc::new(work),
    })?;
    Ok(match ended {
        Ended::Picked(paths) => {
            for path in &paths {
                print(path, args.print0)?;
            }
            GOOD
        }
        Ended::NothingMatched => nothing(args, &name)?,
        Ended::Terminated(signal) => signal_code(signal),
        Ended::Left | Ended::InputLost(_) => LEFT,
    })
}

fn nothing(args: &PickArgs, name: &str) -> io::Result<u8> {
    let filter = args.filter.as_deref().unwrap_or(&args.query);
    let filter = crate::text::clean(filter);
    let what = match (args.ready, filter.is_empty()) {
        (true, true) => "is ready here".to_owned(),
        (false, true) => "is a saved model".to_owned(),
        (true, false) => format!("is ready here and matches {filter}"),
        (false, false) => format!("matches {filter}"),
    };
    writeln!(io::stderr(), "nothing below {name} {what}")?;
    Ok(BAD)
}

/// What a filter finds.
struct Matching {
    paths: Vec<PathBuf>,
    /// Whether something did not answer.
    incomplete: bool,
}

/// Reads the shelf and filters it, without a screen.
fn matching(args: &PickArgs, filter: &str) -> anyhow::Result<Matching> {
    let patience = Duration::from_secs(args.patience);
    // A wrong path is said before anything is read.
    drop(shelf(&args.paths, args.environment.env.as_deref())?);
    let work: Arc<LiveWork> = patient(&args.paths, patience, false);
    let environment = open(&work, args.environment.env.as_ref(), patience)?.map(Arc::new);
    let candidates = candidates(&work, patience)?;
    let mut incomplete = candidates.incomplete;
    let mut selection = Selection::new(root(&args.paths), args.ready, SystemTime::now());
    let read = move |path: &PathBuf| {
        let (artifact, manifest) = guard::read(&*work, path);
        let comparison = guard::compare(&*work, &artifact, &manifest, environment.as_deref());
        let trust = work.trust(&artifact, &manifest);
        Read {
            artifact,
            manifest,
            comparison,
            trust,
        }
    };
    batch::in_order(
        candidates.paths,
        patience,
        read,
        |path, told| -> io::Result<()> {
            if let Some(read) = told {
                selection.add(path.clone(), read);
            } else {
                incomplete = true;
                unanswered(path, args.patience);
            }
            Ok(())
        },
    )?;
    let paths = selection.matching(filter).map_err(anyhow::Error::msg)?;
    Ok(Matching { paths, incomplete })
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
