//! How far the runtime's own numbers may be from ours.
//!
//! The order of its sums and its approximations of functions depend on the machine and the release, so
//! its last digits cannot be told from the file. Each tensor carries one bound, absolute, on the
//! difference of any element: rounding errors of sums in any order (N. J. Higham, Accuracy and
//! Stability of Numerical Algorithms, 3.1), carried on to first order by the largest elements.
//! What is decided by less than the bound, such as a label, is refused; what is answered says it.

use super::arithmetic::matched;
use super::tensor::{Data, Tensor};
use super::{Step, Value};
use crate::trial::native::stop::Stop;

/// What the runtime's sigmoid and hyperbolic tangent may be off in single precision, absolutely.
pub(super) const APPROXIMATED: f64 = 1e-6;
/// Units of rounding that its exponential and logarithm may be off.
pub(super) const FUNCTION: f64 = 8.0;
/// Relative agreement that needs no word.
const AGREED: f64 = 1e-6;
/// The most trees, and the most rows, with which the runtime sums up the trees one after the other on
/// any number of threads: its `parallel_tree` is 80 and its `parallel_N` is 50
/// (`tree_ensemble_common.h`). One row with more trees, or more rows with more trees than threads, are
/// summed in parts, one a thread.
const IN_ORDER: (usize, usize) = (79, 50);

/// The elements of a tensor of floats; none for others.
fn floats(tensor: &Tensor) -> Box<dyn Iterator<Item = f64> + '_> {
    match &tensor.data {
        Data::F32(items) => Box::new(items.iter().map(|x| f64::from(*x))),
        Data::F64(items) => Box::new(items.iter().copied()),
        _ => Box::new(std::iter::empty()),
    }
}

fn largest(tensor: &Tensor) -> f64 {
    floats(tensor).fold(0.0, |most, x| most.max(x.abs()))
}

fn smallest(tensor: &Tensor) -> f64 {
    floats(tensor).fold(f64::INFINITY, |least, x| least.min(x.abs()))
}

/// The unit of rounding; zero where nothing is rounded.
fn unit(tensor: &Tensor) -> f64 {
    match &tensor.data {
        Data::F32(_) => f64::from(f32::EPSILON) / 2.0,
        Data::F64(_) => f64::EPSILON / 2.0,
        _ => 0.0,
    }
}

/// Whether all elements are whole and small, so that sums and products of them are exact.
fn whole(tensor: &Tensor) -> bool {
    floats(tensor).all(|x| x.fract() == 0.0 && x.abs() < f64::from(1 << 24))
}

/// What a quotient may be off.
fn quotient(under: f64, doubts: (f64, f64), most: f64) -> f64 {
    if under <= doubts.1 {
        return f64::INFINITY;
    }
    (doubts.0 + most * doubts.1) / (under - doubts.1)
}

/// The bound on the sums of an ensemble of trees for so many rows.
pub(super) fn tree_doubt(trees: usize, rows: usize, weights: &[f32]) -> f64 {
    // Two numbers have the same sum in any order.
    if trees <= 2 || trees <= IN_ORDER.0 && rows <= IN_ORDER.1 {
        return 0.0;
    }
    let most = weights.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    let trees = trees as f64;
    // Either sum is off the exact one by half of it.
    trees * trees * f64::from(most) * f64::from(f32::EPSILON)
}

/// What a smooth step may be off, absolutely.
fn approximation(unit: f64) -> f64 {
    // In double precision the runtime calls the library's functions.
    if unit > 1e-10 {
        APPROXIMATED
    } else {
        FUNCTION * unit
    }
}

/// What a transform at the end makes of a bound on its scores.
pub(super) fn transformed(transform: &str, doubt: f64, exact: bool) -> f64 {
    let unit = f64::from(f32::EPSILON);
    match transform {
        "LOGISTIC" if exact => doubt / 4.0 + FUNCTION * unit,
        "LOGISTIC" => doubt / 4.0 + APPROXIMATED,
        "SOFTMAX" => doubt / 2.0 + FUNCTION * unit,
        _ => doubt,
    }
}

/// What is said of an output that does not agree to six digits for certain.
pub(super) fn warning(method: &str, tensor: &Tensor, doubt: f64) -> Option<String> {
    let least = floats(tensor).filter(|x| *x != 0.0);
    let least = least.fold(f64::INFINITY, |least, x| least.min(x.abs()));
    if doubt <= AGREED * least {
        return None;
    }
    let method = crate::text::short(method, 100);
    let reason = "the runtime rounds and approximates in its own way";
    Some(if doubt.is_finite() {
        // One digit, never less than the bound.
        let digit = 10.0_f64.powf(doubt.log10().floor());
        let doubt = (doubt / digit).ceil() * digit;
        format!("{method}: {reason}, its numbers may be up to {doubt:.0e} away from these")
    } else {
        format!("{method}: {reason}, and no bound on the difference is known")
    })
}

impl Step<'_, '_> {
    /// The bound on the input at a place.
    pub(super) fn doubt_of(&self, place: usize) -> f64 {
        let name = self.node.inputs.get(place);
        name.map_or(0.0, |name| self.scope.doubt(name))
    }

    /// Refuses when two numbers lie too close to each other for a decision.
    pub(super) fn apart(&self, a: f64, b: f64, doubt: f64) -> Result<(), Stop> {
        // Infinities of one sign have a difference that is no number; nothing is decided by them.
        if doubt > 0.0 && (a - b).abs() <= doubt {
            return Err(self.refused("what it decides hangs on the runtime's own rounding"));
        }
        Ok(())
    }

    /// Refuses when the winner of a row is not ahead of the others by more than the doubt.
    pub(super) fn ahead(&self, row: &[f64], best: usize, doubt: f64) -> Result<(), Stop> {
        for (place, x) in row.iter().enumerate() {
            if place != best {
                self.apart(*x, row[best], 2.0 * doubt)?;
            }
        }
        Ok(())
    }

    /// The bound on the scores of a linear model.
    pub(super) fn linear_doubt(&self, targets: usize) -> Result<f64, Stop> {
        let (_, columns, numbers) = self.table()?;
        let coefficients = self.floats("coefficients")?;
        let intercepts = self.floats("intercepts")?;
        let work = numbers.len().saturating_mul(targets);
        self.context.charge(work, super::WHAT)?;
        let (mut most, mut factor) = (0.0_f64, 0.0_f64);
        let size = |x: &f32| f64::from(x.abs());
        for (target, weights) in coefficients.chunks_exact(columns.max(1)).enumerate() {
            factor = factor.max(weights.iter().map(size).sum());
            let intercept = intercepts.get(target).map_or(0.0, size);
            for row in numbers.chunks_exact(columns.max(1)) {
                let pairs = row.iter().zip(weights);
                let sum: f64 = pairs.map(|(x, weight)| size(x) * size(weight)).sum();
                most = most.max(sum + intercept);
            }
        }
        let unit = f64::from(f32::EPSILON) / 2.0;
        // Both sums are rounded, each in its own order.
        Ok(self.doubt_of(0) * factor + 2.0 * (columns as f64 + 1.0) * unit * most)
    }

    /// What a decision of a plain operator hangs on; refused when it is less than the doubt.
    pub(super) fn decided(&self) -> Result<(), Stop> {
        let doubt = self.doubt_of(0);
        match self.node.operator.as_str() {
            "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "Equal" => {
                let doubt = doubt + self.doubt_of(1);
                if doubt > 0.0 {
                    let (a, b) = (self.input(0)?, self.input(1)?);
                    let shape = super::tensor::broadcast(&a.shape, &b.shape);
                    let shape = shape.ok_or_else(|| self.broken())?;
                    self.pay(&shape)?;
                    self.pay(&shape)?;
                    let a = self.make(shape.clone(), a.expand(&shape))?;
                    let b = self.make(shape.clone(), b.expand(&shape))?;
                    for (a, b) in floats(&a).zip(floats(&b)) {
                        self.apart(a, b, doubt)?;
                    }
                }
            }
            "ArgMax" | "ArgMin" if doubt > 0.0 => {
                let input = self.input(0)?;
                let axis = input.axis(self.int("axis", 0)?);
                let axis = axis.ok_or_else(|| self.broken())?;
                let sign = if self.node.operator == "ArgMax" {
                    1.0
                } else {
                    -1.0
                };
                for row in self.rows(input, axis)? {
                    let best = (0..row.len()).fold(0, |best, place| {
                        if sign * row[place] > sign * row[best] {
                            place
                        } else {
                            best
                        }
                    });
                    self.ahead(&row, best, doubt)?;
                }
            }
            "Floor" | "Ceil" if doubt > 0.0 => {
                for x in floats(self.input(0)?) {
                    self.apart(x, x.round(), doubt)?;
                }
            }
            "Cast" if doubt > 0.0 => {
                let to = self.int("to", 0)?;
                for x in floats(self.input(0)?).filter(|_| !matches!(to, 1 | 11)) {
                    self.apart(x, if to == 9 { 0.0 } else { x.round() }, doubt)?;
                }
            }
            "Sign" if doubt > 0.0 => {
                for x in floats(self.input(0)?) {
                    self.apart(x, 0.0, doubt)?;
                }
            }
            "Binarizer" if doubt > 0.0 => {
                let threshold = f64::from(self.float("threshold", 0.0)?);
                for x in floats(self.input(0)?) {
                    self.apart(x, threshold, doubt)?;
                }
            }
            "Imputer" if doubt > 0.0 => {
                // No rounding makes a number of what is none, or the other way round.
                let replaced = self.float("replaced_value_float", 0.0)?;
                if replaced.is_finite() || doubt.is_infinite() {
                    return Err(self.refused("it looks up numbers that are not exact"));
                }
            }
            "OneHotEncoder" | "LabelEncoder" if doubt > 0.0 => {
                return Err(self.refused("it looks up numbers that are not exact"));
            }
            _ => {}
        }
        Ok(())
    }

    /// The bound on what the operator made; zero for what is no float.
    pub(super) fn doubt(&self, made: &[Value]) -> Result<f64, Stop> {
        let out = made.iter().find_map(|value| match value {
            Value::Tensor(tensor) | Value::Maps(_, tensor) if unit(tensor) > 0.0 => Some(tensor),
            _ => None,
        });
        let Some(out) = out else { return Ok(0.0) };
        let doubts: Vec<f64> = (0..self.node.inputs.len())
            .map(|place| self.doubt_of(place))
            .collect();
        let worst = doubts.iter().copied().fold(0.0, f64::max);
        let (first, second) = (self.doubt_of(0), self.doubt_of(1));
        let (unit, most) = (unit(out), largest(out));
        // One operation on exact numbers is rounded in the same way everywhere.
        let rounding = if worst > 0.0 { unit * most } else { 0.0 };
        let doubt = match self.node.operator.as_str() {
            "Add" | "Sub" => first + second + rounding,
            "Sum" => doubts.iter().sum::<f64>() + doubts.len() as f64 * self.sizes()? * unit,
            "Mul" => {
                let (a, b) = (largest(self.input(0)?), largest(self.input(1)?));
                a * second + b * first + first * second + rounding
            }
            "Div" => {
                let under = smallest(self.input(1)?);
                if second > 0.0 {
                    quotient(under, (first, second), most) + rounding
                } else if first > 0.0 {
                    first / under + rounding
                } else {
                    0.0
                }
            }
            "Reciprocal" if first > 0.0 => {
                quotient(smallest(self.input(0)?), (0.0, first), most) + rounding
            }
            "Sqrt" if first > 0.0 => {
                let least = smallest(self.input(0)?);
                let slope = 2.0 * (least - first).max(0.0).sqrt();
                (first / slope).min(first.sqrt()) + rounding
            }
            "Pow" => {
                let square = floats(self.input(1)?).all(|y| y == 2.0);
                if square && second == 0.0 {
                    2.0 * largest(self.input(0)?) * first + first * first + unit * most
                } else if worst > 0.0 {
                    f64::INFINITY
                } else {
                    FUNCTION * unit * most
                }
            }
            "Exp" => most * (libm::expm1(first) + FUNCTION * unit),
            "Log" => {
                let carried = quotient(smallest(self.input(0)?), (first, first), 0.0);
                FUNCTION * unit * most.max(1.0) + if first > 0.0 { carried } else { 0.0 }
            }
            "Tanh" => first + approximation(unit),
            "Sigmoid" => first / 4.0 + approximation(unit),
            "Softmax" => first / 2.0 + 2.0 * FUNCTION * unit,
            "MatMul" | "Gemm" => self.product_doubt(unit)?,
            "ReduceSum" | "ReduceMean" | "ReduceSumSquare" | "ReduceL2" | "ReduceProd"
            | "ReduceLogSumExp" => self.reduced_doubt(first, unit, most)?,
            "CumSum" => {
                let input = self.input(0)?;
                let count = input.len() as f64;
                let sizes = floats(input).map(f64::abs).sum::<f64>();
                let exact = first == 0.0 && whole(input) && sizes < f64::from(1 << 24);
                let rounding = if exact { 0.0 } else { unit };
                count * first + 2.0 * count * rounding * sizes
            }
            "Sign" | "Binarizer" => 0.0,
            "SVMRegressor" | "SVMClassifier" | "Scan" => self.bound.get(),
            "LinearRegressor" => {
                let targets = usize::try_from(self.int("targets", 1)?).unwrap_or(0);
                self.linear_doubt(targets)?
            }
            "LinearClassifier" => {
                let targets = out.shape.last().copied().unwrap_or(0);
                let transform = self.word("post_transform", "NONE")?;
                transformed(&transform, self.linear_doubt(targets)?, false)
            }
            "TreeEnsembleRegressor" | "TreeEnsembleClassifier" => {
                let regressor = self.node.operator == "TreeEnsembleRegressor";
                let weights = if regressor { "target" } else { "class" };
                let weights = self.floats(&format!("{weights}_weights"))?;
                let rows = out.shape.first().copied().unwrap_or(0);
                let sums = tree_doubt(self.trees()?, rows, weights);
                transformed(&self.word("post_transform", "NONE")?, sums, true)
            }
            "Scaler" => {
                let scale = self.floats("scale")?.iter();
                let scale = scale.fold(0.0_f32, |most, x| most.max(x.abs()));
                first * f64::from(scale) + 2.0 * rounding
            }
            "Normalizer" | "LpNormalization" => self.normalized_doubt(first, unit)?,
            // The others move elements, or choose among them.
            _ => worst,
        };
        Ok(if doubt.is_nan() { f64::INFINITY } else { doubt })
    }

    /// The largest elements of all inputs together.
    fn sizes(&self) -> Result<f64, Stop> {
        (0..self.node.inputs.len())
            .try_fold(0.0, |sum, place| Ok(sum + largest(self.input(place)?)))
    }

    /// How many trees an ensemble has.
    fn trees(&self) -> Result<usize, Stop> {
        let ids = self.ints("nodes_treeids")?;
        Ok(1 + ids.windows(2).filter(|pair| pair[0] != pair[1]).count())
    }

    fn product_doubt(&self, unit: f64) -> Result<f64, Stop> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let turn = |name: &str| Ok::<bool, Stop>(self.int(name, 0)? != 0);
        let (turn_a, turn_b) = (turn("transA")?, turn("transB")?);
        let sides = match (&a.shape[..], &b.shape[..]) {
            (&[first, second], &[third, fourth]) => {
                let (rows, inner) = if turn_a {
                    (second, first)
                } else {
                    (first, second)
                };
                Some((rows, inner, if turn_b { third } else { fourth }))
            }
            _ => matched(a, b),
        };
        let Some((rows, inner, columns)) = sides else {
            return Ok(f64::INFINITY);
        };
        if whole(a) && whole(b) && self.doubt_of(0) + self.doubt_of(1) == 0.0 && inner < 1 << 10 {
            return Ok(self.doubt_of(2));
        }
        self.pay(&a.shape)?;
        self.pay(&b.shape)?;
        let sizes = |tensor: &Tensor| Tensor {
            shape: tensor.shape.clone(),
            data: Data::F64(floats(tensor).map(f64::abs).collect()),
        };
        let products =
            self.multiply(&sizes(a), &sizes(b), (rows, inner, columns), turn_a, turn_b)?;
        let inner = inner as f64;
        let carried = largest(a) * self.doubt_of(1)
            + largest(b) * self.doubt_of(0)
            + self.doubt_of(0) * self.doubt_of(1);
        let alpha = f64::from(self.float("alpha", 1.0)?.abs());
        let beta = f64::from(self.float("beta", 1.0)?.abs());
        let more = self.optional(2)?.map_or(0.0, largest);
        let sums = alpha * largest(&products);
        Ok(alpha * inner * carried
            + 2.0 * (inner + 2.0) * unit * (sums + beta * more)
            + beta * self.doubt_of(2))
    }

    fn reduced_doubt(&self, first: f64, unit: f64, most: f64) -> Result<f64, Stop> {
        let input = self.input(0)?;
        if first == 0.0 && whole(input) && self.node.operator == "ReduceSum" {
            return Ok(0.0);
        }
        let (rows, _) = self.reductions()?;
        let count = rows.first().map_or(0, Vec::len) as f64;
        let mut sizes = 0.0_f64;
        for row in rows {
            sizes = sizes.max(row.iter().map(|x| x.abs()).sum());
        }
        Ok(match self.node.operator.as_str() {
            "ReduceMean" => first + (count + 1.0) * unit * sizes / count,
            "ReduceSumSquare" => {
                2.0 * first * sizes + count * first * first + (count + 1.0) * unit * most
            }
            "ReduceL2" => count.sqrt() * first + (count + 2.0) * unit * most,
            "ReduceProd" => {
                let largest = largest(input) + first;
                let carried = count * first * largest.max(1.0).powf(count - 1.0);
                carried + (count + 1.0) * unit * (most + carried)
            }
            "ReduceLogSumExp" => {
                let above = libm::log(count).max(1.0);
                first + (2.0 * FUNCTION + count + 2.0) * unit * above + 2.0 * unit * (most + above)
            }
            _ => count * first + count * unit * sizes,
        })
    }

    fn normalized_doubt(&self, first: f64, unit: f64) -> Result<f64, Stop> {
        let (_, columns, numbers) = self.table()?;
        let mut least = f64::INFINITY;
        for row in numbers.chunks_exact(columns.max(1)) {
            let size = row.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            if size > 0.0 {
                least = least.min(f64::from(size));
            }
        }
        let count = columns as f64;
        if first > 0.0 && least <= 2.0 * count * first {
            return Ok(f64::INFINITY);
        }
        Ok(2.0 * (count + 1.0) * first / least + (count + 3.0) * unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(items: &[f32]) -> Tensor {
        Tensor::new(vec![items.len()], Data::F32(items.to_vec())).unwrap()
    }

    #[test]
    fn a_bound_is_stated_rounded_up_and_only_where_six_digits_may_differ() {
        let small = tensor(&[0.5, 1e-4]);
        let said = warning("predict_proba", &small, 3.2e-6).unwrap();
        assert!(
            said.ends_with("may be up to 4e-6 away from these"),
            "{said}"
        );
        assert_eq!(warning("predict", &tensor(&[5.0, -7.0]), 3.2e-6), None);
        assert_eq!(warning("predict", &small, 0.0), None);
    }

    #[test]
    fn a_divisor_that_may_be_zero_has_no_bound() {
        assert_eq!(quotient(1e-6, (0.0, 1e-6), 3.0), f64::INFINITY);
        let bound = quotient(2.0, (0.1, 0.0), 3.0);
        assert!((bound - 0.05).abs() < 1e-12);
    }

    #[test]
    fn few_trees_are_summed_in_order_and_many_in_any() {
        let (trees, rows) = IN_ORDER;
        assert_eq!(tree_doubt(trees, rows, &[1.0]), 0.0);
        assert!(tree_doubt(trees + 1, 1, &[1.0]) > 1e-4);
        assert!(tree_doubt(3, rows + 1, &[1.0]) > 1e-7);
        assert_eq!(tree_doubt(2, rows + 1, &[1.0]), 0.0);
    }
}
