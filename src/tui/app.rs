//! The state of the terminal program. `update` changes it, `view` shows it; nothing else does.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tui_input::Input;

use super::clipboard::Clipboard;
use super::explain::Explaining;
use super::face::{Face, Half};
use super::form::Form;
use super::keymap::{Context, Key, Keymap, Place};
use super::layout::{Layout, WIDE};
use super::live::Live;
use super::order::{Group, Sorting};
use super::row::Row;
use super::scroll::Scroll;
use super::sheet::{Fold, SheetLine};
use super::survey::Survey;
use super::theme::Role;
use crate::engine::Pulse;
use crate::environment::Environment;
use crate::trial::figures::Figure;
use crate::trial::{Engine, Prediction, Sample, Sandbox, TrialError};

/// What the program is for this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Look around.
    Browse,
    /// Find one artifact and end with it.
    Pick {
        /// Whether only artifacts that are ready are listed.
        ready_only: bool,
        /// Whether several can be marked and picked together.
        multi: bool,
    },
}

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By path.
    Name,
    /// The worst verdict first.
    Verdict,
    /// The largest first.
    Size,
    /// The latest first.
    Modified,
    /// The release that it was saved with, the oldest first.
    Saved,
}

/// What stands in front of list and detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys, as far as the words that are typed find them.
    Help(Scroll),
    /// What could not be looked at.
    Troubles(Scroll),
    /// The environment switcher.
    Environments(Scroll),
    /// Artifacts × environments: the line and the column.
    Grid(Scroll, usize),
    /// The question before a Python trial of this row, and which of its terms stands first.
    Confirm(usize, Scroll),
    /// A traceback being pasted, and its answer.
    Explain(Scroll),
    /// The rows of a trial's input, to be changed.
    Form(Scroll),
}

/// The trial of one row.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The input, or why there is none.
    pub sample: Option<Result<Sample, TrialError>>,
    /// SHA-256 of the file, once it is computed for the question before a Python trial.
    pub sha256: Option<String>,
    /// What a Python trial may do and what holds it back, told with the digest.
    pub sandbox: Option<Box<Sandbox>>,
    /// The files that the rows pass through before the model, in order.
    pub steps: Vec<PathBuf>,
    /// Whether the form of its rows opens as soon as the sample is there.
    pub opens: bool,
    /// The engine that runs as soon as the sample is there.
    pub waiting: Option<Engine>,
    /// The engine that runs now.
    pub running: Option<Engine>,
    /// When it began, by the session's clock.
    pub since: Duration,
    /// What our own arithmetic said.
    pub native: Option<Result<Prediction, TrialError>>,
    /// What the live environment said.
    pub python: Option<Result<Prediction, TrialError>>,
}

/// A word to the user, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The words.
    pub words: String,
    /// How they are meant.
    pub role: Role,
}

/// The whole state.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
#[derive(Clone, Debug)]
pub struct App {
    /// The shelf as the user named it, for the header.
    pub title: String,
    /// The shelf's path, which names in the list are relative to.
    pub root: PathBuf,
    /// What the program is for this time.
    pub mode: Mode,
    /// What is pressed for which command.
    pub keys: Arc<Keymap>,
    /// The first of two keys, while the second one is waited for.
    pub prefix: Option<Key>,
    /// The count that was typed before a command.
    pub count: Option<usize>,
    /// Whether nothing was pressed yet.
    pub fresh: bool,
    /// When the session began; ages are told from it.
    pub now: SystemTime,
    /// How long it lasts by now.
    pub clock: Duration,
    /// How text is copied.
    pub clipboard: Clipboard,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Every artifact, in the order the engine numbered them.
    pub rows: Vec<Row>,
    /// How many of them are read.
    pub read: usize,
    /// Whether a walk has begun, so that events about rows belong to these rows.
    pub started: bool,
    /// Whether the walk has ended.
    pub walked: bool,
    /// Whether the user stopped walking and reading.
    pub stopped: bool,
    /// How the work goes.
    pub pulse: Pulse,
    /// Rows whose details are kept, the earliest first.
    pub kept: VecDeque<usize>,
    /// The row whose details were asked for again.
    pub recalled: Option<usize>,
    /// What could not be looked at, one sentence each.
    pub troubles: Vec<String>,
    /// Row numbers in the order of the list, without those that the filter hides.
    pub order: Vec<usize>,
    /// How `order` was made, and what has changed since.
    pub sorting: Sorting,
    /// Whether artifacts stand below the names of their folders.
    pub grouped: bool,
    /// The folders that have a line of their own, in the order of the list.
    pub groups: Vec<Group>,
    /// Where the list's cursor is, in `order`; its window counts the lines of folders too.
    pub list: Scroll,
    /// The rows that are marked.
    pub marked: BTreeSet<usize>,
    /// Paths to be marked again after a rescan.
    pub remembered: HashSet<PathBuf>,
    /// The row under the cursor, which it follows when `order` changes.
    pub selected: Option<usize>,
    /// Whether the user has moved the cursor; until then it stays on the first line.
    pub moved: bool,
    /// The path to select again after a rescan.
    pub wanted: Option<PathBuf>,
    /// The rows that the engine was asked to read first.
    pub preferred: Vec<usize>,
    /// The order of the list.
    pub sort: Sort,
    /// The filter as typed.
    pub filter: Input,
    /// Whether the filter is being typed.
    pub typing: bool,
    /// The words that the keys are searched for.
    pub sought: Input,
    /// Which half has the keys.
    pub half: Half,
    /// The face of the detail.
    pub face: Face,
    /// Where the detail's cursor is.
    pub detail: Scroll,
    /// The row that the detail shows: the selected one, but not while the cursor runs.
    pub detailed: Option<usize>,
    /// Whether the cursor moved just now, so that the detail waits for a moment of quiet: drawing
    /// it for every key of a run would cost more than all the rest.
    pub running: bool,
    /// The lines of the detail; empty when it is not shown.
    pub sheet: Vec<SheetLine>,
    /// What is unfolded in it.
    pub unfolded: BTreeSet<Fold>,
    /// The row and face that `detail` and `unfolded` belong to.
    pub shown: Option<(usize, Face)>,
    /// What stands in front.
    pub overlay: Option<Overlay>,
    /// The environment that rows are compared with.
    pub live: Live,
    /// Environments of this host, once they are listed.
    pub environments: Option<Vec<Arc<Environment>>>,
    /// How the artifacts fare in them, as far as that is known.
    pub survey: Survey,
    /// Trials by row.
    pub trials: BTreeMap<usize, Trial>,
    /// Pictures by row; nothing while they are asked for.
    pub figures: BTreeMap<usize, Option<Vec<Figure>>>,
    /// Marked rows that wait for their trial.
    pub queue: VecDeque<usize>,
    /// Whether trials of several rows are under way.
    pub several: bool,
    /// Whether the tree is watched for changes.
    pub watching: bool,
    /// The traceback that is asked about.
    pub explaining: Explaining,
    /// The rows of input that are being changed.
    pub form: Form,
    /// A word to the user.
    pub status: Option<Status>,
    /// The row that was about to be picked although it is not ready; a second time takes it.
    pub doubted: Option<usize>,
    /// Counts pictures of what moves.
    pub tick: usize,
    /// Whether the shell can continue a stopped program here.
    pub can_suspend: bool,
}

impl App {
    /// A screen of `size` for the shelf at `root`, which the user called `title`.
    pub fn new(title: String, root: PathBuf, mode: Mode, size: (u16, u16)) -> App {
        App {
            title,
            root,
            mode,
            keys: Arc::default(),
            prefix: None,
            count: None,
            fresh: true,
            now: SystemTime::UNIX_EPOCH,
            clock: Duration::ZERO,
            clipboard: Clipboard::default(),
            size,
            rows: Vec::new(),
            read: 0,
            started: false,
            walked: false,
            stopped: false,
            pulse: Pulse::default(),
            kept: VecDeque::new(),
            recalled: None,
            troubles: Vec::new(),
            order: Vec::new(),
            sorting: Sorting::default(),
            grouped: true,
            groups: Vec::new(),
            list: Scroll::default(),
            marked: BTreeSet::new(),
            remembered: HashSet::new(),
            selected: None,
            moved: false,
            wanted: None,
            preferred: Vec::new(),
            sort: Sort::Name,
            filter: Input::default(),
            typing: false,
            sought: Input::default(),
            half: Half::List,
            face: Face::Needs,
            detail: Scroll::default(),
            detailed: None,
            running: false,
            sheet: Vec::new(),
            unfolded: BTreeSet::new(),
            shown: None,
            overlay: None,
            live: Live::default(),
            environments: None,
            survey: Survey::default(),
            trials: BTreeMap::new(),
            figures: BTreeMap::new(),
            queue: VecDeque::new(),
            several: false,
            watching: false,
            explaining: Explaining::default(),
            form: Form::default(),
            status: None,
            doubted: None,
            tick: 0,
            can_suspend: true,
        }
    }

    /// The row under the cursor.
    pub fn current(&self) -> Option<&Row> {
        self.rows.get(self.selected?)
    }

    /// The row that the detail shows.
    pub fn detailed_row(&self) -> Option<&Row> {
        self.rows.get(self.detailed?)
    }

    /// The trial of the row that the detail shows.
    pub fn detailed_trial(&self) -> Option<&Trial> {
        self.trials.get(&self.detailed?)
    }

    /// What has the keys.
    pub fn context(&self) -> Context {
        match (&self.overlay, self.typing, self.half) {
            (Some(Overlay::Help(_)), _, _) => Context::Help,
            (Some(Overlay::Troubles(_)), _, _) => Context::Troubles,
            (Some(Overlay::Environments(_)), _, _) => Context::Environments,
            (Some(Overlay::Grid(..)), _, _) => Context::Grid,
            (Some(Overlay::Confirm(..)), _, _) => Context::Confirm,
            (Some(Overlay::Explain(_)), ..) if self.explaining.answer.is_some() => {
                Context::Explained
            }
            (Some(Overlay::Explain(_)), ..) => Context::Paste,
            (Some(Overlay::Form(_)), ..) if self.form.typed.is_some() => Context::Value,
            (Some(Overlay::Form(_)), ..) => Context::Form,
            (None, true, _) => Context::Filter,
            (None, false, Half::List) => Context::List,
            (None, false, Half::Detail) => Context::Detail,
        }
    }

    /// What the key table is asked with.
    pub fn place(&self) -> Place {
        Place {
            context: self.context(),
            wide: self.wide(),
            picking: self.picking(),
            marking: !matches!(self.mode, Mode::Pick { multi: false, .. }),
            trial: self.face == Face::Trial,
        }
    }

    /// Whether list and detail stand side by side.
    pub fn wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Whether an artifact is to be picked.
    pub fn picking(&self) -> bool {
        matches!(self.mode, Mode::Pick { .. })
    }

    /// Where everything stands.
    pub fn layout(&self) -> Layout {
        Layout::of(self.size, self.half)
    }

    /// Whether a trial runs.
    pub fn trial_runs(&self) -> bool {
        self.trials.values().any(|trial| trial.running.is_some())
    }

    /// Whether something on the screen moves by itself.
    pub fn animated(&self) -> bool {
        let trial = self.detailed_trial();
        self.face == Face::Trial
            && self.layout().detail.is_some()
            && trial.is_some_and(|t| t.running.is_some() || t.waiting.is_some())
    }

    /// How many artifacts nobody has read yet.
    pub fn unread(&self) -> usize {
        self.rows.len().saturating_sub(self.read)
    }

    /// Bytes read and bytes there, of a row whose reading takes a while.
    pub fn bytes(&self, row: usize) -> Option<(u64, u64)> {
        let mut reading = self.pulse.reading.iter();
        let found = reading.find(|(number, ..)| *number == row);
        found.map(|(_, read, size)| (*read, *size))
    }

    /// Whether the walk or the reading goes on.
    pub fn works(&self) -> bool {
        !self.stopped && (!self.walked || self.unread() > 0)
    }

    /// The rows that a command is about: the marked ones in the order of the list, else the one
    /// under the cursor.
    pub fn meant(&self) -> Vec<usize> {
        if self.marked.is_empty() {
            return self.selected.into_iter().collect();
        }
        let listed = self.order.iter().copied();
        let mut meant: Vec<usize> = listed.filter(|row| self.marked.contains(row)).collect();
        // A filter hides rows; it takes no marks away.
        if meant.len() < self.marked.len() {
            let shown: HashSet<usize> = meant.iter().copied().collect();
            let hidden = self.marked.iter().filter(|row| !shown.contains(row));
            meant.extend(hidden);
        }
        meant
    }

    /// The rows of the grid: the marked ones, else all that are listed.
    pub fn gridded(&self) -> std::borrow::Cow<'_, [usize]> {
        if self.marked.is_empty() {
            self.order.as_slice().into()
        } else {
            self.meant().into()
        }
    }

    /// The environment, when there is one.
    pub fn environment(&self) -> Option<&Environment> {
        match &self.live {
            Live::Chosen(environment) => Some(environment),
            Live::Looking | Live::Nowhere => None,
        }
    }

    /// Says something to the user, until the next key.
    pub fn say(&mut self, role: Role, words: impl Into<String>) {
        self.status = Some(Status {
            words: words.into(),
            role,
        });
    }
}

impl Sort {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Sort {
        match self {
            Sort::Name => Sort::Verdict,
            Sort::Verdict => Sort::Size,
            Sort::Size => Sort::Modified,
            Sort::Modified => Sort::Saved,
            Sort::Saved => Sort::Name,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Name => "name",
            Sort::Verdict => "verdict, worst first",
            Sort::Size => "size, largest first",
            Sort::Modified => "age, latest first",
            Sort::Saved => "release, oldest first",
        }
    }
}
