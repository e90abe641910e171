//! `check`: what happens when artifacts are loaded in an environment.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{CheckArgs, FailOn, Format};
use super::{BAD, GOOD, TROUBLE};
use crate::compat::Verdict;
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::report::{json, table};
use crate::{source, trust};

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let work = LiveWork::new(args.paths.clone(), None);
    let environments = environments(&work, &args.env)?;
    let candidates = super::show::candidates(&work)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    if args.format == Format::Table {
        for environment in &environments {
            writeln!(out, "{}", table::environment_line(environment.as_ref()))?;
        }
    }
    let mut worst = Verdict::Ready;
    let mut counts = [0_usize; Verdict::ALL.len()];
    let single = candidates.paths.len() == 1;
    let jobs = |path: &PathBuf| checked(&work, path, &environments, args.format, single);
    batch::in_order(&candidates.paths, jobs, |lines| -> io::Result<()> {
        for (verdict, line) in lines {
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
    if candidates.missing {
        return Ok(TROUBLE);
    }
    Ok(if fails(worst, args.fail_on) {
        BAD
    } else {
        GOOD
    })
}

/// The verdict and what to print for each environment. What was read is let go before the next
/// artifact: many may wait for an earlier one to be printed.
fn checked(
    work: &LiveWork,
    path: &Path,
    environments: &[Option<Environment>],
    format: Format,
    single: bool,
) -> Vec<(Verdict, String)> {
    let (artifact, manifest) = guard::read(work, path);
    let trust = trust::of(&artifact, &manifest);
    // A directory has no bytes of its own.
    let sha256 = (format == Format::Json)
        .then(|| source::sha256(path).ok())
        .flatten();
    let one = |environment: &Option<Environment>| {
        let environment = environment.as_ref();
        let comparison = guard::compare(work, &artifact, &manifest, environment);
        let line = match format {
            Format::Json => {
                let trust = trust.as_ref();
                let sha256 = sha256.as_deref();
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
                if single {
                    format!("{line}\n{}", table::check_page(&comparison))
                } else {
                    format!("{line}\n")
                }
            }
        };
        (comparison.verdict, line)
    };
    environments.iter().map(one).collect()
}

fn environments(work: &LiveWork, named: &[PathBuf]) -> Result<Vec<Option<Environment>>> {
    if named.is_empty() {
        return Ok(vec![work.open_environment(None)?]);
    }
    named
        .iter()
        .map(|path| Ok(work.open_environment(Some(path))?))
        .collect()
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
