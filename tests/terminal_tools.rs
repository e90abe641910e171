//! The terminal that other tests use, tried on programs that every system has.

#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;

use pty::{Pty, command};

#[test]
fn typed_text_appears_and_the_end_is_noticed() {
    let mut pty = Pty::spawn(command("cat", &[]), 80, 24);
    pty.keys("hello\r").wait_for("hello\nhello");
    pty.keys("\x04");
    assert_eq!(pty.wait_exit().exit_code(), 0);
    pty.wait_closed();
    assert!(pty.received().ends_with(b"hello\r\n"));
}

#[test]
fn the_exit_code_and_the_size_are_seen() {
    let mut pty = Pty::spawn(
        command("sh", &["-c", "stty size; read x; stty size; exit 7"]),
        81,
        25,
    );
    pty.wait_for("25 81");
    pty.resize(100, 30).keys("\r").wait_for("30 100");
    assert_eq!(pty.wait_exit().exit_code(), 7);
}

#[test]
fn the_alternate_screen_is_seen() {
    let script =
        r"printf '\033[?1049h\033[?25lover there'; read x; printf '\033[?1049l\033[?25h'; read x";
    let mut pty = Pty::spawn(command("sh", &["-c", script]), 80, 24);
    pty.wait_for("over there").wait_taken();
    pty.keys("\r").wait_restored().wait_without("over there");
}

#[test]
#[should_panic(expected = "the program ended")]
fn waiting_for_what_never_comes_fails_when_the_program_ends() {
    Pty::spawn(command("sh", &["-c", "echo other"]), 80, 24).wait_for("this");
}
