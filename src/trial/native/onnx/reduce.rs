//! Plain operators that make one number, or a share of each, of the numbers along an axis.

use super::Step;
use super::tensor::{Data, Tensor};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    /// The rows along an axis, each as numbers of 64 bits.
    pub(super) fn rows(&self, input: &Tensor, axis: usize) -> Result<Vec<Vec<f64>>, Stop> {
        self.pay(&input.shape)?;
        if input.len() == 0 {
            return Err(self.broken());
        }
        let numbers: Vec<f64> = match &input.data {
            Data::F32(items) => items.iter().map(|x| f64::from(*x)).collect(),
            Data::F64(items) => items.clone(),
            Data::I64(items) if items.iter().all(|x| x.abs() < 1 << 50) => {
                items.iter().map(|x| *x as f64).collect()
            }
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        let (before, side, behind) = input.around(axis);
        let starts = (0..before)
            .flat_map(|outer| (0..behind).map(move |inner| outer * side * behind + inner));
        Ok(starts
            .map(|start| {
                (0..side)
                    .map(|step| numbers[start + step * behind])
                    .collect()
            })
            .collect())
    }

    /// The rows that a reduction makes one number of each, and the shape of what it makes: along one
    /// axis, or along all where none is named.
    pub(super) fn reductions(&self) -> Result<(Vec<Vec<f64>>, Vec<usize>), Stop> {
        let input = self.input(0)?;
        let axes = match self.optional(1)? {
            Some(axes) => axes.ints().ok_or_else(|| self.broken())?,
            None => self.ints("axes")?.to_vec(),
        };
        let keep = self.int("keepdims", 1)? != 0;
        match axes[..] {
            [axis] => {
                let axis = input.axis(axis).ok_or_else(|| self.broken())?;
                let mut shape = input.shape.clone();
                if keep {
                    shape[axis] = 1;
                } else {
                    shape.remove(axis);
                }
                Ok((self.rows(input, axis)?, shape))
            }
            [] if self.int("noop_with_empty_axes", 0)? == 0 => {
                self.pay(&input.shape)?;
                let flat = self.make(vec![input.len()], input.data.clone())?;
                let sides = if keep { input.shape.len() } else { 0 };
                Ok((self.rows(&flat, 0)?, vec![1; sides]))
            }
            _ => Err(self.refused("it reduces several axes at once")),
        }
    }

    pub(super) fn reduced(&self, reduce: fn(&[f64]) -> f64) -> Result<Tensor, Stop> {
        self.only(&["axes", "keepdims", "noop_with_empty_axes"])?;
        let input = self.input(0)?;
        let (rows, shape) = self.reductions()?;
        if rows.iter().any(Vec::is_empty) {
            return Err(self.broken());
        }
        let made = rows.iter().map(|row| reduce(row));
        let data = match &input.data {
            Data::F32(_) => Data::F32(made.map(|x| x as f32).collect()),
            Data::F64(_) => Data::F64(made.collect()),
            _ if matches!(
                self.node.operator.as_str(),
                "ReduceMean" | "ReduceL2" | "ReduceLogSumExp" | "ReduceProd"
            ) =>
            {
                return Err(self.broken());
            }
            _ => Data::I64(made.map(|x| x as i64).collect()),
        };
        self.make(shape, data)
    }

    pub(super) fn extreme(&self, better: fn(f64, f64) -> bool) -> Result<Tensor, Stop> {
        self.only(&["axis", "keepdims", "select_last_index"])?;
        if self.int("select_last_index", 0)? != 0 {
            return Err(self.refused("it takes the last of several"));
        }
        let input = self.input(0)?;
        let axis = input
            .axis(self.int("axis", 0)?)
            .ok_or_else(|| self.broken())?;
        let mut places = Vec::new();
        for row in self.rows(input, axis)? {
            if row.is_empty() || row.iter().any(|x| x.is_nan()) {
                return Err(self.refused("it looks for the largest among what is no number"));
            }
            let mut best = 0;
            for (place, found) in row.iter().enumerate() {
                if better(*found, row[best]) {
                    best = place;
                }
            }
            places.push(best as i64);
        }
        let mut shape = input.shape.clone();
        if self.int("keepdims", 1)? == 0 {
            shape.remove(axis);
        } else {
            shape[axis] = 1;
        }
        self.make(shape, Data::I64(places))
    }

    /// Exponentials divided by their sum, along the last axis of a table.
    pub(super) fn softmax(&self) -> Result<Tensor, Stop> {
        self.only(&["axis"])?;
        let input = self.input(0)?;
        let default = if self.version < 13 { 1 } else { -1 };
        let axis = input
            .axis(self.int("axis", default)?)
            .ok_or_else(|| self.broken())?;
        if input.shape.len() != 2 || axis != 1 {
            return Err(self.refused("it is not along the rows of a table"));
        }
        let mut made = Vec::with_capacity(input.len());
        for row in self.rows(input, 1)? {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = row.iter().map(|x| libm::exp(x - largest)).collect();
            let sum: f64 = powers.iter().sum();
            made.extend(powers.iter().map(|x| x / sum));
        }
        let data = match &input.data {
            Data::F32(_) => Data::F32(made.iter().map(|x| *x as f32).collect()),
            Data::F64(_) => Data::F64(made),
            _ => return Err(self.broken()),
        };
        self.make(input.shape.clone(), data)
    }

    /// `ReduceLogSumExp`: the logarithm of the sum of the exponentials, without their overflow.
    pub(super) fn log_sum_exp(&self) -> Result<Tensor, Stop> {
        let made = self.reduced(|row| {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            largest + libm::log(row.iter().map(|x| libm::exp(x - largest)).sum())
        })?;
        let finite = match &made.data {
            Data::F32(items) => items.iter().all(|x| x.is_finite()),
            Data::F64(items) => items.iter().all(|x| x.is_finite()),
            _ => false,
        };
        if finite {
            Ok(made)
        } else {
            Err(self.refused("it makes a number that is not finite"))
        }
    }

    /// `LpNormalization` of the rows of a table, which stay zero when they are.
    pub(super) fn lp_normalized(&self) -> Result<Tensor, Stop> {
        self.only(&["axis", "p"])?;
        let (rows, columns, numbers) = self.table()?;
        if self.input(0)?.axis(self.int("axis", -1)?) != Some(1) {
            return Err(self.refused("it is not along the rows of a table"));
        }
        if !matches!(self.input(0)?.data, Data::F32(_)) {
            return Err(self.broken());
        }
        let power = self.int("p", 2)?;
        let mut made = Vec::with_capacity(numbers.len());
        for row in numbers.chunks_exact(columns.max(1)) {
            let wide = || row.iter().map(|x| f64::from(*x));
            let norm = match power {
                1 => wide().map(f64::abs).sum::<f64>(),
                2 => wide().map(|x| x * x).sum::<f64>().sqrt(),
                _ => return Err(self.broken()),
            };
            let norm = if norm == 0.0 { 1.0 } else { norm };
            made.extend(wide().map(|x| (x / norm) as f32));
        }
        self.make(vec![rows, columns], Data::F32(made))
    }
}
