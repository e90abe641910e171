//! Distances between rows, and how far scikit-learn's own rounding may be from them.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a view of an array is passed as a reference is"
)]

use ndarray::{Array1, Array2, ArrayView1};

use crate::pickle::{NodeId, Value, value, view};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;

/// Integers up to here are multiplied and summed without rounding in any order.
const EXACT: f64 = 1_048_576.0;
/// How many products of such integers a sum may have.
const EXACT_TERMS: usize = 4096;

/// Squared distances of rows from points. scikit-learn has them as |x|² - 2 x·y + |y|², which
/// rounds; here they are summed up from the differences.
pub struct Rounded {
    /// Row × point.
    pub squares: Array2<f64>,
    /// The rows' own squares, and the largest of the points'.
    norms: Array1<f64>,
    largest: f64,
    exact: Vec<bool>,
    width: usize,
}

/// The squared Euclidean distance of each row from each point.
pub fn products(
    context: &Context,
    estimator: &Estimator,
    x: &Array2<f64>,
    points: &Array2<f64>,
) -> Result<Rounded, Stop> {
    // Each number made takes memory as well as time.
    let width = points.ncols().saturating_add(4);
    let cells = x.nrows().saturating_add(1).saturating_mul(points.nrows());
    context.charge(cells.saturating_mul(width), &estimator.class)?;
    let norm = |row: ArrayView1<f64>| row.iter().map(|x| x * x).sum::<f64>();
    let few = x.ncols() <= EXACT_TERMS;
    let whole =
        |row: ArrayView1<f64>| few && row.iter().all(|x| x.fract() == 0.0 && x.abs() <= EXACT);
    let points_whole = points.rows().into_iter().all(whole);
    let mut squares = Array2::zeros((x.nrows(), points.nrows()));
    for (row, x) in x.rows().into_iter().enumerate() {
        for (place, point) in points.rows().into_iter().enumerate() {
            squares[[row, place]] = square(x, point);
        }
    }
    Ok(Rounded {
        squares,
        norms: x.rows().into_iter().map(norm).collect(),
        largest: points.rows().into_iter().map(norm).fold(0.0, f64::max),
        exact: x
            .rows()
            .into_iter()
            .map(|x| points_whole && whole(x))
            .collect(),
        width: x.ncols(),
    })
}

fn square(a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

impl Rounded {
    /// Whether nothing is rounded in this row, neither here nor in scikit-learn.
    pub fn exact(&self, row: usize) -> bool {
        self.exact[row]
    }

    /// How far from each other two squares of this row must be, so that their order is sure.
    pub fn slack(&self, row: usize) -> f64 {
        if self.exact[row] {
            return 0.0;
        }
        (16.0 + 2.0 * self.width as f64) * f64::EPSILON * (self.norms[row] + self.largest)
    }

    /// How wrong one square of scikit-learn is likely to be.
    pub fn error(&self, row: usize) -> f64 {
        if self.exact[row] {
            return 0.0;
        }
        4.0 * f64::EPSILON * (self.norms[row] + self.largest)
    }

    /// The points that may be the nearest one, in their order.
    pub fn nearest(&self, row: usize) -> Vec<usize> {
        let squares = self.squares.row(row);
        let least = squares.iter().copied().fold(f64::INFINITY, f64::min);
        let most = least + self.slack(row);
        (0..squares.len())
            .filter(|place| squares[*place] <= most)
            .collect()
    }

    /// The distances themselves; a refusal where scikit-learn's rounding would show.
    pub fn roots(&self, estimator: &Estimator) -> Result<Array2<f64>, Stop> {
        for (row, squares) in self.squares.rows().into_iter().enumerate() {
            let error = self.error(row);
            if error > 0.0 && squares.iter().any(|square| error > 1e-9 * square) {
                return Err(estimator.refused(
                    "a row is so near to a point that scikit-learn's distance is mostly rounding",
                ));
            }
        }
        Ok(self.squares.mapv(f64::sqrt))
    }
}

/// How two rows are compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// The root of the sum of squares.
    Euclidean,
    /// The sum of the differences.
    Manhattan,
    /// The largest difference.
    Chebyshev,
    /// The p-th root of the sum of p-th powers.
    Minkowski(f64),
    /// One minus the cosine of the angle.
    Cosine,
    /// The share of columns that differ.
    Hamming,
    /// Differences divided by the sum of the magnitudes.
    Canberra,
    /// The sum of the differences by that of the magnitudes, as index trees have it.
    BrayCurtis,
    /// Euclidean, each square divided by a variance.
    Standardized(Vec<f64>),
    /// The root of the product with a matrix from both sides.
    Mahalanobis(Array2<f64>),
    /// The columns are the distances already.
    Precomputed,
}

impl Metric {
    /// The metric by its name in scikit-learn, with its parameters (a dict).
    pub fn read(
        estimator: &Estimator,
        name: &str,
        parameters: Option<NodeId>,
    ) -> Result<Metric, Stop> {
        let unknown = || estimator.refused(format!("the metric `{name}` is not one it knows"));
        let graph = estimator.graph;
        let pairs = match parameters {
            Some(node) => graph.pairs(node).ok_or_else(unknown)?,
            None => &[],
        };
        let mut p = None;
        let mut variances = None;
        let mut inverse = None;
        for (key, node) in pairs {
            match (graph.text(*key), value(graph, *node)) {
                (Some("w" | "V" | "p"), Value::None) | (Some("squared"), Value::Bool(_)) => {}
                (Some("p"), Value::Int(number)) => p = Some(number as f64),
                (Some("p"), Value::Float(number)) => p = Some(number),
                (Some("VI"), _) if name == "mahalanobis" => {
                    let array = view(graph, *node).and_then(|array| array.to_f64().ok());
                    let array = array.and_then(|array| array.into_dimensionality().ok());
                    inverse = Some(array.ok_or_else(unknown)?);
                }
                (Some("V"), _) if name == "seuclidean" => {
                    let array = view(graph, *node).and_then(|array| array.to_f64().ok());
                    variances = Some(array.ok_or_else(unknown)?.into_iter().collect());
                }
                _ => return Err(estimator.refused("its metric has parameters it does not know")),
            }
        }
        Ok(match name {
            "euclidean" | "l2" => Metric::Euclidean,
            "manhattan" | "cityblock" | "l1" => Metric::Manhattan,
            "chebyshev" | "infinity" => Metric::Chebyshev,
            "minkowski" | "p" => match p {
                Some(1.0) => Metric::Manhattan,
                Some(2.0) | None => Metric::Euclidean,
                Some(p) if p == f64::INFINITY => Metric::Chebyshev,
                Some(p) if p > 0.0 => Metric::Minkowski(p),
                _ => return Err(unknown()),
            },
            "cosine" => Metric::Cosine,
            "hamming" => Metric::Hamming,
            "canberra" => Metric::Canberra,
            "braycurtis" => Metric::BrayCurtis,
            "seuclidean" => Metric::Standardized(variances.ok_or_else(unknown)?),
            "mahalanobis" => Metric::Mahalanobis(inverse.ok_or_else(unknown)?),
            "precomputed" => Metric::Precomputed,
            _ => return Err(unknown()),
        })
    }

    /// What orders as the distance does and is easier to have.
    pub fn reduced(&self, a: ArrayView1<f64>, b: ArrayView1<f64>) -> f64 {
        let pairs = || a.iter().zip(b);
        match self {
            Metric::Euclidean | Metric::Precomputed => square(a, b),
            Metric::Manhattan => pairs().map(|(a, b)| (a - b).abs()).sum(),
            Metric::Chebyshev => pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
            Metric::Minkowski(p) => pairs().map(|(a, b)| libm::pow((a - b).abs(), *p)).sum(),
            Metric::Cosine => {
                let length = |row: ArrayView1<f64>| row.iter().map(|x| x * x).sum::<f64>().sqrt();
                let (long, wide) = (length(a), length(b));
                if long == 0.0 || wide == 0.0 {
                    return 1.0;
                }
                // From the differences of the directions: precise for small angles too.
                let part = |(a, b): (&f64, &f64)| (a / long - b / wide).powi(2);
                0.5 * pairs().map(part).sum::<f64>()
            }
            Metric::Hamming => {
                pairs().filter(|(a, b)| a != b).count() as f64 / a.len().max(1) as f64
            }
            Metric::Canberra => pairs()
                .map(|(a, b)| {
                    let sum = a.abs() + b.abs();
                    if sum > 0.0 { (a - b).abs() / sum } else { 0.0 }
                })
                .sum(),
            Metric::BrayCurtis => {
                let top: f64 = pairs().map(|(a, b)| (a - b).abs()).sum();
                let bottom: f64 = pairs().map(|(a, b)| a.abs() + b.abs()).sum();
                if bottom > 0.0 { top / bottom } else { 0.0 }
            }
            Metric::Mahalanobis(inverse) => {
                let between = &a - &b;
                inverse.dot(&between).dot(&between)
            }
            Metric::Standardized(variances) => pairs()
                .zip(variances)
                .map(|((a, b), v)| (a - b) * (a - b) / v)
                .sum(),
        }
    }

    /// Whether the metric's own parameters are for rows of `width`.
    pub fn fits(&self, width: usize) -> bool {
        match self {
            Metric::Standardized(variances) => variances.len() == width,
            Metric::Mahalanobis(inverse) => inverse.dim() == (width, width),
            _ => true,
        }
    }

    /// The distance from its reduced form.
    pub fn distance(&self, reduced: f64) -> f64 {
        match self {
            Metric::Euclidean | Metric::Standardized(_) | Metric::Mahalanobis(_) => reduced.sqrt(),
            Metric::Minkowski(p) => libm::pow(reduced, 1.0 / p),
            _ => reduced,
        }
    }

    /// The reduced form from the distance.
    pub fn reduce(&self, distance: f64) -> f64 {
        match self {
            Metric::Euclidean | Metric::Standardized(_) | Metric::Mahalanobis(_) => {
                distance * distance
            }
            Metric::Minkowski(p) => libm::pow(distance, *p),
            _ => distance,
        }
    }

    /// Whether sums are the same to the last bit wherever they are computed term by term.
    pub fn is_plain(&self) -> bool {
        matches!(
            self,
            Metric::Euclidean
                | Metric::Manhattan
                | Metric::Chebyshev
                | Metric::Hamming
                | Metric::Precomputed
        )
    }
}
