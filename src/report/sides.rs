//! The answers of several environments to the same rows, held against the first ones.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{json, table};
use crate::text;
use crate::trial::sides::{Apart, Compared, NEAR, answer, compare, join, order};
use crate::trial::{Cell, Prediction, TrialError};

/// Rows that are printed, those that differ first.
const ROWS: usize = 20;
/// Characters of an answer in the table, and of the place of a row.
const COLUMN: usize = 20;
const ROW: usize = 5;

/// What one environment's Python made of the rows.
pub struct Side {
    /// The environment's folder.
    prefix: String,
    /// Its Python and scikit-learn, for people: `Python 3.9.18, scikit-learn 1.0.2`.
    releases: String,
    /// What came out of the trial.
    result: Result<Prediction, TrialError>,
    /// How its answers differ from the first ones; `Err` says why there is nothing to compare.
    compared: Result<Compared, String>,
}

impl Side {
    /// Holds `result`, of the environment in the folder `prefix`, against `first`.
    pub fn of(
        first: &Prediction,
        prefix: String,
        releases: String,
        result: Result<Prediction, TrialError>,
    ) -> Side {
        let compared = match &result {
            Err(error) => Err(error.to_string()),
            Ok(found) => found
                .outcome
                .failure()
                .map_or_else(|| compare(first, found, NEAR), Err),
        };
        Side {
            prefix,
            releases,
            result,
            compared,
        }
    }

    /// Whether it gave the same answers.
    pub fn agrees(&self) -> bool {
        self.compared
            .as_ref()
            .is_ok_and(|found| found.differ() == 0)
    }
}

/// One line for each side, and a table of the answers; `held` names the side of `first`.
pub fn page(held: &str, first: &Prediction, sides: &[Side]) -> String {
    let mut page = String::new();
    let mut rows: Vec<Apart> = Vec::new();
    let mut columns: Vec<(String, &Prediction)> = vec![(held.to_owned(), first)];
    for (number, side) in (1..).zip(sides) {
        let name = format!("{} ({})", text::clean(&side.prefix), side.releases);
        let line = match &side.compared {
            Err(why) => format!("{name}: {}", text::short(why, 400)),
            Ok(found) => {
                join(&mut rows, &found.rows);
                if let Ok(prediction) = &side.result {
                    columns.push((format!("[{number}]"), prediction));
                }
                found.words(held, &name, |difference| difference.to_string())
            }
        };
        let _ = writeln!(page, "[{number}] {line}");
    }
    if columns.len() > 1 {
        answers(&columns, &rows, &mut page);
    }
    page
}

fn answers(columns: &[(String, &Prediction)], rows: &[Apart], page: &mut String) {
    let outputs: Option<Vec<_>> = columns.iter().map(|(_, side)| answer(side)).collect();
    let Some(outputs) = outputs else { return };
    let mut line = format!("{:<ROW$}", "row");
    for (name, _) in columns {
        let _ = write!(line, "{name:<COLUMN$} ");
    }
    let _ = writeln!(page, "{line}difference");
    for row in order(rows).iter().take(ROWS) {
        let mut line = format!("{:<ROW$}", row + 1);
        for output in &outputs {
            let cell = output.rows.get(*row).and_then(|cells| cells.first());
            let shown = cell.map(table::cell).unwrap_or_default();
            let _ = write!(line, "{:<COLUMN$} ", text::short(&shown, COLUMN));
        }
        let apart = rows[*row];
        let _ = writeln!(page, "{line}{} {}", apart.most, apart.word());
    }
    if rows.len() > ROWS {
        let _ = writeln!(page, "… {} more rows", rows.len() - ROWS);
    }
}

/// The sides for JSON: each trial with its environment and how it differs.
pub fn values(sides: &[Side]) -> Value {
    let value = |side: &Side| {
        let mut object: Map<String, Value> = match json::predict(&side.result, "python") {
            Value::Object(object) => object,
            _ => Map::new(),
        };
        object.insert("environment".into(), json!(side.prefix));
        let against = match &side.compared {
            Err(why) => json!({"compared": false, "reason": why}),
            Ok(found) => json!({
                "compared": true, "rows": found.rows.len(), "differ": found.differ(),
                "flip": found.flips(), "largest": json::cell(&Cell::Float(found.most())),
                "method": found.place.as_ref().map(|(method, _)| method),
                "row": found.place.as_ref().map(|(_, row)| row + 1),
            }),
        };
        object.insert("against".into(), against);
        Value::Object(object)
    };
    sides.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Engine, Outcome, Output};

    fn prediction(labels: &[&str], scores: &[f64]) -> Prediction {
        let output = |method: &str, cells: Vec<Cell>| Output {
            method: method.into(),
            columns: Vec::new(),
            flat: true,
            rows: cells.into_iter().map(|cell| vec![cell]).collect(),
        };
        let label = |label: &&str| Cell::Text((*label).to_owned());
        Prediction {
            engine: Engine::Native,
            input_source: String::new(),
            outputs: vec![
                output("predict", labels.iter().map(label).collect()),
                output(
                    "decision_function",
                    scores.iter().copied().map(Cell::Float).collect(),
                ),
            ],
            warnings: Vec::new(),
            outcome: Outcome::Finished,
            printed: String::new(),
            seconds: 0.0,
            run: None,
            recorded: None,
        }
    }

    #[test]
    fn rows_that_flip_in_any_environment_come_first_and_who_fails_is_named() {
        let first = prediction(&["no", "yes"], &[-1.0, 0.5]);
        let side =
            |prefix: &str, result| Side::of(&first, prefix.into(), "Python 3.9.1".into(), result);
        let sides = [
            side("/same", Ok(prediction(&["no", "yes"], &[-1.0, 0.5]))),
            side("/other", Ok(prediction(&["no", "no"], &[-1.0, -0.25]))),
            side("/none", Err(TrialError::Unusable("no interpreter".into()))),
        ];
        let page = page("native", &first, &sides);
        let lines: Vec<&str> = page.lines().collect();
        assert!(lines[0].starts_with("[1] native and /same (Python 3.9.1) say the same"));
        assert!(
            lines[1].starts_with("[2] 1 of 2 rows flip class between native and /other"),
            "{page}"
        );
        assert!(lines[2].contains("no interpreter"), "{page}");
        assert!(
            lines[4].starts_with("2    yes") && lines[4].ends_with("0.75 FLIPS"),
            "{page}"
        );
        assert!(lines[5].ends_with("0 same"), "{page}");
        assert!(sides[0].agrees() && !sides[1].agrees() && !sides[2].agrees());
        let values = values(&sides);
        assert_eq!(values[1]["against"]["flip"], 1);
        assert_eq!(values[1]["environment"], "/other");
        assert_eq!(values[2]["against"]["compared"], false);
    }
}
