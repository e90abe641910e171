//! What a reader found in an artifact: the shared shape of every format's facts.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;

use super::side_files::SideFiles;
use crate::pickle::{Global, Graph, NodeId};
use crate::source::Compression;

/// One saved model (a file, or a directory that is one model), read or not readable.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The path as the user gave it, joined with the path below it.
    pub path: PathBuf,
    /// The format that the content has.
    pub format: Format,
    /// The compression around the whole file.
    pub compression: Option<Compression>,
    /// Bytes on disk; for a directory, of the files in it.
    pub size: u64,
    /// Last modification.
    pub modified: Option<SystemTime>,
    /// What the reader found, or why there is nothing to find.
    pub facts: Result<Facts, Unreadable>,
}

impl Artifact {
    /// Whether it is a directory. Pickles are none, which saves a look at the disk for each.
    pub fn is_folder(&self) -> bool {
        !matches!(self.format, Format::Pickle | Format::Joblib) && self.path.is_dir()
    }
}

/// The formats that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A plain pickle.
    Pickle,
    /// A joblib stream: a pickle with arrays between the opcodes.
    Joblib,
    /// A skops archive.
    Skops,
    /// An ONNX model.
    Onnx,
    /// An `XGBoost` model, in any of its notations.
    Xgboost,
    /// A `LightGBM` model as text.
    Lightgbm,
    /// A `CatBoost` model, binary or JSON.
    Catboost,
    /// A PMML document.
    Pmml,
    /// An `MLflow` model directory.
    Mlflow,
    /// A `BentoML` model directory.
    Bentoml,
    /// A Hugging Face model directory.
    Huggingface,
    /// A spaCy pipeline directory.
    Spacy,
    /// A tar archive, as model servers take it.
    Archive,
    /// A git-LFS, DVC or git-annex pointer in the place of the file.
    Pointer,
    /// A `PyTorch` file: a zip archive, stacked pickles of old releases, or `TorchScript`.
    Torch,
    /// Tensors in the safetensors layout.
    Safetensors,
    /// A `.keras` archive.
    Keras,
    /// An HDF5 file, as Keras 2 and many others write it.
    Hdf5,
    /// A GGUF language model.
    Gguf,
    /// One numpy array.
    Npy,
    /// A zip archive of numpy arrays.
    Npz,
    /// Something else; the reason names it.
    Other,
}

/// What the bytes of an artifact say.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The object graph, where the format holds one (pickle, joblib, skops).
    pub objects: Option<Objects>,
    /// Versions that the bytes name outright, apart from the object graph.
    pub stamps: Vec<Stamp>,
    /// Model inputs that the format declares.
    pub inputs: Option<Inputs>,
    /// Structure of formats without an object graph, one line an element.
    pub outline: Vec<OutlineLine>,
    /// How boosters in the artifact are written, which decides who can read them.
    pub notations: Vec<Notation>,
    /// Class labels that the format names, apart from the object graph.
    pub classes: Vec<String>,
    /// Things worth knowing that have no place elsewhere, one clause each.
    pub notes: Vec<String>,
    /// For a directory: the file inside that holds the model.
    pub inner: Option<PathBuf>,
    /// Names that loading imports or calls although no object graph holds them.
    pub calls: Vec<Global>,
    /// Whether loading this format can run code of the file's choosing.
    pub executes: bool,
    /// Files beside it that hold its arrays.
    pub side_files: SideFiles,
}

/// The object graph of an artifact, with the streams it came from.
#[derive(Clone, Debug)]
pub struct Objects {
    /// Every node of every stream.
    pub graph: Graph,
    /// The top-level object (of the first stream).
    pub root: NodeId,
    /// Each pickle stream, nested ones too, in file order.
    pub streams: Vec<Stream>,
}

/// One pickle stream.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// Where it starts in the decompressed bytes.
    pub offset: u64,
    /// The highest `PROTO` in it; 0 or 1 for streams without one.
    pub protocol: u8,
    /// Its top-level object.
    pub root: NodeId,
    /// Whether it holds the elements of an object array.
    pub nested: bool,
}

/// A version or a fact that the bytes name outright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// A distribution name or `python`.
    pub subject: String,
    /// The version, or a specifier when it starts with an operator.
    pub version: String,
    /// The field that says so, for people: `producer_version`.
    pub field: String,
    /// Where, in the decompressed bytes, when that has a meaning.
    pub offset: Option<u64>,
    /// The file that says so, when it is not the artifact itself; with a line.
    pub file: Option<(PathBuf, u32)>,
}

/// The notation of a booster, a file of its own or inside a pickle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notation {
    /// The distribution that writes it.
    pub library: &'static str,
    /// `binary`, `binary with configuration`, `JSON`, `UBJSON`; for pickles of `LightGBM` the
    /// attribute that holds the text.
    pub name: &'static str,
    /// Where it stands in the decompressed bytes of a pickle; `None` for a file of its own.
    pub inside: Option<u64>,
}

/// Model inputs as the format declares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    /// How many features a row has.
    pub count: Option<usize>,
    /// Their names, when recorded.
    pub names: Vec<String>,
    /// Their types in the format's own words, parallel to `names` where known.
    pub types: Vec<String>,
}

/// One line of structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineLine {
    /// How deep it is nested.
    pub depth: u16,
    /// What it is called where it stands (`steps[0]`, `scaler`, a node name).
    pub label: String,
    /// What it is (`sklearn.preprocessing._data.StandardScaler`, `op TreeEnsembleClassifier`).
    pub what: String,
}

/// Why an artifact has no facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which kind of trouble.
    pub kind: UnreadableKind,
    /// One clear clause without a full stop: `the pickle ends inside array 14 of 200`.
    pub reason: String,
    /// What to do about it, when something can be done.
    pub repair: Option<String>,
}

/// The kinds of unreadable files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnreadableKind {
    /// No bytes.
    Empty,
    /// The file ends before its content does.
    Truncated,
    /// The content breaks its format's rules.
    Damaged,
    /// A pointer to content that is elsewhere.
    Pointer,
    /// Not a model, or a model format that nobody reads yet.
    Foreign,
    /// A budget for bytes, depth or items was used up.
    Budget,
    /// The operating system refused.
    Io,
}
