//! One session of the terminal program, from taking the terminal to giving it back.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tui_input::Input;

use super::app::{App, Mode, Sort};
use super::clipboard::Clipboard;
use super::effect::{Ended, Outside};
use super::keymap::Keymap;
use super::mailbox::Mailbox;
use super::message::Message;
use super::outside::{desktop, edit, hand_over};
use super::run::{Host, LoopError, run};
use super::screen::Screen;
use super::terminal::{self, Guard, Pause, Stops};
use super::theme::{Palette, Theme};
use crate::engine::{self, Engine, Request, Work};

/// What a session is about.
pub struct Options {
    /// The shelf as the user named it.
    pub title: String,
    /// The shelf's path; names in the list are relative to it.
    pub root: PathBuf,
    /// What the session is for.
    pub mode: Mode,
    /// A filter to begin with.
    pub query: Option<String>,
    /// The environment to compare with; found by the usual order when there is none.
    pub environment: Option<PathBuf>,
    /// How it looks and what is pressed.
    pub settings: Settings,
    /// Whether the shell can continue a stopped program here. It cannot while it waits for the
    /// program's output: then ctrl-z would leave it hanging.
    pub can_suspend: bool,
    /// The layers below.
    pub work: Arc<dyn Work>,
}

/// How the program looks and what is pressed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is pressed for which command.
    pub keys: Keymap,
    /// Where colours come from; `NO_COLOR` decides when nothing is said.
    pub palette: Option<Palette>,
    /// Whether only ASCII is sent.
    pub ascii: bool,
    /// Whether the mouse does something.
    pub mouse: bool,
    /// Whether artifacts stand below the names of their folders.
    pub grouped: bool,
    /// The order of the list to begin with.
    pub sort: Sort,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            keys: Keymap::default(),
            palette: None,
            ascii: false,
            mouse: false,
            grouped: true,
            sort: Sort::Name,
        }
    }
}

/// Why there was no session, or why it broke.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no terminal to draw on.
    #[error(
        "there is no terminal to draw on ({0}); use the subcommand check, or run it in a terminal"
    )]
    NoTerminal(io::Error),
    /// `TERM` names a terminal that cannot move its cursor.
    #[error("TERM={0} cannot show a full screen; use the subcommand check, or another terminal")]
    DumbTerminal(String),
    /// The system gave no thread or no signal handler.
    #[error("the system refuses what a session needs: {0}")]
    System(io::Error),
    /// The loop broke.
    #[error(transparent)]
    Loop(#[from] LoopError),
    /// The terminal cannot be read any more.
    #[error("{0}")]
    InputLost(String),
}

/// Runs a session until it ends.
pub fn browse(options: Options) -> Result<Ended, Error> {
    if let Some(name) = std::env::var("TERM").ok().filter(|name| name == "dumb") {
        return Err(Error::DumbTerminal(name));
    }
    let output = terminal::output().map_err(Error::NoTerminal)?;
    let theme = theme(&options.settings);
    let sender = Mailbox::default();
    let stops = Arc::new(Stops::default());
    terminal::watch_signals(sender.clone(), Arc::clone(&stops)).map_err(Error::System)?;
    terminal::catch_panics();

    let started = engine::Options {
        environment: options.environment,
        readers: None,
    };
    let news = sender.clone();
    let engine = Engine::start(options.work, started, move |event| {
        news.send(Message::Engine(event));
    })
    .map_err(Error::System)?;

    let guard = Guard;
    let mouse = options.settings.mouse;
    terminal::take(&output, mouse).map_err(Error::NoTerminal)?;
    let pause = Arc::new(Pause::default());
    terminal::listen(sender.clone(), Arc::clone(&pause)).map_err(Error::System)?;
    let screen = Screen::new(output.try_clone().map_err(Error::System)?);
    let mut drawn =
        Terminal::new(CrosstermBackend::new(screen.clone())).map_err(Error::NoTerminal)?;
    let size = drawn.size().map_err(Error::NoTerminal)?;

    let mut app = App::new(
        options.title,
        options.root,
        options.mode,
        (size.width, size.height),
    );
    app.can_suspend = options.can_suspend;
    app.keys = Arc::new(options.settings.keys);
    app.grouped = options.settings.grouped;
    app.sort = options.settings.sort;
    app.now = SystemTime::now();
    app.clipboard = surroundings();
    app.filter = Input::from(options.query.unwrap_or_default());
    let mut live = Live {
        seen: stops.count(),
        output,
        screen,
        engine,
        stops,
        clipboard: app.clipboard,
        news: sender.clone(),
        pause,
        mouse,
    };
    let ended = run(&mut app, theme, &mut drawn, &mut sender.clone(), &mut live);
    // First the terminal, then the engine: it may wait a moment for a trial's child.
    drop(guard);
    drop(live);
    // The program ends now; the system takes the memory of many rows back faster than this could.
    std::mem::forget(app);
    match ended? {
        Ended::InputLost(words) => Err(Error::InputLost(words)),
        ended => Ok(ended),
    }
}

fn surroundings() -> Clipboard {
    Clipboard::choose(
        |name| std::env::var_os(name).is_some_and(|value| !value.is_empty()),
        std::env::var_os("PATH").as_deref(),
        Path::exists,
    )
}

/// How text would be copied here, for people.
pub fn clipboard_words() -> String {
    surroundings().words()
}

/// What a session would draw on, for people.
pub fn screen_words() -> String {
    let size = || ratatui::crossterm::terminal::size();
    match terminal::output() {
        Err(error) => format!("none: {error}"),
        Ok(_) => match size() {
            Ok((columns, rows)) => format!("{columns} columns, {rows} rows"),
            Err(error) => format!("of unknown size: {error}"),
        },
    }
}

fn theme(settings: &Settings) -> Theme {
    let unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let palette = settings.palette.unwrap_or_else(|| {
        if unwanted() {
            Palette::Mono
        } else {
            Palette::Dark
        }
    });
    let theme = Theme {
        palette,
        ascii: settings.ascii,
    };
    // The terminal library reads NO_COLOR too; whoever says otherwise on the command line means it.
    ratatui::crossterm::style::force_color_output(theme.is_coloured());
    theme
}

/// The world: engine, terminal, clipboard.
struct Live {
    output: File,
    screen: Screen<File>,
    engine: Engine,
    stops: Arc<Stops>,
    /// How often the program went on after a stop, as far as the terminal was taken again.
    seen: u64,
    clipboard: Clipboard,
    news: Mailbox,
    pause: Arc<Pause>,
    mouse: bool,
}

impl Host for Live {
    fn ask(&mut self, request: Request) {
        self.engine.send(request);
    }

    fn copy(&mut self, text: &str) {
        if let Some(sequence) = self.clipboard.sequence(text) {
            // A terminal that is gone will be noticed by the next frame.
            let _ = self.screen.send(sequence.as_bytes());
            return;
        }
        let Clipboard::Program(program, arguments) = self.clipboard else {
            return;
        };
        let (text, news) = (text.to_owned(), self.news.clone());
        let body = move || {
            if let Err(error) = hand_over(program, arguments, &text) {
                news.send(Message::Failed(format!(
                    "{program} did not copy it: {error}"
                )));
            }
        };
        // Without a thread nothing is copied; the next try may have one.
        let _ = thread::Builder::new().name("clipboard".into()).spawn(body);
    }

    fn outside(&mut self, outside: &Outside) -> io::Result<()> {
        match outside {
            Outside::Folder(folder) => {
                desktop(folder, &self.news);
                Ok(())
            }
            Outside::Text(file) => {
                self.screen.discard();
                self.pause.hold();
                terminal::restore();
                let edited = edit(file);
                self.pause.go_on();
                terminal::take(&self.output, self.mouse)?;
                if let Err(words) = edited {
                    self.news.send(Message::Failed(words));
                }
                Ok(())
            }
        }
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.screen.discard();
        terminal::restore();
        self.stops.stop()?;
        self.seen = self.stops.count();
        terminal::take(&self.output, self.mouse)
    }

    fn retake(&mut self) -> io::Result<()> {
        let count = self.stops.count();
        if count == self.seen {
            return Ok(());
        }
        self.seen = count;
        self.screen.discard();
        // The shell has set the terminal's mode meanwhile: ours must be set again, from the start.
        terminal::restore();
        terminal::take(&self.output, self.mouse)
    }

    fn commit(&mut self) -> io::Result<usize> {
        self.screen.commit()
    }
}
