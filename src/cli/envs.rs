//! `envs`: the Python environments of this host, the chosen one first.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::args::{EnvsArgs, Format};
use super::{GOOD, TROUBLE, show};
use crate::compat::Verdict;
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::report::json;
use crate::text;

pub(super) fn run(args: &EnvsArgs) -> Result<u8> {
    let patience = Duration::from_secs(args.patience);
    let mut work = LiveWork::new(vec![args.path.clone()], args.environment.env.clone());
    work.patience = Some(patience);
    let work = Arc::new(work);
    let chosen = open(&work, None, patience)?;
    let all = Arc::new(listed(&work, patience)?);
    let opens = if args.opens {
        Some(opens(&work, &all, patience)?)
    } else {
        None
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let rows = all.iter().enumerate().map(|(number, environment)| {
        let is_chosen = number == 0 && chosen.is_some();
        let opens = opens.as_ref();
        let opens = opens.map(|opens| (opens.counts[number], opens.artifacts));
        (environment, is_chosen, opens)
    });
    let mut any = false;
    for (environment, chosen, opens) in rows {
        any = true;
        match args.format {
            Format::Json => {
                let mut object = json::environment(environment, chosen);
                if let Some((opens, total)) = opens {
                    object["opens"] = opens.into();
                    object["artifacts"] = total.into();
                }
                writeln!(out, "{object}")?;
            }
            Format::Table => {
                let python = environment
                    .python
                    .map_or_else(|| "?".into(), |p| p.to_string());
                let learn = environment.distribution("scikit-learn").map_or_else(
                    || "no scikit-learn".into(),
                    |d| format!("scikit-learn {}", d.version),
                );
                let opens = opens.map_or_else(String::new, |(opens, total)| {
                    format!("opens {opens} of {total}  ")
                });
                writeln!(
                    out,
                    "{} {opens}Python {python:<8}  {learn:<22}  {:>3} distributions  {}",
                    if chosen { "→" } else { " " },
                    environment.installed.len(),
                    text::path(&environment.prefix),
                )?;
            }
        }
    }
    if !any && args.format == Format::Table {
        writeln!(out, "no Python environment found; name one with --env")?;
    }
    out.flush()?;
    Ok(if opens.is_some_and(|opens| opens.incomplete) {
        TROUBLE
    } else {
        GOOD
    })
}

/// The environment at `path`, else the one that the usual order finds.
pub(super) fn open(
    work: &Arc<LiveWork>,
    path: Option<&PathBuf>,
    patience: Duration,
) -> Result<Option<Environment>> {
    let (work, owned) = (Arc::clone(work), path.cloned());
    let opened = batch::within(patience, move || work.open_environment(owned.as_deref()));
    let Some(opened) = opened else {
        let place = path.map_or("the environment".into(), |path| text::path(path));
        bail!("{}", no_answer(&place, patience));
    };
    Ok(opened?)
}

/// Every environment of the host, the chosen one first.
pub(super) fn listed(work: &Arc<LiveWork>, patience: Duration) -> Result<Vec<Environment>> {
    let chosen = open(work, None, patience)?;
    let work = Arc::clone(work);
    let Some(mut all) = batch::within(patience, move || work.list_environments()) else {
        bail!("{}", no_answer("an environment of this host", patience));
    };
    if let Some(chosen) = &chosen {
        all.retain(|environment| environment.prefix != chosen.prefix);
    }
    Ok(chosen.into_iter().chain(all).collect())
}

fn no_answer(place: &str, patience: Duration) -> String {
    let seconds = patience.as_secs();
    format!("{place} did not answer within {seconds} s; --patience waits longer")
}

/// What the environments open.
struct Opens {
    /// How many artifacts there are.
    artifacts: usize,
    /// How many of them each environment opens.
    counts: Vec<usize>,
    /// Whether something did not answer.
    incomplete: bool,
}

fn opens(work: &Arc<LiveWork>, all: &Arc<Vec<Environment>>, patience: Duration) -> Result<Opens> {
    let candidates = show::candidates(work, patience)?;
    let mut opens = Opens {
        artifacts: candidates.paths.len(),
        counts: vec![0; all.len()],
        incomplete: candidates.incomplete,
    };
    let (work, all) = (Arc::clone(work), Arc::clone(all));
    let ready = move |path: &PathBuf| -> Vec<bool> {
        let (artifact, manifest) = guard::read(&*work, path);
        let verdict = |environment: &Environment| {
            guard::compare(&*work, &artifact, &manifest, Some(environment)).verdict
        };
        all.iter().map(|e| verdict(e) == Verdict::Ready).collect()
    };
    let paths = candidates.paths;
    batch::in_order(paths, patience, ready, |path, told| -> io::Result<()> {
        if told.is_none() {
            opens.incomplete = true;
            show::unanswered(path, patience.as_secs());
        }
        for (count, ready) in opens.counts.iter_mut().zip(told.into_iter().flatten()) {
            *count += usize::from(ready);
        }
        Ok(())
    })?;
    Ok(opens)
}
