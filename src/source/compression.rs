//! The compressions that joblib writes, told apart by their first bytes.

use serde::Serialize;

/// A compression that wraps a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Raw zlib (RFC 1950), joblib's default when `compress` is a number.
    Zlib,
    /// gzip (RFC 1952).
    Gzip,
    /// bzip2.
    Bz2,
    /// The xz container.
    Xz,
    /// The older LZMA container (`.lzma`).
    Lzma,
    /// An LZ4 frame.
    Lz4,
}
