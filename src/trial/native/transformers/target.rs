//! `TargetEncoder`: each category becomes the mean of the target there.

use super::categories::{self, Categories};
use crate::pickle::view;
use crate::trial::native::estimator::{Context, Estimator};
use crate::trial::native::frame::{Column, Frame};
use crate::trial::native::stop::Stop;

const KNOWN: &[&str] = &[
    "target_type",
    "target_type_",
    "smooth",
    "cv",
    "shuffle",
    "encodings_",
    "target_mean_",
    "classes_",
];

/// `TargetEncoder`: a column for each feature, or one for each feature and class.
pub fn transform(
    context: &Context,
    estimator: &Estimator,
    frame: &Frame,
    _depth: usize,
) -> Result<Frame, Stop> {
    estimator.only(&[categories::KNOWN, KNOWN])?;
    let categories = Categories::read(estimator)?;
    let means: Vec<f64> = estimator.floats("target_mean_")?.into_iter().collect();
    let classes = match estimator.text("target_type_", "")? {
        "multiclass" => means.len(),
        "binary" | "continuous" if means.len() == 1 => 1,
        _ => return Err(estimator.strange("target_type_")),
    };
    let arrays = estimator.list("encodings_")?;
    if arrays.len() != categories.len().saturating_mul(classes) {
        return Err(estimator.strange("encodings_"));
    }
    let codes = categories.codes(context, estimator, frame, false)?;
    context.charge(
        codes
            .len()
            .saturating_mul(classes)
            .saturating_mul(frame.n_rows),
        &estimator.class,
    )?;
    let mut columns = Vec::with_capacity(arrays.len());
    for (place, array) in arrays.iter().enumerate() {
        let (feature, class) = (place / classes, place % classes);
        let strange = || estimator.strange("encodings_");
        let encoding = view(estimator.graph, *array).ok_or_else(strange)?;
        let encoding = encoding.to_f64().map_err(|_| strange())?;
        context.charge(encoding.len(), &estimator.class)?;
        let encoding: Vec<f64> = encoding.into_iter().collect();
        if encoding.len() != categories.count(feature) {
            return Err(strange());
        }
        let numbers = codes[feature].iter().map(|code| match code {
            Some(code) => encoding[*code],
            None => means[class],
        });
        columns.push(Column::Numbers(numbers.collect()));
    }
    Ok(Frame::new(columns, frame.n_rows))
}
