//! Which Python the frames of a traceback come from, by their paths.

use std::path::{Path, PathBuf};

use super::types::Origin;

/// The most different prefixes that are counted.
const PREFIXES: usize = 32;

/// The Python that most of `paths` with installed packages belong to; else a version that shows in
/// the path of the standard library, which may serve many environments.
pub(super) fn origin<'p>(paths: impl Iterator<Item = &'p str>) -> Option<Origin> {
    let mut counts: Vec<(Origin, usize)> = Vec::new();
    let mut library = None;
    for path in paths {
        let path = path.replace('\\', "/");
        match installed(&path) {
            Some(found) => match counts.iter().position(|(known, _)| *known == found) {
                Some(at) => counts[at].1 += 1,
                None if counts.len() < PREFIXES => counts.push((found, 1)),
                None => {}
            },
            None => library = library.or_else(|| standard(&path)),
        }
    }
    // The first of several that are equally frequent: the outermost frame.
    let mut best: Option<(Origin, usize)> = None;
    for (origin, count) in counts {
        if best.as_ref().is_none_or(|(_, most)| count > *most) {
            best = Some((origin, count));
        }
    }
    let found = best.map(|(origin, _)| origin);
    found.or_else(|| {
        library.map(|python| Origin {
            prefix: None,
            python: Some(python),
        })
    })
}

/// `/srv/app/.venv/lib/python3.12/site-packages/…` gives prefix and version.
fn installed(path: &str) -> Option<Origin> {
    let at = path
        .find("/site-packages/")
        .or_else(|| path.find("/dist-packages/"))?;
    let above = &path[..at];
    let (above, folder) = above.rsplit_once('/')?;
    let python = version(folder);
    let prefix = match python {
        Some(_) => above
            .strip_suffix("/lib")
            .or_else(|| above.strip_suffix("/lib64"))?,
        None if folder == "python3" => above.strip_suffix("/lib")?,
        // Windows has no folder for the version.
        None if folder.eq_ignore_ascii_case("lib") => above,
        None => return None,
    };
    Some(Origin {
        prefix: Some(PathBuf::from(if prefix.is_empty() { "/" } else { prefix })),
        python,
    })
}

fn standard(path: &str) -> Option<(u8, u8)> {
    path.split('/')
        .zip(path.split('/').skip(1))
        .find_map(|(lib, folder)| {
            if matches!(lib, "lib" | "lib64") {
                version(folder)
            } else {
                None
            }
        })
}

/// `python3.12`, `python3.13t`.
fn version(folder: &str) -> Option<(u8, u8)> {
    let (major, minor) = folder.strip_prefix("python")?.split_once('.')?;
    let minor = minor.strip_suffix('t').unwrap_or(minor);
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The prefix of a traceback's Python, when such a folder is on this host; `~` is the user's home.
pub fn on_this_host(origin: &Origin) -> Option<PathBuf> {
    let prefix = origin.prefix.as_deref()?;
    let path = match prefix.strip_prefix("~") {
        Ok(below) => std::env::home_dir()?.join(below),
        Err(_) => prefix.to_path_buf(),
    };
    let usable = path.is_absolute() && has_library(&path);
    usable.then_some(path)
}

fn has_library(prefix: &Path) -> bool {
    let folders = ["pyvenv.cfg", "lib", "lib64", "Lib"];
    prefix.is_dir() && folders.iter().any(|name| prefix.join(name).exists())
}
