//! The walk through statements: which branch, how often, what is caught.

use std::rc::Rc;

use super::machine::{Flow, Frame, Holder, Machine, Raised, Slot, Stop};
use super::value::{Callable, Truth, Value};
use crate::environment::classes::tree::{Expr, ExprId, Stmt, What};

type Outcome = Result<Flow, Stop>;

impl Machine<'_> {
    pub(super) fn block(&mut self, frame: &mut Frame, body: &[Stmt]) -> Outcome {
        for statement in body {
            match self.statement(frame, statement)? {
                Flow::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, frame: &mut Frame, statement: &Stmt) -> Outcome {
        self.step()?;
        self.nested += 1;
        let flow = self.walk(frame, statement);
        self.nested -= 1;
        flow
    }

    fn walk(&mut self, frame: &mut Frame, statement: &Stmt) -> Outcome {
        match statement {
            Stmt::Expr(value) => {
                self.eval(frame, *value)?;
            }
            Stmt::Assign(targets, value) => {
                let value = self.eval(frame, *value)?;
                for target in targets {
                    self.assign(frame, *target, &value)?;
                }
            }
            Stmt::Augment(target, sign, value) => {
                let old = self.eval(frame, *target)?;
                let value = self.eval(frame, *value)?;
                let new = Self::arithmetic(&old, *sign, &value);
                self.assign(frame, *target, &new)?;
            }
            Stmt::Delete(targets) => {
                for target in targets {
                    self.delete(frame, *target)?;
                }
            }
            Stmt::Return(value) => {
                let value = match value {
                    Some(value) => self.eval(frame, *value)?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            Stmt::Raise(exception, line) => return self.raise(frame, *exception, *line),
            Stmt::If(branches, rest) => return self.choose(frame, branches, rest),
            Stmt::For {
                target,
                iter,
                body,
                orelse,
            } => return self.walk_loop(frame, *target, *iter, body, orelse),
            Stmt::While(test, body) => {
                let test = self.eval(frame, *test)?;
                if self.truth(&test) != Truth::No {
                    self.perhaps(frame, |machine, frame| machine.block(frame, body))?;
                }
            }
            Stmt::Try {
                body,
                handlers,
                orelse,
                finish,
            } => return self.attempt(frame, body, handlers, orelse, finish),
            Stmt::With(items, body) => return self.with(frame, items, body),
            Stmt::Import(name, what) => {
                if let What::Import(module) | What::From(module, _) = what {
                    self.absent(frame, module)?;
                }
                let value = match what {
                    What::Import(module) => Value::Module((**module).into()),
                    What::From(module, name) => {
                        let found = self.environment.import_from(&frame.source, module, name);
                        Self::resolved(found)
                    }
                    _ => Value::Unknown,
                };
                frame.locals.insert(name.clone(), value);
            }
            Stmt::Function(id) => {
                let name = frame.source.code.functions[*id as usize].name.clone();
                let callable = Callable {
                    source: frame.source.clone(),
                    id: *id,
                    closure: Some(Rc::new(frame.visible())),
                    position: frame.owner.map_or(0, |(_, position)| position),
                };
                frame
                    .locals
                    .insert(name, Value::Function(Rc::new(callable)));
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Forget(names) => {
                for name in names {
                    frame.locals.insert(name.clone(), Value::Unknown);
                }
            }
        }
        Ok(Flow::Next)
    }

    fn choose(
        &mut self,
        frame: &mut Frame,
        branches: &[(ExprId, Vec<Stmt>)],
        rest: &[Stmt],
    ) -> Outcome {
        let Some(((test, body), others)) = branches.split_first() else {
            return self.block(frame, rest);
        };
        let test = self.eval(frame, *test)?;
        match self.truth(&test) {
            Truth::Yes => self.block(frame, body),
            Truth::No => self.choose(frame, others, rest),
            Truth::Unknown => self.either(
                frame,
                |machine, frame| machine.block(frame, body),
                |machine, frame| machine.choose(frame, others, rest),
            ),
        }
    }

    /// One of two ways, nobody knows which.
    pub(super) fn either(
        &mut self,
        frame: &mut Frame,
        one: impl FnOnce(&mut Self, &mut Frame) -> Outcome,
        other: impl FnOnce(&mut Self, &mut Frame) -> Outcome,
    ) -> Outcome {
        self.nested += 1;
        let heap = self.heap.clone();
        let locals = frame.locals.clone();
        let yielded = frame.yields.len();
        let first = one(self, frame);
        let heap = std::mem::replace(&mut self.heap, heap);
        let locals = std::mem::replace(&mut frame.locals, locals);
        let second = other(self, frame);
        frame.yields_known &= frame.yields.len() == yielded;
        self.nested -= 1;
        match (first, second) {
            (Err(Stop::Budget), _) | (_, Err(Stop::Budget)) => Err(Stop::Budget),
            (Err(Stop::Raised(a)), Err(Stop::Raised(b))) => {
                // Both fail; only when both lack something is that the object's fault.
                let fault = match (&a.missing, &b.missing) {
                    (None, _) => a,
                    _ => b,
                };
                Err(Stop::Raised(fault))
            }
            // A branch that raises is taken for bad input or bad luck: the other one counts.
            (Err(Stop::Raised(raised)), Ok(flow)) => {
                self.doubt(&raised);
                Ok(flow)
            }
            (Ok(flow), Err(Stop::Raised(raised))) => {
                self.doubt(&raised);
                self.heap = heap;
                frame.locals = locals;
                Ok(flow)
            }
            (Ok(a), Ok(b)) => {
                self.join(&heap);
                Ok(match (a, b) {
                    (Flow::Next, Flow::Next) => {
                        frame.join(&locals);
                        Flow::Next
                    }
                    (Flow::Return(a), Flow::Return(b)) => Flow::Return(a.join(&b)),
                    (Flow::Break, Flow::Break) => Flow::Break,
                    (Flow::Continue, Flow::Continue) => {
                        frame.join(&locals);
                        Flow::Continue
                    }
                    (Flow::Next, left) => {
                        frame.locals = locals;
                        frame.left(&left);
                        Flow::Next
                    }
                    (left, Flow::Next) => {
                        frame.left(&left);
                        Flow::Next
                    }
                    // Different ways out: the loop may go on, so what follows is in doubt.
                    (a, b) => {
                        frame.left(&a);
                        frame.left(&b);
                        frame.join(&locals);
                        Flow::Continue
                    }
                })
            }
        }
    }

    /// Something that may not happen at all.
    pub(super) fn perhaps(
        &mut self,
        frame: &mut Frame,
        act: impl FnOnce(&mut Self, &mut Frame) -> Outcome,
    ) -> Result<(), Stop> {
        let flow = self.either(frame, act, |_, _| Ok(Flow::Next))?;
        frame.left(&flow);
        Ok(())
    }

    fn walk_loop(
        &mut self,
        frame: &mut Frame,
        target: ExprId,
        iter: ExprId,
        body: &[Stmt],
        orelse: &[Stmt],
    ) -> Outcome {
        let walked = self.eval(frame, iter)?;
        let Some(members) = self.members(&walked) else {
            let outer = frame.may_have_left;
            let counted = is_count(frame, iter);
            let mut fault = None;
            self.perhaps(frame, |machine, frame| {
                machine.assign(frame, target, &Value::Unknown)?;
                let flow = machine.block(frame, body);
                if let Err(Stop::Raised(raised)) = &flow
                    && counted
                    && machine.is_kept(raised)
                {
                    fault = Some(raised.clone());
                }
                match flow? {
                    Flow::Return(value) => Ok(Flow::Return(value)),
                    _ => Ok(Flow::Next),
                }
            })?;
            frame.may_have_left = outer;
            if let Some(fault) = fault {
                return Err(Stop::Raised(fault));
            }
            return self.block(frame, orelse);
        };
        let outer = std::mem::replace(&mut frame.may_have_left, false);
        let mut ended = false;
        for member in self.distinct(members) {
            self.assign(frame, target, &member)?;
            match self.block(frame, body) {
                Ok(Flow::Next | Flow::Continue) => {}
                Ok(Flow::Break) => {
                    ended = true;
                    break;
                }
                Ok(Flow::Return(value)) => {
                    if frame.may_have_left {
                        frame.may_be_done = true;
                        ended = true;
                        break;
                    }
                    frame.may_have_left = outer;
                    return Ok(Flow::Return(value));
                }
                Err(Stop::Raised(raised)) if frame.may_have_left => {
                    self.doubt(&raised);
                    ended = true;
                    break;
                }
                Err(stop) => return Err(stop),
            }
        }
        frame.may_have_left = outer;
        if ended {
            return Ok(Flow::Next);
        }
        self.block(frame, orelse)
    }

    /// Whether the class whose attribute is missing assigns it itself, so that what it saves has it.
    fn is_kept(&mut self, raised: &Raised) -> bool {
        let Some(missing) = &raised.missing else {
            return false;
        };
        let lineage = self.lineage(missing.object);
        lineage.is_some_and(|lineage| {
            let mut classes = lineage.classes.iter();
            classes.any(|class| class.class().assigns.contains(&missing.attribute))
        })
    }

    pub(super) fn assign(
        &mut self,
        frame: &mut Frame,
        target: ExprId,
        value: &Value,
    ) -> Result<(), Stop> {
        let source = frame.source.clone();
        match &source.code.exprs[target as usize] {
            Expr::Name(name) => {
                frame.locals.insert(name.clone(), value.clone());
            }
            Expr::Attribute {
                value: object,
                attr,
                ..
            } => match self.eval(frame, *object)? {
                Value::Node(object) => {
                    let attr = self.mangled(frame, attr);
                    self.set(object, &attr, value.clone());
                }
                Value::Made(made) => {
                    self.write(Holder::Made(made), attr, Slot::Set(value.clone()));
                }
                _ => {}
            },
            Expr::Sequence(targets) => {
                self.unpacked(frame, targets, value)?;
                let members = self.members(value).filter(|m| m.len() == targets.len());
                for (at, target) in targets.iter().enumerate() {
                    let member = members.as_ref().map_or(&Value::Unknown, |all| &all[at]);
                    self.assign(frame, *target, &member.clone())?;
                }
            }
            Expr::Starred(inner) => self.assign(frame, *inner, &Value::Unknown)?,
            Expr::Subscript(container, key) => {
                let held = self.eval(frame, *container)?;
                let key = self.eval(frame, *key)?;
                match (held, key) {
                    (Value::State(object) | Value::Vars(object), Value::Str(name)) => {
                        self.set(object, &name, value.clone());
                    }
                    (Value::State(object) | Value::Vars(object), _) => {
                        self.open.insert(object);
                    }
                    (Value::Keywords(pairs), Value::Str(key)) => {
                        if let Expr::Name(name) = &source.code.exprs[*container as usize] {
                            let mut pairs = pairs.to_vec();
                            pairs.retain(|(known, _)| **known != *key);
                            pairs.push((Box::from(&*key), value.clone()));
                            let changed = Value::Keywords(Rc::new(pairs));
                            frame.locals.insert(name.clone(), changed);
                        }
                    }
                    _ => {
                        if let Expr::Name(name) = &source.code.exprs[*container as usize] {
                            frame.locals.insert(name.clone(), Value::Unknown);
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn delete(&mut self, frame: &mut Frame, target: ExprId) -> Result<(), Stop> {
        let source = frame.source.clone();
        match &source.code.exprs[target as usize] {
            Expr::Name(name) => {
                frame.locals.remove(name);
            }
            Expr::Attribute { value, attr, .. } => {
                if let Value::Node(object) = self.eval(frame, *value)? {
                    let attr = self.mangled(frame, attr);
                    self.remove(object, &attr);
                }
            }
            Expr::Subscript(container, key) => {
                let held = self.eval(frame, *container)?;
                let key = self.eval(frame, *key)?;
                if let (Value::State(object) | Value::Vars(object), Value::Str(name)) = (held, key)
                {
                    self.remove(object, &name);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Frame {
    /// A branch that may have been taken ended like this.
    fn left(&mut self, flow: &Flow) {
        match flow {
            Flow::Next => {}
            Flow::Return(_) => self.may_be_done = true,
            Flow::Break | Flow::Continue => self.may_have_left = true,
        }
    }

    /// The names that a function defined here sees besides the module's.
    pub(super) fn visible(&self) -> super::value::Names {
        let mut names = self.closure.as_deref().cloned().unwrap_or_default();
        for (name, value) in &self.locals {
            names.insert(name.clone(), value.clone());
        }
        names
    }
}

/// The last part of a dotted name.
pub(super) fn last_name(frame: &Frame, id: ExprId) -> Option<&str> {
    match &frame.source.code.exprs[id as usize] {
        Expr::Name(name) => Some(name),
        Expr::Attribute { attr, .. } => Some(attr),
        _ => None,
    }
}

/// Whether a loop counts over sizes (`range(n)`): for ordinary input it runs.
pub(super) fn is_count(frame: &Frame, iter: ExprId) -> bool {
    match &frame.source.code.exprs[iter as usize] {
        Expr::Call { callee, args, .. } => {
            args.len() == 1 && last_name(frame, *callee) == Some("range")
        }
        _ => false,
    }
}
