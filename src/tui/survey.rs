//! What is known of the artifacts in the other environments of the host: asked for row by row while
//! nothing else is to do, kept until the shelf is read again or the environments change.
//!
//! Everything is asked for while the switcher or the grid is open; otherwise only the row that the
//! detail shows, when it is not good here. Closing them stops the rest.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::app::{App, Overlay};
use super::effect::Effect;
use super::live::Live;
use super::row::Row;
use crate::compat::shelf::{self, Conflict, Wish, Wishes};
use crate::compat::{Elsewhere, Verdict};
use crate::engine::Request;
use crate::environment::Environment;

/// On a larger shelf nobody counts for every step of the cursor what a fix leaves behind.
const MOST_WEIGHED: usize = 5_000;
/// Artifacts whose wishes are laid together for the grid.
const MOST_JOINED: usize = 20_000;

/// Verdicts by row and environment.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// By row: the verdicts in the order of the environments.
    cells: HashMap<usize, Vec<Verdict>>,
    /// By environment: how many rows are ready.
    ready: Vec<usize>,
    /// What the engine was asked for last.
    asked: Asked,
    /// Whether the environments were asked for because of a row.
    listing: bool,
    /// What the artifacts want of distributions, each list once.
    wishes: HashSet<Arc<[Wish]>>,
    /// Counts what was heard of wishes, so that what follows from them is made again.
    told: usize,
    /// The comparison that the detail shows (by its place in memory, with what was told by then)
    /// and how many ready artifacts its fix leaves behind.
    danger: Option<((usize, usize), usize)>,
    /// What stands against one environment for all, as far as the grid says it.
    conflicts: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    Row(usize),
    /// All rows that were read, this many.
    All(usize),
}

impl Survey {
    /// Environments were listed: what was known of others is void.
    pub fn listed(&mut self, before: Option<&[Arc<Environment>]>, now: &[Arc<Environment>]) {
        let before = before.unwrap_or_default();
        let same = before.len() == now.len()
            && before
                .iter()
                .zip(now)
                .all(|(one, other)| Arc::ptr_eq(one, other));
        if !same {
            *self = Survey {
                ready: vec![0; now.len()],
                listing: self.listing,
                wishes: std::mem::take(&mut self.wishes),
                told: self.told,
                conflicts: std::mem::take(&mut self.conflicts),
                ..Survey::default()
            };
        }
    }

    /// Every row is void; the environments stay.
    pub fn forget(&mut self) {
        self.cells.clear();
        self.wishes.clear();
        self.ready.fill(0);
        self.asked = Asked::Nothing;
    }

    /// One row is read again.
    pub fn forget_row(&mut self, row: usize) {
        if let Some(verdicts) = self.cells.remove(&row) {
            for (count, verdict) in self.ready.iter_mut().zip(&verdicts) {
                *count -= usize::from(*verdict == Verdict::Ready);
            }
            self.asked = Asked::Nothing;
        }
    }

    /// The wishes of a row that was compared, as they are kept: few differ on a large shelf.
    pub fn wishes(&mut self, wishes: Vec<Wish>) -> Arc<[Wish]> {
        self.told = self.told.wrapping_add(1);
        if let Some(known) = self.wishes.get(wishes.as_slice()) {
            return Arc::clone(known);
        }
        let kept: Arc<[Wish]> = wishes.into();
        self.wishes.insert(Arc::clone(&kept));
        kept
    }

    /// One row was surveyed.
    pub fn heard(&mut self, row: usize, verdicts: Vec<Verdict>) {
        if verdicts.len() != self.ready.len() || self.cells.contains_key(&row) {
            return;
        }
        for (count, verdict) in self.ready.iter_mut().zip(&verdicts) {
            *count += usize::from(*verdict == Verdict::Ready);
        }
        self.cells.insert(row, verdicts);
    }

    /// The verdict of a row in an environment, once it is known.
    pub fn verdict(&self, row: usize, environment: usize) -> Option<Verdict> {
        self.cells.get(&row)?.get(environment).copied()
    }

    /// `opens 12/14`, or how far the counting is: `3 of 5/14`.
    pub fn opens(&self, environment: usize, rows: usize) -> String {
        let known = self.cells.len();
        let Some(ready) = self.ready.get(environment).filter(|_| known > 0) else {
            return "…".to_owned();
        };
        if known < rows {
            return format!("{ready} of {known}/{rows}");
        }
        format!("opens {ready}/{rows}")
    }

    /// How many ready artifacts the fix of the shown row leaves behind, when it does.
    pub fn endangered(&self) -> Option<usize> {
        self.danger
            .map(|(_, count)| count)
            .filter(|count| *count > 0)
    }

    /// The distributions that no one release of serves all; empty when there are none.
    pub fn conflicts(&self) -> &str {
        &self.conflicts
    }

    /// Where a row is ready, for people, when it is not good here.
    pub fn ready_in(&self, app: &App, row: usize) -> Option<String> {
        let reading = app.rows.get(row)?.reading.as_ref()?;
        if !bad(&app.rows[row]) {
            return None;
        }
        let verdicts = self.cells.get(&row)?;
        let at = verdicts.iter().position(|v| *v == Verdict::Ready)?;
        let environment = app.environments.as_ref()?.get(at)?;
        Some(Elsewhere::of(environment, &reading.comparison).words())
    }
}

/// Whether another environment could do better.
fn bad(row: &Row) -> bool {
    row.is_problem() && row.verdict() != Some(Verdict::Unreadable)
}

/// The column of the environment that rows are compared with.
pub fn column_of_live(app: &App) -> usize {
    let all = app.environments.as_deref().unwrap_or_default();
    let here = |environment: &Arc<Environment>| matches!(&app.live, Live::Chosen(live) if live.prefix == environment.prefix);
    all.iter().position(here).unwrap_or(0)
}

/// Counts what the fix of the shown row would leave behind, once for each comparison.
pub fn weigh(app: &mut App) {
    let shown = app.detailed_row().and_then(|row| row.reading.as_ref());
    let whole = app.walked && app.unread() == 0 && app.rows.len() <= MOST_WEIGHED;
    let Some(reading) = shown.filter(|_| whole) else {
        app.survey.danger = None;
        return;
    };
    let place = (Arc::as_ptr(&reading.comparison).addr(), app.survey.told);
    if app.survey.danger.is_some_and(|(known, _)| known == place) {
        return;
    }
    let fix = reading.comparison.fix.as_ref().filter(|fix| fix.in_place());
    let pins = fix.map_or(&[][..], |fix| &fix.pins);
    let left = |row: &&Row| {
        let ready = row.brief.as_ref().filter(|b| b.verdict == Verdict::Ready);
        ready.is_some_and(|brief| shelf::endangers(pins, &brief.wishes))
    };
    let count = if pins.is_empty() {
        0
    } else {
        app.rows.iter().filter(left).count()
    };
    app.survey.danger = Some((place, count));
}

/// Finds the conflicts of the shelf in the environment of the moment, for the grid.
pub fn find_conflicts(app: &mut App) {
    let mut wishes = Wishes::default();
    for row in app.rows.iter().take(MOST_JOINED) {
        if let Some(brief) = &row.brief {
            wishes.add(&row.path, &brief.wishes);
        }
    }
    let words: Vec<String> = wishes.conflicts().iter().map(Conflict::short).collect();
    app.survey.conflicts = words.join(" · ");
}

/// What the engine should be asked now, when that differs from what it was asked last.
pub fn wanted(app: &mut App) -> Vec<Effect> {
    let whole = matches!(
        app.overlay,
        Some(Overlay::Environments(_) | Overlay::Grid(..))
    ) || app.filter.value().contains("env:");
    let settled = app.walked && app.unread() == 0;
    let wish = if whole {
        Asked::All(app.read)
    } else {
        let shown = app.detailed.filter(|row| {
            settled
                && !app.picking()
                && app.layout().detail.is_some()
                && matches!(app.live, Live::Chosen(_))
                && app.rows.get(*row).is_some_and(bad)
        });
        shown.map_or(Asked::Nothing, Asked::Row)
    };
    if wish == app.survey.asked {
        return Vec::new();
    }
    if app.environments.is_none() {
        // The overlays ask for the list themselves.
        let unasked = app.overlay.is_none() && wish != Asked::Nothing;
        if unasked && !app.survey.listing {
            app.survey.listing = true;
            return vec![Effect::Ask(Request::ListEnvironments)];
        }
        return Vec::new();
    }
    let known = &app.survey.cells;
    let missing = |row: &usize| !known.contains_key(row) && app.rows[*row].brief.is_some();
    let rows: Vec<usize> = match wish {
        Asked::Nothing => Vec::new(),
        Asked::Row(row) => Some(row).filter(missing).into_iter().collect(),
        Asked::All(_) => {
            // What is on the list first: it is on the screen of the grid.
            let listed = app.order.iter().copied();
            let mut rows: Vec<usize> = listed.filter(missing).collect();
            if rows.len() + known.len() < app.read {
                let here: HashSet<usize> = rows.iter().copied().collect();
                let others = (0..app.rows.len()).filter(|row| !here.contains(row));
                rows.extend(others.filter(missing));
            }
            rows
        }
    };
    let before = std::mem::replace(&mut app.survey.asked, wish);
    if rows.is_empty() && !matches!(before, Asked::All(_)) {
        return Vec::new();
    }
    vec![Effect::Ask(Request::Survey(rows))]
}
