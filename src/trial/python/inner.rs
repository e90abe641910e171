//! A trial of a model directory as a trial of the model file in it.
//!
//! What `mlflow` would do for its scikit-learn flavor is to load that file; doing the same without
//! it is faster, offers every method of the model, and works where `mlflow` is not installed. A
//! directory that only `mlflow` itself can load (a Python function) stays one.

use std::path::PathBuf;

use super::LiveTrial;
use crate::artifact::{self, Format, Keep, mlflow};

/// The same trial on the model file; `None` when the artifact has to be loaded as it is.
pub(super) fn model_file<'a>(trial: &LiveTrial<'a>) -> Option<LiveTrial<'a>> {
    if !trial.artifact.is_dir() {
        return None;
    }
    if matches!(trial.format, Format::Bentoml | Format::Huggingface) {
        let file = artifact::folder::describe(&trial.artifact)?.model_file?;
        return of_file(trial, file);
    }
    if trial.format != Format::Mlflow {
        return None;
    }
    let model = mlflow::model(&trial.artifact).ok()?;
    // Python functions are told by their only flavor: their file is part of a larger whole.
    if model
        .flavors
        .iter()
        .all(|flavor| flavor == "python_function")
    {
        return None;
    }
    let file = model.model_file?;
    let mut inner = of_file(trial, file)?;
    inner.paths.extend(model.code);
    Some(inner)
}

fn of_file<'a>(trial: &LiveTrial<'a>, file: PathBuf) -> Option<LiveTrial<'a>> {
    let format = artifact::read(&file, Keep::Identity).format;
    if !matches!(
        format,
        Format::Pickle | Format::Joblib | Format::Skops | Format::Onnx
    ) {
        return None;
    }
    let mut inner = trial.clone();
    inner.artifact = file;
    inner.format = format;
    Some(inner)
}
