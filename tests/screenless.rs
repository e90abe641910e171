//! `pick` without a screen, the configuration's errors, `init`, `doctor` and `man`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// The program on the demo shelf, without any environment of this host in the way.
fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shelflife"));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets"));
    command.env("XDG_CONFIG_HOME", folder);
    command.env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
    command
}

fn out(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn a_filter_prints_what_matches_the_best_first() {
    let home = tempfile::tempdir().unwrap();
    let pick = |args: &[&str]| out(program(home.path()).arg("pick").args(args));
    let (code, printed, _) = pick(&["demo", "--filter", "class:pipeline format:joblib"]);
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = printed.lines().collect();
    assert!(!lines.is_empty());
    assert!(
        lines.iter().all(|line| line.starts_with("demo/")),
        "{printed}"
    );
    let (code, printed, _) = pick(&["demo", "--filter", "feature_columns"]);
    assert_eq!(
        (code, printed.as_str()),
        (Some(0), "demo/churn/v2/feature_columns.pkl\n")
    );
    let (code, printed, told) = pick(&["demo", "--filter", "zzzzzz"]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    assert!(
        told.contains("nothing below demo/ matches zzzzzz"),
        "{told}"
    );
    let (code, _, told) = pick(&["demo", "--filter", "size:>x"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("size:>x is not complete"), "{told}");
    let (code, _, told) = pick(&["nowhere", "--filter", ""]);
    assert_eq!(code, Some(2));
    assert!(told.contains("nowhere"), "{told}");
}

#[test]
fn the_only_match_is_picked_without_asking() {
    let home = tempfile::tempdir().unwrap();
    let pick = |args: &[&str]| {
        out(program(home.path())
            .args(["pick", "demo", "--select-1"])
            .args(args))
    };
    let (code, printed, _) = pick(&["--query", "iris_svc", "--print0"]);
    assert_eq!(
        (code, printed.as_str()),
        (Some(0), "demo/iris/iris_svc.sav\0")
    );
    let (code, _, told) = pick(&["--query", "zzzzzz"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("matches zzzzzz"), "{told}");
}

#[test]
fn a_wrong_configuration_is_an_error_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    fs::write(&file, "mouse = false\n[keys]\nsort = \"j\"\n").unwrap();
    let (code, _, told) = out(program(home.path()).arg("demo").arg("--config").arg(&file));
    assert_eq!(code, Some(2));
    assert!(
        told.contains("config.toml line 3: j would mean both “down” and “sort” in the list"),
        "{told}"
    );
    let missing = home.path().join("none.toml");
    let (code, _, told) = out(program(home.path())
        .arg("demo")
        .arg("--config")
        .arg(&missing));
    assert_eq!(code, Some(2));
    assert!(told.contains("none.toml does not exist"), "{told}");
    // The usual place counts as well.
    fs::create_dir(home.path().join("shelflife")).unwrap();
    fs::write(home.path().join("shelflife/config.toml"), "them = 1\n").unwrap();
    let (code, printed, _) = out(program(home.path()).arg("doctor"));
    if cfg!(target_os = "linux") {
        assert_eq!(code, Some(2));
        assert!(
            printed.contains("line 1: unknown field `them`"),
            "{printed}"
        );
    }
}

#[test]
fn doctor_tells_where_it_runs_and_starts_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (code, printed, _) = out(program(home.path())
        .arg("doctor")
        .env("SSH_TTY", "/dev/pts/7"));
    assert_eq!(code, Some(0), "{printed}");
    for words in [
        "shelflife",
        "TERM",
        "clipboard",
        "OSC 52",
        "configuration",
        "processors",
    ] {
        assert!(printed.contains(words), "{words} is not in\n{printed}");
    }
}

#[test]
fn the_manual_page_and_the_shell_keys_are_printed() {
    let home = tempfile::tempdir().unwrap();
    let (code, printed, _) = out(program(home.path()).arg("man"));
    assert_eq!(code, Some(0));
    assert!(
        printed.contains(".SH KEYS") && printed.contains("(trial\\-python)")
            || printed.contains("(trial-python)"),
        "{printed}"
    );
    for shell in ["bash", "zsh", "fish"] {
        let (code, printed, _) = out(program(home.path()).args(["init", shell]));
        assert_eq!(code, Some(0));
        assert!(printed.contains("shelflife pick"), "{printed}");
    }
}
