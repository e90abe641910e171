//! From a base score to the margin at the start, and from margins to what `predict` answers.
//!
//! `ProbToMargin` and `PredTransform` of each objective
//! (<https://github.com/dmlc/xgboost/tree/release_3.0.0/src/objective>), in 32 bits.

use super::forest::WHAT;
use crate::trial::native::stop::Stop;

/// What becomes of the margins of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Nothing.
    Identity,
    /// The sigmoid.
    Logistic,
    /// Nothing, though the base score is a probability.
    Raw,
    /// Nothing but, where this says so, an order: several quantiles of which none may be less than
    /// the one before it. Without the order they are refused when they cross.
    Quantiles(bool),
    /// 1 above zero, else 0.
    Hinge,
    /// The exponential.
    Exponential,
    /// The place of the largest.
    Softmax,
    /// Exponentials divided by their sum.
    Softprob,
}

impl Objective {
    /// By name, as `release` meant it.
    pub fn named(name: &str, release: (u32, u32)) -> Result<Objective, Stop> {
        Ok(match name {
            // The base score became a margin in 1.3.
            "binary:logitraw" if release < (1, 3) => Objective::Raw,
            "binary:logitraw"
            | "reg:squarederror"
            | "reg:linear"
            | "reg:squaredlogerror"
            | "reg:absoluteerror"
            | "reg:pseudohubererror"
            | "reg:quantileerror"
            | "reg:expectileerror"
            | "rank:pairwise"
            | "rank:ndcg"
            | "rank:map" => Objective::Identity,
            "reg:logistic" | "binary:logistic" => Objective::Logistic,
            "binary:hinge" => Objective::Hinge,
            "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
                Objective::Exponential
            }
            "multi:softmax" => Objective::Softmax,
            "multi:softprob" => Objective::Softprob,
            _ => {
                let reason = format!("its objective '{name}' is not one that is known");
                return Err(Stop::refused(WHAT, reason));
            }
        })
    }

    /// The margin that a base score stands for.
    pub fn margin(self, base: f32) -> f32 {
        match self {
            Objective::Logistic | Objective::Raw => -log(1.0 / base - 1.0),
            Objective::Exponential => log(base),
            _ => base,
        }
    }

    /// Turns the margins of one row into answers; only [`Objective::Softmax`] leaves fewer.
    pub fn answer(self, margins: &mut Vec<f32>) -> Result<(), Stop> {
        match self {
            Objective::Identity | Objective::Raw => {}
            Objective::Logistic => margins.iter_mut().for_each(|x| {
                *x = 1.0 / (exp((-*x).min(88.7)) + 1.0);
            }),
            Objective::Hinge => margins.iter_mut().for_each(|x| {
                *x = if *x > 0.0 { 1.0 } else { 0.0 };
            }),
            Objective::Exponential => margins.iter_mut().for_each(|x| *x = exp(*x)),
            Objective::Softmax => {
                let mut best = 0;
                for (place, margin) in margins.iter().enumerate() {
                    if *margin > margins[best] {
                        best = place;
                    }
                }
                margins.clear();
                margins.push(best as f32);
            }
            Objective::Softprob => softmax(margins),
            Objective::Quantiles(sorts) => {
                if sorts {
                    margins.sort_by(f32::total_cmp);
                } else if !margins.is_sorted() {
                    return Err(Stop::refused(WHAT, "its quantiles cross"));
                }
            }
        }
        Ok(())
    }
}

/// Exponentials divided by their sum, which is made in 64 bits.
pub fn softmax(margins: &mut [f32]) {
    let largest = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0_f64;
    for margin in margins.iter_mut() {
        *margin = exp(*margin - largest);
        sum += f64::from(*margin);
    }
    for margin in margins.iter_mut() {
        *margin /= sum as f32;
    }
}

/// Correctly rounded, but for a few cases in a billion.
fn exp(x: f32) -> f32 {
    libm::exp(f64::from(x)) as f32
}

fn log(x: f32) -> f32 {
    libm::log(f64::from(x)) as f32
}
