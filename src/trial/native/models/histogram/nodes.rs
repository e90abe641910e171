//! The nodes of one tree of histogram boosting.
//!
//! Children are checked when a tree is read, and a walk takes at most as many steps as there are
//! nodes. Categories are whole numbers below 256, looked up in bits.

use std::collections::HashMap;

use crate::pickle::{ArrayView, NodeId, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// Which of 256 categories are in a set.
pub type Bits = [u64; 4];

/// The categories that training has seen, by column.
pub type Seen = HashMap<usize, Bits>;

/// One tree.
pub struct Tree {
    steps: Vec<Step>,
    /// The categories that go left, by place.
    lefts: Vec<Bits>,
}

#[derive(Clone, Copy)]
struct Step {
    /// What a leaf says; the threshold of other nodes.
    number: f64,
    feature: u32,
    left: u32,
    right: u32,
    /// For splits by category, where their set is.
    bits: u32,
    kind: Kind,
    missing_left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Leaf,
    Threshold,
    Category,
}

impl Tree {
    /// Reads the predictor at `node`, whose rows have `width` columns.
    pub fn read(
        context: &Context,
        estimator: &Estimator,
        node: NodeId,
        width: usize,
    ) -> Result<Tree, Stop> {
        let broken = |what: &str| estimator.refused(format!("the {what} of a tree cannot be used"));
        let predictor = Estimator::read(context, node)
            .filter(|predictor| {
                predictor.name == "TreePredictor"
                    && predictor.class.starts_with("sklearn.ensemble.")
            })
            .ok_or_else(|| broken("object"))?;
        predictor.only(&[&["nodes", "binned_left_cat_bitsets", "raw_left_cat_bitsets"]])?;
        let nodes = predictor.view("nodes")?;
        let count = nodes.len();
        context.charge(count.saturating_mul(8), &estimator.class)?;
        let ints = |name: &str| integers(&nodes, name).ok_or_else(|| broken("nodes"));
        let floats = |name: &str| {
            let column = nodes.field(name).and_then(|column| column.to_f64().ok());
            column
                .map(|column| column.into_iter().collect::<Vec<f64>>())
                .ok_or_else(|| broken("nodes"))
        };
        // Renamed when categories came.
        let threshold = if nodes.dtype.field("num_threshold").is_some() {
            floats("num_threshold")?
        } else {
            floats("threshold")?
        };
        let (values, feature) = (floats("value")?, ints("feature_idx")?);
        let (left, right) = (ints("left")?, ints("right")?);
        let (leaf, missing) = (ints("is_leaf")?, ints("missing_go_to_left")?);
        let (category, bits) = if nodes.dtype.field("is_categorical").is_some() {
            (ints("is_categorical")?, ints("bitset_idx")?)
        } else {
            (vec![0; count], vec![0; count])
        };
        let lefts = match predictor.get("raw_left_cat_bitsets") {
            Some(sets) => sets_of(context, estimator, sets)?.ok_or_else(|| broken("categories"))?,
            None => Vec::new(),
        };
        let inside = |number: i64, end: usize| -> Result<u32, Stop> {
            usize::try_from(number)
                .ok()
                .filter(|place| *place < end)
                .and_then(|place| u32::try_from(place).ok())
                .ok_or_else(|| broken("node indices"))
        };
        let mut steps = Vec::with_capacity(count);
        for node in 0..count {
            let kind = match (leaf[node] != 0, category[node] != 0) {
                (true, _) => Kind::Leaf,
                (false, true) => Kind::Category,
                (false, false) => Kind::Threshold,
            };
            let inner = kind != Kind::Leaf;
            steps.push(Step {
                number: if inner { threshold[node] } else { values[node] },
                feature: if inner {
                    inside(feature[node], width)?
                } else {
                    0
                },
                left: if inner { inside(left[node], count)? } else { 0 },
                right: if inner {
                    inside(right[node], count)?
                } else {
                    0
                },
                bits: if kind == Kind::Category {
                    inside(bits[node], lefts.len())?
                } else {
                    0
                },
                kind,
                missing_left: missing[node] != 0,
            });
        }
        if steps.is_empty() {
            return Err(broken("nodes"));
        }
        Ok(Tree { steps, lefts })
    }

    /// Adds what the tree says about each row to `sums`.
    pub fn add(
        &self,
        context: &Context,
        estimator: &Estimator,
        rows: &[f64],
        width: usize,
        seen: &Seen,
        mut sums: ndarray::ArrayViewMut1<f64>,
    ) -> Result<(), Stop> {
        for (row, sum) in rows.chunks_exact(width.max(1)).zip(sums.iter_mut()) {
            let mut node = 0;
            let mut taken = 0;
            let value = loop {
                let step = self.steps[node as usize];
                if step.kind == Kind::Leaf {
                    break step.number;
                }
                taken += 1;
                if taken > self.steps.len() {
                    return Err(estimator.refused("the nodes of a tree form a cycle"));
                }
                let left = self.goes_left(estimator, step, row[step.feature as usize], seen)?;
                node = if left { step.left } else { step.right };
            };
            context.charge(taken + 1, &estimator.class)?;
            *sum += value;
        }
        Ok(())
    }

    fn goes_left(
        &self,
        estimator: &Estimator,
        step: Step,
        x: f64,
        seen: &Seen,
    ) -> Result<bool, Stop> {
        if x.is_nan() {
            return Ok(step.missing_left);
        }
        if step.kind == Kind::Threshold {
            return Ok(x <= step.number);
        }
        // Beyond, the conversion in C means another category on each machine.
        if !(0.0..256.0).contains(&x) {
            let reason = "a category is outside 0 to 255, where its answer is not defined";
            return Err(estimator.refused(reason));
        }
        let category = x as u8;
        if holds(&self.lefts[step.bits as usize], category) {
            return Ok(true);
        }
        let known = seen.get(&(step.feature as usize));
        if known.is_some_and(|known| holds(known, category)) {
            return Ok(false);
        }
        // A category that training never met is treated as missing.
        Ok(step.missing_left)
    }
}

fn holds(bits: &Bits, category: u8) -> bool {
    bits[usize::from(category >> 6)] >> (category & 63) & 1 != 0
}

/// The set of these categories; `None` when one has no bit.
pub fn set(categories: impl Iterator<Item = f64>) -> Option<Bits> {
    let mut bits = Bits::default();
    for category in categories {
        if !(0.0..256.0).contains(&category) || category.fract() != 0.0 {
            return None;
        }
        let category = category as usize;
        bits[category / 64] |= 1 << (category % 64);
    }
    Some(bits)
}

/// Rows of eight 32-bit words as sets.
fn sets_of(
    context: &Context,
    estimator: &Estimator,
    node: NodeId,
) -> Result<Option<Vec<Bits>>, Stop> {
    let Some(array) = view(estimator.graph, node).filter(|a| a.shape.len() == 2) else {
        return Ok(None);
    };
    context.charge(array.len(), &estimator.class)?;
    if array.shape[1] != 8 {
        return Ok(array.is_empty().then(Vec::new));
    }
    let Ok(words) = array.to_i64() else {
        return Ok(None);
    };
    let words: Vec<i64> = words.iter().copied().collect();
    let one = |words: &[i64]| {
        let mut bits = Bits::default();
        for (place, word) in words.iter().enumerate() {
            let word = u64::from(u32::try_from(*word).ok()?);
            bits[place / 2] |= word << (32 * (place % 2));
        }
        Some(bits)
    };
    Ok(words.chunks_exact(8).map(one).collect())
}

fn integers(nodes: &ArrayView, name: &str) -> Option<Vec<i64>> {
    let column = nodes.field(name)?.to_i64().ok()?;
    Some(column.into_iter().collect())
}
