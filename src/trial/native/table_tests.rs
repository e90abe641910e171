//! Every estimator that is evaluated stands fitted in a fixture with its library's own answers.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::artifact::{self, Keep, Objects};
use crate::pickle::Node;

/// The files of `folder` and the folders below it.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// Whether answers stand beside the model: `NAME.json` in place of its ending, or after it.
fn answered(model: &Path) -> bool {
    let beside = PathBuf::from(format!("{}.json", model.display()));
    let json = model.extension().is_some_and(|ending| ending == "json");
    !json && (model.with_extension("json").is_file() || beside.is_file())
}

/// Whether the object holds what only training gives it, or has nothing to learn. A booster counts
/// alone: inside a wrapper it is the wrapper that is evaluated.
fn is_fitted(objects: &Objects, node: NodeId, entry: &Entry) -> bool {
    let untaught = matches!(
        entry.name,
        "Normalizer"
            | "FeatureHasher"
            | "HashingVectorizer"
            | "FunctionTransformer"
            | "Pipeline"
            | "FeatureUnion"
            | "SparseCoder"
            | "FrozenEstimator"
    );
    let learnt = |(name, _): &(&str, NodeId)| {
        name.ends_with('_') && !name.starts_with('_') || *name == "_Booster"
    };
    let attributes = objects.graph.attributes(node);
    untaught || node == objects.root || attributes.iter().any(learnt)
}

#[test]
fn every_evaluator_has_a_fixture_with_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut models = Vec::new();
    for folder in ["native", "boosters"] {
        files(&root.join(folder), &mut models);
    }
    models.retain(|model| answered(model));
    let mut met: HashSet<(&str, &str)> = HashSet::new();
    for model in models {
        let read = artifact::read(&model, Keep::Everything);
        let Some(objects) = read.facts.ok().and_then(|facts| facts.objects) else {
            continue;
        };
        let context = Context::new(&objects.graph, None);
        for (node, kind) in objects.graph.iter() {
            if !matches!(kind, Node::Object(_)) {
                continue;
            }
            let Some(estimator) = Estimator::read(&context, node) else {
                continue;
            };
            if let Some(entry) = row(&estimator)
                && is_fitted(&objects, node, entry)
            {
                met.insert((entry.name, entry.package));
            }
        }
    }
    let tables = [COMPOSED, META, MODELS, TRANSFORMERS, BOOSTERS];
    let missing: Vec<&str> = tables
        .into_iter()
        .flatten()
        .filter(|entry| !met.contains(&(entry.name, entry.package)))
        .map(|entry| entry.name)
        .collect();
    assert!(
        missing.is_empty(),
        "without a fixture (add it to a recipe): {missing:?}"
    );
}
