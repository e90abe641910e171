//! Which estimators are evaluated, and by what. The rows are in `boosters`, `meta`, `models`
//! and `transformers`.

use std::borrow::Cow;

use super::answer;
use super::boosters::BOOSTERS;
use super::estimator::{Context, Estimator};
use super::frame::Frame;
use super::meta::META;
use super::models::MODELS;
use super::pipeline;
use super::stop::Stop;
use super::transformers::TRANSFORMERS;
use super::transformers::category_encoders::ENCODERS;
use crate::pickle::NodeId;
use crate::trial::Output;

/// What evaluates a model: the outputs of all its methods.
pub type Model = for<'g> fn(&Context<'g>, &Estimator<'g>, &Frame) -> Result<Vec<Output>, Stop>;
/// What evaluates a model that asks models inside it; the number says how deep it is nested.
pub type Meta =
    for<'g> fn(&Context<'g>, &Estimator<'g>, &Frame, usize) -> Result<Vec<Output>, Stop>;
/// What evaluates a transformer.
pub type Transformer =
    for<'g> fn(&Context<'g>, &Estimator<'g>, &Frame, usize) -> Result<Frame, Stop>;

/// What an estimator does.
#[derive(Clone, Copy)]
pub enum Role {
    /// It predicts; the outputs of all its methods.
    Model(Model),
    /// A meta-estimator: it predicts with the help of estimators inside it.
    Meta(Meta),
    /// It transforms.
    Transformer(Transformer),
    /// It predicts as a last step, and transforms before another one.
    Both(Model, Transformer),
    /// The same with the help of estimators inside it.
    MetaBoth(Meta, Transformer),
    /// A pipeline: what its last step does.
    Pipeline(Transformer),
    /// It leaves everything to an estimator inside it.
    Wrapper(fn(&Estimator) -> Result<NodeId, Stop>),
}

/// An estimator that is evaluated.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The class name.
    name: &'static str,
    /// The package that it lives in; modules below it moved over the releases. Without a dot it is
    /// one of `sklearn`; with a dot it is a whole path, as `imblearn.ensemble`.
    package: &'static str,
    /// What it does.
    pub role: Role,
    /// Whether it reads a sparse matrix as it is kept; all others get all its columns.
    by_rows: bool,
    /// Whether it takes one plain sequence; of all others scikit-learn says that it is no table.
    sequences: bool,
}

/// A row of the table. What only hands its input on takes it in any form; others say which.
pub const fn entry(name: &'static str, package: &'static str, role: Role) -> Entry {
    let hands_on = matches!(role, Role::Wrapper(_) | Role::Pipeline(_));
    Entry {
        name,
        package,
        role,
        by_rows: hands_on,
        sequences: hands_on,
    }
}

impl Entry {
    /// The same, reading sparse matrices as they are kept.
    pub const fn by_rows(self) -> Entry {
        Entry {
            by_rows: true,
            ..self
        }
    }

    /// The same, taking a plain sequence.
    pub const fn sequences(self) -> Entry {
        Entry {
            sequences: true,
            ..self
        }
    }
}

/// What is made of other estimators alone.
#[rustfmt::skip]
const COMPOSED: &[Entry] = &[
    entry("FeatureUnion", "pipeline", Role::Transformer(pipeline::union)).by_rows().sequences(),
    entry("Pipeline", "pipeline", Role::Pipeline(pipeline::transform)),
    entry("Pipeline", "imblearn.pipeline", Role::Pipeline(pipeline::transform)),
    entry("GridSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    entry("RandomizedSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    entry("HalvingGridSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    entry("HalvingRandomSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    entry("FrozenEstimator", "frozen", Role::Wrapper(pipeline::frozen)),
];

/// The frame in a form that the estimator reads.
fn readable<'f>(
    context: &Context,
    estimator: &Estimator,
    entry: &Entry,
    frame: &'f Frame,
) -> Result<Cow<'f, Frame>, Stop> {
    context.charge(frame.stored(), &estimator.class)?;
    if frame.flat && !entry.sequences {
        return Err(estimator.refused("it gets one column as a plain sequence, which is no table"));
    }
    if frame.csr().is_none() || entry.by_rows {
        return Ok(Cow::Borrowed(frame));
    }
    // Memory is what all columns take.
    let cells = frame.n_rows.saturating_add(8).saturating_mul(frame.width());
    context.charge(cells.saturating_mul(4), &estimator.class)?;
    Ok(Cow::Owned(frame.in_columns()))
}

/// The row of `estimator`, when it is one of those evaluated.
pub fn row(estimator: &Estimator) -> Option<&'static Entry> {
    COMPOSED
        .iter()
        .chain(META)
        .chain(MODELS)
        .chain(TRANSFORMERS)
        .chain(BOOSTERS)
        .chain(ENCODERS)
        .find(|entry| entry.name == estimator.name && is_in(entry.package, &estimator.class))
}

/// Whether the dotted name `class` is below `package`.
fn is_in(package: &str, class: &str) -> bool {
    let path = if package.contains('.') {
        Some(class)
    } else {
        class.strip_prefix("sklearn.")
    };
    path.and_then(|path| path.strip_prefix(package))
        .is_some_and(|rest| rest.starts_with('.'))
}

/// The estimator at `node` with its row, or a refusal.
pub fn known<'g>(
    context: &Context<'g>,
    node: NodeId,
    depth: usize,
) -> Result<(Estimator<'g>, &'static Entry), Stop> {
    let Some(estimator) = Estimator::read(context, node) else {
        return Err(Stop::refused("this object", "it is no estimator"));
    };
    context.charge(1000, &estimator.class)?;
    pipeline::check_depth(depth, &estimator.class)?;
    match row(&estimator) {
        Some(entry) => Ok((estimator, entry)),
        None => Err(estimator.refused("there is no evaluator for this class yet")),
    }
}

/// Whether the estimator at `node` itself reads a sparse matrix as it is kept.
pub fn reads_rows(context: &Context, node: NodeId) -> bool {
    known(context, node, 0).is_ok_and(|(_, entry)| {
        entry.by_rows && !matches!(entry.role, Role::Wrapper(_) | Role::Pipeline(_))
    })
}

/// Transforms `frame` by the transformer at `node`.
pub fn transform(
    context: &Context,
    node: NodeId,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    let (estimator, entry) = known(context, node, depth)?;
    let frame = &*readable(context, &estimator, entry, frame)?;
    match entry.role {
        Role::Transformer(run)
        | Role::Both(_, run)
        | Role::MetaBoth(_, run)
        | Role::Pipeline(run) => run(context, &estimator, frame, depth),
        Role::Wrapper(inner) => transform(context, inner(&estimator)?, frame, depth + 1),
        Role::Model(_) | Role::Meta(_) => {
            Err(estimator.refused("it stands where something transforms"))
        }
    }
}

/// What the estimator at `node` answers to `frame`: pipelines and searches are peeled off first.
pub fn predict(
    context: &Context,
    node: NodeId,
    frame: &Frame,
    depth: usize,
) -> Result<Vec<Output>, Stop> {
    let (estimator, entry) = known(context, node, depth)?;
    let frame = &*readable(context, &estimator, entry, frame)?;
    match entry.role {
        Role::Model(run) | Role::Both(run, _) => run(context, &estimator, frame),
        Role::Meta(run) | Role::MetaBoth(run, _) => run(context, &estimator, frame, depth),
        Role::Transformer(run) => {
            let made = run(context, &estimator, frame, depth)?;
            shown(context, &estimator, &made)
        }
        Role::Wrapper(inner) => predict(context, inner(&estimator)?, frame, depth + 1),
        Role::Pipeline(_) => {
            let steps = pipeline::steps(&estimator)?;
            let Some((last, before)) = steps.split_last() else {
                return shown(context, &estimator, frame);
            };
            let mut frame = frame.clone();
            for step in before {
                frame = transform(context, *step, &frame, depth + 1)?;
            }
            predict(context, *last, &frame, depth + 1)
        }
    }
}

/// The output of a transformer, every cell of it.
fn shown(context: &Context, estimator: &Estimator, frame: &Frame) -> Result<Vec<Output>, Stop> {
    let cells = frame.n_rows.saturating_mul(frame.width());
    context.charge(cells.saturating_mul(4), &estimator.class)?;
    Ok(vec![answer::transformed(frame)])
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
