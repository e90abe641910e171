//! A trial through the files that prepare a model's input: rows pass through each of them before the
//! model gets them. Which files these are is proposed by the manifest; that they are used is the
//! user's word.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::{LiveWork, Work};
use crate::artifact::{self, Artifact, Inputs, Keep, inputs};
use crate::manifest::{Manifest, Relation, Sibling};
use crate::text;
use crate::trial::{Sample, TrialError, native, sample};

/// The files that prepare the input of an artifact, in the order in which rows pass through them.
pub fn proposed(manifest: &Manifest) -> impl Iterator<Item = &Sibling> {
    let siblings = manifest.siblings.iter();
    siblings.filter(|sibling| sibling.relation == Relation::Prepares)
}

/// What a trial without these files leaves out, one clause; `None` when nothing is proposed.
pub fn left_out(manifest: &Manifest) -> Option<String> {
    let named: Vec<String> = proposed(manifest)
        .map(|step| format!("{} ({})", name(&step.path), text::clean(&step.reason)))
        .collect();
    (!named.is_empty()).then(|| {
        format!(
            "the rows go to the model as they are; {} may prepare its input",
            named.join(", then ")
        )
    })
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    text::short(&name, 80)
}

impl LiveWork {
    /// Rows for the first of `steps`: an example beside the model, else made from what the steps
    /// know, and where they do not, from what the model knows.
    pub fn sample_through(
        &self,
        artifact: &Artifact,
        manifest: &Manifest,
        steps: &[PathBuf],
    ) -> Result<Sample, TrialError> {
        if manifest
            .siblings
            .iter()
            .any(|s| s.relation == Relation::Example)
        {
            return self.sample(artifact, manifest);
        }
        let own = self.sample(artifact, manifest);
        let known = steps
            .iter()
            .rev()
            .map(|path| sample::generate(&objects(path)?));
        sample::through(own, known)
    }

    /// The rows after they have passed through `steps`, and what to say about it.
    pub fn pass_through(
        &self,
        manifest: &Manifest,
        steps: &[PathBuf],
        sample: &Sample,
        cancel: &AtomicBool,
    ) -> Result<Sample, TrialError> {
        let mut rows = sample.clone();
        let mut named = Vec::new();
        let read = steps.iter().map(|path| objects(path));
        let read: Vec<artifact::Objects> = read.collect::<Result<_, _>>()?;
        for (at, path) in steps.iter().enumerate() {
            let step = |error: TrialError| match error {
                TrialError::Refused { class, reason } => TrialError::Refused {
                    class,
                    reason: format!("{reason} (in {})", text::path(path)),
                },
                other => other,
            };
            let next = match read.get(at + 1) {
                Some(next) => inputs::expected(&next.graph, next.root),
                None => Inputs {
                    count: manifest.feature_count,
                    names: manifest.feature_names.clone(),
                    ..Inputs::default()
                },
            };
            rows = native::through(&read[at], &rows, &next, cancel).map_err(step)?;
            named.push(name(path));
        }
        rows.source = format!("{}, through {}", rows.source, named.join(", "));
        Ok(rows)
    }
}

fn objects(path: &Path) -> Result<artifact::Objects, TrialError> {
    let facts = artifact::read(path, Keep::Everything)
        .facts
        .map_err(|why| TrialError::Unusable(format!("{}: {}", text::path(path), why.reason)))?;
    facts.objects.ok_or_else(|| {
        TrialError::Unusable(format!(
            "{} holds no transformer that rows could pass through",
            text::path(path)
        ))
    })
}
