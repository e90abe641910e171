//! `check`: what happens when artifacts are loaded in an environment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::args::{CheckArgs, FailOn, Format};
use super::{BAD, GOOD, TROUBLE, show};
use crate::artifact::Artifact;
use crate::compat::{Comparison, Verdict};
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::report::{json, table};
use crate::{source, text, trust};

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let patience = Duration::from_secs(args.patience);
    let work = show::patient(&args.paths, patience);
    let environments = Arc::new(environments(&work, &args.env, patience)?);
    let candidates = show::candidates(&work, patience)?;
    let mut incomplete = candidates.incomplete;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.format == Format::Table {
        for environment in environments.iter() {
            writeln!(out, "{}", table::environment_line(environment.as_ref()))?;
        }
    }
    let mut worst = Verdict::Ready;
    let mut counts = [0_usize; Verdict::ALL.len()];
    let with_hash = args.format == Format::Json;
    let single = candidates.paths.len() == 1;
    let against = Arc::clone(&environments);
    let jobs = {
        let work = Arc::clone(&work);
        move |path: &PathBuf| {
            let sha256 = with_hash.then(|| source::sha256(path).ok()).flatten();
            checked(&work, guard::read(&*work, path), &against, sha256)
        }
    };
    batch::in_order(
        candidates.paths,
        patience,
        jobs,
        |path, told| -> io::Result<()> {
            let told = told.unwrap_or_else(|| {
                incomplete = true;
                show::unanswered(path, args.patience);
                checked(
                    &work,
                    guard::unanswered(path, args.patience),
                    &environments,
                    None,
                )
            });
            let Checked {
                artifact,
                manifest,
                trust,
                sha256,
                comparisons,
            } = told;
            for (environment, comparison) in environments.iter().zip(&comparisons) {
                worst = worst.max(comparison.verdict);
                counts[comparison.verdict as usize] += 1;
                match args.format {
                    Format::Json => {
                        let object = json::check(
                            &artifact,
                            &manifest,
                            trust.as_ref(),
                            environment.as_ref(),
                            comparison,
                            sha256.as_deref(),
                        );
                        writeln!(out, "{object}")?;
                    }
                    Format::Table => {
                        writeln!(
                            out,
                            "{}",
                            table::check_line(&artifact, &manifest, comparison)
                        )?;
                        if single {
                            write!(out, "{}", table::check_page(comparison))?;
                        }
                    }
                }
            }
            Ok(())
        },
    )?;
    if args.format == Format::Table {
        let words: Vec<String> = Verdict::ALL
            .iter()
            .filter(|verdict| counts[**verdict as usize] > 0)
            .map(|verdict| format!("{} {}", counts[*verdict as usize], verdict.phrase()))
            .collect();
        let none = "no model found; files are recognised by their endings, a file given by name always counts";
        writeln!(
            out,
            "{}",
            if words.is_empty() {
                none.into()
            } else {
                words.join(" · ")
            }
        )?;
    }
    out.flush()?;
    if incomplete {
        return Ok(TROUBLE);
    }
    Ok(if fails(worst, args.fail_on) {
        BAD
    } else {
        GOOD
    })
}

struct Checked {
    artifact: Artifact,
    manifest: Manifest,
    trust: Option<trust::Trust>,
    sha256: Option<String>,
    comparisons: Vec<Comparison>,
}

fn checked(
    work: &LiveWork,
    (artifact, manifest): (Artifact, Manifest),
    environments: &[Option<Environment>],
    // A directory has no bytes of its own.
    sha256: Option<String>,
) -> Checked {
    let comparisons = environments
        .iter()
        .map(|environment| guard::compare(work, &artifact, &manifest, environment.as_ref()))
        .collect();
    Checked {
        trust: trust::of(&artifact, &manifest),
        sha256,
        artifact,
        manifest,
        comparisons,
    }
}

fn environments(
    work: &Arc<LiveWork>,
    named: &[PathBuf],
    patience: Duration,
) -> Result<Vec<Option<Environment>>> {
    let open = |path: Option<&PathBuf>| {
        let (work, owned) = (Arc::clone(work), path.cloned());
        let opened = batch::within(patience, move || work.open_environment(owned.as_deref()));
        let Some(opened) = opened else {
            let place = path.map_or("the environment".into(), |path| text::path(path));
            let seconds = patience.as_secs();
            bail!("{place} did not answer within {seconds} s; --patience waits longer");
        };
        Ok(opened?)
    };
    if named.is_empty() {
        return Ok(vec![open(None)?]);
    }
    named.iter().map(|path| open(Some(path))).collect()
}

fn fails(worst: Verdict, threshold: FailOn) -> bool {
    let threshold = match threshold {
        FailOn::Unknown => Verdict::Unknown,
        FailOn::Differs => Verdict::Differs,
        FailOn::FailsPredict => Verdict::FailsPredict,
        FailOn::FailsLoad => Verdict::FailsLoad,
        FailOn::Unreadable => Verdict::Unreadable,
        FailOn::Never => return false,
    };
    worst >= threshold
}
