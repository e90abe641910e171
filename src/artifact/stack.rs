//! Several pickles of one file, read into one object graph under one budget.

use super::{Keep, Objects, Stream as Place, Unreadable, pickle};
use crate::pickle::{Graph, NodeId, PlainPickle, Reader};
use crate::source::Stream;

/// The pickles read so far.
pub(super) struct Stack {
    reader: Reader,
    /// One mark for each pickle that ended well: whether loading begins with another one.
    inner: Vec<bool>,
}

impl Stack {
    /// A stack that reads from `stream`.
    pub(super) fn new(stream: Stream, keep: Keep) -> Self {
        let size = stream.remaining().unwrap_or(0);
        Self {
            reader: Reader::new(stream, keep.limits(size)),
            inner: Vec::new(),
        }
    }

    /// Goes on with another member of the archive.
    pub(super) fn turn_to(&mut self, stream: Stream) {
        self.reader.stream = stream;
    }

    /// Reads the next pickle; `what` names it in an error. `inner` says that it is only an
    /// accessory of the one that loading returns.
    pub(super) fn pickle(&mut self, what: &str, inner: bool) -> Result<NodeId, Unreadable> {
        match self.reader.pickle(&mut PlainPickle, false) {
            Ok(root) => {
                self.inner.push(inner);
                Ok(root)
            }
            Err(error) => {
                let trouble = pickle::unreadable(&error);
                Err(Unreadable {
                    reason: crate::text::short(&format!("{what}: {}", trouble.reason), 300),
                    ..trouble
                })
            }
        }
    }

    /// The bytes behind the last pickle.
    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.reader.stream
    }

    /// The graph so far.
    pub(super) fn graph(&self) -> &Graph {
        &self.reader.graph
    }

    /// The graph so far, for changing it.
    pub(super) fn graph_mut(&mut self) -> &mut Graph {
        &mut self.reader.graph
    }

    /// Everything, with `root` as what loading returns.
    pub(super) fn finish(self, root: NodeId) -> Objects {
        let streams = self.reader.pickles.iter().zip(self.inner);
        Objects {
            streams: streams
                .map(|(pickle, inner)| Place {
                    offset: pickle.offset,
                    protocol: pickle.protocol,
                    root: pickle.root,
                    nested: inner,
                })
                .collect(),
            graph: self.reader.graph,
            root,
        }
    }
}
