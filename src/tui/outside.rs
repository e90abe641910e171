//! What other programs do for the user: show a text in an editor or a folder on the desktop, take a
//! text for the clipboard.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::mailbox::Mailbox;
use super::message::Message;
use crate::text;

/// Editors for who has chosen none.
const EDITORS: [&str; 3] = ["nano", "vim", "vi"];

/// Shows `file` in the user's editor and waits for its end. The terminal must be given back before.
/// The error is one sentence.
pub fn edit(file: &Path) -> Result<(), String> {
    let chosen = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        Some(value).filter(|value| !value.trim().is_empty())
    });
    let Some(chosen) = chosen else {
        for editor in EDITORS {
            match start(&[editor], file) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                ended => return ended.map_err(|error| format!("{editor} does not start: {error}")),
            }
        }
        return Err("no editor is found; set VISUAL or EDITOR".to_owned());
    };
    // It may carry arguments (`code --wait`); a path with a space in it has to go through a shell.
    let words: Vec<&str> = chosen.split_whitespace().collect();
    start(&words, file).map_err(|error| format!("{} does not start: {error}", text::clean(&chosen)))
}

fn start(words: &[&str], file: &Path) -> std::io::Result<()> {
    let (program, arguments) = words.split_first().unwrap_or((&"vi", &[]));
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    // Standard output may be a shell that waits for a path.
    if let Ok(tty) = OpenOptions::new().read(true).write(true).open("/dev/tty") {
        command.stdin(tty.try_clone()?);
        command.stderr(tty.try_clone()?);
        command.stdout(tty);
    }
    // How the editor ends is the user's affair.
    command.status().map(drop)
}

/// Shows `folder` with whatever the desktop shows folders with; does not wait.
pub fn desktop(folder: &Path, news: &Mailbox) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let started = Command::new(program)
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let place = text::path(folder);
    match started {
        Err(error) => {
            let words = format!("{place} is not shown: {program} does not start: {error}");
            news.send(Message::Failed(words));
        }
        Ok(mut child) => {
            let news = news.clone();
            let body = move || {
                let shown = child.wait().is_ok_and(|status| status.success());
                if !shown {
                    let words =
                        format!("{place} is not shown: {program} found nothing to show it with");
                    news.send(Message::Failed(words));
                }
            };
            // Without a thread nobody waits for the child; it is gone with the program.
            let _ = thread::Builder::new().name("desktop".into()).spawn(body);
        }
    }
}

/// Hands `text` to a program; waits for its end.
pub fn hand_over(program: &str, arguments: &[&str], text: &str) -> std::io::Result<()> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let status = child.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(status.to_string()))
    }
}
