//! Any keys on any screen: nothing panics, and what must hold holds.

use proptest::prelude::*;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::drive::{Driver, drive, pick};
use super::shelf::Shelf;
use crate::tui::app::Mode;
use crate::tui::message::Message;

#[derive(Clone, Debug)]
enum Act {
    Key(KeyEvent),
    Size(u16, u16),
    Paste(String),
    ReadAll,
    Rescan,
    NoEnvironment,
    Tick,
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let named = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::F(1),
        KeyCode::Null,
    ]);
    // Letters that mean something come often, any other character now and then.
    let code = prop_oneof![
        6 => prop::sample::select("jkgGhlnNs/etpycr?q1234 ymvx".chars().map(KeyCode::Char).collect::<Vec<_>>()),
        4 => named,
        1 => any::<char>().prop_map(KeyCode::Char),
    ];
    let modifiers = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::SHIFT),
        1 => Just(KeyModifiers::ALT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => key().prop_map(Act::Key),
        3 => (0u16..=250, 0u16..=80).prop_map(|(width, height)| Act::Size(width, height)),
        1 => (36u16..=44, 9u16..=14).prop_map(|(width, height)| Act::Size(width, height)),
        1 => any::<String>().prop_map(Act::Paste),
        1 => Just(Act::ReadAll),
        1 => Just(Act::Rescan),
        1 => Just(Act::NoEnvironment),
        1 => Just(Act::Tick),
    ]
}

fn play(mut driver: Driver, acts: Vec<Act>) -> Result<(), TestCaseError> {
    for act in acts {
        match act {
            Act::Key(key) => driver.send(Message::Key(key)),
            Act::Size(width, height) => driver.send(Message::Resize(width, height)),
            Act::Paste(text) => driver.send(Message::Paste(text)),
            Act::ReadAll => driver.read_all(),
            Act::Rescan => driver.walk(),
            Act::NoEnvironment => driver = driver.without_environment(),
            Act::Tick => driver.send(Message::Tick),
        }
        let app = &driver.app;
        prop_assert!(app.list.cursor < app.order.len().max(1));
        prop_assert!(app.sheet.is_empty() || app.detail.cursor < app.sheet.len());
        prop_assert_eq!(app.selected, app.order.get(app.list.cursor).copied());
        if app.size.0 > 0 && app.size.1 > 0 {
            let screen = driver.screen();
            prop_assert!(
                !screen.chars().any(|c| c.is_control() && c != '\n'),
                "{:?}",
                screen
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_on_any_screen_of_a_browser(acts in prop::collection::vec(act(), 0..60)) {
        play(drive(), acts)?;
    }

    #[test]
    fn any_keys_on_any_screen_of_a_picker(ready in any::<bool>(), acts in prop::collection::vec(act(), 0..40)) {
        play(pick(ready), acts)?;
    }

    #[test]
    fn any_keys_before_anything_is_known(acts in prop::collection::vec(act(), 0..30)) {
        play(Driver::new(Shelf::realistic(), Mode::Browse), acts)?;
    }
}
