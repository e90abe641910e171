//! `check`: what happens when artifacts are loaded in an environment, or in several.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::args::{CheckArgs, CheckFormat, FailOn};
use super::{BAD, GOOD, TROUBLE, elsewhere, envs, show};
use crate::artifact::Artifact;
use crate::compat::shelf;
use crate::compat::{Comparison, Verdict};
use crate::engine::{LiveWork, batch, guard};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::report::{grid, json, sarif, table};
use crate::{source, text, trust};

/// How the table is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Json,
    Sarif,
    /// One artifact in one environment: everything.
    Page,
    /// Several artifacts in one environment: two lines each.
    List,
    /// One artifact in several environments: a line each.
    Column,
    /// Several artifacts in several environments; the width of the paths.
    Grid(usize),
}

/// One artifact, checked in every environment.
struct Checked {
    cells: Vec<grid::Cell>,
    words: String,
}

/// What every artifact is checked with.
struct Checker {
    work: Arc<LiveWork>,
    environments: Vec<Option<Environment>>,
    shape: Shape,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let patience = Duration::from_secs(args.patience);
    let work = show::patient(&args.paths, patience, true);
    let environments = environments(&work, args, patience)?;
    let environments = supposing(environments, &args.against)?;
    let candidates = show::candidates(&work, patience)?;
    let mut incomplete = candidates.incomplete;
    let shape = match (args.format, candidates.paths.len(), environments.len()) {
        (CheckFormat::Json, ..) => Shape::Json,
        (CheckFormat::Sarif, ..) => Shape::Sarif,
        (CheckFormat::Table, 1, 1) => Shape::Page,
        (CheckFormat::Table, _, 1) => Shape::List,
        (CheckFormat::Table, 1, _) => Shape::Column,
        (CheckFormat::Table, ..) => Shape::Grid(grid::path_width(&candidates.paths)),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match (shape, environments.as_slice()) {
        (Shape::Json, _) => {}
        (Shape::Sarif, _) => out.write_all(sarif::head().as_bytes())?,
        (Shape::Grid(width), all) => out.write_all(grid::header(all, width).as_bytes())?,
        (_, [environment]) => {
            writeln!(out, "{}", table::environment_line(environment.as_ref()))?;
        }
        _ => {}
    }
    let mut tally = grid::Tally::of(environments.len());
    let checker = Arc::new(Checker {
        work,
        environments,
        shape,
    });
    let jobs = {
        let checker = Arc::clone(&checker);
        move |path: &PathBuf| {
            // A directory has no bytes of its own.
            let sha256 = (shape == Shape::Json).then(|| source::sha256(path).ok());
            let read = guard::read(&*checker.work, path);
            checker.check(read, sha256.flatten().as_deref())
        }
    };
    let paths = candidates.paths;
    let mut any = false;
    batch::in_order(paths, patience, jobs, |path, told| -> io::Result<()> {
        let checked = told.unwrap_or_else(|| {
            incomplete = true;
            show::unanswered(path, args.patience);
            checker.check(guard::unanswered(path, args.patience), None)
        });
        let comma = shape == Shape::Sarif && any && !checked.words.is_empty();
        any |= !checked.words.is_empty();
        out.write_all(if comma { b"," } else { b"" })?;
        out.write_all(checked.words.as_bytes())?;
        tally.add(path, checked.cells);
        Ok(())
    })?;
    if shape == Shape::Sarif {
        out.write_all(sarif::foot(!incomplete).as_bytes())?;
    } else if args.format == CheckFormat::Table {
        out.write_all(tally.footer(&checker.environments).as_bytes())?;
    } else if args.summary {
        writeln!(out, "{}", tally.summary(&checker.environments))?;
    }
    out.flush()?;
    if incomplete {
        return Ok(TROUBLE);
    }
    Ok(if fails(tally.worst(), args.fail_on) {
        BAD
    } else {
        GOOD
    })
}

impl Checker {
    /// The verdicts and what to print. What was read is let go before the next artifact: many may
    /// wait for an earlier one to be printed.
    fn check(&self, read: (Artifact, Manifest), sha256: Option<&str>) -> Checked {
        let read = Arc::new(read);
        let (artifact, manifest) = &*read;
        let compared = |environment: &Option<Environment>| {
            guard::compare(&*self.work, artifact, manifest, environment.as_ref())
        };
        let mut comparisons: Vec<Comparison> = self.environments.iter().map(compared).collect();
        elsewhere::among(&self.environments, &mut comparisons);
        if self.shape == Shape::Page
            && let ([here], [comparison]) = (&*self.environments, &mut *comparisons)
        {
            elsewhere::on_host(&self.work, &read, here.as_ref(), comparison);
        }
        let words = self.words(artifact, manifest, &comparisons, sha256);
        let cells = comparisons.iter().map(|comparison| {
            let in_place = comparison.fix.as_ref().filter(|fix| fix.in_place());
            grid::Cell {
                verdict: comparison.verdict,
                wishes: shelf::wishes(manifest, comparison),
                pins: in_place.map_or_else(Vec::new, |fix| fix.pins.clone()),
            }
        });
        Checked {
            cells: cells.collect(),
            words,
        }
    }

    fn words(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        comparisons: &[Comparison],
        sha256: Option<&str>,
    ) -> String {
        let pairs = || self.environments.iter().zip(comparisons);
        match self.shape {
            Shape::Json => {
                let trust = trust::of(artifact, manifest);
                let object = |(environment, comparison): (&Option<Environment>, &Comparison)| {
                    let object = json::check(
                        artifact,
                        manifest,
                        trust.as_ref(),
                        environment.as_ref(),
                        comparison,
                        sha256,
                    );
                    format!("{object}\n")
                };
                pairs().map(object).collect()
            }
            Shape::Sarif => {
                let results = pairs().flat_map(|(environment, comparison)| {
                    sarif::results(artifact, environment.as_ref(), comparison)
                });
                let results: Vec<String> = results.map(|result| format!("\n{result}")).collect();
                results.join(",")
            }
            Shape::Page | Shape::List => {
                let lines = comparisons.iter().map(|comparison| {
                    let line = table::check_line(artifact, manifest, comparison);
                    let page = if self.shape == Shape::Page {
                        table::check_page(comparison)
                    } else {
                        String::new()
                    };
                    format!("{line}\n{page}")
                });
                lines.collect()
            }
            Shape::Column => {
                let head = format!("{}\n", text::path(&artifact.path));
                let lines = pairs().map(|(environment, comparison)| {
                    table::environment_verdict(environment.as_ref(), comparison)
                });
                [head].into_iter().chain(lines).collect()
            }
            Shape::Grid(width) => {
                let verdicts = comparisons.iter().map(|comparison| comparison.verdict);
                grid::line(&artifact.path, verdicts, width)
            }
        }
    }
}

fn environments(
    work: &Arc<LiveWork>,
    args: &CheckArgs,
    patience: Duration,
) -> Result<Vec<Option<Environment>>> {
    if args.all_envs {
        let all = envs::listed(work, patience)?;
        let found: Vec<Option<Environment>> = all.into_iter().map(Some).collect();
        // None at all is told as it is without the option.
        return Ok(if found.is_empty() { vec![None] } else { found });
    }
    if args.env.is_empty() {
        return Ok(vec![envs::open(work, None, patience)?]);
    }
    let named = args.env.iter();
    named
        .map(|path| envs::open(work, Some(path), patience))
        .collect()
}

/// The environments as they would be with some releases in place of what they have.
fn supposing(
    environments: Vec<Option<Environment>>,
    against: &[String],
) -> Result<Vec<Option<Environment>>> {
    if against.is_empty() {
        return Ok(environments);
    }
    let with = |environment: Option<Environment>| {
        let environment = environment.unwrap_or_else(Environment::bare);
        Ok(Some(environment.supposing(against)?))
    };
    environments.into_iter().map(with).collect()
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
