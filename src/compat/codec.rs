//! `codec-missing`: the file is compressed with something the environment cannot undo.
//!
//! zlib, gzip, bz2 and lzma come with Python; lz4 is a distribution of its own.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::environment::ModuleLookup;
use crate::source::Compression;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if context.artifact.compression != Some(Compression::Lz4) {
        return;
    }
    let ModuleLookup::Missing { .. } = context.environment.module("lz4") else {
        return;
    };
    findings.push(Finding {
        rule: "codec-missing",
        stage: Stage::Load,
        subject: "lz4".into(),
        distribution: Some("lz4".into()),
        wanted: String::new(),
        found: String::new(),
        exception: Some("ValueError".into()),
        message: "LZ4 is not installed. Install it with pip: \
                  https://python-lz4.readthedocs.io/"
            .into(),
        certain: true,
        evidence: vec![in_file(0, "LZ4 frame magic number")],
        fix: Some("install lz4".into()),
    });
}
