//! What a key that was pressed means: a command, a digit of its count, the first of two keys, or text.

use ratatui::crossterm::event::{Event as TerminalEvent, KeyCode, KeyEvent};
use tui_input::StateChanged;
use tui_input::backend::crossterm::EventHandler;

use super::app::{App, Overlay};
use super::effect::Effect;
use super::explain;
use super::form;
use super::keymap::{Context, Found, Key, Keys};
use super::scroll::Scroll;
use super::theme::Role;
use super::update::command;
use crate::text;

/// The largest count: more than any list has.
const MOST_COUNTED: usize = 9_999_999;

/// Takes a key.
pub fn key(app: &mut App, event: KeyEvent) -> Vec<Effect> {
    app.status = None;
    app.running = false;
    app.fresh = false;
    let doubted = app.doubted.take();
    let place = app.place();
    let prefix = app.prefix.take();
    if prefix.is_none() && counts(app, Key::of(event)) {
        return Vec::new();
    }
    let keys = std::sync::Arc::clone(&app.keys);
    match keys.find(place, prefix, event) {
        Found::Command(id) => return command(app, id, doubted),
        Found::Prefix(key) => {
            app.prefix = Some(key);
            return Vec::new();
        }
        Found::Nothing => app.count = None,
    }
    if let Some(prefix) = prefix {
        if event.code != KeyCode::Esc {
            let keys = Keys {
                prefix: Some(prefix),
                key: Key::of(event),
            };
            let words = format!("{} means nothing here", text::clean(&keys.name()));
            app.say(Role::Dim, words);
        }
        return Vec::new();
    }
    match place.context {
        Context::Filter => {
            let change = app.filter.handle_event(&TerminalEvent::Key(event));
            if change.is_some_and(|StateChanged { value, .. }| value) {
                app.moved = false;
            }
        }
        Context::Help => {
            let change = app.sought.handle_event(&TerminalEvent::Key(event));
            if change.is_some_and(|StateChanged { value, .. }| value) {
                app.overlay = Some(Overlay::Help(Scroll::default()));
            }
        }
        Context::Paste => explain::typed(app, event),
        Context::Value => form::typed(app, event),
        // Running a stranger's file is only for those who said yes with the one key for it.
        Context::Confirm => {
            app.overlay = None;
            app.say(Role::Text, "not run");
        }
        _ => {}
    }
    Vec::new()
}

/// Takes a digit of a count. Where 1 to 4 are the faces a count begins with another digit (0 does,
/// too: 012j); what follows is a digit of it whatever it is.
fn counts(app: &mut App, key: Key) -> bool {
    let context = app.context();
    let letters_are_text = matches!(
        context,
        Context::Filter | Context::Help | Context::Paste | Context::Confirm | Context::Value
    );
    let digit = key.character().and_then(|letter| letter.to_digit(10));
    let Some(digit) = digit.filter(|_| !letters_are_text) else {
        return false;
    };
    let faces = matches!(context, Context::List | Context::Detail);
    if app.count.is_none() && faces && (1..=4).contains(&digit) {
        return false;
    }
    let before = app.count.unwrap_or(0);
    app.count = Some((before * 10 + digit as usize).min(MOST_COUNTED));
    true
}
