//! A user's minute with the real program in a real terminal: open the demo shelf, filter, look at
//! the diff, run a native trial, pick.

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

/// The shell with the key of `shelflife init`, as somebody has it who wrote `line` into its file.
fn shell_with_the_key(program: &str, arguments: &[&str], line: &str) {
    let environment = bare();
    let binary = Path::new(PROGRAM);
    let mut run = command(program, arguments);
    run.cwd(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("PATH").unwrap_or_default();
    run.env(
        "PATH",
        format!("{}:{path}", binary.parent().unwrap().display()),
    );
    run.env("PS1", "ready> ");
    run.env("VIRTUAL_ENV", environment.path().join("venv"));
    run.env("SHELFLIFE_MODELS", "assets/demo");
    let mut terminal = Pty::spawn(run, 80, 24);
    terminal.wait_for("ready>");
    terminal
        .keys(&format!("{line}; clear\r"))
        .wait_without("init")
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
    // Who leaves without a pick finds the line as it was.
    terminal.wait_for("ready>").keys("echo kept ");
    terminal.wait_for("echo kept");
    terminal.keys("\x1bm").wait_taken().wait_for("20 found");
    terminal.keys("q").wait_restored();
    // What is typed before the shell has its line again may be lost; it draws the line anew then.
    terminal.wait_after("\x1b[?25h").wait_for("echo kept");
    terminal.keys("it\r").wait_for("\nkept it");
}

/// Whether this system has the shell.
fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(program).exists());
    if !there {
        eprintln!("skipped, there is no {program} here");
    }
    there
}

#[test]
fn a_key_of_bash_inserts_the_path() {
    let arguments = ["--norc", "--noprofile", "-i"];
    shell_with_the_key("bash", &arguments, "eval \"$(shelflife init bash)\"");
}

#[test]
fn a_key_of_zsh_inserts_the_path() {
    if there("zsh") {
        shell_with_the_key("zsh", &["-f", "-i"], "eval \"$(shelflife init zsh)\"");
    }
}

#[test]
fn a_key_of_fish_inserts_the_path() {
    if there("fish") {
        let prompt = "function fish_prompt; echo 'ready> '; end";
        let arguments = ["--no-config", "-i", "-C", prompt];
        shell_with_the_key("fish", &arguments, "shelflife init fish | source");
    }
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

#[test]
fn a_watched_folder_is_read_again_when_what_it_declares_changes() {
    let environment = bare();
    let shelf = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let below = |name: &str| shelf.path().join(name);
    fs::copy(demo.join("churn/churn_logreg.joblib"), below("m.joblib")).unwrap();
    fs::write(below("requirements.txt"), "-r pins.list\n").unwrap();
    fs::write(below("pins.list"), "scikit-learn==1.0.1\n").unwrap();
    let mut run = command(PROGRAM, &[]);
    run.arg(shelf.path());
    run.arg("--env");
    run.arg(environment.path().join("venv"));
    let mut terminal = Pty::spawn(run, 120, 24);
    terminal.wait_for("1 found").wait_for("1.0.1");
    terminal.keys("w").wait_for("watching");
    // A file that a list includes, written in place; then a lock file that comes and says more.
    let mut number = 0;
    while !terminal.screen().contains("so it is read again") {
        assert!(number < 40, "nothing was noticed\n{}", terminal.screen());
        number += 1;
        let line = format!("scikit-learn==1.1.{number}\n");
        fs::write(below("pins.list"), line).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    terminal.wait_for("1.1.");
    let lock = "[[package]]\nname = \"scikit-learn\"\nversion = \"1.2.7\"\n";
    fs::write(below("uv.lock"), lock).unwrap();
    terminal.wait_for("1.2.7");
    let lock = lock.replace("1.2.7", "1.2.88");
    fs::write(below("uv.lock"), lock).unwrap();
    terminal.wait_for("1.2.88");
    terminal.keys("q").wait_restored();
}
