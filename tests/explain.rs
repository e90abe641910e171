//! `explain` on tracebacks of real loads (`tests/fixtures/tracebacks/make.py`), as they come out of
//! Python and as logs, containers and notebooks wrap them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(format!("tests/fixtures/tracebacks/{name}.txt"))).unwrap()
}

fn explain(input: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .arg("explain")
        .args(arguments)
        .current_dir(root())
        .env_remove("VIRTUAL_ENV")
        .env_remove("CONDA_PREFIX")
        .env("PATH", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

fn json(input: &str, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let output = explain(input, &all);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// The traceback, the artifact that must stand first with its standing, and the known cause.
const CASES: [(&str, &str, &str, &str); 15] = [
    (
        "pointer_joblib",
        "demand_forecast.pkl",
        "exact",
        "opcode-key",
    ),
    ("pointer_pickle", "demand_forecast.pkl", "exact", "load-key"),
    (
        "truncated",
        "house_price_backup.joblib",
        "exact",
        "short-array",
    ),
    ("numpy_core", "iris_svc.sav", "possible", "numpy-core"),
    ("padding", "churn_pipeline.joblib", "possible", "opcode-key"),
    (
        "archive_by_pickle",
        "iris.skops",
        "possible",
        "persistent-torch",
    ),
    ("onnx_by_pickle", "iris.onnx", "exact", "load-key"),
    ("moved", "scoring_2019.pkl", "possible", "sklearn-moved"),
    ("main", "credit_scoring.pkl", "possible", "main-name"),
    (
        "tree_nodes",
        "iris_forest_2022.pkl",
        "possible",
        "tree-nodes",
    ),
    ("features", "iris_tree.joblib", "exact", "feature-count"),
    ("warning", "churn_logreg.joblib", "exact", "version-warning"),
    ("chain", "iris_svc.sav", "possible", "numpy-core"),
    ("while", "iris_svc.sav", "possible", "numpy-core"),
    ("group", "demand_forecast.pkl", "exact", "opcode-key"),
];

/// The artifact stands first or, when the text names none, nothing stands higher than it.
fn leads_to(answer: &Value, file: &str, standing: &str, name: &str) {
    let all = answer["artifacts"].as_array().unwrap();
    let is = |candidate: &Value| candidate["path"].as_str().unwrap().ends_with(file);
    let found = all.iter().find(|candidate| is(candidate));
    let found = found.unwrap_or_else(|| panic!("{name}: {answer:#}"));
    assert_eq!(found["standing"], standing, "{name}: {answer:#}");
    let first = &all[0];
    let level = first["named"] == false && first["standing"] == found["standing"];
    assert!(is(first) || level, "{name}: {answer:#}");
}

#[test]
fn every_real_traceback_leads_to_the_artifact_that_failed() {
    for (name, file, standing, cause) in CASES {
        let answer = json(&text(name), &["assets/demo"]);
        assert_eq!(answer["schema"], 1);
        assert_eq!(answer["explained"], true, "{name}: {answer:#}");
        leads_to(&answer, file, standing, name);
        assert_eq!(
            answer["cause"]["id"], cause,
            "{name}: {:#}",
            answer["cause"]
        );
    }
}

/// The program that loads is nowhere named, so the file must be found by what it holds.
#[test]
fn the_artifact_is_found_when_the_text_names_none() {
    for (name, file, _, _) in CASES {
        if matches!(name, "group" | "archive_by_pickle") {
            continue;
        }
        let nameless = text(name)
            .replace("assets/demo/", "")
            .replace(file, "MODEL");
        let answer = json(&nameless, &["assets/demo"]);
        let best = answer["artifacts"][0]["standing"]
            .as_str()
            .unwrap()
            .to_owned();
        let among = answer["artifacts"]
            .as_array()
            .unwrap()
            .iter()
            .any(|candidate| {
                candidate["path"].as_str().unwrap().ends_with(file)
                    && candidate["standing"] == *best
            });
        assert!(among, "{name}: {answer:#}");
    }
}

#[test]
fn logs_and_escapes_around_a_traceback_change_nothing() {
    for (name, file, standing, cause) in CASES {
        if name == "warning" {
            continue;
        }
        let plain = text(name);
        let each = |prefix: &dyn Fn(usize) -> String| -> String {
            let lines = plain.lines().enumerate();
            let lines: Vec<String> = lines.map(|(n, line)| prefix(n) + line).collect();
            lines.join(
                "
",
            ) + "
"
        };
        let wrapped = [
            each(&|_| "web-1  | ".into()),
            each(&|n| format!("2026-11-23T12:{:02}:07.{n}Z stderr F ", n % 60)),
            each(&|n| format!("Nov 23 12:00:{:02} host gunicorn[81{n}]: ", n % 60)),
            format!(
                "[2026-11-23 12:00:00 +0000] [7] [ERROR] Exception in worker process\n{plain}[2026-11-23 12:00:00 +0000] [7] [INFO] Worker exiting (pid: 7)\n"
            ),
            format!(
                "{}\n",
                serde_json::json!({"level": "error", "exc_info": plain, "pid": 7})
            ),
            plain
                .replace("Error", "\x1b[1;31mError\x1b[0m")
                .replace("File", "\x1b[35mFile\x1b[0m"),
            plain.replace('\n', "\r\n"),
        ];
        for (number, wrapped) in wrapped.iter().enumerate() {
            let answer = json(wrapped, &["assets/demo"]);
            leads_to(&answer, file, standing, &format!("{name} {number}"));
            assert_eq!(answer["cause"]["id"], cause, "{name} {number}");
        }
    }
}

#[test]
fn fixtures_of_other_folders_are_explained_by_their_bytes() {
    let answer = json(
        &text("joblib_by_pickle"),
        &["tests/fixtures/native/1.9/svc_three_classes.joblib"],
    );
    assert_eq!(answer["artifacts"][0]["standing"], "exact", "{answer:#}");
    let answer = json(&text("state"), &["tests/fixtures/native/0.24"]);
    let first = &answer["artifacts"][0];
    assert!(
        first["path"]
            .as_str()
            .unwrap()
            .ends_with("gaussian_naive_bayes.joblib"),
        "{answer:#}"
    );
    assert_eq!(answer["origin"]["prefix"], "/srv/app/.venv");
    assert_eq!(answer["origin"]["python"], "3.9");
}

#[test]
fn a_message_alone_is_explained_and_nonsense_is_not() {
    let output = explain("KeyError: 118\n", &[]);
    assert_eq!(output.status.code(), Some(0));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.contains("joblib's unpickler") && page.contains("look at: "),
        "{page}"
    );
    let output = explain(
        "TypeError: the frobnicator is full\n",
        &["assets/demo/iris"],
    );
    assert_eq!(output.status.code(), Some(1));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(
        page.contains("not explained: none of 5 artifacts gives this"),
        "{page}"
    );
    let output = explain(" \n", &[]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("standard input holds no exception"),
        "{words}"
    );
    let file: PathBuf = root().join("tests/fixtures/tracebacks/moved.txt");
    let output = explain("", &["--input", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
}
