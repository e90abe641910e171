//! `check`: what happens when artifacts are loaded in an environment.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{CheckArgs, FailOn, Format};
use super::{BAD, GOOD, TROUBLE};
use crate::compat::{Comparison, Verdict};
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
    let with_hash = args.format == Format::Json;
    let single = candidates.paths.len() == 1;
    // What waits for its turn is a verdict and its words: hundreds of object graphs would be too much.
    let jobs = |path: &PathBuf| {
        let checked = checked(&work, path, &environments, with_hash);
        let compared = environments.iter().zip(&checked.comparisons);
        let pages = compared.map(|(environment, comparison)| {
            let page = match args.format {
                Format::Json => json::check(
                    &checked.artifact,
                    &checked.manifest,
                    checked.trust.as_ref(),
                    environment.as_ref(),
                    comparison,
                    checked.sha256.as_deref(),
                )
                .to_string(),
                Format::Table => {
                    let line = table::check_line(&checked.artifact, &checked.manifest, comparison);
                    if single {
                        let mut page = format!("{line}\n{}", table::check_page(comparison));
                        if page.ends_with('\n') {
                            page.pop();
                        }
                        page
                    } else {
                        line
                    }
                }
            };
            (comparison.verdict, page)
        });
        pages.collect::<Vec<_>>()
    };
    batch::in_order(&candidates.paths, jobs, |outcome| -> io::Result<()> {
        for (verdict, page) in outcome {
            worst = worst.max(verdict);
            counts[verdict as usize] += 1;
            writeln!(out, "{page}")?;
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

struct Checked {
    artifact: crate::artifact::Artifact,
    manifest: crate::manifest::Manifest,
    trust: Option<trust::Trust>,
    sha256: Option<String>,
    comparisons: Vec<Comparison>,
}

fn checked(
    work: &LiveWork,
    path: &Path,
    environments: &[Option<Environment>],
    with_hash: bool,
) -> Checked {
    let (artifact, manifest) = guard::read(work, path);
    let comparisons = environments
        .iter()
        .map(|environment| guard::compare(work, &artifact, &manifest, environment.as_ref()))
        .collect();
    Checked {
        trust: trust::of(&artifact, &manifest),
        // A directory has no bytes of its own.
        sha256: with_hash.then(|| source::sha256(path).ok()).flatten(),
        artifact,
        manifest,
        comparisons,
    }
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
