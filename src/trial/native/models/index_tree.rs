//! The k-d tree and the ball tree of a fitted neighbours model, walked as scikit-learn walks them.
//!
//! The nearest rows are the same without an index. Only where several rows are equally far does
//! the order of the walk decide which of them are taken.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a view of an array is passed as a reference is"
)]

use ndarray::{Array2, Array3, ArrayView1, Ix3};

use super::distances::Metric;
use crate::pickle::{NodeId, Value, value, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// A tree over the training rows.
pub struct IndexTree {
    data: Array2<f64>,
    order: Vec<usize>,
    /// First and last place in `order`, and whether it is a leaf.
    nodes: Vec<(usize, usize, bool)>,
    radii: Vec<f64>,
    /// A box (lower, upper) for each node of a k-d tree, a centre for each of a ball tree.
    bounds: Array3<f64>,
    metric: Metric,
}

impl IndexTree {
    /// Reads the tree under `key`.
    pub fn read(estimator: &Estimator, key: &str, metric: &Metric) -> Result<IndexTree, Stop> {
        let node = estimator.need(key)?;
        Self::parts(estimator, node, metric)
            .ok_or_else(|| estimator.refused("its index tree cannot be read"))
    }

    fn parts(estimator: &Estimator, node: NodeId, metric: &Metric) -> Option<IndexTree> {
        let graph = estimator.graph;
        let state = *graph.object(node)?.state.last()?;
        let parts = graph.items(state)?;
        let data = view(graph, *parts.first()?)?.to_f64().ok()?;
        let data: Array2<f64> = data.into_dimensionality().ok()?;
        let count = |number: &i64| usize::try_from(*number).ok();
        let integers = |array: crate::pickle::ArrayView| {
            let integers = array.to_i64().ok()?;
            integers.iter().map(count).collect::<Option<Vec<usize>>>()
        };
        let order = integers(view(graph, *parts.get(1)?)?)?;
        let nodes = view(graph, *parts.get(2)?)?;
        let starts = integers(nodes.field("idx_start")?)?;
        let ends = integers(nodes.field("idx_end")?)?;
        let leaves = integers(nodes.field("is_leaf")?)?;
        let radii: Vec<f64> = nodes.field("radius")?.to_f64().ok()?.into_iter().collect();
        let bounds = view(graph, *parts.get(3)?)?.to_f64().ok()?;
        let bounds = bounds.into_dimensionality::<Ix3>().ok()?;
        // Weights of samples are for densities.
        let weighted = parts.get(12).map(|node| value(graph, *node));
        if !matches!(weighted, None | Some(Value::None)) {
            return None;
        }
        let n = data.nrows();
        let fits = bounds.dim().1 == starts.len()
            && bounds.dim().2 == data.ncols()
            && (1..=2).contains(&bounds.dim().0)
            && order.len() == n
            && order.iter().all(|place| *place < n)
            && ends.iter().all(|end| *end <= n);
        let nodes: Vec<_> = starts
            .into_iter()
            .zip(ends)
            .zip(leaves)
            .map(|((start, end), leaf)| (start, end, leaf != 0))
            .collect();
        (fits && nodes.iter().all(|node| node.0 <= node.1)).then(|| IndexTree {
            data,
            order,
            nodes,
            radii,
            bounds,
            metric: metric.clone(),
        })
    }

    /// The `k` nearest rows, as a walk from the root finds them.
    pub fn nearest(
        &self,
        context: &Context,
        estimator: &Estimator,
        x: ArrayView1<f64>,
        k: usize,
    ) -> Result<Vec<usize>, Stop> {
        let broken = || estimator.refused("its index tree is broken");
        if x.len() != self.data.ncols() || k == 0 || k > self.data.nrows() {
            return Err(broken());
        }
        let mut heap = Heap::new(k);
        let mut waiting = vec![(0, self.bound(0, x).ok_or_else(broken)?)];
        while let Some((node, least)) = waiting.pop() {
            context.charge(1 + x.len(), &estimator.class)?;
            if least > heap.largest() {
                continue;
            }
            let (start, end, leaf) = *self.nodes.get(node).ok_or_else(broken)?;
            if leaf {
                context.charge((end - start).saturating_mul(x.len() + 8), &estimator.class)?;
                for place in &self.order[start..end] {
                    heap.push(self.metric.reduced(x, self.data.row(*place)), *place);
                }
                continue;
            }
            let (left, right) = (2 * node + 1, 2 * node + 2);
            let near = (left, self.bound(left, x).ok_or_else(broken)?);
            let far = (right, self.bound(right, x).ok_or_else(broken)?);
            // The last one in is the next one out.
            if near.1 <= far.1 {
                waiting.extend([far, near]);
            } else {
                waiting.extend([near, far]);
            }
        }
        let found: Vec<usize> = heap.rows.into_iter().flatten().collect();
        if found.len() == k {
            Ok(found)
        } else {
            Err(broken())
        }
    }

    /// The least reduced distance of anything in `node`.
    fn bound(&self, node: usize, x: ArrayView1<f64>) -> Option<f64> {
        let (halves, nodes, _) = self.bounds.dim();
        if node >= nodes {
            return None;
        }
        if halves == 1 {
            let centre = self.bounds.index_axis(ndarray::Axis(0), 0);
            let reduced = self.metric.reduced(x, centre.row(node));
            let least = (self.metric.distance(reduced) - self.radii.get(node)?).max(0.0);
            return Some(self.metric.reduce(least));
        }
        let outside = x.iter().enumerate().map(|(feature, x)| {
            let below = self.bounds[[0, node, feature]] - x;
            let above = x - self.bounds[[1, node, feature]];
            0.5 * ((below + below.abs()) + (above + above.abs()))
        });
        Some(match self.metric {
            Metric::Chebyshev => outside.fold(0.0, f64::max),
            Metric::Manhattan => outside.sum(),
            Metric::Minkowski(p) => outside.map(|d| libm::pow(d, p)).sum(),
            _ => outside.map(|d| d * d).sum(),
        })
    }
}

/// The nearest rows so far, the farthest of them first.
struct Heap {
    distances: Vec<f64>,
    rows: Vec<Option<usize>>,
}

impl Heap {
    fn new(k: usize) -> Heap {
        Heap {
            distances: vec![f64::INFINITY; k],
            rows: vec![None; k],
        }
    }

    fn largest(&self) -> f64 {
        self.distances[0]
    }

    /// Puts a row in place of the farthest one, unless it is not nearer.
    fn push(&mut self, distance: f64, row: usize) {
        if distance >= self.distances[0] || distance.is_nan() {
            return;
        }
        let size = self.distances.len();
        let mut place = 0;
        loop {
            let left = 2 * place + 1;
            let right = left + 1;
            if left >= size {
                break;
            }
            // Of two equal children the left one moves up.
            let larger = if right < size && self.distances[right] > self.distances[left] {
                right
            } else {
                left
            };
            if self.distances[larger] <= distance {
                break;
            }
            self.distances[place] = self.distances[larger];
            self.rows[place] = self.rows[larger];
            place = larger;
        }
        self.distances[place] = distance;
        self.rows[place] = Some(row);
    }
}
