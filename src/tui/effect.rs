//! What the update function wants done. It does nothing itself.

use std::path::PathBuf;

use crate::engine::Request;

/// Something to do outside of the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the engine.
    Ask(Request),
    /// Hand text to the clipboard.
    Copy(String),
    /// Show a file or folder outside of the program.
    Outside(Outside),
    /// Give the terminal back and stop until the shell continues the program.
    Suspend,
    /// Draw everything anew.
    Repaint,
    /// End.
    End(Ended),
}

/// Something to show outside of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// A text, in the user's editor, which gets the terminal meanwhile.
    Text(PathBuf),
    /// A folder, in whatever the desktop shows folders with.
    Folder(PathBuf),
}

/// How the program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user left.
    Left,
    /// The user picked these artifacts.
    Picked(Vec<PathBuf>),
    /// There was nothing to pick.
    NothingMatched,
    /// A signal with this number asked for the end.
    Terminated(i32),
    /// The terminal cannot be read any more; one sentence.
    InputLost(String),
}
