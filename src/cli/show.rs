//! `show`: what artifacts need, without any environment.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Result;

use super::args::{Format, ShowArgs};
use super::{GOOD, TROUBLE};
use crate::engine::{LiveWork, WalkItem, Work, batch, guard};
use crate::report::{json, table};
use crate::{text, trust};

pub(super) fn run(args: &ShowArgs) -> Result<u8> {
    let work = LiveWork::new(args.paths.clone(), None);
    let candidates = candidates(&work)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let read = |path: &PathBuf| {
        let (artifact, manifest) = guard::read(&work, path);
        let trust = trust::of(&artifact, &manifest);
        match args.format {
            Format::Json => json::show(&artifact, &manifest, trust.as_ref()),
            Format::Table => Ok(table::show_page(&artifact, &manifest, trust.as_ref())),
        }
    };
    batch::in_order(&candidates.paths, read, |page| -> Result<()> {
        Ok(writeln!(out, "{}", page?)?)
    })?;
    if args.format == Format::Table && candidates.paths.is_empty() {
        writeln!(out, "no model found")?;
    }
    out.flush()?;
    Ok(if candidates.missing { TROUBLE } else { GOOD })
}

/// What a walk found.
pub(super) struct Candidates {
    pub paths: Vec<PathBuf>,
    /// Whether a path that the user named does not exist.
    pub missing: bool,
}

/// Walks the shelf; troubles go to standard error.
pub(super) fn candidates(work: &LiveWork) -> Result<Candidates> {
    let mut found = Candidates {
        paths: Vec::new(),
        missing: false,
    };
    for root in work.roots() {
        if let Err(error) = root.symlink_metadata() {
            writeln!(io::stderr(), "shelflife: {}: {error}", text::path(root))?;
            found.missing = true;
        }
    }
    let roots: HashSet<&PathBuf> = work.roots().iter().collect();
    work.walk(&mut |item| {
        match item {
            WalkItem::Candidate(path) => {
                // A root that is missing was told already; the rest stood in a folder just now.
                if !roots.contains(&path) || path.symlink_metadata().is_ok() {
                    found.paths.push(path);
                }
            }
            // A warning that cannot be written is lost with the terminal it was for.
            WalkItem::Trouble(sentence) => drop(writeln!(io::stderr(), "shelflife: {sentence}")),
        }
        ControlFlow::Continue(())
    });
    Ok(found)
}
