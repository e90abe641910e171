//! Rows as sums of learnt parts that are not negative: `NMF`, `LatentDirichletAllocation`. Each is a
//! search of its own for every row, or for all rows together.

use ndarray::{Array1, Array2};

use crate::pickle::Value;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;

const NMF: &[&str] = &[
    "n_components",
    "n_components_",
    "_n_components",
    "init",
    "solver",
    "beta_loss",
    "_beta_loss",
    "tol",
    "max_iter",
    "alpha",
    "alpha_W",
    "alpha_H",
    "l1_ratio",
    "regularization",
    "shuffle",
    "components_",
    "reconstruction_err_",
    "n_iter_",
    "_n_features_out",
];

/// Rows that must not be negative, as many numbers a row as `parts` has.
fn positive(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    parts: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    let x = check::rows(context, estimator, frame, parts.ncols())?;
    if x.iter().any(|x| *x < 0.0) {
        return Err(estimator.refused("a row has a negative number, which it does not take"));
    }
    Ok(x)
}

/// Refuses penalties. What they mean changed twice; without one there is nothing to know.
fn unpunished(estimator: &Estimator) -> Result<(), Stop> {
    for key in ["alpha", "alpha_W"] {
        let none = match estimator.value(key) {
            Value::None => true,
            Value::Text(word) => word == "deprecated",
            Value::Float(number) => number == 0.0,
            Value::Int(number) => number == 0,
            _ => false,
        };
        if !none {
            return Err(estimator.strange(key));
        }
    }
    Ok(())
}

/// `NMF` by coordinate descent, from zero, for all rows together: they stop together.
pub fn nmf(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[NMF])?;
    if estimator.text("solver", "cd")? != "cd" {
        return Err(estimator.strange("solver"));
    }
    if estimator.flag("shuffle", false)? {
        return Err(estimator.refused("it takes its parts in an order drawn by chance"));
    }
    unpunished(estimator)?;
    check::double(estimator, "components_")?;
    let parts = estimator.matrix("components_")?;
    let x = positive(context, estimator, frame, &parts)?;
    let (n, k) = (x.nrows(), parts.nrows());
    let tolerance = estimator.number("tol")?;
    let rounds = estimator.count("max_iter")?;
    context.charge(parts.len().saturating_mul(k + n), &estimator.class)?;
    let gram = parts.dot(&parts.t());
    let target = x.dot(&parts.t());
    let mut weights = Array2::<f64>::zeros((n, k));
    let mut first = 0.0;
    for round in 0..rounds {
        context.charge(weights.len().saturating_mul(k), &estimator.class)?;
        let mut moved = 0.0;
        for part in 0..k {
            for row in 0..n {
                let old = weights[[row, part]];
                let slope = gram.row(part).dot(&weights.row(row)) - target[[row, part]];
                moved += if old == 0.0 { slope.min(0.0) } else { slope }.abs();
                if gram[[part, part]] != 0.0 {
                    weights[[row, part]] = (old - slope / gram[[part, part]]).max(0.0);
                }
            }
        }
        if round == 0 {
            first = moved;
        }
        if first == 0.0 {
            break;
        }
        if (moved / first - tolerance).abs() <= 1e-9 * tolerance {
            return Err(estimator.refused("rounding decides when its search is over"));
        }
        if moved / first <= tolerance {
            break;
        }
    }
    Ok(Frame::from_matrix(&weights))
}

/// `MiniBatchNMF` of squared distances: multiplicative updates, from equal weights, for all rows
/// together.
pub fn mini_batch_nmf(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[
        NMF,
        &[
            "batch_size",
            "_batch_size",
            "forget_factor",
            "fresh_restarts",
            "fresh_restarts_max_iter",
            "transform_max_iter",
            "_transform_max_iter",
            "max_no_improvement",
            "n_steps_",
            "_gamma",
            "_rho",
            "_components_numerator",
            "_components_denominator",
            "_ewa_cost",
            "_ewa_cost_min",
            "_no_improvement",
            "_l1_reg_H",
            "_l2_reg_H",
        ],
    ])?;
    if estimator.number("_beta_loss")? != 2.0 {
        return Err(estimator.strange("beta_loss"));
    }
    unpunished(estimator)?;
    check::double(estimator, "components_")?;
    let parts = estimator.matrix("components_")?;
    let x = positive(context, estimator, frame, &parts)?;
    let (n, k) = (x.nrows(), parts.nrows());
    let tolerance = estimator.number("tol")?;
    let rounds = estimator.count("_transform_max_iter")?;
    context.charge(parts.len().saturating_mul(k + n), &estimator.class)?;
    let gram = parts.dot(&parts.t());
    let target = x.dot(&parts.t());
    let mean = x.sum() / x.len() as f64;
    let mut weights = Array2::from_elem((n, k), (mean / k as f64).sqrt());
    for _ in 0..rounds {
        let work = weights.len().saturating_mul(k).saturating_add(1);
        context.charge(work, &estimator.class)?;
        let mut next = weights.dot(&gram);
        next.mapv_inplace(|x| if x == 0.0 { f64::from(f32::EPSILON) } else { x });
        next = &weights * &(&target / &next);
        let size = |matrix: &Array2<f64>| matrix.mapv(|x| x * x).sum().sqrt();
        let change = size(&(&next - &weights)) / size(&next);
        weights = next;
        if tolerance > 0.0 && (change - tolerance).abs() <= 1e-9 * tolerance {
            return Err(estimator.refused("rounding decides when its search is over"));
        }
        if tolerance > 0.0 && change <= tolerance {
            break;
        }
    }
    Ok(Frame::from_matrix(&weights))
}

/// The logarithmic derivative of the gamma function with as many terms as the search for topics
/// takes: its error of 1e-9 is part of the answer
/// (<https://en.wikipedia.org/wiki/Digamma_function#Computation_and_approximation>).
fn short_digamma(x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if x <= 1e-6 {
        return -EULER - 1.0 / x;
    }
    let (mut x, mut sum) = (x, 0.0);
    while x < 6.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0)));
    sum + libm::log(x) - 0.5 / x - series
}

/// `LatentDirichletAllocation`: the share of each topic in each row.
pub fn topics(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_components",
        "_n_components",
        "n_topics",
        "doc_topic_prior",
        "doc_topic_prior_",
        "topic_word_prior",
        "topic_word_prior_",
        "learning_method",
        "learning_decay",
        "learning_offset",
        "max_iter",
        "batch_size",
        "evaluate_every",
        "total_samples",
        "perp_tol",
        "mean_change_tol",
        "max_doc_update_iter",
        "components_",
        "exp_dirichlet_component_",
        "n_batch_iter_",
        "n_iter_",
        "bound_",
        "random_state_",
        "_n_features_out",
    ]])?;
    check::double(estimator, "exp_dirichlet_component_")?;
    let words = estimator.matrix("exp_dirichlet_component_")?;
    let x = positive(context, estimator, frame, &words)?;
    let prior = estimator.number("doc_topic_prior_")?;
    let enough = estimator.number("mean_change_tol")?;
    let rounds = estimator.count("max_doc_update_iter")?;
    let k = words.nrows();
    let expected = |shares: &Array1<f64>| {
        let total = short_digamma(shares.sum());
        shares.mapv(|share| libm::exp(short_digamma(share) - total))
    };
    let mut out = Array2::zeros((x.nrows(), k));
    for (row, counts) in x.rows().into_iter().enumerate() {
        let mut shares = Array1::<f64>::ones(k);
        let mut weights = expected(&shares);
        for _ in 0..rounds {
            context.charge(words.len().saturating_mul(2), &estimator.class)?;
            let likely = words.t().dot(&weights) + f64::EPSILON;
            let next = &weights * &words.dot(&(&counts / &likely)) + prior;
            weights = expected(&next);
            let change = (&shares - &next).mapv(f64::abs).sum() / k as f64;
            shares = next;
            if (change - enough).abs() <= 1e-9 * enough {
                return Err(estimator.refused("rounding decides when its search is over"));
            }
            if change < enough {
                break;
            }
        }
        let total = shares.sum();
        out.row_mut(row).assign(&shares.mapv(|share| share / total));
    }
    Ok(Frame::from_matrix(&out))
}
