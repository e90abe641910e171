//! The ways a source makes names that no statement binds: `globals()[…]`, `sys.modules[…]`, `exec`,
//! a module-level `__getattr__`. Recognised, and read where they are literal.

use std::collections::{BTreeSet, HashMap};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{CmpOp, Expr, ExprCall, Operator, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::expressions::{dotted, strings};

/// What a module does to itself, or to the import system, while it is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Names are set in ways that only running would show.
    MakesNames,
    /// It puts something else in its own place.
    ReplacesItself,
    /// It puts modules into `sys.modules` under names that are not literal.
    RegistersAny,
    /// It adds to `sys.meta_path`.
    InstallsImporter,
    /// It changes `__path__`.
    ChangesPath,
    /// … in the way of the older namespace packages.
    ExtendsPath,
    /// It adds something to `__all__` that is not literal.
    OpensAll,
}

/// What one statement does behind the compiler's back.
#[derive(Debug, Default)]
pub(super) struct Tricks<'l> {
    pub effects: BTreeSet<Effect>,
    /// Modules put into `sys.modules` under literal names; a leading dot stands for the own name.
    pub registers: Vec<String>,
    /// Literal additions to `__all__` by call.
    pub all: Vec<String>,
    /// Names bound through `globals()` with literal keys, and the byte offset.
    pub names: Vec<(String, u32)>,
    loops: Option<&'l HashMap<String, Vec<String>>>,
    in_function: bool,
    globals: Vec<String>,
    /// What the function imports from elsewhere, maybe its own module.
    imported: Vec<String>,
}

impl<'l> Tricks<'l> {
    /// For a statement at the module's top level; `loops` maps loop variables to their strings.
    pub fn at_top(loops: &'l HashMap<String, Vec<String>>) -> Self {
        Self {
            loops: Some(loops),
            ..Self::default()
        }
    }

    /// For the statements of a function, which may run while the module is imported.
    pub fn inside_function() -> Self {
        Self {
            in_function: true,
            ..Self::default()
        }
    }

    fn does(&mut self, effect: Effect) {
        self.effects.insert(effect);
    }

    /// `namespace[key] = …` where the namespace is the module's own.
    fn key(&mut self, key: &Expr, offset: u32) {
        match key {
            Expr::StringLiteral(literal) => {
                self.names.push((literal.value.to_str().to_owned(), offset));
            }
            Expr::Name(variable) => {
                match self.loops.and_then(|loops| loops.get(variable.id.as_str())) {
                    Some(strings) => {
                        self.names
                            .extend(strings.iter().map(|name| (name.clone(), offset)));
                    }
                    None => self.does(Effect::MakesNames),
                }
            }
            _ => self.does(Effect::MakesNames),
        }
    }

    /// `sys.modules[key] = …`.
    fn register(&mut self, key: &Expr) {
        match key {
            Expr::StringLiteral(literal) => self.registers.push(literal.value.to_str().to_owned()),
            Expr::Name(name) if name.id.as_str() == "__name__" => self.does(Effect::ReplacesItself),
            Expr::BinOp(sum) if sum.op == Operator::Add => match (&*sum.left, &*sum.right) {
                (Expr::Name(name), Expr::StringLiteral(literal))
                    if name.id.as_str() == "__name__"
                        && literal.value.to_str().starts_with('.') =>
                {
                    self.registers.push(literal.value.to_str().to_owned());
                }
                _ => self.does(Effect::RegistersAny),
            },
            _ => self.does(Effect::RegistersAny),
        }
    }

    fn target(&mut self, target: &Expr, value: &Expr) {
        match target {
            // The namespace, or the module itself, under another name: whoever takes it writes to it.
            Expr::Name(_) if is_namespace(value, self.in_function) || is_own_module(value) => {
                self.does(Effect::MakesNames);
            }
            Expr::Subscript(subscript) => {
                let offset = subscript.range.start().to_u32();
                if is_namespace(&subscript.value, self.in_function) {
                    self.key(&subscript.slice, offset);
                } else if is_sys_modules(&subscript.value) {
                    self.register(&subscript.slice);
                }
            }
            Expr::Name(name) if self.globals.iter().any(|g| g == name.id.as_str()) => {
                let offset = name.range.start().to_u32();
                self.names.push((name.id.to_string(), offset));
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &ExprCall) {
        if let Expr::Attribute(attribute) = &*call.func {
            let method = attribute.attr.as_str();
            if is_namespace(&attribute.value, self.in_function)
                && matches!(method, "update" | "setdefault" | "__setitem__")
            {
                self.does(Effect::MakesNames);
            }
            if is_sys_modules(&attribute.value) {
                match (method, call.arguments.args.first()) {
                    ("setdefault" | "__setitem__", Some(key)) => self.register(key),
                    ("update", _) => self.does(Effect::RegistersAny),
                    _ => {}
                }
            }
            match (dotted(&attribute.value).as_deref(), method) {
                (Some("sys.meta_path" | "meta_path"), "append" | "insert") => {
                    self.does(Effect::InstallsImporter);
                }
                (Some("__path__"), "append" | "insert" | "extend") => {
                    self.does(Effect::ChangesPath);
                }
                (Some("__all__"), "extend") => {
                    match call.arguments.args.first().and_then(strings) {
                        Some(strings) => self.all.extend(strings),
                        None => self.does(Effect::OpensAll),
                    }
                }
                (Some("__all__"), "append") => match call.arguments.args.first() {
                    Some(Expr::StringLiteral(name)) => {
                        self.all.push(name.value.to_str().to_owned());
                    }
                    _ => self.does(Effect::OpensAll),
                },
                // Enum members become names of the module (`signal`, `socket`, `ssl`).
                (_, "_convert_" | "_convert") => self.does(Effect::MakesNames),
                (_, "declare_namespace") => {
                    self.does(Effect::ChangesPath);
                    self.does(Effect::ExtendsPath);
                }
                _ => {}
            }
            return;
        }
        match dotted(&call.func).as_deref() {
            Some("exec") => {
                let into = call.arguments.args.get(1);
                let own = into.is_none_or(|into| is_namespace(into, false));
                let deletes = call.arguments.args.first().is_some_and(is_deletion);
                if own && !deletes && (!self.in_function || into.is_some()) {
                    self.does(Effect::MakesNames);
                }
            }
            Some("setattr") => {
                let of_self = call.arguments.args.first().is_some_and(is_own_module);
                // A function that imports its own module to set names in it.
                let maybe_self = match call.arguments.args.first() {
                    Some(Expr::Name(of)) => self.imported.iter().any(|name| name == of.id.as_str()),
                    _ => false,
                };
                if maybe_self && !matches!(call.arguments.args.get(1), Some(Expr::StringLiteral(_)))
                {
                    self.does(Effect::MakesNames);
                }
                if of_self {
                    match call.arguments.args.get(1) {
                        Some(key) => self.key(key, call.range().start().to_u32()),
                        None => self.does(Effect::MakesNames),
                    }
                }
            }
            Some("declare_namespace") => {
                self.does(Effect::ChangesPath);
                self.does(Effect::ExtendsPath);
            }
            // A helper that is handed the module's namespace fills it.
            Some(_) | None => {
                if call.arguments.args.iter().any(|argument| {
                    is_namespace(argument, false) && matches!(argument, Expr::Call(_))
                }) && !self.in_function
                {
                    self.does(Effect::MakesNames);
                }
            }
        }
    }
}

impl<'a> Visitor<'a> for Tricks<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.target(target, &assign.value);
                }
            }
            Stmt::ImportFrom(import) if self.in_function => {
                self.imported
                    .extend(import.names.iter().map(|alias| alias.name.to_string()));
            }
            Stmt::Global(global) => {
                self.globals
                    .extend(global.names.iter().map(ToString::to_string));
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.call(call);
        }
        visitor::walk_expr(self, expression);
    }
}

/// `globals()`, and at the top level also `vars()` and `locals()`.
fn is_namespace(expression: &Expr, in_function: bool) -> bool {
    let Expr::Call(call) = expression else {
        return matches!(expression, Expr::Attribute(attribute)
            if attribute.attr.as_str() == "__dict__"
                && matches!(&*attribute.value, Expr::Subscript(subscript) if is_sys_modules(&subscript.value)));
    };
    match dotted(&call.func).as_deref() {
        Some("globals") => true,
        Some("vars" | "locals") => !in_function && call.arguments.args.is_empty(),
        _ => false,
    }
}

/// Source that only deletes: `'del ' + name`.
fn is_deletion(source: &Expr) -> bool {
    let Expr::BinOp(sum) = source else {
        return false;
    };
    matches!(&*sum.left, Expr::StringLiteral(literal)
        if sum.op == Operator::Add && literal.value.to_str().trim() == "del")
}

fn is_sys_modules(expression: &Expr) -> bool {
    dotted(expression).is_some_and(|name| matches!(name.as_str(), "sys.modules" | "_sys.modules"))
}

/// A module-level `__getattr__`, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct GetAttr {
    /// It answers `getattr(this, name)` for these dotted expressions.
    pub delegates: Vec<String>,
    /// Imports inside of it: name → (module, name there), relative modules with their dots.
    pub imports: HashMap<String, (String, Option<String>)>,
    /// Names it has in `__all__` are the ones it answers.
    pub by_all: bool,
    /// It hands the name to code that is not read.
    pub opaque: bool,
}

impl GetAttr {
    /// One of which nothing can be said.
    pub fn opaque() -> Self {
        Self {
            opaque: true,
            ..Self::default()
        }
    }

    pub fn of(function: &StmtFunctionDef) -> Self {
        let parameter = function
            .parameters
            .args
            .first()
            .or_else(|| function.parameters.posonlyargs.first());
        let Some(parameter) = parameter else {
            return Self::opaque();
        };
        let mut reader = GetAttrReader {
            found: Self::default(),
            parameter: parameter.parameter.name.as_str(),
        };
        for statement in &function.body {
            reader.visit_stmt(statement);
        }
        reader.found
    }
}

struct GetAttrReader<'p> {
    found: GetAttr,
    parameter: &'p str,
}

impl GetAttrReader<'_> {
    fn is_parameter(&self, expression: &Expr) -> bool {
        matches!(expression, Expr::Name(name) if name.id.as_str() == self.parameter)
    }
}

impl<'a> Visitor<'a> for GetAttrReader<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                    let module = alias.name.to_string();
                    self.found.imports.insert(name, (module, None));
                }
            }
            Stmt::ImportFrom(import) => {
                let dots = ".".repeat(import.level.min(64) as usize);
                let module = format!("{dots}{}", import.module.as_deref().unwrap_or_default());
                for alias in &import.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                    let from = (module.clone(), Some(alias.name.to_string()));
                    self.found.imports.insert(name, from);
                }
            }
            // The error at the end names the attribute and decides nothing.
            Stmt::Raise(_) => return,
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => {
                let function = dotted(&call.func).unwrap_or_default();
                let arguments = &call.arguments;
                let given = arguments.args.iter().any(|a| self.is_parameter(a))
                    || arguments
                        .keywords
                        .iter()
                        .any(|keyword| self.is_parameter(&keyword.value));
                let all = arguments
                    .keywords
                    .iter()
                    .any(|keyword| is_all(&keyword.value));
                if given && all {
                    self.found.by_all = true;
                } else if given && function == "getattr" {
                    match arguments.args.first().and_then(dotted) {
                        Some(of) => self.found.delegates.push(of),
                        None => self.found.opaque = true,
                    }
                } else if given {
                    let last = function.rsplit('.').next().unwrap_or_default();
                    let harmless = ["_raise_warning", "warn", "repr", "str", "format", "print"];
                    if !harmless.contains(&last) && !last.starts_with("startswith") {
                        self.found.opaque = true;
                    }
                }
            }
            // A table that is looked into: literal ones stand in the text, others do not.
            Expr::Subscript(subscript) if self.is_parameter(&subscript.slice) => {
                let literal = matches!(&*subscript.value, Expr::Name(_) | Expr::Dict(_));
                self.found.opaque |= !literal && !is_namespace(&subscript.value, true);
            }
            Expr::Compare(compare)
                if self.is_parameter(&compare.left)
                    && compare.ops.first() == Some(&CmpOp::In)
                    && compare.comparators.first().is_some_and(is_all) =>
            {
                self.found.by_all = true;
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// `sys.modules[__name__]`.
fn is_own_module(expression: &Expr) -> bool {
    matches!(expression, Expr::Subscript(subscript)
        if is_sys_modules(&subscript.value)
            && matches!(&*subscript.slice, Expr::Name(name) if name.id.as_str() == "__name__"))
}

fn is_all(expression: &Expr) -> bool {
    matches!(expression, Expr::Name(name) if name.id.as_str() == "__all__")
}
