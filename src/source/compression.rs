//! The compressions that joblib writes, told apart by their first bytes and undone in a stream.
//!
//! Output is limited: a few kilobytes can unfold to terabytes.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use serde::Serialize;

use super::members::Members;
use super::room::Room;

/// A compression that wraps a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Raw zlib (RFC 1950), joblib's default when `compress` is a number. Up to joblib 0.9 the
    /// unpacked length stands before it.
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

/// Memory that an xz or lzma stream may take, in KiB: the window of the usual presets, and of the
/// highest one, for which a reader needs room.
const USUAL_KIB: u32 = 9 * 1024;
const MOST_KIB: u32 = 65 * 1024;
/// The window of the usual presets, in bytes.
const USUAL: u64 = 8 << 20;

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
            // `ZF`, then the unpacked length in hexadecimal.
            [b'Z', b'F', b'0', b'x', ..] => Some(Compression::Zlib),
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
        let mut input = BufReader::with_capacity(64 * 1024, input);
        let large = input.fill_buf().is_ok_and(|head| self.window(head) > USUAL);
        let memory = if large { MOST_KIB } else { USUAL_KIB };
        let decoder: Box<dyn Read + Send> = match self {
            Compression::Zlib => match pass_length_header(&mut input) {
                Ok(()) => Box::new(flate2::bufread::ZlibDecoder::new(input)),
                Err(error) => Box::new(Failing(Some(error))),
            },
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Compression::Bz2 => {
                let members: Members<bzip2::bufread::BzDecoder<_>, _> = Members::new(input, 0);
                Box::new(members)
            }
            Compression::Xz => {
                let members: Members<lzma_rust2::XzReader<_>, _> = Members::new(input, memory);
                Box::new(members)
            }
            Compression::Lzma => match lzma_rust2::LzmaReader::new_mem_limit(input, memory, None) {
                Ok(reader) => Box::new(reader),
                Err(error) => Box::new(Failing(Some(error))),
            },
            Compression::Lz4 => Box::new(lz4_flex::frame::FrameDecoder::new(input)),
        };
        Box::new(Limited {
            decoder,
            left: limit,
            _room: large.then(Room::take),
            failure: None,
        })
    }

    /// Bytes of output that the first stream's decoder looks back at, as its header says. Further
    /// streams and blocks may not ask for more.
    fn window(self, head: &[u8]) -> u64 {
        match (self, head) {
            (Compression::Lzma, [_, a, b, c, d, ..]) => u32::from_le_bytes([*a, *b, *c, *d]).into(),
            // The stream's header; then the block's size, its flags, lengths, filters. The filter
            // of LZMA2 is 0x21, with one byte of properties.
            (Compression::Xz, [_, _, _, _, _, _, _, _, _, _, _, _, size, block @ ..]) => {
                let block = &block[..block.len().min(4 * usize::from(*size))];
                let filter = block.windows(3).find(|bytes| bytes[..2] == [0x21, 1]);
                let Some(code) = filter.map(|bytes| u64::from(bytes[2]).min(40)) else {
                    return 0;
                };
                // 2 or 3 times a power of two.
                (2 | code & 1) << (code / 2 + 11)
            }
            _ => 0,
        }
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

/// Passes over the header of joblib up to 0.9: `ZF` and `0x106f2`, blanks up to 21 bytes in all;
/// joblib up to 0.8.4 under Python 2 wrote one blank more.
fn pass_length_header(input: &mut impl BufRead) -> io::Result<()> {
    if !input.fill_buf()?.starts_with(b"ZF") {
        return Ok(());
    }
    input.read_exact(&mut [0; 21])?;
    let longer = input.fill_buf()?.first() == Some(&b' ');
    input.consume(usize::from(longer));
    Ok(())
}

/// Marks the error of a decompression that gave more than its budget, or wanted more memory.
#[derive(Debug, thiserror::Error)]
#[error("unpacking the content takes more than the reading budget")]
pub struct OutputBudget;

/// Whether a read failed because decompression gave more than its budget.
pub fn is_over_budget(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<OutputBudget>)
}

/// Counts what comes out. After a failure the decoder is never asked again, because some of them
/// then loop for ever or give bytes that are not in the file; the failure is told again instead.
struct Limited {
    decoder: Box<dyn Read + Send>,
    left: u64,
    /// Held while the window is a large one.
    _room: Option<Arc<Room>>,
    failure: Option<Failure>,
}

/// Why decompressing stopped.
#[derive(Clone)]
enum Failure {
    /// Too much output, or too large a dictionary.
    Budget,
    /// The operating system, by its error number.
    System(i32),
    /// The content: it ends early or is damaged.
    Content(io::ErrorKind, String),
}

impl Failure {
    /// Decoders differ in the kinds that they give to damage.
    fn of(error: &io::Error) -> Failure {
        if let Some(number) = error.raw_os_error() {
            return Failure::System(number);
        }
        match error.kind() {
            io::ErrorKind::OutOfMemory => Failure::Budget,
            _ if is_over_budget(error) => Failure::Budget,
            io::ErrorKind::UnexpectedEof => {
                Failure::Content(io::ErrorKind::UnexpectedEof, error.to_string())
            }
            _ => Failure::Content(io::ErrorKind::InvalidData, error.to_string()),
        }
    }

    fn error(&self) -> io::Error {
        match self {
            Failure::Budget => io::Error::other(OutputBudget),
            Failure::System(number) => io::Error::from_raw_os_error(*number),
            Failure::Content(kind, text) => io::Error::new(*kind, text.clone()),
        }
    }
}

impl Read for Limited {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(failure.error());
        }
        let failure = match self.decoder.read(target) {
            Ok(count) if count as u64 <= self.left => {
                self.left -= count as u64;
                return Ok(count);
            }
            Ok(_) => Failure::Budget,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => Failure::of(&error),
        };
        let error = failure.error();
        self.failure = Some(failure);
        Err(error)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An xz stream cut inside the header of a chunk of more than 64 KiB: a decoder that is asked a second time
    /// after this failure never answers.
    #[test]
    fn a_failure_is_told_again_and_the_decoder_left_alone() {
        let cut = b"\xfd7zXZ\0\0\0\xff\x12\xd9\x41\x02\0\x21\x01\x16\0\0\0\x74\x2f\xe5\xa3\xe1";
        let mut decoder = Compression::Xz.decode(Box::new(&cut[..]), 1000);
        for _ in 0..3 {
            let error = decoder.read(&mut [0; 10]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn the_window_stands_in_the_header() {
        let xz = |code: u8| {
            [
                &b"\xfd7zXZ\0\0\0\xff\x12\xd9\x41\x02\0\x21\x01"[..],
                &[code],
            ]
            .concat()
        };
        // Presets 6 and 9.
        assert_eq!(Compression::Xz.window(&xz(22)), 8 << 20);
        assert_eq!(Compression::Xz.window(&xz(28)), 64 << 20);
        assert_eq!(Compression::Xz.window(&xz(23)), 12 << 20);
        assert_eq!(Compression::Lzma.window(b"\x5d\0\0\x80\0\xff"), 8 << 20);
        assert_eq!(Compression::Xz.window(b"\xfd7zXZ"), 0);
    }

    #[test]
    fn the_length_header_of_old_joblib_is_passed_over() {
        // `zlib.compress(b"N.")`
        let zlib = b"\x78\x9c\xf3\xd3\x03\x00\x00\xcc\x00\x7d";
        for blanks in [16, 17] {
            let mut bytes = b"ZF0x2".to_vec();
            bytes.extend(vec![b' '; blanks]);
            bytes.extend(zlib);
            assert_eq!(Compression::sniff(&bytes), Some(Compression::Zlib));
            let mut decoder = Compression::Zlib.decode(Box::new(io::Cursor::new(bytes)), 1000);
            let mut content = Vec::new();
            decoder.read_to_end(&mut content).unwrap();
            assert_eq!(content, b"N.");
        }
    }
}
