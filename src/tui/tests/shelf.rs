//! A realistic shelf in memory: every verdict, long and wide names, names with escape sequences.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, UNIX_EPOCH};

use crate::artifact::{Artifact, Facts, Format, Unreadable, UnreadableKind};
use crate::compat::{Comparison, Finding, Fix, Row, RowStatus, Stage, Verdict};
use crate::engine::{Trust, WalkItem, Work};
use crate::environment::{Distribution, Environment, EnvironmentError, Origin, PythonVersion};
use crate::manifest::{
    Basis, Certainty, Evidence, Manifest, NeededName, Prepared, Relation, Requirement, Role,
    Sibling, Step,
};
use crate::trial::figures::Figure;
use crate::trial::{self, Cell, Outcome, Output, Prediction, Sample, Sandbox, TrialError};

/// One model of the shelf.
#[derive(Clone)]
pub struct Model {
    pub path: &'static str,
    pub verdict: Verdict,
    pub class: &'static str,
    pub saved: &'static str,
    pub summary: &'static str,
    pub size: u64,
    pub age: u64,
}

/// A shelf in memory.
#[derive(Clone)]
pub struct Shelf(pub Vec<Model>);

const MODELS: [Model; 9] = [
    Model {
        path: "models/iris.joblib",
        verdict: Verdict::Ready,
        class: "sklearn.linear_model._logistic.LogisticRegression",
        saved: "1.9.1",
        summary: "loads and predicts as where it was saved",
        size: 1_204,
        age: 10,
    },
    Model {
        path: "models/churn.joblib",
        verdict: Verdict::FailsPredict,
        class: "sklearn.pipeline.Pipeline",
        saved: "1.2.2",
        summary: "loads, then SimpleImputer has no attribute _fill_dtype at predict",
        size: 48_213,
        age: 3,
    },
    Model {
        path: "models/old/rank.pkl",
        verdict: Verdict::FailsLoad,
        class: "my_features.Ranker",
        saved: "0.24.2",
        summary: "No module named 'my_features' at load",
        size: 912,
        age: 900,
    },
    Model {
        path: "models/tree.pkl",
        verdict: Verdict::Differs,
        class: "sklearn.tree._classes.DecisionTreeClassifier",
        saved: "1.3.2",
        summary: "predict_proba returns counts where it returned fractions",
        size: 7_001,
        age: 40,
    },
    Model {
        path: "models/half.pkl",
        verdict: Verdict::Unreadable,
        class: "",
        saved: "",
        summary: "the pickle ends inside array 14 of 200",
        size: 4_096,
        age: 5,
    },
    Model {
        path: "models/price.onnx",
        verdict: Verdict::Ready,
        class: "onnx graph",
        saved: "17",
        summary: "loads and predicts as where it was saved",
        size: 2_400_000,
        age: 7,
    },
    Model {
        path: "models/boost.skops",
        verdict: Verdict::Unknown,
        class: "xgboost.sklearn.XGBClassifier",
        saved: "2.0.3",
        summary: "the environment shows no xgboost version",
        size: 88_000,
        age: 8,
    },
    Model {
        path: "models/模型/预测客户流失的随机森林-final-final-v2-really-this-one.joblib",
        verdict: Verdict::Ready,
        class: "sklearn.ensemble._forest.RandomForestClassifier",
        saved: "1.9.1",
        summary: "loads and predicts as where it was saved",
        size: 9_000_000,
        age: 1,
    },
    Model {
        path: "models/z\x1b]0;owned\x07\u{202e}e\u{301}vil.pkl",
        verdict: Verdict::FailsLoad,
        class: "posix.system",
        saved: "",
        summary: "calls posix.system at load \x1b[2J",
        size: 60,
        age: 2,
    },
];

impl Shelf {
    /// Every verdict and every kind of name.
    pub fn realistic() -> Shelf {
        Shelf(MODELS.into())
    }

    /// What README shows: ordinary names, with and without folders.
    pub fn shown() -> Shelf {
        let mut models = MODELS[..7].to_vec();
        models.extend(Shelf::foldered().0);
        Shelf(models)
    }

    /// Folders with several models, with one, and below each other.
    pub fn foldered() -> Shelf {
        let model = |path, verdict, saved, size, age| Model {
            path,
            verdict,
            class: "sklearn.pipeline.Pipeline",
            saved,
            summary: "loads and predicts as where it was saved",
            size,
            age,
        };
        Shelf(vec![
            model("models/churn/a.pkl", Verdict::Ready, "1.9.1", 2_000_000, 1),
            model(
                "models/churn/old/z.pkl",
                Verdict::FailsLoad,
                "0.24.2",
                900,
                900,
            ),
            model(
                "models/churn/b.pkl",
                Verdict::FailsPredict,
                "1.2.2",
                40_000,
                30,
            ),
            model("models/churn-eu/m.pkl", Verdict::Ready, "1.10.0", 10, 5),
            model(
                "models/price/house.joblib",
                Verdict::Differs,
                "1.3.2",
                7_000,
                400,
            ),
            model(
                "models/price/flat.joblib",
                Verdict::Ready,
                "1.9.1",
                8_000,
                2,
            ),
            model("models/top.onnx", Verdict::Ready, "17", 88_000, 8),
        ])
    }

    /// Nothing.
    pub fn empty() -> Shelf {
        Shelf(Vec::new())
    }

    fn model(&self, path: &Path) -> &Model {
        self.0
            .iter()
            .find(|model| Path::new(model.path) == path)
            .unwrap()
    }
}

pub fn environment(prefix: &str, minor: u8, sklearn: &str) -> Environment {
    let distribution = |name: &str, version: &str| Distribution {
        name: name.into(),
        version: version.into(),
        metadata: PathBuf::from(format!("{prefix}/{name}.dist-info")),
    };
    let python = PythonVersion {
        major: 3,
        minor,
        patch: Some(4),
    };
    Environment::new(
        prefix.into(),
        Some(format!("{prefix}/bin/python").into()),
        Some(python),
        Origin::Nearby,
        Vec::new(),
        vec![
            distribution("numpy", "2.1.0"),
            distribution("scikit-learn", sklearn),
        ],
    )
}

fn evidence(offset: u64, text: &str) -> Vec<Evidence> {
    vec![Evidence {
        kind: "stamped",
        file: None,
        line: None,
        offset: Some(offset),
        text: text.into(),
    }]
}

impl Work for Shelf {
    fn walk(&self, found: &mut dyn FnMut(WalkItem) -> ControlFlow<()>) {
        for model in &self.0 {
            if found(WalkItem::Candidate(model.path.into())).is_break() {
                return;
            }
        }
    }

    fn read(&self, path: &Path) -> (Artifact, Manifest) {
        let model = self.model(path);
        let facts = if model.verdict == Verdict::Unreadable {
            Err(Unreadable {
                kind: UnreadableKind::Truncated,
                reason: model.summary.into(),
                repair: Some("copy the file again: it is 12.4 KiB short".into()),
            })
        } else {
            Ok(Facts {
                executes: !model.path.ends_with("onnx"),
                ..Facts::default()
            })
        };
        let format = match path.extension().and_then(|e| e.to_str()) {
            Some("joblib") => Format::Joblib,
            Some("onnx") => Format::Onnx,
            Some("skops") => Format::Skops,
            _ => Format::Pickle,
        };
        let artifact = Artifact {
            path: path.to_path_buf(),
            format,
            compression: None,
            size: model.size,
            modified: Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000 - model.age * 86_400)),
            facts,
        };
        (artifact, manifest(model))
    }

    fn compare(&self, artifact: &Artifact, _: &Manifest, env: Option<&Environment>) -> Comparison {
        let model = self.model(&artifact.path);
        let unreadable = artifact.facts.is_err();
        match env {
            None if !unreadable => Comparison {
                verdict: Verdict::Unknown,
                summary: "there is no environment to compare with".into(),
                rows: Vec::new(),
                findings: Vec::new(),
                history: Vec::new(),
                shift: None,
                fix: None,
            },
            // The release that saved a model opens it well.
            Some(env) if saved_by(model, env) => Comparison {
                verdict: Verdict::Ready,
                ..comparison(model)
            },
            _ => comparison(model),
        }
    }

    fn trust(&self, artifact: &Artifact, _: &Manifest) -> Option<Trust> {
        let evil = artifact.path.to_string_lossy().contains("vil");
        evil.then(|| Trust {
            word: "dangerous".into(),
            names: vec!["posix.system".into()],
        })
    }

    fn digest(&self, _: &Path) -> Option<String> {
        Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into())
    }

    fn open_environment(
        &self,
        path: Option<&Path>,
    ) -> Result<Option<Environment>, EnvironmentError> {
        match path {
            None => Ok(Some(environment("/srv/app/.venv", 12, "1.9.1"))),
            Some(path) => Ok(Some(environment(&path.to_string_lossy(), 9, "1.2.2"))),
        }
    }

    fn list_environments(&self) -> Vec<Environment> {
        vec![
            environment("/srv/app/.venv", 12, "1.9.1"),
            environment("/srv/old/venv", 9, "1.2.2"),
        ]
    }

    fn figures(&self, _: &Artifact, manifest: &Manifest) -> Vec<Figure> {
        if manifest.feature_names.is_empty() {
            return Vec::new();
        }
        vec![Figure {
            title: "coefficients".into(),
            of: "LogisticRegression".into(),
            bars: vec![
                ("monthly_fee".into(), 0.204_496),
                ("tenure_months".into(), -0.136_342),
                ("support_calls".into(), 0.017_793),
            ],
            hidden: 2,
        }]
    }

    fn sample(&self, artifact: &Artifact, _: &Manifest) -> Result<Sample, TrialError> {
        if artifact.path.ends_with("rank.pkl") {
            return Err(TrialError::Sample(
                "nothing says how many features a row has".into(),
            ));
        }
        Ok(Sample {
            columns: Some(vec!["age".into(), "income".into(), "city".into()]),
            rows: vec![
                vec![
                    Cell::Int(31),
                    Cell::Float(42_000.5),
                    Cell::Text("Lyon".into()),
                ],
                vec![Cell::Int(58), Cell::Float(0.25), Cell::Missing],
            ],
            source: "generated from scaler means".into(),
            texts: false,
        })
    }

    fn sample_through(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        _: &[PathBuf],
    ) -> Result<Sample, TrialError> {
        let sample = self.sample(artifact, manifest)?;
        Ok(Sample {
            source: "generated from what scaler.pkl knows".into(),
            ..sample
        })
    }

    fn pass_through(
        &self,
        _: &Manifest,
        steps: &[PathBuf],
        sample: &Sample,
        _: &AtomicBool,
    ) -> Result<Sample, TrialError> {
        let mut rows = sample.clone();
        rows.source = format!("{}, through {} files", sample.source, steps.len());
        Ok(rows)
    }

    fn run(
        &self,
        artifact: &Artifact,
        engine: trial::Engine,
        sample: &Sample,
        _: Option<&Environment>,
        _: &AtomicBool,
    ) -> Result<Prediction, TrialError> {
        Ok(prediction(&artifact.path, engine, sample))
    }

    fn terms(&self, _: &Artifact, _: Option<&Environment>) -> Option<Sandbox> {
        Some(Sandbox {
            landlock: Some(6),
            seccomp: true,
            missing: Vec::new(),
            reads: vec!["/srv/app/.venv".into(), "the bytes of the file".into()],
            sealed: false,
            seconds: 30,
            memory: 8_000_000_000,
        })
    }
}

fn saved_by(model: &Model, env: &Environment) -> bool {
    let values = matches!(model.verdict, Verdict::Differs | Verdict::FailsPredict);
    let live = env.distribution("scikit-learn");
    values && live.is_some_and(|live| live.version == model.saved)
}

fn prediction(path: &Path, engine: trial::Engine, sample: &Sample) -> Prediction {
    let fails = engine == trial::Engine::Python && path.ends_with("churn.joblib");
    let outputs = vec![
        Output {
            method: "predict".into(),
            columns: Vec::new(),
            rows: vec![vec![Cell::Int(1)], vec![Cell::Int(0)]],
            flat: true,
        },
        Output {
            method: "predict_proba".into(),
            columns: vec!["stays".into(), "leaves".into()],
            rows: vec![
                vec![Cell::Float(0.125), Cell::Float(0.875)],
                vec![Cell::Float(1.0), Cell::Float(1.25e-9)],
            ],
            flat: false,
        },
    ];
    Prediction {
        engine,
        input_source: sample.source.clone(),
        outputs: if fails { Vec::new() } else { outputs },
        warnings: if fails {
            vec!["InconsistentVersionWarning: 1.2.2 when using 1.9.1".into()]
        } else {
            Vec::new()
        },
        outcome: if fails {
            Outcome::Raised {
                stage: "predict".into(),
                exception: "AttributeError".into(),
                message: "'SimpleImputer' object has no attribute '_fill_dtype'".into(),
                traceback: "Traceback (most recent call last):\n  File \"_base.py\", line 605"
                    .into(),
            }
        } else {
            Outcome::Finished
        },
        printed: String::new(),
        seconds: 0.42,
        run: None,
        recorded: None,
    }
}

fn manifest(model: &Model) -> Manifest {
    if model.verdict == Verdict::Unreadable {
        return Manifest::default();
    }
    let subject = if model.class.starts_with("xgboost") {
        "xgboost"
    } else if model.class == "onnx graph" {
        "onnx"
    } else {
        "scikit-learn"
    };
    let saved_with = if model.saved.is_empty() {
        Vec::new()
    } else {
        vec![Requirement {
            subject: subject.into(),
            wanted: format!("=={}", model.saved),
            basis: Basis::Stamped,
            evidence: evidence(913, "_sklearn_version"),
        }]
    };
    let step = |depth, label: &str, what: &str, details: &[(&str, &str)]| Step {
        depth,
        label: label.into(),
        what: what.into(),
        details: details
            .iter()
            .map(|(k, v)| ((*k).into(), (*v).into()))
            .collect(),
    };
    let name = |module: &str, name: &str, role| NeededName {
        module: module.into(),
        name: name.into(),
        role,
        offset: 12,
        python2: false,
    };
    let (module, class) = model.class.rsplit_once('.').unwrap_or(("", model.class));
    let role = if class == "system" {
        Role::Call
    } else {
        Role::Construct
    };
    Manifest {
        root: Some(model.class.into()),
        saved_with,
        declared: Vec::new(),
        names: vec![
            name(module, class, role),
            name("numpy._core.multiarray", "_reconstruct", Role::Call),
            name("numpy", "ndarray", Role::Reference),
        ],
        steps: vec![
            step(
                0,
                "",
                model.class,
                &[("memory", "None"), ("verbose", "False")],
            ),
            step(
                1,
                "impute",
                "sklearn.impute._base.SimpleImputer",
                &[("strategy", "'median'")],
            ),
            step(
                1,
                "scale",
                "sklearn.preprocessing._data.StandardScaler",
                &[],
            ),
            step(
                1,
                "model",
                "sklearn.linear_model._logistic.LogisticRegression",
                &[("C", "1.0"), ("penalty", "'l2'")],
            ),
        ],
        feature_count: Some(3),
        feature_names: vec!["age".into(), "income".into(), "city".into()],
        classes: vec!["stays".into(), "leaves".into()],
        protocol: Some(4),
        prepared: (model.verdict == Verdict::Differs).then(|| Prepared {
            how: "standardised",
            proven: true,
            reason: "by the support vectors every column has mean 0 and deviation 1".into(),
            by: None,
        }),
        siblings: siblings(model),
        notes: vec!["saved twice: the version was rewritten by a later dump".into()],
        stamp: None,
    }
}

/// Two steps before the model that fails.
fn siblings(model: &Model) -> Vec<Sibling> {
    if model.verdict != Verdict::FailsPredict {
        return Vec::new();
    }
    let sibling = |path: &str, relation, certainty, reason: &str| Sibling {
        path: path.into(),
        relation,
        subject: String::new(),
        line: None,
        certainty: Some(certainty),
        reason: reason.into(),
    };
    vec![
        sibling(
            "models/scaler.pkl",
            Relation::Prepares,
            Certainty::Names,
            "StandardScaler of 3 features, the very ones that the model names",
        ),
        sibling(
            "models/pca.pkl",
            Relation::Prepares,
            Certainty::Count,
            "PCA of 3 features, as many as the model takes",
        ),
    ]
}

fn comparison(model: &Model) -> Comparison {
    let row =
        |subject: &str, saved: &str, declared: &str, live: &str, status, consequence: &str| Row {
            subject: subject.into(),
            saved: saved.into(),
            declared: declared.into(),
            live: live.into(),
            status,
            consequence: consequence.into(),
            evidence: evidence(913, "_sklearn_version"),
        };
    let broken = matches!(model.verdict, Verdict::FailsPredict | Verdict::FailsLoad);
    let rows = match model.verdict {
        Verdict::Unreadable => Vec::new(),
        Verdict::FailsLoad => vec![
            row(
                "my_features",
                "needed",
                "",
                "",
                RowStatus::Missing,
                "imported at load",
            ),
            row(
                "scikit-learn",
                model.saved,
                "",
                "1.9.1",
                RowStatus::Newer,
                "",
            ),
        ],
        _ => vec![
            row(
                "scikit-learn",
                model.saved,
                "(unpinned)",
                "1.9.1",
                if broken {
                    RowStatus::Breaks
                } else {
                    RowStatus::Differs
                },
                "SimpleImputer lacks what 1.9 reads",
            ),
            row("python", ">=3.8", "3.11", "3.12.4", RowStatus::Newer, ""),
            row("numpy", "<2", "", "2.1.0", RowStatus::Same, ""),
            row("scipy", "", "", "", RowStatus::Unknown, ""),
            row("joblib", "1.4.2", "", "1.3.0", RowStatus::Older, ""),
        ],
    };
    let findings = if broken {
        vec![Finding {
            rule: "attribute-missing",
            stage: if model.verdict == Verdict::FailsLoad {
                Stage::Load
            } else {
                Stage::Predict
            },
            subject: "sklearn.impute._base.SimpleImputer".into(),
            wanted: "_fill_dtype".into(),
            found: "not among the 14 attributes saved".into(),
            exception: Some("AttributeError".into()),
            message: "'SimpleImputer' object has no attribute '_fill_dtype'".into(),
            certain: true,
            distribution: Some("scikit-learn".into()),
            evidence: evidence(2_014, "state of SimpleImputer"),
            fix: Some("load it with scikit-learn 1.2.2".into()),
        }]
    } else {
        Vec::new()
    };
    Comparison {
        verdict: model.verdict,
        summary: model.summary.into(),
        rows,
        findings,
        history: Vec::new(),
        shift: None,
        fix: broken.then(|| Fix {
            pins: vec![format!("scikit-learn=={}", model.saved)],
            command: format!("uv pip install 'scikit-learn=={}'", model.saved),
            explanation: "installs the version that wrote the file".into(),
            throw_away: Some(format!(
                "uv run --isolated --no-project --python 3.10 --with 'scikit-learn=={}' python -c 'import joblib, sys; print(type(joblib.load(sys.argv[1])))' models/{}",
                model.saved, model.path
            )),
            ..Fix::default()
        }),
    }
}
