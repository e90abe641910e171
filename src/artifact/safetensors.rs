//! safetensors: a header with every tensor's type, shape and place, then the numbers.
//!
//! Only the header is read; the places are checked against the file's length. Format:
//! <https://github.com/huggingface/safetensors>. Shards named by an index file beside are looked
//! for, never opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::tensors::{self, Tensor};
use super::{Facts, Format, OutlineLine, Unreadable, UnreadableKind, trouble};
use crate::source::{self, Source};
use crate::text;

/// The longest header that the library reads, and the longest one that is read here.
const LONGEST: u64 = 100_000_000;
const BUDGET: u64 = 48 << 20;
/// Bytes of an index file.
const INDEX: u64 = 32 << 20;
/// Shards that are looked for.
const SHARDS: usize = 10_000;
/// Sides of a tensor.
const SIDES: usize = 64;
/// Missing shards that are named.
const NAMED: usize = 3;

/// Whether `head` is a little-endian header length and the start of a JSON object.
pub(super) fn sniff(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<8>() else {
        return false;
    };
    // Lengths beyond the limit still leave zeros in front; anything else is another format.
    (2..1 << 40).contains(&u64::from_le_bytes(*length))
        && rest.first() == Some(&b'{')
        && matches!(
            rest.get(1),
            None | Some(b'"' | b'}' | b' ' | b'\n' | b'\r' | b'\t')
        )
}

pub(super) fn read(path: &Path, source: Source) -> (Format, Result<Facts, Unreadable>) {
    let facts = facts(source).map(|mut facts| {
        shards(path, &mut facts);
        facts
    });
    (Format::Safetensors, facts)
}

fn facts(mut source: Source) -> Result<Facts, Unreadable> {
    let mut length = [0; 8];
    let stream = &mut source.stream;
    stream
        .fill(&mut length)
        .map_err(|error| trouble::io(&error, "the header's length"))?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return Err(trouble::damaged(format!(
            "the header is said to take {}, which the library refuses",
            text::bytes(length)
        )));
    }
    if length > BUDGET {
        let what = format!("a header of {}", text::bytes(length));
        return Err(trouble::budget(what));
    }
    let bytes = stream
        .read_vec(length)
        .map_err(|error| trouble::io(&error, "the header"))?;
    // Spaces may fill the header up.
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| {
        trouble::damaged(format!("the header is not what the format wants: {error}"))
    })?;
    drop(bytes);

    let mut found = Vec::new();
    let mut ends = Vec::new();
    for (name, entry) in header.tensors {
        ends.push((entry.data_offsets[0], entry.data_offsets[1]));
        found.push(tensor(name, entry)?);
    }
    let end = covered(ends)?;
    stream.skip(end).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => trouble::truncated(format!(
            "the file ends inside the tensors, which take {}",
            text::bytes(end)
        )),
        _ => trouble::io(&error, "the tensors"),
    })?;
    let left = match stream.remaining() {
        Some(left) => left,
        None => u64::from(stream.peek().is_ok_and(|rest| !rest.is_empty())),
    };
    if left > 0 {
        return Err(trouble::damaged(
            "bytes stand behind the last tensor, which the library refuses",
        ));
    }
    Ok(Facts {
        outline: outline(&header.metadata, &found, end),
        notes: vec!["holds weights only: the code that defines the model is elsewhere".into()],
        ..Facts::default()
    })
}

/// What the header holds.
#[derive(Default)]
struct Header {
    metadata: BTreeMap<String, String>,
    tensors: Vec<(String, Entry)>,
}

/// A shape; one of millions of sides is none.
fn sides<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    struct Sides;

    impl<'de> Visitor<'de> for Sides {
        type Value = Vec<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("at most 64 lengths")
        }

        fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Vec<u64>, S::Error> {
            let mut sides = Vec::new();
            while let Some(side) = all.next_element()? {
                if sides.len() >= SIDES {
                    return Err(serde::de::Error::invalid_length(SIDES + 1, &self));
                }
                sides.push(side);
            }
            Ok(sides)
        }
    }

    from.deserialize_seq(Sides)
}

/// What it says of one tensor.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    #[serde(deserialize_with = "sides")]
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an entry for each tensor")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Header, M::Error> {
                let mut header = Header::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        header.metadata = map.next_value()?;
                    } else {
                        header.tensors.push((name, map.next_value()?));
                    }
                }
                Ok(header)
            }
        }

        from.deserialize_map(Entries)
    }
}

/// A tensor whose bytes are as many as its type and shape take.
fn tensor(name: String, entry: Entry) -> Result<Tensor, Unreadable> {
    let [start, end] = entry.data_offsets;
    let wanted = bits(&entry.dtype).map(|bits| {
        let all = tensors::count(&entry.shape).and_then(|count| count.checked_mul(bits));
        all.map(|bits| bits.div_ceil(8))
    });
    let bytes = end.checked_sub(start);
    if bytes.is_none() || wanted.is_some_and(|wanted| wanted != bytes) {
        return Err(trouble::damaged(format!(
            "tensor {} stands at bytes {start} to {end}, which its type and shape do not take",
            text::short(&name, 80)
        )));
    }
    Ok(Tensor {
        name,
        dtype: entry.dtype,
        shape: entry.shape,
        bytes: bytes.unwrap_or(0),
    })
}

/// Where the last tensor ends, when the tensors cover the data without gap or overlap.
fn covered(mut places: Vec<(u64, u64)>) -> Result<u64, Unreadable> {
    places.sort_unstable();
    let mut at = 0;
    for (start, end) in places {
        if start != at {
            return Err(trouble::damaged(format!(
                "the tensors leave a gap or overlap at byte {at} of the data"
            )));
        }
        at = end;
    }
    Ok(at)
}

/// Bits of one element; `None` for types that are newer than this list.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F64" | "I64" | "U64" | "C64" => 64,
        "F32" | "I32" | "U32" => 32,
        "F16" | "BF16" | "I16" | "U16" => 16,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ"
        | "F8_E5M2FNUZ" => 8,
        "F6_E2M3" | "F6_E3M2" => 6,
        "F4" => 4,
        _ => return None,
    })
}

fn outline(metadata: &BTreeMap<String, String>, found: &[Tensor], bytes: u64) -> Vec<OutlineLine> {
    let mut lines = vec![tensors::line(
        0,
        "safetensors",
        &tensors::total(found, bytes),
    )];
    for (key, value) in metadata.iter().take(100) {
        let value = match (key.as_str(), value.as_str()) {
            ("format", "pt") => "pt (PyTorch)",
            ("format", "tf") => "tf (TensorFlow)",
            ("format", "np") => "np (numpy)",
            (_, value) => value,
        };
        lines.push(tensors::line(1, &format!("metadata {key}"), value));
    }
    lines.extend(tensors::lines(found, 1));
    lines
}

/// What an index file beside a shard says about the whole set.
fn shards(path: &Path, facts: &mut Facts) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    let Some(index) = index_of(&name.to_string_lossy()) else {
        return;
    };
    let Some(named) = named_shards(&folder.join(&index)) else {
        return;
    };
    if !named.iter().any(|shard| **shard == *name.to_string_lossy()) {
        return;
    }
    // A name that climbs out of the folder is only text here.
    let plain = |shard: &str| !shard.contains(['/', '\\']);
    let missing: Vec<&String> = named
        .iter()
        .filter(|shard| !plain(shard) || !folder.join(shard).is_file())
        .collect();
    let total = named.len();
    facts.outline.insert(
        1.min(facts.outline.len()),
        tensors::line(1, "shards", &format!("{total} files, listed in {index}")),
    );
    if missing.is_empty() {
        return;
    }
    let shown: Vec<String> = missing
        .iter()
        .take(NAMED)
        .map(|shard| text::short(shard, 80))
        .collect();
    facts.notes.push(format!(
        "{} of {total} shards are missing beside it: {}",
        missing.len(),
        shown.join(", ")
    ));
}

/// `model-00001-of-00002.safetensors` belongs to `model.safetensors.index.json`.
fn index_of(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".safetensors")?;
    let (stem, count) = stem.rsplit_once("-of-")?;
    let (stem, number) = stem.rsplit_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(count) && digits(number)).then(|| format!("{stem}.safetensors.index.json"))
}

/// The files that an index names, each once; `None` when it cannot be read.
fn named_shards(index: &Path) -> Option<Vec<String>> {
    let bytes = source::small(index, INDEX).ok()??;
    let index: Index = serde_json::from_slice(&bytes).ok()?;
    let named: BTreeSet<String> = index.weight_map.into_values().collect();
    Some(named.into_iter().collect())
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// An index file itself: what it lists, and what of it is there.
pub(super) fn index(path: &Path, head: &[u8]) -> Option<Unreadable> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    if !name.ends_with(".index.json") || memchr::memmem::find(head, b"\"weight_map\"").is_none() {
        return None;
    }
    let named = named_shards(path)?;
    let folder = path.parent()?;
    let there = named
        .iter()
        .take(SHARDS)
        .filter(|shard| !shard.contains(['/', '\\']) && folder.join(shard).is_file());
    Some(Unreadable {
        kind: UnreadableKind::Foreign,
        reason: format!(
            "the index of a model in {} files, {} of them here",
            named.len(),
            there.count()
        ),
        repair: Some("look at the files that it lists".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Keep, read as read_artifact};

    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    }

    fn kind(bytes: &[u8]) -> Option<UnreadableKind> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        std::fs::write(&path, bytes).unwrap();
        let read = read_artifact(&path, Keep::Identity);
        assert_eq!(read.format, Format::Safetensors);
        read.facts.err().map(|trouble| trouble.kind)
    }

    #[test]
    fn places_are_checked_against_type_shape_and_file() {
        let entry = r#"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#;
        assert_eq!(kind(&file(entry, 24)), None);
        assert_eq!(kind(&file(entry, 23)), Some(UnreadableKind::Truncated));
        assert_eq!(kind(&file(entry, 25)), Some(UnreadableKind::Damaged));
        let wrong = [
            r#"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}"#,
            r#"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}}"#,
            r#"{"w":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,24]}}"#,
            r#"{"w":{"dtype":"F32","shape":[6],"data_offsets":[0,24]},"v":{"dtype":"U8","shape":[1],"data_offsets":[23,24]}}"#,
            r#"{"w":1}"#,
        ];
        for header in wrong {
            assert_eq!(
                kind(&file(header, 24)),
                Some(UnreadableKind::Damaged),
                "{header}"
            );
        }
    }

    #[test]
    fn a_huge_header_costs_nothing() {
        let mut bytes = (1_u64 << 36).to_le_bytes().to_vec();
        bytes.extend(b"{\"w\":{}}");
        assert_eq!(kind(&bytes), Some(UnreadableKind::Damaged));
        bytes[..8].copy_from_slice(&90_000_000_u64.to_le_bytes());
        assert_eq!(kind(&bytes), Some(UnreadableKind::Budget));
        bytes[..8].copy_from_slice(&40_000_000_u64.to_le_bytes());
        assert_eq!(kind(&bytes), Some(UnreadableKind::Truncated));
    }

    #[test]
    fn shards_belong_to_an_index() {
        assert_eq!(
            index_of("model-00001-of-00002.safetensors").as_deref(),
            Some("model.safetensors.index.json")
        );
        assert_eq!(index_of("model.safetensors"), None);
        assert_eq!(index_of("model-a-of-b.safetensors"), None);
    }
}
