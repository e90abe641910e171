//! Damaged copies of files of weights and networks: cut anywhere, bits turned, bytes changed.
//!
//! Nothing may panic or hang, and a cut file must never pass for whole.

#[path = "support/thorough.rs"]
mod thorough;

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Artifact, Keep, UnreadableKind};
use shelflife::manifest::Manifest;
use thorough::{EVERY_CHANGE, EVERY_CUT, thorough};

/// Every file that has a report beside it.
fn all() -> Vec<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let folders = [
        "npy",
        "npz",
        "safetensors",
        "gguf",
        "torch",
        "keras",
        "hdf5",
    ];
    let mut found: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)))
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| Path::new(&format!("{}.json", path.display())).is_file())
        .collect();
    found.sort();
    assert_eq!(found.len(), 37);
    found
}

fn read_copy(folder: &Path, bytes: &[u8]) -> Artifact {
    let path = folder.join("copy");
    fs::write(&path, bytes).unwrap();
    artifact::read(&path, Keep::Identity)
}

#[test]
fn a_cut_file_is_never_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for path in all() {
        // Of a cut tar archive the members that are there are listed.
        if path.ends_with("torch/tar.pt") {
            continue;
        }
        let whole = fs::read(&path).unwrap();
        let every = thorough() && whole.len() <= EVERY_CUT;
        let step = if every {
            1
        } else {
            whole.len().div_ceil(400).max(1)
        };
        for len in (1..whole.len()).step_by(step) {
            let read = read_copy(folder.path(), &whole[..len]);
            tried += 1;
            let Err(trouble) = read.facts else {
                panic!("{} cut to {len} bytes is read", path.display());
            };
            assert!(
                matches!(
                    trouble.kind,
                    UnreadableKind::Truncated | UnreadableKind::Foreign | UnreadableKind::Damaged
                ) && !trouble.reason.is_empty()
                    && !trouble.reason.contains('\n'),
                "{} cut to {len}: {}",
                path.display(),
                trouble.reason
            );
        }
    }
    assert!(tried > 8_000, "only {tried} cuts were tried");
    println!("{tried} cuts");
}

#[test]
fn a_changed_file_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit as u64) as usize
    };
    let (mut tried, mut whole_still) = (0, 0);
    for path in all() {
        let whole = fs::read(&path).unwrap();
        let rounds = if thorough() { EVERY_CHANGE } else { 250 };
        for round in 0..rounds {
            let mut bytes = whole.clone();
            for _ in 0..=next(4) {
                // Half of the changes where headers stand.
                let limit = if round % 2 == 0 {
                    bytes.len().min(400)
                } else {
                    bytes.len()
                };
                let at = next(limit);
                bytes[at] = match next(4) {
                    0 => 0,
                    1 => 0xff,
                    _ => bytes[at] ^ 1 << next(8),
                };
            }
            let read = read_copy(folder.path(), &bytes);
            let manifest = Manifest::of(&read);
            assert!(manifest.steps.len() < 3_000);
            tried += 1;
            whole_still += u32::from(read.facts.is_ok());
        }
    }
    assert!(tried >= 8_000, "only {tried} changes were tried");
    println!("{tried} changes");
    assert!(
        whole_still > 800,
        "only {whole_still} changed files were read to the end"
    );
}
