//! The launcher: this program, started again as the child of a trial. It leaves the terminal, binds
//! its life to its parent's, puts the limits and the layers on itself, and becomes the interpreter.
//!
//! Doing so after `exec` and not between `fork` and `exec` takes no unsafe code. What it enforces
//! comes as arguments of the form `word=value`; the interpreter's command stands after `--`.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use super::guard::{self, Places, limits};

/// The first argument that makes this program a launcher.
const WORD: &str = "__trial-launcher";

/// The status of a launcher that could not do its work; its reason is on standard error.
pub(super) const FAILED: i32 = 125;

/// The program that launches.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// What a launcher is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// Process number of whoever asks; 0: unknown.
    pub parent: u32,
    /// Wall-clock limit.
    pub time: Duration,
    /// Memory limit in bytes.
    pub memory: u64,
    /// Put Landlock on.
    pub landlock: bool,
    /// Put the filter of system calls on.
    pub seccomp: bool,
    /// What Landlock lets through.
    pub places: Places,
}

/// Called first of all by a program that wants to run trials: does a launcher's work when that is
/// what it was started for (and then answers the exit status, if it could not), else notes that
/// this program can be started as one.
pub fn take_over() -> Option<u8> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == WORD) {
        let reason = launch(arguments.collect());
        let words = format!("shelflife launcher: {reason}\n");
        let _ = rustix::io::write(rustix::stdio::stderr(), words.as_bytes());
        return Some(FAILED as u8);
    }
    // The link works when the file was replaced meanwhile, as by an update.
    let own = Path::new("/proc/self/exe");
    let program = if own.exists() {
        Some(own.to_path_buf())
    } else {
        std::env::current_exe().ok()
    };
    if let Some(program) = program {
        use_program(program);
    }
    None
}

/// Names the program that launches: one that calls [`take_over`] first of all.
pub fn use_program(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// The command that launches `interpreter` with `arguments` under `orders`.
pub(super) fn command(
    orders: &Orders,
    interpreter: &Path,
    arguments: &[OsString],
) -> Option<Command> {
    let mut command = Command::new(PROGRAM.get()?);
    command.arg0("shelflife").arg(WORD);
    command.args(encode(orders)).arg("--");
    command.arg(interpreter).args(arguments);
    Some(command)
}

fn encode(orders: &Orders) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        format!("parent={}", orders.parent).into(),
        format!("time={}", orders.time.as_secs()).into(),
        format!("memory={}", orders.memory).into(),
    ];
    for (word, on) in [("landlock", orders.landlock), ("seccomp", orders.seccomp)] {
        arguments.push(format!("{word}={}", u8::from(on)).into());
    }
    let places = [
        ("read=", &orders.places.read),
        ("execute=", &orders.places.execute),
        ("write=", &orders.places.write),
    ];
    for (word, paths) in places {
        for path in paths {
            let mut argument = OsString::from(word);
            argument.push(path);
            arguments.push(argument);
        }
    }
    arguments
}

/// The orders, and the command after `--`.
fn decode(arguments: Vec<OsString>) -> Result<(Orders, Vec<OsString>), String> {
    let mut orders = Orders::default();
    let mut arguments = arguments.into_iter();
    for argument in arguments.by_ref() {
        if argument == "--" {
            return Ok((orders, arguments.collect()));
        }
        let bytes = argument.as_bytes();
        let cut = bytes.iter().position(|byte| *byte == b'=');
        let cut = cut.ok_or_else(|| format!("{} is no order", argument.display()))?;
        let value = OsStr::from_bytes(&bytes[cut + 1..]);
        let number = || {
            let number = value.to_str().and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| format!("{} has no number", argument.display()))
        };
        let path = || PathBuf::from(OsString::from_vec(value.as_bytes().to_vec()));
        match &bytes[..cut] {
            b"parent" => orders.parent = number()? as u32,
            b"time" => orders.time = Duration::from_secs(number()?),
            b"memory" => orders.memory = number()?,
            b"landlock" => orders.landlock = number()? != 0,
            b"seccomp" => orders.seccomp = number()? != 0,
            b"read" => orders.places.read.push(path()),
            b"execute" => orders.places.execute.push(path()),
            b"write" => orders.places.write.push(path()),
            _ => return Err(format!("{} is no order", argument.display())),
        }
    }
    Err("there is no command to run".into())
}

/// Becomes the interpreter; answers only why it could not.
fn launch(arguments: Vec<OsString>) -> String {
    let (orders, command) = match decode(arguments) {
        Ok(decoded) => decoded,
        Err(reason) => return reason,
    };
    let Some((program, rest)) = command.split_first() else {
        return "there is no command to run".into();
    };
    // A session of its own: no terminal to write to or to be stopped by, a group to be killed as.
    let _ = rustix::process::setsid();
    if let Err(reason) = die_with(orders.parent) {
        return reason;
    }
    limits::set(orders.time, orders.memory);
    if let Err(reason) = guard::restrict(&orders.places, orders.landlock, orders.seccomp) {
        return reason;
    }
    if let Err(reason) = super::protocol::ready() {
        return reason;
    }
    let error = Command::new(program).args(rest).exec();
    format!(
        "{} could not be started: {error}",
        crate::text::path(Path::new(program))
    )
}

/// Asks the kernel to kill this process when its parent ends, and looks whether it has already.
#[cfg(target_os = "linux")]
fn die_with(parent: u32) -> Result<(), String> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("no signal at the parent's end: {error}"))?;
    let now = getppid().map_or(0, rustix::process::Pid::as_raw_pid);
    if parent != 0 && now != parent as i32 {
        return Err("whoever asked has gone".into());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with(_parent: u32) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_the_way_over_the_command_line() {
        let orders = Orders {
            parent: 7,
            time: Duration::from_secs(30),
            memory: 5 << 30,
            landlock: true,
            seccomp: true,
            places: Places {
                read: vec![PathBuf::from(OsString::from_vec(b"/a=b\xff".to_vec()))],
                execute: vec!["/bin/python3".into()],
                write: vec!["/tmp/x y".into()],
            },
        };
        let mut arguments = encode(&orders);
        arguments.push("--".into());
        arguments.push("python".into());
        arguments.push("--".into());
        let (found, command) = decode(arguments).unwrap();
        assert_eq!(found, orders);
        assert_eq!(command, ["python", "--"]);
        assert!(decode(vec!["read".into()]).is_err());
        assert!(decode(vec!["memory=much".into(), "--".into()]).is_err());
        assert!(decode(vec!["memory=1".into()]).is_err());
    }
}
