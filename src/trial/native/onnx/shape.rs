//! Plain operators that move elements without changing them, and casts.

use super::Step;
use super::proto::Attribute;
use super::tensor::{Data, Tensor, broadcast, walk};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    pub(super) fn shaped(&self) -> Result<Vec<Tensor>, Stop> {
        let made = match self.node.operator.as_str() {
            "Cast" => self.cast()?,
            "Concat" => self.concat()?,
            "Reshape" => self.reshape()?,
            "Flatten" => self.flatten()?,
            "Transpose" => self.transpose()?,
            "Squeeze" => self.squeeze()?,
            "Unsqueeze" => self.unsqueeze()?,
            "Shape" => self.sides()?,
            "Gather" => self.gather()?,
            "Where" => self.either()?,
            "Constant" => self.constant()?,
            "ConstantOfShape" => self.filled()?,
            "Slice" => self.slice()?,
            "GatherElements" => self.gather_elements()?,
            "TopK" => return self.top(),
            _ => return Err(self.refused("there is no evaluator for it yet")),
        };
        Ok(vec![made])
    }

    fn cast(&self) -> Result<Tensor, Stop> {
        self.only(&["to", "saturate"])?;
        let input = self.input(0)?;
        self.pay(&input.shape)?;
        let whole = |x: f64| x.is_finite() && x.abs() < 9e15;
        let data = match (self.int("to", 0)?, &input.data) {
            (1, Data::F32(_))
            | (6, Data::I32(_))
            | (7, Data::I64(_))
            | (8, Data::Text(_))
            | (9, Data::Bool(_))
            | (11, Data::F64(_)) => input.data.clone(),
            (1, Data::F64(items)) => Data::F32(items.iter().map(|x| *x as f32).collect()),
            (1, Data::I64(items)) => Data::F32(items.iter().map(|x| *x as f32).collect()),
            (1, Data::I32(items)) => Data::F32(items.iter().map(|x| *x as f32).collect()),
            (1, Data::Bool(items)) => {
                Data::F32(items.iter().map(|x| f32::from(u8::from(*x))).collect())
            }
            (11, Data::F32(items)) => Data::F64(items.iter().map(|x| f64::from(*x)).collect()),
            (11, Data::I64(items)) => Data::F64(items.iter().map(|x| *x as f64).collect()),
            (11, Data::Bool(items)) => {
                Data::F64(items.iter().map(|x| f64::from(u8::from(*x))).collect())
            }
            (7, Data::F32(items)) if items.iter().all(|x| whole(f64::from(*x))) => {
                Data::I64(items.iter().map(|x| *x as i64).collect())
            }
            (7, Data::F64(items)) if items.iter().all(|x| whole(*x)) => {
                Data::I64(items.iter().map(|x| *x as i64).collect())
            }
            (7, Data::I32(items)) => Data::I64(items.iter().map(|x| i64::from(*x)).collect()),
            (7, Data::Bool(items)) => Data::I64(items.iter().map(|x| i64::from(*x)).collect()),
            (6, Data::F32(items)) if items.iter().all(|x| x.is_finite() && x.abs() < 2e9) => {
                Data::I32(items.iter().map(|x| *x as i32).collect())
            }
            (6, Data::I64(items)) if items.iter().all(|x| i32::try_from(*x).is_ok()) => {
                Data::I32(items.iter().map(|x| *x as i32).collect())
            }
            (6, Data::Bool(items)) => Data::I32(items.iter().map(|x| i32::from(*x)).collect()),
            (8, Data::I64(items)) => Data::Text(items.iter().map(ToString::to_string).collect()),
            (9, Data::F32(items)) => Data::Bool(items.iter().map(|x| *x != 0.0).collect()),
            (9, Data::I64(items)) => Data::Bool(items.iter().map(|x| *x != 0).collect()),
            (9, Data::I32(items)) => Data::Bool(items.iter().map(|x| *x != 0).collect()),
            (to, _) => {
                return Err(self.refused(format!(
                    "a cast to type {to} from what it gets is not evaluated"
                )));
            }
        };
        self.make(input.shape.clone(), data)
    }

    fn concat(&self) -> Result<Tensor, Stop> {
        self.only(&["axis"])?;
        let first = self.input(0)?;
        let axis = first
            .axis(self.int("axis", 1)?)
            .ok_or_else(|| self.broken())?;
        let mut shape = first.shape.clone();
        let mut parts = vec![first];
        for place in 1..self.node.inputs.len() {
            let part = self.input(place)?;
            let rest = |shape: &[usize]| {
                let mut shape = shape.to_vec();
                shape.remove(axis);
                shape
            };
            if part.shape.len() != shape.len() || rest(&part.shape) != rest(&shape) {
                return Err(self.broken());
            }
            shape[axis] += part.shape[axis];
            parts.push(part);
        }
        if parts.iter().any(|part| part.len() == 0) {
            return Err(self.refused("it gets a tensor of nothing"));
        }
        self.pay(&shape)?;
        let (before, _, _) = first.around(axis);
        // A part's block is what belongs to one place of the axes before.
        macro_rules! joined {
            ($kind:ident) => {{
                let mut all = Vec::new();
                for outer in 0..before {
                    for part in &parts {
                        let Data::$kind(items) = &part.data else {
                            return Err(self.broken());
                        };
                        let block = items.len() / before.max(1);
                        all.extend_from_slice(&items[outer * block..(outer + 1) * block]);
                    }
                }
                Data::$kind(all)
            }};
        }
        let data = match &first.data {
            Data::F32(_) => joined!(F32),
            Data::F64(_) => joined!(F64),
            Data::I64(_) => joined!(I64),
            Data::I32(_) => joined!(I32),
            Data::Bool(_) => joined!(Bool),
            Data::Text(_) => joined!(Text),
        };
        self.make(shape, data)
    }

    fn reshape(&self) -> Result<Tensor, Stop> {
        self.only(&["allowzero", "shape"])?;
        if self.int("allowzero", 0)? != 0 {
            return Err(self.refused("it takes a side of zero as it is"));
        }
        let input = self.input(0)?;
        let wanted = match self.optional(1)? {
            Some(shape) => shape.ints().ok_or_else(|| self.broken())?,
            None => self.ints("shape")?.to_vec(),
        };
        let mut shape = Vec::new();
        let mut open = None;
        for (place, side) in wanted.iter().enumerate() {
            shape.push(match *side {
                0 => *input.shape.get(place).ok_or_else(|| self.broken())?,
                -1 if open.is_none() => {
                    open = Some(place);
                    1
                }
                side => usize::try_from(side).map_err(|_| self.broken())?,
            });
        }
        if let Some(open) = open {
            let known = super::tensor::size(&shape).filter(|size| *size > 0);
            let known = known.ok_or_else(|| self.broken())?;
            shape[open] = input.len() / known;
        }
        self.pay(&input.shape)?;
        self.make(shape, input.data.clone())
    }

    fn flatten(&self) -> Result<Tensor, Stop> {
        self.only(&["axis"])?;
        let input = self.input(0)?;
        let axis = usize::try_from(self.int("axis", 1)?).map_err(|_| self.broken())?;
        if axis > input.shape.len() {
            return Err(self.broken());
        }
        let product = |sides: &[usize]| sides.iter().product();
        let shape = vec![product(&input.shape[..axis]), product(&input.shape[axis..])];
        self.pay(&shape)?;
        self.make(shape, input.data.clone())
    }

    fn transpose(&self) -> Result<Tensor, Stop> {
        self.only(&["perm"])?;
        let input = self.input(0)?;
        let count = input.shape.len();
        let order: Option<Vec<usize>> = match self.ints("perm")? {
            [] => Some((0..count).rev().collect()),
            order => order
                .iter()
                .map(|axis| usize::try_from(*axis).ok())
                .collect(),
        };
        let order = order.ok_or_else(|| self.broken())?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..count) {
            return Err(self.broken());
        }
        self.pay(&input.shape)?;
        let mut strides = vec![1; count];
        for axis in (1..count).rev() {
            strides[axis - 1] = strides[axis] * input.shape[axis];
        }
        let shape: Vec<usize> = order.iter().map(|axis| input.shape[*axis]).collect();
        let turned: Vec<usize> = order.iter().map(|axis| strides[*axis]).collect();
        let data = input.data.pick(&walk(&shape, &turned));
        self.make(shape, data)
    }

    /// The axes of `Squeeze` and `Unsqueeze`: an input since version 13.
    fn axes(&self) -> Result<Vec<i64>, Stop> {
        self.only(&["axes"])?;
        match self.optional(1)? {
            Some(axes) => axes.ints().ok_or_else(|| self.broken()),
            None => Ok(self.ints("axes")?.to_vec()),
        }
    }

    fn squeeze(&self) -> Result<Tensor, Stop> {
        let input = self.input(0)?;
        let axes: Option<Vec<usize>> = self.axes()?.iter().map(|axis| input.axis(*axis)).collect();
        let axes = axes.ok_or_else(|| self.broken())?;
        if axes.iter().any(|axis| input.shape[*axis] != 1) {
            return Err(self.broken());
        }
        let gone =
            |axis: usize, side: usize| side == 1 && (axes.is_empty() || axes.contains(&axis));
        let sides = input
            .shape
            .iter()
            .enumerate()
            .filter(|(axis, side)| !gone(*axis, **side));
        let shape = sides.map(|(_, side)| *side).collect();
        self.pay(&input.shape)?;
        self.make(shape, input.data.clone())
    }

    fn unsqueeze(&self) -> Result<Tensor, Stop> {
        let input = self.input(0)?;
        let axes = self.axes()?;
        let count = input.shape.len() + axes.len();
        if axes.is_empty() || count > 32 {
            return Err(self.broken());
        }
        let mut new = vec![false; count];
        for axis in axes {
            let axis = if axis < 0 { axis + count as i64 } else { axis };
            let place = usize::try_from(axis)
                .ok()
                .and_then(|axis| new.get_mut(axis));
            *place.ok_or_else(|| self.broken())? = true;
        }
        let mut old = input.shape.iter().copied();
        let shape = new
            .iter()
            .map(|new| if *new { 1 } else { old.next().unwrap_or(1) });
        self.pay(&input.shape)?;
        self.make(shape.collect(), input.data.clone())
    }

    fn sides(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let sides: Vec<i64> = self
            .input(0)?
            .shape
            .iter()
            .map(|side| *side as i64)
            .collect();
        self.make(vec![sides.len()], Data::I64(sides))
    }

    fn gather(&self) -> Result<Tensor, Stop> {
        self.only(&["axis"])?;
        let (input, wanted) = (self.input(0)?, self.input(1)?);
        let axis = input
            .axis(self.int("axis", 0)?)
            .ok_or_else(|| self.broken())?;
        let side = input.shape[axis] as i64;
        let place = |place: i64| {
            let place = if place < 0 {
                place.checked_add(side)?
            } else {
                place
            };
            usize::try_from(place)
                .ok()
                .filter(|place| *place < side as usize)
        };
        let places = wanted.ints().ok_or_else(|| self.broken())?;
        let places: Option<Vec<usize>> = places.into_iter().map(place).collect();
        let places = places.ok_or_else(|| self.broken())?;
        let mut shape = input.shape.clone();
        shape.splice(axis..=axis, wanted.shape.iter().copied());
        if input.len() == 0 {
            return Err(self.broken());
        }
        self.pay(&shape)?;
        let made = input.along(axis, &places);
        self.make(shape, made.data)
    }

    fn either(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let (test, yes, no) = (self.input(0)?, self.input(1)?, self.input(2)?);
        let shape =
            broadcast(&yes.shape, &no.shape).and_then(|shape| broadcast(&shape, &test.shape));
        let shape = shape.ok_or_else(|| self.broken())?;
        self.pay(&shape)?;
        self.pay(&shape)?;
        let Data::Bool(test) = test.expand(&shape) else {
            return Err(self.broken());
        };
        macro_rules! chosen {
            ($kind:ident, $yes:ident, $no:ident) => {
                Data::$kind(
                    test.iter()
                        .zip($yes.into_iter().zip($no))
                        .map(|(test, (yes, no))| if *test { yes } else { no })
                        .collect(),
                )
            };
        }
        let data = match (yes.expand(&shape), no.expand(&shape)) {
            (Data::F32(yes), Data::F32(no)) => chosen!(F32, yes, no),
            (Data::F64(yes), Data::F64(no)) => chosen!(F64, yes, no),
            (Data::I64(yes), Data::I64(no)) => chosen!(I64, yes, no),
            (Data::Text(yes), Data::Text(no)) => chosen!(Text, yes, no),
            _ => return Err(self.broken()),
        };
        self.make(shape, data)
    }

    fn constant(&self) -> Result<Tensor, Stop> {
        self.only(&["value"])?;
        match self.attribute("value") {
            Some(Attribute::Tensor(tensor)) => {
                self.pay(&tensor.shape)?;
                Ok(tensor.clone())
            }
            _ => Err(self.refused("it holds no tensor")),
        }
    }
}
