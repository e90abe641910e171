//! What several engines made of the same rows, side by side: the largest difference, and the rows
//! whose answer is another one. Two answers reveal what no warning does.

use super::trial::{cell, float};
use crate::trial::{Cell, Output, Prediction};
use crate::tui::cells;
use crate::tui::sheet::{SheetLine, paragraph};
use crate::tui::theme::Role;

/// Rows beyond this many are counted, those that differ first.
const ROWS: usize = 20;
/// Numbers that are this near to each other, relative to the larger one, are the same: sums in
/// another order end in other last digits.
const NEAR: f64 = 1e-9;
/// How near recorded answers must be: within the rounding of single precision, as everywhere.
const SINGLE: f64 = 1e-6;
/// The side that was recorded earlier.
pub const RECORDED: &str = "recorded";
const ROW: usize = 5;
const WORD: usize = 8;

/// How two answers to one row differ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Apart {
    /// The largest difference of two numbers.
    most: f64,
    /// Whether some numbers are not as near as rounding explains.
    differs: bool,
    /// Whether `predict` gave another answer that is no number on a scale: another class.
    flips: bool,
}

/// How two predictions differ.
#[derive(Debug, Default)]
struct Compared {
    /// Row by row, over every method that both ran.
    rows: Vec<Apart>,
    /// The method with the largest difference of two numbers, and the row, from 0.
    place: Option<(String, usize)>,
}

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
                let (role, words) = summary(held, name, &apart);
                lines.extend(paragraph(role, &words, 0, width));
                rows.resize(rows.len().max(apart.rows.len()), Apart::default());
                for (all, one) in rows.iter_mut().zip(&apart.rows) {
                    all.add(*one);
                }
                compared.push((*name, *other));
            }
        }
    }
    if compared.len() > 1 {
        table(&compared, &rows, width, &mut lines);
    }
    lines
}

impl Apart {
    /// Of several sides the one that is farthest counts.
    fn add(&mut self, other: Apart) {
        self.most = self.most.max(other.most);
        self.differs |= other.differs;
        self.flips |= other.flips;
    }
}

/// How two predictions differ; numbers within `near` of the larger one are the same.
fn compare(one: &Prediction, other: &Prediction, near: f64) -> Result<Compared, String> {
    let mut found = Compared::default();
    let mut most = 0.0;
    let mut shared = 0;
    for output in &one.outputs {
        let Some(twin) = other.outputs.iter().find(|o| o.method == output.method) else {
            continue;
        };
        shared += 1;
        if output.rows.len() != twin.rows.len() {
            return Err(format!(
                "{} gave {} rows and {} rows",
                output.method,
                output.rows.len(),
                twin.rows.len()
            ));
        }
        let rows = &mut found.rows;
        rows.resize(rows.len().max(output.rows.len()), Apart::default());
        let class = output.method == "predict" && is_class(one, output, twin);
        for (row, (a, b)) in output.rows.iter().zip(&twin.rows).enumerate() {
            if a.len() != b.len() {
                return Err(format!(
                    "{} gave {} columns and {} columns",
                    output.method,
                    a.len(),
                    b.len()
                ));
            }
            let mut apart = Apart::default();
            for (a, b) in a.iter().zip(b) {
                tell_apart(a, b, class, near, &mut apart);
            }
            if apart.most > most {
                most = apart.most;
                found.place = Some((output.method.clone(), row));
            }
            rows[row].add(apart);
        }
    }
    if shared == 0 {
        return Err("no method ran on both sides".to_owned());
    }
    Ok(found)
}

/// Whether `predict` answers with classes: labels that are no fractions, or there are
/// probabilities of classes beside it.
fn is_class(prediction: &Prediction, one: &Output, other: &Output) -> bool {
    let fraction = |cell: &Cell| matches!(cell, Cell::Float(value) if value.fract() != 0.0);
    let probable = prediction
        .outputs
        .iter()
        .any(|o| o.method == "predict_proba");
    let labels = || one.rows.iter().chain(&other.rows).flatten();
    let whole = labels().all(|cell| !matches!(cell, Cell::Float(_)));
    probable || (whole && !labels().any(fraction))
}

fn tell_apart(a: &Cell, b: &Cell, class: bool, near: f64, apart: &mut Apart) {
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        let other = shown(a) != shown(b);
        apart.differs |= other;
        apart.flips |= other && class;
        return;
    };
    if x == y || (x.is_nan() && y.is_nan()) {
        return;
    }
    let difference = (x - y).abs();
    let far = !difference.is_finite() || difference > near * x.abs().max(y.abs());
    apart.differs |= far;
    apart.flips |= far && class;
    // One that is not a number is farther than any.
    let difference = if difference.is_nan() {
        f64::INFINITY
    } else {
        difference
    };
    if !class {
        apart.most = apart.most.max(difference);
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Bool(value) => Some(f64::from(*value)),
        Cell::Missing | Cell::Text(_) => None,
    }
}

/// A label as both sides write it: one may say 1 where the other says 1.0.
fn shown(label: &Cell) -> String {
    match label {
        Cell::Text(text) => text.clone(),
        other => cell(other),
    }
}

fn summary(one: &str, other: &str, compared: &Compared) -> (Role, String) {
    let rows = &compared.rows;
    let most = rows.iter().map(|apart| apart.most).fold(0.0, f64::max);
    let flips = rows.iter().filter(|apart| apart.flips).count();
    let differ = rows.iter().filter(|apart| apart.differs).count();
    let place = compared
        .place
        .as_ref()
        .map_or(String::new(), |(method, row)| {
            format!(" ({}, row {})", crate::text::clean(method), row + 1)
        });
    let largest = format!("the largest difference is {}{place}", float(most));
    let all = rows.len();
    if flips > 0 {
        let words =
            format!("{flips} of {all} rows flip class between {one} and {other}; {largest}");
        return (Role::Bad, words);
    }
    if differ > 0 {
        let words = format!("{differ} of {all} rows differ between {one} and {other}; {largest}");
        return (Role::Warning, words);
    }
    (
        Role::Good,
        format!("{one} and {other} say the same; {largest}"),
    )
}

/// `predict` of each side with the difference of the row, those that differ first.
fn table(sides: &[(&str, &Prediction)], rows: &[Apart], width: usize, lines: &mut Vec<SheetLine>) {
    let answers: Vec<&Output> = sides
        .iter()
        .filter_map(|(_, side)| {
            let first = side.outputs.first()?;
            let predict = side.outputs.iter().find(|o| o.method == "predict");
            Some(predict.unwrap_or(first))
        })
        .collect();
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
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| {
        let key = |row: &usize| (rows[*row].flips, rows[*row].differs);
        key(b)
            .cmp(&key(a))
            .then(rows[*b].most.total_cmp(&rows[*a].most))
    });
    for row in order.iter().take(ROWS) {
        let apart = rows[*row];
        let (role, word) = match apart {
            Apart { flips: true, .. } => (Role::Bad, "FLIPS"),
            Apart { differs: true, .. } => (Role::Warning, "differs"),
            _ => (Role::Good, "same"),
        };
        let mut words = cells::fit(&(row + 1).to_string(), ROW);
        for answer in &answers {
            let first = answer.rows.get(*row).and_then(|row| row.first());
            let first = first.map(cell).unwrap_or_default();
            words.push_str(&cells::fit(&first, column));
            words.push(' ');
        }
        words.push_str(&cells::fit(&float(apart.most), 11));
        lines.push(SheetLine::of(Role::Text, cells::cut(&words, width)).and(role, word));
    }
    if rows.len() > ROWS {
        let words = format!("… {} more rows", rows.len() - ROWS);
        lines.push(SheetLine::of(Role::Dim, cells::cut(&words, width)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Engine, Outcome};

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
