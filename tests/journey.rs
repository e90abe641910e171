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
        .keys("\x1b")
        .wait_without("one line down");
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

#[test]
fn the_manifest_is_opened_in_the_editor_which_gets_every_key() {
    use std::os::unix::fs::PermissionsExt;

    let environment = bare();
    let shelf = tempfile::tempdir().unwrap();
    let below = |name: &str| shelf.path().join(name);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    fs::copy(demo.join("churn/churn_logreg.joblib"), below("m.joblib")).unwrap();
    fs::write(below("requirements.txt"), "scikit-learn==1.9.1\n").unwrap();
    // Not in the shelf: a script is no manifest.
    let tools = tempfile::tempdir().unwrap();
    let editor = tools.path().join("editor");
    let typed = tools.path().join("typed");
    let script = format!(
        "#!/bin/sh\necho editing \"$1\"\nread line\necho \"$line\" > '{}'\n",
        typed.display()
    );
    fs::write(&editor, script).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut run = command(PROGRAM, &[]);
    run.arg(shelf.path());
    run.arg("--env");
    run.arg(environment.path().join("venv"));
    run.env("VISUAL", &editor);
    let mut terminal = Pty::spawn(run, 100, 24);
    terminal
        .wait_for("scikit-learn")
        .keys("o")
        .wait_restored()
        .wait_for("editing")
        .wait_for("requirements.txt")
        .keys("jjj one two\r")
        .wait_taken()
        .wait_for("1 found");
    assert_eq!(fs::read_to_string(&typed).unwrap(), "jjj one two\n");
    terminal.keys("?").wait_for("one line down");
    terminal.keys("\x1b").wait_without("one line down");
    terminal.keys("q").wait_restored();
}

#[test]
fn a_key_of_the_shell_inserts_the_path() {
    let environment = bare();
    let program = Path::new(PROGRAM);
    let mut run = command("bash", &["--norc", "--noprofile", "-i"]);
    run.cwd(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("PATH").unwrap_or_default();
    run.env(
        "PATH",
        format!("{}:{path}", program.parent().unwrap().display()),
    );
    run.env("PS1", "ready> ");
    run.env("VIRTUAL_ENV", environment.path().join("venv"));
    run.env("SHELFLIFE_MODELS", "assets/demo");
    let mut terminal = Pty::spawn(run, 80, 24);
    terminal.wait_for("ready>");
    terminal
        .keys("eval \"$(shelflife init bash)\"; clear\r")
        .wait_without("eval")
        .wait_for("ready>");
    terminal.keys("echo got ");
    terminal.wait_for("echo got");
    terminal.keys("\x1bm").wait_taken().wait_for("20 found");
    terminal
        .keys("/feature_columns")
        .wait_for("1/1 of 20")
        .wait_for("ready ")
        .keys("\r")
        .wait_restored()
        .wait_for("echo got assets/demo/churn/v2/feature_columns.pkl");
    terminal.keys("\r");
    terminal.wait_for("\ngot assets/demo/churn/v2/feature_columns.pkl");
}

#[test]
fn a_watched_folder_is_read_again_when_something_comes_and_when_a_file_changes() {
    let environment = bare();
    let shelf = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let model = fs::read(demo.join("churn/churn_logreg.joblib")).unwrap();
    fs::write(shelf.path().join("m.joblib"), &model).unwrap();
    let mut run = command(PROGRAM, &[]);
    run.arg(shelf.path());
    run.arg("--env");
    run.arg(environment.path().join("venv"));
    let mut terminal = Pty::spawn(run, 100, 24);
    terminal.wait_for("1 found").wait_for("scikit-learn");
    // Nobody watches yet.
    fs::write(shelf.path().join("n.joblib"), &model).unwrap();
    terminal.keys("w").wait_for("watching");
    // The first look is a moment after the key: what comes before it is not news.
    let mut number = 0;
    while !terminal.screen().contains("so it is read again") {
        assert!(number < 40, "nothing was noticed\n{}", terminal.screen());
        fs::write(shelf.path().join(format!("new{number}.joblib")), &model).unwrap();
        number += 1;
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    terminal.wait_for("new0.joblib").wait_for("n.joblib");
    terminal.keys("j").wait_without("so it is read again");
    fs::write(shelf.path().join("m.joblib"), &model[..model.len() / 2]).unwrap();
    terminal.wait_for("unreadable");
    terminal.keys("w").wait_without("· watching");
    terminal.keys("q").wait_restored();
}
