//! `<artifact>.manifest.json`, which `shelflife stamp` writes beside an artifact: what it needs,
//! an example, and the answers to it.
//!
//! A stamp counts only for the very bytes that it was made for: another SHA-256 makes it stale,
//! which is said, and nothing of it is believed. `assets/stamp.schema.json` describes the file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Basis, Evidence, Manifest, Relation, Requirement, Sibling};
use crate::artifact::Artifact;
use crate::{source, text};

/// The version of the file's shape that is written; older ones are read.
pub const SCHEMA: u32 = 1;

/// What stands behind the artifact's name.
pub const ENDING: &str = ".manifest.json";

/// The largest stamp that is read.
const SIZE: u64 = 4 << 20;

/// The most distributions and inputs that are believed.
const MOST: usize = 10_000;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// Version of this shape.
    pub schema: u32,
    /// The artifact that it speaks of.
    pub artifact: Subject,
    /// Where the artifact was good when it was stamped.
    pub environment: Option<Setting>,
    /// The inputs, one for each column of the example.
    pub inputs: Vec<Input>,
    /// Rows to try it with.
    pub example: Option<Example>,
    /// What it answered to them.
    pub golden: Option<Golden>,
    /// How the stamp was made.
    pub made: Made,
}

/// The artifact of a stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name, without its folder.
    pub file: String,
    /// SHA-256 of its bytes on disk, in lower-case hexadecimal.
    pub sha256: String,
    /// Bytes on disk.
    pub size: u64,
    /// Its format: `joblib`.
    pub format: String,
}

/// The environment of a stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// `3.12.4`, as far as it is known.
    pub python: Option<String>,
    /// Normalised names of the distributions that the artifact needs, with their versions.
    pub distributions: BTreeMap<String, String>,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The column's name, when it has one.
    pub name: Option<String>,
    /// `boolean`, `integer`, `float`, `text`, `mixed` or `unknown`, by the example.
    #[serde(rename = "type")]
    pub kind: String,
}

/// Rows of input. A cell is null, a truth value, a number, text, or `{"f": "nan"}` (`inf`, `-inf`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Where the rows came from.
    pub source: String,
    /// Column names.
    pub columns: Option<Vec<String>>,
    /// Whether each row is one plain text.
    pub texts: bool,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

/// Recorded answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Golden {
    /// `native` or `python`.
    pub engine: String,
    /// The version of Python that answered.
    pub python: Option<String>,
    /// One entry a method.
    pub outputs: Vec<GoldenOutput>,
}

/// The answer of one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GoldenOutput {
    /// `predict`, `predict_proba`, …
    pub method: String,
    /// Column titles.
    pub columns: Vec<String>,
    /// Whether it has one dimension.
    pub flat: bool,
    /// One entry a row of the example.
    pub rows: Vec<Vec<Value>>,
}

/// How a stamp was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// `shelflife 0.1.0`.
    pub by: String,
    /// When, in UTC: `2026-03-01T12:30:00Z`.
    pub at: String,
}

/// A stamp that stands beside an artifact.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamped {
    /// The file.
    pub path: PathBuf,
    /// Its content, or why it is not believed, one clause.
    pub content: Result<Box<Stamp>, String>,
}

/// Where the stamp of an artifact stands.
pub fn path_of(artifact: &Path) -> PathBuf {
    let mut name = artifact
        .file_name()
        .map_or_else(|| OsString::from("artifact"), OsString::from);
    name.push(ENDING);
    artifact.with_file_name(name)
}

/// Whether a file is called like a stamp.
pub fn is_stamp_name(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().ends_with(ENDING.as_bytes()))
}

/// Reads the file at `path`; `None` when there is none. Says nothing about whether it is stale.
pub fn read(path: &Path) -> Option<Result<Stamp, String>> {
    let content = match source::small(path, SIZE) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(format!("it cannot be read: {error}"))),
        Ok(None) => return Some(Err(format!("it is longer than {}", text::bytes(SIZE)))),
        Ok(Some(content)) => content,
    };
    Some(parse(&content))
}

fn parse(content: &[u8]) -> Result<Stamp, String> {
    let value: Value =
        serde_json::from_slice(content).map_err(|error| format!("it is no JSON: {error}"))?;
    match value.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema > u64::from(SCHEMA) => {
            return Err(format!(
                "it has schema {schema} and this program reads {SCHEMA}: a newer shelflife wrote it"
            ));
        }
        Some(1..) => {}
        _ => return Err("it is no stamp of shelflife: it has no schema number".into()),
    }
    let stamp: Stamp = serde_json::from_value(value)
        .map_err(|error| format!("it is no stamp of shelflife: {error}"))?;
    Ok(stamp)
}

/// The stamp beside an artifact, held against the artifact's bytes; `None` when there is none.
pub fn beside(artifact: &Path) -> Option<Stamped> {
    let path = path_of(artifact);
    let content = read(&path)?.and_then(|stamp| {
        fresh(&stamp, artifact)?;
        Ok(Box::new(stamp))
    });
    Some(Stamped { path, content })
}

/// Whether the stamp was made for these bytes.
fn fresh(stamp: &Stamp, artifact: &Path) -> Result<(), String> {
    let stale = |what: &str| {
        format!(
            "it is stale: it was made for other bytes ({what}), so that nothing of it is believed; stamp the file again"
        )
    };
    let size = std::fs::metadata(artifact).map_or(0, |metadata| metadata.len());
    // Without reading a large file for nothing.
    if size != stamp.artifact.size {
        return Err(stale(&format!(
            "{} where the file has {}",
            text::bytes(stamp.artifact.size),
            text::bytes(size)
        )));
    }
    let now = source::sha256(artifact)
        .map_err(|error| format!("the file's hash is not known: {error}"))?;
    if now.eq_ignore_ascii_case(&stamp.artifact.sha256) {
        return Ok(());
    }
    Err(stale(&format!(
        "SHA-256 {} where the file has {}…",
        text::short(&stamp.artifact.sha256, 13),
        &now[..12]
    )))
}

/// Looks for a stamp and adds what it says to the manifest.
pub fn note(artifact: &Artifact, manifest: &mut Manifest) {
    if artifact.is_folder() {
        return;
    }
    let Some(stamped) = beside(&artifact.path) else {
        return;
    };
    match &stamped.content {
        Err(why) => manifest.notes.push(format!(
            "{} beside it is not used: {why}",
            text::path(&stamped.path)
        )),
        Ok(stamp) => believe(stamp, &stamped.path, manifest),
    }
    manifest.stamp = Some(stamped);
}

fn believe(stamp: &Stamp, path: &Path, manifest: &mut Manifest) {
    if let Some(setting) = &stamp.environment {
        let python = setting.python.iter().map(|version| ("python", version));
        let others = setting.distributions.iter();
        let all = python.chain(others.map(|(name, version)| (name.as_str(), version)));
        let wishes = all.take(MOST).filter_map(|(name, version)| {
            // A hand may have written it.
            let version: pep440_rs::Version = version.parse().ok()?;
            Some(Requirement {
                subject: text::short(name, 100),
                wanted: format!("=={version}"),
                basis: Basis::Declared,
                evidence: vec![Evidence {
                    kind: "declared",
                    file: Some(path.to_owned()),
                    line: None,
                    offset: None,
                    text: format!("stamped with {} {version}", text::short(name, 100)),
                }],
            })
        });
        // The nearest file counts, and none is nearer.
        let wishes: Vec<Requirement> = wishes.collect();
        manifest.declared.splice(0..0, wishes);
    }
    let names: Option<Vec<String>> = stamp
        .inputs
        .iter()
        .take(MOST)
        .map(|input| input.name.as_deref().map(|name| text::short(name, 200)))
        .collect();
    if let Some(names) = names
        && !names.is_empty()
        && manifest.feature_names.is_empty()
        && manifest
            .feature_count
            .is_none_or(|count| count == names.len())
    {
        manifest.feature_count = Some(names.len());
        manifest.feature_names = names;
    }
    if stamp.example.is_some() {
        manifest.siblings.push(Sibling {
            path: path.to_owned(),
            relation: Relation::Example,
            subject: String::new(),
            line: None,
            certainty: None,
            reason: "the stamp has an example".into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn stamp(sha256: &str, size: u64) -> Stamp {
        Stamp {
            schema: SCHEMA,
            artifact: Subject {
                file: "m.pkl".into(),
                sha256: sha256.into(),
                size,
                format: "pickle".into(),
            },
            environment: Some(Setting {
                python: Some("3.12.4".into()),
                distributions: [
                    ("scikit-learn".to_owned(), "1.5.2".to_owned()),
                    ("odd".to_owned(), "not a version".to_owned()),
                ]
                .into(),
            }),
            inputs: vec![Input {
                name: Some("age".into()),
                kind: "integer".into(),
            }],
            example: None,
            golden: None,
            made: Made {
                by: "shelflife 0.1.0".into(),
                at: "2026-01-01T00:00:00Z".into(),
            },
        }
    }

    fn noted(content: &[u8], stamp: &Stamp) -> Manifest {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.pkl");
        std::fs::write(&path, content).unwrap();
        std::fs::write(path_of(&path), serde_json::to_vec(stamp).unwrap()).unwrap();
        let artifact = crate::artifact::read(&path, crate::artifact::Keep::Identity);
        let mut manifest = Manifest::default();
        note(&artifact, &mut manifest);
        manifest
    }

    #[test]
    fn a_fresh_stamp_declares_and_a_stale_one_is_said_and_not_believed() {
        let digest = source::hexadecimal(&<sha2::Sha256 as sha2::Digest>::digest(b"N."));
        let manifest = noted(b"N.", &stamp(&digest, 2));
        let wishes: Vec<String> = manifest
            .declared
            .iter()
            .map(|wish| format!("{}{}", wish.subject, wish.wanted))
            .collect();
        assert_eq!(wishes, ["python==3.12.4", "scikit-learn==1.5.2"]);
        assert_eq!(manifest.feature_names, ["age"]);
        assert!(manifest.notes.is_empty(), "{:?}", manifest.notes);

        for (content, stamp) in [
            (&b"I1\n."[..], stamp(&digest, 2)),
            (b"N.", stamp(&"0".repeat(64), 2)),
        ] {
            let manifest = noted(content, &stamp);
            assert!(manifest.declared.is_empty());
            assert!(manifest.feature_names.is_empty());
            assert!(
                manifest.notes[0].contains("it is stale"),
                "{:?}",
                manifest.notes
            );
        }
    }

    #[test]
    fn what_is_no_stamp_says_why() {
        for (text, why) in [
            ("{", "no JSON"),
            ("{}", "no schema number"),
            ("{\"schema\": 99}", "a newer shelflife wrote it"),
            ("{\"schema\": 1}", "it is no stamp of shelflife"),
        ] {
            let found = parse(text.as_bytes()).unwrap_err();
            assert!(found.contains(why), "{found}");
        }
    }
}
