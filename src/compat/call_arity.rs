//! `call-arity`: the file calls a function or class with more or fewer arguments than the environment's
//! own Python source of it takes.
//!
//! What may take any number is passed over: compiled code, decorated functions, metaclasses, classes
//! whose decorators are not seen to give them back unchanged.

use std::collections::HashSet;

use super::rule::{Context, in_environment, in_file};
use super::{Finding, Stage};
use crate::environment::classes::tree::{Expr, Function, FunctionId, Member, Stmt};
use crate::environment::classes::{ClassRef, Resolved, Source};
use crate::environment::{PythonVersion, fix_imports};
use crate::pickle::{Construction, Global, Graph, Node, Object};

/// Most different calls of one file that are looked at.
const MOST: usize = 2_000;
/// How deep the statements of a decorator may be nested.
const NESTED: usize = 4;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(objects) = context.objects() else {
        return;
    };
    let graph = &objects.graph;
    let mut asked: HashSet<(&Global, bool, usize)> = HashSet::new();
    for (id, node) in graph.iter() {
        let Node::Object(object) = node else { continue };
        let (Some(global), Some(given)) = (graph.global(object.callable), given(graph, object))
        else {
            continue;
        };
        let news = object.how == Construction::NewObj;
        if asked.len() >= MOST || !asked.insert((global, news, given)) {
            continue;
        }
        let Some(fault) = fault(context, global, news, given) else {
            continue;
        };
        if findings.iter().any(|known| known.message == fault.message) {
            continue;
        }
        findings.push(fault.finding(context, global, graph.offset(id), given));
    }
}

/// How many positional arguments are passed; `None` when there are others.
fn given(graph: &Graph, object: &Object) -> Option<usize> {
    if object.how == Construction::NewObjEx {
        return None;
    }
    match graph.node(object.args) {
        Node::Tuple(args) => Some(args.len()),
        _ => None,
    }
}

/// A call that does not fit.
struct Fault {
    message: String,
    file: std::path::PathBuf,
    line: u32,
}

fn fault(context: &Context<'_>, global: &Global, news: bool, given: usize) -> Option<Fault> {
    let (module, name) = fix_imports(&global.module, &global.name, 2);
    if name.contains('.') || matches!(&*module, "__main__" | "__mp_main__") {
        return None;
    }
    // The standard library's sources are often replaced by compiled code.
    if crate::package::is_stdlib(crate::package::top_of(&module), None) {
        return None;
    }
    match context.environment.resolve(&module, &name) {
        Resolved::Function(source, id) if !news => {
            let function = &source.code.functions[id as usize];
            if !function.decorators.is_empty() {
                return None;
            }
            judged(context, &source, id, &function.name, given)
        }
        Resolved::Class(class) => class_call(context, &class, news, given),
        _ => None,
    }
}

fn class_call(context: &Context<'_>, class: &ClassRef, news: bool, given: usize) -> Option<Fault> {
    let lineage = context.environment.lineage(class);
    let branches = |class: &ClassRef| class.class().branches;
    let called = |name: &str| {
        let (at, owner, member) = lineage.member(name, 0)?;
        let Member::Function(id) = member else {
            return None;
        };
        // A compiled base might come before a base that is Python.
        let sure = at == 0 || !lineage.opaque_bases;
        let function = &owner.source.code.functions[id as usize];
        let plain = function.decorators.iter().all(|decorator| {
            matches!(&owner.source.code.exprs[*decorator as usize],
                Expr::Name(name) if **name == *"staticmethod")
        });
        (sure && plain && !lineage.classes.iter().take(at + 1).any(branches))
            .then(|| (owner.clone(), id))
    };
    if !unchanged(context, class) {
        return None;
    }
    let judge = |(owner, id): (ClassRef, FunctionId)| {
        let method = &owner.source.code.functions[id as usize].name;
        let name = format!("{}.{method}", owner.class().name);
        judged(context, &owner.source, id, &name, given + 1)
    };
    let has_new = lineage.member("__new__", 0).is_some();
    if news {
        return judge(called("__new__")?);
    }
    if lineage.opaque_bases || lineage.classes.iter().any(|class| class.class().metaclass) {
        return None;
    }
    // What a `__new__` of Python gives back need not be initialised.
    judge(called(if has_new { "__new__" } else { "__init__" })?)
}

/// Whether every decorator of a class gives the class itself back.
fn unchanged(context: &Context<'_>, class: &ClassRef) -> bool {
    let source = &class.source;
    let resolve = |name: &str| match context.environment.resolve(&source.name, name) {
        Resolved::Function(source, id) => Some((source, id)),
        _ => None,
    };
    class
        .class()
        .decorators
        .iter()
        .all(|decorator| match &source.code.exprs[*decorator as usize] {
            Expr::Name(name) => resolve(name).is_some_and(|(source, id)| returns_own(&source, id)),
            Expr::Call { callee, .. } => match &source.code.exprs[*callee as usize] {
                Expr::Name(name) => {
                    resolve(name).is_some_and(|(source, id)| makes_own(&source, id))
                }
                _ => false,
            },
            _ => false,
        })
}

/// `def f(x): …; return x` (or `return cast("…", x)`), and no other way out.
fn returns_own(source: &Source, id: FunctionId) -> bool {
    let function = &source.code.functions[id as usize];
    let (Some(own), Some((Stmt::Return(Some(last)), before))) =
        (function.args.first(), function.body.split_last())
    else {
        return false;
    };
    let is_own =
        |id: u32| matches!(&source.code.exprs[id as usize], Expr::Name(n) if *n == own.name);
    let cast = |id: u32| match &source.code.exprs[id as usize] {
        Expr::Call {
            callee,
            args,
            keywords,
        } => {
            let typing =
                matches!(&source.code.exprs[*callee as usize], Expr::Name(n) if **n == *"cast");
            typing
                && keywords.is_empty()
                && matches!(args[..], [(false, _), (false, value)] if is_own(value))
        }
        _ => false,
    };
    (is_own(*last) || cast(*last)) && !function.generator && harmless(before, &is_own, NESTED)
}

/// Whether none of these statements returns or binds the parameter anew.
fn harmless(statements: &[Stmt], is_own: &impl Fn(u32) -> bool, deeper: usize) -> bool {
    statements.iter().all(|statement| match statement {
        Stmt::Expr(_) | Stmt::Import(..) | Stmt::Raise(..) => true,
        Stmt::Assign(targets, _) => !targets.iter().any(|target| is_own(*target)),
        Stmt::If(branches, rest) if deeper > 0 => branches
            .iter()
            .map(|(_, body)| body)
            .chain([rest])
            .all(|body| harmless(body, is_own, deeper - 1)),
        Stmt::Try {
            body,
            handlers,
            orelse,
            finish,
        } if deeper > 0 => handlers
            .iter()
            .map(|handler| &handler.body)
            .chain([body, orelse, finish])
            .all(|body| harmless(body, is_own, deeper - 1)),
        _ => false,
    })
}

/// `def f(…): def inner(x): …; return x` followed by `return inner`.
fn makes_own(source: &Source, id: FunctionId) -> bool {
    let function = &source.code.functions[id as usize];
    let mut made = None;
    for statement in &function.body {
        match statement {
            Stmt::Expr(_) => {}
            Stmt::Function(inner) if made.is_none() => made = Some(*inner),
            Stmt::Return(Some(value)) => {
                return made.is_some_and(|inner| {
                    let name = &source.code.functions[inner as usize].name;
                    matches!(&source.code.exprs[*value as usize], Expr::Name(n) if n == name)
                        && returns_own(source, inner)
                });
            }
            _ => return false,
        }
    }
    false
}

fn judged(
    context: &Context<'_>,
    source: &Source,
    id: FunctionId,
    qualified: &str,
    given: usize,
) -> Option<Fault> {
    let function = &source.code.functions[id as usize];
    let complaint = complaint(function, given)?;
    Some(Fault {
        message: format!(
            "{}() {complaint}",
            shown(context.environment.python, qualified)
        ),
        file: source.file.clone(),
        line: function.line,
    })
}

/// Python 3.10 and newer name the class of a method.
fn shown(python: Option<PythonVersion>, qualified: &str) -> &str {
    let before_3_10 = python.is_some_and(|python| (python.major, python.minor) < (3, 10));
    match qualified.rsplit_once('.') {
        Some((_, name)) if before_3_10 => name,
        _ => qualified,
    }
}

/// What Python says about a call with `given` positional arguments; `None` when it is fine.
fn complaint(function: &Function, given: usize) -> Option<String> {
    let most = function.args.len();
    let optional = function.args.iter().filter(|p| p.default.is_some()).count();
    let least = most - optional;
    if given > most && function.vararg.is_none() {
        let verb = if given == 1 { "was" } else { "were" };
        return Some(if optional > 0 {
            format!("takes from {least} to {most} positional arguments but {given} {verb} given")
        } else {
            let s = if most == 1 { "" } else { "s" };
            format!("takes {most} positional argument{s} but {given} {verb} given")
        });
    }
    if given < least {
        let missing = function.args[given..least].iter().map(|p| &*p.name);
        return Some(missing_text("positional", &missing.collect::<Vec<_>>()));
    }
    let keywords: Vec<&str> = function
        .kwonly
        .iter()
        .filter(|parameter| parameter.default.is_none())
        .map(|parameter| &*parameter.name)
        .collect();
    (!keywords.is_empty()).then(|| missing_text("keyword-only", &keywords))
}

fn missing_text(kind: &str, names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = match quoted.as_slice() {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        [] => String::new(),
    };
    let s = if names.len() == 1 { "" } else { "s" };
    format!(
        "missing {} required {kind} argument{s}: {list}",
        names.len()
    )
}

impl Fault {
    fn finding(self, context: &Context<'_>, global: &Global, offset: u64, given: usize) -> Finding {
        let owner = context.environment.distribution_of_module(&global.module);
        let subject = crate::text::short(&global.to_string(), 120);
        Finding {
            rule: "call-arity",
            stage: Stage::Load,
            distribution: owner.map(|owner| owner.name.clone()),
            wanted: String::new(),
            found: owner.map(|owner| owner.version.clone()).unwrap_or_default(),
            exception: Some("TypeError".into()),
            message: crate::text::short(&self.message, 300),
            certain: true,
            evidence: vec![
                in_file(offset, format!("calls {subject} with {given} arguments")),
                in_environment(Some(&self.file), Some(self.line), "takes other arguments"),
            ],
            fix: owner.map(|owner| format!("install the {} that saved it", owner.name)),
            subject,
        }
    }
}
