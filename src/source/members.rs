//! Compressed streams that stand behind each other in one file, as bzip2 and xz allow.
//!
//! Each stream costs a decoder of its own, so that a file of nothing but empty streams would take
//! minutes: there may be as many as parallel compressors make of a very large file.

use std::io::{self, BufRead, Read};
use std::marker::PhantomData;

use super::compression::OutputBudget;

/// The most streams of one file.
const STREAMS: u32 = 20_000;

/// A decoder of one stream that gives its input back.
pub(super) trait Decoder<R>: Read + Sized {
    /// What every stream starts with.
    const MARK: &'static [u8];
    /// A decoder at the start of a stream that may take `memory` KiB.
    fn begin(input: R, memory: u32) -> Self;
    /// What stands behind the stream.
    fn end(self) -> R;
}

/// All streams of a file, one after the other.
pub(super) struct Members<D, R> {
    decoder: Option<D>,
    count: u32,
    memory: u32,
    input: PhantomData<fn() -> R>,
}

impl<D: Decoder<R>, R: BufRead> Members<D, R> {
    /// A reader at the start of the first stream; each may take `memory` KiB.
    pub(super) fn new(input: R, memory: u32) -> Self {
        Members {
            decoder: Some(D::begin(input, memory)),
            count: 1,
            memory,
            input: PhantomData,
        }
    }
}

impl<D: Decoder<R>, R: BufRead> Read for Members<D, R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while let Some(mut decoder) = self.decoder.take() {
            match decoder.read(target) {
                Ok(0) if !target.is_empty() => {}
                other => {
                    self.decoder = Some(decoder);
                    return other;
                }
            }
            let mut input = decoder.end();
            // What stands behind the last stream and is none is ignored, as Python does.
            if !input.fill_buf()?.starts_with(D::MARK) {
                break;
            }
            self.count += 1;
            if self.count > STREAMS {
                return Err(io::Error::other(OutputBudget));
            }
            self.decoder = Some(D::begin(input, self.memory));
        }
        Ok(0)
    }
}

impl<R: BufRead> Decoder<R> for bzip2::bufread::BzDecoder<R> {
    const MARK: &'static [u8] = b"BZh";

    fn begin(input: R, _: u32) -> Self {
        Self::new(input)
    }

    fn end(self) -> R {
        self.into_inner()
    }
}

impl<R: BufRead> Decoder<R> for lzma_rust2::XzReader<R> {
    const MARK: &'static [u8] = b"\xfd7zXZ\0";

    fn begin(input: R, memory: u32) -> Self {
        Self::new_mem_limit(input, false, memory)
    }

    fn end(self) -> R {
        self.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn streams_behind_each_other_are_one_and_are_counted() {
        let bytes = [
            packed(b"one"),
            packed(b""),
            packed(b"two"),
            b"rest".to_vec(),
        ]
        .concat();
        let mut content = Vec::new();
        let mut members: Members<bzip2::bufread::BzDecoder<_>, _> = Members::new(&bytes[..], 0);
        members.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"onetwo");
        let many = packed(b"").repeat(STREAMS as usize + 1);
        let mut members: Members<bzip2::bufread::BzDecoder<_>, _> = Members::new(&many[..], 0);
        let error = members.read_to_end(&mut content).unwrap_err();
        assert!(crate::source::is_over_budget(&error));
    }
}
