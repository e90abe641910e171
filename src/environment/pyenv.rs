//! pyenv: which of its versions a shim on `PATH` would start.

use std::path::{Path, PathBuf};

use super::discover::Variables;
use super::files;

/// Most folders that are climbed for a `.python-version`.
const MOST_PARENTS: usize = 64;
/// A shim is a few lines of shell.
const SHIM: u64 = 8 << 10;

/// Whether a file on `PATH` is one of pyenv's shims: a shell script that hands over to pyenv.
pub(super) fn is_shim(path: &Path) -> bool {
    files::bounded(path, SHIM).is_some_and(|bytes| {
        bytes.starts_with(b"#!")
            && memchr::memmem::find(&bytes, b"pyenv").is_some()
            && memchr::memmem::find(&bytes, b"exec").is_some()
    })
}

/// pyenv's root: what the variables say, else the folder above the shims, else `~/.pyenv`.
pub(super) fn root(variables: &Variables, shim: Option<&Path>) -> Option<PathBuf> {
    variables
        .pyenv_root
        .clone()
        .or_else(|| {
            let folder = shim?.parent()?;
            (folder.file_name()? == "shims").then(|| folder.parent().map(Path::to_path_buf))?
        })
        .or_else(|| variables.home.as_ref().map(|home| home.join(".pyenv")))
        .filter(|root| root.is_dir())
}

/// The names of the versions that are in force, most preferred first: `PYENV_VERSION`, the nearest
/// `.python-version` in or above the working directory, the root's `version`. Empty means `system`.
pub(super) fn selected(variables: &Variables, root: &Path, cwd: Option<&Path>) -> Vec<String> {
    if let Some(stated) = &variables.pyenv_version {
        return words(stated.replace(':', " ").as_str());
    }
    let local = cwd.into_iter().flat_map(|cwd| {
        cwd.ancestors()
            .take(MOST_PARENTS)
            .map(|folder| folder.join(".python-version"))
    });
    local
        .chain([root.join("version")])
        .find_map(|file| {
            let names = words(&files::small_text(&file)?);
            (!names.is_empty()).then_some(names)
        })
        .unwrap_or_default()
}

/// The prefix of the first selected version that is installed and has the command; `system` is
/// `None` (the rest of `PATH` answers then).
pub(super) fn prefix(
    variables: &Variables,
    root: &Path,
    cwd: Option<&Path>,
    command: &str,
) -> Option<PathBuf> {
    for name in selected(variables, root, cwd) {
        if name == "system" {
            return None;
        }
        let prefix = version_folder(root, &name);
        if let Some(prefix) = prefix
            && prefix.join("bin").join(command).exists()
        {
            return Some(prefix);
        }
    }
    None
}

/// `versions/3.11.7`; `3.11` means the newest installed 3.11.
fn version_folder(root: &Path, name: &str) -> Option<PathBuf> {
    // A name comes from a file: it must not lead out of the folder.
    if name.contains("..") || name.starts_with('/') {
        return None;
    }
    let versions = root.join("versions");
    let exact = versions.join(name);
    if exact.is_dir() {
        return Some(exact);
    }
    let start = format!("{name}.");
    let listing = files::Listing::read(&versions);
    listing
        .names()
        .map(|(name, _)| name)
        .filter(|candidate| candidate.starts_with(&start))
        .max_by_key(|candidate| {
            candidate[start.len()..]
                .parse::<u32>()
                .map_or((false, 0), |patch| (true, patch))
        })
        .map(|name| versions.join(name))
}

fn words(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|word| word.strip_prefix("python-").unwrap_or(word).to_owned())
        .collect()
}
