//! Every fixture is listed with the library that wrote it and the script that makes it again.

use std::path::Path;

use shelflife::artifact::Format;

/// A row of the list.
struct Row {
    files: String,
    formats: Vec<String>,
    by: String,
    script: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rows() -> Vec<Row> {
    let list = std::fs::read_to_string(root().join("tests/fixtures/PROVENANCE.md")).unwrap();
    let rows = list.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, files, formats, by, script, _] = cells[..] else {
            panic!("a row of four cells is wanted: {line}");
        };
        Row {
            files: files.trim_matches('`').to_owned(),
            formats: formats.split(", ").map(str::to_owned).collect(),
            by: by.to_owned(),
            script: script.trim_matches('`').to_owned(),
        }
    })
    .collect()
}

/// The files that tests read, below the repository, with forward slashes.
fn fixtures() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["tests/fixtures", "assets/demo"] {
        for entry in walkdir::WalkDir::new(root().join(folder)) {
            let entry = entry.unwrap();
            let below = entry.path().strip_prefix(root()).unwrap();
            let name = below.to_string_lossy().replace('\\', "/");
            let written = below.extension().is_some_and(|ending| ending == "py")
                || name.starts_with("tests/fixtures/recipes/")
                || ["README.md", "PROVENANCE.md"]
                    .map(|own| format!("tests/fixtures/{own}"))
                    .contains(&name)
                || name.contains("/__pycache__/");
            if entry.file_type().is_file() && !written {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

/// Whether `name` fits a pattern in which `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn every_fixture_is_listed_and_every_row_has_one() {
    let rows = rows();
    let mut used = vec![0; rows.len()];
    for name in fixtures() {
        let row = rows.iter().position(|row| fits(&row.files, &name));
        let row =
            row.unwrap_or_else(|| panic!("{name} is not listed in tests/fixtures/PROVENANCE.md"));
        used[row] += 1;
    }
    for (row, count) in rows.iter().zip(used) {
        assert!(count > 0, "no file fits {}", row.files);
        assert!(
            root().join(&row.script).is_file(),
            "{} is missing",
            row.script
        );
        assert!(!row.by.is_empty(), "{} has no writer", row.files);
        assert!(
            !fits(&row.files, "tests/fixtures/new/unlisted.pkl"),
            "{} fits anything",
            row.files
        );
    }
}

#[test]
fn every_format_has_a_fixture() {
    let known = [
        Format::Pickle,
        Format::Joblib,
        Format::Skops,
        Format::Onnx,
        Format::Xgboost,
        Format::Lightgbm,
        Format::Catboost,
        Format::Pmml,
        Format::Mlflow,
        Format::Bentoml,
        Format::Huggingface,
        Format::Spacy,
        Format::Archive,
        Format::Pointer,
        Format::Torch,
        Format::Safetensors,
        Format::Keras,
        Format::Hdf5,
        Format::Gguf,
        Format::Npy,
        Format::Npz,
    ];
    let words: Vec<String> = known
        .iter()
        .map(|format| {
            serde_json::to_value(format)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let rows = rows();
    for word in &words {
        assert!(
            rows.iter().any(|row| row.formats.contains(word)),
            "{word} has no fixture"
        );
    }
    for row in &rows {
        for format in &row.formats {
            // Texts that are read, but are no models: tracebacks.
            assert!(
                format == "text" || words.contains(format),
                "{}: {format} is no format",
                row.files
            );
        }
    }
}
