//! The functions of the fuzz targets, on damaged copies of real files and on bytes made by chance.
//! `tests/fuzz` runs the same functions for as long as somebody lets it.

#[path = "support/fuzzed.rs"]
mod fuzzed;

use std::fs;
use std::path::{Path, PathBuf};

use fuzzed::records::{record, records};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use shelflife::source::zip::Zip;

/// Larger files take long in a debug build.
const LARGEST: u64 = 24 << 10;

/// Changed copies for each function.
const CASES: u32 = 150;

/// One damage. Places are chosen when the length is known.
#[derive(Clone, Debug)]
enum Edit {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Drop(Index, u8),
    Copy(Index, Index, u8),
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    // Ends of ranges and signs of numbers are where readers count wrong.
    let telling = proptest::sample::select(&[0, 1, 0x7f, 0x80, 0xfe, 0xff, b'\n', b'.', b'"'][..]);
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, 1 << bit)),
        4 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        4 => (at(), telling).prop_map(|(at, byte)| Edit::Set(at, byte)),
        2 => (at(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        2 => (at(), 1..9_u8).prop_map(|(at, len)| Edit::Drop(at, len)),
        2 => (at(), at(), 1..65_u8).prop_map(|(from, to, len)| Edit::Copy(from, to, len)),
        1 => at().prop_map(Edit::Cut),
    ]
}

fn changed(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let len = bytes.len();
        if len == 0 {
            break;
        }
        match edit {
            Edit::Flip(at, bit) => bytes[at.index(len)] ^= bit,
            Edit::Set(at, byte) => bytes[at.index(len)] = *byte,
            Edit::Insert(at, more) => {
                let at = at.index(len);
                bytes.splice(at..at, more.iter().copied());
            }
            Edit::Drop(at, count) => {
                let at = at.index(len);
                bytes.drain(at..(at + usize::from(*count)).min(len));
            }
            Edit::Copy(from, to, count) => {
                let (from, to) = (from.index(len), to.index(len));
                let count = usize::from(*count).min(len - from.max(to));
                bytes.copy_within(from..from + count, to);
            }
            Edit::Cut(at) => bytes.truncate(at.index(len)),
        }
    }
    bytes
}

/// The files below a folder of the repository that are small and have one of the endings.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.file_type().is_file()
                && endings.iter().any(|ending| name.ends_with(ending))
                && entry.metadata().unwrap().len() <= LARGEST
        })
        .map(walkdir::DirEntry::into_path)
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no seeds in {folder}");
    found
}

fn contents(folder: &str, endings: &[&str], first: &[u8]) -> Vec<Vec<u8>> {
    files(folder, endings)
        .iter()
        .map(|path| [first, &fs::read(path).unwrap()].concat())
        .collect()
}

/// Each folder as the records of its files.
fn folders(roots: &[PathBuf]) -> Vec<Vec<u8>> {
    let of = |root: &PathBuf| -> Vec<u8> {
        let inside = files(root.to_str().unwrap(), &[""]);
        let records = inside.iter().take(10).map(|path| {
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            record(&name, &fs::read(path).unwrap())
        });
        records.collect::<Vec<_>>().concat()
    };
    roots.iter().map(of).collect()
}

fn below(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// What to change for a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "pickle" => contents("tests/fixtures/pickle", &["pkl"], b"\0"),
        "artifact" => contents("assets/demo", &["pkl", "joblib", "sav", "xz"], b"\0"),
        "booster" => contents(
            "tests/fixtures/formats",
            &["cbm", "model", "txt", "ubj", "pmml"],
            b"\x03",
        ),
        "tensors" => contents(
            "tests/fixtures/formats",
            &["h5", "gguf", "npy", "npz", "safetensors", "pt", "keras"],
            b"\x09",
        ),
        "native" => contents("tests/fixtures/native/1.9", &["pkl", "joblib"], b""),
        "beside" => {
            let dump = fs::read(&files("tests/fixtures/joblib/0.9", &["plain.joblib"])[0]).unwrap();
            let beside = files("tests/fixtures/joblib/0.9", &[".npy"]);
            let beside = beside.iter().map(|path| {
                let name = path.file_name().unwrap().to_string_lossy();
                record(&name, &fs::read(path).unwrap())
            });
            let beside: Vec<_> = beside.collect();
            vec![[record("", &dump), beside.concat()].concat()]
        }
        "archive" => contents("tests/fixtures", &["keras", "pt", "npz", "skops"], b"")
            .into_iter()
            .filter(|bytes| Zip::sniff(bytes))
            .map(|bytes| {
                let archive = Zip::inside(bytes).unwrap();
                let members = archive
                    .members()
                    .iter()
                    .map(|member| record(&member.name, &archive.read(member, LARGEST).unwrap()));
                members.collect::<Vec<_>>().concat()
            })
            .collect(),
        "packed" => {
            let endings = [
                "zlib.joblib",
                "gzip.joblib",
                "bz2.joblib",
                "xz.joblib",
                "lzma.joblib",
                "lz4.joblib",
            ];
            let mut found = Vec::new();
            for (codec, ending) in endings.iter().enumerate() {
                let of_codec = contents("tests/fixtures/joblib", &[ending], &[codec as u8]);
                found.extend(of_codec.into_iter().take(1));
            }
            found
        }
        "folder" => folders(&below("tests/fixtures/folders")),
        "environment" => environments(),
        "python" => contents("tests", &[".py"], b""),
        "compiled" => vec![elf()],
        "package" => contents("tests/demo", &[".txt"], b""),
        "sample" => [
            contents("assets/demo", &[".csv", "example.json"], b""),
            contents("tests/fixtures/formats/npy", &[".npy"], b""),
        ]
        .concat(),
        other => panic!("{other} has no seeds"),
    }
}

/// Site folders: sources, metadata, and what adds folders and modules at every start.
fn environments() -> Vec<Vec<u8>> {
    let code = b"from .sub import *\nimport other\n__all__ = ['Model'] + other.__all__\nclass Model:\n    kind = 'plain'\n    def predict(self, X):\n        return [p.n for p in self.parts if self.extra]\n";
    let metadata = b"Name: pack\nVersion: 1.0\nRequires-Dist: numpy>=1.2; extra == 'a'\nRequires-Python: >=3.8\n";
    let finder = b"MAPPING: dict[str, str] = {'pack': '/x/pack'}\nNAMESPACES: dict = {}\n";
    let sources = [
        record("pack/__init__.py", code),
        record("pack/sub.py", b"class Part: pass\n"),
        record("other.py", code),
        record("pyvenv.cfg", b"home = /none\nversion = 3.12.1\n"),
    ];
    let installed = [
        record("pack.py", code),
        record("pack-1.0.dist-info/METADATA", metadata),
        record("pack-1.0.dist-info/RECORD", b"pack.py,sha256=x,10\n"),
        record("pack-1.0.dist-info/top_level.txt", b"pack\n"),
    ];
    let editable = [
        record(
            "__editable__.pack.pth",
            b"import __editable___pack_finder\n./src\n",
        ),
        record("__editable___pack_finder.py", finder),
        record("src/pack.py", code),
    ];
    vec![sources.concat(), installed.concat(), editable.concat()]
}

/// The smallest compiled module: an ELF file of words in one section of constants.
fn elf() -> Vec<u8> {
    let words = b"Model\0pack.Model\0predict\0__init__\0a longer text that ends in make\0";
    let names = b"\0.rodata\0.shstrtab\0";
    let tables = 64 + words.len() as u64 + names.len() as u64;
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    for long in [0, 0, tables] {
        bytes.extend(long.to_le_bytes());
    }
    bytes.extend([0; 4]);
    for short in [64_u16, 56, 0, 64, 3, 2] {
        bytes.extend(short.to_le_bytes());
    }
    bytes.extend(words);
    bytes.extend(names);
    bytes.extend([0; 64]);
    let sections = [
        (1_u32, 1_u32, 2_u64, 64, words.len()),
        (9, 3, 0, 64 + words.len(), names.len()),
    ];
    for (name, kind, flags, at, len) in sections {
        bytes.extend(name.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        for long in [flags, at as u64, at as u64, len as u64, 0, 1, 0] {
            bytes.extend(long.to_le_bytes());
        }
    }
    bytes
}

/// Runs a function on changed copies of its seeds, the seeds themselves, and bytes made by chance.
fn try_target(target: &str) {
    let (_, function) = *fuzzed::ALL
        .iter()
        .find(|(name, _)| *name == target)
        .unwrap();
    let seeds = seeds(target);
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Default::default()
    };
    for seed in seeds.iter().step_by(seeds.len().div_ceil(5)) {
        function(seed);
    }
    proptest!(config, |(
        which in any::<Index>(),
        edits in vec(edit(), 1..6),
        chance in vec(any::<u8>(), 0..200),
    )| {
        function(&changed(which.get(&seeds).clone(), &edits));
        function(&chance);
    });
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            try_target(stringify!($target));
        })*

        #[test]
        fn every_target_is_tried() {
            let names: Vec<_> = fuzzed::ALL.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$(stringify!($target)),*]);
        }
    };
}

targets! {
    pickle artifact booster tensors native beside archive packed folder environment python compiled
    package sample
}

#[test]
fn every_target_has_its_file() {
    for (name, _) in fuzzed::ALL {
        let target =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fuzz/targets/{name}.rs"));
        let text = fs::read_to_string(target).unwrap();
        assert!(text.contains(&format!("\"{name}\"")));
    }
}

#[test]
fn records_come_back() {
    let both = [record("a/b", b"one"), record("", b"")].concat();
    let wanted: [(&[u8], &[u8]); 2] = [(b"a/b", b"one"), (b"", b"")];
    assert_eq!(records(&both), wanted);
    assert_eq!(records(b"\x05ab"), [(&b"ab"[..], &b""[..])]);
}
