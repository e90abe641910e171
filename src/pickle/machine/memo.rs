//! The memo of one stream: values under keys that the file chooses.

use std::collections::HashMap;

use crate::pickle::NodeId;

/// The memo is a plain list while a key is below twice the number of entries and this; beyond that
/// it is sparse, so that few entries with high keys take little memory.
const DENSE: u64 = 1024;

/// Entries that space is taken for with the first one: a small model has a few hundred.
const FIRST: usize = 256;

#[derive(Default)]
pub(super) struct Memo {
    dense: Vec<NodeId>,
    sparse: HashMap<u64, NodeId>,
    pub(super) len: u64,
}

impl Memo {
    pub(super) fn put(&mut self, key: u64, node: NodeId) {
        if key < 2 * self.len + DENSE {
            let at = key as usize;
            if at >= self.dense.len() {
                if self.dense.is_empty() {
                    self.dense.reserve(FIRST.max(at + 1));
                }
                self.dense.resize(at + 1, NodeId::NONE);
            }
            let sparse = !self.sparse.is_empty() && self.sparse.remove(&key).is_some();
            if !sparse && self.dense[at] == NodeId::NONE {
                self.len += 1;
            }
            self.dense[at] = node;
        } else if self.sparse.insert(key, node).is_none() {
            self.len += 1;
        }
    }

    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> u64 {
        4 * self.dense.len() as u64 + 48 * self.sparse.len() as u64
    }

    pub(super) fn get(&self, key: u64) -> Option<NodeId> {
        let dense = usize::try_from(key).ok().and_then(|at| self.dense.get(at));
        match dense {
            Some(node) if *node != NodeId::NONE => Some(*node),
            _ => self.sparse.get(&key).copied(),
        }
    }
}
