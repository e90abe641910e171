//! Which files and folders a walk takes for models, on friendly and on hostile trees.

use std::fs;
use std::path::{Path, PathBuf};

use shelflife::artifact::{self, Artifact, Format, Keep, UnreadableKind};
use shelflife::manifest::Manifest;

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

/// Candidates below a folder, as paths relative to it, and troubles.
fn walked(root: &Path) -> (Vec<String>, Vec<String>) {
    use shelflife::shelf::WalkItem;
    let (mut candidates, mut troubles) = (Vec::new(), Vec::new());
    shelflife::shelf::walk(&[root.to_owned()], &mut |item| {
        match item {
            WalkItem::Candidate(path) => {
                let below = path.strip_prefix(root).unwrap();
                candidates.push(below.to_string_lossy().into_owned());
            }
            WalkItem::Trouble(words) => troubles.push(words),
            WalkItem::Waiting => {}
            WalkItem::Unanswered(folder) => troubles.push(folder.display().to_string()),
        }
        std::ops::ControlFlow::Continue(())
    });
    (candidates, troubles)
}

fn make(root: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

#[test]
fn only_what_a_description_describes_is_claimed() {
    let root = tempfile::tempdir().unwrap();
    let sklearn = r#"{"sklearn": {"model": {"file": "m.pkl"}}}"#;
    make(
        root.path(),
        &[
            // Another model in a claimed folder, and below it, stays a row.
            ("claimed/config.json", sklearn),
            ("claimed/m.pkl", "x"),
            ("claimed/other.pkl", "x"),
            ("claimed/sub/third.pkl", "x"),
            // The described file is not there.
            ("gone/config.json", sklearn),
            ("gone/n.pkl", "x"),
            // A configuration of another kind.
            ("kind/config.json", r#"{"model_type": "forest", "seed": 1}"#),
            ("kind/model.pkl", "x"),
            ("list/config.json", "[1]"),
            ("list/model.pkl", "x"),
            ("yaml/model.yaml", "module: bentoml.sklearn\n"),
            ("yaml/saved_model.pkl", "x"),
            ("meta/meta.json", r#"{"lang": "en", "pipeline": []}"#),
            ("meta/config.cfg", ""),
            ("meta/a.pkl", "x"),
            (
                "card/README.md",
                "---\nlibrary_name: sklearn\nmodel_file: ../list/model.pkl\n---\n",
            ),
            ("card/b.pkl", "x"),
            // Weights of transformers, with what its trainer leaves.
            (
                "bert/config.json",
                r#"{"model_type": "bert", "architectures": ["BertModel"]}"#,
            ),
            ("bert/pytorch_model.bin", "x"),
            ("bert/training_args.bin", "x"),
        ],
    );
    assert_eq!(
        walked(root.path()).0,
        [
            "bert",
            "card/b.pkl",
            "claimed",
            "claimed/other.pkl",
            "claimed/sub/third.pkl",
            "gone/n.pkl",
            "kind/model.pkl",
            "list/model.pkl",
            "meta/a.pkl",
            "yaml/saved_model.pkl",
        ]
    );
}

#[test]
fn joblib_side_files_and_model_archives_are_walked_right() {
    assert_eq!(
        walked(&fixture("joblib_beside")).0,
        ["fortran.pkl", "moved.pkl", "small.pkl"]
    );
    let root = tempfile::tempdir().unwrap();
    make(
        root.path(),
        &[
            ("model.tar.gz", "x"),
            ("data.tar.gz", "x"),
            ("alone_01.npy", "x"),
        ],
    );
    assert_eq!(walked(root.path()).0, ["alone_01.npy", "model.tar.gz"]);
}

#[cfg(unix)]
#[test]
fn hostile_descriptions_neither_recurse_nor_escape() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("secret.pkl"), b"\x80\x04N.").unwrap();
    let secret = root.path().join("secret.pkl");
    let secret = secret.to_str().unwrap();
    for (number, path) in [
        ".",
        "..",
        "./",
        "",
        "../secret.pkl",
        secret,
        "link.pkl",
        "loop",
    ]
    .iter()
    .enumerate()
    {
        let folder = root.path().join(format!("m{number}"));
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink("../secret.pkl", folder.join("link.pkl")).unwrap();
        std::os::unix::fs::symlink(".", folder.join("loop")).unwrap();
        let flavors = format!("flavors:\n  sklearn: {{pickled_model: '{path}', code: '{path}'}}\n");
        fs::write(folder.join("MLmodel"), flavors).unwrap();
        let (artifact, _) = read(&folder);
        assert_eq!(artifact.format, Format::Mlflow);
        assert!(artifact.facts.is_err(), "{path}");
        fs::remove_file(folder.join("MLmodel")).unwrap();

        if *path != "link.pkl" {
            let config = serde_json::json!({"sklearn": {"model": {"file": path}}});
            fs::write(folder.join("config.json"), config.to_string()).unwrap();
            assert!(artifact::folder::describe(&folder).is_none(), "{path}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_walked_or_read_is_told_and_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    let root = tempfile::tempdir().unwrap();
    let here = root.path();
    make(
        here,
        &[
            ("a/one.pkl", "x"),
            ("locked/two.pkl", "x"),
            ("z/three.pkl", "x"),
        ],
    );
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.pkl");
    fs::write(here.join(odd), b"\x80\x04N.").unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(here.join("pipe.pkl"))
        .arg(here.join("notes"))
        .status();
    let _socket = std::os::unix::net::UnixListener::bind(here.join("socket.model")).unwrap();
    symlink(here, here.join("back.pkl")).unwrap();
    symlink(here.join("nowhere.pkl"), here.join("broken.pkl")).unwrap();
    fs::set_permissions(here.join("locked"), fs::Permissions::from_mode(0o0)).unwrap();

    let (candidates, troubles) = walked(here);
    let readable = fs::read_dir(here.join("locked")).is_ok();
    fs::set_permissions(here.join("locked"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut wanted = vec!["a/one.pkl", "broken.pkl", "caf\u{fffd}.pkl", "z/three.pkl"];
    // The superuser looks into every folder.
    if readable {
        wanted.insert(3, "locked/two.pkl");
    } else {
        assert!(
            troubles
                .iter()
                .any(|t| t.contains("locked cannot be looked into"))
        );
    }
    assert_eq!(candidates, wanted);
    if made.is_ok_and(|status| status.success()) {
        assert!(
            troubles
                .iter()
                .any(|t| t.ends_with("pipe.pkl is skipped: it is a FIFO")),
            "{troubles:?}"
        );
        // Named directly, it is a row with a reason and does not block.
        let (artifact, _) = read(&here.join("pipe.pkl"));
        assert_eq!(artifact.facts.unwrap_err().kind, UnreadableKind::Io);
    }
    assert!(
        troubles.iter().any(|t| t.ends_with("it is a socket")),
        "{troubles:?}"
    );

    let (artifact, manifest) = read(&here.join(odd));
    assert!(artifact.facts.is_ok());
    assert_eq!(manifest.root.as_deref(), Some("None"));
    // Gone since it was walked.
    let (artifact, _) = read(&here.join("broken.pkl"));
    assert_eq!(artifact.facts.unwrap_err().kind, UnreadableKind::Io);
}
