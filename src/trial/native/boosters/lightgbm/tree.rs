//! One tree of a `LightGBM` model.
//!
//! Decisions as in `Tree::NumericalDecision` and `Tree::CategoricalDecision`
//! (<https://github.com/microsoft/LightGBM/blob/v4.6.0/include/LightGBM/tree.h>). The library makes a
//! node before its children, so a child stands behind its parent: what breaks that is refused, and
//! every walk ends.

use super::text::WHAT;
use crate::trial::native::estimator::Context;
use crate::trial::native::stop::Stop;

/// Bits of a decision type.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;
/// Values nearer to zero count as zero; a `float` in the library.
const ZERO: f64 = 1e-35_f32 as f64;

/// Which values take the default side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// None; NaN counts as zero.
    None,
    /// Zero, and NaN as well.
    Zero,
    /// NaN.
    Nan,
}

struct Split {
    feature: usize,
    threshold: f64,
    kind: u8,
    /// Not negative: a split; negative: the complement of a leaf.
    left: i32,
    right: i32,
    /// The words of its set of categories.
    categories: std::ops::Range<usize>,
}

/// A tree.
pub struct Tree {
    splits: Vec<Split>,
    leaves: Vec<f64>,
    bits: Vec<u32>,
}

impl Tree {
    /// Reads the fields of one tree and checks every number that a walk follows.
    pub fn read(fields: &[(&str, &str)], features: usize) -> Result<Tree, Stop> {
        let broken = |what: &str| Stop::refused(WHAT, format!("a tree's {what} cannot be used"));
        let field = |name: &str| {
            let found = fields.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.trim())
        };
        let leaves: usize = field("num_leaves")
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| broken("num_leaves"))?;
        if field("is_linear").is_some_and(|flag| flag != "0") {
            return Err(Stop::refused(WHAT, "linear trees are not evaluated"));
        }
        let values: Vec<f64> = list(field("leaf_value")).ok_or_else(|| broken("leaf_value"))?;
        if leaves == 0 || values.len() != leaves {
            return Err(broken("leaf_value"));
        }
        let mut tree = Tree {
            splits: Vec::new(),
            leaves: values,
            bits: Vec::new(),
        };
        if leaves == 1 {
            return Ok(tree);
        }
        let count = leaves - 1;
        let kinds: Vec<u8> =
            sized(field("decision_type"), count).ok_or_else(|| broken("decision_type"))?;
        let places: Vec<usize> =
            sized(field("split_feature"), count).ok_or_else(|| broken("split_feature"))?;
        let thresholds: Vec<f64> =
            sized(field("threshold"), count).ok_or_else(|| broken("threshold"))?;
        let left: Vec<i32> =
            sized(field("left_child"), count).ok_or_else(|| broken("left_child"))?;
        let right: Vec<i32> =
            sized(field("right_child"), count).ok_or_else(|| broken("right_child"))?;
        let mut boundaries: Vec<usize> = Vec::new();
        if field("num_cat").is_some_and(|count| count != "0") {
            boundaries = list(field("cat_boundaries")).ok_or_else(|| broken("cat_boundaries"))?;
            tree.bits = list(field("cat_threshold")).ok_or_else(|| broken("cat_threshold"))?;
        }
        for node in 0..count {
            let behind = |child: i32| match usize::try_from(child) {
                Ok(child) => child > node && child < count,
                Err(_) => usize::try_from(!child).is_ok_and(|leaf| leaf < leaves),
            };
            if places[node] >= features || !behind(left[node]) || !behind(right[node]) {
                return Err(broken("node indices"));
            }
            // Bits that no release writes.
            if kinds[node] > 15 || kinds[node] >> 2 == 3 {
                return Err(broken("decision_type"));
            }
            let mut categories = 0..0;
            if kinds[node] & CATEGORICAL != 0 {
                let set = thresholds[node] as usize;
                let bounds = boundaries
                    .get(set)
                    .zip(boundaries.get(set.saturating_add(1)));
                let (from, to) = bounds.ok_or_else(|| broken("cat_boundaries"))?;
                if from > to || *to > tree.bits.len() {
                    return Err(broken("cat_boundaries"));
                }
                categories = *from..*to;
            }
            tree.splits.push(Split {
                feature: places[node],
                threshold: thresholds[node],
                kind: kinds[node],
                left: left[node],
                right: right[node],
                categories,
            });
        }
        Ok(tree)
    }

    /// The value of the leaf that `row` ends in. The row has all features.
    pub fn predict(&self, context: &Context, row: &[f64]) -> Result<f64, Stop> {
        let mut place = 0;
        let mut steps = 1;
        if self.splits.is_empty() {
            context.charge(steps, WHAT)?;
            return Ok(self.leaves[0]);
        }
        loop {
            let split = &self.splits[place];
            let next = if self.goes_left(split, row[split.feature]) {
                split.left
            } else {
                split.right
            };
            steps += 1;
            if next < 0 {
                context.charge(steps, WHAT)?;
                return Ok(self.leaves[!next as usize]);
            }
            place = next as usize;
        }
    }

    fn goes_left(&self, split: &Split, value: f64) -> bool {
        if split.kind & CATEGORICAL != 0 {
            return self.holds(split, value);
        }
        let missing = match split.kind >> 2 {
            0 => Missing::None,
            1 => Missing::Zero,
            _ => Missing::Nan,
        };
        let value = if value.is_nan() && missing != Missing::Nan {
            0.0
        } else {
            value
        };
        let zero = (-ZERO..=ZERO).contains(&value);
        if missing == Missing::Zero && zero || missing == Missing::Nan && value.is_nan() {
            return split.kind & DEFAULT_LEFT != 0;
        }
        value <= split.threshold
    }

    /// Whether the whole part of `value` is in the split's set. What does not fit an `int` is in none.
    fn holds(&self, split: &Split, value: f64) -> bool {
        if !(value > -1.0 && value < f64::from(i32::MAX)) {
            return false;
        }
        let category = value as usize;
        let words = &self.bits[split.categories.clone()];
        words
            .get(category / 32)
            .is_some_and(|word| word >> (category % 32) & 1 == 1)
    }
}

/// Numbers between spaces.
fn list<T: std::str::FromStr>(text: Option<&str>) -> Option<Vec<T>> {
    let words = text?.split(' ').filter(|word| !word.is_empty());
    words.map(|word| word.parse().ok()).collect()
}

fn sized<T: std::str::FromStr>(text: Option<&str>, count: usize) -> Option<Vec<T>> {
    list(text).filter(|list| list.len() == count)
}
