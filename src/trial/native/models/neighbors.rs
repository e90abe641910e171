//! The nearest training rows of each row, whatever index scikit-learn has over them.
//!
//! Where several training rows are equally far, or nearer to each other than its rounding, an
//! evaluator asks whether it matters which of them are taken. If it does, the fitted tree is walked
//! as scikit-learn would; without a tree the row is refused.

use std::cell::OnceCell;

use ndarray::{Array2, ArrayView1};

use super::distances::{Metric, Rounded, products};
use super::index_tree::IndexTree;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

/// Parameters and results of training that all neighbours models have.
pub const KNOWN: &[&str] = &[
    "n_neighbors",
    "radius",
    "algorithm",
    "leaf_size",
    "metric",
    "metric_params",
    "p",
    "weights",
    "effective_metric_",
    "effective_metric_params_",
    "_fit_method",
    "_fit_X",
    "_tree",
    "_y",
    "n_samples_fit_",
    "outputs_2d_",
    "classes_",
];

/// Training rows near one row, with their distances.
pub struct Near {
    /// Surely among the nearest.
    pub sure: Vec<(usize, f64)>,
    /// Of these as many as are `open`, it is not clear which.
    pub unsure: Vec<(usize, f64)>,
    /// How many of the unsure ones are among the nearest.
    pub open: usize,
}

/// What a neighbours model looks in.
pub struct Index<'a, 'g> {
    context: &'a Context<'g>,
    estimator: &'a Estimator<'g>,
    /// The training rows.
    pub fitted: Array2<f64>,
    /// The rows asked for.
    pub x: Array2<f64>,
    metric: Metric,
    tree: bool,
    /// Read for the first row that needs it.
    walked: OnceCell<IndexTree>,
    /// Only where scikit-learn multiplies distances out.
    rounded: Option<Rounded>,
}

impl<'a, 'g> Index<'a, 'g> {
    /// The training rows of `estimator` and the rows of `frame`.
    pub fn read(
        context: &'a Context<'g>,
        estimator: &'a Estimator<'g>,
        frame: &Frame,
    ) -> Result<Index<'a, 'g>, Stop> {
        let name = estimator.text("effective_metric_", "")?;
        let metric = Metric::read(estimator, name, estimator.get("effective_metric_params_"))?;
        let tree = match estimator.text("_fit_method", "")? {
            "kd_tree" | "ball_tree" => true,
            "brute" => false,
            _ => return Err(estimator.strange("_fit_method")),
        };
        if metric == Metric::BrayCurtis && !tree {
            return Err(estimator.refused("without a tree its metric differs between releases"));
        }
        let fitted = estimator.matrix("_fit_X")?;
        let width = if metric == Metric::Precomputed {
            fitted.nrows()
        } else {
            fitted.ncols()
        };
        if !metric.fits(width) {
            return Err(estimator.refused("its metric has another width than its rows"));
        }
        // Every distance costs a product with the matrix.
        if matches!(metric, Metric::Mahalanobis(_)) {
            let work = frame.n_rows.saturating_mul(fitted.len());
            context.charge(work.saturating_mul(width), &estimator.class)?;
        }
        let x = check::rows(context, estimator, frame, width)?;
        if !tree {
            check::precise(estimator, "_fit_X", &x)?;
        }
        let rounded = (metric == Metric::Euclidean && !tree)
            .then(|| products(context, estimator, &x, &fitted))
            .transpose()?;
        Ok(Index {
            context,
            estimator,
            fitted,
            x,
            metric,
            tree,
            walked: OnceCell::new(),
            rounded,
        })
    }

    /// The reduced distance of every training row, and how uncertain they are.
    fn reduced(&self, row: usize) -> Result<(Vec<f64>, f64), Stop> {
        let (estimator, x) = (self.estimator, self.x.row(row));
        let n = self.fitted.nrows();
        let work = self.fitted.len().saturating_add(n.saturating_mul(16));
        self.context.charge(work, &estimator.class)?;
        if let Some(rounded) = &self.rounded {
            return Ok((rounded.squares.row(row).to_vec(), rounded.slack(row)));
        }
        if self.metric == Metric::Precomputed {
            return Ok((x.to_vec(), 0.0));
        }
        let rows = self.fitted.rows().into_iter();
        let reduced: Vec<f64> = rows.map(|fitted| self.metric.reduced(x, fitted)).collect();
        Ok((reduced, 0.0))
    }

    /// How uncertain a reduced distance is beyond what all of its row are.
    fn relative(&self, reduced: f64, width: usize) -> f64 {
        let rounding = (4.0 + width as f64) * f64::EPSILON;
        match self.metric {
            Metric::Cosine => 4.0 * rounding,
            ref metric if metric.is_plain() => 0.0,
            _ => rounding * reduced.abs(),
        }
    }

    /// The `k` nearest training rows of a row.
    pub fn nearest(&self, row: usize, k: usize) -> Result<Near, Stop> {
        let estimator = self.estimator;
        let (reduced, slack) = self.reduced(row)?;
        if k == 0 || k > reduced.len() {
            return Err(estimator.refused("it asks for more neighbours than it has rows"));
        }
        if reduced.iter().any(|distance| distance.is_nan()) {
            return Err(estimator.refused("its training rows hold numbers that are none"));
        }
        // Only the nearest ones need an order: by distance, then as they stand.
        let by = |a: &usize, b: &usize| reduced[*a].total_cmp(&reduced[*b]).then(a.cmp(b));
        let mut order: Vec<usize> = (0..reduced.len()).collect();
        let (_, last, beyond) = order.select_nth_unstable_by(k - 1, by);
        let last = reduced[*last];
        let band = slack + self.relative(last, self.fitted.ncols());
        let with = |place: &usize| (*place, self.metric.distance(reduced[*place]));
        let clear = !beyond.iter().any(|place| reduced[*place] <= last + band);
        if clear {
            order.truncate(k);
        } else {
            order.retain(|place| reduced[*place] <= last + band);
        }
        order.sort_unstable_by(by);
        // Nothing beyond the last one is as near as it: the choice is sure.
        if clear {
            return Ok(Near {
                sure: order.iter().map(with).collect(),
                unsure: Vec::new(),
                open: 0,
            });
        }
        let from = order.partition_point(|place| reduced[*place] < last - band);
        Ok(Near {
            sure: order[..from].iter().map(with).collect(),
            unsure: order[from..].iter().map(with).collect(),
            open: k - from,
        })
    }

    /// The training rows within a radius, in their order.
    pub fn within(&self, row: usize, radius: f64) -> Result<Vec<(usize, f64)>, Stop> {
        let (reduced, slack) = self.reduced(row)?;
        let limit = self.metric.reduce(radius);
        let band = slack + self.relative(limit, self.fitted.ncols());
        if band > 0.0 && reduced.iter().any(|r| (r - limit).abs() <= band) {
            return Err(self.estimator.refused(
                "a training row is so near to the radius that rounding decides about it",
            ));
        }
        let within = reduced.iter().enumerate().filter(|(_, r)| **r <= limit);
        Ok(within
            .map(|(place, r)| (place, self.metric.distance(*r)))
            .collect())
    }

    /// The nearest training rows, for a model that gets the same from `a` and `b` where `same`
    /// says so.
    pub fn settled(
        &self,
        row: usize,
        k: usize,
        same: impl Fn(&(usize, f64), &(usize, f64)) -> bool,
    ) -> Result<Vec<(usize, f64)>, Stop> {
        let near = self.nearest(row, k)?;
        let Near {
            mut sure,
            unsure,
            open,
        } = near;
        let alike = unsure
            .first()
            .is_none_or(|first| unsure.iter().all(|other| same(first, other)));
        if alike {
            sure.extend(unsure.into_iter().take(open));
            return Ok(sure);
        }
        if !self.tree || !self.metric.is_plain() {
            return Err(self.estimator.refused(
                "training rows are equally far from a row; which of them count is not certain",
            ));
        }
        let chosen = self
            .walked()?
            .nearest(self.context, self.estimator, self.x.row(row), k)?;
        let all = sure.into_iter().chain(unsure);
        let kept: Vec<(usize, f64)> = all.filter(|(place, _)| chosen.contains(place)).collect();
        if kept.len() == k {
            Ok(kept)
        } else {
            Err(self
                .estimator
                .refused("its index tree holds other rows than its data"))
        }
    }

    /// The fitted tree.
    fn walked(&self) -> Result<&IndexTree, Stop> {
        if let Some(tree) = self.walked.get() {
            return Ok(tree);
        }
        let work = self.fitted.len();
        self.context.charge(work, &self.estimator.class)?;
        let tree = IndexTree::read(self.estimator, "_tree", &self.metric)?;
        Ok(self.walked.get_or_init(|| tree))
    }

    /// The weight of each neighbour.
    pub fn weights(&self, row: usize, near: &[(usize, f64)]) -> Result<Vec<f64>, Stop> {
        match self.estimator.text("weights", "uniform")? {
            "uniform" => Ok(vec![1.0; near.len()]),
            "distance" => self.inverse(row, near),
            _ => Err(self.estimator.strange("weights")),
        }
    }

    /// One by the distance; rows at no distance at all have all the weight.
    fn inverse(&self, row: usize, near: &[(usize, f64)]) -> Result<Vec<f64>, Stop> {
        let uncertain = match &self.rounded {
            Some(rounded) => {
                let error = rounded.error(row);
                near.iter().any(|(_, d)| error > 1e-9 * d * d)
            }
            None => self.metric == Metric::Cosine && near.iter().any(|(_, d)| *d < 1e-6),
        };
        if uncertain {
            return Err(self.estimator.refused(
                "a training row is so near that its weight is mostly rounding in scikit-learn",
            ));
        }
        if near.iter().any(|(_, d)| *d == 0.0) {
            let at = |d: f64| f64::from(u8::from(d == 0.0));
            return Ok(near.iter().map(|(_, d)| at(*d)).collect());
        }
        Ok(near.iter().map(|(_, d)| 1.0 / d).collect())
    }

    /// Refuses a distance that scikit-learn's rounding would show in.
    pub fn check_precision(&self, row: usize, distance: f64) -> Result<(), Stop> {
        match &self.rounded {
            Some(rounded) if rounded.error(row) > 1e-9 * distance * distance => Err(self
                .estimator
                .refused("training rows are so near that their distance is mostly rounding")),
            _ => Ok(()),
        }
    }

    /// Whether weights depend on distances.
    pub fn weighted(&self) -> bool {
        self.estimator
            .text("weights", "uniform")
            .is_ok_and(|word| word == "distance")
    }

    /// The row of a matrix of training values that belongs to a neighbour.
    pub fn row_of<'m>(
        &self,
        values: &'m Array2<f64>,
        place: usize,
    ) -> Result<ArrayView1<'m, f64>, Stop> {
        if place < values.nrows() {
            Ok(values.row(place))
        } else {
            Err(self
                .estimator
                .refused("it has fewer targets than training rows"))
        }
    }
}
