//! Damaged copies of models that are folders or archives: one file of each cut or changed.
//!
//! Nothing may panic, and what a row then says is one sentence or one manifest of bounded size.

#[path = "support/thorough.rs"]
mod thorough;

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::engine::{LiveWork, Work};
use thorough::{EVERY_CHANGE, EVERY_CUT, thorough};

/// Folders with files of a model in them.
const MODELS: [&str; 12] = [
    "tests/fixtures/folders/archives",
    "tests/fixtures/folders/bentoml-1.0.20-sklearn",
    "tests/fixtures/folders/bentoml-1.4.39-plain",
    "tests/fixtures/folders/bentoml_iris",
    "tests/fixtures/folders/card_only",
    "tests/fixtures/folders/hugging_face",
    "tests/fixtures/folders/mlflow-2.3.2-keras-h5",
    "tests/fixtures/folders/mlflow-2.9.2-pyfunc",
    "tests/fixtures/folders/mlflow-2.9.2-pytorch",
    "tests/fixtures/folders/spacy-2.3.9",
    "tests/fixtures/folders/spacy_blank",
    "assets/demo/price/price_mlflow",
];

/// Cuts of one file in the thorough run: each time the whole folder is read.
const CUTS: usize = EVERY_CUT / 30;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name();
    entries
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .collect()
}

/// Reads all that `folder` holds as the shelf does, without what catches panics; how many
/// artifacts were read and how many not.
fn read(folder: &Path) -> (usize, usize) {
    let work = LiveWork::new(vec![folder.to_owned()], None);
    let mut found = Vec::new();
    work.walk(&mut |item| {
        if let shelflife::engine::WalkItem::Candidate(path) = item {
            found.push(path);
        }
        std::ops::ControlFlow::Continue(())
    });
    let (mut read, mut not) = (0, 0);
    for path in found {
        let (artifact, manifest) = work.read(&path);
        match &artifact.facts {
            Ok(_) => read += 1,
            Err(trouble) => {
                assert!(!trouble.reason.is_empty() && !trouble.reason.contains('\n'));
                not += 1;
            }
        }
        assert!(manifest.steps.len() < 3_000 && manifest.feature_names.len() < 100_000);
    }
    (read, not)
}

#[test]
fn no_damaged_part_of_a_folder_panics() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut random = 0x0dd_ba11_u64;
    let mut next = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % limit
    };
    let (mut cuts, mut changes, mut good, mut bad) = (0_u64, 0_u64, 0, 0);
    for model in MODELS {
        let scratch = tempfile::tempdir().unwrap();
        let copy = scratch.path().join("model");
        for file in files(&root.join(model)) {
            let target = copy.join(&file);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(root.join(model).join(&file), &target).unwrap();
        }
        assert_eq!(read(&copy).1, 0, "{model} whole");
        for file in files(&copy) {
            let target = copy.join(&file);
            let whole = fs::read(&target).unwrap();
            let step = if thorough() {
                whole.len().div_ceil(CUTS)
            } else {
                whole.len().div_ceil(25)
            };
            for len in (0..whole.len()).step_by(step.max(1)) {
                fs::write(&target, &whole[..len]).unwrap();
                let (read, not) = read(&copy);
                (good, bad) = (good + read, bad + not);
                cuts += 1;
            }
            let rounds = if thorough() { EVERY_CHANGE } else { 25 };
            for _ in 0..rounds {
                let mut changed = whole.clone();
                if changed.is_empty() {
                    break;
                }
                for _ in 0..=next(3) {
                    let at = next(changed.len());
                    changed[at] = match next(4) {
                        0 => 0,
                        1 => b'"',
                        _ => changed[at] ^ 1 << next(8),
                    };
                }
                fs::write(&target, &changed).unwrap();
                let (read, not) = read(&copy);
                (good, bad) = (good + read, bad + not);
                changes += 1;
            }
            fs::write(&target, &whole).unwrap();
        }
    }
    println!("{cuts} cuts, {changes} changes: {good} artifacts read, {bad} not");
    assert!(
        cuts > 500 && changes > 500,
        "{cuts} cuts, {changes} changes"
    );
    assert!(good > 500 && bad > 300, "{good} read, {bad} not");
}
