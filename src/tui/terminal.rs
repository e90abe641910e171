//! Taking the terminal and giving it back.
//!
//! The program draws on `/dev/tty`, else on stderr, never on stdout: `x=$(shelflife pick)` captures
//! that. One `restore` serves every way out: the end, an error, a panic, a signal, a stop.
//! Nothing is asked of the terminal; answers could arrive late and be read as keys.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ratatui::crossterm::Command;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use super::message::Message;
use super::run::{Next, Source};
use crate::engine::THREAD_PREFIX;

/// Whether this program holds the terminal now. Whoever turns it off gives the terminal back, so
/// that two ways out at once do not do it twice.
static HELD: AtomicBool = AtomicBool::new(false);

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
pub fn take(mut output: &File) -> io::Result<()> {
    enable_raw_mode()?;
    HELD.store(true, Ordering::SeqCst);
    let mut sequence = String::new();
    write_command(&mut sequence, EnterAlternateScreen);
    write_command(&mut sequence, EnableBracketedPaste);
    write_command(&mut sequence, Hide);
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

/// Reads keys and sizes on a thread of its own, until the channel is closed.
pub fn listen(sender: Sender<Message>) -> io::Result<()> {
    let body = move || {
        loop {
            let message = match event::read() {
                Ok(Event::Key(key)) => Message::Key(key),
                Ok(Event::Paste(text)) => Message::Paste(text),
                Ok(Event::Resize(width, height)) => Message::Resize(width, height),
                Ok(_) => continue,
                Err(error) => {
                    let words = format!("the terminal cannot be read: {error}");
                    let _ = sender.send(Message::InputLost(words));
                    return;
                }
            };
            if sender.send(message).is_err() {
                return;
            }
        }
    };
    thread::Builder::new()
        .name("keys".into())
        .spawn(body)
        .map(drop)
}

/// Turns signals into messages: the end is asked for, or the stopped program goes on.
///
/// When the loop does not end within a moment (it may hang on a dead terminal), the signal's own
/// effect follows.
#[cfg(unix)]
pub fn watch_signals(sender: Sender<Message>, stops: Arc<Stops>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    const PATIENCE: Duration = Duration::from_secs(3);

    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGCONT])?;
    let body = move || {
        for signal in signals.forever() {
            if signal == SIGCONT {
                stops.continued();
                let _ = sender.send(Message::Continued);
                continue;
            }
            let _ = sender.send(Message::Terminate(signal));
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
pub fn watch_signals(_: Sender<Message>, _: Arc<Stops>) -> io::Result<()> {
    Ok(())
}

/// The channel of messages.
pub struct Channel {
    receiver: Receiver<Message>,
}

impl Channel {
    /// The receiving end of the one channel.
    pub fn new(receiver: Receiver<Message>) -> Channel {
        Channel { receiver }
    }
}

impl Source for Channel {
    fn next(&mut self, wait: Option<Duration>) -> Next {
        let taken = match wait {
            None => self
                .receiver
                .recv()
                .map_err(|_| RecvTimeoutError::Disconnected),
            Some(Duration::ZERO) => self.receiver.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            }),
            Some(wait) => self.receiver.recv_timeout(wait),
        };
        match taken {
            Ok(message) => Next::Message(message),
            Err(RecvTimeoutError::Timeout) => Next::Nothing,
            Err(RecvTimeoutError::Disconnected) => Next::Closed,
        }
    }
}

fn write_command(sequence: &mut String, command: impl Command) {
    // Writing into a string cannot fail.
    let _ = command.write_ansi(sequence);
}
