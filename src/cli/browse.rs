//! The default command: the full-screen browser.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;

use super::args::BrowseArgs;
use super::config;
use crate::engine::{LiveWork, batch};
use crate::tui::{self, Ended, Mode, Options};

/// How long a named path may keep the screen from opening.
const PATIENCE: Duration = Duration::from_millis(300);

/// Runs the browser; returns the exit code: 0, or 128 and the signal's number.
pub(super) fn run(args: BrowseArgs) -> anyhow::Result<u8> {
    let work = shelf(&args.paths, args.environment.env.as_deref())?;
    let ended = tui::browse(Options {
        title: title(&args.paths),
        root: root(&args.paths),
        mode: Mode::Browse,
        query: None,
        environment: args.environment.env,
        settings: config::settings(&args.look)?,
        can_suspend: true,
        work: Arc::new(work),
    })?;
    Ok(match ended {
        Ended::Terminated(signal) => signal_code(signal),
        _ => 0,
    })
}

/// The work on the named folders and files, all of which exist.
pub(super) fn shelf(paths: &[PathBuf], environment: Option<&Path>) -> anyhow::Result<LiveWork> {
    for path in paths {
        let asked = path.clone();
        // One that does not answer may still do so while the screen names it.
        if let Some(Err(error)) = batch::within(PATIENCE, move || asked.symlink_metadata()) {
            bail!("{}: {error}", crate::text::path(path));
        }
    }
    let work = LiveWork::new(paths.to_vec(), environment.map(Path::to_owned));
    if environment.is_some() {
        // A wrong --env is said before the screen opens.
        work.find_environment()?;
    }
    Ok(work)
}

/// The shelf's name in the header: as given, with a slash to tell a folder from a program.
pub(super) fn title(paths: &[PathBuf]) -> String {
    let [only] = paths else {
        return format!("{} places", paths.len());
    };
    let mut title = crate::text::path(only);
    if !title.ends_with('/') && is_folder(only) {
        title.push('/');
    }
    title
}

/// What the rows' paths are shown relative to.
pub(super) fn root(paths: &[PathBuf]) -> PathBuf {
    match paths {
        [only] if is_folder(only) => only.clone(),
        [only] => only.parent().map(Path::to_owned).unwrap_or_default(),
        _ => PathBuf::new(),
    }
}

/// Whether `path` is a folder; what does not answer soon is taken for one.
fn is_folder(path: &Path) -> bool {
    let asked = path.to_owned();
    batch::within(PATIENCE, move || asked.is_dir()).unwrap_or(true)
}

/// The exit code that shells give to a program that a signal ended.
pub(super) fn signal_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
