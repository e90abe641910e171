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
            Err(Stop::Raised(_)) => Ok(Truth::No),
            Err(stop) => Err(stop),
        }
    }
}

/// What the decorators make of a method.
pub(super) fn kind(source: &Source, id: FunctionId) -> Method {
    let exprs = &source.code.exprs;
    let mut found = Method::Plain;
    for decorator in &source.code.functions[id as usize].decorators {
        let (named, args) = match &exprs[*decorator as usize] {
            Expr::Call { callee, args, .. } => (*callee, Some(args)),
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
            ("available_if", Some(args)) => match args.as_slice() {
                [(false, check)] => found = Method::Available(*check),
                _ => return Method::Opaque,
            },
            (name, _) if name.ends_with("property") => found = Method::Property,
            // Wrappers call what they wrap.
            _ => {}
        }
    }
    found
}
