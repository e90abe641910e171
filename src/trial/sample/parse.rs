//! `--input` to rows: which format it is, and CSV.
//!
//! CSV columns get their types the way pandas gives them (whole columns of integers, floats or
//! truth values, else text; the same words mean missing), so that a model sees what it would see
//! from `read_csv`.

use std::path::Path;

use crate::artifact::folder::{self, Widget};
use crate::text;
use crate::trial::{Cell, Sample, TrialError};

use super::{json, npy};

/// The largest input that is read, in bytes. A trial needs a few rows, not a data set.
const MAX_BYTES: usize = 64 << 20;
/// The most rows and cells.
pub const MAX_ROWS: usize = 100_000;
const MAX_CELLS: usize = 5_000_000;

/// Words for a missing value, as pandas reads them by default.
const MISSING: &[&str] = &[
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// Reads the rows in `bytes`, which came from `path` (`-` for standard input). The content decides
/// which format it is.
pub fn parse(bytes: &[u8], path: &Path) -> Result<Sample, TrialError> {
    let shown = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        text::short(&path.to_string_lossy(), 120)
    };
    let fail = |what: String| TrialError::Sample(format!("{shown}: {what}"));
    if bytes.len() > MAX_BYTES {
        return Err(fail(format!(
            "{} is too much for a trial; a few rows are enough",
            text::bytes(bytes.len() as u64)
        )));
    }
    let mut sample = if bytes.starts_with(npy::MAGIC) {
        npy::read(bytes).map_err(fail)?
    } else {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|b| *b == b'\n').count();
            fail(format!("line {line} is not UTF-8 text; save it as UTF-8"))
        })?;
        let first = text.trim_start().chars().next();
        match first {
            None => return Err(fail("it is empty".into())),
            Some('{' | '[') => json::read(text).map_err(fail)?,
            Some('-') if text.starts_with("---") => match folder::widget(text) {
                Some(widget) => shown_in_card(widget),
                None => csv(text).map_err(fail)?,
            },
            Some(_) => csv(text).map_err(fail)?,
        }
    };
    check(&sample).map_err(fail)?;
    sample.source = format!("--input {shown}");
    Ok(sample)
}

/// The example input of a model card, typed like the columns of a CSV.
fn shown_in_card(widget: Widget) -> Sample {
    let (columns, rows, texts) = match widget {
        Widget::Texts(texts) => {
            let rows = texts.into_iter().map(|text| vec![Cell::Text(text)]);
            (None, rows.collect(), true)
        }
        Widget::Columns(columns) => {
            let height = columns.first().map_or(0, |(_, cells)| cells.len());
            let mut rows: Vec<Vec<Cell>> = vec![Vec::new(); height];
            for (_, cells) in &columns {
                let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
                for (row, cell) in rows.iter_mut().zip(typed(&cells)) {
                    row.push(cell);
                }
            }
            let names = columns.into_iter().map(|(name, _)| name).collect();
            (Some(names), rows, false)
        }
    };
    Sample {
        columns,
        rows,
        source: String::new(),
        texts,
    }
}

/// Every row as wide as the header, where there is one, and within the budgets.
fn check(sample: &Sample) -> Result<(), String> {
    let rows = sample.rows.len();
    if rows == 0 {
        return Err("it holds no rows".into());
    }
    if rows > MAX_ROWS {
        return Err(format!(
            "{rows} rows are too many for a trial; keep at most {MAX_ROWS}"
        ));
    }
    let width = match &sample.columns {
        Some(columns) => columns.len(),
        None => sample.rows.iter().map(Vec::len).max().unwrap_or_default(),
    };
    if width.saturating_mul(rows) > MAX_CELLS {
        return Err(format!(
            "{rows} rows of {width} columns are too many for a trial; keep fewer rows"
        ));
    }
    // Lists of labels have no header; whether the model takes them is told where it is known.
    if sample.columns.is_some()
        && let Some(place) = sample.rows.iter().position(|row| row.len() != width)
    {
        let found = sample.rows[place].len();
        return Err(format!("row {} has {found} cells, not {width}", place + 1));
    }
    Ok(())
}

fn csv(text: &str) -> Result<Sample, String> {
    let delimiter = delimiter(text);
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut lines: Vec<Vec<String>> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(&error))?;
        if lines.len() > MAX_ROWS {
            return Err(format!("it has more than {MAX_ROWS} rows"));
        }
        lines.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    let Some(first) = lines.first() else {
        return Err("it holds no rows".into());
    };
    // A header has a word in it; a first line of numbers is a row.
    let header = first
        .iter()
        .any(|cell| number(cell).is_none() && !missing(cell));
    let columns = header.then(|| lines.remove(0));
    let width = lines.first().map_or(0, Vec::len);
    let mut rows: Vec<Vec<Cell>> = lines.iter().map(|_| Vec::with_capacity(width)).collect();
    for place in 0..width {
        let cells: Vec<&str> = lines.iter().map(|line| line[place].as_str()).collect();
        for (row, cell) in rows.iter_mut().zip(typed(&cells)) {
            row.push(cell);
        }
    }
    Ok(Sample {
        columns,
        rows,
        source: String::new(),
        texts: false,
    })
}

/// The separator of the first line: the most frequent one outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => {
                for (separator, count) in &mut counts {
                    *count += usize::from(byte == *separator);
                }
            }
            _ => {}
        }
    }
    let mut best = counts[0];
    for candidate in &counts[1..] {
        if candidate.1 > best.1 {
            best = *candidate;
        }
    }
    best.0
}

fn csv_error(error: &::csv::Error) -> String {
    let line = error.position().map_or(0, ::csv::Position::line);
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("line {line} has {len} cells, the first line {expected_len}"),
        _ => format!("line {line} cannot be read as CSV"),
    }
}

fn missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

fn number(cell: &str) -> Option<f64> {
    // Rust also reads words such as `infinity`; so does pandas.
    cell.parse().ok()
}

/// One column's cells, all of one type but for missing ones.
fn typed(cells: &[&str]) -> Vec<Cell> {
    let present = || cells.iter().filter(|cell| !missing(cell));
    let each = |read: &dyn Fn(&str) -> Cell| {
        let cell = |cell: &&str| {
            if missing(cell) {
                Cell::Missing
            } else {
                read(cell)
            }
        };
        cells.iter().map(cell).collect()
    };
    let truth = |cell: &str| match cell {
        "True" | "TRUE" | "true" => Some(true),
        "False" | "FALSE" | "false" => Some(false),
        _ => None,
    };
    if present().all(|cell| cell.parse::<i64>().is_ok()) {
        each(&|cell| cell.parse().map_or(Cell::Missing, Cell::Int))
    } else if present().all(|cell| number(cell).is_some()) {
        each(&|cell| number(cell).map_or(Cell::Missing, Cell::Float))
    } else if present().all(|cell| truth(cell).is_some()) {
        each(&|cell| truth(cell).map_or(Cell::Missing, Cell::Bool))
    } else {
        each(&|cell| Cell::Text(cell.to_owned()))
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
