//! `envs`: the Python environments of this host, the chosen one first.

use std::io::{self, Write};

use anyhow::Result;

use super::GOOD;
use super::args::{EnvsArgs, Format};
use crate::engine::{LiveWork, Work};
use crate::report::json;
use crate::text;

pub(super) fn run(args: &EnvsArgs) -> Result<u8> {
    let work = LiveWork::new(vec![args.path.clone()], args.environment.env.clone());
    let chosen = work.open_environment(None)?;
    let mut all = work.list_environments();
    if let Some(chosen) = &chosen {
        all.retain(|environment| environment.prefix != chosen.prefix);
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let rows = chosen
        .iter()
        .map(|e| (e, true))
        .chain(all.iter().map(|e| (e, false)));
    let mut any = false;
    for (environment, chosen) in rows {
        any = true;
        match args.format {
            Format::Json => writeln!(out, "{}", json::environment(environment, chosen))?,
            Format::Table => {
                let python = environment
                    .python
                    .map_or_else(|| "?".into(), |p| p.to_string());
                let learn = environment.distribution("scikit-learn").map_or_else(
                    || "no scikit-learn".into(),
                    |d| format!("scikit-learn {}", d.version),
                );
                writeln!(
                    out,
                    "{} Python {python:<8}  {learn:<22}  {:>3} distributions  {}",
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
