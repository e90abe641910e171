//! Yes, no or unknown: truth, identity, equality, membership.

use super::machine::{Frame, Holder, Machine, Raised, Stop};
use super::value::{Truth, Value};
use crate::environment::classes::tree::{Expr, ExprId, Operator};
use crate::pickle::Node;

impl Machine<'_> {
    pub(super) fn truth(&mut self, value: &Value) -> Truth {
        Truth::of(match value {
            Value::None => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => Some(*value != 0.0),
            Value::Str(value) => Some(!value.is_empty()),
            Value::Sequence(members) => Some(!members.is_empty()),
            Value::Keywords(pairs) => Some(!pairs.is_empty()),
            Value::Function(_)
            | Value::Partial(_)
            | Value::Bound(..)
            | Value::Class(_)
            | Value::TypeOf(_)
            | Value::Module(_)
            | Value::Builtin(_)
            | Value::Exception(_)
            | Value::Made(_)
            | Value::Method(_) => Some(true),
            Value::Node(id) => match self.graph.node(*id) {
                Node::List(items) | Node::Set(items) => Some(!items.is_empty()),
                Node::Tuple(items) | Node::FrozenSet(items) => Some(!items.is_empty()),
                Node::Dict(pairs) => Some(!pairs.is_empty()),
                Node::Global(_) => Some(true),
                Node::Object(_) => self.plain(*id, &["__bool__", "__len__"]).then_some(true),
                _ => None,
            },
            Value::Unknown | Value::State(_) | Value::Vars(_) | Value::Super(..) => None,
        })
    }

    pub(super) fn compare(&mut self, left: &Value, operator: Operator, right: &Value) -> Truth {
        match operator {
            Operator::Is => Self::identical(left, right),
            Operator::IsNot => Self::identical(left, right).not(),
            Operator::Equal => self.equal(left, right),
            Operator::Unequal => self.equal(left, right).not(),
            Operator::In => self.within(left, right),
            Operator::NotIn => self.within(left, right).not(),
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                let (Some(left), Some(right)) = (number(left), number(right)) else {
                    return Truth::Unknown;
                };
                Truth::of(Some(match operator {
                    Operator::Less => left < right,
                    Operator::LessEqual => left <= right,
                    Operator::Greater => left > right,
                    _ => left >= right,
                }))
            }
        }
    }

    /// Constants that cannot be ordered.
    pub(super) fn ordered(
        &self,
        frame: &Frame,
        left: &Value,
        operator: Operator,
        right: &Value,
    ) -> Result<(), Stop> {
        let sign = match operator {
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            _ => return Ok(()),
        };
        let (Some(left), Some(right)) = (constant(left), constant(right)) else {
            return Ok(());
        };
        let numbers = |class| matches!(class, "int" | "float" | "bool");
        if numbers(left) && numbers(right) || left == "str" && right == "str" {
            return Ok(());
        }
        let message = format!("'{sign}' not supported between instances of '{left}' and '{right}'");
        Err(Stop::Raised(Raised {
            by: self.calls.iter().rev().find_map(|(_, _, owner)| *owner),
            place: Some((frame.source.file.clone(), 0)),
            ..Raised::said("TypeError", message)
        }))
    }

    /// `self.limits[column]` where the state keeps one number or `None` for all. What the code made
    /// itself is left alone, and so are numpy's scalars, which say something else.
    pub(super) fn holds_nothing(
        &mut self,
        frame: &mut Frame,
        container: ExprId,
        held: &Value,
    ) -> Result<(), Stop> {
        let source = frame.source.clone();
        let Expr::Attribute { value, attr, line } = &source.code.exprs[container as usize] else {
            return Ok(());
        };
        let Some(kind) = constant(held).filter(|kind| *kind != "str") else {
            return Ok(());
        };
        let Value::Node(object) = self.eval(frame, *value)? else {
            return Ok(());
        };
        let attr = self.mangled(frame, attr);
        if self
            .heap
            .contains_key(&(Holder::File(object), (*attr).into()))
        {
            return Ok(());
        }
        let Some(kept) = self.state(object).get(&*attr).copied() else {
            return Ok(());
        };
        if !matches!(
            self.graph.node(kept),
            Node::None | Node::Bool(_) | Node::Int(_) | Node::Float(_)
        ) {
            return Ok(());
        }
        Err(Stop::Raised(Raised {
            by: Some(object),
            place: Some((source.file.clone(), *line)),
            ..Raised::said("TypeError", format!("'{kind}' object is not subscriptable"))
        }))
    }

    fn identical(left: &Value, right: &Value) -> Truth {
        match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => Truth::Unknown,
            (Value::None, Value::None) => Truth::Yes,
            (Value::Bool(a), Value::Bool(b)) => Truth::of(Some(a == b)),
            (Value::None | Value::Bool(_), _) | (_, Value::None | Value::Bool(_)) => Truth::No,
            (Value::Function(_), Value::Function(_))
            | (Value::Class(_), Value::Class(_))
            | (Value::Node(_), Value::Node(_)) => Truth::of(Some(left.same(right))),
            (Value::Str(a), Value::Str(b)) if a != b => Truth::No,
            _ => Truth::Unknown,
        }
    }

    pub(super) fn equal(&mut self, left: &Value, right: &Value) -> Truth {
        if let (Some(left), Some(right)) = (number(left), number(right)) {
            return Truth::of(Some(left == right));
        }
        let simple = |value: &Value| {
            matches!(
                value,
                Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_)
            )
        };
        match (left, right) {
            (Value::Str(a), Value::Str(b)) => Truth::of(Some(a == b)),
            (Value::None, Value::None) => Truth::Yes,
            _ if simple(left) && simple(right) => Truth::No,
            (Value::Node(id), other) | (other, Value::Node(id)) if simple(other) => {
                match self.graph.node(*id) {
                    Node::List(_)
                    | Node::Tuple(_)
                    | Node::Dict(_)
                    | Node::Set(_)
                    | Node::Global(_) => Truth::No,
                    Node::Object(_) if self.plain(*id, &["__eq__"]) => Truth::No,
                    _ => Truth::Unknown,
                }
            }
            (Value::Function(_) | Value::Class(_) | Value::Bound(..), other)
            | (other, Value::Function(_) | Value::Class(_) | Value::Bound(..))
                if simple(other) =>
            {
                Truth::No
            }
            _ => Truth::Unknown,
        }
    }

    fn within(&mut self, left: &Value, right: &Value) -> Truth {
        match (left, right) {
            (Value::Str(part), Value::Str(whole)) => {
                return Truth::of(Some(whole.contains(&**part)));
            }
            (Value::Str(name), Value::State(object) | Value::Vars(object)) => {
                return self.holds(*object, name);
            }
            // `"name" in vars(class)`
            (Value::Str(name), Value::Class(class)) if !class.class().open => {
                return Truth::of(Some(class.class().members.contains_key(&**name)));
            }
            (Value::Str(_), Value::Builtin(name)) if **name == *"object" => return Truth::No,
            _ => {}
        }
        let Some(members) = self.members(right) else {
            return Truth::Unknown;
        };
        let mut all = Truth::No;
        for member in members {
            match self.equal(left, &member) {
                Truth::Yes => return Truth::Yes,
                Truth::Unknown => all = Truth::Unknown,
                Truth::No => {}
            }
        }
        all
    }
}

/// The class of a constant.
fn constant(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::None => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
        _ => return None,
    })
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}
