//! What several engines made of the same rows, side by side: the largest difference, and the rows
//! whose answer is another one. Two answers reveal what no warning does.

use super::trial::{cell, float};
use crate::trial::sides::{Apart, NEAR, SINGLE, answer, compare, join, order};
use crate::trial::{Output, Prediction};
use crate::tui::cells;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// Rows beyond this many are counted, those that differ first.
const ROWS: usize = 20;
/// The side that was recorded earlier.
pub const RECORDED: &str = "recorded";
const ROW: usize = 5;
const WORD: usize = 8;

/// The lines; none when there are not two answers to compare. `sides` are named, the first one is
/// what the others are held against.
pub fn lines(sides: &[(&str, &Prediction)], width: usize) -> Vec<SheetLine> {
    let [(held, first), others @ ..] = sides else {
        return Vec::new();
    };
    if others.is_empty() {
        return Vec::new();
    }
    let near = if *held == RECORDED { SINGLE } else { NEAR };
    let mut lines = vec![SheetLine::empty()];
    let mut compared = vec![sides[0]];
    let mut rows: Vec<Apart> = Vec::new();
    for (name, other) in others {
        match compare(first, other, near) {
            Err(words) => {
                let words = format!("{held} and {name} cannot be compared: {words}");
                lines.extend(paragraph(Role::Warning, &words, 0, width));
            }
            Ok(apart) => {
                let role = match (apart.flips(), apart.differ()) {
                    (0, 0) => Role::Good,
                    (0, _) => Role::Warning,
                    _ => Role::Bad,
                };
                let words = apart.words(held, name, float);
                lines.extend(paragraph(role, &words, 0, width));
                join(&mut rows, &apart.rows);
                compared.push((*name, *other));
            }
        }
    }
    if compared.len() > 1 {
        table(&compared, &rows, width, &mut lines);
    }
    lines
}

/// `predict` of each side with the difference of the row, those that differ first.
fn table(sides: &[(&str, &Prediction)], rows: &[Apart], width: usize, lines: &mut Vec<SheetLine>) {
    let answers: Vec<&Output> = sides.iter().filter_map(|(_, side)| answer(side)).collect();
    let room = width.saturating_sub(ROW + WORD + 14) / answers.len().max(1);
    if room < 6 || answers.len() != sides.len() {
        return;
    }
    let column = room.min(20);
    let mut head = cells::fit("row", ROW);
    for (name, _) in sides {
        head.push_str(&cells::fit(name, column));
        head.push(' ');
    }
    head.push_str("difference");
    lines.push(SheetLine::of(Role::Dim, cells::cut(&head, width)));
    for row in order(rows).iter().take(ROWS) {
        let apart = rows[*row];
        let role = match (apart.flips, apart.differs) {
            (true, _) => Role::Bad,
            (_, true) => Role::Warning,
            _ => Role::Good,
        };
        let mut words = cells::fit(&(row + 1).to_string(), ROW);
        for answer in &answers {
            let first = answer.rows.get(*row).and_then(|row| row.first());
            let first = first.map(cell).unwrap_or_default();
            words.push_str(&cells::fit(&first, column));
            words.push(' ');
        }
        words.push_str(&cells::fit(&float(apart.most), 11));
        lines.push(SheetLine::of(Role::Text, cells::cut(&words, width)).and(role, apart.word()));
    }
    if rows.len() > ROWS {
        let words = format!("… {} more rows", rows.len() - ROWS);
        lines.push(SheetLine::of(Role::Dim, cells::cut(&words, width)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Cell, Engine, Outcome};

    fn output(method: &str, rows: Vec<Vec<Cell>>) -> Output {
        Output {
            method: method.into(),
            columns: Vec::new(),
            flat: method == "predict",
            rows,
        }
    }

    fn prediction(outputs: Vec<Output>) -> Prediction {
        Prediction {
            engine: Engine::Native,
            input_source: String::new(),
            outputs,
            warnings: Vec::new(),
            outcome: Outcome::Finished,
            printed: String::new(),
            seconds: 0.0,
            run: None,
            recorded: None,
        }
    }

    fn text(one: &Prediction, other: &Prediction) -> String {
        let lines = lines(&[("native", one), ("live", other)], 120);
        let joined = lines.iter().map(|line| {
            let spans = line.spans.iter().map(|(_, text)| text.as_str());
            spans.collect::<String>()
        });
        joined.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_class_that_flips_stands_first() {
        let label = |name: &str| vec![Cell::Text(name.into())];
        let proba = |p: f64| vec![Cell::Float(p), Cell::Float(1.0 - p)];
        let one = prediction(vec![
            output("predict", vec![label("no"), label("yes")]),
            output("predict_proba", vec![proba(0.9), proba(0.45)]),
        ]);
        let other = prediction(vec![
            output("predict", vec![label("no"), label("no")]),
            output("predict_proba", vec![proba(0.9), proba(0.55)]),
        ]);
        let told = text(&one, &other);
        assert!(
            told.contains(
                "1 of 2 rows flip class between native and live; the largest difference is 0.1 (predict_proba, row 2)"
            ),
            "{told}"
        );
        let flips = told.find("FLIPS").unwrap();
        assert!(flips < told.find("same").unwrap(), "{told}");
    }

    #[test]
    fn other_last_digits_are_the_same_and_numbers_flip_nothing() {
        let numbers = |x: f64| prediction(vec![output("predict", vec![vec![Cell::Float(x)]])]);
        let told = text(&numbers(0.1 + 0.2), &numbers(0.3));
        assert!(told.contains("native and live say the same"), "{told}");
        let told = text(&numbers(1.5), &numbers(1.75));
        assert!(told.contains("1 of 1 rows differ"), "{told}");
        assert!(!told.contains("FLIPS"), "{told}");
        let told = text(&numbers(f64::NAN), &numbers(1.0));
        assert!(told.contains("differ between"), "{told}");
    }

    #[test]
    fn other_shapes_are_said_and_one_side_alone_says_nothing() {
        let some = |count: i64| {
            prediction(vec![output(
                "predict",
                (0..count).map(|n| vec![Cell::Int(n)]).collect(),
            )])
        };
        assert!(text(&some(2), &some(3)).contains("2 rows and 3 rows"));
        let other = prediction(vec![output("transform", Vec::new())]);
        assert!(text(&some(2), &other).contains("no method ran on both sides"));
        assert!(lines(&[("native", &some(2))], 80).is_empty());
    }

    #[test]
    fn three_sides_stand_in_one_table_and_rounding_of_what_was_recorded_is_none() {
        let numbers = |x: f64| {
            let score = |x: f64| vec![Cell::Float(x)];
            prediction(vec![
                output("predict", vec![score(2.5), score(1.5)]),
                output("decision_function", vec![score(1.0), score(x)]),
            ])
        };
        let (recorded, near, far) = (numbers(2.0), numbers(2.0 + 1e-7), numbers(2.25));
        let sides = [(RECORDED, &recorded), ("native", &near), ("live", &far)];
        let lines = lines(&sides, 120);
        let joined = lines.iter().map(|line| {
            let spans = line.spans.iter().map(|(_, text)| text.as_str());
            spans.collect::<String>()
        });
        let told = joined.collect::<Vec<_>>().join("\n");
        assert!(told.contains("recorded and native say the same"), "{told}");
        assert!(
            told.contains("1 of 2 rows differ between recorded and live; the largest difference is 0.25 (decision_function, row 2)"),
            "{told}"
        );
        assert!(told.contains("row  recorded"), "{told}");
        assert!(told.find("differs").unwrap() < told.find("same\n").unwrap_or(usize::MAX));
        assert_eq!(told.matches("differs").count(), 1, "{told}");
    }
}
