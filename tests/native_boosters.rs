//! Boosters and ONNX models: native predictions against the libraries' own, stored beside each file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde_json::Value;
use shelflife::artifact::{self, Keep};
use shelflife::trial::{Cell, Outcome, Output, Prediction, Sample, TrialError, native, sample};

fn models() -> Vec<PathBuf> {
    models_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/boosters"))
}

fn models_in(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root).unwrap().flatten() {
        for file in fs::read_dir(folder.path()).unwrap().flatten() {
            let path = file.path();
            if answers(&path).is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn answers(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

fn predict(model: &Path, sample: &Sample) -> Result<Prediction, TrialError> {
    let read = artifact::read(model, Keep::Everything);
    native::predict_artifact(&read, sample, &AtomicBool::new(false))
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

fn sample_of(input: &Value) -> Sample {
    let columns = input["columns"].as_array().map(|names| {
        let name = |n: &Value| n.as_str().unwrap().to_owned();
        names.iter().map(name).collect()
    });
    let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
    Sample {
        columns,
        rows: input["data"].as_array().unwrap().iter().map(row).collect(),
        source: "fixture".into(),
        texts: false,
    }
}

/// The distance from the library's own numbers that the prediction speaks of, absolute.
fn stated(prediction: &Prediction, method: &str) -> f64 {
    let mut bounds = prediction.warnings.iter().filter_map(|warning| {
        let rest = warning.strip_prefix(method)?.strip_prefix(": ")?;
        let (_, rest) = rest.split_once("may be up to ")?;
        let (bound, _) = rest.split_once(" away")?;
        Some(bound.parse::<f64>().unwrap())
    });
    bounds.next().unwrap_or(0.0)
}

fn agree(wanted: &Cell, found: &Cell, (tolerance, stated): (f64, f64)) -> bool {
    match (wanted, found) {
        (Cell::Int(a), Cell::Int(b)) => a == b,
        (Cell::Float(a), Cell::Float(b)) => (a - b).abs() <= (tolerance * a.abs()).max(stated),
        _ => wanted == found,
    }
}

fn check(wanted: &Value, found: &Output, tolerance: (f64, f64)) -> Result<(), String> {
    let rows: Vec<Vec<Cell>> = wanted
        .as_array()
        .unwrap()
        .iter()
        .map(|row| match row {
            Value::Array(cells) => cells.iter().map(cell).collect(),
            one => vec![cell(one)],
        })
        .collect();
    if rows.len() != found.rows.len() {
        return Err(format!("{} rows, not {}", found.rows.len(), rows.len()));
    }
    for (place, (wanted, found)) in rows.iter().zip(&found.rows).enumerate() {
        let same = wanted.len() == found.len()
            && wanted
                .iter()
                .zip(found)
                .all(|(wanted, found)| agree(wanted, found, tolerance));
        if !same {
            return Err(format!("row {place}: {found:?}, not {wanted:?}"));
        }
    }
    Ok(())
}

#[test]
fn predictions_agree_with_the_libraries() {
    let models = models();
    let mut wrong = Vec::new();
    for model in &models {
        let wanted: Value =
            serde_json::from_str(&fs::read_to_string(answers(model)).unwrap()).unwrap();
        let tolerance = wanted["tolerance"].as_f64().unwrap();
        let mut fault = |what: String| wrong.push(format!("{}: {what}", model.display()));
        let prediction = match predict(model, &sample_of(&wanted["input"])) {
            Ok(prediction) => prediction,
            Err(error) => {
                fault(error.to_string());
                continue;
            }
        };
        for (method, wanted) in wanted["outputs"].as_object().unwrap() {
            let found = prediction.outputs.iter().find(|o| o.method == *method);
            let stated = stated(&prediction, method);
            // A statement that allows for much says nothing.
            if stated > 1e-4 {
                fault(format!("{method} may be {stated:e} off"));
            }
            match found.map(|found| check(wanted, found, (tolerance, stated))) {
                None => fault(format!("{method} was not evaluated")),
                Some(Err(what)) => fault(format!("{method} {what}")),
                Some(Ok(())) => {}
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(models.len() >= 80, "only {} fixtures", models.len());
}

/// More models with their answers, in the folder that a variable names: what is refused is listed, what
/// differs fails.
#[test]
#[ignore = "needs a folder of models in SHELFLIFE_MORE_BOOSTERS"]
fn more_models_agree_or_are_refused() {
    let root = std::env::var_os("SHELFLIFE_MORE_BOOSTERS");
    let root = root.expect("SHELFLIFE_MORE_BOOSTERS names no folder");
    let mut wrong = Vec::new();
    let models = models_in(Path::new(&root));
    assert!(!models.is_empty(), "no model in {}", root.display());
    for model in models {
        let name = model.file_name().unwrap().display().to_string();
        let wanted: Value =
            serde_json::from_str(&fs::read_to_string(answers(&model)).unwrap()).unwrap();
        let tolerance = wanted["tolerance"].as_f64().unwrap();
        let prediction = match predict(&model, &sample_of(&wanted["input"])) {
            Ok(prediction) => prediction,
            Err(error) => {
                println!("refused {name}: {error}");
                continue;
            }
        };
        for (method, wanted) in wanted["outputs"].as_object().unwrap() {
            let stated = stated(&prediction, method);
            let found = prediction.outputs.iter().find(|o| o.method == *method);
            let what = match found.map(|found| check(wanted, found, (tolerance, stated))) {
                None => "was not evaluated".to_owned(),
                Some(Err(what)) => what,
                Some(Ok(())) => {
                    println!("same {name} {method} {stated:e}");
                    continue;
                }
            };
            wrong.push(format!("{name}: {method} {what}"));
        }
    }
    assert!(wrong.is_empty(), "differ:\n{}", wrong.join("\n"));
}

#[test]
fn rows_are_made_from_ranges_thresholds_and_categories() {
    for model in models() {
        if model.extension().is_some_and(|ending| ending == "onnx") {
            continue;
        }
        let read = artifact::read(&model, Keep::Everything);
        let made = sample::generate_for(&read).unwrap();
        let prediction = predict(&model, &made).unwrap();
        assert_eq!(prediction.outcome, Outcome::Finished, "{}", model.display());
        assert_eq!(prediction.outputs[0].rows.len(), 3, "{}", model.display());
    }
}

#[test]
fn a_row_of_the_wrong_width_is_an_error_that_names_both() {
    let model = models()
        .into_iter()
        .find(|path| path.ends_with("lightgbm-4.6.0/codes.txt"));
    let narrow = Sample {
        columns: None,
        rows: vec![vec![Cell::Int(1)]],
        source: "test".into(),
        texts: false,
    };
    assert_eq!(
        predict(&model.unwrap(), &narrow).unwrap_err().to_string(),
        "the model takes 3 values a row, and the sample gives 1"
    );
}

/// What the logistic model answers to a row whose first number is `x`.
fn logistic(x: f64) -> Result<Prediction, TrialError> {
    let model = models()
        .into_iter()
        .find(|path| path.ends_with("skl2onnx-1.20.0/logistic.onnx"));
    let row = [x, 1.0, 1.0, 1.0].map(Cell::Float).to_vec();
    let sample = Sample {
        columns: None,
        rows: vec![row],
        source: "test".into(),
        texts: false,
    };
    predict(&model.unwrap(), &sample)
}

#[test]
fn a_label_that_hangs_on_the_rounding_of_the_runtime_is_refused() {
    // On the border between the classes, and a little to either side of it.
    let border = -1.125_821_232_795_715_3;
    let refused = logistic(border).unwrap_err().to_string();
    assert!(refused.contains("own rounding"), "{refused}");
    for (step, label) in [(-1e-4, 0), (1e-4, 1)] {
        let prediction = logistic(border + step).unwrap();
        assert_eq!(prediction.outputs[0].rows, [[Cell::Int(label)]]);
        let stated = stated(&prediction, "predict_proba");
        assert!(stated > 0.0 && stated < 1e-5, "{stated}");
    }
}

#[test]
fn damaged_models_end_in_an_answer_or_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let (mut answered, mut refused) = (0, 0);
    for model in models() {
        let target = scratch.path().join("damaged");
        let whole = fs::read(&model).unwrap();
        let wanted: Value =
            serde_json::from_str(&fs::read_to_string(answers(&model)).unwrap()).unwrap();
        let rows = sample_of(&wanted["input"]);
        for _ in 0..8 {
            let mut bytes = whole.clone();
            for _ in 0..=below(3) {
                let place = below(bytes.len());
                bytes[place] = match below(4) {
                    0 => 0,
                    1 => 0xff,
                    2 => bytes[place] ^ 1 << below(8),
                    _ => b'0' + below(10) as u8,
                };
            }
            fs::write(&target, &bytes).unwrap();
            match predict(&target, &rows) {
                Ok(_) => answered += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(answered > 50 && refused > 50, "{answered} and {refused}");
}
