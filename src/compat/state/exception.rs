//! What is raised and what is caught.

use std::rc::Rc;

use super::machine::{Flow, Frame, Machine, Raised, Stop};
use super::statement::last_name;
use super::value::Value;
use crate::environment::ModuleLookup;
use crate::environment::classes::Resolved;
use crate::environment::classes::tree::{Expr, ExprId, Handler, Stmt};

type Outcome = Result<Flow, Stop>;

impl Machine<'_> {
    pub(super) fn attempt(
        &mut self,
        frame: &mut Frame,
        body: &[Stmt],
        handlers: &[Handler],
        orelse: &[Stmt],
        finish: &[Stmt],
    ) -> Outcome {
        let mut flow = self.block(frame, body);
        match flow {
            Ok(Flow::Next) => flow = self.block(frame, orelse),
            Err(Stop::Raised(raised)) => {
                let mut found = None;
                for handler in handlers {
                    if catches(frame, handler.kind, &raised) {
                        found = Some(handler);
                        break;
                    }
                }
                flow = match found {
                    Some(handler) => {
                        if let Some(name) = &handler.name {
                            let caught = Value::Exception(Rc::new(raised.clone()));
                            frame.locals.insert(name.clone(), caught);
                        }
                        let outer = frame.handling.replace(raised);
                        let flow = self.block(frame, &handler.body);
                        frame.handling = outer;
                        flow
                    }
                    None => Err(Stop::Raised(raised)),
                };
            }
            _ => {}
        }
        match self.block(frame, finish)? {
            Flow::Next => flow,
            over => Ok(over),
        }
    }

    /// An import inside a function fails when there is no such package at all.
    pub(super) fn absent(&mut self, frame: &Frame, module: &str) -> Result<(), Stop> {
        let package = crate::package::top_of(module);
        if package.is_empty() || !self.is_absent(package) {
            return Ok(());
        }
        let message = format!("No module named '{package}'");
        Err(Stop::Raised(Raised {
            by: self.calls.iter().rev().find_map(|(_, _, owner)| *owner),
            place: Some((frame.source.file.clone(), 0)),
            ..Raised::said("ModuleNotFoundError", message)
        }))
    }

    fn is_absent(&self, package: &str) -> bool {
        matches!(
            self.environment.module(package),
            ModuleLookup::Missing { .. }
        )
    }

    pub(super) fn with(
        &mut self,
        frame: &mut Frame,
        items: &[(ExprId, Option<ExprId>)],
        body: &[Stmt],
    ) -> Outcome {
        let mut suppresses = false;
        for (manager, bound) in items {
            suppresses |= matches!(&frame.source.code.exprs[*manager as usize],
                Expr::Call { callee, .. } if last_name(frame, *callee) == Some("suppress"));
            self.eval(frame, *manager)?;
            if let Some(bound) = bound {
                self.assign(frame, *bound, &Value::Unknown)?;
            }
        }
        match self.block(frame, body) {
            Err(Stop::Raised(_)) if suppresses => Ok(Flow::Next),
            flow => flow,
        }
    }

    pub(super) fn raise(
        &mut self,
        frame: &mut Frame,
        exception: Option<ExprId>,
        line: u32,
    ) -> Outcome {
        let Some(exception) = exception else {
            let again = frame.handling.clone();
            return Err(Stop::Raised(again.unwrap_or(Raised::named("Exception"))));
        };
        let source = frame.source.clone();
        let mut message = None;
        let named = match &source.code.exprs[exception as usize] {
            Expr::Call { callee, args, .. } => {
                if let Some((false, first)) = args.first()
                    && let Value::Str(text) = self.eval(frame, *first)?
                {
                    message = Some(text);
                }
                *callee
            }
            Expr::Name(name) => {
                if let Some(Value::Exception(again)) = frame.locals.get(name) {
                    return Err(Stop::Raised((**again).clone()));
                }
                exception
            }
            _ => exception,
        };
        let mut names: Vec<Box<str>> = Vec::new();
        match &source.code.exprs[named as usize] {
            Expr::Name(name) => {
                names.push(name.clone());
                if let Resolved::Class(class) = self.resolve(&source.name, name) {
                    let lineage = self.environment.lineage(&class);
                    names.extend(lineage.classes.iter().map(|c| c.class().name.clone()));
                    names.extend(lineage.builtin.iter().cloned());
                }
            }
            Expr::Attribute { attr, .. } => names.push(attr.clone()),
            _ => names.push("Exception".into()),
        }
        Err(Stop::Raised(Raised {
            names,
            missing: None,
            message,
            by: self.calls.iter().rev().find_map(|(_, _, owner)| *owner),
            place: Some((source.file.clone(), line)),
        }))
    }
}

/// Whether a handler catches; one that cannot be read counts as catching.
fn catches(frame: &Frame, kind: Option<ExprId>, raised: &Raised) -> bool {
    let Some(kind) = kind else { return true };
    match &frame.source.code.exprs[kind as usize] {
        Expr::Name(name) => raised.is(name),
        Expr::Attribute { attr, .. } => raised.is(attr),
        Expr::Sequence(kinds) => kinds.iter().any(|kind| catches(frame, Some(*kind), raised)),
        _ => true,
    }
}
