//! The object graph of a pickle: an arena of nodes that refer to each other by index.
//!
//! An arena has no owner chains, so that a file nested a million levels deep is built, walked and
//! dropped without recursion, and shared or cyclic references cost one index. The graph says what
//! the opcodes built and called; it does not know what any class means.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Data;
use super::effort::Effort;
use crate::source::room::Room;

/// Up to this many attributes are compared with each other, more are hashed.
const FEW: usize = 32;

/// The index of a node in its [`Graph`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(u32);

/// References of which there are few as a rule: up to four stand in the node itself.
pub type Few = SmallVec<[NodeId; 4]>;

/// One value that the opcodes made.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// A longer integer: little-endian two's complement.
    Long(Box<[u8]>),
    /// A float.
    Float(f64),
    /// Text: UTF-8, where lone surrogates may occur.
    Str(Data),
    /// An 8-bit string of a Python 2 pickle; its encoding is not recorded.
    RawStr(Data),
    /// Immutable bytes.
    Bytes(Data),
    /// A `bytearray`.
    ByteArray(Data),
    /// An out-of-band buffer, by its position in the buffer list that the loader must supply.
    Buffer(u32),
    /// A list.
    List(Vec<NodeId>),
    /// A tuple.
    Tuple(Few),
    /// A dict, in insertion order; a repeated key appears again.
    Dict(Vec<(NodeId, NodeId)>),
    /// A set.
    Set(Vec<NodeId>),
    /// A frozen set.
    FrozenSet(Few),
    /// A name that loading would import.
    Global(Box<Global>),
    /// What a call or a construction would return.
    Object(Box<Object>),
    /// A persistent id, resolved by the loader of the file.
    Persistent(NodeId),
    /// A registered extension code (`copyreg.add_extension`).
    Extension(u32),
    /// An array whose elements stand outside the opcodes (see the reader's hook).
    Array(Box<Array>),
}

/// A dotted name that loading would import.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Global {
    /// The module as written in the file.
    pub module: Box<str>,
    /// The name in that module; dots walk attributes.
    pub name: Box<str>,
}

/// Which opcode made an [`Object`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Construction {
    /// `REDUCE`: calls the callable with the arguments.
    Reduce,
    /// `NEWOBJ`: `cls.__new__(cls, *args)`.
    NewObj,
    /// `NEWOBJ_EX`: `cls.__new__(cls, *args, **kwargs)`.
    NewObjEx,
    /// `INST` or `OBJ`: calls the class.
    Inst,
}

/// What a call or a construction would return, with everything done to it afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Which opcode made it.
    pub how: Construction,
    /// What is called: nearly always a [`Node::Global`].
    pub callable: NodeId,
    /// The argument tuple.
    pub args: NodeId,
    /// Keyword arguments of `NEWOBJ_EX`.
    pub kwargs: Option<NodeId>,
    /// Arguments of `BUILD`, in order; nearly always one.
    pub state: Few,
    /// Items from `APPEND`, `APPENDS`, `ADDITEMS`.
    pub items: Vec<NodeId>,
    /// Pairs from `SETITEM`, `SETITEMS`.
    pub pairs: Vec<(NodeId, NodeId)>,
}

/// An array whose elements stand outside the opcodes, or in a nested pickle.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The node of the numpy dtype.
    pub dtype: NodeId,
    /// The shape; empty for a scalar array.
    pub shape: Vec<u64>,
    /// Whether the elements stand in Fortran (column-major) order.
    pub fortran: bool,
    /// The elements.
    pub elements: Elements,
    /// The wrapper object in the opcodes that announced it.
    pub wrapper: NodeId,
}

/// The elements of an [`Array`].
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Raw bytes.
    Raw(Data),
    /// The root of a nested pickle that holds the elements (object arrays).
    Pickled(NodeId),
}

/// The most attributes of one object that are told, and states that they are gathered from: no
/// class has more, and a file can set one state a million times.
const ATTRIBUTES: usize = 65_536;
const STATES: usize = 256;

impl Node {
    /// Bytes of memory that a node takes, with what it owns but not what it refers to; references
    /// are counted where they are made.
    pub fn memory(&self) -> u64 {
        /// What the allocator adds, and the least that it gives.
        const BLOCK: u64 = 24;
        let owned = match self {
            Node::Long(bytes) => BLOCK + bytes.len() as u64,
            Node::Str(Data::Kept(bytes))
            | Node::RawStr(Data::Kept(bytes))
            | Node::Bytes(Data::Kept(bytes))
            | Node::ByteArray(Data::Kept(bytes))
                if bytes.memory() > 0 =>
            {
                BLOCK + bytes.memory()
            }
            Node::Global(global) => {
                size_of::<Global>() as u64
                    + 3 * BLOCK
                    + (global.module.len() + global.name.len()) as u64
            }
            Node::Object(_) => size_of::<Object>() as u64 + 16,
            Node::Array(array) => {
                let elements = match &array.elements {
                    Elements::Raw(Data::Kept(bytes)) => bytes.len() as u64,
                    _ => 0,
                };
                size_of::<Array>() as u64 + 2 * BLOCK + 8 * array.shape.len() as u64 + elements
            }
            _ => 0,
        };
        // The place where the file made it stands beside it.
        size_of::<Node>() as u64 + 8 + owned
    }
}

/// The arena.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    offsets: Vec<u64>,
    effort: Effort,
    /// Held while the graph is a large one.
    room: Option<Arc<Room>>,
}

impl NodeId {
    /// The number of no node: the limits of every reader are far below it.
    pub(super) const NONE: NodeId = NodeId(u32::MAX);

    /// The position in the arena.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Global {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

impl Graph {
    /// What questions about this graph may still cost; see [`Effort`].
    pub fn effort(&self) -> &Effort {
        &self.effort
    }

    /// Whether it is so large that no other such graph may be alive; see [`Room`].
    pub fn is_large(&self) -> bool {
        self.room.is_some()
    }

    /// Waits until there is room for it to be large.
    pub(super) fn grow_large(&mut self) {
        if self.room.is_none() {
            self.room = Some(Room::take());
        }
    }

    /// An empty graph with space for `nodes` nodes.
    pub fn with_capacity(nodes: usize) -> Graph {
        Graph {
            nodes: Vec::with_capacity(nodes),
            offsets: Vec::with_capacity(nodes),
            ..Graph::default()
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Adds a node made by the opcode at `offset` (of the decompressed stream).
    ///
    /// The arena holds at most 2³² nodes; the machine's limits stop a file long before.
    pub fn push(&mut self, node: Node, offset: u64) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node);
        self.offsets.push(offset);
        id
    }

    /// Forgets every node made after the first `len`; nothing older may refer to them.
    pub fn truncate(&mut self, len: usize) {
        self.nodes.truncate(len);
        self.offsets.truncate(len);
    }

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The node at `id`, for changing it.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.index()]
    }

    /// Where the opcode that made `id` stands in the decompressed stream.
    pub fn offset(&self, id: NodeId) -> u64 {
        self.offsets[id.index()]
    }

    /// Every node with its id, in the order the file made them.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes
            .iter()
            .enumerate()
            .map(|(index, node)| (NodeId(index as u32), node))
    }

    /// The text of a string node (Python 2 strings count when they are UTF-8).
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match self.node(id) {
            Node::Str(data) | Node::RawStr(data) => data.text(),
            _ => None,
        }
    }

    /// The text of a string node of less than `limit` bytes; longer ones are not looked at.
    pub fn short_text(&self, id: NodeId, limit: usize) -> Option<&str> {
        (self.width(id) < limit).then(|| self.text(id)).flatten()
    }

    /// The value of an integer or boolean node.
    pub fn int(&self, id: NodeId) -> Option<i64> {
        match self.node(id) {
            Node::Int(value) => Some(*value),
            Node::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// The name at a global node.
    pub fn global(&self, id: NodeId) -> Option<&Global> {
        match self.node(id) {
            Node::Global(global) => Some(global),
            _ => None,
        }
    }

    /// The object at an object node.
    pub fn object(&self, id: NodeId) -> Option<&Object> {
        match self.node(id) {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The members of a list, tuple, set or frozen set, or of an object that was appended to.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Node::List(items) | Node::Set(items) => Some(items),
            Node::Tuple(items) | Node::FrozenSet(items) => Some(items),
            Node::Object(object) if !object.items.is_empty() => Some(&object.items),
            _ => None,
        }
    }

    /// The pairs of a dict, or of an object that had items set (`OrderedDict`, `defaultdict`).
    pub fn pairs(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match self.node(id) {
            Node::Dict(pairs) => Some(pairs),
            Node::Object(object) if !object.pairs.is_empty() => Some(&object.pairs),
            _ => None,
        }
    }

    /// The last value under the text key `key` in a dict-like node.
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let pairs = self.pairs(id)?;
        if !self.effort.spend(pairs.len()) {
            return None;
        }
        let found = pairs.iter().rev().find(|(k, _)| self.is_text(*k, key));
        found.map(|(_, value)| *value)
    }

    /// Whether a string node holds exactly `text`. Bytes are compared: checking a long string for
    /// UTF-8 takes its whole length, and many nodes may refer to one.
    pub fn is_text(&self, id: NodeId, text: &str) -> bool {
        match self.node(id) {
            Node::Str(data) | Node::RawStr(data) => data.bytes() == Some(text.as_bytes()),
            _ => false,
        }
    }

    /// The class that an object node is an instance of, as far as the opcodes say: the callable of
    /// `NEWOBJ`/`INST`, the first argument of `copyreg._reconstructor` and `copyreg.__newobj__`,
    /// else the callable itself (which may be a function: then this is what it is called).
    pub fn class(&self, id: NodeId) -> Option<&Global> {
        let object = self.object(id)?;
        let callable = self.global(object.callable)?;
        let rebuilds = matches!(&*callable.module, "copyreg" | "copy_reg")
            && matches!(
                &*callable.name,
                "_reconstructor" | "__newobj__" | "__newobj_ex__"
            );
        if rebuilds {
            return self.global(*self.items(object.args)?.first()?);
        }
        Some(callable)
    }

    /// The dict of instance attributes that `BUILD` sets: the state itself, or the dict half of a
    /// `(dict, slots)` pair. Pairs in the order of the file; later states override earlier ones.
    pub fn attributes(&self, id: NodeId) -> Vec<(&str, NodeId)> {
        let halves = || self.states(id).filter_map(|half| self.pairs(*half));
        let count: usize = halves().map(<[_]>::len).sum();
        let mut found: Vec<(&str, NodeId)> = Vec::with_capacity(count.min(ATTRIBUTES));
        let mut place: HashMap<&str, usize> = HashMap::new();
        let mut told = 0;
        for pairs in halves() {
            for (key, value) in pairs {
                if !self.effort.spend(8 + self.width(*key) / 16) || told >= ATTRIBUTES {
                    break;
                }
                let Some(key) = self.text(*key) else { continue };
                told += 1;
                let known = if count <= FEW {
                    found.iter().position(|(known, _)| *known == key)
                } else {
                    match place.entry(key) {
                        Entry::Occupied(known) => Some(*known.get()),
                        Entry::Vacant(free) => {
                            free.insert(found.len());
                            None
                        }
                    }
                };
                match known {
                    Some(at) => found[at].1 = *value,
                    None => found.push((key, *value)),
                }
            }
        }
        found
    }

    /// Whether [`Graph::attributes`] gives any, without gathering them.
    pub fn has_attributes(&self, id: NodeId) -> bool {
        for half in self.states(id) {
            for (key, _) in self.pairs(*half).unwrap_or_default() {
                if !self.effort.spend(1 + self.width(*key) / 16) {
                    return false;
                }
                if self.text(*key).is_some() {
                    return true;
                }
            }
        }
        false
    }

    /// One instance attribute by name; see [`Graph::attributes`].
    pub fn attribute(&self, id: NodeId, name: &str) -> Option<NodeId> {
        let mut halves = self.states(id).rev();
        halves.find_map(|half| self.get(*half, name))
    }

    /// The dicts of an object's states in the order of the file: a state itself, or both halves of
    /// a pair.
    fn states(&self, id: NodeId) -> impl DoubleEndedIterator<Item = &NodeId> {
        let states = self.object(id).map_or(&[][..], |object| &object.state);
        let last = &states[states.len().saturating_sub(STATES)..];
        last.iter().flat_map(|state| match self.node(*state) {
            Node::Tuple(halves) if halves.len() == 2 => halves.as_slice(),
            _ => std::slice::from_ref(state),
        })
    }

    /// Bytes of a kept string.
    fn width(&self, id: NodeId) -> usize {
        match self.node(id) {
            Node::Str(Data::Kept(bytes)) | Node::RawStr(Data::Kept(bytes)) => bytes.len(),
            _ => 0,
        }
    }

    /// The nodes that `id` refers to, in file order.
    pub fn children(&self, id: NodeId) -> Vec<NodeId> {
        match self.node(id) {
            Node::List(items) | Node::Set(items) => items.clone(),
            Node::Tuple(items) | Node::FrozenSet(items) => items.to_vec(),
            Node::Dict(pairs) => pairs.iter().flat_map(|(k, v)| [*k, *v]).collect(),
            Node::Object(object) => {
                let mut all = vec![object.callable, object.args];
                all.extend(object.kwargs);
                all.extend(&object.state);
                all.extend(&object.items);
                all.extend(object.pairs.iter().flat_map(|(k, v)| [*k, *v]));
                all
            }
            Node::Persistent(inner) => vec![*inner],
            Node::Array(array) => {
                let mut all = vec![array.dtype, array.wrapper];
                if let Elements::Pickled(root) = array.elements {
                    all.push(root);
                }
                all
            }
            _ => Vec::new(),
        }
    }
}
