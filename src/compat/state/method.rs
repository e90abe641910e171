//! What the decorators of a method make of it, and whether an object offers it.

use std::rc::Rc;

use super::call::Arguments;
use super::machine::{Frame, Machine, Stop};
use super::value::{Callable, Truth, Value};
use crate::environment::classes::tree::{Expr, FunctionId, Member};
use crate::environment::classes::{ClassRef, Source};
use crate::pickle::NodeId;

/// What decorators make of a method.
pub(super) enum Method {
    Plain,
    Property,
    /// Computed once and then kept in the object.
    Cached,
    Static,
    OfClass,
    /// There only when a check of the object says yes.
    Available(u32),
    /// There only when the first of these attributes that the object has offers it too.
    Delegated(Vec<Box<str>>),
    Opaque,
}

impl Machine<'_> {
    /// Whether `available_if(check)` lets a method of `object` be seen.
    pub(super) fn available(
        &mut self,
        object: NodeId,
        class: &ClassRef,
        position: usize,
        check: u32,
    ) -> Result<Truth, Stop> {
        let source = &class.source;
        let named = match &source.code.exprs[check as usize] {
            Expr::Name(name) => class.class().members.get(name),
            _ => None,
        };
        let function = |id| {
            Rc::new(Callable {
                source: source.clone(),
                id,
                closure: None,
                position,
            })
        };
        let before = self.possible.len();
        let answer = match named {
            Some(Member::Function(id)) => {
                self.run(&function(*id), Some(object), Arguments::default())
            }
            Some(_) => return Ok(Truth::Unknown),
            None => {
                let nobody = Callable {
                    source: source.clone(),
                    id: 0,
                    closure: None,
                    position,
                };
                let mut frame = Frame::new(&nobody, None);
                match self.eval(&mut frame, check) {
                    Ok(Value::Function(check)) => {
                        let arguments = Arguments {
                            positional: vec![Value::Node(object)],
                            ..Arguments::default()
                        };
                        self.run(&check, None, arguments)
                    }
                    Ok(_) => return Ok(Truth::Unknown),
                    Err(stop) => Err(stop),
                }
            }
        };
        let doubted = self.possible.len() > before;
        self.possible.truncate(before);
        match answer {
            Ok(_) if doubted => Ok(Truth::Unknown),
            Ok(value) => Ok(self.truth(&value)),
            Err(Stop::Raised(raised)) => {
                self.refusal = Some(raised);
                Ok(Truth::No)
            }
            Err(stop) => Err(stop),
        }
    }
}

impl Machine<'_> {
    /// Whether `if_delegate_has_method(delegate=…)` lets the method `name` of `object` be seen.
    pub(super) fn delegated(
        &mut self,
        object: NodeId,
        class: &ClassRef,
        delegates: &[Box<str>],
        name: &str,
    ) -> Result<Truth, Stop> {
        let owner = Value::Node(object);
        for delegate in delegates {
            match self.has(&class.source, &owner, delegate)? {
                Truth::No => {}
                Truth::Unknown => return Ok(Truth::Unknown),
                Truth::Yes => {
                    let value = self.attribute(&class.source, &owner, delegate, 0)?;
                    return self.has(&class.source, &value, name);
                }
            }
        }
        Ok(Truth::No)
    }
}

/// The names in `'a'`, `('a', 'b')` or `['a', 'b']`; dotted ones are left to nobody.
fn delegates(exprs: &[Expr], argument: u32) -> Option<Vec<Box<str>>> {
    let name = |id: u32| match &exprs[id as usize] {
        Expr::Str(name) if !name.contains('.') => Some(name.clone()),
        _ => None,
    };
    match &exprs[argument as usize] {
        Expr::Sequence(items) => items.iter().map(|item| name(*item)).collect(),
        _ => Some(vec![name(argument)?]),
    }
}

/// What the decorators make of a method.
pub(super) fn kind(source: &Source, id: FunctionId) -> Method {
    let exprs = &source.code.exprs;
    let mut found = Method::Plain;
    for decorator in &source.code.functions[id as usize].decorators {
        let (named, args) = match &exprs[*decorator as usize] {
            Expr::Call {
                callee,
                args,
                keywords,
            } => (*callee, Some((args, keywords))),
            _ => (*decorator, None),
        };
        let name = match &exprs[named as usize] {
            Expr::Name(name) => name,
            Expr::Attribute { attr, .. } => attr,
            _ => return Method::Opaque,
        };
        match (&**name, args) {
            ("cached_property", _) => found = Method::Cached,
            ("staticmethod", _) => found = Method::Static,
            ("classmethod", _) => found = Method::OfClass,
            ("available_if", Some((args, _))) => match args.as_slice() {
                [(false, check)] => found = Method::Available(*check),
                _ => return Method::Opaque,
            },
            ("if_delegate_has_method", Some((args, keywords))) => {
                let argument = match (args.as_slice(), keywords.as_slice()) {
                    ([(false, argument)], []) | ([], [(Some(_), argument)]) => Some(*argument),
                    _ => None,
                };
                let named = argument.and_then(|argument| delegates(exprs, argument));
                let Some(named) = named else {
                    return Method::Opaque;
                };
                found = Method::Delegated(named);
            }
            (name, _) if name.ends_with("property") => found = Method::Property,
            // Wrappers call what they wrap.
            _ => {}
        }
    }
    found
}
