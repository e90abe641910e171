//! Plain operators that make numbers of numbers, element by element, in rows, or as products.

use super::Step;
use super::tensor::{Data, Tensor, broadcast};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    /// What a plain arithmetic operator makes; `None` for other operators.
    pub(super) fn arithmetic(&self) -> Result<Option<Tensor>, Stop> {
        let made = match self.node.operator.as_str() {
            "Add" => self.pairs(|a, b| a + b, |a, b| a + b, i64::checked_add)?,
            "Sub" => self.pairs(|a, b| a - b, |a, b| a - b, i64::checked_sub)?,
            "Mul" => self.pairs(|a, b| a * b, |a, b| a * b, i64::checked_mul)?,
            "Div" => self.pairs(|a, b| a / b, |a, b| a / b, i64::checked_div)?,
            "Sum" => self.sum()?,
            "Less" => self.compared(|order| order == std::cmp::Ordering::Less)?,
            "LessOrEqual" => self.compared(|order| order != std::cmp::Ordering::Greater)?,
            "Greater" => self.compared(|order| order == std::cmp::Ordering::Greater)?,
            "GreaterOrEqual" => self.compared(|order| order != std::cmp::Ordering::Less)?,
            "Equal" => self.equal()?,
            "And" => self.truths(|a, b| a && b)?,
            "Or" => self.truths(|a, b| a || b)?,
            "Not" => match &self.input(0)?.data {
                Data::Bool(flags) => {
                    self.like(Data::Bool(flags.iter().map(|flag| !flag).collect()))?
                }
                _ => return Err(self.broken()),
            },
            "Neg" => self.single(|x| -x, |x| -x, Some(i64::checked_neg))?,
            "Abs" => self.single(f32::abs, f64::abs, Some(i64::checked_abs))?,
            "Sqrt" => self.single(f32::sqrt, f64::sqrt, None)?,
            "Reciprocal" => self.single(|x| 1.0 / x, |x| 1.0 / x, None)?,
            "Exp" => self.wide(libm::exp)?,
            "Log" => self.wide(libm::log)?,
            "Tanh" => self.wide(libm::tanh)?,
            "Relu" => self.single(|x| x.max(0.0), |x| x.max(0.0), None)?,
            "Floor" => self.single(f32::floor, f64::floor, None)?,
            "Ceil" => self.single(f32::ceil, f64::ceil, None)?,
            "Sigmoid" => self.wide(|x| 1.0 / (1.0 + libm::exp(-x)))?,
            "Pow" => self.pairs(|x, y| power(x.into(), y.into()) as f32, power, |_, _| None)?,
            "Identity" => {
                self.only(&[])?;
                self.pay(&self.input(0)?.shape)?;
                self.input(0)?.clone()
            }
            "IsNaN" => match &self.input(0)?.data {
                Data::F32(items) => {
                    self.like(Data::Bool(items.iter().map(|x| x.is_nan()).collect()))?
                }
                Data::F64(items) => {
                    self.like(Data::Bool(items.iter().map(|x| x.is_nan()).collect()))?
                }
                _ => return Err(self.broken()),
            },
            "Clip" => self.clip()?,
            "Max" => self.outermost(true)?,
            "Min" => self.outermost(false)?,
            "Sign" => self.sign()?,
            "CumSum" => self.summed_up()?,
            "MatMul" => self.product()?,
            "Gemm" => self.gemm()?,
            "Softmax" => self.softmax()?,
            "ReduceSum" => self.reduced(|row| row.iter().sum())?,
            "ReduceSumSquare" => self.reduced(|row| row.iter().map(|x| x * x).sum())?,
            "ReduceL2" => self.reduced(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt())?,
            "ReduceMean" => self.reduced(|row| row.iter().sum::<f64>() / row.len() as f64)?,
            "ReduceProd" => self.reduced(|row| row.iter().product())?,
            "ReduceLogSumExp" => self.log_sum_exp()?,
            "LpNormalization" => self.lp_normalized()?,
            "ReduceMax" => {
                self.reduced(|row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max))?
            }
            "ReduceMin" => self.reduced(|row| row.iter().copied().fold(f64::INFINITY, f64::min))?,
            "ArgMax" => self.extreme(|found, best| found > best)?,
            "ArgMin" => self.extreme(|found, best| found < best)?,
            _ => return Ok(None),
        };
        Ok(Some(made))
    }

    /// The first input with other data.
    fn like(&self, data: Data) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let shape = self.input(0)?.shape.clone();
        self.pay(&shape)?;
        self.make(shape, data)
    }

    fn single(
        &self,
        single: fn(f32) -> f32,
        double: fn(f64) -> f64,
        whole: Option<fn(i64) -> Option<i64>>,
    ) -> Result<Tensor, Stop> {
        let data = match (&self.input(0)?.data, whole) {
            (Data::F32(items), _) => Data::F32(items.iter().map(|x| single(*x)).collect()),
            (Data::F64(items), _) => Data::F64(items.iter().map(|x| double(*x)).collect()),
            (Data::I64(items), Some(whole)) => {
                let made: Option<Vec<i64>> = items.iter().map(|x| whole(*x)).collect();
                Data::I64(made.ok_or_else(|| self.broken())?)
            }
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        self.like(data)
    }

    /// A function of 64 bits, rounded where the tensor has 32.
    fn wide(&self, function: fn(f64) -> f64) -> Result<Tensor, Stop> {
        let data = match &self.input(0)?.data {
            Data::F32(items) => Data::F32(
                items
                    .iter()
                    .map(|x| function(f64::from(*x)) as f32)
                    .collect(),
            ),
            Data::F64(items) => Data::F64(items.iter().map(|x| function(*x)).collect()),
            _ => return Err(self.broken()),
        };
        self.like(data)
    }

    /// Both inputs in their common shape.
    fn both(&self) -> Result<(Vec<usize>, Data, Data), Stop> {
        self.only(&[])?;
        let (a, b) = (self.input(0)?, self.input(1)?);
        let shape = broadcast(&a.shape, &b.shape).ok_or_else(|| self.broken())?;
        self.pay(&shape)?;
        self.pay(&shape)?;
        let (a, b) = (a.expand(&shape), b.expand(&shape));
        Ok((shape, a, b))
    }

    fn pairs(
        &self,
        single: fn(f32, f32) -> f32,
        double: fn(f64, f64) -> f64,
        whole: fn(i64, i64) -> Option<i64>,
    ) -> Result<Tensor, Stop> {
        let (shape, a, b) = self.both()?;
        let data = match (a, b) {
            (Data::F32(a), Data::F32(b)) => {
                Data::F32(a.iter().zip(&b).map(|(a, b)| single(*a, *b)).collect())
            }
            (Data::F64(a), Data::F64(b)) => {
                Data::F64(a.iter().zip(&b).map(|(a, b)| double(*a, *b)).collect())
            }
            (Data::I64(a), Data::I64(b)) => {
                let made: Option<Vec<i64>> = a.iter().zip(&b).map(|(a, b)| whole(*a, *b)).collect();
                Data::I64(made.ok_or_else(|| self.broken())?)
            }
            _ => return Err(self.refused("it gets types that it is not evaluated for")),
        };
        self.make(shape, data)
    }

    fn sum(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let mut shape = self.input(0)?.shape.clone();
        for place in 1..self.node.inputs.len() {
            shape = broadcast(&shape, &self.input(place)?.shape).ok_or_else(|| self.broken())?;
        }
        self.pay(&shape)?;
        macro_rules! total {
            ($kind:ident, $total:ident) => {{
                for place in 1..self.node.inputs.len() {
                    self.pay(&shape)?;
                    let Data::$kind(more) = self.input(place)?.expand(&shape) else {
                        return Err(self.broken());
                    };
                    $total.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
                }
                Data::$kind($total)
            }};
        }
        let data = match self.input(0)?.expand(&shape) {
            Data::F32(mut total) => total!(F32, total),
            Data::F64(mut total) => total!(F64, total),
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        self.make(shape, data)
    }

    fn compared(&self, holds: fn(std::cmp::Ordering) -> bool) -> Result<Tensor, Stop> {
        let (shape, a, b) = self.both()?;
        let test = |order: Option<std::cmp::Ordering>| order.is_some_and(holds);
        let flags = match (a, b) {
            (Data::F32(a), Data::F32(b)) => a
                .iter()
                .zip(&b)
                .map(|(a, b)| test(a.partial_cmp(b)))
                .collect(),
            (Data::F64(a), Data::F64(b)) => a
                .iter()
                .zip(&b)
                .map(|(a, b)| test(a.partial_cmp(b)))
                .collect(),
            (Data::I64(a), Data::I64(b)) => a
                .iter()
                .zip(&b)
                .map(|(a, b)| test(a.partial_cmp(b)))
                .collect(),
            _ => return Err(self.refused("it gets types that it is not evaluated for")),
        };
        self.make(shape, Data::Bool(flags))
    }

    fn equal(&self) -> Result<Tensor, Stop> {
        let (shape, a, b) = self.both()?;
        let flags = match (a, b) {
            (Data::F32(a), Data::F32(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            (Data::F64(a), Data::F64(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            (Data::I64(a), Data::I64(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            (Data::I32(a), Data::I32(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            (Data::Bool(a), Data::Bool(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            (Data::Text(a), Data::Text(b)) => a.iter().zip(&b).map(|(a, b)| a == b).collect(),
            _ => return Err(self.broken()),
        };
        self.make(shape, Data::Bool(flags))
    }

    fn truths(&self, join: fn(bool, bool) -> bool) -> Result<Tensor, Stop> {
        let (shape, a, b) = self.both()?;
        match (a, b) {
            (Data::Bool(a), Data::Bool(b)) => {
                let flags = a.iter().zip(&b).map(|(a, b)| join(*a, *b)).collect();
                self.make(shape, Data::Bool(flags))
            }
            _ => Err(self.broken()),
        }
    }

    /// Rows times columns of two matrices.
    fn product(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let (a, b) = (self.input(0)?, self.input(1)?);
        let Some((rows, inner, columns)) = matched(a, b) else {
            return Err(self.refused("its inputs are no matrices that fit together"));
        };
        let made = self.multiply(a, b, (rows, inner, columns), false, false)?;
        // The side that a vector lacks is not in the answer either.
        let mut shape = Vec::new();
        if a.shape.len() == 2 {
            shape.push(rows);
        }
        if b.shape.len() == 2 {
            shape.push(columns);
        }
        self.make(shape, made.data)
    }

    /// A product, a transposed side or two, in the order in which the sums are made: along the inner
    /// side, each step rounded once.
    pub(super) fn multiply(
        &self,
        a: &Tensor,
        b: &Tensor,
        (rows, inner, columns): (usize, usize, usize),
        turn_a: bool,
        turn_b: bool,
    ) -> Result<Tensor, Stop> {
        self.pay(&[rows, columns])?;
        let work = rows.saturating_mul(inner).saturating_mul(columns);
        self.context.charge(work.saturating_mul(2), super::WHAT)?;
        let left = |row: usize, k: usize| {
            if turn_a {
                k * rows + row
            } else {
                row * inner + k
            }
        };
        let right = |k: usize, column: usize| {
            if turn_b {
                column * inner + k
            } else {
                k * columns + column
            }
        };
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let data = match (&a.data, &b.data) {
            (Data::F32(a), Data::F32(b)) => Data::F32(
                places
                    .map(|(row, column)| {
                        (0..inner).fold(0.0, |sum, k| {
                            a[left(row, k)].mul_add(b[right(k, column)], sum)
                        })
                    })
                    .collect(),
            ),
            (Data::F64(a), Data::F64(b)) => Data::F64(
                places
                    .map(|(row, column)| {
                        (0..inner).fold(0.0, |sum, k| {
                            a[left(row, k)].mul_add(b[right(k, column)], sum)
                        })
                    })
                    .collect(),
            ),
            _ => return Err(self.refused("it gets types that it is not evaluated for")),
        };
        self.make(vec![rows, columns], data)
    }

    fn gemm(&self) -> Result<Tensor, Stop> {
        self.only(&["alpha", "beta", "transA", "transB"])?;
        let (a, b) = (self.input(0)?, self.input(1)?);
        let turn_a = self.int("transA", 0)? != 0;
        let turn_b = self.int("transB", 0)? != 0;
        let (alpha, beta) = (self.float("alpha", 1.0)?, self.float("beta", 1.0)?);
        let (&[first, second], &[third, fourth]) = (&a.shape[..], &b.shape[..]) else {
            return Err(self.broken());
        };
        let (rows, inner) = if turn_a {
            (second, first)
        } else {
            (first, second)
        };
        let (other, columns) = if turn_b {
            (fourth, third)
        } else {
            (third, fourth)
        };
        if inner != other {
            return Err(self.broken());
        }
        let mut out = self.multiply(a, b, (rows, inner, columns), turn_a, turn_b)?;
        let more = match self.optional(2)? {
            None => None,
            Some(more) if broadcast(&more.shape, &out.shape) == Some(out.shape.clone()) => {
                Some(more.expand(&out.shape))
            }
            Some(_) => return Err(self.broken()),
        };
        match (&mut out.data, more) {
            (Data::F32(sums), None) => sums.iter_mut().for_each(|x| *x *= alpha),
            (Data::F32(sums), Some(Data::F32(more))) => {
                sums.iter_mut()
                    .zip(more)
                    .for_each(|(x, more)| *x = alpha * *x + beta * more);
            }
            (Data::F64(sums), None) => sums.iter_mut().for_each(|x| *x *= f64::from(alpha)),
            (Data::F64(sums), Some(Data::F64(more))) => {
                let (alpha, beta) = (f64::from(alpha), f64::from(beta));
                sums.iter_mut()
                    .zip(more)
                    .for_each(|(x, more)| *x = alpha * *x + beta * more);
            }
            _ => return Err(self.broken()),
        }
        Ok(out)
    }
}

fn power(x: f64, y: f64) -> f64 {
    if y == 2.0 { x * x } else { libm::pow(x, y) }
}

/// Rows, inner side and columns of a product; a vector is one row on the left, one column on the right.
pub(super) fn matched(a: &Tensor, b: &Tensor) -> Option<(usize, usize, usize)> {
    let (rows, inner) = match a.shape[..] {
        [rows, inner] => (rows, inner),
        [inner] => (1, inner),
        _ => return None,
    };
    let (other, columns) = match b.shape[..] {
        [other, columns] => (other, columns),
        [other] => (other, 1),
        _ => return None,
    };
    (inner == other).then_some((rows, inner, columns))
}
