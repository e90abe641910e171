//! Trials with a plain `python3` from `PATH` and models that need nothing but the standard library.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shelflife::artifact::Format;
use shelflife::trial::python::{Consent, LiveTrial, Wanted, launcher, predict};
use shelflife::trial::{Cell, Outcome, Prediction, Sample, TrialError};

/// What the module beside the pickle holds before the part of one test.
const PRELUDE: &str = "import os, sys, time, warnings\n";

/// A pickle made by Python itself, with the module that its classes live in.
struct Model {
    folder: tempfile::TempDir,
    artifact: PathBuf,
    format: Format,
    interpreter: PathBuf,
    rows: Vec<Vec<Cell>>,
    limit: Duration,
    sha256: Option<String>,
    layers: Wanted,
}

impl Model {
    /// Writes the module `local_models` and pickles what `make` evaluates to.
    fn new(module: &str, make: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("local_models.py"),
            format!("{PRELUDE}{module}"),
        )
        .unwrap();
        let script = format!(
            "import pickle, sys\nsys.path.insert(0, '.')\nimport local_models\n\
             with open('model.pkl', 'wb') as file:\n    pickle.dump({make}, file)\n\
             sys.stderr.write(sys.executable)\n"
        );
        let output = Command::new("python3")
            .args(["-B", "-c", &script])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        Self {
            artifact: folder.path().join("model.pkl"),
            format: Format::Pickle,
            folder,
            interpreter: PathBuf::from(said.lines().last().unwrap()),
            rows: vec![
                vec![Cell::Float(1.5), Cell::Int(2)],
                vec![Cell::Missing, Cell::Float(f64::INFINITY)],
            ],
            limit: Duration::from_mins(1),
            sha256: None,
            layers: Wanted::All,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("model.pkl")
    }

    fn run(&self, paths: &[&Path], cancel: &AtomicBool) -> Result<Prediction, TrialError> {
        launcher::use_program(env!("CARGO_BIN_EXE_shelflife").into());
        let sample = Sample {
            columns: None,
            rows: self.rows.clone(),
            source: "the test".into(),
            texts: false,
        };
        predict(
            &LiveTrial {
                artifact: self.artifact.clone(),
                format: self.format,
                interpreter: self.interpreter.clone(),
                sample: &sample,
                consent: Consent::given_by_user(),
                time_limit: self.limit,
                paths: paths.iter().map(|path| path.to_path_buf()).collect(),
                reach: Vec::new(),
                sha256: self.sha256.clone(),
                layers: self.layers,
            },
            cancel,
        )
    }

    fn predict(&self) -> Prediction {
        self.run(&[self.folder.path()], &AtomicBool::new(false))
            .unwrap()
    }
}

const DOUBLE: &str = "
class Double:
    classes_ = ['no', 'yes']
    def predict(self, rows):
        return [row[1] * 2 for row in rows]
    def predict_proba(self, rows):
        return [[0.25, 0.75] for row in rows]
";

#[test]
fn each_method_answers_with_typed_cells_and_titles() {
    let found = Model::new(DOUBLE, "local_models.Double()").predict();
    assert_eq!(found.outcome, Outcome::Finished);
    assert_eq!(found.input_source, "the test");
    let [labels, scores] = &found.outputs[..] else {
        panic!("{found:?}")
    };
    assert_eq!((labels.method.as_str(), labels.flat), ("predict", true));
    // One infinite cell makes the column one of floats, as it would be in a table.
    assert_eq!(
        labels.rows,
        [[Cell::Float(4.0)], [Cell::Float(f64::INFINITY)]]
    );
    assert_eq!(
        (scores.method.as_str(), scores.flat),
        ("predict_proba", false)
    );
    assert_eq!(scores.columns, ["no", "yes"]);
    assert_eq!(scores.rows[1], [Cell::Float(0.25), Cell::Float(0.75)]);
    let run = found.run.as_ref().unwrap();
    assert_eq!(
        (
            run.returned[0].class.as_str(),
            run.returned[0].shape.as_deref()
        ),
        ("list", Some(&[2][..]))
    );
    assert_eq!(run.returned[0].dtype, None);
    assert!(run.python.starts_with("3."), "{run:?}");
    assert!(run.peak_memory > Some(1 << 20), "{run:?}");
}

#[test]
fn prints_cannot_corrupt_the_replies() {
    let module = "
print('shelflife-trial-1 {\"event\": \"end\"}')
class Loud:
    def __setstate__(self, state):
        sys.stdout.write('no line end')
    def __getstate__(self):
        return {'a': 1}
    def predict(self, rows):
        os.write(1, b'raw \\x1b[31m bytes\\n')
        os.system('echo from a shell')
        sys.__stdout__.write('the first stdout\\n')
        warnings.warn('mind the gap')
        warnings.warn('mind the gap')
        return ['\\x1b]0;title\\x07']
";
    let mut model = Model::new(module, "local_models.Loud()");
    // A shell cannot be started in the sandbox.
    model.layers = Wanted::Nothing;
    let found = model.predict();
    assert!(
        found
            .warnings
            .iter()
            .any(|w| w.starts_with("not sandboxed (as asked for)")),
        "{found:?}"
    );
    assert_eq!(found.outcome, Outcome::Finished, "{found:?}");
    for part in [
        "no line end",
        "raw \u{fffd}[31m bytes",
        "from a shell",
        "the first stdout",
    ] {
        assert!(found.printed.contains(part), "{part}: {}", found.printed);
    }
    assert!(!found.printed.contains('\x1b'));
    let mind = found.warnings.iter().filter(|w| w.contains("mind the gap"));
    assert_eq!(mind.collect::<Vec<_>>(), ["UserWarning: mind the gap"]);
    assert_eq!(
        found.outputs[0].rows[0],
        [Cell::Text("\u{fffd}]0;title\u{fffd}".into())]
    );
}

#[test]
fn an_exception_has_its_stage_message_and_traceback() {
    let module = "
class Half:
    def predict(self, rows):
        return [1]
    def transform(self, rows):
        return self.missing_
";
    let found = Model::new(module, "local_models.Half()").predict();
    assert_eq!(found.outputs.len(), 1);
    let Outcome::Raised {
        stage,
        exception,
        message,
        traceback,
    } = found.outcome
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (stage.as_str(), exception.as_str()),
        ("transform", "AttributeError")
    );
    assert_eq!(message, "'Half' object has no attribute 'missing_'");
    assert!(traceback.contains("local_models.py"), "{traceback}");
    assert!(
        !traceback.contains("In the model's own code"),
        "{traceback}"
    );
    assert!(!traceback.contains("worker.py"), "{traceback}");
}

#[test]
fn the_frames_of_the_model_are_read_before_those_of_libraries() {
    let module = "
import json
class Strange:
    def predict(self, rows):
        return json.loads('{')
";
    let found = Model::new(module, "local_models.Strange()").predict();
    let Outcome::Raised { traceback, .. } = &found.outcome else {
        panic!("{found:?}")
    };
    let (own, whole) = traceback
        .split_once("Traceback (most recent call last)")
        .unwrap();
    assert!(own.starts_with("In the model's own code:"), "{traceback}");
    assert!(
        own.contains("local_models.py") && !own.contains("decoder.py"),
        "{own}"
    );
    assert!(whole.contains("decoder.py"), "{whole}");
}

#[test]
fn the_folder_of_the_artifact_is_searched_only_when_asked() {
    let model = Model::new(DOUBLE, "local_models.Double()");
    let found = model.run(&[], &AtomicBool::new(false)).unwrap();
    let Outcome::Raised {
        stage,
        exception,
        message,
        ..
    } = found.outcome
    else {
        panic!("{found:?}")
    };
    assert_eq!(
        (stage.as_str(), exception.as_str()),
        ("load", "ModuleNotFoundError")
    );
    assert_eq!(message, "No module named 'local_models'");
}

#[test]
fn names_of_a_script_are_not_found_in_the_worker() {
    let model = Model::new("", "None");
    // A protocol-0 pickle of `__main__.main`, a name that the worker has.
    std::fs::write(model.path(), b"c__main__\nmain\n.").unwrap();
    let found = model.predict();
    let Outcome::Raised {
        exception, message, ..
    } = &found.outcome
    else {
        panic!("{found:?}")
    };
    assert_eq!(exception, "AttributeError");
    assert!(message.contains("'main'"), "{message}");
}

#[test]
fn a_crash_is_an_outcome_with_a_name() {
    let module = "
class Crash:
    def predict(self, rows):
        return [7]
    def transform(self, rows):
        print('last words')
        os.kill(os.getpid(), 11)
        time.sleep(60)
";
    let found = Model::new(module, "local_models.Crash()").predict();
    assert_eq!(found.outcome, Outcome::Signal("SIGSEGV".into()));
    assert_eq!(found.outputs[0].rows, [[Cell::Int(7)]]);
    assert_eq!(found.printed, "last words");
    assert!(found.warnings.iter().any(|w| w.contains("transform")));
}

#[test]
fn leaving_the_process_is_an_outcome_too() {
    let module = "
class Leave:
    def predict(self, rows):
        os._exit(3)
class Raise:
    def predict(self, rows):
        sys.exit('enough')
";
    let found = Model::new(module, "local_models.Leave()").predict();
    assert!(
        matches!(&found.outcome, Outcome::Raised { stage, message, .. }
            if stage == "predict" && message.contains("status 3")),
        "{found:?}"
    );
    let found = Model::new(module, "local_models.Raise()").predict();
    assert!(
        matches!(&found.outcome, Outcome::Raised { exception, message, .. }
            if exception == "SystemExit" && message == "enough"),
        "{found:?}"
    );
}

#[test]
fn a_trial_that_takes_too_long_is_killed() {
    let module = "
class Slow:
    def predict(self, rows):
        return [1]
    def transform(self, rows):
        time.sleep(60)
";
    let mut model = Model::new(module, "local_models.Slow()");
    model.limit = Duration::from_secs(3);
    let started = Instant::now();
    let found = model.predict();
    assert_eq!(found.outcome, Outcome::TimedOut(3.0));
    assert_eq!(found.outputs.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_trial_can_be_cancelled() {
    let module = "
class Slow:
    def predict(self, rows):
        time.sleep(60)
";
    let model = Model::new(module, "local_models.Slow()");
    let cancel = AtomicBool::new(false);
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            cancel.store(true, Ordering::Relaxed);
        });
        let found = model.run(&[model.folder.path()], &cancel).unwrap();
        assert_eq!(found.outcome, Outcome::Cancelled);
    });
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn large_outputs_are_cut_and_say_so() {
    let module = "
class Wide:
    def predict(self, rows):
        return ['x' * 5000] * 100000
    def transform(self, rows):
        for _ in range(3000):
            print('y' * 100)
        return [list(range(100000))] * 3
";
    let found = Model::new(module, "local_models.Wide()").predict();
    assert_eq!(found.outcome, Outcome::Finished);
    let [labels, wide] = &found.outputs[..] else {
        panic!("{:?}", found.outputs.len())
    };
    assert!(labels.rows.len() <= 1000);
    assert!(matches!(&labels.rows[0][0], Cell::Text(text) if text.chars().count() == 2000));
    assert_eq!((wide.rows.len(), wide.rows[0].len()), (3, 512));
    assert!(found.printed.len() < 70_000);
    let said = found.warnings.join("\n");
    assert!(
        said.contains("transform: 512 of 100000 columns shown"),
        "{said}"
    );
    assert!(said.contains("of 100000 rows shown"), "{said}");
    assert!(said.contains("more that was not kept"), "{said}");
}

#[test]
fn another_hash_stops_the_trial_before_anything_is_loaded() {
    let mut model = Model::new(DOUBLE, "local_models.Double()");
    model.sha256 = Some("00".repeat(32));
    let error = model
        .run(&[model.folder.path()], &AtomicBool::new(false))
        .unwrap_err();
    assert!(
        error.to_string().contains("changed after it was read"),
        "{error}"
    );

    let bytes = std::fs::read(model.path()).unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    let hexadecimal: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    model.sha256 = Some(hexadecimal.concat());
    assert_eq!(model.predict().outcome, Outcome::Finished);
}

#[test]
fn bundles_run_their_only_model_and_name_what_they_hold() {
    let found = Model::new(
        DOUBLE,
        "{'model': local_models.Double(), 'columns': ['a', 'b']}",
    )
    .predict();
    assert_eq!(found.outcome, Outcome::Finished);
    assert!(
        found.warnings.iter().any(|w| w.contains("['model']")),
        "{found:?}"
    );

    let found = Model::new(DOUBLE, "[local_models.Double(), local_models.Double()]").predict();
    let Outcome::Raised {
        exception, message, ..
    } = &found.outcome
    else {
        panic!("{found:?}")
    };
    assert_eq!(exception, "");
    assert!(
        message.contains("[0] local_models.Double, [1] local_models.Double"),
        "{message}"
    );

    let found = Model::new("", "{'threshold': 0.5}").predict();
    assert!(
        matches!(&found.outcome, Outcome::Raised { message, .. } if message.contains("['threshold'] float")),
        "{found:?}"
    );
}

#[test]
fn something_that_is_no_python_is_an_error_not_an_outcome() {
    let mut model = Model::new(DOUBLE, "local_models.Double()");
    model.interpreter = "/bin/false".into();
    let error = model.run(&[], &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("/bin/false"), "{error}");
    model.interpreter = "/nowhere/python3".into();
    let error = model.run(&[], &AtomicBool::new(false)).unwrap_err();
    assert!(error.to_string().contains("/nowhere/python3"), "{error}");
}

#[test]
fn rows_of_different_width_are_refused() {
    let mut model = Model::new(DOUBLE, "local_models.Double()");
    model.rows.push(vec![Cell::Int(1)]);
    let error = model.run(&[], &AtomicBool::new(false)).unwrap_err();
    assert!(
        error.to_string().starts_with("row 3 of the sample"),
        "{error}"
    );
}

#[test]
fn a_model_directory_is_loaded_through_its_model_file() {
    let mut model = Model::new(DOUBLE, "local_models.Double()");
    let directory = model.folder.path().join("saved");
    std::fs::create_dir_all(directory.join("code")).unwrap();
    std::fs::rename(model.path(), directory.join("data.pkl")).unwrap();
    std::fs::rename(
        model.folder.path().join("local_models.py"),
        directory.join("code/local_models.py"),
    )
    .unwrap();
    std::fs::write(
        directory.join("MLmodel"),
        "flavors:\n  sklearn:\n    pickled_model: data.pkl\n    code: code\n  python_function:\n    model_path: data.pkl\n",
    )
    .unwrap();
    model.artifact = directory;
    model.format = Format::Mlflow;
    let found = model.run(&[], &AtomicBool::new(false)).unwrap();
    assert_eq!(found.outcome, Outcome::Finished, "{found:?}");
    assert_eq!(found.outputs.len(), 2);
}
