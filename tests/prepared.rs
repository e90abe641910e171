//! Which files near a model prepare its input, in which order, and what the model itself says about
//! how its rows were prepared. The folders hold what scikit-learn really saved.

use std::path::{Path, PathBuf};

use shelflife::engine::{LiveWork, Work};
use shelflife::manifest::{Certainty, Manifest, Relation};

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
