//! Native predictions against scikit-learn's own, stored beside each fixture.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shelflife::artifact::{self, Keep, Objects};
use shelflife::trial::{Cell, Outcome, Output, Sample, native};

/// Agreement asked for: relative, and absolute below one.
const TOLERANCE: f64 = 1e-9;

/// Fixtures that are refused, with a part of the reason: nothing may join them unnoticed.
const REFUSED: &[(&str, &str)] = &[];

#[test]
fn predictions_agree_with_scikit_learn() {
    let mut roots = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native")];
    // More sets, made with other releases by the same recipes, can be checked by hand.
    roots.extend(std::env::var_os("SHELFLIFE_MORE_FIXTURES").map(PathBuf::from));
    let mut checked = 0;
    let mut refused = Vec::new();
    let mut wrong = Vec::new();
    for answers in roots.iter().flat_map(|root| answer_files(root)) {
        let name = label(&answers);
        match check(&answers) {
            Ok(()) => checked += 1,
            Err(Trouble::Refused(reason)) => refused.push((name, reason)),
            Err(Trouble::Wrong(what)) => wrong.push(format!("{name}: {what}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let unexpected: Vec<_> = refused
        .iter()
        .filter(|(name, reason)| {
            !REFUSED
                .iter()
                .any(|(n, part)| n == name && reason.contains(part))
        })
        .collect();
    assert!(
        unexpected.is_empty(),
        "refused without being listed: {unexpected:#?}"
    );
    for (name, _) in REFUSED {
        assert!(
            refused.iter().any(|(n, _)| n == name),
            "{name} is no longer refused"
        );
    }
    assert!(checked >= 600, "only {checked} fixtures were found");
}

/// Trees read their nodes in place for a few rows and unpack them for many.
#[test]
fn a_row_alone_is_answered_as_among_others() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/native");
    let mut checked = 0;
    for answers in answer_files(&root) {
        let name = label(&answers);
        let stem = name.split('/').nth(1).unwrap();
        let kinds = ["histogram", "boosting", "forest", "tree", "neighbours"];
        if !kinds.iter().any(|kind| stem.starts_with(kind)) {
            continue;
        }
        let (objects, wanted) = opened(&answers).unwrap();
        let whole = sample(&wanted["input"]);
        let all = native::predict(&objects, &whole).unwrap();
        for (place, row) in whole.rows.iter().enumerate() {
            let alone = Sample {
                rows: vec![row.clone()],
                ..whole.clone()
            };
            let alone = native::predict(&objects, &alone).unwrap();
            for (alone, all) in alone.outputs.iter().zip(&all.outputs) {
                let alike = alone.rows[0].iter().zip(&all.rows[place]);
                assert!(
                    alike.into_iter().all(|(a, b)| agree(a, b)),
                    "{name} row {place}: {} is {:?} alone, {:?} among others",
                    all.method,
                    alone.rows[0],
                    all.rows[place]
                );
            }
        }
        checked += 1;
    }
    assert!(checked >= 100, "only {checked} fixtures were found");
}

enum Trouble {
    Refused(String),
    Wrong(String),
}

fn answer_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|e| e == "json") {
                found.push(file.path());
            }
        }
    }
    found.sort();
    found
}

/// `1.5/forest_classifier`.
fn label(answers: &Path) -> String {
    let folder = answers.parent().and_then(Path::file_name).unwrap();
    let stem = answers.file_stem().unwrap();
    format!("{}/{}", folder.to_string_lossy(), stem.to_string_lossy())
}

/// What the model beside the answers holds, and the answers.
fn opened(answers: &Path) -> Result<(Objects, Value), String> {
    let model = ["joblib", "pkl"]
        .map(|end| answers.with_extension(end))
        .into_iter()
        .find(|path| path.exists())
        .ok_or_else(|| "no model beside the answers".to_owned())?;
    let wanted: Value = serde_json::from_str(&fs::read_to_string(answers).unwrap()).unwrap();
    let read = artifact::read(&model, Keep::Everything);
    let facts = read.facts.map_err(|u| u.reason)?;
    let objects = facts.objects.ok_or_else(|| "no graph".to_owned())?;
    Ok((objects, wanted))
}

fn check(answers: &Path) -> Result<(), Trouble> {
    let wrong = |what: String| Trouble::Wrong(what);
    let (objects, wanted) = opened(answers).map_err(wrong)?;
    let prediction = native::predict(&objects, &sample(&wanted["input"]))
        .map_err(|error| Trouble::Refused(error.to_string()))?;
    if prediction.outcome != Outcome::Finished {
        return Err(wrong(format!("{:?}", prediction.outcome)));
    }
    for (method, table) in wanted["outputs"].as_object().unwrap() {
        compare(method, table, &prediction.outputs).map_err(wrong)?;
    }
    Ok(())
}

fn sample(input: &Value) -> Sample {
    if let Some(texts) = input["texts"].as_array() {
        return Sample {
            rows: texts.iter().map(|text| vec![cell(text)]).collect(),
            source: "fixture".into(),
            texts: true,
            ..Sample::default()
        };
    }
    let columns = input["columns"].as_array().map(|names| {
        let name = |n: &Value| n.as_str().unwrap().to_owned();
        names.iter().map(name).collect()
    });
    let rows = input["data"].as_array().unwrap();
    let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
    Sample {
        columns,
        rows: rows.iter().map(row).collect(),
        source: "fixture".into(),
        texts: false,
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::Bool(flag) => Cell::Bool(*flag),
        Value::Number(n) => n
            .as_i64()
            .map_or_else(|| Cell::Float(n.as_f64().unwrap()), Cell::Int),
        Value::String(text) => Cell::Text(text.clone()),
        _ => panic!("a cell is a list or a dict"),
    }
}

fn compare(method: &str, wanted: &Value, outputs: &[Output]) -> Result<(), String> {
    let wanted = wanted.as_array().unwrap();
    if let Some(output) = outputs.iter().find(|output| output.method == method) {
        return compare_table(method, wanted, output);
    }
    // Several targets: a table each.
    for (place, table) in wanted.iter().enumerate() {
        let method = format!("{method}[{place}]");
        let output = outputs.iter().find(|output| output.method == method);
        let output = output.ok_or_else(|| format!("{method} was not evaluated"))?;
        compare_table(&method, table.as_array().unwrap(), output)?;
    }
    Ok(())
}

fn compare_table(method: &str, wanted: &[Value], output: &Output) -> Result<(), String> {
    if wanted.len() != output.rows.len() {
        return Err(format!(
            "{method} has {} rows, not {}",
            output.rows.len(),
            wanted.len()
        ));
    }
    for (place, (wanted, found)) in wanted.iter().zip(&output.rows).enumerate() {
        let wanted = match wanted {
            Value::Array(cells) if !output.flat => cells.iter().map(cell).collect(),
            Value::Array(_) => return Err(format!("{method} must not be flat")),
            one => vec![cell(one)],
        };
        let same = wanted.len() == found.len()
            && wanted
                .iter()
                .zip(found)
                .all(|(wanted, found)| agree(wanted, found));
        if !same {
            return Err(format!("{method} row {place}: {found:?}, not {wanted:?}"));
        }
    }
    Ok(())
}

fn agree(wanted: &Cell, found: &Cell) -> bool {
    let number = |cell: &Cell| match cell {
        Cell::Int(n) => Some(*n as f64),
        Cell::Float(n) => Some(*n),
        Cell::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    };
    match (number(wanted), number(found)) {
        (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1e-300),
        _ => wanted == found,
    }
}
