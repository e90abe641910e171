//! The parts of the screen, one file each. A pane turns state into lines; it decides nothing.

pub mod against;
pub mod confirm;
pub mod detail;
pub mod environments;
pub mod explain;
pub mod figure;
pub mod file;
pub mod first;
pub mod form;
pub mod grid;
pub mod help;
pub mod list;
pub mod needs;
pub mod tree;
pub mod trial;
pub mod troubles;
pub mod which;
