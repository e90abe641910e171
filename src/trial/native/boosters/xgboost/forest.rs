//! The trees of an `XGBoost` model, or its linear weights, whatever notation they were read from.
//!
//! Arithmetic is in 32 bits and in the library's own order of summation, so that answers agree to
//! the last bit or nearly. A file can hold any child index: children are checked against the node
//! count when a tree is read, and a walk takes at most as many steps as there are nodes.

use crate::trial::native::estimator::Context;
use crate::trial::native::stop::Stop;

/// What a refusal of a file calls it.
pub const WHAT: &str = "the XGBoost model";
/// A category from here on is none.
const CATEGORIES: f32 = 16_777_216.0;

/// A node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Children; both -1 for a leaf.
    pub left: i32,
    pub right: i32,
    pub feature: u32,
    /// The threshold of a split, the value of a leaf.
    pub value: f32,
    /// Whether missing values go left.
    pub default_left: bool,
}

/// A tree.
#[derive(Debug, Default)]
pub struct Tree {
    pub nodes: Vec<Node>,
    /// For each node that splits by categories, the categories that go right; empty for others.
    pub categories: Vec<Vec<u32>>,
}

/// What makes the margins.
#[derive(Debug)]
pub enum Kind {
    /// Trees with the group of each and, for `dart`, the weight of each.
    Trees {
        trees: Vec<Tree>,
        groups: Vec<usize>,
        weights: Option<Vec<f32>>,
        /// Trees up to each iteration, where recorded.
        iterations: Vec<usize>,
        /// Trees of one group in one iteration.
        parallel: usize,
    },
    /// A weight for each feature and group, then the biases.
    Linear(Vec<f32>),
}

/// How many trees a prediction uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// All.
    None,
    /// So many iterations.
    Iterations(usize),
    /// So many trees of each group.
    Trees(usize),
}

impl Tree {
    /// Checks every number that a walk follows.
    pub fn check(&self, features: usize) -> Option<()> {
        let count = i64::try_from(self.nodes.len()).ok()?;
        let child = |child: i32| (0..count).contains(&i64::from(child));
        let sound = |node: &Node| {
            node.left == -1
                || child(node.left) && child(node.right) && (node.feature as usize) < features
        };
        let categories = self.categories.is_empty() || self.categories.len() == self.nodes.len();
        (count > 0 && categories && self.nodes.iter().all(sound)).then_some(())
    }

    /// The value of the leaf that `row` ends in.
    pub fn leaf(&self, context: &Context, row: &[f32]) -> Result<f32, Stop> {
        let mut place = 0;
        for step in 0..self.nodes.len() {
            let node = &self.nodes[place];
            if node.left == -1 {
                context.charge(step + 1, WHAT)?;
                return Ok(node.value);
            }
            let value = row[node.feature as usize];
            let set = self.categories.get(place).filter(|set| !set.is_empty());
            let left = match set {
                _ if value.is_nan() => node.default_left,
                None => value < node.value,
                Some(set) => {
                    let known = (0.0..CATEGORIES).contains(&value);
                    !(known && set.contains(&(value as u32)))
                }
            };
            place = if left { node.left } else { node.right } as usize;
        }
        Err(Stop::refused(WHAT, "a tree runs in a circle"))
    }
}

/// How a release adds up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Order {
    /// The trees of a group first, then the margin at the start: before 1.3, with
    /// `dart` before 1.4.
    TreesFirst,
    /// One tree after the other, onto the margin at the start.
    Sequential,
    /// As before, and what a weighted tree says is taken as its sum with the start minus the start:
    /// `dart` without a matrix in between, up to 3.0.
    Inplace,
}

impl Kind {
    /// The margins of one row, into `out`, which holds the margins at the start.
    pub fn margins(
        &self,
        context: &Context,
        row: &[f32],
        limit: Limit,
        order: Order,
        out: &mut [f32],
    ) -> Result<(), Stop> {
        match self {
            Kind::Linear(weights) => {
                context.charge(weights.len(), WHAT)?;
                linear(weights, row, out);
                Ok(())
            }
            Kind::Trees {
                trees,
                groups,
                weights,
                iterations,
                parallel,
            } => {
                let count = match limit {
                    Limit::None => trees.len(),
                    Limit::Trees(each) => each.saturating_mul(out.len()),
                    Limit::Iterations(number) => match iterations.get(number) {
                        Some(end) => *end,
                        None => number.saturating_mul(*parallel).saturating_mul(out.len()),
                    },
                };
                let start = out.to_vec();
                if order == Order::TreesFirst {
                    out.fill(0.0);
                }
                for (place, tree) in trees.iter().take(count).enumerate() {
                    let group = groups[place];
                    let leaf = tree.leaf(context, row)?;
                    out[group] += match weights {
                        None => leaf,
                        Some(weights) if order == Order::Inplace => {
                            (start[group] + leaf - start[group]) * weights[place]
                        }
                        Some(weights) => leaf * weights[place],
                    };
                }
                if order == Order::TreesFirst {
                    for (sum, start) in out.iter_mut().zip(start) {
                        *sum += start;
                    }
                }
                Ok(())
            }
        }
    }
}

/// The bias with the start first, then each value that is there times its weight.
fn linear(weights: &[f32], row: &[f32], out: &mut [f32]) {
    let groups = out.len();
    for (group, sum) in out.iter_mut().enumerate() {
        let at = |feature: usize| weights[feature * groups + group];
        let mut total = at(row.len()) + *sum;
        for (feature, value) in row.iter().enumerate() {
            if !value.is_nan() {
                total += value * at(feature);
            }
        }
        *sum = total;
    }
}
