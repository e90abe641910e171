//! The writer behind the terminal's back end: collects a frame and sends it in one piece.
//!
//! The back end flushes several times a frame. Over a slow link every flush is a packet, and half a
//! frame can be seen. So `flush` does nothing here; [`Screen::commit`] sends, inside a synchronized
//! update (terminals that do not know it ignore it).

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A handle to the collected bytes and to the terminal. Clones share both.
pub struct Screen<W>(Arc<Mutex<Inner<W>>>);

struct Inner<W> {
    frame: Vec<u8>,
    terminal: W,
}

impl<W: Write> Screen<W> {
    /// Collects for `terminal`.
    pub fn new(terminal: W) -> Screen<W> {
        Screen(Arc::new(Mutex::new(Inner {
            frame: Vec::with_capacity(16 << 10),
            terminal,
        })))
    }

    /// Sends what was collected; how many bytes that were.
    pub fn commit(&self) -> io::Result<usize> {
        let mut inner = self.lock();
        if inner.frame.is_empty() {
            return Ok(0);
        }
        let mut frame = std::mem::take(&mut inner.frame);
        frame.splice(0..0, BEGIN.iter().copied());
        frame.extend_from_slice(END);
        let sent = inner
            .terminal
            .write_all(&frame)
            .and_then(|()| inner.terminal.flush())
            .map(|()| frame.len());
        frame.clear();
        inner.frame = frame;
        sent
    }

    /// Sends `bytes` at once, outside of any frame.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.lock();
        inner.terminal.write_all(bytes)?;
        inner.terminal.flush()
    }

    /// Forgets what was collected.
    pub fn discard(&self) {
        self.lock().frame.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Inner<W>> {
        // Bytes are only ever appended or taken whole: a panic in between leaves them sound.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W> Clone for Screen<W> {
    fn clone(&self) -> Screen<W> {
        Screen(Arc::clone(&self.0))
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
