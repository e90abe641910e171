//! A child process that always ends: drained within a byte budget, killed with the process group
//! that it leads when the time is up or the user has had enough.
//!
//! A descendant that leaves the group (`setsid`) is beyond reach here; the filter of system calls
//! sees to it that there is none. Its open pipes are not waited for.

use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

/// Bytes kept of the replies; the worker itself stays below.
const REPLIES: usize = 16 << 20;
/// Bytes kept of what the model printed.
const PRINTED: usize = 64 << 10;
/// How often the child is looked at.
const GLANCE: Duration = Duration::from_millis(2);
/// How many looks at the child there are for one at its memory.
const MEMORY_EVERY: u32 = 8;
/// How long the pipes of a process that has ended may stay open.
const GRACE: Duration = Duration::from_millis(500);

/// What is left of a child.
#[derive(Debug)]
pub(super) struct Ended {
    /// Why it ended.
    pub how: How,
    /// Standard output, cut at the budget.
    pub replies: Vec<u8>,
    /// Standard error, cut at the budget.
    pub printed: Vec<u8>,
    /// How many bytes of standard error were dropped.
    pub printed_dropped: u64,
    /// Wall-clock time.
    pub time: Duration,
    /// The most resident memory that was seen from here, in bytes.
    pub peak_memory: Option<u64>,
}

/// Why a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By itself, with this status.
    Exit(i32),
    /// By a signal that did not come from here; its name.
    Signal(String),
    /// Killed here: the time was up.
    TimedOut,
    /// Killed here: the user stopped it.
    Cancelled,
}

/// One drained stream.
#[derive(Debug, Default)]
struct Drained {
    kept: Vec<u8>,
    dropped: u64,
    closed: bool,
}

/// Kills the group and reaps the child however the function is left.
struct Group {
    child: Child,
    id: Option<Pid>,
}

impl Group {
    fn kill(&mut self) {
        if let Some(id) = self.id.take() {
            // Fails when everybody in it has ended: nothing to do then. The child itself may not
            // have come to lead a group yet.
            let _ = kill_process_group(id, Signal::KILL);
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// Starts the command, which is to become the leader of a process group, and waits for its end.
pub(super) fn run(
    mut command: Command,
    input: Stdio,
    limit: Duration,
    cancel: &AtomicBool,
) -> io::Result<Ended> {
    let started = Instant::now();
    let mut child = command
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // The command holds a copy of the input.
    drop(command);
    let replies = drain(child.stdout.take(), REPLIES);
    let printed = drain(child.stderr.take(), PRINTED);
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let mut group = Group { child, id };

    let mut peak_memory = None;
    let mut glances = 0_u32;
    let forced = loop {
        if ended(&mut group)? {
            break None;
        }
        if glances.is_multiple_of(MEMORY_EVERY) {
            peak_memory = peak_memory.max(resident(group.child.id()));
        }
        glances = glances.wrapping_add(1);
        if cancel.load(Ordering::Relaxed) {
            break Some(How::Cancelled);
        }
        if started.elapsed() >= limit {
            break Some(How::TimedOut);
        }
        thread::sleep(GLANCE);
    };
    // Before the child is reaped, so that its number still means this group: what the model
    // started and left behind goes too.
    group.kill();
    let status = group.child.wait()?;
    let how = forced.unwrap_or_else(|| match status.signal() {
        Some(signal) => How::Signal(signal_name(signal)),
        None => How::Exit(status.code().unwrap_or(-1)),
    });
    let time = started.elapsed();
    let deadline = Instant::now() + GRACE;
    let replies = collect(&replies, deadline);
    let printed = collect(&printed, deadline);
    Ok(Ended {
        how,
        replies: replies.kept,
        printed: printed.kept,
        printed_dropped: printed.dropped,
        time,
        peak_memory,
    })
}

/// The most memory that a process had at a time, in bytes, where the system tells others.
fn resident(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

/// Whether the child has ended, without reaping it.
fn ended(group: &mut Group) -> io::Result<bool> {
    let Some(id) = group.id else {
        return Ok(group.child.try_wait()?.is_some());
    };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(id), options) {
        Ok(found) => Ok(found.is_some()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Reads a stream to its end on a thread and keeps the first `budget` bytes.
fn drain(stream: Option<impl Read + Send + 'static>, budget: usize) -> Arc<Mutex<Drained>> {
    let shared = Arc::new(Mutex::new(Drained {
        closed: stream.is_none(),
        ..Drained::default()
    }));
    if let Some(mut stream) = stream {
        let shared = Arc::clone(&shared);
        thread::spawn(move || {
            let mut buffer = vec![0; 32 << 10];
            loop {
                let count = match stream.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                let mut drained = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = budget.saturating_sub(drained.kept.len()).min(count);
                drained.kept.extend_from_slice(&buffer[..room]);
                drained.dropped += (count - room) as u64;
            }
            shared.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        });
    }
    shared
}

/// What was drained, once the stream is closed or the deadline has passed.
fn collect(shared: &Mutex<Drained>, deadline: Instant) -> Drained {
    loop {
        let mut drained = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if drained.closed || Instant::now() >= deadline {
            return std::mem::take(&mut *drained);
        }
        drop(drained);
        thread::sleep(Duration::from_millis(1));
    }
}

/// `SIGSEGV` for 11; numbers differ between systems.
fn signal_name(number: i32) -> String {
    let known = [
        (Signal::SEGV, "SIGSEGV"),
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL"),
        (Signal::FPE, "SIGFPE"),
        (Signal::KILL, "SIGKILL"),
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
        (Signal::HUP, "SIGHUP"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::QUIT, "SIGQUIT"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::SYS, "SIGSYS"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::USR2, "SIGUSR2"),
    ];
    known
        .iter()
        .find(|(signal, _)| signal.as_raw() == number)
        .map_or_else(|| format!("signal {number}"), |(_, name)| (*name).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration, cancel: bool) -> Ended {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).process_group(0);
        run(command, Stdio::null(), limit, &AtomicBool::new(cancel)).unwrap()
    }

    #[test]
    fn output_past_the_budget_is_drained_and_dropped() {
        let ended = shell(
            "head -c 300000 /dev/zero >&2; echo done",
            Duration::from_secs(20),
            false,
        );
        assert_eq!(ended.how, How::Exit(0));
        assert_eq!(ended.replies, b"done\n");
        assert_eq!(ended.printed.len(), PRINTED);
        assert_eq!(ended.printed_dropped, 300_000 - PRINTED as u64);
    }

    #[test]
    fn signals_have_names_and_statuses_have_numbers() {
        let long = Duration::from_secs(20);
        assert_eq!(
            shell("kill -SEGV $$", long, false).how,
            How::Signal("SIGSEGV".into())
        );
        assert_eq!(shell("exit 7", long, false).how, How::Exit(7));
    }

    #[test]
    fn descendants_die_with_the_child() {
        // The grandchild holds the pipes; without the kill of the group this takes a minute.
        let ended = shell("sleep 60 & echo up", Duration::from_secs(20), false);
        assert_eq!(ended.how, How::Exit(0));
        assert!(ended.time < Duration::from_secs(10));
        let ended = shell(
            "sleep 60 & sleep 60; true",
            Duration::from_millis(200),
            false,
        );
        assert_eq!(ended.how, How::TimedOut);
        assert!(ended.time < Duration::from_secs(10));
    }

    #[test]
    fn cancelling_ends_at_once() {
        let ended = shell("sleep 60; true", Duration::from_mins(1), true);
        assert_eq!(ended.how, How::Cancelled);
        assert!(ended.time < Duration::from_secs(10));
    }
}
