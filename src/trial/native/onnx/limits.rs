//! Plain operators that keep numbers between limits, or tell on which side of zero they are. What is
//! no number has no place there, and is refused.

use super::Step;
use super::tensor::{Data, Tensor, broadcast};
use crate::trial::native::stop::Stop;

impl Step<'_, '_> {
    fn numbers_only(&self, data: &Data) -> Result<(), Stop> {
        let odd = match data {
            Data::F32(items) => items.iter().any(|x| x.is_nan()),
            Data::F64(items) => items.iter().any(|x| x.is_nan()),
            _ => false,
        };
        if odd {
            return Err(self.refused("it compares what is no number"));
        }
        Ok(())
    }

    /// `Clip`: its limits are attributes before version 11, inputs since.
    pub(super) fn clip(&self) -> Result<Tensor, Stop> {
        let input = self.input(0)?;
        self.pay(&input.shape)?;
        self.numbers_only(&input.data)?;
        if self.version < 11 {
            self.only(&["min", "max"])?;
            let (low, high) = (self.float("min", f32::MIN)?, self.float("max", f32::MAX)?);
            let Data::F32(items) = &input.data else {
                return Err(self.refused("it gets a type that it is not evaluated for"));
            };
            if low.is_nan() || high.is_nan() {
                return Err(self.broken());
            }
            let data = Data::F32(items.iter().map(|x| x.max(low).min(high)).collect());
            return self.make(input.shape.clone(), data);
        }
        self.only(&[])?;
        let limit = |place: usize| -> Result<Option<&Data>, Stop> {
            let Some(limit) = self.optional(place)? else {
                return Ok(None);
            };
            self.numbers_only(&limit.data)?;
            match limit.len() {
                1 => Ok(Some(&limit.data)),
                _ => Err(self.broken()),
            }
        };
        let (low, high) = (limit(1)?, limit(2)?);
        macro_rules! clipped {
            ($kind:ident, $items:ident, $least:expr, $most:expr) => {{
                let one = |limit: Option<&Data>, none| match limit {
                    None => Ok(none),
                    Some(Data::$kind(limit)) => Ok(limit[0]),
                    Some(_) => Err(self.broken()),
                };
                let (low, high) = (one(low, $least)?, one(high, $most)?);
                Data::$kind($items.iter().map(|x| (*x).max(low).min(high)).collect())
            }};
        }
        let data = match &input.data {
            Data::F32(items) => clipped!(F32, items, f32::NEG_INFINITY, f32::INFINITY),
            Data::F64(items) => clipped!(F64, items, f64::NEG_INFINITY, f64::INFINITY),
            Data::I64(items) => clipped!(I64, items, i64::MIN, i64::MAX),
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        self.make(input.shape.clone(), data)
    }

    /// `Max` and `Min` of any number of inputs.
    pub(super) fn outermost(&self, largest: bool) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let mut made = self.input(0)?.clone();
        self.pay(&made.shape)?;
        self.numbers_only(&made.data)?;
        for place in 1..self.node.inputs.len() {
            let next = self.input(place)?;
            self.numbers_only(&next.data)?;
            let shape = broadcast(&made.shape, &next.shape).ok_or_else(|| self.broken())?;
            self.pay(&shape)?;
            self.pay(&shape)?;
            macro_rules! outer {
                ($kind:ident, $a:ident, $b:ident) => {
                    Data::$kind(
                        $a.into_iter()
                            .zip($b)
                            .map(|(a, b)| if largest == (b > a) && a != b { b } else { a })
                            .collect(),
                    )
                };
            }
            let data = match (made.expand(&shape), next.expand(&shape)) {
                (Data::F32(a), Data::F32(b)) => outer!(F32, a, b),
                (Data::F64(a), Data::F64(b)) => outer!(F64, a, b),
                (Data::I64(a), Data::I64(b)) => outer!(I64, a, b),
                _ => return Err(self.refused("it gets types that it is not evaluated for")),
            };
            made = self.make(shape, data)?;
        }
        Ok(made)
    }

    /// `Sign`: -1, 0 or 1.
    pub(super) fn sign(&self) -> Result<Tensor, Stop> {
        self.only(&[])?;
        let input = self.input(0)?;
        self.pay(&input.shape)?;
        self.numbers_only(&input.data)?;
        let data = match &input.data {
            Data::F32(items) => {
                let sign = |x: &f32| if *x == 0.0 { 0.0 } else { x.signum() };
                Data::F32(items.iter().map(sign).collect())
            }
            Data::F64(items) => {
                let sign = |x: &f64| if *x == 0.0 { 0.0 } else { x.signum() };
                Data::F64(items.iter().map(sign).collect())
            }
            Data::I64(items) => Data::I64(items.iter().map(|x| x.signum()).collect()),
            _ => return Err(self.refused("it gets a type that it is not evaluated for")),
        };
        self.make(input.shape.clone(), data)
    }
}
