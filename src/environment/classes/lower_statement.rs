//! The statements of function bodies: see `lower`.

use ruff_python_ast as ast;
use ruff_python_ast::ExceptHandler;

use super::lower::{DEEPEST, Lower, imports};
use super::lower_expression::sign;
use super::tree::{Expr, Handler, Stmt, What};

impl Lower {
    pub(super) fn block(&mut self, body: &[ast::Stmt]) -> Vec<Stmt> {
        let mut made = Vec::with_capacity(body.len());
        if self.depth > DEEPEST {
            return made;
        }
        self.depth += 1;
        for statement in body {
            self.statement(statement, &mut made);
        }
        self.depth -= 1;
        made
    }

    fn statement(&mut self, statement: &ast::Stmt, out: &mut Vec<Stmt>) {
        self.statements += 1;
        let made = match statement {
            ast::Stmt::Expr(statement) => {
                if matches!(&*statement.value, ast::Expr::StringLiteral(_)) {
                    return;
                }
                Stmt::Expr(self.expr(&statement.value))
            }
            ast::Stmt::Assign(assign) => {
                let value = self.expr(&assign.value);
                for target in &assign.targets {
                    self.note_assigned(target);
                }
                let targets = assign.targets.iter().map(|target| self.expr(target));
                Stmt::Assign(targets.collect(), value)
            }
            ast::Stmt::AnnAssign(assign) => {
                let Some(value) = &assign.value else { return };
                let value = self.expr(value);
                Stmt::Assign(vec![self.expr(&assign.target)], value)
            }
            ast::Stmt::AugAssign(assign) => {
                let target = self.expr(&assign.target);
                Stmt::Augment(target, sign(assign.op), self.expr(&assign.value))
            }
            ast::Stmt::Delete(delete) => Stmt::Delete(
                delete
                    .targets
                    .iter()
                    .map(|target| self.expr(target))
                    .collect(),
            ),
            ast::Stmt::Return(result) => {
                Stmt::Return(result.value.as_ref().map(|value| self.expr(value)))
            }
            ast::Stmt::Raise(raise) => {
                let line = self.line(raise);
                Stmt::Raise(
                    raise.exc.as_ref().map(|exception| self.expr(exception)),
                    line,
                )
            }
            ast::Stmt::If(choice) => {
                let mut branches = vec![(self.expr(&choice.test), self.block(&choice.body))];
                let mut rest = Vec::new();
                for clause in &choice.elif_else_clauses {
                    match &clause.test {
                        Some(test) => branches.push((self.expr(test), self.block(&clause.body))),
                        None => rest = self.block(&clause.body),
                    }
                }
                Stmt::If(branches, rest)
            }
            ast::Stmt::For(walk) => Stmt::For {
                target: self.expr(&walk.target),
                iter: self.expr(&walk.iter),
                body: self.block(&walk.body),
                orelse: self.block(&walk.orelse),
            },
            ast::Stmt::While(walk) => {
                let test = self.expr(&walk.test);
                Stmt::While(test, self.block(&walk.body))
            }
            ast::Stmt::Try(attempt) => Stmt::Try {
                body: self.block(&attempt.body),
                handlers: attempt
                    .handlers
                    .iter()
                    .map(|ExceptHandler::ExceptHandler(handler)| Handler {
                        kind: handler.type_.as_ref().map(|kind| self.expr(kind)),
                        name: handler.name.as_ref().map(|name| name.as_str().into()),
                        body: self.block(&handler.body),
                    })
                    .collect(),
                orelse: self.block(&attempt.orelse),
                finish: self.block(&attempt.finalbody),
            },
            ast::Stmt::With(with) => {
                let mut items = Vec::new();
                for item in &with.items {
                    let manager = self.expr(&item.context_expr);
                    let bound = item.optional_vars.as_ref().map(|target| self.expr(target));
                    items.push((manager, bound));
                }
                Stmt::With(items, self.block(&with.body))
            }
            ast::Stmt::Assert(check) => {
                let test = self.expr(&check.test);
                Stmt::Expr(self.push(Expr::Opaque(vec![test])))
            }
            ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_) => {
                for (name, what) in imports(statement) {
                    out.push(Stmt::Import(name, what.unwrap_or(What::Other)));
                }
                return;
            }
            ast::Stmt::FunctionDef(def) => Stmt::Function(self.function(def)),
            ast::Stmt::ClassDef(class) => Stmt::Forget(vec![class.name.as_str().into()]),
            ast::Stmt::Break(_) => Stmt::Break,
            ast::Stmt::Continue(_) => Stmt::Continue,
            ast::Stmt::Match(choice) => {
                // Which pattern fits is not asked: every case is a branch that may be taken.
                let subject = self.expr(&choice.subject);
                let mut branches = Vec::new();
                for case in &choice.cases {
                    let test = self.push(Expr::Opaque(Vec::new()));
                    branches.push((test, self.block(&case.body)));
                }
                out.push(Stmt::Expr(subject));
                Stmt::If(branches, Vec::new())
            }
            _ => return,
        };
        out.push(made);
    }

    fn note_assigned(&mut self, target: &ast::Expr) {
        match target {
            ast::Expr::Attribute(attribute) => {
                if let ast::Expr::Name(name) = &*attribute.value
                    && name.id.as_str() == "self"
                {
                    self.assigns.insert(attribute.attr.as_str().into());
                }
            }
            ast::Expr::Tuple(tuple) => {
                for part in &tuple.elts {
                    self.note_assigned(part);
                }
            }
            _ => {}
        }
    }
}
