//! Which estimators are evaluated, and by what. Adding one is a file and a line in [`ESTIMATORS`].

use super::estimator::{Context, Estimator};
use super::frame::Frame;
use super::stop::Stop;
use super::{
    bayes, boosting, columns, forest, impute, linear, logistic, one_hot, ordinal, pipeline, scale,
    svm, tree,
};
use crate::pickle::NodeId;
use crate::trial::Output;

type Model = for<'g> fn(&Context<'g>, &Estimator<'g>, &Frame) -> Result<Vec<Output>, Stop>;
type Transformer = for<'g> fn(&Context<'g>, &Estimator<'g>, &Frame, usize) -> Result<Frame, Stop>;

/// What an estimator does.
#[derive(Clone, Copy)]
pub enum Role {
    /// It predicts; the outputs of all its methods.
    Model(Model),
    /// It transforms.
    Transformer(Transformer),
    /// A pipeline: what its last step does.
    Pipeline(Transformer),
    /// It leaves everything to an estimator inside it.
    Wrapper(fn(&Estimator) -> Result<NodeId, Stop>),
}

const LINEAR: Role = Role::Model(linear::regression);
const LINEAR_CLASSES: Role = Role::Model(linear::classification);

/// Class name, the subpackage of `sklearn` that it lives in (modules below it moved over the
/// releases), and what it does.
#[rustfmt::skip]
const ESTIMATORS: &[(&str, &str, Role)] = &[
    ("LinearRegression", "linear_model", LINEAR),
    ("Ridge", "linear_model", LINEAR),
    ("RidgeCV", "linear_model", LINEAR),
    ("Lasso", "linear_model", LINEAR),
    ("LassoCV", "linear_model", LINEAR),
    ("ElasticNet", "linear_model", LINEAR),
    ("ElasticNetCV", "linear_model", LINEAR),
    ("BayesianRidge", "linear_model", LINEAR),
    ("HuberRegressor", "linear_model", LINEAR),
    ("SGDRegressor", "linear_model", LINEAR),
    ("LinearSVR", "svm", LINEAR),
    ("RidgeClassifier", "linear_model", LINEAR_CLASSES),
    ("SGDClassifier", "linear_model", LINEAR_CLASSES),
    ("Perceptron", "linear_model", LINEAR_CLASSES),
    ("PassiveAggressiveClassifier", "linear_model", LINEAR_CLASSES),
    ("LinearSVC", "svm", LINEAR_CLASSES),
    ("LogisticRegression", "linear_model", Role::Model(logistic::classification)),
    ("LogisticRegressionCV", "linear_model", Role::Model(logistic::classification)),
    ("DecisionTreeClassifier", "tree", Role::Model(tree::classification)),
    ("ExtraTreeClassifier", "tree", Role::Model(tree::classification)),
    ("DecisionTreeRegressor", "tree", Role::Model(tree::regression)),
    ("ExtraTreeRegressor", "tree", Role::Model(tree::regression)),
    ("RandomForestClassifier", "ensemble", Role::Model(forest::classification)),
    ("ExtraTreesClassifier", "ensemble", Role::Model(forest::classification)),
    ("RandomForestRegressor", "ensemble", Role::Model(forest::regression)),
    ("ExtraTreesRegressor", "ensemble", Role::Model(forest::regression)),
    ("GradientBoostingClassifier", "ensemble", Role::Model(boosting::classification)),
    ("GradientBoostingRegressor", "ensemble", Role::Model(boosting::regression)),
    ("SVC", "svm", Role::Model(svm::classification)),
    ("NuSVC", "svm", Role::Model(svm::classification)),
    ("SVR", "svm", Role::Model(svm::regression)),
    ("NuSVR", "svm", Role::Model(svm::regression)),
    ("GaussianNB", "naive_bayes", Role::Model(bayes::gaussian)),
    ("StandardScaler", "preprocessing", Role::Transformer(scale::standard)),
    ("MinMaxScaler", "preprocessing", Role::Transformer(scale::min_max)),
    ("RobustScaler", "preprocessing", Role::Transformer(scale::robust)),
    ("MaxAbsScaler", "preprocessing", Role::Transformer(scale::max_abs)),
    ("Normalizer", "preprocessing", Role::Transformer(scale::normalizer)),
    ("OneHotEncoder", "preprocessing", Role::Transformer(one_hot::transform)),
    ("OrdinalEncoder", "preprocessing", Role::Transformer(ordinal::transform)),
    ("FunctionTransformer", "preprocessing", Role::Transformer(pipeline::function)),
    ("SimpleImputer", "impute", Role::Transformer(impute::simple)),
    ("ColumnTransformer", "compose", Role::Transformer(columns::transform)),
    ("FeatureUnion", "pipeline", Role::Transformer(pipeline::union)),
    ("Pipeline", "pipeline", Role::Pipeline(pipeline::transform)),
    ("GridSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
    ("RandomizedSearchCV", "model_selection", Role::Wrapper(pipeline::best)),
];

/// What `estimator` does, when it is one of those evaluated.
pub fn role(estimator: &Estimator) -> Option<Role> {
    let path = estimator.class.strip_prefix("sklearn.")?;
    ESTIMATORS
        .iter()
        .find(|(name, package, _)| {
            *name == estimator.name && path.split('.').next() == Some(*package)
        })
        .map(|(_, _, role)| *role)
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
    context.charge(frame.n_rows.saturating_mul(frame.width()), &estimator.class)?;
    match role {
        Role::Transformer(run) | Role::Pipeline(run) => run(context, &estimator, frame, depth),
        Role::Wrapper(inner) => transform(context, inner(&estimator)?, frame, depth + 1),
        Role::Model(_) => Err(estimator.refused("it stands where something transforms")),
    }
}
