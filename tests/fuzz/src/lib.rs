//! Fuzzing of every reader; README.md beside this crate tells how.
//!
//! The targets only name a function of `tests/support/fuzzed.rs`. This crate adds what `cargo test`
//! cannot: it counts what an input allocates and ends the process when that is more than promised.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[path = "../../support/fuzzed.rs"]
pub mod fuzzed;

/// What one input may take; the largest input that the targets are given is 1 MB.
const MOST: usize = 256 << 20;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn more(size: usize) {
    let live = LIVE.fetch_add(size, Relaxed) + size;
    PEAK.fetch_max(live, Relaxed);
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        more(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(block, layout) }
    }
}

/// Runs the function of a target and asserts what it may allocate.
pub fn run(name: &str, data: &[u8]) {
    let known = fuzzed::ALL.iter().find(|(known, _)| *known == name);
    let (_, function) = known.expect("the target is in the list");
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    function(data);
    let taken = PEAK.load(Relaxed).saturating_sub(before);
    assert!(taken <= MOST, "{taken} bytes were allocated for {}", data.len());
}
