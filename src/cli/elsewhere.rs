//! Another environment in which an artifact is ready: among those that it was compared with anyway,
//! or, for a single artifact that fails, among those of the host while that is quick.

use std::sync::Arc;
use std::time::Duration;

use crate::artifact::Artifact;
use crate::compat::{Comparison, Verdict};
use crate::engine::{LiveWork, Work, batch, guard};
use crate::environment::Environment;
use crate::manifest::Manifest;
use crate::package;

/// How long the host's environments are looked through for one artifact.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells every comparison that is not good about the first environment that is.
pub(super) fn among(environments: &[Option<Environment>], comparisons: &mut [Comparison]) {
    let ready = |comparison: &Comparison| comparison.verdict == Verdict::Ready;
    let Some(at) = comparisons.iter().position(ready) else {
        return;
    };
    let Some(Some(environment)) = environments.get(at) else {
        return;
    };
    for comparison in comparisons.iter_mut().filter(|c| is_bad(c)) {
        comparison.ready_in(environment);
    }
}

/// Looks through the other environments of the host, those with the release that saved it first.
pub(super) fn on_host(
    work: &Arc<LiveWork>,
    read: &Arc<(Artifact, Manifest)>,
    here: Option<&Environment>,
    comparison: &mut Comparison,
) {
    if !is_bad(comparison) {
        return;
    }
    let (work, read) = (Arc::clone(work), Arc::clone(read));
    let here = here.map(|here| here.prefix.clone());
    let search = move || {
        let (artifact, manifest) = &*read;
        let mut others = work.list_environments();
        others.retain(|other| here.as_ref() != Some(&other.prefix));
        others.sort_by_key(|other| std::cmp::Reverse(kinship(manifest, other)));
        others.into_iter().find(|other| {
            let there = guard::compare(&*work, artifact, manifest, Some(other));
            there.verdict == Verdict::Ready
        })
    };
    if let Some(Some(found)) = batch::within(PATIENCE, search) {
        comparison.ready_in(&found);
    }
}

fn is_bad(comparison: &Comparison) -> bool {
    matches!(
        comparison.verdict,
        Verdict::Differs | Verdict::FailsPredict | Verdict::FailsLoad
    )
}

/// How many distributions an environment has in the minor version that saved the artifact.
fn kinship(manifest: &Manifest, environment: &Environment) -> usize {
    let same = |requirement: &&crate::manifest::Requirement| {
        let saved = requirement.wanted.strip_prefix("==");
        let live = environment.distribution(&requirement.subject);
        saved
            .zip(live)
            .is_some_and(|(saved, live)| package::same_minor(saved, &live.version) == Some(true))
    };
    manifest.saved_with.iter().filter(same).count()
}
