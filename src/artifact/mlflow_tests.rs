//! Descriptions with their folders, whole, damaged and hostile.

use super::*;

fn directory(mlmodel: &str, files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(MLMODEL), mlmodel).unwrap();
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }
    directory
}

const SKLEARN: &str = "flavors:\n  python_function:\n    model_path: other.pkl\n    python_version: 3.9.7\n\
\x20 sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.10\nmlflow_version: 2.3.0\n\
saved_input_example_info:\n  artifact_path: input_example.json\nsignature:\n\
\x20 inputs: '[{\"type\": \"double\", \"name\": \"a\"}, {\"type\": \"long\", \"name\": \"b\"}]'\n";

#[test]
fn the_flavors_own_file_goes_before_the_generic_one() {
    let directory = directory(SKLEARN, &["model.pkl", "other.pkl", "input_example.json"]);
    let found = model(directory.path()).unwrap();
    assert_eq!(found.model_file, Some(directory.path().join("model.pkl")));
    assert_eq!(found.flavors, ["sklearn", "python_function"]);
    assert_eq!(
        found.input_example,
        Some(directory.path().join("input_example.json"))
    );
    let inputs = found.inputs.unwrap();
    assert_eq!(
        (inputs.count, &inputs.names[..], &inputs.types[..]),
        (
            Some(2),
            &["a".to_owned(), "b".to_owned()][..],
            &["double".to_owned(), "long".to_owned()][..]
        )
    );
    let stamps: Vec<(&str, &str)> = found
        .stamps
        .iter()
        .map(|s| (s.subject.as_str(), s.version.as_str()))
        .collect();
    assert_eq!(
        stamps,
        [
            ("python", "3.9.7"),
            ("scikit-learn", "1.10"),
            ("mlflow", "2.3.0")
        ]
    );
    assert_eq!(
        found.stamps[1].file,
        Some((directory.path().join(MLMODEL), 7))
    );
}

#[test]
fn no_path_leads_out_of_the_directory() {
    for path in ["../model.pkl", "/etc/passwd", "a/../../model.pkl", ""] {
        let content = format!("flavors:\n  sklearn:\n    pickled_model: '{path}'\n");
        let outer = directory(&content, &["model.pkl", "inner/x"]);
        let inner = outer.path().join("inner");
        fs::write(inner.join(MLMODEL), &content).unwrap();
        assert_eq!(model(&inner).unwrap().model_file, None, "{path}");
    }
    #[cfg(unix)]
    {
        let outer = directory("", &["model.pkl", "inner/x"]);
        let inner = outer.path().join("inner");
        fs::write(
            inner.join(MLMODEL),
            "flavors: {sklearn: {pickled_model: link.pkl}}",
        )
        .unwrap();
        std::os::unix::fs::symlink("../model.pkl", inner.join("link.pkl")).unwrap();
        assert_eq!(model(&inner).unwrap().model_file, None);
    }
}

#[test]
fn a_directory_reads_as_its_model_with_more_known_about_it() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/assets/demo/price/price_mlflow"
    );
    let artifact = crate::artifact::read(path.as_ref(), crate::artifact::Keep::Identity);
    assert_eq!(artifact.format, crate::artifact::Format::Mlflow);
    assert!(artifact.size > 1000);
    let facts = artifact.facts.unwrap();
    assert!(facts.inner.unwrap().ends_with("price_mlflow/model.pkl"));
    assert!(facts.objects.is_some() && facts.executes);
    assert_eq!(facts.inputs.unwrap().names, ["area", "rooms", "year"]);
    assert!(
        facts
            .stamps
            .iter()
            .any(|stamp| stamp.subject == "scikit-learn")
    );

    let directory = directory("flavors: {sklearn: {pickled_model: m.pkl}}", &[]);
    let artifact = crate::artifact::read(directory.path(), crate::artifact::Keep::Identity);
    assert_eq!(
        artifact.facts.unwrap_err().reason,
        "MLmodel names m.pkl, and no such file is in the directory"
    );
}

#[test]
fn damaged_descriptions_say_so() {
    for (content, reason) in [
        ("", "MLmodel is empty"),
        ("a: [", "MLmodel is not YAML"),
        ("a: 1", "MLmodel names no flavor"),
    ] {
        let directory = directory(content, &[]);
        assert_eq!(model(directory.path()).unwrap_err().reason, reason);
    }
}

#[test]
fn tensors_count_their_columns() {
    let inputs = signature(
        "[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float64\", \"shape\": [-1, 4]}}]",
    )
    .unwrap();
    assert_eq!(
        (inputs.count, &inputs.types[..]),
        (Some(4), &["float64".to_owned()][..])
    );
    assert_eq!(signature("nonsense"), None);
}
