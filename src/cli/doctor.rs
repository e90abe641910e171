//! `doctor`: what the program finds where it runs, for a report of a bug or for somebody who
//! wonders why the screen or the verdicts are not as expected. Reads, starts nothing.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::args::DoctorArgs;
use super::{GOOD, TROUBLE, config, envs};
use crate::engine::LiveWork;
use crate::text;
use crate::tui;

const PATIENCE: Duration = Duration::from_secs(10);
const NAME: usize = 14;

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<u8> {
    let mut out = io::stdout().lock();
    let mut fact = |name: &str, value: &str| {
        let value = text::clean(value);
        writeln!(out, "{name:<NAME$} {value}")
    };
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| "not set".to_owned());
    fact("shelflife", env!("CARGO_PKG_VERSION"))?;
    fact(
        "system",
        &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    )?;
    for name in [
        "TERM",
        "COLORTERM",
        "NO_COLOR",
        "LANG",
        "TMUX",
        "SSH_TTY",
        "VISUAL",
        "EDITOR",
    ] {
        fact(name, &variable(name))?;
    }
    let yes = |is: bool| if is { "a terminal" } else { "no terminal" };
    fact("stdin", yes(io::stdin().is_terminal()))?;
    fact("stdout", yes(io::stdout().is_terminal()))?;
    fact("screen", &tui::screen_words())?;
    fact("clipboard", &tui::clipboard_words())?;
    let mut code = GOOD;
    let place = args.look.config.clone().or_else(config::usual_place);
    let place = place.map_or_else(|| "no folder for it".to_owned(), |path| text::path(&path));
    match config::settings(&args.look) {
        Ok(_) => fact("configuration", &place)?,
        Err(error) => {
            code = TROUBLE;
            fact("configuration", &format!("wrong: {error:#}"))?;
        }
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    fact("processors", &processors.to_string())?;
    for (name, limit) in limits() {
        fact(name, &limit)?;
    }
    let work = LiveWork::new(vec![PathBuf::from(".")], args.environment.env.clone());
    let work = Arc::new(work);
    match envs::listed(&work, PATIENCE) {
        Ok(all) if all.is_empty() => fact("environments", "none found; name one with --env")?,
        Ok(all) => {
            for (number, environment) in all.iter().enumerate() {
                let python = environment
                    .python
                    .map_or_else(|| "?".into(), |p| p.to_string());
                let name = if number == 0 { "environments" } else { "" };
                let words = format!(
                    "Python {python}, {} distributions, {}",
                    environment.installed.len(),
                    text::path(&environment.prefix)
                );
                fact(name, &words)?;
            }
        }
        Err(error) => {
            code = TROUBLE;
            fact("environments", &format!("{error:#}"))?;
        }
    }
    Ok(code)
}

/// The limits of this process that reading or a trial may meet.
#[cfg(unix)]
fn limits() -> Vec<(&'static str, String)> {
    use rustix::process::{Resource, getrlimit};
    let told = |value: Option<u64>| value.map_or_else(|| "no limit".into(), |v| v.to_string());
    let of = |resource| told(getrlimit(resource).current);
    vec![
        ("open files", of(Resource::Nofile)),
        ("memory bytes", of(Resource::As)),
        ("processes", of(Resource::Nproc)),
    ]
}

#[cfg(not(unix))]
fn limits() -> Vec<(&'static str, String)> {
    Vec::new()
}
