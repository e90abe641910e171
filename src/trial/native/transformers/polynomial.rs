//! `PolynomialFeatures`: products of columns.

use crate::pickle::Value;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "degree",
    "interaction_only",
    "include_bias",
    "order",
    "n_input_features_",
    "n_output_features_",
    "_min_degree",
    "_max_degree",
    "_n_out_full",
];

/// `PolynomialFeatures`: the constant, then the products of one factor, of two, and so on, each
/// group in the order of its columns.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let (least, most) = degrees(estimator)?;
    let alone = estimator.flag("interaction_only", false)?;
    let derived = match estimator.value("n_input_features_") {
        Value::Int(n) => usize::try_from(n).ok(),
        _ => None,
    };
    check::features(estimator, frame, derived)?;
    let x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    let (rows, width) = x.dim();
    let mut columns = Vec::new();
    if estimator.flag("include_bias", true)? {
        columns.push(Column::Numbers(vec![1.0; rows]));
    }
    // The products so far with the place of their last factor.
    let mut group: Vec<(usize, Vec<f64>)> = vec![(0, vec![1.0; rows])];
    for degree in 1..=most {
        let mut next = Vec::new();
        for (last, product) in &group {
            let first = if alone && degree > 1 { last + 1 } else { *last };
            for place in first..width {
                context.charge(rows.saturating_add(8).saturating_mul(2), &estimator.class)?;
                let factors = x.column(place);
                let product = product.iter().zip(factors).map(|(a, b)| a * b).collect();
                next.push((place, product));
            }
        }
        group = next;
        if degree >= least {
            let made = group.iter().map(|(_, product)| product.clone());
            columns.extend(made.map(Column::Numbers));
        }
        if group.is_empty() {
            break;
        }
    }
    let mut out = Frame::new(columns, rows);
    out.sparse = frame.sparse;
    Ok(out)
}

fn degrees(estimator: &Estimator) -> Result<(usize, usize), Stop> {
    let graph = estimator.graph;
    let node = estimator.need("degree")?;
    let count = |value| match value {
        Value::Int(n) => usize::try_from(n).map_err(|_| estimator.strange("degree")),
        _ => Err(estimator.strange("degree")),
    };
    match graph.items(node) {
        Some([least, most]) => Ok((
            count(crate::pickle::value(graph, *least))?.max(1),
            count(crate::pickle::value(graph, *most))?,
        )),
        Some(_) => Err(estimator.strange("degree")),
        None => Ok((1, count(crate::pickle::value(graph, node))?)),
    }
}
