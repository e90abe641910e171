//! How much work questions about a graph may cost altogether.
//!
//! A file decides how often one long dict or one long text is referred to, so that a walk which
//! asks every object for an attribute can cost the square of the file's size. Each question that
//! scans pays for what it scans; when nothing is left it finds nothing, and [`Effort::is_spent`]
//! tells that answers are not complete.

use std::sync::atomic::{AtomicU64, Ordering};

/// Pairs and pieces of text that may be looked at: about half a second. The largest real models
/// take a hundredth of it.
const BUDGET: u64 = 60_000_000;

/// What is left.
#[derive(Debug)]
pub struct Effort {
    left: AtomicU64,
}

impl Effort {
    /// Pays for looking at `count` things; false when not enough is left.
    pub fn spend(&self, count: usize) -> bool {
        let count = count as u64;
        let left = self.left.load(Ordering::Relaxed);
        if count > left {
            self.left.store(0, Ordering::Relaxed);
            return false;
        }
        // Two threads that pay at the same moment may pay once: the bound stays a bound.
        self.left.store(left - count, Ordering::Relaxed);
        true
    }

    /// Whether a question could not be answered any more.
    pub fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    /// How much was paid.
    pub fn spent(&self) -> u64 {
        BUDGET - self.left.load(Ordering::Relaxed)
    }

    /// Begins anew, unless everything was spent: what one question could not afford, none can.
    pub fn renew(&self) {
        if !self.is_spent() {
            self.left.store(BUDGET, Ordering::Relaxed);
        }
    }
}

impl Default for Effort {
    fn default() -> Effort {
        Effort {
            left: AtomicU64::new(BUDGET),
        }
    }
}

impl Clone for Effort {
    fn clone(&self) -> Effort {
        Effort {
            left: AtomicU64::new(self.left.load(Ordering::Relaxed)),
        }
    }
}
