//! `check --format sarif` against what SARIF 2.1.0 requires, and the pages that `rules` prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A virtual environment of Python 3.12 in `root` with nothing in it.
fn bare(root: &Path) {
    for folder in ["base/bin", "base/lib/python3.12", "venv/bin"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::create_dir_all(root.join("venv/lib/python3.12/site-packages")).unwrap();
    let files = ["base/bin/python3.12", "base/lib/python3.12/os.py"];
    for file in files.into_iter().chain(["venv/bin/python"]) {
        fs::write(root.join(file), "").unwrap();
    }
    let home = root.join("base/bin");
    let told = format!("home = {}\nversion = 3.12.4\n", home.display());
    fs::write(root.join("venv/pyvenv.cfg"), told).unwrap();
}

fn shelflife(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("VIRTUAL_ENV")
        .env_remove("CONDA_PREFIX")
        .env("PATH", "")
        .output()
        .unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Checks one run by the words of the standard and gives its results.
fn results(log: &Value) -> &[Value] {
    assert_eq!(log["version"], "2.1.0");
    assert!(text(&log["$schema"]).ends_with("sarif-2.1.0.json"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else {
        panic!("one run is expected");
    };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "shelflife");
    let rules = driver["rules"].as_array().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| text(&rule["id"])).collect();
    assert_eq!(ids.len(), rules.len(), "ids are unique");
    for rule in rules {
        for words in ["shortDescription", "fullDescription", "help"] {
            assert!(!text(&rule[words]["text"]).is_empty(), "{rule}");
        }
    }
    for result in run["results"].as_array().unwrap() {
        assert!(!text(&result["message"]["text"]).is_empty(), "{result}");
        assert!(["note", "warning", "error"].contains(&text(&result["level"])));
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]["id"]);
        assert!(result["partialFingerprints"].is_object());
        for place in result["locations"].as_array().unwrap() {
            let uri = text(&place["physicalLocation"]["artifactLocation"]["uri"]);
            assert!(
                uri.starts_with("assets/demo/") && !uri.contains(' '),
                "{uri}"
            );
        }
    }
    run["results"].as_array().unwrap()
}

#[test]
fn a_shelf_becomes_a_log_that_code_scanners_take() {
    let folder = tempfile::tempdir().unwrap();
    bare(folder.path());
    let prefix = folder.path().join("venv");
    let environment = prefix.to_str().unwrap();
    let ask = |more: &[&str]| {
        let fixed = ["check", "assets/demo", "--format", "sarif"];
        shelflife(&[&fixed, more].concat())
    };
    let output = ask(&["--env", environment]);
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        log["runs"][0]["invocations"][0]["executionSuccessful"],
        true
    );
    let one = results(&log);
    let missing = one.iter().find(|r| r["ruleId"] == "distribution-missing");
    let missing = missing.expect("scikit-learn is not there");
    assert_eq!(missing["level"], "error");
    let words = text(&missing["message"]["text"]);
    assert!(
        words.contains("ModuleNotFoundError: No module named 'sklearn'"),
        "{words}"
    );
    assert_eq!(missing["properties"]["verdict"], "fails-load");
    let place = &missing["locations"][0]["physicalLocation"];
    assert!(place["region"]["byteOffset"].as_u64().unwrap() > 0);
    let two = ask(&["--env", environment, "--env", environment]);
    let log: Value = serde_json::from_slice(&two.stdout).unwrap();
    assert_eq!(results(&log).len(), 2 * one.len());
    // Without any environment nobody can judge most, and an empty shelf is an empty log.
    let log: Value = serde_json::from_slice(&ask(&[]).stdout).unwrap();
    assert!(results(&log).iter().any(|r| r["ruleId"] == "undecided"));
    let empty = folder.path().join("venv/bin");
    let output = shelflife(&["check", empty.to_str().unwrap(), "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(results(&log).is_empty());
}

#[test]
fn rules_prints_a_page_for_each_rule() {
    let all = shelflife(&["rules"]);
    let listed = String::from_utf8(all.stdout).unwrap();
    let ids: Vec<&str> = listed.lines().filter_map(|l| l.split(' ').next()).collect();
    assert!(ids.contains(&"state-missing") && ids.contains(&"unreadable"));
    let page = shelflife(&["rules", "joblib-padding"]);
    let page = String::from_utf8(page.stdout).unwrap();
    for part in ["checks\n", "why\n", "example\n  KeyError: 118", "fix\n"] {
        assert!(page.contains(part), "{page}");
    }
    let objects = shelflife(&["rules", "--format", "json"]);
    let lines = String::from_utf8(objects.stdout).unwrap();
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let named: Vec<String> = objects.map(|o: Value| text(&o["id"]).to_owned()).collect();
    assert_eq!(named, ids);
    let nobody = shelflife(&["rules", "no-such-rule"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("there is no rule no-such-rule"));
}
