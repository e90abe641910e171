//! Rows as sums of few learnt parts: `DictionaryLearning`, `MiniBatchDictionaryLearning`,
//! `SparseCoder`, by orthogonal matching pursuit or by a threshold. Other searches are refused.

use ndarray::{Array1, Array2, ArrayView1, Axis, concatenate};

use super::solve;
use crate::pickle::Value;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "n_components",
    "n_components_",
    "alpha",
    "max_iter",
    "n_iter",
    "tol",
    "max_no_improvement",
    "batch_size",
    "shuffle",
    "callback",
    "fit_algorithm",
    "dict_init",
    "code_init",
    "positive_code",
    "positive_dict",
    "transform_algorithm",
    "transform_n_nonzero_coefs",
    "transform_alpha",
    "transform_max_iter",
    "split_sign",
    "dictionary",
    "components_",
    "error_",
    "n_iter_",
    "n_steps_",
    "inner_stats_",
    "_inner_stats",
    "_fit_algorithm",
    "_n_components",
    "_random_state",
    "_A",
    "_B",
    "_batch_size",
    "_ewa_cost",
    "_ewa_cost_min",
    "_no_improvement",
    "iter_offset_",
    "random_state_",
    "_n_features_out",
];

/// A part explains nothing any more when the square of its product with what is left is below this.
const NOTHING: f64 = f64::EPSILON;
/// How much of a product with what is left may be rounding, as a share of the largest product: parts
/// that depend on each other so much that it could be more are refused.
const ROUNDING: f64 = 1e-11;
/// How much of a part, squared, the ones chosen before must leave.
const OWN: f64 = 0.01;
/// The least weight of a part as a share of the largest product; of smaller ones rounding would show
/// in nine digits.
const LEAST: f64 = 1e-4;

/// The codes of all rows: row × part, or twice as many columns where signs are split.
pub fn code(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let key = if estimator.get("components_").is_some() {
        "components_"
    } else {
        "dictionary"
    };
    if estimator.flag("positive_code", false)? {
        return Err(estimator.strange("positive_code"));
    }
    check::double(estimator, key)?;
    let parts = estimator.matrix(key)?;
    let x = check::rows(context, estimator, frame, parts.ncols())?;
    context.charge(x.nrows().saturating_mul(parts.len()), &estimator.class)?;
    let target = x.dot(&parts.t());
    let mut codes = match estimator.text("transform_algorithm", "omp")? {
        "omp" => {
            let most = match estimator.value("transform_n_nonzero_coefs") {
                // A tenth of the numbers of a row.
                Value::None => (parts.ncols() / 10).max(1).min(parts.nrows()),
                _ => estimator.count("transform_n_nonzero_coefs")?,
            };
            context.charge(parts.len().saturating_mul(parts.nrows()), &estimator.class)?;
            let search = Search {
                context,
                estimator,
                gram: parts.dot(&parts.t()),
                exact: picks(&parts),
                most,
            };
            let mut codes = Array2::zeros(target.dim());
            for (row, mut code) in codes.rows_mut().into_iter().enumerate() {
                code.assign(&search.pursued(&target.row(row))?);
            }
            codes
        }
        "threshold" => {
            // What none means here changed.
            let limit = estimator.number("transform_alpha")?;
            context.charge(x.nrows().saturating_mul(parts.len()), &estimator.class)?;
            let sizes = x.mapv(f64::abs).dot(&parts.t().mapv(f64::abs));
            let rounding = (2.0 + parts.ncols() as f64) * f64::EPSILON;
            let mut codes = target;
            for (x, size) in codes.iter_mut().zip(&sizes) {
                let beyond = x.abs() - limit;
                let error = rounding * (size + limit.abs());
                if beyond.abs() <= error || beyond > 0.0 && error > 1e-9 * beyond {
                    return Err(estimator.refused("rounding decides what is beyond its threshold"));
                }
                *x = beyond.max(0.0) * x.signum();
            }
            codes
        }
        _ => return Err(estimator.strange("transform_algorithm")),
    };
    if estimator.flag("split_sign", false)? {
        let halves = [codes.mapv(|x| x.max(0.0)), codes.mapv(|x| (-x).max(0.0))];
        codes = concatenate![Axis(1), halves[0], halves[1]];
    }
    Ok(Frame::from_matrix(&codes))
}

/// Whether each part is one column or its negative, and no two the same: then nothing is rounded.
fn picks(parts: &Array2<f64>) -> bool {
    let one = |line: ArrayView1<f64>| line.iter().filter(|x| **x != 0.0).count() <= 1;
    parts.iter().all(|x| *x == 0.0 || x.abs() == 1.0)
        && parts
            .rows()
            .into_iter()
            .all(|row| one(row) && row.iter().any(|x| *x != 0.0))
        && parts.columns().into_iter().all(one)
}

/// Orthogonal matching pursuit.
struct Search<'a, 'g> {
    context: &'a Context<'g>,
    estimator: &'a Estimator<'g>,
    /// The products of the parts with each other.
    gram: Array2<f64>,
    /// Whether nothing is rounded, and a tie is one in scikit-learn too.
    exact: bool,
    /// How many parts a row may have.
    most: usize,
}

impl Search<'_, '_> {
    /// The part that explains most of what is left, again and again, all weights anew each time.
    fn pursued(&self, target: &ArrayView1<f64>) -> Result<Array1<f64>, Stop> {
        let (estimator, gram) = (self.estimator, &self.gram);
        let mut code = Array1::zeros(target.len());
        let mut left = target.to_owned();
        // The chosen ones stand first: each changes places with the one that stood there.
        let mut order: Vec<usize> = (0..target.len()).collect();
        let scale = target.iter().fold(0.0_f64, |most, x| x.abs().max(most));
        for n in 0..self.most.min(target.len()) {
            self.context.charge(gram.len(), &estimator.class)?;
            let size = |place: usize| left[order[place]].abs();
            // Of equal ones the first.
            let best = (n..order.len())
                .rev()
                .max_by(|a, b| size(*a).total_cmp(&size(*b)));
            let Some(best) = best else { break };
            if self.exact {
                if size(best).powi(2) < NOTHING {
                    break;
                }
            } else {
                if (size(best) + ROUNDING * scale).powi(2) < NOTHING {
                    break;
                }
                let near = |place: usize| size(best) - size(place) <= ROUNDING * scale;
                let tie = (n..order.len()).any(|place| place != best && near(place));
                // Also where hardly anything is left: whether it goes on is then rounding.
                if tie
                    || (size(best) - ROUNDING * scale).powi(2) <= NOTHING
                    || size(best) <= LEAST * scale
                {
                    return Err(estimator.refused("rounding decides which parts a row is made of"));
                }
            }
            order.swap(n, best);
            let chosen = &order[..=n];
            let a = Array2::from_shape_fn((n + 1, n + 1), |(i, j)| gram[[chosen[i], chosen[j]]]);
            if !independent(&a) {
                return Err(estimator.refused("two of its parts are nearly the same"));
            }
            let b = Array2::from_shape_fn((n + 1, 1), |(i, _)| target[chosen[i]]);
            let weights = solve::columns(self.context, estimator, a, b)?;
            left = target.to_owned();
            code.fill(0.0);
            for (place, weight) in chosen.iter().zip(&weights) {
                left.scaled_add(-weight, &gram.column(*place));
                code[*place] = *weight;
            }
        }
        let vague = |weight: &f64| *weight != 0.0 && weight.abs() < LEAST * scale;
        if !self.exact && code.iter().any(vague) {
            return Err(estimator.refused("a part of a row is mostly rounding"));
        }
        Ok(code)
    }
}

/// Whether each of the parts with these products has something of its own, by Cholesky's factors.
fn independent(products: &Array2<f64>) -> bool {
    let n = products.nrows();
    let mut lower = Array2::<f64>::zeros((n, n));
    for i in 0..n {
        for j in 0..i {
            let known: f64 = (0..j).map(|k| lower[[i, k]] * lower[[j, k]]).sum();
            lower[[i, j]] = (products[[i, j]] - known) / lower[[j, j]];
        }
        let known: f64 = (0..i).map(|k| lower[[i, k]].powi(2)).sum();
        let own = products[[i, i]] - known;
        if own.is_nan() || own <= OWN * products[[i, i]] || own <= OWN {
            return false;
        }
        lower[[i, i]] = own.sqrt();
    }
    true
}
