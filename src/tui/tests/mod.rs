//! The terminal program on a shelf in memory, without a terminal.

mod bytes;
mod drive;
mod properties;
mod shelf;
mod snapshots;
mod update;
mod ways;
mod work;
