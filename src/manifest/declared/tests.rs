//! Small trees with one kind of file each, and the order of what is found in them.

use std::fs;
use std::path::Path;

use super::*;

/// A tree from `(path, content)`; the artifact is `shelf/deep/model.pkl`, the shelf `shelf`.
fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("shelf/deep")).unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn found(folder: &Path) -> Vec<(String, String, String, u32)> {
    let shelf = folder.join("shelf");
    declared(&shelf.join("deep/model.pkl"), &shelf)
        .into_iter()
        .map(|declaration| {
            let file = declaration
                .file
                .strip_prefix(folder)
                .unwrap_or(&declaration.file);
            (
                declaration.requirement.subject,
                declaration.requirement.wanted,
                file.to_string_lossy().into_owned(),
                declaration.line,
            )
        })
        .collect()
}

/// What one file beside the artifact declares.
fn beside(name: &str, content: &str) -> Vec<(String, String, u32)> {
    let folder = tree(&[(&format!("shelf/deep/{name}"), content.as_bytes())]);
    found(folder.path())
        .into_iter()
        .map(|(subject, wanted, _, line)| (subject, wanted, line))
        .collect()
}

fn wish(subject: &str, wanted: &str, line: u32) -> (String, String, u32) {
    (subject.into(), wanted.into(), line)
}

#[test]
fn the_nearest_file_comes_first_and_the_climb_ends_at_the_repository() {
    let folder = tree(&[
        ("requirements.txt", b"outside==1\n"),
        ("repo/.git/HEAD", b""),
        ("repo/requirements.txt", b"numpy==1\nscipy==1\n"),
        ("repo/shelf/requirements.txt", b"numpy==2\n"),
        ("repo/shelf/deep/requirements.txt", b"numpy==3\n"),
        ("repo/shelf/other/requirements.txt", b"numpy==4\n"),
    ]);
    let shelf = folder.path().join("repo/shelf");
    let all = declared(&shelf.join("deep/model.pkl"), &shelf);
    let wishes: Vec<String> = all
        .iter()
        .map(|d| format!("{}{}", d.requirement.subject, d.requirement.wanted))
        .collect();
    assert_eq!(wishes, ["numpy==3", "numpy==2", "numpy==1", "scipy==1"]);
    assert_eq!(all[0].file, shelf.join("deep/requirements.txt"));
    let evidence = &all[3].requirement.evidence[0];
    assert_eq!((evidence.kind, evidence.line), ("declared", Some(2)));
    assert!(
        evidence
            .file
            .as_ref()
            .unwrap()
            .ends_with("repo/requirements.txt")
    );
}

#[test]
fn without_a_repository_nothing_above_the_shelf_is_read() {
    let folder = tree(&[
        ("requirements.txt", b"outside==1\n"),
        ("shelf/requirements.txt", b"inside==1\n"),
    ]);
    assert_eq!(
        found(folder.path()),
        [(
            "inside".into(),
            "==1".into(),
            "shelf/requirements.txt".into(),
            1
        )]
    );
}

#[test]
fn a_directory_artifact_is_its_own_first_folder() {
    let folder = tree(&[
        ("shelf/deep/requirements.txt", b"numpy==1\n"),
        ("shelf/requirements.txt", b"numpy==2\n"),
    ]);
    let shelf = folder.path().join("shelf");
    let all = declared(&shelf.join("deep"), &shelf);
    assert_eq!(all[0].requirement.wanted, "==1");
    // A single file named by the user: its folder is the shelf.
    fs::write(shelf.join("deep/model.pkl"), b"").unwrap();
    let file = shelf.join("deep/model.pkl");
    let all = declared(&file, &file);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].file, shelf.join("deep/requirements.txt"));
}

#[test]
fn lists_are_read_in_any_encoding_and_follow_their_neighbours() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(
            "scikit-learn==0.24.2\r\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes),
        )
        .collect();
    let folder = tree(&[
        (
            "shelf/deep/requirements.txt",
            b"\xef\xbb\xbfnumpy==1.19.5\r\n-r base.txt\r\n-r ../requirements.txt\n",
        ),
        ("shelf/deep/base.txt", b"-r requirements.txt\njoblib==1.0\n"),
        ("shelf/deep/requirements-dev.txt", &utf16),
    ]);
    let wishes: Vec<(String, String)> = found(folder.path())
        .into_iter()
        .map(|(s, w, ..)| (s, w))
        .collect();
    let wanted = [
        ("numpy", "==1.19.5"),
        ("joblib", "==1.0"),
        ("scikit-learn", "==0.24.2"),
    ];
    assert_eq!(wishes, wanted.map(|(s, w)| (s.to_owned(), w.to_owned())));
}

#[test]
fn conda_files_have_a_conda_and_a_pip_part() {
    let text = "name: env\nchannels: [conda-forge]\ndependencies:\n- python=3.9\n- numpy=1.21.5=py39h1\n\
- conda-forge::pandas>=1.3,<2\n- _libgcc_mutex=0.1\n- pytorch\n- pip:\n  - scikit-learn==1.2.2\n  - lightgbm\n";
    assert_eq!(
        beside("environment.yml", text),
        [
            wish("python", "==3.9.*", 4),
            wish("numpy", "==1.21.5", 5),
            wish("pandas", ">=1.3,<2", 6),
            wish("torch", "", 8),
            wish("scikit-learn", "==1.2.2", 10),
            wish("lightgbm", "", 11),
        ]
    );
}

#[test]
fn mlflow_files_name_the_versions_of_their_flavors() {
    let text = "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    python_version: 3.8.10\n\
\x20 sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.10\n  xgboost:\n    xgb_version: 1.7.1\n\
mlflow_version: 2.3.0\nsignature:\n  inputs: '[{\"name\": \"a\"}]'\n";
    assert_eq!(
        beside("MLmodel", text),
        [
            wish("python", "==3.8.10", 4),
            wish("scikit-learn", "==1.10", 7),
            wish("xgboost", "==1.7.1", 9),
            wish("mlflow", "==2.3.0", 10),
        ]
    );
    let text = "python: 3.12.1\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n- numpy==2.1\n";
    assert_eq!(
        beside("python_env.yaml", text),
        [wish("python", "==3.12.1", 1), wish("numpy", "==2.1", 6)]
    );
}

#[test]
fn bentoml_and_model_repositories_are_read() {
    let text = "name: iris\ncontext:\n  framework_name: sklearn\n  framework_versions:\n    scikit-learn: 1.2.2\n\
\x20 bentoml_version: 1.0.20\n  python_version: 3.10.11\n";
    assert_eq!(
        beside("model.yaml", text),
        [
            wish("scikit-learn", "==1.2.2", 5),
            wish("python", "==3.10.11", 7),
            wish("bentoml", "==1.0.20", 6),
        ]
    );
    let text = "{\"sklearn\": {\n  \"environment\": [\n    \"scikit-learn=\\\"1.0.2\\\"\",\n    \"pandas\"\n  ]}}";
    assert_eq!(
        beside("config.json", text),
        [wish("scikit-learn", "==1.0.2", 3), wish("pandas", "", 4)]
    );
    assert!(beside("config.json", "{\"architectures\": []}").is_empty());
}

#[test]
fn projects_and_their_locks_are_read() {
    let text = "[project]\nname = \"x\"\nrequires-python = \">=3.9\"\ndependencies = [\n  \"numpy>=1.20\",\n  \"scikit-learn\",\n]\n\
[project.optional-dependencies]\ndev = [\"pytest\"]\n";
    assert_eq!(
        beside("pyproject.toml", text),
        [
            wish("python", ">=3.9", 3),
            wish("numpy", ">=1.20", 5),
            wish("scikit-learn", "", 6),
        ]
    );
    let text = "[tool.poetry.dependencies]\npython = \"^3.9\"\nscikit-learn = {version = \"1.2.2\", extras = [\"x\"]}\n\
torch = {version = \"^2\", optional = true}\nlocal = {path = \"../x\"}\n";
    assert_eq!(
        beside("pyproject.toml", text),
        [
            wish("python", ">=3.9,<4", 2),
            wish("scikit-learn", "==1.2.2", 3),
            wish("local", "", 5),
        ]
    );
    let text = "version = 1\nrequires-python = \">=3.12\"\n[[package]]\nname = \"numpy\"\nversion = \"1.26.4\"\n\
[[package]]\nname = \"numpy\"\nversion = \"2.1.0\"\n[[package]]\nname = \"me\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n";
    assert_eq!(
        beside("uv.lock", text),
        [
            wish("python", ">=3.12", 2),
            wish("numpy", "==1.26.4", 5),
            wish("numpy", "==2.1.0", 8),
        ]
    );
    let text = "lock-version = \"1.0\"\n[[packages]]\nname = \"joblib\"\nversion = \"1.5.2\"\n";
    assert_eq!(
        beside("pylock.prod.toml", text),
        [wish("joblib", "==1.5.2", 4)]
    );
    let text = "{\n \"_meta\": {\"requires\": {\n  \"python_version\": \"3.8\"}},\n \"default\": {\n  \"numpy\": {\n   \"version\": \"==1.2\"}}}";
    assert_eq!(
        beside("Pipfile.lock", text),
        [wish("python", "==3.8.*", 3), wish("numpy", "==1.2", 5)]
    );
}

#[test]
fn interpreters_are_named_by_small_files_and_recipes() {
    assert_eq!(
        beside("runtime.txt", "python-3.9.7\n"),
        [wish("python", "==3.9.7", 1)]
    );
    assert_eq!(
        beside(".python-version", "3.11\n"),
        [wish("python", "==3.11.*", 1)]
    );
    assert!(beside(".python-version", "my-virtualenv\n").is_empty());
    let text = "ARG VERSION=3.10\n# base\nFROM --platform=linux/amd64 docker.io/library/python:${VERSION}-slim AS base\n\
RUN apt-get install -y gcc && \\\n    pip install --no-cache-dir -r requirements.txt 'scikit-learn==1.2.2' $MORE && \\\n    python -m pip install numpy\n\
FROM nginx:1.17\n";
    assert_eq!(
        beside("Dockerfile", text),
        [
            wish("python", "==3.10.*", 3),
            wish("scikit-learn", "==1.2.2", 4),
            wish("numpy", "", 4),
        ]
    );
}

#[test]
fn what_is_too_large_or_no_regular_file_is_left_alone() {
    let large = "numpy==1\n".repeat(200_000);
    assert!(beside("requirements.txt", &large).is_empty());
    let folder = tree(&[]);
    fs::create_dir(folder.path().join("shelf/deep/requirements.txt")).unwrap();
    assert!(found(folder.path()).is_empty());
}

#[test]
fn damaged_files_declare_nothing() {
    for name in [
        "MLmodel",
        "conda.yaml",
        "model.yaml",
        "config.json",
        "uv.lock",
        "Pipfile.lock",
        "pyproject.toml",
    ] {
        assert!(beside(name, "\u{0}[[[{\"\n\t: &*").is_empty(), "{name}");
    }
}
