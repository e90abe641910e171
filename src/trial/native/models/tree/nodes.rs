//! The nodes of one tree, walked for many rows at once.
//!
//! A file can hold any child index. Children are checked before a step is taken, and a walk takes
//! at most as many steps as there are nodes, so that a cycle ends. For a few rows the nodes are
//! read where they stand; for many they are packed first, 16 bytes each.

use std::borrow::Cow;

use ndarray::Array1;

use super::input::Singles;
use crate::pickle::{ArrayData, ArrayView, Kind, Value, value, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// Rows that walk together, so that the memory serves several at a time.
const LANES: usize = 16;
/// Nodes are packed when there are more rows than one for so many nodes.
const NODES_PER_ROW: usize = 32;
/// The bit of `feature` that says that missing values go left.
const MISSING_LEFT: u32 = 1 << 31;

/// The nodes of one tree.
pub struct Tree<'g> {
    nodes: ArrayView<'g>,
    fields: Fields,
    count: usize,
    values: Numbers<'g>,
    outputs: usize,
    classes: usize,
    n_features: usize,
}

/// Where in a node its parts are.
struct Fields {
    left: usize,
    right: usize,
    feature: usize,
    threshold: usize,
    missing_left: Option<usize>,
}

/// A node as it is walked; a leaf leads to itself.
#[derive(Clone, Copy)]
struct Step {
    /// Rounded down to 32 bits: no 32-bit number lies between.
    threshold: f32,
    feature: u32,
    left: u32,
    right: u32,
}

/// Floats in row-major order, where they stand in the file if they can be read there.
enum Numbers<'g> {
    Raw(Cow<'g, [u8]>),
    Read(Vec<f64>),
}

impl Numbers<'_> {
    fn get(&self, place: usize) -> f64 {
        match self {
            Numbers::Raw(bytes) => double(bytes, place * 8),
            Numbers::Read(numbers) => numbers.get(place).copied().unwrap_or(f64::NAN),
        }
    }
}

impl<'g> Tree<'g> {
    /// Reads the tree under `tree_`.
    pub fn read(context: &Context<'g>, estimator: &Estimator<'g>) -> Result<Tree<'g>, Stop> {
        let graph = estimator.graph;
        let node = estimator.need("tree_")?;
        let broken = |what: &str| estimator.refused(format!("the tree's {what} cannot be used"));
        let class = graph.class(node).ok_or_else(|| broken("object"))?;
        if &*class.name != "Tree" || !class.module.starts_with("sklearn.tree.") {
            return Err(broken("class"));
        }
        let args = graph
            .object(node)
            .and_then(|object| graph.items(object.args))
            .ok_or_else(|| broken("arguments"))?;
        let n_features = args
            .first()
            .and_then(|n| match value(graph, *n) {
                Value::Int(n) => usize::try_from(n).ok(),
                _ => None,
            })
            .ok_or_else(|| broken("number of features"))?;
        let nodes = graph
            .attribute(node, "nodes")
            .and_then(|nodes| view(graph, nodes))
            .ok_or_else(|| broken("node array"))?;
        let count = nodes.len();
        if count == 0 || count >= MISSING_LEFT as usize || nodes.shape.len() != 1 {
            return Err(broken("node array"));
        }
        let fields = Fields::of(&nodes).ok_or_else(|| broken("nodes"))?;
        let values = graph
            .attribute(node, "values")
            .and_then(|values| view(graph, values))
            .ok_or_else(|| broken("values"))?;
        let [nodes_of_values, outputs, classes] = values.shape[..] else {
            return Err(broken("values"));
        };
        if nodes_of_values < count || outputs == 0 || classes == 0 {
            return Err(broken("values"));
        }
        let values = numbers(context, estimator, values)?.ok_or_else(|| broken("values"))?;
        Ok(Tree {
            nodes,
            fields,
            count,
            values,
            outputs,
            classes,
            n_features,
        })
    }

    /// How many outputs the tree has, and how many classes at most.
    pub fn shape(&self) -> (usize, usize) {
        (self.outputs, self.classes)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// A value of the leaf: of this output and class.
    pub fn value(&self, leaf: u32, output: usize, class: usize) -> f64 {
        let place = (leaf as usize * self.outputs + output) * self.classes + class;
        self.values.get(place)
    }

    /// One more number of each node, such as `n_node_samples`.
    pub fn column(
        &self,
        context: &Context,
        estimator: &Estimator,
        name: &str,
    ) -> Result<Vec<f64>, Stop> {
        context.charge(self.count, &estimator.class)?;
        let column = self.nodes.field(name).and_then(|c| c.to_f64().ok());
        let column = column
            .ok_or_else(|| estimator.refused(format!("the tree's `{name}` cannot be used")))?;
        Ok(column.into_iter().collect())
    }

    /// How much impurity the splits by each column took away; `shares` makes their sum one.
    pub fn importances(
        &self,
        context: &Context,
        estimator: &Estimator,
        shares: bool,
    ) -> Result<Array1<f64>, Stop> {
        let weights = self.column(context, estimator, "weighted_n_node_samples")?;
        let impurity = self.column(context, estimator, "impurity")?;
        let mut found = Array1::zeros(self.n_features);
        context.charge(self.n_features, &estimator.class)?;
        let part = |node: u32| weights[node as usize] * impurity[node as usize];
        for node in 0..self.count as u32 {
            let step = self.step(node).ok_or_else(|| bad(estimator))?;
            if step.left != node {
                let feature = (step.feature & !MISSING_LEFT) as usize;
                found[feature] += part(node) - part(step.left) - part(step.right);
            }
        }
        found /= weights[0];
        let whole = found.sum();
        if shares && whole > 0.0 {
            found /= whole;
        }
        Ok(found)
    }

    /// How far each node is from the root, 0 for the root itself.
    pub fn depths(&self, context: &Context, estimator: &Estimator) -> Result<Vec<u32>, Stop> {
        context.charge(self.count * 2, &estimator.class)?;
        let mut depths = vec![u32::MAX; self.count];
        depths[0] = 0;
        let mut open = vec![0_u32];
        while let Some(node) = open.pop() {
            let step = self.step(node).ok_or_else(|| bad(estimator))?;
            if step.left == node {
                continue;
            }
            for child in [step.left, step.right] {
                // A node that is reached twice is in no tree.
                if depths[child as usize] != u32::MAX {
                    return Err(bad(estimator));
                }
                depths[child as usize] = depths[node as usize] + 1;
                open.push(child);
            }
        }
        Ok(depths)
    }

    /// Which leaf each row ends in.
    pub fn leaves(
        &self,
        context: &Context,
        estimator: &Estimator,
        x: &Singles,
    ) -> Result<Vec<u32>, Stop> {
        if x.width != self.n_features || x.width >= MISSING_LEFT as usize {
            return Err(estimator.refused(format!(
                "its tree counts {} features, its input {}",
                self.n_features, x.width
            )));
        }
        context.charge(x.rows, &estimator.class)?;
        if x.width == 0 {
            return Err(estimator.refused("its input has no columns"));
        }
        if x.rows.saturating_mul(NODES_PER_ROW) < self.count {
            let walk = |row: &[f32]| self.walk(context, estimator, row);
            return x.data.chunks_exact(x.width).map(walk).collect();
        }
        context.charge(self.count, &estimator.class)?;
        let steps: Option<Vec<Step>> = (0..self.count as u32).map(|node| self.step(node)).collect();
        let steps = steps.ok_or_else(|| bad(estimator))?;
        let mut leaves = Vec::with_capacity(x.rows);
        for block in x.data.chunks(x.width * LANES) {
            let lanes = block.len() / x.width;
            let mut at = [0_u32; LANES];
            let mut taken = 0;
            loop {
                let mut moved = false;
                for (lane, row) in block.chunks_exact(x.width).enumerate() {
                    let step = steps[at[lane] as usize];
                    let next = step.next(row[(step.feature & !MISSING_LEFT) as usize]);
                    moved |= next != at[lane];
                    at[lane] = next;
                }
                taken += 1;
                if !moved {
                    break;
                }
                if taken > self.count {
                    return Err(cycle(estimator));
                }
            }
            context.charge(taken * lanes, &estimator.class)?;
            leaves.extend_from_slice(&at[..lanes]);
        }
        Ok(leaves)
    }

    fn walk(&self, context: &Context, estimator: &Estimator, row: &[f32]) -> Result<u32, Stop> {
        let mut node = 0;
        for taken in 0..self.count {
            let step = self.step(node).ok_or_else(|| bad(estimator))?;
            let next = step.next(row[(step.feature & !MISSING_LEFT) as usize]);
            if next == node {
                context.charge(taken + 1, &estimator.class)?;
                return Ok(node);
            }
            node = next;
        }
        Err(cycle(estimator))
    }

    /// The node at this place; `None` when it leads outside the tree.
    fn step(&self, node: u32) -> Option<Step> {
        let ArrayData::Raw(bytes) = &self.nodes.data else {
            return None;
        };
        let start = node as usize * self.nodes.dtype.itemsize;
        let bytes = bytes.get(start..start + self.nodes.dtype.itemsize)?;
        let left = long(bytes, self.fields.left);
        if left == -1 {
            return Some(Step {
                threshold: 0.0,
                feature: 0,
                left: node,
                right: node,
            });
        }
        let child = |child: i64| {
            let child = u32::try_from(child).ok()?;
            ((child as usize) < self.count && child != node).then_some(child)
        };
        let feature = usize::try_from(long(bytes, self.fields.feature)).ok()?;
        if feature >= self.n_features {
            return None;
        }
        let missing_left = self.fields.missing_left.is_some_and(|at| bytes[at] != 0);
        Some(Step {
            threshold: down(double(bytes, self.fields.threshold)),
            feature: feature as u32 | if missing_left { MISSING_LEFT } else { 0 },
            left: child(left)?,
            right: child(long(bytes, self.fields.right))?,
        })
    }
}

impl Step {
    fn next(self, x: f32) -> u32 {
        let left = x <= self.threshold || x.is_nan() && self.feature & MISSING_LEFT != 0;
        if left { self.left } else { self.right }
    }
}

impl Fields {
    /// `None` for nodes that are not spelled as scikit-learn does on 64-bit little-endian machines.
    fn of(nodes: &ArrayView) -> Option<Fields> {
        let at = |name: &str, kind: Kind, size: usize| {
            let field = nodes.dtype.field(name)?;
            let plain = field.dtype.kind == kind
                && field.dtype.itemsize == size
                && !field.dtype.big_endian
                && field.offset + size <= nodes.dtype.itemsize;
            plain.then_some(field.offset)
        };
        Some(Fields {
            left: at("left_child", Kind::Int, 8)?,
            right: at("right_child", Kind::Int, 8)?,
            feature: at("feature", Kind::Int, 8)?,
            threshold: at("threshold", Kind::Float, 8)?,
            // Recorded since 1.3.
            missing_left: match nodes.dtype.field("missing_go_to_left") {
                Some(_) => Some(at("missing_go_to_left", Kind::Uint, 1)?),
                None => None,
            },
        })
    }
}

/// The numbers of an array, in place where that can be.
fn numbers<'g>(
    context: &Context,
    estimator: &Estimator,
    array: ArrayView<'g>,
) -> Result<Option<Numbers<'g>>, Stop> {
    let plain = array.dtype.kind == Kind::Float
        && array.dtype.itemsize == 8
        && !array.dtype.big_endian
        && !array.fortran;
    if !plain {
        context.charge(array.len(), &estimator.class)?;
        let read = array.to_f64().ok();
        return Ok(read.map(|numbers| Numbers::Read(numbers.iter().copied().collect())));
    }
    Ok(match array.data {
        ArrayData::Raw(bytes) => Some(Numbers::Raw(bytes)),
        _ => None,
    })
}

/// The largest 32-bit float that is not above `threshold`.
fn down(threshold: f64) -> f32 {
    let near = threshold as f32;
    if f64::from(near) > threshold {
        near.next_down()
    } else {
        near
    }
}

fn long(bytes: &[u8], at: usize) -> i64 {
    word(bytes, at).map_or(i64::MIN, i64::from_le_bytes)
}

fn double(bytes: &[u8], at: usize) -> f64 {
    word(bytes, at).map_or(f64::NAN, f64::from_le_bytes)
}

fn word(bytes: &[u8], at: usize) -> Option<[u8; 8]> {
    bytes.get(at..at + 8)?.try_into().ok()
}

fn bad(estimator: &Estimator) -> Stop {
    estimator.refused("the tree's node indices cannot be used")
}

fn cycle(estimator: &Estimator) -> Stop {
    estimator.refused("the tree's nodes form a cycle")
}
