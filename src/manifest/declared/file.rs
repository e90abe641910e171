//! A folder's declaring files: which names count, in which order, and how their bytes become text.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Declaration;
use super::climb::Folder;
use super::entry::Entry;
use super::{
    bentoml, conda, dockerfile, huggingface, lock, mlmodel, pyproject, python_version, requirements,
};
use crate::manifest::{Basis, Evidence, Requirement};

/// Bytes of a file that people write.
const WRITTEN: u64 = 1 << 20;
/// Bytes of a file that a tool writes.
const LOCKED: u64 = 8 << 20;
/// Directory entries looked at.
const ENTRIES: usize = 20_000;
/// Declaring files read in one folder.
const FILES: usize = 24;
/// Declarations kept of one folder.
const DECLARATIONS: usize = 20_000;

/// The kinds of files, in the order in which they are believed: what describes the model itself,
/// then exact locks, then what people ask for, then the machine around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    MlModel,
    BentoMl,
    HuggingFace,
    PythonEnv,
    TomlLock,
    PipfileLock,
    Requirements,
    Conda,
    Pyproject,
    Pipfile,
    PythonVersion,
    Dockerfile,
}

/// The files of a folder that declare something by their names, in the order in which they count.
pub(super) fn named(folder: &Path) -> Vec<(Kind, String)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<(Kind, String)> = entries
        .take(ENTRIES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some((kind(&name)?, name)))
        .collect();
    // `requirements.txt` before `requirements-dev.txt`: the shorter name is the plainer one.
    files.sort_by(|(a, x), (b, y)| (a, x.len(), x).cmp(&(b, y.len(), y)));
    files.truncate(FILES);
    files
}

/// Every declaration of a folder's files, and the files that were opened for it.
pub(super) fn folder(folder: &Folder) -> (Vec<Declaration>, Vec<PathBuf>) {
    let mut all = Vec::new();
    let mut opened = Vec::new();
    let mut lists: Vec<String> = Vec::new();
    for (kind, name) in named(&folder.real) {
        if kind == Kind::Requirements {
            follow(folder, name, &mut lists, &mut all);
            continue;
        }
        opened.push(folder.real.join(&name));
        let limit = match kind {
            Kind::TomlLock | Kind::PipfileLock => LOCKED,
            _ => WRITTEN,
        };
        let Some(text) = read(&folder.real.join(&name), limit) else {
            continue;
        };
        let entries = match kind {
            Kind::MlModel => mlmodel::parse(&text),
            Kind::BentoMl => bentoml::parse(&text),
            Kind::HuggingFace => huggingface::parse(&text),
            Kind::PythonEnv => conda::python_env(&text),
            Kind::TomlLock => lock::toml(&text),
            Kind::PipfileLock => lock::pipfile(&text),
            Kind::Conda => conda::environment(&text),
            Kind::Pyproject => pyproject::project(&text),
            Kind::Pipfile => pyproject::pipfile(&text),
            Kind::PythonVersion => python_version::parse(&text),
            Kind::Dockerfile => dockerfile::parse(&text),
            Kind::Requirements => Vec::new(),
        };
        add(&folder.shown.join(&name), entries, &mut all);
    }
    all.truncate(DECLARATIONS);
    opened.extend(lists.iter().map(|name| folder.real.join(name)));
    (all, opened)
}

/// A requirement list and the lists beside it that it includes, each once.
fn follow(folder: &Folder, first: String, seen: &mut Vec<String>, all: &mut Vec<Declaration>) {
    let mut waiting = vec![first];
    while let Some(name) = waiting.pop() {
        if seen.contains(&name) || seen.len() >= FILES {
            continue;
        }
        let text = read(&folder.real.join(&name), WRITTEN);
        seen.push(name.clone());
        if let Some(text) = text {
            let list = requirements::parse(&text);
            add(&folder.shown.join(&name), list.entries, all);
            waiting.extend(list.includes.into_iter().rev());
        }
    }
}

fn kind(name: &str) -> Option<Kind> {
    let lower = name.to_lowercase();
    let yaml = lower
        .strip_suffix(".yaml")
        .or_else(|| lower.strip_suffix(".yml"));
    Some(match (name, lower.as_str(), yaml) {
        ("MLmodel", ..) => Kind::MlModel,
        (_, _, Some("model")) => Kind::BentoMl,
        (_, _, Some("python_env")) => Kind::PythonEnv,
        (_, _, Some("conda" | "environment" | "env" | "conda_env" | "environment_droplet")) => {
            Kind::Conda
        }
        (_, "config.json", _) => Kind::HuggingFace,
        (_, "uv.lock" | "poetry.lock" | "pylock.toml" | "pdm.lock", _) => Kind::TomlLock,
        (_, "pipfile.lock", _) => Kind::PipfileLock,
        (_, "pyproject.toml", _) => Kind::Pyproject,
        (_, "pipfile", _) => Kind::Pipfile,
        (_, "runtime.txt" | ".python-version" | ".tool-versions", _) => Kind::PythonVersion,
        (_, "dockerfile", _) => Kind::Dockerfile,
        (_, lower, _) => {
            let list = lower
                .strip_suffix(".txt")
                .or_else(|| lower.strip_suffix(".in"));
            let named = |list: &str| {
                list.starts_with("requirement")
                    || list.starts_with("constraint")
                    || list.ends_with("requirements")
            };
            if list.is_some_and(named) {
                Kind::Requirements
            } else if lower.starts_with("dockerfile.") || lower.ends_with(".dockerfile") {
                Kind::Dockerfile
            } else if lower.starts_with("pylock.") && lower.strip_suffix(".toml").is_some() {
                Kind::TomlLock
            } else {
                return None;
            }
        }
    })
}

fn add(file: &Path, entries: Vec<Entry>, all: &mut Vec<Declaration>) {
    let room = DECLARATIONS.saturating_sub(all.len());
    all.extend(entries.into_iter().take(room).map(|entry| {
        let file = PathBuf::from(file);
        Declaration {
            requirement: Requirement {
                subject: entry.subject,
                wanted: entry.wanted,
                basis: Basis::Declared,
                evidence: vec![Evidence {
                    kind: "declared",
                    file: Some(file.clone()),
                    line: Some(entry.line),
                    offset: None,
                    text: entry.text,
                }],
            },
            file,
            line: entry.line,
        }
    }));
}

/// The text of a regular file within a limit; `None` for everything else.
fn read(path: &Path, limit: u64) -> Option<String> {
    // Asked before opening: opening a named pipe waits for a writer.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then(|| decode(&bytes))
}

/// UTF-8 with or without a mark, UTF-16 as some shells write it, else Latin-1 for the odd byte.
fn decode(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units)
            .map(|c| c.unwrap_or('\u{fffd}'))
            .collect::<String>()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [_, 0, _, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, _, 0, _, ..] => utf16(bytes, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}
