//! From a path that somebody gave to an installation's shape: prefix, interpreter, version.
//!
//! Paths are not resolved before `pyvenv.cfg` was looked for: a virtual environment's interpreter is
//! a link into its base installation, and resolving it first would lose the environment.

use std::fs;
use std::path::{Path, PathBuf};

use super::pyvenv::{self, PyVenv};
use super::{EnvironmentError, PythonVersion, files};
use crate::text;

/// Largest interpreter (or shared library of it) that is searched for its version.
const INTERPRETER: u64 = 48 << 20;

/// An installation or a virtual environment, as far as names of files tell.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub prefix: PathBuf,
    pub interpreter: Option<PathBuf>,
    pub version: Option<PythonVersion>,
    /// `lib/python3.13t`: the build without the global lock, which loads other compiled modules.
    pub free_threaded: bool,
    /// Set for virtual environments.
    pub config: Option<PyVenv>,
}

/// One `lib/pythonX.Y` folder.
#[derive(Clone, Debug)]
pub(super) struct Library {
    pub folder: PathBuf,
    pub version: PythonVersion,
    pub free_threaded: bool,
}

/// The environment at a path: a virtual environment, a prefix, an interpreter, a folder that holds
/// `.venv` or `venv`, a `bin` folder or a `site-packages` folder.
pub(super) fn locate(path: &Path) -> Result<Layout, EnvironmentError> {
    let Ok(metadata) = fs::metadata(path) else {
        return Err(EnvironmentError {
            message: format!(
                "{} does not exist; give the folder of a virtual environment, a conda prefix or a Python interpreter",
                text::path(path)
            ),
        });
    };
    let found = if metadata.is_dir() {
        of_folder(path)
    } else {
        of_interpreter(path)
    };
    found.ok_or_else(|| not_one(path, metadata.is_dir()))
}

fn not_one(path: &Path, folder: bool) -> EnvironmentError {
    let shown = text::path(path);
    let message = if folder {
        format!(
            "{shown} is not a Python environment: it has no pyvenv.cfg, no bin/python and no lib/python3*/site-packages; give the folder of a virtual environment, a conda prefix or a Python interpreter"
        )
    } else {
        format!(
            "{shown} is not a Python interpreter: there is no pyvenv.cfg beside it and no lib/python3* near it; give the folder of a virtual environment, a conda prefix or a Python interpreter"
        )
    };
    EnvironmentError { message }
}

fn of_folder(folder: &Path) -> Option<Layout> {
    of_prefix(folder)
        .or_else(|| {
            [".venv", "venv"]
                .iter()
                .find_map(|name| of_prefix(&folder.join(name)))
        })
        .or_else(|| {
            let name = folder.file_name()?.to_str()?;
            match name {
                "bin" | "Scripts" => of_prefix(folder.parent()?),
                "site-packages" | "dist-packages" => {
                    folder.ancestors().skip(1).take(4).find_map(of_prefix)
                }
                _ => None,
            }
        })
}

/// A folder that is itself an environment.
pub(super) fn of_prefix(prefix: &Path) -> Option<Layout> {
    if let Some(config) = PyVenv::read(prefix) {
        return Some(of_venv(prefix, config, None));
    }
    let interpreter = interpreter_in(prefix, None);
    let libraries = libraries(prefix);
    let named = interpreter
        .as_deref()
        .and_then(|path| fs::canonicalize(path).ok())
        .and_then(|path| version_of_name(&path));
    let chosen = libraries
        .iter()
        .find(|library| named.is_some_and(|(version, _)| same_minor(version, library.version)))
        .or_else(|| libraries.first());
    if let Some(library) = chosen {
        // `lib/python3.X` alone can be a folder that somebody installed scripts' packages into.
        if interpreter.is_none() && !library.folder.join("os.py").is_file() {
            return None;
        }
        return Some(plain(
            prefix,
            interpreter,
            library.version,
            library.free_threaded,
        ));
    }
    if prefix.join("Lib").join("os.py").is_file() {
        return Some(windows(prefix, interpreter));
    }
    None
}

/// The environment that an interpreter would run in.
pub(super) fn of_interpreter(path: &Path) -> Option<Layout> {
    let absolute = std::path::absolute(path).ok()?;
    let real = fs::canonicalize(path).ok()?;
    for candidate in [&absolute, &real] {
        let folder = candidate.parent()?;
        for place in [Some(folder), folder.parent()].into_iter().flatten() {
            if let Some(config) = PyVenv::read(place) {
                return Some(of_venv(place, config, Some(candidate.clone())));
            }
        }
    }
    let named = version_of_name(&real);
    for candidate in [&real, &absolute] {
        let Some(folder) = candidate.parent() else {
            continue;
        };
        if folder.join("Lib").join("os.py").is_file() {
            return Some(windows(folder, Some(candidate.clone())));
        }
        let Some(prefix) = folder.parent() else {
            continue;
        };
        let libraries = libraries(prefix);
        let chosen = match named {
            Some((version, free)) => libraries.iter().find(|library| {
                same_minor(library.version, version) && library.free_threaded == free
            }),
            None if is_python(&real) => libraries.first(),
            None => None,
        };
        if let Some(library) = chosen {
            return Some(plain(
                prefix,
                Some(absolute.clone()),
                library.version,
                library.free_threaded,
            ));
        }
    }
    None
}

fn of_venv(prefix: &Path, config: PyVenv, interpreter: Option<PathBuf>) -> Layout {
    let libraries = libraries(prefix);
    let stated = config.version;
    let library = libraries
        .iter()
        .find(|library| stated.is_some_and(|version| same_minor(version, library.version)))
        .or_else(|| libraries.first());
    let interpreter = interpreter.or_else(|| interpreter_in(prefix, stated));
    let version = match (stated, library) {
        // The folder decides what is imported; the file may be stale.
        (Some(stated), Some(library)) if !same_minor(stated, library.version) => {
            Some(library.version)
        }
        (None, Some(library)) => Some(library.version),
        (stated, _) => stated,
    };
    Layout {
        prefix: prefix.to_path_buf(),
        free_threaded: library.is_some_and(|library| library.free_threaded),
        interpreter,
        version,
        config: Some(config),
    }
}

fn plain(
    prefix: &Path,
    interpreter: Option<PathBuf>,
    version: PythonVersion,
    free_threaded: bool,
) -> Layout {
    let patch = patch_level(prefix, version, interpreter.as_deref());
    Layout {
        prefix: prefix.to_path_buf(),
        interpreter,
        version: Some(PythonVersion { patch, ..version }),
        free_threaded,
        config: None,
    }
}

fn windows(prefix: &Path, interpreter: Option<PathBuf>) -> Layout {
    let header = prefix.join("include").join("patchlevel.h");
    let version = files::small_text(&header)
        .and_then(|text| header_version(&text))
        .or_else(|| windows_library(prefix));
    Layout {
        prefix: prefix.to_path_buf(),
        interpreter,
        version,
        free_threaded: false,
        config: None,
    }
}

/// `python312.dll` beside the interpreter.
fn windows_library(prefix: &Path) -> Option<PythonVersion> {
    let listing = files::Listing::read(prefix);
    listing.names().find_map(|(name, _)| {
        let digits = name
            .to_ascii_lowercase()
            .strip_prefix("python3")?
            .strip_suffix(".dll")?
            .to_owned();
        Some(PythonVersion {
            major: 3,
            minor: digits.parse().ok()?,
            patch: None,
        })
    })
}

/// The `lib/pythonX.Y` (and `lib64`) folders of a prefix, newest first; one with the standard
/// library in it comes before one with only site packages.
pub(super) fn libraries(prefix: &Path) -> Vec<Library> {
    let mut found: Vec<(bool, Library)> = Vec::new();
    for lib in ["lib", "lib64"] {
        let folder = prefix.join(lib);
        for (name, kind) in files::Listing::read(&folder).names() {
            if kind != files::Entry::Folder {
                continue;
            }
            let Some((version, free_threaded)) = version_of_folder(name) else {
                continue;
            };
            let folder = folder.join(name);
            let whole = folder.join("os.py").is_file();
            if !whole && !folder.join("site-packages").is_dir() {
                continue;
            }
            let known = found.iter().any(|(_, library)| {
                library.version == version && library.free_threaded == free_threaded
            });
            if !known || whole {
                found.push((
                    whole,
                    Library {
                        folder,
                        version,
                        free_threaded,
                    },
                ));
            }
        }
    }
    found.sort_by(|(whole_a, a), (whole_b, b)| {
        (whole_b, b.version, a.free_threaded).cmp(&(whole_a, a.version, b.free_threaded))
    });
    found.into_iter().map(|(_, library)| library).collect()
}

/// The interpreter file of a prefix: `bin/python`, `bin/python3`, …, `Scripts/python.exe`.
pub(super) fn interpreter_in(prefix: &Path, version: Option<PythonVersion>) -> Option<PathBuf> {
    let mut names = vec![
        "bin/python3".to_owned(),
        "bin/python".to_owned(),
        "Scripts/python.exe".to_owned(),
        "python.exe".to_owned(),
    ];
    if let Some(version) = version {
        names.push(format!("bin/python{}.{}", version.major, version.minor));
    } else {
        names.extend((6..=20).rev().map(|minor| format!("bin/python3.{minor}")));
    }
    names
        .into_iter()
        .map(|name| prefix.join(name))
        .find(|path| path.is_file())
}

/// `python3.12`, `python3.13t`, `pypy3.10` is not one.
fn version_of_folder(name: &str) -> Option<(PythonVersion, bool)> {
    let rest = name.strip_prefix("python")?;
    let (rest, free_threaded) = match rest.strip_suffix('t') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (major, minor) = rest.split_once('.')?;
    Some((
        PythonVersion {
            major: major.parse().ok()?,
            minor: minor.parse().ok()?,
            patch: None,
        },
        free_threaded,
    ))
}

/// The version in an interpreter's file name.
fn version_of_name(path: &Path) -> Option<(PythonVersion, bool)> {
    let name = path.file_name()?.to_str()?;
    version_of_folder(name.strip_suffix(".exe").unwrap_or(name))
        .or_else(|| version_of_folder(name.strip_suffix('m')?))
}

/// Whether a file's name is one of an interpreter.
pub(super) fn is_python(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| {
            let name = name.strip_suffix(".exe").unwrap_or(name);
            name.strip_prefix("python").is_some_and(|rest| {
                rest.chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '.' | 't' | 'm' | 'd' | 'w'))
            })
        })
}

/// Whether two versions share major and minor number.
pub(super) fn same_minor(a: PythonVersion, b: PythonVersion) -> bool {
    (a.major, a.minor) == (b.major, b.minor)
}

/// The third number, from the C header, conda's records, or the interpreter's own bytes.
fn patch_level(prefix: &Path, version: PythonVersion, interpreter: Option<&Path>) -> Option<u8> {
    let minor = format!("{}.{}", version.major, version.minor);
    for suffix in ["", "m", "t"] {
        let header = prefix
            .join("include")
            .join(format!("python{minor}{suffix}"))
            .join("patchlevel.h");
        if let Some(text) = files::small_text(&header)
            && let Some(found) = header_version(&text)
        {
            return found.patch;
        }
    }
    let records = files::Listing::read(&prefix.join("conda-meta"));
    let stated = records.names().find_map(|(name, _)| {
        let found = pyvenv::version(name.strip_prefix("python-")?.split('-').next()?)?;
        same_minor(found, version).then_some(found.patch).flatten()
    });
    if stated.is_some() {
        return stated;
    }
    let needle = format!("\0{minor}.");
    interpreter.and_then(|path| {
        let bytes = files::bounded(path, INTERPRETER)?;
        memchr::memmem::find_iter(&bytes, needle.as_bytes()).find_map(|at| {
            let rest = &bytes[at + needle.len()..];
            let end = rest.iter().position(|b| !b.is_ascii_digit())?;
            (end > 0 && end <= 2 && matches!(rest[end], 0 | b'+'))
                .then(|| std::str::from_utf8(&rest[..end]).ok()?.parse().ok())
                .flatten()
        })
    })
}

/// `#define PY_VERSION "3.11.7"`.
fn header_version(text: &str) -> Option<PythonVersion> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix("#define")?.trim_start();
        let value = rest.strip_prefix("PY_VERSION")?.trim();
        pyvenv::version(value.trim_matches('"'))
    })
}
