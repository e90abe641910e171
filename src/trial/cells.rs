//! Cells as JSON, there and back. JSON has no NaN and no infinity; such a cell is `{"f": "nan"}`.

use serde_json::{Value, json};

use super::Cell;

/// A cell as JSON.
pub fn encode(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Bool(value) => json!(value),
        Cell::Int(value) => json!(value),
        Cell::Float(value) if value.is_nan() => json!({"f": "nan"}),
        Cell::Float(value) if value.is_infinite() => {
            json!({"f": if *value > 0.0 { "inf" } else { "-inf" }})
        }
        Cell::Float(value) => json!(value),
        Cell::Text(value) => json!(value),
    }
}

/// A cell from JSON; what has no place in a cell becomes text.
pub fn decode(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::Bool(value) => Cell::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(value), _) => Cell::Int(value),
            (None, Some(value)) => Cell::Float(value),
            (None, None) => Cell::Text(number.to_string()),
        },
        Value::String(value) => Cell::Text(crate::text::clean(value).into_owned()),
        Value::Object(map) => match map.get("f").and_then(Value::as_str) {
            Some("nan") => Cell::Float(f64::NAN),
            Some("inf") => Cell::Float(f64::INFINITY),
            Some("-inf") => Cell::Float(f64::NEG_INFINITY),
            _ => Cell::Text(value.to_string()),
        },
        Value::Array(_) => Cell::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_survive_the_way_there_and_back() {
        for cell in [
            Cell::Missing,
            Cell::Bool(true),
            Cell::Int(i64::MIN),
            Cell::Float(0.1),
            Cell::Float(1.0),
            Cell::Float(5e-324),
            Cell::Float(f64::NEG_INFINITY),
            Cell::Text("Café".into()),
        ] {
            let text = encode(&cell).to_string();
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(decode(&value), cell);
        }
        assert!(matches!(decode(&encode(&Cell::Float(f64::NAN))), Cell::Float(x) if x.is_nan()));
    }
}
