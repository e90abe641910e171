//! The Python side: the pickled `Booster`, and the wrappers in scikit-learn's manner with the labels
//! and the number of trees that each release uses.

use ndarray::Array2;

use super::Asked;
use super::forest::Limit;
use super::model::Model;
use super::objective::{Objective, softmax};
use crate::pickle::{Value, value};
use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::boosters::payload;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Frame, number_cell};
use crate::trial::native::link::two_sided;
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

/// A pickled `Booster`: all its trees.
pub fn booster(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let model = unpacked(context, estimator)?;
    let scores = model.predict(context, frame, &Asked::default())?;
    Ok(vec![super::answers(&scores)])
}

/// `XGBRegressor`, `XGBRFRegressor`, `XGBRanker`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let (model, asked) = wrapped(context, estimator)?;
    let scores = model.predict(context, frame, &asked)?;
    Ok(vec![super::answers(&scores)])
}

/// `XGBClassifier`, `XGBRFClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    let (model, mut asked) = wrapped(context, estimator)?;
    match estimator.value("objective") {
        Value::Text(_) | Value::None => {}
        _ => return Err(estimator.refused("its objective is a function of the user's own")),
    }
    let count = estimator.count("n_classes_")?;
    let classes = classes(estimator, count)?;
    if model.objective == Objective::Softmax {
        return softmax_labels(context, estimator, &model, frame, &mut asked, &classes);
    }
    let scores = model.predict(context, frame, &asked)?;
    if scores.ncols() == 1 {
        if count != 2 {
            return Err(estimator.strange("n_classes_"));
        }
        // In 32 bits, as the scores are.
        let proba = two_sided(&scores, |p| f64::from(1.0 - p as f32));
        let label = |p: &f64| classes[usize::from(*p > 0.5)].clone();
        return Ok(vec![
            answer::flat("predict", scores.iter().map(label).collect()),
            answer::table("predict_proba", titles(&classes), &proba),
        ]);
    }
    if count == 2 && model.release >= (1, 4) {
        // Several labels at once: each by itself.
        if estimator.has("_le") {
            return Err(estimator.refused("it answers several labels at once through an encoder"));
        }
        let labels = scores.mapv(|p| f64::from(u8::from(p > 0.5)));
        return Ok(vec![
            answer::table("predict", Vec::new(), &labels),
            answer::table("predict_proba", Vec::new(), &scores),
        ]);
    }
    if scores.ncols() != count {
        return Err(estimator.strange("n_classes_"));
    }
    let label = |row: ndarray::ArrayView1<f64>| classes[argmax(row.iter())].clone();
    let labels = scores.rows().into_iter().map(label).collect();
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", titles(&classes), &scores),
    ])
}

/// `multi:softmax` answers places of classes; probabilities of it are made in Python since 1.7.
fn softmax_labels(
    context: &Context,
    estimator: &Estimator,
    model: &Model,
    frame: &Frame,
    asked: &mut Asked,
    classes: &[Cell],
) -> Result<Vec<Output>, Stop> {
    if model.release < (1, 6) || estimator.has("_le") || classes.len() != model.groups {
        return Err(estimator.refused("its objective is 'multi:softmax' in an old release"));
    }
    asked.margins = true;
    let mut margins = model.predict(context, frame, asked)?;
    let label = |row: ndarray::ArrayView1<f64>| classes[argmax(row.iter())].clone();
    let labels = margins.rows().into_iter().map(label).collect();
    let mut outputs = vec![answer::flat("predict", labels)];
    if model.release >= (1, 7) {
        for mut row in margins.rows_mut() {
            let mut single: Vec<f32> = row.iter().map(|x| *x as f32).collect();
            softmax(&mut single);
            row.iter_mut()
                .zip(single)
                .for_each(|(x, p)| *x = f64::from(p));
        }
        outputs.push(answer::table("predict_proba", titles(classes), &margins));
    }
    Ok(outputs)
}

/// Labels: of the encoder that releases up to 1.5 had, else the numbers from 0 on.
fn classes(estimator: &Estimator, count: usize) -> Result<Vec<Cell>, Stop> {
    let classes = match estimator.get("_le") {
        None => (0..count).map(|place| Cell::Int(place as i64)).collect(),
        Some(encoder) => {
            let classes = estimator.graph.attribute(encoder, "classes_");
            let classes = classes.ok_or_else(|| estimator.strange("_le"))?;
            estimator.cells_at(classes, "_le")?
        }
    };
    if classes.len() != count || count > 100_000 {
        return Err(estimator.strange("n_classes_"));
    }
    Ok(classes)
}

/// The model of a wrapper, and what its `predict` asks it.
fn wrapped(context: &Context, estimator: &Estimator) -> Result<(Model, Asked), Stop> {
    let node = estimator.need("_Booster")?;
    let booster = Estimator::read(context, node)
        .filter(|booster| booster.class == "xgboost.core.Booster")
        .ok_or_else(|| estimator.refused("`_Booster` is no booster"))?;
    let model = unpacked(context, &booster)?;
    let missing = match estimator.value("missing") {
        Value::None => None,
        Value::Float(missing) if missing.is_nan() => None,
        Value::Float(missing) => Some(missing as f32),
        Value::Int(missing) => Some(missing as f32),
        _ => return Err(estimator.strange("missing")),
    };
    let whole = |estimator: &Estimator, key: &str| match estimator.value(key) {
        Value::Int(number) => usize::try_from(number).ok(),
        _ => None,
    };
    // Counted in trees up to 1.3, and only where training stopped early; in iterations since.
    let limit = if model.release < (1, 4) {
        whole(estimator, "best_ntree_limit").map_or(Limit::None, |limit| match limit {
            0 => Limit::None,
            limit => Limit::Trees(limit),
        })
    } else {
        let best = whole(estimator, "best_iteration")
            .or_else(|| whole(&booster, "best_iteration"))
            .or(model.best);
        best.map_or(Limit::None, |best| {
            Limit::Iterations(best.saturating_add(1))
        })
    };
    let asked = Asked {
        missing,
        limit,
        inplace: model.release >= (1, 4),
        margins: false,
    };
    Ok((model, asked))
}

/// The model inside a pickled booster.
fn unpacked(context: &Context, booster: &Estimator) -> Result<Model, Stop> {
    let handle = booster.need("handle")?;
    let bytes = payload::bytes(booster.graph, handle)
        .ok_or_else(|| booster.refused("its model is not among the bytes that were kept"))?;
    let mut model = super::read(context, &bytes)?;
    if model.names.is_empty()
        && let Some(names) = booster.get("feature_names")
    {
        let items = booster.graph.items(names).unwrap_or_default();
        let text = |node: &crate::pickle::NodeId| match value(booster.graph, *node) {
            Value::Text(text) => Some(text),
            _ => None,
        };
        model.names = items
            .iter()
            .map(text)
            .collect::<Option<_>>()
            .unwrap_or_default();
    }
    Ok(model)
}

/// Scores in 32 bits as numbers of 64.
pub fn wide(rows: &[Vec<f32>], width: usize) -> Array2<f64> {
    let mut out = Array2::zeros((rows.len(), width));
    for (mut target, row) in out.rows_mut().into_iter().zip(rows) {
        for (target, x) in target.iter_mut().zip(row) {
            *target = f64::from(*x);
        }
    }
    out
}

/// `predict`: one number a row, or one for each output.
pub fn answers(scores: &Array2<f64>) -> Output {
    if scores.ncols() == 1 {
        let cells = scores.iter().map(|x| number_cell(*x)).collect();
        answer::flat("predict", cells)
    } else {
        answer::table("predict", Vec::new(), scores)
    }
}
