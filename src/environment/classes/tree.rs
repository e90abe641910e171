//! The shape of a Python module's code, as far as questions about attributes need it.
//!
//! Expressions lie in one arena and refer to each other by index, so that a module is dropped
//! without recursion. What nobody asks about (annotations, docstrings, patterns) is left out.

use std::collections::{HashMap, HashSet};

/// The place of an expression in [`Module::exprs`].
pub type ExprId = u32;
/// The place of a function in [`Module::functions`].
pub type FunctionId = u32;
/// The place of a class in [`Module::classes`].
pub type ClassId = u32;

/// The code of one source file.
#[derive(Debug, Default)]
pub struct Module {
    /// Every expression.
    pub exprs: Vec<Expr>,
    /// Every function, method and lambda.
    pub functions: Vec<Function>,
    /// Every class statement.
    pub classes: Vec<Class>,
    /// What the top level binds, in order; a name may be bound several times.
    pub globals: HashMap<Box<str>, Vec<Bound>>,
    /// `from x import *`, relative modules with their dots.
    pub stars: Vec<Box<str>>,
}

/// A binding of a name at the top level of a module, or of an import inside a function.
#[derive(Clone, Debug)]
pub struct Bound {
    /// It stands below an `if` or in a `try`: it may not come to this.
    pub guarded: bool,
    /// What is bound.
    pub what: What,
}

/// What a name is bound to.
#[derive(Clone, Debug)]
pub enum What {
    /// A `def`.
    Function(FunctionId),
    /// A `class`.
    Class(ClassId),
    /// The value of an expression.
    Value(ExprId),
    /// `import a.b`.
    Import(Box<str>),
    /// `from module import name`; relative modules keep their dots.
    From(Box<str>, Box<str>),
    /// Something that is not followed.
    Other,
}

/// A `def` or a `lambda`.
#[derive(Debug, Default)]
pub struct Function {
    /// Its name; empty for a lambda.
    pub name: Box<str>,
    /// From 1.
    pub line: u32,
    /// Positional parameters.
    pub args: Vec<Parameter>,
    /// `*args`.
    pub vararg: Option<Box<str>>,
    /// Keyword-only parameters.
    pub kwonly: Vec<Parameter>,
    /// `**kwargs`.
    pub kwarg: Option<Box<str>>,
    /// Decorators, outermost first.
    pub decorators: Vec<ExprId>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// Whether it yields.
    pub generator: bool,
    /// Statements, nested ones counted.
    pub size: u32,
}

/// A parameter with its default.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Its default.
    pub default: Option<ExprId>,
}

/// A `class`.
// Independent facts about one statement, none of which excludes another.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default)]
pub struct Class {
    /// Its name.
    pub name: Box<str>,
    /// From 1.
    pub line: u32,
    /// The bases as written.
    pub bases: Vec<ExprId>,
    /// A decorator, a metaclass or a statement that may add members nobody can see.
    pub open: bool,
    /// Decorators, outermost first.
    pub decorators: Vec<ExprId>,
    /// A metaclass other than `ABCMeta`, or keywords that nobody can see: calling it may mean anything.
    pub metaclass: bool,
    /// Its body has branches or loops: a member may be there or not.
    pub branches: bool,
    /// It is decorated as a dataclass.
    pub dataclass: bool,
    /// Attributes that its methods assign to their first parameter.
    pub assigns: HashSet<Box<str>>,
    /// What its body binds.
    pub members: HashMap<Box<str>, Member>,
}

/// A member of a class body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A method, or what its decorators make of it.
    Function(FunctionId),
    /// A value.
    Value(ExprId),
    /// Anything else.
    Other,
}

/// An expression.
#[derive(Debug)]
pub enum Expr {
    /// One whose value nobody knows, with the parts that are evaluated on the way.
    Opaque(Vec<ExprId>),
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Box<str>),
    /// A name.
    Name(Box<str>),
    /// `value.attr` with its line.
    Attribute {
        /// What stands before the dot.
        value: ExprId,
        /// What stands behind it.
        attr: Box<str>,
        /// From 1.
        line: u32,
    },
    /// A call.
    Call {
        /// What is called.
        callee: ExprId,
        /// Positional arguments; `true` for `*args`.
        args: Vec<(bool, ExprId)>,
        /// Keyword arguments; no name for `**kwargs`.
        keywords: Vec<(Option<Box<str>>, ExprId)>,
    },
    /// `not x`
    Not(ExprId),
    /// `a and b`
    And(Vec<ExprId>),
    /// `a or b`
    Or(Vec<ExprId>),
    /// `a < b <= c`
    Compare(ExprId, Vec<(Operator, ExprId)>),
    /// `a if test else b`: test, a, b.
    Choice(ExprId, ExprId, ExprId),
    /// A list, tuple or set.
    Sequence(Vec<ExprId>),
    /// A dict; no key for `**other`.
    Dict(Vec<(Option<ExprId>, ExprId)>),
    /// `value[index]`
    Subscript(ExprId, ExprId),
    /// `lower:upper` inside of a subscript, without a step.
    Slice(Option<ExprId>, Option<ExprId>),
    /// `left + right` of any operator; whether it is `+` or `-`.
    Binary(ExprId, Sign, ExprId),
    /// A comprehension or generator expression: its elements and its loops.
    Comprehension(Vec<ExprId>, Vec<Loop>),
    /// A lambda.
    Lambda(FunctionId),
    /// `*x`
    Starred(ExprId),
    /// `name := value`
    Named(Box<str>, ExprId),
    /// An f-string: its parts, with `true` for those that are shown by `repr`.
    Text(Vec<(bool, ExprId)>),
    /// `yield value`
    Yield(Option<ExprId>),
    /// `yield from value`
    YieldFrom(ExprId),
}

/// Which arithmetic a binary operator does, where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `%`
    Modulo,
    /// Anything else.
    Other,
}

/// `for target in iter if …` of a comprehension.
#[derive(Debug)]
pub struct Loop {
    /// What is bound.
    pub target: ExprId,
    /// What is walked.
    pub iter: ExprId,
    /// The conditions.
    pub conditions: Vec<ExprId>,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Is,
    IsNot,
    In,
    NotIn,
}

/// A statement.
#[derive(Debug)]
pub enum Stmt {
    /// An expression for its effect.
    Expr(ExprId),
    /// `targets = value`
    Assign(Vec<ExprId>, ExprId),
    /// `target += value`
    Augment(ExprId, Sign, ExprId),
    /// `del targets`
    Delete(Vec<ExprId>),
    /// `return value`
    Return(Option<ExprId>),
    /// `raise exception` and its line.
    Raise(Option<ExprId>, u32),
    /// `if`: branches in order, then the rest.
    If(Vec<(ExprId, Vec<Stmt>)>, Vec<Stmt>),
    /// `for`
    For {
        /// What is bound.
        target: ExprId,
        /// What is walked.
        iter: ExprId,
        /// What is done.
        body: Vec<Stmt>,
        /// Done when no `break` ended it.
        orelse: Vec<Stmt>,
    },
    /// `while`
    While(ExprId, Vec<Stmt>),
    /// `try`
    Try {
        /// What is tried.
        body: Vec<Stmt>,
        /// What is done about exceptions.
        handlers: Vec<Handler>,
        /// Done when nothing was raised.
        orelse: Vec<Stmt>,
        /// Done always.
        finish: Vec<Stmt>,
    },
    /// `with`: the managers and what they are bound to.
    With(Vec<(ExprId, Option<ExprId>)>, Vec<Stmt>),
    /// An import inside a function.
    Import(Box<str>, What),
    /// A nested function.
    Function(FunctionId),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// A name bound to something that is not followed (a nested class, a pattern).
    Forget(Vec<Box<str>>),
}

/// `except kind as name`
#[derive(Debug)]
pub struct Handler {
    /// What it catches; everything when absent.
    pub kind: Option<ExprId>,
    /// The name of the exception.
    pub name: Option<Box<str>>,
    /// What it does.
    pub body: Vec<Stmt>,
}
