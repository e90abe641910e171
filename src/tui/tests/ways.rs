//! Folders, marks, counts, prefixes, the searched keys, the filter's fields, the mouse.

use std::path::PathBuf;

use ratatui::crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::drive::{Driver, drive};
use super::shelf::Shelf;
use crate::engine::Event;
use crate::tui::app::Mode;
use crate::tui::effect::{Ended, Outside};
use crate::tui::keymap::Keymap;
use crate::tui::message::Message;

const GROUPED: [&str; 7] = [
    "top.onnx",
    "churn/a.pkl",
    "churn/b.pkl",
    "churn/old/z.pkl",
    "churn-eu/m.pkl",
    "price/flat.joblib",
    "price/house.joblib",
];
const FLAT: [&str; 7] = [
    "churn/a.pkl",
    "churn/b.pkl",
    "churn/old/z.pkl",
    "churn-eu/m.pkl",
    "price/flat.joblib",
    "price/house.joblib",
    "top.onnx",
];

fn folders() -> Driver {
    Driver::new(Shelf::foldered(), Mode::Browse)
        .sized(80, 24)
        .scanned()
}

#[test]
fn artifacts_stand_below_their_folder_where_it_has_several() {
    folders()
        .listed(&GROUPED)
        .shows("churn/ ")
        .shows("1 of 2 ready")
        .shows("  a.pkl")
        .hides("churn/a.pkl")
        // One alone needs no line for its folder.
        .shows("churn/old/z.pkl")
        .keys("jj")
        .selected("churn/b.pkl")
        .keys("f")
        .listed(&FLAT)
        .selected("churn/b.pkl")
        .shows("churn/a.pkl")
        .shows("one flat list");
}

#[test]
fn sorting_keeps_folders_together_unless_the_list_is_flat() {
    // Verdict, size, age, release.
    folders().keys("ss").listed(&[
        "top.onnx",
        "churn/a.pkl",
        "churn/b.pkl",
        "churn/old/z.pkl",
        "churn-eu/m.pkl",
        "price/flat.joblib",
        "price/house.joblib",
    ]);
    folders().keys("fssss").listed(&[
        "churn/old/z.pkl",
        "churn/b.pkl",
        "price/house.joblib",
        "churn/a.pkl",
        "price/flat.joblib",
        "churn-eu/m.pkl",
        "top.onnx",
    ]);
}

/// However rows arrive and in whatever order they are read, the list is the one that a list made
/// at once would be.
#[test]
fn an_order_that_grew_is_the_order_made_at_once() {
    for keys in [
        "",
        "f",
        "s",
        "fs",
        "ss",
        "fsss",
        "ssss",
        "/verdict:ready<enter>",
        "/pkl<enter>",
    ] {
        let expected: Vec<String> = names(&folders().keys(keys));
        for turn in 0..7 {
            let mut driver = folders().keys(keys);
            driver.tell(Event::Started);
            let mut paths: Vec<PathBuf> = FLAT.map(|name| format!("models/{name}").into()).into();
            paths.rotate_left(turn);
            let all = paths.len();
            for (first, path) in paths.into_iter().enumerate() {
                driver.tell(Event::Found {
                    first,
                    paths: vec![path],
                });
                if first % 2 == 0 {
                    driver.read_row(first);
                }
            }
            driver.tell(Event::Walked { total: all });
            for row in (0..all).rev() {
                driver.read_row(row);
            }
            assert_eq!(names(&driver), expected, "{keys:?} turned by {turn}");
        }
    }
}

fn names(driver: &Driver) -> Vec<String> {
    let order = driver.app.order.iter();
    order
        .map(|row| driver.app.rows[*row].name.to_string())
        .collect()
}

#[test]
fn space_marks_and_what_is_done_is_done_to_all() {
    let driver = folders()
        .keys("j<space><space>")
        .shows("2 marked")
        .selected("churn/old/z.pkl")
        .keys("c")
        .shows("2 paths sent");
    assert_eq!(driver.copied, ["models/churn/a.pkl\nmodels/churn/b.pkl"]);
    let driver = driver.keys("R").shows("reading 2 artifacts again");
    assert_eq!(driver.again.len(), 2);
    let driver = driver
        .keys("t")
        .shows("tried all that are marked: 2 finished, 0 did not");
    assert_eq!(driver.ran, 2);
    driver
        .keys("m")
        .shows("churn/a.pkl")
        .hides("price/flat.joblib")
        .keys("<esc>gm")
        .selected("churn/a.pkl")
        .keys("gm")
        .selected("churn/b.pkl")
        .keys("<space>")
        .shows("1 marked")
        .keys("u")
        .shows("nothing is marked");
}

#[test]
fn marks_outlive_a_rescan_and_a_filter() {
    folders()
        .keys("j<space>r")
        .shows("1 marked")
        .keys("/price<enter>*")
        .shows("3 marked")
        .keys("*")
        .shows("1 marked")
        .keys("<esc>")
        .shows("1 marked")
        .keys("<esc>")
        .hides("1 marked");
}

#[test]
fn several_can_be_picked_where_that_is_asked_for() {
    let mode = |multi| Mode::Pick {
        ready_only: false,
        multi,
    };
    let pick = |multi| {
        Driver::new(Shelf::foldered(), mode(multi))
            .sized(80, 24)
            .scanned()
    };
    let both = ["models/top.onnx", "models/churn/a.pkl"].map(PathBuf::from);
    pick(true)
        .keys("<space><space><enter>")
        .ended(&Ended::Picked(both.into()));
    pick(false)
        .keys("<space><space><enter>")
        .ended(&Ended::Picked(vec!["models/top.onnx".into()]));
}

#[test]
fn a_count_repeats_and_the_faces_keep_their_numbers() {
    folders()
        .keys("5j")
        .selected("price/flat.joblib")
        .keys("02k")
        .selected("churn/old/z.pkl")
        .keys("gg05G")
        .selected("churn-eu/m.pkl")
        .keys("7<esc>gg")
        .selected("top.onnx")
        .keys("99j")
        .selected("price/house.joblib");
    folders()
        .sized(120, 30)
        .keys("2")
        .shows("[tree]")
        .keys("j")
        .selected("churn/a.pkl")
        .keys("6")
        .shows("6 times")
        .keys("<space>")
        .shows("6 marked");
}

#[test]
fn a_prefix_shows_what_can_follow() {
    let driver = folders()
        .keys("y")
        .shows("copy the path, or those of all that are marked")
        .shows(" y … ");
    let driver = driver.keys("<esc>").hides(" y … ").goes_on();
    driver
        .keys("gz")
        .shows("gz means nothing here")
        .keys("G")
        .selected("price/house.joblib");
}

#[test]
fn the_searched_keys_run_what_is_chosen() {
    folders()
        .keys("?flat")
        .shows("> flat")
        .shows("one flat list")
        .hides("back to the shell")
        .keys("<enter>")
        .listed(&FLAT);
    // In the detail only: the keys go there first.
    folders().keys("?unfold or fold<enter>").hides("> unfold");
    folders()
        .keys("?in the grid<enter>")
        .shows("works in the grid");
    folders()
        .keys("?zzz")
        .shows("no command is told")
        .keys("<esc>")
        .shows("type to search")
        .keys("<esc>")
        .hides("type to search");
}

#[test]
fn fields_narrow_the_list() {
    let list = |filter: &str, names: &[&str]| {
        folders()
            .keys(&format!("f/{}<enter>", filter.replace('<', "<lt>")))
            .listed(names);
    };
    list("size:>10k", &["churn/a.pkl", "churn/b.pkl", "top.onnx"]);
    list("size:1M", &["churn/a.pkl"]);
    list("size:<1k", &["churn/old/z.pkl", "churn-eu/m.pkl"]);
    list("saved:<1.3", &["churn/b.pkl", "churn/old/z.pkl"]);
    list("saved:1.9", &["churn/a.pkl", "price/flat.joblib"]);
    list(
        "saved:>=1.10 verdict:ready",
        &["churn-eu/m.pkl", "top.onnx"],
    );
    list(
        "class:pipe verdict:fails",
        &["churn/b.pkl", "churn/old/z.pkl"],
    );
}

#[test]
fn ages_are_told_from_the_beginning_of_the_session() {
    folders().keys("f/age:<lt>7d<enter>").listed(&[
        "churn/a.pkl",
        "churn-eu/m.pkl",
        "price/flat.joblib",
    ]);
    folders()
        .keys("f/age:>1y<enter>")
        .listed(&["churn/old/z.pkl", "price/house.joblib"]);
}

#[test]
fn a_field_that_is_not_complete_narrows_nothing_and_says_so() {
    folders()
        .keys("/size:>")
        .shows("size:> is not complete; write size:>10M")
        .shows("1/7")
        .keys("1k")
        .shows("1/5");
}

#[test]
fn an_environment_in_the_filter_asks_where_it_is_ready() {
    drive()
        .keys("/env:old<enter>")
        .shows("old")
        .keys("<esc>")
        .keys("/env:nowhere")
        .shows("no environment is called like nowhere");
}

#[test]
fn the_first_keys_are_told_until_the_first_key() {
    folders()
        .shows("enter says why")
        .shows("? shows and runs every key")
        .keys("j")
        .hides("says why")
        .shows("quit");
}

#[test]
fn what_could_not_be_looked_at_is_listed() {
    let mut driver = Driver::new(Shelf::empty(), Mode::Browse).scanned();
    driver.tell(Event::Started);
    let words = "models/ cannot be looked into: Permission denied (os error 13)";
    driver.tell(Event::Trouble(words.into()));
    driver.tell(Event::Walked { total: 0 });
    driver
        .shows("Permission denied")
        .shows("r looks again")
        .shows("1 not opened (!)")
        .keys("!")
        .shows("could not be looked at")
        .keys("q")
        .hides("could not be looked at");
    folders().keys("!").shows("everything could be looked at");
}

#[test]
fn a_watched_tree_is_read_again_where_it_changed() {
    let mut driver = folders();
    driver.tell(Event::Changed {
        rows: vec![1],
        folders: false,
    });
    assert!(driver.again.is_empty(), "nobody watches");
    let mut driver = driver
        .keys("w")
        .shows("· watching")
        .shows("watching the tree");
    assert!(driver.watched);
    driver.tell(Event::Changed {
        rows: vec![1],
        folders: false,
    });
    assert_eq!(driver.again, [1]);
    let mut driver = driver.keys("jjj").selected("churn/old/z.pkl");
    driver.tell(Event::Changed {
        rows: Vec::new(),
        folders: true,
    });
    let driver = driver
        .selected("churn/old/z.pkl")
        .listed(&GROUPED)
        .keys("w");
    assert!(!driver.watched);
}

#[test]
fn the_folder_is_opened_where_no_manifest_declares_anything() {
    let driver = folders().keys("jo");
    assert_eq!(driver.outside, [Outside::Folder("models/churn".into())]);
}

#[test]
fn the_mouse_chooses_and_scrolls_what_is_under_it() {
    let event = |kind, column, row| {
        Message::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    let mut driver = folders().sized(120, 30);
    // Header, border, top.onnx, churn/, a.pkl.
    driver.send(event(click, 30, 4));
    let mut driver = driver.selected("churn/a.pkl");
    driver.send(event(click, 30, 3));
    let mut driver = driver.selected("churn/a.pkl");
    driver.send(event(MouseEventKind::ScrollDown, 30, 4));
    let mut driver = driver.selected("churn-eu/m.pkl");
    // The faces stand on the lower border of the detail.
    let x = driver.app.layout().detail.unwrap().x;
    driver.send(event(click, x + 12, 28));
    driver.shows("[tree]");
}

#[test]
fn other_keys_are_shown_wherever_keys_are_told() {
    let changes = [("environments".to_owned(), vec!["E".to_owned()])];
    let mut driver = drive().without_environment();
    driver.app.keys = std::sync::Arc::new(Keymap::with(&changes.into()).unwrap());
    driver.shows("no env (E)").keys("E").shows("/srv/old/venv");
}

#[test]
fn a_file_and_the_model_that_it_prepares_lead_to_each_other() {
    let mut driver = drive();
    let churn = |row: &&mut crate::tui::row::Row| row.name.ends_with("churn.joblib");
    let row = driver.app.rows.iter_mut().find(churn).unwrap();
    let reading = row.reading.as_mut().unwrap();
    let mut manifest = (*reading.manifest).clone();
    manifest.siblings[0].path = "models/iris.joblib".into();
    reading.manifest = std::sync::Arc::new(manifest);
    driver
        .keys("/churn<enter><esc>n")
        .selected("churn.joblib")
        .shows("+iris.joblib")
        .keys("gr")
        .selected("iris.joblib")
        .shows("+churn.joblib")
        .keys("gr")
        .selected("churn.joblib")
        .shows("it belongs together with churn.joblib");
}
