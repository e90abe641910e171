//! What the readers find in boosters and PMML against what the libraries that wrote them report
//! (`tests/fixtures/make_boosters.py`), and damaged copies of the same files.

#[path = "support/thorough.rs"]
mod thorough;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use shelflife::artifact::{self, Artifact, Format, Keep, UnreadableKind};
use shelflife::compat::{self, Verdict};
use shelflife::environment::{Environment, Origin};
use shelflife::manifest::{Basis, Manifest};
use thorough::{EVERY_CHANGE, EVERY_CUT, thorough};

fn fixtures(library: &str) -> Vec<(PathBuf, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(root.join(library)).sort_by_file_name() {
        let answer = entry.unwrap().into_path();
        let file = answer.with_extension("");
        // `binary.json.json` is the answer to `binary.json`.
        if answer.extension().is_some_and(|ending| ending == "json") && file.is_file() {
            let text = fs::read_to_string(&answer).unwrap();
            found.push((file, serde_json::from_str(&text).unwrap()));
        }
    }
    found
}

fn manifest(file: &Path) -> (Artifact, Manifest) {
    let artifact = artifact::read(file, Keep::Identity);
    if let Err(unreadable) = &artifact.facts {
        panic!("{}: {}", file.display(), unreadable.reason);
    }
    let manifest = Manifest::of(&artifact);
    (artifact, manifest)
}

fn pickled(file: &Path) -> bool {
    file.extension()
        .is_some_and(|ending| ending == "pkl" || ending == "joblib")
}

/// What one line of structure says.
fn said(manifest: &Manifest, label: &str) -> Option<String> {
    let step = manifest.steps.iter().find(|step| step.label == label)?;
    Some(step.what.clone())
}

/// The structure line of a model inside a pickle.
fn inside(manifest: &Manifest, library: &str) -> String {
    let mut lines = manifest.steps.iter().map(|step| &step.what);
    let line = lines.find(|what| what.starts_with(library));
    line.cloned().unwrap_or_default()
}

fn stamped(manifest: &Manifest, subject: &str) -> Vec<String> {
    let of_subject =
        |r: &&shelflife::manifest::Requirement| r.subject == subject && r.basis == Basis::Stamped;
    let stamps = manifest.saved_with.iter().filter(of_subject);
    stamps.map(|stamp| stamp.wanted.clone()).collect()
}

fn names(answer: &Value) -> Vec<String> {
    let names = answer["names"].as_array().into_iter().flatten();
    names.map(|name| name.as_str().unwrap().into()).collect()
}

#[test]
fn xgboost_models_say_what_xgboost_says() {
    let files = fixtures("xgboost");
    for (file, answer) in &files {
        let place = file.display();
        let (artifact, manifest) = manifest(file);
        let version = answer["version"].as_str().unwrap();
        let minor = version.rsplit_once('.').map_or(version, |(minor, _)| minor);
        let binary = file
            .extension()
            .is_some_and(|ending| ending == "model" || ending == "deprecated");
        let expected = match (binary, version) {
            (_, "0.90") => "<1.0".to_owned(),
            (true, _) => format!("=={minor}.*"),
            (false, _) => format!("=={version}"),
        };
        assert_eq!(stamped(&manifest, "xgboost"), [expected], "{place}");
        let shape = match answer["booster"].as_str().unwrap() {
            "gblinear" => "gblinear".to_owned(),
            booster => format!("{booster}, {} trees", answer["trees"]),
        };
        let objective = answer["objective"].as_str().unwrap();
        if pickled(file) {
            let expected = format!("XGBoost {shape}, objective {objective}");
            assert_eq!(inside(&manifest, "XGBoost"), expected, "{place}");
        } else {
            assert_eq!(artifact.format, Format::Xgboost, "{place}");
            assert_eq!(said(&manifest, "objective").as_deref(), Some(objective));
            let classes = answer["classes"].as_u64().filter(|count| *count > 0);
            let classes = classes.map(|count| count.to_string());
            assert_eq!(said(&manifest, "classes"), classes, "{place}");
            let trees = answer["trees"].as_u64().filter(|_| shape != "gblinear");
            let trees = trees.map(|count| count.to_string());
            assert_eq!(said(&manifest, "trees"), trees, "{place}");
            let wrapper = answer["wrapper"].as_str();
            let noted = said(&manifest, "scikit-learn wrapper").unwrap_or_default();
            // Releases before 1.7 note the class.
            let noted = noted.to_lowercase().replace("xgb", "");
            assert_eq!(noted, wrapper.unwrap_or_default(), "{place}");
        }
        if !file.to_string_lossy().contains("long") {
            assert_eq!(json!(manifest.feature_count), answer["features"], "{place}");
        }
        // The binary notation has no names; the library makes them up.
        if !binary && !pickled(file) {
            let made_up = ["f0", "f1", "f2", "f3"];
            let expected = names(answer);
            let expected = if expected == made_up {
                Vec::new()
            } else {
                expected
            };
            assert_eq!(manifest.feature_names, expected, "{place}");
        }
    }
    assert!(files.len() > 30, "only {} files", files.len());
}

#[test]
fn lightgbm_models_say_what_lightgbm_says() {
    let files = fixtures("lightgbm");
    for (file, answer) in &files {
        let place = file.display();
        let (artifact, manifest) = manifest(file);
        let format = answer["format"].as_str().unwrap();
        let release = if format == "v4" { ">=4.0" } else { "<4.0" };
        assert_eq!(stamped(&manifest, "lightgbm"), [release], "{place}");
        let objective = answer["objective"].as_str().unwrap();
        let trees = &answer["trees"];
        if pickled(file) {
            let expected =
                format!("LightGBM {trees} trees, objective {objective}, format {format}");
            assert_eq!(inside(&manifest, "LightGBM"), expected, "{place}");
        } else {
            assert_eq!(artifact.format, Format::Lightgbm, "{place}");
            assert_eq!(said(&manifest, "objective").as_deref(), Some(objective));
            assert_eq!(said(&manifest, "trees"), Some(trees.to_string()));
            let classes = answer["classes"].as_u64().filter(|count| *count > 1);
            assert_eq!(said(&manifest, "classes"), classes.map(|c| c.to_string()));
            let labels = answer["categorical"][0].as_array().map(|labels| {
                let labels: Vec<&str> = labels.iter().map(|l| l.as_str().unwrap()).collect();
                labels.join(", ")
            });
            assert_eq!(said(&manifest, "categories 0"), labels, "{place}");
            let inputs = artifact.facts.unwrap().inputs.unwrap();
            for (name, info) in inputs.names.iter().zip(&inputs.types) {
                let given: Vec<f64> = info
                    .trim_matches(['[', ']'])
                    .split(':')
                    .map(|value| value.parse().unwrap())
                    .collect();
                let reported = answer["ranges"][name].as_array().unwrap();
                assert_eq!(given.len(), reported.len(), "{place}");
                for (given, reported) in given.iter().zip(reported) {
                    // The dump of 3.x rounds in another way.
                    let apart = given - reported.as_f64().unwrap();
                    assert!(apart.abs() < 1e-12, "{place}");
                }
            }
        }
        if !file.ends_with("long.joblib") {
            assert_eq!(json!(manifest.feature_count), answer["features"], "{place}");
            assert_eq!(manifest.feature_names, names(answer), "{place}");
        }
    }
    assert!(files.len() >= 11, "only {} files", files.len());
}

#[test]
fn catboost_models_say_what_catboost_says() {
    let files = fixtures("catboost");
    for (file, answer) in &files {
        let place = file.display();
        let (artifact, manifest) = manifest(file);
        let version = format!("=={}", answer["version"].as_str().unwrap());
        assert_eq!(stamped(&manifest, "catboost"), [version], "{place}");
        let loss = answer["objective"].as_str().unwrap();
        if pickled(file) {
            let expected = format!("CatBoost {} trees, loss {loss}", answer["trees"]);
            assert_eq!(inside(&manifest, "CatBoost"), expected, "{place}");
        } else {
            assert_eq!(artifact.format, Format::Catboost, "{place}");
            assert_eq!(said(&manifest, "loss").as_deref(), Some(loss), "{place}");
            assert_eq!(said(&manifest, "trees"), Some(answer["trees"].to_string()));
            for (label, key) in [
                ("float features", "floats"),
                ("categorical features", "categories"),
            ] {
                let count = answer[key].as_u64().filter(|count| *count > 0);
                assert_eq!(
                    said(&manifest, label),
                    count.map(|c| c.to_string()),
                    "{place}"
                );
            }
        }
        assert_eq!(json!(manifest.classes), answer["classes"], "{place}");
        assert_eq!(manifest.feature_names, names(answer), "{place}");
    }
    assert!(files.len() >= 6, "only {} files", files.len());
}

#[test]
fn pmml_documents_name_their_fields_and_models() {
    let files = fixtures("pmml");
    for (file, answer) in &files {
        let place = file.display();
        let (artifact, manifest) = manifest(file);
        assert_eq!(artifact.format, Format::Pmml, "{place}");
        let application = format!("Nyoka {}", answer["application"].as_str().unwrap());
        assert_eq!(said(&manifest, "application"), Some(application), "{place}");
        let standard = format!("PMML {}", answer["standard"].as_str().unwrap());
        assert_eq!(said(&manifest, "pmml"), Some(standard), "{place}");
        assert_eq!(
            said(&manifest, "predicts").as_deref(),
            answer["target"].as_str()
        );
        let element = answer["model"].as_str().unwrap();
        let named = manifest
            .steps
            .iter()
            .any(|step| step.what.starts_with(element));
        assert!(named, "{place} has no {element}");
        assert_eq!(manifest.feature_names, names(answer), "{place}");
    }
    assert_eq!(files.len(), 2);
}

#[test]
fn a_long_model_inside_a_compressed_pickle_is_read_from_its_place() {
    let mut seen = 0;
    for library in ["xgboost", "lightgbm"] {
        for (file, answer) in fixtures(library) {
            if file.ends_with("long.joblib") {
                let (artifact, manifest) = manifest(&file);
                let objects = artifact.facts.unwrap().objects.unwrap();
                let skipped = objects
                    .graph
                    .iter()
                    .any(|(_, node)| format!("{node:?}").contains(" bytes at "));
                assert!(skipped, "{} is not long", file.display());
                let found = manifest
                    .steps
                    .iter()
                    .any(|step| step.what.contains("220 trees"));
                assert!(found && answer["trees"] == 220, "{}", file.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 8, "only {seen} files");
}

/// Whether a copy cut to `len` bytes may pass for whole, because what is missing is no part of the
/// model: check sums of a compression, sections behind the trees, white space, and what stands
/// behind the header of a linear model, which has no length of its own.
fn unnoticed(file: &str, whole: &[u8], len: usize) -> bool {
    let missing = whole.len() - len;
    let text = |ending: &str| file.strip_suffix(ending).is_some();
    let has = |part: &[u8]| memchr::memmem::find(&whole[..len], part).is_some();
    if file.ends_with(".joblib") {
        missing <= 64
    } else if file.ends_with("linear.model") {
        len >= 180
    } else if text(".txt") {
        has(b"end of trees") && (!has(b"\nparameters:") || has(b"end of parameters"))
    } else {
        text(".pmml") && missing <= 1
    }
}

#[test]
fn a_cut_or_changed_model_never_panics_and_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy");
    let mut random = 0x5eed_u64;
    let mut tried = 0;
    for library in ["xgboost", "lightgbm", "catboost", "pmml"] {
        for (file, _) in fixtures(library) {
            let whole = fs::read(&file).unwrap();
            let every = thorough() && whole.len() <= EVERY_CUT;
            let first = if every {
                1
            } else {
                whole.len().div_ceil(60).max(1)
            };
            for len in (1..whole.len()).step_by(first).chain([whole.len() - 1]) {
                fs::write(&copy, &whole[..len]).unwrap();
                let read = artifact::read(&copy, Keep::Identity);
                let text = file.to_string_lossy();
                let whole_enough = unnoticed(&text, &whole, len);
                match &read.facts {
                    Ok(_) => assert!(whole_enough, "{text} cut to {len} is read"),
                    Err(error) => {
                        assert!(!error.reason.is_empty());
                        if len > 400 {
                            assert_eq!(
                                error.kind,
                                UnreadableKind::Truncated,
                                "{text} {len}: {}",
                                error.reason
                            );
                        }
                    }
                }
                tried += 1;
            }
            let rounds = if thorough() { EVERY_CHANGE } else { 100 };
            for _ in 0..rounds {
                let mut changed = whole.clone();
                for _ in 0..3 {
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    let at = (random >> 33) as usize % changed.len();
                    changed[at] ^= 1 << ((random >> 20) % 8);
                }
                fs::write(&copy, &changed).unwrap();
                let read = artifact::read(&copy, Keep::Identity);
                let manifest = Manifest::of(&read);
                assert!(manifest.steps.len() < 1000 && manifest.feature_names.len() < 1000);
                tried += 1;
            }
        }
    }
    assert!(tried > 6_000, "only {tried} copies");
}

/// A virtual environment with nothing in it but one library of one release.
fn with(folder: &Path, library: &str, release: &str) -> Environment {
    let base = folder.join(format!("{library}-{release}"));
    let site = base.join("venv/lib/python3.12/site-packages");
    let package = site.join(library);
    let metadata = site.join(format!("{library}-{release}.dist-info"));
    for made in [
        &base.join("bin"),
        &base.join("lib/python3.12"),
        &base.join("venv/bin"),
        &package,
        &metadata,
    ] {
        fs::create_dir_all(made).unwrap();
    }
    let home = base.join("bin");
    for (file, text) in [
        (base.join("bin/python3.12"), String::new()),
        (base.join("venv/bin/python"), String::new()),
        (base.join("lib/python3.12/os.py"), String::new()),
        (
            base.join("lib/python3.12/collections.py"),
            "class OrderedDict: pass\nclass defaultdict: pass\n".into(),
        ),
        (
            base.join("venv/pyvenv.cfg"),
            format!("home = {}\nversion = 3.12.4\n", home.display()),
        ),
        (
            metadata.join("METADATA"),
            format!("Metadata-Version: 2.1\nName: {library}\nVersion: {release}\n"),
        ),
        (package.join("__init__.py"), String::new()),
        (package.join("core.py"), "class Booster: pass\n".into()),
        (package.join("basic.py"), "class Booster: pass\n".into()),
    ] {
        fs::write(file, text).unwrap();
    }
    Environment::open(&base.join("venv"), Origin::Flag).unwrap()
}

/// What loading and predicting gave in real environments of these releases, file by file.
#[test]
fn releases_read_the_notations_that_they_really_read() {
    use Verdict::{Differs, FailsLoad, FailsPredict, Ready, Unknown};
    let xgboost = [
        "0.90", "1.0.2", "1.3.3", "1.5.2", "1.6.2", "1.7.6", "3.0.2", "3.1.1",
    ];
    let old = [FailsLoad; 4];
    let after_1_6 = [old[0], old[1], old[2], old[3], Ready, Ready, Ready, Ready];
    let told: &[(&str, [Verdict; 8])] = &[
        (
            "0.90/booster-2.pkl",
            [
                Ready, FailsLoad, FailsLoad, FailsLoad, FailsLoad, FailsLoad, FailsLoad, FailsLoad,
            ],
        ),
        (
            "0.90/binary.model",
            [Ready, Ready, Ready, Ready, Ready, Ready, Ready, FailsLoad],
        ),
        (
            "1.0.2/booster-4.pkl",
            [
                FailsLoad, Ready, Ready, Ready, Ready, Ready, Ready, FailsLoad,
            ],
        ),
        // 1.0.2 really fails; where between it and 1.3 that ends is not known.
        (
            "1.3.3/booster-4.pkl",
            [
                FailsLoad, Unknown, Ready, Ready, Ready, Ready, Ready, FailsLoad,
            ],
        ),
        (
            "1.0.2/binary.json",
            [FailsLoad, Ready, Ready, Ready, Ready, Ready, Ready, Ready],
        ),
        (
            "1.7.6/binary.model",
            [Differs, Ready, Ready, Ready, Ready, Ready, Ready, FailsLoad],
        ),
        ("1.7.6/binary.json", after_1_6),
        ("1.7.6/binary.ubj", after_1_6),
        ("1.7.6/booster-5.pkl", after_1_6),
        ("3.0.2/booster-4.pkl", after_1_6),
    ];
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let check = |library: &str, release: &str, file: &str, expected: Verdict| {
        let (artifact, manifest) = manifest(&root.join(library).join(file));
        let environment = with(folder.path(), library, release);
        let compared = compat::compare(&artifact, &manifest, Some(&environment));
        assert_eq!(
            compared.verdict, expected,
            "{file} in {release}: {}",
            compared.summary
        );
    };
    for (file, verdicts) in told {
        for (release, verdict) in xgboost.iter().zip(verdicts) {
            check("xgboost", release, file, *verdict);
        }
    }
    check("lightgbm", "3.3.5", "4.6.0/booster.pkl", FailsPredict);
    check("lightgbm", "4.0.0", "4.6.0/booster.pkl", Ready);
    check("lightgbm", "4.6.0", "3.3.5/booster.pkl", Ready);
    check("catboost", "1.2.8", "1.2.8/mixed.cbm", Ready);
    check("xgboost", "3.0.2", "../catboost/1.2.8/mixed.cbm", FailsLoad);
    check("xgboost", "3.0.2", "../pmml/nyoka-5.5.0/tree.pmml", Unknown);
}
