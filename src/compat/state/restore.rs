//! What `__setstate__` of the live class makes of the state in the file.

use std::rc::Rc;

use super::call::Arguments;
use super::machine::{Holder, Machine, Slot, Stop};
use super::value::Value;
use crate::environment::classes::Lineage;
use crate::pickle::{Node, NodeId};

impl Machine<'_> {
    /// Walks `__setstate__` of an object once. It runs apart from the walk that asks: what it sets
    /// holds on every branch.
    pub(super) fn prepare(&mut self, object: NodeId, lineage: &Lineage) -> Result<(), Stop> {
        if !self.prepared.insert(object) {
            return Ok(());
        }
        let Node::Object(made) = self.graph.node(object) else {
            return Ok(());
        };
        let Some((_, class, _)) = lineage.member("__setstate__", 0) else {
            return Ok(());
        };
        if made.state.is_empty() {
            return Ok(());
        }
        let source = class.source.clone();
        let heap = std::mem::take(&mut self.heap);
        let doubts = self.possible.len();
        let dense = self.dense;
        let method = self.attribute(&source, &Value::Node(object), "__setstate__", 0);
        let outcome = match method {
            Ok(Value::Bound(object, callable)) => {
                let arguments = Arguments {
                    positional: vec![Value::State(object)],
                    ..Arguments::default()
                };
                self.run(&callable, Some(object), arguments)
            }
            other => other,
        };
        let set = std::mem::replace(&mut self.heap, heap);
        self.possible.truncate(doubts);
        self.dense = dense;
        for ((holder, name), slot) in Rc::unwrap_or_clone(set) {
            // What is taken out of the state may have been put elsewhere: then nothing is sure.
            let slot = match slot {
                Slot::Deleted => Slot::Perhaps,
                slot => slot,
            };
            if holder == Holder::File(object) {
                self.given.insert((holder, name), slot);
            }
        }
        match outcome {
            Err(Stop::Raised(raised)) => {
                self.at_load.push((object, raised));
                Ok(())
            }
            Err(stop) => Err(stop),
            Ok(_) => Ok(()),
        }
    }
}
