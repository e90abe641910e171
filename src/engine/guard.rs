//! What becomes of a panic in the layers below: a row with a reason, never a dead thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::work::Work;
use crate::artifact::{Artifact, Format, Unreadable, UnreadableKind};
use crate::compat::{Comparison, Verdict};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::text;

/// Runs `job`; a panic becomes its message, shortened and cleaned.
///
/// The layers below keep no state between calls, so that nothing half-changed is seen afterwards.
pub(super) fn catch<T>(job: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(job)).map_err(|payload| message(payload.as_ref()))
}

/// Reads `path`; a reader that panics yields an unreadable artifact.
pub fn read(work: &dyn Work, path: &Path) -> (Artifact, Manifest) {
    read_telling(work, path, &mut |_| {})
}

/// Reads `path` and tells what is known so far; a reader that panics yields an unreadable artifact.
pub fn read_telling(
    work: &dyn Work,
    path: &Path,
    so_far: &mut dyn FnMut(Manifest),
) -> (Artifact, Manifest) {
    catch(|| work.read_telling(path, so_far)).unwrap_or_else(|panic| {
        unreadable(
            path,
            UnreadableKind::Damaged,
            format!("the reader gave up on this file: {panic}"),
            "report it as a bug of shelflife, with the file if you can",
        )
    })
}

/// What becomes of a file that gave no bytes for `seconds`.
pub fn unanswered(path: &Path, seconds: u64) -> (Artifact, Manifest) {
    unreadable(
        path,
        UnreadableKind::Io,
        format!("it did not answer within {seconds} s"),
        "look at the disk or the network mount; --patience waits longer",
    )
}

fn unreadable(
    path: &Path,
    kind: UnreadableKind,
    reason: String,
    repair: &str,
) -> (Artifact, Manifest) {
    let artifact = Artifact {
        path: path.to_path_buf(),
        format: Format::Other,
        compression: None,
        size: 0,
        modified: None,
        facts: Err(Unreadable {
            kind,
            reason,
            repair: Some(repair.to_owned()),
        }),
    };
    (artifact, Manifest::default())
}

/// Compares; a comparison that panics says that nothing is known.
pub fn compare(
    work: &dyn Work,
    artifact: &Artifact,
    manifest: &Manifest,
    environment: Option<&Environment>,
) -> Comparison {
    catch(|| work.compare(artifact, manifest, environment)).unwrap_or_else(|panic| {
        let (verdict, summary) = match &artifact.facts {
            Err(unreadable) => (Verdict::Unreadable, unreadable.reason.clone()),
            Ok(_) => (
                Verdict::Unknown,
                format!("the comparison gave up on this file: {panic}"),
            ),
        };
        Comparison {
            verdict,
            summary,
            rows: Vec::new(),
            findings: Vec::new(),
            history: Vec::new(),
            shift: None,
            fix: None,
        }
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it panicked without a message");
    text::short(words, 120)
}
