//! Damaged and crafted model files: whatever a file says, a trial ends in an answer or an error.

use std::fs;
use std::path::PathBuf;

use shelflife::artifact::{self, Keep};
use shelflife::trial::{native, sample};

/// A small generator with a fixed start, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn damaged_models_never_panic_nor_hang() {
    let rounds: usize = std::env::var("SHELFLIFE_DAMAGE_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(5);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native");
    let scratch = tempfile::tempdir().unwrap();
    let target = scratch.path().join("damaged");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut read, mut answered) = (0, 0);
    for release in ["0.24", "1.3", "1.9"] {
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join(release))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e != "json"))
            .collect();
        files.sort();
        for file in files {
            let whole = fs::read(&file).unwrap();
            for _ in 0..rounds {
                let mut bytes = whole.clone();
                for _ in 0..=random.below(3) {
                    let place = random.below(bytes.len());
                    bytes[place] = match random.below(4) {
                        0 => 0,
                        1 => 0xff,
                        2 => bytes[place] ^ 1 << random.below(8),
                        _ => random.below(256) as u8,
                    };
                }
                fs::write(&target, &bytes).unwrap();
                let Ok(facts) = artifact::read(&target, Keep::Everything).facts else {
                    continue;
                };
                let Some(objects) = facts.objects else {
                    continue;
                };
                read += 1;
                if let Ok(made) = sample::generate(&objects)
                    && native::predict(&objects, &made).is_ok()
                {
                    answered += 1;
                }
            }
        }
    }
    // Damage must have reached past the reader, or nothing was tested.
    assert!(
        read > 200 && answered > 100,
        "{read} read, {answered} answered"
    );
}
