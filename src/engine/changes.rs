//! Looking at the tree now and then while the user watches it: at folders, artifacts, and the files
//! near them that declare wishes. Times of folders and files are asked, nothing is opened; nothing
//! wakes up while nobody watches.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::event::Event;
use super::threads::{Shared, lock};

/// The time between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Files beyond this many are not asked one by one: of a larger shelf only folders are.
const MOST_FILES: usize = 20_000;

/// Whether somebody watches.
#[derive(Default)]
pub(super) struct Changes {
    wish: Mutex<Wish>,
    bell: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Wish {
    on: bool,
    quit: bool,
    /// Counts the turnings on: what was known before is old.
    turns: u64,
}

impl Changes {
    pub(super) fn turn(&self, on: bool) {
        let mut wish = lock(&self.wish);
        wish.on = on;
        wish.turns += u64::from(on);
        self.bell.notify_all();
    }

    pub(super) fn close(&self) {
        lock(&self.wish).quit = true;
        self.bell.notify_all();
    }

    /// Waits for the next look; nothing when the end has come.
    fn next(&self, rested: bool) -> Option<Wish> {
        let wish = lock(&self.wish);
        let asleep = |wish: &mut Wish| !wish.on && !wish.quit;
        let mut wish = self
            .bell
            .wait_while(wish, asleep)
            .unwrap_or_else(PoisonError::into_inner);
        if rested {
            let on = |wish: &mut Wish| wish.on && !wish.quit;
            let waited = self.bell.wait_timeout_while(wish, PAUSE, on);
            wish = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        (!wish.quit).then_some(*wish)
    }
}

/// What a file or folder was like.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let known = fs::metadata(path).ok()?;
    Some((known.modified().ok()?, known.len()))
}

/// What stands in a folder, as one number.
fn names(folder: &Path) -> u64 {
    let mut all: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect();
    all.sort_unstable();
    let mut hasher = DefaultHasher::new();
    all.hash(&mut hasher);
    hasher.finish()
}

/// What the tree was like at the last look.
#[derive(Default)]
struct Seen {
    turns: u64,
    walk: u64,
    folders: HashMap<PathBuf, (Stamp, u64)>,
    files: Vec<(PathBuf, Stamp)>,
    /// The folders that were looked into for wishes, and their files that declare some.
    wishes: HashMap<PathBuf, (Stamp, Vec<(PathBuf, Stamp)>)>,
}

impl Shared {
    pub(super) fn changes(&self) {
        let mut seen = Seen::default();
        let mut rested = false;
        while let Some(wish) = self.changes.next(rested) {
            rested = wish.on;
            if !wish.on {
                continue;
            }
            let (walk, total) = {
                let state = self.lock();
                (state.walk, state.total())
            };
            let fresh = seen.turns != wish.turns;
            if fresh {
                seen = Seen::default();
            }
            if fresh || seen.walk != walk {
                seen = self.look(&seen, wish.turns, walk);
                if fresh {
                    self.wishes_changed(&mut seen);
                }
                continue;
            }
            if seen.files.len() != total && total <= MOST_FILES {
                // The walk goes on.
                seen.files = self.files(walk, &seen.files);
            }
            self.compare_tree(&mut seen);
        }
    }

    /// All of the tree as it is. What was known stays as it was known: a change while the tree is
    /// walked must not be missed.
    fn look(&self, before: &Seen, turns: u64, walk: u64) -> Seen {
        let folders = self.work.folders().into_iter().map(|folder| {
            let known = before.folders.get(&folder).copied();
            let known = known.unwrap_or_else(|| (stamp(&folder), names(&folder)));
            (folder, known)
        });
        Seen {
            turns,
            walk,
            folders: folders.collect(),
            files: self.files(walk, &before.files),
            wishes: before.wishes.clone(),
        }
    }

    /// Whether a file that declares wishes came, went or is another one now. A folder that was not
    /// known yet is only remembered.
    fn wishes_changed(&self, seen: &mut Seen) -> bool {
        let mut changed = false;
        let folders = self.work.declaring_folders().into_iter();
        for folder in folders.take(MOST_FILES) {
            let now = stamp(&folder);
            let files = || {
                let files = self.work.declaring_files(&folder).into_iter();
                files.map(|file| {
                    let stamp = stamp(&file);
                    (file, stamp)
                })
            };
            let Some((known, stamps)) = seen.wishes.get_mut(&folder) else {
                let stamps = files().collect();
                seen.wishes.insert(folder, (now, stamps));
                continue;
            };
            if *known == now {
                for (file, known) in stamps {
                    let now = stamp(file);
                    changed |= std::mem::replace(known, now) != now;
                }
                continue;
            }
            *known = now;
            let found: Vec<_> = files().collect();
            // A list that is included by another may be gone from the folder: it has no stamp then.
            changed |= found != *stamps;
            *stamps = found;
        }
        changed
    }

    fn files(&self, walk: u64, before: &[(PathBuf, Stamp)]) -> Vec<(PathBuf, Stamp)> {
        let paths = {
            let state = self.lock();
            if state.walk != walk || state.total() > MOST_FILES {
                return Vec::new();
            }
            state.paths()
        };
        let before: HashMap<&Path, Stamp> = before
            .iter()
            .map(|(path, stamp)| (path.as_path(), *stamp))
            .collect();
        let stamped = paths.into_iter().map(|path| {
            let known = before.get(path.as_path()).copied();
            let stamp = known.unwrap_or_else(|| stamp(&path));
            (path, stamp)
        });
        stamped.collect()
    }

    fn compare_tree(&self, seen: &mut Seen) {
        let mut moved = false;
        for (folder, known) in &mut seen.folders {
            let now = stamp(folder);
            if now == known.0 {
                continue;
            }
            known.0 = now;
            // A file that was written anew under its name changes the folder too.
            let names = names(folder);
            moved |= names != known.1 || now.is_none();
            known.1 = names;
        }
        let mut rows = Vec::new();
        for (row, (path, known)) in seen.files.iter_mut().enumerate() {
            let now = stamp(path);
            if now != *known {
                *known = now;
                rows.push(row);
            }
        }
        moved |= self.wishes_changed(seen);
        if moved || !rows.is_empty() {
            let _ = self.tell(seen.walk, |_| {
                Some(Event::Changed {
                    rows,
                    folders: moved,
                })
            });
        }
    }
}
