//! HDF5 files, as Keras and many others write them: the attributes of the root, the groups, and
//! the types and shapes of data sets. Numbers are not read.
//!
//! This reads the parts of the format that h5py writes, in its old and its newest layout. What it
//! does not understand it says, and goes on with the rest. Format:
//! <https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html>

mod attribute;
mod bytes;
mod datatype;
mod group;
mod heap;
mod object;
mod superblock;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use self::attribute::{Attribute, Value};
use self::bytes::{Bytes, Stop};
use self::object::Object;
use super::json;
use super::keras;
use super::tensors::{self, Tensor, line};
use super::{Facts, Format, Unreadable, trouble};
use crate::source::{self, Source};
use crate::text;

/// Groups and data sets that are visited.
const OBJECTS: usize = 20_000;
/// Groups inside groups.
const DEPTH: u16 = 32;
/// Bytes of a compressed file, unpacked.
const UNPACKED: u64 = 512 << 20;
/// Attributes that get a line.
const LINES: usize = 60;

pub(super) fn sniff(head: &[u8]) -> bool {
    head.starts_with(superblock::SIGNATURE)
}

pub(super) fn read(path: &Path, source: Source) -> (Format, Result<Facts, Unreadable>) {
    let bytes = if source.compression.is_some() {
        unpacked(source)
    } else {
        // By position: parts of the file point anywhere.
        source::regular(path)
            .map(|(file, metadata)| Bytes::new(file, metadata.len()))
            .map_err(|error| trouble::io(&error, "the file"))
    };
    let facts = bytes.and_then(|mut bytes| facts(&mut bytes));
    (Format::Hdf5, facts)
}

/// The content of a compressed file, in memory: it is read by position.
fn unpacked(source: Source) -> Result<Bytes, Unreadable> {
    let mut content = Vec::new();
    source
        .stream
        .take(UNPACKED + 1)
        .read_to_end(&mut content)
        .map_err(|error| trouble::io(&error, "the compressed content"))?;
    if content.len() as u64 > UNPACKED {
        return Err(Unreadable {
            repair: Some("decompress it first".into()),
            ..trouble::budget(format!(
                "an HDF5 file that unpacks to over {}",
                text::bytes(UNPACKED)
            ))
        });
    }
    Ok(Bytes::unpacked(content))
}

fn facts(bytes: &mut Bytes) -> Result<Facts, Unreadable> {
    let top = superblock::read(bytes).map_err(|stop| stop.told("the superblock"))?;
    let root = Object::read(bytes, top.root).map_err(|stop| stop.told("the root group"))?;
    let mut facts = Facts::default();
    facts.outline.push(line(
        0,
        "hdf5",
        &format!("superblock version {}", top.version),
    ));
    about(&root, &mut facts)?;
    contents(bytes, root, &mut facts)?;
    Ok(facts)
}

/// The root's attributes; Keras keeps its model there.
fn about(root: &Object, facts: &mut Facts) -> Result<(), Unreadable> {
    let find = |name: &str| root.attributes.iter().find(|one| one.name == name);
    let words = |name: &str| match find(name).map(|one| &one.value) {
        Some(Value::Text(written)) => Some(written.as_str()),
        _ => None,
    };
    if let Some(version) = words("keras_version") {
        facts.stamps.push(keras::stamp(version, "keras_version"));
    }
    for Attribute { name, value } in root.attributes.iter().take(LINES) {
        if matches!(name.as_str(), "model_config" | "training_config") {
            continue;
        }
        facts
            .outline
            .push(line(1, &format!("attribute {name}"), &value.shown()));
    }
    for trouble in root.troubles.iter().take(5) {
        facts.notes.push(format!("not read: {trouble} of the root"));
    }
    if let Some(written) = words("model_config") {
        let config = json::document(written.as_bytes(), "the attribute model_config")?;
        let before = facts.outline.len();
        keras::config::describe(&config.value, facts);
        for line in &mut facts.outline[before..] {
            line.depth += 1;
        }
    } else if find("model_config").is_some() {
        facts
            .notes
            .push("not read: the attribute model_config, which holds the layers".into());
        // Nobody knows what loading would run.
        facts.executes = true;
    } else if find("layer_names").is_some() || find("keras_version").is_some() {
        facts.notes.push(
            "weights of a Keras model without its layers: build the model, then load_weights"
                .into(),
        );
    }
    Ok(())
}

/// Groups and data sets, without recursion and each once: links may form circles.
fn contents(bytes: &mut Bytes, root: Object, facts: &mut Facts) -> Result<(), Unreadable> {
    let mut seen = HashSet::from([root.address]);
    let mut open = vec![(root, String::new(), 0_u16)];
    let mut sets: Vec<Tensor> = Vec::new();
    let mut groups = 0_u64;
    let mut unread: Vec<String> = Vec::new();
    'walk: while let Some((object, path, depth)) = open.pop() {
        let links = match group::links(bytes, &object) {
            Ok(links) => links,
            Err(stop) => {
                let place = if path.is_empty() { "the root" } else { &path };
                match stop {
                    Stop::Unknown(what) => {
                        unread.push(format!("{what} of {}", text::short(place, 80)));
                    }
                    stop => return Err(stop.told(&format!("group {}", text::short(place, 80)))),
                }
                continue;
            }
        };
        groups += u64::from(depth > 0);
        let mut inner = Vec::new();
        for (name, address) in links {
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            let Some(address) = address else { continue };
            if depth >= DEPTH || !seen.insert(address) {
                continue;
            }
            if seen.len() > OBJECTS {
                facts.notes.push(format!(
                    "more than {OBJECTS} objects: the rest is not listed"
                ));
                break 'walk;
            }
            let object =
                Object::read(bytes, address).map_err(|stop| stop.told(&text::short(&path, 80)))?;
            if let Some((dtype, shape, size)) = object.set() {
                sets.push(Tensor {
                    bytes: tensors::count(&shape).unwrap_or(0).saturating_mul(size),
                    name: path,
                    dtype,
                    shape,
                });
                continue;
            }
            let named = object.named_type();
            if depth == 0 && facts.outline.len() < 4 * LINES {
                let what = named.as_ref().map(|word| format!("data type {word}"));
                let what = what.as_deref().unwrap_or("group");
                facts.outline.push(line(1, &path, what));
            }
            if named.is_some() {
                continue;
            }
            inner.push((object, text::short(&path, 400), depth + 1));
        }
        open.extend(inner.into_iter().rev());
    }
    let total = sets
        .iter()
        .fold(0_u64, |sum, set| sum.saturating_add(set.bytes));
    facts.outline.push(line(1, "groups", &groups.to_string()));
    facts
        .outline
        .push(line(1, "data sets", &tensors::total(&sets, total)));
    facts.outline.extend(tensors::lines(&sets, 2));
    unread.truncate(5);
    for what in unread {
        facts.notes.push(format!("not read: {what}"));
    }
    Ok(())
}
