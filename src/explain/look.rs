//! What a known cause says of a file, checked in that file. One name of the table is one check.

mod bytes;
mod content;

use super::knowledge::Known;
use super::types::{Raised, Standing};
use super::weigh::Case;
use crate::manifest::Evidence;
use crate::text;

/// How far a file fits, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    pub standing: Standing,
    pub reason: String,
    pub evidence: Vec<Evidence>,
}

impl Fit {
    pub fn new(standing: Standing, reason: impl AsRef<str>, evidence: Vec<Evidence>) -> Fit {
        Fit {
            standing,
            reason: text::short(reason.as_ref(), 300),
            evidence,
        }
    }

    fn no(reason: impl AsRef<str>) -> Fit {
        Fit::new(Standing::Excluded, reason, Vec::new())
    }
}

/// What a check is given.
pub(super) struct Asked<'a> {
    pub known: &'a Known,
    pub raised: &'a Raised,
    pub case: &'a Case<'a>,
}

type Check = fn(&Asked<'_>) -> Option<Fit>;

/// Every check by the name that the table has for it.
const CHECKS: [(&str, Check); 24] = [
    ("first-byte", bytes::first_byte),
    ("opcode-key", bytes::opcode_key),
    ("empty", bytes::empty),
    ("short", bytes::short),
    ("damaged", bytes::damaged),
    ("persistent", bytes::persistent),
    ("padded", bytes::padded),
    ("lz4", bytes::lz4),
    ("protocol", bytes::protocol),
    ("python2", bytes::python2),
    ("names", content::names),
    ("tree", |asked| content::holds(asked, "Tree")),
    ("tfidf", |asked| content::holds(asked, "TfidfTransformer")),
    ("class", |asked| {
        content::holds(asked, asked.known.get("class")?)
    }),
    ("bit-generator", |asked| {
        content::imports(asked, "numpy.random")
    }),
    ("pandas", |asked| content::imports(asked, "pandas")),
    ("xgboost", |asked| content::imports(asked, "xgboost")),
    ("lightgbm", |asked| content::imports(asked, "lightgbm")),
    ("bytecode", content::bytecode),
    ("features", content::features),
    ("feature-names", content::feature_names),
    ("named-global", content::named_global),
    ("cuda", content::cuda),
    ("saved-with", content::saved_with),
];

/// Checks that say something of any file.
const ALWAYS: [(&str, Check); 2] = [("format", content::format), ("large", content::large)];

/// Whether the table may ask for this check.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    CHECKS
        .iter()
        .chain(&ALWAYS)
        .any(|(known, _)| *known == name)
}

/// The best answer of the checks that a known cause asks for.
pub(super) fn look(asked: &Asked<'_>) -> Option<Fit> {
    let case = asked.case;
    if case.artifact.facts.is_ok() && !asked.known.entry.admits(case.artifact.format) {
        let format = format!("{:?}", case.artifact.format).to_lowercase();
        return Some(Fit::no(format!("{format} files do not give this")));
    }
    let wanted = asked.known.entry.looks.iter().filter_map(|name| {
        let check = CHECKS
            .iter()
            .chain(&ALWAYS)
            .find(|(known, _)| known == name);
        check.and_then(|(_, check)| check(asked))
    });
    // The first of several that are equally good.
    wanted.reduce(|best, fit| {
        if fit.standing > best.standing {
            fit
        } else {
            best
        }
    })
}
