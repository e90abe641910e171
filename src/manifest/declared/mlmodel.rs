//! `MLflow`'s `MLmodel`: the versions that each flavor was saved with.

use super::entry::Entry;
use crate::artifact::mlflow;

/// Every `*_version` of every flavor, and of the file itself.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let fields = mlflow::version_fields(text).into_iter();
    fields
        .map(|found| {
            let said = format!("{}: {}", found.field, found.version);
            let wanted = format!("=={}", found.version);
            Entry::new(&found.subject, wanted, found.line, &said)
        })
        .collect()
}
