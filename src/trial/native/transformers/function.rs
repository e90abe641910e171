//! `FunctionTransformer` with a function of numpy or scipy, known by its name.

use crate::pickle::{NodeId, Value, value};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame, number, value_cell};
use crate::trial::native::stop::Stop;

/// State of `FunctionTransformer`.
pub const KNOWN: &[&str] = &[
    "func",
    "inverse_func",
    "validate",
    "_validate",
    "accept_sparse",
    "check_inverse",
    "feature_names_out",
    "kw_args",
    "inv_kw_args",
    "pass_y",
];

/// What is done to each number.
enum Function {
    Plain(fn(f64) -> f64),
    Clip(f64, f64),
    Round(i32),
    Fill { nan: f64, high: f64, low: f64 },
}

/// `FunctionTransformer`.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    if estimator.value("pass_y") == Value::Bool(true) {
        return Err(estimator.strange("pass_y"));
    }
    let function = match estimator.get("func") {
        None => None,
        Some(node) => Some(function(estimator, node)?),
    };
    // Not set meant yes until 0.21.
    let validate = match estimator.value("validate") {
        Value::Bool(flag) => flag,
        Value::None if estimator.has("validate") => !estimator.since((0, 22)),
        Value::None => false,
        _ => return Err(estimator.strange("validate")),
    };
    let mut frame = frame.clone();
    if validate {
        if frame.flat {
            return Err(estimator.refused("it gets one column as a plain sequence"));
        }
        check::features(estimator, &frame, None)?;
        if frame.sparse {
            return Err(estimator.refused("it does not check sparse matrices"));
        }
        let x = check::matrix(context, estimator, &frame, Allow::Finite, Width::Double)?;
        frame = Frame::from_matrix(&x);
    }
    let Some(function) = function else {
        return Ok(frame);
    };
    if frame.sparse || frame.csr().is_some() {
        return Err(estimator.refused("it calls its function on a sparse matrix"));
    }
    context.charge(frame.stored().saturating_mul(16), &estimator.class)?;
    for column in &mut frame.columns {
        let mut numbers = column
            .numbers()
            .map_err(|_| estimator.refused("it calls its function on text"))?;
        for x in &mut numbers {
            *x = function.call(*x);
        }
        *column = Column::Numbers(numbers);
    }
    Ok(frame)
}

impl Function {
    fn call(&self, x: f64) -> f64 {
        match self {
            Function::Plain(run) => run(x),
            // Not `clamp`: it panics on reversed bounds.
            Function::Clip(low, high) if x.is_nan() || low.is_nan() || high.is_nan() => {
                let _ = (low, high);
                f64::NAN
            }
            Function::Clip(low, high) => x.max(*low).min(*high),
            Function::Round(0) => libm::rint(x),
            Function::Round(decimals) => {
                let factor = libm::pow(10.0, f64::from(*decimals));
                libm::rint(x * factor) / factor
            }
            Function::Fill { nan, .. } if x.is_nan() => *nan,
            Function::Fill { high, .. } if x == f64::INFINITY => *high,
            Function::Fill { low, .. } if x == f64::NEG_INFINITY => *low,
            Function::Fill { .. } => x,
        }
    }
}

/// The function at `node`, or a refusal that names it.
fn function(estimator: &Estimator, node: NodeId) -> Result<Function, Stop> {
    let graph = estimator.graph;
    let own = || estimator.refused("it calls a function of its own");
    // Older numpy writes a call that finds the function again.
    let (module, name) = if let Some(global) = graph.global(node) {
        (&*global.module, &*global.name)
    } else {
        let object = graph.object(node).ok_or_else(own)?;
        let callable = graph.global(object.callable).ok_or_else(own)?;
        let args = graph.items(object.args).unwrap_or_default();
        let [module, name] = args else {
            return Err(own());
        };
        if &*callable.name != "_ufunc_reconstruct" {
            return Err(own());
        }
        let module = graph.text(*module).ok_or_else(own)?;
        (module, graph.text(*name).ok_or_else(own)?)
    };
    let refused = || estimator.refused(format!("it calls `{module}.{name}`"));
    let within = |package: &str| {
        module
            .strip_prefix(package)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let options = options(estimator)?;
    if within("scipy.special") {
        return match name {
            "expit" if options.is_empty() => Ok(Function::Plain(|x| 1.0 / (1.0 + libm::exp(-x)))),
            "logit" if options.is_empty() => {
                Ok(Function::Plain(|p| libm::log(p) - libm::log1p(-p)))
            }
            _ => Err(refused()),
        };
    }
    if !within("numpy") {
        return Err(refused());
    }
    if let Some(plain) = plain(name) {
        return if options.is_empty() {
            Ok(Function::Plain(plain))
        } else {
            Err(estimator.strange("kw_args"))
        };
    }
    with_options(estimator, name, &options)?.ok_or_else(refused)
}

fn plain(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "log1p" => libm::log1p,
        "log" => libm::log,
        "log2" => libm::log2,
        "log10" => libm::log10,
        "exp" => libm::exp,
        "exp2" => libm::exp2,
        "expm1" => libm::expm1,
        "sqrt" => f64::sqrt,
        "cbrt" => libm::cbrt,
        "square" => |x| x * x,
        "absolute" | "abs" | "fabs" => f64::abs,
        "negative" => |x: f64| -x,
        "positive" => |x| x,
        "sign" => |x: f64| {
            if x == 0.0 || x.is_nan() {
                x
            } else {
                x.signum()
            }
        },
        "floor" => f64::floor,
        "ceil" => f64::ceil,
        "trunc" | "fix" => f64::trunc,
        "rint" => libm::rint,
        "sin" => libm::sin,
        "cos" => libm::cos,
        "tan" => libm::tan,
        "tanh" => libm::tanh,
        "sinh" => libm::sinh,
        "cosh" => libm::cosh,
        "arctan" => libm::atan,
        "arcsinh" => libm::asinh,
        "degrees" | "rad2deg" => |x| x * (180.0 / std::f64::consts::PI),
        "radians" | "deg2rad" => |x| x * (std::f64::consts::PI / 180.0),
        "isnan" => |x: f64| f64::from(u8::from(x.is_nan())),
        "isfinite" => |x: f64| f64::from(u8::from(x.is_finite())),
        _ => return None,
    })
}

type Options = Vec<(String, Value)>;

fn with_options(
    estimator: &Estimator,
    name: &str,
    options: &Options,
) -> Result<Option<Function>, Stop> {
    let strange = || estimator.strange("kw_args");
    let known = |names: &[&str]| options.iter().all(|(key, _)| names.contains(&key.as_str()));
    let option = |names: &[&str], default: f64| -> Result<f64, Stop> {
        let found = options
            .iter()
            .find(|(key, _)| names.contains(&key.as_str()));
        match found {
            None | Some((_, Value::None)) => Ok(default),
            Some((_, Value::Bool(_))) => Err(strange()),
            Some((_, value)) => value_cell(value)
                .and_then(|cell| number(&cell))
                .ok_or_else(strange),
        }
    };
    match name {
        "clip" if known(&["a_min", "a_max", "min", "max"]) && !options.is_empty() => {
            let low = option(&["a_min", "min"], f64::NEG_INFINITY)?;
            Ok(Some(Function::Clip(
                low,
                option(&["a_max", "max"], f64::INFINITY)?,
            )))
        }
        "round" | "around" | "round_" if known(&["decimals"]) => {
            let decimals = option(&["decimals"], 0.0)?;
            // Negative ones divide first.
            if decimals.fract() != 0.0 || !(0.0..=15.0).contains(&decimals) {
                return Err(strange());
            }
            Ok(Some(Function::Round(decimals as i32)))
        }
        "nan_to_num" if known(&["nan", "posinf", "neginf", "copy"]) => Ok(Some(Function::Fill {
            nan: option(&["nan"], 0.0)?,
            high: option(&["posinf"], f64::MAX)?,
            low: option(&["neginf"], f64::MIN)?,
        })),
        _ => Ok(None),
    }
}

/// The keyword arguments.
fn options(estimator: &Estimator) -> Result<Options, Stop> {
    let graph = estimator.graph;
    let Some(node) = estimator.get("kw_args") else {
        return Ok(Vec::new());
    };
    let strange = || estimator.strange("kw_args");
    let pairs = graph.pairs(node).ok_or_else(strange)?;
    if pairs.len() > 16 {
        return Err(strange());
    }
    let pair =
        |(key, node): &(NodeId, NodeId)| Some((graph.text(*key)?.to_owned(), value(graph, *node)));
    pairs
        .iter()
        .map(|found| pair(found).ok_or_else(strange))
        .collect()
}
