//! The names that a Python source binds at its top level, and the tricks by which it binds more.
//!
//! It reads one file. Following imports into other files is `names`' work.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{ExceptHandler, Expr, Pattern, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::dynamic::{Effect, GetAttr, Tricks};
use super::expressions::{Walrus, dotted, is_extend_path, is_type_checking, mirrored, strings};
use super::{files, syntax};

/// What a source binds.
#[derive(Debug, Default)]
pub(super) struct SourceNames {
    pub names: HashMap<String, Vec<Binding>>,
    /// `from x import *`: the module, relative ones with their leading dots.
    pub stars: Vec<String>,
    /// Expressions whose every attribute becomes a name: `for n in dir(x): globals()[n] = getattr(x, n)`.
    pub mirrors: Vec<String>,
    /// The literal `__all__`, when there is one and nothing unreadable is added to it.
    pub all: Option<Vec<String>>,
    /// A module-level `__getattr__`.
    pub getattr: Option<GetAttr>,
    /// What else it does while it is imported.
    pub effects: BTreeSet<Effect>,
    /// Modules it puts into `sys.modules`; a leading dot stands for its own name.
    pub registers: Vec<String>,
    /// The text, kept only where `__getattr__` needs it.
    pub text: Option<String>,
}

/// One place where a name is bound.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// From 1.
    pub line: u32,
    /// In a `try` body, or a handler: it may not come to this.
    pub guarded: bool,
    pub target: Target,
}

/// What a name is bound to.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A function or a value made here.
    Here,
    Class(ClassNames),
    /// `import a.b as name`.
    Module(String),
    /// `from module import name`; relative modules keep their dots.
    From {
        module: String,
        name: String,
    },
    /// `name = other.name`.
    Same(String),
}

/// The members that a class statement binds, and its bases as far as they are dotted names.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassNames {
    pub members: HashMap<String, (u32, Option<ClassNames>)>,
    pub bases: Vec<String>,
    /// A base, a decorator or a metaclass that may add members.
    pub open: bool,
}

impl SourceNames {
    /// Whether it does this while it is imported.
    pub fn does(&self, effect: Effect) -> bool {
        self.effects.contains(&effect)
    }

    /// Reads a source; `None` when it cannot be read or is no Python.
    pub fn read(file: &Path) -> Option<Self> {
        let bytes = files::bounded(file, syntax::LARGEST + 1)?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(text.trim_start_matches('\u{feff}'))
    }

    pub fn parse(text: &str) -> Option<Self> {
        syntax::with_module(text, |body| {
            let mut reader = Reader::new(text);
            reader.block(body, false);
            reader.finish(text)
        })
    }

    fn bind(&mut self, name: &str, binding: Binding) {
        self.names.entry(name.to_owned()).or_default().push(binding);
    }
}

struct Reader {
    found: SourceNames,
    /// Byte offsets where lines start.
    lines: Vec<u32>,
    /// `__all__` became something that is not literal.
    open_all: bool,
    /// Names that loops over literal strings take: variable → strings.
    loops: HashMap<String, Vec<String>>,
    depth: u32,
}

impl Reader {
    fn new(text: &str) -> Self {
        let mut lines = vec![0];
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Self {
            found: SourceNames::default(),
            lines,
            open_all: false,
            loops: HashMap::new(),
            depth: 0,
        }
    }

    fn finish(mut self, text: &str) -> SourceNames {
        if self.open_all {
            self.found.all = None;
        }
        if self.found.getattr.is_none() && self.found.names.contains_key("__getattr__") {
            self.found.getattr = Some(GetAttr::opaque());
        }
        if self.found.getattr.is_some() {
            self.found.text = Some(text.to_owned());
        }
        self.found
    }

    fn line(&self, node: &impl Ranged) -> u32 {
        let offset = node.range().start().to_u32();
        self.lines.partition_point(|start| *start <= offset) as u32
    }

    fn add(&mut self, name: &str, line: u32, guarded: bool, target: Target) {
        self.found.bind(
            name,
            Binding {
                line,
                guarded,
                target,
            },
        );
    }

    fn block(&mut self, body: &[Stmt], guarded: bool) {
        self.depth += 1;
        for statement in body {
            self.statement(statement, guarded);
        }
        self.depth -= 1;
    }

    fn statement(&mut self, statement: &Stmt, guarded: bool) {
        self.walrus(statement, guarded);
        match statement {
            Stmt::FunctionDef(function) => {
                let line = self.line(&function.name);
                self.add(&function.name, line, guarded, Target::Here);
                self.function(function);
            }
            Stmt::ClassDef(class) => {
                let names = self.class(class, 0);
                // `@global_enum` makes the members names of the module.
                if class.decorator_list.iter().any(|decorator| {
                    dotted(&decorator.expression).is_some_and(|name| name.ends_with("global_enum"))
                }) {
                    self.found.effects.insert(Effect::MakesNames);
                }
                let line = self.line(&class.name);
                self.add(&class.name, line, guarded, Target::Class(names));
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, Some(&assign.value), guarded);
                }
                self.tricks(statement);
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.assign(&assign.target, Some(value), guarded);
                }
            }
            Stmt::AugAssign(assign) => {
                if let Expr::Name(name) = &*assign.target {
                    match name.id.as_str() {
                        "__all__" => self.extend_all(&assign.value),
                        "__path__" => {
                            self.found.effects.insert(Effect::ChangesPath);
                        }
                        _ => {}
                    }
                }
            }
            Stmt::TypeAlias(alias) => self.assign(&alias.name, None, guarded),
            Stmt::For(statement) => {
                self.assign(&statement.target, None, guarded);
                if let (Expr::Name(variable), Some(strings)) =
                    (&*statement.target, strings(&statement.iter))
                {
                    self.loops.insert(variable.id.to_string(), strings);
                }
                self.found.mirrors.extend(mirrored(statement));
                self.block(&statement.body, guarded);
                self.block(&statement.orelse, guarded);
            }
            Stmt::While(statement) => {
                self.block(&statement.body, guarded);
                self.block(&statement.orelse, guarded);
            }
            Stmt::If(statement) => {
                // `if TYPE_CHECKING:` never runs.
                if !is_type_checking(&statement.test) {
                    self.block(&statement.body, guarded);
                }
                for clause in &statement.elif_else_clauses {
                    self.block(&clause.body, guarded);
                }
            }
            Stmt::With(statement) => {
                for item in &statement.items {
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, None, guarded);
                    }
                }
                // `with suppress(ImportError):` guards like `try`.
                self.block(&statement.body, true);
            }
            Stmt::Match(statement) => {
                for case in &statement.cases {
                    self.pattern(&case.pattern, guarded);
                    self.block(&case.body, guarded);
                }
            }
            Stmt::Try(statement) => {
                self.block(&statement.body, guarded || !statement.handlers.is_empty());
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    // The handler is what runs when the guarded names are not there.
                    self.block(&handler.body, guarded);
                }
                self.block(&statement.orelse, true);
                self.block(&statement.finalbody, guarded);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let line = self.line(alias);
                    if let Some(name) = &alias.asname {
                        let module = Target::Module(alias.name.to_string());
                        self.add(name, line, guarded, module);
                    } else {
                        let top = crate::package::top_of(&alias.name);
                        self.add(top, line, guarded, Target::Module(top.to_owned()));
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                let dots = ".".repeat(import.level.min(64) as usize);
                let module = format!("{dots}{}", import.module.as_deref().unwrap_or_default());
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.found.stars.push(module.clone());
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let line = self.line(alias);
                    let target = Target::From {
                        module: module.clone(),
                        name: alias.name.to_string(),
                    };
                    self.add(name, line, guarded, target);
                }
            }
            // Only where nothing decides whether it runs.
            Stmt::Delete(delete) if self.depth == 1 => {
                for target in &delete.targets {
                    if let Expr::Name(name) = target {
                        self.found.names.remove(name.id.as_str());
                    }
                }
            }
            Stmt::Expr(_) => self.tricks(statement),
            _ => {}
        }
    }

    /// `global x` inside of a function makes a module's name when the function runs; what else a
    /// function does to its module counts as a trick.
    fn function(&mut self, function: &StmtFunctionDef) {
        if function.name.as_str() == "__getattr__" {
            self.found.getattr = Some(GetAttr::of(function));
            return;
        }
        let mut tricks = Tricks::inside_function();
        for statement in &function.body {
            tricks.visit_stmt(statement);
        }
        self.take(tricks);
    }

    fn tricks(&mut self, statement: &Stmt) {
        let loops = std::mem::take(&mut self.loops);
        let mut tricks = Tricks::at_top(&loops);
        tricks.visit_stmt(statement);
        self.take(tricks);
        self.loops = loops;
    }

    fn take(&mut self, tricks: Tricks<'_>) {
        let found = &mut self.found;
        self.open_all |= tricks.effects.contains(&Effect::OpensAll);
        found.effects.extend(tricks.effects);
        found.registers.extend(tricks.registers);
        if !tricks.all.is_empty() {
            found.all.get_or_insert_default().extend(tricks.all);
        }
        for (name, offset) in tricks.names {
            let line = self.lines.partition_point(|start| *start <= offset) as u32;
            self.add(&name, line, false, Target::Here);
        }
    }

    fn assign(&mut self, target: &Expr, value: Option<&Expr>, guarded: bool) {
        match target {
            Expr::Name(name) => {
                match (name.id.as_str(), value) {
                    ("__all__", Some(value)) => {
                        self.found.all = None;
                        self.open_all = false;
                        self.extend_all(value);
                    }
                    ("__path__", Some(value)) => {
                        self.found.effects.insert(Effect::ChangesPath);
                        if is_extend_path(value) {
                            self.found.effects.insert(Effect::ExtendsPath);
                        }
                    }
                    _ => {}
                }
                let line = self.line(name);
                let same = value.and_then(dotted);
                let target = same.map_or(Target::Here, Target::Same);
                self.add(&name.id, line, guarded, target);
            }
            Expr::Tuple(tuple) => {
                let values = match value {
                    Some(Expr::Tuple(values)) if values.elts.len() == tuple.elts.len() => {
                        Some(&values.elts)
                    }
                    _ => None,
                };
                for (at, target) in tuple.elts.iter().enumerate() {
                    let value = values.and_then(|values| values.get(at));
                    self.assign(target, value, guarded);
                }
            }
            Expr::List(list) => {
                for target in &list.elts {
                    self.assign(target, None, guarded);
                }
            }
            Expr::Starred(starred) => self.assign(&starred.value, None, guarded),
            _ => {}
        }
    }

    fn extend_all(&mut self, value: &Expr) {
        match strings(value) {
            Some(strings) => self.found.all.get_or_insert_default().extend(strings),
            None => self.open_all = true,
        }
    }

    fn pattern(&mut self, pattern: &Pattern, guarded: bool) {
        if let Pattern::MatchAs(named) = pattern
            && let Some(name) = &named.name
        {
            let line = self.line(name);
            self.add(name, line, guarded, Target::Here);
        }
    }

    /// `:=` in the expressions that belong to a statement itself.
    fn walrus(&mut self, statement: &Stmt, guarded: bool) {
        let expression = match statement {
            Stmt::If(statement) => &statement.test,
            Stmt::While(statement) => &statement.test,
            Stmt::Expr(statement) => &statement.value,
            Stmt::Assign(statement) => &statement.value,
            _ => return,
        };
        let mut names = Walrus(Vec::new());
        names.visit_expr(expression);
        for (name, offset) in names.0 {
            let line = self.lines.partition_point(|start| *start <= offset) as u32;
            self.add(&name, line, guarded, Target::Here);
        }
    }

    fn class(&self, class: &StmtClassDef, depth: u32) -> ClassNames {
        let mut names = ClassNames {
            open: !class.decorator_list.is_empty(),
            ..ClassNames::default()
        };
        if let Some(arguments) = &class.arguments {
            for base in &arguments.args {
                match dotted(base) {
                    Some(base) => names.bases.push(base),
                    None => names.open = true,
                }
            }
            names.open |= !arguments.keywords.is_empty();
        }
        self.members(&class.body, &mut names, depth);
        names
    }

    fn members(&self, body: &[Stmt], names: &mut ClassNames, depth: u32) {
        if depth > 64 {
            names.open = true;
            return;
        }
        for statement in body {
            match statement {
                Stmt::FunctionDef(function) => {
                    let line = self.line(&function.name);
                    names
                        .members
                        .insert(function.name.to_string(), (line, None));
                }
                Stmt::ClassDef(class) => {
                    let inner = self.class(class, depth + 1);
                    let line = self.line(&class.name);
                    names
                        .members
                        .insert(class.name.to_string(), (line, Some(inner)));
                }
                Stmt::Assign(assign) => {
                    for target in &assign.targets {
                        self.member(target, names);
                    }
                }
                Stmt::AnnAssign(assign) if assign.value.is_some() => {
                    self.member(&assign.target, names);
                }
                Stmt::If(statement) => {
                    self.members(&statement.body, names, depth + 1);
                    for clause in &statement.elif_else_clauses {
                        self.members(&clause.body, names, depth + 1);
                    }
                }
                Stmt::Try(statement) => {
                    self.members(&statement.body, names, depth + 1);
                    for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                        self.members(&handler.body, names, depth + 1);
                    }
                }
                Stmt::For(_)
                | Stmt::While(_)
                | Stmt::With(_)
                | Stmt::Import(_)
                | Stmt::ImportFrom(_) => names.open = true,
                _ => {}
            }
        }
    }

    fn member(&self, target: &Expr, names: &mut ClassNames) {
        match target {
            Expr::Name(name) => {
                let line = self.line(name);
                names.members.insert(name.id.to_string(), (line, None));
            }
            Expr::Tuple(tuple) => {
                for target in &tuple.elts {
                    self.member(target, names);
                }
            }
            _ => {}
        }
    }
}
