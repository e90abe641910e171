//! Keras 3 archives: `metadata.json`, `config.json` with the layers, and the weights in HDF5.
//!
//! The weights are not opened. What the configuration would import or run is named. Format:
//! `keras/src/saving/saving_lib.py` in <https://github.com/keras-team/keras>.

pub(super) mod config;

#[cfg(test)]
mod tests;

use super::json::{self, Document};
use super::tensors::line;
use super::{Facts, Format, Stamp, Unreadable, trouble};
use crate::source::zip::Zip;
use crate::text;

const CONFIG: &str = "config.json";
const METADATA: &str = "metadata.json";
/// Bytes of a configuration; large networks have a few million.
const LONGEST: u64 = 16 << 20;

/// Whether an archive has a configuration, and weights or a description that names Keras.
///
/// Either is enough, so that an archive without its weights is told as damaged. Other libraries
/// use the names `config.json` and `metadata.json` too.
pub(super) fn is_archive(archive: &Zip) -> bool {
    let named = |member| {
        let head = archive.head(member, 4096).unwrap_or_default();
        memchr::memmem::find(&head, b"\"keras_version\"").is_some()
    };
    archive.member(CONFIG).is_some()
        && (has_weights(archive) || archive.member(METADATA).is_some_and(named))
}

/// In HDF5, or for large models in several files with an index.
fn has_weights(archive: &Zip) -> bool {
    let mut members = archive.members().iter();
    members.any(|member| member.name.starts_with("model.weights."))
}

pub(super) fn read(archive: &Zip) -> (Format, Result<Facts, Unreadable>) {
    (Format::Keras, facts(archive))
}

fn facts(archive: &Zip) -> Result<Facts, Unreadable> {
    let config = member(archive, CONFIG)?;
    let metadata = archive
        .member(METADATA)
        .map(|_| member(archive, METADATA))
        .transpose()?;
    let field = |name: &str| metadata.as_ref()?.value.get(name)?.as_str();
    let mut facts = Facts::default();
    if let Some(version) = field("keras_version") {
        facts.stamps.push(stamp(version, "keras_version"));
    }
    config::describe(&config.value, &mut facts);
    if let Some(date) = field("date_saved") {
        facts.outline.push(line(1, "saved", date));
    }
    if !has_weights(archive) {
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

fn member(archive: &Zip, name: &str) -> Result<Document, Unreadable> {
    let member = archive
        .member(name)
        .ok_or_else(|| trouble::damaged(format!("the archive has no {name}")))?;
    let bytes = archive
        .read(member, LONGEST)
        .map_err(|error| trouble::io(&error, &format!("member {name}")))?;
    json::document(&bytes, name)
}
