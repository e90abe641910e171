//! The manifest of an artifact: requirements with their evidence, names, structure, inputs.

use compact_str::CompactString;
use std::path::PathBuf;

use serde::Serialize;

/// What an artifact needs, and how we know.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// The class of the top-level object, or what it is (`dict`, `onnx graph`).
    pub root: Option<String>,
    /// Distribution (or `python`) versions that the artifact was saved with, as far as its own
    /// bytes say or imply. Subjects are normalised names; several entries for one subject are
    /// several independent pieces of evidence.
    pub saved_with: Vec<Requirement>,
    /// What files near the artifact declare (`requirements.txt`, `conda.yaml`, `MLmodel`, …).
    pub declared: Vec<Requirement>,
    /// Every name that loading imports, once.
    pub names: Vec<NeededName>,
    /// The structure, outermost first: estimators with their parameters.
    pub steps: Vec<Step>,
    /// How many features a row of input has.
    pub feature_count: Option<usize>,
    /// Their names, when recorded.
    pub feature_names: Vec<String>,
    /// Class labels of a classifier, for people.
    pub classes: Vec<String>,
    /// The pickle protocol that a loader must understand (highest over nested streams).
    pub protocol: Option<u8>,
    /// Files near the artifact that belong to it.
    pub siblings: Vec<Sibling>,
    /// How the rows were prepared that it was fitted on, as far as it shows.
    pub prepared: Option<Prepared>,
    /// Things worth knowing that are neither requirement nor structure, one clause each.
    pub notes: Vec<String>,
}

/// One version wish with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// A normalised distribution name, or `python`.
    pub subject: String,
    /// A PEP 440 specifier (`==1.2.2`, `>=3.8`, `<2`), or empty for "any version".
    pub wanted: String,
    /// How we know.
    pub basis: Basis,
    /// The proof.
    pub evidence: Vec<Evidence>,
}

/// How a requirement is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// The artifact's bytes name the version.
    Stamped,
    /// A file near the artifact declares it.
    Declared,
    /// Names, layouts or protocols in the bytes imply it.
    Inferred,
}

/// One piece of proof: where it stands and what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `stamped`, `declared`, `inferred` or `live`.
    pub kind: &'static str,
    /// The file, when it is not the artifact itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The line in that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The byte offset in the artifact (decompressed).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What stands there: a field name, a line of text, a rule.
    pub text: String,
}

/// A name that loading imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededName {
    /// The module as written in the file.
    pub module: String,
    /// The name in that module; dots walk attributes.
    pub name: String,
    /// What the opcodes do with it; the strongest role over all its uses.
    pub role: Role,
    /// Where it first stands in the decompressed bytes.
    pub offset: u64,
    /// Whether Python 3 first maps it from its Python 2 home (streams below protocol 3).
    pub python2: bool,
}

impl NeededName {
    /// Whether the module and the name together are `dotted`.
    pub fn is(&self, dotted: &str) -> bool {
        // Names are compared with long lists of others, which nearly all are of another length.
        dotted.len() == self.module.len() + 1 + self.name.len() && self.rest(dotted) == Some("")
    }

    /// Whether the module and the name, with a dot between, start with `prefix`.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.module.starts_with(prefix) || self.rest(prefix).is_some()
    }

    /// What is left of `module.name` behind `prefix`, when that reaches beyond the module.
    fn rest(&self, prefix: &str) -> Option<&str> {
        let inner = prefix.strip_prefix(&*self.module)?.strip_prefix('.')?;
        self.name.strip_prefix(inner)
    }
}

/// What the opcodes do with a name, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Only refers to it.
    Reference,
    /// Makes an instance without calling `__init__`.
    Construct,
    /// Calls it.
    Call,
}

/// One element of the structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How deep it is nested, 0 for the top.
    pub depth: u16,
    /// Its name where it stands: a pipeline step, a dict key, an attribute.
    pub label: String,
    /// The class or kind.
    pub what: String,
    /// Parameters and fitted facts worth showing: name and value, both cleaned and short.
    pub details: Vec<(CompactString, CompactString)>,
}

/// How the rows were prepared that a model was fitted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prepared {
    /// `standardised`, `scaled to 0…1`.
    pub how: &'static str,
    /// Whether numbers of all rows prove it; else values among them hint at it.
    pub proven: bool,
    /// What shows it, one clause.
    pub reason: String,
    /// The file near the model that does it; `None` when there is none.
    pub by: Option<PathBuf>,
}

/// A file near the artifact that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The file.
    pub path: PathBuf,
    /// How it relates.
    pub relation: Relation,
    /// What it gives: the imported name that it defines, else empty.
    pub subject: String,
    /// The line, from 1, where that stands, when one does.
    pub line: Option<u32>,
    /// What the relation rests on, where it was found by comparing.
    pub certainty: Option<Certainty>,
    /// Why we think so, one clause.
    pub reason: String,
}

/// What a relation between two files rests on, from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The number of columns or classes.
    Count,
    /// Names that both record.
    Names,
    /// Numbers in one file that follow from the other.
    Values,
}

/// How a sibling relates to an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Its output is the artifact's input (a scaler, an encoder, a vectorizer).
    Prepares,
    /// It turns the artifact's numbered classes back into names.
    Labels,
    /// It lists the artifact's input columns.
    Columns,
    /// It holds example rows for the artifact.
    Example,
    /// It defines a name that the artifact imports.
    Defines,
    /// It declares versions.
    Declares,
}
