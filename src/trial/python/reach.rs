//! What one trial reaches: the places it may read, and the terms as words.

use std::path::{Path, PathBuf};

use super::guard::{self, Layers, limits, places};
use super::{LiveTrial, Wanted};
use crate::artifact::Format;
use crate::text;
use crate::trial::Sandbox;

/// Files beside a dump that may hold its arrays.
const SIDE_FILES: usize = 20_000;

/// The terms of a trial on this system.
pub(super) fn terms(trial: &LiveTrial) -> Sandbox {
    let layers = layers(trial.layers);
    let prefixes = places::prefixes(&absolute(&trial.interpreter));
    let mut reads: Vec<String> = Vec::new();
    for path in prefixes.into_iter().chain(named(trial)) {
        // The prefix of the system's own Python is said with the system's libraries.
        let words = text::path(&path);
        if path != Path::new("/usr") && path != Path::new("/") && !reads.contains(&words) {
            reads.push(words);
        }
    }
    if !trial.artifact.is_dir() {
        reads.push("the bytes of the file".into());
    }
    Sandbox {
        landlock: layers.landlock,
        seccomp: layers.seccomp,
        missing: layers.missing,
        reads,
        sealed: false,
        seconds: trial.time_limit.as_secs(),
        memory: limits::memory(),
    }
}

fn layers(wanted: Wanted) -> Layers {
    let mut layers = guard::offered();
    let (files, calls) = match wanted {
        Wanted::All => return layers,
        Wanted::Files => (true, false),
        Wanted::Calls => (false, true),
        Wanted::Nothing => (false, false),
    };
    if !files {
        layers.landlock = None;
    }
    if !calls {
        layers.seccomp = false;
    }
    layers.missing.push(
        match wanted {
            Wanted::Files => "without a filter of system calls, as asked for",
            Wanted::Calls => "without Landlock, as asked for",
            _ => "as asked for",
        }
        .into(),
    );
    layers
}

/// The places of this trial besides the environment.
fn named(trial: &LiveTrial) -> Vec<PathBuf> {
    let folder = trial.artifact.is_dir().then_some(&trial.artifact);
    let folders = folder.into_iter().chain(&trial.paths).chain(&trial.reach);
    folders.map(|folder| absolute(folder)).collect()
}

/// What Landlock lets this trial read besides the environment: see [`places::of`].
pub(super) fn readable(trial: &LiveTrial) -> Vec<PathBuf> {
    let mut found = named(trial);
    if trial.format == Format::Joblib {
        found.extend(side_files(&absolute(&trial.artifact)));
    }
    found
}

/// The files beside a dump that joblib up to 0.9 put arrays into: `model.pkl_01.npy`.
fn side_files(artifact: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (artifact.parent(), artifact.file_name()) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let start = format!("{}_", name.to_string_lossy());
    entries
        .take(SIDE_FILES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let plain = Path::new(name.strip_suffix(".z").unwrap_or(&name));
            let is_array = plain.extension().is_some_and(|ending| ending == "npy");
            let is_file = entry.file_type().ok()?.is_file();
            (is_file && is_array && name.starts_with(&start)).then(|| entry.path())
        })
        .collect()
}

/// The child works in its scratch folder, so that every path must be absolute. Links stay.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
