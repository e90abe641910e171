//! What the readers of weights and networks find, against what each format's own library reports
//! (`tests/fixtures/make_deep.py`).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use shelflife::artifact::{self, Facts, Format, Keep};
use shelflife::compat::{Verdict, compare};
use shelflife::environment::{Environment, Origin};
use shelflife::manifest::Manifest;
use shelflife::trust;

fn fixtures(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/formats")
        .join(folder)
}

/// Every file with a report beside it, in the order of names.
fn reported(folder: &str) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(fixtures(folder)) {
        let path = entry.unwrap().into_path();
        let report = PathBuf::from(format!("{}.json", path.display()));
        if path.is_file() && report.is_file() {
            let report = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
            found.push((path, report));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn read(path: &Path, format: Format) -> Facts {
    let read = artifact::read(path, Keep::Identity);
    assert_eq!(read.format, format, "{}", path.display());
    match read.facts {
        Ok(facts) => facts,
        Err(trouble) => panic!("{}: {}", path.display(), trouble.reason),
    }
}

fn what<'f>(facts: &'f Facts, label: &str) -> Option<&'f str> {
    let line = facts.outline.iter().find(|line| line.label == label)?;
    Some(&line.what)
}

fn shape(value: &Value) -> String {
    let sides: Vec<String> = value
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    format!("[{}]", sides.join(", "))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn noted(facts: &Facts, part: &str) -> bool {
    facts.notes.iter().any(|note| note.contains(part))
}

fn trust_word(path: &Path) -> String {
    let artifact = artifact::read(path, Keep::Identity);
    let manifest = Manifest::of(&artifact);
    trust::of(&artifact, &manifest).unwrap().word
}

#[test]
fn arrays_have_the_types_and_shapes_that_numpy_reports() {
    let files = reported("npy");
    assert_eq!(files.len(), 7);
    for (path, report) in files {
        let facts = read(&path, Format::Npy);
        let found = what(&facts, "array").unwrap();
        let shape = shape(&report["shape"]);
        assert!(found.ends_with(&shape), "{}: {found}", path.display());
        let dtype = report["dtype"].as_str().unwrap();
        match name(&path).as_str() {
            "fortran.npy" => assert!(found.starts_with("big-endian int32, column-major")),
            "structured.npy" => assert!(found.starts_with("struct of 2 fields")),
            "texts.npy" => assert!(found.starts_with("U5"), "{found}"),
            "times.npy" => assert!(found.starts_with("M8[D]"), "{found}"),
            _ => assert!(found.starts_with(dtype), "{}: {found}", path.display()),
        }
        assert_eq!(facts.executes, dtype == "object");
        assert_eq!(facts.objects.is_some(), dtype == "object");
        assert_eq!(trust_word(&path) == "inert", dtype != "object");
    }
}

#[test]
fn bundles_list_every_array() {
    let files = reported("npz");
    assert_eq!(files.len(), 2);
    for (path, report) in files {
        let facts = read(&path, Format::Npz);
        for (key, member) in report["members"].as_object().unwrap() {
            let wanted = format!(
                "{} {}",
                member["dtype"].as_str().unwrap(),
                shape(&member["shape"])
            );
            assert_eq!(what(&facts, key), Some(wanted.as_str()), "{key}");
        }
        assert!(facts.executes && noted(&facts, "allow_pickle"));
        let manifest = Manifest::of(&artifact::read(&path, Keep::Identity));
        assert!(manifest.names.iter().any(|needed| needed.name == "scalar"));
        assert_eq!(trust_word(&path), "known");
    }
}

#[test]
fn safetensors_list_every_tensor() {
    let files = reported("safetensors");
    assert_eq!(files.len(), 4);
    for (path, report) in files {
        let facts = read(&path, Format::Safetensors);
        for (key, tensor) in report["tensors"].as_object().unwrap() {
            let wanted = format!(
                "{} {}",
                tensor["dtype"].as_str().unwrap(),
                shape(&tensor["shape"])
            );
            assert_eq!(what(&facts, key), Some(wanted.as_str()), "{key}");
        }
        for (key, value) in report["metadata"].as_object().into_iter().flatten() {
            let found = what(&facts, &format!("metadata {key}")).unwrap();
            assert!(found.starts_with(value.as_str().unwrap()), "{key}: {found}");
        }
        assert_eq!(trust_word(&path), "inert");
        let sharded = path.parent().unwrap().ends_with("sharded");
        assert_eq!(what(&facts, "shards").is_some(), sharded);
        assert!(!noted(&facts, "missing"));
    }
}

#[test]
fn a_missing_shard_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    for file in [
        "model-00001-of-00002.safetensors",
        "model.safetensors.index.json",
    ] {
        fs::copy(
            fixtures("safetensors/sharded").join(file),
            folder.path().join(file),
        )
        .unwrap();
    }
    let facts = read(
        &folder.path().join("model-00001-of-00002.safetensors"),
        Format::Safetensors,
    );
    assert!(
        noted(&facts, "1 of 2 shards are missing beside it: model-00002"),
        "{:?}",
        facts.notes
    );
    let index = artifact::read(
        &folder.path().join("model.safetensors.index.json"),
        Keep::Identity,
    );
    let reason = index.facts.unwrap_err().reason;
    assert_eq!(reason, "the index of a model in 2 files, 1 of them here");
}

#[test]
fn gguf_headers_say_what_the_library_reports() {
    let files = reported("gguf");
    assert_eq!(files.len(), 2);
    for (path, report) in files {
        let facts = read(&path, Format::Gguf);
        for (key, label) in [
            ("architecture", "general.architecture"),
            ("name", "general.name"),
        ] {
            assert_eq!(what(&facts, label), report[key].as_str());
        }
        let length = report["context_length"].to_string();
        assert_eq!(what(&facts, "llama.context_length"), Some(length.as_str()));
        assert_eq!(what(&facts, "general.file_type"), Some("mostly F16 (1)"));
        assert_eq!(what(&facts, "tokenizer.ggml.tokens"), Some("4 texts"));
        for key in report["keys"].as_array().unwrap() {
            let key = key.as_str().unwrap();
            assert!(what(&facts, key).is_some(), "{key} is not listed");
        }
        for (key, tensor) in report["tensors"].as_object().unwrap() {
            let wanted = format!(
                "{} {}",
                tensor["type"].as_str().unwrap(),
                shape(&tensor["shape"])
            );
            assert_eq!(what(&facts, key), Some(wanted.as_str()), "{key}");
        }
        let template = report["chat_template"].as_bool().unwrap();
        assert_eq!(noted(&facts, "Jinja"), template);
        assert_eq!(trust_word(&path), "inert");
    }
}

#[test]
fn torch_files_list_every_tensor() {
    let files = reported("torch");
    assert_eq!(files.len(), 10);
    for (path, report) in files {
        let facts = read(&path, Format::Torch);
        let place = name(&path);
        for (key, tensor) in report["tensors"].as_object().unwrap() {
            let wanted = format!(
                "{} {}",
                tensor["dtype"].as_str().unwrap(),
                shape(&tensor["shape"])
            );
            assert_eq!(what(&facts, key), Some(wanted.as_str()), "{place}: {key}");
        }
        assert!(facts.executes);
        assert_eq!(
            noted(&facts, "cuda:0"),
            place.starts_with("cuda"),
            "{place}"
        );
        let stacked = what(&facts, "legacy protocol");
        assert_eq!(stacked, place.contains("legacy").then_some("1001"));
        let refused = ["checkpoint.pt", "module.pt", "module-legacy.pt", "tar.pt"];
        assert_eq!(
            noted(&facts, "weights_only"),
            refused.contains(&place.as_str()),
            "{place}: {:?}",
            facts.notes
        );
        let manifest = Manifest::of(&artifact::read(&path, Keep::Identity));
        assert!(
            !manifest
                .notes
                .iter()
                .any(|note| note.contains("persistent"))
        );
        if place == "script.pt" {
            assert_eq!(what(&facts, "code"), Some("5 TorchScript sources"));
            assert!(
                manifest
                    .names
                    .iter()
                    .all(|n| !n.module.contains("__torch__"))
            );
        } else if place == "tar.pt" {
            assert_eq!(what(&facts, "layout"), Some("tar"));
        } else {
            assert!(
                manifest
                    .names
                    .iter()
                    .any(|n| n.name == "_rebuild_tensor_v2")
            );
        }
        assert_eq!(trust_word(&path), "known", "{place}");
    }
}

#[test]
fn newer_torch_archives_say_their_byte_order() {
    let facts = read(&fixtures("torch/newer.pt"), Format::Torch);
    assert_eq!(what(&facts, "byteorder"), Some("little"));
    let stamp = &facts.stamps[0];
    assert_eq!(
        (stamp.subject.as_str(), stamp.version.as_str()),
        ("torch", ">=2.1")
    );
    let facts = read(&fixtures("torch/state.pt"), Format::Torch);
    assert_eq!(facts.stamps[0].version, ">=1.6");
}

#[test]
fn keras_archives_list_their_layers() {
    let files = reported("keras");
    assert_eq!(files.len(), 3);
    for (path, report) in files {
        let facts = read(&path, Format::Keras);
        check_model(&path, &facts, &report);
        let lambda = name(&path) == "lambda.keras";
        assert_eq!(facts.executes, lambda);
        assert_eq!(noted(&facts, "layer twice is Python bytecode"), lambda);
        let word = if lambda { "dangerous" } else { "inert" };
        assert_eq!(trust_word(&path), word);
        if lambda {
            assert_eq!(what(&facts, "own"), Some("Doubled (shop>Doubled)"));
        }
    }
}

/// Version, inputs and layers of a Keras model.
fn check_model(path: &Path, facts: &Facts, report: &Value) {
    let place = path.display();
    let stamp = &facts.stamps[0];
    assert_eq!(stamp.subject, "keras");
    assert_eq!(
        Some(stamp.version.as_str()),
        report["keras"].as_str(),
        "{place}"
    );
    for layer in report["layers"].as_array().unwrap() {
        let class = layer[1].as_str().unwrap();
        let found = what(facts, layer[0].as_str().unwrap());
        assert!(
            found.is_some_and(|found| found.contains(class)),
            "{place}: {layer}"
        );
    }
    assert!(
        what(facts, report["name"].as_str().unwrap()).is_some(),
        "{place}"
    );
    let inputs = facts.inputs.as_ref().unwrap();
    let wanted = report["inputs"].as_array().unwrap();
    assert_eq!(inputs.types.len(), wanted.len(), "{place}");
    for (found, wanted) in inputs.types.iter().zip(wanted) {
        assert_eq!(found, &format!("float32{}", shape(wanted)), "{place}");
    }
    if let [only] = &wanted[..] {
        assert_eq!(inputs.count, only[0].as_u64().map(|side| side as usize));
    }
}

#[test]
fn hdf5_files_have_the_attributes_that_h5py_reads() {
    let files = reported("hdf5");
    assert_eq!(files.len(), 9);
    for (path, report) in files {
        let facts = read(&path, Format::Hdf5);
        assert!(
            facts.notes.iter().all(|note| !note.contains("not read")),
            "{:?}",
            facts.notes
        );
        for (key, value) in report["attributes"].as_object().unwrap() {
            if key.ends_with("_config") {
                continue;
            }
            let found = what(&facts, &format!("attribute {key}")).unwrap();
            let wanted = match value {
                Value::String(text) => text.clone(),
                Value::Array(texts) => texts
                    .iter()
                    .map(|text| text.as_str().unwrap())
                    .collect::<Vec<_>>()
                    .join(", "),
                other => other.to_string(),
            };
            assert_eq!(found, wanted, "{}: {key}", path.display());
        }
        // Nine hundred links to one data set: it is listed once, under the first of its names.
        let many = name(&path) == "dense-many.h5";
        for member in report["members"].as_array().unwrap() {
            let member = member.as_str().unwrap();
            if many && !member.ends_with("0000") {
                continue;
            }
            let listed = what(&facts, member).is_some();
            assert!(listed, "{}: {member}", path.display());
        }
        if let Some(model) = report.get("model") {
            check_model(&path, &facts, model);
        } else if name(&path) == "shared-type.h5" {
            assert_eq!(what(&facts, "values"), Some("float32 [2, 3]"));
            assert_eq!(what(&facts, "kind"), Some("data type float32"));
        } else if !name(&path).starts_with("dense") {
            assert_eq!(what(&facts, "rows"), Some("float32 [2, 3]"));
            assert_eq!(what(&facts, "group2/values"), Some("float64 [4]"));
        }
        let lambda = name(&path).starts_with("lambda");
        assert_eq!(
            trust_word(&path),
            if lambda { "dangerous" } else { "inert" }
        );
    }
}

/// A virtual environment on its own base, with empty modules of these names.
fn environment(folder: &Path, modules: &[&str]) -> Environment {
    let make = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    make("base/bin/python3.11", "\x7fELF");
    make("base/lib/python3.11/os.py", "x = 1\n");
    make("base/lib/python3.11/site-packages/none.py", "x = 1\n");
    make(
        "base/lib/python3.11/collections/__init__.py",
        "class OrderedDict(dict): pass\n",
    );
    let home = folder.join("base/bin");
    make("venv/bin/python", "\x7fELF");
    make(
        "venv/pyvenv.cfg",
        &format!("home = {}\nversion = 3.11.7\n", home.display()),
    );
    make("venv/lib/python3.11/site-packages/none.py", "x = 1\n");
    for module in modules {
        let path = format!("venv/lib/python3.11/site-packages/{module}/__init__.py");
        make(&path, "x = 1\n");
    }
    Environment::open_with_home(&folder.join("venv"), Origin::Flag, None).unwrap()
}

#[test]
fn the_library_that_opens_a_format_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let verdict = |file: &str, modules: &[&str]| {
        let folder = tempfile::tempdir_in(&folder).unwrap();
        let environment = environment(&fs::canonicalize(folder.path()).unwrap(), modules);
        let artifact = artifact::read(&fixtures(file), Keep::Identity);
        let manifest = Manifest::of(&artifact);
        let compared = compare(&artifact, &manifest, Some(&environment));
        (compared.verdict, compared.summary)
    };
    let cases: &[(&str, &[&str])] = &[
        ("safetensors/model.safetensors", &["safetensors"]),
        ("keras/sequential.keras", &["keras", "h5py"]),
        ("hdf5/sequential-keras2.h5", &["keras", "h5py"]),
        ("hdf5/table-old.h5", &["h5py"]),
        ("npy/matrix.npy", &["numpy"]),
    ];
    for (file, modules) in cases {
        let (found, summary) = verdict(file, modules);
        assert_eq!(found, Verdict::Ready, "{file}: {summary}");
        for missing in *modules {
            let rest: Vec<&str> = modules.iter().copied().filter(|m| m != missing).collect();
            let (found, summary) = verdict(file, &rest);
            assert_eq!(found, Verdict::FailsLoad, "{file} without {missing}");
            assert!(summary.contains(&format!("'{missing}'")), "{summary}");
        }
    }
    // Named once, by the names that its pickle imports.
    let (found, summary) = verdict("torch/state.pt", &[]);
    assert_eq!(found, Verdict::FailsLoad);
    assert_eq!(summary, "ModuleNotFoundError: No module named 'torch'");
    // No Python decides whether a language model runs.
    let (found, summary) = verdict("gguf/plain.gguf", &["numpy"]);
    assert_eq!(found, Verdict::Unknown);
    assert!(summary.contains("llama.cpp"), "{summary}");
}

#[test]
fn a_compressed_hdf5_file_reads_like_the_file_in_it() {
    let plain = fixtures("hdf5/sequential-keras2.h5");
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("model.h5.gz");
    let mut encoder = flate2::write::GzEncoder::new(
        fs::File::create(&packed).unwrap(),
        flate2::Compression::fast(),
    );
    std::io::Write::write_all(&mut encoder, &fs::read(&plain).unwrap()).unwrap();
    encoder.finish().unwrap();
    let (wanted, found) = (read(&plain, Format::Hdf5), read(&packed, Format::Hdf5));
    assert_eq!(found.outline, wanted.outline);
    assert_eq!(found.stamps, wanted.stamps);
}
