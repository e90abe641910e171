//! Damaged copies of every real file: cut anywhere, bits turned, bytes changed, put in and left out.
//!
//! Nothing may panic, hang or keep more than its budget, and a cut file must never pass for whole.

#[path = "support/thorough.rs"]
mod thorough;

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Artifact, Keep, UnreadableKind};
use shelflife::manifest::Manifest;
use shelflife::pickle::{Data, Elements, Graph, Limits, Node};
use thorough::{EVERY_CHANGE, EVERY_CUT, thorough};

/// Files up to this many bytes are cut at every place, longer ones at this many.
const CUTS: usize = 150;

/// Changed copies of each file.
const CHANGES: u64 = 40;

/// Larger files are only cut: reading them hundreds of times takes long.
const SMALL: usize = 80_000;

#[test]
fn a_cut_file_is_never_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for file in fixtures() {
        let whole = fs::read(&file).unwrap();
        let limit = if whole.len() > SMALL { CUTS / 5 } else { CUTS };
        let every = thorough() && whole.len() <= EVERY_CUT;
        let step = if every {
            1
        } else {
            whole.len().div_ceil(limit).max(1)
        };
        let ends = ends_early(&file);
        for len in (1..whole.len()).step_by(step) {
            let read = read_copy(folder.path(), &whole[..len], Keep::Identity);
            tried += 1;
            let Err(unreadable) = &read.facts else {
                assert!(len >= ends, "{} cut to {len} bytes is read", file.display());
                continue;
            };
            let place = format!("{} cut to {len}: {}", file.display(), unreadable.reason);
            assert!(
                !unreadable.reason.is_empty() && !unreadable.reason.contains('\n'),
                "{place}"
            );
            // A magic number of two bytes or more, or an unfinished pickle, is told as cut.
            let marked = matches!(whole[..2], [0x80 | 0x78, _] | [0x1f, 0x8b]);
            if marked && len > 32 {
                assert_eq!(unreadable.kind, UnreadableKind::Truncated, "{place}");
            } else {
                assert!(
                    matches!(
                        unreadable.kind,
                        UnreadableKind::Truncated
                            | UnreadableKind::Foreign
                            | UnreadableKind::Damaged
                    ),
                    "{place}"
                );
            }
        }
    }
    assert!(tried > 4_000, "only {tried} cuts were tried");
    println!("{tried} cuts");
}

#[test]
fn a_changed_file_stays_within_the_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(0x5eed_1234_abcd_0001);
    let mut tried = 0;
    for file in fixtures() {
        let whole = fs::read(&file).unwrap();
        if whole.len() > SMALL {
            continue;
        }
        let changes = if thorough() { EVERY_CHANGE } else { CHANGES };
        for change in 0..changes {
            let changed = random.change(&whole, change % 5);
            let keep = if change % 2 == 0 {
                Keep::Identity
            } else {
                Keep::Everything
            };
            let read = read_copy(folder.path(), &changed, keep);
            tried += 1;
            check_bounds(&read, changed.len());
            let manifest = Manifest::of(&read);
            assert!(manifest.steps.len() <= 1_000 && manifest.names.len() <= changed.len() * 40);
        }
    }
    assert!(tried > 2_500, "only {tried} changes were tried");
    println!("{tried} changes");
}

/// What a read keeps is bounded by its limits, and without compression by the file's own length.
fn check_bounds(read: &Artifact, size: usize) {
    let Ok(facts) = &read.facts else { return };
    let objects = facts.objects.as_ref().unwrap();
    let kept = kept(&objects.graph);
    assert!(kept <= Limits::everything(u64::from(u32::MAX)).kept);
    if read.compression.is_none() {
        // `GLOBAL` by memo is the dearest: two strings again for one byte.
        assert!(
            objects.graph.len() <= size + 1,
            "{} nodes of {size} bytes",
            objects.graph.len()
        );
        assert!(kept <= size as u64 * 64, "{kept} bytes kept of {size}");
    }
}

fn kept(graph: &Graph) -> u64 {
    let data = |data: &Data| data.bytes().map_or(0, |bytes| bytes.len() as u64);
    graph
        .iter()
        .map(|(_, node)| match node {
            Node::Str(d) | Node::RawStr(d) | Node::Bytes(d) | Node::ByteArray(d) => data(d),
            Node::Long(bytes) => bytes.len() as u64,
            Node::Global(global) => (global.module.len() + global.name.len()) as u64,
            Node::Array(array) => match &array.elements {
                Elements::Raw(d) => data(d),
                Elements::Pickled(_) => 0,
            },
            _ => 0,
        })
        .sum()
}

/// From which length on a cut copy may still hold the whole first pickle.
fn ends_early(file: &Path) -> usize {
    match file.file_name().and_then(|name| name.to_str()) {
        Some("two-in-one-file.pkl" | "trailing-bytes.pkl") => 29,
        // Behind the pickle stand only check sums, lengths and end marks of the compression.
        _ if file.to_string_lossy().contains("joblib") => {
            let len = fs::metadata(file).unwrap().len() as usize;
            if file.ends_with("plain.joblib") {
                len
            } else {
                len.saturating_sub(64)
            }
        }
        _ => usize::MAX,
    }
}

fn read_copy(folder: &Path, bytes: &[u8], keep: Keep) -> Artifact {
    let path = folder.join("copy");
    fs::write(&path, bytes).unwrap();
    artifact::read(&path, keep)
}

/// Every pickle and joblib file among the fixtures that is not damaged already, but the two of a
/// hundred thousand levels.
fn fixtures() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| {
            let text = path.to_string_lossy();
            let named = text.ends_with(".pkl") || text.ends_with(".joblib");
            let ours = text.contains("fixtures/pickle/") || text.contains("fixtures/joblib/");
            let skipped = ["truncated", "crlf", "empty", "deep-"];
            named && ours && !skipped.iter().any(|word| text.contains(word))
        })
        .collect();
    found.sort();
    assert!(found.len() > 60, "only {} fixtures were found", found.len());
    found
}

/// xorshift64*: the same changes at every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A copy with one to eight changes of one way.
    fn change(&mut self, whole: &[u8], way: u64) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len());
            let byte = self.next() as u8;
            match way {
                0 => bytes[at] ^= 1 << (byte % 8),
                1 => bytes[at] = byte,
                2 => bytes.insert(at, byte),
                3 if bytes.len() > 8 => {
                    bytes.drain(at..(at + 1 + usize::from(byte % 7)).min(bytes.len()));
                }
                // A piece from elsewhere, as broken disks and careless merges do it.
                _ => {
                    let from = self.below(bytes.len());
                    let len = (1 + self.below(64)).min(bytes.len() - at.max(from));
                    bytes.copy_within(from..from + len, at);
                }
            }
        }
        bytes
    }
}
