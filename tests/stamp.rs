//! `stamp` as a user calls it: what it writes, what it refuses to replace, and how a later trial is
//! held against it.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::real_env;

/// A copy of a model of the demo shelf in a folder of its own.
struct Shelf {
    folder: tempfile::TempDir,
}

impl Shelf {
    fn new() -> Shelf {
        let folder = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/iris/iris_tree.joblib");
        fs::copy(demo, folder.path().join("tree.joblib")).unwrap();
        Shelf { folder }
    }

    fn model(&self) -> PathBuf {
        self.folder.path().join("tree.joblib")
    }

    fn stamp(&self) -> PathBuf {
        self.folder.path().join("tree.joblib.manifest.json")
    }

    fn written(&self) -> Value {
        serde_json::from_slice(&fs::read(self.stamp()).unwrap()).unwrap()
    }

    fn run(&self, command: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_shelflife"))
            .arg(command)
            .args(more)
            .arg(self.model())
            .env_remove("VIRTUAL_ENV")
            .env_remove("CONDA_PREFIX")
            .env("PATH", "")
            .output()
            .unwrap()
    }

    fn json(&self, command: &str, more: &[&str]) -> Value {
        let more: Vec<&str> = [more, &["--format", "json"]].concat();
        let output = self.run(command, &more);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Changes the stamp as a hand would.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut stamp = self.written();
        change(&mut stamp);
        fs::write(self.stamp(), stamp.to_string()).unwrap();
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_stamp_records_the_file_an_example_and_the_answers() {
    let shelf = Shelf::new();
    let before = fs::read(shelf.model()).unwrap();
    let output = shelf.run("stamp", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        shelf.stamp().to_string_lossy()
    );
    assert_eq!(fs::read(shelf.model()).unwrap(), before);
    let names: Vec<_> = fs::read_dir(shelf.folder.path()).unwrap().collect();
    assert_eq!(names.len(), 2, "nothing else is left behind");

    let stamp = shelf.written();
    assert_eq!(stamp["schema"], 1);
    assert_eq!(stamp["artifact"]["file"], "tree.joblib");
    assert_eq!(stamp["artifact"]["format"], "joblib");
    assert_eq!(stamp["artifact"]["size"], before.len());
    let digest = shelflife::source::sha256(&shelf.model()).unwrap();
    assert_eq!(stamp["artifact"]["sha256"], digest);
    assert_eq!(stamp["environment"], Value::Null);
    assert_eq!(stamp["golden"]["engine"], "native");
    let rows = stamp["example"]["rows"].as_array().unwrap().len();
    assert!((1..=20).contains(&rows));
    assert_eq!(stamp["inputs"].as_array().unwrap().len(), 4);
    for output in stamp["golden"]["outputs"].as_array().unwrap() {
        assert_eq!(output["rows"].as_array().unwrap().len(), rows);
    }
    // A second time replaces what the first wrote.
    assert_eq!(shelf.run("stamp", &[]).status.code(), Some(0));
}

#[test]
fn every_key_is_in_the_schema_and_every_required_key_is_written() {
    let shelf = Shelf::new();
    shelf.run("stamp", &[]);
    let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(["stamp", "--schema"])
        .output()
        .unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    fits(&schema, &schema, &shelf.written(), "stamp");
    // The check itself fails where it should.
    let mut odd = shelf.written();
    odd["golden"]["engine"] = "abacus".into();
    assert!(std::panic::catch_unwind(|| fits(&schema, &schema, &odd, "odd")).is_err());
}

/// The part of JSON Schema that `assets/stamp.schema.json` uses.
fn fits(whole: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = whole.pointer(reference.trim_start_matches('#')).unwrap();
        return fits(whole, target, value, place);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let types = any[0]["type"].as_array().unwrap();
        let plain = types
            .iter()
            .any(|t| t == kind(value) || (t == "number" && value.is_number()));
        assert!(plain || value["f"].is_string(), "{place}: {value}");
        return;
    }
    if let Some(constant) = schema.get("const") {
        assert_eq!(value, constant, "{place}");
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value}");
    }
    match &schema["type"] {
        Value::String(wanted) => assert_eq!(kind(value), wanted, "{place}"),
        Value::Array(wanted) => {
            assert!(wanted.iter().any(|w| w == kind(value)), "{place}: {value}");
        }
        _ => {}
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            assert!(object.contains_key(name), "{place} lacks {name}");
        }
        for (name, inner) in object {
            let below = schema["properties"]
                .get(name)
                .or_else(|| schema.get("additionalProperties"))
                .unwrap_or_else(|| panic!("{place}.{name} is in no schema"));
            fits(whole, below, inner, &format!("{place}.{name}"));
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        fits(whole, &schema["items"], inner, &format!("{place}[]"));
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[test]
fn later_trials_are_held_against_the_recorded_answers() {
    let shelf = Shelf::new();
    shelf.run("stamp", &[]);
    let trial = shelf.json("predict", &[]);
    assert!(
        trial["input_source"]
            .as_str()
            .unwrap()
            .starts_with("recorded in "),
        "{trial}"
    );
    assert_eq!(trial["recorded"]["agrees"], true, "{trial}");
    assert!(trial["recorded"]["rows"].as_u64().unwrap() > 0);
    assert_eq!(trial["warnings"].as_array().unwrap().len(), 0, "{trial}");
    let table = String::from_utf8(shelf.run("predict", &[]).stdout).unwrap();
    assert!(
        table.contains("the recorded answers are the same"),
        "{table}"
    );

    // Another answer was recorded.
    shelf.edit(|stamp| {
        let outputs = stamp["golden"]["outputs"].as_array_mut().unwrap();
        let scores = outputs.iter_mut().find(|o| o["method"] == "predict_proba");
        scores.unwrap()["rows"][0][0] = 0.125.into();
    });
    let trial = shelf.json("predict", &[]);
    assert_eq!(trial["recorded"]["agrees"], false);
    assert_eq!(trial["recorded"]["changed"], 1);
    let words = trial["recorded"]["words"].as_str().unwrap();
    assert!(words.contains("the recorded answers differ by"), "{words}");
    assert!(words.contains("predict_proba, row 1"), "{words}");
    assert_eq!(trial["warnings"][0], words);

    // Other rows have no recorded answers.
    let input = shelf.folder.path().join("rows.csv");
    fs::write(&input, "a,b,c,d\n9,9,9,9\n").unwrap();
    let trial = shelf.json("predict", &["--input", input.to_str().unwrap()]);
    assert_eq!(trial["recorded"], Value::Null, "{trial}");
}

#[test]
fn a_stale_stamp_is_said_and_not_believed() {
    let shelf = Shelf::new();
    shelf.run("stamp", &[]);
    shelf.edit(|stamp| {
        stamp["environment"] =
            serde_json::json!({"python": "3.11.2", "distributions": {"scikit-learn": "1.3.2"}});
    });
    let fresh = shelf.json("show", &[]);
    assert!(
        fresh
            .to_string()
            .contains("stamped with scikit-learn 1.3.2"),
        "{fresh}"
    );
    assert!(!fresh.to_string().contains("it is stale"), "{fresh}");

    shelf.edit(|stamp| stamp["artifact"]["sha256"] = "0".repeat(64).into());
    let stale = shelf.json("show", &[]);
    assert!(stale.to_string().contains("it is stale"), "{stale}");
    assert!(
        !stale.to_string().contains("stamped with scikit-learn"),
        "{stale}"
    );
    let trial = shelf.json("predict", &[]);
    assert_eq!(trial["recorded"], Value::Null);
    assert!(
        !trial["input_source"]
            .as_str()
            .unwrap()
            .starts_with("recorded in")
    );
    assert!(
        trial["warnings"].to_string().contains("it is stale"),
        "{trial}"
    );
}

#[test]
fn a_stamp_is_no_artifact_and_no_table_of_examples() {
    let shelf = Shelf::new();
    shelf.run("stamp", &[]);
    let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(["show", "--format", "json"])
        .arg(shelf.folder.path())
        .output()
        .unwrap();
    let lines: Vec<&[u8]> = output
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(
        lines.len(),
        1,
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn what_something_else_wrote_is_not_replaced() {
    for foreign in [
        "{\"name\": \"somebody's\"}",
        "no JSON",
        "{\"schema\": 2, \"artifact\": {}}",
    ] {
        let shelf = Shelf::new();
        fs::write(shelf.stamp(), foreign).unwrap();
        let output = shelf.run("stamp", &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("--force"), "{}", said(&output));
        assert_eq!(fs::read_to_string(shelf.stamp()).unwrap(), foreign);
        assert_eq!(shelf.run("stamp", &["--force"]).status.code(), Some(0));
        assert_eq!(shelf.written()["schema"], 1);
    }
}

#[test]
fn trouble_is_one_sentence_and_writes_nothing() {
    let shelf = Shelf::new();
    let output = shelf.run("stamp", &["--engine", "python"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("--allow-execution"),
        "{}",
        said(&output)
    );
    assert!(!shelf.stamp().exists());

    let input = shelf.folder.path().join("rows.csv");
    fs::write(&input, "a\n1\n").unwrap();
    let input = input.to_str().unwrap();
    let output = shelf.run("stamp", &["--engine", "native", "--input", input]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(!shelf.stamp().exists());
}

#[test]
#[cfg(unix)]
fn python_answers_too_and_the_environment_is_recorded() {
    let Some(prefix) = real_env::prefix() else {
        return;
    };
    let shelf = Shelf::new();
    let save = "
import sys, joblib
from sklearn.linear_model import LogisticRegression
joblib.dump(LogisticRegression().fit([[0.0], [1.0], [2.0]], ['no', 'no', 'yes']), sys.argv[1])";
    real_env::run(&prefix, save, &[&shelf.model()]);
    let env = prefix.to_str().unwrap();
    let python = [
        "--engine",
        "python",
        "--allow-execution",
        "--env",
        env,
        "--time-limit",
        "120",
    ];
    let output = shelf.run("stamp", &python);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("sandboxed"), "{}", said(&output));
    let stamp = shelf.written();
    assert_eq!(stamp["golden"]["engine"], "python");
    assert!(
        stamp["golden"]["python"]
            .as_str()
            .unwrap()
            .starts_with("3.")
    );
    let distributions = &stamp["environment"]["distributions"];
    assert!(distributions["scikit-learn"].is_string(), "{stamp}");
    assert!(distributions["numpy"].is_string(), "{stamp}");
    // Our own arithmetic against Python's recorded answers, and Python against itself.
    for more in [&[][..], &python] {
        let trial = shelf.json("predict", more);
        assert_eq!(trial["recorded"]["agrees"], true, "{trial}");
    }
}
