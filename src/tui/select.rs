//! The filter of the list without a screen: the same state, the same order, nothing drawn.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use tui_input::Input;

use super::app::{App, Mode};
use super::heard::heard;
use super::order;
use crate::artifact::Artifact;
use crate::compat::Comparison;
use crate::compat::shelf::wishes;
use crate::engine::{Event, Trust};
use crate::manifest::Manifest;

/// What reading one artifact brought.
pub struct Read {
    /// What the file says.
    pub artifact: Artifact,
    /// What it needs.
    pub manifest: Manifest,
    /// How it compares with the environment of the moment.
    pub comparison: Comparison,
    /// What loading it would run.
    pub trust: Option<Trust>,
}

/// Artifacts to be filtered.
pub struct Selection(App);

impl Selection {
    /// Nothing yet, of the shelf at `root`; ages are told from `now`.
    pub fn new(root: PathBuf, ready_only: bool, now: SystemTime) -> Selection {
        let mode = Mode::Pick {
            ready_only,
            multi: false,
        };
        let mut app = App::new(String::new(), root, mode, (80, 24));
        app.now = now;
        app.grouped = false;
        app.started = true;
        Selection(app)
    }

    /// One more.
    pub fn add(&mut self, path: PathBuf, read: Read) {
        let app = &mut self.0;
        let row = app.rows.len();
        let wishes = wishes(&read.manifest, &read.comparison);
        let paths = vec![path];
        drop(heard(app, Event::Found { first: row, paths }));
        let event = Event::Read {
            row,
            artifact: Arc::new(read.artifact),
            manifest: Arc::new(read.manifest),
            comparison: Arc::new(read.comparison),
            wishes,
            trust: read.trust.map(Arc::new),
        };
        drop(heard(app, event));
    }

    /// The paths that match, the best first. The error is one clause: what is wrong with the filter.
    pub fn matching(mut self, filter: &str) -> Result<Vec<PathBuf>, String> {
        let app = &mut self.0;
        app.filter = Input::from(filter.to_owned());
        let query = order::query(app);
        if let Some(words) = query.trouble() {
            return Err(words.to_owned());
        }
        if query.asks_elsewhere() {
            return Err("env: needs the screen, where other environments are looked at".to_owned());
        }
        order::settle(app);
        let shown = app.order.iter();
        Ok(shown.map(|row| app.rows[*row].path.clone()).collect())
    }
}
