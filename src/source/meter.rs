//! How far the reading of one file has come, for whoever watches it, and the word to stop it.
//!
//! A thread reads under a meter: every file that it opens through this module counts its bytes
//! there, whatever the format. Without a meter nothing is counted.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of one reading. Counts of several files (a model with files beside it) add up.
#[derive(Debug, Default)]
pub struct Meter {
    read: AtomicU64,
    size: AtomicU64,
    waits: AtomicU64,
    stop: AtomicBool,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Meter>>> = const { RefCell::new(None) };
}

impl Meter {
    /// Runs `job` on this thread under this meter.
    pub fn during<T>(self: &Arc<Self>, job: impl FnOnce() -> T) -> T {
        /// Puts the meter before back, after a panic too.
        struct Back(Option<Arc<Meter>>);
        impl Drop for Back {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _back = Back(CURRENT.replace(Some(Arc::clone(self))));
        job()
    }

    /// Bytes on disk that were read or passed over, and how many there are in the files opened.
    pub fn bytes(&self) -> (u64, u64) {
        let size = self.size.load(Ordering::Relaxed);
        // Some formats go over parts of a file twice.
        (self.read.load(Ordering::Relaxed).min(size), size)
    }

    /// A number that changes with every piece that is read, again and again over the same bytes
    /// too, and while the reading waits for another one: neither hangs.
    pub fn pulse(&self) -> u64 {
        let opened = self.size.load(Ordering::Relaxed);
        let waits = self.waits.load(Ordering::Relaxed);
        self.read
            .load(Ordering::Relaxed)
            .wrapping_add(opened)
            .wrapping_add(waits)
    }

    /// Notes that the reading waits its turn.
    pub(super) fn waits(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes the next piece that is asked for an error.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to stop.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Counts `bytes` more; fails when it was told to stop.
    pub(super) fn count(&self, bytes: u64) -> io::Result<()> {
        self.read.fetch_add(bytes, Ordering::Relaxed);
        if self.stopped() {
            return Err(io::Error::other("reading was stopped"));
        }
        Ok(())
    }

    pub(super) fn opened(&self, size: u64) {
        self.size.fetch_add(size, Ordering::Relaxed);
    }
}

/// The meter that this thread reads under.
pub(super) fn current() -> Option<Arc<Meter>> {
    CURRENT.with_borrow(Clone::clone)
}

/// A file, counted when the thread reads under a meter.
pub(super) fn counted(file: File) -> Box<dyn io::Read + Send> {
    match current() {
        Some(meter) => Box::new(Counted { inner: file, meter }),
        None => Box::new(file),
    }
}

/// A reader that counts what comes through.
struct Counted<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R: io::Read> io::Read for Counted<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(target)?;
        self.meter.count(count as u64)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    #[test]
    fn bytes_are_counted_and_stopped_under_the_meter_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        std::fs::write(&path, vec![7; 300_000]).unwrap();
        let meter = Arc::new(Meter::default());
        let mut source = meter.during(|| source::open(&path)).unwrap();
        source.stream.skip(200_000).unwrap();
        assert_eq!(meter.bytes().1, 300_000);
        assert!(meter.bytes().0 >= 200_000, "{:?}", meter.bytes());
        meter.stop();
        assert!(source.stream.skip(90_000).is_err());
        let mut other = source::open(&path).unwrap();
        other.stream.skip(290_000).unwrap();
        assert_eq!(meter.bytes().1, 300_000);
    }

    #[test]
    fn compressed_bytes_are_counted_as_they_stand_on_disk() {
        use flate2::write::ZlibEncoder;
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.z");
        let mut encoder = ZlibEncoder::new(
            std::fs::File::create(&path).unwrap(),
            flate2::Compression::fast(),
        );
        encoder.write_all(&vec![7; 3_000_000]).unwrap();
        encoder.finish().unwrap();
        let size = std::fs::metadata(&path).unwrap().len();
        let meter = Arc::new(Meter::default());
        let mut source = meter.during(|| source::open(&path)).unwrap();
        source.stream.skip(3_000_000).unwrap();
        assert_eq!(meter.bytes(), (size, size));
    }
}
