//! The elliptic envelope, and centroids of classes.

use ndarray::{Array1, Array2};

use super::distances::{Metric, products};
use super::linear;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::softmax;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const ENVELOPE: &[&str] = &[
    "store_precision",
    "assume_centered",
    "support_fraction",
    "contamination",
    "location_",
    "covariance_",
    "precision_",
    "raw_location_",
    "raw_covariance_",
    "raw_support_",
    "support_",
    "dist_",
    "offset_",
];
const CENTROIDS: &[&str] = &[
    "metric",
    "shrink_threshold",
    "priors",
    "centroids_",
    "classes_",
    "class_prior_",
    "true_classes_",
    "deviations_",
    "within_class_std_dev_",
];

/// `EllipticEnvelope`: how far a row is from the centre, counted by the covariance.
pub fn elliptic(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[ENVELOPE])?;
    let centre = estimator.vector("location_")?;
    let precision = estimator.matrix("precision_")?;
    let offset = estimator.number("offset_")?;
    if precision.dim() != (centre.len(), centre.len()) {
        return Err(estimator.refused("`location_` and `precision_` do not fit together"));
    }
    let x = check::rows(context, estimator, frame, centre.len())? - &centre;
    context.charge(x.nrows().saturating_mul(precision.len()), &estimator.class)?;
    let turned = x.dot(&precision);
    let far = turned.rows().into_iter().zip(x.rows());
    let decision: Array1<f64> = far.map(|(a, b)| -a.dot(&b) - offset).collect();
    let scores = decision.mapv(|d| d + offset);
    let mut outputs = linear::outliers(&decision, offset);
    outputs.truncate(2);
    let cells = scores.iter().map(|s| number_cell(*s)).collect();
    outputs.push(answer::flat("score_samples", cells));
    Ok(outputs)
}

/// `NearestCentroid`.
pub fn centroid(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[CENTROIDS])?;
    let classes = estimator.cells("classes_")?;
    let centroids = estimator.matrix("centroids_")?;
    let metric = Metric::read(estimator, estimator.text("metric", "euclidean")?, None)?;
    if classes.len() != centroids.nrows() || classes.is_empty() || metric == Metric::Precomputed {
        return Err(estimator.refused("its classes and centroids do not fit together"));
    }
    let x = check::rows(context, estimator, frame, centroids.ncols())?;
    check::precise(estimator, "centroids_", &x)?;
    context.charge(x.nrows().saturating_mul(centroids.len()), &estimator.class)?;
    // Shares of classes count since 1.6.
    let scores = match estimator.get("class_prior_") {
        Some(_) => Some(scores(estimator, &metric, &x, &centroids)?),
        None => None,
    };
    let labels = match &scores {
        Some((scores, false)) => answer::likeliest(&classes, scores),
        _ => nearest(context, estimator, &metric, &classes, &x, &centroids)?,
    };
    let mut outputs = vec![labels];
    if let (Some((scores, _)), Metric::Euclidean) = (scores, metric) {
        outputs.push(answer::table(
            "predict_proba",
            titles(&classes),
            &softmax(&scores),
        ));
        outputs.push(if classes.len() == 2 {
            let cells = scores.rows().into_iter().map(|s| number_cell(s[1] - s[0]));
            answer::flat("decision_function", cells.collect())
        } else {
            answer::table("decision_function", titles(&classes), &scores)
        });
    }
    Ok(outputs)
}

fn nearest(
    context: &Context,
    estimator: &Estimator,
    metric: &Metric,
    classes: &[Cell],
    x: &Array2<f64>,
    centroids: &Array2<f64>,
) -> Result<Output, Stop> {
    let undecided = || estimator.refused("a row is equally near to two centroids");
    if *metric == Metric::Euclidean {
        let squares = products(context, estimator, x, centroids)?;
        let label = |row| match squares.nearest(row)[..] {
            [place] => Ok(classes[place].clone()),
            [place, ..] if squares.exact(row) => Ok(classes[place].clone()),
            _ => Err(undecided()),
        };
        let labels = (0..x.nrows()).map(label).collect::<Result<_, _>>()?;
        return Ok(answer::flat("predict", labels));
    }
    let mut labels = Vec::with_capacity(x.nrows());
    for x in x.rows() {
        let mut best = (0, f64::INFINITY);
        let mut close = false;
        for (place, centroid) in centroids.rows().into_iter().enumerate() {
            let reduced = metric.reduced(x, centroid);
            close = if reduced < best.1 {
                (best.1 - reduced) <= 1e-12 * reduced
            } else {
                close || (reduced - best.1) <= 1e-12 * reduced
            };
            if reduced < best.1 {
                best = (place, reduced);
            }
        }
        if close {
            return Err(undecided());
        }
        labels.push(classes[best.0].clone());
    }
    Ok(answer::flat("predict", labels))
}

/// Minus the squared distance in units of the spread within classes, plus twice the logarithm of
/// the class's share; and whether all shares are the same.
fn scores(
    estimator: &Estimator,
    metric: &Metric,
    x: &Array2<f64>,
    centroids: &Array2<f64>,
) -> Result<(Array2<f64>, bool), Stop> {
    let prior = estimator.vector("class_prior_")?;
    let spread = estimator.vector("within_class_std_dev_")?;
    if prior.len() != centroids.nrows() || spread.len() != x.ncols() {
        return Err(estimator.refused("its centroids and their spread do not fit together"));
    }
    let even = 1.0 / prior.len() as f64;
    let uniform = prior.iter().all(|p| (p - even).abs() <= 1e-8 + 1e-5 * even);
    let scale = spread.mapv(|s| if s == 0.0 { 1.0 } else { s });
    let (x, centroids) = (x / &scale, centroids / &scale);
    let scores = Array2::from_shape_fn((x.nrows(), prior.len()), |(row, class)| {
        let far = metric.distance(metric.reduced(x.row(row), centroids.row(class)));
        -far * far + 2.0 * libm::log(prior[class])
    });
    Ok((scores, uniform))
}
