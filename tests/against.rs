//! `check --against RELEASE`: what breaks with a release that is not installed anywhere.
//!
//! The truth is that of the demo shelf's own table: what really happened when each file was loaded
//! under that release and asked.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn demo(below: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/demo")
        .join(below);
    path.to_str().unwrap().to_owned()
}

/// Runs `check` where no Python can be found.
fn check(arguments: &[&str]) -> Output {
    let elsewhere = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .arg("check")
        .args(arguments)
        .current_dir(elsewhere.path())
        .env_clear()
        .output()
        .unwrap()
}

fn against(path: &str, release: &str) -> Value {
    let release = format!("scikit-learn=={release}");
    let output = check(&[&demo(path), "--against", &release, "--format", "json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

fn findings(told: &Value, rule: &str) -> Vec<String> {
    let all = told["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["rule"] == rule)
        .map(|finding| finding["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_module_that_the_release_does_not_have_fails_to_load() {
    let told = against("archive/scoring_2019.pkl", "1.9.1");
    assert_eq!(told["verdict"], "fails-load");
    let missing = findings(&told, "module-missing");
    assert!(
        missing
            .iter()
            .any(|m| m.starts_with("No module named 'sklearn.")),
        "{missing:?}"
    );
    // Where the class still lived, nothing is missing.
    let told = against("archive/scoring_2019.pkl", "0.20.3");
    assert!(findings(&told, "module-missing").is_empty(), "{told}");
}

#[test]
fn tree_nodes_of_another_layout_fail_to_load() {
    let told = against("iris/iris_forest_2022.pkl", "1.9.1");
    assert_eq!(told["verdict"], "fails-load");
    assert_eq!(findings(&told, "tree-nodes").len(), 1);
    assert_eq!(told["environment"]["against"][0], "scikit-learn==1.9.1");
    assert_eq!(told["fix"]["command"], "");
    let told = against("iris/iris_forest_2022.pkl", "1.2.1");
    assert!(findings(&told, "tree-nodes").is_empty());
}

#[test]
fn an_attribute_that_the_release_reads_and_the_state_lacks_is_found() {
    let told = against("churn/churn_pipeline.joblib", "1.9.1");
    let lacks: Vec<String> = ["state-missing", "state-unproven"]
        .iter()
        .flat_map(|rule| findings(&told, rule))
        .collect();
    assert!(lacks.iter().any(|m| m.contains("_fill_dtype")), "{told}");
    assert_ne!(told["verdict"], "ready");
    let told = against("churn/churn_pipeline.joblib", "1.2.1");
    assert!(findings(&told, "state-missing").is_empty(), "{told}");
}

#[test]
fn nothing_that_really_fails_is_called_ready() {
    let releases = ["1.9.1", "1.8.0", "1.7.2", "1.5.2", "1.2.2"];
    // Per file, the releases under which it was not ready.
    let truth = [
        ("churn/churn_logreg.joblib", &releases[2..]),
        ("churn/churn_pipeline.joblib", &releases[..2]),
        ("churn/v2/model.pkl", &releases[4..]),
        ("iris/iris_forest_2022.pkl", &releases[..4]),
        ("iris/iris_tree.joblib", &releases[..]),
        ("iris/iris_svc.sav", &releases[4..]),
        ("text/spam_filter.joblib.xz", &releases[4..]),
        ("text/ticket_router.pkl", &releases[..4]),
        ("price/house_price.joblib", &releases[4..]),
        ("archive/scoring_2019.pkl", &releases[..]),
    ];
    for (path, broken) in truth {
        for release in broken {
            let told = against(path, release);
            assert_ne!(told["verdict"], "ready", "{path} {release}");
        }
    }
}

#[test]
fn what_no_environment_says_is_unknown_and_not_missing() {
    let told = against("churn/v2/scaler.pkl", "1.9.1");
    assert_eq!(told["verdict"], "unknown", "{told}");
    let unknown = findings(&told, "name-unknown");
    assert!(unknown.iter().any(|m| m.contains("numpy")), "{unknown:?}");
}

#[test]
fn releases_that_nobody_knows_are_errors_that_say_which_are_known() {
    for (written, said) in [
        ("scikit-learn==99.1", "0.18 to"),
        ("scikit-learn>=1.2", "scikit-learn==1.9.1"),
        ("some-library==1.0", "--env"),
    ] {
        let output = check(&[&demo("iris"), "--against", written]);
        assert_eq!(output.status.code(), Some(2), "{written}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_history_of_the_code_is_told() {
    let told = against("churn/v2/scaler.pkl", "1.5.1");
    let history = &told["history"][0];
    assert_eq!(history["distribution"], "scikit-learn");
    assert_eq!(history["saved"], "1.5.2");
    assert_eq!(history["live"], "1.5.1");
    assert_eq!(history["code"], "unchanged", "{history}");
    let told = against("churn/v2/scaler.pkl", "1.9.1");
    let history = &told["history"][0];
    assert_eq!(history["code"], "changed");
    assert!(history["functions"].as_u64().unwrap() > 50);
}
