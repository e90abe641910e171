//! `explain`: which artifact is behind a traceback, why, and what to do.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::args::{ExplainArgs, Format};
use super::{BAD, GOOD, TROUBLE};
use crate::engine::explain::{Place, explain};
use crate::engine::{LiveWork, Work};
use crate::explain::{LONGEST, parse};
use crate::report::explain as report;
use crate::source;
use crate::text;

/// How much of a log is read at once.
const PIECE: usize = 1 << 16;

pub(super) fn run(args: &ExplainArgs) -> Result<u8> {
    let content = content(&args.input)?;
    let trace = parse(&String::from_utf8_lossy(&content));
    if trace.raised.is_empty() {
        bail!(
            "{} holds no exception; give it a traceback, or a message such as KeyError: 118",
            shown(&args.input)
        );
    }
    let patience = Duration::from_secs(args.patience);
    let mut work = LiveWork::new(args.paths.clone(), args.env.clone());
    work.patience = Some(patience);
    let work = Arc::new(work);
    let candidates = super::show::candidates(&work, patience)?;
    // A message alone needs no environment, unless one was named.
    let environment = if args.paths.is_empty() && args.env.is_none() {
        None
    } else {
        work.open_environment(None)?
    };
    let place = Place {
        environment: environment.map(Arc::new),
        named: args.env.is_some(),
        stop: Arc::default(),
        patience,
    };
    let work: Arc<dyn Work> = work;
    let explanation = explain(&work, candidates.paths, trace, &place);
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.format {
        Format::Json => writeln!(out, "{}", report::json(&explanation))?,
        Format::Table => write!(out, "{}", report::page(&explanation))?,
    }
    out.flush()?;
    if candidates.incomplete {
        return Ok(TROUBLE);
    }
    Ok(if explanation.explains() { GOOD } else { BAD })
}

fn shown(input: &Path) -> String {
    if input == Path::new("-") {
        "standard input".into()
    } else {
        text::path(input)
    }
}

/// The end of the input: a log may be long, and the exception stands last.
fn content(input: &Path) -> Result<Vec<u8>> {
    if input == Path::new("-") {
        if io::stdin().is_terminal() {
            writeln!(
                io::stderr(),
                "paste the traceback, then ctrl-d on a line of its own"
            )?;
        }
        return Ok(end_of(io::stdin().lock())?);
    }
    let (mut file, metadata): (File, _) =
        source::regular(input).with_context(|| text::path(input))?;
    let start = metadata.len().saturating_sub(2 * LONGEST as u64);
    file.seek(SeekFrom::Start(start))?;
    Ok(end_of(file)?)
}

/// The last bytes of a stream, a little more than are looked at, so that the cut is noticed.
fn end_of(mut stream: impl Read) -> io::Result<Vec<u8>> {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let count = match stream.read(&mut piece) {
            Ok(0) => return Ok(kept),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        kept.extend_from_slice(&piece[..count]);
        if kept.len() > 3 * LONGEST {
            kept.drain(..LONGEST);
        }
    }
}
