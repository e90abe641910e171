//! The loop: messages in, frames out. Generic over the terminal's back end, the source of messages
//! and the host that performs effects, so that the same loop runs in tests.
//!
//! Frames are coalesced: however many messages wait, one frame follows. A key is drawn at once; news
//! from the engine alone at most thirty times a second, and no faster than a slow link takes them,
//! so that the answer to a key never waits behind them. A link that is full blocks the frame, not
//! the thread that reads keys: what was typed meanwhile is in the next one. Nothing is drawn while
//! nothing changes.

use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Rect;

use super::app::App;
use super::effect::{Effect, Ended, Outside};
use super::message::Message;
use super::pace::Pace;
use super::settle::settle;
use super::theme::Theme;
use super::update::update;
use super::view::view;
use crate::engine::Request;

/// The time between two pictures of what moves.
const TICK: Duration = Duration::from_millis(120);
/// How long no message must come until the detail follows the cursor.
const QUIET: Duration = Duration::from_millis(50);
/// How long messages are taken before a frame: a key that comes meanwhile waits for no more.
const DRAIN: Duration = Duration::from_millis(6);

/// Where messages come from.
pub trait Source {
    /// The next message; waits for it at most `wait` (for ever without).
    fn next(&mut self, wait: Option<Duration>) -> Next;
}

/// What a source had.
#[expect(clippy::large_enum_variant, reason = "handed over once, never stored")]
pub enum Next {
    /// A message.
    Message(Message),
    /// Nothing in time.
    Nothing,
    /// Nothing ever again: the end of a script.
    #[cfg(test)]
    Closed,
}

/// Who performs effects.
pub trait Host {
    /// Asks the engine.
    fn ask(&mut self, request: Request);
    /// Hands text to the clipboard.
    fn copy(&mut self, text: &str);
    /// Shows something outside of the program.
    fn outside(&mut self, outside: &Outside) -> std::io::Result<()>;
    /// Gives the terminal back, stops, and takes it again.
    fn suspend(&mut self) -> std::io::Result<()>;
    /// Takes the terminal again after somebody else had it.
    fn retake(&mut self) -> std::io::Result<()>;
    /// Sends the frame that was drawn; how many bytes it took.
    fn commit(&mut self) -> std::io::Result<usize>;
}

/// Why the loop broke.
#[derive(Debug, thiserror::Error)]
pub enum LoopError {
    /// The terminal cannot be drawn on.
    #[error("the terminal cannot be drawn on: {0}")]
    Draw(String),
    /// The terminal cannot be taken or given back.
    #[error("the terminal cannot be set up: {0}")]
    Terminal(#[from] std::io::Error),
}

/// Runs until the program ends.
pub fn run<B: Backend>(
    app: &mut App,
    theme: Theme,
    terminal: &mut Terminal<B>,
    source: &mut dyn Source,
    host: &mut dyn Host,
) -> Result<Ended, LoopError> {
    let mut dirty = true;
    let mut urgent = true;
    let begun = Instant::now();
    let mut pace = Pace::new(begun);
    loop {
        let now = Instant::now();
        if dirty && (urgent || now >= pace.next()) {
            let effects = settle(app);
            if let Some(ended) = perform(app, effects, terminal, host)? {
                return Ok(ended);
            }
            draw(app, theme, terminal)?;
            let bytes = host.commit()?;
            (dirty, urgent) = (false, false);
            pace.sent(now, bytes);
        }
        let wait = if dirty {
            Some(pace.next().saturating_duration_since(now))
        } else if app.running {
            Some(QUIET)
        } else {
            app.animated().then_some(TICK)
        };
        let mut next = source.next(wait);
        let since = Instant::now();
        loop {
            let message = match next {
                Next::Message(message) => message,
                Next::Nothing if app.running && !dirty => Message::Quiet,
                Next::Nothing if app.animated() && !dirty => Message::Tick,
                Next::Nothing => break,
                #[cfg(test)]
                Next::Closed => return Ok(Ended::Left),
            };
            urgent |= message.urgent();
            dirty = true;
            app.clock = begun.elapsed();
            // Keys look at the list's order and at the detail's lines: both must be current.
            if matches!(message, Message::Key(_)) {
                let effects = settle(app);
                if let Some(ended) = perform(app, effects, terminal, host)? {
                    return Ok(ended);
                }
            }
            let effects = update(app, message);
            if let Some(ended) = perform(app, effects, terminal, host)? {
                return Ok(ended);
            }
            if since.elapsed() >= DRAIN {
                break;
            }
            next = source.next(Some(Duration::ZERO));
        }
    }
}

fn draw<B: Backend>(app: &App, theme: Theme, terminal: &mut Terminal<B>) -> Result<(), LoopError> {
    let drawn = terminal.draw(|frame| view(app, theme, frame));
    drawn
        .map(drop)
        .map_err(|error| LoopError::Draw(error.to_string()))
}

fn perform<B: Backend>(
    app: &mut App,
    effects: Vec<Effect>,
    terminal: &mut Terminal<B>,
    host: &mut dyn Host,
) -> Result<Option<Ended>, LoopError> {
    for effect in effects {
        match effect {
            Effect::Ask(request) => host.ask(request),
            Effect::Copy(text) => host.copy(&text),
            Effect::Outside(outside) => {
                host.outside(&outside)?;
                if matches!(outside, Outside::Text(_)) {
                    repaint(app, terminal)?;
                }
            }
            Effect::Suspend => {
                host.suspend()?;
                repaint(app, terminal)?;
            }
            Effect::Repaint => {
                host.retake()?;
                repaint(app, terminal)?;
            }
            Effect::End(ended) => return Ok(Some(ended)),
        }
    }
    Ok(None)
}

/// Forgets what the screen shows. `resize` does it without a question to the terminal; `clear`
/// would ask where its cursor is and wait for an answer that may go to somebody else.
fn repaint<B: Backend>(app: &mut App, terminal: &mut Terminal<B>) -> Result<(), LoopError> {
    let failed = |error: B::Error| LoopError::Draw(error.to_string());
    let size = terminal.size().map_err(failed)?;
    app.size = (size.width, size.height);
    terminal
        .resize(Rect::new(0, 0, size.width, size.height))
        .map_err(failed)
}
