//! The nodes of a schema as nodes of a graph, in the shape that a pickle would have given them.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::Trouble;
use super::value::{builtin, json, literal, object, text};
use crate::artifact::Keep;
use crate::pickle::{Construction, Data, Few, Global, Graph, Limits, Node, NodeId, Object};
use crate::source::zip::{Member, Zip};

/// Turns a schema into a graph.
pub(super) struct Builder<'z> {
    pub(super) archive: &'z Zip,
    pub(super) graph: Graph,
    /// Node kinds that are not known here, each once.
    pub(super) unknown: BTreeSet<String>,
    pub(super) limits: Limits,
    /// Bytes kept so far.
    pub(super) kept: u64,
    /// Where the schema stands in the file.
    pub(super) place: u64,
    /// How often a member was opened: the same one may be named again and again.
    opened: usize,
    links: u64,
    /// Bytes of memory that the graph takes.
    memory: u64,
    /// Nodes by the number that the file gives them: met again, it is the same object.
    known: HashMap<u64, NodeId>,
    /// One node for each name.
    globals: HashMap<Global, NodeId>,
}

impl<'z> Builder<'z> {
    pub(super) fn new(archive: &'z Zip, keep: Keep, place: u64) -> Self {
        Self {
            archive,
            graph: Graph::default(),
            unknown: BTreeSet::new(),
            limits: keep.limits(archive.size()),
            memory: 0,
            kept: 0,
            place,
            opened: 0,
            links: 0,
            known: HashMap::new(),
            globals: HashMap::new(),
        }
    }

    /// Builds one node of the schema with everything below it.
    ///
    /// It recurses along the JSON, whose depth the parser has bounded.
    pub(super) fn node(&mut self, state: &Value) -> Result<NodeId, Trouble> {
        let Some(state) = state.as_object() else {
            return Err(Trouble::damaged("a node of schema.json is not an object"));
        };
        let number = state.get("__id__").and_then(Value::as_u64);
        if let Some(known) = number.and_then(|number| self.known.get(&number)) {
            return Ok(*known);
        }
        let loader = text(state, "__loader__")?;
        if loader == "CachedNode" {
            return Err(Trouble::damaged(
                "schema.json refers to an object that does not stand before it",
            ));
        }
        // Its place is taken before its parts are built: one of them may refer to it.
        let id = self.push(Node::None)?;
        if let Some(number) = number {
            self.known.insert(number, id);
        }
        let node = self.content(state, loader)?;
        *self.graph.node_mut(id) = node;
        Ok(id)
    }

    fn content(&mut self, state: &Map<String, Value>, loader: &str) -> Result<Node, Trouble> {
        Ok(match loader {
            "JsonNode" => {
                let literal = text(state, "content")?;
                json(literal)?
            }
            "ListNode" => {
                let items = self.items(state)?;
                if builtin(state, "list") {
                    Node::List(items)
                } else {
                    self.filled(state, items, Vec::new())?
                }
            }
            "SetNode" => {
                let items = self.items(state)?;
                match text(state, "__class__")? {
                    "frozenset" => Node::FrozenSet(items.into()),
                    _ => Node::Set(items),
                }
            }
            "TupleNode" => {
                let items: Few = self.items(state)?.into();
                if builtin(state, "tuple") {
                    Node::Tuple(items)
                } else {
                    // A named tuple: its class takes the items.
                    let args = self.push(Node::Tuple(items))?;
                    self.object(state, Construction::NewObj, args, Vec::new())?
                }
            }
            "DictNode" => {
                let pairs = self.pairs(state)?;
                if builtin(state, "dict") {
                    Node::Dict(pairs)
                } else {
                    self.filled(state, Vec::new(), pairs)?
                }
            }
            "DefaultDictNode" => {
                let content = object(state, "content")?;
                let main = self.member(content, "main")?;
                let factory = self.member(content, "default_factory")?;
                let args = self.tuple(vec![factory])?;
                let pairs = self.graph.pairs(main).unwrap_or_default().to_vec();
                let node = self.object(state, Construction::Reduce, args, Vec::new())?;
                with_pairs(node, pairs)
            }
            "_DictWithDeprecatedKeysNode" => {
                let main = self.member(object(state, "content")?, "main")?;
                Node::Dict(self.graph.pairs(main).unwrap_or_default().to_vec())
            }
            "ObjectNode" => {
                let attributes = match state.get("content") {
                    None => None,
                    Some(content) => Some(self.node(content)?),
                };
                let args = self.tuple(Vec::new())?;
                let attributes =
                    attributes.filter(|id| !matches!(self.graph.node(*id), Node::None));
                let state_of = attributes.into_iter().collect();
                self.object(state, Construction::NewObj, args, state_of)?
            }
            "ReduceNode" | "TreeNode" | "LossNode" | "QuantileForestNode" => {
                let args = self.member(object(state, "__reduce__")?, "args")?;
                let content = self.member(state, "content")?;
                let empty = self.graph.pairs(content).is_some_and(<[_]>::is_empty)
                    || self.graph.items(content).is_some_and(<[_]>::is_empty);
                let state_of = if empty { Vec::new() } else { vec![content] };
                self.object(state, Construction::Reduce, args, state_of)?
            }
            "ConstructorFromReduceNode" => {
                let args = self.member(state, "content")?;
                self.object(state, Construction::Reduce, args, Vec::new())?
            }
            "RandomStateNode" => {
                let content = self.member(state, "content")?;
                let args = self.tuple(Vec::new())?;
                self.object(state, Construction::Reduce, args, vec![content])?
            }
            "RandomGeneratorNode" => self.generator(state)?,
            "PartialNode" => self.partial(state)?,
            "MethodNode" => {
                let content = object(state, "content")?;
                let owner = self.member(content, "obj")?;
                let name = self.string(text(content, "func")?)?;
                let args = self.tuple(vec![owner, name])?;
                self.call("builtins", "getattr", args)?
            }
            "SliceNode" => {
                let content = object(state, "content")?;
                let mut ends = Vec::new();
                for key in ["start", "stop", "step"] {
                    let node = literal(content.get(key).unwrap_or(&Value::Null));
                    ends.push(self.push(node)?);
                }
                let args = self.tuple(ends)?;
                self.call("builtins", "slice", args)?
            }
            "OperatorFuncNode" => {
                let args = self.member(state, "attrs")?;
                let name = text(state, "__class__")?;
                self.call("operator", name, args)?
            }
            "MaskedArrayNode" => {
                let content = object(state, "content")?;
                let data = self.member(content, "data")?;
                let mask = self.member(content, "mask")?;
                let args = self.tuple(vec![data, mask])?;
                self.object(state, Construction::Reduce, args, Vec::new())?
            }
            "FunctionNode" | "TypeNode" => {
                // Protocol 0 kept the function's name in its content.
                let content = state.get("content").and_then(Value::as_object);
                let (module, name) = match content {
                    Some(content) => (text(content, "module_path")?, text(content, "function")?),
                    None => (text(state, "__module__")?, text(state, "__class__")?),
                };
                Node::Global(Box::new(named(module, name)))
            }
            "BytesNode" => Node::Bytes(self.bytes(state)?),
            "BytearrayNode" => Node::ByteArray(self.bytes(state)?),
            "NdArrayNode" => self.array(state)?,
            "DTypeNode" => {
                let array = self.member(state, "content")?;
                match self.graph.node(array) {
                    Node::Array(array) => self.graph.node(array.dtype).clone(),
                    _ => return Err(Trouble::damaged("a dtype in schema.json has no array")),
                }
            }
            "SparseMatrixNode" => self.sparse(state)?,
            other => {
                if self.unknown.len() < 100 {
                    self.unknown.insert(other.to_owned());
                }
                let args = self.tuple(Vec::new())?;
                self.object(state, Construction::Reduce, args, Vec::new())?
            }
        })
    }

    /// `functools.partial` as pickle has it: called with the function, then given its state.
    fn partial(&mut self, state: &Map<String, Value>) -> Result<Node, Trouble> {
        let content = object(state, "content")?;
        let function = self.member(content, "func")?;
        let mut parts = vec![function];
        for key in ["args", "kwds", "namespace"] {
            parts.push(self.member(content, key)?);
        }
        let args = self.tuple(vec![function])?;
        let parts = self.tuple(parts)?;
        self.object(state, Construction::Reduce, args, vec![parts])
    }

    /// `numpy.random.Generator`: the class of its bit generator is named by its state.
    fn generator(&mut self, state: &Map<String, Value>) -> Result<Node, Trouble> {
        let content = object(state, "content")?;
        let mut parts = Vec::new();
        for key in ["bit_generator", "seed_seq"] {
            // Protocol 0 kept plain JSON here.
            if let Some(part) = content
                .get(key)
                .filter(|part| part.get("__loader__").is_some())
            {
                parts.push(self.node(part)?);
            }
        }
        let name = parts
            .first()
            .and_then(|part| self.graph.get(*part, "bit_generator"))
            .and_then(|name| self.graph.text(name))
            .map(ToOwned::to_owned);
        let mut args = Vec::new();
        if let Some(name) = name {
            args.push(self.global("numpy.random", &name)?);
        }
        let args = self.tuple(args)?;
        self.object(state, Construction::Reduce, args, parts)
    }

    fn bytes(&mut self, state: &Map<String, Value>) -> Result<Data, Trouble> {
        let name = text(state, "file")?;
        let member = self.file(name)?;
        let (size, offset) = (member.size, member.offset);
        if size > self.limits.keep {
            return Ok(Data::Skipped { offset, len: size });
        }
        let bytes = self
            .archive
            .read(member, self.limits.keep)
            .map_err(|error| Trouble::member(name, &error))?;
        self.charge(bytes.len() as u64)?;
        Ok(Data::Kept(bytes.into()))
    }

    /// An instance of the state's class.
    pub(super) fn object(
        &mut self,
        state: &Map<String, Value>,
        how: Construction,
        args: NodeId,
        state_of: Vec<NodeId>,
    ) -> Result<Node, Trouble> {
        let callable = self.global(text(state, "__module__")?, text(state, "__class__")?)?;
        Ok(Node::Object(Box::new(Object {
            how,
            callable,
            args,
            kwargs: None,
            state: state_of.into(),
            items: Vec::new(),
            pairs: Vec::new(),
        })))
    }

    /// A subclass of `list` or `dict` with its content.
    fn filled(
        &mut self,
        state: &Map<String, Value>,
        items: Vec<NodeId>,
        pairs: Vec<(NodeId, NodeId)>,
    ) -> Result<Node, Trouble> {
        let args = self.tuple(Vec::new())?;
        let mut node = self.object(state, Construction::Reduce, args, Vec::new())?;
        if let Node::Object(object) = &mut node {
            object.items = items;
        }
        Ok(with_pairs(node, pairs))
    }

    /// A call of a name that the format implies.
    pub(super) fn call(&mut self, module: &str, name: &str, args: NodeId) -> Result<Node, Trouble> {
        let callable = self.global(module, name)?;
        Ok(Node::Object(Box::new(Object {
            how: Construction::Reduce,
            callable,
            args,
            kwargs: None,
            state: Few::new(),
            items: Vec::new(),
            pairs: Vec::new(),
        })))
    }

    fn items(&mut self, state: &Map<String, Value>) -> Result<Vec<NodeId>, Trouble> {
        let content = state.get("content").and_then(Value::as_array);
        let content = content.ok_or_else(|| Trouble::damaged("a list has no content"))?;
        content.iter().map(|item| self.node(item)).collect()
    }

    /// The pairs of a dict; JSON made strings of the keys, and their types stand beside them.
    fn pairs(&mut self, state: &Map<String, Value>) -> Result<Vec<(NodeId, NodeId)>, Trouble> {
        let content = object(state, "content")?;
        let types = state
            .get("key_types")
            .and_then(|types| types.get("content"))
            .and_then(Value::as_array);
        let mut pairs = Vec::with_capacity(content.len());
        for (index, (key, value)) in content.iter().enumerate() {
            let class = types
                .and_then(|types| types.get(index)?.get("__class__")?.as_str())
                .unwrap_or("str");
            let key = self.key(key, class)?;
            pairs.push((key, self.node(value)?));
        }
        Ok(pairs)
    }

    fn key(&mut self, key: &str, class: &str) -> Result<NodeId, Trouble> {
        let node = match class {
            "bool" | "bool_" => match key {
                "true" | "True" => Node::Bool(true),
                "false" | "False" => Node::Bool(false),
                _ => return self.string(key),
            },
            "NoneType" if key == "null" => Node::None,
            _ if class.starts_with("int") || class.starts_with("uint") => match key.parse() {
                Ok(number) => Node::Int(number),
                Err(_) => return self.string(key),
            },
            _ if class.starts_with("float") => match key.parse() {
                Ok(number) => Node::Float(number),
                Err(_) => return self.string(key),
            },
            _ => return self.string(key),
        };
        self.push(node)
    }

    pub(super) fn member(
        &mut self,
        state: &Map<String, Value>,
        key: &str,
    ) -> Result<NodeId, Trouble> {
        match state.get(key) {
            Some(value) => self.node(value),
            None => Err(Trouble::damaged(format!(
                "a node of schema.json has no {key}"
            ))),
        }
    }

    pub(super) fn tuple(&mut self, items: Vec<NodeId>) -> Result<NodeId, Trouble> {
        self.push(Node::Tuple(items.into()))
    }

    pub(super) fn string(&mut self, text: &str) -> Result<NodeId, Trouble> {
        self.push(Node::Str(Data::Kept(text.as_bytes().into())))
    }

    pub(super) fn global(&mut self, module: &str, name: &str) -> Result<NodeId, Trouble> {
        let global = named(module, name);
        if let Some(known) = self.globals.get(&global) {
            return Ok(*known);
        }
        let id = self.push(Node::Global(Box::new(global.clone())))?;
        self.globals.insert(global, id);
        Ok(id)
    }

    pub(super) fn push(&mut self, node: Node) -> Result<NodeId, Trouble> {
        self.links += match &node {
            Node::List(items) | Node::Set(items) => items.len() as u64,
            Node::Tuple(items) | Node::FrozenSet(items) => items.len() as u64,
            Node::Dict(pairs) => 2 * pairs.len() as u64,
            _ => 1,
        };
        self.memory += node.memory() + 16;
        let names = self.globals.len() > self.limits.names;
        if self.graph.len() >= self.limits.nodes
            || self.links > self.limits.links
            || self.memory > self.limits.memory
            || names
        {
            return Err(Trouble::budget("schema.json has too many nodes"));
        }
        Ok(self.graph.push(node, self.place))
    }

    /// Counts kept bytes.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Trouble> {
        self.kept += bytes;
        if self.kept > self.limits.kept {
            return Err(Trouble::budget("the arrays are too large"));
        }
        Ok(())
    }

    /// A member that a node names.
    pub(super) fn file(&mut self, name: &str) -> Result<&'z Member, Trouble> {
        self.opened += 1;
        if self.opened > self.limits.streams {
            return Err(Trouble::budget("schema.json names too many arrays"));
        }
        self.archive.member(name).ok_or_else(|| {
            Trouble::damaged(format!(
                "the archive has no member {}",
                crate::text::short(name, 80)
            ))
        })
    }
}

fn with_pairs(mut node: Node, pairs: Vec<(NodeId, NodeId)>) -> Node {
    if let Node::Object(object) = &mut node {
        object.pairs = pairs;
    }
    node
}

fn named(module: &str, name: &str) -> Global {
    Global {
        module: module.into(),
        name: name.into(),
    }
}
