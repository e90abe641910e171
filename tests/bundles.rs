//! Bundles: a file that holds a model with what prepares its rows runs as one trial, with the answers
//! that the members gave after each other where they were saved; what is not clear is refused.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;
use shelflife::artifact::{self, Artifact, Keep};
use shelflife::engine::{Engine, Event, LiveWork, Options, Request};
use shelflife::trial::native::{self, Choice};
use shelflife::trial::{self, Cell, Outcome, Prediction, Sample, TrialError, sample};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles")
}

fn read(path: &Path) -> Artifact {
    artifact::read(path, Keep::Everything)
}

fn parts(parts: &[&str]) -> Choice {
    Choice {
        parts: parts.iter().map(ToString::to_string).collect(),
        alone: false,
    }
}

fn run(artifact: &Artifact, choice: &Choice, rows: &Sample) -> Result<Prediction, TrialError> {
    native::predict_part(artifact, choice, rows, &AtomicBool::new(false))
}

fn rows(text: &str) -> Sample {
    sample::parse(text.as_bytes(), Path::new("-")).unwrap()
}

/// Every cell of an answer, as `predict` writes it.
fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-300)
        }
        _ => wanted == found,
    }
}

#[test]
fn members_after_each_other_answer_what_they_answered_where_they_were_saved() {
    let mut checked = 0;
    for release in ["0.24", "1.2", "1.5", "1.9"] {
        let files = std::fs::read_dir(folder().join(release)).unwrap();
        for path in files.map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let wanted: Value = serde_json::from_str(&text).unwrap();
            let input = match &wanted["input"]["texts"] {
                Value::Null if wanted["input"]["columns"].is_null() => {
                    wanted["input"]["data"].to_string()
                }
                Value::Null => wanted["input"].to_string(),
                texts => texts.to_string(),
            };
            let chosen: Vec<&str> = wanted["part"].as_str().into_iter().collect();
            let artifact = read(&path.with_extension("pkl"));
            let found = run(&artifact, &parts(&chosen), &rows(&input));
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let shown = format!("{}: {:?}", path.display(), found.warnings);
            assert_eq!(found.outcome, Outcome::Finished, "{shown}");
            assert!(
                found
                    .warnings
                    .iter()
                    .any(|said| said.starts_with("bundle: ")),
                "{shown}"
            );
            for (method, table) in wanted["outputs"].as_object().unwrap() {
                let output = found.outputs.iter().find(|output| output.method == *method);
                let output = output.unwrap_or_else(|| panic!("{shown} lacks {method}"));
                let cells = |row: &Vec<Cell>| {
                    let cells: Vec<Value> = row.iter().map(json).collect();
                    if output.flat {
                        cells[0].clone()
                    } else {
                        Value::Array(cells)
                    }
                };
                let answer = Value::Array(output.rows.iter().map(cells).collect());
                assert!(
                    same(table, &answer),
                    "{shown} {method}: {answer}, not {table}"
                );
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 4 * 12 - 1);
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Bool(flag) => (*flag).into(),
        Cell::Int(number) => (*number).into(),
        Cell::Float(number) => (*number).into(),
        Cell::Text(text) => text.clone().into(),
    }
}

#[test]
fn it_says_what_rows_passed_through_and_why() {
    let said = |name: &str, chosen: &[&str], input: &str| {
        let artifact = read(&folder().join("1.9").join(name));
        run(&artifact, &parts(chosen), &rows(input))
            .unwrap()
            .warnings
    };
    assert_eq!(
        said("bundle_scaled.pkl", &[], "[[1, 2, 3, 4]]"),
        [
            "bundle: scaler (StandardScaler of 4 features, as many as the model takes) then model \
             (LogisticRegression)"
        ]
    );
    let steps = said("bundle_three_steps.pkl", &[], "[[1, 2, 3]]");
    assert!(
        steps[0].starts_with("bundle: imputer (SimpleImputer of 3 features, ")
            && steps[0].contains(") then scaler (StandardScaler of 3 features, ")
            && steps[0].contains(") then pca (PCA from 3 features to 2, ")
            && steps[0].ends_with(") then clf (LogisticRegression)"),
        "{steps:?}"
    );
    assert_eq!(
        steps[1],
        "label_encoder (LabelEncoder) names the classes: 0 is low, 1 is mid, 2 is top"
    );
    // The other project's scaler is not this one's, whatever its width.
    let one = said("bundle_of_projects.pkl", &["churn/model"], "[[1, 2, 3]]");
    assert!(one[0].starts_with("bundle: churn/scaler ("), "{one:?}");
    assert_eq!(
        said(
            "unclear_two_scalers.pkl",
            &["scaler_old", "model"],
            "[[1, 2, 3]]"
        ),
        ["bundle: scaler_old (StandardScaler) then model (Ridge), as chosen"]
    );
}

#[test]
fn what_could_be_meant_in_two_ways_is_refused() {
    for (name, why) in [
        (
            "unclear_two_scalers.pkl",
            "'scaler_new' StandardScaler, 'scaler_old' StandardScaler fit 'model' Ridge alike, and \
             nothing tells which of them prepared its rows; name what rows pass through, in order: \
             --part scaler_new --part model",
        ),
        (
            "unclear_beside_each_other.pkl",
            "what 'scaler' StandardScaler, 'encoder' OneHotEncoder has to do with the rows of \
             'model' Ridge is not recorded",
        ),
        ("unclear_order.pkl", "was not fitted on such rows"),
        (
            "unclear_list_order.pkl",
            "the list holds '0' MinMaxScaler before '1' SimpleImputer",
        ),
        (
            "unclear_models.pkl",
            "it holds 'ridge' Ridge, 'forest' RandomForestRegressor; choose the model with --part, \
             such as --part ridge",
        ),
    ] {
        for release in ["0.24", "1.9"] {
            let artifact = read(&folder().join(release).join(name));
            let error = run(&artifact, &Choice::default(), &rows("[[1, 2, 3]]")).unwrap_err();
            assert!(
                matches!(error, TrialError::Refused { .. }),
                "{name}: {error}"
            );
            assert!(error.to_string().contains(why), "{name}: {error}");
        }
    }
}

#[test]
fn a_part_alone_gets_the_rows_as_they_are() {
    let artifact = read(&folder().join("1.9/bundle_scaled.pkl"));
    let alone = Choice {
        alone: true,
        ..parts(&["model"])
    };
    let raw = rows("[[1, 2, 3, 4]]");
    let scaled = run(&artifact, &parts(&["scaler"]), &raw).unwrap();
    assert_eq!(scaled.outputs[0].method, "transform");
    let prepared = Sample {
        rows: scaled.outputs[0].rows.clone(),
        ..Sample::default()
    };
    let whole = run(&artifact, &Choice::default(), &raw).unwrap();
    assert_eq!(
        run(&artifact, &alone, &prepared).unwrap().outputs,
        whole.outputs
    );
    assert_ne!(run(&artifact, &alone, &raw).unwrap().outputs, whole.outputs);

    let error = run(&artifact, &parts(&["modle"]), &raw).unwrap_err();
    assert!(
        error.to_string().contains(
            "--part modle leads to nothing; the file holds 'model' LogisticRegression, 'scaler' \
             StandardScaler"
        ),
        "{error}"
    );
    let one = read(&folder().join("../native/1.9/ridge.pkl"));
    let error = run(&one, &parts(&["model"]), &raw).unwrap_err();
    assert!(error.to_string().contains("holds one model"), "{error}");
}

#[test]
fn rows_are_made_for_what_they_meet_first() {
    for (name, width) in [
        ("bundle_scaled.pkl", 4),
        ("bundle_three_steps.pkl", 3),
        ("bundle_encoded.pkl", 2),
        ("bundle_texts.pkl", 1),
        ("bundle_labelled_columns.pkl", 3),
        ("bundle_some_columns.pkl", 3),
    ] {
        for release in ["1.2", "1.9"] {
            let artifact = read(&folder().join(release).join(name));
            let made = sample::generate_for(&artifact).unwrap();
            assert_eq!(made.rows[0].len(), width, "{release} {name}");
            let found = run(&artifact, &Choice::default(), &made).unwrap();
            assert_eq!(found.outcome, Outcome::Finished, "{release} {name}");
        }
    }
}

#[test]
fn the_command_and_the_engine_both_run_the_whole_bundle() {
    let path = folder().join("1.9/bundle_three_steps.pkl");
    let output = assert_cmd::Command::cargo_bin("shelflife")
        .unwrap()
        .arg("predict")
        .arg(&path)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = engine_trial(&path);
    assert_eq!(found.outcome, Outcome::Finished);
    let said = printed["warnings"][0].as_str().unwrap();
    assert_eq!(found.warnings[0], said);
    assert!(said.starts_with("bundle: imputer ("), "{said}");
    let labels = found.outputs[0].rows.iter().map(|row| json(&row[0]));
    assert_eq!(
        printed["outputs"]["predict"],
        Value::Array(labels.collect())
    );

    let output = assert_cmd::Command::cargo_bin("shelflife")
        .unwrap()
        .arg("predict")
        .arg(folder().join("1.9/bundle_of_folds.pkl"))
        .args(["--format", "json", "--part", "models/1"])
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let said = printed["warnings"][0].as_str().unwrap();
    assert!(said.starts_with("bundle: scalers/1 ("), "{printed}");
}

/// A trial as the engine runs it for the screen.
fn engine_trial(path: &Path) -> Prediction {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(path, folder.path().join("bundle.pkl")).unwrap();
    let work = LiveWork::new(vec![folder.path().to_owned()], None);
    let (sender, events) = std::sync::mpsc::channel();
    let sink = move |event| drop(sender.send(event));
    let engine = Engine::start(Arc::new(work), Options::default(), sink).unwrap();
    let next = || events.recv_timeout(Duration::from_mins(1)).unwrap();
    let row = loop {
        if let Event::Read { row, .. } = next() {
            break row;
        }
    };
    engine.send(Request::MakeSample {
        row,
        steps: Vec::new(),
    });
    let sample = loop {
        if let Event::Sample { sample, .. } = next() {
            break sample.unwrap();
        }
    };
    engine.send(Request::Run {
        row,
        engine: trial::Engine::Native,
        sample,
        steps: Vec::new(),
        environment: None,
        sha256: None,
    });
    loop {
        if let Event::Trial { result, .. } = next() {
            return result.unwrap();
        }
    }
}
