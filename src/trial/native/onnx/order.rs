//! Plain operators that cut, fill and order along an axis.

use super::Step;
use super::proto::Attribute;
use super::tensor::{Data, Tensor, size, walk};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    /// `Slice`: its limits are attributes before version 10, inputs since.
    pub(super) fn slice(&self) -> Result<Tensor, Stop> {
        let input = self.input(0)?;
        let (starts, ends, axes, steps);
        if self.version < 10 {
            self.only(&["starts", "ends", "axes"])?;
            (starts, ends) = (self.ints("starts")?.to_vec(), self.ints("ends")?.to_vec());
            axes = self.attribute("axes").map(|_| self.ints("axes"));
            steps = None;
            return self.cut(input, &starts, &ends, axes.transpose()?, steps);
        }
        self.only(&[])?;
        let list = |place: usize| -> Result<Option<Vec<i64>>, Stop> {
            let Some(list) = self.optional(place)? else {
                return Ok(None);
            };
            list.ints().map(Some).ok_or_else(|| self.broken())
        };
        starts = list(1)?.ok_or_else(|| self.broken())?;
        ends = list(2)?.ok_or_else(|| self.broken())?;
        let (axes, steps) = (list(3)?, list(4)?);
        self.cut(input, &starts, &ends, axes.as_deref(), steps.as_deref())
    }

    fn cut(
        &self,
        input: &Tensor,
        starts: &[i64],
        ends: &[i64],
        axes: Option<&[i64]>,
        steps: Option<&[i64]>,
    ) -> Result<Tensor, Stop> {
        let count = starts.len();
        let all: Vec<i64> = (0..count as i64).collect();
        let axes = axes.unwrap_or(&all);
        if ends.len() != count || axes.len() != count || steps.is_some_and(|s| s.len() != count) {
            return Err(self.broken());
        }
        // For each axis where it begins, how far it goes on each time, and how often.
        let mut cuts: Vec<(i64, i64, usize)> =
            input.shape.iter().map(|side| (0, 1, *side)).collect();
        let mut met = vec![false; cuts.len()];
        for place in 0..count {
            let axis = input.axis(axes[place]).ok_or_else(|| self.broken())?;
            if std::mem::replace(&mut met[axis], true) {
                return Err(self.broken());
            }
            let side = input.shape[axis] as i64;
            let step = steps.map_or(1, |steps| steps[place]);
            let from_end = |x: i64| if x < 0 { x.saturating_add(side) } else { x };
            let (start, end) = (from_end(starts[place]), from_end(ends[place]));
            let (start, end) = match step {
                0 => return Err(self.broken()),
                1.. => (start.clamp(0, side), end.clamp(0, side)),
                _ => (start.clamp(0, (side - 1).max(0)), end.clamp(-1, side - 1)),
            };
            let length = if step > 0 { end - start } else { start - end };
            let stride = step.unsigned_abs();
            let length = u64::try_from(length.max(0)).unwrap_or(0).div_ceil(stride);
            cuts[axis] = (start, step, if side == 0 { 0 } else { length as usize });
        }
        let shape: Vec<usize> = cuts.iter().map(|cut| cut.2).collect();
        self.pay(&shape)?;
        let mut made = input.clone();
        self.pay(&input.shape)?;
        for (axis, (start, step, length)) in cuts.into_iter().enumerate() {
            if (start, step, length) == (0, 1, input.shape[axis]) {
                continue;
            }
            let places: Vec<usize> = (0..length as i64)
                .map(|n| (start + n * step) as usize)
                .collect();
            made = made.along(axis, &places);
        }
        self.make(shape, made.data)
    }

    /// `ConstantOfShape`: one value, everywhere.
    pub(super) fn filled(&self) -> Result<Tensor, Stop> {
        self.only(&["value"])?;
        let sides = self.input(0)?.ints().ok_or_else(|| self.broken())?;
        let shape: Option<Vec<usize>> = sides.iter().map(|n| usize::try_from(*n).ok()).collect();
        let shape = shape.ok_or_else(|| self.broken())?;
        if shape.len() > 32 {
            return Err(self.broken());
        }
        self.pay(&shape)?;
        let count = size(&shape).ok_or_else(|| self.broken())?;
        let data = match self.attribute("value") {
            None => Data::F32(vec![0.0; count]),
            Some(Attribute::Tensor(value)) if value.len() == 1 => value.data.pick(&vec![0; count]),
            Some(_) => return Err(self.broken()),
        };
        self.make(shape, data)
    }

    /// `GatherElements`: of each place the element that an index names along an axis.
    pub(super) fn gather_elements(&self) -> Result<Tensor, Stop> {
        self.only(&["axis"])?;
        let (input, wanted) = (self.input(0)?, self.input(1)?);
        let axis = self.int("axis", 0)?;
        let axis = input.axis(axis).ok_or_else(|| self.broken())?;
        let fits = input.shape.len() == wanted.shape.len()
            && (0..input.shape.len()).all(|at| at == axis || wanted.shape[at] <= input.shape[at]);
        let places = wanted
            .ints()
            .filter(|_| fits)
            .ok_or_else(|| self.broken())?;
        self.pay(&wanted.shape)?;
        self.pay(&wanted.shape)?;
        let mut strides = vec![1; input.shape.len()];
        for at in (1..strides.len()).rev() {
            strides[at - 1] = strides[at] * input.shape[at];
        }
        let stride = std::mem::replace(&mut strides[axis], 0);
        let side = input.shape[axis] as i64;
        let mut all = walk(&wanted.shape, &strides);
        for (at, place) in all.iter_mut().zip(places) {
            let place = if place < 0 {
                place.saturating_add(side)
            } else {
                place
            };
            if !(0..side).contains(&place) {
                return Err(self.broken());
            }
            *at += place as usize * stride;
        }
        self.make(wanted.shape.clone(), input.data.pick(&all))
    }

    /// `TopK` in order: the values and their places. Of equal ones the first comes first.
    pub(super) fn top(&self) -> Result<Vec<Tensor>, Stop> {
        self.only(&["axis", "k", "largest", "sorted"])?;
        let input = self.input(0)?;
        let axis = input.axis(self.int("axis", -1)?);
        let axis = axis.ok_or_else(|| self.broken())?;
        let k = match self.optional(1)? {
            Some(k) => match k.ints().as_deref() {
                Some([k]) => *k,
                _ => return Err(self.broken()),
            },
            None => self.int("k", 0)?,
        };
        let k = usize::try_from(k).ok().filter(|k| *k <= input.shape[axis]);
        let k = k.filter(|k| *k > 0).ok_or_else(|| self.broken())?;
        let sign = if self.int("largest", 1)? == 0 {
            1.0
        } else {
            -1.0
        };
        if self.int("sorted", 1)? == 0 {
            return Err(self.refused("the order of what it takes is left open"));
        }
        let doubt = self.doubt_of(0);
        let rows = self.rows(input, axis)?;
        let (before, side, behind) = input.around(axis);
        let mut shape = input.shape.clone();
        shape[axis] = k;
        self.pay(&shape)?;
        self.pay(&shape)?;
        self.context
            .charge(input.len().saturating_mul(16), super::WHAT)?;
        let mut chosen = vec![0; before * behind * k];
        let mut places = vec![0; before * behind * k];
        for (at, row) in rows.iter().enumerate() {
            if row.iter().any(|x| x.is_nan()) {
                return Err(self.refused("it orders what is no number"));
            }
            let mut order: Vec<usize> = (0..side).collect();
            let by = |a: &usize, b: &usize| {
                let ahead = (sign * row[*a]).total_cmp(&(sign * row[*b]));
                if row[*a] == row[*b] { a.cmp(b) } else { ahead }
            };
            order.sort_unstable_by(by);
            for pair in order.windows(2).take(k) {
                self.apart(row[pair[0]], row[pair[1]], 2.0 * doubt)?;
            }
            let (outer, inner) = (at / behind, at % behind);
            for (rank, place) in order.into_iter().take(k).enumerate() {
                let to = (outer * k + rank) * behind + inner;
                chosen[to] = (outer * side + place) * behind + inner;
                places[to] = place as i64;
            }
        }
        Ok(vec![
            self.make(shape.clone(), input.data.pick(&chosen))?,
            self.make(shape, Data::I64(places))?,
        ])
    }

    /// `CumSum` along an axis.
    pub(super) fn summed_up(&self) -> Result<Tensor, Stop> {
        self.only(&["exclusive", "reverse"])?;
        if self.int("exclusive", 0)? != 0 || self.int("reverse", 0)? != 0 {
            return Err(self.refused("it sums in another way"));
        }
        let input = self.input(0)?;
        let axis = match self.input(1)?.ints().as_deref() {
            Some([axis]) => input.axis(*axis),
            _ => None,
        };
        let axis = axis.ok_or_else(|| self.broken())?;
        self.pay(&input.shape)?;
        let (before, side, behind) = input.around(axis);
        macro_rules! running {
            ($kind:ident, $items:ident, $add:expr) => {{
                let mut made = $items.clone();
                for outer in 0..before {
                    for step in 1..side {
                        for inner in 0..behind {
                            let at = (outer * side + step) * behind + inner;
                            made[at] =
                                $add(made[at - behind], made[at]).ok_or_else(|| self.broken())?;
                        }
                    }
                }
                Data::$kind(made)
            }};
        }
        let data = match &input.data {
            Data::F32(items) => running!(F32, items, |a: f32, b: f32| Some(a + b)),
            Data::F64(items) => running!(F64, items, |a: f64, b: f64| Some(a + b)),
            Data::I64(items) => running!(I64, items, i64::checked_add),
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        self.make(input.shape.clone(), data)
    }
}
