//! `OneVsRestClassifier`, `OneVsOneClassifier`, `OutputCodeClassifier`: many classes from binary
//! estimators.

use ndarray::{Array1, Array2, Axis};

use crate::pickle::NodeId;
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::ask::{Answers, ask};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number, number_cell};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "estimator",
    "classes_",
    "estimators_",
    // One against the rest.
    "label_binarizer_",
    "multilabel_",
    // One against one.
    "pairwise_indices_",
    // Output codes.
    "code_size",
    "code_book_",
    "n_features_",
];
const BINARIZER: &[&str] = &[
    "neg_label",
    "pos_label",
    "sparse_output",
    "y_type_",
    "sparse_input_",
    "classes_",
];

/// A binary estimator's answers.
enum Binary {
    Asked(Answers),
    /// A class that all rows of the training had, or none.
    Constant {
        value: f64,
        rows: usize,
    },
}

/// `OneVsRestClassifier`.
pub fn one_vs_rest(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let classes = estimator.cells("classes_")?;
    let binarizer = Estimator::read(context, estimator.need("label_binarizer_")?)
        .filter(|own| own.name == "LabelBinarizer" && own.class.starts_with("sklearn."))
        .ok_or_else(|| estimator.strange("label_binarizer_"))?;
    binarizer.only(&[BINARIZER])?;
    let parts = parts(context, estimator, frame, depth)?;
    let scores: Vec<Array1<f64>> = parts.iter().map(Binary::score).collect::<Result<_, _>>()?;
    let kind = binarizer.text("y_type_", "")?;
    let single = parts.len() == 1;
    let fits = match kind {
        "binary" => single && classes.len() == 2,
        _ => parts.len() == classes.len(),
    };
    if !fits {
        return Err(estimator.strange("estimators_"));
    }
    let threshold = parts[0].threshold();
    let many = kind == "multilabel-indicator";
    let labels: Vec<Vec<Cell>> = (0..frame.n_rows)
        .map(|row| match kind {
            "multiclass" => {
                let own: Vec<f64> = scores.iter().map(|score| score[row]).collect();
                vec![classes[largest(estimator, &own)].clone()]
            }
            "binary" => vec![classes[usize::from(scores[0][row] > threshold)].clone()],
            _ => scores
                .iter()
                .map(|score| Cell::Int(i64::from(score[row] > threshold)))
                .collect(),
        })
        .collect();
    if !matches!(kind, "multiclass" | "binary" | "multilabel-indicator") {
        return Err(binarizer.strange("y_type_"));
    }
    let mut outputs = vec![answer::output("predict", Vec::new(), labels, !many)];
    if parts[0].has("predict_proba") {
        let columns: Vec<Array1<f64>> = parts
            .iter()
            .map(Binary::positive)
            .collect::<Result<_, _>>()?;
        let mut proba = beside(&columns, frame.n_rows);
        if single {
            proba = Array2::from_shape_fn((frame.n_rows, 2), |(row, class)| {
                let positive = columns[0][row];
                if class == 0 { 1.0 - positive } else { positive }
            });
        }
        if !many {
            for mut row in proba.rows_mut() {
                let sum: f64 = row.sum();
                if sum != 0.0 || !estimator.since((1, 7)) {
                    row.mapv_inplace(|p| p / sum);
                }
            }
        }
        outputs.push(answer::table("predict_proba", titles(&classes), &proba));
    }
    if parts[0].has("decision_function") {
        let columns: Vec<Array1<f64>> = parts
            .iter()
            .map(|part| part.flat("decision_function"))
            .collect::<Result<_, _>>()?;
        outputs.push(if single {
            let cells = columns[0].iter().map(|x| number_cell(*x)).collect();
            answer::flat("decision_function", cells)
        } else {
            let scores = beside(&columns, frame.n_rows);
            answer::table("decision_function", titles(&classes), &scores)
        });
    }
    Ok(outputs)
}

/// `OneVsOneClassifier`.
pub fn one_vs_one(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    if estimator.get("pairwise_indices_").is_some() {
        return Err(estimator.refused("its estimators take kernels between rows"));
    }
    let classes = estimator.cells("classes_")?;
    let count = classes.len();
    let parts = parts(context, estimator, &bare(frame), depth)?;
    if count < 2 || parts.len() != count * (count - 1) / 2 {
        return Err(estimator.strange("estimators_"));
    }
    let mut votes: Array2<f64> = Array2::zeros((frame.n_rows, count));
    let mut sums: Array2<f64> = Array2::zeros((frame.n_rows, count));
    let pairs = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
    for ((i, j), part) in pairs.zip(&parts) {
        let Binary::Asked(answers) = part else {
            return Err(estimator.strange("estimators_"));
        };
        let score = part.score()?;
        for (row, label) in answers.labels()?.iter().enumerate() {
            sums[[row, i]] -= score[row];
            sums[[row, j]] += score[row];
            match number(label) {
                Some(0.0) => votes[[row, i]] += 1.0,
                Some(1.0) => votes[[row, j]] += 1.0,
                _ => {}
            }
        }
    }
    let scores = votes + &confidences(estimator, sums)?;
    if count == 2 {
        let column = scores.column(1);
        // Since 1.1 what an estimator gives decides where the middle is.
        let threshold = if estimator.since((1, 1)) {
            parts[0].threshold()
        } else {
            0.0
        };
        let label = |score: &f64| classes[usize::from(*score > threshold)].clone();
        let labels = column.iter().map(label).collect();
        let cells = column.iter().map(|x| number_cell(*x)).collect();
        return Ok(vec![
            answer::flat("predict", labels),
            answer::flat("decision_function", cells),
        ]);
    }
    let labels = scores
        .rows()
        .into_iter()
        .map(|row| classes[argmax(row.iter())].clone())
        .collect();
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("decision_function", titles(&classes), &scores),
    ])
}

/// The confidences made so small that they only break ties between votes.
fn confidences(estimator: &Estimator, sums: Array2<f64>) -> Result<Array2<f64>, Stop> {
    if estimator.since((0, 22)) {
        return Ok(sums.mapv(|sum| sum / (3.0 * (sum.abs() + 1.0))));
    }
    if estimator.since((0, 21)) {
        return Err(estimator.refused("0.21 is not known to scale confidences in either way"));
    }
    let largest = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = sums.iter().copied().fold(f64::INFINITY, f64::min);
    if largest == smallest {
        return Ok(Array2::zeros(sums.dim()));
    }
    let scale = (0.5 - f64::EPSILON) / largest.abs().max(smallest.abs());
    Ok(sums * scale)
}

/// `OutputCodeClassifier`: the class whose code is nearest.
pub fn output_code(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    check::features(estimator, frame, None)?;
    let classes = estimator.cells("classes_")?;
    let book = estimator.matrix("code_book_")?;
    let parts = parts(context, estimator, &bare(frame), depth)?;
    if book.dim() != (classes.len(), parts.len()) || classes.is_empty() {
        return Err(estimator.strange("code_book_"));
    }
    let scores: Vec<Array1<f64>> = parts.iter().map(Binary::score).collect::<Result<_, _>>()?;
    context.charge(frame.n_rows.saturating_mul(book.len()), &estimator.class)?;
    let mut labels = Vec::with_capacity(frame.n_rows);
    for row in 0..frame.n_rows {
        let distances: Vec<f64> = book
            .rows()
            .into_iter()
            .map(|code| {
                let terms = code.iter().zip(&scores);
                terms.map(|(bit, score)| (score[row] - bit).powi(2)).sum()
            })
            .collect();
        let nearest = argmax(distances.iter().map(|d| -d).collect::<Vec<_>>().iter());
        let least = distances[nearest];
        let near = |other: usize| {
            let close = (distances[other] - least).abs() <= 1e-9 * least.abs().max(1e-9);
            close && book.row(other) != book.row(nearest)
        };
        if (0..classes.len()).any(|other| other != nearest && near(other)) {
            let reason = "two classes are equally near to a row, and rounding decides";
            return Err(estimator.refused(reason));
        }
        labels.push(classes[nearest].clone());
    }
    Ok(vec![answer::flat("predict", labels)])
}

/// The last of the largest scores; since 1.8 the first.
fn largest(estimator: &Estimator, scores: &[f64]) -> usize {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_most = |score: &f64| *score == most;
    let found = if estimator.since((1, 8)) {
        scores.iter().position(is_most)
    } else {
        scores.iter().rposition(is_most)
    };
    found.unwrap_or(0)
}

fn bare(frame: &Frame) -> Frame {
    let mut bare = frame.clone();
    bare.names = None;
    bare
}

fn parts(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Binary>, Stop> {
    let inner = estimator.list("estimators_")?;
    if inner.is_empty() {
        return Err(estimator.refused("`estimators_` is empty"));
    }
    let part = |node: &NodeId| match constant(context, estimator, *node)? {
        Some(value) => Ok(Binary::Constant {
            value,
            rows: frame.n_rows,
        }),
        None => ask(context, *node, frame, depth).map(Binary::Asked),
    };
    inner.iter().map(part).collect()
}

fn constant(context: &Context, estimator: &Estimator, node: NodeId) -> Result<Option<f64>, Stop> {
    let Some(own) = Estimator::read(context, node) else {
        return Ok(None);
    };
    if own.class != "sklearn.multiclass._ConstantPredictor" {
        return Ok(None);
    }
    own.only(&[&["y_"]])?;
    match own.floats("y_")?.iter().copied().collect::<Vec<_>>()[..] {
        [value] => Ok(Some(value)),
        _ => Err(estimator.strange("estimators_")),
    }
}

fn beside(columns: &[Array1<f64>], rows: usize) -> Array2<f64> {
    let mut out = Array2::zeros((rows, columns.len()));
    for (mut to, from) in out.axis_iter_mut(Axis(1)).zip(columns) {
        to.assign(from);
    }
    out
}

impl Binary {
    fn has(&self, method: &str) -> bool {
        match self {
            Binary::Asked(answers) => answers.has(method),
            Binary::Constant { .. } => true,
        }
    }

    fn flat(&self, method: &str) -> Result<Array1<f64>, Stop> {
        match self {
            Binary::Asked(answers) => answers.vector(method),
            Binary::Constant { value, rows } => Ok(Array1::from_elem(*rows, *value)),
        }
    }

    /// The probability of the second class.
    fn positive(&self) -> Result<Array1<f64>, Stop> {
        let Binary::Asked(answers) = self else {
            return self.flat("predict_proba");
        };
        let proba = answers.matrix("predict_proba")?;
        if proba.ncols() != 2 {
            return Err(Stop::refused(&answers.class, "it is no binary classifier"));
        }
        Ok(proba.column(1).to_owned())
    }

    /// How sure it is of its class: a decision, a probability, or what a regressor says.
    fn score(&self) -> Result<Array1<f64>, Stop> {
        if self.has("decision_function") {
            self.flat("decision_function")
        } else if self.has("predict_proba") {
            self.positive()
        } else {
            self.flat("predict")
        }
    }

    /// From where on the score speaks for the class.
    fn threshold(&self) -> f64 {
        if self.has("decision_function") {
            0.0
        } else {
            0.5
        }
    }
}
