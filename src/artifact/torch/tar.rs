//! The tar archives that torch 0.1 wrote: `pickle`, `tensors` and `storages` in one file.
//!
//! Each of the three is a stack of pickles, the last two with numbers between them; every torch
//! still reads it. Format: `legacy_load` in `torch/serialization.py` of
//! <https://github.com/pytorch/pytorch>.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use super::storage::{self, Storage};
use crate::artifact::stack::Stack;
use crate::artifact::tar::{self, Member};
use crate::artifact::tensors as lines;
use crate::artifact::{Facts, Keep, Unreadable, trouble};
use crate::pickle::{Construction, Few, Node, NodeId, Object};
use crate::source::{self, Stream};
use crate::text;

/// Storages and tensors of one file.
const ENTRIES: i64 = 100_000;
/// The most sides of a tensor.
const SIDES: i32 = 64;

/// The three members that make it one; others (`sys_info`) say where it was saved.
#[derive(Debug)]
pub(in crate::artifact) struct Parts {
    pickle: Member,
    tensors: Member,
    storages: Member,
}

/// The parts of an archive of torch; `None` for any other.
pub(in crate::artifact) fn parts(path: &Path) -> Option<Parts> {
    let mut stream = source::open(path).ok()?.stream;
    let mut members = tar::members(&mut stream);
    let mut part = |name: &str| {
        let at = members.iter().position(|member| member.name == name)?;
        Some(members.swap_remove(at))
    };
    Some(Parts {
        pickle: part("pickle")?,
        tensors: part("tensors")?,
        storages: part("storages")?,
    })
}

pub(super) fn read(path: &Path, parts: &Parts, keep: Keep) -> Result<Facts, Unreadable> {
    let open = |member: &Member| {
        let opened = source::open(path).and_then(|mut source| {
            source.stream.skip(member.place)?;
            Ok(Stream::reader(Box::new(source.stream.take(member.size))))
        });
        opened.map_err(|error| trouble::io(&error, &text::short(&member.name, 80)))
    };
    let mut stack = Stack::new(open(&parts.pickle)?, keep);
    let root = stack.pickle("the pickled object", false)?;
    stack.turn_to(open(&parts.storages)?);
    let storages = stored(&mut stack)?;
    stack.turn_to(open(&parts.tensors)?);
    let tensors = tensors(&mut stack)?;
    resolve(&mut stack, &tensors);
    let mut facts = super::gathered(stack, root, &storages, false);
    facts.outline.insert(1, lines::line(1, "layout", "tar"));
    // Its careful mode refuses the layout whatever the names are.
    facts.notes.retain(|note| !note.contains("weights_only"));
    facts.notes.push(
        "torch 2.6 and newer refuse it by default: weights_only=True does not read this layout"
            .into(),
    );
    facts
        .notes
        .push("the layout that torch.save wrote before 0.2: every torch still reads it".into());
    Ok(facts)
}

/// The number of entries that a stack announces.
fn announced(stack: &mut Stack, what: &str) -> Result<i64, Unreadable> {
    let count = stack.pickle(&format!("the number of {what}"), true)?;
    match stack.graph().int(count) {
        Some(count) if (0..=ENTRIES).contains(&count) => Ok(count),
        Some(_) => Err(trouble::budget(format!("the file announces many {what}"))),
        None => Err(trouble::damaged(format!(
            "the number of {what} is no number"
        ))),
    }
}

/// Key, device and class of each storage, then its numbers; at the end the views into others.
fn stored(stack: &mut Stack) -> Result<Vec<Storage>, Unreadable> {
    let count = announced(stack, "storages")?;
    let mut found = Vec::new();
    for number in 1..=count {
        let what = format!("storage {number} of {count}");
        let entry = stack.pickle(&what, true)?;
        let graph = stack.graph();
        let parts = match graph.items(entry) {
            Some([key, location, class]) => {
                let class = graph.global(*class).and_then(storage::element);
                Some((graph.int(*key), graph.text(*location), class))
            }
            _ => None,
        };
        let Some((Some(key), Some(location), Some((_, size)))) = parts else {
            return Err(trouble::damaged(format!("{what} has no known description")));
        };
        let (key, location) = (key.to_string(), text::short(location, 40));
        let stream = stack.stream();
        let mut length = [0; 8];
        stream
            .fill(&mut length)
            .and_then(|()| stream.skip(u64::from_le_bytes(length).saturating_mul(size)))
            .map_err(|error| trouble::io(&error, &format!("the numbers of {what}")))?;
        found.push(Storage {
            key,
            location,
            count: u64::from_le_bytes(length),
            itemsize: Some(size),
        });
    }
    stack.pickle("the list of storage views", true)?;
    Ok(found)
}

/// A tensor: its description and its shape, as nodes.
struct Entry {
    class: NodeId,
    args: NodeId,
}

/// Key, storage and class of each tensor, then shape, strides and place in the storage.
fn tensors(stack: &mut Stack) -> Result<HashMap<i64, Entry>, Unreadable> {
    let count = announced(stack, "tensors")?;
    let mut found = HashMap::new();
    for number in 1..=count {
        let what = format!("tensor {number} of {count}");
        let entry = stack.pickle(&what, true)?;
        let offset = stack.graph().offset(entry);
        let stream = stack.stream();
        let io = |error| trouble::io(&error, &format!("the shape of {what}"));
        let mut sides = [0; 4];
        stream.fill(&mut sides).map_err(io)?;
        stream.skip(4).map_err(io)?;
        let sides = i32::from_le_bytes(sides);
        if !(0..=SIDES).contains(&sides) {
            return Err(trouble::damaged(format!("{what} has {sides} sides")));
        }
        let mut shape = Vec::new();
        for _ in 0..sides {
            let mut side = [0; 8];
            stream.fill(&mut side).map_err(io)?;
            shape.push(i64::from_le_bytes(side));
        }
        // Strides, and the place in the storage.
        let rest = 8 * (u64::from(sides.unsigned_abs()) + 1);
        stream.skip(rest).map_err(io)?;
        let graph = stack.graph_mut();
        let Some([key, storage, class]) = graph.items(entry) else {
            return Err(trouble::damaged(format!("{what} has no description")));
        };
        let (key, storage, class) = (*key, *storage, *class);
        let Some(key) = graph.int(key) else {
            return Err(trouble::damaged(format!("{what} has no key")));
        };
        let sides: Vec<NodeId> = shape
            .iter()
            .map(|side| graph.push(Node::Int(*side), offset))
            .collect();
        let zero = graph.push(Node::Int(0), offset);
        let sides = graph.push(Node::Tuple(sides.into()), offset);
        let args = graph.push(
            Node::Tuple([storage, zero, sides].as_slice().into()),
            offset,
        );
        found.insert(key, Entry { class, args });
    }
    Ok(found)
}

/// Puts the tensors in the places of the keys that stand for them.
fn resolve(stack: &mut Stack, tensors: &HashMap<i64, Entry>) {
    let graph = stack.graph_mut();
    let persistent: Vec<(NodeId, NodeId)> = graph
        .iter()
        .filter_map(|(id, node)| match node {
            Node::Persistent(inner) => Some((id, *inner)),
            _ => None,
        })
        .collect();
    for (id, inner) in persistent {
        let key = graph.int(inner).or_else(|| graph.text(inner)?.parse().ok());
        if let Some(entry) = key.and_then(|key| tensors.get(&key)) {
            *graph.node_mut(id) = Node::Object(Box::new(Object {
                how: Construction::NewObj,
                callable: entry.class,
                args: entry.args,
                kwargs: None,
                state: Few::new(),
                items: Vec::new(),
                pairs: Vec::new(),
            }));
        } else if let Some(class) = graph.items(inner).and_then(|parts| parts.first().copied())
            && graph.global(class).is_some()
        {
            // The class of a module, with its source text beside it.
            let class = graph.node(class).clone();
            *graph.node_mut(id) = class;
        }
    }
}
