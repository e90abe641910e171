//! What the machine and its hooks share: the stream, the growing graph and the budgets.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use super::error::{Error, ErrorKind};
use super::machine::Machine;
use super::{Data, Global, Graph, Kept, Limits, Node, NodeId};
use crate::source::Stream;
use crate::source::room::FREE;

/// Names that a small model imports; growing a table to that size takes longer than filling it.
const FEW_NAMES: usize = 56;

/// The most nodes that space is taken for before they are met.
const FIRST: u64 = 4096;

/// Called for what stands outside the opcodes.
pub trait Hook {
    /// After `BUILD` gave `object` its state: a replacement, when the object announces content
    /// that stands in the stream at this point and the hook has read it.
    fn built(&mut self, reader: &mut Reader, object: NodeId) -> Result<Option<NodeId>, Error>;
}

/// A hook for streams that hold nothing but opcodes.
pub struct PlainPickle;

impl Hook for PlainPickle {
    fn built(&mut self, _: &mut Reader, _: NodeId) -> Result<Option<NodeId>, Error> {
        Ok(None)
    }
}

/// One pickle stream that was read to its end.
#[derive(Clone, Copy, Debug)]
pub struct Pickle {
    /// Where it starts.
    pub offset: u64,
    /// The highest protocol that it names; without one, 1 when binary opcodes occur, else 0.
    pub protocol: u8,
    /// Its top-level object.
    pub root: NodeId,
    /// Whether it stood inside another one.
    pub nested: bool,
}

/// The stream, the growing graph and the budgets.
pub struct Reader {
    /// The bytes.
    pub stream: Stream,
    /// What was made so far.
    pub graph: Graph,
    /// Every stream that ended well, in the order of their ends.
    pub pickles: Vec<Pickle>,
    /// The outermost object of the first stream while it is being read, whose parts are not all
    /// there yet.
    pub outermost: Option<NodeId>,
    limits: Limits,
    opcodes: u64,
    kept: u64,
    links: u64,
    memory: u64,
    /// Hashes of the names that were met.
    names: HashSet<u64>,
    started: usize,
}

impl Reader {
    /// A reader at the start of `stream`.
    pub fn new(stream: Stream, limits: Limits) -> Reader {
        // A node takes five bytes of a stream and more; space for a small file's is taken at once.
        let expected = stream.remaining().unwrap_or(0) / 8;
        Reader {
            graph: Graph::with_capacity(expected.min(FIRST) as usize),
            stream,
            pickles: Vec::new(),
            outermost: None,
            limits,
            opcodes: 0,
            kept: 0,
            links: 0,
            memory: 0,
            names: HashSet::with_capacity(FEW_NAMES),
            started: 0,
        }
    }

    /// Reads one pickle up to its `STOP`.
    pub fn pickle(&mut self, hook: &mut dyn Hook, nested: bool) -> Result<NodeId, Error> {
        self.started += 1;
        if self.started > self.limits.streams {
            return Err(self.error(ErrorKind::Budget(format!(
                "{} pickle streams",
                self.limits.streams
            ))));
        }
        let offset = self.stream.position();
        let (root, protocol) = Machine::new(self, hook).run()?;
        self.pickles.push(Pickle {
            offset,
            protocol,
            root,
            nested,
        });
        Ok(root)
    }

    /// An error at the present position.
    pub fn error(&self, kind: ErrorKind) -> Error {
        Error {
            offset: self.stream.position(),
            kind,
        }
    }

    /// Whether the first stream is at work, and none inside of it.
    pub(super) fn is_outer(&self) -> bool {
        self.started == 1
    }

    /// Adds a node within the budget.
    pub fn push(&mut self, node: Node, offset: u64) -> Result<NodeId, Error> {
        if self.graph.len() >= self.limits.nodes {
            return Err(self.error(ErrorKind::Budget(format!("{} objects", self.limits.nodes))));
        }
        self.charge(node.memory())?;
        if let Node::Global(global) = &node {
            self.count_name(global)?;
        }
        Ok(self.graph.push(node, offset))
    }

    /// Counts memory. Beyond what is free, only one reader of the process goes on at a time.
    #[inline]
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Error> {
        self.memory += bytes;
        if self.memory > FREE || self.memory > self.limits.memory {
            return self.not_free();
        }
        Ok(())
    }

    /// What is done at each step of a large graph.
    #[cold]
    fn not_free(&mut self) -> Result<(), Error> {
        if self.memory > self.limits.memory {
            let limit = crate::text::bytes(self.limits.memory);
            return Err(self.error(ErrorKind::Budget(format!(
                "{limit} of memory for its objects"
            ))));
        }
        self.graph.grow_large();
        Ok(())
    }

    /// Takes back what was counted for something that is gone.
    pub(super) fn refund(&mut self, bytes: u64) {
        self.memory = self.memory.saturating_sub(bytes);
    }

    /// Names are looked for in environments one by one, which takes longer than reading them.
    fn count_name(&mut self, global: &Global) -> Result<(), Error> {
        let mut hasher = DefaultHasher::new();
        global.hash(&mut hasher);
        if self.names.insert(hasher.finish()) && self.names.len() > self.limits.names {
            let what = format!("{} different names to import", self.limits.names);
            return Err(self.error(ErrorKind::Budget(what)));
        }
        Ok(())
    }

    /// Reads or passes over `len` bytes; `what` names them in an error.
    pub fn data(&mut self, len: u64, what: impl Display) -> Result<Data, Error> {
        let offset = self.stream.position();
        if len <= self.limits.keep && self.kept.saturating_add(len) <= self.limits.kept {
            self.kept += len;
            let bytes = if Kept::is_short(len) {
                let stream = &mut self.stream;
                match stream.ahead().copied() {
                    Some(ahead) => stream.skip(len).map(|()| Kept::short(len as usize, ahead)),
                    None => stream
                        .has(len)
                        .and_then(|()| Kept::filled(len as usize, |bytes| stream.fill(bytes))),
                }
            } else {
                self.stream.read_vec(len).map(Kept::from)
            };
            return Ok(Data::Kept(bytes.map_err(|e| self.io(e, what))?));
        }
        self.skip(len, what)?;
        Ok(Data::Skipped { offset, len })
    }

    /// Keeps a decoded text line, or remembers where its `len` bytes start.
    pub(super) fn keep(&mut self, decoded: Vec<u8>, offset: u64, len: u64) -> Data {
        let size = decoded.len() as u64;
        if size <= self.limits.keep && self.kept.saturating_add(size) <= self.limits.kept {
            self.kept += size;
            return Data::Kept(decoded.into());
        }
        Data::Skipped { offset, len }
    }

    /// Counts bytes that cannot be passed over: names, and integers beyond 64 bits.
    pub(super) fn count_kept(&mut self, len: usize) -> Result<(), Error> {
        self.kept = self.kept.saturating_add(len as u64);
        if self.kept > self.limits.kept {
            return Err(self.error(self.not_kept("texts", 0)));
        }
        Ok(())
    }

    /// What to say when `what`, of `len` bytes, was passed over but is needed.
    pub(super) fn not_kept(&self, what: &str, len: u64) -> ErrorKind {
        let (limit, what) = if len > self.limits.keep {
            (self.limits.keep, what)
        } else {
            (self.limits.kept, "texts in all")
        };
        ErrorKind::Budget(format!("{} for {what}", crate::text::bytes(limit)))
    }

    /// Passes over `len` bytes; `what` names them in an error.
    pub fn skip(&mut self, len: u64, what: impl Display) -> Result<(), Error> {
        self.stream.skip(len).map_err(|e| self.io(e, what))
    }

    /// Turns a failed read into an error at the present position.
    pub fn io(&self, error: io::Error, what: impl Display) -> Error {
        self.error(match error.kind() {
            io::ErrorKind::UnexpectedEof => ErrorKind::Truncated(what.to_string()),
            _ => ErrorKind::Io(error),
        })
    }

    pub(super) fn count_opcode(&mut self) -> Result<(), Error> {
        self.opcodes += 1;
        if self.opcodes > self.limits.opcodes {
            return Err(self.error(ErrorKind::Budget(format!(
                "{} pickle instructions",
                self.limits.opcodes
            ))));
        }
        Ok(())
    }

    /// Counts references; `fresh` tells that the container had none before.
    #[inline]
    pub(super) fn count_links(&mut self, count: usize, fresh: bool) -> Result<(), Error> {
        if count == 0 {
            return Ok(());
        }
        self.links += count as u64;
        if self.links > self.limits.links {
            return Err(self.error(ErrorKind::Budget(format!(
                "{} references between objects",
                self.limits.links
            ))));
        }
        // Lists that grow have up to twice the place that they fill.
        let block = if fresh { 24 } else { 0 };
        self.charge(8 * count as u64 + block)
    }
}
