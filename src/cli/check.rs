//! `check`: what happens when artifacts are loaded in an environment.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};

use super::args::{CheckArgs, FailOn, Format};
use super::{BAD, GOOD, TROUBLE, show};
use crate::artifact::Artifact;
use crate::compat::Verdict;
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
    let printed = Printed {
        format: args.format,
        single: candidates.paths.len() == 1,
    };
    let against = Arc::clone(&environments);
    let jobs = {
        let work = Arc::clone(&work);
        move |path: &PathBuf| {
            // A directory has no bytes of its own.
            let sha256 = (printed.format == Format::Json)
                .then(|| source::sha256(path).ok())
                .flatten();
            checked(
                &work,
                guard::read(&*work, path),
                &against,
                sha256.as_deref(),
                printed,
            )
        }
    };
    let paths = candidates.paths;
    batch::in_order(paths, patience, jobs, |path, told| -> io::Result<()> {
        let told = told.unwrap_or_else(|| {
            incomplete = true;
            show::unanswered(path, args.patience);
            let nothing = guard::unanswered(path, args.patience);
            checked(&work, nothing, &environments, None, printed)
        });
        for (verdict, line) in told {
            worst = worst.max(verdict);
            counts[verdict as usize] += 1;
            out.write_all(line.as_bytes())?;
        }
        Ok(())
    })?;
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

/// How verdicts are printed.
#[derive(Clone, Copy)]
struct Printed {
    format: Format,
    /// With all that is behind the only one.
    single: bool,
}

/// The verdict and what to print for each environment. What was read is let go before the next
/// artifact: many may wait for an earlier one to be printed.
fn checked(
    work: &LiveWork,
    (artifact, manifest): (Artifact, Manifest),
    environments: &[Option<Environment>],
    sha256: Option<&str>,
    printed: Printed,
) -> Vec<(Verdict, String)> {
    let trust = trust::of(&artifact, &manifest);
    let trust = trust.as_ref();
    let one = |environment: &Option<Environment>| {
        let environment = environment.as_ref();
        let comparison = guard::compare(work, &artifact, &manifest, environment);
        let lines = match printed.format {
            Format::Json => {
                let object = json::check(
                    &artifact,
                    &manifest,
                    trust,
                    environment,
                    &comparison,
                    sha256,
                );
                format!("{object}\n")
            }
            Format::Table => {
                let line = table::check_line(&artifact, &manifest, &comparison);
                if printed.single {
                    format!("{line}\n{}", table::check_page(&comparison))
                } else {
                    format!("{line}\n")
                }
            }
        };
        (comparison.verdict, lines)
    };
    environments.iter().map(one).collect()
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
