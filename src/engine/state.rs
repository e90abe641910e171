//! Who has to do what next: rows, queues, generations. No threads and no files; the threads hold
//! this behind one lock and ask it for the next job.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::work::Trust;
use crate::artifact::Artifact;
use crate::environment::Environment;
use crate::manifest::Manifest;

/// How many graph nodes all artifacts that are kept in memory may have together: about 40 MB.
/// Beyond that the longest-kept row goes and is read again when it is needed. Large graphs are
/// never kept: no other one could be read meanwhile.
pub(super) const KEPT_NODES: usize = 400_000;

/// What a row takes apart from its graph, in nodes: facts, manifest, trust.
const ROW_NODES: usize = 60;

/// The environment that rows are compared with.
#[derive(Clone, Debug, Default)]
pub(super) enum Choice {
    /// It is still being looked for; comparisons wait.
    #[default]
    Pending,
    /// It was found, or there is none.
    Made(Option<Arc<Environment>>),
}

impl Choice {
    /// The environment, when there is one.
    pub fn environment(&self) -> Option<Arc<Environment>> {
        match self {
            Choice::Made(environment) => environment.clone(),
            Choice::Pending => None,
        }
    }
}

/// What reading a row brought.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub artifact: Arc<Artifact>,
    pub manifest: Arc<Manifest>,
    pub trust: Option<Arc<Trust>>,
}

/// What a reader thread does next.
#[derive(Debug)]
pub(super) enum Job {
    /// Read row `row` from `path`.
    Read { row: usize, path: PathBuf },
    /// Compare row `row` with the environment of the moment.
    Compare {
        row: usize,
        path: PathBuf,
        /// What reading it brought; it must be read again when that was let go.
        reading: Option<Reading>,
        environment: Option<Arc<Environment>>,
    },
    /// Compare row `row` with all of the host's environments.
    Survey {
        row: usize,
        path: PathBuf,
        /// What reading it brought; it must be read again when that was let go.
        reading: Option<Reading>,
        environments: Arc<Vec<Arc<Environment>>>,
    },
}

/// A job with the counters that make its result stale.
#[derive(Debug)]
pub(super) struct Ticket {
    pub walk: u64,
    pub choice: u64,
    pub survey: u64,
    pub job: Job,
}

/// What is known of one row.
#[derive(Debug)]
struct Entry {
    path: PathBuf,
    reading: Option<Reading>,
    /// Whether it was read, in memory or not.
    read: bool,
    /// Whether the front end has what reading it brought.
    told: bool,
}

/// Everything the threads share.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Counts walks; results of earlier walks are dropped.
    pub walk: u64,
    /// Counts environments in use; comparisons with earlier ones are dropped.
    pub choice: u64,
    /// Counts wishes for an environment; only the newest is fulfilled.
    pub wishes: u64,
    /// Counts what surveys were asked for; results of earlier ones are dropped.
    pub survey: u64,
    /// The environments of the host, as they were told last.
    listed: Arc<Vec<Arc<Environment>>>,
    to_survey: VecDeque<usize>,
    /// Set once, at the end.
    pub quitting: bool,
    /// Whether the user stopped walking and reading.
    pub stopped: bool,
    /// How many readings were told, over all walks.
    pub told: usize,
    /// Reader threads that there are.
    pub readers: usize,
    /// Reader threads that there should be.
    pub wanted_readers: usize,
    /// Of the threads, those that hang in a file and have been replaced.
    pub hanging: usize,
    /// The environment of the moment.
    pub environment: Choice,
    rows: Vec<Entry>,
    to_read: BTreeSet<usize>,
    to_compare: BTreeSet<usize>,
    preferred: Vec<usize>,
    /// A row that somebody looks at and whose details are gone.
    wanted: Option<usize>,
    /// Rows whose artifact is in memory, the longest-kept first.
    kept: VecDeque<usize>,
    kept_nodes: usize,
}

impl State {
    /// Forgets every row; returns the number of the new walk.
    pub fn restart(&mut self) -> u64 {
        self.walk += 1;
        self.rows.clear();
        self.to_read.clear();
        self.to_compare.clear();
        self.survey(Vec::new());
        self.preferred.clear();
        self.wanted = None;
        self.stopped = false;
        self.kept.clear();
        self.kept_nodes = 0;
        self.walk
    }

    /// Adds candidates; returns the number of the first.
    pub fn add(&mut self, paths: &[PathBuf]) -> usize {
        let first = self.rows.len();
        for path in paths {
            self.to_read.insert(self.rows.len());
            self.rows.push(Entry {
                path: path.clone(),
                reading: None,
                read: false,
                told: false,
            });
        }
        first
    }

    /// How many rows there are.
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// Rows that go before the others.
    pub fn prefer(&mut self, rows: Vec<usize>) {
        self.preferred = rows;
    }

    /// From now on rows are compared with `environment`.
    pub fn choose(&mut self, environment: Option<Arc<Environment>>) {
        self.choice += 1;
        self.environment = Choice::Made(environment);
        let read = self.rows.iter().enumerate();
        self.to_compare = read
            .filter(|(_, entry)| entry.read)
            .map(|(row, _)| row)
            .collect();
    }

    /// From now on only these rows are surveyed.
    pub fn survey(&mut self, rows: Vec<usize>) {
        self.survey += 1;
        self.to_survey = rows.into();
    }

    /// Takes a new list of the host's environments. One that is as it was stays the one that is
    /// known, with all that was already found out in it.
    pub fn list(&mut self, found: Vec<Environment>) -> Vec<Arc<Environment>> {
        let known = Arc::clone(&self.listed);
        let same = |new: &Environment| {
            let mut known = known.iter();
            known.find(|old| {
                old.prefix == new.prefix
                    && old.python == new.python
                    && old.installed == new.installed
            })
        };
        let all: Vec<Arc<Environment>> = found
            .into_iter()
            .map(|new| same(&new).cloned().unwrap_or_else(|| Arc::new(new)))
            .collect();
        let unchanged = all.len() == known.len()
            && all.iter().zip(known.iter()).all(|(a, b)| Arc::ptr_eq(a, b));
        if !unchanged {
            self.survey(Vec::new());
            self.listed = Arc::new(all.clone());
        }
        all
    }

    /// The next job: preferred rows first, comparisons before readings, since they are quick;
    /// surveys when there is nothing else.
    pub fn next(&mut self) -> Option<Ticket> {
        let job = self.urgent().or_else(|| self.idle())?;
        Some(Ticket {
            walk: self.walk,
            choice: self.choice,
            survey: self.survey,
            job,
        })
    }

    fn idle(&mut self) -> Option<Job> {
        // Who stopped the work wants no file read for this either.
        if self.listed.is_empty() || self.stopped {
            return None;
        }
        while let Some(row) = self.to_survey.pop_front() {
            let entry = self.rows.get(row).filter(|entry| entry.read);
            if let Some(entry) = entry {
                return Some(Job::Survey {
                    row,
                    path: entry.path.clone(),
                    reading: entry.reading.clone(),
                    environments: Arc::clone(&self.listed),
                });
            }
        }
        None
    }

    /// The survey of `row` was stopped before it was done.
    pub fn survey_again(&mut self, row: usize) {
        self.to_survey.push_front(row);
    }

    fn urgent(&mut self) -> Option<Job> {
        let decided = matches!(self.environment, Choice::Made(_));
        // Who stopped the work still sees what was read compared.
        let reads = !self.stopped;
        let wanted = self.wanted.take_if(|_| decided);
        let preferred = self.preferred.iter().copied();
        let (row, compares) = wanted
            .or_else(|| {
                preferred
                    .clone()
                    .find(|row| decided && self.to_compare.contains(row))
            })
            .map(|row| (row, true))
            .or_else(|| {
                preferred
                    .clone()
                    .find(|row| reads && self.to_read.contains(row))
                    .map(|row| (row, false))
            })
            .or_else(|| {
                let first = self.to_compare.first().filter(|_| decided);
                first.map(|row| (*row, true))
            })
            .or_else(|| {
                let first = self.to_read.first().filter(|_| reads);
                first.map(|row| (*row, false))
            })?;
        let entry = self.rows.get(row)?;
        let path = entry.path.clone();
        Some(if compares {
            self.to_compare.remove(&row);
            Job::Compare {
                row,
                path,
                reading: entry.reading.clone(),
                environment: self.environment.environment(),
            }
        } else {
            self.to_read.remove(&row);
            Job::Read { row, path }
        })
    }

    /// Keeps what was read and queues its comparison.
    pub fn has_read(&mut self, row: usize, reading: Reading) {
        if let Some(entry) = self.rows.get_mut(row) {
            entry.read = true;
            // It may have been told of an earlier state of the file.
            entry.told = false;
            self.let_go(row);
            self.keep(row, reading);
            self.to_compare.insert(row);
        }
    }

    /// The reading of `row` was stopped: it is to be done again.
    pub fn has_stopped(&mut self, row: usize) {
        if row < self.rows.len() {
            self.to_read.insert(row);
        }
    }

    /// Keeps a reading in memory and lets older ones go when there is too much.
    pub fn keep(&mut self, row: usize, reading: Reading) {
        let Some(entry) = self.rows.get_mut(row) else {
            return;
        };
        if entry.reading.is_none() && !is_large(&reading.artifact) {
            self.kept_nodes += nodes(&reading.artifact);
            self.kept.push_back(row);
            entry.reading = Some(reading);
        }
        while self.kept_nodes > KEPT_NODES && self.kept.len() > 1 {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            if let Some(gone) = self.rows[oldest].reading.take() {
                self.kept_nodes -= nodes(&gone.artifact);
            }
        }
    }

    /// Notes that `row` was compared; whether the front end had what reading it brought. The first
    /// telling of a row needs all of it, later ones only the comparison.
    pub fn has_compared(&mut self, row: usize) -> Option<bool> {
        let entry = self.rows.get_mut(row)?;
        let had = std::mem::replace(&mut entry.told, true);
        self.told += usize::from(!had);
        Some(had)
    }

    /// The front end let the details of `row` go and needs them again, before all others.
    pub fn want(&mut self, row: usize) {
        if let Some(entry) = self.rows.get_mut(row)
            && entry.read
        {
            entry.told = false;
            self.wanted = Some(row);
        }
    }

    /// These rows are to be read again: what is known of them is void.
    pub fn again(&mut self, rows: &[usize]) {
        for row in rows {
            let Some(entry) = self.rows.get_mut(*row) else {
                continue;
            };
            entry.read = false;
            entry.told = false;
            self.let_go(*row);
            self.to_compare.remove(row);
            self.to_read.insert(*row);
        }
    }

    fn let_go(&mut self, row: usize) {
        let reading = self
            .rows
            .get_mut(row)
            .and_then(|entry| entry.reading.take());
        if let Some(gone) = reading {
            self.kept_nodes -= nodes(&gone.artifact);
            self.kept.retain(|kept| *kept != row);
        }
    }

    /// The paths of all rows.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.rows.iter().map(|entry| entry.path.clone()).collect()
    }

    /// The path of a row and what is in memory of it.
    pub fn row(&self, row: usize) -> Option<(PathBuf, Option<Reading>)> {
        let entry = self.rows.get(row)?;
        Some((entry.path.clone(), entry.reading.clone()))
    }
}

fn is_large(artifact: &Artifact) -> bool {
    let facts = artifact.facts.as_ref().ok();
    let objects = facts.and_then(|facts| facts.objects.as_ref());
    objects.is_some_and(|objects| objects.graph.is_large())
}

fn nodes(artifact: &Artifact) -> usize {
    let objects = artifact
        .facts
        .as_ref()
        .ok()
        .and_then(|f| f.objects.as_ref());
    objects.map_or(0, |objects| objects.graph.len()) + ROW_NODES
}
