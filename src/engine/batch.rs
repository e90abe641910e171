//! Work on many paths at once, results in order: what the subcommands without a screen need.
//!
//! An item that hangs (a file on a mount that does not answer) stops nothing: another thread takes
//! the place of the one that hangs, the items behind it are told before it, and after a documented
//! patience it is told as unanswered. Its thread is never waited for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::source::Meter;

/// Results that may wait for an earlier one before workers pause.
const AHEAD: usize = 256;
/// How long results are left to gather: to be woken for each small one takes longer than it did.
const GATHER: Duration = Duration::from_micros(500);
/// With fewer items nothing gathers.
const MANY: usize = 16;
/// Between two looks at what is under way.
const PERIOD: Duration = Duration::from_millis(250);
/// An item that gets no byte for this long is told after those behind it.
const HANGS: Duration = Duration::from_secs(1);
/// The most threads that may hang.
const AT_MOST: usize = 64;

/// What the threads of one batch share.
struct Batch<I, W> {
    items: Vec<I>,
    /// The places of the items in the order in which they are begun.
    order: Vec<usize>,
    work: W,
    next: AtomicUsize,
    stop: AtomicBool,
    running: Mutex<HashMap<usize, Running>>,
    /// Who tells the results.
    teller: Thread,
}

struct Running {
    meter: Arc<Meter>,
    pulse: u64,
    moved: Instant,
}

/// The most workers: each may hold a graph of [`crate::source::room::FREE`].
pub(super) const WORKERS: usize = 8;

/// [`in_order_after`] with no items that are begun first.
pub fn in_order<I, T, E>(
    items: Vec<I>,
    patience: Duration,
    work: impl Fn(&I) -> T + Send + Sync + 'static,
    take: impl FnMut(&I, Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    in_order_after(items, |_| false, patience, work, take)
}

/// Runs `work` on every item on all cores and hands the results to `take` in the order of the
/// items, as soon as they are there; `None` for an item that got nothing to read for `patience`.
/// Of [`AHEAD`] items each, the `early` ones are begun first: those that help with the others.
/// Stops at the first error of `take` and returns it.
pub fn in_order_after<I, T, E>(
    items: Vec<I>,
    early: impl Fn(&I) -> bool,
    patience: Duration,
    work: impl Fn(&I) -> T + Send + Sync + 'static,
    mut take: impl FnMut(&I, Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
{
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS)
        .min(items.len());
    let order = order(&items, early);
    let batch = Arc::new(Batch {
        items,
        order,
        work,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        running: Mutex::default(),
        teller: thread::current(),
    });
    let (sender, results) = mpsc::sync_channel(AHEAD);
    for _ in 0..workers {
        hire(&batch, &sender);
    }
    let outcome = deliver(&batch, &sender, &results, patience, &mut take);
    batch.stop.store(true, Ordering::Relaxed);
    outcome
}

/// The places of the items in the order in which they are begun.
fn order<I>(items: &[I], early: impl Fn(&I) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    for some in order.chunks_mut(AHEAD) {
        // Stable: the rest keeps its order.
        some.sort_by_cached_key(|place| !early(&items[*place]));
    }
    order
}

/// Runs `job` on a thread of its own; `None` when it does not end within `patience`.
pub fn within<T: Send + 'static>(
    patience: Duration,
    job: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, result) = mpsc::sync_channel(1);
    thread::spawn(move || drop(sender.send(job())));
    result.recv_timeout(patience).ok()
}

fn hire<I, T, W>(batch: &Arc<Batch<I, W>>, sender: &SyncSender<(usize, T)>)
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    W: Fn(&I) -> T + Send + Sync + 'static,
{
    let (batch, sender) = (Arc::clone(batch), sender.clone());
    thread::spawn(move || batch.run(&sender));
}

impl<I, W> Batch<I, W> {
    fn running(&self) -> MutexGuard<'_, HashMap<usize, Running>> {
        // Nothing panics while it is held.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<T>(&self, sender: &SyncSender<(usize, T)>)
    where
        W: Fn(&I) -> T,
    {
        while !self.stop.load(Ordering::Relaxed) {
            let next = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(index) = self.order.get(next).copied() else {
                break;
            };
            let item = &self.items[index];
            let meter = Arc::new(Meter::default());
            let running = Running {
                meter: Arc::clone(&meter),
                pulse: 0,
                moved: Instant::now(),
            };
            self.running().insert(index, running);
            let result = meter.during(|| (self.work)(item));
            self.running().remove(&index);
            if sender.send((index, result)).is_err() {
                break;
            }
        }
        // Nothing more gathers.
        self.teller.unpark();
    }

    /// The items under way that get no bytes, and for how long.
    fn still(&self) -> Vec<(usize, Duration)> {
        let now = Instant::now();
        let mut running = self.running();
        let still = running.iter_mut().map(|(index, running)| {
            let pulse = running.meter.pulse();
            if pulse != running.pulse {
                (running.pulse, running.moved) = (pulse, now);
            }
            (*index, now.saturating_duration_since(running.moved))
        });
        still.filter(|(_, still)| *still >= HANGS).collect()
    }
}

fn deliver<I, T, E, W>(
    batch: &Arc<Batch<I, W>>,
    sender: &SyncSender<(usize, T)>,
    results: &Receiver<(usize, T)>,
    patience: Duration,
    take: &mut impl FnMut(&I, Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    W: Fn(&I) -> T + Send + Sync + 'static,
{
    let total = batch.items.len();
    let mut waiting: BTreeMap<usize, T> = BTreeMap::new();
    let (mut late, mut gone) = (BTreeSet::new(), BTreeSet::new());
    // Late ones that were told before their turn.
    let mut before = BTreeSet::new();
    let (mut expected, mut told) = (0, 0);
    let mut looked = Instant::now();
    while told < total {
        if total >= MANY {
            thread::park_timeout(GATHER);
        }
        // This side holds a sender too: nobody hangs up.
        let first = results.recv_timeout(PERIOD.saturating_sub(looked.elapsed()));
        for (index, result) in first.into_iter().chain(results.try_iter()) {
            if gone.contains(&index) {
                continue;
            }
            if late.remove(&index) {
                if index >= expected {
                    before.insert(index);
                }
                told += 1;
                take(&batch.items[index], Some(result))?;
            } else {
                waiting.insert(index, result);
            }
        }
        if looked.elapsed() >= PERIOD {
            looked = Instant::now();
            for (index, still) in batch.still() {
                // Its result may have come while it was counted.
                if gone.contains(&index) || waiting.contains_key(&index) {
                    continue;
                }
                if index >= expected && late.insert(index) && late.len() + gone.len() <= AT_MOST {
                    hire(batch, sender);
                }
                if still >= patience && late.remove(&index) {
                    gone.insert(index);
                    told += 1;
                    take(&batch.items[index], None)?;
                }
            }
        }
        loop {
            if let Some(result) = waiting.remove(&expected) {
                told += 1;
                take(&batch.items[expected], Some(result))?;
            } else if !late.contains(&expected)
                && !gone.contains(&expected)
                && !before.remove(&expected)
            {
                break;
            }
            expected += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

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
        let taken: Result<(), ()> = in_order(items.clone(), LONG, work, |item, result| {
            assert_eq!(result, Some(item * 2));
            seen.extend(result);
            Ok(())
        });
        assert_eq!(taken, Ok(()));
        assert_eq!(seen, items.iter().map(|i| i * 2).collect::<Vec<_>>());
    }

    #[test]
    fn early_items_are_begun_first_and_told_in_their_place() {
        let items: Vec<usize> = (0..AHEAD + 10).collect();
        let early = |item: &usize| item % 100 == 99;
        let order = order(&items, early);
        assert_eq!(order[..4], [99, 199, 0, 1]);
        assert_eq!(order[AHEAD..], items[AHEAD..]);
        let mut told = Vec::new();
        let taken: Result<(), ()> = in_order_after(
            items.clone(),
            early,
            LONG,
            |item| *item,
            |_, item| {
                told.extend(item);
                Ok(())
            },
        );
        assert_eq!((taken, told), (Ok(()), items));
    }

    #[test]
    fn the_first_error_stops_the_work() {
        let taken = in_order(
            (0..10_000).collect(),
            LONG,
            |item| *item,
            |_, item: Option<usize>| if item == Some(3) { Err(item) } else { Ok(()) },
        );
        assert_eq!(taken, Err(Some(3)));
    }

    #[test]
    fn items_that_hang_stop_nothing_and_are_told_last() {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        // More than there are cores, or the rest could do with what is left.
        let hang = 20;
        let work = move |item: &usize| {
            if *item < hang {
                let _ = held.lock().unwrap().recv_timeout(LONG);
            }
            *item
        };
        let begun = Instant::now();
        let mut seen = Vec::new();
        let patience = Duration::from_millis(1500);
        let taken: Result<(), ()> = in_order((0..50).collect(), patience, work, |item, result| {
            seen.push((*item, result.is_some()));
            Ok(())
        });
        assert_eq!(taken, Ok(()));
        assert!(begun.elapsed() < LONG / 2, "{:?}", begun.elapsed());
        assert_eq!(seen.len(), 50);
        let answered: Vec<usize> = seen.iter().filter(|(_, r)| *r).map(|(i, _)| *i).collect();
        assert_eq!(answered, (hang..50).collect::<Vec<_>>());
        drop(release);
    }

    #[test]
    fn slow_items_that_end_in_another_order_are_all_told() {
        let work = |item: &usize| {
            // Both are late before the first of them ends, and the second ends first.
            match *item {
                0 => thread::sleep(HANGS * 3),
                1 => thread::sleep(HANGS * 2),
                _ => {}
            }
            *item
        };
        let (sender, told) = mpsc::channel();
        thread::spawn(move || {
            let taken: Result<(), ()> = in_order((0..20).collect(), LONG, work, |item, _| {
                sender.send(*item).map_err(drop)
            });
            assert_eq!(taken, Ok(()));
        });
        let mut seen: Vec<usize> = Vec::new();
        while let Ok(item) = told.recv_timeout(HANGS * 10) {
            seen.push(item);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_job_that_hangs_is_not_waited_for() {
        assert_eq!(within(LONG, || 7), Some(7));
        let (_release, held) = mpsc::channel::<()>();
        let job = move || held.recv_timeout(LONG).is_ok();
        assert_eq!(within(Duration::from_millis(20), job), None);
    }
}
