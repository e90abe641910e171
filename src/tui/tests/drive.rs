//! Drives the program as a user would: `drive().keys("/boost<enter>j").selected("price.onnx")`.
//!
//! The driver does the engine's work at once and in order, so that a test has no threads.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, UNIX_EPOCH};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::shelf::Shelf;
use crate::artifact::Artifact;
use crate::compat::shelf::wishes;
use crate::engine::explain::{Place, explain};
use crate::engine::{Event, Request, WalkItem, Work};
use crate::environment::Environment;
use crate::explain::parse;
use crate::manifest::Manifest;
use crate::tui::app::{App, Mode};
use crate::tui::effect::{Effect, Ended, Outside};
use crate::tui::message::Message;
use crate::tui::settle::settle;
use crate::tui::theme::Theme;
use crate::tui::update::update;
use crate::tui::view::view;

/// A program that is being used.
pub struct Driver {
    pub app: App,
    pub shelf: Shelf,
    /// What was copied, asked and done that the driver cannot do.
    pub copied: Vec<String>,
    pub outside: Vec<Outside>,
    /// Rows that were read again, and whether the tree is watched.
    pub again: Vec<usize>,
    pub watched: bool,
    pub ran: usize,
    pub suspended: usize,
    pub repainted: usize,
    pub ended: Option<Ended>,
    environment: Option<Arc<Environment>>,
    read: Vec<(Arc<Artifact>, Arc<Manifest>)>,
    /// Rows whose details were asked for again.
    pub recalled: Vec<usize>,
}

/// A browser at 80×24 on the realistic shelf, everything read.
pub fn drive() -> Driver {
    Driver::new(Shelf::realistic(), Mode::Browse)
        .sized(80, 24)
        .scanned()
}

/// A picker on the realistic shelf, everything read.
pub fn pick(ready_only: bool) -> Driver {
    Driver::new(
        Shelf::realistic(),
        Mode::Pick {
            ready_only,
            multi: false,
        },
    )
    .sized(80, 24)
    .scanned()
}

impl Driver {
    pub fn new(shelf: Shelf, mode: Mode) -> Driver {
        Driver {
            app: {
                let mut app = App::new("models/".into(), "models".into(), mode, (80, 24));
                // What the ages of the shelf's models count from.
                app.now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
                app
            },
            shelf,
            copied: Vec::new(),
            outside: Vec::new(),
            again: Vec::new(),
            watched: false,
            ran: 0,
            suspended: 0,
            repainted: 0,
            ended: None,
            environment: None,
            read: Vec::new(),
            recalled: Vec::new(),
        }
    }

    pub fn sized(mut self, width: u16, height: u16) -> Driver {
        self.send(Message::Resize(width, height));
        self
    }

    /// The environment is found, the shelf walked and every row read.
    pub fn scanned(mut self) -> Driver {
        let live = self.shelf.open_environment(None).unwrap().map(Arc::new);
        self.tell(Event::Environment(live.clone()));
        self.environment = live;
        self.walk();
        self.read_all();
        self
    }

    /// The shelf is walked; nothing is read.
    pub fn walk(&mut self) {
        self.tell(Event::Started);
        self.read.clear();
        let mut paths: Vec<PathBuf> = Vec::new();
        self.shelf.walk(&mut |item| {
            if let WalkItem::Candidate(path) = item {
                paths.push(path);
            }
            ControlFlow::Continue(())
        });
        let total = paths.len();
        self.tell(Event::Found { first: 0, paths });
        self.tell(Event::Walked { total });
    }

    pub fn read_all(&mut self) {
        for row in 0..self.app.rows.len() {
            let read = self.read_row(row);
            self.read.push(read);
        }
    }

    /// What the engine would have in memory of a row.
    fn held(&self, row: usize) -> (Arc<Artifact>, Arc<Manifest>) {
        let read = || {
            let (artifact, manifest) = self.shelf.read(&self.app.rows[row].path);
            (Arc::new(artifact), Arc::new(manifest))
        };
        self.read.get(row).cloned().unwrap_or_else(read)
    }

    pub fn read_row(&mut self, row: usize) -> (Arc<Artifact>, Arc<Manifest>) {
        let (artifact, manifest) = self.shelf.read(&self.app.rows[row].path.clone());
        let live = self.environment.as_deref();
        let comparison = Arc::new(self.shelf.compare(&artifact, &manifest, live));
        let wishes = wishes(&manifest, &comparison);
        let trust = self.shelf.trust(&artifact, &manifest).map(Arc::new);
        let (artifact, manifest) = (Arc::new(artifact), Arc::new(manifest));
        let read = (Arc::clone(&artifact), Arc::clone(&manifest));
        self.tell(Event::Read {
            row,
            artifact,
            manifest,
            comparison,
            wishes,
            trust,
        });
        read
    }

    /// There is no environment any more.
    pub fn without_environment(mut self) -> Driver {
        self.environment = None;
        self.tell(Event::Environment(None));
        self.compare_all();
        self
    }

    fn compare_all(&mut self) {
        for row in 0..self.read.len() {
            let (artifact, manifest) = &self.read[row];
            let live = self.environment.as_deref();
            let comparison = Arc::new(self.shelf.compare(artifact, manifest, live));
            let wishes = wishes(manifest, &comparison);
            self.tell(Event::Compared {
                row,
                comparison,
                wishes,
            });
        }
    }

    pub fn tell(&mut self, event: Event) {
        self.send(Message::Engine(event));
    }

    pub fn send(&mut self, message: Message) {
        let effects = update(&mut self.app, message);
        self.perform(effects);
        let effects = settle(&mut self.app);
        self.perform(effects);
    }

    /// Types keys: characters, and names in angle brackets (`<enter>`, `<c-d>`, `<space>`).
    #[must_use]
    pub fn keys(mut self, keys: &str) -> Driver {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
            let event = if let Some((name, after)) = named {
                rest = after;
                named_key(name)
            } else {
                rest = &rest[first.len_utf8()..];
                KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE)
            };
            self.send(Message::Key(event));
        }
        self.send(Message::Quiet);
        self
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask(request) => self.answer(request),
                Effect::Copy(text) => self.copied.push(text),
                Effect::Outside(outside) => self.outside.push(outside),
                Effect::Suspend => self.suspended += 1,
                Effect::Repaint => self.repainted += 1,
                Effect::End(ended) => self.ended = Some(ended),
            }
        }
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Digest(row) => {
                let sha256 = self.shelf.digest(&self.app.rows[row].path);
                // After a rescan a row may be asked for that is not read again yet.
                let read = self.read.get(row);
                let sandbox = read.and_then(|(artifact, ..)| self.shelf.terms(artifact, None));
                let sandbox = sandbox.map(Box::new);
                self.tell(Event::Digest {
                    row,
                    sha256,
                    sandbox,
                });
            }
            Request::Detail(row) => {
                self.recalled.push(row);
                self.read_row(row);
            }
            Request::Again(rows) => {
                for row in rows {
                    self.again.push(row);
                    self.read_row(row);
                }
            }
            Request::Watch(on) => self.watched = on,
            Request::Stop => self.tell(Event::Stopped(true)),
            Request::Resume => self.tell(Event::Stopped(false)),
            Request::Prefer(_) | Request::CancelTrial | Request::Quit => {}
            Request::UseEnvironment(path) => {
                let live = self
                    .shelf
                    .open_environment(Some(&path))
                    .unwrap()
                    .map(Arc::new);
                self.environment.clone_from(&live);
                self.tell(Event::Environment(live));
                self.compare_all();
            }
            Request::Survey(rows) => {
                let all = self.app.environments.clone().unwrap_or_default();
                for row in rows {
                    let path = self.app.rows[row].path.clone();
                    let (artifact, manifest) = self.shelf.read(&path);
                    let verdict = |live: &Arc<Environment>| {
                        self.shelf.compare(&artifact, &manifest, Some(live)).verdict
                    };
                    let verdicts = all.iter().map(verdict).collect();
                    self.tell(Event::Surveyed { row, verdicts });
                }
            }
            Request::ListEnvironments => {
                let all = self
                    .shelf
                    .list_environments()
                    .into_iter()
                    .map(Arc::new)
                    .collect();
                self.tell(Event::Environments(all));
            }
            Request::Figures(row) => {
                let (artifact, manifest) = self.held(row);
                let figures = self.shelf.figures(&artifact, &manifest);
                self.tell(Event::Figures { row, figures });
            }
            Request::MakeSample { row, steps } => {
                let (artifact, manifest) = self.held(row);
                let sample = match steps.as_slice() {
                    [] => self.shelf.sample(&artifact, &manifest),
                    steps => self.shelf.sample_through(&artifact, &manifest, steps),
                };
                self.tell(Event::Sample { row, steps, sample });
            }
            Request::Known { row, steps } => {
                let known = self.shelf.categories(&self.held(row).0, &steps);
                self.tell(Event::Known { row, steps, known });
            }
            Request::Run {
                row,
                engine,
                sample,
                steps,
                ..
            } => {
                self.ran += 1;
                let (artifact, manifest) = self.held(row);
                let live = self.environment.as_deref();
                let cancel = AtomicBool::new(false);
                let rows = match steps.as_slice() {
                    [] => Ok(sample),
                    steps => self.shelf.pass_through(&manifest, steps, &sample, &cancel),
                };
                let run = |rows| self.shelf.run(&artifact, engine, &rows, live, &cancel);
                let result = rows.and_then(run);
                self.tell(Event::Trial {
                    row,
                    engine,
                    steps,
                    result,
                });
            }
            Request::Explain { number, text } => {
                let paths: Vec<PathBuf> = self.app.rows.iter().map(|r| r.path.clone()).collect();
                let place = Place {
                    environment: self.environment.clone(),
                    named: false,
                    stop: Arc::default(),
                    patience: Duration::from_mins(1),
                };
                let work: Arc<dyn Work> = Arc::new(self.shelf.clone());
                let answer = explain(&work, paths, parse(&text), &place);
                let answer = Arc::new(answer);
                self.tell(Event::Explained { number, answer });
            }
            Request::Rescan => {
                self.walk();
                self.read_all();
            }
        }
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.terminal().backend().to_string()
    }

    /// The screen as text, in another theme.
    pub fn screen_in(&self, theme: Theme) -> String {
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| view(&self.app, theme, frame))
            .unwrap();
        let mut screen = String::new();
        let buffer = terminal.backend().buffer();
        for y in 0..height {
            for x in 0..width {
                screen.push_str(buffer[(x, y)].symbol());
            }
            screen.push('\n');
        }
        screen
    }

    /// The drawn terminal.
    pub fn terminal(&self) -> Terminal<TestBackend> {
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| view(&self.app, Theme::COLOURED, frame))
            .unwrap();
        terminal
    }

    #[track_caller]
    pub fn selected(self, name: &str) -> Driver {
        let row = self.app.current().map(|row| &*row.name);
        assert_eq!(row, Some(name), "\n{}", self.screen());
        self
    }

    #[track_caller]
    pub fn listed(self, names: &[&str]) -> Driver {
        let rows: Vec<&str> = self
            .app
            .order
            .iter()
            .map(|n| &*self.app.rows[*n].name)
            .collect();
        assert_eq!(rows, names);
        self
    }

    #[track_caller]
    pub fn shows(self, words: &str) -> Driver {
        let screen = self.screen();
        assert!(screen.contains(words), "{words:?} is not on\n{screen}");
        self
    }

    #[track_caller]
    pub fn hides(self, words: &str) -> Driver {
        let screen = self.screen();
        assert!(!screen.contains(words), "{words:?} is on\n{screen}");
        self
    }

    #[track_caller]
    pub fn ended(self, ended: &Ended) -> Driver {
        assert_eq!(self.ended.as_ref(), Some(ended), "\n{}", self.screen());
        self
    }

    #[track_caller]
    pub fn goes_on(self) -> Driver {
        assert_eq!(self.ended, None);
        self
    }
}

fn named_key(name: &str) -> KeyEvent {
    if let Some(letter) = name.strip_prefix("c-") {
        let letter = letter.chars().next().unwrap();
        return KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "s-tab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "bs" => KeyCode::Backspace,
        "space" => KeyCode::Char(' '),
        "lt" => KeyCode::Char('<'),
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}
