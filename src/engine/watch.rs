//! What is under way now and since when: calls that wait for a disk or a network.
//!
//! No such call can be taken back. So nobody waits for one: it is written down here before it
//! begins, and whoever looks sees which ones take long, and which readings still get bytes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::source::Meter;

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder is listed.
    Folder,
    /// A file is read.
    File,
    /// An environment is looked for or opened.
    Environment,
}

/// The calls under way. Costs nothing while there are none.
#[derive(Debug, Default)]
pub struct Watch {
    table: Mutex<Table>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    calls: HashMap<u64, Call>,
    /// Whether somebody waits for the first call.
    waited_for: bool,
    closed: bool,
}

#[derive(Debug)]
struct Call {
    kind: Kind,
    path: PathBuf,
    reading: Option<(usize, Arc<Meter>)>,
    begun: Instant,
    /// The meter's pulse when it last changed, and when that was.
    pulse: u64,
    moved: Instant,
}

/// One call, as it stands at the moment.
#[derive(Clone, Debug)]
pub struct Look {
    /// What it is about.
    pub kind: Kind,
    /// The folder, file or environment.
    pub path: PathBuf,
    /// The number given for a reading.
    pub row: Option<usize>,
    /// Bytes read and bytes there, of a reading.
    pub bytes: (u64, u64),
    /// How long it lasts.
    pub age: Duration,
    /// How long nothing came; for anything but a reading, the same as `age`.
    pub still: Duration,
}

/// Writes a call off when it ends.
#[derive(Debug)]
pub struct UnderWay<'a> {
    watch: &'a Watch,
    number: u64,
}

impl Watch {
    /// Writes down that a call begins; a reading comes with its number and its meter.
    pub fn begin(
        &self,
        kind: Kind,
        path: &Path,
        reading: Option<(usize, Arc<Meter>)>,
    ) -> UnderWay<'_> {
        let now = Instant::now();
        let call = Call {
            kind,
            path: path.to_owned(),
            reading,
            begun: now,
            pulse: 0,
            moved: now,
        };
        let mut table = self.lock();
        let number = table.next;
        table.next += 1;
        table.calls.insert(number, call);
        if table.waited_for {
            self.bell.notify_all();
        }
        UnderWay {
            watch: self,
            number,
        }
    }

    /// Every call under way, the oldest first.
    pub fn look(&self) -> Vec<Look> {
        let now = Instant::now();
        let mut table = self.lock();
        let mut numbered: Vec<(u64, Look)> = table
            .calls
            .iter_mut()
            .map(|(number, call)| (*number, call.look(now)))
            .collect();
        drop(table);
        numbered.sort_by_key(|(number, _)| *number);
        numbered.into_iter().map(|(_, look)| look).collect()
    }

    /// Makes every reading under way end as soon as its next bytes are there.
    pub fn stop_readings(&self) {
        for call in self.lock().calls.values() {
            if let Some((_, meter)) = &call.reading {
                meter.stop();
            }
        }
    }

    /// Waits until something is under way; `false` when the watch was closed.
    pub fn wait(&self) -> bool {
        let mut table = self.lock();
        table.waited_for = true;
        while table.calls.is_empty() && !table.closed {
            table = self
                .bell
                .wait(table)
                .unwrap_or_else(PoisonError::into_inner);
        }
        table.waited_for = false;
        !table.closed
    }

    /// Passes `time`; `false` when the watch was closed.
    pub fn pass(&self, time: Duration) -> bool {
        let table = self.lock();
        let (table, _) = self
            .bell
            .wait_timeout_while(table, time, |table| !table.closed)
            .unwrap_or_else(PoisonError::into_inner);
        !table.closed
    }

    /// Ends every waiting.
    pub fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it is held.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn look(&mut self, now: Instant) -> Look {
        let mut bytes = (0, 0);
        let mut still = now.saturating_duration_since(self.begun);
        if let Some((_, meter)) = &self.reading {
            bytes = meter.bytes();
            let pulse = meter.pulse();
            if pulse != self.pulse {
                (self.pulse, self.moved) = (pulse, now);
            }
            still = now.saturating_duration_since(self.moved);
        }
        Look {
            kind: self.kind,
            path: self.path.clone(),
            row: self.reading.as_ref().map(|(row, _)| *row),
            bytes,
            age: now.saturating_duration_since(self.begun),
            still,
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.watch.lock().calls.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_seen_while_they_last() {
        let watch = Watch::default();
        let folder = watch.begin(Kind::Folder, Path::new("a"), None);
        let meter = Arc::new(Meter::default());
        let reading = watch.begin(Kind::File, Path::new("b"), Some((7, Arc::clone(&meter))));
        let seen = watch.look();
        assert_eq!(seen.len(), 2);
        assert_eq!((seen[0].kind, seen[1].row), (Kind::Folder, Some(7)));
        assert!(watch.wait());
        watch.stop_readings();
        assert!(meter.stopped());
        drop(folder);
        drop(reading);
        assert!(watch.look().is_empty());
        watch.close();
        assert!(!watch.wait());
        assert!(!watch.pass(Duration::from_mins(1)));
    }
}
