//! Samples made from a model's own numbers: they say where they come from, and the model takes them.

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Keep, Objects, inputs};
use shelflife::trial::{Cell, Outcome, native, sample};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn objects(path: &Path) -> Objects {
    let facts = artifact::read(path, Keep::Everything).facts.unwrap();
    facts.objects.unwrap()
}

/// Models that take rows of any width, and record none, or take records and sets: nothing is made up for
/// them.
const ANY_WIDTH: &[&str] = &[
    "0.24/dummy_classifier.pkl",
    "0.24/dummy_constant.joblib",
    "0.24/dummy_regressor.pkl",
    "0.24/function_clip.pkl",
    "1.2/dummy_classifier.pkl",
    "0.24/dicts.joblib",
    "0.24/label_sets.joblib",
    "0.24/records_hashed.pkl",
    "1.9/dicts.pkl",
    "1.9/label_sets.pkl",
    "1.9/records_hashed.joblib",
];

#[test]
fn every_model_takes_the_rows_made_for_it() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for release in fs::read_dir(root().join("tests/fixtures/native")).unwrap() {
        for file in fs::read_dir(release.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|e| e == "json") {
                continue;
            }
            let objects = objects(&path);
            count += 1;
            let tried = sample::generate(&objects)
                .map_err(|error| format!("no rows: {error}"))
                .and_then(|made| {
                    let found = native::predict(&objects, &made);
                    let found = found.map_err(|error| error.to_string())?;
                    if found.outcome != Outcome::Finished {
                        return Err(format!("{:?} to {made:?}", found.outcome));
                    }
                    if found.outputs[0].rows.len() != made.rows.len() {
                        return Err(format!("{} rows", found.outputs[0].rows.len()));
                    }
                    Ok(())
                });
            let any = ANY_WIDTH.iter().any(|name| path.ends_with(name));
            assert!(!any || tried.is_err(), "{} has rows now", path.display());
            if let Err(why) = tried
                && !any
            {
                wrong.push(format!("{}: {why}", path.display()));
            }
        }
    }
    assert!(count >= 380, "only {count} models were found");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_source_says_what_the_rows_were_made_from() {
    let zeros = "generated: zeros, as the file says nothing about usual values";
    let cases = [
        (
            "tests/fixtures/native/1.9/standard_scaler.pkl",
            "generated from scaler means",
        ),
        (
            "tests/fixtures/native/1.9/min_max_scaler.pkl",
            "generated from scaler ranges",
        ),
        (
            "tests/fixtures/native/1.9/one_hot_dense.pkl",
            "generated from encoder categories",
        ),
        (
            "tests/fixtures/native/0.24/forest_regressor.pkl",
            "generated from tree thresholds",
        ),
        (
            "tests/fixtures/native/1.9/columns_logistic.pkl",
            "generated from imputer statistics, scaler means, encoder categories",
        ),
        ("tests/fixtures/native/1.9/ridge.pkl", zeros),
        (
            "assets/demo/iris/iris_svc.sav",
            "generated from scaler means",
        ),
        (
            "assets/demo/text/ticket_router.pkl",
            "generated from the vocabulary",
        ),
    ];
    for (path, wanted) in cases {
        let made = sample::generate(&objects(&root().join(path))).unwrap();
        assert_eq!(made.source, wanted, "{path}");
    }
}

#[test]
fn columns_of_a_pipeline_get_numbers_and_words() {
    let objects = objects(&root().join("tests/fixtures/native/1.9/columns_logistic.pkl"));
    let made = sample::generate(&objects).unwrap();
    let names = made.columns.unwrap();
    assert_eq!(names, ["age", "income", "city", "plan", "visits"]);
    let texts: Vec<bool> = made.rows[0]
        .iter()
        .map(|cell| matches!(cell, Cell::Text(_)))
        .collect();
    assert_eq!(texts, [false, false, true, true, false]);
    assert_ne!(made.rows[0], made.rows[1]);
}

#[test]
fn a_list_of_columns_is_no_model() {
    let objects = objects(&root().join("assets/demo/churn/v2/feature_columns.pkl"));
    let error = sample::generate(&objects).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file does not say what rows the model takes; give some with --input"
    );
}

#[test]
fn a_bundle_lends_its_column_names_to_its_model() {
    let expected = |path: &str| {
        let objects = objects(&root().join(path));
        inputs::expected(&objects.graph, objects.root)
    };
    let bundle = expected("assets/demo/credit/bundle.joblib");
    assert_eq!(bundle.count, Some(bundle.names.len()));
    assert_eq!(bundle.names.len(), 3);
    let old = expected("tests/fixtures/native/0.24/columns_logistic.pkl");
    assert_eq!(old.names, ["age", "income", "city", "plan", "visits"]);
    let bare = expected("tests/fixtures/native/0.24/lasso.pkl");
    assert_eq!((bare.count, bare.names.len()), (Some(3), 0));
}
