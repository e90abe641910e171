//! `XGBoost` models: JSON, UBJSON and the binary notation of releases before 3.1, as files of their
//! own and as the bytes that a pickled `Booster` holds.
//!
//! Says who wrote the model and what it takes; trees are counted, not read. Documents have `learner`
//! first and `version` last, so a document is walked to its end and a cut one is noticed.
//!
//! Fields: <https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html>

mod binary;

use super::tokens::{self, Json, Picked, Stop, Tokens, Ubjson};
use super::{Facts, Format, Inputs, Notation, OutlineLine, Stamp, Unreadable, UnreadableKind};
use crate::package;
use crate::source::{Source, Stream};
use crate::text;

/// Values that say what a model is, below `learner` or at the top of the document.
const WANTED: &[&str] = &[
    "version",
    "learner/attributes/scikit_learn",
    "learner/feature_names",
    "learner/feature_types",
    "learner/gradient_booster/name",
    "learner/gradient_booster/model/trees",
    "learner/gradient_booster/model/weights",
    "learner/gradient_booster/gbtree/model/trees",
    "learner/learner_model_param/base_score",
    "learner/learner_model_param/num_class",
    "learner/learner_model_param/num_feature",
    "learner/learner_model_param/num_target",
    "learner/objective/name",
];

/// Where a pickled booster keeps the model proper, next to its configuration.
const SERIALIZED: &str = "Model/";

/// The words of a notation for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Text.
    Json,
    /// Universal Binary JSON.
    Ubjson,
    /// Memory of the C++ structures, one after the other.
    Binary,
    /// The same with a JSON configuration behind it, as releases 1.0 to 1.2 pickled a booster.
    Configured,
}

/// What is kept of a model.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// The writing release, or a specifier (`<1.0`, `==1.3.*`).
    pub version: Option<String>,
    /// What says so.
    pub version_field: &'static str,
    pub objective: String,
    pub booster: String,
    pub trees: Option<u64>,
    pub features: Option<usize>,
    /// How many classes a multi-class objective has; 0 for others.
    pub classes: u64,
    pub targets: u64,
    pub base_score: String,
    pub names: Vec<String>,
    pub types: Vec<String>,
    /// The attribute that scikit-learn wrappers write, a JSON object.
    pub wrapper: Option<Wrapper>,
}

/// What a wrapper noted about itself.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wrapper {
    /// `classifier`, `regressor`; releases before 1.7 note the class: `XGBClassifier`.
    pub kind: String,
    pub labels: Vec<String>,
}

impl Spelling {
    /// The notation's name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Spelling::Json => "JSON",
            Spelling::Ubjson => "UBJSON",
            Spelling::Binary => "binary",
            Spelling::Configured => "binary with configuration",
        }
    }
}

/// Which notation `head` starts in.
pub(super) fn notation(head: &[u8]) -> Option<Spelling> {
    let known = |key: &[u8]| matches!(key, b"learner" | b"version" | b"Config" | b"Model");
    if let Some(length) = head.strip_prefix(b"{L") {
        let length = u64::from_be_bytes(length.get(..8)?.try_into().ok()?);
        let key = head.get(10..10 + usize::try_from(length).ok().filter(|l| *l < 20)?)?;
        return known(key).then_some(Spelling::Ubjson);
    }
    if let [b'{', b'i' | b'U', length, rest @ ..] = head {
        let key = rest.get(..usize::from(*length))?;
        return known(key).then_some(Spelling::Ubjson);
    }
    if let Some(object) = head.trim_ascii_start().strip_prefix(b"{") {
        let key = object.trim_ascii_start().strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', key)?;
        let learner = memchr::memmem::find(head, b"\"learner\"").is_some();
        return (learner && known(&key[..end])).then_some(Spelling::Json);
    }
    binary::sniff(head)
}

/// Whether `head` can be the start of a model.
pub(super) fn sniff(head: &[u8]) -> bool {
    notation(head).is_some()
}

pub(super) fn read(source: Source) -> (Format, Result<Facts, Unreadable>) {
    let mut stream = source.stream;
    let facts = model(&mut stream).map(|(notation, model)| facts(notation, &model));
    (Format::Xgboost, facts)
}

/// Reads a model in whichever notation it is.
pub(super) fn model(stream: &mut Stream) -> Result<(Spelling, Model), Unreadable> {
    const WHAT: &str = "the XGBoost model";
    let head = match stream.peek() {
        Ok(head) => head[..head.len().min(crate::source::PROBE)].to_vec(),
        Err(error) => return Err(tokens::unreadable(&Stop::Io(error), WHAT, 0)),
    };
    let Some(notation) = notation(&head) else {
        return Err(Unreadable {
            kind: UnreadableKind::Foreign,
            reason: "the bytes are in no notation of XGBoost that is known".into(),
            repair: None,
        });
    };
    if matches!(notation, Spelling::Binary | Spelling::Configured) {
        let model = binary::model(stream)
            .map_err(|stop| tokens::unreadable(&stop, WHAT, stream.position()))?;
        return Ok((notation, model));
    }
    // The walk owns its stream: the caller has no use for what stands behind the document.
    let stream = std::mem::replace(stream, Stream::bytes(Vec::new()));
    let mut tokens: Box<dyn Tokens> = match notation {
        Spelling::Json => Box::new(Json::new(stream)),
        _ => Box::new(Ubjson::new(stream)),
    };
    let wanted = |path: &str| WANTED.contains(&path.strip_prefix(SERIALIZED).unwrap_or(path));
    let picked = tokens::pick(tokens.as_mut(), &wanted)
        .map_err(|stop| tokens::unreadable(&stop, WHAT, tokens.position()))?;
    let model = document(&picked);
    if model.trees.is_none() && model.booster != "gblinear" {
        return Err(Unreadable {
            kind: UnreadableKind::Foreign,
            reason: "an XGBoost configuration without a model (Booster.save_config)".into(),
            repair: Some("save the model with Booster.save_model".into()),
        });
    }
    Ok((notation, model))
}

fn document(picked: &Picked) -> Model {
    let prefix = if picked.get("Model/version").is_some()
        || picked.get("Model/learner/gradient_booster/name").is_some()
    {
        SERIALIZED
    } else {
        ""
    };
    let get = |path: &str| picked.get(&format!("{prefix}{path}"));
    let number = |path: &str| get(path).and_then(|value| value.parse().ok());
    let texts = |path: &str| -> Vec<String> {
        let found = picked.all(&format!("{prefix}{path}"));
        found.iter().map(|name| text::short(name, 200)).collect()
    };
    let word = |path: &str| text::short(get(path).unwrap_or_default(), 60);
    let length = |path: &str| picked.length(&format!("{prefix}{path}"));
    Model {
        version: version(&picked.all(&format!("{prefix}version"))),
        version_field: "version",
        objective: word("learner/objective/name"),
        booster: word("learner/gradient_booster/name"),
        trees: length("learner/gradient_booster/model/trees")
            .or_else(|| length("learner/gradient_booster/gbtree/model/trees")),
        features: number("learner/learner_model_param/num_feature")
            .and_then(|count: u64| usize::try_from(count).ok()),
        classes: number("learner/learner_model_param/num_class").unwrap_or(0),
        targets: number("learner/learner_model_param/num_target").unwrap_or(1),
        base_score: word("learner/learner_model_param/base_score"),
        names: texts("learner/feature_names"),
        types: texts("learner/feature_types"),
        wrapper: get("learner/attributes/scikit_learn").and_then(wrapper),
    }
}

/// `[1, 7, 6]` as `1.7.6`.
fn version(parts: &[&str]) -> Option<String> {
    let version = parts.join(".");
    let plain = parts.len() == 3 && version.len() < 20;
    (plain && package::parse_version(&version).is_some()).then_some(version)
}

/// The attribute is JSON with `NaN` in it.
fn wrapper(attribute: &str) -> Option<Wrapper> {
    let mut tokens = Json::new(Stream::bytes(attribute.as_bytes().to_vec()));
    let wanted = |path: &str| matches!(path, "_estimator_type" | "type" | "classes_");
    let picked = tokens::pick(&mut tokens, &wanted).ok()?;
    let kind = picked.get("_estimator_type").or_else(|| picked.get("type"));
    Some(Wrapper {
        kind: text::short(kind.unwrap_or_default(), 40),
        labels: picked
            .all("classes_")
            .iter()
            .map(|label| text::short(label, 40))
            .collect(),
    })
}

impl Model {
    /// `gbtree, 3 trees, objective binary:logistic`.
    pub(super) fn describe(&self) -> String {
        let mut said = self.booster.clone();
        if let Some(trees) = self.trees {
            said = format!("{said}, {trees} trees");
        }
        if !self.objective.is_empty() {
            said = format!("{said}, objective {}", self.objective);
        }
        said
    }

    /// What a row has; `None` when the model does not say.
    pub(super) fn inputs(&self) -> Option<Inputs> {
        let named = self.features.is_none() || self.features == Some(self.names.len());
        let names = if named {
            self.names.clone()
        } else {
            Vec::new()
        };
        let count = self
            .features
            .or(Some(names.len()))
            .filter(|count| *count > 0);
        count.map(|_| Inputs {
            count,
            types: if names.len() == self.types.len() {
                self.types.clone()
            } else {
                Vec::new()
            },
            names,
        })
    }

    /// The writing release, found at `offset`.
    pub(super) fn stamp(&self, field: &str, offset: Option<u64>) -> Option<Stamp> {
        Some(Stamp {
            subject: "xgboost".into(),
            version: self.version.clone()?,
            field: format!("{field}{}", self.version_field),
            offset,
            file: None,
        })
    }

    /// Class labels, or their numbers when the wrapper did not keep them.
    pub(super) fn labels(&self) -> Vec<String> {
        self.wrapper
            .as_ref()
            .map(|wrapper| wrapper.labels.clone())
            .unwrap_or_default()
    }
}

fn facts(notation: Spelling, model: &Model) -> Facts {
    let mut outline = Vec::new();
    let mut add = |depth, label: &str, what: String| {
        outline.push(OutlineLine {
            depth,
            label: label.into(),
            what: text::short(&what, 200),
        });
    };
    add(0, "xgboost", format!("{} model", notation.word()));
    add(1, "booster", model.booster.clone());
    if let Some(trees) = model.trees {
        add(1, "trees", trees.to_string());
    }
    add(1, "objective", model.objective.clone());
    if model.classes > 0 {
        add(1, "classes", model.classes.to_string());
    }
    if model.targets > 1 {
        add(1, "targets", model.targets.to_string());
    }
    if !model.base_score.is_empty() {
        add(1, "base score", model.base_score.clone());
    }
    if let Some(wrapper) = &model.wrapper {
        add(1, "scikit-learn wrapper", wrapper.kind.clone());
    }
    Facts {
        stamps: model.stamp("", None).into_iter().collect(),
        inputs: model.inputs(),
        outline,
        classes: model.labels(),
        notations: vec![Notation {
            library: "xgboost",
            name: notation.word(),
            inside: None,
        }],
        executes: false,
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_is_told_by_the_first_key() {
        let cases: &[(&[u8], Option<Spelling>)] = &[
            (b"{L\0\0\0\0\0\0\0\x07learner{L", Some(Spelling::Ubjson)),
            (b"{L\0\0\0\0\0\0\0\x06Config{L", Some(Spelling::Ubjson)),
            (b"{U\x07learner{L", Some(Spelling::Ubjson)),
            (b"{ \"learner\": {", Some(Spelling::Json)),
            (b"{\"version\": [1], \"learner\"", Some(Spelling::Json)),
            (b"{\"version\": 1}", None),
            (b"{L\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"binf\0\0\0\x3f", None),
            (b"", None),
        ];
        for (head, expected) in cases {
            assert_eq!(notation(head), *expected, "{head:?}");
        }
    }

    #[test]
    fn the_wrapper_attribute_may_hold_nan() {
        let found =
            wrapper(r#"{"missing": NaN, "classes_": ["a", 2], "_estimator_type": "classifier"}"#);
        assert_eq!(
            found,
            Some(Wrapper {
                kind: "classifier".into(),
                labels: vec!["a".into(), "2".into()]
            })
        );
    }

    #[test]
    fn a_configuration_is_no_model() {
        let text =
            br#"{"learner": {"gradient_booster": {"name": "gbtree"}}, "version": [1, 7, 6]}"#;
        let refused = model(&mut Stream::bytes(text.to_vec())).unwrap_err();
        assert!(
            refused.reason.contains("configuration"),
            "{}",
            refused.reason
        );
    }
}
