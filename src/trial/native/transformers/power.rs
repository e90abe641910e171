//! `PowerTransformer`: columns made more like a normal distribution by a fitted power.

use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const KNOWN: &[&str] = &["method", "standardize", "lambdas_", "_scaler"];

/// `PowerTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let lambdas = estimator.vector("lambdas_")?;
    let cox = match estimator.text("method", "yeo-johnson")? {
        "box-cox" => true,
        "yeo-johnson" => false,
        _ => return Err(estimator.strange("method")),
    };
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    check::features(estimator, frame, Some(lambdas.len()))?;
    let mut x = check::matrix(context, estimator, frame, Allow::Nan, Width::Double)?;
    context.charge(x.len().saturating_mul(8), &estimator.class)?;
    if cox && x.iter().any(|x| *x <= 0.0) {
        return Err(Stop::value_error(
            "The Box-Cox transformation can only be applied to strictly positive data",
        ));
    }
    // scipy's way of writing it since 1.8: more digits near zero.
    let stable = estimator.since((1, 8));
    for (mut column, lambda) in x.columns_mut().into_iter().zip(&lambdas) {
        column.mapv_inplace(|x| match (cox, stable) {
            (true, _) => box_cox(x, *lambda),
            (false, stable) => yeo_johnson(x, *lambda, stable),
        });
    }
    let made = Frame::from_matrix(&x);
    if !estimator.flag("standardize", true)? {
        return Ok(made);
    }
    table::transform(context, estimator.need("_scaler")?, &made, depth + 1)
}

fn box_cox(x: f64, lambda: f64) -> f64 {
    let log = libm::log(x);
    if lambda.abs() < 1e-19 {
        log
    } else if lambda * log < 709.78 {
        libm::expm1(lambda * log) / lambda
    } else {
        libm::exp(lambda * log - libm::log(lambda.abs())).copysign(lambda) - 1.0 / lambda
    }
}

fn yeo_johnson(x: f64, lambda: f64, stable: bool) -> f64 {
    let power = |x: f64, exponent: f64| {
        if stable {
            libm::expm1(exponent * libm::log1p(x)) / exponent
        } else {
            (libm::pow(x + 1.0, exponent) - 1.0) / exponent
        }
    };
    if x >= 0.0 {
        if lambda.abs() < f64::EPSILON {
            libm::log1p(x)
        } else {
            power(x, lambda)
        }
    } else if (lambda - 2.0).abs() > f64::EPSILON {
        -power(-x, 2.0 - lambda)
    } else {
        -libm::log1p(-x)
    }
}
