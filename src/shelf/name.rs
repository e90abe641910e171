//! Whether a file may be a saved model, by its name.
//!
//! Names decide what is worth opening, because opening every file of a large tree costs seconds;
//! whether a candidate really is a model is decided by its content, later.

use std::ffi::OsStr;
use std::path::Path;

/// Endings that saved models have.
const ENDINGS: [&str; 37] = [
    "pkl",
    "pickle",
    "p",
    "pk",
    "pck",
    "pcl",
    "joblib",
    "jl",
    "jbl",
    "sav",
    "save",
    "model",
    "mdl",
    "bin",
    "dill",
    "cloudpickle",
    "skops",
    "onnx",
    "pt",
    "pth",
    "ckpt",
    "safetensors",
    "keras",
    "h5",
    "hdf5",
    "gguf",
    "cbm",
    "ubj",
    "xgb",
    "lgb",
    "lgbm",
    "cb",
    "catboost",
    "npy",
    "npz",
    "pmml",
    "dvc",
];

/// Endings of compressed files; what stands before them decides.
const COMPRESSED: [&str; 7] = ["gz", "z", "xz", "bz2", "lzma", "lz4", "compressed"];

/// Whether the name alone says that a file may be a saved model.
pub fn has_model_name(path: &Path) -> bool {
    let Some(ending) = path.extension() else {
        return false;
    };
    let ending = ending.to_string_lossy().to_ascii_lowercase();
    if ENDINGS.contains(&&*ending) {
        return true;
    }
    if is_model_archive(path) {
        return true;
    }
    // `model.joblib.gz` and `model.gz`, not `data.csv.gz`.
    let stem = path.file_stem().map(Path::new);
    COMPRESSED.contains(&&*ending)
        && stem.is_some_and(|stem| stem.extension().is_none() || has_model_name(stem))
}

/// `model.tar.gz`, as model servers take it; other archives are usually data.
fn is_model_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    name.contains("model")
        && [".tar", ".tar.gz", ".tgz"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

/// Endings under which boosters and PMML are saved, and much else: the first bytes decide.
const SHARED: [&str; 3] = ["txt", "json", "xml"];

/// Bytes that decide.
const DECIDING: u64 = 512;

/// Whether a name has an ending under which boosters are saved, and much else.
pub(super) fn has_shared_ending(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().unwrap_or_default();
    SHARED
        .iter()
        .any(|shared| ending.eq_ignore_ascii_case(shared))
}

/// Whether a name says that a file is a model.
pub(super) fn speaks_of_models(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = ["model", "booster", "xgb", "lgb", "lightgbm", "pmml"];
    words.iter().any(|word| name.contains(word))
}

/// Whether a file with an ending that much else has begins like a booster.
pub(super) fn is_booster_by_content(path: &Path) -> bool {
    has_shared_ending(path.as_os_str())
        && crate::source::head(path, DECIDING).is_ok_and(|head| crate::artifact::is_marked(&head))
}

/// Whether a name has no ending.
pub(super) fn is_bare(path: &Path) -> bool {
    path.extension().is_none()
}

/// Files without an ending: few in a models folder, and some libraries save so. Their first bytes
/// tell a pickle of protocol 2 or newer, or a compressed file.
pub(super) fn starts_like_a_model(path: &Path) -> bool {
    use std::io::Read;
    let Ok((file, _)) = crate::source::regular(path) else {
        return false;
    };
    let mut head = Vec::new();
    if file.take(16).read_to_end(&mut head).is_err() {
        return false;
    }
    let pickled = matches!(head.as_slice(), [0x80, 2..=5, ..]);
    pickled || crate::source::Compression::sniff(&head).is_some()
}
