//! Values of a schema's JSON: fields that must be there, and scalars that Python wrote.

use serde_json::{Map, Value};

use super::Trouble;
use crate::pickle::{Data, Node};

/// Whether the state's class is this one of `builtins`.
pub(super) fn builtin(state: &Map<String, Value>, name: &str) -> bool {
    state.get("__class__").and_then(Value::as_str) == Some(name)
        && state.get("__module__").and_then(Value::as_str) == Some("builtins")
}

/// A field that holds text.
pub(super) fn text<'s>(state: &'s Map<String, Value>, key: &str) -> Result<&'s str, Trouble> {
    state
        .get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| Trouble::damaged(format!("a node of schema.json has no {key}")))
}

/// A field that holds an object.
pub(super) fn object<'s>(
    state: &'s Map<String, Value>,
    key: &str,
) -> Result<&'s Map<String, Value>, Trouble> {
    state
        .get(key)
        .and_then(Value::as_object)
        .ok_or_else(|| Trouble::damaged(format!("a node of schema.json has no {key}")))
}

/// A scalar that was written with Python's `json.dumps`, which knows NaN and infinities and
/// integers of any length.
pub(super) fn json(written: &str) -> Result<Node, Trouble> {
    Ok(match written {
        "NaN" => Node::Float(f64::NAN),
        "Infinity" => Node::Float(f64::INFINITY),
        "-Infinity" => Node::Float(f64::NEG_INFINITY),
        _ => {
            let digits = written.strip_prefix('-').unwrap_or(written);
            if !digits.is_empty()
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && written.parse::<i64>().is_err()
                && let Ok(long) = written.parse::<i128>()
            {
                return Ok(Node::Long(long.to_le_bytes().into()));
            }
            let value: Value = serde_json::from_str(written).map_err(|error| {
                Trouble::damaged(format!("a value in schema.json is not JSON: {error}"))
            })?;
            literal(&value)
        }
    })
}

/// A scalar. Lists and objects never stand here: they have nodes of their own.
pub(super) fn literal(value: &Value) -> Node {
    match value {
        Value::Bool(value) => Node::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Node::Int(value),
            (None, Some(value)) => Node::Float(value),
            (None, None) => Node::None,
        },
        Value::String(text) => Node::Str(Data::Kept(text.as_bytes().into())),
        Value::Null | Value::Array(_) | Value::Object(_) => Node::None,
    }
}
