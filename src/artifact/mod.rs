//! A file to its facts. One file per format; adding one is that file and one line in the table.

mod facts;

pub use facts::{
    Artifact, Facts, Format, Inputs, Objects, OutlineLine, Stamp, Stream, Unreadable,
    UnreadableKind,
};
