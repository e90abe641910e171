//! Rows through the members of a bundle to the model in it.

use std::time::Instant;

use super::{Plan, Step};
use crate::artifact::{Inputs, inputs};
use crate::pickle::NodeId;
use crate::text;
use crate::trial::native::estimator::Context;
use crate::trial::native::frame::Frame;
use crate::trial::native::stop::Stop;
use crate::trial::native::{fitted_to, prediction, stage, table};
use crate::trial::{Output, Prediction, Sample, TrialError};

/// What the model at the end of `plan` answers.
pub fn run(context: Context, plan: &Plan, sample: &Sample) -> Result<Prediction, TrialError> {
    let start = Instant::now();
    let first = plan.steps.first().unwrap_or(&plan.end);
    let expected = Inputs {
        names: plan.names.clone(),
        ..Inputs::default()
    };
    // A step of some columns gets them out of the rows that the model takes.
    let meets = if first.columns.is_some() {
        &plan.end
    } else {
        first
    };
    let (sample, more) = fitted_to(context.graph, meets.node, &expected, sample)?;
    let context = context.for_rows(sample.rows.len());
    let outputs = answer(&context, plan, &sample);
    let mut warnings = plan.said.clone();
    warnings.extend(more);
    prediction(&sample, warnings, outputs, start)
}

fn answer(
    context: &Context,
    plan: &Plan,
    sample: &Sample,
) -> Result<Vec<Output>, (&'static str, Stop)> {
    let mut frame = Frame::from_sample(sample);
    let model_names = inputs::expected(context.graph, plan.end.node).names;
    for step in &plan.steps {
        frame = through(context, step, frame, &plan.names).map_err(|stop| ("transform", stop))?;
    }
    if !plan.steps.is_empty() {
        if let Some(count) = plan.count.filter(|count| *count != frame.width()) {
            let path = text::short(&plan.end.path, 60);
            let reason = format!(
                "what comes out of the steps before it has {} columns, and '{path}' takes {count}",
                frame.width()
            );
            return Err(("predict", Stop::refused(&plan.end.class, reason)));
        }
        if frame.names.is_none() && model_names.len() == frame.width() {
            frame.names = Some(model_names);
        }
        frame = plain(context, &plan.end, frame).map_err(|stop| ("predict", stop))?;
    }
    table::predict(context, plan.end.node, &frame, 0)
        .map_err(|stop| (stage(context, plan.end.node), stop))
}

/// Rows through one step: all columns, or some of them in their places.
fn through(context: &Context, step: &Step, frame: Frame, names: &[String]) -> Result<Frame, Stop> {
    let inside = |stop: Stop| match stop {
        Stop::Refused { class, reason } => Stop::Refused {
            class,
            reason: format!("{reason} (in its member '{}')", text::short(&step.path, 60)),
        },
        other => other,
    };
    let frame = plain(context, step, frame)?;
    let Some(columns) = &step.columns else {
        return table::transform(context, step.node, &frame, 0).map_err(inside);
    };
    pass(context, step.node, frame, columns, names).map_err(inside)
}

/// The frame with the columns called `columns` passed through the transformer at `node`. `names` are
/// those of the frame, where it lost them on its way.
fn pass(
    context: &Context,
    node: NodeId,
    mut frame: Frame,
    columns: &[String],
    names: &[String],
) -> Result<Frame, Stop> {
    if frame.names.is_none() && names.len() == frame.width() {
        frame.names = Some(names.to_vec());
    }
    let known = frame.names.clone().unwrap_or_default();
    let place = |name: &String| known.iter().position(|other| other == name);
    let places: Option<Vec<usize>> = columns.iter().map(place).collect();
    let some = places.and_then(|places| Some((frame.select(&places)?, places)));
    let Some((mut some, places)) = some else {
        return Err(Stop::Sample(format!(
            "the rows lack columns that it knows by name: {}",
            text::short(&columns.join(", "), 200)
        )));
    };
    // One column is a plain sequence to an encoder of labels.
    let labels = context
        .graph
        .class(node)
        .is_some_and(|class| &*class.name == "LabelEncoder");
    if labels {
        some.names = None;
        some.flat = true;
    }
    let made = table::transform(context, node, &some, 0)?.in_columns();
    if made.columns.len() != places.len() {
        return Err(Stop::refused(
            "this transformer",
            format!(
                "it makes {} columns of {}, which cannot stand in their places",
                made.columns.len(),
                places.len()
            ),
        ));
    }
    for (place, column) in places.into_iter().zip(made.columns) {
        frame.columns[place] = column;
    }
    Ok(frame)
}

/// The frame as a dense table where the step does not read sparse rows as they are kept: whoever
/// fitted it on what came before it must have made it dense.
fn plain(context: &Context, step: &Step, frame: Frame) -> Result<Frame, Stop> {
    if !frame.sparse || table::reads_rows(context, step.node) {
        return Ok(frame);
    }
    let cells = frame.n_rows.saturating_add(8).saturating_mul(frame.width());
    context.charge(cells.saturating_mul(4), &step.class)?;
    let mut dense = frame.in_columns();
    dense.sparse = false;
    Ok(dense)
}
