//! `QuantileTransformer`: each value becomes its share of the fitted quantiles.

use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "n_quantiles",
    "n_quantiles_",
    "output_distribution",
    "ignore_implicit_zeros",
    "subsample",
    "quantiles_",
    "references_",
];
/// How near to the outermost quantiles a value counts as outside.
const BOUNDS: f64 = 1e-7;

/// `QuantileTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    if frame.sparse {
        return Err(estimator.refused("it does not transform sparse matrices"));
    }
    let quantiles = estimator.matrix("quantiles_")?;
    let references = estimator.vector("references_")?.to_vec();
    if quantiles.nrows() != references.len() || references.is_empty() {
        return Err(estimator.refused("`quantiles_` and `references_` do not fit together"));
    }
    let normal = match estimator.text("output_distribution", "uniform")? {
        "uniform" => false,
        "normal" => true,
        _ => return Err(estimator.strange("output_distribution")),
    };
    // Release 0.21 is not known to do as 0.22 does at the bounds.
    if !normal && estimator.release == Some((0, 21)) {
        return Err(estimator.refused("what release 0.21 made of the bounds is not known"));
    }
    let near = normal || !estimator.since((0, 22));
    check::features(estimator, frame, Some(quantiles.ncols()))?;
    let mut x = check::matrix(context, estimator, frame, Allow::Nan, Width::Double)?;
    let steps = references.len().saturating_mul(quantiles.ncols());
    context.charge(
        x.len().saturating_mul(64).saturating_add(steps),
        &estimator.class,
    )?;
    let back: Vec<f64> = references.iter().rev().map(|x| -x).collect();
    for (mut column, quantiles) in x.columns_mut().into_iter().zip(quantiles.columns()) {
        let quantiles = quantiles.to_vec();
        let mirrored: Vec<f64> = quantiles.iter().rev().map(|x| -x).collect();
        let (low, high) = (quantiles[0], quantiles[quantiles.len() - 1]);
        column.mapv_inplace(|x| {
            if x.is_nan() {
                return x;
            }
            let (below, above) = if near {
                (x - BOUNDS < low, x + BOUNDS > high)
            } else {
                (x == low, x == high)
            };
            // In the middle of ties: the mean of the way up and the way down.
            let up = interpolated(x, &quantiles, &references);
            let down = interpolated(-x, &mirrored, &back);
            let mut share = 0.5 * (up - down);
            if above {
                share = 1.0;
            }
            if below {
                share = 0.0;
            }
            if normal {
                let edge = normal_quantile(BOUNDS - f64::EPSILON);
                return normal_quantile(share).clamp(edge, -edge);
            }
            if near {
                // Clipped like the normal one until 0.21.
                return share.clamp(BOUNDS - f64::EPSILON, 1.0 - (BOUNDS - f64::EPSILON));
            }
            share
        });
    }
    Ok(Frame::from_matrix(&x))
}

/// numpy's `interp`; `from` rises.
fn interpolated(x: f64, from: &[f64], to: &[f64]) -> f64 {
    let last = from.len() - 1;
    if x > from[last] {
        return to[last];
    }
    // The last place that is not above x.
    let next = from.partition_point(|f| *f <= x);
    let Some(place) = next.checked_sub(1) else {
        return to[0];
    };
    if place >= last || from[place] == x {
        return to[place];
    }
    let slope = (to[place + 1] - to[place]) / (from[place + 1] - from[place]);
    slope * (x - from[place]) + to[place]
}

/// The number below which a standard normal variable falls with probability `p`: a first guess
/// (Abramowitz and Stegun 26.2.23), made exact by Halley's method.
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return if p == 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::NAN
        };
    }
    if p >= 1.0 {
        return if p == 1.0 { f64::INFINITY } else { f64::NAN };
    }
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    let t = (-2.0 * libm::log(p)).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut x = above / below - t;
    for _ in 0..4 {
        // Near the middle the difference to one half keeps the digits that p itself would lose.
        let error = if p > 0.3 {
            0.5 * libm::erf(x * std::f64::consts::FRAC_1_SQRT_2) - (p - 0.5)
        } else {
            0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2) - p
        };
        let density = libm::exp(-0.5 * x * x) / std::f64::consts::TAU.sqrt();
        let step = error / density;
        x -= step / (1.0 + 0.5 * x * step);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_the_normal_distribution() {
        // `scipy.stats.norm.ppf`.
        let cases = [
            (1e-7, -5.199_337_582_192_82),
            (0.001, -3.090_232_306_167_814),
            (0.31, -0.495_850_347_347_453),
            (0.5, 0.0),
            (0.500_000_1, 2.506_628_274_566_506e-7),
            (0.975, 1.959_963_984_540_054),
        ];
        for (p, wanted) in cases {
            let found: f64 = normal_quantile(p);
            assert!(
                (found - wanted).abs() <= 1e-9 * f64::abs(wanted),
                "{p}: {found}"
            );
        }
    }
}
