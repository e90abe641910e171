//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of single precision.
//!
//! Sums are made tree by tree, and a classifier of two classes may give weights to one of them only:
//! `TreeAggregatorClassifier` says what the other gets
//! (<https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/providers/cpu/ml/tree_ensemble_aggregator.h>).

use std::collections::HashMap;

use super::Step;
use super::doubt::tree_doubt;
use super::learned::{largest, logistic};
use super::tensor::{Data, Tensor};
use crate::trial::native::stop::Stop;

/// How a node compares.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Leaf,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Equal,
    NotEqual,
}

struct Node {
    mode: Mode,
    feature: usize,
    value: f32,
    yes: usize,
    no: usize,
    missing_yes: bool,
    /// What a leaf adds to which target.
    weights: Vec<(usize, f32)>,
}

struct Ensemble {
    nodes: Vec<Node>,
    /// The first node of each tree, in file order.
    roots: Vec<usize>,
}

const NODES: &[&str] = &[
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_missing_value_tracks_true",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_treeids",
    "nodes_truenodeids",
    "nodes_values",
    "post_transform",
    "base_values",
];

impl Step<'_, '_> {
    /// The nodes; the weights stand under names that begin with `prefix`.
    fn ensemble(&self, prefix: &str, targets: usize) -> Result<Ensemble, Stop> {
        let modes = self.words("nodes_modes")?;
        let count = modes.len();
        let ints = |name: &str| -> Result<&[i64], Stop> {
            let found = self.ints(name)?;
            (found.len() == count)
                .then_some(found)
                .ok_or_else(|| self.broken())
        };
        let (trees, ids) = (ints("nodes_treeids")?, ints("nodes_nodeids")?);
        let (yes, no) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
        let features = ints("nodes_featureids")?;
        let values = self.floats("nodes_values")?;
        let tracks = self.ints("nodes_missing_value_tracks_true")?;
        if values.len() != count || !(tracks.is_empty() || tracks.len() == count) {
            return Err(self.broken());
        }
        let mut places = HashMap::new();
        let mut roots: Vec<usize> = Vec::new();
        for place in 0..count {
            if places.insert((trees[place], ids[place]), place).is_some() {
                return Err(self.broken());
            }
            if roots.last().is_none_or(|root| trees[*root] != trees[place]) {
                roots.push(place);
            }
        }
        let mut nodes = Vec::with_capacity(count);
        for place in 0..count {
            let mode = match modes[place].as_str() {
                "LEAF" => Mode::Leaf,
                "BRANCH_LEQ" => Mode::LessOrEqual,
                "BRANCH_LT" => Mode::Less,
                "BRANCH_GTE" => Mode::GreaterOrEqual,
                "BRANCH_GT" => Mode::Greater,
                "BRANCH_EQ" => Mode::Equal,
                "BRANCH_NEQ" => Mode::NotEqual,
                _ => return Err(self.broken()),
            };
            let child = |id: i64| {
                if mode == Mode::Leaf {
                    return Some(0);
                }
                places.get(&(trees[place], id)).copied()
            };
            let (yes, no) = (child(yes[place]), child(no[place]));
            let (Some(yes), Some(no)) = (yes, no) else {
                return Err(self.broken());
            };
            nodes.push(Node {
                mode,
                feature: usize::try_from(features[place]).map_err(|_| self.broken())?,
                value: values[place],
                yes,
                no,
                missing_yes: tracks.get(place).is_some_and(|flag| *flag != 0),
                weights: Vec::new(),
            });
        }
        let named = |name: &str| format!("{prefix}_{name}");
        let (owners, owner_ids) = (self.ints(&named("treeids"))?, self.ints(&named("nodeids"))?);
        let (ids, weights) = (self.ints(&named("ids"))?, self.floats(&named("weights"))?);
        if [owners.len(), owner_ids.len(), ids.len()] != [weights.len(); 3] {
            return Err(self.broken());
        }
        for (place, weight) in weights.iter().enumerate() {
            let target = usize::try_from(ids[place])
                .ok()
                .filter(|target| *target < targets);
            let node = places.get(&(owners[place], owner_ids[place]));
            match (target, node) {
                (Some(target), Some(node)) if nodes[*node].mode == Mode::Leaf => {
                    nodes[*node].weights.push((target, *weight));
                }
                _ => return Err(self.broken()),
            }
        }
        Ok(Ensemble { nodes, roots })
    }

    /// The sums of a row over all trees, and which targets got any.
    fn sums(
        &self,
        ensemble: &Ensemble,
        row: &[f32],
        targets: usize,
    ) -> Result<(Vec<f32>, Vec<bool>), Stop> {
        let doubt = self.doubt_of(0);
        let mut sums = vec![0.0_f32; targets];
        let mut got = vec![false; targets];
        for root in &ensemble.roots {
            let mut place = *root;
            let mut steps = 0;
            loop {
                let node = &ensemble.nodes[place];
                if node.mode == Mode::Leaf {
                    for (target, weight) in &node.weights {
                        sums[*target] += weight;
                        got[*target] = true;
                    }
                    self.context
                        .charge(steps + node.weights.len() + 1, super::WHAT)?;
                    break;
                }
                steps += 1;
                if steps > ensemble.nodes.len() {
                    return Err(self.refused("a tree runs in a circle"));
                }
                let x = *row.get(node.feature).ok_or_else(|| self.broken())?;
                self.apart(x.into(), node.value.into(), doubt)?;
                let holds = match node.mode {
                    _ if x.is_nan() && node.missing_yes => true,
                    Mode::LessOrEqual => x <= node.value,
                    Mode::Less => x < node.value,
                    Mode::GreaterOrEqual => x >= node.value,
                    Mode::Greater => x > node.value,
                    Mode::Equal => x == node.value,
                    Mode::NotEqual => x != node.value,
                    Mode::Leaf => false,
                };
                place = if holds { node.yes } else { node.no };
            }
        }
        Ok((sums, got))
    }

    pub(super) fn tree_regressor(&self) -> Result<Tensor, Stop> {
        let own = [
            "n_targets",
            "aggregate_function",
            "target_ids",
            "target_nodeids",
            "target_treeids",
            "target_weights",
        ];
        self.only(&[NODES, &own].concat())?;
        let average = match self.word("aggregate_function", "SUM")?.as_str() {
            "SUM" => false,
            "AVERAGE" => true,
            other => return Err(self.refused(format!("the aggregate {other} is not evaluated"))),
        };
        if self.word("post_transform", "NONE")? != "NONE" {
            return Err(self.refused("it transforms its answers"));
        }
        let targets = usize::try_from(self.int("n_targets", 1)?).map_err(|_| self.broken())?;
        let base = self.floats("base_values")?;
        if targets == 0 || !(base.is_empty() || base.len() == targets) {
            return Err(self.broken());
        }
        let (rows, columns, numbers) = self.table()?;
        self.pay(&[rows, targets])?;
        let ensemble = self.ensemble("target", targets)?;
        let mut made = Vec::with_capacity(rows * targets);
        for row in numbers.chunks_exact(columns.max(1)) {
            let (sums, _) = self.sums(&ensemble, row, targets)?;
            for (target, sum) in sums.iter().enumerate() {
                let sum = if average {
                    sum / ensemble.roots.len() as f32
                } else {
                    *sum
                };
                made.push(sum + base.get(target).copied().unwrap_or(0.0));
            }
        }
        self.make(vec![rows, targets], Data::F32(made))
    }

    pub(super) fn tree_classifier(&self) -> Result<Vec<Tensor>, Stop> {
        let own = [
            "class_ids",
            "class_nodeids",
            "class_treeids",
            "class_weights",
            "classlabels_int64s",
            "classlabels_strings",
        ];
        self.only(&[NODES, &own].concat())?;
        let labels = self.labels("classlabels_int64s", "classlabels_strings")?;
        let classes = labels.len();
        if classes < 2 {
            return Err(self.refused("it has a single class"));
        }
        let base = self.floats("base_values")?;
        let (rows, columns, numbers) = self.table()?;
        self.pay(&[rows, classes])?;
        let ensemble = self.ensemble("class", classes)?;
        let ids = self.ints("class_ids")?;
        let one = classes == 2 && ids.windows(2).all(|pair| pair[0] == pair[1]);
        if classes == 2 && !one {
            return Err(self.refused("it gives weights to both of two classes"));
        }
        if !(base.is_empty() || base.len() == classes && !one || base.len() == 1 && one) {
            return Err(self.refused("its start values are not one for each class"));
        }
        let positive = self
            .floats("class_weights")?
            .iter()
            .all(|weight| *weight >= 0.0);
        let trees = ensemble.roots.len();
        let doubt = tree_doubt(trees, rows, self.floats("class_weights")?);
        let mut best = Vec::with_capacity(rows);
        let mut made = Vec::with_capacity(rows * classes);
        for row in numbers.chunks_exact(columns.max(1)) {
            let (mut sums, _) = self.sums(&ensemble, row, classes)?;
            if one {
                let only = ids.first().map_or(0, |id| *id as usize);
                let score = sums[only] + base.first().copied().unwrap_or(0.0);
                let border = if positive { 0.5 } else { 0.0 };
                self.apart(score.into(), border.into(), doubt)?;
                best.push(usize::from(score > border));
                made.extend(self.two_sided(score, positive)?);
                continue;
            }
            for (sum, base) in sums.iter_mut().zip(base) {
                *sum += base;
            }
            let winner = largest(&sums);
            let wide: Vec<f64> = sums.iter().map(|x| f64::from(*x)).collect();
            self.ahead(&wide, winner, doubt)?;
            best.push(winner);
            self.finish(&mut sums)?;
            made.extend(sums);
        }
        let labels = Tensor {
            shape: vec![rows],
            data: labels.pick(&best),
        };
        Ok(vec![
            labels,
            self.make(vec![rows, classes], Data::F32(made))?,
        ])
    }

    /// Both sides of the score of the second class.
    fn two_sided(&self, score: f32, positive: bool) -> Result<[f32; 2], Stop> {
        match (self.word("post_transform", "NONE")?.as_str(), positive) {
            ("NONE" | "LOGISTIC", true) => Ok([1.0 - score, score]),
            ("LOGISTIC", false) => Ok([logistic(-score), logistic(score)]),
            ("NONE", false) => Ok([-score, score]),
            (other, _) => Err(self.refused(format!(
                "the transform {other} of two classes is not evaluated"
            ))),
        }
    }
}
