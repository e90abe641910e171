//! `envs`: the Python environments of this host, the chosen one first.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;

use super::GOOD;
use super::args::{EnvsArgs, Format};
use crate::compat::Verdict;
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::report::json;
use crate::text;

pub(super) fn run(args: &EnvsArgs) -> Result<u8> {
    let work = LiveWork::new(vec![args.path.clone()], args.environment.env.clone());
    let chosen = work.open_environment(None)?;
    let all = listed(&work)?;
    let opens = if args.opens {
        Some(opens(&work, &all)?)
    } else {
        None
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let rows = all.iter().enumerate().map(|(number, environment)| {
        let is_chosen = number == 0 && chosen.is_some();
        let opens = opens.as_ref().map(|(total, each)| (each[number], *total));
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
    Ok(GOOD)
}

/// Every environment of the host, the chosen one first.
pub(super) fn listed(work: &LiveWork) -> Result<Vec<Environment>> {
    let chosen = work.open_environment(None)?;
    let mut all = work.list_environments();
    if let Some(chosen) = &chosen {
        all.retain(|environment| environment.prefix != chosen.prefix);
    }
    Ok(chosen.into_iter().chain(all).collect())
}

/// How many artifacts there are and how many of them each environment opens.
fn opens(work: &LiveWork, all: &[Environment]) -> Result<(usize, Vec<usize>)> {
    let candidates = super::show::candidates(work)?;
    let mut counts = vec![0; all.len()];
    let ready = |path: &PathBuf| -> Vec<bool> {
        let (artifact, manifest) = guard::read(work, path);
        let verdict = |environment: &Environment| {
            guard::compare(work, &artifact, &manifest, Some(environment)).verdict
        };
        all.iter().map(|e| verdict(e) == Verdict::Ready).collect()
    };
    batch::in_order(&candidates.paths, ready, |ready| -> io::Result<()> {
        for (count, ready) in counts.iter_mut().zip(ready) {
            *count += usize::from(ready);
        }
        Ok(())
    })?;
    Ok((candidates.paths.len(), counts))
}
