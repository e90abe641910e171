//! How soon the next frame may follow that nobody's key asked for: a slow link must have taken the
//! last ones, so that the answer to a key never waits behind news.

use std::time::{Duration, Instant};

/// The least time between two such frames.
const LEAST: Duration = Duration::from_millis(33);
/// How many bytes a second are sent on and on: half of what the slowest link takes that we serve.
const RATE: f64 = 12.0 * 1024.0;
/// Bytes that may go out ahead of that: the first screen, its first rows, and the first detail.
const BURST: f64 = 12.0 * 1024.0;

/// Counts what was sent.
pub(super) struct Pace {
    /// Bytes that may be sent now; below zero when more were.
    left: f64,
    counted: Instant,
    next: Instant,
}

impl Pace {
    pub fn new(now: Instant) -> Pace {
        Pace {
            left: BURST,
            counted: now,
            next: now,
        }
    }

    /// When the next frame may follow.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// A frame of so many bytes was sent.
    pub fn sent(&mut self, now: Instant, bytes: usize) {
        let passed = now.saturating_duration_since(self.counted);
        self.left = (self.left + passed.as_secs_f64() * RATE).min(BURST) - bytes as f64;
        self.counted = now;
        let owed = Duration::from_secs_f64((-self.left).max(0.0) / RATE);
        self.next = now + LEAST.max(owed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frames_follow_each_other_at_once_and_many_no_faster_than_the_link() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        pace.sent(begun, 4096);
        assert_eq!(pace.next(), begun + LEAST);
        let (mut now, mut bytes) = (begun, 4096);
        while now < begun + Duration::from_secs(10) {
            now = pace.next();
            pace.sent(now, 2000);
            bytes += 2000;
        }
        assert!(f64::from(bytes) <= BURST + 10.5 * RATE, "{bytes}");
        assert!(f64::from(bytes) >= 9.5 * RATE, "{bytes}");
    }

    #[test]
    fn small_news_keep_their_pace() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        let mut now = begun;
        for _ in 0..300 {
            pace.sent(now, 200);
            assert_eq!(pace.next(), now + LEAST);
            now = pace.next();
        }
    }
}
