//! A program in a terminal of its own: type keys, wait for text with a deadline, look at the screen.
//!
//! Nothing here sleeps for a fixed time, but a slow link takes as long as its bytes. Dropping the
//! terminal kills what runs in it.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

pub use portable_pty::CommandBuilder as Command;

/// How long text may take to appear. Long, since a busy machine is no failure.
const DEADLINE: Duration = Duration::from_secs(20);

/// A terminal with a program in it.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    glass: Arc<Glass>,
    link: Arc<Link>,
}

/// How fast the terminal takes what the program writes. The system keeps a few kilobytes between
/// the two; a program that writes more waits.
#[derive(Default)]
struct Link {
    state: Mutex<Speed>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Speed {
    /// Bytes a second; as fast as they come without.
    rate: Option<u32>,
    /// Whether nothing is taken.
    held: bool,
}

impl Link {
    /// Waits while nothing is taken; then how fast it is.
    fn rate(&self) -> Option<u32> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let open = self.changed.wait_while(state, |state| state.held);
        open.unwrap_or_else(PoisonError::into_inner).rate
    }

    fn set(&self, change: impl Fn(&mut Speed)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

/// What the terminal shows, and a bell that rings when it changes.
struct Glass {
    shown: Mutex<Shown>,
    changed: Condvar,
}

struct Shown {
    parser: vt100::Parser,
    /// Everything that was received.
    bytes: Vec<u8>,
    /// Whether the last program has closed its end.
    closed: bool,
}

/// `program` with `args`, in an environment that names the terminal and no colour wishes.
pub fn command(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env("TERM", "xterm-256color");
    for name in [
        "NO_COLOR",
        "TMUX",
        "SSH_TTY",
        "SSH_CONNECTION",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
    ] {
        command.env_remove(name);
    }
    if let Ok(here) = std::env::current_dir() {
        command.cwd(here);
    }
    command
}

impl Pty {
    /// Runs `command` in a new terminal of `columns` × `rows`.
    pub fn spawn(command: Command, columns: u16, rows: u16) -> Pty {
        Pty::spawn_on(Speed::default(), command, columns, rows)
    }

    /// The same over a link that takes `rate` bytes a second.
    pub fn spawn_slow(rate: u32, command: Command, columns: u16, rows: u16) -> Pty {
        let rate = Some(rate);
        Pty::spawn_on(Speed { rate, held: false }, command, columns, rows)
    }

    fn spawn_on(speed: Speed, command: Command, columns: u16, rows: u16) -> Pty {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        // The terminal hangs up when the program's own end is the last one.
        drop(pair.slave);
        let glass = Arc::new(Glass {
            shown: Mutex::new(Shown {
                parser: vt100::Parser::new(cells(rows), cells(columns), 0),
                bytes: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::clone(&glass);
        let link = Arc::new(Link {
            state: Mutex::new(speed),
            changed: Condvar::new(),
        });
        let slow = Arc::clone(&link);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let rate = slow.rate();
                // Fifty pieces a second.
                let piece = rate.map_or(buffer.len(), |rate| rate as usize / 50);
                let piece = piece.clamp(1, buffer.len());
                let count = reader.read(&mut buffer[..piece]).unwrap_or(0);
                if let Some(rate) = rate {
                    let seconds = count as f64 / f64::from(rate);
                    thread::sleep(Duration::from_secs_f64(seconds));
                }
                let mut shown = seen.shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&buffer[..count]);
                shown.bytes.extend_from_slice(&buffer[..count]);
                shown.closed = count == 0;
                seen.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Pty {
            master: pair.master,
            writer,
            child,
            glass,
            link,
        }
    }

    /// The link takes nothing until it is released.
    pub fn hold_link(&mut self) -> &mut Pty {
        self.link.set(|speed| speed.held = true);
        self
    }

    /// The link takes what waits.
    pub fn release_link(&mut self) -> &mut Pty {
        self.link.set(|speed| speed.held = false);
        self
    }

    /// Types `key` again and again, `rate` times a second, as a key does that is held.
    pub fn held(&mut self, key: &str, count: u32, rate: u32) -> &mut Pty {
        for _ in 0..count {
            self.keys(key);
            thread::sleep(Duration::from_secs(1) / rate);
        }
        self
    }

    /// Types `keys` as they are: `\r` is enter, `\x1b` escape, `\x1a` ctrl-z.
    pub fn keys(&mut self, keys: &str) -> &mut Pty {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
        self
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Pty {
        {
            let mut shown = self.glass.shown.lock().unwrap();
            shown
                .parser
                .screen_mut()
                .set_size(cells(rows), cells(columns));
        }
        self.master.resize(size(columns, rows)).unwrap();
        self
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Pty {
        self.wait(&format!("{text:?} on the screen"), |shown| {
            shown.parser.screen().contents().contains(text)
        })
    }

    /// Waits until the screen does not show `text` any more.
    #[track_caller]
    pub fn wait_without(&mut self, text: &str) -> &mut Pty {
        self.wait(&format!("a screen without {text:?}"), |shown| {
            !shown.parser.screen().contents().contains(text)
        })
    }

    /// Waits until the program has left the alternate screen and shows its cursor again.
    #[track_caller]
    pub fn wait_restored(&mut self) -> &mut Pty {
        self.wait("the ordinary screen with its cursor", |shown| {
            let screen = shown.parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor()
        })
    }

    /// Waits until something was received after the last `sequence`.
    #[track_caller]
    pub fn wait_after(&mut self, sequence: &str) -> &mut Pty {
        let sequence = sequence.as_bytes();
        self.wait("more from the terminal's next owner", |shown| {
            let mut all = shown.bytes.windows(sequence.len());
            let last = all.rposition(|bytes| bytes == sequence);
            last.is_some_and(|at| at + sequence.len() < shown.bytes.len())
        })
    }

    /// Waits until the program is on the alternate screen.
    #[track_caller]
    pub fn wait_taken(&mut self) -> &mut Pty {
        self.wait("the alternate screen", |shown| {
            shown.parser.screen().alternate_screen()
        })
    }

    /// Waits until `holds` holds for what is shown.
    #[track_caller]
    fn wait(&mut self, what: &str, holds: impl Fn(&Shown) -> bool) -> &mut Pty {
        let end = Instant::now() + DEADLINE;
        let mut shown = self.glass.shown.lock().unwrap();
        while !holds(&shown) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !shown.closed,
                "waited for {what}, but {}\n{}",
                if shown.closed {
                    "the program ended"
                } else {
                    "time is up"
                },
                shown.parser.screen().contents()
            );
            shown = self.glass.changed.wait_timeout(shown, left).unwrap().0;
        }
        drop(shown);
        self
    }

    /// Waits until the program ends.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < end,
                "the program does not end\n{}",
                self.screen()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the terminal has received everything: the last program closed its end.
    #[track_caller]
    pub fn wait_closed(&mut self) -> &mut Pty {
        let end = Instant::now() + DEADLINE;
        let mut shown = self.glass.shown.lock().unwrap();
        while !shown.closed {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the terminal stays open");
            shown = self.glass.changed.wait_timeout(shown, left).unwrap().0;
        }
        drop(shown);
        self
    }

    /// What the screen shows now.
    pub fn screen(&self) -> String {
        self.glass.shown.lock().unwrap().parser.screen().contents()
    }

    /// How many frames were received: each begins a synchronized update.
    pub fn frames(&self) -> usize {
        let begin = b"\x1b[?2026h";
        let shown = self.glass.shown.lock().unwrap();
        shown
            .bytes
            .windows(begin.len())
            .filter(|b| b == begin)
            .count()
    }

    /// Everything that was received.
    pub fn received(&self) -> Vec<u8> {
        self.glass.shown.lock().unwrap().bytes.clone()
    }

    /// The number of the program's process.
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.release_link();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
