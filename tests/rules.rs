//! A case for each rule that compares versions, layouts and names: a real file against an
//! environment in which it fires, and against one in which it must not. The messages are the ones
//! that Python really gave (`tests/demo/truth.json`, or what the installed libraries say).

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Artifact, Keep};
use shelflife::compat::{self, Finding, Stage};
use shelflife::environment::{Environment, NameLookup, Origin};
use shelflife::manifest::Manifest;

/// A virtual environment of files: a Python version, distributions, empty modules.
struct Host {
    folder: tempfile::TempDir,
    minor: u8,
}

impl Host {
    fn new(minor: u8, distributions: &[&str]) -> Host {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("base/bin")).unwrap();
        fs::create_dir_all(root.join(format!("base/lib/python3.{minor}"))).unwrap();
        fs::write(root.join(format!("base/bin/python3.{minor}")), "").unwrap();
        fs::create_dir_all(root.join("venv/bin")).unwrap();
        fs::write(root.join("venv/bin/python"), "").unwrap();
        let home = root.join("base/bin");
        let config = format!("home = {}\nversion = 3.{minor}.0\n", home.display());
        fs::write(root.join("venv/pyvenv.cfg"), config).unwrap();
        let host = Host { folder, minor };
        for distribution in distributions {
            let metadata = host.site().join(format!("{distribution}.dist-info"));
            fs::create_dir_all(metadata).unwrap();
        }
        fs::create_dir_all(host.site()).unwrap();
        host
    }

    fn site(&self) -> PathBuf {
        let below = format!("venv/lib/python3.{}/site-packages", self.minor);
        self.folder.path().join(below)
    }

    fn module(self, path: &str) -> Host {
        self.source(path, "")
    }

    fn source(self, path: &str, content: &str) -> Host {
        let file = self.site().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        self
    }

    fn open(&self) -> Environment {
        Environment::open(&self.folder.path().join("venv"), Origin::Flag).unwrap()
    }

    fn findings(&self, artifact: &Artifact, rule: &str) -> Vec<Finding> {
        let manifest = Manifest::of(artifact);
        let comparison = compat::compare(artifact, &manifest, Some(&self.open()));
        let mut findings = comparison.findings;
        findings.retain(|finding| finding.rule == rule);
        findings
    }
}

fn read(below: &str) -> Artifact {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(below);
    let artifact = artifact::read(&path, Keep::Identity);
    assert!(artifact.facts.is_ok(), "{below} reads");
    artifact
}

/// The one finding of `rule` for the file in the first host; none in the second.
fn fires(below: &str, rule: &str, fires: &Host, silent: &Host) -> Finding {
    let artifact = read(below);
    assert_eq!(silent.findings(&artifact, rule), [], "{rule} is silent");
    let mut findings = fires.findings(&artifact, rule);
    assert_eq!(findings.len(), 1, "{rule} fires once: {findings:?}");
    findings.remove(0)
}

/// What Python really said when a demo file was loaded in an environment of the matrix.
fn truth(file: &str, environment: &str) -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo/truth.json");
    let all: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let told = &all[file][environment];
    let word = |field: &str| told[field].as_str().unwrap().to_owned();
    (word("exception"), word("message"))
}

#[test]
fn tree_nodes_of_another_layout() {
    let old = Host::new(9, &["scikit_learn-1.2.2", "numpy-1.23.5"]);
    let new = Host::new(11, &["scikit_learn-1.5.2", "numpy-1.26.4"]);
    let file = "assets/demo/iris/iris_forest_2022.pkl";
    let finding = fires(file, "tree-nodes", &new, &old);
    let (exception, message) = truth("iris/iris_forest_2022.pkl", "py311-sklearn1.5");
    assert_eq!(finding.exception, Some(exception));
    assert_eq!(finding.message, message);

    let backwards = fires(
        "assets/demo/iris/iris_tree.joblib",
        "tree-nodes",
        &old,
        &new,
    );
    let (_, message) = truth("iris/iris_tree.joblib", "py39-sklearn1.2");
    assert_eq!(backwards.message, message);
}

#[test]
fn a_protocol_newer_than_the_python() {
    let file = "tests/fixtures/pickle/protocol-5.pkl";
    let finding = fires(
        file,
        "protocol-too-new",
        &Host::new(7, &[]),
        &Host::new(8, &[]),
    );
    assert_eq!(finding.exception.as_deref(), Some("ValueError"));
    assert_eq!(finding.message, "unsupported pickle protocol: 5");
}

#[test]
fn lz4_that_is_not_installed() {
    let silent = Host::new(12, &[]).module("lz4/__init__.py");
    let file = "assets/demo/price/house_price.joblib";
    let finding = fires(file, "codec-missing", &Host::new(12, &[]), &silent);
    let (exception, message) = truth("price/house_price.joblib", "py312-numpy2.3");
    assert_eq!(finding.exception, Some(exception));
    assert_eq!(finding.message, message);
}

#[test]
fn padded_arrays_under_an_old_joblib() {
    let old = Host::new(9, &["joblib-1.1.1"]);
    let new = Host::new(9, &["joblib-1.2.0"]);
    let file = "assets/demo/churn/churn_pipeline.joblib";
    let finding = fires(file, "joblib-padding", &old, &new);
    assert_eq!((finding.stage, finding.certain), (Stage::Load, true));
}

#[test]
fn bit_generators_of_numpy_2_under_numpy_1() {
    let old = Host::new(11, &["numpy-1.26.4"]);
    let new = Host::new(12, &["numpy-2.2.6"]);
    let finding = fires(
        "assets/demo/credit/bundle.joblib",
        "bit-generator",
        &old,
        &new,
    );
    let (exception, message) = truth("credit/bundle.joblib", "py311-sklearn1.5");
    assert_eq!(finding.exception, Some(exception));
    assert_eq!(finding.message, message);
}

#[test]
fn meanings_that_changed() {
    let old = Host::new(10, &["scikit_learn-1.3.2"]);
    let new = Host::new(13, &["scikit_learn-1.9.1"]);
    for file in ["iris/iris_tree.joblib", "text/ticket_router.pkl"] {
        let finding = fires(
            &format!("assets/demo/{file}"),
            "changed-meaning",
            &new,
            &old,
        );
        assert_eq!(finding.stage, Stage::Values, "{file}");
    }
}

/// What changed for a pickled object of these attributes between two releases: its findings.
fn changes(class: &str, attributes: &str, live: &str) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pkl");
    let (module, name) = class.split_once(' ').unwrap();
    fs::write(&path, format!("c{module}\n{name}\n)R(d{attributes}b.")).unwrap();
    let artifact = artifact::read(&path, Keep::Identity);
    let distribution = format!("scikit_learn-{live}");
    Host::new(11, &[&distribution]).findings(&artifact, "changed-meaning")
}

#[test]
fn several_labels_of_a_ridge_classifier() {
    let with = |kind: &str| {
        format!(
            "V_sklearn_version\nV1.2.2\nsV_label_binarizer\ncsklearn.preprocessing._label\nLabelBinarizer\n)R(dVy_type_\n\
             V{kind}\nsbs"
        )
    };
    let class = "sklearn.linear_model._ridge RidgeClassifier";
    let found = changes(class, &with("multilabel-indicator"), "0.24.2");
    assert_eq!((found.len(), found[0].stage), (1, Stage::Values));
    assert!(changes(class, &with("multilabel-indicator"), "1.5.2").is_empty());
    assert!(changes(class, &with("binary"), "0.24.2").is_empty());
}

#[test]
fn a_filling_value_that_is_kept_as_an_object() {
    let with = |kept: &str, fitted: &str| {
        let dtype = |name: &str| format!("cnumpy\ndtype\n(V{name}\nI0\nI1\ntR");
        let element = if kept == "O8" {
            "(lF-1.5\na"
        } else {
            "V\\u0000\n"
        };
        format!(
            "V_sklearn_version\nV1.8.0\nsVstrategy\nVconstant\nsV_fill_dtype\n{}sVstatistics_\n\
             cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR\
             (I1\n(I1\nt{}I00\n{element}tbs",
            dtype(fitted),
            dtype(kept)
        )
    };
    let class = "sklearn.impute._base SimpleImputer";
    let found = changes(class, &with("O8", "f8"), "1.6.1");
    assert_eq!((found.len(), found[0].stage), (1, Stage::Predict));
    assert_eq!(found[0].exception.as_deref(), Some("ValueError"));
    // Words are filled in as objects, and are objects.
    assert!(changes(class, &with("O8", "O8"), "1.6.1").is_empty());
    assert!(changes(class, &with("O8", "f8"), "1.9.1").is_empty());
}

#[test]
fn coefficients_of_least_squares_that_stand_the_other_way() {
    let with = |wide: usize| {
        format!(
            "V_sklearn_version\nV0.24.2\nsVcoef_\n\
             cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR\
             (I1\n(I4\nI{wide}\ntcnumpy\ndtype\n(VO8\nI0\nI1\ntRI00\n(l{}tbs",
            "Na".repeat(4 * wide)
        )
    };
    let class = "sklearn.cross_decomposition._pls PLSRegression";
    let found = changes(class, &with(1), "1.4.2");
    assert_eq!((found.len(), found[0].stage), (1, Stage::Predict));
    assert_eq!(found[0].exception.as_deref(), Some("ValueError"));
    assert_eq!(
        found[0].message,
        "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature \
         (n?,k),(k,m?)->(n?,m?) (size 1 is different from 4)"
    );
    // As many targets as features: no product tells.
    assert!(changes(class, &with(4), "1.4.2").is_empty());
    assert!(changes(class, &with(1), "1.0.2").is_empty());
}

#[test]
fn what_dill_rebuilds_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("function.pkl");
    let read = |arguments: usize, first: &str| {
        let rest = "I1\n".repeat(arguments - 1);
        let pickle =
            format!("cdill._dill\n_create_code\n({first}{rest}tRc__builtin__\n__main__\n.");
        fs::write(&path, pickle).unwrap();
        artifact::read(&path, Keep::Identity)
    };
    let host = |minor, dill: &str| {
        Host::new(minor, &[dill])
            .module("dill/__init__.py")
            .source("dill/_dill.py", "def _create_code(*args): pass\n")
    };
    let told = |artifact: &Artifact, host: &Host| {
        let found = host.findings(artifact, "bytecode-python");
        found
            .into_iter()
            .map(|f| (f.stage, f.certain))
            .collect::<Vec<_>>()
    };
    let old = read(16, "I1\n");
    let new = host(13, "dill-0.4.0");
    assert_eq!(told(&old, &new), [(Stage::Predict, true)]);
    assert_eq!(new.findings(&old, "module-missing"), []);
    // What 3.11 writes has more arguments than dill knew before 0.3.6.
    let long = read(19, "V\n");
    let finding = host(8, "dill-0.3.3").findings(&long, "bytecode-python");
    assert_eq!(finding[0].stage, Stage::Load);
    assert_eq!(
        finding[0].message,
        "code() takes at most 16 arguments (21 given)"
    );
}

#[test]
fn a_format_whose_library_is_missing() {
    for (file, module) in [("iris.skops", "skops"), ("iris.onnx", "onnxruntime")] {
        let silent = Host::new(12, &[]).module(&format!("{module}/__init__.py"));
        let path = format!("assets/demo/iris/{file}");
        let finding = fires(&path, "loader-missing", &Host::new(12, &[]), &silent);
        assert_eq!(finding.message, format!("No module named '{module}'"));
    }
}

#[test]
fn a_module_and_a_name_that_moved() {
    let host = Host::new(12, &["scikit_learn-1.7.2"])
        .module("sklearn/__init__.py")
        .module("sklearn/linear_model/__init__.py")
        .module("sklearn/linear_model/_logistic.py");
    let missing = host.findings(
        &read("assets/demo/archive/scoring_2019.pkl"),
        "module-missing",
    );
    let told: Vec<&str> = missing.iter().map(|f| f.message.as_str()).collect();
    let (_, message) = truth("archive/scoring_2019.pkl", "py312-sklearn1.7");
    assert!(told.contains(&message.as_str()), "{told:?}");
    let missing = host.findings(
        &read("assets/demo/churn/churn_logreg.joblib"),
        "name-missing",
    );
    assert_eq!(missing.len(), 1);
    assert!(
        missing[0].message.contains("LogisticRegression")
            && missing[0].message.contains("_logistic.py"),
        "{}",
        missing[0].message
    );
}

#[test]
fn bytecode_of_another_python() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("function.pkl");
    // types.CodeType called with as many arguments as Python 3.7 and older give it.
    let pickle = format!("ctypes\nCodeType\n({}tR.", "I1\n".repeat(15));
    fs::write(&path, pickle).unwrap();
    let artifact = artifact::read(&path, Keep::Identity);
    let certain = |minor| {
        let findings = Host::new(minor, &[]).findings(&artifact, "bytecode-python");
        assert_eq!(findings.len(), 1);
        findings[0].certain
    };
    assert!(certain(12), "the arity is another Python's");
    assert!(
        !certain(7),
        "the arity fits; the minor version stays a doubt"
    );
}

/// The one finding of `rule` for a pickle of these opcodes in the first host; none in the second.
fn told(pickle: &str, rule: &str, fires: &Host, silent: &Host) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pkl");
    fs::write(&path, pickle).unwrap();
    let artifact = artifact::read(&path, Keep::Identity);
    assert_eq!(silent.findings(&artifact, rule), [], "{rule} is silent");
    let findings = fires.findings(&artifact, rule);
    assert_eq!(findings.len(), 1, "{rule} fires once: {findings:?}");
    assert_eq!(
        (findings[0].stage, findings[0].certain),
        (Stage::Load, true)
    );
    let exception = findings[0].exception.clone().unwrap();
    (exception, findings[0].message.clone())
}

#[test]
fn a_module_whose_imports_fail() {
    // imbalanced-learn 0.12 beside scikit-learn 1.8, and beside 1.5.
    let with = |tags: &str| {
        Host::new(11, &["imbalanced_learn-0.12.4", "scikit_learn-1.8.0"])
            .module("sklearn/__init__.py")
            .module("sklearn/utils/__init__.py")
            .source("sklearn/utils/_tags.py", tags)
            .module("imblearn/__init__.py")
            .source(
                "imblearn/pipeline.py",
                "from .base import Sampler\n\nclass Pipeline: pass\n",
            )
            .source(
                "imblearn/base.py",
                "from sklearn.utils._tags import _safe_tags\n",
            )
    };
    let fires = with("def get_tags(x): pass\n");
    let pipeline = "cimblearn.pipeline\nPipeline\n)R.";
    let silent = with("def _safe_tags(x): pass\n");
    let (exception, message) = told(pipeline, "import-fails", &fires, &silent);
    assert_eq!(exception, "ImportError");
    let file = fs::canonicalize(fires.site())
        .unwrap()
        .join("sklearn/utils/_tags.py");
    assert_eq!(
        message,
        format!(
            "cannot import name '_safe_tags' from 'sklearn.utils._tags' ({})",
            file.display()
        )
    );

    // scikit-learn 1.7 without threadpoolctl.
    let bare = || {
        Host::new(11, &["scikit_learn-1.7.2"])
            .source("sklearn/__init__.py", "import threadpoolctl\n")
            .source("sklearn/tree.py", "class Tree: pass\n")
    };
    let tree = "csklearn.tree\nTree\n)R.";
    let silent = bare().module("threadpoolctl.py");
    let (exception, message) = told(tree, "import-fails", &bare(), &silent);
    assert_eq!(exception, "ModuleNotFoundError");
    assert_eq!(message, "No module named 'threadpoolctl'");
}

#[test]
fn a_compiled_module_built_for_numpy_1() {
    let built = "\0_ARRAY_API is NULL pointer\0numpy.core._multiarray_umath\0numpy.core.multiarray failed to import\0";
    let with = |numpy: &str| {
        Host::new(11, &["scipy-1.10.1", numpy])
            .source("scipy/sparse/__init__.py", "from ._csr import csr_matrix\n")
            .source(
                "scipy/sparse/_csr.py",
                "from . import _sparsetools\n\nclass csr_matrix: pass\n",
            )
            .source(
                "scipy/sparse/_sparsetools.cpython-311-x86_64-linux-gnu.so",
                built,
            )
            .module("scipy/__init__.py")
    };
    let matrix = "cscipy.sparse._csr\ncsr_matrix\n)R.";
    let silent = with("numpy-1.26.4");
    let (exception, message) = told(matrix, "import-fails", &with("numpy-2.0.2"), &silent);
    assert_eq!(exception, "ImportError");
    assert_eq!(message, "numpy.core.multiarray failed to import");
}

#[test]
fn a_call_with_more_arguments_than_the_class_takes() {
    // pandas 3 passes two to its text dtype, pandas 2.2 takes one.
    let with = |minor, parameters: &str| {
        let init = format!("class StringDtype:\n    def __init__(self, {parameters}): pass\n");
        Host::new(minor, &["pandas-2.2.3"])
            .module("pandas/__init__.py")
            .source("pandas/string_.py", &init)
    };
    let dtype = "cpandas.string_\nStringDtype\n(Vpython\nF1.0\ntR.";
    let (old, new) = ("storage=None", "storage=None, na_value=None");
    let (exception, message) = told(dtype, "call-arity", &with(12, old), &with(12, new));
    assert_eq!(exception, "TypeError");
    let rest = "takes from 1 to 2 positional arguments but 3 were given";
    assert_eq!(message, format!("StringDtype.__init__() {rest}"));
    // Before 3.10 Python does not name the class.
    let (_, message) = told(dtype, "call-arity", &with(9, old), &with(9, new));
    assert_eq!(message, format!("__init__() {rest}"));
}

#[test]
fn a_compiled_class_whose_members_changed() {
    let with = |accepted: &str| {
        let text = format!("\0Incompatible checksums (%s vs {accepted} = (_dtype, _ndarray))\0");
        Host::new(9, &["pandas-1.3.5"])
            .module("pandas/__init__.py")
            .module("pandas/_libs/__init__.py")
            .source("pandas/_libs/arrays.cpython-39-x86_64-linux-gnu.so", &text)
    };
    let backed = "cpandas._libs.arrays\n__pyx_unpickle_NDArrayBacked\n(cpandas\nx\nI82904607\nNtR.";
    let (fires, silent) = (with("0xd555cb8"), with("0x4f1061f"));
    let (exception, message) = told(backed, "cython-checksum", &fires, &silent);
    assert_eq!(exception, "PickleError");
    assert_eq!(
        message,
        "Incompatible checksums (82904607 vs 0xd555cb8 = (_dtype, _ndarray))"
    );
}

#[test]
fn what_compiled_pandas_refuses() {
    let slice = "cbuiltins\nslice\n(I0\nI2\nI1\ntR";
    let new_block = "cpandas.core.internals.blocks\nnew_block\n";
    let called = format!("{new_block}(N{slice}I2\ntR.");
    // The way in which 1.3 writes it: with one argument bound beforehand.
    let bound =
        format!("cfunctools\npartial\n({new_block}tR({new_block}(dVndim\nI2\nsNtb(N{slice}tR.");
    let (new, old) = (
        Host::new(11, &["pandas-2.1.4"]),
        Host::new(10, &["pandas-1.5.3"]),
    );
    for pickle in [called, bound] {
        let (exception, message) = told(&pickle, "pandas-blocks", &new, &old);
        assert_eq!(exception, "TypeError");
        assert_eq!(
            message,
            "Argument 'placement' has incorrect type (expected \
             pandas._libs.internals.BlockPlacement, got slice)"
        );
    }

    let stamp = "cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n(I0\nNNI10\ntR.";
    let (old, new) = (
        Host::new(9, &["pandas-1.3.5"]),
        Host::new(10, &["pandas-1.5.3"]),
    );
    let (exception, message) = told(stamp, "pandas-blocks", &old, &new);
    assert_eq!(exception, "TypeError");
    assert_eq!(
        message,
        "_unpickle_timestamp() takes exactly 3 positional arguments (4 given)"
    );

    let two = "cpandas._libs.arrays\n__pyx_unpickle_NDArrayBacked\n(cpandas\nx\nI1\nNtR(NNtb.";
    let (old, new) = (
        Host::new(12, &["pandas-2.3.3"]),
        Host::new(13, &["pandas-3.0.0"]),
    );
    let (exception, _) = told(two, "pandas-blocks", &old, &new);
    assert_eq!(exception, "NotImplementedError");
}

#[test]
fn members_of_a_class_that_a_kept_module_hands_on() {
    let shim = "from pack.lib import old\n__all__ = ['Thing']\ndef __getattr__(name):\n    return old(all=__all__, attribute=name)\n";
    let host = Host::new(12, &["pack-1.0"])
        .source("pack/__init__.py", "from ._thing import Thing\n")
        .source("pack/_thing.py", "class Thing:\n    def run(self): pass\n")
        .module("pack/lib.py")
        .source("pack/thing.py", shim);
    let environment = host.open();
    let look = |name: &str| environment.name("pack.thing", name);
    assert!(matches!(look("Thing.run"), NameLookup::Defined { .. }));
    assert!(matches!(look("Thing.gone"), NameLookup::Missing { .. }));
    assert!(!matches!(look("Other"), NameLookup::Defined { .. }));
}
