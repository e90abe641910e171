//! What a model answers when another release reads its state, against what that release computes
//! from the same decisions.

use std::path::Path;

use shelflife::artifact::{self, Keep};
use shelflife::trial::native::{self, reading};
use shelflife::trial::{Cell, Prediction, TrialError, sample};

/// The answers where it was saved, and as `reader` reads it.
fn both(file: &str, reader: &str) -> (Prediction, Result<Prediction, TrialError>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/native")
        .join(file);
    let whole = artifact::read(&path, Keep::Everything);
    let facts = whole.facts.unwrap();
    let objects = facts.objects.as_ref().unwrap();
    let rows = sample::generate(objects).unwrap();
    let saved = native::predict(objects, &rows).unwrap();
    (saved, reading::predict_as(objects, reader, &rows))
}

fn numbers(prediction: &Prediction, method: &str) -> Vec<Vec<f64>> {
    let output = prediction.outputs.iter().find(|o| o.method == method);
    let row = |row: &Vec<Cell>| {
        let number = |cell: &Cell| match cell {
            Cell::Float(number) => *number,
            other => panic!("{other:?}"),
        };
        row.iter().map(number).collect()
    };
    output.unwrap().rows.iter().map(row).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Checks the probability of the second class of each row against its decision.
fn second(prediction: &Prediction, of: fn(f64) -> f64) {
    let decisions = numbers(prediction, "decision_function");
    for (decision, proba) in decisions.iter().zip(numbers(prediction, "predict_proba")) {
        assert!((of(decision[0]) - proba[1]).abs() < 1e-12, "{proba:?}");
    }
}

#[test]
fn leaves_with_counts_are_given_as_they_are_since_1_4() {
    let (saved, live) = both("1.2/tree_classifier.pkl", "1.4.2");
    let (saved, live) = (
        numbers(&saved, "predict_proba"),
        numbers(&live.unwrap(), "predict_proba"),
    );
    for (saved, live) in saved.iter().zip(&live) {
        let sum: f64 = live.iter().sum();
        assert!(sum > 1.5, "{live:?}");
        for (saved, live) in saved.iter().zip(live) {
            assert!((live / sum - saved).abs() < 1e-12);
        }
    }
    // 1.3 still divides.
    let (saved, live) = both("1.2/tree_classifier.pkl", "1.3.2");
    assert_eq!(saved.outputs, live.unwrap().outputs);
}

#[test]
fn two_classes_by_softmax_become_a_sigmoid_in_1_8() {
    let (saved, live) = both("1.5/logistic_binary_multinomial.pkl", "1.8.0");
    second(&saved, |decision| sigmoid(2.0 * decision));
    second(&live.unwrap(), sigmoid);
}

#[test]
fn a_word_that_is_not_known_means_softmax_before_1_5() {
    let (saved, live) = both("1.5/logistic_binary.pkl", "1.4.2");
    second(&saved, sigmoid);
    second(&live.unwrap(), |decision| sigmoid(2.0 * decision));
    let (saved, live) = both("1.5/logistic_binary.pkl", "1.6.1");
    assert_eq!(saved.outputs, live.unwrap().outputs);
}

#[test]
fn one_against_the_rest_becomes_softmax_in_1_8() {
    let (_, live) = both("1.3/logistic_one_vs_rest.pkl", "1.9.1");
    let live = live.unwrap();
    let decisions = numbers(&live, "decision_function");
    for (decisions, proba) in decisions.iter().zip(numbers(&live, "predict_proba")) {
        let sum: f64 = decisions.iter().map(|d| d.exp()).sum();
        for (decision, proba) in decisions.iter().zip(&proba) {
            assert!((decision.exp() / sum - proba).abs() < 1e-12);
        }
    }
}

#[test]
fn a_reader_that_is_not_modelled_is_refused() {
    for reader in ["0.19.2", "newest"] {
        let (_, live) = both("1.5/logistic_binary.pkl", reader);
        assert!(live.is_err(), "{reader}");
    }
}
