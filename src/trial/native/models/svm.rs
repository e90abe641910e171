//! Support vector machines with a kernel. Kernels that are functions of the user are refused.

use ndarray::{Array1, Array2, Axis};

use super::linear;
use super::platt;
use crate::pickle::Value;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "decision_function_shape",
    "break_ties",
    "kernel",
    "degree",
    "gamma",
    "_gamma",
    "coef0",
    "tol",
    "C",
    "nu",
    "epsilon",
    "shrinking",
    "probability",
    "cache_size",
    "class_weight",
    "class_weight_",
    "max_iter",
    "_sparse",
    "support_",
    "support_vectors_",
    "n_support_",
    "_n_support",
    "dual_coef_",
    "_dual_coef_",
    "intercept_",
    "_intercept_",
    "probA_",
    "probB_",
    "_probA",
    "_probB",
    "fit_status_",
    "shape_fit_",
    "n_iter_",
    "_num_iter",
    "_impl",
    "classes_",
    "_effective_probability",
];

/// How two rows are compared.
enum Kernel {
    Linear,
    Poly { gamma: f64, coef0: f64, degree: i32 },
    Rbf { gamma: f64 },
    Sigmoid { gamma: f64, coef0: f64 },
}

/// `SVR`, `NuSVR`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let kernels = kernels(context, estimator, frame)?;
    let weighted = weighted(estimator, &kernels)?;
    let cells = weighted.iter().map(|y| number_cell(*y)).collect();
    Ok(vec![answer::flat("predict", cells)])
}

/// `SVC`, `NuSVC`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let probability = match estimator.value("probability") {
        Value::None | Value::Bool(false) => false,
        // The default's name while the parameter was on its way out.
        Value::Text(word) if word == "deprecated" => false,
        Value::Bool(true) => true,
        _ => return Err(estimator.strange("probability")),
    };
    let classes = estimator.cells("classes_")?;
    let kernels = kernels(context, estimator, frame)?;
    if classes.len() == 2 {
        let decision = weighted(estimator, &kernels)?;
        let labels = decision
            .iter()
            .map(|d| classes[usize::from(*d >= 0.0)].clone());
        let scores = decision.iter().map(|d| number_cell(*d));
        let mut outputs = vec![
            answer::flat("predict", labels.collect()),
            answer::flat("decision_function", scores.collect()),
        ];
        if probability {
            // libsvm counts towards the first class.
            let pairs = decision.mapv(|d| -d).insert_axis(Axis(1));
            outputs.insert(1, proba(context, estimator, &classes, &pairs)?);
        }
        return Ok(outputs);
    }
    let pairs = pairs(context, estimator, &kernels, classes.len())?;
    let (votes, confidences) = count(&pairs, classes.len());
    let shape = estimator.text("decision_function_shape", "ovr")?;
    let scores = scores(estimator, votes.clone(), confidences);
    let mut chosen = &votes;
    if estimator.flag("break_ties", false)? {
        if shape != "ovr" {
            return Err(Stop::value_error(
                "break_ties must be False when decision_function_shape is 'ovo'",
            ));
        }
        chosen = &scores;
    }
    let labels = answer::likeliest(&classes, chosen);
    let decision = match shape {
        "ovr" => answer::table("decision_function", titles(&classes), &scores),
        "ovo" => answer::table("decision_function", Vec::new(), &pairs),
        _ => return Err(estimator.strange("decision_function_shape")),
    };
    let mut outputs = vec![labels, decision];
    if probability {
        outputs.insert(1, proba(context, estimator, &classes, &pairs)?);
    }
    Ok(outputs)
}

/// Votes with confidences that only break ties between them.
fn scores(estimator: &Estimator, votes: Array2<f64>, confidences: Array2<f64>) -> Array2<f64> {
    if estimator.since((0, 22)) {
        return votes + confidences.mapv(|x| x / (3.0 * (x.abs() + 1.0)));
    }
    // Before, the confidences of a row were scaled by the largest of all rows.
    let largest = confidences
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let least = confidences.iter().copied().fold(f64::INFINITY, f64::min);
    if largest == least {
        return votes;
    }
    let scale = (0.5 - f64::EPSILON) / largest.abs().max(least.abs());
    votes + confidences * scale
}

/// `predict_proba`, from the decision for each pair of classes.
fn proba(
    context: &Context,
    estimator: &Estimator,
    classes: &[Cell],
    pairs: &Array2<f64>,
) -> Result<Output, Stop> {
    // Private since 0.24.
    let key = |private, public| {
        if estimator.has(private) {
            private
        } else {
            public
        }
    };
    let a = estimator.vector(key("_probA", "probA_"))?;
    let b = estimator.vector(key("_probB", "probB_"))?;
    if a.len() != pairs.ncols() || b.len() != pairs.ncols() {
        return Err(estimator.refused("it has another number of probabilities than of classes"));
    }
    let n = classes.len();
    let work = n.saturating_mul(n).saturating_mul(n.max(100) / 2);
    context.charge(pairs.nrows().saturating_mul(work), &estimator.class)?;
    let proba = platt::probabilities(pairs, &a.to_vec(), &b.to_vec(), n);
    Ok(answer::table("predict_proba", titles(classes), &proba))
}

/// `OneClassSVM`: what lies on the training rows' side of the border.
pub fn one_class(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN, &["offset_"]])?;
    let offset = match estimator.floats("offset_")? {
        offset if offset.len() == 1 => offset.sum(),
        _ => return Err(estimator.strange("offset_")),
    };
    let kernels = kernels(context, estimator, frame)?;
    let decision = weighted(estimator, &kernels)?;
    let mut outputs = linear::outliers(&decision, offset);
    // On the border is outside.
    let side = |d: &f64| Cell::Int(if *d > 0.0 { 1 } else { -1 });
    outputs[0] = answer::flat("predict", decision.iter().map(side).collect());
    Ok(outputs)
}

/// The kernel of each row with each support vector.
fn kernels(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Array2<f64>, Stop> {
    let Some(kernel) = kernel(estimator)? else {
        return precomputed(context, estimator, frame);
    };
    let vectors = estimator.matrix("support_vectors_")?;
    check::features(estimator, frame, Some(vectors.ncols()))?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    context.charge(x.nrows().saturating_mul(vectors.len()), &estimator.class)?;
    let mut out = Array2::zeros((x.nrows(), vectors.nrows()));
    for (row, x) in x.rows().into_iter().enumerate() {
        for (place, vector) in vectors.rows().into_iter().enumerate() {
            let dot = || x.dot(&vector);
            out[[row, place]] = match kernel {
                Kernel::Linear => dot(),
                Kernel::Poly {
                    gamma,
                    coef0,
                    degree,
                } => (gamma * dot() + coef0).powi(degree),
                Kernel::Rbf { gamma } => {
                    let squares = x.iter().zip(vector).map(|(a, b)| (a - b) * (a - b));
                    libm::exp(-gamma * squares.sum::<f64>())
                }
                Kernel::Sigmoid { gamma, coef0 } => libm::tanh(gamma * dot() + coef0),
            };
        }
    }
    Ok(out)
}

/// The columns that belong to support vectors, where the rows are kernels already.
fn precomputed(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Array2<f64>, Stop> {
    let places = estimator.view("support_")?.to_i64();
    let places: Option<Vec<usize>> = places
        .map_err(|_| estimator.strange("support_"))?
        .iter()
        .map(|place| usize::try_from(*place).ok())
        .collect();
    let shape = estimator.list("shape_fit_")?;
    let width = shape.first().and_then(|width| estimator.graph.int(*width));
    let width = width.and_then(|width| usize::try_from(width).ok());
    let (Some(places), Some(width)) = (places, width) else {
        return Err(estimator.strange("support_"));
    };
    let x = check::rows(context, estimator, frame, width)?;
    if places.iter().any(|place| *place >= width) {
        return Err(estimator.strange("support_"));
    }
    context.charge(x.nrows().saturating_mul(places.len()), &estimator.class)?;
    Ok(x.select(Axis(1), &places))
}

/// The kernel; `None` when the rows are kernels already.
fn kernel(estimator: &Estimator) -> Result<Option<Kernel>, Stop> {
    let number = |key: &str| match estimator.value(key) {
        Value::Float(number) => Ok(number),
        Value::Int(number) => Ok(number as f64),
        _ => Err(estimator.strange(key)),
    };
    Ok(Some(match estimator.text("kernel", "rbf")? {
        "precomputed" => return Ok(None),
        "linear" => Kernel::Linear,
        "poly" => Kernel::Poly {
            gamma: number("_gamma")?,
            coef0: number("coef0")?,
            degree: i32::try_from(estimator.count("degree")?)
                .map_err(|_| estimator.strange("degree"))?,
        },
        "rbf" => Kernel::Rbf {
            gamma: number("_gamma")?,
        },
        "sigmoid" => Kernel::Sigmoid {
            gamma: number("_gamma")?,
            coef0: number("coef0")?,
        },
        _ => return Err(estimator.strange("kernel")),
    }))
}

/// The one weighted sum of a regression or of two classes.
fn weighted(estimator: &Estimator, kernels: &Array2<f64>) -> Result<Array1<f64>, Stop> {
    let coef = estimator.matrix("dual_coef_")?;
    let intercept = estimator.floats("intercept_")?;
    match intercept.first() {
        Some(intercept) if coef.nrows() == 1 && coef.ncols() == kernels.ncols() => {
            Ok(kernels.dot(&coef.row(0)) + *intercept)
        }
        _ => Err(estimator.refused("`dual_coef_` and `support_vectors_` do not fit together")),
    }
}

/// The decision for each pair of classes: row × pair, positive for the first of the two.
fn pairs(
    context: &Context,
    estimator: &Estimator,
    kernels: &Array2<f64>,
    classes: usize,
) -> Result<Array2<f64>, Stop> {
    let misfit = || estimator.refused("`dual_coef_` and `support_vectors_` do not fit together");
    let coef = estimator.matrix("dual_coef_")?;
    let intercept = estimator.vector("intercept_")?;
    let key = if estimator.has("_n_support") {
        "_n_support"
    } else {
        "n_support_"
    };
    let counts = estimator.view(key)?.to_i64();
    let mut bounds = vec![0_usize];
    for count in &counts.map_err(|_| estimator.strange(key))? {
        let count = usize::try_from(*count).map_err(|_| estimator.strange(key))?;
        let last = bounds.last().copied().unwrap_or(0);
        bounds.push(last.checked_add(count).ok_or_else(misfit)?);
    }
    let n_pairs = classes * classes.saturating_sub(1) / 2;
    let fits = bounds.len() == classes + 1
        && bounds.last() == Some(&kernels.ncols())
        && coef.dim() == (classes.saturating_sub(1), kernels.ncols())
        && intercept.len() == n_pairs;
    if !fits || classes < 2 {
        return Err(misfit());
    }
    context.charge(kernels.len().saturating_mul(classes), &estimator.class)?;
    let mut out = Array2::zeros((kernels.nrows(), n_pairs));
    for (row, kernels) in kernels.rows().into_iter().enumerate() {
        let mut pair = 0;
        for i in 0..classes {
            for j in i + 1..classes {
                let part = |class: usize, weights: usize| -> f64 {
                    (bounds[class]..bounds[class + 1])
                        .map(|place| coef[[weights, place]] * kernels[place])
                        .sum()
                };
                out[[row, pair]] = part(i, j - 1) + part(j, i) + intercept[pair];
                pair += 1;
            }
        }
    }
    Ok(out)
}

/// Votes for each class, and how clearly the pairs it was in were decided.
fn count(pairs: &Array2<f64>, classes: usize) -> (Array2<f64>, Array2<f64>) {
    let mut votes = Array2::zeros((pairs.nrows(), classes));
    let mut confidences = Array2::zeros((pairs.nrows(), classes));
    for (row, decisions) in pairs.rows().into_iter().enumerate() {
        let mut pair = 0;
        for i in 0..classes {
            for j in i + 1..classes {
                let decision: f64 = decisions[pair];
                confidences[[row, i]] += decision;
                confidences[[row, j]] -= decision;
                let winner = if decision > 0.0 { i } else { j };
                votes[[row, winner]] += 1.0;
                pair += 1;
            }
        }
    }
    (votes, confidences)
}
