//! One step back, and the ways out: leaving, and leaving with what was picked.

use super::app::{App, Mode, Overlay};
use super::effect::{Effect, Ended};
use super::face::Half;
use super::form;
use super::keymap::Context;
use super::marks;
use super::scroll::Scroll;
use super::theme::Role;
use crate::compat::Verdict;

/// One step back: what was opened last is closed.
pub fn back(app: &mut App) -> Vec<Effect> {
    if app.context() == Context::Value {
        form::leave(app);
        return Vec::new();
    }
    if matches!(app.overlay, Some(Overlay::Help(_))) && !app.sought.value().is_empty() {
        app.sought.reset();
        app.overlay = Some(Overlay::Help(Scroll::default()));
        return Vec::new();
    }
    if app.overlay.take().is_some() {
        return Vec::new();
    }
    if app.half == Half::Detail && !app.typing {
        app.half = Half::List;
        return Vec::new();
    }
    if app.typing || !app.filter.value().is_empty() {
        app.typing = false;
        app.filter.reset();
        return Vec::new();
    }
    if !app.marked.is_empty() {
        marks::none(app);
        return Vec::new();
    }
    if app.picking() {
        return leave(app);
    }
    app.say(Role::Text, "q leaves");
    Vec::new()
}

/// Leaving a pick that had nothing to offer is another outcome than not wanting any of it.
pub fn leave(app: &App) -> Vec<Effect> {
    let offered = !app.order.is_empty() || !app.filter.value().is_empty();
    let known = app.walked && app.unread() == 0;
    vec![Effect::End(if app.picking() && known && !offered {
        Ended::NothingMatched
    } else {
        Ended::Left
    })]
}

/// Ends with what is marked, else with the artifact under the cursor; one that is not ready wants a
/// second time.
pub fn pick(app: &mut App, doubted: Option<usize>) -> Vec<Effect> {
    if !app.marked.is_empty() {
        let rows = app.meant().into_iter();
        let paths = rows.filter_map(|row| Some(app.rows.get(row)?.path.clone()));
        return vec![Effect::End(Ended::Picked(paths.collect()))];
    }
    let (Some(number), Some(row)) = (app.selected, app.current()) else {
        return Vec::new();
    };
    let doubt = match row.verdict() {
        Some(Verdict::Ready) => None,
        Some(verdict) => Some(verdict.phrase().to_owned()),
        None => Some("not read yet".to_owned()),
    };
    match doubt {
        Some(words) if doubted != Some(number) && matches!(app.mode, Mode::Pick { .. }) => {
            let words = format!("{}: {words}. enter again picks it anyway", row.name);
            app.doubted = Some(number);
            app.say(Role::Warning, words);
            Vec::new()
        }
        _ => vec![Effect::End(Ended::Picked(vec![row.path.clone()]))],
    }
}
