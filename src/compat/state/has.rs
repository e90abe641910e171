//! `hasattr`: whether an attribute is there, as far as that can be known.

use std::sync::Arc;

use super::ASKED;
use super::machine::{Holder, Machine, Slot, Stop};
use super::method::{Method, kind};
use super::value::{Truth, Value};
use crate::environment::classes::Source;
use crate::environment::classes::tree::Member;
use crate::pickle::Node;

impl Machine<'_> {
    /// `hasattr(value, name)`.
    pub(super) fn has(
        &mut self,
        source: &Arc<Source>,
        value: &Value,
        name: &str,
    ) -> Result<Truth, Stop> {
        match value {
            Value::Class(class) => {
                let lineage = self.environment.lineage(class);
                return Ok(match lineage.member(name, 0) {
                    Some(_) => Truth::Yes,
                    None if lineage.opaque || name.starts_with("__") => Truth::Unknown,
                    None => Truth::No,
                });
            }
            Value::Builtin(name) if **name == *"object" => return Ok(Truth::No),
            Value::Unknown | Value::State(_) | Value::Module(_) | Value::Builtin(_) => {
                return Ok(Truth::Unknown);
            }
            Value::Node(id) if !matches!(self.graph.node(*id), Node::Object(_)) => {
                return Ok(match self.graph.node(*id) {
                    Node::List(_) | Node::Tuple(_) | Node::Dict(_) => container(name),
                    _ => Truth::Unknown,
                });
            }
            Value::Str(_) | Value::None if ASKED.iter().any(|group| group.contains(&name)) => {
                self.hollow = true;
                return Ok(Truth::No);
            }
            Value::Sequence(_) | Value::Keywords(_) | Value::Str(_) => {
                return Ok(container(name));
            }
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                return Ok(match name {
                    "fit" | "predict" | "transform" | "__len__" | "__iter__" | "predict_proba"
                    | "decision_function" | "__call__" | "shape" | "iloc" | "columns" => Truth::No,
                    _ => Truth::Unknown,
                });
            }
            _ => {}
        }
        if let Value::Node(id) = value
            && !self.open.contains(id)
            && matches!(
                self.heap.get(&(Holder::File(*id), name.into())),
                Some(Slot::Perhaps)
            )
        {
            return Ok(Truth::Unknown);
        }
        let before = self.possible.len();
        let found = self.attribute(source, value, name, 0);
        let doubted = self.possible.len() > before;
        self.possible.truncate(before);
        Ok(match found {
            Ok(_) if doubted => Truth::Unknown,
            Ok(Value::Unknown) => self.surely_has(value, name),
            Ok(_) => Truth::Yes,
            Err(Stop::Raised(raised)) if raised.is("AttributeError") => Truth::No,
            Err(Stop::Raised(_)) => Truth::Unknown,
            Err(stop) => return Err(stop),
        })
    }

    /// An attribute of unknown value is there when the state or the class names it.
    fn surely_has(&mut self, value: &Value, name: &str) -> Truth {
        let Value::Node(id) = value else {
            return Truth::Unknown;
        };
        if self.holds(*id, name) == Truth::Yes {
            return Truth::Yes;
        }
        let Some(lineage) = self.lineage(*id) else {
            return Truth::Unknown;
        };
        match lineage.member(name, 0) {
            Some((_, class, Member::Function(id))) => match kind(&class.source, id) {
                Method::Opaque => Truth::Unknown,
                _ => Truth::Yes,
            },
            _ => Truth::Unknown,
        }
    }
}

/// Whether a list, tuple, dict or string has an attribute, for the names that code asks about.
fn container(name: &str) -> Truth {
    match name {
        "__len__" | "__iter__" | "__getitem__" => Truth::Yes,
        "dtype" | "shape" | "fit" | "predict" | "transform" | "iloc" | "columns" | "__array__"
        | "toarray" | "any" | "predict_proba" | "decision_function" | "loc" | "dtypes"
        | "get_params" | "ndim" | "fit_transform" | "score" => Truth::No,
        _ => Truth::Unknown,
    }
}
