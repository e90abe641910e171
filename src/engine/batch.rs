//! Work on many paths at once, results in order: what the subcommands without a screen need.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Results that may wait for an earlier one before workers pause.
const AHEAD: usize = 256;

/// The most workers: each may hold a graph of [`crate::source::room::FREE`].
pub(super) const WORKERS: usize = 8;

/// Runs `work` on every item on all cores and hands the results to `take` in the order of the
/// items, as soon as they are there. Stops at the first error of `take` and returns it.
pub fn in_order<I: Sync, T: Send, E>(
    items: &[I],
    work: impl Fn(&I) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS)
        .min(items.len());
    if workers <= 1 {
        return items.iter().try_for_each(|item| take(work(item)));
    }
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        for _ in 0..workers {
            let (sender, next, stop, work) = (sender.clone(), &next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if sender.send((index, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        let mut outcome = Ok(());
        'results: for (index, result) in &receiver {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&expected) {
                expected += 1;
                outcome = take(result);
                if outcome.is_err() {
                    stop.store(true, Ordering::Relaxed);
                    break 'results;
                }
            }
        }
        drop(receiver);
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..500).collect();
        let mut seen = Vec::new();
        let work = |item: &usize| {
            if item.is_multiple_of(7) {
                thread::yield_now();
            }
            item * 2
        };
        let taken: Result<(), ()> = in_order(&items, work, |result| {
            seen.push(result);
            Ok(())
        });
        assert_eq!(taken, Ok(()));
        assert_eq!(seen, items.iter().map(|i| i * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_stops_the_work() {
        let items: Vec<usize> = (0..10_000).collect();
        let taken = in_order(
            &items,
            |item| *item,
            |item| if item == 3 { Err(item) } else { Ok(()) },
        );
        assert_eq!(taken, Err(3));
    }
}
