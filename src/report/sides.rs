//! The answers of several environments to the same rows, held against the first ones.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{json, table};
use crate::text;
use crate::trial::sides::{Apart, Compared, NEAR, compare};
use crate::trial::{Outcome, Prediction, TrialError};

/// Rows that are printed, those that differ first.
const ROWS: usize = 20;
/// Characters of an answer in the table, and of the place of a row.
const COLUMN: usize = 20;
const ROW: usize = 5;

/// What one environment's Python made of the rows.
pub struct Side {
    /// The environment's folder.
    pub prefix: String,
    /// Its Python and scikit-learn, for people: `Python 3.9.18, scikit-learn 1.0.2`.
    pub releases: String,
    /// What came out of the trial.
    pub result: Result<Prediction, TrialError>,
}

impl Side {
    /// How its answers differ from `first`; `Err` says why there is nothing to compare.
    pub fn against(&self, first: &Prediction) -> Result<Compared, String> {
        let words = |outcome: &Outcome| match outcome {
            Outcome::Finished => None,
            Outcome::Raised {
                stage,
                exception,
                message,
                ..
            } => Some(format!("raised at {stage}: {exception}: {message}")),
            Outcome::Signal(signal) => Some(format!("the interpreter was killed by {signal}")),
            Outcome::TimedOut(seconds) => Some(format!("stopped after {seconds} s")),
            Outcome::Cancelled => Some("stopped".to_owned()),
        };
        match &self.result {
            Err(error) => Err(error.to_string()),
            Ok(found) => match words(&found.outcome) {
                Some(words) => Err(words),
                None => compare(first, found, NEAR),
            },
        }
    }

    /// Whether it gave the same answers.
    pub fn agrees(&self, first: &Prediction) -> bool {
        self.against(first).is_ok_and(|found| found.differ() == 0)
    }
}

/// One line for each side, and a table of the answers; `held` names the side of `first`.
pub fn page(held: &str, first: &Prediction, sides: &[Side]) -> String {
    let mut page = String::new();
    let mut rows: Vec<Apart> = Vec::new();
    let mut columns: Vec<(String, &Prediction)> = vec![(held.to_owned(), first)];
    for (number, side) in (1..).zip(sides) {
        let name = format!("{} ({})", text::clean(&side.prefix), side.releases);
        let line = match side.against(first) {
            Err(why) => format!("{name}: {}", text::short(&why, 400)),
            Ok(found) => {
                rows.resize(rows.len().max(found.rows.len()), Apart::default());
                for (all, one) in rows.iter_mut().zip(&found.rows) {
                    all.add(*one);
                }
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
    let outputs: Option<Vec<_>> = columns
        .iter()
        .map(|(_, side)| {
            let predict = side.outputs.iter().find(|o| o.method == "predict");
            predict.or(side.outputs.first())
        })
        .collect();
    let Some(outputs) = outputs else { return };
    let mut line = format!("{:<ROW$}", "row");
    for (name, _) in columns {
        let _ = write!(line, "{name:<COLUMN$} ");
    }
    let _ = writeln!(page, "{line}difference");
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let key = |row: usize| (rows[row].flips, rows[row].differs);
        let most = rows[*b].most.total_cmp(&rows[*a].most);
        key(*b).cmp(&key(*a)).then(most)
    });
    for row in order.iter().take(ROWS) {
        let mut line = format!("{:<ROW$}", row + 1);
        for output in &outputs {
            let cell = output.rows.get(*row).and_then(|cells| cells.first());
            let shown = cell.map(table::cell).unwrap_or_default();
            let _ = write!(line, "{:<COLUMN$} ", text::short(&shown, COLUMN));
        }
        let apart = rows[*row];
        let word = match (apart.flips, apart.differs) {
            (true, _) => "FLIPS",
            (_, true) => "differs",
            _ => "same",
        };
        let _ = writeln!(page, "{line}{} {word}", apart.most);
    }
    if rows.len() > ROWS {
        let _ = writeln!(page, "… {} more rows", rows.len() - ROWS);
    }
}

/// The sides for JSON: each trial with its environment and how it differs.
pub fn values(first: &Prediction, sides: &[Side]) -> Value {
    let value = |side: &Side| {
        let mut object: Map<String, Value> = match json::predict(&side.result, "python") {
            Value::Object(object) => object,
            _ => Map::new(),
        };
        object.insert("environment".into(), json!(side.prefix));
        let against = match side.against(first) {
            Err(why) => json!({"compared": false, "reason": why}),
            Ok(found) => json!({
                "compared": true, "rows": found.rows.len(), "differ": found.differ(),
                "flip": found.flips(), "largest": finite(found.most()),
                "method": found.place.as_ref().map(|(method, _)| method),
                "row": found.place.as_ref().map(|(_, row)| row + 1),
            }),
        };
        object.insert("against".into(), against);
        Value::Object(object)
    };
    sides.iter().map(value).collect()
}

fn finite(number: f64) -> Value {
    if number.is_finite() {
        json!(number)
    } else {
        json!("Infinity")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Cell, Engine, Output};

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

    fn side(prefix: &str, result: Result<Prediction, TrialError>) -> Side {
        Side {
            prefix: prefix.into(),
            releases: "Python 3.9.1".into(),
            result,
        }
    }

    #[test]
    fn rows_that_flip_in_any_environment_come_first_and_who_fails_is_named() {
        let first = prediction(&["no", "yes"], &[-1.0, 0.5]);
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
        assert!(sides[0].agrees(&first) && !sides[1].agrees(&first) && !sides[2].agrees(&first));
        let values = values(&first, &sides);
        assert_eq!(values[1]["against"]["flip"], 1);
        assert_eq!(values[1]["environment"], "/other");
        assert_eq!(values[2]["against"]["compared"], false);
    }
}
