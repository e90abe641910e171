//! Python's own functions, as far as they decide what code does with attributes.

use std::sync::Arc;

use super::call::Arguments;
use super::machine::{Frame, Machine, Raised, Stop};
use super::value::{Truth, Value};
use crate::environment::classes::{ClassRef, Source};
use crate::pickle::Node;

impl Machine<'_> {
    /// Calls a builtin function. `Unknown` for those that do not matter.
    pub(super) fn builtin(
        &mut self,
        frame: &Frame,
        name: &str,
        arguments: &Arguments,
    ) -> Result<Value, Stop> {
        let args = arguments.positional.as_slice();
        if arguments.open {
            return Ok(Value::Unknown);
        }
        let source = frame.source.clone();
        Ok(match (name, args) {
            ("hasattr", [object, Value::Str(name)]) => self.has(&source, object, name)?.value(),
            ("getattr", [object, Value::Str(name)]) => {
                return self.attribute(&source, object, name, 0);
            }
            ("getattr", [object, Value::Str(name), default]) => {
                return self.get_or(&source, object, name, default);
            }
            ("setattr", [Value::Node(object), Value::Str(name), value]) => {
                self.set(*object, name, value.clone());
                Value::None
            }
            ("setattr", [Value::Node(object), ..]) => {
                self.open.insert(*object);
                Value::None
            }
            ("delattr", [Value::Node(object), Value::Str(name)]) => {
                self.remove(*object, name);
                Value::None
            }
            ("vars", [Value::Node(object)]) => Value::Vars(*object),
            ("vars", [class @ (Value::Class(_) | Value::Builtin(_))]) => class.clone(),
            ("type", [Value::Node(object)])
                if matches!(self.graph.node(*object), Node::Object(_)) =>
            {
                Value::TypeOf(*object)
            }
            ("super", []) => match frame.owner {
                Some((object, position)) => Value::Super(object, position + 1),
                None => Value::Unknown,
            },
            ("super", [Value::Class(class), Value::Node(object)]) => {
                let lineage = self.lineage(*object);
                let at = lineage.and_then(|l| l.classes.iter().position(|c| c.is(class)));
                at.map_or(Value::Unknown, |at| Value::Super(*object, at + 1))
            }
            ("isinstance", [object, kind]) => self.is_instance(object, kind).value(),
            ("callable", [object]) => match object {
                Value::Function(_) | Value::Bound(..) | Value::Class(_) | Value::Builtin(_) => {
                    Value::Bool(true)
                }
                Value::Node(id) if matches!(self.graph.node(*id), Node::Global(_)) => {
                    Value::Bool(true)
                }
                Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::Float(_)
                | Value::Str(_)
                | Value::Sequence(_) => Value::Bool(false),
                _ => Value::Unknown,
            },
            ("str", [Value::Exception(raised)]) => match &raised.message {
                Some(message) => Value::Str(message.clone()),
                None => Value::Unknown,
            },
            ("str", [Value::Str(text)]) => Value::Str(text.clone()),
            ("bool", [value]) => self.truth(value).value(),
            ("len", [value]) => match self.members(value) {
                Some(members) => Value::Int(members.len() as i64),
                None => match value {
                    Value::Str(text) => Value::Int(text.chars().count() as i64),
                    _ => Value::Unknown,
                },
            },
            ("list" | "tuple" | "iter" | "set", [value]) => match self.members(value) {
                Some(members) => Value::sequence(members),
                None => Value::Unknown,
            },
            ("list" | "tuple", []) => Value::sequence(Vec::new()),
            ("dict", []) => Value::Keywords(std::rc::Rc::new(arguments.keywords.clone())),
            ("reversed", [value]) => match self.members(value) {
                Some(mut members) => {
                    members.reverse();
                    Value::sequence(members)
                }
                None => Value::Unknown,
            },
            ("enumerate", [value, ..]) => match self.members(value) {
                Some(members) => {
                    let numbered = members.into_iter().enumerate();
                    let pair = |(at, member): (usize, Value)| {
                        let at = if args.len() == 1 {
                            Value::Int(at as i64)
                        } else {
                            Value::Unknown
                        };
                        Value::sequence(vec![at, member])
                    };
                    Value::sequence(numbered.map(pair).collect())
                }
                None => Value::Unknown,
            },
            ("zip", lists) => {
                let mut all = Vec::new();
                for list in lists {
                    // A list of unknown length beside a known one still gives its members.
                    all.push(self.members(list));
                }
                let shortest = all.iter().flatten().map(Vec::len).min();
                match shortest {
                    Some(count) if !all.iter().all(Option::is_none) => {
                        let row = |at: usize| {
                            let cell = |list: &Option<Vec<Value>>| match list {
                                Some(members) => members[at].clone(),
                                None => Value::Unknown,
                            };
                            Value::sequence(all.iter().map(cell).collect())
                        };
                        Value::sequence((0..count).map(row).collect())
                    }
                    _ => Value::Unknown,
                }
            }
            ("any" | "all", [value]) => {
                let Some(members) = self.members(value) else {
                    return Ok(Value::Unknown);
                };
                let (end, mut whole) = match name {
                    "any" => (Truth::Yes, Truth::No),
                    _ => (Truth::No, Truth::Yes),
                };
                for member in &members {
                    match self.truth(member) {
                        truth if truth == end => return Ok(end.value()),
                        Truth::Unknown => whole = Truth::Unknown,
                        _ => {}
                    }
                }
                whole.value()
            }
            ("next", [value]) => match self.members(value) {
                Some(members) => members.first().cloned().unwrap_or(Value::Unknown),
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        })
    }

    /// `getattr(object, name, default)`.
    fn get_or(
        &mut self,
        source: &Arc<Source>,
        object: &Value,
        name: &str,
        default: &Value,
    ) -> Result<Value, Stop> {
        match self.has(source, object, name)? {
            Truth::No => Ok(default.clone()),
            Truth::Unknown => {
                // Whatever it is, its absence raises nothing.
                Ok(Value::Unknown)
            }
            Truth::Yes => match self.attribute(source, object, name, 0) {
                Err(Stop::Raised(Raised { .. })) => Ok(Value::Unknown),
                found => found,
            },
        }
    }

    fn is_instance(&mut self, object: &Value, kind: &Value) -> Truth {
        if let Value::Sequence(kinds) = kind {
            let mut all = Truth::No;
            for kind in kinds.iter() {
                match self.is_instance(object, kind) {
                    Truth::Yes => return Truth::Yes,
                    Truth::Unknown => all = Truth::Unknown,
                    Truth::No => {}
                }
            }
            return all;
        }
        let builtin = match object {
            Value::None => Some("NoneType"),
            Value::Bool(_) => Some("bool"),
            Value::Int(_) => Some("int"),
            Value::Float(_) => Some("float"),
            Value::Str(_) => Some("str"),
            Value::Node(id) => match self.graph.node(*id) {
                Node::List(_) => Some("list"),
                Node::Tuple(_) => Some("tuple"),
                Node::Dict(_) => Some("dict"),
                Node::Set(_) => Some("set"),
                _ => None,
            },
            _ => None,
        };
        if let Value::Class(class) = kind
            && let Some(is) = self.is_collection(object, class)
        {
            return Truth::of(Some(is));
        }
        match (object, kind, builtin) {
            (_, Value::Builtin(kind), Some(own)) => {
                let is = **kind == *own || (own, &**kind) == ("bool", "int");
                Truth::of((is || KINDS.contains(&&**kind)).then_some(is))
            }
            (Value::Sequence(_), Value::Builtin(kind), _)
                if matches!(&**kind, "str" | "bytes" | "dict" | "int" | "float" | "bool") =>
            {
                Truth::No
            }
            // Constants and plain containers are instances of no class made in Python.
            (Value::None | Value::Str(_) | Value::Bool(_), Value::Class(class), _)
                if !class.source.name.starts_with("numbers")
                    && !class.source.name.contains("abc") =>
            {
                Truth::No
            }
            (Value::Node(id), Value::Class(class), None) => {
                let Some(lineage) = self.lineage(*id) else {
                    return Truth::Unknown;
                };
                if lineage.classes.iter().any(|c| c.is(class)) {
                    Truth::Yes
                } else if lineage.opaque || class.source.name.contains("abc") {
                    Truth::Unknown
                } else {
                    Truth::No
                }
            }
            (Value::Node(id), Value::Builtin(kind), None)
                if KINDS.contains(&&**kind) && self.lineage(*id).is_some_and(|l| !l.opaque) =>
            {
                Truth::No
            }
            _ => Truth::Unknown,
        }
    }
}

impl Machine<'_> {
    /// Whether something is a `Sequence` or `Mapping` of `collections.abc`: only what inherits from
    /// these is, and the builtin containers.
    fn is_collection(&mut self, object: &Value, class: &ClassRef) -> Option<bool> {
        if !matches!(&*class.source.name, "_collections_abc" | "collections.abc") {
            return None;
        }
        let name = &*class.class().name;
        if !matches!(
            name,
            "Sequence" | "MutableSequence" | "Mapping" | "MutableMapping"
        ) {
            return None;
        }
        let mutable = name.starts_with("Mutable");
        let listed = name.ends_with("Sequence");
        Some(match object {
            Value::Str(_) => listed && !mutable,
            Value::Sequence(_) if !mutable => listed,
            Value::Keywords(_) => !listed,
            Value::Node(id) => match self.graph.node(*id) {
                Node::List(_) => listed,
                Node::Tuple(_) => listed && !mutable,
                Node::Dict(_) => !listed,
                Node::Object(_) => {
                    let lineage = self.lineage(*id).filter(|lineage| !lineage.opaque)?;
                    lineage.classes.iter().any(|own| own.is(class))
                }
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// The builtin classes that `isinstance` is asked about.
const KINDS: &[&str] = &[
    "str",
    "bytes",
    "list",
    "tuple",
    "dict",
    "set",
    "frozenset",
    "int",
    "float",
    "bool",
    "slice",
    "complex",
    "range",
    "type",
];
