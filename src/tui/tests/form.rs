//! The rows of a trial's input, changed by hand.

use super::drive::{Driver, drive};
use crate::engine::Event;
use crate::trial::{Cell, Sample};
use crate::tui::app::Overlay;

fn first(driver: &Driver) -> Vec<Cell> {
    let row = driver.app.selected.unwrap();
    let sample = driver.app.trials[&row].sample.as_ref().unwrap();
    sample.as_ref().unwrap().rows[0].clone()
}

#[test]
fn a_changed_value_is_what_the_trial_runs_with() {
    let driver = drive()
        .keys("n3i")
        .shows("row 1 of 2 of input")
        .shows("age    number  31")
        .shows("city   text    Lyon")
        .keys("<enter>5<enter>")
        .shows("age    number  315");
    assert_eq!(driver.ran, 0);
    let driver = driver.keys("t").shows("changed by hand");
    assert_eq!(driver.ran, 1);
    assert_eq!(first(&driver)[0], Cell::Int(315));
    // A second change says so once.
    let driver = driver.keys("ij<enter>9<enter>t");
    assert_eq!(first(&driver)[1], Cell::Float(42_000.59));
    let screen = driver.screen();
    assert_eq!(screen.matches("by hand").count(), 1, "{screen}");
}

#[test]
fn a_wrong_value_is_told_and_nothing_runs() {
    let driver = drive()
        .keys("n3i<enter>x<enter>")
        .shows("age: 31x is no number")
        .keys("t<enter>")
        .shows("age: 31xt is no number")
        .keys("<esc>")
        .shows("age    number  31")
        .keys("<esc>")
        .hides("of input ─");
    assert_eq!(driver.ran, 0);
    assert_eq!(first(&driver)[0], Cell::Int(31));
}

#[test]
fn known_values_are_turned_round_and_round() {
    let mut driver = drive().keys("n3i<esc>");
    let row = driver.app.selected.unwrap();
    let text = |text: &str| Cell::Text(text.into());
    driver.tell(Event::Sample {
        row,
        steps: Vec::new(),
        sample: Ok(Sample {
            columns: Some(vec!["city".into(), "paid".into(), "age".into()]),
            rows: vec![
                vec![text("Lyon"), Cell::Bool(true), Cell::Int(1)],
                vec![text("Oslo"), Cell::Bool(true), Cell::Int(2)],
                vec![text("Rome"), Cell::Missing, Cell::Int(3)],
            ],
            ..Sample::default()
        }),
    });
    driver
        .keys("i")
        .shows("3 values known")
        .keys("<right>")
        .shows("city text    Oslo")
        .keys("hh")
        .shows("city text    Rome")
        .keys("l")
        .shows("city text    Lyon")
        .keys("j<left>")
        .shows("paid truth   False")
        .keys("jl")
        .shows("no values of it are known")
        .shows("age  number  1");
}

#[test]
fn the_categories_of_an_encoder_are_offered_by_name() {
    let mut driver = drive().keys("n3i");
    let row = driver.app.selected.unwrap();
    let text = |text: &str| Cell::Text(text.into());
    let cities = vec![text("Bern"), text("Lima"), text("Lyon")];
    let told = |steps: &[&str]| Event::Known {
        row,
        steps: steps.iter().map(Into::into).collect(),
        known: vec![(Some("city".into()), cities.clone())],
    };
    // Of files that the rows do not pass through.
    driver.tell(told(&["models/scaler.pkl"]));
    let mut driver = driver.keys("G<right>").shows("city   text    Lyon");
    driver.tell(told(&[]));
    driver
        .shows("3 values known")
        .keys("<right>")
        .shows("city   text    Bern")
        .keys("<left><left>")
        .shows("city   text    Lima");
}

#[test]
fn many_inputs_scroll() {
    let mut driver = drive().sized(40, 12).keys("n3i<esc>");
    let row = driver.app.selected.unwrap();
    driver.tell(Event::Sample {
        row,
        steps: Vec::new(),
        sample: Ok(Sample {
            rows: vec![(0..300).map(Cell::Int).collect()],
            ..Sample::default()
        }),
    });
    driver
        .keys("iG")
        .shows("column 300")
        .hides("column 200 ")
        .keys("gg")
        .shows("column 1 ");
}

#[test]
fn the_form_runs_in_python_only_after_the_question_and_not_after_another_walk() {
    let driver = drive().keys("n3i<enter>5<enter>p");
    assert!(matches!(driver.app.overlay, Some(Overlay::Confirm(..))));
    assert_eq!(driver.ran, 0);
    let mut driver = drive().keys("n3i");
    driver.walk();
    let driver = driver.keys("t");
    assert_eq!(driver.ran, 0);
}

/// The form of `count` rows of one number each.
fn opened(count: i64) -> Driver {
    let mut driver = drive().keys("n3i<esc>");
    let row = driver.app.selected.unwrap();
    driver.tell(Event::Sample {
        row,
        steps: Vec::new(),
        sample: Ok(Sample {
            columns: Some(vec!["age".into()]),
            rows: (0..count).map(|age| vec![Cell::Int(age)]).collect(),
            source: "rows.csv".into(),
            ..Sample::default()
        }),
    });
    driver.keys("i")
}

fn ages(driver: &Driver) -> Vec<Cell> {
    let row = driver.app.selected.unwrap();
    let sample = driver.app.trials[&row].sample.as_ref().unwrap();
    let rows = &sample.as_ref().unwrap().rows;
    rows.iter().map(|row| row[0].clone()).collect()
}

fn numbers(all: &[i64]) -> Vec<Cell> {
    all.iter().copied().map(Cell::Int).collect()
}

#[test]
fn rows_are_added_looked_at_and_taken_away() {
    let driver = opened(2)
        .shows("row 1 of 2 of input")
        .keys("n")
        .shows("row 2 of 2 of input")
        .shows("age number  1")
        .keys("nN")
        .shows("row 1 of 2 of input")
        // A row like the first one, behind it, and then another value in it.
        .keys("a")
        .shows("row 2 of 3 of input")
        .shows("age number  0")
        .keys("<enter>7<enter>n")
        .shows("row 3 of 3 of input")
        .shows("age number  1")
        .keys("t")
        .shows("rows.csv, changed by hand");
    assert_eq!(ages(&driver), numbers(&[0, 7, 1]));
    let driver = driver
        .keys("i")
        .shows("row 1 of 3 of input")
        .keys("d")
        .shows("row 1 of 2 of input")
        .shows("age number  7")
        .keys("nd")
        .shows("row 1 of 1 of input")
        .keys("d")
        .shows("the last one stays")
        .keys("t");
    assert_eq!(ages(&driver), numbers(&[7]));
}

#[test]
fn no_more_rows_are_added_than_can_be_changed_and_what_follows_them_stays() {
    let driver = opened(98)
        .keys("aa")
        .shows("row 3 of 100 of input")
        .keys("a")
        .shows("100 rows are the most");
    let before = ages(&driver);
    let driver = driver.keys("t");
    assert_eq!((before.len(), ages(&driver).len()), (98, 100));
    let driver = opened(103)
        .shows("row 1 of the first 100 of input, 3 follow")
        .keys("a")
        .shows("100 rows are the most")
        .keys("dd<enter>5<enter>t");
    let mut wanted = vec![25];
    wanted.extend(3..103);
    assert_eq!(ages(&driver), numbers(&wanted));
}

#[test]
fn the_keys_of_the_rows_are_told() {
    let help = crate::tui::keymap::Keymap::default().help(false, "rows of input");
    let told = |keys: &str| help.iter().any(|told| told.keys == keys);
    assert!(told("a") && told("d") && told("n"), "{help:?}");
    opened(2)
        .shows("n/N row")
        .keys("<esc>?take this row")
        .shows("take this row away");
}
