//! `check`: what happens when artifacts are loaded in an environment, or in several.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{CheckArgs, FailOn, Format};
use super::{BAD, GOOD, TROUBLE, elsewhere};
use crate::compat::shelf;
use crate::compat::{Comparison, Verdict};
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::report::{grid, json, table};
use crate::{source, trust};

/// How the table is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Json,
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
    path: PathBuf,
    cells: Vec<grid::Cell>,
    words: String,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let work = LiveWork::new(args.paths.clone(), None);
    let environments = environments(&work, args)?;
    let candidates = super::show::candidates(&work)?;
    let shape = match (args.format, candidates.paths.len(), environments.len()) {
        (Format::Json, ..) => Shape::Json,
        (Format::Table, 1, 1) => Shape::Page,
        (Format::Table, _, 1) => Shape::List,
        (Format::Table, 1, _) => Shape::Column,
        (Format::Table, ..) => Shape::Grid(grid::path_width(&candidates.paths)),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match (shape, environments.as_slice()) {
        (Shape::Json, _) => {}
        (Shape::Grid(width), all) => out.write_all(grid::header(all, width).as_bytes())?,
        (_, [environment]) => {
            writeln!(out, "{}", table::environment_line(environment.as_ref()))?;
        }
        _ => {}
    }
    let mut tally = grid::Tally::of(environments.len());
    let jobs = |path: &PathBuf| checked(&work, path, &environments, shape);
    batch::in_order(&candidates.paths, jobs, |checked| -> io::Result<()> {
        out.write_all(checked.words.as_bytes())?;
        tally.add(&checked.path, checked.cells);
        Ok(())
    })?;
    if args.format == Format::Table {
        out.write_all(tally.footer(&environments).as_bytes())?;
    } else if args.summary {
        writeln!(out, "{}", tally.summary(&environments))?;
    }
    out.flush()?;
    if candidates.missing {
        return Ok(TROUBLE);
    }
    Ok(if fails(tally.worst(), args.fail_on) {
        BAD
    } else {
        GOOD
    })
}

/// The verdicts and what to print. What was read is let go before the next artifact: many may wait
/// for an earlier one to be printed.
fn checked(
    work: &LiveWork,
    path: &Path,
    environments: &[Option<Environment>],
    shape: Shape,
) -> Checked {
    let (artifact, manifest) = guard::read(work, path);
    let compared = |environment: &Option<Environment>| {
        guard::compare(work, &artifact, &manifest, environment.as_ref())
    };
    let mut comparisons: Vec<Comparison> = environments.iter().map(compared).collect();
    elsewhere::among(environments, &mut comparisons);
    if shape == Shape::Page
        && let ([environment], [comparison]) = (environments, comparisons.as_mut_slice())
    {
        elsewhere::on_host(work, &artifact, &manifest, environment.as_ref(), comparison);
    }
    let pairs = || environments.iter().zip(&comparisons);
    let words = match shape {
        Shape::Json => {
            let trust = trust::of(&artifact, &manifest);
            // A directory has no bytes of its own.
            let sha256 = source::sha256(path).ok();
            let object = |(environment, comparison): (&Option<Environment>, &Comparison)| {
                let object = json::check(
                    &artifact,
                    &manifest,
                    trust.as_ref(),
                    environment.as_ref(),
                    comparison,
                    sha256.as_deref(),
                );
                format!("{object}\n")
            };
            pairs().map(object).collect()
        }
        Shape::Page | Shape::List => {
            let lines = comparisons.iter().map(|comparison| {
                let line = table::check_line(&artifact, &manifest, comparison);
                let page = if shape == Shape::Page {
                    table::check_page(comparison)
                } else {
                    String::new()
                };
                format!("{line}\n{page}")
            });
            lines.collect()
        }
        Shape::Column => {
            let head = format!("{}\n", crate::text::path(path));
            let lines = pairs().map(|(environment, comparison)| {
                table::environment_verdict(environment.as_ref(), comparison)
            });
            [head].into_iter().chain(lines).collect()
        }
        Shape::Grid(width) => grid::line(path, comparisons.iter().map(|c| c.verdict), width),
    };
    let cells = comparisons.iter().map(|comparison| {
        let in_place = comparison.fix.as_ref().filter(|fix| fix.in_place());
        grid::Cell {
            verdict: comparison.verdict,
            wishes: shelf::wishes(&manifest, comparison),
            pins: in_place.map_or_else(Vec::new, |fix| fix.pins.clone()),
        }
    });
    Checked {
        path: path.to_path_buf(),
        cells: cells.collect(),
        words,
    }
}

fn environments(work: &LiveWork, args: &CheckArgs) -> Result<Vec<Option<Environment>>> {
    if args.all_envs {
        let all = super::envs::listed(work)?;
        let found: Vec<Option<Environment>> = all.into_iter().map(Some).collect();
        // None at all is told as it is without the option.
        return Ok(if found.is_empty() { vec![None] } else { found });
    }
    if args.env.is_empty() {
        return Ok(vec![work.open_environment(None)?]);
    }
    args.env
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
