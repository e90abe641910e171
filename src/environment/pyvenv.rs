//! `pyvenv.cfg`: `key = value` lines without sections, quotes or escapes (so no INI reader fits).

use std::path::{Path, PathBuf};

use super::PythonVersion;
use super::files;

/// What a virtual environment says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PyVenv {
    /// The folder of the base installation's interpreter.
    pub home: Option<PathBuf>,
    /// `version` (venv), `version_info` (virtualenv, uv).
    pub version: Option<PythonVersion>,
    /// Whether the base installation's packages are visible.
    pub system_site: bool,
    /// The base installation's prefix, as virtualenv writes it.
    pub base_prefix: Option<PathBuf>,
}

impl PyVenv {
    /// The configuration in a folder; `None` when it has none.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = files::small_text(&folder.join("pyvenv.cfg"))?;
        Some(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let mut config = Self::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "home" if !value.is_empty() => config.home = Some(PathBuf::from(value)),
                "version" | "version_info" => {
                    config.version = version(value).or(config.version);
                }
                "include-system-site-packages" => {
                    config.system_site = value.eq_ignore_ascii_case("true");
                }
                "base-prefix" if !value.is_empty() => {
                    config.base_prefix = Some(PathBuf::from(value));
                }
                _ => {}
            }
        }
        config
    }
}

/// `3.12.1`, `3.8.10.final.0`, `3.13.0rc1`, `3.12` to a version.
pub(super) fn version(text: &str) -> Option<PythonVersion> {
    let mut numbers = text.trim().split('.');
    let major = leading(numbers.next()?)?;
    let minor = leading(numbers.next()?)?;
    let patch = numbers.next().and_then(leading);
    Some(PythonVersion {
        major,
        minor,
        patch,
    })
}

fn leading(text: &str) -> Option<u8> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(major: u8, minor: u8, patch: Option<u8>) -> PythonVersion {
        PythonVersion {
            major,
            minor,
            patch,
        }
    }

    #[test]
    fn the_three_tools_write_it_differently() {
        let venv = PyVenv::parse(
            "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n",
        );
        assert_eq!(venv.home.as_deref(), Some(Path::new("/usr/bin")));
        assert_eq!(venv.version, Some(of(3, 11, Some(2))));
        assert!(!venv.system_site);
        let virtualenv = PyVenv::parse(
            "home=/opt/py/bin\r\nversion_info=3.8.10.final.0\r\ninclude-system-site-packages=true\r\nbase-prefix=/opt/py\r\n",
        );
        assert_eq!(virtualenv.version, Some(of(3, 8, Some(10))));
        assert!(virtualenv.system_site);
        assert_eq!(
            virtualenv.base_prefix.as_deref(),
            Some(Path::new("/opt/py"))
        );
    }

    #[test]
    fn versions_are_read_as_far_as_they_go() {
        assert_eq!(version("3.12"), Some(of(3, 12, None)));
        assert_eq!(version("3.13.0rc1"), Some(of(3, 13, Some(0))));
        assert_eq!(version("three"), None);
        assert_eq!(version("3"), None);
        assert_eq!(version("3.999"), None);
    }
}
