//! The kernels of Gaussian processes and their algebra.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a view of an array is passed as a reference is"
)]

use ndarray::{Array1, Array2, ArrayView1};

use crate::pickle::{NodeId, Value, value};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::pipeline::check_depth;
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "k1",
    "k2",
    "kernel",
    "exponent",
    "constant_value",
    "constant_value_bounds",
    "noise_level",
    "noise_level_bounds",
    "length_scale",
    "length_scale_bounds",
    "nu",
    "alpha",
    "alpha_bounds",
    "periodicity",
    "periodicity_bounds",
    "sigma_0",
    "sigma_0_bounds",
];

/// The kernel at `node` between all rows of `x` and all of `y`.
pub fn between(
    context: &Context,
    node: NodeId,
    x: &Array2<f64>,
    y: &Array2<f64>,
    depth: usize,
) -> Result<Array2<f64>, Stop> {
    let kernel = read(context, node, depth)?;
    let cells = x.nrows().saturating_mul(y.nrows());
    let work = cells.saturating_mul(x.ncols().saturating_add(4));
    context.charge(work, &kernel.class)?;
    let inner = |key: &str| between(context, kernel.need(key)?, x, y, depth + 1);
    Ok(match kernel.name {
        "Sum" => inner("k1")? + inner("k2")?,
        "Product" => inner("k1")? * inner("k2")?,
        "Exponentiation" => {
            let exponent = kernel.number("exponent")?;
            inner("kernel")?.mapv(|k| libm::pow(k, exponent))
        }
        "ConstantKernel" => {
            Array2::from_elem((x.nrows(), y.nrows()), scalar(&kernel, "constant_value")?)
        }
        // Noise belongs to a row and itself alone.
        "WhiteKernel" => Array2::zeros((x.nrows(), y.nrows())),
        "DotProduct" => {
            let start = scalar(&kernel, "sigma_0")?;
            x.dot(&y.t()) + start * start
        }
        "RBF" => {
            let scale = lengths(&kernel, x.ncols())?;
            pairs(x, y, |x, y| libm::exp(-0.5 * square(x, y, &scale)))
        }
        "Matern" => {
            let scale = lengths(&kernel, x.ncols())?;
            let nu = kernel.number("nu")?;
            let root = |x: ArrayView1<f64>, y: ArrayView1<f64>| square(x, y, &scale).sqrt();
            match nu {
                0.5 => pairs(x, y, |x, y| libm::exp(-root(x, y))),
                1.5 => pairs(x, y, |x, y| {
                    let k = root(x, y) * 3.0_f64.sqrt();
                    (1.0 + k) * libm::exp(-k)
                }),
                2.5 => pairs(x, y, |x, y| {
                    let k = root(x, y) * 5.0_f64.sqrt();
                    (1.0 + k + k * k / 3.0) * libm::exp(-k)
                }),
                f64::INFINITY => pairs(x, y, |x, y| libm::exp(-square(x, y, &scale) / 2.0)),
                // Others need Bessel functions.
                _ => return Err(kernel.strange("nu")),
            }
        }
        "RationalQuadratic" => {
            let (length, alpha) = (scalar(&kernel, "length_scale")?, scalar(&kernel, "alpha")?);
            let one = Array1::ones(x.ncols());
            pairs(x, y, |x, y| {
                let part = square(x, y, &one) / (2.0 * alpha * length * length);
                libm::pow(1.0 + part, -alpha)
            })
        }
        "ExpSineSquared" => {
            let length = scalar(&kernel, "length_scale")?;
            let period = scalar(&kernel, "periodicity")?;
            let one = Array1::ones(x.ncols());
            pairs(x, y, |x, y| {
                let angle = std::f64::consts::PI * square(x, y, &one).sqrt() / period;
                let sine = libm::sin(angle) / length;
                libm::exp(-2.0 * sine * sine)
            })
        }
        _ => return Err(kernel.refused("this kernel is not one it knows")),
    })
}

/// The kernel of each row with itself.
pub fn diagonal(
    context: &Context,
    node: NodeId,
    x: &Array2<f64>,
    depth: usize,
) -> Result<Array1<f64>, Stop> {
    let kernel = read(context, node, depth)?;
    context.charge(x.len(), &kernel.class)?;
    let inner = |key: &str| diagonal(context, kernel.need(key)?, x, depth + 1);
    Ok(match kernel.name {
        "Sum" => inner("k1")? + inner("k2")?,
        "Product" => inner("k1")? * inner("k2")?,
        "Exponentiation" => {
            let exponent = kernel.number("exponent")?;
            inner("kernel")?.mapv(|k| libm::pow(k, exponent))
        }
        "ConstantKernel" => Array1::from_elem(x.nrows(), scalar(&kernel, "constant_value")?),
        "WhiteKernel" => Array1::from_elem(x.nrows(), scalar(&kernel, "noise_level")?),
        "DotProduct" => {
            let start = scalar(&kernel, "sigma_0")?;
            x.rows()
                .into_iter()
                .map(|x| x.dot(&x) + start * start)
                .collect()
        }
        "RBF" | "Matern" | "RationalQuadratic" | "ExpSineSquared" => Array1::ones(x.nrows()),
        _ => return Err(kernel.refused("this kernel is not one it knows")),
    })
}

fn read<'g>(context: &Context<'g>, node: NodeId, depth: usize) -> Result<Estimator<'g>, Stop> {
    let kernel = Estimator::read(context, node)
        .filter(|kernel| {
            kernel
                .class
                .starts_with("sklearn.gaussian_process.kernels.")
        })
        .ok_or_else(|| Stop::refused("the kernel", "it is none of scikit-learn's"))?;
    context.charge(1000, &kernel.class)?;
    check_depth(depth, &kernel.class)?;
    kernel.only(&[KNOWN])?;
    Ok(kernel)
}

/// A parameter that is one number, maybe in an array of one.
fn scalar(kernel: &Estimator, key: &str) -> Result<f64, Stop> {
    let values = kernel.floats(key)?;
    match (values.len(), values.first()) {
        (1, Some(value)) => Ok(*value),
        _ => Err(kernel.strange(key)),
    }
}

/// A length for each feature.
fn lengths(kernel: &Estimator, width: usize) -> Result<Array1<f64>, Stop> {
    // A list stays one where nothing was fitted.
    let node = kernel.need("length_scale")?;
    let lengths: Vec<f64> = match kernel.graph.items(node) {
        Some(items) => items
            .iter()
            .map(|item| match value(kernel.graph, *item) {
                Value::Float(number) => Ok(number),
                Value::Int(number) => Ok(number as f64),
                _ => Err(kernel.strange("length_scale")),
            })
            .collect::<Result<_, Stop>>()?,
        None => kernel.floats("length_scale")?.into_iter().collect(),
    };
    match lengths.len() {
        1 => Ok(Array1::from_elem(width, lengths[0])),
        n if n == width => Ok(lengths.into()),
        _ => Err(kernel.refused("`length_scale` has another width than the rows")),
    }
}

fn pairs(
    x: &Array2<f64>,
    y: &Array2<f64>,
    kernel: impl Fn(ArrayView1<f64>, ArrayView1<f64>) -> f64,
) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), y.nrows()), |(i, j)| kernel(x.row(i), y.row(j)))
}

/// The squared distance of two rows, each feature divided by its length first.
fn square(x: ArrayView1<f64>, y: ArrayView1<f64>, scale: &Array1<f64>) -> f64 {
    let parts = x.iter().zip(y).zip(scale);
    parts
        .map(|((x, y), s)| (x / s - y / s) * (x / s - y / s))
        .sum()
}
