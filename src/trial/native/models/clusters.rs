//! Clusterers that have centres: a row belongs to the nearest one.
//!
//! scikit-learn multiplies out the squared distance, which rounds. Where two centres are so nearly
//! equally far that its rounding decides, the row is refused.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a view of an array is passed as a reference is"
)]

use ndarray::{Array1, Array2, ArrayView1};

use super::distances::{Rounded, products};
use crate::pickle::Value;
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const K_MEANS: &[&str] = &[
    "n_clusters",
    "init",
    "n_init",
    "_n_init",
    "max_iter",
    "tol",
    "_tol",
    "algorithm",
    "_algorithm",
    "precompute_distances",
    "cluster_centers_",
    "labels_",
    "inertia_",
    "copy_x",
    "n_iter_",
    "_n_threads",
    "_n_features_out",
    // Mini batches.
    "batch_size",
    "_batch_size",
    "batch_size_",
    "compute_labels",
    "max_no_improvement",
    "init_size",
    "_init_size",
    "init_size_",
    "reassignment_ratio",
    "counts_",
    "_counts",
    "n_steps_",
    "random_state_",
    "_random_state",
    "_n_since_last_reassign",
    "_ewa_inertia",
    "_ewa_inertia_min",
    "_no_improvement",
];
const BISECTING: &[&str] = &[
    "bisecting_strategy",
    "_kmeans_single",
    "_X_mean",
    "_bisecting_tree",
];
const BIRCH: &[&str] = &[
    "threshold",
    "branching_factor",
    "n_clusters",
    "compute_labels",
    "partial_fit_",
    "root_",
    "_deprecated_fit",
    "_deprecated_partial_fit",
    "dummy_leaf_",
    "subcluster_centers_",
    "subcluster_labels_",
    "_subcluster_norms",
    "labels_",
    "_n_features_out",
    "fit_",
    "first_call_",
];
const OTHERS: &[&str] = &[
    "cluster_centers_",
    "cluster_centers_indices_",
    "labels_",
    "n_iter_",
    "affinity",
    "affinity_matrix_",
    "damping",
    "max_iter",
    "convergence_iter",
    "preference",
    "bandwidth",
    "seeds",
    "bin_seeding",
    "min_bin_freq",
    "cluster_all",
];
/// How deep a tree of halved clusters may be.
const MAX_HALVES: usize = 10_000;

/// `KMeans`, `MiniBatchKMeans`.
pub fn k_means(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[K_MEANS])?;
    let centres = estimator.matrix("cluster_centers_")?;
    let x = rows(context, estimator, frame, &centres)?;
    let labels = nearest(context, estimator, &x, &centres)?;
    let mut outputs = vec![numbered(labels)];
    outputs.extend(distances(context, estimator, &x, &centres).ok());
    Ok(outputs)
}

/// `BisectingKMeans`: down a tree of halved clusters.
pub fn bisecting(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[K_MEANS, BISECTING])?;
    let centres = estimator.matrix("cluster_centers_")?;
    let x = rows(context, estimator, frame, &centres)?;
    let shift = match estimator.get("_X_mean") {
        Some(_) => estimator.vector("_X_mean")?,
        None => Array1::zeros(centres.ncols()),
    };
    if shift.len() != centres.ncols() {
        return Err(estimator.strange("_X_mean"));
    }
    let root = estimator.need("_bisecting_tree")?;
    let mut labels = vec![0; x.nrows()];
    let mut waiting = vec![(root, (0..x.nrows()).collect::<Vec<usize>>(), 0)];
    while let Some((node, members, depth)) = waiting.pop() {
        let half = Estimator::read(context, node)
            .filter(|half| half.name == "_BisectingTree")
            .ok_or_else(|| estimator.strange("_bisecting_tree"))?;
        context.charge(1 + members.len(), &estimator.class)?;
        if depth > MAX_HALVES {
            return Err(estimator.refused("its tree of clusters is too deep"));
        }
        let (Some(left), Some(right)) = (half.get("left"), half.get("right")) else {
            let label = half.count("label")? as i64;
            for row in members {
                labels[row] = label;
            }
            continue;
        };
        if members.is_empty() {
            continue;
        }
        let mut pair = Array2::zeros((2, shift.len()));
        for (place, child) in [left, right].into_iter().enumerate() {
            let child = Estimator::read(context, child)
                .ok_or_else(|| estimator.strange("_bisecting_tree"))?;
            let centre = child.vector("center")?;
            if centre.len() != shift.len() {
                return Err(estimator.strange("_bisecting_tree"));
            }
            pair.row_mut(place).assign(&(centre + &shift));
        }
        let own = x.select(ndarray::Axis(0), &members);
        let sides = nearest(context, estimator, &own, &pair)?;
        let side = |wanted: usize| -> Vec<usize> {
            let chosen = members
                .iter()
                .zip(&sides)
                .filter(|(_, side)| **side == wanted);
            chosen.map(|(row, _)| *row).collect()
        };
        waiting.push((left, side(0), depth + 1));
        waiting.push((right, side(1), depth + 1));
    }
    let cells = labels.into_iter().map(Cell::Int).collect();
    let mut outputs = vec![answer::flat("predict", cells)];
    outputs.extend(distances(context, estimator, &x, &centres).ok());
    Ok(outputs)
}

/// `Birch`: the label of the nearest subcluster.
pub fn birch(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Vec<Output>, Stop> {
    estimator.only(&[BIRCH])?;
    let centres = estimator.matrix("subcluster_centers_")?;
    let names = estimator.cells("subcluster_labels_")?;
    if names.len() != centres.nrows() {
        return Err(estimator.strange("subcluster_labels_"));
    }
    let x = rows(context, estimator, frame, &centres)?;
    let reduced = products(context, estimator, &x, &centres)?;
    let labels = (0..x.nrows())
        .map(|row| {
            // Which of two subclusters is nearer matters only where their labels differ.
            let found = reduced.nearest(row);
            let first = found.first().and_then(|place| names.get(*place));
            match first {
                Some(first) if found.iter().all(|place| names[*place] == *first) => {
                    Ok(first.clone())
                }
                _ => Err(undecided(estimator)),
            }
        })
        .collect::<Result<Vec<Cell>, Stop>>()?;
    let mut outputs = vec![answer::flat("predict", labels)];
    outputs.extend(distances(context, estimator, &x, &centres).ok());
    Ok(outputs)
}

/// `AffinityPropagation`, `MeanShift`.
pub fn centres_only(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[OTHERS])?;
    if estimator.get("cluster_centers_").is_none() {
        if estimator.value("affinity") == Value::Text("precomputed".into()) {
            return Err(Stop::value_error(
                "Predict method is not supported when affinity='precomputed'.",
            ));
        }
        return Err(estimator.refused("it has no `cluster_centers_`; was it fitted?"));
    }
    let centres = estimator.matrix("cluster_centers_")?;
    // Nothing converged: every row is an outlier.
    if estimator.view("cluster_centers_")?.is_empty() {
        check::features(estimator, frame, None)?;
        let cells = vec![Cell::Int(-1); frame.n_rows];
        return Ok(vec![answer::flat("predict", cells)]);
    }
    let x = rows(context, estimator, frame, &centres)?;
    Ok(vec![numbered(nearest(context, estimator, &x, &centres)?)])
}

/// The distances from all centres: what these clusterers do before another step.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    let key = if estimator.name == "Birch" {
        estimator.only(&[BIRCH])?;
        "subcluster_centers_"
    } else {
        estimator.only(&[K_MEANS, BISECTING])?;
        "cluster_centers_"
    };
    let centres = estimator.matrix(key)?;
    let x = rows(context, estimator, frame, &centres)?;
    let squares = products(context, estimator, &x, &centres)?;
    Ok(Frame::from_matrix(&squares.roots(estimator)?))
}

fn rows(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    centres: &Array2<f64>,
) -> Result<Array2<f64>, Stop> {
    if centres.nrows() == 0 {
        return Err(estimator.refused("it has no centres"));
    }
    let key = if estimator.name == "Birch" {
        "subcluster_centers_"
    } else {
        "cluster_centers_"
    };
    check::double(estimator, key)?;
    check::rows(context, estimator, frame, centres.ncols())
}

fn undecided(estimator: &Estimator) -> Stop {
    estimator.refused("a row is equally near to several centres; rounding decides between them")
}

/// The nearest centre of each row.
fn nearest(
    context: &Context,
    estimator: &Estimator,
    x: &Array2<f64>,
    centres: &Array2<f64>,
) -> Result<Vec<usize>, Stop> {
    let squares: Rounded = products(context, estimator, x, centres)?;
    (0..x.nrows())
        .map(|row| match squares.nearest(row)[..] {
            [place] => Ok(place),
            // Nothing was rounded: the first one wins.
            [place, ..] if squares.exact(row) => Ok(place),
            // One centre twice: the first one wins as well.
            [place, ref others @ ..]
                if others
                    .iter()
                    .all(|other| same(centres.row(place), centres.row(*other))) =>
            {
                Ok(place)
            }
            _ => Err(undecided(estimator)),
        })
        .collect()
}

fn same(a: ArrayView1<f64>, b: ArrayView1<f64>) -> bool {
    a == b
}

fn distances(
    context: &Context,
    estimator: &Estimator,
    x: &Array2<f64>,
    centres: &Array2<f64>,
) -> Result<Output, Stop> {
    let squares = products(context, estimator, x, centres)?;
    let matrix = squares.roots(estimator)?;
    Ok(answer::table("transform", Vec::new(), &matrix))
}

fn numbered(labels: Vec<usize>) -> Output {
    let cells = labels.into_iter().map(|label| Cell::Int(label as i64));
    answer::flat("predict", cells.collect())
}
