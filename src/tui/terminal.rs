//! Taking the terminal and giving it back.
//!
//! The program draws on `/dev/tty`, else on stderr, never on stdout: `x=$(shelflife pick)` captures
//! that. One `restore` serves every way out: the end, an error, a panic, a signal, a stop.
//! Nothing is asked of the terminal; answers could arrive late and be read as keys.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ratatui::crossterm::Command;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::mailbox::Mailbox;
use super::message::Message;
use crate::engine::THREAD_PREFIX;

/// Whether this program holds the terminal now. Whoever turns it off gives the terminal back, so
/// that two ways out at once do not do it twice.
static HELD: AtomicBool = AtomicBool::new(false);

/// Whether the terminal was asked to tell of the mouse.
static MOUSE: AtomicBool = AtomicBool::new(false);
/// Buttons and the wheel, not every movement: each would be bytes over a slow link.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Where frames go.
pub fn output() -> io::Result<File> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty");
    tty.or_else(|error| {
        if !io::stderr().is_terminal() {
            return Err(error);
        }
        stderr_file()
    })
}

#[cfg(unix)]
fn stderr_file() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

#[cfg(not(unix))]
fn stderr_file() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("CONOUT$")
}

/// Takes the terminal: raw mode, the alternate screen, no cursor.
pub fn take(mut output: &File, mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    HELD.store(true, Ordering::SeqCst);
    let mut sequence = String::new();
    write_command(&mut sequence, EnterAlternateScreen);
    write_command(&mut sequence, EnableBracketedPaste);
    write_command(&mut sequence, Hide);
    if mouse {
        MOUSE.store(true, Ordering::SeqCst);
        sequence.push_str(MOUSE_ON);
    }
    output.write_all(sequence.as_bytes())?;
    output.flush()
}

/// Gives the terminal back, when this program holds it. Errors have nowhere to go: the terminal is
/// gone or the program is.
pub fn restore() {
    if !HELD.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(mut output) = output() {
        let mut sequence = String::new();
        // A frame that was cut short may have left a synchronized update open.
        sequence.push_str("\x1b[?2026l\x1b[0m");
        if MOUSE.swap(false, Ordering::SeqCst) {
            sequence.push_str(MOUSE_OFF);
        }
        write_command(&mut sequence, DisableBracketedPaste);
        write_command(&mut sequence, LeaveAlternateScreen);
        write_command(&mut sequence, Show);
        let _ = output.write_all(sequence.as_bytes());
        let _ = output.flush();
    }
    let _ = disable_raw_mode();
}

/// Gives the terminal back when dropped.
pub struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// From now on a panic of this thread gives the terminal back before its words are printed. A panic
/// of the engine's threads becomes a row with a reason; its words would only spoil the screen.
pub fn catch_panics() {
    let front: ThreadId = thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let engine = thread
            .name()
            .is_some_and(|name| name.starts_with(THREAD_PREFIX));
        if engine {
            return;
        }
        if thread.id() == front {
            restore();
        }
        before(panic);
    }));
}

/// Reads keys and sizes on a thread of its own.
pub fn listen(sender: Mailbox, pause: Arc<Pause>) -> io::Result<()> {
    let body = move || {
        loop {
            let message = match event::read() {
                Ok(Event::Key(key)) => Message::Key(key),
                Ok(Event::Paste(text)) => Message::Paste(text),
                Ok(Event::Mouse(mouse)) => Message::Mouse(mouse),
                Ok(Event::Resize(width, height)) => Message::Resize(width, height),
                Ok(_) => continue,
                Err(error) => {
                    let words = format!("the terminal cannot be read: {error}");
                    sender.send(Message::InputLost(words));
                    return;
                }
            };
            sender.send(message);
            pause.wait();
        }
    };
    thread::Builder::new()
        .name("keys".into())
        .spawn(body)
        .map(drop)
}

/// Keeps the thread that reads keys from doing so while another program has the terminal.
#[derive(Default)]
pub struct Pause {
    state: Mutex<Held>,
    bell: Condvar,
}

#[derive(Default)]
struct Held {
    wanted: bool,
    /// Whether the thread waits.
    waits: bool,
}

impl Pause {
    /// Comes back when nobody reads keys any more, or after a moment.
    pub fn hold(&self) {
        const PATIENCE: Duration = Duration::from_millis(500);

        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.wanted = true;
        // The thread sits in a read that only an event ends: a change of size is one.
        wake();
        drop(
            self.bell
                .wait_timeout_while(state, PATIENCE, |state| !state.waits),
        );
    }

    /// Keys are read again.
    pub fn go_on(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wanted = false;
        self.bell.notify_all();
    }

    fn wait(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.wanted {
            state.waits = true;
            self.bell.notify_all();
            state = self
                .bell
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waits = false;
    }
}

#[cfg(unix)]
fn wake() {
    use rustix::process::{Signal, getpid, kill_process};
    // Nobody can forbid a program to signal itself.
    let _ = kill_process(getpid(), Signal::WINCH);
}

#[cfg(not(unix))]
fn wake() {}

/// Turns signals into messages: the end is asked for, or the stopped program goes on.
///
/// When the loop does not end within a moment (it may hang on a dead terminal), the signal's own
/// effect follows.
#[cfg(unix)]
pub fn watch_signals(sender: Mailbox, stops: Arc<Stops>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    const PATIENCE: Duration = Duration::from_secs(3);

    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGCONT])?;
    let body = move || {
        for signal in signals.forever() {
            if signal == SIGCONT {
                stops.continued();
                sender.send(Message::Continued);
                continue;
            }
            sender.send(Message::Terminate(signal));
            thread::sleep(PATIENCE);
            restore();
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new()
        .name("signals".into())
        .spawn(body)
        .map(drop)
}

/// Counts how often the stopped program went on.
#[derive(Default)]
pub struct Stops {
    count: Mutex<u64>,
    bell: Condvar,
}

impl Stops {
    /// How often so far.
    pub fn count(&self) -> u64 {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(unix)]
    fn continued(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.bell.notify_all();
    }

    /// Stops this program the way the terminal's own ctrl-z does: its whole process group, so that
    /// a shell around it sees the same. Comes back when the shell continues it, or at once when
    /// nobody can stop it (a group without a shell).
    #[cfg(unix)]
    pub fn stop(&self) -> io::Result<()> {
        use rustix::process::{Signal, kill_current_process_group};

        const UNSTOPPABLE: Duration = Duration::from_millis(400);

        let before = self.count();
        kill_current_process_group(Signal::TSTP)?;
        // The stop may reach this thread a moment later; taking the terminal again before it would
        // leave the shell with our screen.
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        drop(
            self.bell
                .wait_timeout_while(count, UNSTOPPABLE, |count| *count == before),
        );
        Ok(())
    }

    /// Other systems cannot stop a program.
    #[cfg(not(unix))]
    pub fn stop(&self) -> io::Result<()> {
        let _ = &self.bell;
        Ok(())
    }
}

/// Other systems have no such signals.
#[cfg(not(unix))]
pub fn watch_signals(_: Mailbox, _: Arc<Stops>) -> io::Result<()> {
    Ok(())
}

fn write_command(sequence: &mut String, command: impl Command) {
    // Writing into a string cannot fail.
    let _ = command.write_ansi(sequence);
}
