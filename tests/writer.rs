//! Which release wrote a file that does not say so, and one that says what its state contradicts.

use std::fs;
use std::process::Command;

use serde_json::Value;
use shelflife::engine::{LiveWork, Work};

fn text(word: &str) -> Vec<u8> {
    let mut bytes = vec![b'X'];
    bytes.extend((word.len() as u32).to_le_bytes());
    bytes.extend(word.as_bytes());
    bytes
}

/// An imputer as its pickle holds it: every attribute is `None` but for the recorded release.
fn imputer(attributes: &[&str], recorded: Option<&str>) -> Vec<u8> {
    let mut bytes = b"\x80\x02csklearn.impute._base\nSimpleImputer\n)\x81}(".to_vec();
    for attribute in attributes {
        bytes.extend(text(attribute));
        bytes.push(b'N');
    }
    if let Some(recorded) = recorded {
        bytes.extend(text("_sklearn_version"));
        bytes.extend(text(recorded));
    }
    bytes.extend(b"ub.");
    bytes
}

fn shown(content: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("imputer.pkl");
    fs::write(&file, content).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(["show", file.to_str().unwrap(), "--format", "json"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

const OF_1_0: [&str; 8] = [
    "missing_values",
    "strategy",
    "fill_value",
    "verbose",
    "copy",
    "add_indicator",
    "statistics_",
    "n_features_in_",
];

#[test]
fn a_file_without_a_recorded_release_tells_a_range() {
    let told = shown(&imputer(&OF_1_0, None));
    let claims = told["stamped"].as_array().unwrap();
    let claim = claims.iter().find(|c| c["subject"] == "scikit-learn");
    let claim = claim.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(claim["basis"], "inferred");
    // Columns were counted from 0.23 on, and 1.2 added a parameter that this one lacks.
    assert_eq!(claim["wanted"], ">=0.23.0,<1.2.0");
    let why = claim["evidence"][0]["text"].as_str().unwrap();
    assert!(why.starts_with("SimpleImputer "), "{why}");
}

#[test]
fn a_recorded_release_that_the_state_contradicts_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let noted = |recorded: &str| {
        let file = folder.path().join("imputer.pkl");
        fs::write(&file, imputer(&OF_1_0, Some(recorded))).unwrap();
        let (_, manifest) = LiveWork::new(Vec::new(), None).read(&file);
        manifest.notes.join("; ")
    };
    assert!(noted("1.9.1").contains("saved again"), "{}", noted("1.9.1"));
    assert!(!noted("1.0.2").contains("saved again"));
}

#[test]
fn names_tell_a_range_where_only_names_are_known() {
    let file = b"\x80\x02]cpandas.core.internals.blocks\nnew_block\nacpandas.core.indexes.api\nInt64Index\na.";
    let told = shown(file);
    let claims = told["stamped"].as_array().unwrap();
    let claim = claims.iter().find(|c| c["subject"] == "pandas");
    let claim = claim.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(claim["basis"], "inferred");
    // `new_block` came with 1.3, and 2.0 has one kind of index for all numbers.
    assert_eq!(claim["wanted"], ">=1.3.0,<2.0.0");
}
