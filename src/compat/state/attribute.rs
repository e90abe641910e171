//! Attribute lookup as Python does it: properties of the class, then the object's own state, then
//! what the class and its bases define.

use std::rc::Rc;
use std::sync::Arc;

use super::ASKED;
use super::call::Arguments;
use super::machine::{Holder, Machine, Missing, Raised, Slot, Stop};
use super::method::{Method, kind};
use super::value::{Callable, Truth, Value};
use crate::environment::classes::tree::Member;
use crate::environment::classes::{ClassRef, Source};
use crate::pickle::{Construction, Node, NodeId};

impl Machine<'_> {
    /// A node of the file as a value.
    pub(super) fn of_node(&mut self, id: NodeId) -> Value {
        match self.graph.node(id) {
            Node::None => Value::None,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::Float(value) => Value::Float(*value),
            Node::Str(data) | Node::RawStr(data) => match data.text() {
                Some(text) => Value::str(text),
                None => Value::Node(id),
            },
            Node::Global(global) => {
                let (module, name) =
                    crate::environment::fix_imports(&global.module, &global.name, super::PROTOCOL);
                let found = self.resolve(&module, &name);
                match Self::resolved(found) {
                    Value::Unknown => Value::Node(id),
                    value => value,
                }
            }
            Node::Object(_) => self.scalar(id).unwrap_or(Value::Node(id)),
            _ => Value::Node(id),
        }
    }

    /// A numpy scalar as the constant that it is.
    fn scalar(&self, id: NodeId) -> Option<Value> {
        let class = self.graph.class(id)?;
        if &*class.name != "scalar" {
            return None;
        }
        let view = crate::pickle::view(self.graph, id)?;
        if !view.shape.is_empty() {
            return None;
        }
        let value = *view.to_f64().ok()?.first()?;
        Some(match view.dtype.kind {
            crate::pickle::Kind::Bool => Value::Bool(value != 0.0),
            crate::pickle::Kind::Int | crate::pickle::Kind::Uint if value.abs() < 1e15 => {
                Value::Int(value as i64)
            }
            crate::pickle::Kind::Float => Value::Float(value),
            _ => return None,
        })
    }

    /// Whether an object is an instance of a Python class whose bases define none of `names`.
    pub(super) fn plain(&mut self, object: NodeId, names: &[&str]) -> bool {
        self.lineage(object).is_some_and(|lineage| {
            !lineage.opaque && names.iter().all(|name| lineage.member(name, 0).is_none())
        })
    }

    pub(super) fn set(&mut self, object: NodeId, name: &str, value: Value) {
        self.write(Holder::File(object), name, Slot::Set(value));
    }

    pub(super) fn remove(&mut self, object: NodeId, name: &str) {
        self.write(Holder::File(object), name, Slot::Deleted);
    }

    /// Whether an object's own state has an attribute.
    pub(super) fn holds(&mut self, object: NodeId, name: &str) -> Truth {
        let key = (Holder::File(object), name.into());
        match self.heap.get(&key) {
            Some(Slot::Set(_)) => return Truth::Yes,
            Some(Slot::Deleted) => return Truth::No,
            Some(Slot::Perhaps) => return Truth::Unknown,
            None => {}
        }
        if self.state(object).contains_key(name) {
            Truth::Yes
        } else if self.given.contains_key(&key) || self.open.contains(&object) {
            Truth::Unknown
        } else {
            Truth::No
        }
    }

    /// `value.name`, read in `source` at `line`.
    pub(super) fn attribute(
        &mut self,
        source: &Arc<Source>,
        value: &Value,
        name: &str,
        line: u32,
    ) -> Result<Value, Stop> {
        self.step()?;
        Ok(match value {
            Value::Node(id) => return self.of_object(source, *id, name, line),
            Value::Super(id, from) => {
                let Some(lineage) = self.lineage(*id) else {
                    return Ok(Value::Unknown);
                };
                match lineage.member(name, *from) {
                    Some((at, class, member)) => {
                        let class = class.clone();
                        return self.of_class(*id, at, &class, member);
                    }
                    None if lineage.opaque || OF_EVERY_OBJECT.contains(&name) => Value::Unknown,
                    None => {
                        return Err(Stop::Raised(Raised::named("AttributeError")));
                    }
                }
            }
            Value::Module(module) => {
                let found = self.resolve(module, name);
                match found {
                    crate::environment::classes::Resolved::Unbound => Value::Unknown,
                    found => Self::resolved(found),
                }
            }
            Value::Made(made) => match self.heap.get(&(Holder::Made(*made), name.into())) {
                Some(Slot::Set(value)) => value.clone(),
                _ => Value::Unknown,
            },
            Value::Class(class) => match name {
                "__mro__" => self.ancestors(class),
                "mro" => Value::Method(Rc::new((value.clone(), name.into()))),
                "__name__" => Value::str(&class.class().name),
                _ => {
                    let lineage = self.environment.lineage(class);
                    match lineage.member(name, 0) {
                        Some((_, class, Member::Function(id))) => {
                            let exprs = &class.source.code.functions[id as usize];
                            if exprs.decorators.is_empty() {
                                Value::Function(Rc::new(Callable {
                                    source: class.source.clone(),
                                    id,
                                    closure: None,
                                    position: 0,
                                }))
                            } else {
                                Value::Unknown
                            }
                        }
                        Some((_, class, Member::Value(value))) => {
                            Self::literal(&class.source.code.exprs, value, 0)
                        }
                        _ => Value::Unknown,
                    }
                }
            },
            Value::TypeOf(id) => match (name, self.graph.class(*id)) {
                ("__name__", Some(class)) => Value::str(&class.name),
                _ => match self.lineage(*id).and_then(|l| l.classes.first().cloned()) {
                    Some(class) => {
                        return self.attribute(source, &Value::Class(class), name, line);
                    }
                    None => Value::Unknown,
                },
            },
            Value::Builtin(builtin) if name == "__name__" => Value::Str(builtin.clone()),
            Value::Str(_) if !OF_TEXT.contains(&name) && !name.starts_with("__") => {
                return self.lacks(source, "str", name, line);
            }
            Value::None if !name.starts_with("__") => {
                return self.lacks(source, "NoneType", name, line);
            }
            Value::Str(_)
            | Value::Sequence(_)
            | Value::Keywords(_)
            | Value::State(_)
            | Value::Vars(_) => Value::Method(Rc::new((value.clone(), name.into()))),
            _ => Value::Unknown,
        })
    }

    /// `cls.__mro__`.
    pub(super) fn ancestors(&mut self, class: &ClassRef) -> Value {
        let lineage = self.environment.lineage(class);
        if lineage.opaque {
            return Value::Unknown;
        }
        let mut all: Vec<Value> = lineage.classes.iter().cloned().map(Value::Class).collect();
        all.push(Value::Builtin("object".into()));
        Value::sequence(all)
    }

    /// A constant of the file does not have what an object there would have.
    fn lacks(
        &mut self,
        source: &Arc<Source>,
        class: &str,
        name: &str,
        line: u32,
    ) -> Result<Value, Stop> {
        self.hollow |= ASKED.iter().any(|group| group.contains(&name));
        let reader = self.calls.iter().rev().find_map(|(_, _, owner)| *owner);
        let Some(object) = reader else {
            return Err(Stop::Raised(Raised::named("AttributeError")));
        };
        Err(Stop::Raised(Raised::missing(Missing {
            object,
            class: class.into(),
            attribute: name.into(),
            file: source.file.clone(),
            line,
        })))
    }

    fn of_object(
        &mut self,
        source: &Arc<Source>,
        object: NodeId,
        name: &str,
        line: u32,
    ) -> Result<Value, Stop> {
        match name {
            "__class__" => return Ok(Value::TypeOf(object)),
            "__dict__" => return Ok(Value::Vars(object)),
            _ => {}
        }
        let Node::Object(made) = self.graph.node(object) else {
            return Ok(match self.graph.node(object) {
                Node::Dict(_) | Node::List(_) | Node::Tuple(_) => {
                    Value::Method(Rc::new((Value::Node(object), name.into())))
                }
                _ => Value::Unknown,
            });
        };
        let Some(lineage) = self.lineage(object) else {
            let held = self.state(object).get(name).copied();
            return Ok(held.map_or(Value::Unknown, |held| self.of_node(held)));
        };
        // What a called constructor sets is not in the file.
        if made.how == Construction::Reduce
            && self.graph.global(made.callable) == self.graph.class(object)
        {
            self.open.insert(object);
        }
        let member = lineage
            .member(name, 0)
            .map(|(at, class, member)| (at, class.clone(), member));
        if let Some((at, class, Member::Function(id))) = &member
            && matches!(kind(&class.source, *id), Method::Property)
        {
            return self.of_class(object, *at, class, Member::Function(*id));
        }
        match self.heap.get(&(Holder::File(object), name.into())) {
            Some(Slot::Set(value)) => return Ok(value.clone()),
            Some(Slot::Perhaps) => return Ok(Value::Unknown),
            Some(Slot::Deleted) => {}
            None => {
                self.prepare(object, &lineage)?;
                match self.given.get(&(Holder::File(object), name.into())) {
                    Some(Slot::Set(value)) => return Ok(value.clone()),
                    Some(Slot::Perhaps) => return Ok(Value::Unknown),
                    Some(Slot::Deleted) | None => {}
                }
                if let Some(held) = self.state(object).get(name).copied() {
                    return Ok(self.of_node(held));
                }
            }
        }
        if let Some((at, class, member)) = member {
            return self.of_class(object, at, &class, member);
        }
        let dynamic = ["__getattr__", "__getattribute__"]
            .iter()
            .any(|hook| lineage.member(hook, 0).is_some());
        if lineage.opaque
            || dynamic
            || self.open.contains(&object)
            || OF_EVERY_OBJECT.contains(&name)
        {
            return Ok(Value::Unknown);
        }
        let class = lineage
            .classes
            .first()
            .map(|class| class.class().name.clone());
        Err(Stop::Raised(Raised::missing(Missing {
            object,
            class: class.unwrap_or_default(),
            attribute: name.into(),
            file: source.file.clone(),
            line,
        })))
    }

    /// A member of a class, as its instance sees it.
    fn of_class(
        &mut self,
        object: NodeId,
        position: usize,
        class: &ClassRef,
        member: Member,
    ) -> Result<Value, Stop> {
        let id = match member {
            Member::Function(id) => id,
            Member::Value(value) => return Ok(Self::literal(&class.source.code.exprs, value, 0)),
            Member::Other => return Ok(Value::Unknown),
        };
        let callable = Rc::new(Callable {
            source: class.source.clone(),
            id,
            closure: None,
            position,
        });
        Ok(match kind(&class.source, id) {
            Method::Plain => Value::Bound(object, callable),
            Method::Property | Method::Cached => {
                return self.run(&callable, Some(object), Arguments::default());
            }
            Method::Static => Value::Function(callable),
            Method::OfClass | Method::Opaque => Value::Unknown,
            Method::Available(check) => {
                if self.available(object, class, position, check)? == Truth::No {
                    return Err(Stop::Raised(Raised::named("AttributeError")));
                }
                Value::Bound(object, callable)
            }
            Method::Delegated(delegates) => {
                let name = class.source.code.functions[id as usize].name.clone();
                if self.delegated(object, class, &delegates, &name)? == Truth::No {
                    return Err(Stop::Raised(Raised::named("AttributeError")));
                }
                Value::Bound(object, callable)
            }
        })
    }
}

/// Attributes of strings.
const OF_TEXT: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "maketrans",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];

/// Attributes that every object has.
const OF_EVERY_OBJECT: &[&str] = &[
    "__class__",
    "__delattr__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__eq__",
    "__format__",
    "__ge__",
    "__getattribute__",
    "__getstate__",
    "__gt__",
    "__hash__",
    "__init__",
    "__init_subclass__",
    "__le__",
    "__lt__",
    "__module__",
    "__ne__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__setattr__",
    "__sizeof__",
    "__slots__",
    "__str__",
    "__subclasshook__",
    "__weakref__",
];
