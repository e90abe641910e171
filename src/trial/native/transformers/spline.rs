//! `SplineTransformer`: B-splines of each column.

use ndarray::Array2;

use crate::pickle::{NodeId, Value, value, view};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "n_knots",
    "degree",
    "knots",
    "extrapolation",
    "include_bias",
    "order",
    "sparse_output",
    "handle_missing",
    "bsplines_",
    "n_features_out_",
];
/// The highest degree that is computed.
const MAX_DEGREE: usize = 50;

/// One column's splines: knots and, of each basis function, what it adds to each output.
struct Spline {
    knots: Vec<f64>,
    weights: Array2<f64>,
    degree: usize,
}

/// `SplineTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let nodes = estimator.list("bsplines_")?;
    let splines = nodes
        .iter()
        .map(|node| Spline::read(context, estimator, *node))
        .collect::<Result<Vec<_>, _>>()?;
    let extrapolation = estimator.text("extrapolation", "constant")?;
    let bias = estimator.flag("include_bias", true)?;
    let sparse = estimator.flag("sparse_output", false)?;
    let zeros = match estimator.text("handle_missing", "error")? {
        "error" => false,
        "zeros" => true,
        _ => return Err(estimator.strange("handle_missing")),
    };
    check::features(estimator, frame, Some(splines.len()))?;
    let allow = if zeros { Allow::Nan } else { Allow::Finite };
    let x = check::matrix(context, estimator, frame, allow, Width::Double)?;
    let width: usize = splines.iter().map(|s| s.weights.ncols()).sum();
    let work = splines
        .iter()
        .map(|s| (s.degree + 2) * (s.degree + 2) + s.weights.ncols() * 4);
    let work: usize = work.fold(0, usize::saturating_add);
    context.charge(
        work.saturating_mul(x.nrows().saturating_add(4)),
        &estimator.class,
    )?;
    let mut out = Array2::zeros((x.nrows(), width));
    let mut first = 0;
    // Linear extrapolation of degree 0 and 1 raises the degree, and the later columns keep it.
    let mut edge = splines.first().map_or(0, |spline| spline.degree);
    for (spline, column) in splines.iter().zip(x.columns()) {
        let n = spline.weights.ncols();
        let outer = Outer::read(estimator, extrapolation, spline, edge)?;
        for (row, x) in column.iter().enumerate() {
            let mut cells = out.row_mut(row);
            let cells = cells.as_slice_mut().unwrap_or_default();
            if x.is_nan() {
                continue;
            }
            outer.fill(spline, *x, &mut cells[first..first + n])?;
        }
        if extrapolation == "linear" && edge <= 1 {
            edge += 1;
        }
        first += n;
    }
    if !bias {
        let mut kept = Vec::new();
        let mut end = 0;
        for spline in &splines {
            let n = spline.weights.ncols();
            kept.extend(end..(end + n).saturating_sub(1));
            end += n;
        }
        out = out.select(ndarray::Axis(1), &kept);
    }
    let mut frame = Frame::from_matrix(&out);
    frame.sparse = sparse;
    Ok(frame)
}

/// What happens outside of the knots.
enum Outer {
    Continue,
    Error,
    Periodic,
    /// The bounds, the values there, and the slopes there when the lines go on.
    Bounded {
        low: f64,
        high: f64,
        values: [Vec<f64>; 2],
        slopes: Option<[Vec<f64>; 2]>,
        edge: usize,
    },
}

impl Outer {
    fn read(
        estimator: &Estimator,
        word: &str,
        spline: &Spline,
        edge: usize,
    ) -> Result<Outer, Stop> {
        let linear = match word {
            "continue" => return Ok(Outer::Continue),
            "error" => return Ok(Outer::Error),
            "periodic" => return Ok(Outer::Periodic),
            "constant" => false,
            "linear" => true,
            _ => return Err(estimator.strange("extrapolation")),
        };
        let last = spline.knots.len().checked_sub(edge + 1);
        let bounds = last.and_then(|last| Some((*spline.knots.get(edge)?, spline.knots[last])));
        let (low, high) = bounds.ok_or_else(|| estimator.strange("bsplines_"))?;
        // The lines are made for one function more where the degree is 0 or 1.
        let lines = if linear && edge <= 1 { edge + 1 } else { edge };
        if lines > spline.weights.ncols() {
            return Err(estimator.strange("bsplines_"));
        }
        let slopes = linear.then(|| [spline.slopes(low), spline.slopes(high)]);
        Ok(Outer::Bounded {
            low,
            high,
            values: [spline.values(low), spline.values(high)],
            slopes,
            edge: lines,
        })
    }

    fn fill(&self, spline: &Spline, x: f64, cells: &mut [f64]) -> Result<(), Stop> {
        match self {
            Outer::Continue => cells.copy_from_slice(&spline.values(x)),
            Outer::Periodic => cells.copy_from_slice(&spline.values(spline.wrapped(x))),
            Outer::Error => {
                let (low, high) = spline.bounds();
                if x < low || x > high {
                    return Err(Stop::value_error(
                        "`X` contains values beyond the limits of the knots.",
                    ));
                }
                cells.copy_from_slice(&spline.values(x));
            }
            Outer::Bounded {
                low,
                high,
                values,
                slopes,
                edge,
            } => {
                if *low <= x && x <= *high {
                    // Outside of its own bounds a spline that does not extrapolate has no value.
                    let (first, last) = spline.bounds();
                    if x < first || x > last {
                        cells.fill(f64::NAN);
                    } else {
                        cells.copy_from_slice(&spline.values(x));
                    }
                    return Ok(());
                }
                let below = x < *low;
                let n = cells.len();
                for j in 0..*edge {
                    let place = if below { j } else { n - 1 - j };
                    let value = values[usize::from(!below)][place];
                    cells[place] = match slopes {
                        None => value,
                        Some(slopes) if below => value + (x - low) * slopes[0][place],
                        Some(slopes) => value + (x - high) * slopes[1][place],
                    };
                }
            }
        }
        Ok(())
    }
}

impl Spline {
    fn read(context: &Context, estimator: &Estimator, node: NodeId) -> Result<Spline, Stop> {
        let strange = || estimator.strange("bsplines_");
        let graph = estimator.graph;
        let mut object = Estimator::read(context, node).ok_or_else(strange)?;
        // Since 1.17 scipy wraps what it had before: (the inner spline, an empty array).
        let wrapped = graph.object(node).and_then(|object| {
            let state = graph.items(*object.state.last()?)?;
            state.first().copied()
        });
        if let Some(inner) = wrapped.and_then(|inner| Estimator::read(context, inner)) {
            object = inner;
        }
        if !matches!(object.name, "BSpline" | "_BSpline")
            || !object.class.starts_with("scipy.interpolate")
        {
            return Err(strange());
        }
        let array = |key: &str| {
            let node = object.get(key).ok_or_else(strange)?;
            let array = view(graph, node).ok_or_else(strange)?;
            array.to_f64().map_err(|_| strange())
        };
        // scipy keeps them under these names, or behind properties.
        let key = |plain: &'static str, hidden: &'static str| {
            if object.has(plain) { plain } else { hidden }
        };
        let knots: Vec<f64> = array(key("t", "_t"))?.into_iter().collect();
        let weights = array(key("c", "_c"))?
            .into_dimensionality::<ndarray::Ix2>()
            .map_err(|_| strange())?;
        let degree = match object.get("k").map(|node| value(graph, node)) {
            Some(Value::Int(degree)) => usize::try_from(degree).map_err(|_| strange())?,
            _ => return Err(strange()),
        };
        context.charge(knots.len() + weights.len(), &estimator.class)?;
        let rises = knots.windows(2).all(|pair| pair[0] <= pair[1]);
        let fits = degree <= MAX_DEGREE
            && knots.len() == weights.nrows() + degree + 1
            && weights.nrows() > degree
            && rises
            && knots.iter().all(|knot| knot.is_finite());
        if !fits {
            return Err(strange());
        }
        Ok(Spline {
            knots,
            weights,
            degree,
        })
    }

    /// Where the splines sum to one.
    fn bounds(&self) -> (f64, f64) {
        (self.knots[self.degree], self.knots[self.weights.nrows()])
    }

    /// `x` inside of the period.
    fn wrapped(&self, x: f64) -> f64 {
        let (low, high) = self.bounds();
        let period = high - low;
        if period <= 0.0 {
            return 0.0;
        }
        // Python's `%`: never negative.
        let rest = libm::fmod(x - low, period);
        let rest = if rest < 0.0 { rest + period } else { rest };
        low + rest
    }

    /// The last interval between knots that does not begin after `x`, an outer one beyond them.
    fn interval(&self, x: f64) -> usize {
        let last = self.weights.nrows() - 1;
        let next = self.knots.partition_point(|knot| *knot <= x);
        next.saturating_sub(1).clamp(self.degree, last)
    }

    /// The basis functions of `degree` that are not zero at `x`, from `interval - degree` on.
    fn basis(&self, degree: usize, interval: usize, x: f64) -> Vec<f64> {
        let t = &self.knots;
        let mut basis = vec![0.0; degree + 1];
        basis[0] = 1.0;
        for j in 1..=degree {
            let mut saved = 0.0;
            for r in 0..j {
                let right = t[interval + r + 1];
                let left = t[interval + 1 + r - j];
                let width = right - left;
                let part = if width == 0.0 { 0.0 } else { basis[r] / width };
                basis[r] = saved + (right - x) * part;
                saved = (x - left) * part;
            }
            basis[j] = saved;
        }
        basis
    }

    fn weighted(&self, interval: usize, basis: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.weights.ncols()];
        for (j, b) in basis.iter().enumerate() {
            let weights = self.weights.row(interval - self.degree + j);
            for (cell, weight) in out.iter_mut().zip(weights) {
                *cell += b * weight;
            }
        }
        out
    }

    fn values(&self, x: f64) -> Vec<f64> {
        let interval = self.interval(x);
        self.weighted(interval, &self.basis(self.degree, interval, x))
    }

    fn slopes(&self, x: f64) -> Vec<f64> {
        let interval = self.interval(x);
        let k = self.degree;
        let mut slopes = vec![0.0; k + 1];
        if k > 0 {
            let lower = self.basis(k - 1, interval, x);
            for (j, basis) in lower.iter().enumerate() {
                // The function that begins at this knot rises with it, the one before falls.
                let from = interval - k + 1 + j;
                let width = self.knots[from + k] - self.knots[from];
                let part = if width == 0.0 {
                    0.0
                } else {
                    k as f64 * basis / width
                };
                slopes[j + 1] += part;
                slopes[j] -= part;
            }
        }
        self.weighted(interval, &slopes)
    }
}
