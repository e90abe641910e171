//! Bounded bytes: probe, decompress, seek past what nobody needs.
//!
//! [`open`] is the one door to a file's content. It refuses what is not a regular file before it
//! reads a byte, so that a FIFO or a device cannot hang a reader.

mod compression;
mod members;
mod meter;
pub mod room;
mod stream;
pub mod zip;

pub use compression::{Compression, OutputBudget, is_over_budget};
pub use meter::Meter;
pub use stream::Stream;

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

/// How many bytes a probe looks at.
pub const PROBE: usize = 4096;

/// How many compressions may wrap each other (`gz` of `gz` exists; more is a trick).
const LAYERS: usize = 3;

/// A file opened for reading: its first bytes and the stream of its content.
pub struct Source {
    /// Bytes on disk.
    pub size: u64,
    /// Last modification.
    pub modified: Option<SystemTime>,
    /// The first byte on disk.
    pub first: Option<u8>,
    /// The outermost compression.
    pub compression: Option<Compression>,
    /// The content, decompressed.
    pub stream: Stream,
}

/// Opens a regular file (links are followed) without waiting for anything.
pub fn regular(path: &Path) -> io::Result<(File, std::fs::Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO that replaced the file since it was listed must not block the open.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() {
        if let Some(meter) = meter::current() {
            meter.opened(metadata.len());
        }
        Ok((file, metadata))
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ))
    }
}

/// Opens `path`, looks at its first bytes and undoes its compression.
pub fn open(path: &Path) -> io::Result<Source> {
    let (file, metadata) = regular(path)?;
    let size = metadata.len();
    let mut stream = Stream::file(file, size);
    let head = stream.peek()?;
    let (first, compression) = (head.first().copied(), Compression::sniff(head));
    if let Some(outermost) = compression {
        stream = unwrap(outermost, stream.into_reader()?, size);
    }
    Ok(Source {
        size,
        modified: metadata.modified().ok(),
        first,
        compression,
        stream,
    })
}

/// How many decompressed bytes a file of `size` bytes may give: models compress 1 to 30 times, and
/// a second of work must not hide in a kilobyte. What unfolds slowly may unfold less.
fn output_budget(first: Compression, size: u64) -> u64 {
    let (times, least) = match first {
        Compression::Zlib | Compression::Gzip | Compression::Lz4 => (128, 256 << 20),
        Compression::Bz2 | Compression::Xz | Compression::Lzma => (48, 160 << 20),
    };
    size.saturating_mul(times).clamp(least, 1 << 38)
}

fn unwrap(first: Compression, file: Box<dyn Read + Send>, size: u64) -> Stream {
    let mut limit = output_budget(first, size);
    let mut stream = Stream::reader(first.decode(file, limit));
    for _ in 1..LAYERS {
        let inner = match stream.peek() {
            Ok(head) => Compression::sniff(head),
            Err(_) => None,
        };
        let Some(inner) = inner else { break };
        limit = limit.min(output_budget(inner, size));
        stream = Stream::reader(inner.decode(Box::new(stream), limit));
    }
    stream
}

impl Read for Stream {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let source = self.peek()?;
        let count = source.len().min(target.len());
        target[..count].copy_from_slice(&source[..count]);
        self.skip(count as u64)?;
        Ok(count)
    }
}

/// Reads a whole small text or data file; `None` when it is longer than `limit` bytes.
pub fn small(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let (file, metadata) = regular(path)?;
    if metadata.len() > limit {
        return Ok(None);
    }
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= limit).then_some(content))
}

/// The first bytes of a file, at most `limit`.
pub fn head(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, _) = regular(path)?;
    let mut content = Vec::new();
    file.take(limit).read_to_end(&mut content)?;
    Ok(content)
}

/// The SHA-256 of a file's bytes on disk, in lower-case hexadecimal.
pub fn sha256(path: &Path) -> io::Result<String> {
    let (file, _) = regular(path)?;
    let mut file = meter::counted(file);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    Ok(hexadecimal(&hasher.finalize()))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}
