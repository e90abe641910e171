//! Keras 3 archives: `metadata.json`, `config.json` with the layers, and the weights in HDF5.
//!
//! The weights are not opened. What the configuration would import or run is named. Format:
//! `keras/src/saving/saving_lib.py` in <https://github.com/keras-team/keras>.

pub(super) mod config;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::tensors::line;
use super::{Facts, Format, Stamp, Unreadable, trouble};
use crate::source::zip::Zip;
use crate::text;

const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
/// Bytes of a configuration; large networks have a few million.
const LONGEST: u64 = 16 << 20;

/// Whether an archive has Keras' two descriptions.
pub(super) fn is_archive(archive: &Zip) -> bool {
    archive.member(CONFIG).is_some()
        && (archive.member(METADATA).is_some() || archive.member("model.weights.h5").is_some())
}

pub(super) fn read(archive: &Zip) -> (Format, Result<Facts, Unreadable>) {
    (Format::Keras, facts(archive))
}

fn facts(archive: &Zip) -> Result<Facts, Unreadable> {
    let config = json(archive, CONFIG)?;
    let metadata = archive
        .member(METADATA)
        .map(|_| json(archive, METADATA))
        .transpose()?;
    let field = |name: &str| metadata.as_ref()?.get(name)?.as_str();
    let mut facts = Facts::default();
    if let Some(version) = field("keras_version") {
        facts.stamps.push(stamp(version, "keras_version"));
    }
    config::describe(&config, &mut facts);
    if let Some(date) = field("date_saved") {
        facts.outline.push(line(1, "saved", date));
    }
    if !archive
        .members()
        .iter()
        .any(|member| member.name.starts_with("model.weights."))
    {
        return Err(trouble::damaged(
            "the archive has no weights: its member model.weights.h5 is missing",
        ));
    }
    Ok(facts)
}

/// The version of Keras that a file names.
pub(super) fn stamp(version: &str, field: &str) -> Stamp {
    Stamp {
        subject: "keras".into(),
        version: text::short(version, 60),
        field: field.into(),
        offset: None,
        file: None,
    }
}

fn json(archive: &Zip, name: &str) -> Result<Value, Unreadable> {
    let member = archive
        .member(name)
        .ok_or_else(|| trouble::damaged(format!("the archive has no {name}")))?;
    let bytes = archive
        .read(member, LONGEST)
        .map_err(|error| trouble::io(&error, &format!("member {name}")))?;
    // The parser refuses more than 128 levels.
    serde_json::from_slice(&bytes)
        .map_err(|error| trouble::damaged(format!("{name} is not JSON: {error}")))
}
