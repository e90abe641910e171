//! `side-file-missing`: an array stands in a file beside the dump, and that file is not there.

use super::rule::{Context, in_file};
use super::{Finding, Stage};
use crate::text;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Ok(facts) = &context.artifact.facts else {
        return;
    };
    let files = &facts.side_files;
    if let Some(first) = files.missing.first() {
        let folder = context.artifact.path.parent();
        let path = folder.map_or_else(|| first.into(), |folder| folder.join(first));
        let others = match files.missing_count {
            0 | 1 => String::new(),
            count => format!(" and {} others", count - 1),
        };
        findings.push(Finding {
            rule: "side-file-missing",
            stage: Stage::Load,
            subject: first.clone(),
            distribution: None,
            wanted: first.clone(),
            found: String::new(),
            exception: Some("FileNotFoundError".into()),
            message: format!(
                "[Errno 2] No such file or directory: '{}'",
                text::path(&path)
            ),
            certain: true,
            evidence: vec![in_file(0, format!("joblib put an array into {first}"))],
            fix: Some(format!("copy {first}{others} into the same folder")),
        });
    }
    if let Some((name, why)) = files.damaged.first() {
        findings.push(Finding {
            rule: "side-file-damaged",
            stage: Stage::Load,
            subject: name.clone(),
            distribution: None,
            wanted: name.clone(),
            found: String::new(),
            exception: None,
            message: format!("the array file {name} cannot be used: {why}"),
            certain: false,
            evidence: vec![in_file(0, format!("joblib put an array into {name}"))],
            fix: Some(format!("copy {name} again from where the model was saved")),
        });
    }
}
