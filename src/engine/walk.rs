//! The walk with several folders listed at once, so that one slow folder (a network mount, a disk
//! that has to wake up) does not keep the others from the screen.
//!
//! What is found is told in the order of a walk one after the other, as long as each next folder
//! answers soon. One that does not is put aside and told when it answers. A thread that hangs in a
//! folder is replaced by another one and never waited for: no call can take it back.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::watch::{Kind, Watch};
use crate::shelf::listing::{self, Entry};
use crate::shelf::{DEPTH, WalkItem};

/// Folders that are listed at once. Listing waits for disks more than it computes.
const AT_ONCE: usize = 4;

/// How many threads may list or hang altogether.
const AT_MOST: usize = 64;

/// How long the walk waits for the folder that is next, and how long a thread may be in one folder
/// before another thread takes its place.
const PATIENCE: Duration = Duration::from_millis(250);

/// Lists that may wait to be told before the listing pauses: a walk that is held up (the user
/// stopped it) must not go on in the background.
const AHEAD: usize = 64;

/// What lists a folder or says what a root is.
type List = dyn Fn(&Job) -> Vec<Entry> + Send + Sync;

/// A folder to list (or a root to look at), with its number.
struct Job {
    number: u64,
    folder: PathBuf,
    depth: usize,
    /// Whether it is a path that the user named, of which not even the kind is known.
    root: bool,
}

/// An entry of a list, with the number and path of the job when it is a folder.
enum Told {
    Item(WalkItem),
    Folder(u64, PathBuf),
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
    threads: usize,
    /// Since when each busy thread is in its folder.
    busy: HashMap<u64, Instant>,
}

impl Queue {
    /// Gives folders their numbers and queues them, the first on top.
    fn add(&mut self, entries: Vec<Entry>, depth: usize, root: bool) -> Vec<Told> {
        let mut jobs = Vec::new();
        let told = entries
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Item(item) => Some(Told::Item(item)),
                Entry::Folder(_) if depth >= DEPTH => None,
                Entry::Folder(folder) => {
                    let number = self.next;
                    self.next += 1;
                    let told = Told::Folder(number, folder.clone());
                    jobs.push(Job {
                        number,
                        folder,
                        depth,
                        root,
                    });
                    Some(told)
                }
            })
            .collect();
        self.open += jobs.len();
        self.jobs.extend(jobs.into_iter().rev());
        told
    }
}

/// What the threads of one walk share.
struct Shared {
    queue: Mutex<Queue>,
    bell: Condvar,
    list: Box<List>,
    watch: Arc<Watch>,
}

/// Walks `roots`; like [`crate::shelf::walk`], with several folders listed at once. Folders that do
/// not answer for `patience` are given up, as soon as there is nothing else; without patience the
/// walk lasts until they answer.
pub(super) fn walk(
    roots: &[PathBuf],
    patience: Option<Duration>,
    watch: &Arc<Watch>,
    found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
) {
    let list = |job: &Job| {
        if job.root {
            vec![listing::root(&job.folder)]
        } else {
            listing::list(&job.folder, job.depth == 0)
        }
    };
    drive(roots, Box::new(list), patience, watch, found);
}

fn drive(
    roots: &[PathBuf],
    list: Box<List>,
    patience: Option<Duration>,
    watch: &Arc<Watch>,
    found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
) {
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        bell: Condvar::new(),
        list,
        watch: Arc::clone(watch),
    });
    let (sender, listed) = mpsc::sync_channel(AHEAD);
    let roots = roots.iter().cloned().map(Entry::Folder).collect();
    let roots = shared.lock().add(roots, 0, true);
    let mut teller = Teller {
        shared: &shared,
        sender,
        listed,
        patience,
        arrived: HashMap::new(),
        late: Vec::new(),
    };
    for _ in 0..AT_ONCE.min(roots.len()) {
        spawn(&shared, &teller.sender);
    }
    let _ = teller.tell(roots, found);
    // The threads end by themselves; one that hangs must not keep the caller.
    shared.lock().stop = true;
    shared.bell.notify_all();
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Listing panics outside of the lock: what it guards is sound.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists folders until there are none.
    fn help(self: &Arc<Self>, sender: &SyncSender<Listed>) {
        let mut queue = self.lock();
        loop {
            if queue.stop || queue.open == 0 {
                break;
            }
            let Some(job) = queue.jobs.pop() else {
                queue = self
                    .bell
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.busy.insert(job.number, Instant::now());
            drop(queue);
            let entries = {
                let _watched = self.watch.begin(Kind::Folder, &job.folder, None);
                super::guard::catch(|| (self.list)(&job)).unwrap_or_default()
            };
            queue = self.lock();
            queue.busy.remove(&job.number);
            // A root that turned out to be a folder is listed next, at the same depth.
            let depth = job.depth + usize::from(!job.root);
            let entries = queue.add(entries, depth, false);
            queue.open -= 1;
            let more = queue.threads < AT_ONCE && !queue.jobs.is_empty();
            self.bell.notify_all();
            drop(queue);
            if more {
                spawn(self, sender);
            }
            let number = job.number;
            if sender.send(Listed { number, entries }).is_err() {
                queue = self.lock();
                break;
            }
            queue = self.lock();
        }
        queue.threads -= 1;
    }
}

fn spawn(shared: &Arc<Shared>, sender: &SyncSender<Listed>) {
    let (helper, sender) = (Arc::clone(shared), sender.clone());
    shared.lock().threads += 1;
    let name = format!("{}walk", super::THREAD_PREFIX);
    let spawned = thread::Builder::new()
        .name(name)
        .spawn(move || helper.help(&sender));
    if spawned.is_err() {
        shared.lock().threads -= 1;
    }
}

/// Tells what is found, in order as far as patience goes.
struct Teller<'a> {
    shared: &'a Arc<Shared>,
    sender: SyncSender<Listed>,
    listed: Receiver<Listed>,
    patience: Option<Duration>,
    arrived: HashMap<u64, Vec<Told>>,
    /// Folders that kept the walk waiting too long, and since when.
    late: Vec<(u64, PathBuf, Instant)>,
}

impl Teller<'_> {
    /// Puts fresh threads in the place of those that hang, when there is something to list.
    fn reinforce(&self) {
        let missing = {
            let queue = self.shared.lock();
            let hang = queue.busy.values().filter(|at| at.elapsed() >= PATIENCE);
            let free = queue.threads.saturating_sub(hang.count());
            AT_ONCE
                .saturating_sub(free)
                .min(queue.jobs.len())
                .min(AT_MOST.saturating_sub(queue.threads))
        };
        for _ in 0..missing {
            spawn(self.shared, &self.sender);
        }
    }

    fn tell(
        &mut self,
        roots: Vec<Told>,
        found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut open: Vec<Told> = roots.into_iter().rev().collect();
        loop {
            match open.pop() {
                Some(Told::Item(item)) => found(item)?,
                Some(Told::Folder(number, path)) => match self.wait(number, path) {
                    Some(entries) => open.extend(entries.into_iter().rev()),
                    None => found(WalkItem::Waiting)?,
                },
                None if self.late.is_empty() => return ControlFlow::Continue(()),
                None => open.extend(self.late(found)?.into_iter().rev()),
            }
        }
    }

    /// The list of the folder that is next; `None` when it is late.
    fn wait(&mut self, number: u64, path: PathBuf) -> Option<Vec<Told>> {
        let since = Instant::now();
        loop {
            if let Some(entries) = self.arrived.remove(&number) {
                return Some(entries);
            }
            let Some(listed) = self.receive(PATIENCE.saturating_sub(since.elapsed())) else {
                self.late.push((number, path, since));
                self.reinforce();
                return None;
            };
            self.arrived.insert(listed.number, listed.entries);
        }
    }

    /// The list of a late folder that answers after all; gives up those that never do.
    fn late(
        &mut self,
        found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>,
    ) -> ControlFlow<(), Vec<Told>> {
        let arrived = &self.arrived;
        let here = self.late.iter().position(|(n, ..)| arrived.contains_key(n));
        if let Some(at) = here {
            let (number, ..) = self.late.remove(at);
            return ControlFlow::Continue(self.arrived.remove(&number).unwrap_or_default());
        }
        if let Some(listed) = self.receive(PATIENCE) {
            self.arrived.insert(listed.number, listed.entries);
            return ControlFlow::Continue(Vec::new());
        }
        self.reinforce();
        found(WalkItem::Waiting)?;
        if let Some(patience) = self.patience {
            let (gone, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late)
                .into_iter()
                .partition(|(.., since)| since.elapsed() >= patience);
            self.late = left;
            for (_, folder, _) in gone {
                found(WalkItem::Unanswered(folder))?;
            }
        }
        ControlFlow::Continue(Vec::new())
    }

    fn receive(&self, wait: Duration) -> Option<Listed> {
        // This side holds a sender too, so that nobody hangs up: an error means that time is up.
        self.listed.recv_timeout(wait).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn collect(roots: &[PathBuf]) -> Vec<WalkItem> {
        let mut seen = Vec::new();
        walk(roots, None, &Arc::default(), &mut |item| {
            // Only a busy machine makes it wait here.
            seen.extend((item != WalkItem::Waiting).then_some(item));
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

    /// Lists that hold one model each, apart from folders called `slow…`, which hang until the
    /// other end of the channel goes.
    fn hanging() -> (Box<List>, mpsc::Sender<()>) {
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let list = move |job: &Job| {
            if job.root {
                return vec![Entry::Folder(job.folder.clone())];
            }
            if job.folder.to_string_lossy().starts_with("slow") {
                let _ = held.lock().unwrap().recv_timeout(Duration::from_mins(1));
            }
            vec![Entry::Item(WalkItem::Candidate(job.folder.join("m")))]
        };
        (Box::new(list), release)
    }

    #[test]
    fn more_slow_folders_than_threads_do_not_block_the_others() {
        let (list, release) = hanging();
        let mut release = Some(release);
        let mut roots: Vec<PathBuf> = (0..10).map(|n| format!("slow{n}").into()).collect();
        roots.insert(0, "a".into());
        roots.push("z".into());
        let watch = Arc::default();
        let mut seen = Vec::new();
        drive(&roots, list, None, &watch, &mut |item| {
            let WalkItem::Candidate(path) = item else {
                return ControlFlow::Continue(());
            };
            // They answer only after the folder behind them was told, and are known until then.
            if path.starts_with("z") {
                let slow = watch.look().into_iter();
                let slow: Vec<_> = slow.filter(|look| look.age >= PATIENCE).collect();
                assert!(slow.iter().all(|look| look.kind == Kind::Folder));
                assert!(slow.len() >= AT_ONCE, "{slow:?}");
                release = None;
            }
            seen.push(path);
            ControlFlow::Continue(())
        });
        assert_eq!(seen.len(), 12);
        assert_eq!(seen[..2], ["a/m", "z/m"].map(PathBuf::from));
    }

    #[test]
    fn folders_that_never_answer_are_given_up_and_named() {
        let (list, release) = hanging();
        let roots = ["slow", "a"].map(PathBuf::from);
        let mut seen = Vec::new();
        let begun = Instant::now();
        let patience = Some(Duration::from_millis(400));
        let mut waits = 0;
        drive(&roots, list, patience, &Arc::default(), &mut |item| {
            if item == WalkItem::Waiting {
                waits += 1;
                return ControlFlow::Continue(());
            }
            seen.push(item);
            ControlFlow::Continue(())
        });
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert!(waits > 0, "who listens can tell what waits with it");
        assert_eq!(
            seen,
            [
                WalkItem::Candidate("a/m".into()),
                WalkItem::Unanswered("slow".into())
            ]
        );
        drop(release);
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
        let root = [root.path().to_owned()];
        walk(&root, None, &Arc::default(), &mut |_| {
            count += 1;
            ControlFlow::Break(())
        });
        assert_eq!(count, 1);
    }
}
