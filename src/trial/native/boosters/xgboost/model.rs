//! An `XGBoost` model with everything that a prediction needs, from JSON or UBJSON.
//!
//! The schema: <https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html>. A pickled
//! booster has it under `Model`, beside its configuration. Trees with a vector in each leaf are
//! refused.

use super::categories::Categories;
use super::document::Document;
use super::forest::{Kind, Node, Tree, WHAT};
use super::objective::Objective;
use crate::trial::native::estimator::Context;
use crate::trial::native::stop::Stop;

/// The widest row, and the most outputs.
pub const FEATURES: usize = 10_000_000;
pub const GROUPS: usize = 100_000;
/// Work that a byte of a document costs: it takes as much memory.
const BYTE: usize = 8;

/// A model.
#[derive(Debug)]
pub struct Model {
    /// Major and minor of the release that wrote it; 0.90 where it does not say.
    pub release: (u32, u32),
    pub features: usize,
    pub names: Vec<String>,
    pub objective: Objective,
    pub groups: usize,
    /// The margin of each group at the start.
    pub start: Vec<f32>,
    pub kind: Kind,
    /// The best iteration, by early stopping or the last.
    pub best: Option<usize>,
    pub categories: Categories,
}

pub fn broken(what: &str) -> Stop {
    Stop::refused(WHAT, format!("its {what} cannot be used"))
}

/// Reads a document.
pub fn read(context: &Context, bytes: &[u8]) -> Result<Model, Stop> {
    context.charge(bytes.len().saturating_mul(BYTE), WHAT)?;
    let document = Document::read(bytes).ok_or_else(|| broken("notation"))?;
    let document = document.at(&["Model"]).unwrap_or(&document);
    let learner = document.at(&["learner"]).ok_or_else(|| broken("learner"))?;
    let release = match document.numbers(&["version"]) {
        Some([major, minor, ..]) => (*major as u32, *minor as u32),
        _ => return Err(broken("version")),
    };
    let parameter = |name| ["learner_model_param", name];
    let features = learner
        .count(&parameter("num_feature"))
        .filter(|count| *count < FEATURES)
        .ok_or_else(|| broken("number of features"))?;
    let classes = learner.count(&parameter("num_class")).unwrap_or(0);
    let targets = learner.count(&parameter("num_target")).unwrap_or(1);
    let groups = classes.max(targets).max(1);
    if groups > GROUPS || classes > 1 && targets > 1 {
        return Err(broken("number of outputs"));
    }
    let objective = learner
        .text(&["objective", "name"])
        .ok_or_else(|| broken("objective"))?;
    let objective = match Objective::named(objective, release)? {
        Objective::Identity if objective == "reg:quantileerror" && groups > 1 => {
            quantiles(learner, release)?
        }
        other => other,
    };
    let mut start = start(learner, objective, groups)?;
    let booster = learner
        .at(&["gradient_booster"])
        .ok_or_else(|| broken("booster"))?;
    let kind = match booster.text(&["name"]) {
        Some("gbtree") => trees(
            booster,
            features,
            groups,
            booster.numbers(&["model", "weight_drop"]),
        )?,
        Some("dart") => {
            let weights = booster.numbers(&["weight_drop"]);
            let inner = booster.at(&["gbtree"]).ok_or_else(|| broken("booster"))?;
            trees(
                inner,
                features,
                groups,
                Some(weights.ok_or_else(|| broken("weights"))?),
            )?
        }
        Some("gblinear") => {
            let weights = booster.numbers(&["model", "weights"]);
            let weights = weights.ok_or_else(|| broken("weights"))?;
            if start.iter().any(|other| *other != start[0]) {
                // Seen in 3.4: one start for all outputs.
                if release < (3, 4) {
                    return Err(Stop::refused(
                        WHAT,
                        "its linear outputs start apart from each other",
                    ));
                }
                start = vec![start[0]; groups];
            }
            linear(
                weights.iter().map(|x| *x as f32).collect(),
                features,
                groups,
            )?
        }
        _ => return Err(broken("booster")),
    };
    let texts = |key| {
        let items = learner.list(&[key]).unwrap_or_default().iter();
        let texts: Option<Vec<String>> = items
            .map(|item| match item {
                Document::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        texts.unwrap_or_default()
    };
    let names = texts("feature_names");
    let categories = Categories::read(
        booster
            .at(&["model", "cats"])
            .or_else(|| booster.at(&["gbtree", "model", "cats"])),
        &texts("feature_types"),
        !names.is_empty(),
        &kind,
        release,
    )?;
    Ok(Model {
        release,
        features,
        names,
        objective,
        groups,
        start,
        kind,
        best: learner.count(&["attributes", "best_iteration"]),
        categories,
    })
}

/// Several quantiles at once: 3.4 puts them in order; when releases before it began is not known.
fn quantiles(learner: &Document, release: (u32, u32)) -> Result<Objective, Stop> {
    if release < (3, 1) {
        return Ok(Objective::Identity);
    }
    let listed = learner.text(&["objective", "quantile_loss_param", "quantile_alpha"]);
    let listed = listed.and_then(|text| text.strip_prefix('[')?.strip_suffix(']'));
    let alphas: Option<Vec<f64>> = listed.and_then(|listed| {
        listed
            .split(',')
            .map(|alpha| alpha.trim().parse().ok())
            .collect()
    });
    match alphas {
        Some(alphas) if alphas.is_sorted() => Ok(Objective::Quantiles(release >= (3, 4))),
        _ => Err(Stop::refused(WHAT, "its quantiles are not in order")),
    }
}

/// One base score for all outputs, or (since 3.1) one for each; a text in both cases.
fn start(learner: &Document, objective: Objective, groups: usize) -> Result<Vec<f32>, Stop> {
    let text = learner
        .text(&["learner_model_param", "base_score"])
        .ok_or_else(|| broken("base score"))?;
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let scores: Result<Vec<f32>, _> = inner
        .unwrap_or(text)
        .split(',')
        .map(|x| x.trim().parse())
        .collect();
    let scores = scores.map_err(|_| broken("base score"))?;
    let margins = scores.iter().map(|score| objective.margin(*score));
    match scores.len() {
        1 => Ok(vec![objective.margin(scores[0]); groups]),
        count if count == groups => Ok(margins.collect()),
        _ => Err(broken("base score")),
    }
}

/// Weights for each feature and group, and the biases.
pub fn linear(weights: Vec<f32>, features: usize, groups: usize) -> Result<Kind, Stop> {
    if weights.len() != (features + 1) * groups {
        return Err(broken("number of weights"));
    }
    Ok(Kind::Linear(weights))
}

fn trees(
    booster: &Document,
    features: usize,
    outputs: usize,
    weights: Option<&[f64]>,
) -> Result<Kind, Stop> {
    let model = booster.at(&["model"]).ok_or_else(|| broken("trees"))?;
    let documents = model.list(&["trees"]).ok_or_else(|| broken("trees"))?;
    let trees: Result<Vec<Tree>, Stop> = documents
        .iter()
        .map(|tree| read_tree(tree, features))
        .collect();
    let whole = |numbers: &[f64]| numbers.iter().map(|x| *x as usize).collect();
    let groups: Vec<usize> = whole(
        model
            .numbers(&["tree_info"])
            .ok_or_else(|| broken("groups"))?,
    );
    let weights = weights.map(|weights| weights.iter().map(|x| *x as f32).collect::<Vec<f32>>());
    let parallel = model.count(&["gbtree_model_param", "num_parallel_tree"]);
    // Releases before 1.4 wrote 0 there.
    forest(
        trees?,
        groups,
        outputs,
        weights,
        whole(model.numbers(&["iteration_indptr"]).unwrap_or_default()),
        parallel.unwrap_or(1).max(1),
    )
}

/// Trees whose groups and weights are sound.
pub fn forest(
    trees: Vec<Tree>,
    groups: Vec<usize>,
    outputs: usize,
    weights: Option<Vec<f32>>,
    iterations: Vec<usize>,
    parallel: usize,
) -> Result<Kind, Stop> {
    if groups.len() != trees.len() || groups.iter().any(|group| *group >= outputs) {
        return Err(broken("groups"));
    }
    // A forest that nothing was dropped from has no weights.
    let weights = weights.filter(|weights| !weights.is_empty());
    if weights
        .as_ref()
        .is_some_and(|weights| weights.len() != trees.len())
    {
        return Err(broken("weights"));
    }
    Ok(Kind::Trees {
        trees,
        groups,
        weights,
        iterations,
        parallel,
    })
}

fn read_tree(tree: &Document, features: usize) -> Result<Tree, Stop> {
    if tree
        .count(&["tree_param", "size_leaf_vector"])
        .is_some_and(|size| size > 1)
    {
        return Err(Stop::refused(
            WHAT,
            "trees with several outputs in a leaf are not evaluated",
        ));
    }
    let numbers = |key| tree.numbers(&[key]).ok_or_else(|| broken(key));
    let left = numbers("left_children")?;
    let right = numbers("right_children")?;
    let features_of = numbers("split_indices")?;
    let values = numbers("split_conditions")?;
    let count = left.len();
    let defaults: Vec<bool> = match tree.at(&["default_left"]) {
        Some(Document::Numbers(flags)) => flags.iter().map(|flag| *flag != 0.0).collect(),
        Some(Document::List(flags)) => flags
            .iter()
            .map(|flag| *flag == Document::Bool(true))
            .collect(),
        _ => return Err(broken("default_left")),
    };
    if [right.len(), features_of.len(), values.len(), defaults.len()] != [count; 4] {
        return Err(broken("tree"));
    }
    let node = |place: usize| Node {
        left: left[place] as i32,
        right: right[place] as i32,
        feature: features_of[place] as u32,
        value: values[place] as f32,
        default_left: defaults[place],
    };
    let read = Tree {
        nodes: (0..count).map(node).collect(),
        categories: sets(tree, count)?,
    };
    read.check(features).ok_or_else(|| broken("node indices"))?;
    Ok(read)
}

/// The categories that go right at each node that splits by categories.
fn sets(tree: &Document, count: usize) -> Result<Vec<Vec<u32>>, Stop> {
    let kinds = tree.numbers(&["split_type"]).unwrap_or_default();
    if kinds.iter().all(|kind| *kind == 0.0) {
        return Ok(Vec::new());
    }
    let numbers = |key| tree.numbers(&[key]).ok_or_else(|| broken(key));
    let nodes = numbers("categories_nodes")?;
    let starts = numbers("categories_segments")?;
    let sizes = numbers("categories_sizes")?;
    let all = numbers("categories")?;
    if starts.len() != nodes.len() || sizes.len() != nodes.len() {
        return Err(broken("categories"));
    }
    // Sets that overlap would take more than the file holds.
    if sizes.iter().sum::<f64>() > all.len() as f64 {
        return Err(broken("categories"));
    }
    let mut sets = vec![Vec::new(); count];
    for ((node, start), size) in nodes.iter().zip(starts).zip(sizes) {
        let (node, start, size) = (*node as usize, *start as usize, *size as usize);
        let set = start.checked_add(size).and_then(|end| all.get(start..end));
        let place = sets.get_mut(node).filter(|place| place.is_empty());
        match (place, set) {
            (Some(place), Some(set)) if !set.is_empty() => {
                *place = set.iter().map(|category| *category as u32).collect();
            }
            _ => return Err(broken("categories")),
        }
    }
    let named = |(place, kind): (usize, &f64)| {
        (*kind != 0.0)
            == sets
                .get(place)
                .is_some_and(|set: &Vec<u32>| !set.is_empty())
    };
    if kinds.len() == count && kinds.iter().enumerate().all(named) {
        Ok(sets)
    } else {
        Err(broken("categories"))
    }
}
