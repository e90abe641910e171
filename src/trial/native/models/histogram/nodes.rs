//! The nodes of one tree of histogram boosting.
//!
//! Children are checked before a step is taken, and a walk takes at most as many steps as there are
//! nodes. For a few rows the nodes are read where they stand, since one row meets few of them; for
//! many they are unpacked first. Categories are whole numbers below 256, looked up in bits.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::pickle::{ArrayData, ArrayView, Kind, NodeId, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// Nodes are unpacked when there are more rows than one for so many nodes: about as many as one row
/// meets, so that unpacking costs no more than reading what they meet.
const NODES_PER_ROW: usize = 6;
/// Bytes of a set of categories: eight words of 32 bits.
const SET: usize = 32;

/// Which of 256 categories are in a set.
pub type Bits = [u64; 4];

/// The categories that training has seen, by column.
pub type Seen = HashMap<usize, Bits>;

/// Rows as these trees take them: row-major doubles.
pub struct Rows {
    /// The numbers.
    pub data: Vec<f64>,
    /// How many of them make a row.
    pub width: usize,
    /// The categories that training has seen.
    pub seen: Seen,
}

/// One tree.
pub struct Tree<'g> {
    nodes: Cow<'g, [u8]>,
    /// Bytes of a node.
    size: usize,
    count: usize,
    parts: Parts,
    /// The categories that go left, [`SET`] bytes for each split by category.
    lefts: Cow<'g, [u8]>,
}

/// Where in a node its parts are.
struct Parts {
    value: Part,
    threshold: Part,
    feature: Part,
    left: Part,
    right: Part,
    leaf: Part,
    missing_left: Part,
    /// Whether it splits by category, and where its set is; recorded since categories came.
    category: Option<(Part, Part)>,
}

/// One part of a node: where it starts, and how its bytes are read.
#[derive(Clone, Copy)]
struct Part {
    offset: usize,
    size: usize,
    kind: Kind,
    big_endian: bool,
}

/// A node as it is walked.
#[derive(Clone, Copy)]
struct Step {
    /// What a leaf says; the threshold of other nodes.
    number: f64,
    feature: u32,
    left: u32,
    right: u32,
    /// For splits by category, where their set is.
    bits: u32,
    split: Split,
    missing_left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Split {
    Leaf,
    Threshold,
    Category,
}

impl<'g> Tree<'g> {
    /// Reads the predictor at `node`; its nodes stay where they are.
    pub fn read(
        context: &Context<'g>,
        estimator: &Estimator<'g>,
        node: NodeId,
    ) -> Result<Tree<'g>, Stop> {
        let broken = |what: &str| estimator.refused(format!("the {what} of a tree cannot be used"));
        let predictor = Estimator::read(context, node)
            .filter(|predictor| {
                predictor.name == "TreePredictor"
                    && predictor.class.starts_with("sklearn.ensemble.")
            })
            .ok_or_else(|| broken("object"))?;
        predictor.only(&[&["nodes", "binned_left_cat_bitsets", "raw_left_cat_bitsets"]])?;
        let nodes = predictor.view("nodes")?;
        let (size, count) = (nodes.dtype.itemsize, nodes.len());
        let parts = Parts::of(&nodes).ok_or_else(|| broken("nodes"))?;
        let nodes = match nodes.data {
            ArrayData::Raw(bytes) if count > 0 && u32::try_from(count).is_ok() => bytes,
            _ => return Err(broken("nodes")),
        };
        let lefts = match predictor.get("raw_left_cat_bitsets") {
            Some(sets) => sets_of(context, estimator, sets)?.ok_or_else(|| broken("categories"))?,
            None => Cow::Borrowed(&[][..]),
        };
        Ok(Tree {
            nodes,
            size,
            count,
            parts,
            lefts,
        })
    }

    /// Adds what the tree says about each row to `sums`.
    pub fn add(
        &self,
        context: &Context,
        estimator: &Estimator,
        rows: &Rows,
        mut sums: ndarray::ArrayViewMut1<f64>,
    ) -> Result<(), Stop> {
        let pairs = rows.data.chunks_exact(rows.width.max(1)).zip(&mut sums);
        let bad = || estimator.refused("the nodes of a tree cannot be used");
        if pairs.len().saturating_mul(NODES_PER_ROW) < self.count {
            let step = |node| self.step(node, rows.width);
            for (row, sum) in pairs {
                *sum += self.walk(context, estimator, step, row, &rows.seen)?;
            }
            return Ok(());
        }
        context.charge(self.count.saturating_mul(8), &estimator.class)?;
        let steps: Option<Vec<Step>> = (0..self.count as u32)
            .map(|node| self.step(node, rows.width))
            .collect();
        let steps = steps.ok_or_else(bad)?;
        for (row, sum) in pairs {
            let step = |node: u32| steps.get(node as usize).copied();
            *sum += self.walk(context, estimator, step, row, &rows.seen)?;
        }
        Ok(())
    }

    /// What the leaf says that `row` ends in; `step` gives the node at a place inside the tree.
    fn walk(
        &self,
        context: &Context,
        estimator: &Estimator,
        step: impl Fn(u32) -> Option<Step>,
        row: &[f64],
        seen: &Seen,
    ) -> Result<f64, Stop> {
        let mut node = 0;
        for taken in 0..self.count {
            // An option of a step is no larger than the step: a result would be, at each of many.
            let Some(step) = step(node) else {
                return Err(estimator.refused("the nodes of a tree cannot be used"));
            };
            if step.split == Split::Leaf {
                context.charge(taken + 1, &estimator.class)?;
                return Ok(step.number);
            }
            let left = self.goes_left(estimator, step, row[step.feature as usize], seen)?;
            node = if left { step.left } else { step.right };
        }
        Err(estimator.refused("the nodes of a tree form a cycle"))
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
        if step.split == Split::Threshold {
            return Ok(x <= step.number);
        }
        // Beyond, the conversion in C means another category on each machine.
        if !(0.0..256.0).contains(&x) {
            let reason = "a category is outside 0 to 255, where its answer is not defined";
            return Err(estimator.refused(reason));
        }
        let category = x as u8;
        if self.in_left(step.bits, category) {
            return Ok(true);
        }
        let known = seen.get(&(step.feature as usize));
        if known.is_some_and(|known| holds(known, category)) {
            return Ok(false);
        }
        // A category that training never met is treated as missing.
        Ok(step.missing_left)
    }

    /// Whether the set at this place holds the category. Words in the order of the machine that all
    /// files come from: bit n of the set is bit n of its bytes.
    fn in_left(&self, set: u32, category: u8) -> bool {
        let byte = set as usize * SET + usize::from(category >> 3);
        let byte = self.lefts.get(byte).copied().unwrap_or(0);
        byte >> (category & 7) & 1 != 0
    }

    /// The node at this place, whose rows have `width` columns; `None` when it leads outside.
    fn step(&self, node: u32, width: usize) -> Option<Step> {
        let start = node as usize * self.size;
        let bytes = self.nodes.get(start..start + self.size)?;
        let parts = &self.parts;
        let inside = |part: Part, end: usize| {
            let place = usize::try_from(part.integer(bytes)?).ok()?;
            u32::try_from(place).ok().filter(|_| place < end)
        };
        let missing_left = parts.missing_left.integer(bytes)? != 0;
        if parts.leaf.integer(bytes)? != 0 {
            return Some(Step {
                number: parts.value.float(bytes)?,
                feature: 0,
                left: node,
                right: node,
                bits: 0,
                split: Split::Leaf,
                missing_left,
            });
        }
        let (mut split, mut bits) = (Split::Threshold, 0);
        if let Some((category, set)) = parts.category
            && category.integer(bytes)? != 0
        {
            split = Split::Category;
            bits = inside(set, self.lefts.len() / SET)?;
        }
        Some(Step {
            number: parts.threshold.float(bytes)?,
            feature: inside(parts.feature, width)?,
            left: inside(parts.left, self.count)?,
            right: inside(parts.right, self.count)?,
            bits,
            split,
            missing_left,
        })
    }
}

impl Parts {
    /// `None` for nodes of another making.
    fn of(nodes: &ArrayView) -> Option<Parts> {
        let at = |name: &str| Part::of(nodes, name);
        if nodes.shape.len() != 1 {
            return None;
        }
        Some(Parts {
            value: at("value")?.real()?,
            // Renamed when categories came.
            threshold: at("num_threshold").or_else(|| at("threshold"))?.real()?,
            feature: at("feature_idx")?,
            left: at("left")?,
            right: at("right")?,
            leaf: at("is_leaf")?,
            missing_left: at("missing_go_to_left")?,
            category: match nodes.dtype.field("is_categorical") {
                Some(_) => Some((at("is_categorical")?, at("bitset_idx")?)),
                None => None,
            },
        })
    }
}

impl Part {
    fn of(nodes: &ArrayView, name: &str) -> Option<Part> {
        let field = nodes.dtype.field(name)?;
        let dtype = &field.dtype;
        let part = Part {
            offset: field.offset,
            size: dtype.itemsize,
            kind: dtype.kind,
            big_endian: dtype.big_endian,
        };
        let fits =
            matches!(part.size, 1 | 2 | 4 | 8) && part.offset + part.size <= nodes.dtype.itemsize;
        fits.then_some(part)
    }

    /// The same, when it holds floats that are read here.
    fn real(self) -> Option<Part> {
        (self.kind == Kind::Float && matches!(self.size, 4 | 8)).then_some(self)
    }

    /// The bits of the part, the lowest first.
    fn word(self, node: &[u8]) -> Option<u64> {
        let bytes = node.get(self.offset..self.offset + self.size)?;
        let mut word = [0; 8];
        word[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            word[..self.size].reverse();
        }
        Some(u64::from_le_bytes(word))
    }

    fn float(self, node: &[u8]) -> Option<f64> {
        let word = self.word(node)?;
        Some(match self.size {
            4 => f64::from(f32::from_bits(word as u32)),
            _ => f64::from_bits(word),
        })
    }

    /// A truth value or an integer.
    fn integer(self, node: &[u8]) -> Option<i64> {
        let word = self.word(node)?;
        match self.kind {
            Kind::Bool | Kind::Uint => i64::try_from(word).ok(),
            Kind::Int => {
                let unused = 64 - 8 * self.size as u32;
                Some((word << unused) as i64 >> unused)
            }
            _ => None,
        }
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

/// Rows of eight 32-bit words as sets, in place where they stand so.
fn sets_of<'g>(
    context: &Context<'g>,
    estimator: &Estimator<'g>,
    node: NodeId,
) -> Result<Option<Cow<'g, [u8]>>, Stop> {
    let Some(array) = view(estimator.graph, node).filter(|a| a.shape.len() == 2) else {
        return Ok(None);
    };
    if array.is_empty() {
        return Ok(Some(Cow::Borrowed(&[])));
    }
    if array.shape[1] * 4 != SET {
        return Ok(None);
    }
    let plain = array.dtype.kind == Kind::Uint && array.dtype.itemsize == 4;
    if plain && !array.dtype.big_endian && !array.fortran {
        return Ok(match array.data {
            ArrayData::Raw(bytes) => Some(bytes),
            _ => None,
        });
    }
    context.charge(array.len(), &estimator.class)?;
    let Ok(words) = array.to_i64() else {
        return Ok(None);
    };
    let words = words.iter().map(|word| u32::try_from(*word).ok());
    let words: Option<Vec<[u8; 4]>> = words.map(|word| Some(word?.to_le_bytes())).collect();
    Ok(words.map(|words| Cow::Owned(words.concat())))
}
