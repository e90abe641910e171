//! Any keys on any screen: nothing panics, and what must hold holds.

use proptest::prelude::*;
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::drive::{Driver, drive, pick};
use super::shelf::Shelf;
use crate::engine::Event;
use crate::tui::app::{Mode, Overlay};
use crate::tui::message::Message;

#[derive(Clone, Debug)]
enum Act {
    Key(KeyEvent),
    Size(u16, u16),
    Paste(String),
    Mouse(MouseEvent),
    Changed(usize, bool),
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
        6 => prop::sample::select("jkgGhlnNs/etpycr?q1234567890 ymvxufowR!*YdimgrT:<>".chars().map(KeyCode::Char).collect::<Vec<_>>()),
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

fn mouse() -> impl Strategy<Value = MouseEvent> {
    let kind = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::Moved,
    ]);
    (kind, 0u16..260, 0u16..90).prop_map(|(kind, column, row)| MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => key().prop_map(Act::Key),
        3 => (0u16..=250, 0u16..=80).prop_map(|(width, height)| Act::Size(width, height)),
        1 => (36u16..=44, 9u16..=14).prop_map(|(width, height)| Act::Size(width, height)),
        1 => any::<String>().prop_map(Act::Paste),
        1 => prop::sample::select(vec!["size:>1M", "env:venv", "saved:<1.3 trust:k", "age:<x", "zz"])
            .prop_map(|text| Act::Paste(text.to_owned())),
        2 => mouse().prop_map(Act::Mouse),
        1 => (0usize..12, any::<bool>()).prop_map(|(row, folders)| Act::Changed(row, folders)),
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
            Act::Mouse(event) => driver.send(Message::Mouse(event)),
            Act::Changed(row, folders) => driver.tell(Event::Changed {
                rows: vec![row],
                folders,
            }),
            Act::ReadAll => driver.read_all(),
            Act::Rescan => driver.walk(),
            Act::NoEnvironment => driver = driver.without_environment(),
            Act::Tick => driver.send(Message::Tick),
        }
        let app = &driver.app;
        prop_assert!(app.list.cursor < app.order.len().max(1));
        prop_assert!(app.sheet.is_empty() || app.detail.cursor < app.sheet.len());
        prop_assert!(app.marked.iter().all(|row| *row < app.rows.len()));
        if let Some(Overlay::Form(scroll)) = &app.overlay {
            prop_assert!(scroll.cursor < app.form.entries.len().max(1));
        }
        let distinct: std::collections::BTreeSet<_> = app.order.iter().collect();
        prop_assert_eq!(distinct.len(), app.order.len());
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
    fn any_keys_on_a_shelf_with_folders(acts in prop::collection::vec(act(), 0..60)) {
        play(Driver::new(Shelf::foldered(), Mode::Browse).scanned(), acts)?;
    }

    #[test]
    fn any_keys_on_any_screen_of_a_picker(ready in any::<bool>(), acts in prop::collection::vec(act(), 0..40)) {
        play(pick(ready), acts)?;
    }

    #[test]
    fn any_keys_in_the_form_of_a_row(acts in prop::collection::vec(act(), 0..40)) {
        play(drive().keys("n3i"), acts)?;
    }

    #[test]
    fn any_keys_while_a_value_is_typed(acts in prop::collection::vec(act(), 0..20)) {
        play(drive().keys("n3i<enter>"), acts)?;
    }

    #[test]
    fn any_keys_before_anything_is_known(acts in prop::collection::vec(act(), 0..30)) {
        play(Driver::new(Shelf::realistic(), Mode::Browse), acts)?;
    }
}
