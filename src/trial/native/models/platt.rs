//! Probabilities of support vector machines: a sigmoid for each pair of classes, coupled to one
//! distribution by the iteration of Wu, Lin and Weng ("Probability estimates for multi-class
//! classification by pairwise coupling", 2004, second method), with libsvm's stopping rule.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a view of an array is passed as a reference is"
)]

use ndarray::{Array2, ArrayView1};

/// How sure a pair of classes may be at most.
const SUREST: f64 = 1e-7;

/// Row × class from row × pair: `decisions` are positive for the first class of a pair.
pub fn probabilities(decisions: &Array2<f64>, a: &[f64], b: &[f64], classes: usize) -> Array2<f64> {
    let mut out = Array2::zeros((decisions.nrows(), classes));
    for (row, decisions) in decisions.rows().into_iter().enumerate() {
        let pairs = pairs(decisions, a, b, classes);
        for (class, p) in coupled(&pairs).into_iter().enumerate() {
            out[[row, class]] = p;
        }
    }
    out
}

/// How likely the first class of each two is.
fn pairs(decisions: ArrayView1<f64>, a: &[f64], b: &[f64], classes: usize) -> Array2<f64> {
    let mut out = Array2::zeros((classes, classes));
    let mut pair = 0;
    for i in 0..classes {
        for j in i + 1..classes {
            let x = decisions[pair] * a[pair] + b[pair];
            let p = if x >= 0.0 {
                libm::exp(-x) / (1.0 + libm::exp(-x))
            } else {
                1.0 / (1.0 + libm::exp(x))
            };
            let p = p.clamp(SUREST, 1.0 - SUREST);
            out[[i, j]] = p;
            out[[j, i]] = 1.0 - p;
            pair += 1;
        }
    }
    out
}

fn coupled(r: &Array2<f64>) -> Vec<f64> {
    let k = r.nrows();
    let mut q = Array2::<f64>::zeros((k, k));
    for t in 0..k {
        for j in 0..k {
            if j != t {
                q[[t, t]] += r[[j, t]] * r[[j, t]];
                q[[t, j]] = -r[[j, t]] * r[[t, j]];
            }
        }
    }
    let mut p = vec![1.0 / k as f64; k];
    let mut qp = vec![0.0; k];
    let least = 0.005 / k as f64;
    for _ in 0..k.max(100) {
        let mut pqp = 0.0;
        for t in 0..k {
            qp[t] = (0..k).map(|j| q[[t, j]] * p[j]).sum();
            pqp += p[t] * qp[t];
        }
        let worst = qp.iter().map(|qp| (qp - pqp).abs()).fold(0.0, f64::max);
        if worst < least {
            break;
        }
        for t in 0..k {
            let step = (pqp - qp[t]) / q[[t, t]];
            p[t] += step;
            let whole = 1.0 + step;
            pqp = (pqp + step * (step * q[[t, t]] + 2.0 * qp[t])) / whole / whole;
            for j in 0..k {
                qp[j] = (qp[j] + step * q[[t, j]]) / whole;
                p[j] /= whole;
            }
        }
    }
    p
}
