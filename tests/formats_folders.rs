//! Models of several files, archives, and what cloudpickle and dill put into pickles.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Artifact, Format, Keep, UnreadableKind};
use shelflife::compat::{self, Verdict};
use shelflife::manifest::Manifest;
use shelflife::pickle::view;
use shelflife::source::Compression;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(path)
}

fn read(path: &Path) -> (Artifact, Manifest) {
    let artifact = artifact::read(path, Keep::Identity);
    let manifest = Manifest::of(&artifact);
    (artifact, manifest)
}

fn whats(manifest: &Manifest) -> Vec<String> {
    let steps = manifest.steps.iter();
    steps
        .map(|step| format!("{}: {}", step.label, step.what))
        .collect()
}

fn copy(from: &str, to: &Path) {
    for entry in fs::read_dir(fixture(from)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn grid(path: &Path) -> Option<Vec<f64>> {
    let read = artifact::read(path, Keep::Everything);
    let objects = read.facts.unwrap().objects.unwrap();
    let graph = &objects.graph;
    let array = graph.pairs(objects.root).unwrap()[0].1;
    let array = view(graph, array)?.to_f64().ok()?;
    Some(array.iter().copied().collect())
}

#[test]
fn arrays_beside_a_dump_are_read_in_both_forms() {
    let wanted: Vec<f64> = (0..12).map(f64::from).collect();
    for name in ["moved.pkl", "small.pkl", "fortran.pkl"] {
        let path = fixture("joblib_beside").join(name);
        assert_eq!(grid(&path), Some(wanted.clone()), "{name}");
        let (artifact, manifest) = read(&path);
        assert_eq!(artifact.format, Format::Joblib, "{name}");
        let files = artifact.facts.unwrap().side_files;
        assert_eq!((files.count, files.missing_count), (1, 0), "{name}");
        assert!(files.first.starts_with(name), "{name}");
        assert!(artifact.size > fs::metadata(&path).unwrap().len());
        assert!(manifest.notes[0].contains(&files.first), "{name}");
    }
}

#[test]
fn a_missing_array_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    copy("joblib_beside", folder.path());
    let path = folder.path().join("moved.pkl");
    fs::remove_file(folder.path().join("moved.pkl_01.npy")).unwrap();
    let (artifact, manifest) = read(&path);
    let files = &artifact.facts.as_ref().unwrap().side_files;
    assert_eq!(files.missing, ["moved.pkl_01.npy"]);
    assert!(
        manifest
            .notes
            .iter()
            .any(|n| n.contains("moved.pkl_01.npy is missing"))
    );

    // A damaged one is told apart from a missing one.
    fs::write(folder.path().join("moved.pkl_01.npy"), b"\x93NUMPY\x01").unwrap();
    let (artifact, _) = read(&path);
    let files = &artifact.facts.as_ref().unwrap().side_files;
    assert_eq!((files.missing.len(), files.damaged.len()), (0, 1));
    let whole = fs::read(fixture("joblib_beside/moved.pkl_01.npy")).unwrap();
    fs::write(
        folder.path().join("moved.pkl_01.npy"),
        &whole[..whole.len() - 9],
    )
    .unwrap();
    let (artifact, _) = read(&path);
    let files = &artifact.facts.as_ref().unwrap().side_files;
    assert!(
        files.damaged[0].1.contains("ends inside"),
        "{:?}",
        files.damaged
    );
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    copy("joblib_beside", folder.path());
    let stream = fs::read(fixture("joblib_beside/moved.pkl")).unwrap();
    let name = b"moved.pkl_01.npy";
    let at = stream.windows(name.len()).position(|w| w == name).unwrap();
    // The length of the name stands in the four bytes before it.
    let mut hostile = stream[..at - 4].to_vec();
    let other = b"../moved.pkl_01.npy";
    hostile.extend((other.len() as u32).to_le_bytes());
    hostile.extend(other);
    hostile.extend(&stream[at + name.len()..]);
    fs::write(inner.join("x.pkl"), hostile).unwrap();
    assert_eq!(grid(&inner.join("x.pkl")), None);
    let (artifact, _) = read(&inner.join("x.pkl"));
    let files = artifact.facts.unwrap().side_files;
    assert_eq!(files.bytes, 0);
    assert!(files.damaged[0].1.contains("leads out"));
}

#[test]
fn every_compression_of_every_joblib_is_undone_and_so_is_gzip_of_gzip() {
    let mut seen = std::collections::BTreeSet::new();
    for release in [
        "0.11",
        "0.14",
        "1.1",
        "1.2",
        "1.4",
        "1.6",
        "sklearn-externals-0.20",
    ] {
        let folder = fixture("joblib").join(release);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "joblib") {
                continue;
            }
            let (artifact, manifest) = read(&path);
            assert_eq!(artifact.format, Format::Joblib, "{}", path.display());
            assert_eq!(
                manifest.root.as_deref(),
                Some("dict of 17"),
                "{}",
                path.display()
            );
            seen.extend(artifact.compression.map(Compression::word));
        }
    }
    let all: Vec<&str> = seen.into_iter().collect();
    assert_eq!(all, ["bz2", "gzip", "lz4", "lzma", "xz", "zlib"]);

    let folder = tempfile::tempdir().unwrap();
    let twice = folder.path().join("twice.pkl.gz.gz");
    let mut content = fs::read(fixture("joblib/1.4/gzip.joblib")).unwrap();
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(&content).unwrap();
    content = zipped.finish().unwrap();
    fs::write(&twice, content).unwrap();
    let (artifact, manifest) = read(&twice);
    assert_eq!(artifact.compression, Some(Compression::Gzip));
    assert_eq!(manifest.root.as_deref(), Some("dict of 17"));
}

#[test]
fn archives_list_their_models_first_and_suspicious_names() {
    for name in ["model.tar.gz", "model_pax.tar.gz"] {
        let (artifact, manifest) = read(&fixture("folders/archives").join(name));
        assert_eq!(artifact.format, Format::Archive);
        let lines = whats(&manifest);
        assert!(lines[0].contains("deep.joblib (1 B)"), "{lines:?}");
        assert!(lines[1].starts_with("model: model.joblib ("), "{lines:?}");
        assert!(
            lines[2].starts_with("member: code/inference.py"),
            "{lines:?}"
        );
        let comparison = compat::compare(&artifact, &manifest, None);
        assert_eq!(comparison.verdict, Verdict::Unknown);
        assert_eq!(comparison.summary, "an archive: unpack it first");
    }
    let (_, manifest) = read(&fixture("folders/archives/model_outside.tar"));
    let suspicious = manifest
        .notes
        .iter()
        .filter(|n| n.starts_with("suspicious"));
    assert_eq!(suspicious.count(), 2);
}

#[test]
fn damaged_archives_neither_panic_nor_hang() {
    let whole = {
        let packed = fs::File::open(fixture("folders/archives/model.tar.gz")).unwrap();
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(packed)
            .read_to_end(&mut content)
            .unwrap();
        content
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.tar");
    for cut in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..cut]).unwrap();
        let _ = read(&path);
    }
    // A size beyond the file.
    let mut lying = whole.clone();
    lying[124..136].copy_from_slice(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
    fs::write(&path, lying).unwrap();
    let _ = read(&path);
}

#[test]
fn several_pickles_trailing_bytes_and_old_strings_are_told() {
    let pickles = fixture("folders/pickles");
    let (_, manifest) = read(&pickles.join("several.pkl"));
    let lines = whats(&manifest);
    assert!(
        lines.contains(&"pickle 2: sklearn.pipeline.Pipeline".into()),
        "{lines:?}"
    );
    let (_, manifest) = read(&pickles.join("several_0.pkl"));
    assert!(whats(&manifest).contains(&"pickle 2: list of 1".into()));
    let (_, manifest) = read(&pickles.join("trailing.pkl"));
    assert!(
        manifest.notes[0].starts_with("17 bytes stand behind"),
        "{:?}",
        manifest.notes
    );
    let (_, manifest) = read(&pickles.join("latin.pkl"));
    assert_eq!(manifest.steps[1].label, "'café'");
    assert_eq!(manifest.steps[1].details[0].1, "str of 2 bytes");
    let (_, manifest) = read(&fixture("pickle/persistent-4.pkl"));
    assert!(manifest.notes.iter().any(|n| n.contains("persistent")));
}

#[test]
fn text_behind_a_pickle_adds_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pkl");
    fs::write(&path, b"(lp0\nI1\na.cos\nsystem\n(S'x'\nthis is no pickle").unwrap();
    let (_, manifest) = read(&path);
    assert!(manifest.names.is_empty(), "{:?}", manifest.names);
    assert!(manifest.notes[0].contains("bytes stand behind"));
}

#[test]
fn code_in_pickles_is_named_and_dated() {
    let pickles = fixture("folders/pickles");
    let (_, manifest) = read(&pickles.join("cloudpickle.pkl"));
    let lines = whats(&manifest);
    for wanted in [
        "clean: function log_amount (code of Python >=3.11, features.py line 6)",
        "cleaner: Cleaner (its class is defined in the file)",
        "columns: list of 2",
        "model: sklearn.pipeline.Pipeline",
    ] {
        assert!(lines.contains(&wanted.to_owned()), "{wanted}: {lines:?}");
    }
    let (_, manifest) = read(&pickles.join("dill.pkl"));
    assert!(
        manifest.steps[0]
            .what
            .starts_with("function log_amount (code of Python >=3.11")
    );
}

#[test]
fn crlf_damage_comes_with_the_command_that_undoes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's.pkl");
    fs::copy(fixture("pickle/crlf-0.pkl"), &path).unwrap();
    let trouble = artifact::read(&path, Keep::Identity).facts.unwrap_err();
    assert_eq!(trouble.kind, UnreadableKind::Damaged);
    let repair = trouble.repair.unwrap();
    let command = repair.split(" turns ").next().unwrap();
    assert_eq!(command, "sed -i 's/\\r$//' 'it'\\''s.pkl'");
    let done = std::process::Command::new("sh")
        .args(["-c", command])
        .current_dir(folder.path())
        .status();
    if done.is_ok_and(|status| status.success()) && cfg!(target_os = "linux") {
        assert!(artifact::read(&path, Keep::Identity).facts.is_ok());
    }
}

fn stamps(manifest: &Manifest) -> Vec<String> {
    let stamped = manifest.saved_with.iter().filter_map(|r| {
        let evidence = r.evidence.iter().find(|e| e.file.is_some())?;
        let file = evidence.file.as_ref()?.file_name()?.to_string_lossy();
        Some(format!(
            "{}{} {file}:{}",
            r.subject, r.wanted, evidence.line?
        ))
    });
    stamped.collect()
}

#[test]
fn a_bentoml_directory_is_the_model_in_it() {
    let (artifact, manifest) = read(&fixture("folders/bentoml_iris"));
    assert_eq!(artifact.format, Format::Bentoml);
    assert_eq!(manifest.root.as_deref(), Some("sklearn.pipeline.Pipeline"));
    assert_eq!(manifest.feature_names, ["length", "width"]);
    let stamps = stamps(&manifest);
    assert!(
        stamps.contains(&"bentoml==1.0.20 model.yaml:11".into()),
        "{stamps:?}"
    );
    assert!(
        stamps
            .iter()
            .any(|s| s.starts_with("scikit-learn==") && s.ends_with(":10")),
        "{stamps:?}"
    );
}

#[test]
fn a_hugging_face_directory_is_the_model_in_it() {
    let path = fixture("folders/hugging_face");
    let (artifact, manifest) = read(&path);
    assert_eq!(artifact.format, Format::Huggingface);
    assert_eq!(manifest.root.as_deref(), Some("sklearn.pipeline.Pipeline"));
    assert_eq!(manifest.feature_names, ["length", "width"]);
    let stamps = stamps(&manifest);
    assert!(
        stamps
            .iter()
            .any(|s| s.starts_with("scikit-learn==") && s.ends_with("config.json:8")),
        "{stamps:?}"
    );
    let mut related = manifest;
    shelflife::manifest::relate(
        &artifact,
        &mut related,
        &shelflife::manifest::Surroundings::default(),
        true,
    );
    let example = related
        .siblings
        .iter()
        .find(|s| s.reason.contains("example_input"));
    let example = &example.unwrap().path;
    let sample = shelflife::trial::sample::parse(&fs::read(example).unwrap(), example).unwrap();
    assert_eq!(sample.rows.len(), 3);
    assert_eq!(sample.columns.unwrap(), ["length", "width"]);

    let (artifact, manifest) = read(&fixture("folders/card_only"));
    assert_eq!(artifact.format, Format::Huggingface);
    assert_eq!(manifest.root.as_deref(), Some("sklearn.pipeline.Pipeline"));
}

#[test]
fn a_spacy_directory_names_its_release_and_components() {
    let (artifact, manifest) = read(&fixture("folders/spacy_blank"));
    assert_eq!(artifact.format, Format::Spacy);
    assert_eq!(stamps(&manifest), ["spacy>=3.8.18,<3.9.0 meta.json:5"]);
    assert_eq!(
        whats(&manifest),
        ["pipeline: en_blank 0.0.0", "component: sentencizer"]
    );
}

#[test]
fn stores_that_bentoml_saved_are_one_model_each() {
    for (folder, file, release) in [
        ("bentoml-1.0.20-sklearn", "saved_model.pkl", "1.0.20"),
        ("bentoml-1.4.39-sklearn", "saved_model.pkl", "1.4.39"),
        ("bentoml-1.4.39-plain", "model.joblib", "1.4.39"),
    ] {
        let (artifact, manifest) = read(&fixture("folders").join(folder));
        assert_eq!(artifact.format, Format::Bentoml, "{folder}");
        let facts = artifact.facts.unwrap();
        assert!(facts.inner.unwrap().ends_with(file), "{folder}");
        assert!(
            facts
                .stamps
                .iter()
                .any(|stamp| stamp.subject == "bentoml" && stamp.version == release),
            "{folder}"
        );
        assert!(
            whats(&manifest)[0].contains("LogisticRegression"),
            "{folder}"
        );
    }
}

#[test]
fn mlflow_models_that_are_folders_are_read_through() {
    let (torch, _) = read(&fixture("folders/mlflow-2.9.2-pytorch"));
    let facts = torch.facts.unwrap();
    assert!(facts.inner.unwrap().ends_with("data/model.pth"));
    assert!(facts.outline.iter().any(|line| line.label == "weight"));

    let (keras, _) = read(&fixture("folders/mlflow-2.3.2-keras-h5"));
    let facts = keras.facts.unwrap();
    assert!(facts.inner.unwrap().ends_with("data/model.h5"));
    assert!(facts.outline.iter().any(|line| line.label == "prices"));

    let (pyfunc, manifest) = read(&fixture("folders/mlflow-2.9.2-pyfunc"));
    assert!(
        pyfunc
            .facts
            .unwrap()
            .inner
            .unwrap()
            .ends_with("python_model.pkl")
    );
    assert!(
        manifest
            .notes
            .iter()
            .any(|note| note.starts_with("loading opens limits.joblib as `limits`")),
        "{:?}",
        manifest.notes
    );

    // A layout that nobody reads here is no reason to hide what MLmodel says.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir_all(path.join("data/model")).unwrap();
    fs::write(
        path.join("data/model/saved_model.pb"),
        b"\x08\x01\x12\x01\x0a",
    )
    .unwrap();
    let content = "flavors:\n  tensorflow:\n    data: data\n    keras_version: 2.11.0\n";
    fs::write(path.join("MLmodel"), content).unwrap();
    let (saved, manifest) = read(path);
    assert_eq!(saved.facts.unwrap().stamps[0].subject, "keras");
    assert!(
        manifest.notes[0].contains("SavedModel in data"),
        "{:?}",
        manifest.notes
    );
}

#[test]
fn pipelines_of_spacy_2_are_one_model() {
    let (artifact, _) = read(&fixture("folders/spacy-2.3.9"));
    assert_eq!(artifact.format, Format::Spacy);
    let facts = artifact.facts.unwrap();
    assert!(facts.outline.iter().any(|line| line.what == "sentencizer"));
}

#[test]
fn a_cut_file_names_what_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(fixture("native/1.5/forest_regressor.joblib")).unwrap();
    let path = folder.path().join("cut.joblib");
    let mut named = 0;
    for part in 1..20 {
        fs::write(&path, &whole[..whole.len() * part / 20]).unwrap();
        let trouble = artifact::read(&path, Keep::Identity).facts.unwrap_err();
        assert_eq!(trouble.kind, UnreadableKind::Truncated);
        named += usize::from(trouble.reason.contains("tree_"));
    }
    assert!(named > 0);
}

#[test]
fn model_text_outside_a_booster_is_read() {
    let text = fs::read_to_string(fixture("formats/lightgbm/4.6.0/binary.txt")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.pkl");
    // `{"booster": text}` in protocol 2.
    let mut bytes = b"\x80\x02}X\x07\0\0\0boosterX".to_vec();
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(b"s.");
    fs::write(&path, bytes).unwrap();
    let (artifact, _) = read(&path);
    let facts = artifact.facts.unwrap();
    assert!(
        facts
            .outline
            .iter()
            .any(|line| line.what.starts_with("LightGBM")),
        "{:?}",
        facts.outline
    );
    assert_eq!(facts.inputs.unwrap().count, Some(4));
}
