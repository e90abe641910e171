//! A user's minute with the real program in a real terminal: open the demo shelf, filter, look at
//! the diff, run a native trial, pick.

#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;

use std::fs;
use std::path::Path;

use pty::{Pty, command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_shelflife");

/// A virtual environment of Python 3.12 in which nothing is installed.
fn bare() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for below in [
        "base/bin",
        "base/lib/python3.12",
        "venv/bin",
        "venv/lib/python3.12/site-packages",
    ] {
        fs::create_dir_all(root.join(below)).unwrap();
    }
    fs::write(root.join("base/bin/python3.12"), "").unwrap();
    fs::write(root.join("venv/bin/python"), "").unwrap();
    let config = format!(
        "home = {}\nversion = 3.12.4\n",
        root.join("base/bin").display()
    );
    fs::write(root.join("venv/pyvenv.cfg"), config).unwrap();
    folder
}

fn shell(script: &str) -> pty::Command {
    let mut command = command("/bin/sh", &["-c", script]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command
}

#[test]
fn filter_diff_trial_pick() {
    let environment = bare();
    let venv = environment.path().join("venv");
    let script = format!(
        "picked=$('{PROGRAM}' pick assets/demo --env '{}'); echo \"code $? picked $picked\"; read _",
        venv.display()
    );
    let mut terminal = Pty::spawn(shell(&script), 80, 24);
    terminal
        .wait_for("20 found")
        .wait_for("fails to load")
        .keys("/logreg")
        .wait_for("churn/churn_logreg.joblib")
        .wait_without("iris/iris.onnx")
        // Tab keeps the filter, the next one goes to the detail.
        .keys("\t")
        .wait_for("j/k move")
        .keys("\t")
        .wait_for("saved with")
        .wait_for("MISSING")
        .wait_for("No module named 'sklearn'")
        .keys("t")
        .wait_for("sample.csv beside the model")
        .wait_for("predict_proba");
    // A model that is not ready wants a second enter.
    terminal.keys("\r").wait_for("enter again picks").keys("\r");
    terminal.wait_for("code 0 picked assets/demo/churn/churn_logreg.joblib");
}

#[test]
fn the_demo_opens_and_leaves_the_terminal_as_it_was() {
    let environment = bare();
    let venv = environment.path().join("venv");
    let script = format!(
        "'{PROGRAM}' assets/demo --env '{}'; echo \"code $?\"; read _",
        venv.display()
    );
    let mut terminal = Pty::spawn(shell(&script), 100, 30);
    terminal.wait_for("20 found").wait_for("git-LFS pointer");
    terminal.resize(40, 12).wait_for("demo");
    terminal
        .resize(80, 24)
        .keys("?")
        .wait_for("one line down")
        .keys("q");
    terminal.keys("q").wait_for("code 0").wait_restored();
}

#[test]
fn a_file_cut_in_half_is_a_row_with_its_reason() {
    let environment = bare();
    let shelf = tempfile::tempdir().unwrap();
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/churn/churn_logreg.joblib");
    let content = fs::read(whole).unwrap();
    fs::write(
        shelf.path().join("half.joblib"),
        &content[..content.len() / 2],
    )
    .unwrap();
    let script = format!(
        "'{PROGRAM}' '{}' --env '{}'; read _",
        shelf.path().display(),
        environment.path().join("venv").display()
    );
    let mut terminal = Pty::spawn(shell(&script), 80, 24);
    terminal
        .wait_for("unreadable")
        .wait_for("truncated")
        .keys("\r")
        .wait_for("the file ends");
}
