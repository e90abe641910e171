//! Tensors of the six types that converted models use.

use crate::trial::Cell;
use crate::trial::native::frame::number_cell;

/// The most elements that a shape may speak of.
const MOST: usize = 1 << 40;

/// The elements, last axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<String>),
}

/// A tensor; a scalar has no dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Data,
}

/// The same for data of every type.
macro_rules! each {
    ($data:expr, $items:ident => $made:expr) => {
        match $data {
            Data::F32($items) => Data::F32($made),
            Data::F64($items) => Data::F64($made),
            Data::I64($items) => Data::I64($made),
            Data::I32($items) => Data::I32($made),
            Data::Bool($items) => Data::Bool($made),
            Data::Text($items) => Data::Text($made),
        }
    };
}

impl Data {
    pub fn len(&self) -> usize {
        match self {
            Data::F32(items) => items.len(),
            Data::F64(items) => items.len(),
            Data::I64(items) => items.len(),
            Data::I32(items) => items.len(),
            Data::Bool(items) => items.len(),
            Data::Text(items) => items.len(),
        }
    }

    /// The elements at `places`, which exist.
    pub fn pick(&self, places: &[usize]) -> Data {
        fn picked<T: Clone>(items: &[T], places: &[usize]) -> Vec<T> {
            places.iter().map(|place| items[*place].clone()).collect()
        }
        each!(self, items => picked(items, places))
    }

    /// The element at `place` as a cell.
    pub fn cell(&self, place: usize) -> Cell {
        match self {
            Data::F32(items) => number_cell(f64::from(items[place])),
            Data::F64(items) => number_cell(items[place]),
            Data::I64(items) => Cell::Int(items[place]),
            Data::I32(items) => Cell::Int(items[place].into()),
            Data::Bool(items) => Cell::Bool(items[place]),
            Data::Text(items) => Cell::Text(items[place].clone()),
        }
    }
}

/// How many elements a shape has.
pub fn size(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |size, side| size.checked_mul(*side))
}

impl Tensor {
    /// A tensor; `None` when the shape does not fit the data, or its sides are too long to be counted
    /// even without those that are zero.
    pub fn new(shape: Vec<usize>, data: Data) -> Option<Tensor> {
        let sides: Vec<usize> = shape.iter().map(|side| (*side).max(1)).collect();
        size(&sides).filter(|size| *size < MOST)?;
        (size(&shape)? == data.len()).then_some(Tensor { shape, data })
    }

    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whole numbers, of either width.
    pub fn ints(&self) -> Option<Vec<i64>> {
        match &self.data {
            Data::I64(items) => Some(items.clone()),
            Data::I32(items) => Some(items.iter().map(|x| i64::from(*x)).collect()),
            _ => None,
        }
    }

    /// An axis, counted from the end when negative.
    pub fn axis(&self, axis: i64) -> Option<usize> {
        let count = self.shape.len() as i64;
        let axis = if axis < 0 {
            axis.checked_add(count)?
        } else {
            axis
        };
        usize::try_from(axis)
            .ok()
            .filter(|axis| *axis < self.shape.len())
    }

    /// Elements before, along and behind an axis.
    pub fn around(&self, axis: usize) -> (usize, usize, usize) {
        let product = |sides: &[usize]| sides.iter().product();
        (
            product(&self.shape[..axis]),
            self.shape[axis],
            product(&self.shape[axis + 1..]),
        )
    }

    /// The elements at `places` along an axis.
    pub fn along(&self, axis: usize, places: &[usize]) -> Tensor {
        let (before, side, behind) = self.around(axis);
        let mut all = Vec::with_capacity(before * places.len() * behind);
        for outer in 0..before {
            for place in places {
                let start = (outer * side + place) * behind;
                all.extend(start..start + behind);
            }
        }
        let mut shape = self.shape.clone();
        shape[axis] = places.len();
        Tensor {
            shape,
            data: self.data.pick(&all),
        }
    }

    /// The elements repeated to `shape`, which this broadcasts to.
    pub fn expand(&self, shape: &[usize]) -> Data {
        if self.shape == shape {
            return self.data.clone();
        }
        let missing = shape.len() - self.shape.len();
        let mut strides = vec![0; shape.len()];
        let mut stride = 1;
        for axis in (0..self.shape.len()).rev() {
            if self.shape[axis] != 1 {
                strides[axis + missing] = stride;
            }
            stride *= self.shape[axis];
        }
        self.data.pick(&walk(shape, &strides))
    }
}

/// The place of each element of a view with these sides and strides.
pub fn walk(shape: &[usize], strides: &[usize]) -> Vec<usize> {
    let count: usize = shape.iter().product();
    let mut places = Vec::with_capacity(count);
    let mut at = vec![0; shape.len()];
    let mut place = 0;
    for _ in 0..count {
        places.push(place);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            place += strides[axis];
            if at[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            at[axis] = 0;
        }
    }
    places
}

/// The shape that two shapes broadcast to.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let count = a.len().max(b.len());
    let side = |shape: &[usize], axis: usize| {
        let missing = count - shape.len();
        if axis < missing {
            1
        } else {
            shape[axis - missing]
        }
    };
    (0..count)
        .map(|axis| match (side(a, axis), side(b, axis)) {
            (a, b) if a == b => Some(a),
            (1, b) => Some(b),
            (a, 1) => Some(a),
            _ => None,
        })
        .collect()
}
