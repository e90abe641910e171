//! Discriminant analysis: linear (which also projects) and quadratic.

use ndarray::{Array2, Axis, Slice};

use super::linear;
use crate::trial::Output;
use crate::trial::native::answer::{self, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::{one_vs_rest, softmax};
use crate::trial::native::stop::Stop;

const LINEAR: &[&str] = &[
    "solver",
    "shrinkage",
    "priors",
    "n_components",
    "store_covariance",
    "tol",
    "covariance_estimator",
    "coef_",
    "intercept_",
    "classes_",
    "xbar_",
    "scalings_",
    "means_",
    "priors_",
    "covariance_",
    "explained_variance_ratio_",
    "_max_components",
    "_n_features_out",
];
const QUADRATIC: &[&str] = &[
    "solver",
    "shrinkage",
    "priors",
    "reg_param",
    "store_covariances",
    "store_covariance",
    "tol",
    "covariance_estimator",
    "covariance_",
    "means_",
    "priors_",
    "rotations_",
    "scalings_",
    "classes_",
];

/// `LinearDiscriminantAnalysis` as a classifier.
pub fn linear(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[LINEAR])?;
    let classes = estimator.cells("classes_")?;
    let decision = linear::scores(context, estimator, frame)?;
    let mut outputs = linear::decided(estimator, &classes, &decision)?;
    // Until 0.21 each class was weighed against the rest.
    let proba = if decision.ncols() == 1 || !estimator.since((0, 22)) {
        one_vs_rest(&decision, false)
    } else {
        softmax(&decision)
    };
    outputs.insert(1, answer::table("predict_proba", titles(&classes), &proba));
    if estimator.text("solver", "svd")? != "lsqr" {
        let projected = projected(context, estimator, frame)?;
        outputs.push(answer::table("transform", Vec::new(), &projected));
    }
    Ok(outputs)
}

/// `LinearDiscriminantAnalysis` as a transformer.
pub fn project(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[LINEAR])?;
    Ok(Frame::from_matrix(&projected(context, estimator, frame)?))
}

fn projected(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Array2<f64>, Stop> {
    let scalings = estimator.matrix("scalings_")?;
    let mut x = check::rows(context, estimator, frame, scalings.nrows())?;
    check::precise(estimator, "scalings_", &x)?;
    match estimator.text("solver", "svd")? {
        "svd" => {
            let centre = estimator.vector("xbar_")?;
            if centre.len() != x.ncols() {
                return Err(estimator.refused("`xbar_` and `scalings_` do not fit together"));
            }
            x -= &centre;
        }
        "eigen" => {}
        _ => return Err(estimator.refused("its solver makes no projection")),
    }
    context.charge(x.nrows().saturating_mul(scalings.len()), &estimator.class)?;
    let most = estimator.count("_max_components")?.min(scalings.ncols());
    Ok(x.dot(&scalings)
        .slice_axis(Axis(1), Slice::from(..most))
        .to_owned())
}

/// `QuadraticDiscriminantAnalysis`.
pub fn quadratic(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[QUADRATIC])?;
    let misfit = || estimator.refused("its means, scalings and classes do not fit together");
    let classes = estimator.cells("classes_")?;
    let means = estimator.matrix("means_")?;
    let priors = estimator.vector("priors_")?;
    let rotations = estimator.list("rotations_")?;
    let scalings = estimator.list("scalings_")?;
    let n = classes.len();
    if n < 2
        || means.nrows() != n
        || priors.len() != n
        || rotations.len() != n
        || scalings.len() != n
    {
        return Err(misfit());
    }
    let x = check::rows(context, estimator, frame, means.ncols())?;
    check::double(estimator, "means_")?;
    let mut scores = Array2::zeros((x.nrows(), n));
    for class in 0..n {
        let mut rotation = estimator.matrix_at(rotations[class], "rotations_")?;
        let scaling = estimator.matrix_at(scalings[class], "scalings_")?;
        if scaling.nrows() != 1 || rotation.dim() != (x.ncols(), scaling.ncols()) {
            return Err(misfit());
        }
        context.charge(
            x.nrows().saturating_add(1).saturating_mul(rotation.len()),
            &estimator.class,
        )?;
        let scaling = scaling.row(0);
        rotation *= &scaling.mapv(|s| 1.0 / s.sqrt());
        let turned = (&x - &means.row(class)).dot(&rotation);
        let spread: f64 = scaling.iter().map(|s| libm::log(*s)).sum();
        let prior = libm::log(priors[class]);
        for (row, turned) in turned.rows().into_iter().enumerate() {
            let squares: f64 = turned.iter().map(|t| t * t).sum();
            scores[[row, class]] = -0.5 * (squares + spread) + prior;
        }
    }
    let decision = if n == 2 {
        let cells = scores.rows().into_iter().map(|s| number_cell(s[1] - s[0]));
        answer::flat("decision_function", cells.collect())
    } else {
        answer::table("decision_function", titles(&classes), &scores)
    };
    Ok(vec![
        answer::likeliest(&classes, &scores),
        answer::table("predict_proba", titles(&classes), &softmax(&scores)),
        decision,
    ])
}
