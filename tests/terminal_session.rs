//! The terminal program in a real terminal: what it takes it gives back, on every way out.
//!
//! The program under test is this very test binary: it starts itself in a terminal and runs the
//! ignored test `child`, which is a session on a small shelf in memory.

#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;

use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pty::{Command, Pty, command};
use rustix::process::{Pid, Signal, kill_process};
use shelflife::artifact::{Artifact, Facts, Format};
use shelflife::compat::{Comparison, Verdict};
use shelflife::engine::{WalkItem, Work};
use shelflife::environment::{Environment, EnvironmentError, Origin};
use shelflife::manifest::Manifest;
use shelflife::trial::{self, Prediction, Sample, TrialError};
use shelflife::tui::{self, Ended, Mode, Options, Settings};

/// Thirty models; reading `panic.pkl` panics.
struct Shelf;

impl Work for Shelf {
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
        for number in 0..30 {
            if found(WalkItem::Candidate(
                format!("models/m{number:02}.pkl").into(),
            ))
            .is_break()
            {
                return;
            }
        }
        let _ = found(WalkItem::Candidate("models/panic.pkl".into()));
    }

    fn read(&self, path: &Path) -> (Artifact, Manifest) {
        assert!(
            !path.ends_with("panic.pkl"),
            "a reader's words on the screen"
        );
        let artifact = Artifact {
            path: path.to_path_buf(),
            format: Format::Pickle,
            compression: None,
            size: 1,
            modified: None,
            facts: Ok(Facts::default()),
        };
        (artifact, Manifest::default())
    }

    fn compare(&self, artifact: &Artifact, _: &Manifest, _: Option<&Environment>) -> Comparison {
        let verdict = if artifact.facts.is_ok() {
            Verdict::Ready
        } else {
            Verdict::Unreadable
        };
        Comparison {
            verdict,
            summary: "loads and predicts as where it was saved".into(),
            rows: Vec::new(),
            findings: Vec::new(),
            history: Vec::new(),
            shift: None,
            fix: None,
        }
    }

    fn open_environment(&self, _: Option<&Path>) -> Result<Option<Environment>, EnvironmentError> {
        Ok(None)
    }

    fn list_environments(&self) -> Vec<Environment> {
        let at = |prefix: &str| {
            let nothing = (Vec::new(), Vec::new());
            Environment::new(
                prefix.into(),
                None,
                None,
                Origin::Host,
                nothing.0,
                nothing.1,
            )
        };
        vec![at("/srv/venvs/a"), at("/srv/venvs/b")]
    }

    fn sample(&self, _: &Artifact, _: &Manifest) -> Result<Sample, TrialError> {
        Ok(Sample::default())
    }

    fn run(
        &self,
        artifact: &Artifact,
        _: trial::Engine,
        _: &Sample,
        _: Option<&Environment>,
        cancel: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        // A trial that only its end ends.
        while artifact.path.ends_with("m05.pkl") && !cancel.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(TrialError::Unusable(
            "this shelf is only for looking".into(),
        ))
    }
}

/// The program under test; does nothing when the whole suite is asked for ignored tests.
#[test]
#[ignore = "started by the other tests, in a terminal"]
fn child() {
    let mode = match std::env::var("SESSION").as_deref() {
        Ok("browse") => Mode::Browse,
        Ok("pick") => Mode::Pick {
            ready_only: true,
            multi: true,
        },
        _ => return,
    };
    let ended = tui::browse(Options {
        title: "models/".into(),
        root: "models".into(),
        mode,
        query: None,
        environment: None,
        settings: Settings {
            mouse: std::env::var_os("MOUSE").is_some(),
            ..Settings::default()
        },
        can_suspend: std::io::stdout().is_terminal(),
        work: Arc::new(Shelf),
    });
    let code = match ended.unwrap_or_else(|error| panic!("{error}")) {
        Ended::Picked(paths) => {
            for path in paths {
                println!("{}", path.display());
            }
            0
        }
        Ended::Left => 0,
        Ended::NothingMatched => 1,
        Ended::Terminated(signal) => 128 + signal,
        Ended::InputLost(words) => panic!("{words}"),
    };
    std::process::exit(code);
}

fn arguments() -> Vec<String> {
    let program = std::env::current_exe()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let rest = ["--ignored", "--exact", "child", "--nocapture", "--quiet"];
    std::iter::once(program)
        .chain(rest.map(str::to_owned))
        .collect()
}

fn session(kind: &str) -> Command {
    let arguments = arguments();
    let rest: Vec<&str> = arguments[1..].iter().map(String::as_str).collect();
    let mut command = command(&arguments[0], &rest);
    command.env("SESSION", kind);
    command
}

/// An interactive shell with the session's command line in `$RUN`.
fn shell(kind: &str) -> Pty {
    let mut command = command("bash", &["--norc", "--noprofile", "-i"]);
    command.env("SESSION", kind);
    command.env("PS1", "ready> ");
    command.env("RUN", arguments().join(" "));
    let mut pty = Pty::spawn(command, 80, 24);
    pty.wait_for("ready>");
    pty
}

fn signal(pty: &Pty, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(pty.process()).unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}

#[test]
fn q_gives_the_terminal_back() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_taken().wait_for("31 found");
    pty.keys("G").wait_for("unreadable");
    pty.keys("ggjj").wait_for("shelf 3/31");
    assert!(!pty.screen().contains("a reader's words"));
    pty.keys("q").wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
    let received = pty.received();
    let at = |bytes: &[u8]| {
        received
            .windows(bytes.len())
            .rposition(|window| window == bytes)
    };
    assert!(
        at(b"\x1b[?2004l") > at(b"\x1b[?2004h"),
        "pastes stay bracketed"
    );
    // Nothing was asked of the terminal: no cursor position, no device attributes.
    for question in [&b"\x1b[6n"[..], b"\x1b[c", b"\x1b[?u", b"\x1b[>q"] {
        assert!(
            !received
                .windows(question.len())
                .any(|bytes| bytes == question)
        );
    }
}

#[test]
fn the_grid_is_filled_in_the_background_and_leads_to_an_artifact() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_taken().wait_for("31 found");
    pty.keys("m").wait_for("artifacts × environments");
    pty.wait_for("opens 30/31").wait_for("[ready]");
    pty.keys("ljj").wait_for("2 /srv/venvs/b");
    pty.resize(40, 12).wait_for("2 /srv/venvs/b");
    pty.keys("\r")
        .wait_without("artifacts")
        .wait_for("shelf 3/31");
    pty.keys("e")
        .wait_for("opens 30/31")
        .keys("qq")
        .wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn a_pasted_traceback_is_explained_and_nothing_of_it_is_a_key() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_for("31 found")
        .keys("x")
        .wait_for("paste a traceback");
    pty.keys("\x1b[200~Traceback (most recent call last):\r  File \"q.py\", line 1\rKeyError: 118\r\x1b[201~")
        .wait_for("KeyError: 118")
        .wait_for("not explained");
    pty.keys("q").wait_without("not explained");
    pty.keys("j").wait_for("shelf 2/31");
    pty.keys("q").wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn ctrl_c_stops_a_running_trial_and_the_next_one_leaves() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_for("31 found")
        .keys("jjjjj")
        .wait_for("shelf 6/31");
    pty.keys("t").wait_for("our own arithmetic runs, 0 s");
    // The time goes on while nobody presses a key.
    pty.wait_for("runs, 1 s");
    pty.keys("\x03").wait_for("stopping the trial");
    pty.wait_for("only for looking").wait_without("runs, ");
    pty.keys("\x03").wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn a_new_size_is_drawn() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_for("31 found").wait_without("[needs]");
    pty.resize(120, 40).wait_for("[needs]");
    pty.resize(30, 8).wait_for("too small");
    pty.resize(80, 24).wait_for("31 found");
    pty.keys("q").wait_restored();
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    for (sent, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut pty = Pty::spawn(session("browse"), 80, 24);
        pty.wait_for("31 found");
        signal(&pty, sent);
        pty.wait_restored();
        assert_eq!(pty.wait_exit().exit_code(), code, "{sent:?}");
    }
}

#[test]
fn ctrl_z_stops_it_and_fg_goes_on() {
    let mut pty = shell("browse");
    pty.keys("$RUN\r").wait_taken().wait_for("31 found");
    pty.keys("jjj").wait_for("shelf 4/31");
    for _ in 0..2 {
        pty.keys("\x1a").wait_restored().wait_for("Stopped");
        // The shell has its line editing back.
        pty.keys("echo $((40+2))\r").wait_for("\n42\n");
        pty.keys("clear; fg\r").wait_taken().wait_for("shelf 4/31");
    }
    pty.keys("j").wait_for("shelf 5/31");
    pty.keys("q").wait_restored().wait_for("ready>");
}

#[test]
fn a_stop_from_outside_is_survived() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_for("31 found");
    signal(&pty, Signal::STOP);
    signal(&pty, Signal::CONT);
    pty.keys("j").wait_for("shelf 2/31");
    pty.keys("q").wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
}

#[test]
fn a_shell_captures_what_was_picked() {
    let mut pty = shell("pick");
    pty.keys("picked=$($RUN); echo \"code=$? $picked\"\r")
        .wait_taken()
        .wait_for("pick 1/30");
    pty.keys("\x1a").wait_for("cannot continue");
    pty.keys("/m17").wait_for("pick 1/1 of 31");
    pty.keys("\r")
        .wait_restored()
        .wait_for("code=0")
        .wait_for("models/m17.pkl");
    assert!(!pty.screen().contains("\x1b["));
}

#[test]
fn escape_leaves_a_pick() {
    let mut pty = Pty::spawn(session("pick"), 80, 24);
    pty.wait_for("pick 1/30").keys("\x1b").wait_restored();
    assert_eq!(pty.wait_exit().exit_code(), 0);
    assert!(!pty.screen().contains("models/m"));
}

#[test]
fn no_colour_is_used_when_nobody_wants_it() {
    let mut command = session("browse");
    command.env("NO_COLOR", "1");
    let mut pty = Pty::spawn(command, 80, 24);
    pty.wait_for("31 found")
        .keys("j")
        .wait_for("shelf 2/31")
        .keys("q")
        .wait_restored();
    let received = String::from_utf8_lossy(&pty.received()).into_owned();
    assert!(
        !received.contains("\x1b[38;") && !received.contains("\x1b[3m"),
        "{received:?}"
    );
    assert!(
        received.contains("\x1b[7m"),
        "the cursor's line is not reversed"
    );
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let arguments = arguments();
    // A new session has no terminal: not on stdin, and not behind /dev/tty.
    let output = std::process::Command::new("setsid")
        .arg("--wait")
        .args(&arguments)
        .env("SESSION", "browse")
        .stdin(std::process::Stdio::null())
        .output();
    // Not every system has the program.
    let Ok(output) = output else { return };
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no terminal to draw on"), "{said}");
}

/// How often the threads of a process went to sleep so far: every wake-up ends with one.
#[cfg(target_os = "linux")]
fn sleeps(process: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let count = |task: std::fs::DirEntry| {
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.and_then(|count| count.trim().parse::<u64>().ok())
            .unwrap_or(0)
    };
    tasks.filter_map(Result::ok).map(count).sum()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_wakes_up_while_nothing_happens() {
    let mut pty = Pty::spawn(session("browse"), 80, 24);
    pty.wait_taken().wait_for("31 found");
    let quiet = std::time::Duration::from_secs(1);
    // Work that is under way ends first; then two looks a second apart find the same count.
    let still = (0..15).any(|_| {
        let before = sleeps(pty.process());
        std::thread::sleep(quiet);
        sleeps(pty.process()) == before
    });
    assert!(still, "something wakes up again and again");
    // And the count counts: a key is a wake-up.
    let before = sleeps(pty.process());
    pty.keys("j").wait_for("shelf 2/31");
    assert!(sleeps(pty.process()) > before);
    pty.keys("q").wait_restored();
}

#[test]
fn the_mouse_is_asked_for_only_when_it_is_wanted_and_given_back() {
    let bytes = |wanted: bool| {
        let mut command = session("browse");
        if wanted {
            command.env("MOUSE", "1");
        }
        let mut pty = Pty::spawn(command, 80, 24);
        pty.wait_taken().wait_for("31 found");
        if wanted {
            // The third line of the list: a header, a border, two artifacts above.
            pty.keys("\x1b[<0;30;5M").wait_for("shelf 3/31");
            pty.keys("\x1b[<65;30;5M").wait_for("shelf 6/31");
        }
        pty.keys("q").wait_restored();
        pty.wait_exit();
        String::from_utf8_lossy(&pty.received()).into_owned()
    };
    assert!(!bytes(false).contains("\x1b[?1000h"));
    let told = bytes(true);
    let off = told.rfind("\x1b[?1000l");
    assert!(off > told.rfind("\x1b[?1000h") && off.is_some(), "{told:?}");
}

#[test]
fn several_are_picked_together() {
    let mut pty = shell("pick");
    pty.keys("picked=$($RUN); echo \"code=$? $picked\" | tr '\\n' ' '\r")
        .wait_taken()
        .wait_for("pick 1/30");
    pty.keys("  ").wait_for("2 marked");
    pty.keys("\r")
        .wait_restored()
        .wait_for("models/m00.pkl models/m01.pkl ready>");
}
