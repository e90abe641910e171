//! `stamp`: writes what an artifact needs, an example and its answers to a file beside it.
//!
//! Never touches the artifact. The file appears whole or not at all, and replaces only what this
//! command wrote itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};

use super::args::{EngineName, StampArgs};
use super::predict::{announce, read_sample, stop_flag};
use super::{BAD, GOOD};
use crate::artifact::{Artifact, Format};
use crate::compat::Verdict;
use crate::engine::{LiveWork, Work};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::manifest::stamp::{self, Input, Made, SCHEMA, Setting, Stamp, Subject};
use crate::package;
use crate::source;
use crate::text;
use crate::trial::{Cell, Engine, Outcome, Prediction, Sample, golden};

/// Rows of an example that are kept.
const ROWS: usize = 20;

/// The shape of the file, for other programs.
const SHAPE: &str = include_str!("../../assets/stamp.schema.json");

pub(super) fn run(args: &StampArgs) -> Result<u8> {
    let Some(path) = &args.path else {
        io::stdout().write_all(SHAPE.as_bytes())?;
        return Ok(GOOD);
    };
    let shown = text::path(path);
    let python = args.engine == Some(EngineName::Python);
    if python && !args.allow_execution {
        bail!(
            "the Python engine loads {shown}, which runs whatever the file holds; \
             look at `shelflife show {shown}` and add --allow-execution if you trust it"
        );
    }
    let metadata = fs::metadata(path).with_context(|| shown.clone())?;
    if !metadata.is_file() {
        bail!("{shown} is no file; a folder has no single hash and cannot be stamped");
    }
    let target = stamp::path_of(path);
    may_replace(&target, args.force)?;

    let mut work = LiveWork::new(vec![path.clone()], args.environment.env.clone());
    work.time_limit = Duration::from_secs(args.time_limit);
    work.import_from.clone_from(&args.path_entry);
    work.sandbox = !args.no_sandbox;
    let sha256 = source::sha256(path).with_context(|| shown.clone())?;
    let (artifact, manifest) = work.read(path);
    if let Err(why) = &artifact.facts {
        bail!("{shown}: {}", why.reason);
    }
    let environment = work.open_environment(None)?;
    let mut notes = Vec::new();
    let setting =
        environment
            .as_ref()
            .and_then(|live| match good_in(&work, &artifact, &manifest, live) {
                Ok(()) => Some(setting(&manifest, live)),
                Err(why) => {
                    notes.push(why);
                    None
                }
            });
    if setting.is_none() && args.environment.env.is_some() {
        bail!(
            "{}; name an environment in which the file is ready, or none",
            notes.join("; ")
        );
    }

    let sample = match &args.input {
        Some(input) => Some(read_sample(input)?),
        None => work
            .sample(&artifact, &manifest)
            .map_err(|error| notes.push(format!("no example: {error}")))
            .ok(),
    };
    let sample = sample.map(|mut sample| {
        sample.rows.truncate(ROWS);
        sample
    });
    let engine = if python {
        Engine::Python
    } else {
        Engine::Native
    };
    let mut answered = None;
    if let Some(sample) = &sample {
        if python {
            announce(&work, &artifact, environment.as_ref())?;
        }
        let cancel = stop_flag(engine)?;
        let result = work.run_agreed(
            &sha256,
            &artifact,
            engine,
            sample,
            environment.as_ref(),
            &cancel,
        );
        match result {
            Ok(found) if found.outcome == Outcome::Finished => answered = Some(found),
            Ok(found) => notes.push(format!("no answers: {}", ended(&found))),
            Err(error) => notes.push(format!("no answers: {error}")),
        }
    }
    if answered.is_none() && args.engine.is_some() {
        bail!("{shown}: {}", notes.join("; "));
    }
    if source::sha256(path).ok().as_ref() != Some(&sha256) {
        bail!("{shown} changed while it was stamped; nothing was written");
    }

    let stamp = Stamp {
        schema: SCHEMA,
        artifact: Subject {
            file: path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            sha256,
            size: metadata.len(),
            format: word(artifact.format),
        },
        environment: setting,
        inputs: inputs(&manifest, sample.as_ref()),
        example: sample.as_ref().map(golden::example),
        golden: answered.as_ref().map(golden::golden),
        made: Made {
            by: concat!("shelflife ", env!("CARGO_PKG_VERSION")).into(),
            at: moment(SystemTime::now()),
        },
    };
    let mut content = serde_json::to_vec_pretty(&stamp)?;
    content.push(b'\n');
    write_whole(&target, &content).with_context(|| text::path(&target))?;
    for note in &notes {
        writeln!(io::stderr(), "shelflife: {note}")?;
    }
    writeln!(io::stdout(), "{}", target.display())?;
    Ok(if stamp.golden.is_some() { GOOD } else { BAD })
}

/// Only a stamp that this program (or an older one) wrote is replaced without being asked to.
fn may_replace(target: &Path, force: bool) -> Result<()> {
    if force {
        return Ok(());
    }
    let shown = text::path(target);
    match stamp::read(target) {
        None => Ok(()),
        Some(Ok(old)) if old.made.by.starts_with("shelflife ") => Ok(()),
        Some(Ok(old)) => bail!(
            "{shown} was made by {}; --force replaces it",
            text::short(&old.made.by, 60)
        ),
        Some(Err(why)) => bail!("{shown} is there already and {why}; --force replaces it"),
    }
}

/// Whether the artifact is ready in the environment, or why its versions are not worth recording.
fn good_in(
    work: &LiveWork,
    artifact: &Artifact,
    manifest: &Manifest,
    environment: &Environment,
) -> Result<(), String> {
    let comparison = work.compare(artifact, manifest, Some(environment));
    if comparison.verdict == Verdict::Ready {
        return Ok(());
    }
    Err(format!(
        "no environment is recorded: in {} the file is {} ({})",
        text::path(&environment.prefix),
        comparison.verdict.word(),
        text::short(&comparison.summary, 200)
    ))
}

/// The versions of what the artifact imports or was saved with.
fn setting(manifest: &Manifest, environment: &Environment) -> Setting {
    let modules = manifest.names.iter().map(|name| name.module.as_str());
    let imported = modules.filter_map(|module| match package::distribution_of(module) {
        Some(name) => environment.distribution(name),
        None => environment.distribution_of_module(module),
    });
    let saved = manifest.saved_with.iter();
    let saved = saved.filter_map(|wish| environment.distribution(&wish.subject));
    let distributions: BTreeMap<String, String> = imported
        .chain(saved)
        .map(|found| (found.name.clone(), found.version.clone()))
        .collect();
    Setting {
        python: environment.python.map(|python| python.to_string()),
        distributions,
    }
}

fn inputs(manifest: &Manifest, sample: Option<&Sample>) -> Vec<Input> {
    let named = |index: usize| {
        let header = sample.and_then(|sample| sample.columns.as_ref());
        let name = header.and_then(|names| names.get(index));
        name.or_else(|| manifest.feature_names.get(index)).cloned()
    };
    let width = sample
        .and_then(|sample| Some(sample.rows.first()?.len()))
        .or(manifest.feature_count)
        .unwrap_or_default();
    let kind = |index: usize| {
        let cells = sample.iter().flat_map(|sample| &sample.rows);
        kind(cells.filter_map(|row| row.get(index)))
    };
    let inputs = (0..width).map(|index| Input {
        name: named(index),
        kind: kind(index).into(),
    });
    inputs.collect()
}

/// One word for the cells of a column; missing ones say nothing.
fn kind<'a>(cells: impl Iterator<Item = &'a Cell>) -> &'static str {
    let mut found = "unknown";
    for cell in cells {
        let now = match cell {
            Cell::Missing => continue,
            Cell::Bool(_) => "boolean",
            Cell::Int(_) => "integer",
            Cell::Float(_) => "float",
            Cell::Text(_) => "text",
        };
        found = match (found, now) {
            ("unknown", now) => now,
            (found, now) if found == now => now,
            ("integer", "float") | ("float", "integer") => "float",
            _ => return "mixed",
        };
    }
    found
}

/// The format as the JSON of `check` has it.
fn word(format: Format) -> String {
    let word = serde_json::to_value(format).ok();
    word.and_then(|word| Some(word.as_str()?.to_owned()))
        .unwrap_or_default()
}

fn ended(prediction: &Prediction) -> String {
    match &prediction.outcome {
        Outcome::Finished => "it finished".into(),
        Outcome::Raised {
            stage,
            exception,
            message,
            ..
        } => format!("{exception} at {stage}: {}", text::short(message, 300)),
        Outcome::Signal(name) => format!("killed by {name}"),
        Outcome::TimedOut(seconds) => format!("stopped after {seconds} s"),
        Outcome::Cancelled => "stopped".into(),
    }
}

/// Writes beside the target and renames: a reader sees the old file or the new one.
fn write_whole(target: &Path, content: &[u8]) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let clock = clock.map_or(0, |since| since.as_nanos());
    let part = target.with_file_name(format!(".{name}.{clock:x}.part"));
    let written = (|| {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&part, target)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&part);
        return written;
    }
    // The name lasts once the folder is on disk; a file system that cannot do so has it anyway.
    let folder = match target.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A moment in UTC, as RFC 3339 writes it. The calendar is computed from 1 March, so that leap days
/// come last (Howard Hinnant, `chrono`-compatible low-level date algorithms).
fn moment(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let second = seconds % 86_400;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(moment(time), written);
        }
    }

    #[test]
    fn a_column_has_one_kind() {
        let of = |cells: &[Cell]| kind(cells.iter());
        assert_eq!(of(&[Cell::Missing]), "unknown");
        assert_eq!(
            of(&[Cell::Int(1), Cell::Missing, Cell::Float(0.5)]),
            "float"
        );
        assert_eq!(of(&[Cell::Int(1), Cell::Text("x".into())]), "mixed");
    }
}
