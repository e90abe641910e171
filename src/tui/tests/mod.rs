//! The terminal program on a shelf in memory, without a terminal.

mod bytes;
mod drive;
mod form;
mod properties;
mod readme;
mod shelf;
mod snapshots;
mod trials;
mod update;
mod ways;
mod work;
