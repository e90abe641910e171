//! Where in the object a stream stopped: the names and indices of what was being built, read off
//! the stack, so that a truncated file can say which of its arrays is cut.

use super::Machine;
use crate::pickle::error::{Error, ErrorKind};
use crate::pickle::{Node, NodeId};
use crate::text;

/// Levels that are named; of more, the innermost.
const LEVELS: usize = 6;

/// Open containers that are looked at.
const MARKS: usize = 64;
/// Characters of one name.
const NAME: usize = 40;

impl Machine<'_> {
    /// Adds to a truncation what was being built.
    pub(super) fn placed(&self, error: Error) -> Error {
        match error.kind {
            ErrorKind::Truncated(what) => {
                let place = self.place();
                let what = if place.is_empty() {
                    what
                } else {
                    format!("{what} ({place})")
                };
                Error {
                    kind: ErrorKind::Truncated(what),
                    ..error
                }
            }
            _ => error,
        }
    }

    /// `estimators_[13].tree_.values`; empty where nothing has a name.
    fn place(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        // Of millions of open containers the innermost ones tell enough.
        let outer = self.marks.len().saturating_sub(MARKS);
        for (level, start) in self.marks.iter().enumerate().skip(outer) {
            let start = *start as usize;
            let Some(base) = start.checked_sub(1).and_then(|at| self.stack.get(at)) else {
                continue;
            };
            let end = self.marks.get(level + 1).map(|end| *end as usize);
            let Some(pending) = self.stack.get(start..end.unwrap_or(self.stack.len())) else {
                continue;
            };
            match self.reader.graph.node(*base) {
                Node::Dict(_) => {
                    if let Some(name) = self.key(pending, end.is_none()) {
                        let dot = if parts.is_empty() { "" } else { "." };
                        parts.push(format!("{dot}{name}"));
                    }
                }
                Node::List(items) if end.is_some() => {
                    parts.push(self.index(items.len(), pending));
                }
                _ => {}
            }
        }
        let from = parts.len().saturating_sub(LEVELS);
        let shown: String = parts.drain(from..).collect();
        if from > 0 {
            format!("…{shown}")
        } else {
            shown
        }
    }

    /// The key whose value is at work: keys and values alternate, and the open value is not there
    /// yet, an object, or an object with its state above it.
    fn key(&self, pending: &[NodeId], innermost: bool) -> Option<String> {
        let len = pending.len();
        let back = match (len % 2, innermost) {
            (1, true) => 1,
            (0, _) => 2,
            (_, false) => 3,
            _ => return None,
        };
        let name = self
            .reader
            .graph
            .text(*pending.get(len.checked_sub(back)?)?)?;
        Some(text::short(name, NAME))
    }

    /// Which member of a list is at work; the name of one that stands in a pair with its name.
    fn index(&self, done: usize, pending: &[NodeId]) -> String {
        let graph = &self.reader.graph;
        let with_state = matches!(pending, [.., object, state]
            if matches!(graph.node(*object), Node::Object(_))
                && matches!(graph.node(*state), Node::Dict(_)));
        let open = pending.len().saturating_sub(if with_state { 2 } else { 1 });
        let name = open
            .checked_sub(1)
            .and_then(|at| graph.text(*pending.get(at)?));
        match name.filter(|_| with_state) {
            Some(name) => format!("['{}']", text::short(name, NAME)),
            None => format!("[{}]", done + open),
        }
    }
}
