//! The terminal program on a shelf in memory, without a terminal.

mod drive;
mod shelf;
mod update;
