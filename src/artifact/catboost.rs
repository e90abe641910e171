//! `CatBoost` models: the binary `.cbm` (`CBM1`, a length, a flatbuffer) and the JSON export.
//!
//! The flatbuffer is walked table by table from its root; every offset is checked, and how deep the
//! walk goes is decided here, not by the file. Tables of category statistics behind the core are
//! not looked at.
//!
//! Schema: <https://github.com/catboost/catboost/tree/master/catboost/libs/model/flatbuffers>

use super::tokens::{self, Json, Picked, Stop};
use super::{Facts, Format, Inputs, OutlineLine, Stamp, Unreadable};
use crate::package;
use crate::source::{Source, Stream};
use crate::text;

const WHAT: &str = "the CatBoost model";
const MARK: &[u8] = b"CBM1";
/// Bytes of a core that is read: trees are in it.
const CORE: u64 = 512 << 20;
/// Features that are looked at.
const MOST: usize = 200_000;
/// Entries of the information that are looked at, bytes of one, and bytes of a name: offsets may
/// lead to the same bytes again and again, so that the length of the file is no bound.
const ENTRIES: usize = 50;
const TEXT: usize = 1 << 20;
const NAME: usize = 1000;

/// Keys that a JSON export starts with, in the order that its writer sorts them.
const KEYS: [&str; 5] = [
    "ctr_data",
    "features_info",
    "model_info",
    "oblivious_trees",
    "scale_and_bias",
];

/// What is kept of a model.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub version: Option<String>,
    pub trees: u64,
    /// Features with their place in a row, name and kind.
    pub features: Vec<(u64, String, &'static str)>,
    pub loss: String,
    pub labels: Vec<String>,
    pub finished: String,
}

/// Whether `head` can be the start of a model.
pub(super) fn sniff(head: &[u8]) -> bool {
    if head.starts_with(MARK) {
        return true;
    }
    let key = head
        .trim_ascii_start()
        .strip_prefix(b"{")
        .and_then(|object| object.trim_ascii_start().strip_prefix(b"\""));
    key.is_some_and(|key| {
        KEYS.iter().any(|known| {
            key.strip_prefix(known.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"\""))
        })
    })
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut stream = source.stream;
    let binary = stream.peek().is_ok_and(|head| head.starts_with(MARK));
    let facts = model(&mut stream).map(|model| facts(binary, &model));
    (Format::Catboost, facts)
}

/// Reads a model in either notation.
pub(super) fn model(stream: &mut Stream) -> Result<Model, Unreadable> {
    let binary = stream.peek().is_ok_and(|head| head.starts_with(MARK));
    if binary {
        return core(stream).map_err(|stop| tokens::unreadable(&stop, WHAT, stream.position()));
    }
    let stream = std::mem::replace(stream, Stream::bytes(Vec::new()));
    let mut document = Json::new(stream);
    let picked = tokens::pick(&mut document, &|path| JSON.contains(&path))
        .map_err(|stop| tokens::unreadable(&stop, WHAT, tokens::Tokens::position(&document)))?;
    Ok(export(&picked))
}

const JSON: &[&str] = &[
    "features_info/float_features/feature_id",
    "features_info/float_features/flat_feature_index",
    "features_info/categorical_features/feature_id",
    "features_info/categorical_features/flat_feature_index",
    "features_info/text_features/feature_id",
    "features_info/text_features/flat_feature_index",
    "model_info/catboost_version_info",
    "model_info/class_params/class_names",
    "model_info/params/loss_function/type",
    "model_info/train_finish_time",
    "oblivious_trees",
    "trees",
];

fn export(picked: &Picked) -> Model {
    let mut model = Model {
        version: picked
            .get("model_info/catboost_version_info")
            .and_then(version),
        trees: picked
            .length("oblivious_trees")
            .or_else(|| picked.length("trees"))
            .unwrap_or(0),
        loss: text::short(
            picked
                .get("model_info/params/loss_function/type")
                .unwrap_or_default(),
            60,
        ),
        labels: picked
            .all("model_info/class_params/class_names")
            .iter()
            .map(|label| text::short(label, 40))
            .collect(),
        finished: text::short(
            picked
                .get("model_info/train_finish_time")
                .unwrap_or_default(),
            40,
        ),
        ..Model::default()
    };
    for (list, kind) in [
        ("float_features", "float"),
        ("categorical_features", "categorical"),
        ("text_features", "text"),
    ] {
        let places = picked.all(&format!("features_info/{list}/flat_feature_index"));
        let names = picked.all(&format!("features_info/{list}/feature_id"));
        for (index, place) in places.iter().enumerate() {
            let Ok(place) = place.parse() else { continue };
            // Features without a name are called by their place.
            let name = names.get(index).filter(|_| names.len() == places.len());
            model.add(place, name.copied().unwrap_or_default(), kind);
        }
    }
    model.features.sort();
    model
}

/// The release in what the build noted about itself: `Branch: tags/v1.2.8`.
fn version(info: &str) -> Option<String> {
    let marks = ["tags/v", "CatBoost Release ", "release/"];
    marks.iter().find_map(|mark| {
        let rest = &info[info.find(mark)? + mark.len()..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
            .unwrap_or(rest.len());
        let version = rest[..end].trim_end_matches('.');
        let plain = version.len() < 30 && version.contains('.');
        (plain && package::parse_version(version).is_some()).then(|| version.to_owned())
    })
}

/// `CBM1`, the length of the core, the core.
fn core(stream: &mut Stream) -> Result<Model, Stop> {
    stream.skip(MARK.len() as u64)?;
    let mut length = [0; 4];
    stream.fill(&mut length)?;
    let length = u64::from(u32::from_le_bytes(length));
    if length > CORE {
        return Err(Stop::Budget("bytes"));
    }
    let bytes = stream.read_vec(length)?;
    let buffer = Buffer(&bytes);
    walk(&buffer).ok_or(Stop::Broken("an offset in the core"))
}

fn walk(buffer: &Buffer<'_>) -> Option<Model> {
    let root = buffer.follow(0)?;
    let trees = buffer.follow(buffer.required(root, 1)?)?;
    let mut model = Model::default();
    let sizes = buffer.place(trees, 2)?;
    if sizes != ABSENT {
        model.trees = buffer.vector(sizes, 4)?.1 as u64;
    }
    // Lists of features: their field, and the fields of place and name in one of them.
    for (list, place, kind) in [(4, 1, "categorical"), (5, 2, "float"), (12, 1, "text")] {
        let field = buffer.place(trees, list)?;
        if field == ABSENT {
            continue;
        }
        let (start, count) = buffer.vector(field, 4)?;
        for index in 0..count.min(MOST) {
            let feature = buffer.follow(start + 4 * index)?;
            let name = match buffer.place(feature, if kind == "float" { 4 } else { 2 })? {
                ABSENT => String::new(),
                field => buffer.text(field, NAME)?,
            };
            let at = match buffer.place(feature, place)? {
                ABSENT => u64::MAX,
                field => u64::from(buffer.word(field)?),
            };
            model.add(at, &name, kind);
        }
    }
    model.features.sort();
    let information = buffer.place(root, 2)?;
    if information != ABSENT {
        let (start, count) = buffer.vector(information, 4)?;
        for index in 0..count.min(ENTRIES) {
            let pair = buffer.follow(start + 4 * index)?;
            let key = buffer.text(buffer.required(pair, 0)?, NAME)?;
            let value = buffer.text(buffer.required(pair, 1)?, TEXT)?;
            model.note(&key, &value);
        }
    }
    Some(model)
}

impl Model {
    fn add(&mut self, place: u64, name: &str, kind: &'static str) {
        let name = if name.is_empty() {
            place.to_string()
        } else {
            text::short(name, 200)
        };
        self.features.push((place, name, kind));
    }

    /// One entry of the information map.
    fn note(&mut self, key: &str, value: &str) {
        let inside = |path: &str| {
            let mut document = Json::new(Stream::bytes(value.as_bytes().to_vec()));
            let picked = tokens::pick(&mut document, &|at| at == path).ok()?;
            let all = picked.all(path);
            Some(
                all.iter()
                    .map(|text| text::short(text, 60))
                    .collect::<Vec<_>>(),
            )
        };
        match key {
            "catboost_version_info" => self.version = version(value),
            "train_finish_time" => self.finished = text::short(value, 40),
            "class_params" => self.labels = inside("class_names").unwrap_or_default(),
            "params" => {
                let loss = inside("loss_function/type").unwrap_or_default();
                self.loss = loss.into_iter().next().unwrap_or_default();
            }
            _ => {}
        }
    }

    fn of_kind(&self, kind: &str) -> usize {
        self.features
            .iter()
            .filter(|feature| feature.2 == kind)
            .count()
    }

    /// `3 trees, loss Logloss`.
    pub(super) fn describe(&self) -> String {
        let mut said = format!("{} trees", self.trees);
        if !self.loss.is_empty() {
            said.push_str(", loss ");
            said.push_str(&self.loss);
        }
        said
    }

    /// What a row has. Features that no tree uses may be left out of a model, so names count only
    /// where no place is missing.
    pub(super) fn inputs(&self) -> Option<Inputs> {
        let last = self.features.last()?.0;
        let whole = last.checked_add(1) == Some(self.features.len() as u64);
        let all = |part: fn(&(u64, String, &'static str)) -> String| {
            if whole {
                self.features.iter().map(part).collect()
            } else {
                Vec::new()
            }
        };
        Some(Inputs {
            count: last
                .checked_add(1)
                .and_then(|count| usize::try_from(count).ok()),
            names: all(|feature| feature.1.clone()),
            types: all(|feature| feature.2.to_owned()),
        })
    }

    /// The writing release.
    pub(super) fn stamp(&self, field: &str, offset: Option<u64>) -> Option<Stamp> {
        Some(Stamp {
            subject: "catboost".into(),
            version: self.version.clone()?,
            field: format!("{field}catboost_version_info"),
            offset,
            file: None,
        })
    }
}

/// The place of a field that a table leaves out: no buffer is so long.
const ABSENT: usize = usize::MAX;

/// A flatbuffer: tables of fields, vectors and texts, by 32-bit offsets forwards. Everything
/// answers `None` where an offset leads out of the bytes.
struct Buffer<'b>(&'b [u8]);

impl Buffer<'_> {
    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.0.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    }

    fn half(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(at..at.checked_add(2)?)?;
        Some(u16::from_le_bytes(bytes.try_into().ok()?).into())
    }

    /// Where the offset at `at` leads.
    fn follow(&self, at: usize) -> Option<usize> {
        let target = at.checked_add(usize::try_from(self.word(at)?).ok()?)?;
        (target < self.0.len()).then_some(target)
    }

    /// Where field `number` of a table stands; [`ABSENT`] when the table leaves it out.
    fn place(&self, table: usize, number: usize) -> Option<usize> {
        let back = i64::from(self.word(table)?.cast_signed());
        let layout = usize::try_from(i64::try_from(table).ok()? - back).ok()?;
        let entry = 4 + 2 * number;
        if entry >= self.half(layout)? {
            return Some(ABSENT);
        }
        let offset = self.half(layout + entry)?;
        Some(if offset > 0 { table + offset } else { ABSENT })
    }

    /// [`Self::place`] of a field that every table of its kind has.
    fn required(&self, table: usize, number: usize) -> Option<usize> {
        self.place(table, number).filter(|place| *place != ABSENT)
    }

    /// The first element and the count of the vector that the offset at `at` leads to.
    fn vector(&self, at: usize, element: usize) -> Option<(usize, usize)> {
        let start = self.follow(at)?;
        let count = usize::try_from(self.word(start)?).ok()?;
        let end = count.checked_mul(element)?.checked_add(start + 4)?;
        (end <= self.0.len()).then_some((start + 4, count))
    }

    fn text(&self, at: usize, most: usize) -> Option<String> {
        let (start, length) = self.vector(at, 1)?;
        let bytes = &self.0[start..start + length.min(most)];
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

fn facts(binary: bool, model: &Model) -> Facts {
    let mut outline = Vec::new();
    let mut add = |depth, label: &str, what: &str| {
        if !what.is_empty() && what != "0" {
            outline.push(OutlineLine {
                depth,
                label: label.into(),
                what: what.into(),
            });
        }
    };
    add(
        0,
        "catboost",
        if binary { "binary model" } else { "JSON model" },
    );
    add(1, "trees", &model.trees.to_string());
    add(1, "loss", &model.loss);
    add(1, "float features", &model.of_kind("float").to_string());
    add(
        1,
        "categorical features",
        &model.of_kind("categorical").to_string(),
    );
    add(1, "text features", &model.of_kind("text").to_string());
    add(1, "training finished", &model.finished);
    Facts {
        stamps: model.stamp("", None).into_iter().collect(),
        inputs: model.inputs(),
        outline,
        classes: model.labels.clone(),
        executes: false,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_stands_in_the_build_information() {
        let info =
            "Git info:\n    Branch: tags/v1.2.8\n    Summary: CatBoost Release 1.2.8. commit_hash";
        assert_eq!(version(info).as_deref(), Some("1.2.8"));
        let info = "Summary: CatBoost Release 0.26.1. commit_hash:2f";
        assert_eq!(version(info).as_deref(), Some("0.26.1"));
        assert_eq!(version("Branch: master\n"), None);
    }

    #[test]
    fn offsets_that_lead_out_are_refused() {
        for core in [
            &b"\xff\xff\xff\x7f"[..],
            b"\x04\0\0\0\xff\xff\xff\xff",
            b"\x04\0\0\0\x04\0\0\0",
            b"",
        ] {
            let mut bytes = b"CBM1".to_vec();
            bytes.extend((core.len() as u32).to_le_bytes());
            bytes.extend(core);
            assert!(model(&mut Stream::bytes(bytes)).is_err(), "{core:?}");
        }
    }

    #[test]
    fn other_json_is_not_taken() {
        assert!(sniff(b"{\"features_info\": {"));
        assert!(sniff(b"{\n \"ctr_data\":null"));
        assert!(!sniff(b"{\"trees\": []}") && !sniff(b"{\"features_information\": 1}"));
    }
}
