//! Recorded answers: a stamp's example as a sample, and a trial held against what was recorded.

use super::cells::{decode, encode};
use super::sides::{NEAR, SINGLE};
use super::{Cell, Engine, Outcome, Output, Prediction, Recorded, Sample};
use crate::manifest::stamp::{Example, Golden, GoldenOutput, Stamped};
use crate::text;

/// The example of a stamp that is believed.
pub fn sample(stamped: &Stamped) -> Option<Sample> {
    let example = stamped.content.as_ref().ok()?.example.as_ref()?;
    let rows: Vec<Vec<Cell>> = example
        .rows
        .iter()
        .map(|row| row.iter().map(decode).collect())
        .collect();
    let width = match &example.columns {
        Some(columns) => columns.len(),
        None => rows.first()?.len(),
    };
    let fits = !rows.is_empty() && rows.iter().all(|row| row.len() == width);
    fits.then(|| Sample {
        columns: example.columns.as_ref().map(|names| {
            names
                .iter()
                .map(|name| text::clean(name).into_owned())
                .collect()
        }),
        rows,
        source: format!("recorded in {}", text::path(&stamped.path)),
        texts: example.texts,
    })
}

/// A sample as the example of a stamp.
pub fn example(sample: &Sample) -> Example {
    Example {
        source: sample.source.clone(),
        columns: sample.columns.clone(),
        texts: sample.texts,
        rows: encode_rows(&sample.rows),
    }
}

/// A prediction as the recorded answers of a stamp.
pub fn golden(prediction: &Prediction) -> Golden {
    let outputs = prediction.outputs.iter().map(|output| GoldenOutput {
        method: output.method.clone(),
        columns: output.columns.clone(),
        flat: output.flat,
        rows: encode_rows(&output.rows),
    });
    Golden {
        engine: match prediction.engine {
            Engine::Native => "native",
            Engine::Python => "python",
        }
        .into(),
        python: prediction
            .run
            .as_ref()
            .map(|run| run.python.clone())
            .filter(|version| !version.is_empty()),
        outputs: outputs.collect(),
    }
}

fn encode_rows(rows: &[Vec<Cell>]) -> Vec<Vec<serde_json::Value>> {
    rows.iter()
        .map(|row| row.iter().map(encode).collect())
        .collect()
}

/// The recorded answers to these rows, as a trial would give them; `None` when there are none.
pub fn answers(stamped: &Stamped, asked: &Sample) -> Option<Prediction> {
    let golden = answered(stamped, asked)?;
    let clean = |words: &String| text::clean(words).into_owned();
    let outputs = golden.outputs.iter().map(|output| Output {
        method: text::short(&output.method, 60),
        columns: output.columns.iter().map(clean).collect(),
        rows: output
            .rows
            .iter()
            .map(|row| row.iter().map(decode).collect())
            .collect(),
        flat: output.flat,
    });
    Some(Prediction {
        engine: match &*golden.engine {
            "python" => Engine::Python,
            _ => Engine::Native,
        },
        input_source: asked.source.clone(),
        outputs: outputs.collect(),
        warnings: Vec::new(),
        outcome: Outcome::Finished,
        printed: String::new(),
        seconds: 0.0,
        run: None,
        recorded: None,
    })
}

/// Holds a trial against the recorded answers; `None` when nothing was recorded for these rows.
pub fn against(stamped: &Stamped, asked: &Sample, found: &Prediction) -> Option<Recorded> {
    let golden = answered(stamped, asked)?;
    let mut sum = Differences::default();
    for output in &golden.outputs {
        match found.outputs.iter().find(|o| o.method == output.method) {
            Some(now) => sum.add(&output.method, &output.rows, &now.rows),
            None => sum.missing.push(text::short(&output.method, 60)),
        }
    }
    Some(sum.told(&text::path(&stamped.path)))
}

/// What was recorded, when it was for these rows.
fn answered<'a>(stamped: &'a Stamped, asked: &Sample) -> Option<&'a Golden> {
    let golden = stamped.content.as_ref().ok()?.golden.as_ref()?;
    let recorded = sample(stamped)?;
    let same_rows = recorded.rows.len() == asked.rows.len()
        && recorded.texts == asked.texts
        && recorded.columns == asked.columns
        && recorded.rows.iter().zip(&asked.rows).all(|(a, b)| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| distance(a, b) == Some(0.0))
        });
    (same_rows && !golden.outputs.is_empty()).then_some(golden)
}

/// What differs, over all methods.
#[derive(Default)]
struct Differences {
    largest: f64,
    /// The largest share of the larger number.
    share: f64,
    place: String,
    changed: usize,
    rows: usize,
    missing: Vec<String>,
}

impl Differences {
    fn add(&mut self, method: &str, recorded: &[Vec<serde_json::Value>], now: &[Vec<Cell>]) {
        let method = text::short(method, 60);
        if recorded.len() != now.len() {
            self.missing.push(format!(
                "{method} ({} rows, now {})",
                recorded.len(),
                now.len()
            ));
            return;
        }
        for (index, (recorded, now)) in recorded.iter().zip(now).enumerate() {
            self.rows += 1;
            let same_width = recorded.len() == now.len();
            let mut differs = !same_width;
            for (recorded, now) in recorded.iter().map(decode).zip(now) {
                let Some(apart) = distance(&recorded, now) else {
                    differs = true;
                    continue;
                };
                let scale = number(&recorded).zip(number(now));
                let scale = scale.map_or(0.0, |(a, b)| a.abs().max(b.abs()));
                let share = if apart == 0.0 { 0.0 } else { apart / scale };
                differs |= share > SINGLE;
                if share > self.share {
                    (self.share, self.largest) = (share, apart);
                    self.place = format!("{method}, row {}", index + 1);
                }
            }
            self.changed += usize::from(differs);
        }
    }

    fn told(self, file: &str) -> Recorded {
        let agrees = self.changed == 0 && self.missing.is_empty() && self.share <= SINGLE;
        let words = if !self.missing.is_empty() {
            format!(
                "the recorded answers of {file} cannot all be compared: {} did not come",
                self.missing.join(", ")
            )
        } else if !agrees && self.place.is_empty() {
            format!(
                "the recorded answers differ in {} of {} rows ({file})",
                self.changed, self.rows
            )
        } else if !agrees {
            format!(
                "the recorded answers differ by {} at most ({}), in {} of {} rows ({file})",
                self.largest, self.place, self.changed, self.rows
            )
        } else if self.share <= NEAR {
            format!("the recorded answers are the same ({file})")
        } else {
            format!(
                "the recorded answers are the same within {SINGLE:e}, {} apart at most ({file})",
                self.largest
            )
        };
        Recorded {
            file: file.to_owned(),
            agrees,
            largest: self.largest,
            changed: self.changed,
            rows: self.rows,
            words,
        }
    }
}

/// How far two cells are apart; `None` when they are different things.
fn distance(a: &Cell, b: &Cell) -> Option<f64> {
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        if a == b || (a.is_nan() && b.is_nan()) {
            return Some(0.0);
        }
        let apart = (a - b).abs();
        return apart.is_finite().then_some(apart);
    }
    // A missing number and NaN are the same to every table.
    let gone = |cell: &Cell| matches!(cell, Cell::Missing) || number(cell).is_some_and(f64::is_nan);
    (a == b || (gone(a) && gone(b))).then_some(0.0)
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(labels: [&str; 2], score: f64) -> Prediction {
        let output = |method: &str, flat, cells: [Cell; 2]| Output {
            method: method.into(),
            columns: Vec::new(),
            rows: cells.into_iter().map(|cell| vec![cell]).collect(),
            flat,
        };
        Prediction {
            engine: Engine::Native,
            input_source: String::new(),
            outputs: vec![
                output("predict", true, labels.map(|l| Cell::Text(l.into()))),
                output(
                    "decision_function",
                    true,
                    [Cell::Float(score), Cell::Float(f64::NAN)],
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

    fn stamped(sample: &Sample, prediction: &Prediction) -> Stamped {
        let stamp = serde_json::json!({
            "schema": 1,
            "artifact": {"file": "m", "sha256": "", "size": 0, "format": "pickle"},
            "environment": null, "inputs": [],
            "example": example(sample), "golden": golden(prediction),
            "made": {"by": "test", "at": ""},
        });
        let stamp = serde_json::from_str(&stamp.to_string()).unwrap();
        Stamped {
            path: "m.manifest.json".into(),
            content: Ok(Box::new(stamp)),
        }
    }

    #[test]
    fn answers_are_held_against_what_was_recorded_for_the_same_rows() {
        let asked = Sample {
            columns: None,
            rows: vec![vec![Cell::Float(1.0)], vec![Cell::Float(f64::NAN)]],
            source: "x".into(),
            texts: false,
        };
        let stamped = stamped(&asked, &prediction(["a", "b"], 0.25));
        let told = |labels, score| against(&stamped, &asked, &prediction(labels, score)).unwrap();

        let same = told(["a", "b"], 0.25);
        assert!(
            same.agrees && same.words.contains("are the same (m.manifest.json)"),
            "{same:?}"
        );
        let near = told(["a", "b"], 0.25 + 1e-8);
        assert!(
            near.agrees && near.words.contains("within 1e-6"),
            "{near:?}"
        );
        let far = told(["a", "b"], 0.5);
        assert!(!far.agrees);
        assert_eq!((far.largest, far.changed, far.rows), (0.25, 1, 4));
        assert!(
            far.words
                .contains("differ by 0.25 at most (decision_function, row 1), in 1 of 4 rows"),
            "{far:?}"
        );
        let answers = answers(&stamped, &asked).unwrap();
        assert_eq!(
            answers.outputs[0].rows,
            prediction(["a", "b"], 0.25).outputs[0].rows
        );
        let flipped = told(["a", "a"], 0.25);
        assert!(
            !flipped.agrees && flipped.words.contains("differ in 1 of 4 rows"),
            "{flipped:?}"
        );

        let mut less = prediction(["a", "b"], 0.25);
        less.outputs.pop();
        let less = against(&stamped, &asked, &less).unwrap();
        assert!(
            !less.agrees && less.words.contains("decision_function did not come"),
            "{less:?}"
        );

        let other = Sample {
            rows: vec![vec![Cell::Float(2.0)], vec![Cell::Missing]],
            ..asked.clone()
        };
        assert_eq!(
            against(&stamped, &other, &prediction(["a", "b"], 0.25)),
            None
        );
        assert_eq!(super::answers(&stamped, &other), None);
    }
}
