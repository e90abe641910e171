//! The walk with several folders listed at once, so that one slow folder (a network mount, a disk
//! that has to wake up) does not keep the others from the screen.
//!
//! What is found is told in the order of a walk one after the other, as long as each next folder
//! answers soon. One that does not is put aside and told when it answers.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::shelf::listing::{self, Entry};
use crate::shelf::{DEPTH, WalkItem};

/// Folders that are listed at once. Listing waits for disks more than it computes.
const AT_ONCE: usize = 4;

/// How long the walk waits for the folder that is next.
const PATIENCE: Duration = Duration::from_millis(250);

/// A folder to list, with its number.
struct Job {
    number: u64,
    folder: PathBuf,
    depth: usize,
}

/// An entry of a list, with the number of the job when it is a folder.
enum Told {
    Item(WalkItem),
    Folder(u64),
}

struct Listed {
    number: u64,
    entries: Vec<Told>,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    next: u64,
    /// Folders queued or being listed.
    open: usize,
    stop: bool,
}

impl Queue {
    /// Gives folders their numbers and queues them, the first on top.
    fn add(&mut self, entries: Vec<Entry>, depth: usize) -> Vec<Told> {
        let mut jobs = Vec::new();
        let told = entries
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Item(item) => Some(Told::Item(item)),
                Entry::Folder(_) if depth >= DEPTH => None,
                Entry::Folder(folder) => {
                    let number = self.next;
                    self.next += 1;
                    jobs.push(Job {
                        number,
                        folder,
                        depth,
                    });
                    Some(Told::Folder(number))
                }
            })
            .collect();
        self.open += jobs.len();
        self.jobs.extend(jobs.into_iter().rev());
        told
    }
}

/// Walks `roots`; like [`crate::shelf::walk`], with several folders listed at once.
pub(super) fn walk(roots: &[PathBuf], found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
    // Nothing to walk in files, and there may be many.
    let first: Vec<Entry> = roots.iter().map(|root| listing::root(root)).collect();
    drive(
        first,
        &|job| listing::list(&job.folder, job.depth == 0),
        found,
    );
}

fn drive(
    first: Vec<Entry>,
    list: &(dyn Fn(&Job) -> Vec<Entry> + Sync),
    found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
) {
    let queue = Mutex::new(Queue::default());
    let bell = Condvar::new();
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let roots = lock().add(first, 0);
    let helpers = AT_ONCE.min(lock().open.saturating_mul(AT_ONCE));
    thread::scope(|scope| {
        let (sender, listed) = mpsc::channel();
        for _ in 0..helpers {
            let sender = sender.clone();
            let (lock, bell) = (&lock, &bell);
            scope.spawn(move || {
                let mut queue = lock();
                loop {
                    if queue.stop || queue.open == 0 {
                        return;
                    }
                    let Some(job) = queue.jobs.pop() else {
                        queue = bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
                        continue;
                    };
                    drop(queue);
                    let entries = super::guard::catch(|| list(&job)).unwrap_or_default();
                    queue = lock();
                    let entries = queue.add(entries, job.depth + 1);
                    queue.open -= 1;
                    bell.notify_all();
                    let number = job.number;
                    if sender.send(Listed { number, entries }).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let _ = tell(roots, &listed, found);
        lock().stop = true;
        bell.notify_all();
    });
}

/// Tells what is found, in order as far as patience goes.
fn tell(
    roots: Vec<Told>,
    listed: &Receiver<Listed>,
    found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut open: Vec<Told> = roots.into_iter().rev().collect();
    let mut arrived: HashMap<u64, Vec<Told>> = HashMap::new();
    // Folders that kept the walk waiting too long.
    let mut late: Vec<u64> = Vec::new();
    loop {
        let number = match open.pop() {
            Some(Told::Item(item)) => {
                found(item)?;
                continue;
            }
            Some(Told::Folder(number)) => number,
            None => {
                let here = late.iter().position(|number| arrived.contains_key(number));
                if let Some(at) = here {
                    let entries = arrived.remove(&late.swap_remove(at)).unwrap_or_default();
                    open.extend(entries.into_iter().rev());
                } else if late.is_empty() {
                    return ControlFlow::Continue(());
                } else {
                    match listed.recv() {
                        Ok(listed) => drop(arrived.insert(listed.number, listed.entries)),
                        Err(_) => return ControlFlow::Continue(()),
                    }
                }
                continue;
            }
        };
        let since = Instant::now();
        loop {
            if let Some(entries) = arrived.remove(&number) {
                open.extend(entries.into_iter().rev());
                break;
            }
            let left = PATIENCE.saturating_sub(since.elapsed());
            match listed.recv_timeout(left) {
                Ok(listed) => drop(arrived.insert(listed.number, listed.entries)),
                Err(RecvTimeoutError::Timeout) => {
                    late.push(number);
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn collect(roots: &[PathBuf]) -> Vec<WalkItem> {
        let mut seen = Vec::new();
        walk(roots, &mut |item| {
            seen.push(item);
            ControlFlow::Continue(())
        });
        seen
    }

    #[test]
    fn it_tells_the_same_as_a_walk_one_after_the_other() {
        let root = tempfile::tempdir().unwrap();
        for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
            let folder = root.path().join(format!("d{a}/e{b}/f"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("m.pkl"), b"x").unwrap();
            std::fs::write(folder.parent().unwrap().join("z.pkl"), b"x").unwrap();
        }
        let roots = [root.path().to_owned(), root.path().join("d1/e1/z.pkl")];
        let mut alone = Vec::new();
        crate::shelf::walk(&roots, &mut |item| {
            alone.push(item);
            ControlFlow::Continue(())
        });
        assert_eq!(alone.len(), 73);
        assert_eq!(collect(&roots), alone);
        assert!(collect(&[]).is_empty());
    }

    #[test]
    fn a_slow_folder_does_not_block_the_others() {
        let folder = |name: &str| Entry::Folder(PathBuf::from(name));
        let item = |path: &Path| vec![Entry::Item(WalkItem::Candidate(path.join("m")))];
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let list = |job: &Job| {
            if job.folder == Path::new("slow") {
                let held = held.lock().unwrap();
                let _ = held.recv_timeout(Duration::from_secs(20));
            }
            item(&job.folder)
        };
        let mut seen = Vec::new();
        drive(
            vec![folder("a"), folder("slow"), folder("z")],
            &list,
            &mut |item| {
                let WalkItem::Candidate(path) = item else {
                    return ControlFlow::Continue(());
                };
                // It answers only after the folder behind it was told.
                if path.starts_with("z") {
                    release.send(()).unwrap();
                }
                seen.push(path);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(seen, ["a/m", "z/m", "slow/m"].map(PathBuf::from),);
    }

    #[test]
    fn it_stops_when_told_to() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a/1.pkl", "b/2.pkl", "c/3.pkl"] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let mut count = 0;
        walk(&[root.path().to_owned()], &mut |_| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!(count, 1);
    }
}
