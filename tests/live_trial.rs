//! A real scikit-learn model, saved and predicted by Python, predicted again by a live trial.
#![cfg(unix)]

mod support;

use std::sync::atomic::AtomicBool;

use shelflife::artifact::Format;
use shelflife::trial::python::{Consent, LiveTrial, TIME_LIMIT, Wanted, launcher, predict};
use shelflife::trial::{Cell, Outcome, Prediction, Sample};
use support::real_env;

/// Trains on numbers that need no generator, saves with joblib, prints what it predicts.
const SAVE: &str = "
import sys, json, joblib
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.linear_model import LogisticRegression
X = [[i % 7, (i * i) % 11, i / 10] for i in range(60)]
y = ['late' if (i % 7) + (i * i) % 11 > 8 else 'early' for i in range(60)]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
joblib.dump(model, sys.argv[1], compress=3)
rows = [[3, 4, 0.5], [6, 9, 1.25]]
print(json.dumps([model.predict(rows).tolist(), model.predict_proba(rows).tolist()]))
";

fn trial(artifact: &std::path::Path, prefix: &std::path::Path, rows: Vec<Vec<Cell>>) -> Prediction {
    let sample = Sample {
        columns: None,
        rows,
        source: "the test".into(),
        texts: false,
    };
    let trial = LiveTrial {
        artifact: artifact.to_path_buf(),
        format: Format::Joblib,
        interpreter: real_env::interpreter(prefix),
        sample: &sample,
        consent: Consent::given_by_user(),
        // Importing scikit-learn for the first time compiles nothing (-B) but reads a lot.
        time_limit: TIME_LIMIT * 4,
        paths: Vec::new(),
        reach: Vec::new(),
        sha256: None,
        layers: Wanted::All,
    };
    launcher::use_program(env!("CARGO_BIN_EXE_shelflife").into());
    predict(&trial, &AtomicBool::new(false)).expect("a trial takes place")
}

#[test]
fn the_trial_predicts_what_python_printed() {
    let Some(prefix) = real_env::prefix() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let artifact = folder.path().join("model.joblib");
    let printed = real_env::run(&prefix, SAVE, &[&artifact]);
    let (labels, scores): (Vec<String>, Vec<Vec<f64>>) =
        serde_json::from_str(&printed).expect("JSON");

    let rows = vec![
        vec![Cell::Int(3), Cell::Int(4), Cell::Float(0.5)],
        vec![Cell::Int(6), Cell::Int(9), Cell::Float(1.25)],
    ];
    let found = trial(&artifact, &prefix, rows);
    assert_eq!(found.outcome, Outcome::Finished, "{found:?}");
    let methods: Vec<&str> = found.outputs.iter().map(|o| o.method.as_str()).collect();
    assert_eq!(methods, ["predict", "predict_proba", "decision_function"]);

    let labels: Vec<Vec<Cell>> = labels.into_iter().map(|l| vec![Cell::Text(l)]).collect();
    assert_eq!(found.outputs[0].rows, labels);
    let scores: Vec<Vec<Cell>> = scores
        .into_iter()
        .map(|row| row.into_iter().map(Cell::Float).collect())
        .collect();
    // The same bits: nothing on the way rounds.
    assert_eq!(found.outputs[1].rows, scores);
    assert_eq!(found.outputs[1].columns, ["early", "late"]);

    let run = found.run.expect("a live trial has a run");
    let scores = &run.returned[1];
    assert_eq!(scores.class, "numpy.ndarray");
    assert_eq!(scores.dtype.as_deref(), Some("float64"));
    assert_eq!(scores.shape.as_deref(), Some(&[2, 2][..]));
    // Importing scikit-learn alone takes more.
    assert!(run.peak_memory > Some(30 << 20), "{:?}", run.peak_memory);
    assert_eq!(run.sha256.map(|digits| digits.len()), Some(64));
}

#[test]
fn what_scikit_learn_raises_arrives_word_for_word() {
    let Some(prefix) = real_env::prefix() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let artifact = folder.path().join("model.joblib");
    real_env::run(&prefix, SAVE, &[&artifact]);
    let found = trial(&artifact, &prefix, vec![vec![Cell::Float(1.0); 2]]);
    let Outcome::Raised {
        stage,
        exception,
        message,
        ..
    } = &found.outcome
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (stage.as_str(), exception.as_str()),
        ("predict", "ValueError")
    );
    assert_eq!(
        message,
        "X has 2 features, but StandardScaler is expecting 3 features as input."
    );
}

#[test]
fn the_same_rows_in_other_environments_stand_beside_each_other() {
    let Some(prefix) = real_env::prefix() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let artifact = folder.path().join("model.joblib");
    real_env::run(&prefix, SAVE, &[&artifact]);
    let rows = folder.path().join("rows.json");
    std::fs::write(&rows, "[[3, 4, 0.5], [6, 9, 1.25]]").unwrap();
    // One that lacks everything.
    let bare = folder.path().join("bare");
    let made = std::process::Command::new(real_env::interpreter(&prefix))
        .args(["-m", "venv", "--without-pip"])
        .arg(&bare)
        .status();
    assert!(made.expect("Python starts").success());

    let asked = |format: &str, others: &[&std::path::Path], more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_shelflife"));
        command
            .arg("predict")
            .arg(&artifact)
            .arg("--input")
            .arg(&rows);
        command.args(["--format", format, "--time-limit", "120"]);
        for other in others {
            command.arg("--beside").arg(other);
        }
        let output = command.args(more).output().expect("it starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, _, said) = asked("json", &[&prefix], &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("--allow-execution"), "{said}");

    let (code, printed, said) = asked("json", &[&prefix], &["--allow-execution"]);
    assert_eq!(code, Some(0), "{printed} {said}");
    let value: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let side = &value["beside"][0];
    assert_eq!(side["against"]["compared"], true, "{value}");
    assert_eq!(side["against"]["rows"], 2);
    assert_eq!(side["against"]["differ"], 0);
    assert_eq!(side["outputs"]["predict"], value["outputs"]["predict"]);

    let (code, page, said) = asked("table", &[&prefix, &bare], &["--allow-execution"]);
    assert_eq!(code, Some(1), "{page} {said}");
    assert!(page.contains("[1] native and "), "{page}");
    assert!(
        page.contains(" say the same; the largest difference is "),
        "{page}"
    );
    let missing = page.lines().find(|line| line.starts_with("[2] "));
    assert!(
        missing.is_some_and(|line| line.contains("ModuleNotFoundError")),
        "{page}"
    );
}
