//! Multilayer perceptrons: layers of weights with an activation between them.

use ndarray::Array2;

use crate::trial::native::answer::{self, argmax, titles};
use crate::trial::native::check;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::Frame;
use crate::trial::native::link::{sigmoid, softmax, two_sided};
use crate::trial::native::stop::Stop;
use crate::trial::{Cell, Output};

const KNOWN: &[&str] = &[
    "hidden_layer_sizes",
    "activation",
    "solver",
    "alpha",
    "batch_size",
    "learning_rate",
    "learning_rate_init",
    "power_t",
    "max_iter",
    "shuffle",
    "tol",
    "momentum",
    "nesterovs_momentum",
    "early_stopping",
    "validation_fraction",
    "beta_1",
    "beta_2",
    "epsilon",
    "n_iter_no_change",
    "max_fun",
    "loss",
    "coefs_",
    "intercepts_",
    "n_layers_",
    "n_outputs_",
    "out_activation_",
    "n_iter_",
    "t_",
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "best_validation_score_",
    "_random_state",
    "_optimizer",
    "_no_improvement_count",
    "_best_coefs",
    "_best_intercepts",
    "_label_binarizer",
    "classes_",
    "_coef_grads",
    "_intercept_grads",
    "_coef_indptr",
    "_intercept_indptr",
    "_coef_shapes",
];

/// `MLPRegressor`.
pub fn regression(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let out = forward(context, estimator, frame)?;
    Ok(vec![answer::amounts("predict", &out, out.ncols() == 1)])
}

/// `MLPClassifier`.
pub fn classification(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
) -> Result<Vec<Output>, Stop> {
    estimator.only(&[KNOWN])?;
    let out = forward(context, estimator, frame)?;
    let binarizer = Estimator::read(context, estimator.need("_label_binarizer")?)
        .filter(|binarizer| binarizer.name == "LabelBinarizer")
        .ok_or_else(|| estimator.strange("_label_binarizer"))?;
    let classes = binarizer.cells("classes_")?;
    let kind = binarizer.text("y_type_", "")?;
    let width = match kind {
        "binary" if classes.len() <= 2 => 1,
        "binary" | "multiclass" | "multilabel-indicator" => classes.len(),
        _ => return Err(binarizer.strange("y_type_")),
    };
    if out.ncols() != width || classes.is_empty() {
        return Err(estimator.refused("its classes and its last layer do not fit together"));
    }
    if kind == "multilabel-indicator" {
        let labels = out.rows().into_iter().map(|row| {
            let cell = |p: &f64| Cell::Int(i64::from(*p > 0.5));
            row.iter().map(cell).collect()
        });
        return Ok(vec![
            answer::output("predict", titles(&classes), labels.collect(), false),
            answer::table("predict_proba", titles(&classes), &out),
        ]);
    }
    let label = |row: ndarray::ArrayView1<f64>| {
        let place = match kind {
            "binary" => usize::from(row[0] > 0.5).min(classes.len() - 1),
            _ => argmax(row.iter()),
        };
        classes[place].clone()
    };
    let labels = out.rows().into_iter().map(label).collect();
    let proba = if width == 1 {
        two_sided(&out, |p| 1.0 - p)
    } else {
        out
    };
    let names = if proba.ncols() == classes.len() {
        titles(&classes)
    } else {
        Vec::new()
    };
    Ok(vec![
        answer::flat("predict", labels),
        answer::table("predict_proba", names, &proba),
    ])
}

/// The activations of the last layer.
fn forward(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Array2<f64>, Stop> {
    let coefs = estimator.list("coefs_")?;
    let intercepts = estimator.list("intercepts_")?;
    if coefs.is_empty() || coefs.len() != intercepts.len() {
        return Err(estimator.refused("`coefs_` and `intercepts_` do not fit together"));
    }
    let mut layer: Option<Array2<f64>> = None;
    for (place, (weights, shift)) in coefs.iter().zip(intercepts).enumerate() {
        let weights = estimator.matrix_at(*weights, "coefs_")?;
        let shift = estimator.matrix_at(*shift, "intercepts_")?;
        let x = if let Some(x) = layer.take() {
            x
        } else {
            let x = check::rows(context, estimator, frame, weights.nrows())?;
            check::precise(estimator, "coefs_", &x)?;
            x
        };
        if x.ncols() != weights.nrows() || shift.dim() != (1, weights.ncols()) {
            return Err(estimator.refused("its layers do not fit together"));
        }
        let work = x.nrows().saturating_add(1).saturating_mul(weights.len());
        context.charge(work, &estimator.class)?;
        let mut out = x.dot(&weights) + shift.row(0);
        let key = if place + 1 == coefs.len() {
            "out_activation_"
        } else {
            "activation"
        };
        match estimator.text(key, "")? {
            "identity" => {}
            "logistic" => out.mapv_inplace(sigmoid),
            "tanh" => out.mapv_inplace(libm::tanh),
            // Not `max`: NaN must stay NaN.
            "relu" => out.mapv_inplace(|x| if x < 0.0 { 0.0 } else { x }),
            "exp" => out.mapv_inplace(libm::exp),
            "softmax" => out = softmax(&out),
            _ => return Err(estimator.strange(key)),
        }
        layer = Some(out);
    }
    layer.ok_or_else(|| estimator.strange("coefs_"))
}
