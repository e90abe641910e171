//! The compressions that joblib writes, told apart by their first bytes and undone in a stream.
//!
//! Output is limited: a few kilobytes can unfold to terabytes.

use std::io::{self, BufReader, Read};

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

/// Memory for the dictionary that an xz or lzma header may ask for, in KiB.
const DICTIONARY_KIB: u32 = 128 * 1024;

impl Compression {
    /// The compression whose magic number `head` starts with.
    pub fn sniff(head: &[u8]) -> Option<Compression> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Compression::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some(Compression::Bz2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Compression::Lz4),
            // The two header bytes of zlib are a multiple of 31; method 8, window up to 32 KiB.
            [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0 => Some(Compression::Zlib),
            // Properties 5d, a dictionary of at least 4 KiB that is a multiple of 256 bytes, and a
            // size that is unknown or below 1 TiB: a protocol-1 pickle of a list starts with ] too.
            [0x5d, 0, _, _, _, size @ ..] if size.len() >= 8 => {
                let size = &size[..8];
                let known = size[5..].iter().all(|byte| *byte == 0);
                (known || size.iter().all(|byte| *byte == 0xff)).then_some(Compression::Lzma)
            }
            _ => None,
        }
    }

    /// A reader of the decompressed bytes that fails once more than `limit` came out.
    pub fn decode(self, input: Box<dyn Read + Send>, limit: u64) -> Box<dyn Read + Send> {
        let input = BufReader::with_capacity(64 * 1024, input);
        let decoder: Box<dyn Read + Send> = match self {
            Compression::Zlib => Box::new(flate2::bufread::ZlibDecoder::new(input)),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Compression::Bz2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            Compression::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(
                input,
                true,
                DICTIONARY_KIB,
            )),
            Compression::Lzma => {
                match lzma_rust2::LzmaReader::new_mem_limit(input, DICTIONARY_KIB, None) {
                    Ok(reader) => Box::new(reader),
                    Err(error) => Box::new(Failing(Some(error))),
                }
            }
            Compression::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(input)),
        };
        Box::new(Limited {
            decoder,
            left: limit,
        })
    }

    /// The name that joblib and the JSON contract use.
    pub fn word(self) -> &'static str {
        match self {
            Compression::Zlib => "zlib",
            Compression::Gzip => "gzip",
            Compression::Bz2 => "bz2",
            Compression::Xz => "xz",
            Compression::Lzma => "lzma",
            Compression::Lz4 => "lz4",
        }
    }
}

/// Marks the error of a decompression that gave more than its budget.
#[derive(Debug, thiserror::Error)]
#[error("the compressed content unfolds to more than the reading budget")]
pub struct OutputBudget;

struct Limited {
    decoder: Box<dyn Read + Send>,
    left: u64,
}

impl Read for Limited {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(target)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other(OutputBudget))?;
        Ok(count)
    }
}

struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self
            .0
            .take()
            .unwrap_or_else(|| io::ErrorKind::InvalidData.into()))
    }
}
