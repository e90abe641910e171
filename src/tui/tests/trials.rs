//! Trials through other files, and answers beside recorded ones.

use super::drive::{Driver, drive};
use crate::engine::Event;
use crate::manifest::stamp::Stamped;
use crate::trial::{Cell, Engine, Sample, TrialError, golden};

#[test]
fn a_trial_goes_through_the_files_that_prepare_the_input() {
    let driver = drive()
        .sized(120, 60)
        .keys("n3")
        .shows("T passes rows through scaler.pkl → pca.pkl first")
        .shows("the model names; by name")
        .keys("T")
        .shows("generated from what scaler.pkl knows")
        .shows("through  scaler.pkl → pca.pkl, with our own")
        .shows("through scaler.pkl, pca.pkl");
    assert_eq!(driver.ran, 1);
    // The model alone is another trial, whose rows are other ones.
    driver
        .keys("t")
        .shows("generated from scaler means")
        .hides("with our own arithmetic, then the model");
    drive()
        .keys("/iris<enter>T")
        .shows("no file near it is known to prepare its input");
}

#[test]
fn answers_for_another_way_of_the_rows_are_dropped() {
    let mut driver = drive().keys("nT");
    let row = driver.app.selected.unwrap();
    let before = driver.app.trials[&row].native.clone();
    driver.tell(Event::Sample {
        row,
        steps: Vec::new(),
        sample: Ok(Sample::default()),
    });
    driver.tell(Event::Trial {
        row,
        engine: Engine::Native,
        steps: Vec::new(),
        result: Err(TrialError::Sample("late".into())),
    });
    let trial = &driver.app.trials[&row];
    assert_eq!(trial.native, before);
    assert!(matches!(&trial.sample, Some(Ok(sample)) if !sample.rows.is_empty()));
}

#[test]
fn recorded_answers_stand_beside_those_of_now_and_a_stale_stamp_is_told() {
    let mut driver = drive().sized(120, 60).keys("nt");
    let row = driver.app.selected.unwrap();
    let trial = &driver.app.trials[&row];
    let sample = trial.sample.clone().unwrap().unwrap();
    let mut before = trial.native.clone().unwrap().unwrap();
    before.outputs[1].rows[0] = vec![Cell::Float(0.25), Cell::Float(0.75)];
    let stamp = serde_json::json!({
        "schema": 1,
        "artifact": {"file": "churn.joblib", "sha256": "", "size": 0, "format": "joblib"},
        "environment": null, "inputs": [],
        "example": golden::example(&sample), "golden": golden::golden(&before),
        "made": {"by": "test", "at": ""},
    });
    let mut stamped = Stamped {
        path: "models/churn.joblib.manifest.json".into(),
        content: Ok(serde_json::from_value(stamp).unwrap()),
    };
    let stamp = |driver: &mut Driver, stamped: &Stamped| {
        let reading = driver.app.rows[row].reading.as_mut().unwrap();
        let mut manifest = (*reading.manifest).clone();
        manifest.stamp = Some(stamped.clone());
        reading.manifest = std::sync::Arc::new(manifest);
    };
    stamp(&mut driver, &stamped);
    driver
        .keys("t")
        .shows("1 of 2 rows differ between recorded and native")
        .shows("0.125 (predict_proba, row 1)")
        .shows("row  recorded")
        // What passes through other files first is not what was recorded.
        .keys("T")
        .hides("recorded");
    stamped.content = Err("it is stale: it was made for other bytes".into());
    let mut driver = drive().sized(120, 60).keys("n");
    stamp(&mut driver, &stamped);
    driver
        .keys("3")
        .shows("churn.joblib.manifest.json is not used: it is stale");
}
