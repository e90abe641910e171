//! `SVMClassifier` and `SVMRegressor` of single precision
//! (<https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/providers/cpu/ml/svmclassifier.cc>).
//!
//! Kernels and sums are made in double precision here, and each kernel carries what the runtime's may
//! be off. Probabilities are not evaluated: the runtime looks for them by rounds that stop by a
//! threshold, which rounding may cross.

use super::doubt::{APPROXIMATED, FUNCTION};
use super::tensor::{Data, Tensor};
use super::{Step, WHAT};
use crate::trial::native::stop::Stop;

/// The unit of rounding of single precision.
const UNIT: f64 = f32::EPSILON as f64 / 2.0;

/// What compares a row with a support vector.
#[derive(Clone, Copy)]
enum Kernel {
    Linear,
    Polynomial,
    Radial,
    Sigmoid,
}

/// Rows against vectors: row after row a kernel for each vector, and what the runtime's may be off.
struct Kernels {
    rows: usize,
    vectors: usize,
    values: Vec<f64>,
    errors: Vec<f64>,
}

/// Sums of kernels times coefficients.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: f64,
    /// The sizes of what was added.
    size: f64,
    /// What the kernels bring of error.
    carried: f64,
    terms: usize,
}

impl Sum {
    fn add(&mut self, coefficient: f32, kernel: f64, error: f64) {
        let coefficient = f64::from(coefficient);
        self.value += coefficient * kernel;
        self.size += (coefficient * kernel).abs();
        self.carried += coefficient.abs() * error;
        self.terms += 1;
    }

    /// What the runtime's sum may be off, whatever the order in which it adds.
    fn error(&self) -> f64 {
        self.carried + (self.terms as f64 + 2.0) * UNIT * (self.size + self.carried)
    }
}

impl Step<'_, '_> {
    /// What a sum may be off; refused where that has no bound.
    fn off(&self, sum: &Sum) -> Result<f64, Stop> {
        let error = sum.error();
        if error.is_finite() && sum.value.is_finite() {
            Ok(error)
        } else {
            Err(self.refused("its kernels are larger than numbers are"))
        }
    }

    /// The kernel with its three parameters: the factor, what is added, the degree.
    fn kernel(&self) -> Result<(Kernel, [f64; 3]), Stop> {
        let kernel = match self.word("kernel_type", "LINEAR")?.as_str() {
            "LINEAR" => Kernel::Linear,
            "POLY" => Kernel::Polynomial,
            "RBF" => Kernel::Radial,
            "SIGMOID" => Kernel::Sigmoid,
            other => return Err(self.refused(format!("the kernel {other} is not evaluated"))),
        };
        let parameters = match self.floats("kernel_params")? {
            [] => [0.0; 3],
            [gamma, added, degree] => [*gamma, *added, *degree].map(f64::from),
            _ => return Err(self.broken()),
        };
        Ok((kernel, parameters))
    }

    /// Every row of the input against every vector.
    fn kernels(&self, vectors: &[f32], count: usize, kernel: Kernel) -> Result<Kernels, Stop> {
        let (rows, columns, numbers) = self.singles()?;
        let [gamma, added, degree] = self.kernel()?.1;
        if columns == 0 || count.checked_mul(columns) != Some(vectors.len()) {
            return Err(self.broken());
        }
        if numbers.iter().any(|x| !x.is_finite()) {
            return Err(self.refused("it gets a number that is not finite"));
        }
        self.pay(&[rows, count, 2])?;
        let work = rows.saturating_mul(vectors.len()).saturating_mul(4);
        self.context.charge(work, WHAT)?;
        let (first, n) = (self.doubt_of(0), columns as f64);
        let mut made = Kernels {
            rows,
            vectors: count,
            values: Vec::with_capacity(rows * count),
            errors: Vec::with_capacity(rows * count),
        };
        for row in numbers.chunks_exact(columns) {
            for vector in vectors.chunks_exact(columns) {
                let pairs = || {
                    let wide = |x: &f32| f64::from(*x);
                    row.iter().map(wide).zip(vector.iter().map(wide))
                };
                let (value, error) = if matches!(kernel, Kernel::Radial) {
                    let square: f64 = pairs().map(|(x, y)| (x - y) * (x - y)).sum();
                    let moved = 2.0 * (n * square).sqrt() * first + n * first * first;
                    let moved = gamma.abs() * (moved + (n + 5.0) * UNIT * square);
                    let value = libm::exp(-gamma * square);
                    (value, value * (libm::expm1(moved) + FUNCTION * UNIT))
                } else {
                    let dot: f64 = pairs().map(|(x, y)| x * y).sum();
                    let size: f64 = pairs().map(|(x, y)| (x * y).abs()).sum();
                    let carried: f64 = pairs().map(|(_, y)| y.abs()).sum::<f64>() * first;
                    let error = carried + (n + 1.0) * UNIT * (size + carried);
                    let inner = gamma * dot + added;
                    let bound = gamma.abs() * error
                        + 2.0 * UNIT * (gamma.abs() * (size + error) + added.abs());
                    match kernel {
                        Kernel::Linear => (dot, error),
                        Kernel::Sigmoid => (libm::tanh(inner), bound + APPROXIMATED),
                        _ => {
                            if inner < 0.0 && degree.fract() != 0.0 || degree < 1.0 {
                                return Err(self.refused("its power is not defined for a row"));
                            }
                            let value = libm::pow(inner, degree);
                            let most = libm::pow(inner.abs() + bound, degree);
                            (value, most - value.abs() + FUNCTION * UNIT * most)
                        }
                    }
                };
                made.values.push(value);
                made.errors.push(error);
            }
        }
        Ok(made)
    }

    /// The rows in single precision, which wider ones are rounded to.
    fn singles(&self) -> Result<(usize, usize, Vec<f32>), Stop> {
        let input = self.input(0)?;
        let (Data::F64(items), [rows, columns]) = (&input.data, &input.shape[..]) else {
            return self.table();
        };
        if self.doubt_of(0) > 0.0 || self.node.operator != "SVMClassifier" {
            return Err(self.refused("its input has a type that it is not evaluated for"));
        }
        self.pay(&input.shape)?;
        Ok((*rows, *columns, items.iter().map(|x| *x as f32).collect()))
    }

    pub(super) fn svm_regressor(&self) -> Result<Tensor, Stop> {
        self.only(&[
            "coefficients",
            "kernel_params",
            "kernel_type",
            "n_supports",
            "one_class",
            "post_transform",
            "rho",
            "support_vectors",
        ])?;
        if self.word("post_transform", "NONE")? != "NONE" {
            return Err(self.refused("it transforms its answers"));
        }
        let coefficients = self.floats("coefficients")?;
        let count = usize::try_from(self.int("n_supports", 0)?).map_err(|_| self.broken())?;
        let [rho] = *self.floats("rho")? else {
            return Err(self.broken());
        };
        // Without support vectors the coefficients are the weights of the columns.
        let (kernels, weights): (Kernels, &[f32]) = if count == 0 {
            (self.kernels(coefficients, 1, Kernel::Linear)?, &[1.0])
        } else {
            let vectors = self.floats("support_vectors")?;
            (
                self.kernels(vectors, count, self.kernel()?.0)?,
                coefficients,
            )
        };
        if weights.len() != kernels.vectors {
            return Err(self.broken());
        }
        let one_class = self.int("one_class", 0)? != 0;
        let mut made = Vec::with_capacity(kernels.rows);
        let mut worst = 0.0_f64;
        for row in 0..kernels.rows {
            let mut sum = Sum::default();
            for (place, weight) in weights.iter().enumerate() {
                let at = row * kernels.vectors + place;
                sum.add(*weight, kernels.values[at], kernels.errors[at]);
            }
            sum.add(rho, 1.0, 0.0);
            let error = self.off(&sum)?;
            if one_class {
                self.apart(sum.value, 0.0, error)?;
                made.push(if sum.value > 0.0 { 1.0 } else { -1.0 });
            } else {
                worst = worst.max(error);
                made.push(sum.value as f32);
            }
        }
        self.bound.set(worst);
        self.make(vec![kernels.rows, 1], Data::F32(made))
    }

    /// Votes between every two classes: the label, and the scores of all pairs.
    pub(super) fn svm_classifier(&self) -> Result<Vec<Tensor>, Stop> {
        self.only(&[
            "classlabels_ints",
            "classlabels_strings",
            "coefficients",
            "kernel_params",
            "kernel_type",
            "post_transform",
            "prob_a",
            "prob_b",
            "rho",
            "support_vectors",
            "vectors_per_class",
        ])?;
        if self.word("post_transform", "NONE")? != "NONE" {
            return Err(self.refused("it transforms its scores"));
        }
        if !self.floats("prob_a")?.is_empty() {
            return Err(self.refused("its probabilities are found by rounds that rounding may end"));
        }
        let labels = self.labels("classlabels_ints", "classlabels_strings")?;
        let sizes: Option<Vec<usize>> = self
            .ints("vectors_per_class")?
            .iter()
            .map(|size| usize::try_from(*size).ok())
            .collect();
        let sizes = sizes.ok_or_else(|| self.broken())?;
        if sizes.is_empty() {
            return Err(self.refused("it has no support vectors"));
        }
        let classes = labels.len();
        let total = sizes.iter().try_fold(0_usize, |sum, n| sum.checked_add(*n));
        let total = total.ok_or_else(|| self.broken())?;
        let (coefficients, rho) = (self.floats("coefficients")?, self.floats("rho")?);
        if classes < 2
            || sizes.len() != classes
            || (classes - 1).checked_mul(total) != Some(coefficients.len())
            || rho.len() != classes * (classes - 1) / 2
        {
            return Err(self.broken());
        }
        let vectors = self.floats("support_vectors")?;
        let kernels = self.kernels(vectors, total, self.kernel()?.0)?;
        let pairs = rho.len();
        self.pay(&[kernels.rows, pairs.max(2)])?;
        let work = kernels.rows.saturating_mul(coefficients.len());
        self.context.charge(work.saturating_mul(2), WHAT)?;
        let starts: Vec<usize> = sizes
            .iter()
            .scan(0, |start, size| {
                *start += size;
                Some(*start - size)
            })
            .collect();
        let mut best = Vec::with_capacity(kernels.rows);
        let mut made = Vec::with_capacity(kernels.rows * pairs.max(2));
        let mut worst = 0.0_f64;
        for row in 0..kernels.rows {
            let mut votes = vec![0_usize; classes];
            let mut pair = 0;
            for i in 0..classes {
                for j in i + 1..classes {
                    let mut sum = Sum::default();
                    // The vectors of a class have one coefficient for each other class.
                    for (class, line) in [(i, j - 1), (j, i)] {
                        for place in starts[class]..starts[class] + sizes[class] {
                            let at = row * total + place;
                            let coefficient = coefficients[line * total + place];
                            sum.add(coefficient, kernels.values[at], kernels.errors[at]);
                        }
                    }
                    sum.add(rho[pair], 1.0, 0.0);
                    let error = self.off(&sum)?;
                    self.apart(sum.value, 0.0, error)?;
                    votes[if sum.value > 0.0 { i } else { j }] += 1;
                    worst = worst.max(error);
                    let score = sum.value as f32;
                    if classes == 2 {
                        made.push(-score);
                    }
                    made.push(score);
                    pair += 1;
                }
            }
            let most = votes.iter().copied().max().unwrap_or(0);
            best.push(votes.iter().position(|n| *n == most).unwrap_or(0));
        }
        self.bound.set(worst);
        let labels = Tensor {
            shape: vec![kernels.rows],
            data: labels.pick(&best),
        };
        let width = if classes == 2 { 2 } else { pairs };
        let scores = self.make(vec![kernels.rows, width], Data::F32(made))?;
        Ok(vec![labels, scores])
    }
}
