//! `show`: what artifacts need, without any environment.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::args::{Format, ShowArgs};
use super::{GOOD, TROUBLE};
use crate::artifact::Artifact;
use crate::engine::{LiveWork, WalkItem, Work, batch, guard, tables};
use crate::manifest::{Manifest, is_helper_name};
use crate::report::{json, table};
use crate::{text, trust};

pub(super) fn run(args: &ShowArgs) -> Result<u8> {
    let patience = Duration::from_secs(args.patience);
    let work = patient(&args.paths, patience, false);
    let candidates = candidates(&work, patience)?;
    let (mut incomplete, none) = (candidates.incomplete, candidates.paths.is_empty());
    // A page is a few thousand bytes: many go out at once.
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let format = args.format;
    let page = move |(artifact, manifest): (Artifact, Manifest)| {
        let trust = trust::of(&artifact, &manifest);
        match format {
            Format::Json => json::show(&artifact, &manifest, trust.as_ref()),
            Format::Table => {
                Ok(table::show_page(&artifact, &manifest, trust.as_ref()).into_bytes())
            }
        }
    };
    let read = move |path: &PathBuf| page(guard::read(&*work, path));
    batch::in_order_after(
        candidates.paths,
        |path| is_helper_name(path),
        patience,
        read,
        |path, told| -> Result<()> {
            let told = told.unwrap_or_else(|| {
                incomplete = true;
                unanswered(path, args.patience);
                page(guard::unanswered(path, args.patience))
            });
            out.write_all(&told?)?;
            Ok(out.write_all(b"\n")?)
        },
    )?;
    if args.format == Format::Table && none {
        writeln!(out, "no model found")?;
    }
    out.flush()?;
    Ok(if incomplete { TROUBLE } else { GOOD })
}

/// The work on a shelf that gives up what does not answer within `patience`; with `doubts` the
/// release that an artifact records is held against its state.
pub(super) fn patient(paths: &[PathBuf], patience: Duration, doubts: bool) -> Arc<LiveWork> {
    tables::prepare();
    let mut work = LiveWork::new(paths.to_vec(), None);
    work.patience = Some(patience);
    work.doubts = doubts;
    Arc::new(work)
}

/// Says that a folder or file was given up.
pub(super) fn unanswered(path: &Path, seconds: u64) {
    let path = text::path(path);
    // A warning that cannot be written is lost with the terminal it was for.
    let _ = writeln!(
        io::stderr(),
        "shelflife: {path} did not answer within {seconds} s and is left out; --patience waits longer"
    );
}

/// What a walk found.
pub(super) struct Candidates {
    pub paths: Vec<PathBuf>,
    /// Whether a path that the user named does not exist, or a folder did not answer.
    pub incomplete: bool,
}

/// Walks the shelf; troubles go to standard error.
pub(super) fn candidates(work: &LiveWork, patience: Duration) -> Result<Candidates> {
    let mut found = Candidates {
        paths: Vec::new(),
        incomplete: false,
    };
    work.walk(&mut |item| {
        match item {
            WalkItem::Candidate(path) => found.paths.push(path),
            WalkItem::Waiting => {}
            WalkItem::Unanswered(folder) => {
                found.incomplete = true;
                unanswered(&folder, patience.as_secs());
            }
            // A warning that cannot be written is lost with the terminal it was for.
            WalkItem::Trouble(sentence) => drop(writeln!(io::stderr(), "shelflife: {sentence}")),
        }
        ControlFlow::Continue(())
    });
    let named: HashSet<&PathBuf> = work.roots().iter().collect();
    let files = found.paths.iter().filter(|path| named.contains(path));
    let files: Vec<PathBuf> = files.cloned().collect();
    let exists = |root: &PathBuf| root.symlink_metadata().map(drop);
    let mut missing = HashSet::new();
    batch::in_order(files, patience, exists, |root, found| -> io::Result<()> {
        // One that does not answer is told when it is read.
        if let Some(Err(error)) = found {
            writeln!(io::stderr(), "shelflife: {}: {error}", text::path(root))?;
            missing.insert(root.clone());
        }
        Ok(())
    })?;
    if !missing.is_empty() {
        found.incomplete = true;
        found.paths.retain(|path| !missing.contains(path));
    }
    Ok(found)
}
