//! The same findings as JSON and as tables. Builds text; printing is the caller's.

pub mod explain;
pub mod grid;
pub mod json;
pub mod rules;
pub mod sarif;
pub mod sides;
pub mod table;
