//! What transformers of targets make undone. Only those that stand in a `TransformedTargetRegressor`:
//! scalers, power and quantile transformers, and numpy's functions by name.

use ndarray::{Array1, Array2};

use crate::pickle::{NodeId, Value};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::stop::Stop;
use crate::trial::native::transformers::function;

const SCALER: &[&str] = &[
    "with_mean",
    "with_std",
    "mean_",
    "var_",
    "scale_",
    "n_samples_seen_",
    "feature_range",
    "clip",
    "min_",
    "data_min_",
    "data_max_",
    "data_range_",
    "max_abs_",
    "with_centering",
    "with_scaling",
    "quantile_range",
    "unit_variance",
    "center_",
];
const POWER: &[&str] = &["method", "standardize", "lambdas_", "_scaler"];
const QUANTILE: &[&str] = &[
    "n_quantiles",
    "n_quantiles_",
    "output_distribution",
    "ignore_implicit_zeros",
    "subsample",
    "quantiles_",
    "references_",
];

/// How near to an end of the distribution scikit-learn takes for the end itself.
const BOUND: f64 = 1e-7;

/// `inverse_transform` of the transformer at `node`: row × target.
pub fn inverse(context: &Context, node: NodeId, y: Array2<f64>) -> Result<Array2<f64>, Stop> {
    let own = Estimator::read(context, node)
        .ok_or_else(|| Stop::refused("this object", "it is no transformer of targets"))?;
    let known = own.class.starts_with("sklearn.preprocessing.");
    match own.name {
        "FunctionTransformer" if known => function(&own, y),
        "StandardScaler" if known => {
            own.only(&[SCALER])?;
            let scale = optional(&own, "scale_")?;
            let mean = if own.flag("with_mean", true)? {
                Some(own.vector("mean_")?)
            } else {
                None
            };
            moved(&own, y, scale, mean)
        }
        "MinMaxScaler" if known => {
            own.only(&[SCALER])?;
            let (least, scale) = (own.vector("min_")?, own.vector("scale_")?);
            fits(&own, &y, &[least.len(), scale.len()])?;
            Ok((y - &least) / &scale)
        }
        "MaxAbsScaler" if known => {
            own.only(&[SCALER])?;
            let scale = own.vector("scale_")?;
            moved(&own, y, Some(scale), None)
        }
        "RobustScaler" if known => {
            own.only(&[SCALER])?;
            let (scale, centre) = (optional(&own, "scale_")?, optional(&own, "center_")?);
            moved(&own, y, scale, centre)
        }
        "PowerTransformer" if known => power(context, &own, y),
        "QuantileTransformer" if known => quantile(&own, y),
        _ => Err(own.refused("it transforms targets, and its inverse is not known here")),
    }
}

fn optional(own: &Estimator, key: &str) -> Result<Option<Array1<f64>>, Stop> {
    own.get(key).map(|_| own.vector(key)).transpose()
}

fn fits(own: &Estimator, y: &Array2<f64>, widths: &[usize]) -> Result<(), Stop> {
    if widths.iter().all(|width| *width == y.ncols()) {
        Ok(())
    } else {
        Err(own.refused("it was fitted on another number of targets"))
    }
}

/// Times the scale, plus the centre.
fn moved(
    own: &Estimator,
    mut y: Array2<f64>,
    scale: Option<Array1<f64>>,
    centre: Option<Array1<f64>>,
) -> Result<Array2<f64>, Stop> {
    if let Some(scale) = scale {
        fits(own, &y, &[scale.len()])?;
        y *= &scale;
    }
    if let Some(centre) = centre {
        fits(own, &y, &[centre.len()])?;
        y += &centre;
    }
    Ok(y)
}

fn function(own: &Estimator, y: Array2<f64>) -> Result<Array2<f64>, Stop> {
    own.only(&[function::KNOWN])?;
    if own
        .get("inv_kw_args")
        .is_some_and(|node| own.graph.pairs(node).is_none_or(|p| !p.is_empty()))
    {
        return Err(own.refused("its function gets arguments (`inv_kw_args`)"));
    }
    let Some(function) = own.get("inverse_func") else {
        return Ok(y);
    };
    let name = numpy_name(own, function);
    let run: fn(f64) -> f64 = match name {
        Some("exp") => libm::exp,
        Some("expm1") => libm::expm1,
        Some("exp2") => libm::exp2,
        Some("log") => libm::log,
        Some("log1p") => libm::log1p,
        Some("log2") => libm::log2,
        Some("log10") => libm::log10,
        Some("sqrt") => libm::sqrt,
        Some("cbrt") => libm::cbrt,
        Some("square") => |y| y * y,
        Some("sinh") => libm::sinh,
        Some("arcsinh") => libm::asinh,
        Some("tanh") => libm::tanh,
        Some("arctanh") => libm::atanh,
        Some("negative") => |y| -y,
        Some("reciprocal") => |y| 1.0 / y,
        _ => {
            return Err(own.refused(match own.graph.global(function) {
                Some(global) => format!("it calls `{global}`"),
                None => "it calls a function of its own".to_owned(),
            }));
        }
    };
    Ok(y.mapv(run))
}

/// The name of a function of numpy: a global, or (numpy before 1.22) a call with module and name.
fn numpy_name<'g>(own: &Estimator<'g>, function: NodeId) -> Option<&'g str> {
    let graph = own.graph;
    let of_numpy = |module: &str| {
        ["numpy", "numpy.core", "numpy._core"].contains(&module)
            || module.starts_with("numpy.core.")
            || module.starts_with("numpy._core.")
    };
    if let Some(global) = graph.global(function) {
        return of_numpy(&global.module).then_some(&*global.name);
    }
    let object = graph.object(function)?;
    let callable = graph.global(object.callable)?;
    let [module, name] = graph.items(object.args)? else {
        return None;
    };
    let rebuilds = of_numpy(&callable.module) && &*callable.name == "_ufunc_reconstruct";
    (rebuilds && of_numpy(graph.text(*module)?)).then(|| graph.text(*name))?
}

fn power(context: &Context, own: &Estimator, y: Array2<f64>) -> Result<Array2<f64>, Stop> {
    own.only(&[POWER])?;
    let mut y = if own.flag("standardize", true)? {
        inverse(context, own.need("_scaler")?, y)?
    } else {
        y
    };
    let lambdas = own.vector("lambdas_")?;
    fits(own, &y, &[lambdas.len()])?;
    let undo: fn(f64, f64) -> f64 = match own.text("method", "")? {
        "box-cox" => box_cox,
        "yeo-johnson" => yeo_johnson,
        _ => return Err(own.strange("method")),
    };
    for (mut column, lambda) in y.columns_mut().into_iter().zip(&lambdas) {
        column.mapv_inplace(|y| undo(y, *lambda));
    }
    Ok(y)
}

fn box_cox(y: f64, lambda: f64) -> f64 {
    if lambda == 0.0 {
        libm::exp(y)
    } else {
        libm::exp(libm::log1p(lambda * y) / lambda)
    }
}

fn yeo_johnson(y: f64, lambda: f64) -> f64 {
    if y >= 0.0 {
        if lambda.abs() < f64::EPSILON {
            libm::exp(y) - 1.0
        } else {
            libm::pow(y * lambda + 1.0, 1.0 / lambda) - 1.0
        }
    } else if (lambda - 2.0).abs() > f64::EPSILON {
        1.0 - libm::pow(-(2.0 - lambda) * y + 1.0, 1.0 / (2.0 - lambda))
    } else {
        1.0 - libm::exp(-y)
    }
}

fn quantile(own: &Estimator, mut y: Array2<f64>) -> Result<Array2<f64>, Stop> {
    own.only(&[QUANTILE])?;
    let normal = match own.text("output_distribution", "")? {
        "normal" => true,
        "uniform" => false,
        _ => return Err(own.strange("output_distribution")),
    };
    let (quantiles, references) = (own.matrix("quantiles_")?, own.vector("references_")?);
    fits(own, &y, &[quantiles.ncols()])?;
    if quantiles.nrows() != references.len() || references.is_empty() {
        return Err(own.strange("quantiles_"));
    }
    let references = references.to_vec();
    for (mut column, quantiles) in y.columns_mut().into_iter().zip(quantiles.columns()) {
        let quantiles = quantiles.to_vec();
        let last = quantiles[quantiles.len() - 1];
        column.mapv_inplace(|y| {
            let share = if normal {
                0.5 * libm::erfc(-y * std::f64::consts::FRAC_1_SQRT_2)
            } else {
                y
            };
            let (low, high) = if normal {
                (share - BOUND < 0.0, share + BOUND > 1.0)
            } else {
                (share == 0.0, share == 1.0)
            };
            // The lower end is set last.
            if low {
                quantiles[0]
            } else if high {
                last
            } else {
                super::interpolated(&references, &quantiles, share)
            }
        });
    }
    Ok(y)
}

/// A number of any kind, for parameters.
pub fn number(own: &Estimator, key: &str) -> Result<f64, Stop> {
    match own.value(key) {
        Value::Int(number) => Ok(number as f64),
        Value::Float(number) => Ok(number),
        _ => Err(own.strange(key)),
    }
}
