//! The expressions of function bodies: see `lower`.

use ruff_python_ast as ast;

use super::lower::{DEEPEST, Lower};
use super::tree::{Expr, ExprId, Loop, Operator, Sign};

/// Most expressions of one module.
const MOST: usize = 1_000_000;

impl Lower {
    pub(super) fn exprs<'a>(
        &mut self,
        all: impl IntoIterator<Item = &'a ast::Expr>,
    ) -> Vec<ExprId> {
        all.into_iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &ast::Expr) -> ExprId {
        if self.depth > DEEPEST || self.module.exprs.len() > MOST {
            return self.push(Expr::Opaque(Vec::new()));
        }
        self.depth += 1;
        let made = self.lowered(expr);
        self.depth -= 1;
        self.push(made)
    }

    fn lowered(&mut self, expr: &ast::Expr) -> Expr {
        match expr {
            ast::Expr::NoneLiteral(_) => Expr::None,
            ast::Expr::BooleanLiteral(literal) => Expr::Bool(literal.value),
            ast::Expr::NumberLiteral(literal) => match &literal.value {
                ast::Number::Int(value) => {
                    value.as_i64().map_or(Expr::Opaque(Vec::new()), Expr::Int)
                }
                ast::Number::Float(value) => Expr::Float(*value),
                ast::Number::Complex { .. } => Expr::Opaque(Vec::new()),
            },
            ast::Expr::StringLiteral(literal) => Expr::Str(literal.value.to_str().into()),
            ast::Expr::Name(name) => Expr::Name(name.id.as_str().into()),
            ast::Expr::Attribute(attribute) => Expr::Attribute {
                value: self.expr(&attribute.value),
                attr: attribute.attr.as_str().into(),
                line: self.line(&attribute.attr),
            },
            ast::Expr::Call(call) => {
                let callee = self.expr(&call.func);
                let mut args = Vec::new();
                for argument in &call.arguments.args {
                    let (starred, inner) = match argument {
                        ast::Expr::Starred(starred) => (true, &*starred.value),
                        plain => (false, plain),
                    };
                    args.push((starred, self.expr(inner)));
                }
                let mut keywords = Vec::new();
                for keyword in &call.arguments.keywords {
                    let name = keyword.arg.as_ref().map(|name| name.as_str().into());
                    keywords.push((name, self.expr(&keyword.value)));
                }
                Expr::Call {
                    callee,
                    args,
                    keywords,
                }
            }
            ast::Expr::UnaryOp(unary) => {
                let operand = self.expr(&unary.operand);
                match (unary.op, &self.module.exprs[operand as usize]) {
                    (ast::UnaryOp::Not, _) => Expr::Not(operand),
                    (ast::UnaryOp::USub, Expr::Int(value)) => Expr::Int(value.wrapping_neg()),
                    (ast::UnaryOp::USub, Expr::Float(value)) => Expr::Float(-value),
                    _ => Expr::Opaque(vec![operand]),
                }
            }
            ast::Expr::BoolOp(chain) => {
                let parts = self.exprs(&chain.values);
                match chain.op {
                    ast::BoolOp::And => Expr::And(parts),
                    ast::BoolOp::Or => Expr::Or(parts),
                }
            }
            ast::Expr::Compare(compare) => {
                let left = self.expr(&compare.left);
                let rights = self.exprs(compare.comparators.iter());
                let operators = compare.ops.iter().map(|op| operator(*op));
                Expr::Compare(left, operators.zip(rights).collect())
            }
            ast::Expr::If(choice) => Expr::Choice(
                self.expr(&choice.test),
                self.expr(&choice.body),
                self.expr(&choice.orelse),
            ),
            ast::Expr::List(list) => Expr::Sequence(self.exprs(&list.elts)),
            ast::Expr::Tuple(tuple) => Expr::Sequence(self.exprs(&tuple.elts)),
            ast::Expr::Set(set) => Expr::Sequence(self.exprs(&set.elts)),
            ast::Expr::Dict(dict) => {
                let mut items = Vec::new();
                for item in &dict.items {
                    let key = item.key.as_ref().map(|key| self.expr(key));
                    items.push((key, self.expr(&item.value)));
                }
                Expr::Dict(items)
            }
            ast::Expr::Subscript(subscript) => {
                Expr::Subscript(self.expr(&subscript.value), self.expr(&subscript.slice))
            }
            ast::Expr::BinOp(binary) => Expr::Binary(
                self.expr(&binary.left),
                sign(binary.op),
                self.expr(&binary.right),
            ),
            ast::Expr::ListComp(all) => self.comprehension(&[&all.elt], &all.generators),
            ast::Expr::SetComp(all) => self.comprehension(&[&all.elt], &all.generators),
            ast::Expr::Generator(all) => self.comprehension(&[&all.elt], &all.generators),
            ast::Expr::DictComp(all) => {
                let parts: Vec<&ast::Expr> = all.key.as_deref().into_iter().collect();
                let parts = [parts, vec![&*all.value]].concat();
                // Its elements are evaluated like a list's, but it is no list.
                let inner = self.comprehension(&parts, &all.generators);
                Expr::Opaque(vec![self.push(inner)])
            }
            ast::Expr::Lambda(lambda) => Expr::Lambda(self.lambda(lambda)),
            ast::Expr::Starred(starred) => Expr::Starred(self.expr(&starred.value)),
            ast::Expr::Named(named) => match &*named.target {
                ast::Expr::Name(name) => {
                    let value = self.expr(&named.value);
                    Expr::Named(name.id.as_str().into(), value)
                }
                _ => Expr::Opaque(vec![self.expr(&named.value)]),
            },
            ast::Expr::Yield(result) => {
                self.yields = true;
                Expr::Yield(result.value.as_ref().map(|value| self.expr(value)))
            }
            ast::Expr::YieldFrom(from) => {
                self.yields = true;
                Expr::YieldFrom(self.expr(&from.value))
            }
            ast::Expr::Await(wait) => Expr::Opaque(vec![self.expr(&wait.value)]),
            ast::Expr::FString(text) => {
                let mut parts = Vec::new();
                for element in text.value.elements() {
                    match element {
                        ast::InterpolatedStringElement::Literal(literal) => {
                            let literal = self.push(Expr::Str(literal.value.clone()));
                            parts.push((false, literal));
                        }
                        ast::InterpolatedStringElement::Interpolation(element) => {
                            let mut value = self.expr(&element.expression);
                            if element.format_spec.is_some() || element.debug_text.is_some() {
                                value = self.push(Expr::Opaque(vec![value]));
                            }
                            let quoted = element.conversion == ast::ConversionFlag::Repr;
                            parts.push((quoted, value));
                        }
                    }
                }
                // Literal parts that stand beside the f-string are not among its elements.
                let whole = text.value.iter().all(|part| part.as_f_string().is_some());
                let made = Expr::Text(parts);
                if whole {
                    made
                } else {
                    Expr::Opaque(vec![self.push(made)])
                }
            }
            ast::Expr::Slice(slice) if slice.step.is_none() => Expr::Slice(
                slice.lower.as_ref().map(|part| self.expr(part)),
                slice.upper.as_ref().map(|part| self.expr(part)),
            ),
            ast::Expr::Slice(slice) => {
                let parts = [&slice.lower, &slice.upper, &slice.step];
                Expr::Opaque(self.exprs(parts.into_iter().flatten().map(|part| &**part)))
            }
            _ => Expr::Opaque(Vec::new()),
        }
    }

    fn comprehension(
        &mut self,
        elements: &[&ast::Expr],
        generators: &[ast::Comprehension],
    ) -> Expr {
        let mut loops = Vec::new();
        for generator in generators {
            loops.push(Loop {
                target: self.expr(&generator.target),
                iter: self.expr(&generator.iter),
                conditions: self.exprs(&generator.ifs),
            });
        }
        Expr::Comprehension(self.exprs(elements.iter().copied()), loops)
    }
}

pub(super) fn sign(operator: ast::Operator) -> Sign {
    match operator {
        ast::Operator::Mod => Sign::Modulo,
        ast::Operator::Add => Sign::Plus,
        ast::Operator::Sub => Sign::Minus,
        _ => Sign::Other,
    }
}

fn operator(operator: ast::CmpOp) -> Operator {
    match operator {
        ast::CmpOp::Eq => Operator::Equal,
        ast::CmpOp::NotEq => Operator::Unequal,
        ast::CmpOp::Lt => Operator::Less,
        ast::CmpOp::LtE => Operator::LessEqual,
        ast::CmpOp::Gt => Operator::Greater,
        ast::CmpOp::GtE => Operator::GreaterEqual,
        ast::CmpOp::Is => Operator::Is,
        ast::CmpOp::IsNot => Operator::IsNot,
        ast::CmpOp::In => Operator::In,
        ast::CmpOp::NotIn => Operator::NotIn,
    }
}
