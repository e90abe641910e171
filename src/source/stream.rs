//! A forward byte stream over a file or its decompressed content, that can pass over bytes cheaply.
//!
//! On a plain file passing over means seeking, so the cost of reading does not grow with arrays
//! that nobody looks at. Files are read, never mapped: a file cut while mapped kills the process.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::meter::{self, Meter};

const BUFFER: usize = 64 * 1024;

thread_local! {
    /// The space of the last stream of this thread. Of a small file, taking and clearing as much
    /// takes longer than reading it.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A forward stream with a position, counted from the start of the (decompressed) content.
pub struct Stream {
    inner: Inner,
    /// Space for a block; the first `filled` bytes are content.
    buffer: Vec<u8>,
    filled: usize,
    at: usize,
    /// The position of `buffer[0]`.
    base: u64,
    /// The length of the whole content, when known without reading it.
    len: Option<u64>,
    /// Counts a plain file's bytes; compressed ones are counted below the decompression.
    meter: Option<Arc<Meter>>,
}

enum Inner {
    File(File),
    Reader(Box<dyn Read + Send>),
}

impl Stream {
    /// A stream over a plain file, from its start. `len` is the size that the caller found.
    pub fn file(file: File, len: u64) -> Stream {
        let mut stream = Stream::new(Inner::File(file), Some(len));
        stream.meter = meter::current();
        stream
    }

    /// A stream over anything that reads; its length is unknown.
    pub fn reader(reader: Box<dyn Read + Send>) -> Stream {
        Stream::new(Inner::Reader(reader), None)
    }

    /// A stream over bytes in memory.
    pub fn bytes(bytes: Vec<u8>) -> Stream {
        Stream {
            base: 0,
            at: 0,
            len: Some(bytes.len() as u64),
            filled: bytes.len(),
            buffer: bytes,
            inner: Inner::Reader(Box::new(io::empty())),
            meter: None,
        }
    }

    fn new(inner: Inner, len: Option<u64>) -> Stream {
        Stream {
            inner,
            buffer: Vec::new(),
            filled: 0,
            at: 0,
            base: 0,
            len,
            meter: None,
        }
    }

    /// The content from its start as a plain reader; for a stream of which nothing was consumed.
    pub(super) fn into_reader(mut self) -> io::Result<Box<dyn Read + Send>> {
        let none = Inner::Reader(Box::new(io::empty()));
        match std::mem::replace(&mut self.inner, none) {
            Inner::File(mut file) => {
                file.rewind()?;
                Ok(meter::counted(file))
            }
            reader @ Inner::Reader(_) => {
                self.inner = reader;
                Ok(Box::new(self))
            }
        }
    }

    /// How many bytes were consumed or passed over.
    pub fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// How many bytes are left, when that is known without reading them.
    pub fn remaining(&self) -> Option<u64> {
        self.len.map(|len| len.saturating_sub(self.position()))
    }

    /// The next bytes without consuming them: at least one unless the stream is at its end.
    pub fn peek(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.refill()?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    /// Consumes one byte; `None` at the end.
    pub fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.filled {
            self.refill()?;
        }
        let next = self.buffer[..self.filled].get(self.at).copied();
        self.at += usize::from(next.is_some());
        Ok(next)
    }

    /// Fills `target` or fails with `UnexpectedEof`.
    pub fn fill(&mut self, target: &mut [u8]) -> io::Result<()> {
        if let Some(source) = self.buffer[self.at..self.filled].get(..target.len()) {
            target.copy_from_slice(source);
            self.at += target.len();
            return Ok(());
        }
        let mut done = 0;
        while done < target.len() {
            let source = self.peek()?;
            if source.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = source.len().min(target.len() - done);
            target[done..done + count].copy_from_slice(&source[..count]);
            self.at += count;
            done += count;
        }
        Ok(())
    }

    /// The next `N` bytes, or `UnexpectedEof`. Arguments of a few bytes are most of what is read of
    /// a small model: a copy of a length known here is one load.
    #[inline]
    pub fn fixed<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        if let Some(bytes) = self.ahead().copied() {
            self.at += N;
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next `N` bytes without consuming them, when they are at hand.
    #[inline]
    pub fn ahead<const N: usize>(&self) -> Option<&[u8; N]> {
        self.buffer[self.at..self.filled].first_chunk()
    }

    /// Fails with `UnexpectedEof` when it is known that fewer than `len` bytes are left.
    pub fn has(&self, len: u64) -> io::Result<()> {
        if self.remaining().is_some_and(|left| left < len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    /// Reads `len` bytes. Memory grows with what is really there, not with what was declared.
    pub fn read_vec(&mut self, len: u64) -> io::Result<Vec<u8>> {
        self.has(len)?;
        let mut taken = Vec::with_capacity(len.min(BUFFER as u64) as usize);
        while (taken.len() as u64) < len {
            let want = (len - taken.len() as u64) as usize;
            let source = self.peek()?;
            if source.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = source.len().min(want);
            taken.extend_from_slice(&source[..count]);
            self.at += count;
        }
        Ok(taken)
    }

    /// Reads a line without its `\n`, at most `limit` bytes long; `None` when no line ends there.
    pub fn line(&mut self, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        loop {
            let source = self.peek()?;
            if source.is_empty() || line.len() > limit {
                return Ok(None);
            }
            let window = &source[..source.len().min(limit + 1)];
            if let Some(end) = memchr::memchr(b'\n', window) {
                line.extend_from_slice(&window[..end]);
                self.at += end + 1;
                return Ok(Some(line));
            }
            let count = window.len();
            line.extend_from_slice(window);
            self.at += count;
        }
    }

    /// Passes over `count` bytes or fails with `UnexpectedEof`.
    pub fn skip(&mut self, count: u64) -> io::Result<()> {
        self.has(count)?;
        let buffered = (self.filled - self.at) as u64;
        if count <= buffered {
            self.at += count as usize;
            return Ok(());
        }
        let mut left = count - buffered;
        self.at = self.filled;
        if let Inner::File(file) = &mut self.inner {
            let target = self.base + self.filled as u64 + left;
            if let Some(meter) = &self.meter {
                meter.count(left)?;
            }
            file.seek(SeekFrom::Start(target))?;
            self.base = target;
            self.filled = 0;
            self.at = 0;
            return Ok(());
        }
        while left > 0 {
            let available = self.peek()?.len() as u64;
            if available == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = available.min(left);
            self.at += count as usize;
            left -= count;
        }
        Ok(())
    }

    fn refill(&mut self) -> io::Result<()> {
        self.base += self.filled as u64;
        self.at = 0;
        self.filled = 0;
        if matches!(self.inner, Inner::File(_)) && self.len.is_some_and(|len| self.base >= len) {
            // The end as it was when the file was opened: what is added meanwhile is not looked at.
            return Ok(());
        }
        if self.buffer.is_empty() {
            // A thread that ends has none left, which is no reason to fail.
            self.buffer = SPARE.try_with(Cell::take).unwrap_or_default();
            self.buffer.resize(BUFFER, 0);
        }
        let outcome = loop {
            let read = match &mut self.inner {
                Inner::File(file) => file.read(&mut self.buffer),
                Inner::Reader(reader) => reader.read(&mut self.buffer),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.filled = *outcome.as_ref().unwrap_or(&0);
        let count = outcome?;
        match &self.meter {
            Some(meter) => meter.count(count as u64),
            None => Ok(()),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.buffer.len() == BUFFER {
            let space = std::mem::take(&mut self.buffer);
            // A thread that ends keeps none.
            let _ = SPARE.try_with(|spare| spare.set(space));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_sought_and_read_at_the_right_places() {
        let mut file = tempfile::tempfile().unwrap();
        let content: Vec<u8> = (0..400_000_u32).map(|i| (i % 251) as u8).collect();
        file.write_all(&content).unwrap();
        file.rewind().unwrap();
        let mut stream = Stream::file(file, content.len() as u64);
        assert_eq!(stream.byte().unwrap(), Some(0));
        stream.skip(300_000).unwrap();
        assert_eq!(stream.position(), 300_001);
        assert_eq!(stream.read_vec(5).unwrap(), content[300_001..300_006]);
        assert_eq!(stream.remaining(), Some(400_000 - 300_006));
        assert!(stream.skip(100_000).is_err());
        stream.skip(99_994).unwrap();
        assert_eq!(stream.byte().unwrap(), None);
    }

    #[test]
    fn a_reader_of_unknown_length_behaves_the_same() {
        let content: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        let mut stream = Stream::reader(Box::new(io::Cursor::new(content.clone())));
        stream.skip(150_000).unwrap();
        assert_eq!(stream.read_vec(3).unwrap(), content[150_000..150_003]);
        assert_eq!(
            stream.read_vec(1 << 40).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn lines_end_at_newlines_and_at_the_limit() {
        let mut stream = Stream::bytes(b"one\ntwo".to_vec());
        assert_eq!(stream.line(10).unwrap(), Some(b"one".to_vec()));
        assert_eq!(stream.line(10).unwrap(), None);
        let mut stream = Stream::bytes(b"abcdefgh\n".to_vec());
        assert_eq!(stream.line(4).unwrap(), None);
    }
}
