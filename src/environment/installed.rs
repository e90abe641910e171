//! Installed distributions, from the names of their metadata folders.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::files::{self, Entry, Listing};
use super::{Distribution, Environment};
use crate::package::{self, MarkerTarget, Requirement};

/// Distributions beyond this many are not asked what they depend on.
const MOST_READ: usize = 3000;

impl Environment {
    /// The `Requires-Dist` lines of an installed distribution, as written.
    pub fn dependencies(&self, distribution: &Distribution) -> Vec<String> {
        headers(&distribution.metadata)
            .into_iter()
            .filter(|(key, _)| key == "requires-dist")
            .map(|(_, value)| value)
            .collect()
    }

    /// The installed distributions that ask for `distribution`, with the specifier they ask with.
    /// Read once an environment.
    pub fn dependents(&self, distribution: &str) -> impl Iterator<Item = (&str, &str)> {
        let wishes = self.state.wishes.get_or_init(|| self.wishes());
        wishes
            .iter()
            .filter(move |(_, wish)| wish.name == distribution)
            .map(|(name, wish)| (name.as_str(), wish.specifier.as_str()))
    }

    fn wishes(&self) -> Vec<(String, Requirement)> {
        let python = self.python.map(|p| (p.major, p.minor, p.patch));
        let target = MarkerTarget::host(python);
        let mut wishes = Vec::new();
        for distribution in self.installed.iter().take(MOST_READ) {
            for line in self.dependencies(distribution) {
                if let Some(wish) = Requirement::parse(&line)
                    && wish.applies(&target) == Some(true)
                {
                    wishes.push((distribution.name.clone(), wish));
                }
            }
        }
        wishes
    }

    /// The `Requires-Python` of an installed distribution, when it states one.
    pub fn requires_python(&self, distribution: &Distribution) -> Option<String> {
        headers(&distribution.metadata)
            .into_iter()
            .find(|(key, _)| key == "requires-python")
            .map(|(_, value)| value)
    }
}

/// The distributions in these folders, sorted by name; of two with one name, the one that `import`
/// would find comes first.
pub(super) fn read(folders: &[PathBuf]) -> Vec<Distribution> {
    let mut found = Vec::new();
    for folder in folders {
        in_folder(folder, &mut found);
    }
    // Stable: the order of the search folders stays within one name.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let mut seen = HashSet::new();
    found.retain(|distribution| {
        seen.insert((
            distribution.name.clone(),
            distribution.version.clone(),
            distribution.metadata.clone(),
        ))
    });
    found
}

fn in_folder(folder: &Path, found: &mut Vec<Distribution>) {
    let listing = Listing::read(folder);
    let mut names: Vec<(&str, Entry)> = listing
        .names()
        // pip renames what it is about to remove to `~name`.
        .filter(|(name, _)| !name.starts_with('~'))
        .collect();
    names.sort_unstable_by_key(|(name, _)| *name);
    for (name, kind) in names {
        let metadata = folder.join(name);
        if let Some(stem) = name.strip_suffix(".dist-info") {
            if kind == Entry::Folder {
                found.extend(named(stem, metadata));
            }
        } else if let Some(stem) = name.strip_suffix(".egg-info") {
            found.extend(named(without_python(stem), metadata));
        } else if name.strip_suffix(".egg-link").is_some() {
            found.extend(linked(&metadata));
        } else if name == "EGG-INFO" && kind == Entry::Folder {
            // The folder is itself an unpacked egg on the search path.
            let stem = folder
                .file_name()
                .and_then(|egg| egg.to_str())
                .and_then(|egg| egg.strip_suffix(".egg"))
                .map(without_python);
            found.extend(named(stem.unwrap_or_default(), metadata));
        }
    }
}

/// From `scikit_learn-1.7.2`; the metadata itself is asked when the name holds no version.
fn named(stem: &str, metadata: PathBuf) -> Option<Distribution> {
    if let Some((name, version)) = stem.rsplit_once('-')
        && version.starts_with(|c: char| c.is_ascii_digit())
        && package::is_valid_name(name)
    {
        return Some(Distribution {
            name: package::normalize(name),
            version: version.to_owned(),
            metadata,
        });
    }
    let headers = headers(&metadata);
    let value = |wanted: &str| {
        headers
            .iter()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value.as_str())
    };
    let name = value("name").or_else(|| package::is_valid_name(stem).then_some(stem))?;
    if !package::is_valid_name(name) {
        return None;
    }
    Some(Distribution {
        name: package::normalize(name),
        version: value("version")?.to_owned(),
        metadata,
    })
}

/// `foo-1.0-py3.6` and `foo-1.0-py3.6-linux-x86_64` without what stands after the version.
fn without_python(stem: &str) -> &str {
    stem.find("-py3")
        .or_else(|| stem.find("-py2"))
        .map_or(stem, |at| &stem[..at])
}

/// The distribution that an `.egg-link` (old `pip install -e`) points to.
fn linked(link: &Path) -> Option<Distribution> {
    let text = files::small_text(link)?;
    let folder = link.parent()?.join(text.lines().next()?.trim());
    let listing = Listing::read(&folder);
    let name = listing
        .names()
        .map(|(name, _)| name)
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "egg-info")
        })
        .min()?;
    named(
        without_python(name.strip_suffix(".egg-info")?),
        folder.join(name),
    )
}

/// The header lines of `METADATA` or `PKG-INFO`: lower-case key and value, up to the first empty
/// line. An `.egg-info` can be the file itself.
fn headers(metadata: &Path) -> Vec<(String, String)> {
    let text = ["METADATA", "PKG-INFO"]
        .iter()
        .find_map(|name| files::small_text(&metadata.join(name)))
        .or_else(|| files::small_text(metadata))
        .unwrap_or_default();
    let mut headers = Vec::new();
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        if let Some((key, value)) = line.split_once(':') {
            headers.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    headers
}
