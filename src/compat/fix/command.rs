//! Commands for a POSIX shell: the change in place, and the throw-away line that opens the file.
//! Words and quoting only; which releases go into them is decided elsewhere.

use std::path::Path;

use crate::artifact::{Artifact, Format};
use crate::environment::Environment;
use crate::text;

/// How a format is opened: what Python runs, with the path as its first argument, and the library
/// that it takes beyond those that the file's names tell.
pub struct Opener {
    pub code: &'static str,
    pub library: Option<&'static str>,
}

const PICKLE: &str = r#"import pickle, sys; print(type(pickle.load(open(sys.argv[1], "rb"))))"#;
const LATIN: &str =
    r#"import pickle, sys; print(type(pickle.load(open(sys.argv[1], "rb"), encoding="latin1")))"#;
const JOBLIB: &str = "import joblib, sys; print(type(joblib.load(sys.argv[1])))";
const SKOPS: &str = "import sys, skops.io as s; p = sys.argv[1]; \
                     print(type(s.load(p, trusted=s.get_untrusted_types(file=p))))";
const ONNX: &str = "import onnxruntime, sys; \
                    print([i.name for i in onnxruntime.InferenceSession(sys.argv[1]).get_inputs()])";
const XGBOOST: &str = "import xgboost, sys; b = xgboost.Booster(); b.load_model(sys.argv[1]); \
                       print(b.num_features())";
const LIGHTGBM: &str =
    "import lightgbm, sys; print(lightgbm.Booster(model_file=sys.argv[1]).num_feature())";
const CATBOOST: &str = "import catboost, sys; print(catboost.CatBoost().load_model(sys.argv[1]))";
const TORCH: &str = r#"import torch, sys; print(type(torch.load(sys.argv[1], map_location="cpu", weights_only=False)))"#;
const NUMPY: &str = "import numpy, sys; print(type(numpy.load(sys.argv[1], allow_pickle=True)))";

/// How `artifact` is opened; `None` for formats that one line does not open.
pub fn opener(artifact: &Artifact, python2_text: bool) -> Option<Opener> {
    let with = |code, library| Some(Opener { code, library });
    match artifact.format {
        // joblib looks through compressions that pickle would not.
        Format::Pickle if artifact.compression.is_some() => with(JOBLIB, Some("joblib")),
        Format::Pickle if python2_text => with(LATIN, None),
        Format::Pickle => with(PICKLE, None),
        Format::Joblib => with(JOBLIB, Some("joblib")),
        Format::Skops => with(SKOPS, Some("skops")),
        Format::Onnx => with(ONNX, Some("onnxruntime")),
        Format::Xgboost => with(XGBOOST, Some("xgboost")),
        Format::Lightgbm => with(LIGHTGBM, Some("lightgbm")),
        Format::Catboost => with(CATBOOST, Some("catboost")),
        Format::Torch => with(TORCH, Some("torch")),
        Format::Npy | Format::Npz => with(NUMPY, Some("numpy")),
        _ => None,
    }
}

/// The change in place.
pub fn install(environment: &Environment, specifiers: &[String]) -> String {
    let target = environment
        .interpreter
        .as_deref()
        .unwrap_or(&environment.prefix);
    let quoted: Vec<String> = specifiers.iter().map(|s| quote(s)).collect();
    format!(
        "uv pip install --python {} {}",
        quote(&target.to_string_lossy()),
        quoted.join(" ")
    )
}

/// The line that makes an environment, opens `path` in it and throws it away. `None` for a path
/// that cannot be typed: one with control characters or bytes that are no text.
pub fn throw_away(
    python: &str,
    specifiers: &[String],
    import_from: Option<&Path>,
    opener: &Opener,
    path: &Path,
) -> Option<String> {
    let with: Vec<String> = specifiers
        .iter()
        .map(|s| format!("--with {} ", quote(s)))
        .collect();
    let modules = match import_from {
        Some(folder) => format!("PYTHONPATH={} ", typed(folder)?),
        None => String::new(),
    };
    Some(format!(
        "{modules}uv run --isolated --no-project --python {python} {}python -c {} {}",
        with.concat(),
        quote(opener.code),
        typed(path)?,
    ))
}

fn typed(path: &Path) -> Option<String> {
    let words = path.to_str()?;
    (text::clean(words) == words).then(|| quote(words))
}

/// A word for a POSIX shell.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.contains("==") {
        return word.to_owned();
    }
    format!("'{}'", text::clean(word).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quote("scikit-learn==1.2"), "'scikit-learn==1.2'");
        assert_eq!(quote("/a/b.c"), "/a/b.c");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("joblib>=1.2"), "'joblib>=1.2'");
    }

    #[test]
    fn the_line_gives_the_path_as_one_word_of_its_own() {
        let opener = Opener {
            code: PICKLE,
            library: None,
        };
        let pins = ["numpy<2".to_owned()];
        let line = |path: &str| throw_away("3.9", &pins, None, &opener, Path::new(path));
        let said = line("a b/it's.pkl").unwrap();
        assert!(said.starts_with(
            "uv run --isolated --no-project --python 3.9 --with 'numpy<2' python -c '"
        ));
        assert!(said.ends_with(r"' 'a b/it'\''s.pkl'"), "{said}");
        assert_eq!(line("a\x1bb.pkl"), None, "nobody can type that");
    }
}
