//! Calls: which functions are walked into, how arguments meet parameters, what comes back.

use std::rc::Rc;

use super::machine::{DEEPEST, Flow, Frame, Holder, Machine, Slot, Stop};
use super::value::{Callable, Names, Truth, Value};
use crate::environment::classes::tree::{Expr, Member, Parameter};
use crate::environment::classes::{ClassRef, Resolved};
use crate::pickle::{Node, NodeId};

/// Statements of a function that is walked though it gets nothing of the file.
const SMALL: u32 = 40;

/// Statements of a function that is walked when it gets anything known.
const TINY: u32 = 15;

/// A class and the names of the attributes.
type Likeness = (String, Vec<Box<str>>);

/// The arguments of a call.
#[derive(Clone, Default)]
pub(super) struct Arguments {
    pub positional: Vec<Value>,
    pub keywords: Vec<(Box<str>, Value)>,
    /// There may be more (`*args`, `**kwargs` of unknown length).
    pub open: bool,
}

impl Machine<'_> {
    pub(super) fn call(
        &mut self,
        called: &Value,
        arguments: Arguments,
        line: u32,
    ) -> Result<Value, Stop> {
        self.step()?;
        match called {
            Value::Bound(object, callable) => self.run(callable, Some(*object), arguments),
            Value::Function(callable) => {
                if self.worth(callable, &arguments) {
                    self.run(callable, None, arguments)
                } else {
                    Ok(Value::Unknown)
                }
            }
            Value::Node(object) if self.lineage(*object).is_some() => {
                let lineage = self.lineage(*object);
                let source = lineage.and_then(|l| l.classes.first().map(|c| c.source.clone()));
                let Some(source) = source else {
                    return Ok(Value::Unknown);
                };
                match self.attribute(&source, called, "__call__", line)? {
                    Value::Bound(object, callable) => self.run(&callable, Some(object), arguments),
                    _ => Ok(Value::Unknown),
                }
            }
            Value::Partial(partial) => {
                let (called, before) = &**partial;
                let mut all = before.clone();
                all.positional.extend(arguments.positional);
                all.keywords.extend(arguments.keywords);
                all.open |= arguments.open;
                self.call(called, all, line)
            }
            Value::Class(class) => self.instance(class, arguments),
            Value::Method(method) => Ok(self.method(&method.0, &method.1, &arguments)),
            _ => Ok(Value::Unknown),
        }
    }

    /// An instance of a dataclass; of other classes nothing is known.
    fn instance(&mut self, class: &ClassRef, arguments: Arguments) -> Result<Value, Stop> {
        let statement = class.class();
        if !statement.dataclass || !arguments.positional.is_empty() || arguments.open {
            return Ok(Value::Unknown);
        }
        let number = self.made;
        self.made += 1;
        let source = class.source.clone();
        let exprs = &source.code.exprs;
        for (name, member) in &statement.members {
            let Member::Value(value) = member else {
                continue;
            };
            let value = match &exprs[*value as usize] {
                Expr::Call { keywords, .. } => {
                    let factory = keywords
                        .iter()
                        .find(|(name, _)| name.as_deref() == Some("default_factory"));
                    match factory.map(|(_, factory)| &exprs[*factory as usize]) {
                        Some(Expr::Name(name)) => match self.resolve(&source.name, name) {
                            Resolved::Class(inner) if self.depth < DEEPEST => {
                                self.depth += 1;
                                let made = self.instance(&inner, Arguments::default());
                                self.depth -= 1;
                                made?
                            }
                            _ => Value::Unknown,
                        },
                        _ => Value::Unknown,
                    }
                }
                _ => Self::literal(exprs, *value, 0),
            };
            self.write(Holder::Made(number), name, Slot::Set(value));
        }
        for (name, value) in arguments.keywords {
            self.write(Holder::Made(number), &name, Slot::Set(value));
        }
        Ok(Value::Made(number))
    }

    /// Whether walking into a function can tell anything: it gets one of the file's objects, or it
    /// belongs to the packages of the file's classes, is short and gets something known.
    fn worth(&mut self, callable: &Callable, arguments: &Arguments) -> bool {
        if callable.closure.is_some() {
            return true;
        }
        let keywords = arguments.keywords.iter().map(|(_, value)| value);
        let all = || arguments.positional.iter().chain(keywords.clone());
        if all().any(|value| self.of_the_file(value, 0)) {
            return !self.is_standard(&callable.source);
        }
        if !self
            .homes
            .contains(crate::package::top_of(&callable.source.name))
        {
            return false;
        }
        let known = |value: &Value| !matches!(value, Value::Unknown);
        let function = &callable.source.code.functions[callable.id as usize];
        function.size <= TINY && all().any(known)
            || function.size <= SMALL && !arguments.open && all().all(known)
    }

    pub(super) fn of_the_file(&self, value: &Value, depth: u32) -> bool {
        match value {
            Value::Bound(..)
            | Value::State(_)
            | Value::Vars(_)
            | Value::Super(..)
            | Value::TypeOf(_)
            | Value::Made(_)
            | Value::Function(_)
            | Value::Partial(_) => true,
            Value::Node(id) => match self.graph.node(*id) {
                // A list of objects is told by its first.
                Node::List(items) => items.first().is_some_and(|first| {
                    depth < 4 && self.of_the_file(&Value::Node(*first), depth + 1)
                }),
                _ => crate::manifest::is_estimator(self.graph, *id),
            },
            Value::Sequence(members) if depth < 4 => members
                .iter()
                .any(|member| self.of_the_file(member, depth + 1)),
            _ => false,
        }
    }

    /// Walks a function; `owner` is what a method is bound to.
    pub(super) fn run(
        &mut self,
        callable: &Rc<Callable>,
        owner: Option<NodeId>,
        arguments: Arguments,
    ) -> Result<Value, Stop> {
        let key = (callable.source.name.clone(), callable.id, owner);
        let again = self.calls.iter().filter(|call| **call == key).count();
        if self.depth >= DEEPEST || again > 1 {
            return Ok(Value::Unknown);
        }
        // A method called through its class has the object as its first argument.
        let through_class = match (owner, arguments.positional.first()) {
            (None, Some(Value::Node(first))) => self.position_of(*first, callable),
            _ => None,
        };
        let frame_owner = owner.or(through_class.map(|(first, _)| first));
        let mut frame = Frame::new(callable, frame_owner);
        if let (Some(owner), Some((_, position))) = (frame_owner, through_class) {
            frame.owner = Some((owner, position));
        }
        frame.locals = bind(callable, owner, arguments);
        // What an object calls of its own is part of what it was asked for.
        let caller = self.calls.iter().rev().find_map(|(_, _, owner)| *owner);
        if let Some(object) = frame_owner.filter(|object| caller != Some(*object)) {
            let name = &callable.source.code.functions[callable.id as usize].name;
            self.used.insert((object, name.clone()));
        }
        self.calls.push(key);
        let dense = self.dense;
        self.depth += 1;
        let source = callable.source.clone();
        let function = &source.code.functions[callable.id as usize];
        let flow = self.block(&mut frame, &function.body);
        self.depth -= 1;
        self.calls.pop();
        if &*function.name == "transform" {
            // What a step makes of a table need not be dense.
            self.dense = match frame_owner.and_then(|step| self.makes_dense(step)) {
                Some(made) => dense && made,
                None => self.dense,
            };
        }
        let returned = match flow {
            Ok(Flow::Return(value)) => value,
            Ok(_) => Value::None,
            Err(Stop::Raised(raised)) if frame.may_be_done => {
                self.doubt(&raised);
                return Ok(Value::Unknown);
            }
            Err(stop) => return Err(stop),
        };
        if function.generator {
            let all = frame.yields_known && !frame.may_be_done;
            return Ok(if all {
                Value::sequence(frame.yields)
            } else {
                Value::Unknown
            });
        }
        Ok(if frame.may_be_done {
            Value::Unknown
        } else {
            returned
        })
    }

    /// The position in `object`'s lineage of the class whose method `callable` is.
    fn position_of(&mut self, object: NodeId, callable: &Callable) -> Option<(NodeId, usize)> {
        let lineage = self.lineage(object)?;
        let name = &callable.source.code.functions[callable.id as usize].name;
        let at = lineage.classes.iter().position(|class| {
            class.source.name == callable.source.name
                && class.class().members.get(name) == Some(&Member::Function(callable.id))
        })?;
        Some((object, at))
    }

    /// Members without their likes: of many estimators with the same class and attributes one is
    /// enough.
    pub(super) fn distinct(&mut self, members: Vec<Value>) -> Vec<Value> {
        if members.len() <= 4 {
            return members;
        }
        let mut kept: Vec<Value> = Vec::new();
        let mut seen: Vec<(Likeness, NodeId)> = Vec::new();
        for member in members {
            if let Value::Node(id) = &member
                && let Some(likeness) = self.likeness(*id)
            {
                if let Some((_, first)) = seen.iter().find(|(known, _)| *known == likeness) {
                    self.alike.insert(*id, *first);
                    continue;
                }
                seen.push((likeness, *id));
            }
            kept.push(member);
        }
        kept
    }

    fn likeness(&mut self, object: NodeId) -> Option<Likeness> {
        let class = self.graph.class(object)?.to_string();
        let mut names: Vec<Box<str>> = self.state(object).keys().cloned().collect();
        names.sort_unstable();
        Some((class, names))
    }

    /// A method of a constant or a container.
    fn method(&mut self, held: &Value, name: &str, arguments: &Arguments) -> Value {
        let first = arguments.positional.first();
        let second = arguments.positional.get(1);
        match (held, name, first) {
            (Value::Class(class), "mro", None) => self.ancestors(class),
            (Value::Str(text), "startswith", Some(Value::Str(part))) => {
                Value::Bool(text.starts_with(&**part))
            }
            (Value::Str(text), "endswith", Some(Value::Str(part))) => {
                Value::Bool(text.ends_with(&**part))
            }
            (Value::Str(text), "lower", None) => Value::str(&text.to_lowercase()),
            (Value::Keywords(_), "get" | "pop", Some(Value::Str(key))) => {
                self.with_default(held, key, second)
            }
            (Value::Keywords(pairs), "items", None) => {
                let pair = |(key, value): &(Box<str>, Value)| {
                    Value::sequence(vec![Value::str(key), value.clone()])
                };
                Value::sequence(pairs.iter().map(pair).collect())
            }
            (Value::Keywords(pairs), "values", None) => {
                Value::sequence(pairs.iter().map(|(_, value)| value.clone()).collect())
            }
            (Value::Keywords(_), "keys" | "copy", None) => held.clone(),
            (Value::Node(id), _, _) => self.node_method(*id, held, name, first, second),
            (Value::State(object) | Value::Vars(object), "get" | "pop", Some(Value::Str(key))) => {
                let value = match self.holds(*object, key) {
                    Truth::Yes => self.item(held, &Value::Str(key.clone())),
                    Truth::No => second.cloned().unwrap_or(Value::Unknown),
                    Truth::Unknown => Value::Unknown,
                };
                if name == "pop" {
                    self.remove(*object, key);
                }
                value
            }
            (Value::State(object) | Value::Vars(object), "setdefault", Some(Value::Str(key))) => {
                if self.holds(*object, key) != Truth::Yes {
                    self.set(*object, key, second.cloned().unwrap_or(Value::None));
                }
                Value::Unknown
            }
            (Value::Vars(object), "update", Some(Value::State(state))) if object == state => {
                Value::None
            }
            (Value::State(object) | Value::Vars(object), "update", _) => {
                match first {
                    Some(Value::Keywords(pairs)) if arguments.keywords.is_empty() => {
                        for (key, value) in pairs.iter() {
                            self.set(*object, key, value.clone());
                        }
                    }
                    _ => {
                        self.open.insert(*object);
                    }
                }
                Value::None
            }
            (Value::State(_) | Value::Vars(_), "keys", None) | (Value::State(_), "copy", None) => {
                held.clone()
            }
            _ => Value::Unknown,
        }
    }

    fn node_method(
        &mut self,
        id: NodeId,
        held: &Value,
        name: &str,
        first: Option<&Value>,
        second: Option<&Value>,
    ) -> Value {
        let Node::Dict(pairs) = self.graph.node(id) else {
            return Value::Unknown;
        };
        match (name, first) {
            ("get", Some(Value::Str(key))) => self.with_default(held, key, second),
            ("items", None) if pairs.len() <= 512 => {
                let pairs = pairs.clone();
                let pair =
                    |(key, value)| Value::sequence(vec![self.of_node(key), self.of_node(value)]);
                Value::sequence(pairs.into_iter().map(pair).collect())
            }
            ("values", None) if pairs.len() <= 512 => {
                let pairs = pairs.clone();
                let values = pairs.into_iter().map(|(_, value)| self.of_node(value));
                Value::sequence(values.collect())
            }
            ("keys", None) => held.clone(),
            _ => Value::Unknown,
        }
    }

    fn with_default(&mut self, held: &Value, key: &Rc<str>, default: Option<&Value>) -> Value {
        if self.equal_member(held, key) {
            self.item(held, &Value::Str(key.clone()))
        } else {
            default.cloned().unwrap_or(Value::None)
        }
    }

    fn equal_member(&mut self, held: &Value, key: &str) -> bool {
        match held {
            Value::Keywords(pairs) => pairs.iter().any(|(name, _)| **name == *key),
            Value::Node(id) => self.graph.get(*id, key).is_some(),
            _ => false,
        }
    }
}

/// The locals of a call.
fn bind(callable: &Callable, owner: Option<NodeId>, arguments: Arguments) -> Names {
    let exprs = &callable.source.code.exprs;
    let function = &callable.source.code.functions[callable.id as usize];
    let open = arguments.open;
    let default = |parameter: &Parameter| match parameter.default {
        Some(default) if !open => Machine::literal(exprs, default, 0),
        _ => Value::Unknown,
    };
    let mut locals = Names::new();
    let mut keywords = arguments.keywords;
    let mut take = |name: &str| {
        let at = keywords
            .iter()
            .position(|(keyword, _)| **keyword == *name)?;
        Some(keywords.swap_remove(at).1)
    };
    let mut positional = owner
        .map(Value::Node)
        .into_iter()
        .chain(arguments.positional);
    for parameter in &function.args {
        let value = positional.next().or_else(|| take(&parameter.name));
        let value = value.unwrap_or_else(|| default(parameter));
        locals.insert(parameter.name.clone(), value);
    }
    for parameter in &function.kwonly {
        let value = take(&parameter.name).unwrap_or_else(|| default(parameter));
        locals.insert(parameter.name.clone(), value);
    }
    if let Some(name) = &function.vararg {
        let rest: Vec<Value> = positional.collect();
        let rest = if open {
            Value::Unknown
        } else {
            Value::sequence(rest)
        };
        locals.insert(name.clone(), rest);
    }
    if let Some(name) = &function.kwarg {
        let rest = if open {
            Value::Unknown
        } else {
            Value::Keywords(Rc::new(keywords))
        };
        locals.insert(name.clone(), rest);
    }
    locals
}
