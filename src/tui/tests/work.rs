//! What the screen tells while the work goes on, and how it is stopped.

use std::sync::Arc;
use std::time::Duration;

use super::drive::{Driver, drive};
use super::shelf::Shelf;
use crate::compat::Verdict;
use crate::engine::{Event, Pulse, Slow};
use crate::manifest::{Basis, Manifest, Requirement};
use crate::trial;
use crate::tui::app::Mode;
use crate::tui::effect::Ended;
use crate::tui::message::Message;
use crate::tui::row::Row;

/// A browser whose shelf is walked; nothing is read.
fn walked() -> Driver {
    let mut driver = Driver::new(Shelf::realistic(), Mode::Browse).sized(80, 24);
    driver.walk();
    driver
}

fn pulse(driver: &mut Driver, pulse: Pulse) {
    driver.tell(Event::Pulse(pulse));
}

#[test]
fn found_read_and_left_are_true_at_any_moment() {
    let mut driver = walked().shows("9 found · 0 read · 9 left");
    for row in 0..4 {
        driver.read_row(row);
    }
    driver.read_row(2);
    let mut driver = driver.shows("9 found · 4 read · 5 left");
    let told = Pulse {
        rate: 1234,
        ..Pulse::default()
    };
    pulse(&mut driver, told);
    let mut driver = driver.shows("5 left · 1234/s");
    driver.read_all();
    let driver = driver.shows("9 found ");
    assert!(!driver.screen().contains("left"), "{}", driver.screen());
}

#[test]
fn a_slow_folder_is_named_until_it_answers() {
    let mut driver = walked();
    let told = Pulse {
        slow: vec![Slow {
            path: "/mnt/x".into(),
            seconds: 12,
        }],
        ..Pulse::default()
    };
    pulse(&mut driver, told);
    let mut driver = driver.shows("slow: /mnt/x, 12 s");
    pulse(&mut driver, Pulse::default());
    assert!(!driver.screen().contains("slow"));
}

#[test]
fn a_large_file_shows_a_bar_and_a_part_of_its_identity_but_no_verdict() {
    let mut driver = walked().keys("gg");
    let row = driver.app.selected.unwrap();
    let told = Pulse {
        reading: vec![(row, 100 << 20, 300 << 20)],
        ..Pulse::default()
    };
    pulse(&mut driver, told);
    let manifest = Manifest {
        root: Some("sklearn.ensemble._forest.RandomForestClassifier".into()),
        saved_with: vec![Requirement {
            subject: "scikit-learn".into(),
            wanted: "==1.7.2".into(),
            basis: Basis::Stamped,
            evidence: Vec::new(),
        }],
        ..Manifest::default()
    };
    let manifest = Arc::new(manifest);
    driver.tell(Event::SoFar { row, manifest });
    let mut driver = driver.shows("███░░░░░░░ 33 %").keys("<enter>");
    driver = driver
        .shows("33 % of 300")
        .shows("RandomForestClassifier")
        .shows("scikit-learn 1.7.2")
        .shows("no verdict before the end");
    assert_eq!(driver.app.rows[row].verdict(), None);
    for verdict in Verdict::ALL {
        assert!(!driver.screen().contains(verdict.phrase()));
    }
    driver.read_row(row);
    assert!(!driver.screen().contains("so far"));
    assert!(driver.app.rows[row].verdict().is_some());
}

#[test]
fn ctrl_c_stops_the_work_r_goes_on_and_the_second_ctrl_c_leaves() {
    let driver = walked().keys("<c-c>").goes_on().shows("r goes on");
    let driver = driver.keys("j").shows("9 left · stopped");
    assert!(driver.app.stopped);
    let mut driver = driver.keys("r").goes_on();
    assert!(!driver.app.stopped);
    assert_eq!(driver.app.rows.len(), 9, "nothing is forgotten");
    driver.read_all();
    driver.keys("<c-c>").ended(&Ended::Left);
    walked().keys("<c-c><c-c>").ended(&Ended::Left);
}

#[test]
fn details_that_were_let_go_come_back_when_somebody_looks() {
    let mut driver = drive().keys("gg");
    for row in &mut driver.app.rows {
        assert!(row.reading.take().is_some());
    }
    let before: Vec<_> = driver.app.rows.iter().map(Row::verdict).collect();
    let driver = driver.keys("jj").keys("<enter>");
    let row = driver.app.detailed.unwrap();
    assert!(driver.recalled.contains(&row), "{:?}", driver.recalled);
    assert!(driver.app.rows[row].reading.is_some());
    let after: Vec<_> = driver.app.rows.iter().map(Row::verdict).collect();
    assert_eq!(before, after);
    let left = driver.app.rows.iter().filter(|r| r.reading.is_none());
    assert!(left.count() > 0, "others are not asked for");
}

#[test]
fn a_running_trial_tells_how_long_it_runs() {
    let mut driver = drive().keys("n3");
    let row = driver.app.selected.unwrap();
    driver.app.clock = Duration::from_secs(100);
    let trial = driver.app.trials.entry(row).or_default();
    trial.running = Some(trial::Engine::Native);
    trial.since = Duration::from_secs(98);
    driver.send(Message::Tick);
    let mut driver = driver.shows("our own arithmetic runs, 2 s, ctrl-c stops it");
    driver.app.clock = Duration::from_secs(111);
    driver.send(Message::Tick);
    let driver = driver.shows("runs, 13 s");
    assert!(driver.app.animated());
}
