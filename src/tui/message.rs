//! Everything that can happen to the terminal program, on one channel.

use ratatui::crossterm::event::{KeyEvent, MouseEvent};

use crate::engine;

/// Something happened.
#[expect(
    clippy::large_enum_variant,
    reason = "a message is moved once, and most are the engine's"
)]
#[derive(Clone, Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something, when it may.
    Mouse(MouseEvent),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The engine tells something.
    Engine(engine::Event),
    /// Something outside of the program did not work; one sentence.
    Failed(String),
    /// Time for the next picture of what moves.
    Tick,
    /// No message came for a moment.
    Quiet,
    /// The program was stopped and goes on; the screen may hold anything.
    Continued,
    /// The system asks the program to end; the number of the signal.
    Terminate(i32),
    /// The terminal cannot be read any more; one sentence.
    InputLost(String),
}

impl Message {
    /// Whether somebody waits for the answer: keys are drawn at once, news at their own pace.
    pub fn urgent(&self) -> bool {
        // The first row ends the wait in front of an empty screen.
        match self {
            Message::Engine(event) => matches!(event, engine::Event::Found { first: 0, .. }),
            _ => true,
        }
    }
}
