//! The rows of a trial's input as a form: one line an input, whose value can be changed; rows can be
//! added and taken away.
//!
//! Of a long table the first rows are shown, and what follows them stays as it is. A value is read
//! when it is entered, so that a wrong one is told before anything runs. What the model makes of a
//! good one is not judged here.

use std::path::PathBuf;

use ratatui::crossterm::event::{Event as TerminalEvent, KeyEvent};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::app::{App, Overlay};
use super::effect::Effect;
use super::keymap::Id;
use super::scroll::Scroll;
use super::theme::Role;
use super::trials;
use crate::engine::Request;
use crate::text;
use crate::trial::{Cell, Sample};

/// The longest text of a value that can be changed here, in bytes.
const LONGEST: usize = 10_000;
/// How many different values of an input are offered.
const OFFERED: usize = 200;
/// The most rows that can be changed here.
const ROWS: usize = 100;
/// The most values that can be changed here: of a wide table fewer rows are shown.
const CELLS: usize = 100_000;
/// What stands behind the source of rows that were changed.
const BY_HAND: &str = ", changed by hand";

/// The form of one trial.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The row of the list, and its file: rows get other numbers when the shelf is walked again.
    pub row: usize,
    path: PathBuf,
    /// The rows of input, each as wide as there are entries; the one that is shown may be older
    /// than its entries.
    rows: Vec<Vec<Cell>>,
    /// The row that is shown.
    pub at: usize,
    /// How many rows of the sample these were.
    held: usize,
    /// How many rows of the sample follow them.
    pub beyond: usize,
    /// One entry an input, with the values of the row that is shown.
    pub entries: Vec<Entry>,
    /// What is typed for the entry under the cursor.
    pub typed: Option<Input>,
    /// What is wrong with it, one clause.
    pub wrong: Option<String>,
}

/// One input.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// Its value.
    pub cell: Cell,
    /// Other values that the rows know; none of numbers.
    pub known: Vec<Cell>,
}

/// What an input takes, by the rows that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number or any other.
    Number,
    /// True or False.
    Truth,
    /// Text.
    Text,
    /// Nothing is known, or values of several kinds were seen.
    Any,
}

impl Kind {
    fn of<'a>(cells: impl Iterator<Item = &'a Cell>) -> Kind {
        let kind = |cell: &Cell| match cell {
            Cell::Missing => None,
            Cell::Bool(_) => Some(Kind::Truth),
            Cell::Int(_) | Cell::Float(_) => Some(Kind::Number),
            Cell::Text(_) => Some(Kind::Text),
        };
        let mut kinds = cells.filter_map(kind);
        let Some(first) = kinds.next() else {
            return Kind::Any;
        };
        if kinds.all(|kind| kind == first) {
            first
        } else {
            Kind::Any
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Truth => "truth",
            Kind::Text => "text",
            Kind::Any => "any",
        }
    }

    /// The value that `typed` means, or what is wrong with it, one clause. Nothing is a missing
    /// value.
    pub fn read(self, typed: &str) -> Result<Cell, String> {
        let bare = typed.trim();
        if bare.is_empty() {
            return Ok(Cell::Missing);
        }
        let number = || {
            let whole = bare.parse().map(Cell::Int);
            whole.or_else(|_| bare.parse().map(Cell::Float)).ok()
        };
        let truth = || match bare {
            "True" | "true" => Some(Cell::Bool(true)),
            "False" | "false" => Some(Cell::Bool(false)),
            _ => None,
        };
        let shown = || text::short(bare, 30);
        match self {
            Kind::Number => number().ok_or_else(|| format!("{} is no number", shown())),
            Kind::Truth => truth().ok_or_else(|| format!("{} is not True or False", shown())),
            Kind::Text => Ok(Cell::Text(typed.to_owned())),
            Kind::Any => Ok(number()
                .or_else(truth)
                .unwrap_or_else(|| Cell::Text(typed.to_owned()))),
        }
    }
}

/// A value as it is typed, with all its digits.
pub fn written(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Bool(true) => "True".to_owned(),
        Cell::Bool(false) => "False".to_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::Float(value) => value.to_string(),
        Cell::Text(value) => value.clone(),
    }
}

/// Opens the form of the row under the cursor, as soon as there are rows of input.
pub fn open(app: &mut App) -> Vec<Effect> {
    let Some(row) = trials::ready(app) else {
        return Vec::new();
    };
    let trial = app.trials.entry(row).or_default();
    match &trial.sample {
        None => {
            trial.opens = true;
            let steps = trial.steps.clone();
            vec![Effect::Ask(Request::MakeSample { row, steps })]
        }
        Some(Err(error)) => {
            let words = error.to_string();
            app.say(Role::Warning, words);
            Vec::new()
        }
        Some(Ok(_)) => fill(app, row),
    }
}

/// The rows came that the form of `row` waits for; nothing opens when the user is elsewhere by now.
pub fn arrived(app: &mut App, row: usize) -> Vec<Effect> {
    let Some(trial) = app.trials.get_mut(&row) else {
        return Vec::new();
    };
    let wanted = std::mem::take(&mut trial.opens);
    let here = app.overlay.is_none() && !app.typing && app.selected == Some(row);
    if wanted && here {
        return fill(app, row);
    }
    Vec::new()
}

/// The categories of the inputs of `row` came.
pub fn known(
    app: &mut App,
    row: usize,
    steps: &[PathBuf],
    columns: &[(Option<String>, Vec<Cell>)],
) {
    let trial = app.trials.get(&row).filter(|trial| trial.steps == steps);
    if trial.is_none() || app.form.row != row {
        return;
    }
    let entries = &mut app.form.entries;
    let by_place = columns.len() == entries.len();
    for (at, entry) in entries.iter_mut().enumerate() {
        let named = |name: &Option<String>| {
            name.as_ref()
                .is_some_and(|name| text::clean(name) == entry.name)
        };
        let found = columns.iter().find(|(name, _)| named(name));
        let unnamed = || {
            columns
                .get(at)
                .filter(|(name, _)| by_place && name.is_none())
        };
        if let Some((_, known)) = found.or_else(unnamed)
            && !known.is_empty()
        {
            entry.known.clone_from(known);
        }
    }
}

fn fill(app: &mut App, row: usize) -> Vec<Effect> {
    let trial = app.trials.get(&row);
    let steps = trial.map(|trial| trial.steps.clone()).unwrap_or_default();
    let sample = app.trials.get(&row).and_then(|trial| trial.sample.as_ref());
    let (Some(Ok(sample)), Some(path)) = (sample, app.rows.get(row).map(|row| &row.path)) else {
        return Vec::new();
    };
    let Some(first) = sample.rows.first().filter(|first| !first.is_empty()) else {
        app.say(Role::Warning, "there is no row of input to change");
        return Vec::new();
    };
    let held = (CELLS / first.len()).clamp(1, ROWS).min(sample.rows.len());
    let rows = sample.rows[..held].to_vec();
    let long = |cell: &Cell| matches!(cell, Cell::Text(text) if text.len() > LONGEST);
    if rows.iter().flatten().any(long) {
        app.say(
            Role::Warning,
            "a value of its rows is too long to be changed here",
        );
        return Vec::new();
    }
    let beyond = sample.rows.len() - held;
    let entries = first.iter().enumerate();
    let entries = entries.map(|(at, cell)| entry(sample, at, cell)).collect();
    app.form = Form {
        row,
        path: path.clone(),
        rows,
        held,
        beyond,
        entries,
        ..Form::default()
    };
    app.overlay = Some(Overlay::Form(Scroll::default()));
    vec![Effect::Ask(Request::Known { row, steps })]
}

fn entry(sample: &Sample, at: usize, cell: &Cell) -> Entry {
    let name = sample.columns.as_ref().and_then(|names| names.get(at));
    let name = match name {
        Some(name) => text::clean(name).into_owned(),
        None if sample.texts => "text".to_owned(),
        None => format!("column {}", at + 1),
    };
    let column = || sample.rows.iter().filter_map(|row| row.get(at));
    let kind = Kind::of(column());
    let mut known: Vec<Cell> = Vec::new();
    if kind == Kind::Truth {
        known = vec![Cell::Bool(false), Cell::Bool(true)];
    } else if kind == Kind::Text && !sample.texts {
        for cell in column().filter(|cell| **cell != Cell::Missing) {
            if known.len() < OFFERED && !known.contains(cell) {
                known.push(cell.clone());
            }
        }
    }
    Entry {
        name,
        kind,
        cell: cell.clone(),
        known,
    }
}

impl Form {
    /// How many rows there are.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// What the entries say now, into the row that is shown.
    fn store(&mut self) {
        if let Some(row) = self.rows.get_mut(self.at) {
            let cells = self.entries.iter().map(|entry| entry.cell.clone());
            *row = cells.collect();
        }
    }

    /// Shows the row `at`, or the last one.
    fn show(&mut self, at: usize) {
        self.at = at.min(self.rows.len().saturating_sub(1));
        let cells = self.rows.get(self.at).into_iter().flatten();
        for (entry, cell) in self.entries.iter_mut().zip(cells) {
            entry.cell = cell.clone();
        }
    }
}

/// Shows the row `steps` further, as far as there are rows.
pub fn move_row(app: &mut App, steps: isize) {
    app.form.wrong = None;
    app.form.store();
    let at = app.form.at.saturating_add_signed(steps);
    app.form.show(at);
}

/// Adds a row like the one that is shown, after it.
pub fn add_row(app: &mut App) {
    let form = &mut app.form;
    form.wrong = None;
    let most = (CELLS / form.entries.len().max(1)).clamp(1, ROWS);
    if form.rows.len() >= most {
        form.wrong = Some(format!("{most} rows are the most that can be changed here"));
        return;
    }
    form.store();
    if let Some(row) = form.rows.get(form.at).cloned() {
        form.rows.insert(form.at + 1, row);
        form.show(form.at + 1);
    }
}

/// Takes the row that is shown away; the last one stays.
pub fn remove_row(app: &mut App) {
    let form = &mut app.form;
    form.wrong = None;
    if form.rows.len() < 2 {
        form.wrong = Some("a trial needs a row: the last one stays".to_owned());
        return;
    }
    form.rows.remove(form.at);
    form.show(form.at);
}

/// The entry under the cursor.
fn current(app: &mut App) -> Option<&mut Entry> {
    let Some(Overlay::Form(scroll)) = &app.overlay else {
        return None;
    };
    app.form.entries.get_mut(scroll.cursor)
}

/// Begins to change the value under the cursor, or takes what was typed.
pub fn entered(app: &mut App) {
    let Some((kind, name, value)) = current(app).map(|entry| {
        let value = written(&entry.cell);
        (entry.kind, entry.name.clone(), value)
    }) else {
        return;
    };
    let Some(typed) = &app.form.typed else {
        app.form.wrong = None;
        app.form.typed = Some(Input::new(value));
        return;
    };
    // Untouched is unchanged: a text of blanks is one, too.
    if typed.value() == value {
        leave(app);
        return;
    }
    match kind.read(typed.value()) {
        Ok(cell) => {
            if let Some(entry) = current(app) {
                entry.cell = cell;
            }
            leave(app);
        }
        Err(why) => app.form.wrong = Some(format!("{}: {why}", text::short(&name, 40))),
    }
}

/// Leaves the value as it is.
pub fn leave(app: &mut App) {
    app.form.typed = None;
    app.form.wrong = None;
}

/// Takes a key that means nothing else while a value is typed.
pub fn typed(app: &mut App, event: KeyEvent) {
    let Some(input) = &mut app.form.typed else {
        return;
    };
    app.form.wrong = None;
    let before = input.clone();
    input.handle_event(&TerminalEvent::Key(event));
    if input.value().len() > LONGEST {
        *input = before;
    }
}

/// Takes a paste while a value is typed.
pub fn pasted(app: &mut App, pasted: &str) {
    let Some(input) = &mut app.form.typed else {
        return;
    };
    app.form.wrong = None;
    let room = LONGEST.saturating_sub(input.value().len());
    // No letter takes more than four bytes.
    for letter in pasted.chars().filter(|c| !c.is_control()).take(room / 4) {
        input.handle(InputRequest::InsertChar(letter));
    }
}

/// The next value that is known for the entry under the cursor, or the one before, round and round.
pub fn turn(app: &mut App, forward: bool) {
    app.form.wrong = None;
    let Some(entry) = current(app) else { return };
    let count = entry.known.len();
    let at = entry.known.iter().position(|known| *known == entry.cell);
    let next = match (at, forward) {
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
    };
    match entry.known.get(next) {
        Some(known) => entry.cell = known.clone(),
        None => app.form.wrong = Some("no values of it are known: enter changes it".to_owned()),
    }
}

/// Runs the trial with the rows as they are in the form; Python after the question.
pub fn run(app: &mut App, id: Id) -> Vec<Effect> {
    let row = app.form.row;
    let same = app.rows.get(row).is_some_and(|r| r.path == app.form.path);
    app.overlay = None;
    let trial = app.trials.get_mut(&row).filter(|_| same);
    let sample = trial.and_then(|trial| trial.sample.as_mut()?.as_mut().ok());
    app.form.store();
    let (held, width) = (app.form.held, app.form.entries.len());
    let fits = |sample: &&mut Sample| {
        let before = sample.rows.get(..held);
        before.is_some_and(|rows| rows.iter().all(|row| row.len() == width))
    };
    let Some(sample) = sample.filter(fits) else {
        app.say(
            Role::Warning,
            "the shelf was read again meanwhile; once more with i",
        );
        return Vec::new();
    };
    if sample.rows[..held] != app.form.rows {
        sample.rows.splice(..held, app.form.rows.iter().cloned());
        if !sample.source.ends_with(BY_HAND) {
            sample.source.push_str(BY_HAND);
        }
    }
    if id == Id::PythonTrial {
        if app.selected != Some(row) {
            super::jump::go(app, row);
        }
        return trials::ask(app);
    }
    trials::stop(app);
    trials::show(app);
    trials::start(app, row, crate::trial::Engine::Native)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_its_input_takes_it() {
        assert_eq!(Kind::Number.read(" 3 "), Ok(Cell::Int(3)));
        assert_eq!(Kind::Number.read("-2.5e3"), Ok(Cell::Float(-2500.0)));
        assert_eq!(Kind::Number.read(""), Ok(Cell::Missing));
        assert_eq!(
            Kind::Number.read("old\u{1b}").unwrap_err(),
            format!("{} is no number", text::short("old\u{1b}", 30))
        );
        assert_eq!(Kind::Truth.read("true"), Ok(Cell::Bool(true)));
        assert!(Kind::Truth.read("1").is_err());
        assert_eq!(Kind::Text.read("3"), Ok(Cell::Text("3".into())));
        assert_eq!(Kind::Any.read("3"), Ok(Cell::Int(3)));
        assert_eq!(Kind::Any.read("three"), Ok(Cell::Text("three".into())));
    }

    #[test]
    fn the_kind_of_an_input_follows_from_all_rows() {
        let cells = [Cell::Missing, Cell::Int(1), Cell::Float(0.5)];
        assert_eq!(Kind::of(cells.iter()), Kind::Number);
        let cells = [Cell::Int(1), Cell::Text("a".into())];
        assert_eq!(Kind::of(cells.iter()), Kind::Any);
        assert_eq!(Kind::of([Cell::Missing].iter()), Kind::Any);
    }

    #[test]
    fn a_number_is_written_with_all_its_digits() {
        for value in [0.1 + 0.2, 1e300, -5e-324, 42_000.5] {
            let cell = Cell::Float(value);
            assert_eq!(Kind::Number.read(&written(&cell)), Ok(cell));
        }
    }
}
