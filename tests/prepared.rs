//! Which files near a model prepare its input, in which order, and what the model itself says about
//! how its rows were prepared. The folders hold what scikit-learn really saved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use shelflife::engine::{Engine, Event, LiveWork, Options, Request, Work, chain};
use shelflife::manifest::{Certainty, Manifest, Relation};
use shelflife::trial::{self, Prediction, Sample};

fn manifest(model: &str) -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/prepared")
        .join(model);
    let work = LiveWork::new(vec![path.parent().unwrap().to_owned()], None);
    let (artifact, manifest) = work.read(&path);
    assert!(artifact.facts.is_ok(), "{model}");
    manifest
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// The names of the files that prepare its input, in order, with what that rests on.
fn steps(manifest: &Manifest, relation: Relation) -> Vec<(String, Certainty)> {
    let found = manifest.siblings.iter().filter(|s| s.relation == relation);
    found
        .map(|s| (name(&s.path), s.certainty.unwrap()))
        .collect()
}

fn step(name: &str, certainty: Certainty) -> (String, Certainty) {
    (name.to_owned(), certainty)
}

#[test]
fn of_two_scalers_of_one_width_the_right_one_is_proven_by_the_rows_that_the_model_keeps() {
    let found = manifest("iris/iris_model.pkl");
    assert_eq!(
        steps(&found, Relation::Prepares),
        [step("iris_scaler", Certainty::Values)]
    );
    assert_eq!(
        steps(&found, Relation::Labels),
        [step("label_encoder", Certainty::Count)]
    );
    let prepared = found.prepared.unwrap();
    assert_eq!((prepared.how, prepared.proven), ("standardised", true));
    assert_eq!(
        prepared.by.as_deref().map(name).as_deref(),
        Some("iris_scaler")
    );
}

#[test]
fn a_model_that_wants_prepared_rows_with_nothing_near_says_so() {
    for (model, how) in [
        ("alone/knn.pkl", "standardised"),
        ("alone_bayes/bayes.pkl", "standardised"),
        ("alone_unit/knn.pkl", "scaled to 0…1"),
    ] {
        let prepared = manifest(model).prepared.unwrap();
        assert_eq!((prepared.how, prepared.proven), (how, true), "{model}");
        assert_eq!(prepared.by, None::<PathBuf>, "{model}");
    }
}

#[test]
fn a_pipeline_that_prepares_counts_and_a_scaler_of_another_kind_does_not() {
    let found = manifest("piped/knn.pkl");
    let by = found.prepared.unwrap().by;
    assert_eq!(by.as_deref().map(name).as_deref(), Some("preprocessing"));

    // Rows from 0 to 1 did not come out of a scaler that standardises.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prepared");
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("knn.pkl");
    std::fs::copy(fixtures.join("alone_unit/knn.pkl"), &model).unwrap();
    let scaler = folder.path().join("scaler.pkl");
    std::fs::copy(fixtures.join("iris/iris_scaler.pkl"), scaler).unwrap();
    let (_, found) = LiveWork::new(vec![folder.path().to_owned()], None).read(&model);
    assert_eq!(steps(&found, Relation::Prepares), []);
    assert_eq!(found.prepared.unwrap().by, None::<PathBuf>);
}

#[test]
fn a_scaler_that_the_model_was_not_fitted_behind_is_ruled_out() {
    let found = manifest("raw/forest.pkl");
    assert_eq!(steps(&found, Relation::Prepares), []);
    assert_eq!(found.prepared, None);
    let found = manifest("scaled/svc.pkl");
    assert_eq!(
        steps(&found, Relation::Prepares),
        [step("scaler", Certainty::Values)]
    );
    let prepared = found.prepared.unwrap();
    assert!(!prepared.proven, "support vectors are some rows only");
}

#[test]
fn steps_stand_in_the_order_in_which_rows_pass_through_them() {
    assert_eq!(
        steps(&manifest("spam/spam_model.pkl"), Relation::Prepares),
        [
            step("vectorizer", Certainty::Count),
            step("tfidf", Certainty::Count)
        ]
    );
    assert_eq!(
        steps(&manifest("turned/model.pkl"), Relation::Prepares),
        ["imputer", "scaler", "pca"].map(|name| step(name, Certainty::Count))
    );
    assert_eq!(
        steps(&manifest("encoded/classifier.pkl"), Relation::Prepares),
        [step("onehot", Certainty::Count)]
    );
}

#[test]
fn names_tell_a_scaler_of_some_columns_and_rule_out_one_of_others() {
    let found = manifest("some/model.pkl");
    assert_eq!(
        steps(&found, Relation::Prepares),
        [step("scaler", Certainty::Names)]
    );
}

#[test]
fn what_prepares_input_is_not_prepared_itself() {
    for model in ["iris/iris_scaler.pkl", "spam/tfidf.pkl", "turned/pca.pkl"] {
        assert_eq!(steps(&manifest(model), Relation::Prepares), [], "{model}");
    }
}

/// What `predict` prints as JSON.
fn predict(arguments: &[&str]) -> serde_json::Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prepared");
    let output = assert_cmd::Command::cargo_bin("shelflife")
        .unwrap()
        .current_dir(root)
        .arg("predict")
        .args(arguments)
        .args(["--format", "json", "--input", "-"])
        .write_stdin("5.1,3.5,1.4,0.2\n6.2,2.9,4.3,1.3\n6.9,3.1,5.1,2.3\n")
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn rows_pass_through_the_files_that_prepare_them() {
    // What scikit-learn 1.7.2 answers to the scaled and the raw rows.
    let chained = predict(&["turned/model.pkl", "--chain"]);
    assert_eq!(chained["outputs"]["predict"], serde_json::json!([0, 1, 2]));
    let source = chained["input_source"].as_str().unwrap();
    assert!(
        source.ends_with("through imputer.pkl, scaler.pkl, pca.pkl"),
        "{source}"
    );
    let named = predict(&[
        "turned/model.pkl",
        "--through",
        "turned/imputer.pkl",
        "--through",
        "turned/scaler.pkl",
        "--through",
        "turned/pca.pkl",
    ]);
    assert_eq!(named["outputs"], chained["outputs"]);
    // Without them the four values are more than the model takes.
    let alone = predict(&["turned/model.pkl"]);
    assert_ne!(alone["error"], serde_json::Value::Null);
}

/// `predict` with rows that have a header, as JSON.
fn predict_named(arguments: &[&str], rows: &str) -> serde_json::Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prepared");
    let output = assert_cmd::Command::cargo_bin("shelflife")
        .unwrap()
        .current_dir(root)
        .arg("predict")
        .args(arguments)
        .args(["--format", "json", "--input", "-"])
        .write_stdin(rows)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_transformer_of_some_columns_never_drops_the_others_in_silence() {
    let rows = "age,income,city\n41,52,oslo\n60,77,lyon\n";
    // The model takes five columns: where those of the encoder stand among them is written nowhere.
    let through = ["five/model.pkl", "--through", "five/city_encoder.pkl"];
    let refused = predict_named(&through, rows);
    assert_eq!(
        refused["error"]["message"],
        "OneHotEncoder knows only 'city' of the columns and makes 3 of them; what comes next takes \
         5, and where 'age', 'income' stand among those is not recorded: give rows that are prepared \
         already, or only the columns that it knows"
    );
    // This model takes just what the encoder makes; the others are its business as little as a target.
    let through = ["five/towns_model.pkl", "--through", "five/city_encoder.pkl"];
    let found = predict_named(&through, rows);
    assert_eq!(found["outputs"]["predict"], serde_json::json!([1, 0]));
    let source = found["input_source"].as_str().unwrap();
    assert!(
        source.ends_with("without 'age', 'income', through city_encoder.pkl"),
        "{source}"
    );
}

/// The rows and the answer of a trial as the engine runs it for the screen.
fn engine_trial(model: &str) -> (Sample, Prediction) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/prepared")
        .join(model);
    let work = LiveWork::new(vec![path.parent().unwrap().to_owned()], None);
    let (sender, events) = std::sync::mpsc::channel();
    let sink = move |event| drop(sender.send(event));
    let engine = Engine::start(Arc::new(work), Options::default(), sink).unwrap();
    let next = || events.recv_timeout(Duration::from_mins(1)).unwrap();
    let (row, steps) = loop {
        if let Event::Read {
            row,
            artifact,
            manifest,
            ..
        } = next()
            && artifact.path.ends_with(model)
        {
            let steps: Vec<PathBuf> = chain::proposed(&manifest)
                .map(|step| step.path.clone())
                .collect();
            break (row, steps);
        }
    };
    engine.send(Request::MakeSample {
        row,
        steps: steps.clone(),
    });
    let sample = loop {
        if let Event::Sample { sample, .. } = next() {
            break sample.unwrap();
        }
    };
    engine.send(Request::Run {
        row,
        engine: trial::Engine::Native,
        sample: sample.clone(),
        steps,
        environment: None,
        sha256: None,
    });
    loop {
        if let Event::Trial { result, .. } = next() {
            return (sample, result.unwrap());
        }
    }
}

#[test]
fn the_engine_runs_one_trial_through_all_files() {
    let (sample, prediction) = engine_trial("turned/model.pkl");
    // The imputer takes four columns, the model fewer.
    assert_eq!(sample.rows[0].len(), 4);
    let source = &prediction.input_source;
    assert!(
        source.ends_with("through imputer.pkl, scaler.pkl, pca.pkl"),
        "{source}"
    );
    assert_eq!(prediction.outputs[0].rows.len(), sample.rows.len());
}

#[test]
fn every_category_of_an_encoder_before_the_model_is_known() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prepared/encoded");
    let work = LiveWork::new(vec![path.clone()], None);
    let (artifact, _) = work.read(&path.join("classifier.pkl"));
    let known = work.categories(&artifact, &[path.join("onehot.pkl")]);
    let (sample, _) = engine_trial("encoded/classifier.pkl");
    assert_eq!(known.len(), sample.rows[0].len());
    for (at, (_, known)) in known.iter().enumerate() {
        assert!(!known.is_empty());
        for row in &sample.rows {
            assert!(known.contains(&row[at]), "{:?} {known:?}", row[at]);
        }
    }
    // The model itself takes what the encoder left: numbers, of which no categories are known.
    let own = work.categories(&artifact, &[]);
    assert!(own.iter().all(|(_, known)| known.is_empty()), "{own:?}");
}
