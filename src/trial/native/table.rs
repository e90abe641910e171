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
    #[allow(dead_code, reason = "rows follow")]
    /// It predicts as a last step, and transforms before another one.
    Both(Model, Transformer),
    /// The same with the help of estimators inside it.
    MetaBoth(Meta, Transformer),
    /// A pipeline: what its last step does.
    Pipeline(Transformer),
    /// It leaves everything to an estimator inside it.
    Wrapper(fn(&Estimator) -> Result<NodeId, Stop>),
}

/// Class name, the package that it lives in (modules below it moved over the releases), and what it
/// does. A package without a dot is one of `sklearn`; with a dot it is a whole path, as
/// `imblearn.ensemble`.
pub type Entry = (&'static str, &'static str, Role);

/// What is made of other estimators alone.
#[rustfmt::skip]
const COMPOSED: &[Entry] = &[
    ("FeatureUnion", "pipeline", Role::Transformer(pipeline::union)),
    ("Pipeline", "pipeline", Role::Pipeline(pipeline::transform)),
    ("Pipeline", "imblearn.pipeline", Role::Pipeline(pipeline::transform)),
    ("GridSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    ("RandomizedSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    ("HalvingGridSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    ("HalvingRandomSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    ("FrozenEstimator", "frozen", Role::Wrapper(pipeline::frozen)),
];

/// Evaluators that read a sparse matrix as it is kept; all others get all its columns.
const BY_ROWS: &[&str] = &[
    "ColumnTransformer",
    "FeatureUnion",
    "Pipeline",
    "GridSearchCV",
    "RandomizedSearchCV",
    "FunctionTransformer",
    "TfidfTransformer",
    "Normalizer",
    "MaxAbsScaler",
    "TruncatedSVD",
    "SelectKBest",
    "SelectPercentile",
    "SelectFpr",
    "SelectFdr",
    "SelectFwe",
    "GenericUnivariateSelect",
    "VarianceThreshold",
    "GaussianRandomProjection",
    "SparseRandomProjection",
    // Linear models multiply by `check::product`.
    "LinearRegression",
    "Ridge",
    "Lasso",
    "ElasticNet",
    "SGDRegressor",
    "LinearSVR",
    "RidgeClassifier",
    "SGDClassifier",
    "Perceptron",
    "PassiveAggressiveClassifier",
    "LinearSVC",
    "LogisticRegression",
    "LogisticRegressionCV",
];

/// Evaluators that take one plain sequence; to all others scikit-learn says that it is no table.
const SEQUENCES: &[&str] = &[
    "FeatureUnion",
    "Pipeline",
    "GridSearchCV",
    "RandomizedSearchCV",
    "FunctionTransformer",
    "CountVectorizer",
    "TfidfVectorizer",
    "HashingVectorizer",
    "LabelEncoder",
    "LabelBinarizer",
];

/// The frame in a form that the estimator reads.
fn readable<'f>(
    context: &Context,
    estimator: &Estimator,
    frame: &'f Frame,
) -> Result<Cow<'f, Frame>, Stop> {
    context.charge(frame.stored(), &estimator.class)?;
    if frame.flat && !SEQUENCES.contains(&estimator.name) {
        return Err(estimator.refused("it gets one column as a plain sequence, which is no table"));
    }
    if frame.csr().is_none() || BY_ROWS.contains(&estimator.name) {
        return Ok(Cow::Borrowed(frame));
    }
    // Memory is what all columns take.
    let cells = frame.n_rows.saturating_add(8).saturating_mul(frame.width());
    context.charge(cells.saturating_mul(4), &estimator.class)?;
    Ok(Cow::Owned(frame.in_columns()))
}

/// What `estimator` does, when it is one of those evaluated.
pub fn role(estimator: &Estimator) -> Option<Role> {
    COMPOSED
        .iter()
        .chain(META)
        .chain(MODELS)
        .chain(TRANSFORMERS)
        .chain(BOOSTERS)
        .find(|(name, package, _)| *name == estimator.name && is_in(package, &estimator.class))
        .map(|(_, _, role)| *role)
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

/// The estimator at `node` with its role, or a refusal.
pub fn known<'g>(
    context: &Context<'g>,
    node: NodeId,
    depth: usize,
) -> Result<(Estimator<'g>, Role), Stop> {
    let Some(estimator) = Estimator::read(context, node) else {
        return Err(Stop::refused("this object", "it is no estimator"));
    };
    context.charge(1000, &estimator.class)?;
    pipeline::check_depth(depth, &estimator.class)?;
    match role(&estimator) {
        Some(role) => Ok((estimator, role)),
        None => Err(estimator.refused("there is no evaluator for this class yet")),
    }
}

/// Transforms `frame` by the transformer at `node`.
pub fn transform(
    context: &Context,
    node: NodeId,
    frame: &Frame,
    depth: usize,
) -> Result<Frame, Stop> {
    let (estimator, role) = known(context, node, depth)?;
    let frame = &*readable(context, &estimator, frame)?;
    match role {
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
    let (estimator, role) = known(context, node, depth)?;
    let frame = &*readable(context, &estimator, frame)?;
    match role {
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
