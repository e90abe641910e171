//! What predicts: classifiers, regressors, clusterers, outlier detectors. Adding one is a file and a line
//! here.

mod bayes;
mod boosting;
mod forest;
mod histogram;
mod isolation;
mod linear;
mod logistic;
mod svm;
pub mod tree;

use crate::trial::native::table::{Entry, Role};

const LINEAR: Role = Role::Model(linear::regression);
const LINEAR_CLASSES: Role = Role::Model(linear::classification);

/// Rows of the table of estimators.
#[rustfmt::skip]
pub const MODELS: &[Entry] = &[
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
    ("GradientBoostingClassifier", "ensemble", Role::Meta(boosting::classification)),
    ("GradientBoostingRegressor", "ensemble", Role::Meta(boosting::regression)),
    ("HistGradientBoostingClassifier", "ensemble", Role::Meta(histogram::classification)),
    ("HistGradientBoostingRegressor", "ensemble", Role::Meta(histogram::regression)),
    ("IsolationForest", "ensemble", Role::Model(isolation::forest)),
    ("RandomTreesEmbedding", "ensemble", Role::Transformer(forest::embedding)),
    ("BalancedRandomForestClassifier", "imblearn.ensemble", Role::Model(forest::classification)),
    ("SVC", "svm", Role::Model(svm::classification)),
    ("NuSVC", "svm", Role::Model(svm::classification)),
    ("SVR", "svm", Role::Model(svm::regression)),
    ("NuSVR", "svm", Role::Model(svm::regression)),
    ("GaussianNB", "naive_bayes", Role::Model(bayes::gaussian)),
];
