//! Transformers that place a row by its nearest training rows: neighbour graphs and embeddings.

use ndarray::{Array1, Array2};

use super::neighbors::{Index, KNOWN};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::sparse::Csr;
use crate::trial::native::stop::Stop;
use crate::trial::native::table;
use crate::trial::native::transformers::solve;

/// `KNeighborsTransformer`: which training rows are near, or how far they are.
pub fn graph(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN, &["mode", "_n_features_out"]])?;
    let far = match estimator.text("mode", "distance")? {
        "distance" => true,
        "connectivity" => false,
        _ => return Err(estimator.strange("mode")),
    };
    // A training row is its own neighbour; for distances there is room for one more.
    let k = estimator.count("n_neighbors")?.saturating_add(far.into());
    let index = Index::read(context, estimator, frame)?;
    let mut csr = Csr::new(index.fitted.nrows());
    for row in 0..index.x.nrows() {
        let mut near = index.settled(row, k, |_, _| false)?;
        for (_, value) in &mut near {
            if far {
                index.check_precision(row, *value)?;
            } else {
                *value = 1.0;
            }
        }
        csr.push(near);
    }
    Ok(Frame::from_csr(csr))
}

/// The index inside an embedding.
fn inner<'g>(context: &Context<'g>, estimator: &Estimator<'g>) -> Result<Estimator<'g>, Stop> {
    let inner = Estimator::read(context, estimator.need("nbrs_")?)
        .filter(|inner| inner.name == "NearestNeighbors")
        .ok_or_else(|| estimator.strange("nbrs_"))?;
    inner.only(&[KNOWN])?;
    Ok(inner)
}

/// `Isomap`: the shortest ways over the nearest training rows, then a kernel PCA.
pub fn isomap(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_neighbors",
        "radius",
        "n_components",
        "eigen_solver",
        "tol",
        "max_iter",
        "path_method",
        "neighbors_algorithm",
        "metric",
        "p",
        "metric_params",
        "nbrs_",
        "kernel_pca_",
        "dist_matrix_",
        "training_data_",
        "embedding_",
        "_n_features_out",
    ]])?;
    if estimator.get("radius").is_some() {
        return Err(estimator.strange("radius"));
    }
    let k = estimator.count("n_neighbors")?;
    let nearest = inner(context, estimator)?;
    let index = Index::read(context, &nearest, frame)?;
    let ways = estimator.matrix("dist_matrix_")?;
    if ways.dim() != (index.fitted.nrows(), index.fitted.nrows()) {
        return Err(estimator.strange("dist_matrix_"));
    }
    let n = index.x.nrows();
    context.charge(
        n.saturating_mul(k).saturating_mul(ways.nrows()),
        &estimator.class,
    )?;
    let mut kernel = Array2::from_elem((n, ways.nrows()), f64::INFINITY);
    for row in 0..n {
        for (place, distance) in index.settled(row, k, |_, _| false)? {
            index.check_precision(row, distance)?;
            for (shortest, way) in kernel.row_mut(row).iter_mut().zip(ways.row(place)) {
                *shortest = shortest.min(way + distance);
            }
        }
    }
    kernel.mapv_inplace(|way| -0.5 * way * way);
    let kernel = Frame::from_matrix(&kernel);
    table::transform(
        context,
        estimator.need("kernel_pca_")?,
        &kernel,
        depth.saturating_add(1),
    )
}

/// `LocallyLinearEmbedding`: the weights that make a row of its nearest training rows make its
/// place of theirs.
pub fn locally_linear(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[&[
        "n_neighbors",
        "n_components",
        "reg",
        "eigen_solver",
        "tol",
        "max_iter",
        "method",
        "hessian_tol",
        "modified_tol",
        "neighbors_algorithm",
        "nbrs_",
        "embedding_",
        "reconstruction_error_",
        "_n_features_out",
    ]])?;
    let k = estimator.count("n_neighbors")?;
    let regularization = estimator.number("reg")?;
    // The weights are as uncertain as the last digits divided by it.
    if regularization.is_nan() || regularization < 1e-5 {
        return Err(
            estimator.refused("its weights are hardly regularized, so that they are rounding")
        );
    }
    let nearest = inner(context, estimator)?;
    let index = Index::read(context, &nearest, frame)?;
    let places = estimator.matrix("embedding_")?;
    let mut out = Array2::zeros((index.x.nrows(), places.ncols()));
    for row in 0..index.x.nrows() {
        let near = index.settled(row, k, |_, _| false)?;
        let mut apart = Array2::zeros((near.len(), index.x.ncols()));
        for (mut target, (place, _)) in apart.rows_mut().into_iter().zip(&near) {
            target.assign(&(&index.fitted.row(*place) - &index.x.row(row)));
        }
        context.charge(apart.len().saturating_mul(near.len()), &estimator.class)?;
        let mut gram = apart.dot(&apart.t());
        let trace = gram.diag().sum();
        let more = regularization * if trace > 0.0 { trace } else { 1.0 };
        gram.diag_mut().mapv_inplace(|g| g + more);
        let ones = Array2::ones((near.len(), 1));
        let weights = solve::columns(context, estimator, gram, ones)?;
        let total = weights.sum();
        let mut sum = Array1::zeros(places.ncols());
        for ((place, _), weight) in near.iter().zip(&weights) {
            sum.scaled_add(weight / total, &index.row_of(&places, *place)?);
        }
        out.row_mut(row).assign(&sum);
    }
    Ok(Frame::from_matrix(&out))
}
