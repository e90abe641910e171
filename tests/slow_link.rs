//! The terminal program over a link that takes 25 KiB a second: a key that is held leaves nothing
//! behind, and frames that nobody would have seen are not sent.
//!
//! Bytes and frames are counted, not times.

#![cfg(unix)]

#[path = "support/bare.rs"]
mod bare;
#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::path::Path;

use bare::bare;
use pty::{Pty, command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_shelflife");
/// Bytes a second.
const SLOW: u32 = 25 << 10;
/// How often a second a key that is held comes.
const REPEATS: u32 = 30;
/// What the program may still send after the last key: less than one whole screen.
const BACKLOG: usize = 4 << 10;

/// Models in folders of twenty, whose names are as long as names are.
fn shelf(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let models = ["churn/churn_logreg.joblib", "churn/v2/feature_columns.pkl"];
    let models = models.map(|name| fs::read(demo.join(name)).unwrap());
    for number in 0..count {
        let below = folder.path().join(format!("region-{:02}", number / 20));
        fs::create_dir_all(&below).unwrap();
        let name = below.join(format!("churn-model-{number:04}.pkl"));
        fs::write(name, &models[number % models.len()]).unwrap();
    }
    folder
}

fn browse(shelf: &Path, environment: &Path, columns: u16, rows: u16) -> Pty {
    let mut run = command(PROGRAM, &[]);
    run.arg(shelf);
    run.arg("--env");
    run.arg(environment.join("venv"));
    Pty::spawn_slow(SLOW, run, columns, rows)
}

#[test]
fn a_held_key_leaves_no_backlog() {
    let (environment, shelf) = (bare(), shelf(300));
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut terminal = browse(shelf.path(), environment.path(), columns, rows);
        terminal.wait_for("300 found").wait_without("left");
        terminal.keys("j").wait_for("shelf 2/300");
        let before = terminal.received().len();
        terminal.held("j", 150, REPEATS);
        let sent = terminal.received().len();
        terminal.wait_for("shelf 152/300");
        if columns == 120 {
            terminal.wait_for("churn-model-0151.pkl ·");
        }
        let backlog = terminal.received().len() - sent;
        let each = (sent - before) / 150;
        assert!(each <= 400, "{each} bytes a key");
        assert!(backlog <= BACKLOG, "{backlog} bytes after the last key");
        terminal.keys("q").wait_restored();
    }
}

#[test]
fn a_link_that_stands_still_gets_the_latest_screen_and_few_before_it() {
    let (environment, shelf) = (bare(), shelf(300));
    let mut terminal = browse(shelf.path(), environment.path(), 80, 24);
    terminal.wait_for("300 found").wait_without("left");
    terminal.keys("j").wait_for("shelf 2/300");
    let frames = terminal.frames();
    terminal.hold_link();
    terminal.held("j", 280, 200);
    // What the system keeps for the terminal is full by now: nothing of this is drawn but its end.
    terminal.held("kj", 500, 500);
    terminal.release_link();
    terminal.wait_for("shelf 282/300");
    let frames = terminal.frames() - frames;
    assert!(frames <= 280, "{frames} frames of 1280 keys");
    terminal.keys("q").wait_restored();
}

#[test]
fn a_held_key_goes_before_the_news_of_a_shelf_that_is_read() {
    let (environment, shelf) = (bare(), shelf(3000));
    let mut terminal = browse(shelf.path(), environment.path(), 80, 24);
    terminal.wait_for(" left");
    terminal.keys("j").wait_for("shelf 2/");
    terminal.held("j", 90, REPEATS);
    let sent = terminal.received().len();
    terminal.wait_for("shelf 92/");
    let backlog = terminal.received().len() - sent;
    assert!(backlog <= BACKLOG, "{backlog} bytes after the last key");
    terminal.keys("q").wait_restored();
}

/// What the program handed to the terminal's clipboard last.
fn copied(received: &[u8]) -> String {
    let received = String::from_utf8_lossy(received);
    let (_, sequence) = received
        .rsplit_once("\x1b]52;c;")
        .expect("nothing was copied");
    let text = sequence.split(['\x07', '\x1b']).next().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let digit = |c: &u8| alphabet.find(char::from(*c)).unwrap() as u32;
        let bits = group.iter().fold(0, |bits, c| bits << 6 | digit(c)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    String::from_utf8(bytes).unwrap()
}

/// The minute for which the program was made: a service failed to load a model, the link is slow.
#[test]
fn triage() {
    let environment = bare();
    let mut run = command(PROGRAM, &["assets/demo"]);
    run.cwd(env!("CARGO_MANIFEST_DIR"));
    run.arg("--env");
    run.arg(environment.path().join("venv"));
    // Over ssh the clipboard is the terminal's.
    run.env("SSH_TTY", "/dev/pts/7");
    let mut terminal = Pty::spawn_slow(SLOW, run, 80, 24);
    terminal
        .wait_for("20 found")
        .wait_without(" left")
        .wait_for("fails to load");
    // The first problem: which file, what will happen, what fixes it.
    terminal
        .keys("n")
        .wait_for("shelf 2/20")
        .keys("\r")
        .wait_for("scoring_2019.pkl · fails to load")
        .wait_for("ModuleNotFoundError: No module named 'sklearn'")
        .wait_for("fix (y)")
        .wait_for("saved with")
        .wait_for("MISSING");
    terminal.keys("yy").wait_for("command sent to the terminal");
    let command = copied(&terminal.received());
    let shown = terminal.screen();
    let shown = shown.lines().find(|line| line.contains("fix (y)")).unwrap();
    let words = shown.trim_matches('│').replace("fix (y)", "");
    assert!(command.starts_with(words.trim()), "{shown}\n{command}");
    assert!(command.ends_with("scoring_2019.pkl"), "{command}");
    // The traceback of the service: nothing of it is a key.
    terminal.keys("x").wait_for("paste a traceback");
    terminal
        .keys("\x1b[200~Traceback (most recent call last):\r  File \"/srv/app/serve.py\", line 12, in <module>\r    model = joblib.load(\"credit/credit_scoring.pkl\")\rModuleNotFoundError: No module named 'sklearn'\r\x1b[201~")
        .wait_for("gives exactly this  assets/demo/credit/credit_scoring.pkl")
        .wait_for("fix: install scikit-learn");
    let answer = terminal.screen();
    let first = answer.find("gives exactly this").unwrap();
    let named = answer.find("credit_scoring.pkl").unwrap();
    assert!(
        named < first + 60,
        "the one that it names is not the first\n{answer}"
    );
    // From the answer to the artifact, and out.
    terminal
        .keys("\r")
        .wait_for("credit/credit_scoring.pkl · fails to load");
    terminal.keys("q").wait_restored();
    assert_eq!(terminal.wait_exit().exit_code(), 0);
}
