//! The configuration file of the terminal program: how it looks and what is pressed.
//!
//! An unknown key, a wrong value and two commands on one key are errors with the file and the line:
//! what is written there is meant.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde::Deserialize;
use toml::Spanned;

use super::args::LookArgs;
use crate::tui::{Keymap, Palette, Settings, Sort};
use crate::{source, text};

/// The largest file that is read.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    theme: Option<Theme>,
    ascii: Option<bool>,
    mouse: Option<bool>,
    group: Option<bool>,
    sort: Option<Order>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Keys>,
}

/// The themes, as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// The terminal's sixteen colours on a dark ground
    Dark,
    /// The terminal's sixteen colours on a light ground
    Light,
    /// No colours: bold, dim and reverse video
    Mono,
    /// 24-bit colours on a dark ground
    TrueDark,
    /// 24-bit colours on a light ground
    TrueLight,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Order {
    Name,
    Verdict,
    Size,
    Age,
    Release,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a key such as \"S\" or a list of keys")]
enum Keys {
    One(String),
    Several(Vec<String>),
}

impl From<Theme> for Palette {
    fn from(theme: Theme) -> Palette {
        match theme {
            Theme::Dark => Palette::Dark,
            Theme::Light => Palette::Light,
            Theme::Mono => Palette::Mono,
            Theme::TrueDark => Palette::TrueDark,
            Theme::TrueLight => Palette::TrueLight,
        }
    }
}

/// Where the file is looked for when none is named.
pub(super) fn usual_place() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "shelflife")?;
    Some(folders.config_dir().join("config.toml"))
}

/// Defaults, then the file, then what the command line says.
pub(super) fn settings(look: &LookArgs) -> Result<Settings> {
    let mut settings = match &look.config {
        Some(path) => {
            let Some(content) = read(path)? else {
                bail!("{} does not exist", text::path(path));
            };
            parse(path, &content)?
        }
        None => match usual_place() {
            Some(path) => match read(&path)? {
                Some(content) => parse(&path, &content)?,
                None => Settings::default(),
            },
            None => Settings::default(),
        },
    };
    if let Some(theme) = look.theme {
        settings.palette = Some(theme.into());
    }
    settings.ascii |= look.ascii;
    settings.mouse |= look.mouse;
    Ok(settings)
}

fn read(path: &Path) -> Result<Option<String>> {
    match source::small(path, LARGEST) {
        Ok(Some(content)) => match String::from_utf8(content) {
            Ok(content) => Ok(Some(content)),
            Err(_) => bail!("{} is no UTF-8 text", text::path(path)),
        },
        Ok(None) => bail!("{} is too large for a configuration", text::path(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => bail!("{}: {error}", text::path(path)),
    }
}

/// Reads the content of the file at `path`.
fn parse(path: &Path, content: &str) -> Result<Settings> {
    let at = |offset: usize, words: &dyn fmt::Display| {
        let line = content
            .get(..offset)
            .unwrap_or(content)
            .matches('\n')
            .count()
            + 1;
        let words = text::clean(&words.to_string()).into_owned();
        anyhow::anyhow!("{} line {line}: {words}", text::path(path))
    };
    let file: File = toml::from_str(content).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        at(offset, &error.message().replace('\n', " "))
    })?;
    let changes: BTreeMap<String, Vec<String>> = file
        .keys
        .iter()
        .map(|(name, keys)| {
            let keys = match keys {
                Keys::One(key) => vec![key.clone()],
                Keys::Several(keys) => keys.clone(),
            };
            (name.get_ref().clone(), keys)
        })
        .collect();
    let keys = Keymap::with(&changes).map_err(|words| {
        // The line of the change that the sentence speaks of.
        let named = file.keys.keys().find(|name| {
            let mut parts = words.split(|c: char| !(c.is_alphanumeric() || c == '-'));
            parts.any(|part| part == name.get_ref())
        });
        at(named.map_or(0, |name| name.span().start), &words)
    })?;
    let defaults = Settings::default();
    Ok(Settings {
        keys,
        palette: file.theme.map(Palette::from),
        ascii: file.ascii.unwrap_or(defaults.ascii),
        mouse: file.mouse.unwrap_or(defaults.mouse),
        grouped: file.group.unwrap_or(defaults.grouped),
        sort: file.sort.map_or(defaults.sort, |order| match order {
            Order::Name => Sort::Name,
            Order::Verdict => Sort::Verdict,
            Order::Size => Sort::Size,
            Order::Age => Sort::Modified,
            Order::Release => Sort::Saved,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(content: &str) -> String {
        let parsed = parse(Path::new("/home/u/config.toml"), content);
        parsed.unwrap_err().to_string()
    }

    #[test]
    fn everything_can_be_said() {
        let content = "theme = \"true-light\"\nascii = true\nmouse = true\ngroup = false\nsort = \"release\"\n\
            [keys]\nsort = \"S\"\ntrial = [\"Z\", \"ctrl-t\"]\ntop = \"g t\"\n";
        let settings = parse(Path::new("c"), content).unwrap();
        assert_eq!(settings.palette, Some(Palette::TrueLight));
        assert!(settings.ascii && settings.mouse && !settings.grouped);
        assert_eq!(settings.sort, Sort::Saved);
        parse(Path::new("c"), "").unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let words = told("ascii = true\nthem = \"dark\"\n");
        assert!(
            words.starts_with("/home/u/config.toml line 2: unknown field `them`"),
            "{words}"
        );
        let words = told("\n\ntheme = \"pink\"\n");
        assert!(words.contains("line 3: unknown variant `pink`"), "{words}");
        let words = told("[keys]\nquit = \"q\"\nsort = \"j\"\n");
        assert_eq!(
            words,
            "/home/u/config.toml line 3: j would mean both “down” and “sort” in the list"
        );
        let words = told("[keys]\nsrot = \"j\"\n");
        assert!(words.contains("line 2: there is no action srot"), "{words}");
        let words = told("[keys]\nsort = 3\n");
        assert!(words.contains("line 2: "), "{words}");
        assert!(words.contains("a list of keys"), "{words}");
        let words = told("theme = \n");
        assert!(words.contains("line 1: "), "{words}");
    }
}
