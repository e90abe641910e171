//! The stack with its marks, and the memo as opcodes use it: what is too little is too little as in
//! the reference implementation.

use super::Machine;
use crate::pickle::error::{Error, ErrorKind};
use crate::pickle::{Node, NodeId};

/// The most values and marks on the stack.
const STACK: usize = 4_000_000;

impl Machine<'_> {
    pub(super) fn make(&mut self, node: Node) -> Result<(), Error> {
        let links = match &node {
            Node::List(items) => items.len(),
            Node::Tuple(items) | Node::FrozenSet(items) => items.len(),
            Node::Dict(pairs) => 2 * pairs.len(),
            _ => 0,
        };
        self.reader.count_links(links, true)?;
        let id = self.reader.push(node, self.offset)?;
        self.stack.push(id);
        Ok(())
    }

    /// Marks, duplicates and memo reads make no nodes, so the node budget does not stop them.
    pub(super) fn check_depth(&self) -> Result<(), Error> {
        if self.stack.len() + self.marks.len() > STACK {
            return Err(self.fail(ErrorKind::Budget(format!("{STACK} values on the stack"))));
        }
        Ok(())
    }

    pub(super) fn fence(&self) -> usize {
        self.marks.last().map_or(0, |mark| *mark as usize)
    }

    pub(super) fn top(&self, opcode: &'static str) -> Result<NodeId, Error> {
        match self.stack.last() {
            Some(top) if self.stack.len() > self.fence() => Ok(*top),
            _ => Err(self.fail(ErrorKind::StackUnderflow(opcode))),
        }
    }

    pub(super) fn pop(&mut self, opcode: &'static str) -> Result<NodeId, Error> {
        let top = self.top(opcode)?;
        self.stack.pop();
        Ok(top)
    }

    /// `POP` takes a mark away when nothing stands above it.
    pub(super) fn discard(&mut self) -> Result<(), Error> {
        if self
            .marks
            .last()
            .is_some_and(|mark| *mark as usize == self.stack.len())
        {
            self.marks.pop();
            return Ok(());
        }
        self.pop("POP").map(|_| ())
    }

    /// Where the last `len` values start; there must be as many above the last mark.
    pub(super) fn below(&self, opcode: &'static str, len: usize) -> Result<usize, Error> {
        match self.stack.len().checked_sub(len) {
            Some(start) if start >= self.fence() => Ok(start),
            _ => Err(self.fail(ErrorKind::StackUnderflow(opcode))),
        }
    }

    /// The value right below `start`, above the last mark.
    pub(super) fn target(&self, opcode: &'static str, start: usize) -> Result<NodeId, Error> {
        match start.checked_sub(1) {
            Some(below) if below >= self.fence() => Ok(self.stack[below]),
            _ => Err(self.fail(ErrorKind::StackUnderflow(opcode))),
        }
    }

    /// Takes the last mark away: where the values above it start.
    pub(super) fn pop_mark(&mut self, opcode: &'static str) -> Result<usize, Error> {
        match self.marks.pop() {
            Some(mark) => Ok(mark as usize),
            None => Err(self.fail(ErrorKind::NoMark(opcode))),
        }
    }

    pub(super) fn take_to_mark(&mut self, opcode: &'static str) -> Result<Vec<NodeId>, Error> {
        let mark = self.pop_mark(opcode)?;
        Ok(self.stack.split_off(mark))
    }

    pub(super) fn put(&mut self, opcode: &'static str, key: u64) -> Result<(), Error> {
        let top = self.top(opcode)?;
        if self.memo.len > STACK as u64 {
            return Err(self.fail(ErrorKind::Budget(format!("{STACK} memo entries"))));
        }
        let before = self.memo.memory();
        self.memo.put(key, top);
        let grown = self.memo.memory().saturating_sub(before);
        self.counted += grown;
        self.reader.charge(grown)
    }

    pub(super) fn get(&mut self, key: u64) -> Result<(), Error> {
        match self.memo.get(key) {
            Some(node) => {
                self.stack.push(node);
                self.check_depth()
            }
            None => Err(self.fail(ErrorKind::MemoMissing(key))),
        }
    }
}
