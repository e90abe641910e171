//! `CalibratedClassifierCV`: what calibrators make of the scores of classifiers.

use ndarray::{Array2, Axis};

use crate::pickle::{NodeId, Value};
use crate::trial::Output;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::{self, ask};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, same};
use crate::trial::native::link::{sigmoid, softmax};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "base_estimator",
    "estimator",
    "method",
    "cv",
    "ensemble",
    "calibrated_classifiers_",
    "classes_",
];
const PAIR: &[&str] = &[
    "base_estimator",
    "estimator",
    "calibrators",
    "calibrators_",
    "classes",
    "classes_",
    "method",
    "label_encoder_",
];
const ISOTONIC: &[&str] = &[
    "y_min",
    "y_max",
    "increasing",
    "increasing_",
    "out_of_bounds",
    "_X_",
    "_y_",
    "X_",
    "y_",
    "X_min_",
    "X_max_",
    "_necessary_X_",
    "_necessary_y_",
    "X_thresholds_",
    "y_thresholds_",
    "f_",
];

/// What keeps a probability of zero from having no logarithm.
const LOG_OFFSET: f64 = 1e-12;

/// What makes a probability of a score.
enum Calibrator {
    Sigmoid { a: f64, b: f64 },
    Isotonic { x: Vec<f64>, y: Vec<f64> },
    Temperature { beta: f64 },
}

/// `CalibratedClassifierCV`: the mean of its pairs of classifier and calibrators.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    let classes = estimator.cells("classes_")?;
    let pairs = estimator.list("calibrated_classifiers_")?;
    if pairs.is_empty() || classes.len() < 2 {
        return Err(estimator.strange("calibrated_classifiers_"));
    }
    let mut mean = Array2::zeros((frame.n_rows, classes.len()));
    for pair in pairs {
        let pair = Estimator::read(context, *pair)
            .filter(|pair| {
                matches!(
                    pair.name,
                    "_CalibratedClassifier" | "_CalibratedClassiferPipeline"
                ) && pair.class.starts_with("sklearn.calibration.")
            })
            .ok_or_else(|| estimator.strange("calibrated_classifiers_"))?;
        pair.only(&[PAIR])?;
        mean += &proba(context, estimator, &pair, frame, depth)?;
    }
    mean /= pairs.len() as f64;
    let labels = mean
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone())
        .collect();
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &mean),
    ])
}

/// What one pair says.
fn proba(
    context: &Context,
    estimator: &Estimator,
    pair: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Array2<f64>, Stop> {
    let classes = estimator.cells("classes_")?;
    let count = classes.len();
    let node = pair
        .get("estimator")
        .map_or_else(|| pair.need("base_estimator"), Ok)?;
    let answers = ask(context, node, frame, depth)?;
    let decides = answers.has("decision_function");
    let mut scores = if decides {
        answers.matrix("decision_function")?
    } else {
        let proba = answers.matrix("predict_proba")?;
        if proba.ncols() != count {
            return Err(estimator.refused("a classifier in it knows fewer classes than it does"));
        }
        proba
    };
    if !decides && count == 2 {
        scores = scores.column(1).to_owned().insert_axis(Axis(1));
    }
    if scores.ncols() != if count == 2 { 1 } else { count } {
        return Err(estimator.refused("a classifier in it knows fewer classes than it does"));
    }
    let calibrators = calibrators(context, pair)?;
    // The scores stand in the order of the classifier's own classes.
    let own = ask::classes(context, node, depth + 1).unwrap_or_else(|_| classes.clone());
    // A temperature takes them as they come; then the classifier knows its classes by number.
    let alike = own.iter().zip(&classes).all(|(a, b)| same(a, b));
    let tempered = matches!(calibrators[..], [Calibrator::Temperature { .. }]);
    if own.len() != count || !alike && !tempered {
        return Err(estimator.refused("a classifier in it orders its classes otherwise"));
    }
    let mut proba = if let [Calibrator::Temperature { beta }] = calibrators[..] {
        softmax(&(logits(&scores, decides) * beta))
    } else {
        each(estimator, &calibrators, &scores, count)?
    };
    proba.mapv_inplace(|p| if p > 1.0 && p <= 1.0 + 1e-5 { 1.0 } else { p });
    Ok(proba)
}

/// A calibrator for each class, or one for the second of two.
fn each(
    estimator: &Estimator,
    calibrators: &[Calibrator],
    scores: &Array2<f64>,
    count: usize,
) -> Result<Array2<f64>, Stop> {
    if calibrators.len() != scores.ncols() {
        return Err(estimator.refused("it has another number of calibrators than of classes"));
    }
    let mut proba = Array2::zeros((scores.nrows(), count));
    for (place, calibrator) in calibrators.iter().enumerate() {
        let class = if count == 2 { 1 } else { place };
        for (row, score) in scores.column(place).iter().enumerate() {
            proba[[row, class]] = calibrator.at(estimator, *score)?;
        }
    }
    for mut row in proba.rows_mut() {
        if count == 2 {
            row[0] = 1.0 - row[1];
            continue;
        }
        let sum: f64 = row.sum();
        // Since 1.0 only a sum of zero makes all classes alike, before that anything undefined.
        if sum == 0.0 {
            row.fill(1.0 / count as f64);
        } else {
            row.mapv_inplace(|p| p / sum);
        }
    }
    if !estimator.since((1, 0)) {
        proba.mapv_inplace(|p| if p.is_nan() { 1.0 / count as f64 } else { p });
    }
    Ok(proba)
}

/// What the temperature divides.
fn logits(scores: &Array2<f64>, decides: bool) -> Array2<f64> {
    let two = |first: fn(f64) -> f64| {
        Array2::from_shape_fn((scores.nrows(), 2), |(row, class)| {
            let score = scores[[row, 0]];
            if class == 0 { first(score) } else { score }
        })
    };
    let wide = if scores.ncols() == 1 {
        if decides {
            return two(|score| -score);
        }
        two(|p| 1.0 - p)
    } else {
        scores.clone()
    };
    let shares = wide.iter().all(|p| (0.0..=1.0).contains(p))
        && wide
            .rows()
            .into_iter()
            .all(|row| (row.sum() - 1.0).abs() <= 1e-8 + 1e-5);
    if shares {
        wide.mapv(|p| libm::log(p + LOG_OFFSET))
    } else {
        wide
    }
}

fn calibrators(context: &Context, pair: &Estimator) -> Result<Vec<Calibrator>, Stop> {
    let key = if pair.has("calibrators") {
        "calibrators"
    } else {
        "calibrators_"
    };
    pair.list(key)?
        .iter()
        .map(|node| calibrator(context, pair, *node))
        .collect()
}

fn calibrator(context: &Context, pair: &Estimator, node: NodeId) -> Result<Calibrator, Stop> {
    let unknown = || pair.refused("a calibrator in it is of a kind it does not know");
    let own = Estimator::read(context, node)
        .filter(|own| own.class.starts_with("sklearn."))
        .ok_or_else(unknown)?;
    let number = |key: &str| match own.value(key) {
        Value::Float(number) => Ok(number),
        Value::Int(number) => Ok(number as f64),
        _ => Err(own.strange(key)),
    };
    match own.name {
        "_SigmoidCalibration" => {
            own.only(&[&["a_", "b_"]])?;
            Ok(Calibrator::Sigmoid {
                a: number("a_")?,
                b: number("b_")?,
            })
        }
        "_TemperatureScaling" => {
            own.only(&[&["beta_"]])?;
            Ok(Calibrator::Temperature {
                beta: number("beta_")?,
            })
        }
        "IsotonicRegression" => {
            own.only(&[ISOTONIC])?;
            if own.text("out_of_bounds", "")? != "clip" {
                return Err(own.strange("out_of_bounds"));
            }
            let keys = if own.has("X_thresholds_") {
                ["X_thresholds_", "y_thresholds_"]
            } else {
                ["_necessary_X_", "_necessary_y_"]
            };
            if own.view(keys[0])?.dtype.itemsize != 8 {
                return Err(own.refused("it computes in single precision"));
            }
            let (x, y) = (own.vector(keys[0])?.to_vec(), own.vector(keys[1])?.to_vec());
            if x.len() != y.len() || x.is_empty() || !x.is_sorted() {
                return Err(own.strange(keys[0]));
            }
            Ok(Calibrator::Isotonic { x, y })
        }
        _ => Err(unknown()),
    }
}

impl Calibrator {
    fn at(&self, estimator: &Estimator, score: f64) -> Result<f64, Stop> {
        match self {
            Calibrator::Sigmoid { a, b } => Ok(sigmoid(-(a * score + b))),
            Calibrator::Isotonic { x, y } => Ok(super::interpolated(x, y, score)),
            Calibrator::Temperature { .. } => {
                Err(estimator.refused("it has a temperature for each class"))
            }
        }
    }
}
