//! Room for one large object graph at a time in the whole process.
//!
//! Readers run side by side, and each may build a graph up to its own budget. A reader whose graph
//! outgrows [`FREE`] waits until no other large one is alive, so that what all of them take is
//! bounded by one budget and a little for each reader. Ordinary models never wait.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Bytes that a graph, or the window of a decompression, may take without asking.
pub const FREE: u64 = 6 << 20;

/// How long a reader waits. A budget of memory must not become a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often one that waits says that it does not hang.
const PERIOD: Duration = Duration::from_millis(100);

static TAKEN: Mutex<bool> = Mutex::new(false);
static BELL: Condvar = Condvar::new();

thread_local! {
    static MINE: RefCell<Weak<Room>> = const { RefCell::new(Weak::new()) };
}

/// The right to be large, for as long as it lives.
#[derive(Debug)]
pub struct Room {
    /// Whether it was there for the taking, not given up waiting for.
    owned: bool,
}

impl Room {
    /// Waits for room. A thread that has some gets the same again.
    pub fn take() -> Arc<Room> {
        MINE.with_borrow_mut(|mine| {
            if let Some(room) = mine.upgrade() {
                return room;
            }
            let meter = super::meter::current();
            let begun = Instant::now();
            let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
            while *taken && begun.elapsed() < PATIENCE {
                if let Some(meter) = &meter {
                    if meter.stopped() {
                        break;
                    }
                    meter.waits();
                }
                let waited = BELL.wait_timeout(taken, PERIOD);
                (taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
            }
            let owned = !*taken;
            *taken = true;
            let room = Arc::new(Room { owned });
            *mine = Arc::downgrade(&room);
            room
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.owned {
            *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            BELL.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_thread_at_a_time_has_room_and_may_ask_twice() {
        let inside = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let first = Room::take();
                        let again = Room::take();
                        assert!(Arc::ptr_eq(&first, &again));
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
    }
}
