//! `KBinsDiscretizer`, `Binarizer` and `KernelCenterer`.

use crate::pickle::view;
use crate::trial::native::check::{self, Allow, Width};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::value_cell;
use crate::trial::native::frame::{Frame, number};
use crate::trial::native::stop::Stop;
use crate::trial::native::table;

const BINS: &[&str] = &[
    "n_bins",
    "encode",
    "strategy",
    "dtype",
    "subsample",
    "quantile_method",
    "bin_edges_",
    "n_bins_",
    "_encoder",
];

/// `KBinsDiscretizer`: the number of the bin, or a column for each bin.
pub fn discretizer(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[BINS])?;
    if frame.sparse {
        return Err(estimator.refused("it takes no sparse matrix"));
    }
    let edges = edges(context, estimator)?;
    let counts = estimator
        .view("n_bins_")?
        .to_i64()
        .map_err(|_| estimator.strange("n_bins_"))?;
    if counts.len() != edges.len() {
        return Err(estimator.refused("`n_bins_` and `bin_edges_` do not fit together"));
    }
    let width = match estimator.get("dtype") {
        None => Width::Double,
        Some(node) => match estimator.graph.global(node).map(|global| &*global.name) {
            Some("float32") => Width::Single,
            Some("float64") => Width::Double,
            _ => return Err(estimator.strange("dtype")),
        },
    };
    check::features(estimator, frame, Some(edges.len()))?;
    let mut x = check::matrix(context, estimator, frame, Allow::Finite, width)?;
    context.charge(x.len().saturating_mul(16), &estimator.class)?;
    // Until 1.0 values just below an edge were lifted over it.
    let lifted = !estimator.since((1, 1));
    for ((mut column, edges), count) in x.columns_mut().into_iter().zip(&edges).zip(&counts) {
        let inner = if lifted {
            edges.get(1..)
        } else {
            edges.get(1..edges.len().saturating_sub(1))
        };
        let inner = inner.unwrap_or_default();
        let last = (*count - 1).max(0) as f64;
        column.mapv_inplace(|x| {
            let x = if lifted {
                x + (1e-8 + 1e-5 * x.abs())
            } else {
                x
            };
            let bin = inner.partition_point(|edge| *edge <= x) as f64;
            if lifted { bin.min(last) } else { bin }
        });
    }
    let bins = Frame::from_matrix(&x);
    match estimator.text("encode", "onehot")? {
        "ordinal" => Ok(bins),
        "onehot" | "onehot-dense" => {
            table::transform(context, estimator.need("_encoder")?, &bins, depth + 1)
        }
        _ => Err(estimator.strange("encode")),
    }
}

fn edges(context: &Context, estimator: &Estimator) -> Result<Vec<Vec<f64>>, Stop> {
    let strange = || estimator.strange("bin_edges_");
    let graph = estimator.graph;
    let array = estimator.view("bin_edges_")?;
    // Bins of equal number may have been stacked into a matrix.
    let Some(nodes) = array.nodes() else {
        return Err(strange());
    };
    if array.shape.len() != 1 {
        return Err(strange());
    }
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        let edges = view(graph, *node).ok_or_else(strange)?;
        let edges = edges.to_f64().map_err(|_| strange())?;
        context.charge(edges.len(), &estimator.class)?;
        let edges: Vec<f64> = edges.into_iter().collect();
        if edges.windows(2).any(|pair| pair[0] > pair[1]) || edges.iter().any(|x| x.is_nan()) {
            return Err(strange());
        }
        all.push(edges);
    }
    Ok(all)
}

/// `Binarizer`: 1 above the threshold, else 0.
pub fn binarizer(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&["threshold"]])?;
    let threshold = value_cell(&estimator.value("threshold"))
        .and_then(|cell| number(&cell))
        .ok_or_else(|| estimator.strange("threshold"))?;
    if frame.sparse && threshold < 0.0 {
        return Err(Stop::value_error(
            "Cannot binarize a sparse matrix with threshold < 0",
        ));
    }
    check::features(estimator, frame, None)?;
    let mut x = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    x.mapv_inplace(|x| f64::from(u8::from(x > threshold)));
    let mut out = Frame::from_matrix(&x);
    out.sparse = frame.sparse;
    Ok(out)
}

/// `KernelCenterer`.
pub fn centerer(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    check::features(estimator, frame, None)?;
    let kernel = check::matrix(context, estimator, frame, Allow::Finite, Width::Double)?;
    centred(estimator, kernel).map(|kernel| Frame::from_matrix(&kernel))
}

/// A kernel matrix less its means, as a `KernelCenterer` says.
pub fn centred(
    estimator: &Estimator,
    mut kernel: ndarray::Array2<f64>,
) -> Result<ndarray::Array2<f64>, Stop> {
    estimator.only(&[&["K_fit_rows_", "K_fit_all_"]])?;
    let rows = estimator.vector("K_fit_rows_")?;
    let all = estimator.floats("K_fit_all_")?.sum();
    if kernel.ncols() != rows.len() {
        return Err(estimator.refused("the kernel is of another size than `K_fit_rows_`"));
    }
    for mut row in kernel.rows_mut() {
        let mean = row.sum() / rows.len() as f64;
        row.zip_mut_with(&rows, |k, fitted| *k = *k - fitted - mean + all);
    }
    Ok(kernel)
}
