//! Votes and means of the nearest training rows: `KNeighbors…` and `RadiusNeighbors…`.

use ndarray::{Array2, ArrayD};

use super::neighbors::{self, Index};
use super::tree::Targets;
use crate::pickle::{Node, Value, value};
use crate::trial::native::answer;
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell, same, value_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

/// `KNeighborsClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[neighbors::KNOWN])?;
    let targets = Targets::read(estimator)?;
    let y = targets_of(estimator)?;
    let k = estimator.count("n_neighbors")?;
    let index = Index::read(context, estimator, frame)?;
    let mut votes = Votes::new(context, estimator, &targets, &y, index.x.nrows())?;
    let weighted = index.weighted();
    for row in 0..index.x.nrows() {
        let same = |a: &(usize, f64), b: &(usize, f64)| {
            a.0 < y.nrows()
                && b.0 < y.nrows()
                && y.row(a.0) == y.row(b.0)
                && (!weighted || (a.1 - b.1).abs() <= 1e-12 * a.1.abs())
        };
        let near = index.settled(row, k, same)?;
        votes.count(row, &index, &near)?;
    }
    let labels = votes.labels(weighted)?;
    Ok(targets.outputs(labels, &votes.shares()))
}

/// `RadiusNeighborsClassifier`.
pub fn radius_classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[neighbors::KNOWN, &["outlier_label", "outlier_label_"]])?;
    let targets = Targets::read(estimator)?;
    let y = targets_of(estimator)?;
    let radius = estimator.number("radius")?;
    let index = Index::read(context, estimator, frame)?;
    let mut votes = Votes::new(context, estimator, &targets, &y, index.x.nrows())?;
    for row in 0..index.x.nrows() {
        let near = index.within(row, radius)?;
        if near.is_empty() {
            votes.outlier(row)?;
        } else {
            votes.count(row, &index, &near)?;
        }
    }
    let labels = votes.labels(index.weighted())?;
    let mut outputs = targets.outputs(labels, &votes.shares());
    // Probabilities came in 0.22.
    if !estimator.since((0, 22)) {
        outputs.truncate(1);
    }
    Ok(outputs)
}

/// `KNeighborsRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[neighbors::KNOWN])?;
    let (y, flat) = amounts_of(estimator)?;
    let k = estimator.count("n_neighbors")?;
    let index = Index::read(context, estimator, frame)?;
    let weighted = index.weighted();
    let mut out = Array2::zeros((index.x.nrows(), y.ncols()));
    for row in 0..index.x.nrows() {
        let same = |a: &(usize, f64), b: &(usize, f64)| {
            a.0 < y.nrows()
                && b.0 < y.nrows()
                && y.row(a.0) == y.row(b.0)
                && (!weighted || (a.1 - b.1).abs() <= 1e-12 * a.1.abs())
        };
        let near = index.settled(row, k, same)?;
        mean(context, estimator, &index, row, &near, &y, &mut out)?;
    }
    Ok(vec![answer::amounts("predict", &out, flat)])
}

/// `RadiusNeighborsRegressor`: NaN where nothing is near.
pub fn radius_regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[neighbors::KNOWN])?;
    let (y, flat) = amounts_of(estimator)?;
    let radius = estimator.number("radius")?;
    let index = Index::read(context, estimator, frame)?;
    let mut out = Array2::zeros((index.x.nrows(), y.ncols()));
    for row in 0..index.x.nrows() {
        let near = index.within(row, radius)?;
        if near.is_empty() {
            if !estimator.since((0, 22)) {
                return Err(estimator.refused("a row has no neighbour within the radius"));
            }
            out.row_mut(row).fill(f64::NAN);
            continue;
        }
        mean(context, estimator, &index, row, &near, &y, &mut out)?;
    }
    Ok(vec![answer::amounts("predict", &out, flat)])
}

fn mean(
    context: &Context,
    estimator: &Estimator,
    index: &Index,
    row: usize,
    near: &[(usize, f64)],
    y: &Array2<f64>,
    out: &mut Array2<f64>,
) -> Result<(), Stop> {
    context.charge(near.len().saturating_mul(y.ncols()), &estimator.class)?;
    let weights = index.weights(row, near)?;
    let sum: f64 = weights.iter().sum();
    let mut line = out.row_mut(row);
    for ((place, _), weight) in near.iter().zip(&weights) {
        line.scaled_add(*weight, &index.row_of(y, *place)?);
    }
    line /= sum;
    Ok(())
}

/// The targets of the training rows as a matrix, and whether there is only one.
fn amounts_of(estimator: &Estimator) -> Result<(Array2<f64>, bool), Stop> {
    let y: ArrayD<f64> = estimator.floats("_y")?;
    let flat = y.ndim() == 1;
    let y = if flat {
        y.insert_axis(ndarray::Axis(1))
    } else {
        y
    };
    let y = y
        .into_dimensionality()
        .map_err(|_| estimator.strange("_y"))?;
    Ok((y, flat))
}

/// How many classes each target has.
fn counts(estimator: &Estimator) -> Result<Vec<usize>, Stop> {
    let node = estimator.need("classes_")?;
    let size = |node| Ok(estimator.cells_at(node, "classes_")?.len());
    match estimator.graph.node(node) {
        Node::List(arrays) => arrays.iter().map(|array| size(*array)).collect(),
        _ => Ok(vec![size(node)?]),
    }
}

/// The class numbers of the training rows.
fn targets_of(estimator: &Estimator) -> Result<Array2<f64>, Stop> {
    Ok(amounts_of(estimator)?.0)
}

/// Weights summed up for each class of each target.
struct Votes<'a, 'g> {
    context: &'a Context<'g>,
    estimator: &'a Estimator<'g>,
    targets: &'a Targets,
    y: &'a Array2<f64>,
    sums: Vec<Array2<f64>>,
    /// Rows with a label that is no class, and no probability at all.
    outliers: Vec<(usize, Cell)>,
}

impl<'a, 'g> Votes<'a, 'g> {
    fn new(
        context: &'a Context<'g>,
        estimator: &'a Estimator<'g>,
        targets: &'a Targets,
        y: &'a Array2<f64>,
        rows: usize,
    ) -> Result<Votes<'a, 'g>, Stop> {
        let counts = counts(estimator)?;
        let fits = counts.len() == y.ncols()
            && y.columns().into_iter().zip(&counts).all(|(y, count)| {
                y.iter()
                    .all(|class| *class >= 0.0 && *class < *count as f64)
            });
        if !fits {
            return Err(estimator.refused("its targets and `classes_` do not fit together"));
        }
        let all: usize = counts.iter().sum();
        context.charge(rows.saturating_mul(all), &estimator.class)?;
        Ok(Votes {
            context,
            estimator,
            targets,
            y,
            sums: counts
                .iter()
                .map(|count| Array2::zeros((rows, *count)))
                .collect(),
            outliers: Vec::new(),
        })
    }

    fn count(&mut self, row: usize, index: &Index, near: &[(usize, f64)]) -> Result<(), Stop> {
        let work = near.len().saturating_mul(self.y.ncols());
        self.context.charge(work, &self.estimator.class)?;
        let weights = index.weights(row, near)?;
        for ((place, _), weight) in near.iter().zip(&weights) {
            let classes = index.row_of(self.y, *place)?;
            for (sums, class) in self.sums.iter_mut().zip(classes) {
                sums[[row, *class as usize]] += weight;
            }
        }
        Ok(())
    }

    /// A row with no neighbour at all is of the class that was named for such rows.
    fn outlier(&mut self, row: usize) -> Result<(), Stop> {
        let estimator = self.estimator;
        let alone = || estimator.refused("a row has no neighbour within the radius");
        let ([sums], Value::Text(_) | Value::Int(_)) =
            (&mut self.sums[..], estimator.value("outlier_label"))
        else {
            return Err(alone());
        };
        // Without a tree, newer releases do not look for the most frequent one.
        if estimator.text("outlier_label", "") == Ok("most_frequent")
            && estimator.text("_fit_method", "")? == "brute"
        {
            return Err(alone());
        }
        let label = match estimator.get("outlier_label_") {
            Some(node) => {
                let first = estimator.graph.items(node).and_then(|items| items.first());
                value(estimator.graph, *first.ok_or_else(alone)?)
            }
            None => estimator.value("outlier_label"),
        };
        let label = value_cell(&label).ok_or_else(alone)?;
        let classes = estimator.cells("classes_")?;
        match classes.iter().position(|class| same(class, &label)) {
            Some(place) => sums[[row, place]] = 1.0,
            // numpy cuts a text to the longest of the classes: another label then.
            None if matches!(label, Cell::Text(_)) => return Err(alone()),
            None => self.outliers.push((row, label)),
        }
        Ok(())
    }

    /// The classes with the largest sums. Weighted sums that are nearly equal are added up in an
    /// order that decides between them.
    fn labels(&self, weighted: bool) -> Result<Vec<Vec<Cell>>, Stop> {
        let close = |row: ndarray::ArrayView1<f64>| {
            let largest = row.iter().copied().fold(0.0, f64::max);
            let near = |sum: &&f64| (**sum - largest).abs() <= 1e-12 * largest;
            let near: Vec<&f64> = row.iter().filter(near).collect();
            near.iter().any(|sum| **sum != largest)
        };
        if weighted
            && self
                .sums
                .iter()
                .any(|sums| sums.rows().into_iter().any(close))
        {
            return Err(self
                .estimator
                .refused("two classes have the same weight but for rounding"));
        }
        let mut labels = self.targets.labels(&self.sums);
        for (row, label) in &self.outliers {
            labels[*row] = vec![label.clone()];
        }
        Ok(labels)
    }

    /// The sums divided by their total.
    fn shares(&self) -> Vec<Array2<f64>> {
        let mut shares = self.sums.clone();
        for mut row in shares.iter_mut().flat_map(|sums| sums.rows_mut()) {
            let sum: f64 = row.sum();
            if sum != 0.0 {
                row /= sum;
            }
        }
        shares
    }
}

/// `LocalOutlierFactor` that was fitted to tell novelties.
pub fn local_outliers(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[
        neighbors::KNOWN,
        &[
            "contamination",
            "_contamination",
            "novelty",
            "n_neighbors_",
            "offset_",
            "threshold_",
            "negative_outlier_factor_",
            "_distances_fit_X_",
            "_lrd",
        ],
    ])?;
    if !estimator.flag("novelty", false)? {
        return Err(estimator.refused("it was fitted without `novelty`: it answers to no new rows"));
    }
    let k = estimator.count("n_neighbors_")?;
    let reach = estimator.matrix("_distances_fit_X_")?;
    let density = estimator.vector("_lrd")?;
    let offset = estimator.number("offset_")?;
    let index = Index::read(context, estimator, frame)?;
    check::precise(estimator, "_fit_X", &index.x)?;
    let n = index.fitted.nrows();
    if reach.nrows() != n || density.len() != n || k == 0 || k > reach.ncols() {
        return Err(estimator.refused("what it knows of its training rows does not fit together"));
    }
    let mut scores = Vec::with_capacity(index.x.nrows());
    for row in 0..index.x.nrows() {
        let far = |place: usize, distance: f64| distance.max(reach[[place, k - 1]]);
        let same = |a: &(usize, f64), b: &(usize, f64)| {
            density[a.0] == density[b.0] && far(a.0, a.1) == far(b.0, b.1)
        };
        let near = index.settled(row, k, same)?;
        let n = near.len() as f64;
        let mean: f64 = near.iter().map(|(place, d)| far(*place, *d)).sum::<f64>() / n;
        index.check_precision(row, mean)?;
        let own = 1.0 / (mean + 1e-10);
        let others: f64 = near.iter().map(|(place, _)| density[*place] / own).sum();
        scores.push(-(others / n));
    }
    let inside = scores
        .iter()
        .map(|s| Cell::Int(if s - offset < 0.0 { -1 } else { 1 }));
    let decisions = scores.iter().map(|s| number_cell(s - offset));
    Ok(vec![
        answer::flat("predict", inside.collect()),
        answer::flat("decision_function", decisions.collect()),
        answer::flat(
            "score_samples",
            scores.iter().map(|s| number_cell(*s)).collect(),
        ),
    ])
}
