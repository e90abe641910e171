//! One session of the terminal program, from taking the terminal to giving it back.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tui_input::Input;

use super::app::{App, Mode};
use super::clipboard;
use super::effect::Ended;
use super::message::Message;
use super::run::{Host, LoopError, run};
use super::screen::Screen;
use super::terminal::{self, Channel, Guard, Stops};
use super::theme::Theme;
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
    /// Whether to use colours; `NO_COLOR` decides when nothing is said.
    pub colours: Option<bool>,
    /// Whether the shell can continue a stopped program here. It cannot while it waits for the
    /// program's output: then ctrl-z would leave it hanging.
    pub can_suspend: bool,
    /// The layers below.
    pub work: Arc<dyn Work>,
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
    let theme = theme(options.colours);
    let (sender, receiver) = channel();
    let stops = Arc::new(Stops::default());
    terminal::watch_signals(sender.clone(), Arc::clone(&stops)).map_err(Error::System)?;
    terminal::catch_panics();

    let started = engine::Options {
        environment: options.environment,
        readers: None,
    };
    let news = sender.clone();
    let engine = Engine::start(options.work, started, move |event| {
        // The receiver is gone when the session is over: nobody wants to know any more.
        let _ = news.send(Message::Engine(event));
    })
    .map_err(Error::System)?;

    let guard = Guard;
    terminal::take(&output).map_err(Error::NoTerminal)?;
    terminal::listen(sender).map_err(Error::System)?;
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
    app.filter = Input::from(options.query.unwrap_or_default());
    let mut live = Live {
        seen: stops.count(),
        output,
        screen,
        engine,
        stops,
        in_tmux: std::env::var_os("TMUX").is_some(),
    };
    let ended = run(
        &mut app,
        theme,
        &mut drawn,
        &mut Channel::new(receiver),
        &mut live,
    );
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

fn theme(colours: Option<bool>) -> Theme {
    let unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let coloured = colours.unwrap_or_else(|| !unwanted());
    // The terminal library reads NO_COLOR too; whoever says otherwise on the command line means it.
    ratatui::crossterm::style::force_color_output(coloured);
    if coloured {
        Theme::COLOURED
    } else {
        Theme::MONO
    }
}

/// The world: engine, terminal, clipboard.
struct Live {
    output: File,
    screen: Screen<File>,
    engine: Engine,
    stops: Arc<Stops>,
    /// How often the program went on after a stop, as far as the terminal was taken again.
    seen: u64,
    in_tmux: bool,
}

impl Host for Live {
    fn ask(&mut self, request: Request) {
        self.engine.send(request);
    }

    fn copy(&mut self, text: &str) {
        let sequence = clipboard::sequence(text, self.in_tmux);
        // A terminal that is gone will be noticed by the next frame.
        let _ = self.screen.send(sequence.as_bytes());
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.screen.discard();
        terminal::restore();
        self.stops.stop()?;
        self.seen = self.stops.count();
        terminal::take(&self.output)
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
        terminal::take(&self.output)
    }

    fn commit(&mut self) -> io::Result<()> {
        self.screen.commit()
    }
}
