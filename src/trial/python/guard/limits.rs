//! Limits that a process and what it becomes cannot raise again.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

/// The largest memory of a trial, and the smallest that still loads the numerical libraries.
const MEMORY: std::ops::RangeInclusive<u64> = (512 << 20)..=(16 << 30);
/// Address space beyond the memory: libraries reserve more than they use.
const RESERVED: u64 = 4 << 30;
/// The largest file that a trial may write.
const FILE: u64 = 256 << 20;
/// Open files.
const FILES: u64 = 512;
/// Processes and threads beyond those that this machine has already.
const TASKS: u64 = 256;
/// Seconds of grace for the signal that names the limit, before the one that only kills.
const GRACE: u64 = 2;

/// The memory that a trial may have: three quarters of what is free, in bytes.
pub(in crate::trial::python) fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map(|kibibytes| kibibytes.saturating_mul(1024) / 4 * 3);
    free.map_or(*MEMORY.end(), |free| {
        free.clamp(*MEMORY.start(), *MEMORY.end())
    })
}

/// Sets them all. A system that refuses one (macOS knows no limit on address space) still runs
/// the trial.
pub(in crate::trial::python) fn set(time: Duration, memory: u64) {
    let seconds = time.as_secs().saturating_add(GRACE);
    let limits = [
        (Resource::Core, 0, 0),
        (Resource::Cpu, seconds, seconds.saturating_add(GRACE)),
        (Resource::Fsize, FILE, FILE),
        (Resource::Nofile, FILES, FILES),
        (Resource::Data, memory, memory),
        (
            Resource::As,
            memory.saturating_add(RESERVED),
            memory.saturating_add(RESERVED),
        ),
        (Resource::Nproc, tasks(), tasks()),
    ];
    for (resource, soft, hard) in limits {
        let _ = setrlimit(
            resource,
            Rlimit {
                current: Some(soft),
                maximum: Some(hard),
            },
        );
    }
    // When memory runs out after all, the trial goes first and not the user's other programs.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// Every task of this machine and a few: nobody counts those of one user.
fn tasks() -> u64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let total = text
        .split_whitespace()
        .nth(3)
        .and_then(|word| word.split_once('/')?.1.parse::<u64>().ok());
    total.unwrap_or(4096).saturating_add(TASKS)
}
