//! Syntax trees to the shape that is kept: see `tree`.

use std::collections::HashSet;

use ruff_python_ast as ast;
use ruff_python_ast::ExceptHandler;
use ruff_text_size::Ranged;

use super::tree::{
    Bound, Class, Expr, ExprId, Function, FunctionId, Member, Module, Parameter, Stmt, What,
};

/// Deepest nesting of expressions and statements that is kept; what lies deeper is opaque.
pub(super) const DEEPEST: u32 = 120;

/// Lowers the statements of a module.
pub(super) fn module(text: &str, body: &[ast::Stmt]) -> Module {
    let mut lines = vec![0];
    lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
    let mut lower = Lower {
        module: Module::default(),
        lines,
        depth: 0,
        yields: false,
        statements: 0,
        assigns: HashSet::new(),
    };
    lower.top(body, false);
    lower.module
}

pub(super) struct Lower {
    pub module: Module,
    /// Byte offsets where lines start.
    lines: Vec<u32>,
    pub depth: u32,
    /// The function that is being lowered yields.
    pub yields: bool,
    /// Statements of the function that is being lowered.
    pub statements: u32,
    /// Attributes of `self` that the class being lowered assigns.
    pub assigns: HashSet<Box<str>>,
}

impl Lower {
    pub fn line(&self, node: &impl Ranged) -> u32 {
        let offset = node.range().start().to_u32();
        self.lines.partition_point(|start| *start <= offset) as u32
    }

    pub fn push(&mut self, expr: Expr) -> ExprId {
        self.module.exprs.push(expr);
        self.module.exprs.len() as ExprId - 1
    }

    fn bind(&mut self, name: &str, guarded: bool, what: What) {
        let bound = Bound { guarded, what };
        let place = self.module.globals.entry(name.into()).or_default();
        place.push(bound);
    }

    // ---- the top level ----

    fn top(&mut self, body: &[ast::Stmt], guarded: bool) {
        if self.depth > DEEPEST {
            return;
        }
        self.depth += 1;
        for statement in body {
            self.top_statement(statement, guarded);
        }
        self.depth -= 1;
    }

    fn top_statement(&mut self, statement: &ast::Stmt, guarded: bool) {
        match statement {
            ast::Stmt::FunctionDef(def) => {
                let id = self.function(def);
                self.bind(&def.name, guarded, What::Function(id));
            }
            ast::Stmt::ClassDef(class) => {
                let class = self.class(class);
                let name = class.name.clone();
                self.module.classes.push(class);
                let id = self.module.classes.len() as u32 - 1;
                self.bind(&name, guarded, What::Class(id));
            }
            ast::Stmt::Assign(assign) => {
                let value = self.expr(&assign.value);
                for target in &assign.targets {
                    self.top_target(target, Some(value), guarded);
                }
            }
            ast::Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.expr(value);
                    self.top_target(&assign.target, Some(value), guarded);
                }
            }
            ast::Stmt::AugAssign(assign) => self.top_target(&assign.target, None, guarded),
            ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_) => {
                for (name, what) in imports(statement) {
                    match what {
                        Some(what) => self.bind(&name, guarded, what),
                        None => self.module.stars.push(name),
                    }
                }
            }
            ast::Stmt::If(choice) => {
                self.top(&choice.body, true);
                for clause in &choice.elif_else_clauses {
                    self.top(&clause.body, true);
                }
            }
            ast::Stmt::Try(attempt) => {
                self.top(&attempt.body, true);
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    self.top(&handler.body, true);
                }
                self.top(&attempt.orelse, true);
                self.top(&attempt.finalbody, guarded);
            }
            ast::Stmt::With(with) => self.top(&with.body, guarded),
            ast::Stmt::For(walk) => {
                self.top_target(&walk.target, None, true);
                self.top(&walk.body, true);
            }
            ast::Stmt::While(walk) => self.top(&walk.body, true),
            ast::Stmt::Delete(delete) => {
                for target in &delete.targets {
                    self.top_target(target, None, true);
                }
            }
            _ => {}
        }
    }

    fn top_target(&mut self, target: &ast::Expr, value: Option<ExprId>, guarded: bool) {
        match target {
            ast::Expr::Name(name) => {
                let what = value.map_or(What::Other, What::Value);
                self.bind(&name.id, guarded, what);
            }
            ast::Expr::Tuple(tuple) => {
                for part in &tuple.elts {
                    if let ast::Expr::Name(name) = part {
                        self.bind(&name.id, guarded, What::Other);
                    }
                }
            }
            _ => {}
        }
    }

    // ---- classes and functions ----

    fn class(&mut self, class: &ast::StmtClassDef) -> Class {
        let mut made = Class {
            name: class.name.as_str().into(),
            line: self.line(&class.name),
            open: !class.decorator_list.iter().all(documents),
            ..Class::default()
        };
        if let Some(arguments) = &class.arguments {
            for base in &arguments.args {
                made.bases.push(self.expr(base));
            }
            for keyword in &arguments.keywords {
                // Other keywords go to `__init_subclass__`, which is Python like the rest.
                let plain = match keyword.arg.as_deref() {
                    Some("metaclass") => crate::environment::expressions::dotted(&keyword.value)
                        .is_some_and(|name| name.ends_with("ABCMeta")),
                    Some(_) => true,
                    None => false,
                };
                made.open |= !plain;
                made.metaclass |= !plain;
            }
        }
        let decorators = class.decorator_list.iter();
        made.decorators = decorators.map(|d| self.expr(&d.expression)).collect();
        made.dataclass = class.decorator_list.iter().any(|decorator| {
            let named = match &decorator.expression {
                ast::Expr::Call(call) => &*call.func,
                plain => plain,
            };
            crate::environment::expressions::dotted(named)
                .is_some_and(|name| name.rsplit('.').next() == Some("dataclass"))
        });
        let outer = std::mem::take(&mut self.assigns);
        self.members(&class.body, &mut made);
        made.assigns = std::mem::replace(&mut self.assigns, outer);
        made
    }

    fn members(&mut self, body: &[ast::Stmt], made: &mut Class) {
        if self.depth > DEEPEST {
            made.open = true;
            return;
        }
        self.depth += 1;
        for statement in body {
            made.branches |= matches!(
                statement,
                ast::Stmt::If(_) | ast::Stmt::Try(_) | ast::Stmt::For(_) | ast::Stmt::While(_)
            );
            match statement {
                ast::Stmt::FunctionDef(def) => {
                    // `@name.setter` changes a property that is already there.
                    let changes = def.decorator_list.iter().any(|decorator| {
                        matches!(&decorator.expression, ast::Expr::Attribute(attribute)
                            if matches!(attribute.attr.as_str(), "setter" | "deleter"))
                    });
                    let id = self.function(def);
                    if !(changes && made.members.contains_key(def.name.as_str())) {
                        let name = def.name.as_str().into();
                        made.members.insert(name, Member::Function(id));
                    }
                }
                ast::Stmt::ClassDef(inner) => {
                    let name = inner.name.as_str().into();
                    made.members.insert(name, Member::Other);
                }
                ast::Stmt::Assign(assign) => {
                    let value = self.expr(&assign.value);
                    for target in &assign.targets {
                        match target {
                            ast::Expr::Name(name) => {
                                let name = name.id.as_str().into();
                                made.members.insert(name, Member::Value(value));
                            }
                            other => member_target(other, made),
                        }
                    }
                }
                ast::Stmt::AnnAssign(assign) => {
                    if let (ast::Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                        let value = self.expr(value);
                        let name = name.id.as_str().into();
                        made.members.insert(name, Member::Value(value));
                    }
                }
                ast::Stmt::If(choice) => {
                    self.members(&choice.body, made);
                    for clause in &choice.elif_else_clauses {
                        self.members(&clause.body, made);
                    }
                }
                ast::Stmt::Try(attempt) => {
                    self.members(&attempt.body, made);
                    for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                        self.members(&handler.body, made);
                    }
                }
                ast::Stmt::For(walk) => {
                    member_target(&walk.target, made);
                    self.members(&walk.body, made);
                }
                ast::Stmt::While(walk) => self.members(&walk.body, made),
                ast::Stmt::With(with) => self.members(&with.body, made),
                ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_) => {
                    for (name, _) in imports(statement) {
                        made.members.insert(name, Member::Other);
                    }
                }
                _ => {}
            }
        }
        self.depth -= 1;
    }

    pub fn function(&mut self, def: &ast::StmtFunctionDef) -> FunctionId {
        let outer = (self.yields, self.statements);
        (self.yields, self.statements) = (false, 0);
        let decorators = def
            .decorator_list
            .iter()
            .map(|decorator| self.expr(&decorator.expression))
            .collect();
        let mut made = Function {
            name: def.name.as_str().into(),
            line: self.line(&def.name),
            decorators,
            ..Function::default()
        };
        self.parameters(&def.parameters, &mut made);
        made.body = self.block(&def.body);
        made.generator = self.yields;
        made.size = self.statements;
        (self.yields, self.statements) = outer;
        self.module.functions.push(made);
        self.module.functions.len() as FunctionId - 1
    }

    pub fn lambda(&mut self, lambda: &ast::ExprLambda) -> FunctionId {
        let mut made = Function {
            line: self.line(lambda),
            size: 1,
            ..Function::default()
        };
        if let Some(parameters) = &lambda.parameters {
            self.parameters(parameters, &mut made);
        }
        let outer = self.yields;
        let value = self.expr(&lambda.body);
        self.yields = outer;
        made.body = vec![Stmt::Return(Some(value))];
        self.module.functions.push(made);
        self.module.functions.len() as FunctionId - 1
    }

    fn parameters(&mut self, parameters: &ast::Parameters, made: &mut Function) {
        let mut lower = |parameter: &ast::ParameterWithDefault| Parameter {
            name: parameter.name().as_str().into(),
            default: parameter.default().map(|default| self.expr(default)),
        };
        made.args
            .extend(parameters.posonlyargs.iter().map(&mut lower));
        made.args.extend(parameters.args.iter().map(&mut lower));
        made.kwonly
            .extend(parameters.kwonlyargs.iter().map(&mut lower));
        let name = |parameter: &ast::Parameter| parameter.name.as_str().into();
        made.vararg = parameters.vararg.as_deref().map(name);
        made.kwarg = parameters.kwarg.as_deref().map(name);
    }
}

/// Names of a class body that are bound to what is not followed. `vars()[name] = …` binds names
/// that nobody can see.
fn member_target(target: &ast::Expr, made: &mut Class) {
    match target {
        ast::Expr::Name(name) => {
            made.members.insert(name.id.as_str().into(), Member::Other);
        }
        ast::Expr::Tuple(tuple) => {
            for part in &tuple.elts {
                if let ast::Expr::Name(name) = part {
                    made.members.insert(name.id.as_str().into(), Member::Other);
                }
            }
        }
        ast::Expr::Subscript(subscript) => {
            made.open |= matches!(&*subscript.value, ast::Expr::Call(_));
        }
        _ => {}
    }
}

/// The names that an import statement binds; `None` for a star, with its module as the name.
pub(super) fn imports(statement: &ast::Stmt) -> Vec<(Box<str>, Option<What>)> {
    let mut found = Vec::new();
    match statement {
        ast::Stmt::Import(import) => {
            for alias in &import.names {
                let whole = alias.name.as_str();
                let (name, module) = if let Some(name) = &alias.asname {
                    (name.as_str(), whole)
                } else {
                    let top = crate::package::top_of(whole);
                    (top, top)
                };
                found.push((name.into(), Some(What::Import(module.into()))));
            }
        }
        ast::Stmt::ImportFrom(import) => {
            let dots = ".".repeat(import.level.min(64) as usize);
            let module = format!("{dots}{}", import.module.as_deref().unwrap_or_default());
            for alias in &import.names {
                if alias.name.as_str() == "*" {
                    found.push((module.as_str().into(), None));
                    continue;
                }
                let name = alias.asname.as_ref().unwrap_or(&alias.name);
                let what = What::From(module.as_str().into(), alias.name.as_str().into());
                found.push((name.as_str().into(), Some(what)));
            }
        }
        _ => {}
    }
    found
}

/// Whether a decorator of a class writes its documentation and leaves it as it is otherwise, as the
/// name says.
fn documents(decorator: &ast::Decorator) -> bool {
    let named = match &decorator.expression {
        ast::Expr::Call(call) => &*call.func,
        plain => plain,
    };
    let name = crate::environment::expressions::dotted(named);
    name.is_some_and(|name| {
        let last = name.rsplit('.').next().unwrap_or_default();
        last.ends_with("_doc") || last.ends_with("_docstring")
    })
}
