//! What is known about a value while code is walked: a constant, an object of the file, a function,
//! or nothing.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::environment::classes::{ClassRef, Source};
use crate::pickle::NodeId;

/// The names a nested function sees.
pub(super) type Names = HashMap<Box<str>, Value>;

/// A value, as far as it is known.
#[derive(Clone)]
pub(super) enum Value {
    Unknown,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Rc<str>),
    /// A value of the file that is none of the above.
    Node(NodeId),
    /// The state dictionary that loading gives to `__setstate__` of this object.
    State(NodeId),
    /// `vars(object)`.
    Vars(NodeId),
    /// A list, tuple or iterator whose members are known.
    Sequence(Rc<Vec<Value>>),
    /// A dict with string keys whose items are known (`**kwargs`).
    Keywords(Rc<Vec<(Box<str>, Value)>>),
    /// An instance that the walked code made, by its number.
    Made(u32),
    /// A caught exception.
    Exception(Rc<super::machine::Raised>),
    Function(Rc<Callable>),
    /// A callable with arguments given beforehand (`functools.partial`).
    Partial(Rc<(Value, super::call::Arguments)>),
    /// A method of an object of the file.
    Bound(NodeId, Rc<Callable>),
    Class(ClassRef),
    /// The class of an object of the file.
    TypeOf(NodeId),
    Module(Rc<str>),
    /// `super()` of an object, which asks the lineage from this position on.
    Super(NodeId, usize),
    Builtin(Rc<str>),
    /// A method of a constant or of a container, by name.
    Method(Rc<(Value, Box<str>)>),
}

/// A function with what it needs to run.
pub(super) struct Callable {
    pub source: Arc<Source>,
    pub id: u32,
    /// The locals of the function it was defined in.
    pub closure: Option<Rc<Names>>,
    /// The position in the object's lineage of the class that defines it.
    pub position: usize,
}

/// A yes, a no, or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    pub fn of(known: Option<bool>) -> Self {
        match known {
            Some(true) => Truth::Yes,
            Some(false) => Truth::No,
            None => Truth::Unknown,
        }
    }

    pub fn value(self) -> Value {
        match self {
            Truth::Yes => Value::Bool(true),
            Truth::No => Value::Bool(false),
            Truth::Unknown => Value::Unknown,
        }
    }

    pub fn not(self) -> Self {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl Value {
    pub fn str(text: &str) -> Self {
        Value::Str(text.into())
    }

    pub fn sequence(members: Vec<Value>) -> Self {
        Value::Sequence(Rc::new(members))
    }

    /// Whether both are known to be the same thing.
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Str(a), Value::Str(b))
            | (Value::Module(a), Value::Module(b))
            | (Value::Builtin(a), Value::Builtin(b)) => a == b,
            (Value::Node(a), Value::Node(b))
            | (Value::State(a), Value::State(b))
            | (Value::Vars(a), Value::Vars(b))
            | (Value::TypeOf(a), Value::TypeOf(b)) => a == b,
            (Value::Sequence(a), Value::Sequence(b)) => {
                Rc::ptr_eq(a, b)
                    || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            (Value::Function(a), Value::Function(b)) => {
                a.id == b.id && a.source.name == b.source.name
            }
            (Value::Bound(x, a), Value::Bound(y, b)) => {
                x == y && a.id == b.id && a.source.name == b.source.name
            }
            (Value::Class(a), Value::Class(b)) => a.is(b),
            (Value::Made(a), Value::Made(b)) => a == b,
            _ => false,
        }
    }

    /// What holds whichever of the two it is.
    pub fn join(&self, other: &Value) -> Value {
        if self.same(other) {
            self.clone()
        } else {
            Value::Unknown
        }
    }
}
