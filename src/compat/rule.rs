//! The rules and what they look at. One rule is one file and one line in [`RULES`].

use super::{Finding, bit_generator, booster_notation, bytecode, call_arity, codec};
use super::{cython_checksum, import_chain, joblib_padding, loader, names, pandas_blocks};
use super::{protocol, python2_text, side_files, state, tree_nodes};
use crate::artifact::{Artifact, Objects};
use crate::environment::Environment;
use crate::manifest::{Evidence, Manifest};

/// What a rule looks at.
pub struct Context<'a> {
    /// The artifact.
    pub artifact: &'a Artifact,
    /// What it needs.
    pub manifest: &'a Manifest,
    /// Where it would be loaded.
    pub environment: &'a Environment,
}

/// A rule looks and tells what it found.
pub type Rule = fn(&Context<'_>, &mut Vec<Finding>);

/// Every rule, cheap ones first.
pub const RULES: &[Rule] = &[
    protocol::check,
    codec::check,
    loader::check,
    side_files::check,
    python2_text::check,
    booster_notation::check,
    joblib_padding::check,
    import_chain::check,
    names::check,
    tree_nodes::check,
    bit_generator::check,
    pandas_blocks::check,
    cython_checksum::check,
    call_arity::check,
    bytecode::check,
    state::check,
];

impl<'a> Context<'a> {
    /// The object graph, when the artifact has one.
    pub fn objects(&self) -> Option<&'a Objects> {
        self.artifact.facts.as_ref().ok()?.objects.as_ref()
    }

    /// The installed version of a distribution.
    pub fn live(&self, distribution: &str) -> Option<&'a str> {
        let installed = self.environment.distribution(distribution)?;
        Some(&installed.version)
    }

    /// Whether the installed version of a distribution lies in `range`; `None` when it is not
    /// installed or its version cannot be read.
    pub fn live_in(&self, distribution: &str, range: &str) -> Option<bool> {
        crate::package::satisfies(self.live(distribution)?, range)
    }

    /// Evidence that the environment's own metadata gives for a distribution's version.
    pub fn live_evidence(&self, distribution: &str) -> Option<Evidence> {
        let installed = self.environment.distribution(distribution)?;
        Some(Evidence {
            kind: "live",
            file: Some(installed.metadata.clone()),
            line: None,
            offset: None,
            text: format!("{} {} is installed", installed.name, installed.version),
        })
    }
}

/// Evidence at a place in the artifact.
pub fn in_file(offset: u64, text: impl Into<String>) -> Evidence {
    Evidence {
        kind: "stamped",
        file: None,
        line: None,
        offset: Some(offset),
        text: crate::text::short(&text.into(), 200),
    }
}

/// Evidence in a file of the environment.
pub fn in_environment(
    file: Option<&std::path::Path>,
    line: Option<u32>,
    text: impl Into<String>,
) -> Evidence {
    Evidence {
        kind: "live",
        file: file.map(Into::into),
        line,
        offset: None,
        text: crate::text::short(&text.into(), 200),
    }
}
