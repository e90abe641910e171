//! Questions to single expressions: dotted names, literal strings, `:=`.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt, StmtFor};

/// What a loop copies whole into a namespace: `x` in `for n in x.__dir__(): names[n] = getattr(x, n)`.
pub(super) fn mirrored(statement: &StmtFor) -> Option<String> {
    let Expr::Call(call) = &*statement.iter else {
        return None;
    };
    let function = dotted(&call.func)?;
    let of = match function.strip_suffix(".__dir__") {
        Some(of) => of.to_owned(),
        None if function == "dir" => dotted(call.arguments.args.first()?)?,
        None => return None,
    };
    let copies = statement.body.iter().any(|inner| {
        matches!(inner, Stmt::Assign(assign)
            if matches!(assign.targets.as_slice(), [Expr::Subscript(_)])
                && matches!(&*assign.value, Expr::Call(call)
                    if dotted(&call.func).as_deref() == Some("getattr")
                        && call.arguments.args.first().and_then(dotted).as_ref() == Some(&of)))
    });
    copies.then_some(of)
}

/// The names that `:=` binds in an expression, and their byte offsets.
pub(super) struct Walrus(pub Vec<(String, u32)>);

impl<'a> Visitor<'a> for Walrus {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => return,
            Expr::Named(named) => {
                if let Expr::Name(name) = &*named.target {
                    self.0
                        .push((name.id.to_string(), name.range.start().to_u32()));
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
    }
}

/// `a.b.c` as text; `None` for anything else. Iterative: a chain may be long.
pub(super) fn dotted(expression: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut current = expression;
    loop {
        match current {
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                break;
            }
            Expr::Attribute(attribute) if parts.len() < 32 => {
                parts.push(attribute.attr.as_str());
                current = &attribute.value;
            }
            _ => return None,
        }
    }
    parts.reverse();
    Some(parts.join("."))
}

/// The strings of a literal list, tuple or set, also of several joined by `+`.
pub(super) fn strings(expression: &Expr) -> Option<Vec<String>> {
    let elements: &[Expr] = match expression {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Set(set) => &set.elts,
        Expr::BinOp(sum) => {
            let mut left = strings(&sum.left)?;
            left.extend(strings(&sum.right)?);
            return Some(left);
        }
        _ => return None,
    };
    elements
        .iter()
        .map(|element| match element {
            Expr::StringLiteral(literal) => Some(literal.value.to_str().to_owned()),
            _ => None,
        })
        .collect()
}

/// `pkgutil.extend_path(__path__, __name__)`.
pub(super) fn is_extend_path(value: &Expr) -> bool {
    matches!(value, Expr::Call(call) if dotted(&call.func).is_some_and(|name| name.ends_with("extend_path")))
}

/// `TYPE_CHECKING`, `typing.TYPE_CHECKING`.
pub(super) fn is_type_checking(test: &Expr) -> bool {
    dotted(test).is_some_and(|name| name == "TYPE_CHECKING" || name.ends_with(".TYPE_CHECKING"))
}
