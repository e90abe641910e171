//! What the loop sends to a terminal. Over a slow link bytes are the latency, so keys and repaints
//! have a budget; and what was sent, in differences, must be what a fresh drawing shows.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Size};

use super::drive::Driver;
use super::shelf::{Model, Shelf};
use crate::compat::Verdict;
use crate::engine::{Event, Request};
use crate::tui::app::Mode;
use crate::tui::effect::{Ended, Outside};
use crate::tui::message::Message;
use crate::tui::run::{Host, Next, Source, run};
use crate::tui::screen::Screen;
use crate::tui::theme::Theme;

/// A terminal of a fixed size that interprets what it gets and counts it.
#[derive(Clone)]
struct Glass(Arc<Mutex<Inner>>);

struct Inner {
    parser: vt100::Parser,
    /// Bytes of each frame.
    frames: Vec<usize>,
}

impl Glass {
    fn new(width: u16, height: u16) -> Glass {
        let cells = |count| NonZeroU16::new(count).unwrap();
        let parser = vt100::Parser::new(cells(height), cells(width), 0);
        Glass(Arc::new(Mutex::new(Inner {
            parser,
            frames: Vec::new(),
        })))
    }

    fn frames(&self) -> Vec<usize> {
        self.0.lock().unwrap().frames.clone()
    }

    fn contents(&self) -> String {
        self.0.lock().unwrap().parser.screen().contents()
    }
}

impl Write for Glass {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock().unwrap();
        inner.parser.process(bytes);
        inner.frames.push(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The real back end, but its size is the test's and not that of the terminal the test runs in.
struct Sized {
    inner: CrosstermBackend<Screen<Glass>>,
    size: Size,
}

impl Backend for Sized {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.inner.draw(content)
    }
    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }
    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        panic!("the terminal was asked where its cursor is");
    }
    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }
    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }
    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }
    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }
    fn window_size(&mut self) -> io::Result<WindowSize> {
        panic!("the terminal was asked for its window");
    }
    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// Hands out one message for each frame, so that frames can be told apart.
struct Script {
    messages: VecDeque<Message>,
}

impl Source for Script {
    fn next(&mut self, wait: Option<Duration>) -> Next {
        if wait == Some(Duration::ZERO) {
            return Next::Nothing;
        }
        self.messages
            .pop_front()
            .map_or(Next::Closed, Next::Message)
    }
}

/// Hands out its messages as they are asked for, and keeps how long the loop wanted to wait between.
struct Waiting {
    messages: VecDeque<Message>,
    waits: Vec<Duration>,
}

impl Source for Waiting {
    fn next(&mut self, wait: Option<Duration>) -> Next {
        match wait {
            Some(Duration::ZERO) => Next::Nothing,
            Some(wait) => {
                self.waits.push(wait);
                std::thread::sleep(wait);
                Next::Nothing
            }
            None => self
                .messages
                .pop_front()
                .map_or(Next::Closed, Next::Message),
        }
    }
}

struct Stage {
    screen: Screen<Glass>,
    asked: Vec<Request>,
}

impl Host for Stage {
    fn ask(&mut self, request: Request) {
        self.asked.push(request);
    }
    fn copy(&mut self, _: &str) {}
    fn outside(&mut self, _: &Outside) -> io::Result<()> {
        Ok(())
    }
    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn retake(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn commit(&mut self) -> io::Result<usize> {
        self.screen.commit()
    }
}

/// Two hundred models with names of ordinary length.
fn long_shelf() -> Shelf {
    let verdicts = [
        Verdict::Ready,
        Verdict::FailsLoad,
        Verdict::Differs,
        Verdict::Unknown,
    ];
    Shelf(
        (0..200)
            .map(|number| Model {
                path: Box::leak(
                    format!(
                        "models/region-{:02}/churn-model-{number:03}.joblib",
                        number / 20
                    )
                    .into_boxed_str(),
                ),
                verdict: verdicts[number % verdicts.len()],
                class: "sklearn.pipeline.Pipeline",
                saved: "1.5.2",
                summary: "loads and predicts as where it was saved",
                size: 1000 + number as u64,
                age: number as u64,
            })
            .collect(),
    )
}

#[test]
fn the_first_news_follow_the_first_screen_at_once() {
    let mut driver = browser(80, 24);
    let glass = Glass::new(80, 24);
    let screen = Screen::new(glass.clone());
    let backend = Sized {
        inner: CrosstermBackend::new(screen.clone()),
        size: Size::new(80, 24),
    };
    let mut terminal = Terminal::new(backend).unwrap();
    let mut stage = Stage {
        screen,
        asked: Vec::new(),
    };
    let news = |words: &str| Message::Engine(Event::Trouble(words.into()));
    let mut source = Waiting {
        messages: [news("one"), news("two")].into(),
        waits: Vec::new(),
    };
    let ended = run(
        &mut driver.app,
        Theme::COLOURED,
        &mut terminal,
        &mut source,
        &mut stage,
    );
    assert_eq!(ended.unwrap(), Ended::Left);
    let (frames, waits) = (glass.frames(), source.waits);
    assert_eq!(frames.len(), 3);
    // The first frame is the whole screen; a slow link has room for as much more. How long many
    // frames wait is tested beside `Pace`.
    assert!(frames[0] > 1500, "{frames:?}");
    assert!(
        waits[..2]
            .iter()
            .all(|wait| *wait < Duration::from_millis(34)),
        "{frames:?} {waits:?}"
    );
}

/// Plays `messages`, one frame each; returns the bytes of each frame, the first one (the whole
/// screen) included, and what the terminal shows in the end.
fn play(driver: &mut Driver, size: (u16, u16), messages: Vec<Message>) -> (Vec<usize>, String) {
    ratatui::crossterm::style::force_color_output(true);
    let glass = Glass::new(size.0, size.1);
    let screen = Screen::new(glass.clone());
    let backend = Sized {
        inner: CrosstermBackend::new(screen.clone()),
        size: Size::new(size.0, size.1),
    };
    let mut terminal = Terminal::new(backend).unwrap();
    let mut stage = Stage {
        screen,
        asked: Vec::new(),
    };
    let mut script = Script {
        messages: messages.into(),
    };
    let ended = run(
        &mut driver.app,
        Theme::COLOURED,
        &mut terminal,
        &mut script,
        &mut stage,
    );
    assert_eq!(ended.unwrap(), Ended::Left);
    (glass.frames(), glass.contents())
}

fn keys(code: KeyCode, count: usize) -> Vec<Message> {
    vec![Message::Key(KeyEvent::new(code, KeyModifiers::NONE)); count]
}

fn browser(width: u16, height: u16) -> Driver {
    Driver::new(long_shelf(), Mode::Browse)
        .sized(width, height)
        .scanned()
}

#[test]
fn a_cursor_key_stays_in_its_budget() {
    let mut driver = browser(80, 24);
    let (frames, _) = play(&mut driver, (80, 24), keys(KeyCode::Char('j'), 120));
    assert_eq!(frames.len(), 121);
    let moves = &frames[1..];
    let mean = moves.iter().sum::<usize>() / moves.len();
    assert!(mean <= 400, "{mean} bytes a key in the mean: {moves:?}");
    // Only a jump of the window may cost more.
    let dear = moves.iter().filter(|bytes| **bytes > 400).count();
    assert!(
        dear <= 120 / 10 + 1,
        "{dear} keys cost more than 400 bytes: {moves:?}"
    );
}

#[test]
fn a_cursor_key_stays_in_its_budget_wherever_it_moves() {
    for (place, key) in [
        ("jtpy", KeyCode::Char('j')),
        ("j4", KeyCode::Char('j')),
        ("?", KeyCode::Down),
        ("m", KeyCode::Char('j')),
        ("m", KeyCode::Char('l')),
        ("e", KeyCode::Char('j')),
        ("j3i", KeyCode::Char('j')),
        ("jtp", KeyCode::Char('j')),
    ] {
        let mut driver = browser(80, 24).keys(place);
        let (frames, _) = play(&mut driver, (80, 24), keys(key, 60));
        let moves = &frames[1..];
        let mean = moves.iter().sum::<usize>() / moves.len();
        assert!(
            mean <= 400,
            "{place}: {mean} bytes a key in the mean: {moves:?}"
        );
    }
}

#[test]
fn the_detail_waits_for_the_end_of_a_run() {
    let mut driver = browser(120, 40);
    let (frames, shown) = play(&mut driver, (120, 40), keys(KeyCode::Char('j'), 90));
    let moves = &frames[1..];
    let mean = moves.iter().sum::<usize>() / moves.len();
    assert!(mean <= 400, "{mean} bytes a key in the mean: {moves:?}");
    assert!(shown.contains("churn-model-000.joblib ·"), "{shown}");
    let (_, shown) = play(&mut driver, (120, 40), vec![Message::Quiet]);
    assert!(shown.contains("churn-model-090.joblib ·"), "{shown}");
}

#[test]
fn a_full_repaint_stays_in_its_budget() {
    for keys_before in [
        "",
        "G",
        "jj<enter>",
        "?",
        "?copy",
        "/churn",
        "e",
        "m",
        "x",
        "j4",
        "j2",
        "jt",
        "jtpy",
        "j3i",
    ] {
        let mut driver = browser(80, 24).keys(keys_before);
        let (frames, _) = play(&mut driver, (80, 24), Vec::new());
        assert!(
            frames[0] <= 4096,
            "{} bytes after {keys_before:?}",
            frames[0]
        );
    }
}

#[test]
fn differences_add_up_to_the_screen() {
    for size in [(80, 24), (120, 40)] {
        let mut driver = Driver::new(Shelf::realistic(), Mode::Browse)
            .sized(size.0, size.1)
            .scanned();
        let mut messages = keys(KeyCode::Char('j'), 12);
        messages.extend(keys(KeyCode::Char('n'), 3));
        messages.extend(keys(KeyCode::Tab, 2));
        messages.push(Message::Continued);
        messages.extend(keys(KeyCode::Char('k'), 2));
        let (_, shown) = play(&mut driver, size, messages);
        let (_, fresh) = play(&mut driver, size, Vec::new());
        assert_eq!(shown, fresh);
    }
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let mut driver = browser(80, 24);
    // The first key takes the first hints away.
    driver.app.fresh = false;
    let (frames, _) = play(&mut driver, (80, 24), keys(KeyCode::F(9), 5));
    assert!(frames[1..].iter().all(|bytes| *bytes < 48), "{frames:?}");
}
