//! Boosters inside pickles: `XGBoost`, `LightGBM` and `CatBoost` put their own notation, as bytes or
//! text, into the state of a Python object.
//!
//! The pickle reader passes over long strings, so such a model is read in a second pass over the
//! file, from the place where its bytes stand: the same readers as for files see all of it, and
//! compressed files are no special case. What cannot be read becomes a note; the pickle stays whole.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;

use super::{Facts, Inputs, Notation, OutlineLine, Stamp, catboost, inputs, lightgbm, xgboost};
use crate::pickle::{Data, Graph, Node, NodeId};
use crate::source::{self, Stream};
use crate::text;

/// Models of one file that are read.
const MODELS: usize = 32;
/// Models that are counted.
const FOUND: usize = 10_000;
/// Models of one compressed file: each is a decompression from the start.
const COMPRESSED: usize = 4;

/// The label of a model that no object of its library holds.
const LOOSE: &str = "model text";
/// Bytes of the shortest model, and of the start that decides.
const SHORTEST: u64 = 200;
const HEAD: usize = 512;
/// Long texts of one file whose start is looked at.
const OPENED: usize = 64;

/// A library that keeps its notation in a pickle.
#[derive(Clone, Copy)]
enum Library {
    Xgboost,
    Lightgbm,
    Catboost,
}

/// Where the bytes of a model are.
struct Payload {
    library: Library,
    /// The Python object whose state holds them.
    owner: NodeId,
    /// The attribute that holds them.
    key: &'static str,
    /// The node that holds them.
    node: NodeId,
    /// Whether they stand there as text with a character for each byte.
    latin1: bool,
}

/// What one model says.
struct Found {
    what: String,
    stamps: Vec<Stamp>,
    inputs: Option<Inputs>,
    labels: Vec<String>,
    notation: Option<&'static str>,
}

/// Adds what the models inside the object graph say to `facts`, which were read from `path`.
pub(super) fn describe(path: &Path, facts: &mut Facts) {
    let Some(objects) = &facts.objects else {
        return;
    };
    let graph = &objects.graph;
    let mut all = payloads(graph);
    all.extend(loose(path, graph, objects.root, &all));
    if all.is_empty() {
        return;
    }
    let (mut read, mut reopened) = (0, 0);
    let entrances = inputs::entrances(graph, objects.root);
    let takes_rows = |owner: NodeId| {
        // The booster itself, or the one attribute of the wrapper that the rows meet.
        owner == objects.root
            || entrances.iter().any(|last| {
                *last == owner
                    || graph
                        .attributes(*last)
                        .iter()
                        .any(|(_, value)| *value == owner)
            })
    };
    let recorded = inputs::expected(graph, objects.root);
    let mut added = Facts::default();
    for payload in &all {
        let (Node::Bytes(data) | Node::ByteArray(data) | Node::Str(data) | Node::RawStr(data)) =
            graph.node(payload.node)
        else {
            continue;
        };
        let stream = match data {
            Data::Kept(bytes) => Ok(Some(Stream::bytes(bytes.to_vec()))),
            Data::Skipped { offset, len } => again(path, *offset, *len, &mut reopened),
        };
        let Ok(Some(stream)) = stream else { continue };
        if read == MODELS {
            break;
        }
        read += 1;
        let stream = if payload.latin1 {
            Stream::reader(Box::new(Latin1 { text: stream }))
        } else {
            stream
        };
        let offset = graph.offset(payload.node);
        match payload.library.read(stream, payload.key, offset) {
            Ok(found) => {
                if takes_rows(payload.owner) {
                    if let Some(mut inside) = found.inputs {
                        // What the Python side recorded is what callers pass.
                        if !recorded.names.is_empty()
                            || recorded.count.is_some_and(|c| inside.count != Some(c))
                        {
                            inside.names = Vec::new();
                            inside.types = Vec::new();
                        }
                        inside.count = recorded.count.or(inside.count);
                        added.inputs.get_or_insert(inside);
                    }
                    if added.classes.is_empty() {
                        added.classes = found.labels;
                    }
                }
                for stamp in found.stamps {
                    let known =
                        |old: &Stamp| old.subject == stamp.subject && old.version == stamp.version;
                    if !added.stamps.iter().any(known) {
                        added.stamps.push(stamp);
                    }
                }
                if let Some(name) = found.notation {
                    added.notations.push(Notation {
                        library: payload.library.distribution(),
                        name,
                        inside: Some(offset),
                    });
                }
                added.outline.push(OutlineLine {
                    depth: 1,
                    label: payload.key.into(),
                    what: text::short(&found.what, 200),
                });
            }
            Err(reason) => {
                let note = format!(
                    "the {} inside cannot be read: {reason}",
                    payload.library.noun()
                );
                if !added.notes.contains(&note) {
                    added.notes.push(note);
                }
            }
        }
    }
    if read < all.len() {
        added
            .notes
            .push(format!("{read} of {} boosters inside were read", all.len()));
    }
    facts.stamps.append(&mut added.stamps);
    facts.notations.append(&mut added.notations);
    facts.outline.append(&mut added.outline);
    facts.notes.append(&mut added.notes);
    facts.inputs = facts.inputs.take().or(added.inputs);
    if facts.classes.is_empty() {
        facts.classes = added.classes;
    }
}

impl Library {
    fn noun(self) -> &'static str {
        match self {
            Library::Xgboost => "XGBoost model",
            Library::Lightgbm => "LightGBM model",
            Library::Catboost => "CatBoost model",
        }
    }

    fn distribution(self) -> &'static str {
        match self {
            Library::Xgboost => "xgboost",
            Library::Lightgbm => "lightgbm",
            Library::Catboost => "catboost",
        }
    }

    fn read(self, mut stream: Stream, key: &'static str, offset: u64) -> Result<Found, String> {
        match self {
            Library::Xgboost => {
                let (notation, model) =
                    xgboost::model(&mut stream).map_err(|error| error.reason)?;
                let holder = if key == LOOSE {
                    "bytes"
                } else {
                    "Booster.handle"
                };
                let field = format!("{holder} ({}): ", notation.word());
                // Bytes that code of the file's own gives to the library are read like a file.
                let notation = (key != LOOSE).then_some(notation.word());
                Ok(Found {
                    what: format!("XGBoost {}", model.describe()),
                    stamps: model.stamp(&field, Some(offset)).into_iter().collect(),
                    inputs: model.inputs(),
                    labels: model.labels(),
                    notation,
                })
            }
            Library::Catboost => {
                let model = catboost::model(&mut stream).map_err(|error| error.reason)?;
                let field = format!("{key} in the state: ");
                Ok(Found {
                    what: format!("CatBoost {}", model.describe()),
                    stamps: model.stamp(&field, Some(offset)).into_iter().collect(),
                    inputs: model.inputs(),
                    labels: model.labels,
                    notation: None,
                })
            }
            Library::Lightgbm => {
                let model = lightgbm::model(&mut stream).map_err(|error| error.reason)?;
                // The attribute was renamed in 4.0.
                let release = match key {
                    "_handle" => Some(">=4.0"),
                    "handle" => Some("<4.0"),
                    _ => None,
                };
                let renamed = release.map(|release| Stamp {
                    subject: "lightgbm".into(),
                    version: release.into(),
                    field: format!("Booster.{key} in the state"),
                    offset: Some(offset),
                    file: None,
                });
                Ok(Found {
                    what: format!("LightGBM {}", model.describe()),
                    notation: renamed.is_some().then_some(key),
                    stamps: renamed.into_iter().collect(),
                    inputs: model.inputs(),
                    labels: Vec::new(),
                })
            }
        }
    }
}

/// The objects of the three libraries, in file order.
fn payloads(graph: &Graph) -> Vec<Payload> {
    let mut found: Vec<Payload> = Vec::new();
    let mut known = HashSet::new();
    for (owner, node) in graph.iter() {
        if found.len() >= FOUND {
            break;
        }
        let Node::Object(_) = node else { continue };
        let Some(class) = graph.class(owner) else {
            continue;
        };
        let keys: &[(Library, &'static str)] = match (&*class.module, &*class.name) {
            ("xgboost.core", "Booster") => &[(Library::Xgboost, "handle")],
            ("lightgbm.basic", "Booster") => &[
                (Library::Lightgbm, "_handle"),
                (Library::Lightgbm, "handle"),
            ],
            ("catboost.core", _) => &[(Library::Catboost, "__model")],
            _ => continue,
        };
        for (library, key) in keys {
            let Some(value) = graph.attribute(owner, key) else {
                continue;
            };
            if let Some((node, latin1)) = content(graph, value) {
                // Objects that share their bytes are one model; it is read once.
                if !known.insert(node) {
                    break;
                }
                found.push(Payload {
                    library: *library,
                    owner,
                    key,
                    node,
                    latin1,
                });
                break;
            }
        }
    }
    found
}

/// Models that stand as plain text or bytes in some container or class of the file's own: told by
/// their first bytes, as files are.
fn loose(path: &Path, graph: &Graph, root: NodeId, known: &[Payload]) -> Vec<Payload> {
    let mut found = Vec::new();
    let mut opened = 0;
    for (node, value) in graph.iter() {
        let (Node::Bytes(data) | Node::ByteArray(data) | Node::Str(data) | Node::RawStr(data)) =
            value
        else {
            continue;
        };
        if data.len() < SHORTEST {
            continue;
        }
        let head = match data {
            Data::Kept(bytes) => bytes[..bytes.len().min(HEAD)].to_vec(),
            Data::Skipped { offset, .. } if opened < OPENED => {
                opened += 1;
                start(path, *offset).unwrap_or_default()
            }
            Data::Skipped { .. } => continue,
        };
        let library = if lightgbm::sniff(&head) {
            Library::Lightgbm
        } else if xgboost::sniff(&head) {
            Library::Xgboost
        } else if catboost::sniff(&head) {
            Library::Catboost
        } else {
            continue;
        };
        if known.iter().all(|payload| payload.node != node) {
            found.push(Payload {
                library,
                owner: root,
                key: LOOSE,
                node,
                latin1: false,
            });
        }
    }
    found
}

/// The first bytes of a long text, where that costs no decompression.
fn start(path: &Path, offset: u64) -> Option<Vec<u8>> {
    let mut source = source::open(path).ok()?;
    if source.compression.is_some() {
        return None;
    }
    source.stream.skip(offset).ok()?;
    let mut head = Vec::new();
    let mut stream = source.stream.take(HEAD as u64);
    stream.read_to_end(&mut head).ok()?;
    Some(head)
}

/// The bytes or the text that `value` stands for. Protocols before 5 spell a `bytearray` as a call
/// with bytes, and protocols before 3 spell bytes as text with its encoding.
fn content(graph: &Graph, value: NodeId) -> Option<(NodeId, bool)> {
    let (mut value, mut latin1) = (value, false);
    for _ in 0..3 {
        match graph.node(value) {
            Node::Bytes(_) | Node::ByteArray(_) => return Some((value, false)),
            Node::Str(_) | Node::RawStr(_) => {
                return Some((value, latin1 && matches!(graph.node(value), Node::Str(_))));
            }
            Node::Object(object) => {
                let callable = graph.global(object.callable)?;
                if !matches!(&*callable.name, "bytearray" | "bytes" | "encode") {
                    return None;
                }
                latin1 = true;
                value = *graph.items(object.args)?.first()?;
            }
            _ => return None,
        }
    }
    None
}

/// The bytes that the pickle reader passed over; `None` when the budget for this is used up.
fn again(path: &Path, offset: u64, len: u64, reopened: &mut usize) -> io::Result<Option<Stream>> {
    let source = source::open(path)?;
    *reopened += 1;
    if source.compression.is_some() && *reopened > COMPRESSED {
        return Ok(None);
    }
    let mut stream = source.stream;
    stream.skip(offset)?;
    Ok(Some(Stream::reader(Box::new(stream.take(len)))))
}

/// Text whose characters are bytes, as bytes.
struct Latin1 {
    text: Stream,
}

impl Read for Latin1 {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < target.len() {
            let Some(first) = self.text.byte()? else {
                break;
            };
            target[count] = match first {
                0..=0x7f => first,
                0xc2 | 0xc3 => match self.text.byte()? {
                    Some(second @ 0x80..=0xbf) => (first << 6) | (second & 0x3f),
                    _ => return Err(io::ErrorKind::InvalidInput.into()),
                },
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            };
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_become_bytes() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let mut read = Vec::new();
        let stream = Stream::bytes(text.into_bytes());
        Latin1 { text: stream }.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        let other = Stream::bytes("模".into());
        assert!(Latin1 { text: other }.read_to_end(&mut read).is_err());
    }
}
