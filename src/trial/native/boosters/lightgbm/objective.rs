//! From the sums of a `LightGBM` model to what `predict` answers: the objective's `ConvertOutput`
//! (<https://github.com/microsoft/LightGBM/tree/v4.6.0/src/objective>).

use super::text::WHAT;
use crate::trial::native::stop::Stop;

/// What becomes of the sums of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Nothing.
    Identity,
    /// The square, with the sign.
    Square,
    /// The exponential.
    Exponential,
    /// One over one plus the exponential of minus this many times each.
    Sigmoid(f64),
    /// Exponentials divided by their sum.
    Softmax,
    /// The logarithm of one plus the exponential.
    Softplus,
}

impl Objective {
    /// Reads the line of the header; a model of an objective of the user's own has none.
    pub fn read(line: Option<&str>, groups: usize) -> Result<Objective, Stop> {
        let Some(line) = line else {
            return Ok(Objective::Identity);
        };
        let mut words = line.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        let sigmoid = || {
            let found = rest.iter().find_map(|word| word.strip_prefix("sigmoid:"));
            found
                .and_then(|number| number.parse().ok())
                .map(Objective::Sigmoid)
                .ok_or_else(|| Stop::refused(WHAT, "its objective names no sigmoid"))
        };
        let objective = match name {
            "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape"
                if rest.contains(&"sqrt") =>
            {
                Objective::Square
            }
            "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape"
            | "lambdarank" | "rank_xendcg" | "custom" => Objective::Identity,
            "poisson" | "gamma" | "tweedie" => Objective::Exponential,
            "binary" | "multiclassova" => sigmoid()?,
            "multiclass" => Objective::Softmax,
            "cross_entropy" | "xentropy" => Objective::Sigmoid(1.0),
            "cross_entropy_lambda" | "xentlambda" => Objective::Softplus,
            _ => {
                let reason = format!("its objective '{name}' is not one that is known");
                return Err(Stop::refused(WHAT, reason));
            }
        };
        let several = matches!(name, "multiclass" | "multiclassova" | "custom");
        if groups > 1 && !several {
            let reason = format!("its objective '{name}' does not go with {groups} outputs");
            return Err(Stop::refused(WHAT, reason));
        }
        Ok(objective)
    }

    /// Turns the sums of one row into answers.
    pub fn convert(self, row: &mut [f64]) {
        match self {
            Objective::Identity => {}
            Objective::Square => row.iter_mut().for_each(|x| *x = x.signum() * *x * *x),
            Objective::Exponential => row.iter_mut().for_each(|x| *x = libm::exp(*x)),
            Objective::Sigmoid(sharpness) => {
                for x in row {
                    *x = 1.0 / (1.0 + libm::exp(-sharpness * *x));
                }
            }
            Objective::Softplus => row.iter_mut().for_each(|x| *x = libm::log1p(libm::exp(*x))),
            Objective::Softmax => {
                let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                for x in row.iter_mut() {
                    *x = libm::exp(*x - largest);
                }
                let sum: f64 = row.iter().sum();
                for x in row.iter_mut() {
                    *x /= sum;
                }
            }
        }
    }
}
