//! `StackingClassifier`, `StackingRegressor`: a last estimator that learned from the answers of others.

use ndarray::{Array2, Axis, Slice};

use crate::trial::native::answer::{self, titles};
use crate::trial::native::ask::{Answers, ask};
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "estimators",
    "final_estimator",
    "cv",
    "stack_method",
    "passthrough",
    "_le",
    "_label_encoder",
    "classes_",
    "estimators_",
    "final_estimator_",
    "named_estimators_",
    "stack_method_",
    "_n_feature_outs",
];

/// `StackingClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let classes = estimator.cells("classes_")?;
    let meta = transform(context, estimator, frame, depth)?;
    let last = ask(context, estimator.need("final_estimator_")?, &meta, depth)?;
    // The last estimator knows the classes by number.
    let label = |cell: Cell| match cell {
        Cell::Int(place) => usize::try_from(place)
            .ok()
            .and_then(|place| classes.get(place).cloned()),
        _ => None,
    };
    let labels: Option<Vec<Cell>> = last.labels()?.into_iter().map(label).collect();
    let labels = labels
        .ok_or_else(|| estimator.refused("its last estimator knows other classes than it does"))?;
    let mut outputs = vec![answer::flat("predict", labels)];
    for method in ["predict_proba", "decision_function"] {
        if last.has(method) {
            outputs.push(scores(estimator, &last, method, &classes)?);
        }
    }
    outputs.push(answer::transformed(&meta));
    Ok(outputs)
}

/// `StackingRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let meta = transform(context, estimator, frame, depth)?;
    let last = ask(context, estimator.need("final_estimator_")?, &meta, depth)?;
    Ok(vec![
        last.need("predict")?.clone(),
        answer::transformed(&meta),
    ])
}

fn scores(
    estimator: &Estimator,
    last: &Answers,
    method: &str,
    classes: &[Cell],
) -> Result<Output, Stop> {
    if last.is_flat(method)? {
        return Ok(last.need(method)?.clone());
    }
    let matrix = last.matrix(method)?;
    // One score for each pair of classes has no titles.
    let columns = if matrix.ncols() == classes.len() {
        titles(classes)
    } else if method == "predict_proba" {
        return Err(estimator.refused("its last estimator knows other classes than it does"));
    } else {
        Vec::new()
    };
    Ok(answer::table(method, columns, &matrix))
}

/// What the last estimator gets: the answers of the others, and the rows themselves where they are
/// passed through.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[KNOWN])?;
    let inner = estimator.list("estimators_")?;
    let methods = estimator.list("stack_method_")?;
    if inner.len() != methods.len() || inner.is_empty() {
        return Err(estimator.strange("stack_method_"));
    }
    let two = estimator.name == "StackingClassifier" && estimator.cells("classes_")?.len() == 2;
    let mut columns = Vec::new();
    for (node, method) in inner.iter().zip(methods) {
        let method = estimator
            .graph
            .text(*method)
            .ok_or_else(|| estimator.strange("stack_method_"))?;
        let answers = ask(context, *node, frame, depth)?;
        let mut part: Array2<f64> = answers.matrix(method)?;
        // The first of two probabilities says nothing new.
        if method == "predict_proba" && two {
            part = part.slice_axis(Axis(1), Slice::from(1..)).to_owned();
        }
        columns.extend(Frame::from_matrix(&part).columns);
    }
    let through = estimator.flag("passthrough", false)?;
    if through {
        context.charge(frame.n_rows.saturating_mul(frame.width()), &estimator.class)?;
        columns.extend(frame.columns.iter().cloned());
    }
    let mut meta = Frame::new(columns, frame.n_rows);
    meta.sparse = through && frame.sparse;
    Ok(meta)
}
