//! Bounded bytes: probe, decompress, seek past what nobody needs.

mod compression;

pub use compression::Compression;
