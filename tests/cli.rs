//! The subcommands as a user calls them: outputs, the JSON contract, exit codes, clear errors.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// An empty environment of Python 3.12, plus one site package that holds only itself.
struct Bare {
    folder: tempfile::TempDir,
}

impl Bare {
    fn new() -> Bare {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let base = root.join("base");
        let site = root.join("venv/lib/python3.12/site-packages");
        fs::create_dir_all(base.join("bin")).unwrap();
        fs::create_dir_all(base.join("lib/python3.12")).unwrap();
        fs::write(base.join("bin/python3.12"), "").unwrap();
        for module in ["os", "copyreg", "codecs", "datetime"] {
            fs::write(base.join(format!("lib/python3.12/{module}.py")), "").unwrap();
        }
        fs::create_dir_all(&site).unwrap();
        fs::create_dir_all(root.join("venv/bin")).unwrap();
        fs::write(root.join("venv/bin/python"), "").unwrap();
        let home = base.join("bin");
        fs::write(
            root.join("venv/pyvenv.cfg"),
            format!("home = {}\nversion = 3.12.4\n", home.display()),
        )
        .unwrap();
        Bare { folder }
    }

    fn prefix(&self) -> PathBuf {
        self.folder.path().join("venv")
    }
}

fn demo(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/demo")
        .join(below)
}

/// Runs the program with nothing in its environment that would choose a Python.
fn shelflife(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(arguments)
        .env_remove("VIRTUAL_ENV")
        .env_remove("CONDA_PREFIX")
        .env("PATH", "")
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn by_path<'v>(objects: &'v [Value], end: &str) -> &'v Value {
    objects
        .iter()
        .find(|object| object["path"].as_str().unwrap().ends_with(end))
        .unwrap_or_else(|| panic!("no object for {end}"))
}

#[test]
fn check_tells_the_demo_shelf_in_a_bare_environment() {
    let bare = Bare::new();
    let shelf = demo("");
    let output = shelflife(&[
        "check",
        shelf.to_str().unwrap(),
        "--env",
        bare.prefix().to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let objects = lines(&output);
    assert!(objects.len() >= 18, "{} objects", objects.len());
    for object in &objects {
        assert_eq!(object["schema"], 1);
        assert_eq!(object["environment"]["python"], "3.12.4");
        assert!(object["verdict"].is_string() && object["requirements"].is_array());
    }
    let model = by_path(&objects, "churn/churn_logreg.joblib");
    assert_eq!(model["format"], "joblib");
    assert_eq!(model["verdict"], "fails-load");
    assert_eq!(model["trust"], "known");
    assert_eq!(
        model["root"],
        "sklearn.linear_model._logistic.LogisticRegression"
    );
    assert_eq!(model["saved_with"]["scikit-learn"], "1.9.1");
    assert_eq!(model["saved_with"]["numpy"], ">=2.0");
    assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
    let finding = &model["findings"][0];
    assert_eq!(finding["rule"], "distribution-missing");
    assert_eq!(finding["stage"], "load");
    assert_eq!(finding["exception"], "ModuleNotFoundError");
    assert_eq!(finding["message"], "No module named 'sklearn'");
    let pins: Vec<&str> = model["fix"]["pins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_str().unwrap())
        .collect();
    assert!(pins.contains(&"scikit-learn==1.9.1"), "{pins:?}");

    let names = by_path(&objects, "churn/v2/feature_columns.pkl");
    assert_eq!(names["verdict"], "ready", "plain data needs no library");
    let pointer = by_path(&objects, "archive/demand_forecast.pkl");
    assert_eq!(pointer["verdict"], "unreadable");
    assert_eq!(pointer["unreadable"]["kind"], "pointer");
    let cut = by_path(&objects, "price/house_price_backup.joblib");
    assert_eq!(cut["unreadable"]["kind"], "truncated");
    let directory = by_path(&objects, "price/price_mlflow");
    assert_eq!(directory["format"], "mlflow");
    assert_eq!(directory["saved_with"]["python"], "3.12.1");
    let main = by_path(&objects, "credit/credit_scoring.pkl");
    assert_eq!(main["trust"], "unlisted");
    let near = main["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "main-name");
    let near = near.expect("the name in __main__ is told");
    let told = near["evidence"].to_string();
    assert!(
        told.contains("train.py:13"),
        "the defining script is named: {told}"
    );
    let local = by_path(&objects, "credit/credit_limit.joblib");
    let local = local["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == "local-module");
    assert_eq!(local.unwrap()["message"], "No module named 'feature_tools'");
}

#[test]
fn without_an_environment_the_verdict_is_unknown_and_says_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("model.joblib");
    fs::copy(demo("churn/churn_logreg.joblib"), &file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
        .args(["check", "model.joblib", "--format", "json"])
        .current_dir(elsewhere.path())
        .env_clear()
        .output()
        .unwrap();
    let objects = lines(&output);
    assert_eq!(objects[0]["environment"], Value::Null);
    assert_eq!(objects[0]["verdict"], "unknown");
    assert_eq!(objects[0]["path"], "model.joblib");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_wrong_environment_is_an_error_that_names_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = shelflife(&[
        "check",
        demo("iris").to_str().unwrap(),
        "--env",
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains(folder.path().to_str().unwrap()), "{said}");
    assert!(
        said.contains("pyvenv.cfg") || said.contains("python"),
        "{said}"
    );
}

#[test]
fn a_path_that_is_not_there_is_an_error() {
    for command in ["check", "show", "predict"] {
        let output = shelflife(&[command, "/no/such/model.pkl"]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(stderr(&output).contains("/no/such/model.pkl"), "{command}");
    }
}

#[test]
fn the_threshold_of_the_exit_code_can_be_set() {
    let bare = Bare::new();
    let run = |fail_on: &str| {
        let model = demo("churn/churn_logreg.joblib");
        let arguments = [
            "check",
            model.to_str().unwrap(),
            "--env",
            bare.prefix().to_str().unwrap(),
            "--fail-on",
            fail_on,
        ]
        .map(str::to_owned);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        shelflife(&arguments).status.code()
    };
    assert_eq!(run("fails-load"), Some(1));
    assert_eq!(run("unreadable"), Some(0));
    assert_eq!(run("never"), Some(0));
}

#[test]
fn a_module_under_a_bare_name_is_laid_to_the_distribution_that_makes_it() {
    let bare = Bare::new();
    let model = demo("credit/bundle.joblib");
    let output = shelflife(&[
        "check",
        model.to_str().unwrap(),
        "--env",
        bare.prefix().to_str().unwrap(),
        "--format",
        "json",
    ]);
    let objects = lines(&output);
    let findings = objects[0]["findings"].as_array().unwrap();
    let loss = findings
        .iter()
        .find(|f| f["message"] == "No module named '_loss'");
    assert_eq!(loss.unwrap()["distribution"], "scikit-learn");
    assert!(
        objects[0]["fix"]["pins"][0]
            .as_str()
            .unwrap()
            .contains("1.7.2")
    );
}

#[test]
fn text_of_python_2_that_is_not_ascii_is_foretold() {
    let bare = Bare::new();
    let folder = tempfile::tempdir().unwrap();
    let verdict = |content: &[u8]| {
        let file = folder.path().join("old.pkl");
        fs::write(&file, content).unwrap();
        let output = shelflife(&[
            "check",
            file.to_str().unwrap(),
            "--env",
            bare.prefix().to_str().unwrap(),
            "--format",
            "json",
        ]);
        lines(&output).remove(0)
    };
    assert_eq!(verdict(b"S'cafe'\n.")["verdict"], "ready");
    let odd = verdict(b"S'caf\\xe9'\n.");
    assert_eq!(odd["verdict"], "fails-load");
    assert_eq!(odd["findings"][0]["exception"], "UnicodeDecodeError");
    // Word for word what CPython 3 says.
    assert_eq!(
        odd["findings"][0]["message"],
        "'ascii' codec can't decode byte 0xe9 in position 3: ordinal not in range(128)"
    );
}

#[test]
fn show_gives_one_manifest_an_artifact_without_any_environment() {
    let shelf = demo("");
    let output = shelflife(&["show", shelf.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let objects = lines(&output);
    let scaler = by_path(&objects, "churn/v2/scaler.pkl");
    assert_eq!(scaler["inputs"]["names"].as_array().unwrap().len(), 3);
    let model = by_path(&objects, "churn/v2/model.pkl");
    let relations: Vec<&str> = model["siblings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sibling| sibling["relation"].as_str().unwrap())
        .collect();
    assert!(
        relations.contains(&"prepares") && relations.contains(&"columns"),
        "{relations:?}"
    );
    let skops = by_path(&objects, "iris/iris.skops");
    assert_eq!(skops["format"], "skops");
    assert_eq!(skops["saved_with"]["scikit-learn"], "1.9.1");
    let onnx = by_path(&objects, "iris/iris.onnx");
    assert_eq!(onnx["trust"], "inert");
    assert_eq!(onnx["inputs"]["count"], 4);
    let bundle = by_path(&objects, "credit/bundle.joblib");
    assert_eq!(bundle["compression"], "zlib");
    assert!(bundle["root"].as_str().unwrap().starts_with("dict"));
    let archive = by_path(&objects, "archive/scoring_2019.pkl");
    assert_eq!(archive["saved_with"]["scikit-learn"], "0.20.4");
}

#[test]
fn predict_runs_natively_and_names_a_missing_column() {
    let model = demo("churn/churn_logreg.joblib");
    let model = model.to_str().unwrap();
    let sample = demo("churn/sample.csv");
    let good = shelflife(&[
        "predict",
        model,
        "--input",
        sample.to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    let object = &lines(&good)[0];
    assert_eq!(object["engine"], "native");
    assert_eq!(object["error"], Value::Null);
    let rows = fs::read_to_string(&sample).unwrap().lines().count() - 1;
    assert_eq!(object["outputs"]["predict"].as_array().unwrap().len(), rows);
    assert_eq!(
        object["outputs"]["predict_proba"][0]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short.csv");
    fs::write(&short, "monthly_fee,support_calls\n20,1\n").unwrap();
    let bad = shelflife(&["predict", model, "--input", short.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(stderr(&bad).contains("tenure_months"), "{}", stderr(&bad));
}

#[test]
fn the_python_engine_needs_consent() {
    let model = demo("churn/churn_logreg.joblib");
    let output = shelflife(&["predict", model.to_str().unwrap(), "--engine", "python"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--allow-execution"));
}

#[test]
fn envs_lists_the_named_environment_first() {
    let bare = Bare::new();
    let output = shelflife(&[
        "envs",
        "--env",
        bare.prefix().to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let first = &lines(&output)[0];
    assert_eq!(first["chosen"], true);
    assert_eq!(first["python"], "3.12.4");
    assert_eq!(first["scikit-learn"], Value::Null);
}

#[test]
fn the_readme_names_every_subcommand_that_help_names() {
    let help = String::from_utf8(shelflife(&["--help"]).stdout).unwrap();
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for command in ["pick", "check", "show", "predict", "envs"] {
        assert!(
            help.contains(&format!("  {command}")),
            "--help lacks {command}"
        );
        assert!(
            readme.contains(&format!("shelflife {command}")),
            "README lacks {command}"
        );
    }
}

#[test]
fn the_readme_shows_the_key_table_of_the_program() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let table = shelflife::tui::key_table();
    assert!(
        readme.contains(table.trim()),
        "put this into the README:\n{table}"
    );
}

#[test]
fn nothing_is_shown_that_could_steer_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    // STACK_GLOBAL of a module whose name sets the window title.
    let module = b"\x1b]0;owned\x07";
    let mut pickle = vec![0x80, 4, 0x8c, module.len() as u8];
    pickle.extend_from_slice(module);
    pickle.extend_from_slice(b"\x8c\x01x\x93.");
    let file = folder.path().join("odd\x1b[31m.pkl");
    fs::write(&file, pickle).unwrap();
    let bare = Bare::new();
    for arguments in [
        vec!["show", file.to_str().unwrap()],
        vec![
            "check",
            file.to_str().unwrap(),
            "--env",
            bare.folder.path().join("venv").to_str().unwrap(),
        ],
    ] {
        let output = shelflife(&arguments);
        assert!(
            !output.stdout.contains(&0x1b),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!output.stderr.contains(&0x1b));
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn models_of_several_files_are_judged_as_one() {
    let bare = Bare::new();
    let shelf = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    // The dump without its array file.
    fs::copy(
        fixtures.join("joblib_beside/moved.pkl"),
        shelf.path().join("moved.pkl"),
    )
    .unwrap();
    for entry in fs::read_dir(fixtures.join("folders/spacy_blank")).unwrap() {
        let path = entry.unwrap().path();
        let folder = shelf.path().join("pipeline");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(
        fixtures.join("folders/archives/model.tar.gz"),
        shelf.path().join("model.tar.gz"),
    )
    .unwrap();
    let prefix = bare.prefix();
    let output = shelflife(&[
        "check",
        shelf.path().to_str().unwrap(),
        "--env",
        prefix.to_str().unwrap(),
        "--format",
        "json",
    ]);
    let objects = lines(&output);
    assert_eq!(objects.len(), 3, "{}", stderr(&output));

    let dump = by_path(&objects, "moved.pkl");
    assert_eq!(dump["verdict"], "fails-load");
    let findings = dump["findings"].as_array().unwrap();
    let missing = findings.iter().find(|f| f["rule"] == "side-file-missing");
    let missing = missing.unwrap();
    assert_eq!(missing["exception"], "FileNotFoundError");
    let path = shelf.path().join("moved.pkl_01.npy");
    let message = format!("[Errno 2] No such file or directory: '{}'", path.display());
    assert_eq!(missing["message"], message.as_str());

    let pipeline = by_path(&objects, "pipeline");
    assert_eq!(pipeline["format"], "spacy");
    assert_eq!(pipeline["saved_with"]["spacy"], ">=3.8.18,<3.9.0");
    assert_eq!(
        pipeline["findings"][0]["message"],
        "No module named 'spacy'"
    );

    let archive = by_path(&objects, "model.tar.gz");
    assert_eq!(archive["verdict"], "unknown");
    assert_eq!(archive["summary"], "an archive: unpack it first");
    assert!(archive["trust"].is_null());
}

#[test]
fn several_environments_make_a_grid_with_a_count_for_each() {
    let (one, other) = (Bare::new(), Bare::new());
    let shelf = demo("churn");
    let (one, other) = (one.prefix(), other.prefix());
    let both = [
        "check",
        shelf.to_str().unwrap(),
        "--env",
        one.to_str().unwrap(),
        "--env",
        other.to_str().unwrap(),
    ];
    let output = shelflife(&both);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.contains("  1  ") && page.contains("✗ load"), "{page}");
    assert!(page.contains("opens 1 of 5    1  "), "{page}");
    assert!(page.contains("opens 1 of 5    2  "), "{page}");

    let output = shelflife(&[&both[..], &["--format", "json", "--summary"]].concat());
    let objects = lines(&output);
    let (last, pairs) = objects.split_last().unwrap();
    assert_eq!(pairs.len(), 10, "one object a pair");
    assert!(pairs.iter().all(|pair| pair["path"].is_string()));
    let summary = &last["summary"];
    assert_eq!(summary["artifacts"], 5);
    assert_eq!(summary["environments"][1]["opens"], 1);
    assert_eq!(summary["environments"][0]["verdicts"]["fails-load"], 4);
    let conflicts = summary["environments"][0]["conflicts"].as_array().unwrap();
    let learn = conflicts
        .iter()
        .find(|conflict| conflict["distribution"] == "scikit-learn")
        .unwrap();
    assert!(learn["groups"].as_array().unwrap().len() >= 2, "{learn}");
}

#[test]
fn all_environments_are_those_that_envs_lists_and_envs_counts_what_they_open() {
    let bare = Bare::new();
    let root = bare.prefix().parent().unwrap().to_owned();
    let shelf = root.join("models");
    fs::create_dir(&shelf).unwrap();
    fs::copy(
        demo("churn/v2/feature_columns.pkl"),
        shelf.join("columns.pkl"),
    )
    .unwrap();
    fs::copy(demo("churn/v2/model.pkl"), shelf.join("model.pkl")).unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_shelflife"))
            .args(arguments)
            .env_remove("VIRTUAL_ENV")
            .env_remove("CONDA_PREFIX")
            .env("HOME", &root)
            .env_remove("PYENV_ROOT")
            .env("PATH", "")
            .output()
            .unwrap();
        lines(&output)
    };
    let models = shelf.to_str().unwrap();
    let counted = run(&["envs", models, "--opens", "--format", "json"]);
    let own = &counted[0];
    assert_eq!((&own["opens"], &own["artifacts"]), (&1.into(), &2.into()));
    let pairs = run(&["check", models, "--all-envs", "--format", "json"]);
    assert_eq!(pairs.len(), 2 * counted.len());
    for (pair, environment) in pairs.iter().zip(counted.iter().cycle()) {
        assert_eq!(pair["environment"]["prefix"], environment["prefix"]);
    }
}

#[test]
fn a_fix_comes_with_a_line_that_opens_the_file_in_an_environment_of_its_own() {
    let bare = Bare::new();
    let model = demo("churn/churn_logreg.joblib");
    let output = shelflife(&[
        "check",
        model.to_str().unwrap(),
        "--env",
        bare.prefix().to_str().unwrap(),
        "--format",
        "json",
    ]);
    let fix = &lines(&output)[0]["fix"];
    let line = fix["throw_away"].as_str().unwrap();
    // By its version, or by its place where this host has it.
    assert!(
        line.starts_with("uv run --isolated --no-project --python "),
        "{line}"
    );
    assert!(line.contains("--with 'scikit-learn==1.9.1'"), "{line}");
    assert!(line.contains("joblib.load(sys.argv[1])"), "{line}");
    assert!(line.ends_with("churn_logreg.joblib"), "{line}");
    let pins = fix["pins"].as_array().unwrap();
    assert!(
        !pins.iter().any(|pin| pin == "joblib"),
        "scikit-learn brings it"
    );
}
