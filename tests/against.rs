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
    let told = against("text/spam_filter.joblib.xz", "1.9.1");
    let unknown = findings(&told, "name-unknown");
    assert!(unknown.iter().any(|m| m.contains("joblib")), "{unknown:?}");
    // Every release of numpy has the names of this one; which Python there would be is not said.
    let told = against("churn/v2/scaler.pkl", "1.9.1");
    assert_eq!(told["verdict"], "unknown", "{told}");
    assert!(findings(&told, "name-unknown").is_empty(), "{told}");
}

/// A file that holds nothing but some names, checked against one release.
fn named(names: &[(&str, &str)], release: &str) -> Value {
    let mut bytes = b"\x80\x02]".to_vec();
    for (module, name) in names {
        bytes.extend(format!("c{module}\n{name}\na").bytes());
    }
    bytes.push(b'.');
    held(&bytes, release)
}

fn held(bytes: &[u8], release: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.pkl");
    std::fs::write(&file, bytes).unwrap();
    let path = file.to_str().unwrap();
    let output = check(&[path, "--against", release, "--format", "json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().next().unwrap()).unwrap()
}

/// Whether names are there, with what each release really raised where they are not.
#[test]
fn names_of_numpy_scipy_and_pandas_are_there_or_not_release_by_release() {
    let array = ("numpy._core.multiarray", "_reconstruct");
    let old_array = ("numpy.core.multiarray", "_reconstruct");
    let rows = ("scipy.sparse._csr", "csr_matrix");
    let old_rows = ("scipy.sparse.csr", "csr_matrix");
    let block = ("pandas._libs.internals", "_unpickle_block");
    let index = ("pandas.core.indexes.numeric", "Int64Index");
    for (name, release, missing) in [
        (array, "numpy==1.25.2", "No module named 'numpy._core'"),
        (array, "numpy==1.26.0", "No module named 'numpy._core'"),
        (array, "numpy==1.26.1", ""),
        (array, "numpy==2.0.0", ""),
        (old_array, "numpy==1.16.6", ""),
        (old_array, "numpy==2.2.6", ""),
        (("numpy", "float64"), "numpy==1.17.0", ""),
        (("numpy", "log1p"), "numpy==2.1.0", ""),
        (rows, "scipy==1.7.3", "No module named 'scipy.sparse._csr'"),
        (rows, "scipy==1.8.0", ""),
        (old_rows, "scipy==1.15.3", ""),
        (
            block,
            "pandas==1.3.0",
            "Can't get attribute '_unpickle_block'",
        ),
        (block, "pandas==2.2.3", ""),
        (
            index,
            "pandas==2.0.0",
            "No module named 'pandas.core.indexes.numeric'",
        ),
        (index, "pandas==1.5.3", ""),
    ] {
        let told = named(&[name], release);
        let mut found = findings(&told, "module-missing");
        found.extend(findings(&told, "name-missing"));
        assert!(
            findings(&told, "name-unknown").is_empty(),
            "{release} {told}"
        );
        assert_eq!(found.is_empty(), missing.is_empty(), "{release} {told}");
        assert!(found.iter().all(|m| m.starts_with(missing)), "{found:?}");
    }
}

#[test]
fn blocks_of_pandas_1_fail_in_pandas_2_and_frames_are_not_called_ready() {
    // new_block(None, slice(0, 1, 1), 2), as pandas 1.3 writes it.
    let mut block = b"\x80\x02cpandas.core.internals.blocks\nnew_block\nN".to_vec();
    block.extend(b"c__builtin__\nslice\nK\x00K\x01K\x01\x87RK\x02\x87R.");
    let told = held(&block, "pandas==2.2.3");
    assert_eq!(told["verdict"], "fails-load", "{told}");
    assert_eq!(findings(&told, "pandas-blocks").len(), 1, "{told}");
    assert!(findings(&held(&block, "pandas==1.5.3"), "pandas-blocks").is_empty());
    let series = b"\x80\x02cpandas.core.series\nSeries\n)\x81}X\x05\x00\x00\x00_nameNsb.";
    let told = held(series, "pandas==2.2.3");
    let doubts = findings(&told, "state-unproven");
    assert!(doubts.iter().any(|m| m.contains("Series")), "{told}");
}

#[test]
fn boosters_have_their_wrappers_looked_at() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/formats/xgboost/1.7.6/classifier.joblib");
    let path = path.to_str().unwrap();
    let output = check(&[path, "--against", "xgboost==3.0.2", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(findings(&told, "name-missing").is_empty(), "{told}");
    let history = &told["history"][0];
    assert_eq!(history["distribution"], "xgboost", "{told}");
    assert_eq!(history["code"], "changed");
    // The forests came with 0.90.
    let told = named(&[("xgboost.sklearn", "XGBRFClassifier")], "xgboost==0.82");
    assert_eq!(findings(&told, "name-missing").len(), 1, "{told}");
    let told = named(&[("lightgbm.sklearn", "LGBMRanker")], "lightgbm==4.6.0");
    assert!(findings(&told, "name-missing").is_empty(), "{told}");
}

/// What scikit-learn 1.9.1 really answers is 50 where 1.3.2 answered 1.
#[test]
fn how_far_the_numbers_move_is_told() {
    let told = against("iris/iris_tree.joblib", "1.9.1");
    let finding = &told["findings"][0];
    assert_eq!(finding["rule"], "changed-meaning");
    let moved = &finding["difference"]["moved"][0];
    assert_eq!(moved["method"], "predict_proba", "{finding}");
    assert_eq!(moved["largest"], 49.0, "{finding}");
    assert_eq!(finding["difference"]["unmoved"][0], "predict");
    // Nothing changes where it was saved.
    let told = against("iris/iris_tree.joblib", "1.3.2");
    let all = told["findings"].as_array().unwrap();
    assert!(
        all.iter()
            .all(|finding| finding.get("difference").is_none())
    );
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
